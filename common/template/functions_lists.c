// SPDX-License-Identifier: Apache-2.0
// Lists: their parts, new lists from old ones, sorting, joining. sprig: list.go
#include <math.h>

#include "common/template/functions.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out
#define NIL_PANIC "runtime error: invalid memory address or nil pointer dereference"

static size_t len_of(const struct tlist *l) {
    return l->type->elem == TSLOT_BYTE ? l->bytes.n : l->n;
}

static struct tval at(const struct tlist *l, size_t i) {
    return tval_plain(tlist_at(l, i));
}

// A list, or the error with its words before the kind.
static bool list_arg(struct tctx *c, struct tval v, const char *words, struct tlist **out) {
    if (v.kind == TVAL_NIL)
        return tctx_fail(c, NIL_PANIC);
    if (v.kind != TVAL_LIST)
        return tctx_fail(c, "%s %s", words, tval_kind_name(v));
    *out = v.list;
    return tctx_steps(c, len_of(v.list));
}

static struct tlist *new_any(struct tctx *c, size_t n) {
    return tlist_new(tctx_arena(c), &ttype_list_any, n);
}

static bool nil_list(struct tctx *c, struct tval *out) {
    struct tlist *l = new_any(c, 0);
    l->nil = true;
    return *out = tval_list(l), true;
}

static bool part(struct tctx *c, const struct tlist *l, size_t from, size_t to, struct tval *out) {
    struct tlist *r = new_any(c, to - from);
    for (size_t i = from; i < to; i++)
        r->items[i - from] = at(l, i);
    return *out = tval_list(r), true;
}

static bool fn_list(ARGS) {
    struct tlist *l = new_any(c, n);
    if (n)
        memcpy(l->items, args, n * sizeof *args);
    return *out = tval_list(l), true;
}

static bool fn_append(ARGS) {
    struct tlist *l;
    (void)n;
    if (!list_arg(c, args[0], "Cannot push on type", &l) || !part(c, l, 0, len_of(l), out))
        return false;
    struct tlist *r = new_any(c, len_of(l) + 1);
    for (size_t i = 0; i + 1 < r->n; i++)
        r->items[i] = out->list->items[i];
    r->items[r->n - 1] = args[1];
    return *out = tval_list(r), true;
}

static bool fn_prepend(ARGS) {
    struct tlist *l;
    (void)n;
    if (!list_arg(c, args[0], "Cannot prepend on type", &l))
        return false;
    struct tlist *r = new_any(c, len_of(l) + 1);
    r->items[0] = args[1];
    for (size_t i = 1; i < r->n; i++)
        r->items[i] = at(l, i - 1);
    return *out = tval_list(r), true;
}

static bool fn_first(ARGS) {
    struct tlist *l;
    (void)n;
    if (!list_arg(c, args[0], "Cannot find first on type", &l))
        return false;
    return *out = len_of(l) ? at(l, 0) : tval_nil(), true;
}

static bool fn_last(ARGS) {
    struct tlist *l;
    (void)n;
    if (!list_arg(c, args[0], "Cannot find last on type", &l))
        return false;
    return *out = len_of(l) ? at(l, len_of(l) - 1) : tval_nil(), true;
}

static bool fn_rest(ARGS) {
    struct tlist *l;
    (void)n;
    if (!list_arg(c, args[0], "Cannot find rest on type", &l))
        return false;
    return len_of(l) ? part(c, l, 1, len_of(l), out) : nil_list(c, out);
}

static bool fn_initial(ARGS) {
    struct tlist *l;
    (void)n;
    if (!list_arg(c, args[0], "Cannot find initial on type", &l))
        return false;
    return len_of(l) ? part(c, l, 0, len_of(l) - 1, out) : nil_list(c, out);
}

static bool fn_reverse(ARGS) {
    struct tlist *l;
    (void)n;
    if (!list_arg(c, args[0], "Cannot find reverse on type", &l))
        return false;
    struct tlist *r = new_any(c, len_of(l));
    for (size_t i = 0; i < r->n; i++)
        r->items[r->n - 1 - i] = at(l, i);
    return *out = tval_list(r), true;
}

