// SPDX-License-Identifier: Apache-2.0
/* Objects: names, labels and annotations of the tree, and the history that hangs in the annotations. */
#include "common/kustomize/cache.h"
#include "common/kustomize/res.h"
#include "common/kustomize/schema.h"

/* ---- text maps ---- */
static struct kz_pair *pair_of(const struct kz_pairs *p, struct str key) {
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->items[i].key, key))
            return &p->items[i];
    return NULL;
}

const struct str *kz_pairs_get(const struct kz_pairs *p, const char *key) {
    const struct kz_pair *pair = pair_of(p, str_of(key));
    return pair ? &pair->value : NULL;
}

void kz_pairs_set(struct arena *a, struct kz_pairs *p, struct str key, struct str value) {
    struct kz_pair *pair = pair_of(p, key);
    if (!pair) {
        p->items = arena_grow(a, p->items, &p->cap, p->n + 1, sizeof *p->items);
        pair = &p->items[p->n++];
        pair->key = key;
    }
    pair->value = value;
}

void kz_pairs_remove(struct kz_pairs *p, const char *key) {
    struct kz_pair *pair = pair_of(p, str_of(key));
    if (pair)
        *pair = p->items[--p->n];
}

static int by_key(const void *x, const void *y) {
    const struct kz_pair *a = x, *b = y;
    return str_cmp(a->key, b->key);
}

void kz_pairs_sort(struct kz_pairs *p) {
    if (p->n)
        qsort(p->items, p->n, sizeof *p->items, by_key);
}

void kz_pairs_merge(struct arena *a, struct kz_pairs *to, const struct kz_pairs *from) {
    for (size_t i = 0; i < from->n; i++)
        kz_pairs_set(a, to, from->items[i].key, from->items[i].value);
}

/* ---- fields of the object ---- */
static struct kz_node *metadata(const struct kz_node *root) {
    struct kz_node *meta = kz_node_get(root, "metadata");
    return kz_node_empty(meta) ? NULL : meta;
}

static const char *meta_text(const struct kz_node *root, const char *key) {
    const struct kz_node *n = kz_node_get(metadata(root), key);
    return kz_node_empty(n) ? "" : n->value.p;
}

const char *kz_root_name(const struct kz_node *root) {
    return meta_text(root, "name");
}

const char *kz_root_namespace(const struct kz_node *root) {
    return meta_text(root, "namespace");
}

const char *kz_root_api_version(const struct kz_node *root) {
    return kz_node_text_at(root, "apiVersion", NULL);
}

const char *kz_root_kind(const struct kz_node *root) {
    return kz_node_text_at(root, "kind", NULL);
}

static struct kz_pairs meta_map(struct arena *a, const struct kz_node *root, const char *field) {
    struct kz_pairs p = { 0 };
    const struct kz_node *map = kz_node_get(metadata(root), field);
    if (!kz_node_is(map, KZ_MAP))
        return p;
    for (size_t i = 0; i + 1 < map->n; i += 2)
        kz_pairs_set(a, &p, map->content[i]->value, map->content[i + 1]->value);
    return p;
}

struct kz_pairs kz_root_labels(struct arena *a, const struct kz_node *root) {
    return meta_map(a, root, "labels");
}

struct kz_pairs kz_root_annotations(struct arena *a, const struct kz_node *root) {
    return meta_map(a, root, "annotations");
}

const struct str *kz_root_annotation(const struct kz_node *root, const char *key) {
    const struct kz_node *n = kz_node_get(kz_node_get(metadata(root), "annotations"), key);
    return n ? &n->value : NULL;
}

static bool set_meta_map(struct arena *a, struct kz_node *root, const char *field, struct kz_pairs *p,
                         struct err *err) {
    struct kz_node *meta = NULL, *map = NULL;
    if (!kz_node_ensure(a, root, STR("metadata"), KZ_MAP, &meta, err))
        return false;
    if (!kz_node_expect(a, meta, KZ_MAP, err))
        return false;
    kz_node_clear(meta, str_of(field));
    if (!p->n || kz_node_null(meta))
        return true;
    if (!kz_node_ensure(a, meta, str_of(field), KZ_MAP, &map, err))
        return false;
    kz_pairs_sort(p);
    for (size_t i = 0; i < p->n; i++)
        if (!kz_node_set(a, map, p->items[i].key, kz_node_string(a, p->items[i].value), 0, NULL, err))
            return false;
    return true;
}

bool kz_root_set_labels(struct arena *a, struct kz_node *root, struct kz_pairs *p, struct err *err) {
    return set_meta_map(a, root, "labels", p, err);
}

bool kz_root_set_annotations(struct arena *a, struct kz_node *root, struct kz_pairs *p, struct err *err) {
    return set_meta_map(a, root, "annotations", p, err);
}

