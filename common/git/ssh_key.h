// SPDX-License-Identifier: Apache-2.0
/* Private keys for SSH, from memory. */
#ifndef GIT_SSH_KEY_H
#define GIT_SSH_KEY_H

#include "common/git/git.h"

#include <libssh/libssh.h>

// RSA, ECDSA and ed25519 in OpenSSH, PEM and PKCS#8 form. *out is freed with ssh_key_free.
must_check bool ssh_key_load(const char *pem, const char *passphrase, ssh_key *out, struct err *err);

#endif
