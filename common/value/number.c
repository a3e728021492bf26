// SPDX-License-Identifier: Apache-2.0
// Floating point text, in both directions.
#include "common/value/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void c_locale_make(void) {
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c_locale)
        abort();
}

static const double powers_of_10[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

struct decimal {
    uint64_t mantissa;
    int64_t exponent; // of ten
    bool negative;
    bool exact; // the mantissa holds all digits
    bool any;   // at least one digit
};

static struct str scan_mantissa(struct str s, struct decimal *d) {
    bool point = false;
    for (; s.n; s = str_sub(s, 1, s.n)) {
        char c = s.p[0];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        d->any = true;
        if (d->mantissa > (UINT64_MAX - 9) / 10) {
            d->exact = false;
            d->exponent += !point;
            continue;
        }
        d->mantissa = d->mantissa * 10 + (uint64_t)(c - '0');
        d->exponent -= point;
    }
    return s;
}

static bool scan_exponent(struct str s, struct decimal *d) {
    if (!s.n)
        return true;
    if (s.p[0] != 'e' && s.p[0] != 'E')
        return false;
    s = str_sub(s, 1, s.n);
    bool negative = s.n && s.p[0] == '-';
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        s = str_sub(s, 1, s.n);
    if (!s.n)
        return false;
    int64_t e = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (e < 100000000)
            e = e * 10 + (s.p[i] - '0');
    }
    d->exponent += negative ? -e : e;
    return true;
}

// The slow way: libc rounds correctly, but wants a NUL behind the text.
static bool strtod_c(struct str text, double *out) {
    pthread_once(&c_locale_once, c_locale_make);
    char small[128];
    char *copy = text.n < sizeof small ? small : malloc(text.n + 1);
    if (!copy)
        abort();
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    *out = strtod_l(copy, NULL, c_locale);
    if (copy != small)
        free(copy);
    return isfinite(*out);
}

bool number_to_double(struct str text, double *out) {
    struct decimal d = { .exact = true };
    struct str s = text;
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) {
        d.negative = s.p[0] == '-';
        s = str_sub(s, 1, s.n);
    }
    s = scan_mantissa(s, &d);
    if (!d.any || !scan_exponent(s, &d))
        return false;
    // both operands are exact doubles, so one rounding happens: the right one
    if (d.exact && d.mantissa <= (1ull << 53) && d.exponent >= -22 && d.exponent <= 22) {
        double f = (double)d.mantissa;
        f = d.exponent < 0 ? f / powers_of_10[-d.exponent] : f * powers_of_10[d.exponent];
        *out = d.negative ? -f : f;
        return true;
    }
    return strtod_c(text, out);
}

// The shortest "d.ddde+xx" that gives f back; f > 0.
static void shortest(double f, char text[48]) {
    // every decimal of up to 15 digits survives a float64; only subnormals can need fewer than %.15g shows
    for (int precision = f < DBL_MIN ? 0 : DBL_DIG - 1; precision < 17; precision++) {
        snprintf(text, 48, "%.*e", precision, f);
        if (strtod(text, NULL) == f)
            break;
    }
}

static void shortest32(float f, char text[48]) {
    for (int precision = 0; precision < 9; precision++) {
        snprintf(text, 48, "%.*e", precision, (double)f);
        if (strtof(text, NULL) == f)
            break;
    }
}

static size_t digits_of(double f, bool single, char digits[NUMBER_TEXT], int *out_point) {
    f = fabs(f);
    if (f == 0) {
        memcpy(digits, "0", 2);
        *out_point = 1;
        return 1;
    }
    pthread_once(&c_locale_once, c_locale_make);
    locale_t before = uselocale(c_locale);
    char text[48];
    if (single)
        shortest32((float)f, text);
    else
        shortest(f, text);
    uselocale(before);
    size_t n = 0;
    const char *p = text;
    for (; *p && *p != 'e'; p++)
        if (*p != '.')
            digits[n++] = *p;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
    *out_point = (int)strtol(p + 1, NULL, 10) + 1;
    return n;
}

size_t number_digits(double f, char digits[NUMBER_TEXT], int *out_point) {
    return digits_of(f, false, digits, out_point);
}

static size_t put_exponent(char *out, const char *digits, size_t n, int point, bool two_digits) {
    char *o = out;
    *o++ = digits[0];
    if (n > 1) {
        *o++ = '.';
        memcpy(o, digits + 1, n - 1);
        o += n - 1;
    }
    int e = point - 1;
    o += snprintf(o, 8, two_digits ? "e%c%02d" : "e%c%d", e < 0 ? '-' : '+', e < 0 ? -e : e);
    return (size_t)(o - out);
}

static size_t put_fixed(char *out, const char *digits, size_t n, int point) {
    char *o = out;
    if (point <= 0) {
        *o++ = '0';
        *o++ = '.';
        for (int i = point; i < 0; i++)
            *o++ = '0';
        memcpy(o, digits, n);
        return (size_t)(o + n - out);
    }
    for (int i = 0; i < point; i++)
        *o++ = (size_t)i < n ? digits[i] : '0';
    if (n > (size_t)point) {
        *o++ = '.';
        memcpy(o, digits + point, n - (size_t)point);
        o += n - (size_t)point;
    }
    return (size_t)(o - out);
}

struct float_style {
    int low, high;   // decimal exponents from which on it is written with an exponent
    bool two_digits; // of the exponent, at least
    bool single;     // the digits of a float32
};

static size_t put_float(double f, struct float_style style, char out[NUMBER_TEXT]) {
    char digits[NUMBER_TEXT];
    int point;
    if (!isfinite(f))
        return (size_t)snprintf(out, NUMBER_TEXT, "%s", isnan(f) ? "NaN" : f > 0 ? "+Inf" : "-Inf");
    size_t n = digits_of(f, style.single, digits, &point), sign = 0;
    if (signbit(f))
        out[sign++] = '-';
    bool exponent = f != 0 && (point - 1 < style.low || point - 1 >= style.high);
    n = exponent ? put_exponent(out + sign, digits, n, point, style.two_digits)
                 : put_fixed(out + sign, digits, n, point);
    out[sign + n] = '\0';
    return sign + n;
}

size_t number_fmt_g(double f, char out[NUMBER_TEXT]) {
    return put_float(f, (struct float_style) { -4, 6, true, false }, out);
}

size_t number_fmt_v(double f, char out[NUMBER_TEXT]) {
    return number_fmt_g(f, out);
}

size_t number_fmt_json(double f, char out[NUMBER_TEXT]) {
    return put_float(f, (struct float_style) { -6, 21, false, false }, out);
}

size_t number_fmt_g32(double f, char out[NUMBER_TEXT]) {
    return put_float(isfinite(f) ? (double)(float)f : f, (struct float_style) { -4, 6, true, true }, out);
}
