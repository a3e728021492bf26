// SPDX-License-Identifier: Apache-2.0
/* Built-in kinds: what the API server does with their objects beyond what holds for all.
 *
 * decode      the tree against types.h: unknown fields, types, and the dropping of zero values, as Go's decoding and encoding do
 * defaults    static ones from types.h, conditional ones in defaults_*.c
 * prepare     what the server sets at creation or update and no client can (clusterIP, job selector, status)
 * validate    validate_*.c; immutable fields in immutable.c
 * To add a kind: rows in types_*.c and resource_table.c, then functions in the tables of defaults.c and validate.c.
 */
#ifndef SANDBOX_BUILTIN_H
#define SANDBOX_BUILTIN_H

#include "deploy/local/sandbox/request.h"
#include "deploy/local/sandbox/schema.h"
#include "deploy/local/sandbox/types.h"

/* Decode in place. Unknown fields are removed, their paths ("spec.foo") added to *unknown (NULL: dropped).
 * Errors  false: *out_why has Go's words ("json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas
 *         of type int32"). */
must_check bool builtin_decode(struct types *types, struct arena *a, const struct resource *r,
                               struct value *tree, struct paths *unknown, const char **out_why);
// The same for the metadata of any object (custom resources).
must_check bool builtin_decode_meta(struct types *types, struct arena *a, struct value *meta,
                                    struct paths *unknown, const char **out_why);
// The defaults that the server fills in whenever it decodes an object.
void builtin_default(struct types *types, struct arena *a, const struct resource *r, struct value *tree);
/* Sets what only the server sets. `old` NULL at creation. `internal`: a controller of the sandbox writes. */
void builtin_prepare(struct sandbox *sb, struct arena *a, const struct resource *r, struct value *tree,
                     const struct value *old, bool internal);
// `old` NULL at creation. subresource "" or "status".
void builtin_validate(struct sandbox *sb, const struct resource *r, const struct value *tree,
                      const struct value *old, struct field_errors *fe);
// Changes of fields that must not change; called by builtin_validate.
void immutable_validate(const struct resource *r, const struct value *tree, const struct value *old,
                        struct field_errors *fe);

/* ---- shared by defaults_*.c and validate_*.c ---- */
// Sets the key to this JSON unless it is there.
void default_json(struct arena *a, struct value *map, const char *key, const char *json);
void default_text(struct arena *a, struct value *map, const char *key, const char *text);
void default_int(struct arena *a, struct value *map, const char *key, int64_t i);
// The pod template or spec of a workload: spec.template.spec, spec.jobTemplate.spec.template.spec, spec. NULL: none.
struct value *pod_spec_of(const struct resource *r, const struct value *tree);
struct value *pod_template_of(const struct resource *r, const struct value *tree);

// defaults_pod.c: conditional defaults of a pod spec; `pod`: of a Pod itself, not of a template.
void pod_spec_default(struct arena *a, struct value *spec);
void pod_default(struct arena *a, struct value *pod);

// service.c: addresses and node ports are given out from small pools of their own.
void service_prepare(struct sandbox *sb, struct arena *a, struct value *tree, const struct value *old);

#endif
