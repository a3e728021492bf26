// SPDX-License-Identifier: Apache-2.0
// Schemas applied to objects: defaults and pruning.
#include "common/base/buf.h"
#include "deploy/local/sandbox/schema_node.h"

void paths_add(struct paths *p, const char *fmt, ...) {
    enum { MAX_PATHS = 100 };
    if (!p || p->n >= MAX_PATHS)
        return;
    p->items = arena_grow(p->a, p->items, &p->cap, p->n + 1, sizeof *p->items);
    va_list ap;
    va_start(ap, fmt);
    p->items[p->n++] = arena_vfmt(p->a, fmt, ap);
    va_end(ap);
}

struct schema *schema_property(const struct schema *s, struct str name) {
    size_t low = 0, high = s->n_properties;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = str_cmp(s->properties[middle].name, name);
        if (!c)
            return s->properties[middle].schema;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

struct schema *schema_of_key(const struct schema *s, struct str key) {
    struct schema *property = schema_property(s, key);
    return property ? property : s->additional;
}

/* ---- defaults ---- */

static bool is_refused_null(const struct value *v, const struct schema *s) {
    return v->type == VALUE_NULL && s && !s->nullable;
}

static void default_value(struct arena *a, const struct schema *s, struct value *v);

static void default_map(struct arena *a, const struct schema *s, struct value *v) {
    for (size_t i = 0; i < s->n_properties; i++) {
        const struct schema_property *p = &s->properties[i];
        if (!p->schema->fallback)
            continue;
        const struct value *there = value_get_n(v, p->name);
        if (!there || is_refused_null(there, p->schema))
            value_set_n(a, v, p->name, value_copy(a, p->schema->fallback));
    }
    for (size_t i = 0; i < v->map.n; i++) {
        struct value_pair *pair = &v->map.pairs[i];
        const struct schema *below = schema_of_key(s, pair->key);
        if (below && below == s->additional && below->fallback && is_refused_null(pair->value, below))
            pair->value = value_copy(a, below->fallback);
        if (below)
            default_value(a, below, pair->value);
    }
}

static void default_value(struct arena *a, const struct schema *s, struct value *v) {
    if (v->type == VALUE_MAP)
        default_map(a, s, v);
    for (size_t i = 0; v->type == VALUE_LIST && s->items && i < v->list.n; i++) {
        if (s->items->fallback && is_refused_null(v->list.items[i], s->items))
            v->list.items[i] = value_copy(a, s->items->fallback);
        default_value(a, s->items, v->list.items[i]);
    }
}

// Nulls that are neither allowed nor defaulted go.
static void drop_nulls(const struct schema *s, struct value *v) {
    for (size_t i = v->type == VALUE_MAP ? v->map.n : 0; i-- > 0;) {
        struct value_pair *pair = &v->map.pairs[i];
        const struct schema *below = s ? schema_of_key(s, pair->key) : NULL;
        if (is_refused_null(pair->value, below) && !below->fallback)
            value_remove(v, pair->key.p);
        else
            drop_nulls(below, pair->value);
    }
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        drop_nulls(s ? s->items : NULL, v->list.items[i]);
}

void schema_default(struct arena *a, const struct schema *s, struct value *tree) {
    default_value(a, s, tree);
    drop_nulls(s, tree);
}

/* ---- pruning ---- */

struct prune {
    struct paths *out;
    struct buf at; // "spec.list[0]"
};

static bool is_meta(struct str key) {
    return str_is(key, "apiVersion") || str_is(key, "kind") || str_is(key, "metadata");
}

static size_t enter(struct prune *p, struct str key) {
    size_t before = p->at.n;
    if (before)
        buf_putc(&p->at, '.');
    buf_put_str(&p->at, key);
    return before;
}

static size_t enter_item(struct prune *p, size_t i) {
    size_t before = p->at.n;
    buf_fmt(&p->at, "[%zu]", i);
    return before;
}

static void leave(struct prune *p, size_t before) {
    p->at.n = before;
}

static void prune_value(struct prune *p, const struct schema *s, struct value *v, bool embedded);

/* What is below a key: true when it may stay. Below x-kubernetes-preserve-unknown-fields unknown keys stay as they are, and known
 * ones are pruned. */
static bool prune_key(struct prune *p, const struct schema *s, struct value_pair *pair, bool embedded) {
    if (embedded && is_meta(pair->key))
        return true;
    const struct schema *below = s ? schema_property(s, pair->key) : NULL;
    bool known = below || (s && (s->additional || s->additional_any));
    if (!below && s)
        below = s->additional;
    size_t before = enter(p, pair->key);
    if (known)
        prune_value(p, below, pair->value, below && below->embedded);
    else if ((!s || !s->preserve_unknown) && (!is_meta(pair->key) || before))
        paths_add(p->out, "%s", p->at.p);
    leave(p, before);
    return known || (s && s->preserve_unknown);
}

static void prune_value(struct prune *p, const struct schema *s, struct value *v, bool embedded) {
    for (size_t i = 0; v->type == VALUE_MAP && i < v->map.n;) {
        struct str key = v->map.pairs[i].key;
        if (prune_key(p, s, &v->map.pairs[i], embedded))
            i++;
        else
            value_remove(v, key.p);
    }
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++) {
        if (s && s->preserve_unknown && !s->items)
            return;
        size_t before = enter_item(p, i);
        const struct schema *below = s ? s->items : NULL;
        prune_value(p, below, v->list.items[i], below && below->embedded);
        leave(p, before);
    }
}

static int text_order(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

void schema_prune(const struct schema *s, struct value *tree, struct paths *out) {
    struct prune p = { .out = out };
    prune_value(&p, s, tree, true);
    buf_done(&p.at);
    if (out && out->n)
        qsort(out->items, out->n, sizeof *out->items, text_order);
}
