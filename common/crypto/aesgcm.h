// SPDX-License-Identifier: Apache-2.0
/* AES-256-GCM, opening only, with nonces of any length (SOPS uses 32 bytes). */
#ifndef CRYPTO_AESGCM_H
#define CRYPTO_AESGCM_H

#include "common/base/arena.h"

// key: 32 bytes; tag: 16 bytes. false: it does not authenticate, or a length is wrong. *out is in `a`, NUL-terminated.
must_check bool aes256gcm_open(struct arena *a, struct str key, struct str nonce, struct str aad,
                               struct str sealed, struct str tag, struct str *out);

#endif
