// SPDX-License-Identifier: Apache-2.0
// Strings: cutting, padding, joining, replacing. All offsets are bytes. sprig: strings.go, goutils
#include "common/template/functions.h"
#include "common/text/textcase.h"
#include "common/value/goquote.h"
#include "common/value/utf8.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out
#define UNUSED (void)c, (void)args, (void)n

static bool slice_error(struct tctx *c, int64_t from, int64_t to, size_t len) {
    if (to < 0 || to > (int64_t)len) {
        if (to < 0)
            return tctx_fail(c, "runtime error: slice bounds out of range [:%lld]", (long long)to);
        return tctx_fail(c, "runtime error: slice bounds out of range [:%lld] with length %zu", (long long)to,
                         len);
    }
    if (from < 0)
        return tctx_fail(c, "runtime error: slice bounds out of range [%lld:]", (long long)from);
    return tctx_fail(c, "runtime error: slice bounds out of range [%lld:%lld]", (long long)from,
                     (long long)to);
}

static bool result(struct tval *out, struct str s) {
    *out = tval_str(s);
    return true;
}

static size_t space_at(struct str s, bool *space) {
    uint32_t r;
    size_t n = utf8_decode(s, &r);
    *space = (r >= 9 && r <= 13) || r == ' ' || r == 0x85 || r == 0xA0 || r == 0x1680 ||
             (r >= 0x2000 && r <= 0x200A) || r == 0x2028 || r == 0x2029 || r == 0x202F || r == 0x205F ||
             r == 0x3000;
    return n;
}

static size_t last_rune(struct str s) { // its length
    size_t n = 1;
    while (n < s.n && n < 4 && ((unsigned char)s.p[s.n - n] & 0xC0) == 0x80)
        n++;
    uint32_t r;
    return utf8_decode(str_sub(s, s.n - n, s.n), &r) == n ? n : 1;
}

static struct str trim_space(struct str s) {
    bool space = true;
    while (s.n) {
        size_t k = space_at(s, &space);
        if (!space)
            break;
        s = str_sub(s, k, s.n);
    }
    while (s.n) {
        size_t k = last_rune(s);
        space_at(str_sub(s, s.n - k, s.n), &space);
        if (!space)
            break;
        s.n -= k;
    }
    return s;
}

static bool fn_trim(ARGS) {
    UNUSED;
    return result(out, trim_space(args[0].s));
}

static bool in_cutset(struct str set, struct str rune) {
    uint32_t r, x;
    utf8_decode(rune, &r);
    for (size_t i = 0; i < set.n;) {
        i += utf8_decode(str_sub(set, i, set.n), &x);
        if (x == r)
            return true;
    }
    return false;
}

static bool fn_trim_all(ARGS) {
    UNUSED;
    struct str s = args[1].s;
    uint32_t r;
    while (s.n && in_cutset(args[0].s, s))
        s = str_sub(s, utf8_decode(s, &r), s.n);
    while (s.n) {
        size_t k = last_rune(s);
        if (!in_cutset(args[0].s, str_sub(s, s.n - k, s.n)))
            break;
        s.n -= k;
    }
    return result(out, s);
}

static bool has_prefix(struct str s, struct str x) {
    return s.n >= x.n && !memcmp(s.p, x.p, x.n);
}

static bool has_suffix(struct str s, struct str x) {
    return s.n >= x.n && !memcmp(s.p + s.n - x.n, x.p, x.n);
}

static bool fn_trim_suffix(ARGS) {
    UNUSED;
    struct str x = args[0].s, s = args[1].s;
    return result(out, has_suffix(s, x) ? str_sub(s, 0, s.n - x.n) : s);
}

static bool fn_trim_prefix(ARGS) {
    UNUSED;
    struct str x = args[0].s, s = args[1].s;
    return result(out, has_prefix(s, x) ? str_sub(s, x.n, s.n) : s);
}

