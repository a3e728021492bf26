// SPDX-License-Identifier: Apache-2.0
/* Transformers of names, namespaces, labels and annotations. */
#include "common/kustomize/cache.h"
#include "common/kustomize/path.h"
#include "common/kustomize/generate.h"
#include "common/kustomize/schema.h"
#include "common/kustomize/xform.h"
#include "common/value/json.h"

const char *kz_root_json(struct kz *kz, const struct kz_node *root) {
    struct value *v = NULL;
    struct err err = { .a = kz->a };
    if (!kz_node_to_value(kz->a, root, &v, &err))
        return arena_fmt(kz->a, "<%s>", err.msg);
    return json_text(kz->a, v, JSON_SORT_KEYS | JSON_ESCAPE_HTML | JSON_GO_FLOATS).p;
}

/* ---- setters ---- */
struct text_setter {
    struct kz *kz;
    const char *before, *text, *after; // the new text is before + (text or the old one) + after
    bool keep_old, only_empty;
    enum kz_tag tag;
};

static bool set_text(void *arg, struct kz_node *n, struct err *err) {
    struct text_setter *s = arg;
    if (s->only_empty && kz_node_is(n, KZ_SCALAR) && kz_node_text(n).n)
        return true;
    const char *middle = s->keep_old ? n->value.p : s->text;
    struct kz_node *v =
        kz_node_scalar(s->kz->a, str_of(arena_fmt(s->kz->a, "%s%s%s", s->before, middle, s->after)));
    v->tag = (uint8_t)s->tag;
    return kz_node_set_scalar(s->kz->a, n, v, err);
}

/* ---- namespace ---- */
struct id_counts { // how many objects have each current id
    struct kz_id *ids;
    uint32_t *counts;
    size_t n_slots;
};

static size_t count_slot(const struct id_counts *c, const struct kz_id *id) {
    size_t i = kz_id_hash(id) & (c->n_slots - 1);
    while (c->ids[i].name && !kz_id_equal(&c->ids[i], id))
        i = (i + 1) & (c->n_slots - 1);
    return i;
}

static uint32_t count_add(struct id_counts *c, const struct kz_id *id, int by) {
    size_t i = count_slot(c, id);
    c->ids[i] = *id;
    c->counts[i] += (uint32_t)by;
    return c->counts[i];
}

static void count_all(struct kz *kz, struct id_counts *c, struct kz_list *l) {
    c->n_slots = 16;
    while (c->n_slots < l->n * 4)
        c->n_slots *= 2;
    c->ids = arena_array(kz->a, struct kz_id, c->n_slots);
    c->counts = arena_array(kz->a, uint32_t, c->n_slots);
    for (size_t i = 0; i < l->n; i++)
        count_add(c, kz_res_cur(kz, l->items[i]), 1);
}

static bool is_binding(const char *kind) {
    return !strcmp(kind, "RoleBinding") || !strcmp(kind, "ClusterRoleBinding");
}

static bool set_subject(struct kz *kz, struct kz_node *subject, bool accounts, struct text_setter *s,
                        struct err *err) {
    if (!kz_node_expect(kz->a, subject, KZ_MAP, err))
        return false;
    struct kz_node *n = kz_node_null(subject) ? NULL : kz_node_get(subject, accounts ? "kind" : "name");
    if (kz_node_null(n))
        return true;
    if (!kz_node_expect(kz->a, n, KZ_SCALAR, err))
        return err_wrap(err, "looking up %s on (cluster)role binding subject", accounts ? "kind" : "name");
    if (!str_is(n->value, accounts ? "ServiceAccount" : "default"))
        return true;
    struct kz_node *ns = NULL;
    return kz_node_ensure(kz->a, subject, STR("namespace"), KZ_SCALAR, &ns, err) && set_text(s, ns, err);
}

