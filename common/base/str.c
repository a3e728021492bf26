// SPDX-License-Identifier: Apache-2.0
// String views.
#include "common/base/str.h"

bool str_eq(struct str a, struct str b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_is(struct str a, const char *text) {
    return str_eq(a, str_of(text));
}

int str_cmp(struct str a, struct str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    if (c)
        return c;
    return a.n < b.n ? -1 : a.n > b.n;
}

bool str_starts(struct str s, const char *prefix) {
    size_t n = strlen(prefix);
    return s.n >= n && memcmp(s.p, prefix, n) == 0;
}

bool str_ends(struct str s, const char *suffix) {
    size_t n = strlen(suffix);
    return s.n >= n && memcmp(s.p + s.n - n, suffix, n) == 0;
}

struct str str_sub(struct str s, size_t from, size_t to) {
    if (to > s.n)
        to = s.n;
    if (from > to)
        from = to;
    return (struct str) { s.p + from, to - from };
}

static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s) {
    while (s.n && is_space(s.p[0]))
        s = str_sub(s, 1, s.n);
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

ptrdiff_t str_chr(struct str s, char c) {
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;
    return at ? at - s.p : -1;
}

ptrdiff_t str_rchr(struct str s, char c) {
    const char *at = s.n ? memrchr(s.p, c, s.n) : NULL;
    return at ? at - s.p : -1;
}

ptrdiff_t str_find(struct str s, struct str needle) {
    if (!needle.n)
        return 0;
    const char *at = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
    return at ? at - s.p : -1;
}

bool str_split(struct str *rest, char sep, struct str *out) {
    if (!rest->p)
        return false;
    ptrdiff_t at = str_chr(*rest, sep);
    if (at < 0) {
        *out = *rest;
        *rest = (struct str) { 0 };
        return true;
    }
    *out = str_sub(*rest, 0, (size_t)at);
    *rest = str_sub(*rest, (size_t)at + 1, rest->n);
    return true;
}

bool str_to_u64(struct str s, uint64_t *out) {
    uint64_t v = 0;
    if (!s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
            return false;
    }
    *out = v;
    return true;
}

bool str_to_i64(struct str s, int64_t *out) {
    bool negative = s.n && s.p[0] == '-';
    uint64_t v;
    if (!str_to_u64(negative || (s.n && s.p[0] == '+') ? str_sub(s, 1, s.n) : s, &v))
        return false;
    if (v > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *out = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

bool text_eq(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "") == 0;
}

bool text_starts(const char *text, const char *prefix) {
    return str_starts(str_of(text), prefix);
}

bool text_ends(const char *text, const char *suffix) {
    return str_ends(str_of(text), suffix);
}

bool text_empty(const char *text) {
    return !text || !*text;
}
