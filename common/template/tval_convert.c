// SPDX-License-Identifier: Apache-2.0
// From data trees to template values, and back as encoding/json would marshal them.
#include <math.h>

#include "common/template/functions.h"
#include "common/template/gotext.h"
#include "common/template/gotime.h"
#include "common/text/semver.h"
#include "common/value/base64.h"
#include "common/value/number.h"

#define MAX_DEPTH 500 // of values that are written out; a map can contain itself

static struct tval list_of(struct arena *a, const struct value *v) {
    struct tlist *l = tlist_new(a, &ttype_list_any, v->list.n);
    for (size_t i = 0; i < v->list.n; i++)
        l->items[i] = tval_of_value(a, v->list.items[i], NULL);
    return tval_list(l);
}

static int entry_cmp(const void *x, const void *y) {
    return str_cmp(((const struct tmap_entry *)x)->key, ((const struct tmap_entry *)y)->key);
}

static struct tval map_of(struct arena *a, const struct value *v, const struct ttype *type) {
    struct tmap *m = tmap_new(a, type ? type : &ttype_map_any);
    size_t n = v->map.n;
    if (!n)
        return tval_map(m);
    m->entries = arena_array(a, struct tmap_entry, n);
    m->n = m->cap = n;
    bool sorted = true;
    for (size_t i = 0; i < n; i++) {
        m->entries[i] =
            (struct tmap_entry) { v->map.pairs[i].key, tval_of_value(a, v->map.pairs[i].value, NULL) };
        sorted &= !i || str_cmp(m->entries[i - 1].key, m->entries[i].key) < 0;
    }
    if (!sorted)
        qsort(m->entries, n, sizeof *m->entries, entry_cmp);
    return tval_map(m);
}

static struct tval number_of(const struct value *v) {
    double f;
    if (v->type == VALUE_INT && v->line == TVAL_LINE_INT64)
        return tval_int64(v->i);
    if (v->type == VALUE_INT)
        return tval_float((double)v->i);
    return v->text && number_to_double(str_of(v->text), &f) ? tval_float(f) : tval_float(v->f);
}

struct tval tval_of_value(struct arena *a, const struct value *v, const struct ttype *map_type) {
    if (!v)
        return tval_nil();
    switch (v->type) {
    case VALUE_NULL: return tval_nil();
    case VALUE_BOOL: return tval_bool(v->b);
    case VALUE_INT:
    case VALUE_FLOAT: return number_of(v);
    case VALUE_STRING: return tval_str(v->s);
    case VALUE_LIST: return list_of(a, v);
    case VALUE_MAP: return map_of(a, v, map_type);
    }
    return tval_nil();
}

/* ---- back ---- */

static bool back(struct arena *a, struct tval v, unsigned depth, struct value **out, struct err *err);

static bool back_list(struct arena *a, const struct tlist *l, unsigned depth, struct value **out,
                      struct err *err) {
    if (l->nil)
        return *out = value_null(a), true;
    if (l->type->elem == TSLOT_BYTE)
        return *out = value_string(a, base64_encode(a, l->bytes)), true;
    struct value *list = value_list(a);
    for (size_t i = 0; i < l->n; i++) {
        struct value *item;
        if (!back(a, l->items[i], depth, &item, err))
            return false;
        value_append(a, list, item);
    }
    return *out = list, true;
}

static bool back_map(struct arena *a, const struct tmap *m, unsigned depth, struct value **out,
                     struct err *err) {
    if (m->nil)
        return *out = value_null(a), true;
    struct value *map = value_map(a);
    for (size_t i = 0; i < m->n; i++) {
        struct value *item;
        if (!back(a, m->entries[i].value, depth, &item, err))
            return false;
        value_set_n(a, map, m->entries[i].key, item);
    }
    return *out = map, true;
}

static bool back_struct(struct arena *a, const struct tstruct *st, unsigned depth, struct value **out,
                        struct err *err) {
    const struct ttype *t = st->type;
    struct value *map = value_map(a);
    size_t n = 0;
    while (t->fields[n])
        n++;
    for (size_t i = 0; i + t->n_hidden < n; i++) {
        const char *name = t->json ? t->json[i] : t->fields[i];
        struct value *item;
        if (!name)
            continue;
        size_t len = strcspn(name, ",");
        if (name[len] && tval_empty(st->fields[i]))
            continue;
        if (!back(a, st->fields[i], depth, &item, err))
            return false;
        value_set_n(a, map, str_make(name, len), item);
    }
    return *out = map, true;
}

static bool back(struct arena *a, struct tval v, unsigned depth, struct value **out, struct err *err) {
    if (depth > MAX_DEPTH)
        return err_set(err, ERR_INVALID, "json: unsupported value: encountered a cycle via %s",
                       tval_type_name(a, v));
    switch (v.kind) {
    case TVAL_NIL: return *out = value_null(a), true;
    case TVAL_BOOL: return *out = value_bool(a, v.b), true;
    case TVAL_INT:
    case TVAL_INT32:
    case TVAL_INT64:
    case TVAL_DURATION:
    case TVAL_MONTH:
    case TVAL_WEEKDAY: return *out = value_int(a, v.i), true;
    case TVAL_UINT8:
    case TVAL_UINT64:
        *out = v.u <= INT64_MAX ? value_int(a, (int64_t)v.u) : value_float(a, (double)v.u);
        if (v.u > INT64_MAX)
            (*out)->text = arena_fmt(a, "%llu", (unsigned long long)v.u);
        return true;
    case TVAL_FLOAT64:
        if (!isfinite(v.f))
            return err_set(err, ERR_INVALID, "json: unsupported value: %s",
                           isnan(v.f) ? "NaN"
                           : v.f > 0  ? "+Inf"
                                      : "-Inf");
        return *out = value_float(a, v.f), true;
    case TVAL_COMPLEX128: return err_set(err, ERR_INVALID, "json: unsupported type: complex128");
    case TVAL_STRING: return *out = value_string_n(a, v.s), true;
    case TVAL_LIST: return back_list(a, v.list, depth + 1, out, err);
    case TVAL_MAP: return back_map(a, v.map, depth + 1, out, err);
    case TVAL_STRUCT: return back_struct(a, v.st, depth + 1, out, err);
    case TVAL_TIME:
        return *out = value_string_n(a, gotime_format(a, v.time, "2006-01-02T15:04:05.999999999Z07:00")),
               true;
    case TVAL_SEMVER: return *out = value_string(a, semver_text(a, v.semver)), true;
    }
    return false;
}

bool tval_to_value(struct arena *a, struct tval v, struct value **out, struct err *err) {
    return back(a, v, 0, out, err);
}