static bool fn_has_prefix(ARGS) {
    UNUSED;
    *out = tval_bool(has_prefix(args[1].s, args[0].s));
    return true;
}

static bool fn_has_suffix(ARGS) {
    UNUSED;
    *out = tval_bool(has_suffix(args[1].s, args[0].s));
    return true;
}

static bool fn_contains(ARGS) {
    UNUSED;
    *out = tval_bool(!args[0].s.n || str_find(args[1].s, args[0].s) >= 0);
    return true;
}

static bool fn_upper(ARGS) {
    UNUSED;
    autobuf b = { 0 };
    text_put_upper(&b, args[0].s);
    return tctx_text(c, &b, out);
}

static bool fn_lower(ARGS) {
    UNUSED;
    autobuf b = { 0 };
    text_put_lower(&b, args[0].s);
    return tctx_text(c, &b, out);
}

static bool fn_nospace(ARGS) {
    UNUSED;
    autobuf b = { 0 };
    struct str s = args[0].s;
    for (size_t i = 0; i < s.n; i++) { // goutils takes each byte for a rune
        unsigned char ch = (unsigned char)s.p[i];
        if (!((ch >= 9 && ch <= 13) || ch == ' ' || ch == 0x85 || ch == 0xA0))
            utf8_put(&b, ch);
    }
    size_t spaces = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        spaces += (ch >= 9 && ch <= 13) || ch == ' ' || ch == 0x85 || ch == 0xA0;
    }
    return spaces ? tctx_text(c, &b, out) : result(out, s);
}

static bool repeat(struct tctx *c, struct buf *b, struct str s, int64_t count) {
    if (count < 0)
        return tctx_fail(c, "strings: negative Repeat count");
    if (s.n && (uint64_t)count > SIZE_MAX / 4 / s.n)
        return tctx_fail(c, "strings: Repeat output length overflow");
    if (!tctx_room(c, s.n * (size_t)count))
        return false;
    for (int64_t i = 0; s.n && i < count; i++)
        buf_put_str(b, s);
    return true;
}

static bool fn_repeat(ARGS) {
    UNUSED;
    autobuf b = { 0 };
    return repeat(c, &b, args[1].s, args[0].i) && tctx_text(c, &b, out);
}

static bool indent(struct tctx *c, struct buf *b, struct str s, int64_t count) {
    autobuf pad = { 0 };
    size_t lines = 1;
    for (size_t i = 0; i < s.n; i++)
        lines += s.p[i] == '\n';
    if (!repeat(c, &pad, STR(" "), count) || (pad.n && !tctx_room(c, s.n + (size_t)count * lines)))
        return false;
    buf_put_str(b, buf_str(&pad));
    for (size_t i = 0; i < s.n;) {
        const char *at = memchr(s.p + i, '\n', s.n - i);
        size_t end = at ? (size_t)(at - s.p) + 1 : s.n;
        buf_add(b, s.p + i, end - i);
        if (at)
            buf_put_str(b, buf_str(&pad));
        i = end;
    }
    return true;
}

static bool fn_indent(ARGS) {
    UNUSED;
    autobuf b = { 0 };
    return indent(c, &b, args[1].s, args[0].i) && tctx_text(c, &b, out);
}

static bool fn_nindent(ARGS) {
    UNUSED;
    autobuf b = { 0 };
    buf_putc(&b, '\n');
    return indent(c, &b, args[1].s, args[0].i) && tctx_text(c, &b, out);
}

static bool fn_substr(ARGS) {
    UNUSED;
    int64_t from = args[0].i, to = args[1].i;
    struct str s = args[2].s;
    if (from < 0)
        from = 0;
    else if (to < 0 || to > (int64_t)s.n)
        return from > (int64_t)s.n ? slice_error(c, from, (int64_t)s.n, s.n)
                                   : result(out, str_sub(s, (size_t)from, s.n));
    if (to < 0 || to > (int64_t)s.n || from > to)
        return slice_error(c, from, to, s.n);
    return result(out, str_sub(s, (size_t)from, (size_t)to));
}

