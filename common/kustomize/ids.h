// SPDX-License-Identifier: Apache-2.0
/* Identity of an object: group, version, kind, name, namespace; and how kustomize compares and prints it.
 * Texts are borrowed (from nodes or the arena) and never NULL. Upstream: kyaml/resid */
#ifndef KUSTOMIZE_IDS_H
#define KUSTOMIZE_IDS_H

#include "common/base/arena.h"

struct kz_gvk {
    const char *group, *version, *kind;
    bool cluster; // known to be cluster-scoped; false for ids from the history, whatever their kind
};

struct kz_id {
    struct kz_gvk gvk;
    const char *name, *ns;
};

struct kz_gvk kz_gvk_of(struct arena *a, const char *api_version, const char *kind); // .cluster is left false
bool kz_gvk_equal(const struct kz_gvk *x, const struct kz_gvk *y);
bool kz_gvk_selected(const struct kz_gvk *x, const struct kz_gvk *selector); // empty parts match all
char *kz_gvk_text(struct arena *a, const struct kz_gvk *g);                  // "Kind.version.group"
char *kz_gvk_sort_text(struct arena *a, const struct kz_gvk *g); // "group_version_kind", "~G" for none
char *kz_gvk_api_version(struct arena *a, const struct kz_gvk *g);
int kz_gvk_rank(const char *kind); // place in the order of kinds; 0 = all others
int kz_gvk_compare(struct arena *a, const struct kz_gvk *x, const struct kz_gvk *y);
bool kz_gvk_builtin_scope(const char *group, const char *version, const char *kind, bool *out_namespaced);

const char *kz_id_effective_ns(const struct kz_id *id);
bool kz_id_ns_equal(const struct kz_id *x, const struct kz_id *y);
bool kz_id_gvkn_equal(const struct kz_id *x, const struct kz_id *y);
bool kz_id_equal(const struct kz_id *x, const struct kz_id *y);
bool kz_id_selected_by(const struct kz_id *id, const struct kz_id *selector);
bool kz_id_empty(const struct kz_id *id);
uint64_t kz_id_hash(const struct kz_id *id);               // equal ids have equal hashes
char *kz_id_text(struct arena *a, const struct kz_id *id); // "Kind.version.group/name.namespace"
char *kz_id_dump(struct arena *a, const struct kz_id *id); // Go's %#v, part of two messages

#endif
