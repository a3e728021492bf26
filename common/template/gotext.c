// SPDX-License-Identifier: Apache-2.0
// Reading Go's quoted strings and numbers; writing floats in all of its formats.
#include "common/template/gotext.h"

#include <math.h>
#include <stdio.h>

#include "common/value/goquote.h"
#include "common/value/number.h"
#include "common/value/utf8.h"

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// n digits of a base off the front.
static bool take_digits(struct str *s, size_t n, int base, uint32_t *out) {
    uint32_t v = 0;
    if (s->n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int d = hex_value(s->p[i]);
        if (d < 0 || d >= base)
            return false;
        v = v * (uint32_t)base + (uint32_t)d;
    }
    *s = str_sub(*s, n, s->n);
    *out = v;
    return true;
}

static bool unquote_escape(struct str *s, char quote, uint32_t *out, bool *out_byte) {
    static const char from[] = "abfnrtv\\", to[] = "\a\b\f\n\r\t\v\\";
    char c = s->p[0];
    const char *at = c ? strchr(from, c) : NULL;
    if (c >= '0' && c <= '7')
        return *out_byte = true, take_digits(s, 3, 8, out) && *out <= 255;
    *s = str_sub(*s, 1, s->n);
    if (at)
        return *out = (unsigned char)to[at - from], true;
    if (c == '\'' || c == '"')
        return *out = (unsigned char)c, c == quote;
    if (c == 'x')
        return *out_byte = true, take_digits(s, 2, 16, out);
    if (c != 'u' && c != 'U')
        return false;
    return take_digits(s, c == 'u' ? 4 : 8, 16, out) && *out <= 0x10FFFF && (*out < 0xD800 || *out > 0xDFFF);
}

bool go_unquote_char(struct str *rest, char quote, uint32_t *out, bool *out_byte) {
    *out_byte = false;
    if (!rest->n || (rest->p[0] == quote && (quote == '\'' || quote == '"')))
        return false;
    if (rest->p[0] != '\\') {
        *rest = str_sub(*rest, utf8_decode(*rest, out), rest->n);
        return true;
    }
    *rest = str_sub(*rest, 1, rest->n);
    return rest->n && unquote_escape(rest, quote, out, out_byte);
}

static struct str unquote_raw(struct arena *a, struct str s) {
    char *text = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '\r')
            text[n++] = s.p[i];
    return str_make(text, n);
}

bool go_unquote(struct arena *a, struct str s, struct str *out) {
    if (s.n < 2 || s.p[0] != s.p[s.n - 1])
        return false;
    char quote = s.p[0];
    struct str in = str_sub(s, 1, s.n - 1);
    if (quote == '`')
        return *out = unquote_raw(a, in), true;
    if (str_chr(in, '\\') < 0 && utf8_valid(in))
        return *out = arena_str(a, in), true;
    autobuf b = { 0 };
    while (in.n) {
        uint32_t rune;
        bool byte;
        if (!go_unquote_char(&in, quote, &rune, &byte))
            return false;
        if (byte)
            buf_putc(&b, (char)rune);
        else
            utf8_put(&b, rune);
    }
    *out = buf_to_arena(&b, a);
    return true;
}

/* ---- reading numbers ---- */

// Are underscores only between digits (or right behind a prefix)?
static bool underscores_ok(struct str s) {
    char before = '^';
    size_t i = 0;
    bool hex = false;
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        i = 1;
    if (s.n >= i + 2 && s.p[i] == '0' && s.p[i + 1] && strchr("bBoOxX", s.p[i + 1])) {
        hex = s.p[i + 1] == 'x' || s.p[i + 1] == 'X';
        i += 2;
        before = '0';
    }
    for (; i < s.n; i++) {
        char c = s.p[i];
        if ((c >= '0' && c <= '9') || (hex && hex_value(c) >= 0)) {
            before = '0';
        } else if (c == '_') {
            if (before != '0')
                return false;
            before = '_';
        } else {
            if (before == '_')
                return false;
            before = '!';
        }
    }
    return before != '_';
}

static struct str cut_prefix(struct str s, int *base) {
    static const char letters[] = "bBoOxX";
    static const int bases[] = { 2, 2, 8, 8, 16, 16 };
    *base = 10;
    if (!s.n || s.p[0] != '0')
        return s;
    const char *at = s.n >= 3 && s.p[1] ? strchr(letters, s.p[1]) : NULL;
    *base = at ? bases[at - letters] : 8;
    return str_sub(s, at ? 2 : 1, s.n);
}

