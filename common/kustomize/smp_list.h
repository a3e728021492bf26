// SPDX-License-Identifier: Apache-2.0
/* Strategic merge: what its two files share. */
#ifndef KUSTOMIZE_SMP_LIST_H
#define KUSTOMIZE_SMP_LIST_H

#include "common/base/limits.h"
#include "common/kustomize/schema.h"
#include "common/kustomize/smp.h"

#define KZ_SMP_KEYS 8 // merge keys of one list; built-in types have at most two

struct kz_smp {
    struct kz *kz;
};

// *out: what the field becomes; NULL = it goes away.
must_check bool kz_smp_walk(struct kz_smp *s, struct kz_schema schema, struct kz_node *dest,
                            struct kz_node *patch, unsigned depth, struct kz_node **out, struct err *err);
must_check bool kz_smp_visit_list(struct arena *a, struct kz_node *dest, struct kz_node *patch,
                                  struct kz_node **out, struct err *err);
// Lists that merge by keys; n_keys 0 = by value.
must_check bool kz_smp_merge_lists(struct kz_smp *s, const struct kz_schema *schema, const char *const *keys,
                                   size_t n_keys, struct kz_node *dest, struct kz_node *patch, unsigned depth,
                                   struct kz_node **out, struct err *err);

#endif
