// SPDX-License-Identifier: Apache-2.0
/* Strategic merge as kyaml does it, its slips included: contract kustomize.md 7, "SMP rules".
 * Upstream: kyaml/yaml/merge2, kyaml/yaml/walk */
#ifndef KUSTOMIZE_SMP_H
#define KUSTOMIZE_SMP_H

#include "common/kustomize/res.h"

/* Merges patch into the object; the patch is used up (its nodes hang in the object afterwards). A whole-object
 * "$patch: delete" leaves r->root NULL. Name, namespace and kind are put back unless the patch may change them. */
must_check bool kz_res_merge_patch(struct kz *kz, struct kz_res *r, struct kz_res *patch, struct err *err);
// The list operation behind it, also used by tests: replace, delete (element NULL) or append by key values.
must_check bool kz_list_set_element(struct arena *a, struct kz_node *list, struct kz_node *element,
                                    const char *const *keys, size_t n_keys, const struct str *values,
                                    size_t n_values, struct err *err);

#endif
