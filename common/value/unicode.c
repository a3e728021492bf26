// SPDX-License-Identifier: Apache-2.0
// Letters and digits. The tables are in unicode_letters.c.
#include "common/value/unicode.h"
#include "common/value/unicode_letters.h"

bool unicode_in(uint32_t rune, const struct unicode_range *ranges, size_t n) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (rune < ranges[mid].from)
            high = mid;
        else if (rune > ranges[mid].to)
            low = mid + 1;
        else
            return (rune - ranges[mid].from) % ranges[mid].stride == 0;
    }
    return false;
}

bool unicode_is_letter(uint32_t rune) {
    if (rune < 0x80)
        return (rune | 0x20) >= 'a' && (rune | 0x20) <= 'z';
    return unicode_in(rune, unicode_letters, unicode_n_letters);
}

bool unicode_is_digit(uint32_t rune) {
    if (rune < 0x80)
        return rune >= '0' && rune <= '9';
    return unicode_in(rune, unicode_digits, unicode_n_digits);
}
