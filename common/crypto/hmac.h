// SPDX-License-Identifier: Apache-2.0
/* HMAC (RFC 2104) with the algorithms of OpenSSL. */
#ifndef CRYPTO_HMAC_H
#define CRYPTO_HMAC_H

#include "common/crypto/digest.h"

// Not with DIGEST_BLAKE3 (aborts: nobody asks for it).
void hmac_of(enum digest_algorithm algorithm, struct str key, struct str data, struct digest *out);
char *hmac_hex(struct arena *a, enum digest_algorithm algorithm, struct str key, struct str data);
// Compares with a hex text of either case, in constant time.
bool hmac_matches(enum digest_algorithm algorithm, struct str key, struct str data, struct str hex);

#endif
