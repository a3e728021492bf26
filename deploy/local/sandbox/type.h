// SPDX-License-Identifier: Apache-2.0
/* Types: the shape of objects, as far as merging needs it: which lists are sets, which are keyed, which maps
 * are atomic, which fields exist. Built-in kinds come from the text table in type_table_*.c, CRDs from their
 * schema (schema.c).
 *
 * Used by ssa.h (server-side apply), smp.h (strategic merge) and the decoding of built-in kinds. To add a
 * built-in type: its lines in type_table_*.c. Facts: Kubernetes 1.35's OpenAPI. Threads: the loop's.
 */
#ifndef SANDBOX_TYPE_H
#define SANDBOX_TYPE_H

#include "common/base/map.h"
#include "common/value/value.h"
#include "deploy/local/sandbox/status.h"

enum type_kind {
    TYPE_ANY, // anything; lists are atomic, maps are merged
    TYPE_STRING,
    TYPE_INT,
    TYPE_NUMBER,
    TYPE_BOOL,
    TYPE_QUANTITY,      // string or number
    TYPE_INT_OR_STRING, // int or string
    TYPE_LIST,
    TYPE_MAP,    // any keys, elements of one type
    TYPE_STRUCT, // named fields
};

enum list_kind { LIST_ATOMIC, LIST_SET, LIST_MAP };

struct type;

struct type_field {
    const char *name;
    const struct type *type;
    const struct value
        *value_if_absent; // default, only where a merge key has one (ports' protocol); else NULL
    bool patch_merge;     // strategic merge: a list is merged, not replaced
    bool patch_retain_keys;
    const char *patch_key; // strategic merge: key of its items; NULL: a list of scalars
};

struct type {
    enum type_kind kind;
    const char *name;                // "PodSpec" for built-in structs, else NULL
    unsigned bits;                   // 32 or 64, TYPE_INT of built-in kinds; else 0
    bool atomic;                     // TYPE_MAP, TYPE_STRUCT: replaced as a whole
    bool open;                       // TYPE_STRUCT: fields that are not listed are allowed and are TYPE_ANY
    enum list_kind list;             // TYPE_LIST
    const char *const *keys;         // LIST_MAP: NULL-terminated
    const struct type *element;      // TYPE_LIST, TYPE_MAP
    const struct type_field *fields; // TYPE_STRUCT, sorted by name
    size_t n_fields;
};

extern const struct type type_any; // the type of what nothing is known about

const struct type_field *type_field_find(const struct type *t, struct str name); // NULL: absent
// The type of an element, of a field, NULL when there is none.
const struct type *type_child(const struct type *t, struct str name);

// Types of built-in kinds; made once from the table.
struct types;
struct types *types_new(void);
void types_free(struct types *ts);
// NULL: not in the table (a kind of the sandbox's own, or a CRD's).
const struct type *types_find(const struct types *ts, const char *group, const char *version,
                              const char *kind);

/* Checks the JSON types of an object of a built-in kind as the API server's decoder does.
 * false: st is 400 `Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal
 * string into Go struct field DeploymentSpec.spec.replicas of type int32`. */
must_check bool type_check(const struct type *t, const struct value *tree, const char *version,
                           const char *kind, struct status *st);

/* Removes fields that the type does not have, and nulls; their paths ("spec.template.foo") are added to *out,
 * at most 100. */
struct paths {
    struct arena *a;
    const char **items;
    size_t n, cap;
};
void paths_add(struct paths *p, const char *fmt, ...) printf_like(2, 3); // p NULL: dropped
void type_prune(const struct type *t, struct value *tree, struct paths *out);

#endif
