// SPDX-License-Identifier: Apache-2.0
/* Shapes: how objects merge: which lists are sets, which are keyed, which maps are atomic, which fields exist.
 *
 * One graph of nodes for both worlds: built-in kinds (made from types.h at first use) and CRDs (made by schema.c from
 * x-kubernetes-list-type and the like). Used by ssa.h and smp.h only. Facts: structured-merge-diff's schemas, and how
 * kube-openapi's schemaconv makes them from OpenAPI. Threads: the loop's.
 */
#ifndef SANDBOX_SHAPE_H
#define SANDBOX_SHAPE_H

#include "common/base/map.h"
#include "common/value/value.h"

struct types; // types.h

enum shape_kind {
    SHAPE_UNTYPED, // anything: scalars, atomic lists, and maps that merge by key (SMD's "deduced")
    SHAPE_SCALAR,
    SHAPE_ARRAY,
    SHAPE_OBJECT, // named fields, and other keys when `element` is there
};

enum shape_scalar { SCALAR_ANY, SCALAR_STRING, SCALAR_NUMERIC, SCALAR_BOOLEAN };

enum shape_list { LIST_ATOMIC, LIST_SET, LIST_MAP };

struct shape_field {
    struct str name;
    const struct shape *shape;
    const struct value
        *value_if_absent; // default of a field that is a merge key ("TCP" of a port's protocol), else NULL
    bool zero;            // there also in an empty object of Go ("containers": null, "strategy": {})
    bool patch_merge;     // strategic merge patch merges the list, else replaces it
    bool patch_retain_keys;
    struct str patch_key; // strategic merge patch: key of the items; n == 0: a list of scalars
};

struct shape {
    enum shape_kind kind;
    enum shape_scalar scalar; // SHAPE_SCALAR
    bool atomic;              // SHAPE_OBJECT: one unit
    enum shape_list list;     // SHAPE_ARRAY
    struct str *keys;         // LIST_MAP: n_keys
    size_t n_keys;
    const struct shape *element; // of an array; of an object's other keys, NULL: there must be none
    struct shape_field *fields;  // SHAPE_OBJECT, sorted by name
    size_t n_fields;
};

extern const struct shape shape_untyped, shape_untyped_atomic; // the second: maps are one unit too
const struct shape *shape_of_scalar(enum shape_scalar scalar);

const struct shape_field *shape_field(const struct shape *s, struct str name); // NULL: no such named field
// Of a key of an object: the field's, or the element's; NULL when the key must not be there.
const struct shape *shape_of_key(const struct shape *s, struct str key);
// Sorts fields by name; called once a shape's fields are complete.
void shape_sort_fields(struct shape *s);

// The shapes of the built-in kinds. `types` must live as long.
struct shapes;
struct shapes *shapes_new(struct types *types);
void shapes_free(struct shapes *s);
// NULL: not a built-in kind.
const struct shape *shapes_of_kind(struct shapes *s, const char *group, const char *version,
                                   const char *kind);

#endif