static bool fn_compact(ARGS) {
    struct tlist *l;
    (void)n;
    if (!list_arg(c, args[0], "Cannot compact on type", &l))
        return false;
    struct tlist *r = new_any(c, len_of(l));
    r->n = 0;
    for (size_t i = 0; i < len_of(l); i++)
        if (!tval_empty(at(l, i)))
            r->items[r->n++] = at(l, i);
    return *out = tval_list(r), true;
}

static bool in_list(struct tctx *c, const struct tval *items, size_t n, struct tval v) {
    for (size_t i = 0; i < n; i++)
        if (tval_deep_equal(c, v, items[i]))
            return true;
    return false;
}

static bool fn_uniq(ARGS) {
    struct tlist *l;
    (void)n;
    if (!list_arg(c, args[0], "Cannot find uniq on type", &l))
        return false;
    struct tlist *r = new_any(c, len_of(l));
    r->n = 0;
    for (size_t i = 0; i < len_of(l); i++) {
        if (!tctx_steps(c, r->n))
            return false;
        if (!in_list(c, r->items, r->n, at(l, i)))
            r->items[r->n++] = at(l, i);
    }
    return *out = tval_list(r), true;
}

static bool fn_without(ARGS) {
    struct tlist *l;
    if (!list_arg(c, args[0], "Cannot find without on type", &l))
        return false;
    struct tlist *r = new_any(c, len_of(l));
    r->n = 0;
    for (size_t i = 0; i < len_of(l); i++)
        if (!in_list(c, args + 1, n - 1, at(l, i)))
            r->items[r->n++] = at(l, i);
    return *out = tval_list(r), true;
}

static bool fn_has(ARGS) {
    struct tlist *l;
    (void)n;
    *out = tval_bool(false);
    if (args[1].kind == TVAL_NIL)
        return true;
    if (!list_arg(c, args[1], "Cannot find has on type", &l))
        return false;
    for (size_t i = 0; i < len_of(l) && !out->b; i++)
        out->b = tval_deep_equal(c, args[0], at(l, i));
    return true;
}

static bool fn_slice(ARGS) {
    struct tlist *l;
    if (!list_arg(c, args[0], "list should be type of slice or array but", &l))
        return false;
    int64_t len = (int64_t)len_of(l), from = n > 1 ? tval_to_int64(args[1]) : 0,
            to = n > 2 ? tval_to_int64(args[2]) : len;
    if (!len)
        return *out = tval_nil(), true;
    if (from < 0 || from > to || to > len)
        return tctx_fail(c, "reflect.Value.Slice: slice index out of bounds");
    struct tlist *r = tlist_new(tctx_arena(c), l->type, 0);
    if (l->type->elem == TSLOT_BYTE) {
        r->bytes = str_sub(l->bytes, (size_t)from, (size_t)to);
    } else {
        r->items = l->items + from;
        r->n = (size_t)(to - from);
    }
    return *out = tval_list(r), true;
}

static bool fn_concat(ARGS) {
    size_t total = 0;
    struct tlist *l;
    for (size_t i = 0; i < n; i++) {
        if (args[i].kind == TVAL_NIL)
            return tctx_fail(c, NIL_PANIC);
        if (args[i].kind != TVAL_LIST)
            return tctx_fail(c, "Cannot concat type %s as list", tval_kind_name(args[i]));
        total += len_of(args[i].list);
    }
    if (!tctx_steps(c, total))
        return false;
    struct tlist *r = new_any(c, total);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        l = args[i].list;
        for (size_t j = 0; j < len_of(l); j++)
            r->items[k++] = at(l, j);
    }
    r->nil = !total;
    return *out = tval_list(r), true;
}

static bool fn_chunk(ARGS) {
    struct tlist *l;
    (void)n;
    int64_t size = args[0].i;
    if (!list_arg(c, args[1], "Cannot chunk type", &l))
        return false;
    double chunks = floor(((double)len_of(l) - 1) / (double)size) + 1; // sprig's arithmetic
    if (size < 1 && chunks == 0)
        return *out = tval_list(tlist_new(tctx_arena(c), &ttype_list_list, 0)), true;
    if (size < 1)
        return tctx_fail(c, "runtime error: makeslice: len out of range");
    size_t len = len_of(l), step = (uint64_t)size < len ? (size_t)size : len;
    struct tlist *r = tlist_new(tctx_arena(c), &ttype_list_list, len ? (len + step - 1) / step : 0);
    for (size_t i = 0; i < r->n; i++)
        part(c, l, i * step, (i + 1) * step < len ? (i + 1) * step : len, &r->items[i]);
    return *out = tval_list(r), true;
}

