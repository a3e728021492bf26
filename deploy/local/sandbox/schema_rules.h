// SPDX-License-Identifier: Apache-2.0
/* x-kubernetes-validations: CEL rules of one schema node. Facts: apiextensions pkg/apiserver/schema/cel. */
#ifndef SANDBOX_SCHEMA_RULES_H
#define SANDBOX_SCHEMA_RULES_H

#include "deploy/local/sandbox/schema_node.h"

/* Compiles the rules of `json` (the list). What cannot be evaluated is left out with a warning that names it; what the API
 * server would refuse becomes an entry of fe. NULL: there is nothing to check. */
struct schema_rules *rules_compile(struct arena *a, const struct schema *s, const struct value *json,
                                   const char *path, struct warnings *w, struct field_errors *fe);

/* Checks `self` at field path `path` ("spec" or ""); `old` NULL: no older value. */
void rules_check(const struct schema_rules *r, const struct schema *s, const struct value *self,
                 const struct value *old, const char *path, struct field_errors *fe);

#endif
