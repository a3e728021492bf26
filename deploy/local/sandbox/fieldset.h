// SPDX-License-Identifier: Apache-2.0
/* Field sets: sets of paths into an object, as managedFields writes them (FieldsV1).
 *
 * A set is a sorted tree. Once it was handed to an operation it is never changed again, so results share nodes with their
 * operands; only fieldset_insert changes one. Everything is in an arena. Facts: structured-merge-diff fieldpath.
 * Threads: any.
 */
#ifndef SANDBOX_FIELDSET_H
#define SANDBOX_FIELDSET_H

#include "common/base/buf.h"
#include "common/value/value.h"

enum path_kind { PATH_FIELD, PATH_KEY, PATH_VALUE, PATH_INDEX }; // in their order

struct path_element {
    enum path_kind kind;
    struct str name;           // PATH_FIELD
    const struct value *value; // PATH_KEY: a map with sorted keys; PATH_VALUE: a scalar
    int64_t index;             // PATH_INDEX
};

struct path {
    struct path_element *items;
    size_t n, cap;
};

struct fieldset_node {
    struct path_element at;
    bool member;            // the path that ends here is in the set
    struct fieldset *below; // paths that go on; NULL or not empty
};

struct fieldset {
    struct fieldset_node *nodes; // sorted
    size_t n, cap;
};

void path_push(struct arena *a, struct path *p, struct path_element e);
void path_pop(struct path *p);
struct path_element path_field(struct str name);
int path_element_cmp(const struct path_element *x, const struct path_element *y);
void path_element_print(struct buf *out, const struct path_element *e); // ".a", "[name=\"x\"]", "[=1]", "[0]"
char *path_text(struct arena *a, const struct path *p);      // ".spec.containers[name=\"x\"].image"
int value_cmp(const struct value *x, const struct value *y); // SMD's total order of values

struct fieldset *fieldset_new(struct arena *a);
void fieldset_insert(struct arena *a, struct fieldset *s, const struct path *p); // the empty path: nothing
void fieldset_insert_one(struct arena *a, struct fieldset *s, struct path_element e);
const struct fieldset_node *fieldset_find(const struct fieldset *s, const struct path_element *e);
bool fieldset_has(const struct fieldset *s, const struct path *p);
bool fieldset_empty(const struct fieldset *s); // NULL: empty

struct fieldset *fieldset_union(struct arena *a, const struct fieldset *x, const struct fieldset *y);
struct fieldset *fieldset_intersection(struct arena *a, const struct fieldset *x, const struct fieldset *y);
// x without the paths of y; what is below a path of y stays.
struct fieldset *fieldset_difference(struct arena *a, const struct fieldset *x, const struct fieldset *y);
// x without the paths of y and all below them.
struct fieldset *fieldset_without(struct arena *a, const struct fieldset *x, const struct fieldset *y);

// Calls fn for each path, members of a level first. The path is valid for the call.
typedef void (*fieldset_fn)(void *arg, const struct path *p);
void fieldset_each(struct arena *a, const struct fieldset *s, fieldset_fn fn, void *arg);

/* FieldsV1. Reading: ERR_INVALID for malformed path elements; unknown ones are skipped. */
must_check bool fieldset_read(struct arena *a, const struct value *json, struct fieldset **out,
                              struct err *err);
struct value *fieldset_write(struct arena *a, const struct fieldset *s);

#endif
