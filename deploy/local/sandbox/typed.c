// SPDX-License-Identifier: Apache-2.0
// Objects through their shape: what they are taken for, items of lists, validation, the set of fields.
#include "deploy/local/sandbox/typed.h"

#include "deploy/local/sandbox/gotext.h"

enum atom atom_of(const struct shape *s, const struct value *v) {
    switch (s->kind) {
    case SHAPE_SCALAR: return ATOM_SCALAR;
    case SHAPE_ARRAY: return ATOM_LIST;
    case SHAPE_OBJECT: return ATOM_MAP;
    case SHAPE_UNTYPED: break;
    }
    if (!v || v->type == VALUE_NULL || v->type == VALUE_MAP)
        return ATOM_MAP;
    return v->type == VALUE_LIST ? ATOM_LIST : ATOM_SCALAR;
}

bool shape_is_atomic(const struct shape *s, enum atom atom) {
    if (atom == ATOM_LIST)
        return s->kind == SHAPE_UNTYPED || s->list == LIST_ATOMIC;
    return atom == ATOM_MAP && s->atomic;
}

const struct shape *shape_element(const struct shape *list) {
    return list->kind == SHAPE_ARRAY && list->element ? list->element : &shape_untyped_atomic;
}

/* ---- items of sets and keyed lists ---- */

static bool key_element(struct arena *a, const struct shape *list, const struct value *item,
                        struct path_element *out, struct err *err) {
    if (item->type == VALUE_NULL)
        return err_set(err, ERR_INVALID, "associative list with keys may not have a null element");
    if (item->type != VALUE_MAP)
        return err_set(err, ERR_INVALID, "associative list with keys may not have non-map elements");
    struct value *key = value_map(a);
    for (size_t i = 0; i < list->n_keys; i++) {
        const struct shape_field *f = list->element ? shape_field(list->element, list->keys[i]) : NULL;
        const struct value *v = value_get_n(item, list->keys[i]);
        v = v ? v : f ? f->value_if_absent : NULL;
        if (v)
            value_set_n(a, key, list->keys[i], (struct value *)v);
    }
    if (!key->map.n) {
        autobuf b = { 0 };
        for (size_t i = 0; i < list->n_keys; i++) {
            buf_puts(&b, i ? " " : "");
            go_quote(&b, list->keys[i]);
        }
        return err_set(
            err, ERR_INVALID,
            "associative list with keys has an element that omits all key fields [%s] (and doesn't have "
            "default values for any key fields)",
            b.p);
    }
    if (key->map.n > 1)
        value_sort_keys(key);
    *out = (struct path_element) { .kind = PATH_KEY, .value = key };
    return true;
}

bool item_element(struct arena *a, const struct shape *list, const struct value *item,
                  struct path_element *out, struct err *err) {
    if (list->list == LIST_MAP)
        return key_element(a, list, item, out, err);
    if (item->type == VALUE_MAP)
        return err_set(err, ERR_INVALID, "associative list without keys has an element that's a map type");
    if (item->type == VALUE_LIST)
        return err_set(err, ERR_INVALID, "not supported: associative list with lists as elements");
    if (item->type == VALUE_NULL)
        return err_set(err, ERR_INVALID,
                       "associative list without keys has an element that's an explicit null");
    *out = (struct path_element) { .kind = PATH_VALUE, .value = item };
    return true;
}

/* ---- validation ---- */

struct check {
    struct arena *a;
    bool allow_duplicates;
    struct path at;
    struct buf texts; // one a line
    size_t n;
};

static void complain(struct check *c, const char *fmt, ...) printf_like(2, 3);

static void complain(struct check *c, const char *fmt, ...) {
    const char *path = path_text(c->a, &c->at);
    buf_fmt(&c->texts, "%s%s%s", c->n++ ? "\n  " : "", path, *path ? ": " : "");
    va_list ap;
    va_start(ap, fmt);
    buf_vfmt(&c->texts, fmt, ap);
    va_end(ap);
}

static const char *shown(struct arena *a, const struct value *v, bool full) {
    autobuf b = { 0 };
    (full ? go_print_full : go_print)(&b, v);
    return arena_text(a, b.p, b.n);
}

static void check_scalar(struct check *c, const struct shape *s, const struct value *v) {
    bool number = v->type == VALUE_INT || v->type == VALUE_FLOAT;
    bool any = number || v->type == VALUE_STRING || v->type == VALUE_BOOL;
    enum shape_scalar scalar = s->kind == SHAPE_SCALAR ? s->scalar : SCALAR_ANY;
    if (v->type == VALUE_NULL)
        return;
    if (scalar == SCALAR_NUMERIC && !number)
        complain(c, "expected numeric (int or float), got %s", go_type(v));
    else if (scalar == SCALAR_STRING && v->type != VALUE_STRING)
        complain(c, "expected string, got &value.valueUnstructured{Value:%s}", shown(c->a, v, true));
    else if (scalar == SCALAR_BOOLEAN && v->type != VALUE_BOOL)
        complain(c, "expected boolean, got &{%s}", shown(c->a, v, false));
    else if (scalar == SCALAR_ANY && !any)
        complain(c, "expected any scalar, got &{%s}", shown(c->a, v, false));
}