bool go_parse_uint(struct str s, int base, uint64_t *out, bool *range) {
    struct str digits = s;
    bool any_base = base == 0, underscore = false, over = false;
    *range = false;
    if (!s.n)
        return false;
    if (any_base)
        digits = cut_prefix(s, &base);
    uint64_t v = 0;
    for (size_t i = 0; i < digits.n; i++) {
        int d = hex_value(digits.p[i]);
        if (digits.p[i] == '_' && any_base) {
            underscore = true;
            continue;
        }
        if (d < 0 || d >= base)
            return false;
        over |= __builtin_mul_overflow(v, (uint64_t)base, &v);
        over |= __builtin_add_overflow(v, (uint64_t)d, &v);
        if (over) // Go stops here
            return *range = true, *out = UINT64_MAX, false;
    }
    if (underscore && !underscores_ok(s))
        return false;
    *out = v;
    return true;
}

bool go_parse_int(struct str s, int base, int64_t *out, bool *range) {
    bool negative = s.n && s.p[0] == '-';
    uint64_t u = 0;
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = str_sub(s, 1, s.n);
    bool ok = go_parse_uint(s, base, &u, range);
    if (!ok && !*range)
        return false;
    uint64_t limit = (uint64_t)INT64_MAX + negative;
    if (!ok || u > limit) {
        *range = true;
        *out = negative ? INT64_MIN : INT64_MAX;
        return false;
    }
    *out = negative ? (int64_t)(0 - u) : (int64_t)u;
    return true;
}

static bool parse_special(struct str s, double *out) {
    bool negative = s.n && s.p[0] == '-', sign = s.n && (s.p[0] == '-' || s.p[0] == '+');
    struct str word = str_sub(s, sign, s.n);
    char lower[9] = { 0 };
    if (!word.n || word.n > 8)
        return false;
    for (size_t i = 0; i < word.n; i++)
        lower[i] = (char)(word.p[i] | 0x20);
    if (!strcmp(lower, "inf") || !strcmp(lower, "infinity"))
        return *out = negative ? -INFINITY : INFINITY, true;
    return !sign && !strcmp(lower, "nan") ? (*out = NAN, true) : false;
}

