// SPDX-License-Identifier: Apache-2.0
// Reading a value tree into a struct by a field table.
#include "common/runtime/field.h"

#include "common/base/timeutil.h"

static bool read_field(struct arena *a, const struct field *f, const char *where, const struct value *v,
                       char *base, struct err *err);

static bool wrong_type(struct err *err, const char *where, const char *want, const struct value *v) {
    return err_set(err, ERR_INVALID, "%s: expected %s, got %s", where, want, value_type_name(v->type));
}

static bool read_string(const struct field *f, const char *where, const struct value *v, char *base,
                        struct err *err) {
    const char *text = f->value_if_absent;
    if (v && v->type != VALUE_STRING)
        return wrong_type(err, where, "a string", v);
    if (v)
        text = v->s.p;
    if (!text && !(f->flags & FIELD_NULLABLE))
        text = "";
    if (f->one_of && !text_empty(text)) {
        struct str rest = str_of(f->one_of), word;
        bool found = false;
        while (!found && str_split(&rest, '|', &word))
            found = str_is(word, text);
        if (!found)
            return err_set(err, ERR_INVALID, "%s: unsupported value \"%s\": supported values: %s", where,
                           text, f->one_of);
    }
    *(const char **)(base + f->offset) = text;
    return true;
}

static bool read_bool(const struct field *f, const char *where, const struct value *v, char *base,
                      struct err *err) {
    if (v && v->type != VALUE_BOOL)
        return wrong_type(err, where, "a boolean", v);
    *(bool *)(base + f->offset) = v ? v->b : text_eq(f->value_if_absent, "true");
    return true;
}

static bool read_int(const struct field *f, const char *where, const struct value *v, char *base,
                     struct err *err) {
    int64_t n = 0;
    if (v && v->type != VALUE_INT &&
        !(v->type == VALUE_FLOAT && v->f >= -9e15 && v->f <= 9e15 && v->f == (double)(int64_t)v->f))
        return wrong_type(err, where, "an integer", v);
    if (!v && f->value_if_absent && !str_to_i64(str_of(f->value_if_absent), &n))
        return err_set(err, ERR_BUG, "%s: default \"%s\" is no integer", where, f->value_if_absent);
    *(int64_t *)(base + f->offset) = v ? value_int_or(v, 0) : n;
    return true;
}

static bool read_duration(const struct field *f, const char *where, const struct value *v, char *base,
                          struct err *err) {
    if (v && v->type != VALUE_STRING)
        return wrong_type(err, where, "a duration", v);
    const char *text = v ? v->s.p : f->value_if_absent;
    int64_t ns = 0;
    if (text && !duration_parse(text, &ns, err))
        return err_wrap(err, "%s", where);
    *(int64_t *)(base + f->offset) = ns;
    return true;
}

static bool read_strings(struct arena *a, const struct field *f, const char *where, const struct value *v,
                         char *base, struct err *err) {
    if (v && v->type != VALUE_LIST)
        return wrong_type(err, where, "an array", v);
    size_t n = value_len(v);
    const char **out = arena_array(a, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct value *item = value_item(v, i);
        if (item->type != VALUE_STRING)
            return wrong_type(err, arena_fmt(a, "%s[%zu]", where, i), "a string", item);
        out[i] = item->s.p;
    }
    *(const char *const **)(base + f->offset) = out;
    return true;
}

static bool read_map(struct arena *a, const struct field *f, const char *where, const struct value *v,
                     char *base, struct err *err) {
    if (v && v->type != VALUE_MAP)
        return wrong_type(err, where, "an object", v);
    for (size_t i = 0; v && i < v->map.n; i++) {
        const struct value_pair *p = &v->map.pairs[i];
        if (p->value->type != VALUE_STRING)
            return wrong_type(err, arena_fmt(a, "%s.%s", where, p->key.p), "a string", p->value);
    }
    *(const struct value **)(base + f->offset) = v;
    return true;
}

static bool read_name(struct arena *a, const struct field *f, const char *where, const struct value *v,
                      char *base, struct err *err) {
    if (v && v->type != VALUE_MAP)
        return wrong_type(err, where, "an object", v);
    const struct value *name = value_get(v, "name");
    if (v && !value_is(name, VALUE_STRING))
        return err_set(err, ERR_INVALID, "%s: required field is missing", arena_fmt(a, "%s.name", where));
    *(const char **)(base + f->offset) = v ? name->s.p : NULL;
    return true;
}

static bool read_object(struct arena *a, const struct field *f, const char *where, const struct value *v,
                        char *base, struct err *err) {
    void *out = NULL;
    if (v) {
        out = arena_alloc(a, f->size);
        if (!fields_read(a, f->fields, where, v, out, f->size, err))
            return false;
    }
    *(void **)(base + f->offset) = out;
    return true;
}

static bool read_objects(struct arena *a, const struct field *f, const char *where, const struct value *v,
                         char *base, struct err *err) {
    if (v && v->type != VALUE_LIST)
        return wrong_type(err, where, "an array", v);
    size_t n = value_len(v);
    char *out = arena_calloc(a, n, f->size);
    for (size_t i = 0; i < n; i++) {
        char *place = arena_fmt(a, "%s[%zu]", where, i);
        if (!fields_read(a, f->fields, place, value_item(v, i), out + i * f->size, f->size, err))
            return false;
    }
    *(void **)(base + f->offset) = out;
    *(size_t *)(base + f->count_offset) = n;
    return true;
}

static bool read_field(struct arena *a, const struct field *f, const char *where, const struct value *v,
                       char *base, struct err *err) {
    switch (f->type) {
    case FIELD_STRING: return read_string(f, where, v, base, err);
    case FIELD_BOOL: return read_bool(f, where, v, base, err);
    case FIELD_INT: return read_int(f, where, v, base, err);
    case FIELD_DURATION: return read_duration(f, where, v, base, err);
    case FIELD_STRINGS: return read_strings(a, f, where, v, base, err);
    case FIELD_MAP: return read_map(a, f, where, v, base, err);
    case FIELD_VALUE: return *(const struct value **)(base + f->offset) = v, true;
    case FIELD_OBJECT: return read_object(a, f, where, v, base, err);
    case FIELD_OBJECTS: return read_objects(a, f, where, v, base, err);
    case FIELD_NAME: return read_name(a, f, where, v, base, err);
    }
    return err_set(err, ERR_BUG, "%s: unknown field type", where);
}

bool fields_read(struct arena *a, const struct field *fields, const char *where, const struct value *from,
                 void *out, size_t size, struct err *err) {
    if (from && from->type == VALUE_NULL)
        from = NULL;
    if (from && from->type != VALUE_MAP)
        return wrong_type(err, where, "an object", from);
    memset(out, 0, size);
    for (const struct field *f = fields; f->name; f++) {
        const struct value *v = value_get(from, f->name);
        if (v && v->type == VALUE_NULL)
            v = NULL;
        char *place = arena_fmt(a, "%s.%s", where, f->name);
        if (!v && (f->flags & FIELD_REQUIRED))
            return err_set(err, ERR_INVALID, "%s: required field is missing", place);
        if (!read_field(a, f, place, v, out, err))
            return false;
    }
    return true;
}

const struct field *fields_find(const struct field *fields, const char *name) {
    for (const struct field *f = fields; f && f->name; f++)
        if (!strcmp(f->name, name))
            return f;
    return NULL;
}
