// SPDX-License-Identifier: Apache-2.0
// The data tree: making, reading and changing values.
#include "common/value/value.h"
#include "common/value/map_index.h"

#include <math.h>

static struct value *make(struct arena *a, enum value_type type) {
    struct value *v = arena_new(a, struct value);
    v->type = type;
    return v;
}

struct value *value_null(struct arena *a) {
    return make(a, VALUE_NULL);
}

struct value *value_bool(struct arena *a, bool b) {
    struct value *v = make(a, VALUE_BOOL);
    v->b = b;
    return v;
}

struct value *value_int(struct arena *a, int64_t i) {
    struct value *v = make(a, VALUE_INT);
    v->i = i;
    return v;
}

struct value *value_float(struct arena *a, double f) {
    struct value *v = make(a, VALUE_FLOAT);
    v->f = f;
    return v;
}

struct value *value_string_n(struct arena *a, struct str s) {
    struct value *v = make(a, VALUE_STRING);
    v->s = arena_str(a, s);
    return v;
}

struct value *value_string_in(struct arena *a, struct str s) {
    struct value *v = make(a, VALUE_STRING);
    v->s = s;
    return v;
}

struct value *value_string(struct arena *a, const char *text) {
    return value_string_n(a, str_of(text));
}

struct value *value_fmt(struct arena *a, const char *fmt, ...) {
    struct value *v = make(a, VALUE_STRING);
    va_list ap;
    va_start(ap, fmt);
    v->s = str_of(arena_vfmt(a, fmt, ap));
    va_end(ap);
    return v;
}

struct value *value_list(struct arena *a) {
    return make(a, VALUE_LIST);
}

struct value *value_map(struct arena *a) {
    return make(a, VALUE_MAP);
}

struct value *value_map_in(struct arena *a, struct value_pair *pairs, size_t n) {
    struct value *v = make(a, VALUE_MAP);
    v->map.pairs = pairs;
    v->map.n = v->map.cap = n;
    return map_finish(a, v) ? NULL : v;
}

static void copy_pairs(struct arena *a, const struct value *v, struct value *c) {
    c->map.pairs = v->map.n ? arena_array(a, struct value_pair, v->map.n) : NULL;
    c->map.n = c->map.cap = v->map.n;
    for (size_t i = 0; i < v->map.n; i++) {
        const struct value_pair *p = &v->map.pairs[i];
        c->map.pairs[i] = (struct value_pair) { arena_str(a, p->key), value_copy(a, p->value), p->key_style };
    }
    c->map.index = NULL;
    map_index_update(a, c);
}

struct value *value_copy(struct arena *a, const struct value *v) {
    if (!v)
        return NULL;
    struct value *c = make(a, v->type);
    *c = *v;
    c->text = arena_strdup(a, v->text);
    switch (v->type) {
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_FLOAT: break;
    case VALUE_STRING: c->s = arena_str(a, v->s); break;
    case VALUE_LIST:
        c->list.items = v->list.n ? arena_array(a, struct value *, v->list.n) : NULL;
        c->list.cap = v->list.n;
        for (size_t i = 0; i < v->list.n; i++)
            c->list.items[i] = value_copy(a, v->list.items[i]);
        break;
    case VALUE_MAP: copy_pairs(a, v, c); break;
    }
    return c;
}

size_t value_len(const struct value *v) {
    if (value_is(v, VALUE_LIST))
        return v->list.n;
    return value_is(v, VALUE_MAP) ? v->map.n : 0;
}

struct value *value_item(const struct value *list, size_t i) {
    return value_is(list, VALUE_LIST) && i < list->list.n ? list->list.items[i] : NULL;
}

struct value *value_get_n(const struct value *map, struct str key) {
    if (!value_is(map, VALUE_MAP))
        return NULL;
    size_t at = map_find(map, key);
    return at == MAP_ABSENT ? NULL : map->map.pairs[at].value;
}

struct value *value_get(const struct value *map, const char *key) {
    return value_get_n(map, str_of(key));
}

static struct value *step(const struct value *v, const char *key) {
    uint64_t i;
    if (value_is(v, VALUE_LIST) && str_to_u64(str_of(key), &i))
        return value_item(v, i);
    return value_get(v, key);
}

static struct value *at_va(const struct value *v, va_list ap) {
    const char *key;
    while (v && (key = va_arg(ap, const char *)))
        v = step(v, key);
    return (struct value *)v; // const in, const out as far as the caller's own pointer was
}

struct value *value_at(const struct value *v, ...) {
    va_list ap;
    va_start(ap, v);
    struct value *found = at_va(v, ap);
    va_end(ap);
    return found;
}

const char *value_text(const struct value *v, const char *fallback) {
    return value_is(v, VALUE_STRING) ? v->s.p : fallback;
}

const char *value_text_at(const struct value *v, ...) {
    va_list ap;
    va_start(ap, v);
    const struct value *found = at_va(v, ap);
    va_end(ap);
    return value_text(found, NULL);
}

int64_t value_int_or(const struct value *v, int64_t fallback) {
    if (value_is(v, VALUE_INT))
        return v->i;
    // 2^63 itself does not fit; the comparison is exact in double
    if (value_is(v, VALUE_FLOAT) && v->f >= -0x1p63 && v->f < 0x1p63 && v->f == trunc(v->f))
        return (int64_t)v->f;
    return fallback;
}

bool value_bool_or(const struct value *v, bool fallback) {
    return value_is(v, VALUE_BOOL) ? v->b : fallback;
}

