// SPDX-License-Identifier: Apache-2.0
// Paths and sets of paths: order, set operations.
#include "deploy/local/sandbox/fieldset.h"

#include "deploy/local/sandbox/gotext.h"

/* ---- paths ---- */

void path_push(struct arena *a, struct path *p, struct path_element e) {
    p->items = arena_grow(a, p->items, &p->cap, p->n + 1, sizeof *p->items);
    p->items[p->n++] = e;
}

void path_pop(struct path *p) {
    p->n--;
}

struct path_element path_field(struct str name) {
    return (struct path_element) { .kind = PATH_FIELD, .name = name };
}

static int number_cmp(double x, double y) {
    return x < y ? -1 : x > y;
}

static int rank(const struct value *v) {
    switch (v->type) {
    case VALUE_FLOAT: return 0;
    case VALUE_INT: return 0;
    case VALUE_STRING: return 1;
    case VALUE_BOOL: return 2;
    case VALUE_LIST: return 3;
    case VALUE_MAP: return 4;
    case VALUE_NULL: return 5;
    }
    return 6;
}

static int list_cmp(const struct value *x, const struct value *y) {
    for (size_t i = 0; i < x->list.n && i < y->list.n; i++) {
        int c = value_cmp(x->list.items[i], y->list.items[i]);
        if (c)
            return c;
    }
    return x->list.n < y->list.n ? -1 : x->list.n > y->list.n;
}

// Only used for keys of list items, which are sorted maps of scalars.
static int map_cmp(const struct value *x, const struct value *y) {
    for (size_t i = 0; i < x->map.n && i < y->map.n; i++) {
        int c = str_cmp(x->map.pairs[i].key, y->map.pairs[i].key);
        if (!c)
            c = value_cmp(x->map.pairs[i].value, y->map.pairs[i].value);
        if (c)
            return c;
    }
    return x->map.n < y->map.n ? -1 : x->map.n > y->map.n;
}

int value_cmp(const struct value *x, const struct value *y) {
    if (rank(x) != rank(y))
        return rank(x) < rank(y) ? -1 : 1;
    switch (x->type) {
    case VALUE_INT:
        if (y->type == VALUE_INT)
            return x->i < y->i ? -1 : x->i > y->i;
        return number_cmp((double)x->i, y->f);
    case VALUE_FLOAT: return number_cmp(x->f, y->type == VALUE_INT ? (double)y->i : y->f);
    case VALUE_STRING: return str_cmp(x->s, y->s);
    case VALUE_BOOL: return x->b - y->b;
    case VALUE_LIST: return list_cmp(x, y);
    case VALUE_MAP: return map_cmp(x, y);
    case VALUE_NULL: return 0;
    }
    return 0;
}

int path_element_cmp(const struct path_element *x, const struct path_element *y) {
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->kind == PATH_FIELD)
        return str_cmp(x->name, y->name);
    if (x->kind == PATH_INDEX)
        return x->index < y->index ? -1 : x->index > y->index;
    return value_cmp(x->value, y->value);
}

// As SMD's value.ToString.
static void value_print(struct buf *out, const struct value *v) {
    if (v->type == VALUE_STRING)
        go_quote(out, v->s);
    else if (v->type == VALUE_NULL)
        buf_puts(out, "null");
    else
        go_print(out, v);
}

void path_element_print(struct buf *out, const struct path_element *e) {
    switch (e->kind) {
    case PATH_FIELD:
        buf_putc(out, '.');
        buf_put_str(out, e->name);
        return;
    case PATH_KEY:
        buf_putc(out, '[');
        for (size_t i = 0; i < e->value->map.n; i++) {
            buf_fmt(out, "%s%s=", i ? "," : "", e->value->map.pairs[i].key.p);
            value_print(out, e->value->map.pairs[i].value);
        }
        buf_putc(out, ']');
        return;
    case PATH_VALUE:
        buf_puts(out, "[=");
        value_print(out, e->value);
        buf_putc(out, ']');
        return;
    case PATH_INDEX: buf_fmt(out, "[%lld]", (long long)e->index); return;
    }
}

char *path_text(struct arena *a, const struct path *p) {
    autobuf b = { 0 };
    for (size_t i = 0; i < p->n; i++)
        path_element_print(&b, &p->items[i]);
    return arena_text(a, buf_str(&b).p, b.n);
}

/* ---- one set ---- */

struct fieldset *fieldset_new(struct arena *a) {
    return arena_new(a, struct fieldset);
}