static bool set_meta_text(struct arena *a, struct kz_node *root, const char *key, const char *text,
                          struct err *err) {
    struct kz_node *meta = NULL;
    if (!kz_node_ensure(a, root, STR("metadata"), KZ_MAP, &meta, err))
        return false;
    return kz_node_set(a, meta, str_of(key), kz_node_scalar(a, str_of(text)), 0, NULL, err);
}

bool kz_root_set_name(struct arena *a, struct kz_node *root, const char *name, struct err *err) {
    return set_meta_text(a, root, "name", name, err);
}

bool kz_root_set_namespace(struct arena *a, struct kz_node *root, const char *ns, struct err *err) {
    if (*ns)
        return set_meta_text(a, root, "namespace", ns, err);
    struct kz_node *meta = kz_node_get(root, "metadata");
    if (!kz_node_expect(a, meta, KZ_MAP, err))
        return false;
    kz_node_clear(meta, STR("namespace"));
    return true;
}

bool kz_root_set_text(struct arena *a, struct kz_node *root, const char *key, const char *text,
                      struct err *err) {
    return kz_node_set(a, root, str_of(key), kz_node_scalar(a, str_of(text)), 0, NULL, err);
}

bool kz_root_annotate(struct arena *a, struct kz_node *root, const char *key, struct str value,
                      struct err *err) {
    struct kz_node *meta = kz_node_get(root, "metadata"), *map = NULL, *text = kz_node_string(a, value);
    text->style = KZ_SINGLE;
    if (meta && !kz_node_null(meta)) {
        const struct kz_node *old = kz_node_get(meta, "annotations");
        if (!kz_node_expect(a, meta, KZ_MAP, err))
            return false;
        if (old && !old->n)
            kz_node_clear(meta, STR("annotations"));
    }
    if (meta && !meta->n)
        kz_node_clear(root, STR("metadata"));
    if (!kz_node_ensure(a, root, STR("metadata"), KZ_MAP, &meta, err) ||
        !kz_node_ensure(a, meta, STR("annotations"), KZ_MAP, &map, err))
        return false;
    return kz_node_set(a, map, str_of(key), text, 0, NULL, err);
}

bool kz_root_append_csv(struct arena *a, struct kz_node *root, const char *key, const char *value,
                        struct err *err) {
    if (!*value)
        return true;
    const struct str *old = kz_root_annotation(root, key);
    const char *text = old ? arena_fmt(a, "%s,%s", old->p, value) : value;
    return kz_root_annotate(a, root, key, str_of(text), err);
}

bool kz_root_enabled(const struct kz_node *root, const char *key) {
    const struct str *value = kz_root_annotation(root, key);
    return value && str_is(*value, "enabled");
}

bool kz_root_enable(struct arena *a, struct kz_node *root, const char *key, struct err *err) {
    struct kz_pairs p = kz_root_annotations(a, root);
    kz_pairs_set(a, &p, str_of(key), STR("enabled"));
    return kz_root_set_annotations(a, root, &p, err);
}

/* ---- validity ---- */
static void dump_map(struct buf *b, struct arena *a, const struct kz_node *root, const char *field) {
    struct kz_pairs p = meta_map(a, root, field);
    kz_pairs_sort(&p);
    buf_puts(b, "map[");
    for (size_t i = 0; i < p.n; i++)
        buf_fmt(b, "%s%s:%s", i ? " " : "", p.items[i].key.p, p.items[i].value.p);
    buf_puts(b, "]");
}

static const char *or_null(const struct kz_node *root, const char *key) {
    return kz_node_null(kz_node_get(root, key)) ? "" : kz_node_text_at(root, key, NULL);
}

static const char *dump_meta(struct arena *a, const struct kz_node *root) {
    struct buf b = { 0 };
    buf_fmt(&b, "{{%s %s} {{%s %s} ", or_null(root, "apiVersion"), or_null(root, "kind"), kz_root_name(root),
            kz_root_namespace(root));
    dump_map(&b, a, root, "labels");
    buf_puts(&b, " ");
    dump_map(&b, a, root, "annotations");
    buf_puts(&b, "}}");
    return buf_to_arena(&b, a).p;
}

