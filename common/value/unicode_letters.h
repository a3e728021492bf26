// SPDX-License-Identifier: Apache-2.0
/* Tables of unicode.c. Inside of the room. */
#ifndef VALUE_UNICODE_LETTERS_H
#define VALUE_UNICODE_LETTERS_H

#include "common/value/unicode.h"

extern const struct unicode_range unicode_letters[], unicode_digits[];
extern const size_t unicode_n_letters, unicode_n_digits;

#endif
