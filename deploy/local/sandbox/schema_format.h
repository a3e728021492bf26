// SPDX-License-Identifier: Apache-2.0
/* The string formats that the API server checks. Facts: kube-openapi pkg/validation/strfmt; apiextensions
 * pkg/apiserver/validation/formats.go. */
#ifndef SANDBOX_SCHEMA_FORMAT_H
#define SANDBOX_SCHEMA_FORMAT_H

#include "common/base/str.h"

enum format_known { FORMAT_UNKNOWN, FORMAT_CHECKED, FORMAT_NOT_CHECKED_HERE };

// UNKNOWN: the API server ignores it.
enum format_known format_find(const char *name);
bool format_matches(const char *name, struct str text); // true for formats that are not checked

#endif
