// SPDX-License-Identifier: Apache-2.0
// From openAPIV3Schema to the compiled form, with the refusals of the API server.
#include <math.h>

#include "deploy/local/sandbox/request.h"
#include "deploy/local/sandbox/schema_format.h"
#include "deploy/local/sandbox/schema_node.h"
#include "deploy/local/sandbox/schema_rules.h"
#include "deploy/local/sandbox/schema_shape.h"

enum { MAX_SCHEMA_DEPTH = 200 };

struct compile {
    struct arena *a;
    struct warnings *w;
    struct field_errors *fe;
    unsigned depth;
    bool in_choice; // below allOf, anyOf, oneOf, not: only checks, no structure
};

static struct schema *compile_node(struct compile *c, const struct value *json, const char *path,
                                   const char *what);

#define REFUSE(c, type, bad, path, key, text)                                                                \
    field_error_add((c)->fe, (type), arena_fmt((c)->a, "%s.%s", (path), (key)), (bad), "%s", (text))

/* ---- what is refused whatever it says ---- */

static const struct {
    const char *key, *text;
} forbidden[] = {
    { "$ref", "$ref is not supported" },
    { "id", "id is not supported" },
    { "definitions", "definitions is not supported" },
    { "dependencies", "dependencies is not supported" },
    { "additionalItems", "additionalItems is not supported" },
    { "patternProperties", "patternProperties is not supported" },
};

