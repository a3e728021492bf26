// SPDX-License-Identifier: Apache-2.0
// The functions of text/template itself: comparison, index, len, printing and escaping. Go: src/text/template/funcs.go
#include "common/template/functions.h"
#include "common/template/gotext.h"
#include "common/template/gotime.h"
#include "common/value/utf8.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out

/* ---- comparison ---- */

enum basic { BASIC_NONE, BASIC_BOOL, BASIC_COMPLEX, BASIC_INT, BASIC_FLOAT, BASIC_STRING, BASIC_UINT };

static enum basic basic_kind(struct tval v) {
    if (tval_is_int(v))
        return BASIC_INT;
    if (tval_is_uint(v))
        return BASIC_UINT;
    switch ((int)v.kind) {
    case TVAL_BOOL: return BASIC_BOOL;
    case TVAL_COMPLEX128: return BASIC_COMPLEX;
    case TVAL_FLOAT64: return BASIC_FLOAT;
    case TVAL_STRING: return BASIC_STRING;
    default: return BASIC_NONE;
    }
}

static struct tval elem_of(struct tval v) {
    v.iface = false;
    return v;
}

// The type behind a pointer.
static const char *pointed_name(struct tctx *c, struct tval v) {
    const char *name = tval_type_name(tctx_arena(c), elem_of(v));
    return name[0] == '*' ? name + 1 : name;
}

static const char *with_s(struct tctx *c, struct tval v) {
    autobuf b = { 0 };
    tprintf(&b, STR("%s"), &v, 1, 1u << 20);
    return arena_text(tctx_arena(c), b.p ? b.p : "", b.n);
}

static bool equal_other(struct tctx *c, struct tval x, struct tval y, bool *out) {
    struct arena *a = tctx_arena(c);
    const char *kx = tval_kind_name(x), *ky = tval_kind_name(y);
    if (x.kind != TVAL_NIL && y.kind != TVAL_NIL && strcmp(kx, ky) != 0)
        return tctx_fail(c, "non-comparable types %s: %s, %s: %s", with_s(c, x), tval_type_name(a, x),
                         tval_type_name(a, y), tval_string(a, y).p);
    if (tval_is_nil_ref(x) || tval_is_nil_ref(y))
        return *out = tval_is_nil_ref(x) == tval_is_nil_ref(y), true;
    if (y.kind == TVAL_LIST || y.kind == TVAL_MAP)
        return tctx_fail(c, "non-comparable type %s: %s", with_s(c, y), tval_type_name(a, y));
    if (y.kind == TVAL_TIME)
        *out = x.kind == TVAL_TIME && gotime_same(x.time, y.time);
    else if (y.kind == TVAL_STRUCT)
        *out = x.kind == TVAL_STRUCT && (x.st == y.st || (!y.st->type->pointer && tval_deep_equal(c, x, y)));
    else
        *out = x.kind == y.kind && x.semver == y.semver;
    return true;
}

static bool equal(struct tctx *c, struct tval x, struct tval y, bool *out) {
    enum basic kx = basic_kind(x), ky = basic_kind(y);
    struct arena *a = tctx_arena(c);
    *out = false;
    if (kx == BASIC_INT && ky == BASIC_UINT)
        return *out = x.i >= 0 && (uint64_t)x.i == y.u, true;
    if (kx == BASIC_UINT && ky == BASIC_INT)
        return *out = y.i >= 0 && (uint64_t)y.i == x.u, true;
    if (kx != ky && x.kind != TVAL_NIL && y.kind != TVAL_NIL)
        return tctx_fail(c, "incompatible types for comparison: %s and %s", tval_type_name(a, x),
                         tval_type_name(a, y));
    if (kx != ky)
        return true;
    switch (kx) {
    case BASIC_BOOL: *out = x.b == y.b; break;
    case BASIC_COMPLEX: *out = x.c.re == y.c.re && x.c.im == y.c.im; break;
    case BASIC_INT: *out = x.i == y.i; break;
    case BASIC_FLOAT: *out = x.f == y.f; break;
    case BASIC_STRING: *out = str_eq(x.s, y.s); break;
    case BASIC_UINT: *out = x.u == y.u; break;
    case BASIC_NONE: return equal_other(c, x, y, out);
    }
    return true;
}

static bool fn_eq(ARGS) {
    bool same = false;
    if (n < 2)
        return tctx_fail(c, "missing argument for comparison");
    for (size_t i = 1; i < n && !same; i++)
        if (!equal(c, elem_of(args[0]), elem_of(args[i]), &same))
            return false;
    return *out = tval_bool(same), true;
}

static bool fn_ne(ARGS) {
    if (!fn_eq(c, args, n, out))
        return false;
    out->b = !out->b;
    return true;
}

