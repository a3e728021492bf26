// SPDX-License-Identifier: Apache-2.0
// Merge of two objects of one shape, and removal of fields.
#include "deploy/local/sandbox/typed.h"

struct merge {
    struct arena *a;
    struct path at;
    struct err *err; // the first problem
};

static const struct value *merge_values(struct merge *m, const struct shape *s, const struct value *l,
                                        const struct value *r);

/* ---- lists ---- */

struct side {
    size_t n;
    const struct value **items;
    struct path_element *at;
    struct fieldset *known;
};

static void merge_fails(struct merge *m, const char *fmt, ...) printf_like(2, 3);

static void merge_fails(struct merge *m, const char *fmt, ...) {
    if (m->err->kind != ERR_NONE)
        return;
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vfmt(m->a, fmt, ap);
    va_end(ap);
    const char *path = path_text(m->a, &m->at);
    err_set(m->err, ERR_INVALID, "%s%s%s", path, *path ? ": " : "", text);
}

static struct side side_of(struct merge *m, const struct shape *s, const struct value *list,
                           bool allow_duplicates) {
    size_t n = value_len(list);
    struct side side = { .items = arena_array(m->a, const struct value *, n),
                         .at = arena_array(m->a, struct path_element, n),
                         .known = fieldset_new(m->a) };
    for (size_t i = 0; i < n; i++) {
        struct path_element e;
        struct err err = { .a = m->a };
        if (!item_element(m->a, s, list->list.items[i], &e, &err)) {
            merge_fails(m, "element %zu: %s", i, err.msg);
            continue;
        }
        if (fieldset_find(side.known, &e) && !allow_duplicates) {
            autobuf b = { 0 };
            path_element_print(&b, &e);
            merge_fails(m, "duplicate entries for key %s", b.p);
            continue;
        }
        fieldset_insert_one(m->a, side.known, e);
        side.items[side.n] = list->list.items[i];
        side.at[side.n++] = e;
    }
    return side;
}

// NULL: not there, or there more than once (such are not merged).
static const struct value *side_find(const struct side *side, const struct path_element *e) {
    const struct value *found = NULL;
    for (size_t i = 0; i < side->n; i++) {
        if (path_element_cmp(&side->at[i], e))
            continue;
        if (found)
            return NULL;
        found = side->items[i];
    }
    return found;
}

struct walk {
    struct side l, r;
    struct fieldset *merged;
    size_t i, j;
    size_t shared; // index into r of the next item that l has too; r.n: none
    struct value *out;
};

static void shared_next(struct walk *w, size_t from) {
    w->shared = from;
    while (w->shared < w->r.n && !fieldset_find(w->l.known, &w->r.at[w->shared]))
        w->shared++;
}

static void emit(struct merge *m, const struct shape *s, struct walk *w, const struct path_element *e,
                 const struct value *l, const struct value *r) {
    if (!l && !r)
        return;
    path_push(m->a, &m->at, *e);
    const struct value *v = merge_values(m, shape_element(s), l, r);
    path_pop(&m->at);
    if (v)
        value_append(m->a, w->out, (struct value *)v);
}

// One step of the walk when both sides have items left. true: it was taken.
static bool step_both(struct merge *m, const struct shape *s, struct walk *w) {
    const struct path_element *e = &w->l.at[w->i];
    if (!path_element_cmp(e, &w->r.at[w->j])) {
        fieldset_insert_one(m->a, w->merged, *e);
        emit(m, s, w, e, side_find(&w->l, e), side_find(&w->r, e));
        shared_next(w, w->shared + 1);
        w->i++;
        w->j++;
        return true;
    }
    if (fieldset_find(w->r.known, e) && w->shared < w->r.n && path_element_cmp(&w->r.at[w->shared], e)) {
        w->i++; // shared, but not the one that comes next in r
        return true;
    }
    return false;
}

