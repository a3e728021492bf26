// SPDX-License-Identifier: Apache-2.0
// Values of templates: types, maps, lists, and the way from and to data trees.
#include "common/template/tval.h"

#include <math.h>
#include <stdio.h>

#include "common/template/functions.h"
#include "common/template/gotime.h"
#include "common/text/semver.h"
#include "common/value/base64.h"

const struct ttype ttype_list_any = { .name = "[]interface {}", .elem = TSLOT_ANY };
const struct ttype ttype_list_str = { .name = "[]string", .elem = TSLOT_STRING };
const struct ttype ttype_list_int = { .name = "[]int", .elem = TSLOT_INT };
const struct ttype ttype_bytes = { .name = "[]uint8", .elem = TSLOT_BYTE };
const struct ttype ttype_list_list = { .name = "[][]interface {}", .elem = TSLOT_LIST_ANY };
const struct ttype ttype_list_map = { .name = "[]map[string]interface {}", .elem = TSLOT_MAP_ANY };
const struct ttype ttype_map_any = { .name = "map[string]interface {}", .elem = TSLOT_ANY };
const struct ttype ttype_map_str = { .name = "map[string]string", .elem = TSLOT_STRING };
const struct ttype ttype_values = { .name = "common.Values", .elem = TSLOT_ANY };
const struct ttype ttype_map_bytes = { .name = "map[string][]uint8", .elem = TSLOT_BYTES };

/* ---- make ---- */

struct tval tval_bytes(struct arena *a, struct str bytes) {
    struct tlist *l = tlist_new(a, &ttype_bytes, 0);
    l->bytes = bytes;
    return tval_list(l);
}

struct tmap *tmap_new(struct arena *a, const struct ttype *type) {
    struct tmap *m = arena_new(a, struct tmap);
    m->type = type;
    return m;
}

struct tlist *tlist_new(struct arena *a, const struct ttype *type, size_t n) {
    struct tlist *l = arena_new(a, struct tlist);
    l->type = type;
    l->n = n;
    if (n)
        l->items = arena_array(a, struct tval, n);
    return l;
}

struct tlist *tlist_strings(struct arena *a, const struct str *items, size_t n) {
    struct tlist *l = tlist_new(a, &ttype_list_str, n);
    for (size_t i = 0; i < n; i++)
        l->items[i] = tval_str(items[i]);
    return l;
}

struct tstruct *tstruct_new(struct arena *a, const struct ttype *type) {
    struct tstruct *st = arena_new(a, struct tstruct);
    size_t n = 0;
    while (type->fields && type->fields[n])
        n++;
    st->type = type;
    st->fields = arena_array(a, struct tval, n);
    return st;
}

/* ---- maps ---- */

