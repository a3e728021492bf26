// SPDX-License-Identifier: Apache-2.0
// Values of CEL. Go: google/cel-go common/types
#include "common/cel/cel_ast.h"
#include "common/base/timeutil.h"
#include "common/value/base64.h"
#include "common/value/goquote.h"
#include "common/value/number.h"

#include <math.h>

struct cv cv_error(struct cel_run *r, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    struct cv v = { .type = CV_ERROR, .s = str_of(arena_vfmt(r->a, fmt, ap)) };
    va_end(ap);
    return v;
}

struct cv cv_no_overload(struct cel_run *r) {
    (void)r;
    return (struct cv) { .type = CV_ERROR, .s = STR("no such overload") };
}

struct cv cv_of_json(const struct value *v) {
    if (!v)
        return (struct cv) { .type = CV_NULL };
    switch (v->type) {
    case VALUE_NULL: break;
    case VALUE_BOOL: return CV_BOOL(v->b);
    case VALUE_INT: return CV_INT(v->i);
    case VALUE_FLOAT: return (struct cv) { .type = CV_DOUBLE, .d = v->f };
    case VALUE_STRING: return CV_STR(v->s);
    case VALUE_LIST: return (struct cv) { .type = CV_LIST, .list = { .json = v, .n = v->list.n } };
    case VALUE_MAP: return (struct cv) { .type = CV_MAP, .map = { .json = v, .n = v->map.n } };
    }
    return (struct cv) { .type = CV_NULL };
}

struct cv cv_list_of(struct arena *a, const struct cv *items, size_t n) {
    return (struct cv) { .type = CV_LIST,
                         .list = { .items = arena_copy(a, items, n * sizeof *items), .n = n } };
}

struct cv cv_optional(struct arena *a, const struct cv *v) {
    return (struct cv) { .type = CV_OPTIONAL, .optional = v ? arena_copy(a, v, sizeof *v) : NULL };
}

size_t cv_size(const struct cv *v) {
    return v->type == CV_LIST ? v->list.n : v->type == CV_MAP ? v->map.n : 0;
}

struct cv cv_item(const struct cv *list, size_t i) {
    return list->list.json ? cv_of_json(list->list.json->list.items[i]) : list->list.items[i];
}

struct cv cv_key(const struct cv *map, size_t i) {
    return map->map.json ? CV_STR(map->map.json->map.pairs[i].key) : map->map.keys[i];
}

struct cv cv_value_at(const struct cv *map, size_t i) {
    return map->map.json ? cv_of_json(map->map.json->map.pairs[i].value) : map->map.values[i];
}

bool cv_find(const struct cv *map, const struct cv *key, struct cv *out) {
    if (map->map.json) {
        const struct value *v = key->type == CV_STRING ? value_get_n(map->map.json, key->s) : NULL;
        *out = cv_of_json(v);
        return v != NULL;
    }
    for (size_t i = 0; i < map->map.n; i++)
        if (cv_equal(&map->map.keys[i], key)) {
            *out = map->map.values[i];
            return true;
        }
    return false;
}

// ---- comparing ----

static bool is_number(const struct cv *v) {
    return v->type == CV_INT || v->type == CV_UINT || v->type == CV_DOUBLE;
}

static int sign(int x) {
    return (x > 0) - (x < 0);
}

static int compare_double_int(double d, int64_t i) {
    if (d < -0x1p63)
        return -1;
    if (d >= 0x1p63)
        return 1;
    int64_t whole = (int64_t)d; // truncated towards zero
    if (whole != i)
        return whole < i ? -1 : 1;
    double rest = d - (double)whole;
    return (rest > 0) - (rest < 0);
}

static int compare_double_uint(double d, uint64_t u) {
    if (d < 0)
        return -1;
    if (d >= 0x1p64)
        return 1;
    uint64_t whole = (uint64_t)d;
    if (whole != u)
        return whole < u ? -1 : 1;
    return d > (double)whole;
}

