// SPDX-License-Identifier: Apache-2.0
// Formatting of numbers and strings with width, precision and flags. Go: src/fmt/format.go
#include "common/template/format.h"

#include <stdio.h>

#include "common/template/gotext.h"
#include "common/value/goquote.h"
#include "common/value/utf8.h"

#define MAX_NUMBER_BYTES 2100000 // Go allows widths up to 1e6

void format_padding(struct tformat *f, long n) {
    char c = f->zero && !f->minus ? '0' : ' ';
    for (; n > 0 && f->out->n < f->max; n--)
        buf_putc(f->out, c);
}

void format_pad(struct tformat *f, struct str s) {
    long fill = f->width_present ? (long)f->width - (long)utf8_count(s) : 0;
    if (!f->minus)
        format_padding(f, fill);
    buf_put_str(f->out, s);
    if (f->minus)
        format_padding(f, fill);
}

static void pad_no_zero(struct tformat *f, struct str s) {
    bool zero = f->zero;
    f->zero = false;
    format_pad(f, s);
    f->zero = zero;
}

void format_unicode(struct tformat *f, uint64_t u) {
    autobuf b = { 0 };
    int precision = f->precision_present && f->precision > 4 ? f->precision : 4;
    buf_fmt(&b, "U+%0*llX", precision, (unsigned long long)u);
    if (f->sharp && u <= 0x10FFFF && go_rune_printable((uint32_t)u)) {
        buf_puts(&b, " '");
        utf8_put(&b, (uint32_t)u);
        buf_puts(&b, "'");
    }
    pad_no_zero(f, buf_str(&b));
}

// Digits, backwards into the end of `text`.
static size_t put_digits(char *text, size_t i, uint64_t u, unsigned base, const char *digits) {
    do {
        text[--i] = digits[u % base];
        u /= base;
    } while (u);
    return i;
}

static size_t put_base_prefix(const struct tformat *f, char *text, size_t i, int base, uint32_t verb,
                              const char *digits) {
    if (f->sharp && base == 2)
        text[--i] = 'b', text[--i] = '0';
    else if (f->sharp && base == 8 && text[i] != '0')
        text[--i] = '0';
    else if (f->sharp && base == 16)
        text[--i] = digits[16], text[--i] = '0';
    if (verb == 'O')
        text[--i] = 'o', text[--i] = '0';
    return i;
}

void format_integer(struct tformat *f, uint64_t u, int base, bool is_signed, uint32_t verb,
                    const char *digits) {
    bool negative = is_signed && (int64_t)u < 0;
    int precision = 0;
    if (negative)
        u = 0 - u;
    if (f->precision_present) {
        precision = f->precision;
        if (!precision && !u) {
            bool zero = f->zero;
            f->zero = false;
            format_padding(f, f->width);
            f->zero = zero;
            return;
        }
    } else if (f->zero && !f->minus && f->width_present) {
        precision = f->width - (negative || f->plus || f->space);
    }
    size_t size = 80 + (size_t)(precision > 0 ? precision : 0), i = size;
    autobuf b = { 0 };
    char *text = buf_room(&b, size);
    i = put_digits(text, i, u, (unsigned)base, digits);
    while (precision > (long)(size - i))
        text[--i] = '0';
    i = put_base_prefix(f, text, i, base, verb, digits);
    if (negative || f->plus || f->space)
        text[--i] = negative ? '-' : f->plus ? '+' : ' ';
    pad_no_zero(f, str_make(text + i, size - i));
}

/* ---- floats ---- */

// %#g and friends keep the point and trailing zeros
static void keep_zeros(struct buf *num, char verb, int precision) {
    int digits = 0;
    bool point = false, nonzero = false;
    if (verb == 'v' || verb == 'g' || verb == 'G' || verb == 'x')
        digits = precision == -1 ? 6 : precision;
    autobuf tail = { 0 };
    size_t n = num->n;
    for (size_t i = 1; i < num->n; i++) {
        char c = num->p[i];
        bool exponent = c == 'p' || c == 'P' || ((c == 'e' || c == 'E') && verb != 'x' && verb != 'X');
        if (exponent) {
            buf_add(&tail, num->p + i, num->n - i);
            n = i;
            break;
        }
        if (c == '.') {
            point = true;
            continue;
        }
        nonzero |= c != '0';
        digits -= nonzero;
    }
    num->n = n;
    if (!point) {
        if (num->n == 2 && num->p[1] == '0')
            digits--;
        buf_putc(num, '.');
    }
    for (; digits > 0; digits--)
        buf_putc(num, '0');
    buf_put_str(num, buf_str(&tail));
}

