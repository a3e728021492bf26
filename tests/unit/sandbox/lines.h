// SPDX-License-Identifier: Apache-2.0
/* Recorded cases, one JSON object a line. */
#ifndef TESTS_UNIT_SANDBOX_LINES_H
#define TESTS_UNIT_SANDBOX_LINES_H

#include "common/base/file.h"
#include "common/value/json.h"
#include "tests/unit/check.h"

typedef void (*line_fn)(struct arena *a, const char *row, struct value *line);

__attribute__((unused)) static void each_line(const char *path, line_fn fn) {
    autoarena whole = { 0 };
    struct err err = { .a = &whole };
    struct str text, line;
    size_t n = 0;
    if (!file_read(&whole, path, 16 << 20, &text, &err))
        fail_msg("%s", err.msg);
    while (str_split(&text, '\n', &line)) {
        autoarena a = { 0 };
        struct err one = { .a = &a };
        struct value *v;
        if (!line.n)
            continue;
        if (!json_read(&a, line, &v, &one))
            fail_msg("%s: line %zu: %s", path, n + 1, one.msg);
        fn(&a, arena_fmt(&a, "%zu", ++n), v);
    }
    check_row(path, n > 10, "only %zu cases", n);
}

// {"a":{"b":1}} written with single quotes, to be readable in C.
__attribute__((unused)) static struct value *quoted_json(struct arena *a, const char *text) {
    struct err err = { .a = a };
    struct value *v = NULL;
    char *copy = arena_strdup(a, text);
    for (char *p = copy; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    if (!json_read(a, str_of(copy), &v, &err))
        fail_msg("%s: %s", text, err.msg);
    return v;
}

#endif