static int compare_numbers(const struct cv *x, const struct cv *y) {
    if (x->type == CV_DOUBLE && y->type == CV_DOUBLE)
        return (x->d > y->d) - (x->d < y->d);
    if (x->type == CV_DOUBLE)
        return y->type == CV_INT ? compare_double_int(x->d, y->i) : compare_double_uint(x->d, y->u);
    if (y->type == CV_DOUBLE)
        return -compare_numbers(y, x);
    if (x->type == CV_INT && y->type == CV_INT)
        return (x->i > y->i) - (x->i < y->i);
    if (x->type == CV_UINT && y->type == CV_UINT)
        return (x->u > y->u) - (x->u < y->u);
    if (x->type == CV_UINT)
        return -compare_numbers(y, x);
    if (x->i < 0)
        return -1;
    return ((uint64_t)x->i > y->u) - ((uint64_t)x->i < y->u);
}

static bool is_nan(const struct cv *v) {
    return v->type == CV_DOUBLE && isnan(v->d);
}

static int compare_times(const struct cv *x, const struct cv *y) {
    if (x->time.s != y->time.s)
        return x->time.s < y->time.s ? -1 : 1;
    return (x->time.ns > y->time.ns) - (x->time.ns < y->time.ns);
}

bool cv_compare(const struct cv *x, const struct cv *y, int *out) {
    if (is_number(x) && is_number(y)) {
        *out = compare_numbers(x, y);
        return true;
    }
    if (x->type != y->type)
        return false;
    switch (x->type) {
    case CV_BOOL: *out = x->b - y->b; return true;
    case CV_STRING:
    case CV_BYTES: *out = sign(str_cmp(x->s, y->s)); return true;
    case CV_DURATION: *out = (x->i > y->i) - (x->i < y->i); return true;
    case CV_TIMESTAMP: *out = compare_times(x, y); return true;
    case CV_NULL:
    case CV_INT:
    case CV_UINT:
    case CV_DOUBLE:
    case CV_LIST:
    case CV_MAP:
    case CV_TYPE:
    case CV_OPTIONAL:
    case CV_ERROR: break;
    }
    return false;
}

static bool lists_equal(const struct cv *x, const struct cv *y) {
    for (size_t i = 0; i < x->list.n; i++) {
        struct cv p = cv_item(x, i), q = cv_item(y, i);
        if (!cv_equal(&p, &q))
            return false;
    }
    return true;
}

static bool maps_equal(const struct cv *x, const struct cv *y) {
    for (size_t i = 0; i < x->map.n; i++) {
        struct cv key = cv_key(x, i), p = cv_value_at(x, i), q;
        if (!cv_find(y, &key, &q) || !cv_equal(&p, &q))
            return false;
    }
    return true;
}

bool cv_equal(const struct cv *x, const struct cv *y) {
    int c;
    if (is_number(x) && is_number(y))
        return !is_nan(x) && !is_nan(y) && compare_numbers(x, y) == 0;
    if (x->type != y->type)
        return false;
    if (cv_compare(x, y, &c))
        return c == 0;
    if (x->type == CV_TYPE)
        return str_eq(x->s, y->s);
    if (x->type == CV_LIST || x->type == CV_MAP)
        return cv_size(x) == cv_size(y) && (x->type == CV_LIST ? lists_equal(x, y) : maps_equal(x, y));
    if (x->type == CV_OPTIONAL)
        return x->optional && y->optional ? cv_equal(x->optional, y->optional) : !x->optional && !y->optional;
    return x->type == CV_NULL;
}

bool cv_is_zero(const struct cv *v) {
    switch (v->type) {
    case CV_NULL: return true;
    case CV_BOOL: return !v->b;
    case CV_INT:
    case CV_DURATION: return v->i == 0;
    case CV_UINT: return v->u == 0;
    case CV_DOUBLE: return v->d == 0;
    case CV_STRING:
    case CV_BYTES: return v->s.n == 0;
    case CV_LIST:
    case CV_MAP: return cv_size(v) == 0;
    case CV_TIMESTAMP: return v->time.s == 0 && v->time.ns == 0;
    case CV_OPTIONAL: return !v->optional || cv_is_zero(v->optional);
    case CV_TYPE:
    case CV_ERROR: break;
    }
    return false;
}

