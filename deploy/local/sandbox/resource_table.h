// SPDX-License-Identifier: Apache-2.0
/* The built-in resources: one table, in the order in which discovery names groups. */
#ifndef SANDBOX_RESOURCE_TABLE_H
#define SANDBOX_RESOURCE_TABLE_H

#include "deploy/local/sandbox/resource.h"

extern const struct resource builtin_resources[]; // .plural NULL ends it

#endif
