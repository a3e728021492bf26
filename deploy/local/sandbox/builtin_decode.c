// SPDX-License-Identifier: Apache-2.0
// Objects of built-in kinds as Go decodes and encodes them: unknown fields, types, zero values.
#include "common/base/timeutil.h"
#include "common/value/base64.h"
#include "common/value/json.h"
#include "deploy/local/sandbox/builtin.h"
#include "deploy/local/sandbox/quantity.h"

enum { DECODE_DEPTH = 60 }; // levels; the deepest real object has 16

struct decoder {
    struct types *types;
    struct arena *a;
    struct paths *unknown;
    const char *why;
    int depth;
};

// Where the decoder is: for Go's messages without indexes, for unknown fields with them.
struct place {
    const struct type *type; // the struct that has the field
    const char *go_path, *path;
};

static bool decode_object(struct decoder *d, const struct type *type, struct value *v, const char *go_path,
                          const char *path);

static const char *go_types[] = {
    [KIND_STRING] = "string",
    [KIND_INT32] = "int32",
    [KIND_INT64] = "int64",
    [KIND_BOOL] = "bool",
    [KIND_NUMBER] = "float64",
    [KIND_QUANTITY] = "resource.Quantity",
    [KIND_INT_OR_STRING] = "intstr.IntOrString",
    [KIND_TIME] = "v1.Time",
    [KIND_MICROTIME] = "v1.MicroTime",
    [KIND_BYTES] = "[]uint8",
    [KIND_ANY] = "runtime.RawExtension",
    [KIND_OBJECT] = "",
};

static const char *go_value(struct arena *a, const struct value *v) {
    switch (v->type) {
    case VALUE_BOOL: return "bool";
    case VALUE_INT: return "number";
    case VALUE_FLOAT: return arena_fmt(a, "number %s", json_text(a, v, JSON_COMPACT).p);
    case VALUE_STRING: return "string";
    case VALUE_LIST: return "array";
    case VALUE_MAP:
    case VALUE_NULL: return "object";
    }
    return "";
}

// "PodSpec" of "PodSpec" or "group/v1:PodSpec".
static const char *struct_name(const struct type *t) {
    const char *colon = strchr(t->name, ':');
    return colon ? colon + 1 : t->name;
}

static bool wrong(struct decoder *d, const struct place *p, const struct value *v, const char *go_type) {
    d->why = arena_fmt(d->a, "json: cannot unmarshal %s into Go struct field %s.%s of type %s",
                       go_value(d->a, v), struct_name(p->type), p->go_path, go_type);
    return false;
}

static const char *go_type_of(struct decoder *d, const struct type_field *f) {
    const char *base = f->kind == KIND_OBJECT
                           ? arena_fmt(d->a, "v1.%.*s", (int)f->type_name.n, f->type_name.p)
                           : go_types[f->kind];
    if (f->shape == SHAPE_LIST)
        return arena_fmt(d->a, "[]%s", base);
    return f->shape == SHAPE_MAP ? arena_fmt(d->a, f->nested ? "map[string][]%s" : "map[string]%s", base)
                                 : base;
}

/* ---- scalars ---- */

static bool decode_int(struct decoder *d, const struct place *p, const struct type_field *f,
                       struct value *v) {
    bool whole = v->type == VALUE_INT ||
                 (v->type == VALUE_FLOAT && v->f == (double)(int64_t)v->f && v->f < 9e18 && v->f > -9e18);
    if (!whole ||
        (f->kind == KIND_INT32 && (value_int_or(v, 0) > INT32_MAX || value_int_or(v, 0) < INT32_MIN)))
        return wrong(d, p, v, go_types[f->kind]);
    *v = *value_int(d->a, value_int_or(v, 0));
    return true;
}

static bool decode_quantity(struct decoder *d, const struct place *p, struct value *v) {
    const char *text = v->type == VALUE_STRING ? v->s.p : json_text(d->a, v, JSON_COMPACT).p;
    const char *canonical = v->type == VALUE_STRING || v->type == VALUE_INT || v->type == VALUE_FLOAT
                                ? quantity_canonical(d->a, text)
                                : NULL;
    if (!canonical) {
        d->why =
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
        (void)p;
        return false;
    }
    *v = *value_string(d->a, canonical);
    return true;
}

