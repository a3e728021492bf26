// SPDX-License-Identifier: Apache-2.0
// Dictionaries: get, set, pick, merge, deep copies. sprig: dict.go; merging as mergo v1.0.1 does it
#include "common/template/functions.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out
#define MAX_DEPTH 300

static bool fn_dict(ARGS) {
    struct arena *a = tctx_arena(c);
    struct tmap *m = tmap_new(a, &ttype_map_any);
    if (!tctx_steps(c, n))
        return false;
    for (size_t i = 0; i < n; i += 2)
        tmap_put(a, m, tval_strval(a, args[i]), i + 1 < n ? args[i + 1] : tval_text(""));
    return *out = tval_map(m), true;
}

static bool fn_get(ARGS) {
    (void)c, (void)n;
    const struct tval *v = tmap_find(args[0].map, args[1].s);
    *out = v ? *v : tval_text("");
    return true;
}

static bool fn_set(ARGS) {
    (void)n;
    if (args[0].map->nil)
        return tctx_fail(c, "assignment to entry in nil map");
    if (!tctx_steps(c, args[0].map->n / 16))
        return false;
    tmap_put(tctx_arena(c), args[0].map, args[1].s, args[2]);
    return *out = args[0], true;
}

static bool fn_unset(ARGS) {
    (void)c, (void)n;
    tmap_remove(args[0].map, args[1].s);
    return *out = args[0], true;
}

static bool fn_has_key(ARGS) {
    (void)c, (void)n;
    *out = tval_bool(tmap_find(args[0].map, args[1].s) != NULL);
    return true;
}

static bool fn_pluck(ARGS) {
    struct tlist *l = tlist_new(tctx_arena(c), &ttype_list_any, n);
    l->n = 0;
    for (size_t i = 1; i < n; i++) {
        const struct tval *v = tmap_find(args[i].map, args[0].s);
        if (v)
            l->items[l->n++] = *v;
    }
    return *out = tval_list(l), true;
}

static bool fn_keys(ARGS) {
    size_t total = 0, k = 0;
    for (size_t i = 0; i < n; i++)
        total += args[i].map->n;
    struct tlist *l = tlist_new(tctx_arena(c), &ttype_list_str, total);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < args[i].map->n; j++)
            l->items[k++] = tval_str(args[i].map->entries[j].key);
    *out = tval_list(l);
    return tctx_steps(c, total);
}

static bool fn_values(ARGS) {
    const struct tmap *m = args[0].map;
    (void)n;
    struct tlist *l = tlist_new(tctx_arena(c), &ttype_list_any, m->n);
    for (size_t i = 0; i < m->n; i++)
        l->items[i] = m->entries[i].value;
    *out = tval_list(l);
    return tctx_steps(c, m->n);
}

static bool fn_pick(ARGS) {
    struct arena *a = tctx_arena(c);
    struct tmap *m = tmap_new(a, &ttype_map_any);
    for (size_t i = 1; i < n; i++) {
        const struct tval *v = tmap_find(args[0].map, args[i].s);
        if (v)
            tmap_put(a, m, args[i].s, *v);
    }
    return *out = tval_map(m), true;
}

static bool fn_omit(ARGS) {
    struct arena *a = tctx_arena(c);
    struct tmap *m = tmap_new(a, &ttype_map_any);
    const struct tmap *from = args[0].map;
    if (!tctx_steps(c, from->n * n))
        return false;
    for (size_t i = 0; i < from->n; i++) {
        bool omitted = false;
        for (size_t k = 1; k < n && !omitted; k++)
            omitted = str_eq(args[k].s, from->entries[i].key);
        if (!omitted)
            tmap_put(a, m, from->entries[i].key, from->entries[i].value);
    }
    return *out = tval_map(m), true;
}

/* ---- merge ---- */

static bool mergo_empty(struct tval v) {
    return v.kind != TVAL_STRUCT && v.kind != TVAL_TIME && v.kind != TVAL_SEMVER && tval_empty(v);
}

static bool merge(struct tctx *c, struct tmap *dst, const struct tmap *src, bool overwrite, unsigned depth) {
    struct arena *a = tctx_arena(c);
    if (depth > MAX_DEPTH)
        return tctx_fail(c, "the maps are nested too deeply");
    if (dst == src || !tctx_steps(c, src->n))
        return dst == src;
    for (size_t i = 0; i < src->n; i++) {
        struct str key = src->entries[i].key;
        struct tval from = src->entries[i].value;
        struct tval *to = tmap_find(dst, key);
        if (from.kind == TVAL_NIL) {
            if (overwrite)
                tmap_put(a, dst, key, from);
            continue;
        }
        if (to && from.kind == TVAL_MAP && to->kind == TVAL_MAP) {
            if (!to->map->nil && !merge(c, to->map, from.map, overwrite, depth + 1))
                return false;
            if (!mergo_empty(*to))
                continue;
        }
        if (overwrite || !to || mergo_empty(*to))
            tmap_put(a, dst, key, from);
    }
    return true;
}

