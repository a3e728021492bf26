// SPDX-License-Identifier: Apache-2.0
/* The types of Kubernetes 1.21 that lead to merging lists, and the types that are known at all. Data only. */
#ifndef KUSTOMIZE_SCHEMA_TYPES_H
#define KUSTOMIZE_SCHEMA_TYPES_H

#include <stddef.h>

struct kz_type_field {
    const char *type, *field;
    char shape;         // 'o'bject, 'l'ist
    const char *target; // type of the object or of the items; "" = one without merging lists
    const char *keys;   // the list merges by these; "" = by value; NULL = it does not merge
};
extern const struct kz_type_field kz_type_fields[];
extern const size_t kz_n_type_fields;

struct kz_known_kinds {
    const char *group, *versions, *kinds;
    const char *type; // NULL: only metadata matters
};
extern const struct kz_known_kinds kz_known_kinds[];
extern const size_t kz_n_known_kinds;

#endif
