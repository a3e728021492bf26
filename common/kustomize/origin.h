// SPDX-License-Identifier: Apache-2.0
/* Where objects come from and what changed them, as annotations. Upstream: api/resource/origin.go */
#ifndef KUSTOMIZE_ORIGIN_H
#define KUSTOMIZE_ORIGIN_H

#include "common/kustomize/res.h"

struct kz_origin {
    const char *path, *repo, *ref;
    const char *configured_in;
    const char *by_api_version, *by_kind, *by_name, *by_namespace;
};

struct kz_origin *kz_origin_append(struct kz *kz, const struct kz_origin *o, const char *path); // a copy
struct str kz_origin_text(struct kz *kz, const struct kz_origin *o);
// What a built-in field of the kustomization file `file` configures.
struct kz_origin *kz_origin_builtin(struct kz *kz, const struct kz_origin *o, const char *file,
                                    const char *kind);
// From the object that configures a generator or transformer; NULL when it has no origin itself.
struct kz_origin *kz_origin_of_config(struct kz *kz, const struct kz_node *root);
must_check bool kz_origin_set(struct kz *kz, struct kz_res *r, const struct kz_origin *o, struct err *err);
// Objects without an origin get this one; the others a line about the transformer.
must_check bool kz_origin_record(struct kz *kz, struct kz_list *l, const struct kz_origin *o,
                                 struct err *err);

#endif