// A hexadecimal float has at least a digit, and an exponent.
static bool hex_float_ok(struct str s) {
    bool digits = false, point = false;
    size_t i = 0;
    for (; i < s.n; i++) {
        if (hex_value(s.p[i]) >= 0)
            digits = true;
        else if (s.p[i] == '.' && !point)
            point = true;
        else
            break;
    }
    if (!digits || i >= s.n || (s.p[i] != 'p' && s.p[i] != 'P'))
        return false;
    i++;
    if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
        i++;
    if (i == s.n)
        return false;
    for (; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

bool go_parse_float(struct str s, double *out, bool *range) {
    char text[512];
    size_t n = 0;
    *range = false;
    if (parse_special(s, out))
        return true;
    if (s.n >= sizeof text)
        return number_to_double(s, out);
    if (str_chr(s, '_') >= 0 && !underscores_ok(s))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '_')
            text[n++] = s.p[i];
    text[n] = '\0';
    size_t sign = n && (text[0] == '-' || text[0] == '+');
    if (n > sign + 2 && text[sign] == '0' && (text[sign + 1] == 'x' || text[sign + 1] == 'X')) {
        if (!hex_float_ok(str_make(text + sign + 2, n - sign - 2)))
            return false;
        *out = strtod(text, NULL);
    } else if (str_chr(s, '_') >= 0) {
        return false; // underscores only with a base prefix
    } else if (!number_to_double(str_make(text, n), out)) {
        char *end;
        *out = n && strchr("+-.0123456789", text[0]) ? strtod(text, &end) : 0;
        *range = isinf(*out);
        return false;
    }
    *range = isinf(*out);
    return !*range;
}

/* ---- writing floats ---- */

static void put_exponent(struct buf *out, const char *text, char e) {
    const char *at = strchr(text, 'e');
    buf_add(out, text, (size_t)(at - text));
    buf_putc(out, e);
    buf_puts(out, at + 1);
}

static void format_shortest(struct buf *out, double f, char verb) {
    char digits[NUMBER_TEXT];
    int point;
    size_t n = number_digits(f, digits, &point);
    buf_puts(out, signbit(f) ? "-" : "");
    bool zero = f == 0;
    int exponent = zero ? 0 : point - 1;
    bool e = verb == 'e' || verb == 'E' ||
             ((verb == 'g' || verb == 'G') && (exponent < -4 || exponent >= (n > 21 ? (int)n : 21)));
    if ((verb == 'g' || verb == 'G') && !e)
        e = exponent < -4 || exponent >= 21;
    if (e) {
        buf_putc(out, digits[0]);
        if (n > 1) {
            buf_putc(out, '.');
            buf_add(out, digits + 1, n - 1);
        }
        buf_fmt(out, "%c%c%02d", verb == 'E' || verb == 'G' ? 'E' : 'e', exponent < 0 ? '-' : '+',
                abs(exponent));
        return;
    }
    for (int i = 0; i < (point > 0 ? point : 1); i++)
        buf_putc(out, point > 0 && (size_t)i < n ? digits[i] : '0');
    if (point < (int)n && !zero) {
        buf_putc(out, '.');
        for (int i = point; i < 0; i++)
            buf_putc(out, '0');
        size_t from = point > 0 ? (size_t)point : 0;
        buf_add(out, digits + from, n - from);
    }
}

// %b: mantissa p exponent of two
static void format_binary(struct buf *out, double f) {
    int e;
    double m = frexp(f, &e);
    buf_fmt(out, "%.0fp%+d", ldexp(m, 53), f == 0 ? -1074 : e - 53);
}

static void format_hex(struct buf *out, double f, char verb, int precision) {
    char text[64], *at;
    snprintf(text, sizeof text, "%a", f);
    if (precision >= 0)
        snprintf(text, sizeof text, "%.*a", precision > 40 ? 40 : precision, f);
    at = strchr(text, 'p');
    buf_add(out, text, (size_t)(at - text));
    long e = strtol(at + 1, NULL, 10);
    buf_fmt(out, "p%c%02ld", e < 0 ? '-' : '+', labs(e));
    if (verb == 'X')
        for (char *p = out->p + out->n; p > out->p && (p[-1] != ' '); p--)
            p[-1] = (char)(p[-1] >= 'a' && p[-1] <= 'z' ? p[-1] - 32 : p[-1]);
}

// %g with a precision: the digits that C's %e gives, without trailing zeros
static void format_g(struct buf *out, double f, char verb, int precision) {
    autobuf text = { 0 };
    int p = precision ? precision : 1;
    buf_fmt(&text, "%.*e", p - 1, f);
    const char *at = strchr(text.p, 'e');
    long exponent = strtol(at + 1, NULL, 10);
    size_t n = (size_t)(at - text.p);
    while (n > 1 && memchr(text.p, '.', n) && (text.p[n - 1] == '0' || text.p[n - 1] == '.')) {
        bool point = text.p[n - 1] == '.';
        n--;
        if (point)
            break;
    }
    size_t digits = 0;
    for (size_t i = 0; i < n; i++)
        digits += text.p[i] >= '0' && text.p[i] <= '9';
    long limit = p;
    if (limit > (long)digits && (long)digits >= exponent + 1)
        limit = (long)digits;
    if (exponent < -4 || exponent >= limit) {
        buf_add(out, text.p, n);
        buf_fmt(out, "%c%c%02ld", verb == 'G' ? 'E' : 'e', exponent < 0 ? '-' : '+', labs(exponent));
        return;
    }
    long decimals = (long)digits - exponent - 1;
    buf_fmt(out, "%.*f", decimals > 0 ? (int)decimals : 0, strtod(text.p, NULL));
}

void go_format_float(struct buf *out, double f, char verb, int precision) {
    if (isnan(f) || isinf(f)) {
        buf_puts(out, isnan(f) ? "NaN" : f > 0 ? "+Inf" : "-Inf");
        return;
    }
    if (verb == 'b') {
        format_binary(out, f);
    } else if (verb == 'x' || verb == 'X') {
        format_hex(out, f, verb, precision);
    } else if (precision < 0 && (verb == 'g' || verb == 'G')) {
        char text[NUMBER_TEXT];
        size_t n = number_fmt_g(f, text);
        text[n] = '\0';
        if (verb == 'G' && strchr(text, 'e'))
            put_exponent(out, text, 'E');
        else
            buf_add(out, text, n);
    } else if (precision < 0) {
        format_shortest(out, f, verb);
    } else if (verb == 'e' || verb == 'E') {
        buf_fmt(out, verb == 'e' ? "%.*e" : "%.*E", precision, f);
    } else if (verb == 'f') {
        buf_fmt(out, "%.*f", precision, f);
    } else {
        format_g(out, f, verb, precision);
    }
}

/* ---- quoting ---- */

bool go_rune_printable(uint32_t rune) {
    char utf8[4];
    autobuf b = { 0 };
    if (rune < 0x80)
        return rune >= 0x20 && rune < 0x7F;
    size_t n = utf8_encode(rune, utf8);
    go_quote(&b, str_make(utf8, n));
    return b.n == n + 2 && !memcmp(b.p + 1, utf8, n);
}

void go_quote_ascii(struct buf *out, struct str s, char quote) {
    buf_putc(out, quote);
    for (size_t i = 0; i < s.n;) {
        uint32_t rune;
        size_t n = utf8_decode(str_sub(s, i, s.n), &rune);
        if (rune == (uint32_t)quote) {
            buf_putc(out, '\\');
            buf_putc(out, quote);
        } else if (rune >= 0x80 && !(rune == UTF8_BAD && n == 1)) {
            buf_fmt(out, rune < 0x10000 ? "\\u%04x" : "\\U%08x", rune);
        } else if (rune == '"') {
            buf_putc(out, '"');
        } else {
            autobuf b = { 0 };
            go_quote(&b, str_sub(s, i, i + n));
            buf_add(out, b.p + 1, b.n - 2);
        }
        i += n;
    }
    buf_putc(out, quote);
}
