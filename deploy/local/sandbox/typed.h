// SPDX-License-Identifier: Apache-2.0
/* Objects read through their shape: validation, the set of their fields, comparison, merge, removal of fields.
 *
 * The parts that ssa.c is made of. Facts: structured-merge-diff v6 typed. Absent is NULL, null is VALUE_NULL. All results
 * are in the arena `a` and may share parts with the inputs, which must not be changed afterwards. Threads: any.
 */
#ifndef SANDBOX_TYPED_H
#define SANDBOX_TYPED_H

#include "deploy/local/sandbox/fieldset.h"
#include "deploy/local/sandbox/shape.h"

// What an object is taken for where its shape leaves a choice.
enum atom { ATOM_SCALAR, ATOM_LIST, ATOM_MAP };
enum atom atom_of(const struct shape *s, const struct value *v); // v NULL: absent

// Of a list item: false: err says why it has none ("associative list with keys may not have a null element").
must_check bool item_element(struct arena *a, const struct shape *list, const struct value *item,
                             struct path_element *out, struct err *err);
const struct shape *shape_element(const struct shape *list); // of SHAPE_UNTYPED lists too
bool shape_is_atomic(const struct shape *s, enum atom atom);

/* ERR_INVALID with SMD's text: ".spec.a: field not declared in schema", or "errors:\n  ...\n  ..." for several. */
must_check bool typed_validate(struct arena *a, const struct shape *s, const struct value *v,
                               bool allow_duplicates, struct err *err);

struct fieldset *typed_fields(struct arena *a, const struct shape *s, const struct value *v);

struct comparison {
    struct fieldset *removed, *modified, *added;
};
must_check bool typed_compare(struct arena *a, const struct shape *s, const struct value *from,
                              const struct value *to, struct comparison *out, struct err *err);

// `onto` with what `v` says over it. *out NULL: nothing.
must_check bool typed_merge(struct arena *a, const struct shape *s, const struct value *onto,
                            const struct value *v, struct value **out, struct err *err);

// v without the fields of `gone`; a collection that loses all its parts becomes null, as in SMD.
struct value *typed_remove(struct arena *a, const struct shape *s, const struct value *v,
                           const struct fieldset *gone);

// Named fields that only lead on become members.
struct fieldset *typed_name_members(struct arena *a, const struct shape *s, const struct fieldset *set);
// Where a shape became atomic since the set was written, the paths below give way to the one that leads there.
struct fieldset *typed_reconcile(struct arena *a, const struct shape *s, struct fieldset *set);

#endif
