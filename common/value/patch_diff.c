// SPDX-License-Identifier: Apache-2.0
// Differences as JSON patch and merge patch; applying a merge patch (RFC 7386).
#include "common/value/patch.h"

static void add_op(struct arena *a, struct value *ops, const char *op, const char *path,
                   const struct value *v) {
    struct value *o = value_map(a);
    value_set(a, o, "op", value_string(a, op));
    value_set(a, o, "path", value_string(a, path));
    if (v)
        value_set(a, o, "value", value_copy(a, v));
    value_append(a, ops, o);
}

static void diff(struct arena *a, struct value *ops, const char *path, const struct value *from,
                 const struct value *to);

static int key_cmp(const void *x, const void *y) {
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

// The keys of both maps, sorted, each once.
static struct str *union_keys(struct arena *a, const struct value *x, const struct value *y, size_t *out_n) {
    struct str *keys = arena_array(a, struct str, x->map.n + y->map.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < x->map.n; i++)
        keys[n++] = x->map.pairs[i].key;
    for (size_t i = 0; i < y->map.n; i++)
        if (!value_get_n(x, y->map.pairs[i].key))
            keys[n++] = y->map.pairs[i].key;
    qsort(keys, n, sizeof *keys, key_cmp);
    *out_n = n;
    return keys;
}

static void diff_maps(struct arena *a, struct value *ops, const char *path, const struct value *from,
                      const struct value *to) {
    size_t n;
    struct str *keys = union_keys(a, from, to, &n);
    for (size_t i = 0; i < n; i++) {
        const struct value *x = value_get_n(from, keys[i]), *y = value_get_n(to, keys[i]);
        if (x && y && value_equal(x, y))
            continue;
        const char *below = pointer_append(a, path, keys[i]);
        if (x && y)
            diff(a, ops, below, x, y);
        else
            add_op(a, ops, x ? "remove" : "add", below, y);
    }
}

// Surplus elements go first: the place of each is the length that stays.
static void diff_lists(struct arena *a, struct value *ops, const char *path, const struct value *from,
                       const struct value *to) {
    size_t common = from->list.n < to->list.n ? from->list.n : to->list.n;
    for (size_t i = common; i < from->list.n; i++)
        add_op(a, ops, "remove", arena_fmt(a, "%s/%zu", path, common), NULL);
    for (size_t i = 0; i < common; i++)
        diff(a, ops, arena_fmt(a, "%s/%zu", path, i), from->list.items[i], to->list.items[i]);
    for (size_t i = common; i < to->list.n; i++)
        add_op(a, ops, "add", arena_fmt(a, "%s/-", path), to->list.items[i]);
}

static void diff(struct arena *a, struct value *ops, const char *path, const struct value *from,
                 const struct value *to) {
    if (value_equal(from, to))
        return;
    if (from->type == VALUE_MAP && to->type == VALUE_MAP)
        diff_maps(a, ops, path, from, to);
    else if (from->type == VALUE_LIST && to->type == VALUE_LIST)
        diff_lists(a, ops, path, from, to);
    else
        add_op(a, ops, "replace", path, to);
}

struct value *json_patch_diff(struct arena *a, const struct value *from, const struct value *to) {
    struct value *ops = value_list(a), null = { .type = VALUE_NULL };
    diff(a, ops, "", from ? from : &null, to ? to : &null);
    return ops;
}

struct value *merge_patch_apply(struct arena *a, const struct value *target, const struct value *patch) {
    if (!value_is(patch, VALUE_MAP))
        return value_copy(a, patch);
    struct value *out = value_is(target, VALUE_MAP) ? value_copy(a, target) : value_map(a);
    for (size_t i = 0; i < patch->map.n; i++) {
        const struct value_pair *p = &patch->map.pairs[i];
        if (value_is(p->value, VALUE_NULL))
            value_set_n(a, out, p->key, NULL);
        else
            value_set_n(a, out, p->key, merge_patch_apply(a, value_get_n(out, p->key), p->value));
    }
    return out;
}

struct value *merge_patch_diff(struct arena *a, const struct value *from, const struct value *to) {
    if (!value_is(from, VALUE_MAP) || !value_is(to, VALUE_MAP))
        return value_copy(a, to);
    struct value *out = value_map(a);
    for (size_t i = 0; i < from->map.n; i++)
        if (!value_get_n(to, from->map.pairs[i].key))
            value_set_n(a, out, from->map.pairs[i].key, value_null(a));
    for (size_t i = 0; i < to->map.n; i++) {
        const struct value_pair *p = &to->map.pairs[i];
        const struct value *old = value_get_n(from, p->key);
        if (!value_equal(old, p->value))
            value_set_n(a, out, p->key, merge_patch_diff(a, old, p->value));
    }
    return out;
}
