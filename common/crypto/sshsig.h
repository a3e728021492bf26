// SPDX-License-Identifier: Apache-2.0
/* SSH signatures ("-----BEGIN SSH SIGNATURE-----") against authorized_keys lines: ed25519, ECDSA P-256/384/521, RSA with SHA-2.
 * OpenSSH: PROTOCOL.sshsig. Flux: pkg/git/signature/ssh_signature.go (words), hiddeco/sshsig. Threads: any. */
#ifndef CRYPTO_SSHSIG_H
#define CRYPTO_SSHSIG_H

#include "common/base/err.h"

/* Verifies `signature` over `payload` in a namespace ("git") with any key of any of the files.
 * out_fingerprint  "SHA256:<base64>" of the key
 * Errors           ERR_INVALID: "signature is empty", "unable to verify payload with any of the given authorized keys: no matching key", ...
 *                  A file with a bad line does not count; if no file can be read, that is the error. */
must_check bool sshsig_verify(struct arena *a, struct str signature, struct str payload,
                              const char *namespace_, const struct str *authorized_keys, size_t n_files,
                              const char **out_fingerprint, struct err *err);

#endif
