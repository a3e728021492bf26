// SPDX-License-Identifier: Apache-2.0
/* Tables recorded from the Go packages (tests/golden): one {"in": [...], "want": "..."} a line. Each row is a check_row. */
#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

#include "common/base/file.h"
#include "common/value/json.h"
#include "tests/unit/check.h"

// Appends what the function under test makes of the inputs.
typedef void (*golden_fn)(struct arena *a, const struct value *in, struct buf *out);

__attribute__((unused)) static struct str golden_in(const struct value *in, size_t i) {
    const struct value *v = value_item(in, i);
    return value_is(v, VALUE_STRING) ? v->s : STR("");
}

__attribute__((unused)) static void golden_row(const char *file, size_t line, struct str text, golden_fn fn) {
    autoarena a = { 0 };
    autobuf out = { 0 };
    struct err err = { .a = &a };
    struct value *row;
    if (!json_read(&a, text, &row, &err)) {
        check_row(file, 0, "line %zu: %s", line, err.msg);
        return;
    }
    const struct value *in = value_get(row, "in"), *want = value_get(row, "want");
    fn(&a, in, &out);
    check_row(file, value_is(want, VALUE_STRING) && str_eq(want->s, buf_str(&out)),
              "line %zu: %s\n      want %s\n      got  %s", line, json_text(&a, in, 0).p,
              json_text(&a, want, 0).p, json_text(&a, value_string_n(&a, buf_str(&out)), 0).p);
}

// Runs all rows of DIR/NAME.jsonl; an absent or empty file fails.
__attribute__((unused)) static void golden_run(const char *dir, const char *name, golden_fn fn) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct str text, line;
    const char *path = arena_fmt(&a, "%s/%s.jsonl", dir, name);
    size_t n = 0;
    if (!file_read(&a, path, 16u << 20, &text, &err))
        fail_msg("%s", err.msg);
    while (str_split(&text, '\n', &line))
        if (line.n)
            golden_row(name, ++n, line, fn);
    assert_true(n > 100);
    check_done();
}

#endif
