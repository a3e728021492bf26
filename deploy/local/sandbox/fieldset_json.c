// SPDX-License-Identifier: Apache-2.0
// Field sets as FieldsV1: {"f:spec":{"f:replicas":{}},"k:{\"name\":\"x\"}":{".":{}}}.
#include "common/value/json.h"
#include "deploy/local/sandbox/fieldset.h"

// true with *skip: an element of a kind that is not known, which is dropped.
static bool element_read(struct arena *a, struct str key, struct path_element *out, bool *skip,
                         struct err *err) {
    *skip = false;
    if (key.n < 2)
        return err_set(err, ERR_INVALID, "key must be 2 characters long:");
    if (key.p[1] != ':')
        return err_set(err, ERR_INVALID, "missing colon: %s", key.p);
    struct str rest = str_sub(key, 2, key.n);
    struct value *v = NULL;
    switch (key.p[0]) {
    case 'f': *out = path_field(rest); return true;
    case 'v':
        if (!json_read(a, rest, &v, err))
            return false;
        *out = (struct path_element) { .kind = PATH_VALUE, .value = v };
        return true;
    case 'k':
        if (!json_read(a, rest, &v, err))
            return false;
        if (v->type != VALUE_MAP)
            return err_set(err, ERR_INVALID, "expected an object: %s", rest.p);
        value_sort_keys(v);
        *out = (struct path_element) { .kind = PATH_KEY, .value = v };
        return true;
    case 'i':
        *out = (struct path_element) { .kind = PATH_INDEX };
        return str_to_i64(rest, &out->index) || err_set(err, ERR_INVALID, "invalid index: %s", rest.p);
    default: *skip = true; return true;
    }
}

/* *out_member: the element that leads here is in the set itself: it has "." or nothing below. */
static bool set_read(struct arena *a, const struct value *json, struct fieldset **out, bool *out_member,
                     struct err *err) {
    if (json->type != VALUE_MAP)
        return err_set(err, ERR_INVALID, "expected an object, got %s", value_type_name(json->type));
    struct fieldset *s = fieldset_new(a);
    bool self = false;
    for (size_t i = 0; i < json->map.n; i++) {
        const struct value_pair *pair = &json->map.pairs[i];
        if (str_is(pair->key, ".")) {
            self = true;
            continue;
        }
        struct path_element e;
        struct fieldset *below = NULL;
        bool skip = false, member = false;
        if (!element_read(a, pair->key, &e, &skip, err))
            return false;
        if (skip)
            continue;
        if (!set_read(a, pair->value, &below, &member, err))
            return false;
        struct fieldset *one = fieldset_new(a);
        one->nodes = arena_new(a, struct fieldset_node);
        one->nodes[0] = (struct fieldset_node) { .at = e, .member = member, .below = below };
        one->n = one->cap = 1;
        if (!s->n || path_element_cmp(&s->nodes[s->n - 1].at, &e) < 0) { // as written: sorted
            s->nodes = arena_grow(a, s->nodes, &s->cap, s->n + 1, sizeof *s->nodes);
            s->nodes[s->n++] = one->nodes[0];
        } else {
            s = fieldset_union(a, s, one);
        }
    }
    *out_member = self || !s->n;
    *out = s->n ? s : NULL;
    return true;
}

bool fieldset_read(struct arena *a, const struct value *json, struct fieldset **out, struct err *err) {
    struct fieldset *s = NULL;
    bool member;
    if (json && !set_read(a, json, &s, &member, err))
        return false;
    *out = s ? s : fieldset_new(a);
    return true;
}

static void element_write(struct buf *b, const struct path_element *e) {
    b->n = 0;
    switch (e->kind) {
    case PATH_FIELD:
        buf_puts(b, "f:");
        buf_put_str(b, e->name);
        return;
    case PATH_KEY:
        buf_puts(b, "k:");
        json_write(b, e->value, JSON_ESCAPE_HTML | JSON_GO_FLOATS);
        return;
    case PATH_VALUE:
        buf_puts(b, "v:");
        json_write(b, e->value, JSON_ESCAPE_HTML | JSON_GO_FLOATS);
        return;
    case PATH_INDEX: buf_fmt(b, "i:%lld", (long long)e->index); return;
    }
}

struct value *fieldset_write(struct arena *a, const struct fieldset *s) {
    struct value *out = value_map(a);
    autobuf key = { 0 };
    for (size_t i = 0; s && i < s->n; i++) {
        const struct fieldset_node *node = &s->nodes[i];
        struct value *below = value_map(a);
        if (node->below) {
            struct value *rest = fieldset_write(a, node->below);
            if (node->member)
                value_set(a, below, ".", value_map(a));
            for (size_t k = 0; k < rest->map.n; k++)
                value_set_n(a, below, rest->map.pairs[k].key, rest->map.pairs[k].value);
        }
        element_write(&key, &node->at);
        value_set_n(a, out, buf_str(&key), below);
    }
    return out;
}
