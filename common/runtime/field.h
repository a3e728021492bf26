// SPDX-License-Identifier: Apache-2.0
/* Fields: a table that reads a part of an object (a spec) out of a value tree into a C struct.
 *
 * What it is     names, types, defaults and requirements in one row each; a wrong C type does not compile.
 * What it is not a validator of all that the CRD says: the API server did that; here every member ends with a
 * valid value of its type, or the object is refused with an error that names the path. Ownership everything
 * read lives in the arena or points into the value tree.
 *
 *     #define S struct gitrepository_spec
 *     static const struct field gitrepository_fields[] = {
 *         { "url", STRING(S, url), .flags = FIELD_REQUIRED },
 *         { "timeout", DURATION(S, timeout_ns), .value_if_absent = "60s" },
 *         { "ref", OBJECT(S, ref, struct gitrepository_ref), .fields = ref_fields },          // NULL when
 * absent { "include", OBJECTS(S, include, n_include, struct include), .fields = include_fields }, { 0 },
 *     };
 */
#ifndef RUNTIME_FIELD_H
#define RUNTIME_FIELD_H

#include "common/value/value.h"

enum field_type {
    FIELD_STRING,   // const char *; "" when absent, unless FIELD_NULLABLE (then NULL)
    FIELD_BOOL,     // bool
    FIELD_INT,      // int64_t
    FIELD_DURATION, // int64_t nanoseconds
    FIELD_STRINGS,  // const char *const *, NULL-terminated, never NULL itself
    FIELD_MAP,      // const struct value *: a map of strings; NULL when absent
    FIELD_VALUE,    // const struct value *: anything; NULL when absent
    FIELD_OBJECT,   // pointer to a struct of its own table; NULL when absent
    FIELD_OBJECTS,  // pointer to an array of such structs, and a size_t with their number
    FIELD_NAME,     // const char *: the name of an object reference {name: x}; NULL when absent
};

enum field_flags {
    FIELD_REQUIRED = 1, // absent or null is an error
    FIELD_NULLABLE = 2, // an absent string is NULL, to be told from ""
};

struct field {
    const char *name;
    enum field_type type;
    size_t offset;
    unsigned flags;
    const char *value_if_absent; // as it would be written: "60s", "true", "5", "text"
    const char *one_of;          // "a|b|c": other strings are refused; NULL = any
    const struct field *fields;  // FIELD_OBJECT, FIELD_OBJECTS
    size_t size, count_offset;   // of one element; of the number of elements
};

#define FIELD_AT(S, m, T)                                                                                    \
    (offsetof(S, m) + 0 * sizeof((T *)0 == &((S *)0)->m)) // compares types, costs nothing
#define STRING(S, m) .type = FIELD_STRING, .offset = FIELD_AT(S, m, const char *)
#define BOOL(S, m) .type = FIELD_BOOL, .offset = FIELD_AT(S, m, bool)
#define INT(S, m) .type = FIELD_INT, .offset = FIELD_AT(S, m, int64_t)
#define DURATION(S, m) .type = FIELD_DURATION, .offset = FIELD_AT(S, m, int64_t)
#define STRINGS(S, m) .type = FIELD_STRINGS, .offset = FIELD_AT(S, m, const char *const *)
#define STRING_MAP(S, m) .type = FIELD_MAP, .offset = FIELD_AT(S, m, const struct value *)
#define ANY_VALUE(S, m) .type = FIELD_VALUE, .offset = FIELD_AT(S, m, const struct value *)
#define NAME_REF(S, m) .type = FIELD_NAME, .offset = FIELD_AT(S, m, const char *)
#define OBJECT(S, m, T) .type = FIELD_OBJECT, .offset = FIELD_AT(S, m, T *), .size = sizeof(T)
#define OBJECTS(S, m, count, T)                                                                              \
    .type = FIELD_OBJECTS, .offset = FIELD_AT(S, m, T *), .size = sizeof(T),                                 \
    .count_offset = FIELD_AT(S, count, size_t)

/* Fill *out (zeroed here) from `from` (a map; NULL or null counts as empty).
 *
 * where   path for messages, "spec"
 * Errors  ERR_INVALID: `spec.url: required field is missing`, `spec.interval: expected a string, got
 * integer`, `spec.timeout: time: unknown unit "d" in duration "1d"`. Unknown fields are ignored (the API
 * server prunes them).
 */
must_check bool fields_read(struct arena *a, const struct field *fields, const char *where,
                            const struct value *from, void *out, size_t size, struct err *err);
// The row of that name, NULL when there is none.
const struct field *fields_find(const struct field *fields, const char *name);

#endif