bool kz_root_validate(struct arena *a, const struct kz_node *root, struct err *err) {
    static const char *const meta_fields[] = { "name", "namespace", "labels", "annotations" };
    if (kz_node_null(root))
        return true;
    const struct kz_node *meta = metadata(root);
    bool any = !kz_node_empty(kz_node_get(root, "apiVersion")) || !kz_node_empty(kz_node_get(root, "kind"));
    for (size_t i = 0; i < countof(meta_fields); i++)
        any |= !kz_node_empty(kz_node_get(meta, meta_fields[i]));
    if (!any)
        return err_set(err, ERR_INVALID, "missing Resource metadata");
    const char *kind = kz_node_text(kz_node_get(root, "kind")).p;
    if (!*kind)
        return err_set(err, ERR_INVALID, "missing kind in object %s", dump_meta(a, root));
    if (!text_ends(kind, "List") && !*kz_root_name(root))
        return err_set(err, ERR_INVALID, "missing metadata.name in object %s", dump_meta(a, root));
    return true;
}

/* ---- resources ---- */
struct kz_res *kz_res_new(struct kz *kz, struct kz_node *root) {
    struct kz_res *r = arena_new(kz->a, struct kz_res);
    r->root = root;
    kz->n_objects++;
    return r;
}

struct kz_res *kz_res_copy(struct kz *kz, const struct kz_res *r) {
    struct kz_res *c = kz_res_new(kz, kz_node_copy(kz->a, r->root));
    c->n_vars = c->cap_vars = r->n_vars;
    c->var_names = r->n_vars ? arena_copy(kz->a, r->var_names, r->n_vars * sizeof *r->var_names) : NULL;
    return c;
}

static size_t split_csv(struct arena *a, const struct str *text, const char ***out) {
    size_t n = 1;
    for (size_t i = 0; text && i < text->n; i++)
        n += text->p[i] == ',';
    const char **items = arena_array(a, const char *, n);
    struct str rest = text ? *text : STR(""), item;
    for (size_t i = 0; i < n; i++) {
        bool more = str_split(&rest, ',', &item);
        items[i] = more ? arena_text(a, item.p, item.n) : "";
    }
    *out = items;
    return n;
}

static void load_ids(struct kz *kz, struct kz_res *r) {
    const char **names, **spaces, **kinds;
    r->ids_known = true;
    r->n_prev = 0;
    r->cur.gvk = kz_gvk_at(kz, r->root);
    r->cur.gvk.cluster = kz_schema_cluster_scoped(kz, &r->cur.gvk);
    r->cur.name = kz_root_name(r->root);
    r->cur.ns = kz_root_namespace(r->root);
    const struct str *history = kz_root_annotation(r->root, KZ_ANNO_NAMES);
    if (!history)
        return;
    size_t n = split_csv(kz->a, history, &names);
    if (split_csv(kz->a, kz_root_annotation(r->root, KZ_ANNO_NAMESPACES), &spaces) != n ||
        split_csv(kz->a, kz_root_annotation(r->root, KZ_ANNO_KINDS), &kinds) != n) {
        kz->broken =
            "number of previous names, number of previous namespaces, number of previous kinds not equal";
        return;
    }
    r->prev = arena_array(kz->a, struct kz_id, n);
    r->n_prev = n;
    for (size_t i = 0; i < n; i++)
        r->prev[i] = (struct kz_id) {
            .gvk = { .group = r->cur.gvk.group, .version = r->cur.gvk.version, .kind = kinds[i] },
            .name = names[i],
            .ns = spaces[i]
        };
}

const struct kz_id *kz_res_cur(struct kz *kz, struct kz_res *r) {
    if (!r->ids_known)
        load_ids(kz, r);
    return &r->cur;
}

const struct kz_id *kz_res_prev(struct kz *kz, struct kz_res *r, size_t *out_n) {
    kz_res_cur(kz, r);
    *out_n = r->n_prev;
    return r->prev;
}

const struct kz_id *kz_res_org(struct kz *kz, struct kz_res *r) {
    kz_res_cur(kz, r);
    return r->n_prev ? &r->prev[0] : &r->cur;
}

bool kz_res_has_any_id(struct kz *kz, struct kz_res *r, const struct kz_id *id) {
    if (kz_node_empty(r->root))
        return false;
    if (kz_id_equal(kz_res_cur(kz, r), id))
        return true;
    for (size_t i = 0; i < r->n_prev; i++)
        if (kz_id_equal(&r->prev[i], id))
            return true;
    return false;
}

void kz_res_store_previous(struct kz *kz, struct kz_res *r) {
    struct err err = { .a = kz->a };
    struct kz_id id = *kz_res_cur(kz, r);
    if (!kz_root_append_csv(kz->a, r->root, KZ_ANNO_NAMES, id.name, &err) ||
        !kz_root_append_csv(kz->a, r->root, KZ_ANNO_NAMESPACES, kz_id_effective_ns(&id), &err) ||
        !kz_root_append_csv(kz->a, r->root, KZ_ANNO_KINDS, id.gvk.kind, &err))
        kz->broken = err.msg;
    kz_res_touch(r);
}
