// SPDX-License-Identifier: Apache-2.0
/* UTF-8: decoding as Go's unicode/utf8 (shortest form, no surrogates, at most U+10FFFF) and encoding. */
#ifndef VALUE_UTF8_H
#define VALUE_UTF8_H

#include "common/base/buf.h"

#define UTF8_BAD 0xFFFDu // what an invalid byte decodes to, with length 1

/* Decode the first rune of s (s.n > 0). Returns its length; an invalid sequence gives UTF8_BAD and 1. The
 * proper U+FFFD has length 3. */
size_t utf8_decode(struct str s, uint32_t *out);
// Encode; surrogates and values past U+10FFFF become U+FFFD. Returns the length, 1-4.
size_t utf8_encode(uint32_t rune, char out[4]);
void utf8_put(struct buf *b, uint32_t rune);
bool utf8_valid(struct str s);
size_t utf8_count(struct str s); // runes, as utf8.RuneCount

#endif
