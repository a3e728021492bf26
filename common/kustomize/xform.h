// SPDX-License-Identifier: Apache-2.0
/* The transformers: each a function over the list of objects with a configuration, made from fields of the kustomization
 * file or from a file under `transformers`. Upstream: api/internal/builtins, api/filters */
#ifndef KUSTOMIZE_XFORM_H
#define KUSTOMIZE_XFORM_H

#include "common/kustomize/config.h"

struct kz_origin; // origin.h

struct kz_transformer {
    bool (*run)(struct kz *kz, const void *conf, struct kz_list *l, struct err *err);
    const void *conf;
    const struct kz_origin *origin; // recorded on the objects; NULL = not asked for
};

struct kz_namespace_conf {
    const char *ns;
    struct kz_specs specs;
    bool unset_only;
    const char *subjects; // "defaultOnly", "allServiceAccounts", "none"
};
// One object, without history.
must_check bool kz_namespace_filter(struct kz *kz, const struct kz_namespace_conf *c, struct kz_node *root,
                                    struct err *err);
bool kz_run_namespace(struct kz *kz, const void *conf, struct kz_list *l, struct err *err);

struct kz_affix_conf {
    const char *text;
    struct kz_specs specs;
};
bool kz_run_prefix(struct kz *kz, const void *conf, struct kz_list *l, struct err *err);
bool kz_run_suffix(struct kz *kz, const void *conf, struct kz_list *l, struct err *err);

struct kz_map_conf { // labels or annotations
    struct kz_pairs *pairs;
    struct kz_specs specs;
};
bool kz_run_map(struct kz *kz, const void *conf, struct kz_list *l, struct err *err);

struct kz_image_conf {
    struct kz_image image;
    struct kz_specs specs;
};
bool kz_run_image(struct kz *kz, const void *conf, struct kz_list *l, struct err *err);

struct kz_replica_conf {
    struct kz_replica replica;
    struct kz_specs specs;
};
bool kz_run_replica(struct kz *kz, const void *conf, struct kz_list *l, struct err *err);
bool kz_run_hash(struct kz *kz, const void *conf, struct kz_list *l, struct err *err);

/* ---- patches (patches.c) ---- */
struct kz_patch_conf {
    struct kz_list merges;   // strategic merge patches
    const struct value *ops; // or JSON patch operations
    struct kz_selector *target;
    const char *source; // "[path: \"p\"]" for messages
    bool keep_ids;      // patchesJson6902: no history entry
    bool by_id_copy;    // patchesStrategicMerge: objects are looked up and patched one by one through a copy
};
// config: the settings as YAML, part of one message.
must_check bool kz_patch_prepare(struct kz *kz, const struct kz_loader *l, const struct kz_patch *p,
                                 const char *config, struct kz_patch_conf *out, struct err *err);
must_check bool kz_patch_prepare_json(struct kz *kz, const struct kz_loader *l, const struct kz_patch *p,
                                      struct kz_patch_conf *out, struct err *err);
must_check bool kz_patch_prepare_merges(struct kz *kz, const struct kz_loader *l,
                                        const struct kz_texts *paths, const char *inline_text,
                                        struct kz_patch_conf *out, struct err *err);
bool kz_run_patch(struct kz *kz, const void *conf, struct kz_list *l, struct err *err);

/* ---- selecting (select.c) ---- */
// The objects that a selector matches, in order. Errors: bad regular expressions and selectors.
must_check bool kz_select(struct kz *kz, struct kz_list *l, const struct kz_selector *s, struct kz_list *out,
                          struct err *err);
struct kz_selector_regex;
must_check bool kz_selector_compile(struct kz *kz, const struct kz_selector *s,
                                    struct kz_selector_regex **out, struct err *err);
bool kz_selector_id_matches(const struct kz_selector_regex *s,
                            const struct kz_id *id); // gvk, name, namespace as written
bool kz_selector_empty_id(const struct kz_selector *s);
// Kubernetes label selector syntax. Errors in its parser's words.
must_check bool kz_labels_match(struct kz *kz, const char *selector, const struct kz_pairs *labels, bool *out,
                                struct err *err);

/* ---- replacements (replace.c) ---- */
struct kz_replace_conf {
    struct kz_replacement *items;
    size_t n,
        spare; // spare: rows of the kustomization file, an upper bound of what is still to be added one by one
};
must_check bool kz_replace_prepare(struct kz *kz, const struct kz_loader *l, const struct kz_items *items,
                                   struct kz_replace_conf *out, struct err *err);
bool kz_run_replace(struct kz *kz, const void *conf, struct kz_list *l, struct err *err);

/* ---- value add (valueadd.c) ---- */
struct kz_value_target {
    struct kz_selector *selector;
    const char *field_path;
    int64_t position;
};
struct kz_value_conf {
    const char *value;
    struct kz_items targets;
};
bool kz_run_value_add(struct kz *kz, const void *conf, struct kz_list *l, struct err *err);

/* ---- at the end ---- */
must_check bool kz_fix_references(struct kz *kz, const struct kz_config *c, struct kz_list *l,
                                  struct err *err);
must_check bool kz_sort_list(struct kz *kz, const struct kz_sort *s, struct kz_list *l, struct err *err);

// JSON of an object, as messages show it.
const char *kz_root_json(struct kz *kz, const struct kz_node *root);

#endif
