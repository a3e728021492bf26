// SPDX-License-Identifier: Apache-2.0
/* Lists of objects: reading them, keeping current ids unique, looking up by any id, absorbing generated ones. */
#include "common/kustomize/res.h"
#include "common/value/json.h"

static const char *const internal_annotations[] = {
    KZ_ANNO_KINDS,
    KZ_ANNO_NAMES,
    KZ_ANNO_PREFIXES,
    KZ_ANNO_SUFFIXES,
    KZ_ANNO_NAMESPACES,
    KZ_ANNO_ALLOW_NAME,
    KZ_ANNO_ALLOW_KIND,
    "internal.config.kubernetes.io/refBy",
    KZ_ANNO_BEHAVIOR,
    KZ_ANNO_HASH,
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
    KZ_ANNO_HELM,
};

void kz_pairs_remove_internal(struct kz_pairs *p) {
    for (size_t i = 0; i < countof(internal_annotations); i++)
        kz_pairs_remove(p, internal_annotations[i]);
}

void kz_list_add(struct kz *kz, struct kz_list *l, struct kz_res *r) {
    l->items = arena_grow(kz->a, l->items, &l->cap, l->n + 1, sizeof *l->items);
    l->items[l->n++] = r;
}

/* ---- index of current ids ---- */
static void index_put(struct kz *kz, struct kz_list *l, size_t at) {
    size_t i = kz_id_hash(kz_res_cur(kz, l->items[at])) & (l->n_slots - 1);
    while (l->slots[i])
        i = (i + 1) & (l->n_slots - 1);
    l->slots[i] = (uint32_t)at + 1;
}

static void index_all(struct kz *kz, struct kz_list *l) {
    bool grow = l->n * 2 >= l->n_slots;
    if (grow || !l->n_indexed) {
        if (grow) {
            l->n_slots = l->n_slots ? l->n_slots : 16;
            while (l->n * 2 >= l->n_slots)
                l->n_slots *= 4;
            l->slots = arena_array(kz->a, uint32_t, l->n_slots);
        } else {
            memset(l->slots, 0, l->n_slots * sizeof *l->slots);
        }
        l->n_indexed = 0;
    }
    for (; l->n_indexed < l->n; l->n_indexed++)
        index_put(kz, l, l->n_indexed);
}

size_t kz_list_count_current(struct kz *kz, struct kz_list *l, const struct kz_id *id) {
    size_t count = 0;
    index_all(kz, l);
    for (size_t i = kz_id_hash(id) & (l->n_slots - 1); l->slots[i]; i = (i + 1) & (l->n_slots - 1))
        count += kz_id_equal(kz_res_cur(kz, l->items[l->slots[i] - 1]), id);
    return count;
}

bool kz_list_append(struct kz *kz, struct kz_list *l, struct kz_res *r, struct err *err) {
    const struct kz_id *id = kz_res_cur(kz, r);
    if (l->n && kz_list_count_current(kz, l, id))
        return err_set(err, ERR_INVALID, "may not add resource with an already registered id: %s",
                       kz_id_text(kz->a, id));
    if (kz->n_objects > kz->max_objects)
        return err_set(err, ERR_LIMIT, "more than %zu objects", kz->max_objects);
    kz_list_add(kz, l, r);
    return true;
}

bool kz_list_append_all(struct kz *kz, struct kz_list *l, const struct kz_list *from, struct err *err) {
    for (size_t i = 0; i < from->n; i++)
        if (!kz_list_append(kz, l, from->items[i], err))
            return false;
    return true;
}

void kz_list_drop_empty(struct kz_list *l) {
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++)
        if (!kz_node_empty(l->items[i]->root))
            l->items[n++] = l->items[i];
    if (n != l->n)
        kz_list_touch(l);
    l->n = n;
}

bool kz_list_by_any_id(struct kz *kz, struct kz_list *l, const struct kz_id *id, struct kz_res **out,
                       struct err *err) {
    size_t found = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (!kz_res_has_any_id(kz, l->items[i], id))
            continue;
        found++;
        *out = l->items[i];
    }
    if (found == 1)
        return true;
    const char *text = kz_id_text(kz->a, id);
    return err_set(err, ERR_INVALID, "%s matches for Id %s; failed to find unique target for patch %s",
                   found ? "multiple" : "no", text, text);
}