// The place of a key, or where it belongs.
static size_t place(const struct tmap *m, struct str key, bool *found) {
    size_t low = 0, high = m->n;
    *found = false;
    if (m->n && str_cmp(m->entries[m->n - 1].key, key) < 0)
        return m->n; // sorted input is appended
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = str_cmp(m->entries[mid].key, key);
        if (order == 0)
            return *found = true, mid;
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct tval *tmap_find(const struct tmap *m, struct str key) {
    bool found;
    size_t i = place(m, key, &found);
    return found ? &m->entries[i].value : NULL;
}

void tmap_put(struct arena *a, struct tmap *m, struct str key, struct tval v) {
    bool found;
    size_t i = place(m, key, &found);
    v.iface = false;
    if (found) {
        m->entries[i].value = v;
        return;
    }
    m->entries = arena_grow(a, m->entries, &m->cap, m->n + 1, sizeof *m->entries);
    memmove(m->entries + i + 1, m->entries + i, (m->n - i) * sizeof *m->entries);
    m->entries[i] = (struct tmap_entry) { key, v };
    m->n++;
    m->nil = false;
}

void tmap_set(struct arena *a, struct tmap *m, const char *key, struct tval v) {
    tmap_put(a, m, str_of(key), v);
}

bool tmap_remove(struct tmap *m, struct str key) {
    bool found;
    size_t i = place(m, key, &found);
    if (!found)
        return false;
    memmove(m->entries + i, m->entries + i + 1, (m->n - i - 1) * sizeof *m->entries);
    m->n--;
    return true;
}

/* ---- slots ---- */

static struct tval in_slot(enum tslot slot, struct tval v) {
    v.iface = slot == TSLOT_ANY;
    return v;
}

struct tval tmap_slot(const struct ttype *type, struct tval v) {
    return in_slot(type->elem, v);
}

struct tval tlist_at(const struct tlist *l, size_t i) {
    if (l->type->elem == TSLOT_BYTE)
        return (struct tval) { .kind = TVAL_UINT8, .u = (unsigned char)l->bytes.p[i] };
    return in_slot(l->type->elem, l->items[i]);
}

struct tval tslot_zero(enum tslot slot) {
    static const struct tlist nil_bytes = { .type = &ttype_bytes, .nil = true };
    static const struct tlist nil_list = { .type = &ttype_list_any, .nil = true };
    static const struct tmap nil_map = { .type = &ttype_map_any, .nil = true };
    switch (slot) {
    case TSLOT_ANY: return (struct tval) { .kind = TVAL_NIL, .iface = true };
    case TSLOT_STRING: return tval_text("");
    case TSLOT_INT: return tval_int(0);
    case TSLOT_BYTE: return (struct tval) { .kind = TVAL_UINT8 };
    case TSLOT_BYTES: return tval_list((struct tlist *)&nil_bytes);
    case TSLOT_LIST_ANY: return tval_list((struct tlist *)&nil_list);
    case TSLOT_MAP_ANY: return tval_map((struct tmap *)&nil_map);
    }
    return tval_nil();
}

/* ---- types ---- */

const char *tval_type_name(struct arena *a, struct tval v) {
    static const char *const names[] = {
        [TVAL_NIL] = "<nil>",
        [TVAL_BOOL] = "bool",
        [TVAL_INT] = "int",
        [TVAL_INT32] = "int32",
        [TVAL_INT64] = "int64",
        [TVAL_UINT8] = "uint8",
        [TVAL_UINT64] = "uint64",
        [TVAL_FLOAT64] = "float64",
        [TVAL_COMPLEX128] = "complex128",
        [TVAL_STRING] = "string",
        [TVAL_DURATION] = "time.Duration",
        [TVAL_MONTH] = "time.Month",
        [TVAL_WEEKDAY] = "time.Weekday",
        [TVAL_TIME] = "time.Time",
        [TVAL_SEMVER] = "*semver.Version",
    };
    if (v.iface)
        return "interface {}";
    if (v.kind == TVAL_LIST)
        return v.list->type->name;
    if (v.kind == TVAL_MAP)
        return v.unnamed ? ttype_map_any.name : v.map->type->name;
    if (v.kind == TVAL_STRUCT)
        return v.st->type->pointer ? arena_fmt(a, "*%s", v.st->type->name) : v.st->type->name;
    return names[v.kind];
}

const char *tval_kind_name(struct tval v) {
    static const char *const names[] = {
        [TVAL_NIL] = "invalid",   [TVAL_BOOL] = "bool",       [TVAL_INT] = "int",
        [TVAL_INT32] = "int32",   [TVAL_INT64] = "int64",     [TVAL_UINT8] = "uint8",
        [TVAL_UINT64] = "uint64", [TVAL_FLOAT64] = "float64", [TVAL_COMPLEX128] = "complex128",
        [TVAL_STRING] = "string", [TVAL_DURATION] = "int64",  [TVAL_MONTH] = "int",
        [TVAL_WEEKDAY] = "int",   [TVAL_LIST] = "slice",      [TVAL_MAP] = "map",
        [TVAL_STRUCT] = "struct", [TVAL_TIME] = "struct",     [TVAL_SEMVER] = "ptr",
    };
    if (v.kind == TVAL_STRUCT && v.st->type->pointer)
        return "ptr";
    return names[v.kind];
}

bool tval_is_int(struct tval v) {
    return v.kind == TVAL_INT || v.kind == TVAL_INT64 || v.kind == TVAL_INT32 || v.kind == TVAL_DURATION ||
           v.kind == TVAL_MONTH || v.kind == TVAL_WEEKDAY;
}

bool tval_is_uint(struct tval v) {
    return v.kind == TVAL_UINT8 || v.kind == TVAL_UINT64;
}

static size_t list_len(const struct tlist *l) {
    return l->type->elem == TSLOT_BYTE ? l->bytes.n : l->n;
}

bool tval_truth(struct tval v) {
    switch (v.kind) {
    case TVAL_NIL: return false;
    case TVAL_BOOL: return v.b;
    case TVAL_INT:
    case TVAL_INT32:
    case TVAL_INT64:
    case TVAL_DURATION:
    case TVAL_MONTH:
    case TVAL_WEEKDAY: return v.i != 0;
    case TVAL_UINT8:
    case TVAL_UINT64: return v.u != 0;
    case TVAL_FLOAT64: return v.f != 0;
    case TVAL_COMPLEX128: return v.c.re != 0 || v.c.im != 0;
    case TVAL_STRING: return v.s.n > 0;
    case TVAL_LIST: return list_len(v.list) > 0;
    case TVAL_MAP: return v.map->n > 0;
    case TVAL_STRUCT:
    case TVAL_TIME:
    case TVAL_SEMVER: return true;
    }
    return false;
}

bool tval_empty(struct tval v) {
    return !tval_truth(v);
}

bool tval_is_nil_ref(struct tval v) {
    return v.kind == TVAL_NIL || (v.kind == TVAL_LIST && v.list->nil) || (v.kind == TVAL_MAP && v.map->nil);
}

/* ---- reflect.DeepEqual ---- */

static bool equal_at(struct tctx *c, struct tval x, struct tval y, unsigned depth);

static bool lists_equal(struct tctx *c, const struct tlist *x, const struct tlist *y, unsigned depth) {
    if (x->type != y->type || x->nil != y->nil || list_len(x) != list_len(y))
        return false;
    if (x->type->elem == TSLOT_BYTE)
        return str_eq(x->bytes, y->bytes);
    for (size_t i = 0; i < x->n; i++)
        if (!equal_at(c, x->items[i], y->items[i], depth))
            return false;
    return true;
}

static bool maps_equal(struct tctx *c, const struct tmap *x, const struct tmap *y, unsigned depth) {
    if (x->type != y->type || x->nil != y->nil || x->n != y->n)
        return false;
    for (size_t i = 0; x != y && i < x->n; i++)
        if (!str_eq(x->entries[i].key, y->entries[i].key) ||
            !equal_at(c, x->entries[i].value, y->entries[i].value, depth))
            return false;
    return true;
}

static bool structs_equal(struct tctx *c, const struct tstruct *x, const struct tstruct *y, unsigned depth) {
    if (x->type != y->type)
        return false;
    for (size_t i = 0; x->type->fields[i]; i++)
        if (!equal_at(c, x->fields[i], y->fields[i], depth))
            return false;
    return true;
}

static bool semvers_equal(const struct semver *x, const struct semver *y) {
    return x->major == y->major && x->minor == y->minor && x->patch == y->patch && text_eq(x->pre, y->pre) &&
           text_eq(x->metadata, y->metadata) && text_eq(x->original, y->original);
}

static bool equal_at(struct tctx *c, struct tval x, struct tval y, unsigned depth) {
    if (x.kind != y.kind || depth > 500 || !tctx_steps(c, 1))
        return false;
    switch (x.kind) {
    case TVAL_NIL: return true;
    case TVAL_BOOL: return x.b == y.b;
    case TVAL_INT:
    case TVAL_INT32:
    case TVAL_INT64:
    case TVAL_DURATION:
    case TVAL_MONTH:
    case TVAL_WEEKDAY: return x.i == y.i;
    case TVAL_UINT8:
    case TVAL_UINT64: return x.u == y.u;
    case TVAL_FLOAT64: return x.f == y.f;
    case TVAL_COMPLEX128: return x.c.re == y.c.re && x.c.im == y.c.im;
    case TVAL_STRING: return str_eq(x.s, y.s);
    case TVAL_LIST: return lists_equal(c, x.list, y.list, depth + 1);
    case TVAL_MAP: return maps_equal(c, x.map, y.map, depth + 1);
    case TVAL_STRUCT: return structs_equal(c, x.st, y.st, depth + 1);
    case TVAL_TIME: return gotime_same(x.time, y.time);
    case TVAL_SEMVER: return semvers_equal(x.semver, y.semver);
    }
    return false;
}

bool tval_deep_equal(struct tctx *c, struct tval x, struct tval y) {
    return equal_at(c, x, y, 0);
}