/* ---- text ---- */

// sprig's strslice
static struct tlist *strings_of(struct tctx *c, struct tval v) {
    struct arena *a = tctx_arena(c);
    if (v.kind == TVAL_LIST && v.list->type == &ttype_list_str)
        return v.list;
    if (v.kind == TVAL_NIL)
        return tlist_strings(a, NULL, 0);
    if (v.kind != TVAL_LIST)
        return tlist_strings(a, (struct str[]) { tval_strval(a, v) }, 1);
    struct tlist *r = tlist_new(a, &ttype_list_str, len_of(v.list));
    r->n = 0;
    for (size_t i = 0; i < len_of(v.list); i++)
        if (at(v.list, i).kind != TVAL_NIL)
            r->items[r->n++] = tval_str(tval_strval(a, at(v.list, i)));
    return r;
}

static bool fn_to_strings(ARGS) {
    (void)n;
    *out = tval_list(strings_of(c, args[0]));
    return tctx_steps(c, out->list->n);
}

static bool fn_join(ARGS) {
    autobuf b = { 0 };
    (void)n;
    struct tlist *l = strings_of(c, args[1]);
    for (size_t i = 0; i < l->n && b.n <= (64u << 20); i++) {
        buf_put_str(&b, i ? args[0].s : STR(""));
        buf_put_str(&b, l->items[i].s);
    }
    return tctx_text(c, &b, out);
}

static int string_cmp(const void *x, const void *y) {
    return str_cmp(((const struct tval *)x)->s, ((const struct tval *)y)->s);
}

static bool fn_sort_alpha(ARGS) {
    (void)n;
    struct arena *a = tctx_arena(c);
    if (args[0].kind != TVAL_LIST) {
        struct str s = tval_strval(a, args[0]);
        return *out = tval_list(tlist_strings(a, &s, 1)), true;
    }
    // a []string is sorted in place by sprig; nothing can see the old order but the list itself
    struct tlist *l = strings_of(c, args[0]);
    if (!tctx_steps(c, l->n * 8))
        return false;
    if (l->n)
        qsort(l->items, l->n, sizeof *l->items, string_cmp);
    return *out = tval_list(l), true;
}

const struct tfunction functions_lists[] = {
    { "list", "*a", fn_list },
    { "tuple", "*a", fn_list },
    { "append", "aa", fn_append },
    { "mustAppend", "aa", fn_append },
    { "push", "aa", fn_append },
    { "mustPush", "aa", fn_append },
    { "prepend", "aa", fn_prepend },
    { "mustPrepend", "aa", fn_prepend },
    { "first", "a", fn_first },
    { "mustFirst", "a", fn_first },
    { "last", "a", fn_last },
    { "mustLast", "a", fn_last },
    { "rest", "a", fn_rest },
    { "mustRest", "a", fn_rest },
    { "initial", "a", fn_initial },
    { "mustInitial", "a", fn_initial },
    { "reverse", "a", fn_reverse },
    { "mustReverse", "a", fn_reverse },
    { "compact", "a", fn_compact },
    { "mustCompact", "a", fn_compact },
    { "uniq", "a", fn_uniq },
    { "mustUniq", "a", fn_uniq },
    { "without", "a*a", fn_without },
    { "mustWithout", "a*a", fn_without },
    { "has", "aa", fn_has },
    { "mustHas", "aa", fn_has },
    { "slice", "a*a", fn_slice },
    { "mustSlice", "a*a", fn_slice },
    { "concat", "*a", fn_concat },
    { "chunk", "ia", fn_chunk },
    { "mustChunk", "ia", fn_chunk },
    { "toStrings", "a", fn_to_strings },
    { "join", "sa", fn_join },
    { "sortAlpha", "a", fn_sort_alpha },
    { 0 },
};