void format_float(struct tformat *f, double v, char verb, int precision) {
    autobuf num = { 0 };
    if (f->precision_present)
        precision = f->precision;
    autobuf text = { 0 };
    go_format_float(&text, v, verb, precision);
    if (text.p[0] != '-' && text.p[0] != '+')
        buf_putc(&num, '+');
    buf_put_str(&num, buf_str(&text));
    if (f->space && num.p[0] == '+' && !f->plus)
        num.p[0] = ' ';
    if (num.p[1] == 'I' || num.p[1] == 'N') {
        bool bare = (num.p[1] == 'N' && !f->space && !f->plus) || (num.p[0] == '+' && !f->plus);
        pad_no_zero(f, str_sub(buf_str(&num), bare, num.n));
        return;
    }
    if (f->sharp && verb != 'b')
        keep_zeros(&num, verb, precision);
    if (!f->plus && num.p[0] == '+') {
        format_pad(f, str_sub(buf_str(&num), 1, num.n));
        return;
    }
    if (f->zero && !f->minus && f->width_present && f->width > (int)num.n) {
        buf_putc(f->out, num.p[0]);
        format_padding(f, f->width - (long)num.n);
        buf_add(f->out, num.p + 1, num.n - 1);
        return;
    }
    format_pad(f, buf_str(&num));
}

/* ---- strings ---- */

static struct str truncated(const struct tformat *f, struct str s) {
    int n = f->precision;
    size_t i = 0;
    uint32_t rune;
    if (!f->precision_present)
        return s;
    while (i < s.n && --n >= 0)
        i += utf8_decode(str_sub(s, i, s.n), &rune);
    return str_sub(s, 0, i);
}

static void hex_string(struct tformat *f, struct str s, const char *digits) {
    size_t n = f->precision_present && f->precision < (int)s.n ? (size_t)f->precision : s.n;
    long width = 2 * (long)n;
    if (!n) {
        if (f->width_present)
            format_padding(f, f->width);
        return;
    }
    if (f->space)
        width = width * (f->sharp ? 2 : 1) + (long)n - 1;
    else if (f->sharp)
        width += 2;
    long fill = f->width_present ? f->width - width : 0;
    if (!f->minus)
        format_padding(f, fill);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (f->space && i)
            buf_putc(f->out, ' ');
        if (f->sharp && (!i || f->space))
            buf_fmt(f->out, "0%c", digits[16]);
        buf_putc(f->out, digits[c >> 4]);
        buf_putc(f->out, digits[c & 15]);
    }
    if (f->minus)
        format_padding(f, fill);
}

static bool can_backquote(struct str s) {
    for (size_t i = 0; i < s.n;) {
        uint32_t r;
        size_t n = utf8_decode(str_sub(s, i, s.n), &r);
        if ((r == UTF8_BAD && n == 1) || r == 0xFEFF || (r < ' ' && r != '\t') || r == '`' || r == 0x7F)
            return false;
        i += n;
    }
    return true;
}

static void quoted_string(struct tformat *f, struct str s) {
    autobuf b = { 0 };
    s = truncated(f, s);
    if (f->sharp && can_backquote(s)) {
        buf_putc(&b, '`');
        buf_put_str(&b, s);
        buf_putc(&b, '`');
    } else if (f->plus) {
        go_quote_ascii(&b, s, '"');
    } else {
        go_quote(&b, s);
    }
    format_pad(f, buf_str(&b));
}

void format_string(struct tformat *f, struct str s, uint32_t verb, bool *bad) {
    *bad = false;
    if (verb == 'v' && f->sharp_v)
        quoted_string(f, s);
    else if (verb == 'v' || verb == 's')
        format_pad(f, truncated(f, s));
    else if (verb == 'x')
        hex_string(f, s, "0123456789abcdefx");
    else if (verb == 'X')
        hex_string(f, s, "0123456789ABCDEFX");
    else if (verb == 'q')
        quoted_string(f, s);
    else
        *bad = true;
}

static uint32_t rune_of(uint64_t u) {
    return u > 0x10FFFF || (u >= 0xD800 && u <= 0xDFFF) ? UTF8_BAD : (uint32_t)u;
}

void format_rune(struct tformat *f, uint64_t u) {
    char utf8[4];
    format_pad(f, str_make(utf8, utf8_encode(rune_of(u), utf8)));
}

void format_rune_quoted(struct tformat *f, uint64_t u) {
    char utf8[4];
    struct str s = str_make(utf8, utf8_encode(rune_of(u), utf8));
    autobuf b = { 0 };
    if (f->plus) {
        go_quote_ascii(&b, s, '\'');
    } else if (u == '\'' || u == '"') {
        buf_puts(&b, u == '"' ? "'\"'" : "'\\''");
    } else {
        go_quote(&b, s);
        b.p[0] = b.p[b.n - 1] = '\'';
    }
    format_pad(f, buf_str(&b));
}
