// SPDX-License-Identifier: Apache-2.0
/* The rows of types_*.c; types.h has the notation. */
#ifndef SANDBOX_TYPES_TABLE_H
#define SANDBOX_TYPES_TABLE_H

struct type_row {
    const char *name;   // "PodSpec", or "group/version:Kind" where two groups use the same name
    const char *fields; // "@atomic" first: the object is one unit for server-side apply
};

extern const struct type_row types_core[], types_volumes[], types_groups[];

#endif