static void refuse_forbidden(struct compile *c, const struct value *json, const char *path) {
    for (size_t i = 0; i < countof(forbidden); i++)
        if (value_get(json, forbidden[i].key))
            REFUSE(c, FIELD_FORBIDDEN, NULL, path, forbidden[i].key, forbidden[i].text);
    if (value_bool_or(value_get(json, "uniqueItems"), false))
        REFUSE(c, FIELD_FORBIDDEN, NULL, path, "uniqueItems",
               "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
    if (value_is(value_get(json, "items"), VALUE_LIST))
        REFUSE(c, FIELD_FORBIDDEN, NULL, path, "items", "items must be a schema object and not an array");
    const struct value *additional = value_get(json, "additionalProperties");
    if (value_is(additional, VALUE_BOOL) && !additional->b)
        REFUSE(c, FIELD_FORBIDDEN, NULL, path, "additionalProperties",
               "additionalProperties cannot be set to false");
    if (additional && value_len(value_get(json, "properties")))
        REFUSE(c, FIELD_FORBIDDEN, NULL, path, "additionalProperties",
               "additionalProperties and properties are mutual exclusive");
    const struct value *preserve = value_get(json, "x-kubernetes-preserve-unknown-fields");
    if (preserve && !value_bool_or(preserve, true))
        REFUSE(c, FIELD_INVALID, preserve, path, "x-kubernetes-preserve-unknown-fields",
               "must be true or undefined");
}

// Structure must be outside of allOf, anyOf, oneOf, not.
static void refuse_in_choice(struct compile *c, const struct value *json, const char *path,
                             const struct schema *s) {
    static const char *const keys[] = { "type",
                                        "default",
                                        "title",
                                        "description",
                                        "nullable",
                                        "additionalProperties",
                                        "x-kubernetes-preserve-unknown-fields",
                                        "x-kubernetes-embedded-resource",
                                        "x-kubernetes-int-or-string",
                                        "x-kubernetes-list-type",
                                        "x-kubernetes-list-map-keys",
                                        "x-kubernetes-map-type" };
    bool int_or_string = value_text(value_get(json, "type"), NULL) && json->map.n == 1 &&
                         (s->types & (SCHEMA_INTEGER | SCHEMA_STRING));
    for (size_t i = 0; i < countof(keys) && !int_or_string; i++)
        if (value_get(json, keys[i]))
            REFUSE(c, FIELD_FORBIDDEN, NULL, path, keys[i], "must be empty to be structural");
}

/* ---- types ---- */

static const struct {
    const char *name;
    unsigned type;
} type_names[] = {
    { "array", SCHEMA_ARRAY },   { "boolean", SCHEMA_BOOLEAN }, { "integer", SCHEMA_INTEGER },
    { "number", SCHEMA_NUMBER }, { "object", SCHEMA_OBJECT },   { "string", SCHEMA_STRING },
};

static void compile_type(struct compile *c, struct schema *s, const char *path, const char *what) {
    const struct value *type = value_get(s->json, "type");
    const char *name = value_text(type, "");
    s->type_names = name;
    for (size_t i = 0; i < countof(type_names); i++)
        if (!strcmp(type_names[i].name, name))
            s->types = type_names[i].type;
    if (!strcmp(name, "null"))
        REFUSE(c, FIELD_FORBIDDEN, NULL, path, "type",
               "type cannot be set to null, use nullable as an alternative");
    else if (*name && !s->types)
        REFUSE(c, FIELD_NOT_SUPPORTED, type, path, "type",
               "supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"");
    s->int_or_string = value_bool_or(value_get(s->json, "x-kubernetes-int-or-string"), false);
    s->preserve_unknown = value_bool_or(value_get(s->json, "x-kubernetes-preserve-unknown-fields"), false);
    s->embedded = value_bool_or(value_get(s->json, "x-kubernetes-embedded-resource"), false);
    s->nullable = value_bool_or(value_get(s->json, "nullable"), false);
    if (c->in_choice)
        return;
    if (!*name && !s->int_or_string && !s->preserve_unknown)
        REFUSE(c, FIELD_REQUIRED, NULL, path, "type", arena_fmt(c->a, "must not be empty %s", what));
    if (*name && s->int_or_string)
        REFUSE(c, FIELD_INVALID, type, path, "type", "must be empty if x-kubernetes-int-or-string is true");
    if (s->types == SCHEMA_ARRAY && !value_get(s->json, "items"))
        REFUSE(c, FIELD_REQUIRED, NULL, path, "items", "must be specified");
    if (s->int_or_string) {
        s->types = SCHEMA_INTEGER | SCHEMA_STRING;
        s->type_names = "integer,string";
    }
}

/* ---- limits, patterns, formats ---- */

static void read_limit(const struct value *json, const char *key, struct schema_limit *out) {
    const struct value *v = value_get(json, key);
    if (!value_is(v, VALUE_INT) && !value_is(v, VALUE_FLOAT))
        return;
    out->set = true;
    out->value = v->type == VALUE_INT ? (double)v->i : v->f;
}

// A list of texts, or absent.
static const struct value *text_list(struct compile *c, const struct value *json, const char *path,
                                     const char *key) {
    const struct value *list = value_get(json, key);
    bool good = !list || list->type == VALUE_LIST;
    for (size_t i = 0; good && i < value_len(list); i++)
        good = value_is(list->list.items[i], VALUE_STRING);
    if (!good)
        REFUSE(c, FIELD_INVALID, list, path, key, "must be a list of strings");
    return good ? list : NULL;
}

static void compile_limits(struct compile *c, struct schema *s, const char *path) {
    const struct value *json = s->json;
    read_limit(json, "maximum", &s->maximum);
    read_limit(json, "minimum", &s->minimum);
    read_limit(json, "multipleOf", &s->multiple_of);
    read_limit(json, "maxLength", &s->max_length);
    read_limit(json, "minLength", &s->min_length);
    read_limit(json, "maxItems", &s->max_items);
    read_limit(json, "minItems", &s->min_items);
    read_limit(json, "maxProperties", &s->max_properties);
    read_limit(json, "minProperties", &s->min_properties);
    s->maximum.exclusive = value_bool_or(value_get(json, "exclusiveMaximum"), false);
    s->minimum.exclusive = value_bool_or(value_get(json, "exclusiveMinimum"), false);
    const struct value *values = value_get(json, "enum");
    s->enumeration = value_is(values, VALUE_LIST) && values->list.n ? values : NULL;
    s->required = text_list(c, json, path, "required");
}

static void compile_pattern(struct compile *c, struct schema *s, const char *path) {
    struct err err = { .a = c->a };
    s->pattern_text = value_text(value_get(s->json, "pattern"), NULL);
    if (text_empty(s->pattern_text))
        return;
    if (!regex_compile(c->a, s->pattern_text, &s->pattern, &err))
        REFUSE(c, FIELD_INVALID, value_get(s->json, "pattern"), path, "pattern",
               arena_fmt(c->a, "must be a valid regular expression, but isn't: %s", err.msg));
}

static void compile_format(struct compile *c, struct schema *s, const char *path) {
    const char *format = value_text(value_get(s->json, "format"), "");
    if (s->types == SCHEMA_INTEGER && (!strcmp(format, "int32") || !strcmp(format, "int64")))
        s->format = format;
    if (s->types == SCHEMA_NUMBER && (!strcmp(format, "float") || !strcmp(format, "double")))
        s->format = format;
    if (s->types && s->types != SCHEMA_STRING)
        return;
    enum format_known known = *format ? format_find(format) : FORMAT_UNKNOWN;
    if (known != FORMAT_UNKNOWN)
        s->format = format;
    if (known == FORMAT_NOT_CHECKED_HERE)
        warning_add(c->w, "%s.format: values are not checked for the format \"%s\" here", path, format);
}

/* ---- parts ---- */

static int property_order(const void *x, const void *y) {
    const struct schema_property *a = x, *b = y;
    return str_cmp(a->name, b->name);
}

static void compile_properties(struct compile *c, struct schema *s, const char *path) {
    const struct value *json = value_get(s->json, "properties");
    s->properties = arena_array(c->a, struct schema_property, value_len(json));
    for (size_t i = 0; value_is(json, VALUE_MAP) && i < json->map.n; i++) {
        const struct value_pair *pair = &json->map.pairs[i];
        struct schema *below =
            compile_node(c, pair->value, arena_fmt(c->a, "%s.properties[%s]", path, pair->key.p),
                         "for specified object fields");
        if (below)
            s->properties[s->n_properties++] = (struct schema_property) { pair->key, below };
    }
    if (s->n_properties)
        qsort(s->properties, s->n_properties, sizeof *s->properties, property_order);
    const struct value *additional = value_get(s->json, "additionalProperties");
    s->additional_any = value_bool_or(additional, false);
    if (value_is(additional, VALUE_MAP))
        s->additional = compile_node(c, additional, arena_fmt(c->a, "%s.additionalProperties", path),
                                     "for specified object fields");
    const struct value *items = value_get(s->json, "items");
    if (value_is(items, VALUE_MAP))
        s->items = compile_node(c, items, arena_fmt(c->a, "%s.items", path), "for specified array items");
}

static struct schema_list compile_choices(struct compile *c, const struct value *json, const char *key,
                                          const char *path) {
    const struct value *list = value_get(json, key);
    struct schema_list out = { .items = arena_array(c->a, struct schema *, value_len(list)) };
    for (size_t i = 0; value_is(list, VALUE_LIST) && i < list->list.n; i++) {
        struct schema *s =
            compile_node(c, list->list.items[i], arena_fmt(c->a, "%s.%s[%zu]", path, key, i), "");
        if (s)
            out.items[out.n++] = s;
    }
    return out;
}

static void compile_combinations(struct compile *c, struct schema *s, const char *path) {
    bool was = c->in_choice;
    c->in_choice = true;
    s->all_of = compile_choices(c, s->json, "allOf", path);
    s->any_of = compile_choices(c, s->json, "anyOf", path);
    s->one_of = compile_choices(c, s->json, "oneOf", path);
    const struct value *not_ = value_get(s->json, "not");
    if (value_is(not_, VALUE_MAP))
        s->not_ = compile_node(c, not_, arena_fmt(c->a, "%s.not", path), "");
    c->in_choice = was;
}

/* ---- lists and maps ---- */

static bool is_required(const struct schema *s, struct str name) {
    for (size_t i = 0; s && i < value_len(s->required); i++)
        if (str_is(name, value_text(s->required->list.items[i], "")))
            return true;
    return false;
}

static void compile_map_keys(struct compile *c, struct schema *s, const char *path) {
    s->map_keys = text_list(c, s->json, path, "x-kubernetes-list-map-keys");
    if (!value_len(s->map_keys)) {
        REFUSE(c, FIELD_REQUIRED, NULL, path, "x-kubernetes-list-map-keys",
               "must not be empty if x-kubernetes-list-type is map");
        return;
    }
    for (size_t i = 0; i < s->map_keys->list.n; i++) {
        const struct value *key = s->map_keys->list.items[i];
        const struct schema *field = s->items ? schema_property(s->items, key->s) : NULL;
        if (!field)
            REFUSE(c, FIELD_INVALID, s->map_keys, path, "x-kubernetes-list-map-keys",
                   "entries must all be names of item properties");
        else if (!field->fallback && !is_required(s->items, key->s))
            REFUSE(c, FIELD_REQUIRED, NULL, path, arena_fmt(c->a, "items.properties[%s].default", key->s.p),
                   "this property is in x-kubernetes-list-map-keys, so it must have a default or be a "
                   "required property");
    }
}

static void compile_merge(struct compile *c, struct schema *s, const char *path) {
    const struct value *list = value_get(s->json, "x-kubernetes-list-type");
    const struct value *map = value_get(s->json, "x-kubernetes-map-type");
    const char *kind = value_text(list, "atomic");
    if (list && s->types != SCHEMA_ARRAY)
        REFUSE(c, FIELD_INVALID, value_get(s->json, "type"), path, "type",
               "must be array if x-kubernetes-list-type is specified");
    if (!strcmp(kind, "map")) {
        s->list = LIST_MAP;
        compile_map_keys(c, s, path);
    } else if (!strcmp(kind, "set")) {
        s->list = LIST_SET;
    } else if (strcmp(kind, "atomic")) {
        REFUSE(c, FIELD_NOT_SUPPORTED, list, path, "x-kubernetes-list-type",
               "supported values: \"atomic\", \"map\", \"set\"");
    }
    if (map && s->types != SCHEMA_OBJECT)
        REFUSE(c, FIELD_INVALID, value_get(s->json, "type"), path, "type",
               "must be object if x-kubernetes-map-type is specified");
    kind = value_text(map, "granular");
    s->map_atomic = !strcmp(kind, "atomic");
    if (strcmp(kind, "granular") && !s->map_atomic)
        REFUSE(c, FIELD_NOT_SUPPORTED, map, path, "x-kubernetes-map-type",
               "supported values: \"atomic\", \"granular\"");
}

/* ---- defaults and rules ---- */

// A default must itself be valid and have no unknown fields.
static void compile_default(struct compile *c, struct schema *s, const char *path) {
    s->fallback = value_get(s->json, "default");
    if (!s->fallback)
        return;
    const char *at = arena_fmt(c->a, "%s.default", path);
    struct value *copy = value_copy(c->a, s->fallback);
    struct paths unknown = { .a = c->a };
    schema_prune(s, copy, &unknown);
    if (unknown.n)
        field_error_add(c->fe, FIELD_INVALID, at, s->fallback, "must not have unknown fields");
    schema_default(c->a, s, copy);
    struct field_errors wrong = { .a = c->a };
    schema_validate(s, copy, NULL, &wrong);
    for (size_t i = 0; i < wrong.n; i++) {
        struct field_error e = wrong.items[i];
        bool nowhere = text_empty(e.field);
        field_error_add_raw(c->fe, e.type, nowhere ? at : arena_fmt(c->a, "%s.%s", at, e.field), e.bad, "%s",
                            e.detail);
    }
}

static void compile_rules(struct compile *c, struct schema *s, const char *path) {
    const struct value *rules = value_get(s->json, "x-kubernetes-validations");
    if (value_len(rules))
        s->rules =
            rules_compile(c->a, s, rules, arena_fmt(c->a, "%s.x-kubernetes-validations", path), c->w, c->fe);
    s->has_rules =
        s->rules || (s->items && s->items->has_rules) || (s->additional && s->additional->has_rules);
    for (size_t i = 0; i < s->n_properties; i++)
        s->has_rules = s->has_rules || s->properties[i].schema->has_rules;
}

/* ---- any node ---- */

static struct schema *compile_node(struct compile *c, const struct value *json, const char *path,
                                   const char *what) {
    if (!value_is(json, VALUE_MAP)) {
        field_error_add(c->fe, FIELD_INVALID, path, json, "must be an object");
        return NULL;
    }
    if (++c->depth > MAX_SCHEMA_DEPTH) {
        c->depth--;
        field_error_add(c->fe, FIELD_FORBIDDEN, path, NULL, "schemas are at most %d levels deep here",
                        MAX_SCHEMA_DEPTH);
        return NULL;
    }
    struct schema *s = arena_new(c->a, struct schema);
    s->json = json;
    refuse_forbidden(c, json, path);
    compile_type(c, s, path, what);
    compile_limits(c, s, path);
    compile_pattern(c, s, path);
    compile_format(c, s, path);
    compile_properties(c, s, path);
    compile_combinations(c, s, path);
    if (c->in_choice) {
        refuse_in_choice(c, json, path, s);
    } else {
        compile_merge(c, s, path);
        compile_default(c, s, path);
        compile_rules(c, s, path);
    }
    c->depth--;
    return s;
}

static void refuse_root(struct compile *c, const struct schema *s, const char *path) {
    const struct value *metadata = value_at(s->json, "properties", "metadata", "properties", NULL);
    if (s->types && s->types != SCHEMA_OBJECT)
        REFUSE(c, FIELD_INVALID, value_get(s->json, "type"), path, "type", "must be object at the root");
    for (size_t i = 0; value_is(metadata, VALUE_MAP) && i < metadata->map.n; i++)
        if (!str_is(metadata->map.pairs[i].key, "name") &&
            !str_is(metadata->map.pairs[i].key, "generateName")) {
            REFUSE(c, FIELD_FORBIDDEN, NULL, path, "properties[metadata]",
                   "must not specify anything other than name and generateName, but metadata is implicitly "
                   "specified");
            return;
        }
}

struct schema *schema_compile(struct arena *a, const struct value *json, const char *path, struct warnings *w,
                              struct field_errors *fe) {
    struct compile c = { .a = a, .w = w, .fe = fe };
    size_t before = fe->n;
    struct schema *s = compile_node(&c, json, path, "at the root");
    if (s)
        refuse_root(&c, s, path);
    if (fe->n > before || !s)
        return NULL;
    schema_shape_make(a, s);
    return s;
}

const struct shape *schema_shape(const struct schema *s) {
    return s->shape;
}

const struct value *schema_json(const struct schema *s) {
    return s->json;
}