static bool fn_trunc(ARGS) {
    UNUSED;
    int64_t k = args[0].i;
    struct str s = args[1].s;
    if (k < 0 && (int64_t)s.n + k > 0)
        return result(out, str_sub(s, s.n - (size_t)-k, s.n));
    return result(out, k >= 0 && (int64_t)s.n > k ? str_sub(s, 0, (size_t)k) : s);
}

// goutils.AbbreviateFull
static struct str abbreviate(struct arena *a, struct str s, int64_t offset, int64_t width) {
    int64_t len = (int64_t)s.n;
    if (!s.n || width < 4)
        return STR("");
    if (len <= width)
        return s;
    if (offset > len)
        offset = len;
    if (len - offset < width - 3)
        offset = len - (width - 3);
    struct str cut = str_sub(s, 0, (size_t)(width - 3));
    if (offset <= 4)
        return str_of(arena_fmt(a, "%s...", arena_text(a, cut.p, cut.n)));
    if (width < 7)
        return STR("");
    if (offset + width - 3 < len) {
        struct str inner = abbreviate(a, str_sub(s, (size_t)offset, s.n), 0, width - 3);
        return str_of(arena_fmt(a, "...%s", arena_text(a, inner.p, inner.n)));
    }
    cut = str_sub(s, (size_t)(len - (width - 3)), s.n);
    return str_of(arena_fmt(a, "...%s", arena_text(a, cut.p, cut.n)));
}

static bool fn_abbrev(ARGS) {
    UNUSED;
    if (args[0].i < 4)
        return result(out, args[1].s);
    return result(out, abbreviate(tctx_arena(c), args[1].s, 0, args[0].i));
}

static bool fn_abbrevboth(ARGS) {
    UNUSED;
    int64_t left = args[0].i, right = args[1].i;
    if (right < 4 || (left > 0 && right < 7))
        return result(out, args[2].s);
    return result(out, abbreviate(tctx_arena(c), args[2].s, left, right));
}

static bool fn_quote(ARGS) {
    autobuf b = { 0 };
    for (size_t i = 0; i < n; i++) {
        if (args[i].kind == TVAL_NIL)
            continue;
        buf_puts(&b, b.n ? " " : "");
        go_quote(&b, tval_strval(tctx_arena(c), args[i]));
    }
    return tctx_text(c, &b, out);
}

static bool fn_squote(ARGS) {
    autobuf b = { 0 };
    for (size_t i = 0; i < n; i++) {
        if (args[i].kind == TVAL_NIL)
            continue;
        buf_puts(&b, b.n ? " '" : "'");
        tval_put(&b, args[i]);
        buf_putc(&b, '\'');
    }
    return tctx_text(c, &b, out);
}

static bool fn_cat(ARGS) {
    autobuf b = { 0 };
    bool first = true;
    for (size_t i = 0; i < n; i++) {
        if (args[i].kind == TVAL_NIL)
            continue;
        buf_puts(&b, first ? "" : " ");
        tval_put(&b, args[i]);
        first = false;
    }
    return tctx_text(c, &b, out);
}

static bool fn_replace(ARGS) {
    UNUSED;
    struct str old = args[0].s, new = args[1].s, s = args[2].s;
    autobuf b = { 0 };
    if (!old.n) {
        for (size_t i = 0; i <= s.n && b.n <= (64u << 20);) {
            uint32_t r;
            size_t k = i < s.n ? utf8_decode(str_sub(s, i, s.n), &r) : 1;
            buf_put_str(&b, new);
            buf_put_str(&b, str_sub(s, i, i + k));
            i += k;
        }
        return tctx_text(c, &b, out);
    }
    for (ptrdiff_t at; b.n <= (64u << 20) && (at = str_find(s, old)) >= 0;) {
        buf_put_str(&b, str_sub(s, 0, (size_t)at));
        buf_put_str(&b, new);
        s = str_sub(s, (size_t)at + old.n, s.n);
    }
    buf_put_str(&b, s);
    return tctx_text(c, &b, out);
}

