// SPDX-License-Identifier: Apache-2.0
/* Types: the fields of the built-in kinds, one row of text a type (types_*.c), parsed at the first use of a
 * type.
 *
 * Used for strict field validation, dropping of unknown fields, type errors, defaults, OpenAPI documents, and
 * the merge keys of server-side apply and strategic merge patch. What only code can say (conditional
 * defaults, cross-field rules) is in defaults_*.c and validate_*.c.
 *
 * A row is "Name", "field:type{options} field:type ...":
 *     type       s string, i int32, l int64, b bool, f number, q quantity, x int-or-string, t time, m microtime, y bytes,
 *                j any JSON, Other = an object of that type; [T] list of T, <T> map from string to T
 *     {options}  separated by "|":  set  map(k1+k2)  atomic  merge(k)  retain  req  z  !  d=JSON
 *                set/map/atomic: server-side apply's list or map type (lists are atomic without one, maps and objects
 *                granular); merge(k), retain: strategic merge patch (merge() = a list of scalars that is merged);
 *                req: required; z: dropped when zero ("", 0, false, empty); !: written also when zero, as Go does with
 *                omitempty and without it (neither: a pointer, what is there stays); d=: the server's default
 * Threads: the loop's.
 */
#ifndef SANDBOX_TYPES_H
#define SANDBOX_TYPES_H

#include "common/base/str.h"

enum field_kind {
    KIND_STRING,
    KIND_INT32,
    KIND_INT64,
    KIND_BOOL,
    KIND_NUMBER,
    KIND_QUANTITY,
    KIND_INT_OR_STRING,
    KIND_TIME,
    KIND_MICROTIME,
    KIND_BYTES,
    KIND_ANY,
    KIND_OBJECT,
};

enum field_shape { SHAPE_ONE, SHAPE_LIST, SHAPE_MAP };

enum ssa_type { SSA_DEFAULT, SSA_ATOMIC, SSA_SET, SSA_MAP };

struct type;

struct type_field {
    struct str name;
    enum field_kind kind; // of the value itself, or of the elements of a list or map
    enum field_shape shape;
    bool nested; // map of lists (<[s]>)
    enum ssa_type ssa;
    struct str keys[4];         // SSA_MAP: key fields; unused ones have n == 0
    struct str key_defaults[4]; // JSON default of the key in the element type ("\"TCP\""), n == 0: none
    bool patch_merge;           // strategic merge patch merges the list
    bool patch_retain;          // retainKeys
    struct str patch_key;       // its merge key; n == 0: list of scalars
    bool required;
    bool drop_zero;       // "", 0, false, an empty list or map are dropped by the server
    bool always;          // an object of Go always has it: {}, null for lists and maps, "", 0, false
    struct str fallback;  // JSON; n == 0: none
    struct str type_name; // KIND_OBJECT
};

struct type {
    const char *name;
    struct type_field *fields;
    size_t n;
    bool atomic; // the whole object is one unit for server-side apply
};

struct types;
struct types *types_new(void);
void types_free(struct types *t);

// By the name in a row ("Container", "PodSpec"). NULL: unknown.
const struct type *types_get(struct types *t, struct str name);
// The type of a built-in kind: group "apps", version "v1", kind "Deployment". NULL: not built in.
const struct type *types_of_kind(struct types *t, const char *group, const char *version, const char *kind);
// NULL: no such field.
const struct type_field *type_field(const struct type *t, struct str name);
// The type of a field's value or elements; NULL when they are not objects.
const struct type *type_of_field(struct types *t, const struct type_field *f);

#endif