static bool decode_time(struct decoder *d, const struct place *p, const struct type_field *f,
                        struct value *v) {
    struct err err = { .a = d->a };
    int64_t at;
    if (v->type != VALUE_STRING)
        return wrong(d, p, v, go_types[f->kind]);
    if (!time_parse_rfc3339(v->s.p, &at, &err)) {
        d->why = err.msg;
        return false;
    }
    *v = *value_string(d->a, f->kind == KIND_TIME ? time_fmt_rfc3339(d->a, at) : time_fmt_micro(d->a, at));
    return true;
}

static bool decode_bytes(struct decoder *d, const struct place *p, struct value *v) {
    struct str bytes;
    if (v->type != VALUE_STRING)
        return wrong(d, p, v, "[]uint8");
    if (base64_decode(d->a, v->s, &bytes)) {
        *v = *value_string(d->a, base64_encode(d->a, bytes)); // without line breaks
        return true;
    }
    size_t at = 0;
    while (at < v->s.n && v->s.p[at] &&
           (strchr("+/=\r\n", v->s.p[at]) || (v->s.p[at] >= '0' && v->s.p[at] <= '9') ||
            (v->s.p[at] >= 'A' && v->s.p[at] <= 'Z') || (v->s.p[at] >= 'a' && v->s.p[at] <= 'z')))
        at++;
    d->why = arena_fmt(d->a, "illegal base64 data at input byte %zu", at == v->s.n && at ? at - at % 4 : at);
    return false;
}

static bool decode_one(struct decoder *d, const struct place *p, const struct type_field *f,
                       struct value *v) {
    switch (f->kind) {
    case KIND_STRING: return v->type == VALUE_STRING || wrong(d, p, v, "string");
    case KIND_INT32:
    case KIND_INT64: return decode_int(d, p, f, v);
    case KIND_BOOL: return v->type == VALUE_BOOL || wrong(d, p, v, "bool");
    case KIND_NUMBER: return v->type == VALUE_INT || v->type == VALUE_FLOAT || wrong(d, p, v, "float64");
    case KIND_QUANTITY: return decode_quantity(d, p, v);
    case KIND_INT_OR_STRING:
        return v->type == VALUE_INT || v->type == VALUE_STRING || wrong(d, p, v, "intstr.IntOrString");
    case KIND_TIME:
    case KIND_MICROTIME: return decode_time(d, p, f, v);
    case KIND_BYTES: return decode_bytes(d, p, v);
    case KIND_ANY: return true;
    case KIND_OBJECT: break;
    }
    const struct type *type = type_of_field(d->types, f);
    if (v->type != VALUE_MAP)
        return wrong(d, p, v, go_type_of(d, f));
    return !type || decode_object(d, type, v, p->go_path, p->path);
}

/* ---- collections ---- */

static struct value *zero_of(struct decoder *d, const struct type_field *f) {
    switch (f->kind) {
    case KIND_OBJECT:
    case KIND_ANY: return value_map(d->a);
    case KIND_INT32:
    case KIND_INT64:
    case KIND_NUMBER: return value_int(d->a, 0);
    case KIND_BOOL: return value_bool(d->a, false);
    case KIND_QUANTITY: return value_string(d->a, "0");
    default: return value_string(d->a, "");
    }
}

static bool decode_list(struct decoder *d, const struct place *p, const struct type_field *f,
                        struct value *v) {
    if (v->type != VALUE_LIST)
        return wrong(d, p, v, go_type_of(d, f));
    for (size_t i = 0; i < v->list.n; i++) {
        struct place item = { p->type, p->go_path, arena_fmt(d->a, "%s[%zu]", p->path, i) };
        if (v->list.items[i]->type == VALUE_NULL)
            v->list.items[i] = zero_of(d, f);
        if (!decode_one(d, &item, f, v->list.items[i]))
            return false;
    }
    return true;
}