/* ---- generated objects ---- */
static struct kz_pairs data_map(struct arena *a, const struct kz_node *root, const char *field) {
    struct kz_pairs p = { 0 };
    const struct kz_node *map = kz_node_get(root, field);
    if (!kz_node_is(map, KZ_MAP))
        return p;
    for (size_t i = 0; i + 1 < map->n; i += 2)
        kz_pairs_set(a, &p, kz_node_text(map->content[i]), kz_node_text(map->content[i + 1]));
    return p;
}

static bool merge_data(struct arena *a, struct kz_node *root, const struct kz_node *old, const char *field,
                       struct err *err) {
    struct kz_pairs p = data_map(a, old, field), own = data_map(a, root, field);
    kz_pairs_merge(a, &p, &own);
    kz_node_clear(root, str_of(field));
    if (!p.n)
        return true;
    struct kz_node *map = NULL;
    if (!kz_node_ensure(a, root, str_of(field), KZ_MAP, &map, err))
        return false;
    kz_pairs_sort(&p);
    for (size_t i = 0; i < p.n; i++) {
        struct kz_node *v = kz_node_scalar(a, p.items[i].value);
        v->tag = KZ_TAG_STR;
        v->style = str_chr(v->value, '\n') >= 0 ? KZ_LITERAL : 0;
        if (!kz_node_set(a, map, p.items[i].key, v, 0, NULL, err))
            return false;
    }
    return true;
}

/* The new object takes name, namespace, labels and annotations of the old one (its own win), and the old one's history. */
bool kz_res_take_metadata(struct kz *kz, struct kz_res *r, const struct kz_res *old, struct err *err) {
    struct arena *a = kz->a;
    struct kz_pairs labels = kz_root_labels(a, old->root), own = kz_root_labels(a, r->root);
    kz_pairs_merge(a, &labels, &own);
    if (!kz_root_set_labels(a, r->root, &labels, err))
        return err_wrap(err, "copyMerge cannot set labels");
    struct kz_pairs theirs = kz_root_annotations(a, old->root), merged = kz_root_annotations(a, old->root);
    own = kz_root_annotations(a, r->root);
    bool hash = kz_pairs_get(&own, KZ_ANNO_HASH) != NULL;
    kz_pairs_merge(a, &merged, &own);
    kz_pairs_remove_internal(&merged);
    for (size_t i = 0; i < countof(internal_annotations); i++) {
        const struct str *v = kz_pairs_get(&theirs, internal_annotations[i]);
        if (v && (hash || strcmp(internal_annotations[i], KZ_ANNO_HASH)))
            kz_pairs_set(a, &merged, str_of(internal_annotations[i]), *v);
    }
    if (!kz_root_set_annotations(a, r->root, &merged, err) ||
        !kz_root_set_name(a, r->root, kz_root_name(old->root), err) ||
        !kz_root_set_namespace(a, r->root, kz_root_namespace(old->root), err))
        return false;
    r->n_vars = r->cap_vars = old->n_vars;
    r->var_names = old->n_vars ? arena_copy(a, old->var_names, old->n_vars * sizeof *old->var_names) : NULL;
    kz_res_touch(r);
    return true;
}

static const char *behavior_of(const struct kz_res *r) {
    static const char *const known[] = { "create", "replace", "merge" };
    const struct str *text = kz_root_annotation(r->root, KZ_ANNO_BEHAVIOR);
    for (size_t i = 0; text && i < countof(known); i++)
        if (str_is(*text, known[i]))
            return known[i];
    return "unspecified";
}

static bool merge_into(struct kz *kz, struct kz_list *l, size_t at, struct kz_res *r, const char *behavior,
                       struct err *err) {
    struct kz_res *old = l->items[at];
    bool merge = !strcmp(behavior, "merge");
    const struct str *origin = kz_root_annotation(old->root, KZ_ANNO_ORIGIN);
    if (!kz_res_take_metadata(kz, r, old, err))
        return false;
    if (merge && (!merge_data(kz->a, r->root, old->root, "data", err) ||
                  !merge_data(kz->a, r->root, old->root, "binaryData", err)))
        return false;
    if (merge && origin) {
        struct kz_pairs p = kz_root_annotations(kz->a, r->root);
        kz_pairs_set(kz->a, &p, STR(KZ_ANNO_ORIGIN), *origin);
        if (!kz_root_set_annotations(kz->a, r->root, &p, err))
            return false;
    }
    kz_res_touch(r);
    l->items[at] = r;
    kz_list_touch(l);
    return true;
}