static bool merge_all(struct tctx *c, const struct tval *args, size_t n, bool overwrite, struct tval *out) {
    struct tval dst = args[0];
    if (dst.map->nil)
        dst = tval_map(tmap_new(tctx_arena(c), &ttype_map_any));
    for (size_t i = 1; i < n; i++)
        if (!merge(c, dst.map, args[i].map, overwrite, 0))
            return false;
    return *out = dst, true;
}

static bool fn_merge(ARGS) {
    return merge_all(c, args, n, false, out);
}

static bool fn_merge_overwrite(ARGS) {
    return merge_all(c, args, n, true, out);
}

/* ---- deepCopy, dig ---- */

static bool copy(struct tctx *c, struct tval v, unsigned depth, struct tval *out) {
    struct arena *a = tctx_arena(c);
    *out = v;
    if (depth > MAX_DEPTH)
        return tctx_fail(c, "the value is nested too deeply");
    if (v.kind == TVAL_LIST && v.list->n && v.list->type->elem != TSLOT_BYTE) {
        struct tlist *l = tlist_new(a, v.list->type, v.list->n);
        for (size_t i = 0; i < l->n; i++)
            if (!copy(c, v.list->items[i], depth + 1, &l->items[i]))
                return false;
        *out = tval_list(l);
    } else if (v.kind == TVAL_MAP && !v.map->nil) {
        struct tmap *m = tmap_new(a, v.map->type);
        m->n = m->cap = v.map->n;
        m->entries = arena_array(a, struct tmap_entry, m->n + 1);
        for (size_t i = 0; i < m->n; i++) {
            m->entries[i].key = v.map->entries[i].key;
            if (!copy(c, v.map->entries[i].value, depth + 1, &m->entries[i].value))
                return false;
        }
        out->map = m;
    }
    return tctx_steps(c, 1);
}

static bool fn_deep_copy(ARGS) {
    (void)n;
    if (args[0].kind == TVAL_NIL)
        return tctx_fail(c, "reflect: call of reflect.Value.Type on zero Value");
    return copy(c, args[0], 0, out);
}

static const char *conversion_name(struct tctx *c, struct tval v) {
    return v.kind == TVAL_NIL ? "nil" : tval_type_name(tctx_arena(c), v);
}

static bool plain_map(struct tctx *c, struct tval v) {
    if (v.kind == TVAL_MAP && (v.map->type == &ttype_map_any || v.unnamed))
        return true;
    return tctx_fail(c, "interface conversion: interface {} is %s, not map[string]interface {}",
                     conversion_name(c, v));
}

static bool fn_dig(ARGS) {
    if (n < 3)
        return tctx_fail(c, "dig needs at least three arguments");
    struct tval v = args[n - 1];
    if (!plain_map(c, v))
        return false;
    for (size_t i = 0; i + 2 < n; i++)
        if (args[i].kind != TVAL_STRING)
            return tctx_fail(c, "interface conversion: interface {} is %s, not string",
                             conversion_name(c, args[i]));
    for (size_t i = 0; i + 2 < n; i++) {
        const struct tval *next;
        if (!plain_map(c, v))
            return false;
        if (!(next = tmap_find(v.map, args[i].s)))
            return *out = args[n - 2], true;
        v = *next;
    }
    return *out = v, true;
}

const struct tfunction functions_dicts[] = {
    { "dict", "*a", fn_dict },
    { "get", "ms", fn_get },
    { "set", "msa", fn_set },
    { "unset", "ms", fn_unset },
    { "hasKey", "ms", fn_has_key },
    { "pluck", "s*m", fn_pluck },
    { "keys", "*m", fn_keys },
    { "values", "m", fn_values },
    { "pick", "m*s", fn_pick },
    { "omit", "m*s", fn_omit },
    { "merge", "m*m", fn_merge },
    { "mustMerge", "m*m", fn_merge },
    { "mergeOverwrite", "m*m", fn_merge_overwrite },
    { "mustMergeOverwrite", "m*m", fn_merge_overwrite },
    { "deepCopy", "a", fn_deep_copy },
    { "mustDeepCopy", "a", fn_deep_copy },
    { "dig", "*a", fn_dig },
    { 0 },
};