static bool number_equal(const struct value *x, const struct value *y) {
    if (x->type == VALUE_INT && y->type == VALUE_INT)
        return x->i == y->i;
    if (x->type == VALUE_FLOAT && y->type == VALUE_FLOAT)
        return x->f == y->f;
    int64_t i = x->type == VALUE_INT ? x->i : y->i;
    double f = x->type == VALUE_INT ? y->f : x->f;
    return f >= -0x1p63 && f < 0x1p63 && f == trunc(f) && (int64_t)f == i;
}

static bool map_equal(const struct value *x, const struct value *y) {
    if (x->map.n != y->map.n)
        return false;
    for (size_t i = 0; i < x->map.n; i++) {
        const struct value_pair *p = &x->map.pairs[i];
        // mostly the same order: look at the same place first
        size_t at = str_eq(p->key, y->map.pairs[i].key) ? i : map_find(y, p->key);
        if (at == MAP_ABSENT || !value_equal(p->value, y->map.pairs[at].value))
            return false;
    }
    return true;
}

static bool is_number(const struct value *v) {
    return v->type == VALUE_INT || v->type == VALUE_FLOAT;
}

bool value_equal(const struct value *x, const struct value *y) {
    if (x == y)
        return true;
    if (!x || !y)
        return false;
    if (is_number(x) && is_number(y))
        return number_equal(x, y);
    if (x->type != y->type)
        return false;
    switch (x->type) {
    case VALUE_NULL: return true;
    case VALUE_BOOL: return x->b == y->b;
    case VALUE_INT:
    case VALUE_FLOAT: return false; // handled above
    case VALUE_STRING: return str_eq(x->s, y->s);
    case VALUE_LIST:
        if (x->list.n != y->list.n)
            return false;
        for (size_t i = 0; i < x->list.n; i++)
            if (!value_equal(x->list.items[i], y->list.items[i]))
                return false;
        return true;
    case VALUE_MAP: return map_equal(x, y);
    }
    return false;
}

const char *value_type_name(enum value_type type) {
    switch (type) {
    case VALUE_NULL: return "null";
    case VALUE_BOOL: return "boolean";
    case VALUE_INT: return "integer";
    case VALUE_FLOAT: return "number";
    case VALUE_STRING: return "string";
    case VALUE_LIST: return "array";
    case VALUE_MAP: return "object";
    }
    return "?";
}

void value_set_n(struct arena *a, struct value *map, struct str key, struct value *v) {
    if (!value_is(map, VALUE_MAP))
        abort(); // the caller made or checked the map
    size_t at = map_find(map, key);
    if (at != MAP_ABSENT) {
        if (v)
            map->map.pairs[at].value = v;
        else
            map_remove_at(map, at);
        return;
    }
    if (!v)
        return;
    map->map.pairs = arena_grow(a, map->map.pairs, &map->map.cap, map->map.n + 1, sizeof *map->map.pairs);
    map->map.pairs[map->map.n++] = (struct value_pair) { .key = arena_str(a, key), .value = v };
    map_index_update(a, map);
}

void value_set(struct arena *a, struct value *map, const char *key, struct value *v) {
    value_set_n(a, map, str_of(key), v);
}

bool value_remove(struct value *map, const char *key) {
    if (!value_is(map, VALUE_MAP))
        return false;
    size_t at = map_find(map, str_of(key));
    if (at == MAP_ABSENT)
        return false;
    map_remove_at(map, at);
    return true;
}

void value_append(struct arena *a, struct value *list, struct value *v) {
    value_insert(a, list, value_len(list), v);
}

void value_insert(struct arena *a, struct value *list, size_t at, struct value *v) {
    if (!value_is(list, VALUE_LIST) || at > list->list.n)
        abort();
    list->list.items =
        arena_grow(a, list->list.items, &list->list.cap, list->list.n + 1, sizeof(struct value *));
    memmove(list->list.items + at + 1, list->list.items + at, (list->list.n - at) * sizeof(struct value *));
    list->list.items[at] = v;
    list->list.n++;
}

void value_remove_item(struct value *list, size_t at) {
    if (!value_is(list, VALUE_LIST) || at >= list->list.n)
        abort();
    list->list.n--;
    memmove(list->list.items + at, list->list.items + at + 1, (list->list.n - at) * sizeof(struct value *));
}

struct value *value_ensure(struct arena *a, struct value *v, ...) {
    va_list ap;
    va_start(ap, v);
    const char *key;
    while (v && (key = va_arg(ap, const char *))) {
        struct value *next = NULL;
        if (value_is(v, VALUE_MAP)) {
            next = value_get(v, key);
            if (!next || next->type == VALUE_NULL)
                value_set(a, v, key, next = value_map(a));
        }
        v = next;
    }
    va_end(ap);
    return value_is(v, VALUE_MAP) ? v : NULL;
}

static int pair_cmp(const void *x, const void *y) {
    return str_cmp(((const struct value_pair *)x)->key, ((const struct value_pair *)y)->key);
}

void value_sort_keys(struct value *v) {
    if (value_is(v, VALUE_LIST))
        for (size_t i = 0; i < v->list.n; i++)
            value_sort_keys(v->list.items[i]);
    if (!value_is(v, VALUE_MAP))
        return;
    for (size_t i = 0; i < v->map.n; i++)
        value_sort_keys(v->map.pairs[i].value);
    bool sorted = true;
    for (size_t i = 1; i < v->map.n && sorted; i++)
        sorted = pair_cmp(&v->map.pairs[i - 1], &v->map.pairs[i]) <= 0;
    if (sorted)
        return;
    qsort(v->map.pairs, v->map.n, sizeof *v->map.pairs, pair_cmp);
    map_index_refresh(v);
}