// Index of the first node that is not before e.
static size_t locate(const struct fieldset *s, const struct path_element *e) {
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (path_element_cmp(&s->nodes[middle].at, e) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct fieldset_node *fieldset_find(const struct fieldset *s, const struct path_element *e) {
    if (!s)
        return NULL;
    size_t i = locate(s, e);
    return i < s->n && !path_element_cmp(&s->nodes[i].at, e) ? &s->nodes[i] : NULL;
}

static struct fieldset_node *node_at(struct arena *a, struct fieldset *s, struct path_element e) {
    size_t i = locate(s, &e);
    if (i < s->n && !path_element_cmp(&s->nodes[i].at, &e))
        return &s->nodes[i];
    s->nodes = arena_grow(a, s->nodes, &s->cap, s->n + 1, sizeof *s->nodes);
    memmove(&s->nodes[i + 1], &s->nodes[i], (s->n - i) * sizeof *s->nodes);
    s->n++;
    s->nodes[i] = (struct fieldset_node) { .at = e };
    return &s->nodes[i];
}

void fieldset_insert_one(struct arena *a, struct fieldset *s, struct path_element e) {
    node_at(a, s, e)->member = true;
}

void fieldset_insert(struct arena *a, struct fieldset *s, const struct path *p) {
    for (size_t i = 0; i < p->n; i++) {
        struct fieldset_node *node = node_at(a, s, p->items[i]);
        if (i + 1 == p->n) {
            node->member = true;
        } else {
            if (!node->below)
                node->below = fieldset_new(a);
            s = node->below;
        }
    }
}

bool fieldset_has(const struct fieldset *s, const struct path *p) {
    const struct fieldset_node *node = NULL;
    for (size_t i = 0; i < p->n; i++) {
        node = fieldset_find(s, &p->items[i]);
        if (!node)
            return false;
        s = node->below;
    }
    return node && node->member;
}

bool fieldset_empty(const struct fieldset *s) {
    return !s || !s->n;
}

/* ---- operations: both sets are walked in step ---- */

static void node_keep(struct arena *a, struct fieldset *out, struct fieldset_node node) {
    if (fieldset_empty(node.below))
        node.below = NULL;
    if (!node.member && !node.below)
        return;
    out->nodes = arena_grow(a, out->nodes, &out->cap, out->n + 1, sizeof *out->nodes);
    out->nodes[out->n++] = node;
}

typedef struct fieldset_node (*node_fn)(struct arena *a, const struct fieldset_node *x,
                                        const struct fieldset_node *y);

// x or y is NULL where only the other set has the element.
static struct fieldset *zip(struct arena *a, const struct fieldset *x, const struct fieldset *y, node_fn fn) {
    static const struct fieldset none = { 0 };
    struct fieldset *out = fieldset_new(a);
    x = x ? x : &none;
    y = y ? y : &none;
    for (size_t i = 0, j = 0; i < x->n || j < y->n;) {
        int c = i == x->n ? 1 : j == y->n ? -1 : path_element_cmp(&x->nodes[i].at, &y->nodes[j].at);
        node_keep(a, out, fn(a, c <= 0 ? &x->nodes[i] : NULL, c >= 0 ? &y->nodes[j] : NULL));
        i += c <= 0;
        j += c >= 0;
    }
    return out;
}

static struct fieldset_node node_union(struct arena *a, const struct fieldset_node *x,
                                       const struct fieldset_node *y) {
    if (!x || !y)
        return x ? *x : *y;
    struct fieldset_node out = { .at = x->at, .member = x->member || y->member };
    out.below = !x->below ? y->below : !y->below ? x->below : fieldset_union(a, x->below, y->below);
    return out;
}

static struct fieldset_node node_intersection(struct arena *a, const struct fieldset_node *x,
                                              const struct fieldset_node *y) {
    if (!x || !y)
        return (struct fieldset_node) { 0 };
    struct fieldset_node out = { .at = x->at, .member = x->member && y->member };
    if (x->below && y->below)
        out.below = fieldset_intersection(a, x->below, y->below);
    return out;
}

static struct fieldset_node node_difference(struct arena *a, const struct fieldset_node *x,
                                            const struct fieldset_node *y) {
    if (!x || !y)
        return x ? *x : (struct fieldset_node) { 0 };
    struct fieldset_node out = { .at = x->at, .member = x->member && !y->member, .below = x->below };
    if (x->below && y->below)
        out.below = fieldset_difference(a, x->below, y->below);
    return out;
}

static struct fieldset_node node_without(struct arena *a, const struct fieldset_node *x,
                                         const struct fieldset_node *y) {
    if (!x || !y)
        return x ? *x : (struct fieldset_node) { 0 };
    if (y->member)
        return (struct fieldset_node) { 0 };
    struct fieldset_node out = *x;
    if (x->below && y->below)
        out.below = fieldset_without(a, x->below, y->below);
    return out;
}

struct fieldset *fieldset_union(struct arena *a, const struct fieldset *x, const struct fieldset *y) {
    return zip(a, x, y, node_union);
}

struct fieldset *fieldset_intersection(struct arena *a, const struct fieldset *x, const struct fieldset *y) {
    return zip(a, x, y, node_intersection);
}

struct fieldset *fieldset_difference(struct arena *a, const struct fieldset *x, const struct fieldset *y) {
    return zip(a, x, y, node_difference);
}

struct fieldset *fieldset_without(struct arena *a, const struct fieldset *x, const struct fieldset *y) {
    return zip(a, x, y, node_without);
}

static void each_below(struct arena *a, const struct fieldset *s, struct path *p, fieldset_fn fn, void *arg) {
    for (size_t i = 0; i < s->n; i++) {
        if (!s->nodes[i].member)
            continue;
        path_push(a, p, s->nodes[i].at);
        fn(arg, p);
        path_pop(p);
    }
    for (size_t i = 0; i < s->n; i++) {
        if (!s->nodes[i].below)
            continue;
        path_push(a, p, s->nodes[i].at);
        each_below(a, s->nodes[i].below, p, fn, arg);
        path_pop(p);
    }
}

void fieldset_each(struct arena *a, const struct fieldset *s, fieldset_fn fn, void *arg) {
    struct path p = { 0 };
    if (s)
        each_below(a, s, &p, fn, arg);
}
