// SPDX-License-Identifier: Apache-2.0
// Shapes of the built-in kinds, made from types.h's rows.
#include "deploy/local/sandbox/shape.h"

#include "common/value/json.h"
#include "deploy/local/sandbox/types.h"

const struct shape shape_untyped = { .kind = SHAPE_UNTYPED };
const struct shape shape_untyped_atomic = { .kind = SHAPE_UNTYPED, .atomic = true };

static const struct shape scalars[] = {
    [SCALAR_ANY] = { .kind = SHAPE_SCALAR, .scalar = SCALAR_ANY },
    [SCALAR_STRING] = { .kind = SHAPE_SCALAR, .scalar = SCALAR_STRING },
    [SCALAR_NUMERIC] = { .kind = SHAPE_SCALAR, .scalar = SCALAR_NUMERIC },
    [SCALAR_BOOLEAN] = { .kind = SHAPE_SCALAR, .scalar = SCALAR_BOOLEAN },
};

const struct shape *shape_of_scalar(enum shape_scalar scalar) {
    return &scalars[scalar];
}

static int field_order(const void *x, const void *y) {
    const struct shape_field *a = x, *b = y;
    return str_cmp(a->name, b->name);
}

void shape_sort_fields(struct shape *s) {
    if (s->n_fields)
        qsort(s->fields, s->n_fields, sizeof *s->fields, field_order);
}

const struct shape_field *shape_field(const struct shape *s, struct str name) {
    size_t low = 0, high = s->kind == SHAPE_OBJECT ? s->n_fields : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = str_cmp(s->fields[middle].name, name);
        if (!c)
            return &s->fields[middle];
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct shape *shape_of_key(const struct shape *s, struct str key) {
    if (s->kind == SHAPE_UNTYPED)
        return s;
    const struct shape_field *f = shape_field(s, key);
    return f ? f->shape : s->kind == SHAPE_OBJECT ? s->element : NULL;
}

/* ---- built-in kinds ---- */

// A key that is not in an item counts as its default; fields that Go always writes have their zero as default.
static const struct value *key_default(struct arena *a, const struct type_field *f) {
    struct err err = { .a = a };
    struct value *v = NULL;
    if (f->fallback.n && !json_read(a, f->fallback, &v, &err))
        abort(); // a row is wrong
    if (v || !f->always || f->shape != SHAPE_ONE)
        return v;
    if (f->kind == KIND_STRING)
        return value_string(a, "");
    return f->kind == KIND_INT32 || f->kind == KIND_INT64 ? value_int(a, 0) : NULL;
}

struct shapes {
    struct arena a;
    struct types *types;
    struct map made; // type name -> struct shape
};

struct shapes *shapes_new(struct types *types) {
    struct shapes *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->types = types;
    return s;
}

void shapes_free(struct shapes *s) {
    if (!s)
        return;
    map_done(&s->made);
    arena_done(&s->a);
    free(s);
}

static const struct shape *shape_of_type(struct shapes *s, const struct type *t);

static const struct shape *shape_of_elements(struct shapes *s, const struct type_field *f) {
    switch (f->kind) {
    case KIND_STRING:
    case KIND_TIME:
    case KIND_MICROTIME:
    case KIND_BYTES: return shape_of_scalar(SCALAR_STRING);
    case KIND_INT32:
    case KIND_INT64:
    case KIND_NUMBER: return shape_of_scalar(SCALAR_NUMERIC);
    case KIND_BOOL: return shape_of_scalar(SCALAR_BOOLEAN);
    case KIND_QUANTITY:
    case KIND_INT_OR_STRING: return shape_of_scalar(SCALAR_ANY);
    case KIND_ANY: return &shape_untyped;
    case KIND_OBJECT: break;
    }
    const struct type *t = type_of_field(s->types, f);
    return t ? shape_of_type(s, t) : &shape_untyped;
}

static const struct shape *list_of(struct shapes *s, const struct type_field *f,
                                   const struct shape *element) {
    struct shape *list = arena_new(&s->a, struct shape);
    *list = (struct shape) { .kind = SHAPE_ARRAY, .element = element };
    list->list = f->ssa == SSA_SET ? LIST_SET : f->ssa == SSA_MAP ? LIST_MAP : LIST_ATOMIC;
    if (list->list != LIST_MAP)
        return list;
    list->keys = arena_array(&s->a, struct str, countof(f->keys));
    while (list->n_keys < countof(f->keys) && f->keys[list->n_keys].n) {
        list->keys[list->n_keys] = f->keys[list->n_keys];
        list->n_keys++;
    }
    return list;
}

static const struct shape *map_of(struct shapes *s, const struct type_field *f, const struct shape *element) {
    struct shape *map = arena_new(&s->a, struct shape);
    if (f->nested) {
        struct shape *list = arena_new(&s->a, struct shape);
        *list = (struct shape) { .kind = SHAPE_ARRAY, .element = element };
        element = list;
    }
    *map = (struct shape) { .kind = SHAPE_OBJECT, .element = element, .atomic = f->ssa == SSA_ATOMIC };
    return map;
}

static const struct shape *shape_of_member(struct shapes *s, const struct type_field *f) {
    const struct shape *element = shape_of_elements(s, f);
    if (f->shape == SHAPE_LIST)
        return list_of(s, f, element);
    if (f->shape == SHAPE_MAP)
        return map_of(s, f, element);
    if (f->ssa != SSA_ATOMIC || element->kind != SHAPE_OBJECT || element->atomic)
        return element;
    struct shape *atomic = arena_new(&s->a, struct shape);
    *atomic = *element;
    atomic->atomic = true;
    return atomic;
}

static const struct shape *shape_of_type(struct shapes *s, const struct type *t) {
    struct shape *made = map_get(&s->made, t->name);
    if (made)
        return made;
    made = arena_new(&s->a, struct shape);
    map_set(&s->made, t->name, made); // before its fields: types can contain themselves
    *made = (struct shape) { .kind = SHAPE_OBJECT, .atomic = t->atomic, .n_fields = t->n };
    made->fields = arena_array(&s->a, struct shape_field, t->n);
    for (size_t i = 0; i < t->n; i++) {
        const struct type_field *f = &t->fields[i];
        made->fields[i] = (struct shape_field) {
            .name = f->name,
            .shape = shape_of_member(s, f),
            .value_if_absent = key_default(&s->a, f),
            .zero = f->always && (f->kind == KIND_OBJECT || f->shape != SHAPE_ONE),
            .patch_merge = f->patch_merge,
            .patch_retain_keys = f->patch_retain,
            .patch_key = f->patch_key,
        };
    }
    shape_sort_fields(made);
    return made;
}

const struct shape *shapes_of_kind(struct shapes *s, const char *group, const char *version,
                                   const char *kind) {
    const struct type *t = types_of_kind(s->types, group, version, kind);
    return t ? shape_of_type(s, t) : NULL;
}
