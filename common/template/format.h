// SPDX-License-Identifier: Apache-2.0
/* Go's package fmt on template values: flags and the formatting of one value. Inside of the room. Go: src/fmt/{print,format}.go */
#ifndef TEMPLATE_FORMAT_H
#define TEMPLATE_FORMAT_H

#include "common/template/functions.h"

struct tformat {
    struct buf *out;
    size_t max; // bytes; what would be longer is cut
    bool width_present, precision_present, minus, plus, sharp, space, zero, plus_v, sharp_v;
    int width, precision;
    bool erroring;
};

void format_value(struct tformat *f, struct tval v, uint32_t verb); // an argument
void format_pad(struct tformat *f, struct str s);
void format_padding(struct tformat *f, long n);
void format_integer(struct tformat *f, uint64_t u, int base, bool is_signed, uint32_t verb,
                    const char *digits);
void format_float(struct tformat *f, double v, char verb, int precision);
void format_unicode(struct tformat *f, uint64_t u);
void format_string(struct tformat *f, struct str s, uint32_t verb, bool *bad);
void format_rune_quoted(struct tformat *f, uint64_t u);
void format_rune(struct tformat *f, uint64_t u);

#endif