static bool less(struct tctx *c, struct tval x, struct tval y, bool *out) {
    enum basic kx = basic_kind(x), ky = basic_kind(y);
    struct arena *a = tctx_arena(c);
    if (kx == BASIC_NONE || ky == BASIC_NONE)
        return tctx_fail(c, "invalid type for comparison");
    if (kx == BASIC_INT && ky == BASIC_UINT)
        return *out = x.i < 0 || (uint64_t)x.i < y.u, true;
    if (kx == BASIC_UINT && ky == BASIC_INT)
        return *out = y.i >= 0 && x.u < (uint64_t)y.i, true;
    if (kx != ky)
        return tctx_fail(c, "incompatible types for comparison: %s and %s", tval_type_name(a, x),
                         tval_type_name(a, y));
    switch ((int)kx) {
    case BASIC_INT: *out = x.i < y.i; break;
    case BASIC_FLOAT: *out = x.f < y.f; break;
    case BASIC_STRING: *out = str_cmp(x.s, y.s) < 0; break;
    case BASIC_UINT: *out = x.u < y.u; break;
    default: return tctx_fail(c, "invalid type for comparison");
    }
    return true;
}

static bool fn_lt(ARGS) {
    bool b;
    (void)n;
    return less(c, elem_of(args[0]), elem_of(args[1]), &b) && (*out = tval_bool(b), true);
}

static bool fn_le(ARGS) {
    bool b;
    (void)n;
    struct tval x = elem_of(args[0]), y = elem_of(args[1]);
    if (!less(c, x, y, &b) || (!b && !equal(c, x, y, &b)))
        return false;
    return *out = tval_bool(b), true;
}

static bool fn_gt(ARGS) {
    if (!fn_le(c, args, n, out))
        return false;
    out->b = !out->b;
    return true;
}

static bool fn_ge(ARGS) {
    if (!fn_lt(c, args, n, out))
        return false;
    out->b = !out->b;
    return true;
}

static bool fn_not(ARGS) {
    (void)c, (void)n;
    *out = tval_bool(!tval_truth(args[0]));
    return true;
}

static bool fn_unreachable(ARGS) {
    (void)args, (void)n, (void)out;
    return tctx_fail(c, "unreachable"); // and, or: call.c
}

/* ---- len, index, call ---- */

static bool fn_len(ARGS) {
    (void)n;
    struct tval v = args[0];
    if (v.kind == TVAL_NIL)
        return tctx_fail(c, v.iface ? "len of nil pointer"
                                    : "reflect: call of reflect.Value.Type on zero Value");
    if (v.kind == TVAL_STRING)
        *out = tval_int((int64_t)v.s.n);
    else if (v.kind == TVAL_LIST)
        *out = tval_int((int64_t)(v.list->type->elem == TSLOT_BYTE ? v.list->bytes.n : v.list->n));
    else if (v.kind == TVAL_MAP)
        *out = tval_int((int64_t)v.map->n);
    else
        return tctx_fail(c, "len of type %s", pointed_name(c, v));
    return true;
}

static bool index_sequence(struct tctx *c, struct tval item, struct tval at, struct tval *out) {
    struct arena *a = tctx_arena(c);
    size_t len = item.kind == TVAL_STRING              ? item.s.n
                 : item.list->type->elem == TSLOT_BYTE ? item.list->bytes.n
                                                       : item.list->n;
    if (at.kind == TVAL_NIL)
        return tctx_fail(c, "cannot index slice/array with nil");
    if (!tval_is_int(at) && !tval_is_uint(at))
        return tctx_fail(c, "cannot index slice/array with type %s", tval_type_name(a, at));
    if (at.i < 0 || (uint64_t)at.i > len)
        return tctx_fail(c, "index out of range: %lld", (long long)at.i);
    if ((uint64_t)at.i == len)
        return tctx_fail(c, "reflect: %s index out of range", item.kind == TVAL_STRING ? "string" : "slice");
    if (item.kind == TVAL_STRING)
        *out = (struct tval) { .kind = TVAL_UINT8, .u = (unsigned char)item.s.p[at.i] };
    else
        *out = tlist_at(item.list, (size_t)at.i);
    return true;
}

static bool index_map(struct tctx *c, struct tval item, struct tval at, struct tval *out) {
    if (at.kind == TVAL_NIL)
        return tctx_fail(c, "value is nil; should be of type string");
    if (at.kind != TVAL_STRING)
        return tctx_fail(c, "value has type %s; should be string", tval_type_name(tctx_arena(c), at));
    const struct tval *v = tmap_find(item.map, at.s);
    *out = v ? tmap_slot(item.map->type, *v) : tslot_zero(item.map->type->elem);
    return true;
}

static bool fn_index(ARGS) {
    struct tval item = elem_of(args[0]);
    if (item.kind == TVAL_NIL)
        return tctx_fail(c, "index of untyped nil");
    for (size_t i = 1; i < n; i++) {
        bool ok;
        if (item.kind == TVAL_NIL)
            return tctx_fail(c, "index of nil pointer");
        item.iface = false;
        if (item.kind == TVAL_LIST || item.kind == TVAL_STRING)
            ok = index_sequence(c, item, elem_of(args[i]), &item);
        else if (item.kind == TVAL_MAP)
            ok = index_map(c, item, elem_of(args[i]), &item);
        else
            return tctx_fail(c, "can't index item of type %s", pointed_name(c, item));
        if (!ok)
            return false;
    }
    return *out = item, true;
}

