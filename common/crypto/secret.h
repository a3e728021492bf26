// SPDX-License-Identifier: Apache-2.0
/* Small tools for secrets: random bytes, comparing without telling where, wiping. */
#ifndef CRYPTO_SECRET_H
#define CRYPTO_SECRET_H

#include "common/base/str.h"

void random_bytes(void *to, size_t n); // from the kernel; aborts when that fails
// Constant time in the contents; different lengths are unequal at once.
bool secret_equal(struct str a, struct str b);
void secret_wipe(void *p, size_t n);

#endif
