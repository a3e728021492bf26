// SPDX-License-Identifier: Apache-2.0
// Functions on strings; places count runes. Go: google/cel-go ext/strings.go, common/stdlib
#include "common/cel/cel_functions.h"
#include "common/value/utf8.h"

enum { TEXT_MAX = 1 << 20 };

static bool are(const struct cv *args, size_t n, const char *types) {
    for (size_t i = 0; i < n; i++)
        if (args[i].type != (types[i] == 's' ? CV_STRING : types[i] == 'i' ? CV_INT : CV_LIST))
            return false;
    return true;
}

static struct cv too_large(struct cel_run *r) {
    r->over_limit = true;
    return (struct cv) { .type = CV_ERROR, .s = STR("text is larger than 1 MiB") };
}

static struct cv take(struct cel_run *r, const struct buf *b) {
    r->cost += b->n / 64;
    return b->n > TEXT_MAX ? too_large(r) : CV_STR(arena_str(r->a, buf_str(b)));
}

// Byte offset of a rune; s.n for the end and past it.
static size_t offset(struct str s, int64_t rune) {
    size_t i = 0;
    uint32_t ignored;
    for (; rune > 0 && i < s.n; rune--)
        i += utf8_decode(str_sub(s, i, s.n), &ignored);
    return i;
}

static struct cv out_of_range(struct cel_run *r, int64_t i) {
    return cv_error(r, "index out of range: %lld", (long long)i);
}

CEL_FN(cel_substring_test) {
    if (!are(args, n, "ss"))
        return cv_no_overload(r);
    struct str s = args[0].s, t = args[1].s;
    if (str_is(call->name, "contains"))
        return CV_BOOL(str_find(s, t) >= 0);
    if (s.n < t.n)
        return CV_BOOL(false);
    return CV_BOOL(
        str_eq(str_is(call->name, "startsWith") ? str_sub(s, 0, t.n) : str_sub(s, s.n - t.n, s.n), t));
}

CEL_FN(cel_matches) {
    struct regex *re;
    struct err err = { .a = r->a };
    if (!are(args, n, "ss"))
        return cv_no_overload(r);
    r->cost += args[0].s.n / 8 + args[1].s.n;
    if (call->regex)
        return CV_BOOL(regex_match(call->regex, args[0].s));
    if (!regex_compile_n(r->a, args[1].s, &re, &err))
        return (struct cv) { .type = CV_ERROR, .s = str_of(err.msg) };
    return CV_BOOL(regex_match(re, args[0].s));
}

CEL_FN(cel_char_at) {
    (void)call;
    if (!are(args, n, "si"))
        return cv_no_overload(r);
    int64_t i = args[1].i;
    if (i < 0 || i > (int64_t)utf8_count(args[0].s))
        return out_of_range(r, i);
    size_t from = offset(args[0].s, i);
    return CV_STR(str_sub(args[0].s, from, from + offset(str_sub(args[0].s, from, args[0].s.n), 1)));
}

CEL_FN(cel_index_of) {
    (void)call;
    if (!are(args, n, "ssi"))
        return cv_no_overload(r);
    struct str s = args[0].s, t = args[1].s;
    int64_t from = n > 2 ? args[2].i : 0;
    if (!t.n)
        return CV_INT(from);
    if (from < 0)
        return out_of_range(r, from);
    size_t start = offset(s, from);
    ptrdiff_t at = str_find(str_sub(s, start, s.n), t);
    return CV_INT(at < 0 ? -1 : from + (int64_t)utf8_count(str_sub(s, start, start + (size_t)at)));
}

CEL_FN(cel_last_index_of) {
    (void)call;
    if (!are(args, n, "ssi"))
        return cv_no_overload(r);
    struct str s = args[0].s, t = args[1].s;
    int64_t count = (int64_t)utf8_count(s), from = n > 2 ? args[2].i : count - 1;
    if (!t.n)
        return CV_INT(n > 2 ? from : count);
    if (n == 2 && s.n < t.n)
        return CV_INT(-1);
    if (from < 0)
        return out_of_range(r, from);
    if (from >= count)
        return CV_INT(-1);
    for (int64_t i = from; i >= 0; i--) {
        size_t at = offset(s, i);
        r->cost++;
        if (str_eq(str_sub(s, at, at + t.n), t))
            return CV_INT(i);
        if (r->cost > CEL_COST_MAX)
            break;
    }
    return CV_INT(-1);
}

CEL_FN(cel_join) {
    autobuf b = { 0 };
    (void)call;
    if (!are(args, n, "ls"))
        return cv_no_overload(r);
    for (size_t i = 0; i < args[0].list.n && b.n <= TEXT_MAX; i++) {
        struct cv item = cv_item(&args[0], i);
        if (item.type != CV_STRING)
            return cv_error(r, "join: invalid input: %s", cv_print(r->a, &item));
        buf_put_str(&b, i && n > 1 ? args[1].s : STR(""));
        buf_put_str(&b, item.s);
    }
    return take(r, &b);
}

