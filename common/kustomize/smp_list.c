// SPDX-License-Identifier: Apache-2.0
/* Strategic merge of lists by key. The procedure is kyaml's step by step, because the order of the result and what is lost
 * on the way depend on it. Upstream: kyaml/yaml/walk/associative_sequence.go, kyaml/yaml/fns.go#ElementSetter */
#include "common/kustomize/smp_list.h"

#define MERGE_MAX 20000 // items; the procedure is quadratic

/* ---- one element ---- */
// Does the element have field `key` (with that text, unless empty)? An error when it should be a scalar and is not.
static bool field_matches(struct arena *a, const struct kz_node *elem, const char *key, struct str text,
                          bool *out, struct err *err) {
    *out = false;
    if (kz_node_null(elem))
        return true;
    if (!*key) {
        if (!kz_node_expect(a, elem, KZ_SCALAR, err))
            return false;
        *out = str_eq(elem->value, text);
        return true;
    }
    if (!kz_node_expect(a, elem, KZ_MAP, err))
        return false;
    const struct kz_node *v = kz_node_get(elem, key);
    *out = v && (!text.n || str_eq(v->value, text));
    return true;
}

static bool element_matches(struct arena *a, const struct kz_node *elem, const char *const *keys,
                            size_t n_keys, const struct str *values, size_t n_values, bool *out,
                            struct err *err) {
    bool found = false; // stays as it is for keys without a value
    for (size_t j = 0; j < n_keys; j++) {
        if (j < n_values && !field_matches(a, elem, keys[j], values[j], &found, err))
            return false;
        if (!found)
            break;
    }
    *out = found;
    return true;
}

bool kz_list_set_element(struct arena *a, struct kz_node *list, struct kz_node *element,
                         const char *const *keys, size_t n_keys, const struct str *values, size_t n_values,
                         struct err *err) {
    if (!kz_node_expect(a, list, KZ_SEQ, err))
        return false;
    struct kz_node kept = { .kind = KZ_SEQ };
    bool by_map = *keys[0] && n_values && values[0].n, any = false;
    for (size_t i = 0; i < list->n; i++) {
        struct kz_node *elem = list->content[i];
        bool match = false;
        if (kz_node_null(elem) || (elem->kind == KZ_MAP && !elem->n))
            continue;
        if (elem->kind != KZ_MAP && by_map) {
            kz_node_append(a, &kept, elem);
            continue;
        }
        if (!element_matches(a, elem, keys, n_keys, values, n_values, &match, err))
            return false;
        if (!match && n_values)
            kz_node_append(a, &kept, elem);
        if (match && element)
            kz_node_append(a, &kept, element);
        any |= match;
    }
    if (!kz_node_null(element) && !any)
        kz_node_append(a, &kept, element);
    list->content = kept.content;
    list->n = kept.n;
    list->cap = kept.cap;
    return true;
}

// The first map with exactly these fields, or scalar with that text.
static struct kz_node *find_element(const struct kz_node *list, const char *const *keys,
                                    const struct str *values, size_t n) {
    for (size_t i = 0; kz_node_is(list, KZ_SEQ) && i < list->n; i++) {
        struct kz_node *elem = list->content[i];
        if (!*keys[0]) {
            if (str_eq(elem->value, values[0]))
                return elem;
            continue;
        }
        bool all = elem->kind == KZ_MAP && elem->tag != KZ_TAG_NULL;
        for (size_t j = 0; all && j < n; j++) {
            const struct kz_node *v = kz_node_get(elem, keys[j]);
            all = v && str_eq(v->value, values[j]);
        }
        if (all)
            return elem;
    }
    return NULL;
}

/* ---- key values ---- */
struct tuples {
    struct str *v; // n rows of width
    size_t n, width;
    uint32_t *slots; // rows by hash, while collecting
    size_t n_slots;
};

static uint64_t row_hash(const struct tuples *t, const struct str *row) {
    uint64_t h = 1469598103934665603ull;
    for (size_t j = 0; j < t->width; j++) {
        for (size_t i = 0; i < row[j].n; i++)
            h = (h ^ (unsigned char)row[j].p[i]) * 1099511628211ull;
        h = (h ^ 0x100) * 1099511628211ull;
    }
    return h ^ h >> 29;
}

