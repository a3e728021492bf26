// SPDX-License-Identifier: Apache-2.0
/* Detached OpenPGP signatures, by librnp, which is loaded when the first one appears (it is 8 MB that most installations never need).
 * No home directory, no agent, no file. Threads: any; one verification at a time. Flux: pkg/git/signature/gpg_signature.go (words). */
#ifndef CRYPTO_OPENPGP_H
#define CRYPTO_OPENPGP_H

#include "common/base/err.h"

/* Verifies an armoured detached signature with the keys of any ring.
 * out_key_id  16 upper-case hex digits of the primary key
 * Errors      ERR_INVALID "unable to verify payload with any of the given key rings: no matching key", "unable to read armored key ring: ...";
 *             ERR_UNSUPPORTED: librnp is not installed. A ring that cannot be read does not count unless none can. */
must_check bool openpgp_verify(struct arena *a, struct str signature, struct str payload,
                               const struct str *rings, size_t n_rings, const char **out_key_id,
                               struct err *err);

#endif
