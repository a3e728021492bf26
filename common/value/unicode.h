// SPDX-License-Identifier: Apache-2.0
/* The two Unicode properties that key order needs (unicode.IsLetter, unicode.IsDigit of Go 1.26: Unicode 15). The rest of
 * the properties are in common/text. */
#ifndef VALUE_UNICODE_H
#define VALUE_UNICODE_H

#include "common/base/base.h"

struct unicode_range {
    uint32_t from, to, stride;
};

bool unicode_in(uint32_t rune, const struct unicode_range *ranges, size_t n);
bool unicode_is_letter(uint32_t rune); // category L
bool unicode_is_digit(uint32_t rune);  // category Nd

#endif
