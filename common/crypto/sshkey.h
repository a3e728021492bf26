// SPDX-License-Identifier: Apache-2.0
/* SSH public keys in wire form (RFC 4253, 5656, 8332, 8709) and signatures made with them. */
#ifndef CRYPTO_SSHKEY_H
#define CRYPTO_SSHKEY_H

#include "common/base/arena.h"

bool sshkey_type_known(struct str type); // "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", ...
// `signature` in wire form (algorithm, blob). SHA-1 signatures ("ssh-rsa") and RSA keys below 2048 bits are refused.
bool sshkey_verify(struct str key, struct str signature, struct str message);

// Takes a number or string off the front of *rest.
bool sshwire_u32(struct str *rest, uint32_t *out);
bool sshwire_string(struct str *rest, struct str *out);

#endif