static bool fn_plural(ARGS) {
    UNUSED;
    return result(out, args[2].i == 1 ? args[0].s : args[1].s);
}

static bool fn_to_string(ARGS) {
    UNUSED;
    return result(out, tval_strval(tctx_arena(c), args[0]));
}

/* ---- splitting ---- */

// strings.SplitN; limit < 0: all
static struct tlist *split(struct tctx *c, struct str s, struct str sep, int64_t limit) {
    struct arena *a = tctx_arena(c);
    struct str *parts = NULL;
    size_t k = 0, cap = 0;
    uint32_t r;
    while (limit != 0) {
        ptrdiff_t at = sep.n ? str_find(s, sep) : s.n ? (ptrdiff_t)utf8_decode(s, &r) : -1;
        if (!sep.n && !s.n)
            break;
        bool last = at < 0 || (limit > 0 && (int64_t)k == limit - 1) || (!sep.n && (size_t)at == s.n);
        parts = arena_grow(a, parts, &cap, k + 1, sizeof *parts);
        parts[k++] = last ? s : str_sub(s, 0, (size_t)at);
        if (last)
            break;
        s = str_sub(s, (size_t)at + sep.n, s.n);
    }
    return tlist_strings(a, parts, k);
}

static bool fn_split_list(ARGS) {
    UNUSED;
    if (!tctx_steps(c, args[1].s.n))
        return false;
    *out = tval_list(split(c, args[1].s, args[0].s, -1));
    return true;
}

static bool split_map(struct tctx *c, struct tlist *parts, struct tval *out) {
    struct arena *a = tctx_arena(c);
    struct tmap *m = tmap_new(a, &ttype_map_str);
    if (!tctx_steps(c, parts->n * 4))
        return false;
    for (size_t i = 0; i < parts->n; i++)
        tmap_set(a, m, arena_fmt(a, "_%zu", i), parts->items[i]);
    return *out = tval_map(m), true;
}

static bool fn_split(ARGS) {
    UNUSED;
    return split_map(c, split(c, args[1].s, args[0].s, -1), out);
}

static bool fn_splitn(ARGS) {
    UNUSED;
    return split_map(c, split(c, args[2].s, args[0].s, args[1].i), out);
}

const struct tfunction functions_strings[] = {
    { "trim", "s", fn_trim },
    { "upper", "s", fn_upper },
    { "lower", "s", fn_lower },
    { "nospace", "s", fn_nospace },
    { "trimAll", "ss", fn_trim_all },
    { "trimall", "ss", fn_trim_all },
    { "trimSuffix", "ss", fn_trim_suffix },
    { "trimPrefix", "ss", fn_trim_prefix },
    { "hasPrefix", "ss", fn_has_prefix },
    { "hasSuffix", "ss", fn_has_suffix },
    { "contains", "ss", fn_contains },
    { "repeat", "is", fn_repeat },
    { "indent", "is", fn_indent },
    { "nindent", "is", fn_nindent },
    { "substr", "iis", fn_substr },
    { "trunc", "is", fn_trunc },
    { "abbrev", "is", fn_abbrev },
    { "abbrevboth", "iis", fn_abbrevboth },
    { "quote", "*a", fn_quote },
    { "squote", "*a", fn_squote },
    { "cat", "*a", fn_cat },
    { "replace", "sss", fn_replace },
    { "plural", "ssi", fn_plural },
    { "toString", "a", fn_to_string },
    { "splitList", "ss", fn_split_list },
    { "split", "ss", fn_split },
    { "splitn", "sis", fn_splitn },
    { 0 },
};
