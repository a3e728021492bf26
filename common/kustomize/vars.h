// SPDX-License-Identifier: Apache-2.0
/* Vars: $(NAME) in known fields replaced by a value from an object. Upstream: api/types/var.go, api/filters/refvar */
#ifndef KUSTOMIZE_VARS_H
#define KUSTOMIZE_VARS_H

#include "common/kustomize/config.h"

struct kz_vars {
    struct kz_var *items; // with defaults filled in, no two of one name
    size_t n, cap;
};

// Marks the objects that the vars take values from. Errors "found 2 resId matches for var ...", "var 'X' already encountered"
must_check bool kz_vars_collect(struct kz *kz, struct kz_vars *vars, struct kz_list *l,
                                const struct kz_items *incoming, struct err *err);
must_check bool kz_vars_merge(struct kz *kz, struct kz_vars *vars, const struct kz_vars *from,
                              struct err *err);
must_check bool kz_vars_resolve(struct kz *kz, const struct kz_vars *vars, const struct kz_specs *places,
                                struct kz_list *l, struct err *err);
const char *kz_vars_dump(struct kz *kz, const struct kz_items *vars); // Go's %v

#endif
