// SPDX-License-Identifier: Apache-2.0
/* Paths and patches on values: JSON pointer (RFC 6901), JSON patch (RFC 6902), merge patch (RFC 7386). */
#ifndef VALUE_PATCH_H
#define VALUE_PATCH_H

#include "common/value/value.h"

// The value a JSON pointer names, NULL when absent. "" is the whole document. Errors: none (a malformed
// pointer is absent).
struct value *pointer_get(const struct value *v, const char *pointer);
// Appends "/token" with ~ and / escaped.
char *pointer_append(struct arena *a, const char *pointer, struct str token);

/* Apply an RFC 6902 patch (a list of operations) to *v, in place; *v itself may be replaced. On failure *v is
 * partly changed: work on a copy. Messages as evanphx/json-patch words them ("replace operation does not
 * apply: doc is missing key: /a/b: missing value"). */
must_check bool json_patch_apply(struct arena *a, struct value **v, const struct value *ops, struct err *err);
// The RFC 6902 operations (add, remove, replace; lists item by item) that turn `from` into `to`, in order of
// sorted keys.
struct value *json_patch_diff(struct arena *a, const struct value *from, const struct value *to);

// RFC 7386. The result is in `a` and shares nothing with the inputs.
struct value *merge_patch_apply(struct arena *a, const struct value *target, const struct value *patch);
// The merge patch that turns `from` into `to`; an empty map when they are equal.
struct value *merge_patch_diff(struct arena *a, const struct value *from, const struct value *to);

#endif
