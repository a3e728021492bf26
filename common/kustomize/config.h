// SPDX-License-Identifier: Apache-2.0
/* Which fields the transformers change: the defaults, `configurations` files and `crds` files merged.
 * Upstream: api/internal/plugins/builtinconfig, api/internal/accumulator/loadconfigfromcrds.go */
#ifndef KUSTOMIZE_CONFIG_H
#define KUSTOMIZE_CONFIG_H

#include "common/kustomize/fieldspec.h"
#include "common/kustomize/kustfile.h"
#include "common/kustomize/load.h"

enum kz_spec_list {
    KZ_NAME_PREFIX,
    KZ_NAME_SUFFIX,
    KZ_NAMESPACE,
    KZ_COMMON_LABELS,
    KZ_LABELS,
    KZ_TEMPLATE_LABELS,
    KZ_COMMON_ANNOTATIONS,
    KZ_VAR_REFERENCE,
    KZ_IMAGES,
    KZ_REPLICAS,
    KZ_N_SPEC_LISTS,
};

struct kz_backref { // objects of this type are referred to by name from these fields
    const char *group, *version, *kind;
    struct kz_specs referrers;
};

struct kz_config {
    struct kz_specs lists[KZ_N_SPEC_LISTS];
    struct kz_backref *backrefs;
    size_t n_backrefs, cap_backrefs;
    bool has_defaults, only_defaults;
};

// The defaults alone; made once per build.
const struct kz_config *kz_config_defaults(struct kz *kz);
/* *out = base with `more` merged in; neither is changed. Errors "failed to merge NamePrefix fieldSpec: conflicting fieldspecs" */
must_check bool kz_config_merge(struct kz *kz, const struct kz_config *base, const struct kz_config *more,
                                const struct kz_config **out, struct err *err);
// Defaults plus the files.
must_check bool kz_config_load(struct kz *kz, const struct kz_loader *l, const struct kz_texts *paths,
                               const struct kz_config **out, struct err *err);
must_check bool kz_config_load_crds(struct kz *kz, const struct kz_loader *l, const struct kz_texts *paths,
                                    const struct kz_config **out, struct err *err);
const char *kz_config_dump(struct kz *kz, const struct kz_config *c); // Go's %v, for one message
void kz_config_add(struct kz *kz, struct kz_config *c, enum kz_spec_list list, struct kz_spec spec);
struct kz_backref *kz_config_backref(struct kz *kz, struct kz_config *c, const char *group,
                                     const char *version, const char *kind);

/* The default tables (config_defaults.c). Rows stand for every kind in `kinds` and every path in `paths`. */
enum kz_pod_set {
    KZ_NO_PODS,
    KZ_PODS_REFS,    // pod specs that may use ConfigMaps and Secrets
    KZ_PODS_ACCOUNT, // those that may use accounts, claims, priorities
    KZ_PODS_VARS,
};
struct kz_default_row {
    enum kz_spec_list list; // or, with target:
    const char *target_group, *target_version, *target_kind;
    enum kz_pod_set pods; // paths are below the pod spec of these kinds
    const char *kinds, *group, *version;
    bool create;
    const char *paths;
};
extern const struct kz_default_row kz_default_rows[];
extern const size_t kz_n_default_rows;
struct kz_pod_row {
    enum kz_pod_set set;
    const char *kinds, *version, *prefix;
};
extern const struct kz_pod_row kz_pod_rows[];
extern const size_t kz_n_pod_rows;

#endif