bool cv_index(const struct cv *v, int64_t *out) {
    if (v->type == CV_INT) {
        *out = v->i;
        return true;
    }
    if (v->type == CV_UINT && v->u <= INT64_MAX) {
        *out = (int64_t)v->u;
        return true;
    }
    if (v->type == CV_DOUBLE && v->d >= -0x1p63 && v->d < 0x1p63 && v->d == trunc(v->d)) {
        *out = (int64_t)v->d;
        return true;
    }
    return false;
}

// ---- names and text ----

const char *cv_type_name(const struct cv *v) {
    static const char *const names[] = {
        [CV_NULL] = "null_type",
        [CV_BOOL] = "bool",
        [CV_INT] = "int",
        [CV_UINT] = "uint",
        [CV_DOUBLE] = "double",
        [CV_STRING] = "string",
        [CV_BYTES] = "bytes",
        [CV_LIST] = "list",
        [CV_MAP] = "map",
        [CV_DURATION] = "google.protobuf.Duration",
        [CV_TIMESTAMP] = "google.protobuf.Timestamp",
        [CV_TYPE] = "type",
        [CV_OPTIONAL] = "optional_type",
        [CV_ERROR] = "error",
    };
    return names[v->type];
}

const char *cv_print(struct arena *a, const struct cv *v) {
    char number[NUMBER_TEXT];
    autobuf b = { 0 };
    switch (v->type) {
    case CV_NULL: return "null";
    case CV_BOOL: return v->b ? "true" : "false";
    case CV_INT: return arena_fmt(a, "%lld", (long long)v->i);
    case CV_UINT: return arena_fmt(a, "%llu", (unsigned long long)v->u);
    case CV_DOUBLE: number_fmt_v(v->d, number); return arena_strdup(a, number);
    case CV_STRING:
    case CV_BYTES:
    case CV_TYPE:
    case CV_ERROR: return arena_text(a, v->s.p, v->s.n);
    case CV_DURATION: return duration_fmt(a, v->i);
    case CV_TIMESTAMP: return cv_time_print(a, &v->time);
    case CV_OPTIONAL:
        return v->optional ? arena_fmt(a, "optional(%s)", cv_print(a, v->optional)) : "optional.none()";
    case CV_LIST:
    case CV_MAP: break;
    }
    buf_putc(&b, v->type == CV_LIST ? '[' : '{');
    for (size_t i = 0; i < cv_size(v); i++) {
        struct cv key = { 0 }, item = v->type == CV_LIST ? cv_item(v, i) : cv_value_at(v, i);
        buf_puts(&b, i ? ", " : "");
        if (v->type == CV_MAP) {
            key = cv_key(v, i);
            buf_fmt(&b, "%s: ", cv_print(a, &key));
        }
        buf_puts(&b, cv_print(a, &item));
    }
    buf_putc(&b, v->type == CV_LIST ? ']' : '}');
    return arena_text(a, b.p, b.n);
}

static struct value *map_to_json(struct arena *a, const struct cv *v) {
    struct value *map = value_map(a);
    for (size_t i = 0; i < v->map.n; i++) {
        struct cv key = cv_key(v, i), item = cv_value_at(v, i);
        value_set(a, map, cv_print(a, &key), cv_to_json(a, &item));
    }
    return map;
}

struct value *cv_to_json(struct arena *a, const struct cv *v) {
    struct value *list;
    switch (v->type) {
    case CV_NULL: return value_null(a);
    case CV_BOOL: return value_bool(a, v->b);
    case CV_INT: return value_int(a, v->i);
    case CV_UINT:
        if (v->u > INT64_MAX)
            return value_float(a, (double)v->u);
        return value_int(a, (int64_t)v->u);
    case CV_DOUBLE: return value_float(a, v->d);
    case CV_STRING:
    case CV_TYPE:
    case CV_ERROR: return value_string_n(a, v->s);
    case CV_BYTES: return value_string(a, base64_encode(a, v->s));
    case CV_DURATION:
    case CV_TIMESTAMP: return value_string(a, cv_print(a, v));
    case CV_OPTIONAL: return v->optional ? cv_to_json(a, v->optional) : value_null(a);
    case CV_MAP: return map_to_json(a, v);
    case CV_LIST: break;
    }
    list = value_list(a);
    for (size_t i = 0; i < v->list.n; i++) {
        struct cv item = cv_item(v, i);
        value_append(a, list, cv_to_json(a, &item));
    }
    return list;
}
