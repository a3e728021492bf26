// SPDX-License-Identifier: Apache-2.0
/* Upper and lower case as Go's strings.ToUpper, ToLower and unicode.SimpleFold. Invalid bytes become U+FFFD. Threads any. */
#ifndef TEXT_TEXTCASE_H
#define TEXT_TEXTCASE_H

#include "common/base/buf.h"

uint32_t rune_upper(uint32_t rune);
uint32_t rune_lower(uint32_t rune);
// The next rune of the ring of those that are equal without regard to case; itself when it is alone.
uint32_t rune_fold(uint32_t rune);
void text_put_upper(struct buf *out, struct str s);
void text_put_lower(struct buf *out, struct str s);
// strings.EqualFold
bool text_equal_fold(struct str x, struct str y);

#endif