CEL_FN(cel_case) {
    bool upper = str_is(call->name, "upperAscii");
    if (!are(args, n, "s"))
        return cv_no_overload(r);
    char *p = arena_text(r->a, args[0].s.p, args[0].s.n);
    for (size_t i = 0; i < args[0].s.n; i++)
        if (upper ? p[i] >= 'a' && p[i] <= 'z' : p[i] >= 'A' && p[i] <= 'Z')
            p[i] ^= 0x20;
    return CV_STR(str_make(p, args[0].s.n));
}

CEL_FN(cel_replace) {
    autobuf b = { 0 };
    (void)call;
    if (!are(args, n, "sssi"))
        return cv_no_overload(r);
    struct str s = args[0].s, from = args[1].s, to = args[2].s;
    int64_t left = n > 3 ? args[3].i : -1;
    size_t i = 0;
    for (; left != 0 && b.n <= TEXT_MAX; left -= left > 0) {
        ptrdiff_t at = str_find(str_sub(s, i, s.n), from);
        if (at < 0)
            break;
        buf_put_str(&b, str_sub(s, i, i + (size_t)at));
        buf_put_str(&b, to);
        i += (size_t)at + from.n;
        if (from.n)
            continue;
        if (i == s.n)
            return take(r, &b);
        size_t next = i + offset(str_sub(s, i, s.n), 1); // an empty text stands before each rune
        buf_put_str(&b, str_sub(s, i, next));
        i = next;
    }
    buf_put_str(&b, str_sub(s, i, s.n));
    return take(r, &b);
}

CEL_FN(cel_split) {
    (void)call;
    if (!are(args, n, "ssi"))
        return cv_no_overload(r);
    struct str s = args[0].s, sep = args[1].s;
    int64_t max = n > 2 ? args[2].i : -1;
    struct cv *items = NULL;
    size_t count = 0, cap = 0, i = 0;
    for (; max != 0 && (max < 0 || (int64_t)count + 1 < max);) {
        ptrdiff_t at = str_find(str_sub(s, i, s.n), sep);
        size_t width = offset(str_sub(s, i, s.n), 1);
        if (!sep.n)
            at = i + width < s.n ? (ptrdiff_t)width : -1; // into runes
        if (at < 0)
            break;
        items = arena_grow(r->a, items, &cap, count + 1, sizeof *items);
        items[count++] = CV_STR(str_sub(s, i, i + (size_t)at));
        i += (size_t)at + sep.n;
    }
    r->cost += count;
    if (max != 0 && !(s.n == 0 && !sep.n)) {
        items = arena_grow(r->a, items, &cap, count + 1, sizeof *items);
        items[count++] = CV_STR(str_sub(s, i, s.n));
    }
    return (struct cv) { .type = CV_LIST, .list = { .items = items, .n = count } };
}

CEL_FN(cel_substring) {
    (void)call;
    if (!are(args, n, "sii"))
        return cv_no_overload(r);
    int64_t count = (int64_t)utf8_count(args[0].s), from = args[1].i, to = n > 2 ? args[2].i : count;
    if (n > 2 && from > to)
        return cv_error(r, "invalid substring range. start: %lld, end: %lld", (long long)from, (long long)to);
    if (from < 0 || from > count)
        return out_of_range(r, from);
    if (to < 0 || to > count)
        return out_of_range(r, to);
    return CV_STR(str_sub(args[0].s, offset(args[0].s, from), offset(args[0].s, to)));
}

// unicode.IsSpace
static bool is_space(uint32_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
           c == 0x3000;
}

CEL_FN(cel_trim) {
    (void)call;
    if (!are(args, n, "s"))
        return cv_no_overload(r);
    struct str s = args[0].s;
    size_t begin = s.n, end = 0;
    for (size_t i = 0; i < s.n;) {
        uint32_t rune;
        size_t width = utf8_decode(str_sub(s, i, s.n), &rune);
        if (!is_space(rune)) {
            begin = begin == s.n && end == 0 ? i : begin;
            end = i + width;
        }
        i += width;
    }
    return CV_STR(end ? str_sub(s, begin, end) : STR(""));
}

CEL_FN(cel_reverse) {
    (void)call;
    if (!are(args, n, "s"))
        return cv_no_overload(r);
    struct str s = args[0].s;
    char *p = arena_alloc(r->a, s.n + 1);
    for (size_t i = 0; i < s.n;) {
        uint32_t rune;
        size_t width = utf8_decode(str_sub(s, i, s.n), &rune);
        memcpy(p + s.n - i - width, s.p + i, width);
        i += width;
    }
    return CV_STR(str_make(p, s.n));
}

CEL_FN(cel_quote) {
    static const char from[] = "\a\b\f\n\r\t\v\\\"", to[] = "abfnrtv\\\"";
    autobuf b = { 0 };
    (void)call;
    if (!are(args, n, "s"))
        return cv_no_overload(r);
    buf_putc(&b, '"');
    for (size_t i = 0; i < args[0].s.n;) {
        uint32_t rune;
        i += utf8_decode(str_sub(args[0].s, i, args[0].s.n), &rune);
        const char *at = rune && rune < 0x80 ? strchr(from, (int)rune) : NULL;
        if (at)
            buf_fmt(&b, "\\%c", to[at - from]);
        else
            utf8_put(&b, rune);
    }
    buf_putc(&b, '"');
    return take(r, &b);
}