/* Items of both keep r's order, items of l alone stay where they are between them. */
static const struct value *merge_lists(struct merge *m, const struct shape *s, const struct value *l,
                                       const struct value *r) {
    struct walk w = { .r = side_of(m, s, r, false),
                      .l = side_of(m, s, l, true),
                      .merged = fieldset_new(m->a) };
    if (m->err->kind != ERR_NONE)
        return NULL;
    w.out = value_list(m->a);
    shared_next(&w, 0);
    while (w.i < w.l.n || w.j < w.r.n) {
        if (w.i < w.l.n && w.j < w.r.n && step_both(m, s, &w))
            continue;
        if (w.i < w.l.n) {
            const struct path_element *e = &w.l.at[w.i];
            if (!fieldset_find(w.r.known, e)) {
                emit(m, s, &w, e, w.l.items[w.i++], NULL);
                continue;
            }
            if (fieldset_find(w.merged, e))
                w.i++;
        }
        if (w.j < w.r.n) {
            const struct path_element *e = &w.r.at[w.j];
            fieldset_insert_one(m->a, w.merged, *e);
            emit(m, s, &w, e, side_find(&w.l, e), side_find(&w.r, e));
            if (w.shared == w.j)
                shared_next(&w, w.j + 1);
            w.j++;
        }
    }
    return w.out->list.n ? w.out : NULL;
}

/* ---- maps ---- */

static void merge_key(struct merge *m, const struct shape *s, struct value *out, struct str key,
                      const struct value *l, const struct value *r) {
    const struct shape *below = shape_of_key(s, key);
    path_push(m->a, &m->at, path_field(key));
    const struct value *v = merge_values(m, below ? below : &shape_untyped, l, r);
    path_pop(&m->at);
    if (v)
        value_set_n(m->a, out, key, (struct value *)v);
}

static const struct value *merge_maps(struct merge *m, const struct shape *s, const struct value *l,
                                      const struct value *r) {
    struct value *out = value_map(m->a);
    for (size_t i = 0; l && i < l->map.n; i++)
        merge_key(m, s, out, l->map.pairs[i].key, l->map.pairs[i].value, value_get_n(r, l->map.pairs[i].key));
    for (size_t i = 0; r && i < r->map.n; i++)
        if (!value_get_n(l, r->map.pairs[i].key))
            merge_key(m, s, out, r->map.pairs[i].key, NULL, r->map.pairs[i].value);
    return out->map.n ? out : NULL;
}

/* ---- any ---- */

static bool scalar_fits(struct merge *m, const struct shape *s, const struct value *l,
                        const struct value *r) {
    struct err left = { .a = m->a }, right = { .a = m->a };
    const struct shape *scalar = s->kind == SHAPE_SCALAR ? s : shape_of_scalar(SCALAR_ANY);
    bool bad_l = l && !typed_validate(m->a, scalar, l, true, &left);
    bool bad_r = r && !typed_validate(m->a, scalar, r, true, &right);
    if (bad_l && bad_r)
        merge_fails(m, "lhs: %s", left.msg);
    return !(bad_l && bad_r);
}

static const struct value *merge_as(struct merge *m, const struct shape *s, enum atom atom,
                                    const struct value *l, const struct value *r) {
    const struct value *winner = r ? r : l;
    if (atom == ATOM_SCALAR)
        return scalar_fits(m, s, l, r) ? winner : NULL;
    enum value_type type = atom == ATOM_LIST ? VALUE_LIST : VALUE_MAP;
    const struct value *x = value_is(l, type) ? l : NULL, *y = value_is(r, type) ? r : NULL;
    if (shape_is_atomic(s, atom) || (!value_len(x) && !value_len(y)))
        return winner;
    return atom == ATOM_LIST ? merge_lists(m, s, x, y) : merge_maps(m, s, x, y);
}

static const struct value *merge_values(struct merge *m, const struct shape *s, const struct value *l,
                                        const struct value *r) {
    if (!r)
        return merge_as(m, s, atom_of(s, l), l, r);
    return merge_as(m, s, atom_of(s, r), l, r); // where l is taken for something else, r's view decides
}

bool typed_merge(struct arena *a, const struct shape *s, const struct value *onto, const struct value *v,
                 struct value **out, struct err *err) {
    struct merge m = { .a = a, .err = err };
    const struct value *merged = merge_values(&m, s, onto, v);
    if (err->kind != ERR_NONE)
        return false;
    *out = (struct value *)merged;
    return true;
}

/* ---- removal ---- */

