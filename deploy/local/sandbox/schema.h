// SPDX-License-Identifier: Apache-2.0
/* Schema: the structural schemas of CRDs: defaulting, pruning, validation with the API server's texts.
 *
 * A schema is compiled once (patterns, CEL rules, merge shape) into the arena of its CRD version and used by
 * many requests. What it is not: JSON Schema in general; only what apiextensions/v1 allows ($ref, definitions
 * etc. are refused). Facts: k8s.io/apiextensions-apiserver pkg/apiserver/schema, pkg/apiserver/validation.
 * Threads: the loop's.
 */
#ifndef SANDBOX_SCHEMA_H
#define SANDBOX_SCHEMA_H

#include "deploy/local/sandbox/status.h"
#include "deploy/local/sandbox/shape.h"

/* Paths of fields ("spec.template.foo", "spec.list[0].x") that were removed; at most 100 are kept. */
struct paths {
    struct arena *a;
    const char **items;
    size_t n, cap;
};
void paths_add(struct paths *p, const char *fmt, ...) printf_like(2, 3); // p NULL: dropped

struct schema;
struct warnings; // request.h

/* Compile openAPIV3Schema. Lives in `a`, with the json, which must live as long.
 * fe       what the API server would refuse, with paths below `path` ("spec.validation.openAPIV3Schema")
 * w        rules that cannot be evaluated here, each with its text; NULL: dropped
 * Returns NULL when fe got an entry. */
struct schema *schema_compile(struct arena *a, const struct value *json, const char *path, struct warnings *w,
                              struct field_errors *fe);
const struct shape *schema_shape(const struct schema *s); // for ssa.h, with apiVersion, kind and metadata
const struct value *schema_json(const struct schema *s);

// Fills in defaults (in nested maps and list items that are there), removes nulls where a default says so.
void schema_default(struct arena *a, const struct schema *s, struct value *tree);
// Removes unknown fields; their paths are added to *out (NULL: dropped). apiVersion, kind, metadata of the
// root stay.
void schema_prune(const struct schema *s, struct value *tree, struct paths *out);
/* Validates; `old` NULL at creation (transition rules, and ratcheting: errors in values that did not change
 * are dropped, as Kubernetes 1.33 does). */
void schema_validate(const struct schema *s, const struct value *tree, const struct value *old,
                     struct field_errors *fe);

#endif
