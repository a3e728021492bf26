// SPDX-License-Identifier: Apache-2.0
// Input: pattern, NUL, text. Properties: both matchers agree on the captures; replacing each match by itself changes nothing;
// a quoted text matches itself.
#include "common/text/regex_prog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_quote(struct arena *a, struct str text) {
    struct err err = { .a = a };
    struct regex *re;
    struct regex_span span;
    if (!regex_compile(a, regex_quote(a, text), &re, &err))
        return; // no UTF-8
    if (!regex_find(re, text, 0, &span, 1) || span.begin != 0 || span.end != (ptrdiff_t)text.n)
        abort();
}

static void check_matchers(const struct regex *re, struct str text) {
    ptrdiff_t x[20], y[20];
    size_t n = 2 * (regex_n_groups(re) + 1) < 20 ? 2 * (regex_n_groups(re) + 1) : 20;
    for (size_t i = 0; i < 20; i++)
        x[i] = y[i] = -1;
    if (!rx_backtrack_fits(re, text))
        return;
    bool bx = rx_backtrack(re, text, 0, x, n), by = rx_simulate(re, text, 0, y, n);
    if (bx != by || (bx && memcmp(x, y, n * sizeof x[0])))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    autobuf out = { 0 };
    struct err err = { .a = &a };
    struct regex *re;
    struct str rest = str_make(data, size), pattern, text;
    if (size > 512 || !str_split(&rest, '\0', &pattern) || !str_split(&rest, '\0', &text))
        return 0;
    if (!memchr(text.p, '\0', text.n))
        check_quote(&a, arena_str(&a, text));
    if (!regex_compile_n(&a, pattern, &re, &err) || re->n_insts > 20000)
        return 0;
    check_matchers(re, text);
    regex_replace(&out, re, text, STR("$0"), false);
    if (!str_eq(buf_str(&out), text))
        abort();
    return 0;
}