static struct value *remove_items(struct arena *a, const struct shape *s, const struct value *v,
                                  const struct fieldset *gone) {
    struct value *out = value_list(a);
    for (size_t i = 0; i < v->list.n; i++) {
        struct path_element e;
        struct err err = { .a = a };
        struct value *item = v->list.items[i];
        const struct fieldset_node *node =
            item_element(a, s, item, &e, &err) ? fieldset_find(gone, &e) : NULL;
        if (node && node->member)
            continue;
        value_append(a, out,
                     node && node->below ? typed_remove(a, shape_element(s), item, node->below) : item);
    }
    return out->list.n ? out : value_null(a);
}

static struct value *remove_keys(struct arena *a, const struct shape *s, const struct value *v,
                                 const struct fieldset *gone) {
    struct value *out = value_map(a);
    for (size_t i = 0; i < v->map.n; i++) {
        struct value_pair *pair = &v->map.pairs[i];
        struct path_element e = path_field(pair->key);
        const struct fieldset_node *node = fieldset_find(gone, &e);
        if (node && node->member)
            continue;
        const struct shape *below = shape_of_key(s, pair->key);
        struct value *left = pair->value;
        if (node && node->below)
            left = typed_remove(a, below ? below : &shape_untyped, left, node->below);
        value_set_n(a, out, pair->key, left);
    }
    return out->map.n ? out : value_null(a);
}

struct value *typed_remove(struct arena *a, const struct shape *s, const struct value *v,
                           const struct fieldset *gone) {
    enum atom atom = atom_of(s, v);
    if (atom == ATOM_SCALAR)
        return (struct value *)v;
    if (v->type != (atom == ATOM_LIST ? VALUE_LIST : VALUE_MAP) || !value_len(v) || shape_is_atomic(s, atom))
        return value_null(a);
    return (atom == ATOM_LIST ? remove_items : remove_keys)(a, s, v, gone);
}

/* ---- sets and shapes ---- */

static const struct shape *shape_at(const struct shape *s, const struct path_element *e) {
    if (e->kind == PATH_FIELD)
        return shape_of_key(s, e->name);
    if (e->kind != PATH_KEY || s->kind == SHAPE_OBJECT || s->kind == SHAPE_SCALAR)
        return NULL;
    return shape_element(s);
}

struct fieldset *typed_name_members(struct arena *a, const struct shape *s, const struct fieldset *set) {
    struct fieldset *out = fieldset_new(a);
    out->nodes = arena_array(a, struct fieldset_node, set->n);
    out->n = out->cap = set->n;
    for (size_t i = 0; i < set->n; i++) {
        struct fieldset_node node = set->nodes[i];
        const struct shape *below = s ? shape_at(s, &node.at) : NULL;
        if (s && node.below && node.at.kind == PATH_FIELD && shape_field(s, node.at.name))
            node.member = true;
        if (node.below)
            node.below = typed_name_members(a, below, node.below);
        out->nodes[i] = node;
    }
    return out;
}

// Returns the paths that must give way; *add gets what takes their place.
static void reconcile(struct arena *a, const struct shape *s, const struct fieldset *set, struct path *at,
                      struct fieldset *gone, struct fieldset *add) {
    for (size_t i = 0; i < set->n; i++) {
        const struct fieldset_node *node = &set->nodes[i];
        const struct shape *below = shape_at(s, &node->at);
        if (!below || !node->below)
            continue;
        path_push(a, at, node->at);
        if ((below->kind == SHAPE_ARRAY && below->list == LIST_ATOMIC) ||
            (below->kind == SHAPE_OBJECT && below->atomic)) {
            fieldset_insert(a, gone, at);
            fieldset_insert(a, add, at);
        } else if (below->kind != SHAPE_UNTYPED) {
            reconcile(a, below, node->below, at, gone, add);
        }
        path_pop(at);
    }
}

struct fieldset *typed_reconcile(struct arena *a, const struct shape *s, struct fieldset *set) {
    struct fieldset *gone = fieldset_new(a), *add = fieldset_new(a);
    struct path at = { 0 };
    if (s->kind != SHAPE_UNTYPED)
        reconcile(a, s, set, &at, gone, add);
    return fieldset_empty(gone) ? set : fieldset_union(a, fieldset_without(a, set, gone), add);
}
