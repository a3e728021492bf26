// SPDX-License-Identifier: Apache-2.0
/* What the files about values share. Inside of the room. */
#ifndef HELM_VALUES_INTERNAL_H
#define HELM_VALUES_INTERNAL_H

#include "common/helm/values.h"

void values_drop_nulls(struct value *map);                                // recursively, in maps
struct value *values_table(const struct value *values, const char *path); // "a.b"; NULL: none, or not a map

#endif
