// SPDX-License-Identifier: Apache-2.0
/* Digests and MACs: SHA-1, SHA-256, SHA-384, SHA-512 (libcrypto), as streams and at once; texts such as "sha256:<hex>".
 *
 * What it is not: BLAKE3 is known by name and refused (ERR_UNSUPPORTED) until it is written.
 * Threads any; a struct digest belongs to one.
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "common/base/err.h"

enum digest_algo { DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };
#define DIGEST_MAX_BYTES 64

const char *digest_name(enum digest_algo algo); // "sha256"
size_t digest_bytes(enum digest_algo algo);     // length of a result
/* Errors: ERR_UNSUPPORTED (blake3), ERR_INVALID (`unknown digest algorithm "x"`). */
must_check bool digest_by_name(struct str name, enum digest_algo *out, struct err *err);

struct digest;
struct digest *digest_new(enum digest_algo algo);
void digest_add(struct digest *d, const void *p, size_t n);
size_t digest_end(struct digest *d, uint8_t out[DIGEST_MAX_BYTES]); // no more digest_add
void digest_free(struct digest **d);                                // for AUTO(digest_free); NULL ok
#define autodigest AUTO(digest_free) struct digest

// All at once.
size_t digest_of(enum digest_algo algo, struct str bytes, uint8_t out[DIGEST_MAX_BYTES]);
char *digest_hex(struct arena *a, enum digest_algo algo, struct str bytes);
size_t hmac_of(enum digest_algo algo, struct str key, struct str bytes, uint8_t out[DIGEST_MAX_BYTES]);
char *hmac_hex(struct arena *a, enum digest_algo algo, struct str key, struct str bytes);

char *hex_encode(struct arena *a, const void *p, size_t n); // lower case
// Any case. false: an odd length or another character.
must_check bool hex_decode(struct arena *a, struct str hex, struct str *out);
// In time that does not depend on where they differ; false when the lengths differ.
bool equal_constant_time(struct str x, struct str y);

/* "sha256:<hex>", or "<hex>" alone for SHA-256. Errors: ERR_INVALID (not hex, wrong length), ERR_UNSUPPORTED. */
must_check bool digest_parse(struct arena *a, const char *text, enum digest_algo *algo, struct str *out_bytes,
                             struct err *err);

#endif
