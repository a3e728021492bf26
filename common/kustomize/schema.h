// SPDX-License-Identifier: Apache-2.0
/* What is known about types: cluster-scoped or not, and which lists merge by which keys. Built in: Kubernetes 1.21, as a
 * small table of the types on the way to a merging list; plus the file that openapi.path names.
 * Upstream: kyaml/openapi/openapi.go (its global state is per build here) */
#ifndef KUSTOMIZE_SCHEMA_H
#define KUSTOMIZE_SCHEMA_H

#include "common/kustomize/ctx.h"

// A type or field; all NULL = nothing is known.
struct kz_schema {
    const struct value *custom; // a schema object of the OpenAPI file
    const char *builtin;        // name of a type; "" = known, and without merging lists
    const char *keys; // of a built-in list: "containerPort protocol"; "" = primitives; NULL = no merge
    char shape;       // of a built-in field: 'o'bject, 'l'ist
};

static inline bool kz_schema_none(const struct kz_schema *s) {
    return !s->custom && !s->builtin;
}

void kz_schema_init(struct kz *kz);
/* The openapi field of a kustomization: path's contents or a version.
 * reset  the top kustomization: replaces what is set; else the first setting stands */
must_check bool kz_schema_set(struct kz *kz, const char *version, const struct str *file, bool reset,
                              struct err *err);
bool kz_schema_cluster_scoped(struct kz *kz, const struct kz_gvk *g);
struct kz_schema kz_schema_of_type(struct kz *kz, const char *api_version, const char *kind);
struct kz_schema kz_schema_field(struct kz *kz, const struct kz_schema *s, struct str field);
struct kz_schema kz_schema_items(struct kz *kz, const struct kz_schema *s);
// Does a list of that schema merge? *out_keys: at most `max` merge keys, *out_n 0 = primitives.
bool kz_schema_merges(const struct kz_schema *s, const char **out_keys, size_t max, size_t *out_n);

#endif