static void check_value(struct check *c, const struct shape *s, const struct value *v);

static void check_list(struct check *c, const struct shape *s, const struct value *v) {
    if (v->type == VALUE_NULL)
        return;
    if (v->type != VALUE_LIST) {
        complain(c, "expected list, got &{%s}", shown(c->a, v, false));
        return;
    }
    struct fieldset *seen = fieldset_new(c->a);
    for (size_t i = 0; i < v->list.n; i++) {
        struct path_element e = { .kind = PATH_INDEX, .index = (int64_t)i };
        struct err err = { .a = c->a };
        if (!shape_is_atomic(s, ATOM_LIST)) {
            if (!item_element(c->a, s, v->list.items[i], &e, &err)) {
                complain(c, "element %zu: %s", i, err.msg);
                return;
            }
            if (fieldset_find(seen, &e) && !c->allow_duplicates) {
                autobuf b = { 0 };
                path_element_print(&b, &e);
                complain(c, "duplicate entries for key %s", b.p);
            }
            fieldset_insert_one(c->a, seen, e);
        }
        path_push(c->a, &c->at, e);
        check_value(c, shape_element(s), v->list.items[i]);
        path_pop(&c->at);
    }
}

static void check_map(struct check *c, const struct shape *s, const struct value *v) {
    if (v->type == VALUE_NULL)
        return;
    if (v->type != VALUE_MAP) {
        complain(c, "expected map, got &{%s}", shown(c->a, v, false));
        return;
    }
    for (size_t i = 0; i < v->map.n; i++) {
        const struct shape *below = shape_of_key(s, v->map.pairs[i].key);
        path_push(c->a, &c->at, path_field(v->map.pairs[i].key));
        if (below)
            check_value(c, below, v->map.pairs[i].value);
        else
            complain(c, "field not declared in schema");
        path_pop(&c->at);
        if (!below)
            return; // as SMD: the rest of this map is not looked at
    }
}

static void check_value(struct check *c, const struct shape *s, const struct value *v) {
    switch (atom_of(s, v)) {
    case ATOM_SCALAR: check_scalar(c, s, v); return;
    case ATOM_LIST: check_list(c, s, v); return;
    case ATOM_MAP: check_map(c, s, v); return;
    }
}

bool typed_validate(struct arena *a, const struct shape *s, const struct value *v, bool allow_duplicates,
                    struct err *err) {
    struct check c = { .a = a, .allow_duplicates = allow_duplicates };
    check_value(&c, s, v);
    if (c.n)
        err_set(err, ERR_INVALID, "%s%s", c.n > 1 ? "errors:\n  " : "", c.texts.p);
    buf_done(&c.texts);
    return !c.n;
}

/* ---- the set of fields ---- */

struct gather {
    struct arena *a;
    struct fieldset *set;
    struct path at;
};

static void gather_value(struct gather *g, const struct shape *s, const struct value *v);

static void gather_items(struct gather *g, const struct shape *s, const struct value *v) {
    struct path_element *elements = arena_array(g->a, struct path_element, v->list.n);
    bool *known = arena_array(g->a, bool, v->list.n);
    struct fieldset *seen = fieldset_new(g->a), *twice = fieldset_new(g->a);
    for (size_t i = 0; i < v->list.n; i++) {
        struct err err = { .a = g->a };
        known[i] = item_element(g->a, s, v->list.items[i], &elements[i], &err);
        if (known[i])
            fieldset_insert_one(g->a, fieldset_find(seen, &elements[i]) ? twice : seen, elements[i]);
    }
    for (size_t i = 0; i < v->list.n; i++) {
        if (!known[i])
            continue;
        path_push(g->a, &g->at, elements[i]);
        if (!fieldset_find(twice, &elements[i])) // items that are there twice are owned as a whole
            gather_value(g, shape_element(s), v->list.items[i]);
        fieldset_insert(g->a, g->set, &g->at);
        path_pop(&g->at);
    }
}

static void gather_map(struct gather *g, const struct shape *s, const struct value *v) {
    for (size_t i = 0; i < v->map.n; i++) {
        struct str key = v->map.pairs[i].key;
        const struct value *below = v->map.pairs[i].value;
        const struct shape *shape = shape_of_key(s, key);
        path_push(g->a, &g->at, path_field(key));
        gather_value(g, shape ? shape : &shape_untyped, below);
        bool leaf = below->type == VALUE_NULL || (below->type == VALUE_MAP && !below->map.n);
        if (leaf || !shape_field(s, key))
            fieldset_insert(g->a, g->set, &g->at);
        path_pop(&g->at);
    }
}

static void gather_value(struct gather *g, const struct shape *s, const struct value *v) {
    enum atom atom = atom_of(s, v);
    if (atom == ATOM_SCALAR || shape_is_atomic(s, atom))
        fieldset_insert(g->a, g->set, &g->at);
    else if (atom == ATOM_LIST && v->type == VALUE_LIST)
        gather_items(g, s, v);
    else if (atom == ATOM_MAP && v->type == VALUE_MAP)
        gather_map(g, s, v);
}

struct fieldset *typed_fields(struct arena *a, const struct shape *s, const struct value *v) {
    struct gather g = { .a = a, .set = fieldset_new(a) };
    gather_value(&g, s, v);
    return g.set;
}