static bool set_subjects(struct kz *kz, const struct kz_namespace_conf *c, struct kz_node *root,
                         struct text_setter *s, struct err *err) {
    if (!strcmp(c->subjects, "none"))
        return true;
    struct kz_node *list = kz_node_get(root, "subjects");
    bool accounts = !strcmp(c->subjects, "allServiceAccounts");
    if (kz_node_null(list))
        return true;
    if (!kz_node_expect(kz->a, list, KZ_SEQ, err))
        return err_wrap(err, "setting namespace on (cluster)role binding subjects");
    for (size_t i = 0; i < list->n; i++)
        if (!set_subject(kz, list->content[i], accounts, s, err))
            return err_wrap(err, "setting namespace on (cluster)role binding subjects");
    return true;
}

static bool skip_spec(const struct kz_spec *s, bool core_v1, bool binding) {
    return !strcmp(s->path, "metadata/namespace") || (!core_v1 && !strcmp(s->path, "metadata/name")) ||
           (binding && is_binding(s->kind) && !strcmp(s->path, "subjects/namespace"));
}

bool kz_namespace_filter(struct kz *kz, const struct kz_namespace_conf *c, struct kz_node *root,
                         struct err *err) {
    static const struct kz_spec own = { "", "", "", "metadata/namespace", true };
    struct text_setter s = {
        .kz = kz, .before = "", .text = c->ns, .after = "", .only_empty = c->unset_only, .tag = KZ_TAG_STR
    };
    struct kz_setter setter = { .set = set_text, .arg = &s, .create_kind = KZ_SCALAR };
    struct kz_gvk g = kz_gvk_at(kz, root);
    bool binding = is_binding(g.kind), core_v1 = !strcmp(kz_root_api_version(root), "v1");
    g.cluster = kz_schema_cluster_scoped(kz, &g);
    if (!g.cluster && !kz_spec_apply(kz, root, &own, &setter, err))
        return false;
    if (binding && !set_subjects(kz, c, root, &s, err))
        return false;
    setter.create_tag = KZ_TAG_STR;
    for (size_t i = 0; i < c->specs.n; i++) {
        if (skip_spec(&c->specs.items[i], core_v1, binding) ||
            kz_spec_apply(kz, root, &c->specs.items[i], &setter, err))
            continue;
        bool kind = strstr(err->msg, "wrong node kind: expected") && !strstr(err->msg, "but got ScalarNode");
        return err_wrap(err, "%s",
                        kind ? "namespace field specs must target scalar nodes"
                             : "namespace transformation failed");
    }
    return true;
}

static const char *conflicts(struct kz *kz, struct kz_list *l, const struct kz_id *id) {
    struct buf b = { 0 };
    for (size_t i = 0; i < l->n; i++)
        if (kz_id_equal(kz_res_cur(kz, l->items[i]), id))
            buf_fmt(&b, "%s%s", b.n ? " " : "", kz_root_json(kz, l->items[i]->root));
    return buf_to_arena(&b, kz->a).p;
}

bool kz_run_namespace(struct kz *kz, const void *conf, struct kz_list *l, struct err *err) {
    const struct kz_namespace_conf *c = conf;
    struct id_counts counts;
    if (!*c->ns)
        return true;
    count_all(kz, &counts, l);
    kz_list_touch(l);
    for (size_t i = 0; i < l->n; i++) {
        struct kz_res *r = l->items[i];
        const struct str *helm = kz_root_annotation(r->root, KZ_ANNO_HELM);
        if (kz_node_empty(r->root) || (helm && str_is(*helm, "true")))
            continue;
        count_add(&counts, kz_res_cur(kz, r), -1);
        kz_res_store_previous(kz, r);
        if (!kz_namespace_filter(kz, c, r->root, err))
            return false;
        kz_res_touch(r);
        if (count_add(&counts, kz_res_cur(kz, r), 1) != 1)
            return err_set(err, ERR_INVALID, "namespace transformation produces ID conflict: [%s]",
                           conflicts(kz, l, kz_res_cur(kz, r)));
    }
    return true;
}

/* ---- prefix and suffix ---- */
static bool never_renamed(const struct kz_gvk *g) {
    return !strcmp(g->kind, "CustomResourceDefinition") || !strcmp(g->kind, "Namespace") ||
           (!strcmp(g->kind, "APIService") && !strcmp(g->group, "apiregistration.k8s.io"));
}

