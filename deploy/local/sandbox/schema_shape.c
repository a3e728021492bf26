// SPDX-License-Identifier: Apache-2.0
// From schemas to shapes.
#include "deploy/local/sandbox/schema_shape.h"

static const struct shape *shape_of(struct arena *a, const struct schema *s, bool preserve);

static const struct shape *scalar_of(const struct schema *s) {
    switch (s->types) {
    case SCHEMA_STRING:
        return shape_of_scalar(s->format && !strcmp(s->format, "int-or-string") ? SCALAR_ANY : SCALAR_STRING);
    case SCHEMA_BOOLEAN: return shape_of_scalar(SCALAR_BOOLEAN);
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER: return shape_of_scalar(SCALAR_NUMERIC);
    default: return &shape_untyped;
    }
}

static const struct shape *list_of(struct arena *a, const struct schema *s, bool preserve) {
    struct shape *out = arena_new(a, struct shape);
    *out = (struct shape) { .kind = SHAPE_ARRAY, .list = s->list };
    out->element = s->items ? shape_of(a, s->items, preserve) : &shape_untyped_atomic;
    out->n_keys = value_len(s->map_keys);
    out->keys = arena_array(a, struct str, out->n_keys);
    for (size_t i = 0; i < out->n_keys; i++)
        out->keys[i] = s->map_keys->list.items[i]->s;
    return out;
}

static const struct value *fallback_of(const struct schema *s) {
    return s->fallback && s->fallback->type != VALUE_MAP && s->fallback->type != VALUE_LIST ? s->fallback
                                                                                            : NULL;
}

static struct shape *object_of(struct arena *a, const struct schema *s, bool preserve, size_t more) {
    struct shape *out = arena_new(a, struct shape);
    *out = (struct shape) { .kind = SHAPE_OBJECT, .atomic = s->map_atomic };
    out->fields = arena_array(a, struct shape_field, s->n_properties + more);
    for (size_t i = 0; i < s->n_properties; i++) {
        const struct schema_property *p = &s->properties[i];
        out->fields[out->n_fields++] = (struct shape_field) { .name = p->name,
                                                              .shape = shape_of(a, p->schema, preserve),
                                                              .value_if_absent = fallback_of(p->schema) };
    }
    if (s->additional)
        out->element = shape_of(a, s->additional, preserve);
    else if (s->additional_any || preserve || !s->n_properties)
        out->element = &shape_untyped;
    return out;
}

static const struct shape *shape_of(struct arena *a, const struct schema *s, bool preserve) {
    preserve = preserve || s->preserve_unknown;
    if (s->types == SCHEMA_ARRAY)
        return list_of(a, s, preserve);
    if (s->types == SCHEMA_OBJECT)
        return object_of(a, s, preserve, 0);
    return scalar_of(s); // no type: anything
}

// ObjectMeta, as far as merging goes.
static const struct shape *metadata_of(struct arena *a) {
    static const struct shape strings = { .kind = SHAPE_OBJECT };
    struct shape *map = arena_new(a, struct shape), *finalizers = arena_new(a, struct shape),
                 *owners = arena_new(a, struct shape), *owner = arena_new(a, struct shape),
                 *out = arena_new(a, struct shape);
    *map = strings;
    map->element = shape_of_scalar(SCALAR_STRING);
    *finalizers =
        (struct shape) { .kind = SHAPE_ARRAY, .list = LIST_SET, .element = shape_of_scalar(SCALAR_STRING) };
    static struct str uid = { "uid", 3 };
    *owner = (struct shape) { .kind = SHAPE_OBJECT, .atomic = true, .element = &shape_untyped };
    *owners =
        (struct shape) { .kind = SHAPE_ARRAY, .list = LIST_MAP, .keys = &uid, .n_keys = 1, .element = owner };
    const struct shape *text = shape_of_scalar(SCALAR_STRING), *number = shape_of_scalar(SCALAR_NUMERIC);
    const struct shape_field fields[] = {
        { .name = STR("annotations"), .shape = map },
        { .name = STR("creationTimestamp"), .shape = text },
        { .name = STR("deletionGracePeriodSeconds"), .shape = number },
        { .name = STR("deletionTimestamp"), .shape = text },
        { .name = STR("finalizers"), .shape = finalizers },
        { .name = STR("generateName"), .shape = text },
        { .name = STR("generation"), .shape = number },
        { .name = STR("labels"), .shape = map },
        { .name = STR("managedFields"), .shape = &shape_untyped_atomic },
        { .name = STR("name"), .shape = text },
        { .name = STR("namespace"), .shape = text },
        { .name = STR("ownerReferences"), .shape = owners },
        { .name = STR("resourceVersion"), .shape = text },
        { .name = STR("selfLink"), .shape = text },
        { .name = STR("uid"), .shape = text },
    };
    *out = (struct shape) { .kind = SHAPE_OBJECT, .n_fields = countof(fields) };
    out->fields = arena_copy(a, fields, sizeof fields);
    return out;
}

static void put_field(struct shape *s, const char *name, const struct shape *shape) {
    for (size_t i = 0; i < s->n_fields; i++)
        if (str_is(s->fields[i].name, name)) {
            s->fields[i].shape = shape;
            return;
        }
    s->fields[s->n_fields++] = (struct shape_field) { .name = str_of(name), .shape = shape };
}

void schema_shape_make(struct arena *a, struct schema *root) {
    struct shape *s = object_of(a, root, root->preserve_unknown, 3);
    put_field(s, "apiVersion", shape_of_scalar(SCALAR_STRING));
    put_field(s, "kind", shape_of_scalar(SCALAR_STRING));
    put_field(s, "metadata", metadata_of(a));
    if (!root->n_properties && !root->additional && !root->preserve_unknown)
        s->element = NULL; // only a schema that says nothing at all leaves the rest open
    shape_sort_fields(s);
    root->shape = s;
}