static bool decode_map(struct decoder *d, const struct place *p, const struct type_field *f,
                       struct value *v) {
    if (v->type != VALUE_MAP)
        return wrong(d, p, v, go_type_of(d, f));
    for (size_t i = 0; i < v->map.n; i++) {
        struct value_pair *pair = &v->map.pairs[i];
        struct place item = { p->type, p->go_path, arena_fmt(d->a, "%s.%s", p->path, pair->key.p) };
        if (pair->value->type == VALUE_NULL && !f->nested)
            pair->value = zero_of(d, f);
        if (f->nested ? !decode_list(d, &item, f, pair->value) : !decode_one(d, &item, f, pair->value))
            return false;
    }
    return true;
}

static bool is_zero(const struct value *v) {
    switch (v->type) {
    case VALUE_NULL: return true;
    case VALUE_BOOL: return !v->b;
    case VALUE_INT: return v->i == 0;
    case VALUE_FLOAT: return v->f == 0;
    case VALUE_STRING: return v->s.n == 0;
    case VALUE_LIST: return v->list.n == 0;
    case VALUE_MAP: return v->map.n == 0;
    }
    return false;
}

// What Go writes even when nobody set it.
static struct value *always_value(struct decoder *d, const struct type_field *f) {
    if (f->shape != SHAPE_ONE || f->kind == KIND_TIME || f->kind == KIND_MICROTIME)
        return value_null(d->a);
    if (f->kind == KIND_QUANTITY)
        return value_string(d->a, "0");
    if (f->kind == KIND_ANY || f->kind == KIND_BYTES || f->kind == KIND_INT_OR_STRING)
        return NULL;
    return zero_of(d, f);
}

static bool decode_field(struct decoder *d, const struct type *type, const struct type_field *f,
                         struct value *v, const char *go_path, const char *path) {
    const char *name = arena_text(d->a, f->name.p, f->name.n);
    struct place p = { type, go_path[0] ? arena_fmt(d->a, "%s.%s", go_path, name) : name,
                       path[0] ? arena_fmt(d->a, "%s.%s", path, name) : name };
    switch (f->shape) {
    case SHAPE_ONE: return decode_one(d, &p, f, v);
    case SHAPE_LIST: return decode_list(d, &p, f, v);
    case SHAPE_MAP: return decode_map(d, &p, f, v);
    }
    return false;
}

static bool decode_object(struct decoder *d, const struct type *type, struct value *v, const char *go_path,
                          const char *path) {
    if (++d->depth > DECODE_DEPTH) {
        d->why = "exceeded max depth";
        return false;
    }
    for (size_t i = 0; i < v->map.n;) {
        struct value_pair *pair = &v->map.pairs[i];
        const struct type_field *f = type_field(type, pair->key);
        if (!f)
            paths_add(d->unknown, "%s%s%s", path, path[0] ? "." : "", pair->key.p);
        if (f && pair->value->type != VALUE_NULL && !decode_field(d, type, f, pair->value, go_path, path))
            return false;
        if (!f || pair->value->type == VALUE_NULL || (f->drop_zero && is_zero(pair->value)))
            value_remove(v, pair->key.p);
        else
            i++;
    }
    for (size_t i = 0; i < type->n; i++) {
        const struct type_field *f = &type->fields[i];
        struct value *zero = f->always && !value_get_n(v, f->name) ? always_value(d, f) : NULL;
        if (!zero)
            continue;
        value_set_n(d->a, v, f->name, zero);
        if (zero->type == VALUE_MAP && !decode_field(d, type, f, zero, go_path, path))
            return false;
    }
    d->depth--;
    return true;
}

bool builtin_decode_meta(struct types *types, struct arena *a, struct value *meta, struct paths *unknown,
                         const char **out_why) {
    struct decoder d = { .types = types, .a = a, .unknown = unknown };
    if (decode_object(&d, types_get(types, STR("ObjectMeta")), meta, "metadata", "metadata"))
        return true;
    *out_why = d.why;
    return false;
}

bool builtin_decode(struct types *types, struct arena *a, const struct resource *r, struct value *tree,
                    struct paths *unknown, const char **out_why) {
    struct decoder d = { .types = types, .a = a, .unknown = unknown };
    const struct type *type = types_of_kind(types, r->group, r->version, r->kind);
    if (!type || decode_object(&d, type, tree, "", ""))
        return true;
    *out_why = d.why;
    return false;
}