static bool rows_equal(const struct tuples *t, const struct str *x, const struct str *y) {
    for (size_t j = 0; j < t->width; j++)
        if (!str_eq(x[j], y[j]))
            return false;
    return true;
}

static void add_row(struct tuples *t, const struct str *row) {
    size_t i = row_hash(t, row) & (t->n_slots - 1);
    for (; t->slots[i]; i = (i + 1) & (t->n_slots - 1))
        if (rows_equal(t, row, t->v + (t->slots[i] - 1) * t->width))
            return;
    memcpy(t->v + t->n * t->width, row, t->width * sizeof *row);
    t->slots[i] = (uint32_t)++t->n;
}

static void collect(struct tuples *t, const struct kz_node *list, const char *const *keys) {
    for (size_t i = 0; kz_node_is(list, KZ_SEQ) && i < list->n; i++) {
        struct str row[KZ_SMP_KEYS];
        for (size_t j = 0; j < t->width; j++) {
            const struct kz_node *v = *keys[j] ? kz_node_get(list->content[i], keys[j]) : list->content[i];
            bool empty = *keys[j] ? kz_node_empty(v) : false;
            row[j] = empty ? STR("") : v->value;
        }
        add_row(t, row);
    }
}

// Do the rows agree in one position at least, and nowhere contradict? *out: their union.
static bool rows_match(size_t width, const struct str *x, const struct str *y, struct str *out) {
    bool common = false;
    for (size_t j = 0; j < width; j++) {
        if (str_eq(x[j], y[j]))
            common = true;
        else if (x[j].n && y[j].n)
            return false;
        out[j] = x[j].n ? x[j] : y[j];
    }
    return common;
}

static void unite_rows(struct tuples *t) {
    for (size_t i = 0; i < t->n; i++) {
        struct str mine[KZ_SMP_KEYS], both[KZ_SMP_KEYS];
        memcpy(mine, t->v + i * t->width, t->width * sizeof *mine);
        for (size_t j = 0; j < t->n; j++) {
            if (!rows_match(t->width, mine, t->v + j * t->width, both))
                continue;
            memcpy(t->v + i * t->width, both, t->width * sizeof *both);
            memcpy(t->v + j * t->width, both, t->width * sizeof *both);
        }
    }
}

struct pick { // keys with a value, and the values
    const char *keys[KZ_SMP_KEYS];
    struct str values[KZ_SMP_KEYS];
    size_t columns[KZ_SMP_KEYS], n_keys;
};

/* Keys that have a value in any of the rows; all of them when none has. */
static struct pick pick_keys(const struct str *rows, size_t n_rows, size_t width, const char *const *keys) {
    struct pick p = { 0 };
    bool used[KZ_SMP_KEYS] = { false }, any = false;
    for (size_t i = 0; i < n_rows; i++)
        for (size_t j = 0; j < width; j++)
            if (rows[i * width + j].n)
                used[j] = any = true;
    for (size_t j = 0; j < width; j++) {
        if (any && !used[j])
            continue;
        p.columns[p.n_keys] = j;
        p.keys[p.n_keys++] = keys[j];
    }
    return p;
}

static void pick_values(struct pick *p, const struct str *row) {
    for (size_t j = 0; j < p->n_keys; j++)
        p->values[j] = row[p->columns[j]];
}