static bool fn_call(ARGS) {
    (void)n, (void)out;
    if (args[0].kind == TVAL_NIL)
        return tctx_fail(c, "call of nil");
    return tctx_fail(c, "non-function %s of type %s", tctx_call_text(c),
                     tval_type_name(tctx_arena(c), elem_of(args[0])));
}

/* ---- printing ---- */

static void put_all(struct buf *b, const struct tval *args, size_t n, bool no_value) {
    bool before = false;
    for (size_t i = 0; i < n; i++) {
        bool nil = no_value && args[i].kind == TVAL_NIL, is_string = args[i].kind == TVAL_STRING || nil;
        if (i && !is_string && !before)
            buf_putc(b, ' ');
        if (nil)
            buf_puts(b, "<no value>");
        else
            tval_put(b, args[i]);
        before = is_string;
    }
}

static bool fn_print(ARGS) {
    autobuf b = { 0 };
    put_all(&b, args, n, false);
    return tctx_text(c, &b, out);
}

static bool fn_println(ARGS) {
    autobuf b = { 0 };
    for (size_t i = 0; i < n; i++) {
        buf_puts(&b, i ? " " : "");
        tval_put(&b, args[i]);
    }
    buf_putc(&b, '\n');
    return tctx_text(c, &b, out);
}

static bool fn_printf(ARGS) {
    autobuf b = { 0 };
    tprintf(&b, args[0].s, args + 1, n - 1, 64u << 20);
    return tctx_text(c, &b, out);
}

static bool fn_html(ARGS) {
    static const char from[] = "\"'&<>";
    static const char *const to[] = { "&#34;", "&#39;", "&amp;", "&lt;", "&gt;" };
    autobuf text = { 0 }, b = { 0 };
    put_all(&text, args, n, true);
    for (size_t i = 0; i < text.n; i++) {
        const char *at = text.p[i] ? strchr(from, text.p[i]) : NULL;
        if (!text.p[i])
            buf_puts(&b, "\xEF\xBF\xBD");
        else if (at)
            buf_puts(&b, to[at - from]);
        else
            buf_putc(&b, text.p[i]);
    }
    return tctx_text(c, &b, out);
}

static void put_js(struct buf *b, uint32_t rune, struct str raw) {
    if (rune == '\\' || rune == '\'' || rune == '"')
        buf_fmt(b, "\\%c", (char)rune);
    else if (rune < 0x80 && (rune < ' ' || strchr("<>&=", (int)rune)))
        buf_fmt(b, "\\u%04X", rune);
    else if (rune < 0x80 || go_rune_printable(rune))
        buf_put_str(b, raw);
    else
        buf_fmt(b, "\\u%04X", rune);
}

static bool fn_js(ARGS) {
    autobuf text = { 0 }, b = { 0 };
    put_all(&text, args, n, true);
    struct str s = buf_str(&text);
    for (size_t i = 0; i < s.n;) {
        uint32_t rune;
        size_t len = utf8_decode(str_sub(s, i, s.n), &rune);
        put_js(&b, rune, str_sub(s, i, i + len));
        i += len;
    }
    return tctx_text(c, &b, out);
}

static bool fn_urlquery(ARGS) {
    autobuf text = { 0 }, b = { 0 };
    put_all(&text, args, n, true);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char ch = (unsigned char)text.p[i];
        bool plain =
            (ch >= '0' && ch <= '9') || ((ch | 32) >= 'a' && (ch | 32) <= 'z') || (ch && strchr("-_.~", ch));
        if (plain)
            buf_putc(&b, (char)ch);
        else if (ch == ' ')
            buf_putc(&b, '+');
        else
            buf_fmt(&b, "%%%02X", ch);
    }
    return tctx_text(c, &b, out);
}

const struct tfunction functions_builtin[] = {
    { "and", "r*r", fn_unreachable, TFUNCTION_AND },
    { "or", "r*r", fn_unreachable, TFUNCTION_OR },
    { "not", "r", fn_not },
    { "eq", "r*r", fn_eq },
    { "ne", "rr", fn_ne },
    { "lt", "rr", fn_lt },
    { "le", "rr", fn_le },
    { "gt", "rr", fn_gt },
    { "ge", "rr", fn_ge },
    { "len", "r", fn_len },
    { "index", "r*r", fn_index },
    { "call", "r*r", fn_call },
    { "print", "*a", fn_print },
    { "println", "*a", fn_println },
    { "printf", "s*a", fn_printf },
    { "html", "*a", fn_html },
    { "js", "*a", fn_js },
    { "urlquery", "*a", fn_urlquery },
    { 0 },
};
