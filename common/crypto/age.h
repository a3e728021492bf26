// SPDX-License-Identifier: Apache-2.0
/* age: decryption of age v1 files (age-encryption.org/v1) for X25519 identities and scrypt passphrases.
 *
 * What it is not an encryptor, a runner of plugins, or a user of SSH keys.
 * Secrets        identities and file keys are wiped when done; messages never hold key material.
 * Limits         a header of at most AGE_HEADER_BYTES and AGE_STANZAS recipients; scrypt work factor at most 2^AGE_SCRYPT_LOG_N (1 GiB at 20 is
 *                too much for a small board; age itself refuses over 22)
 * Source         C2SP age.md
 */
#ifndef CRYPTO_AGE_H
#define CRYPTO_AGE_H

#include "common/base/err.h"

#define AGE_HEADER_BYTES (64u << 10)
#define AGE_STANZAS 512
#define AGE_SCRYPT_LOG_N 18
#define AGE_IDENTITIES 64

struct age_identity {
    uint8_t secret[32], recipient[32];
};

struct age_identities {
    struct age_identity items[AGE_IDENTITIES];
    size_t n;
};

/* Add the identities of a key file: one AGE-SECRET-KEY-1... a line, blank lines and # comments skipped.
 * Errors  ERR_INVALID (line number, never the text), ERR_UNSUPPORTED (post-quantum and plugin identities), ERR_LIMIT */
must_check bool age_identities_add(struct age_identities *ids, struct str text, struct err *err);
void age_identities_wipe(struct age_identities *ids);

/* Decrypt a file, armored or binary. passphrase NULL: scrypt recipients are passed over.
 * Errors  ERR_AUTH "no identity matched any of the recipients"; ERR_INVALID (malformed, tampered); ERR_UNSUPPORTED */
must_check bool age_decrypt(struct arena *a, const struct age_identities *ids, const char *passphrase,
                            struct str file, struct str *out, struct err *err);

#endif
