// SPDX-License-Identifier: Apache-2.0
/* Selectors of lists and watches: labelSelector and fieldSelector query parameters.
 *
 * Source: k8s.io/apimachinery pkg/labels (grammar: a=b, a==b, a!=b, a in (b,c), a notin (b,c), a, !a, a>1, a<1) and
 * pkg/fields. Which fields a kind knows: the table in selector.c; custom resources have metadata.name and
 * metadata.namespace, and those of their CRD's selectableFields (their JSON paths are in the CRD's own row).
 * Threads: any.
 */
#ifndef SANDBOX_SELECTOR_H
#define SANDBOX_SELECTOR_H

#include "deploy/local/sandbox/resource.h"
#include "deploy/local/sandbox/status.h"

enum selector_op { OP_EQUALS, OP_NOT_EQUALS, OP_IN, OP_NOT_IN, OP_EXISTS, OP_ABSENT, OP_GREATER, OP_LESS };

struct requirement {
    enum selector_op op;
    const char *key;
    const char **values;
    size_t n_values, cap_values;
};

struct selector {
    struct requirement *labels, *fields;
    size_t n_labels, cap_labels, n_fields, cap_fields;
};

/* Parse both (NULL or "": everything). Errors: 400 in the API server's words. Lives in `a`. */
must_check bool selector_parse(struct arena *a, const struct resource *r, const char *labels,
                               const char *fields, struct selector *out, struct status *st);
// No requirement at all.
bool selector_is_empty(const struct selector *s);
bool selector_matches(const struct resource *r, const struct selector *s, const struct value *object);
// The value of metadata.name when the selector asks for exactly one name, else NULL.
const char *selector_name(const struct selector *s);
struct selector selector_copy(struct arena *a, const struct selector *s);

#endif
