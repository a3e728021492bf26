// SPDX-License-Identifier: Apache-2.0
/* Digests, streaming and at once, and their text form "sha256:<hex>".
 *
 * What it matches  github.com/opencontainers/go-digest (form and errors), and the algorithms of fluxcd/source-controller
 *                  internal/digest: sha1, sha256, sha384, sha512, blake3; md5 only for what others still send.
 * How to add one   1. enum digest_algorithm  2. its row in digest.c's table  3. vectors in tests/unit/crypto
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "common/base/err.h"

enum digest_algorithm { DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512, DIGEST_SHA1, DIGEST_MD5, DIGEST_BLAKE3 };

#define DIGEST_MAX_BYTES 64

struct digest {
    enum digest_algorithm algorithm;
    size_t n; // bytes used
    uint8_t bytes[DIGEST_MAX_BYTES];
};

struct hasher {
    enum digest_algorithm algorithm;
    void *state;
};

void hasher_init(struct hasher *h, enum digest_algorithm algorithm);
void hasher_add(struct hasher *h, const void *p, size_t n_bytes);
// The digest of all that was added; ends the hasher, which may be init again.
void hasher_finish(struct hasher *h, struct digest *out);
void hasher_done(struct hasher *h); // gives up an unfinished one; a finished or zeroed one is ok
#define autohasher AUTO(hasher_done) struct hasher

void digest_of(enum digest_algorithm algorithm, struct str bytes, struct digest *out);
// From the descriptor's position to its end. Errors: ERR_IO.
must_check bool digest_of_fd(enum digest_algorithm algorithm, int fd, struct digest *out, struct err *err);

const char *digest_name(enum digest_algorithm algorithm); // "sha256"
// Errors: ERR_UNSUPPORTED "unsupported digest algorithm".
must_check bool digest_algorithm_parse(struct str name, enum digest_algorithm *out, struct err *err);
char *digest_hex(struct arena *a, const struct digest *d);
char *digest_text(struct arena *a, const struct digest *d); // "sha256:<hex>"
/* Parse "sha256:<hex>"; md5 is refused, as go-digest does not know it.
 * Errors ERR_INVALID "invalid checksum digest format", "invalid checksum digest length"; ERR_UNSUPPORTED
 *        "unsupported digest algorithm" */
must_check bool digest_parse(struct str text, struct digest *out, struct err *err);
bool digest_equal(const struct digest *a, const struct digest *b); // in constant time

#endif
