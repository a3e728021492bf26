// SPDX-License-Identifier: Apache-2.0
/* Status: why a request was refused, as the API server words it, and the field errors that a 422 is made of.
 *
 * A function that can refuse takes `struct status *st` last and returns bool; on false st is set (once). The
 * `_` helpers return false, so that refusing is one line. Texts live in st->a. A zeroed status with .a set is
 * ready. Source: k8s.io/apimachinery pkg/api/errors, pkg/util/validation/field (facts, not code).
 */
#ifndef SANDBOX_STATUS_H
#define SANDBOX_STATUS_H

#include "common/value/value.h"

struct resource;

struct status {
    struct arena *a;
    int code;              // HTTP status; 0 = nothing refused
    const char *reason;    // "NotFound"
    const char *message;   // for people
    struct value *details; // {name, group, kind, causes, retryAfterSeconds} or NULL
};

/* ---- field errors ---- */
enum field_error_type {
    FIELD_REQUIRED,      // Required value
    FIELD_INVALID,       // Invalid value
    FIELD_TYPE_INVALID,  // Invalid value, reason FieldValueTypeInvalid
    FIELD_NOT_SUPPORTED, // Unsupported value
    FIELD_FORBIDDEN,     // Forbidden
    FIELD_DUPLICATE,     // Duplicate value
    FIELD_NOT_FOUND,     // Not found
    FIELD_TOO_LONG,      // Too long
    FIELD_TOO_MANY,      // Too many
    FIELD_INTERNAL,      // Internal error
};

struct field_error {
    enum field_error_type type;
    const char *field;  // "spec.containers[0].name"; NULL or "" is written as <nil>
    const char *bad;    // the value as field.Error prints it ("\"x\"", "3", "{\"a\":1}"); NULL: not printed
    const char *detail; // "" = none
};

struct field_errors {
    struct arena *a; // where texts and the list live
    struct field_error *items;
    size_t n, cap;
};

// Adds one. `field` is copied; `bad` NULL or a value (a string is quoted, anything else is JSON).
void field_error_add(struct field_errors *fe, enum field_error_type type, const char *field,
                     const struct value *bad, const char *detail_fmt, ...) printf_like(5, 6);
// The same with `bad` as text that is printed as it is.
void field_error_add_raw(struct field_errors *fe, enum field_error_type type, const char *field,
                         const char *bad, const char *detail_fmt, ...) printf_like(5, 6);
// "spec.a: Invalid value: \"x\": must be y"
char *field_error_text(struct arena *a, const struct field_error *e);

/* ---- refusals ---- */
// 422 `Kind.group "name" is invalid: ...` from the field errors (at least one). Returns false.
bool status_invalid(struct status *st, const struct resource *r, const char *name,
                    const struct field_errors *fe);
// 404 `plural.group "name" not found`
bool status_not_found(struct status *st, const struct resource *r, const char *name);
// 404 "the server could not find the requested resource"
bool status_no_route(struct status *st);
// 409 AlreadyExists `plural.group "name" already exists`
bool status_exists(struct status *st, const struct resource *r, const char *name);
// 409 Conflict `Operation cannot be fulfilled on plural.group "name": <text>`
bool status_conflict(struct status *st, const struct resource *r, const char *name, const char *fmt, ...)
    printf_like(4, 5);
// 403 `plural.group "name" is forbidden: <text>`
bool status_forbidden(struct status *st, const struct resource *r, const char *name, const char *fmt, ...)
    printf_like(4, 5);
// 400 BadRequest
bool status_bad_request(struct status *st, const char *fmt, ...) printf_like(2, 3);
// 500 InternalError "Internal error occurred: <text>"
bool status_internal(struct status *st, const char *fmt, ...) printf_like(2, 3);
// Any other.
bool status_set(struct status *st, int code, const char *reason, const char *fmt, ...) printf_like(4, 5);
// details.causes gets one more {reason, message, field}; details is made where absent.
void status_add_cause(struct status *st, const char *reason, const char *message, const char *field);
// The Status object: {kind, apiVersion, metadata, status: Failure, message, reason, details, code}.
struct value *status_value(struct arena *a, const struct status *st);

#endif
