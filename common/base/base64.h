// SPDX-License-Identifier: Apache-2.0
/* Base64 (RFC 4648, standard alphabet, padded), as Secrets and kubeconfigs use it. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "common/base/arena.h"

struct str base64_encode(struct arena *a, struct str bytes); // NUL-terminated
/* Line breaks are skipped, as Go's StdEncoding does. false: not base64 (*bad_at, may be NULL: offset of the first bad byte).
 * The result is NUL-terminated behind its last byte. */
bool base64_decode(struct arena *a, struct str text, struct str *out, size_t *bad_at);

#endif
