// SPDX-License-Identifier: Apache-2.0
// What changed between two objects of one shape, as three sets of fields.
#include "deploy/local/sandbox/typed.h"

struct compare {
    struct arena *a;
    struct path at;
    struct comparison *out;
    struct err *err; // the first problem
};

static void note(struct compare *c, struct fieldset *set) {
    fieldset_insert(c->a, set, &c->at);
}

static void note_leaf(struct compare *c, const struct value *l, const struct value *r) {
    if (!l)
        note(c, c->out->added);
    else if (!r)
        note(c, c->out->removed);
    else if (!value_equal(l, r))
        note(c, c->out->modified);
}

static void compare_values(struct compare *c, const struct shape *s, const struct value *l,
                           const struct value *r);

/* ---- lists ---- */

struct item {
    struct path_element at;
    const struct value **l, **r; // all items with this element
    size_t n_l, cap_l, n_r, cap_r;
};

struct items { // sorted by element
    struct item *items;
    size_t n, cap;
};

static struct item *item_at(struct arena *a, struct items *all, struct path_element e) {
    size_t low = 0, high = all->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (path_element_cmp(&all->items[middle].at, &e) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < all->n && !path_element_cmp(&all->items[low].at, &e))
        return &all->items[low];
    all->items = arena_grow(a, all->items, &all->cap, all->n + 1, sizeof *all->items);
    memmove(&all->items[low + 1], &all->items[low], (all->n - low) * sizeof *all->items);
    all->n++;
    all->items[low] = (struct item) { .at = e };
    return &all->items[low];
}

static void items_add(struct compare *c, const struct shape *s, const struct value *list, bool left,
                      struct items *all) {
    for (size_t i = 0; list && i < list->list.n; i++) {
        struct path_element e;
        struct err err = { .a = c->a };
        const struct value *v = list->list.items[i];
        if (!item_element(c->a, s, v, &e, &err)) {
            if (c->err->kind == ERR_NONE)
                err_set(c->err, ERR_INVALID, "%s: element %zu: %s", path_text(c->a, &c->at), i, err.msg);
            continue;
        }
        struct item *item = item_at(c->a, all, e);
        if (left) {
            item->l = arena_grow(c->a, item->l, &item->cap_l, item->n_l + 1, sizeof *item->l);
            item->l[item->n_l++] = v;
        } else {
            item->r = arena_grow(c->a, item->r, &item->cap_r, item->n_r + 1, sizeof *item->r);
            item->r[item->n_r++] = v;
        }
    }
}

static bool same_items(const struct item *item) {
    bool equal = item->n_l == item->n_r;
    for (size_t i = 0; equal && i < item->n_l; i++)
        equal = value_equal(item->l[i], item->r[i]);
    return equal;
}

// c->at is that of the item. Items that are there twice count as one unit.
static void compare_item(struct compare *c, const struct shape *element, const struct item *item) {
    const struct value *l = item->n_l ? item->l[0] : NULL, *r = item->n_r ? item->r[0] : NULL;
    if (item->n_l <= 1 && item->n_r <= 1) {
        compare_values(c, element, l, r);
    } else if (item->n_l >= 2 && item->n_r >= 2) {
        if (!same_items(item))
            note(c, c->out->modified);
    } else if (item->n_l >= 2) {
        if (r)
            compare_values(c, element, NULL, r);
        note(c, c->out->removed);
    } else {
        if (l)
            compare_values(c, element, l, NULL);
        note(c, c->out->added);
    }
}

static void compare_lists(struct compare *c, const struct shape *s, const struct value *l,
                          const struct value *r) {
    struct items all = { 0 };
    items_add(c, s, l, true, &all);
    items_add(c, s, r, false, &all);
    for (size_t i = 0; i < all.n; i++) {
        path_push(c->a, &c->at, all.items[i].at);
        compare_item(c, shape_element(s), &all.items[i]);
        path_pop(&c->at);
    }
}

/* ---- maps ---- */

static void compare_key(struct compare *c, const struct shape *s, struct str key, const struct value *l,
                        const struct value *r) {
    const struct shape *below = shape_of_key(s, key);
    path_push(c->a, &c->at, path_field(key));
    compare_values(c, below ? below : &shape_untyped, l, r);
    path_pop(&c->at);
}

static void compare_maps(struct compare *c, const struct shape *s, const struct value *l,
                         const struct value *r) {
    for (size_t i = 0; l && i < l->map.n; i++)
        compare_key(c, s, l->map.pairs[i].key, l->map.pairs[i].value, value_get_n(r, l->map.pairs[i].key));
    for (size_t i = 0; r && i < r->map.n; i++)
        if (!value_get_n(l, r->map.pairs[i].key))
            compare_key(c, s, r->map.pairs[i].key, NULL, r->map.pairs[i].value);
}

/* ---- any ---- */

static void check_scalars(struct compare *c, const struct shape *s, const struct value *l,
                          const struct value *r) {
    struct err left = { .a = c->a }, right = { .a = c->a };
    const struct shape *scalar = s->kind == SHAPE_SCALAR ? s : shape_of_scalar(SCALAR_ANY);
    bool bad_l = l && !typed_validate(c->a, scalar, l, true, &left);
    bool bad_r = r && !typed_validate(c->a, scalar, r, true, &right);
    if (bad_l && bad_r && c->err->kind == ERR_NONE)
        err_set(c->err, ERR_INVALID, "%s: lhs: %s", path_text(c->a, &c->at), left.msg);
}

static const struct value *only(const struct value *v, enum value_type type) {
    return value_is(v, type) ? v : NULL;
}

// true: l and r were taken as one unit.
static bool compare_as(struct compare *c, const struct shape *s, enum atom atom, const struct value *l,
                       const struct value *r) {
    if (atom == ATOM_SCALAR) {
        check_scalars(c, s, l, r);
        note_leaf(c, l, r);
        return true;
    }
    const struct value *x = only(l, atom == ATOM_LIST ? VALUE_LIST : VALUE_MAP);
    const struct value *y = only(r, atom == ATOM_LIST ? VALUE_LIST : VALUE_MAP);
    if (shape_is_atomic(s, atom) || (!value_len(x) && !value_len(y))) {
        note_leaf(c, l, r);
        return true;
    }
    if (atom == ATOM_LIST)
        compare_lists(c, s, x, y);
    else
        compare_maps(c, s, x, y);
    return false;
}

static void compare_values(struct compare *c, const struct shape *s, const struct value *l,
                           const struct value *r) {
    enum atom left = atom_of(s, l), right = atom_of(s, r);
    bool leaf;
    if (!r) {
        leaf = compare_as(c, s, left, l, r);
    } else if (!l || left == right) {
        leaf = compare_as(c, s, right, l, r);
    } else {
        compare_as(c, s, left, l, r);
        leaf = compare_as(c, s, right, l, r);
    }
    if (!leaf && !l)
        note(c, c->out->added);
    else if (!leaf && !r)
        note(c, c->out->removed);
}

bool typed_compare(struct arena *a, const struct shape *s, const struct value *from, const struct value *to,
                   struct comparison *out, struct err *err) {
    struct compare c = { .a = a, .out = out, .err = err };
    *out = (struct comparison) { fieldset_new(a), fieldset_new(a), fieldset_new(a) };
    compare_values(&c, s, from, to);
    return err->kind == ERR_NONE;
}
