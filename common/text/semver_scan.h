// SPDX-License-Identifier: Apache-2.0
/* What versions and constraints share. Inside of the room. */
#ifndef TEXT_SEMVER_SCAN_H
#define TEXT_SEMVER_SCAN_H

#include "common/base/str.h"

struct semver_parts {
    struct str number[3]; // n 0: not there
    struct str pre, metadata;
};

/* A version at s[i]: v?PART(.PART)?(.PART)?(-words)?(+words)?, each as long as it can be. Returns the place behind it; i when
 * there is none. */
size_t semver_scan(struct str s, size_t i, bool (*is_part)(char), struct semver_parts *out);
int semver_compare_pre(const char *x, const char *y);

#endif