static bool affix_one(struct kz *kz, const struct kz_affix_conf *c, struct kz_res *r, bool prefix,
                      struct err *err) {
    struct kz_gvk original = kz_res_org(kz, r)->gvk;
    struct text_setter s = {
        .kz = kz, .before = prefix ? c->text : "", .after = prefix ? "" : c->text, .keep_old = true
    };
    struct kz_setter setter = {
        .set = set_text, .arg = &s, .create_kind = KZ_SCALAR, .create_tag = KZ_TAG_STR
    };
    if (never_renamed(&original))
        return true;
    for (size_t i = 0; i < c->specs.n; i++) {
        const struct kz_spec *spec = &c->specs.items[i];
        if (!kz_spec_selects(spec, &original))
            continue;
        if (!strcmp(spec->path, "metadata/name") && *c->text) {
            if (!kz_root_append_csv(kz->a, r->root, prefix ? KZ_ANNO_PREFIXES : KZ_ANNO_SUFFIXES, c->text,
                                    err))
                return false;
            kz_res_store_previous(kz, r);
        }
        if (!kz_spec_apply(kz, r->root, spec, &setter, err))
            return false;
        kz_res_touch(r);
    }
    return true;
}

static bool affix_all(struct kz *kz, const struct kz_affix_conf *c, struct kz_list *l, bool prefix,
                      struct err *err) {
    kz_list_touch(l);
    for (size_t i = 0; i < l->n; i++)
        if (!affix_one(kz, c, l->items[i], prefix, err))
            return false;
    return true;
}

bool kz_run_prefix(struct kz *kz, const void *conf, struct kz_list *l, struct err *err) {
    return affix_all(kz, conf, l, true, err);
}

bool kz_run_suffix(struct kz *kz, const void *conf, struct kz_list *l, struct err *err) {
    return affix_all(kz, conf, l, false, err);
}

/* ---- labels and annotations ---- */
struct entry_setter {
    struct kz *kz;
    struct str key;
    struct kz_node *value; // one node for all places of an object, as upstream
};

static bool set_entry(void *arg, struct kz_node *n, struct err *err) {
    struct entry_setter *s = arg;
    return kz_node_set(s->kz->a, n, s->key, s->value, 0, NULL, err);
}

bool kz_run_map(struct kz *kz, const void *conf, struct kz_list *l, struct err *err) {
    const struct kz_map_conf *c = conf;
    if (!c->pairs || !c->pairs->n)
        return true;
    kz_pairs_sort(c->pairs);
    for (size_t i = 0; i < l->n; i++) {
        struct kz_res *r = l->items[i];
        for (size_t j = 0; j < c->pairs->n; j++) {
            struct entry_setter s = { .kz = kz, .key = c->pairs->items[j].key };
            struct kz_setter setter = {
                .set = set_entry, .arg = &s, .create_kind = KZ_MAP, .create_tag = KZ_TAG_MAP
            };
            s.value = kz_node_scalar(kz->a, c->pairs->items[j].value);
            s.value->tag = KZ_TAG_STR;
            if (!kz_specs_apply(kz, r->root, &c->specs, &setter, err))
                return false;
        }
        kz_res_touch(r);
    }
    return true;
}

/* ---- hash ---- */
bool kz_run_hash(struct kz *kz, const void *conf, struct kz_list *l, struct err *err) {
    (void)conf;
    kz_list_touch(l);
    for (size_t i = 0; i < l->n; i++) {
        struct kz_res *r = l->items[i];
        const char *hash;
        if (!kz_root_enabled(r->root, KZ_ANNO_HASH))
            continue;
        if (!kz_hash(kz, r->root, &hash, err))
            return false;
        kz_res_store_previous(kz, r);
        if (!kz_root_set_name(kz->a, r->root, arena_fmt(kz->a, "%s-%s", kz_root_name(r->root), hash), err))
            return false;
        kz_res_touch(r);
    }
    return true;
}