static bool absorb(struct kz *kz, struct kz_list *l, struct kz_res *r, struct err *err) {
    const struct kz_id *id = kz_res_cur(kz, r);
    const char *behavior = behavior_of(r);
    bool overlay = !strcmp(behavior, "merge") || !strcmp(behavior, "replace");
    size_t found = 0, at = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (!kz_res_has_any_id(kz, l->items[i], id))
            continue;
        found++;
        at = i;
    }
    if (found > 1)
        return err_set(err, ERR_INVALID, "found multiple objects that could accept merge of %s",
                       kz_id_text(kz->a, id));
    if (!found && overlay)
        return err_set(err, ERR_INVALID, "id %s does not exist; cannot merge or replace",
                       kz_id_dump(kz->a, id));
    if (!found)
        return kz_list_append(kz, l, r, err);
    if (!overlay)
        return err_set(err, ERR_INVALID,
                       "id %s exists; can not use behavior: '%s', behavior must be merge or replace",
                       kz_id_dump(kz->a, id), behavior);
    return merge_into(kz, l, at, r, behavior, err);
}

bool kz_list_absorb_all(struct kz *kz, struct kz_list *l, const struct kz_list *from, struct err *err) {
    for (size_t i = 0; i < from->n; i++)
        if (!absorb(kz, l, from->items[i], err))
            return false;
    return true;
}

/* ---- reading ---- */
struct queue {
    struct kz_node **items;
    size_t n, cap;
};

static bool enqueue(struct kz *kz, struct queue *q, struct kz_node **nodes, size_t n, struct err *err) {
    for (size_t i = 0; i < n; i++) {
        if (kz_node_empty(nodes[i]))
            continue;
        if (!kz_root_validate(kz->a, nodes[i], err))
            return false;
        q->items = arena_grow(kz->a, q->items, &q->cap, q->n + 1, sizeof(struct kz_node *));
        q->items[q->n++] = nodes[i];
    }
    return true;
}

static const char *go_type(const struct value *v) {
    switch (v->type) {
    case VALUE_NULL: return "<nil>";
    case VALUE_BOOL: return "bool";
    case VALUE_INT: return "int";
    case VALUE_FLOAT: return "float64";
    case VALUE_STRING: return "string";
    case VALUE_LIST: return "[]interface {}";
    case VALUE_MAP: return "map[string]interface {}";
    }
    return "";
}

// The items of a FooList go to the end of the queue. *out_keep: it has no items and is an object of its own.
static bool expand_list(struct kz *kz, struct queue *q, const struct kz_node *n, bool *out_keep,
                        struct err *err) {
    const char *kind = kz_root_kind(n);
    struct value *v = NULL;
    *out_keep = false;
    if (!kz_node_to_value(kz->a, n, &v, err))
        return err_wrap(err, "trouble expanding list of %s; received error", kind);
    const struct value *items = value_get(v, "items");
    *out_keep = !items;
    if (!items || items->type == VALUE_NULL)
        return true;
    if (items->type != VALUE_LIST)
        return err_set(err, ERR_INVALID, "expected array in %s/items, but found %s", kind, go_type(items));
    for (size_t i = 0; i < items->list.n; i++) {
        struct kz_node **nodes = NULL;
        size_t n_nodes = 0;
        struct str text = json_text(kz->a, items->list.items[i], JSON_SORT_KEYS | JSON_GO_FLOATS);
        if (!kz_nodes_read(kz->a, text, &nodes, &n_nodes, err) || !enqueue(kz, q, nodes, n_nodes, err))
            return false;
    }
    return kz_within_limits(kz, err);
}

bool kz_list_read(struct kz *kz, struct str text, struct kz_list *out, struct err *err) {
    struct kz_node **nodes = NULL;
    size_t n = 0;
    struct queue q = { 0 };
    if (!kz_nodes_read(kz->a, text, &nodes, &n, err) || !enqueue(kz, &q, nodes, n, err))
        return false;
    for (size_t i = 0; i < q.n; i++) {
        bool keep = true;
        if (text_ends(kz_root_kind(q.items[i]), "List") && !expand_list(kz, &q, q.items[i], &keep, err))
            return false;
        if (keep)
            kz_list_add(kz, out, kz_res_new(kz, q.items[i]));
    }
    return true;
}

bool kz_yaml_fault(struct err *err, const char *path) {
    const char *msg = err->msg;
    enum err_kind kind = err->kind;
    bool format = strstr(msg, "error converting YAML to JSON") || strstr(msg, "error unmarshaling JSON");
    if (!format && !strstr(msg, "MalformedYAMLError"))
        return false;
    err_clear(err);
    if (format)
        return err_set(err, kind, "YAML file [%s] encounters a format error.\n%s\n", path, msg);
    return err_set(err, kind, "%s in File: %s", msg, path);
}
