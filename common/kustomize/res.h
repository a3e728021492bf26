// SPDX-License-Identifier: Apache-2.0
/* An object under construction, and lists of them. Its history (earlier names, namespaces, kinds, prefixes) is kept in
 * annotations of the object itself, as kustomize does: patches can see and destroy it. Upstream: api/resource, api/resmap */
#ifndef KUSTOMIZE_RES_H
#define KUSTOMIZE_RES_H

#include "common/kustomize/ctx.h"

/* ---- text maps: labels, annotations, data ---- */
struct kz_pair {
    struct str key, value;
};
struct kz_pairs {
    struct kz_pair *items;
    size_t n, cap;
};
const struct str *kz_pairs_get(const struct kz_pairs *p, const char *key); // NULL: absent
void kz_pairs_set(struct arena *a, struct kz_pairs *p, struct str key, struct str value);
void kz_pairs_remove(struct kz_pairs *p, const char *key);
void kz_pairs_sort(struct kz_pairs *p);            // byte order of keys
void kz_pairs_remove_internal(struct kz_pairs *p); // the history annotations
void kz_pairs_merge(struct arena *a, struct kz_pairs *to, const struct kz_pairs *from); // `from` wins

/* ---- annotations that carry the history ---- */
#define KZ_ANNO_KINDS "internal.config.kubernetes.io/previousKinds"
#define KZ_ANNO_NAMES "internal.config.kubernetes.io/previousNames"
#define KZ_ANNO_NAMESPACES "internal.config.kubernetes.io/previousNamespaces"
#define KZ_ANNO_PREFIXES "internal.config.kubernetes.io/prefixes"
#define KZ_ANNO_SUFFIXES "internal.config.kubernetes.io/suffixes"
#define KZ_ANNO_BEHAVIOR "internal.config.kubernetes.io/generatorBehavior"
#define KZ_ANNO_HASH "internal.config.kubernetes.io/needsHashSuffix"
#define KZ_ANNO_ALLOW_NAME "internal.config.kubernetes.io/allowNameChange"
#define KZ_ANNO_ALLOW_KIND "internal.config.kubernetes.io/allowKindChange"
#define KZ_ANNO_HELM "internal.config.kubernetes.io/helm-generated"
#define KZ_ANNO_ORIGIN "config.kubernetes.io/origin"
#define KZ_ANNO_TRANSFORMATIONS "alpha.config.kubernetes.io/transformations"
#define KZ_ANNO_LOCAL "config.kubernetes.io/local-config"

struct kz_res {
    struct kz_node *root;   // NULL: deleted
    const char **var_names; // vars that take their value from it
    size_t n_vars, cap_vars;
    bool ids_known;
    struct kz_id cur;
    struct kz_id *prev; // oldest first
    size_t n_prev;
};

struct kz_res *kz_res_new(struct kz *kz, struct kz_node *root);
struct kz_res *kz_res_copy(struct kz *kz, const struct kz_res *r);
static inline void kz_res_touch(struct kz_res *r) {
    r->ids_known = false; // call after any change of the object
}
const struct kz_id *kz_res_cur(struct kz *kz, struct kz_res *r);
const struct kz_id *kz_res_org(struct kz *kz, struct kz_res *r);
const struct kz_id *kz_res_prev(struct kz *kz, struct kz_res *r, size_t *out_n);
// Labels, annotations (r's own win), name, namespace and history of `old`.
must_check bool kz_res_take_metadata(struct kz *kz, struct kz_res *r, const struct kz_res *old,
                                     struct err *err);
void kz_res_store_previous(struct kz *kz, struct kz_res *r);

const char *kz_root_name(const struct kz_node *root);
const char *kz_root_namespace(const struct kz_node *root);
const char *kz_root_api_version(const struct kz_node *root);
const char *kz_root_kind(const struct kz_node *root);
// metadata.labels / metadata.annotations as text.
struct kz_pairs kz_root_labels(struct arena *a, const struct kz_node *root);
struct kz_pairs kz_root_annotations(struct arena *a, const struct kz_node *root);
const struct str *kz_root_annotation(const struct kz_node *root, const char *key); // NULL: absent
must_check bool kz_root_set_labels(struct arena *a, struct kz_node *root, struct kz_pairs *p,
                                   struct err *err);
must_check bool kz_root_set_annotations(struct arena *a, struct kz_node *root, struct kz_pairs *p,
                                        struct err *err);
must_check bool kz_root_set_name(struct arena *a, struct kz_node *root, const char *name, struct err *err);
must_check bool kz_root_set_namespace(struct arena *a, struct kz_node *root, const char *ns, struct err *err);
must_check bool kz_root_set_text(struct arena *a, struct kz_node *root, const char *key, const char *text,
                                 struct err *err);
// Sets one annotation, single-quoted; creates metadata and annotations.
must_check bool kz_root_annotate(struct arena *a, struct kz_node *root, const char *key, struct str value,
                                 struct err *err);
must_check bool kz_root_append_csv(struct arena *a, struct kz_node *root, const char *key, const char *value,
                                   struct err *err);
bool kz_root_enabled(const struct kz_node *root, const char *key); // the annotation is "enabled"
must_check bool kz_root_enable(struct arena *a, struct kz_node *root, const char *key, struct err *err);
// kind, metadata.name and so on are there; else "missing kind in object {...}".
must_check bool kz_root_validate(struct arena *a, const struct kz_node *root, struct err *err);

/* ---- lists ---- */
struct kz_list {
    struct kz_res **items;
    size_t n, cap;
    uint32_t *slots; // current ids -> index + 1; valid while n_indexed == n and nothing was renamed
    size_t n_slots, n_indexed;
};

void kz_list_add(struct kz *kz, struct kz_list *l, struct kz_res *r); // no check
static inline void kz_list_touch(struct kz_list *l) {
    l->n_indexed = 0; // call when ids may have changed
}
// Errors "may not add resource with an already registered id: ..."
must_check bool kz_list_append(struct kz *kz, struct kz_list *l, struct kz_res *r, struct err *err);
must_check bool kz_list_append_all(struct kz *kz, struct kz_list *l, const struct kz_list *from,
                                   struct err *err);
// Generators: adds, replaces or merges by the behavior of each new object.
must_check bool kz_list_absorb_all(struct kz *kz, struct kz_list *l, const struct kz_list *from,
                                   struct err *err);
void kz_list_drop_empty(struct kz_list *l);
// The one object with that current or earlier id. Errors "no matches for Id ..."
must_check bool kz_list_by_any_id(struct kz *kz, struct kz_list *l, const struct kz_id *id,
                                  struct kz_res **out, struct err *err);
size_t kz_list_count_current(struct kz *kz, struct kz_list *l, const struct kz_id *id);
bool kz_res_has_any_id(struct kz *kz, struct kz_res *r, const struct kz_id *id);

// Adds the file to an error of YAML; returns false.
bool kz_yaml_fault(struct err *err, const char *path);

/* Objects of a YAML text, Lists expanded. Errors of YAML begin "MalformedYAMLError". */
must_check bool kz_list_read(struct kz *kz, struct str text, struct kz_list *out, struct err *err);

#endif
