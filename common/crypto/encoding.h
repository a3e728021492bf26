// SPDX-License-Identifier: Apache-2.0
/* Hex, and base64 in its variants. Plain base64 as Go's StdEncoding is in value/base64.h. Results are NUL-terminated. */
#ifndef CRYPTO_ENCODING_H
#define CRYPTO_ENCODING_H

#include "common/base/arena.h"

char *hex_encode(struct arena *a, const void *p, size_t n); // lower case
must_check bool hex_decode(struct arena *a, struct str text,
                           struct str *out); // either case; false: odd length, other letters

enum base64_flags {
    BASE64_URL = 1,        // "-_" for "+/"
    BASE64_NO_PADDING = 2, // Go: RawStdEncoding, RawURLEncoding
    BASE64_LENIENT = 4,    // decoding: both alphabets, padding or not, white space anywhere
};
char *base64_encode_as(struct arena *a, const void *p, size_t n, unsigned flags);
/* Strict unless BASE64_LENIENT: the alphabet and padding of the flags, no other letter, unused bits zero.
 * False: not base64. */
must_check bool base64_decode_as(struct arena *a, struct str text, unsigned flags, struct str *out);

#endif