/* ---- the merge ---- */
static bool append_rest(struct arena *a, struct kz_node *to, const struct kz_node *from, const struct pick *p,
                        struct err *err) {
    static const char *const by_value[] = { "" };
    size_t n = from->n;
    struct kz_node **items =
        arena_copy(a, from->content ? (const void *)from->content : "", n * sizeof *items);
    for (size_t i = 0; i < n; i++) {
        struct kz_node *elem = items[i];
        struct str values[KZ_SMP_KEYS];
        size_t n_values = 0;
        if (!*p->keys[0]) {
            if (!kz_list_set_element(a, to, elem, by_value, 1, &elem->value, 1, err))
                return false;
            continue;
        }
        for (size_t j = 0; j < p->n_keys; j++) {
            if (!kz_node_expect(a, elem, KZ_MAP, err))
                return false;
            const struct kz_node *v = kz_node_null(elem) ? NULL : kz_node_get(elem, p->keys[j]);
            if (v)
                values[n_values++] = v->value;
            else
                kz_node_append(a, to, elem);
        }
        if (p->n_keys > 1 && !kz_list_set_element(a, to, NULL, p->keys, p->n_keys, values, n_values, err))
            return false;
        if (!kz_list_set_element(a, to, elem, p->keys, p->n_keys, values, n_values, err))
            return false;
    }
    return true;
}

static bool complete_keys(struct arena *a, struct kz_node *item, const struct pick *p, struct err *err) {
    for (size_t i = 0; i < p->n_keys; i++)
        if (!kz_node_get(item, p->keys[i]) && p->values[i].n && item->kind == KZ_MAP &&
            !kz_node_set(a, item, str_of(p->keys[i]), kz_node_scalar(a, p->values[i]), 0, NULL, err))
            return false;
    return true;
}

static bool merge_row(struct kz_smp *s, const struct kz_schema *items, const struct pick *p,
                      struct kz_node *dest, struct kz_node *patch, struct kz_node *result, unsigned depth,
                      struct err *err) {
    struct arena *a = s->kz->a;
    struct pick own = pick_keys(p->values, 1, p->n_keys, p->keys);
    pick_values(&own, p->values);
    struct kz_node *have = find_element(dest, own.keys, own.values, own.n_keys);
    struct kz_node *want = find_element(patch, own.keys, own.values, own.n_keys), *item = NULL;
    if (!kz_smp_walk(s, *items, have, want, depth + 1, &item, err))
        return false;
    if (kz_node_null(item) || (item->kind == KZ_MAP && !item->n))
        return kz_list_set_element(a, dest, NULL, p->keys, p->n_keys, p->values, p->n_keys, err);
    return (!*p->keys[0] || complete_keys(a, item, p, err)) &&
           kz_list_set_element(a, result, item, p->keys, p->n_keys, p->values, p->n_keys, err);
}

bool kz_smp_merge_lists(struct kz_smp *s, const struct kz_schema *schema, const char *const *keys,
                        size_t n_keys, struct kz_node *dest, struct kz_node *patch, unsigned depth,
                        struct kz_node **out, struct err *err) {
    static const char *const by_value[] = { "" };
    struct arena *a = s->kz->a;
    if (!kz_smp_visit_list(a, dest, patch, &dest, err))
        return false;
    *out = dest;
    if (!dest)
        return true;
    struct kz_schema items = kz_schema_items(s->kz, schema);
    keys = n_keys ? keys : by_value;
    struct tuples t = { .width = n_keys ? n_keys : 1, .n_slots = 16 };
    size_t most = dest->n + (patch ? patch->n : 0);
    if (most > MERGE_MAX)
        return err_set(err, ERR_LIMIT, "list of %zu items is too long to merge by key (limit %d)", most,
                       MERGE_MAX);
    while (t.n_slots < most * 2 + 2)
        t.n_slots *= 2;
    t.slots = arena_array(a, uint32_t, t.n_slots);
    t.v = arena_array(a, struct str, (most + 1) * t.width);
    collect(&t, patch, keys);
    collect(&t, dest, keys);
    if (n_keys > 1)
        unite_rows(&t);
    struct kz_node *result = kz_node_new(a, KZ_SEQ);
    struct pick p = pick_keys(t.v, t.n, t.width, keys);
    for (size_t i = 0; i < t.n; i++) {
        pick_values(&p, t.v + i * t.width);
        if (!merge_row(s, &items, &p, dest, patch, result, depth, err))
            return false;
    }
    if (t.n) {
        if (!append_rest(a, result, dest, &p, err))
            return false;
        *out = result;
    }
    if (kz_node_null(*out))
        *out = NULL;
    return true;
}
