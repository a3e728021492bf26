// SPDX-License-Identifier: Apache-2.0
/* Base64 (RFC 4648, standard alphabet) as Go's encoding/base64. */
#ifndef VALUE_BASE64_H
#define VALUE_BASE64_H

#include "common/base/buf.h"

// StdEncoding: padding is required, CR and LF are skipped, bits behind the end are ignored. NUL-terminated result.
must_check bool base64_decode(struct arena *a, struct str text, struct str *out);
void base64_put(struct buf *out, struct str bytes);
char *base64_encode(struct arena *a, struct str bytes);

#endif
