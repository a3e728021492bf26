// SPDX-License-Identifier: Apache-2.0
/* What the verbs need of the write pipeline beyond request.h. */
#ifndef SANDBOX_WRITE_H
#define SANDBOX_WRITE_H

#include "deploy/local/sandbox/request.h"

struct field_manager; // ssa.h
struct shape;         // shape.h

// Decodes against the kind's schema in place: unknown fields (by o->field_validation), defaults. false: 400 or 422.
must_check bool object_decode(struct sandbox *sb, struct arena *a, const struct resource *r,
                              struct value *tree, const struct write_options *o, struct status *st);
// metadata.namespace is set to that of the request, or must be it.
must_check bool object_namespace(struct arena *a, const struct resource *r, const char *ns,
                                 struct value *meta, struct status *st);
// The stored object in this version.
struct value *object_stored(struct sandbox *sb, struct arena *a, const struct resource *r,
                            const struct object *o);
// It is being deleted, and nothing keeps it.
bool object_is_done(const struct resource *r, const struct value *tree);
const struct shape *resource_shape(struct sandbox *sb, const struct resource *r);
void field_manager_of(struct sandbox *sb, struct arena *a, const struct resource *r,
                      const struct write_options *o, struct field_manager *out);

#endif
