// SPDX-License-Identifier: Apache-2.0
// Parses quantities into nanos and writes them with the largest suffix that loses nothing.
#include "deploy/local/sandbox/quantity.h"

#include <ctype.h>

enum format { DECIMAL_SI, BINARY_SI, DECIMAL_EXPONENT };

static const struct {
    const char *suffix;
    enum format format;
    int power; // of ten, or of 1024 for BINARY_SI
} suffixes[] = {
    { "n", DECIMAL_SI, -9 }, { "u", DECIMAL_SI, -6 }, { "m", DECIMAL_SI, -3 }, { "", DECIMAL_SI, 0 },
    { "k", DECIMAL_SI, 3 },  { "M", DECIMAL_SI, 6 },  { "G", DECIMAL_SI, 9 },  { "T", DECIMAL_SI, 12 },
    { "P", DECIMAL_SI, 15 }, { "E", DECIMAL_SI, 18 }, { "Ki", BINARY_SI, 1 },  { "Mi", BINARY_SI, 2 },
    { "Gi", BINARY_SI, 3 },  { "Ti", BINARY_SI, 4 },  { "Pi", BINARY_SI, 5 },  { "Ei", BINARY_SI, 6 },
};

struct quantity {
    __int128 nanos; // absolute value
    bool negative;
    enum format format;
};

enum parse_result { PARSE_OK, PARSE_BAD, PARSE_LARGE };

static const __int128 nanos_max = ((__int128)1) << 120;

// *n times factor, false when it grows too large.
static bool scale(__int128 *n, __int128 factor) {
    return !__builtin_mul_overflow(*n, factor, n) && *n < nanos_max;
}

static bool scale_power(__int128 *n, int power) {
    for (; power > 0; power--)
        if (!scale(n, 10))
            return false;
    for (; power < 0; power++) // rounds up, as Quantity does below its smallest unit
        *n = *n / 10 + (*n % 10 != 0);
    return true;
}

// Suffix or exponent behind the digits.
static enum parse_result parse_suffix(const char *p, struct quantity *q) {
    for (size_t i = 0; i < countof(suffixes); i++) {
        if (strcmp(suffixes[i].suffix, p) != 0)
            continue;
        q->format = suffixes[i].format;
        bool fits = true;
        if (q->format == BINARY_SI)
            for (int k = 0; fits && k < suffixes[i].power; k++)
                fits = scale(&q->nanos, 1024);
        else
            fits = scale_power(&q->nanos, suffixes[i].power);
        return fits ? PARSE_OK : PARSE_LARGE;
    }
    if (*p != 'e' && *p != 'E')
        return PARSE_BAD;
    char *end;
    long power = strtol(p + 1, &end, 10);
    if (end == p + 1 || *end || isspace((unsigned char)p[1]))
        return PARSE_BAD;
    q->format = DECIMAL_EXPONENT;
    if (power > 40 || power < -40)
        return PARSE_LARGE;
    return scale_power(&q->nanos, (int)power) ? PARSE_OK : PARSE_LARGE;
}

static enum parse_result parse(const char *text, struct quantity *q) {
    const char *p = text;
    *q = (struct quantity) { 0 };
    q->negative = *p == '-';
    p += *p == '-' || *p == '+';
    int digits = 0, fraction = 0;
    bool point = false;
    for (; isdigit((unsigned char)*p) || (*p == '.' && !point); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        digits++;
        if (digits > 27)
            return PARSE_LARGE;
        q->nanos = q->nanos * 10 + (*p - '0');
        fraction += point;
    }
    if (!digits)
        return PARSE_BAD;
    if (!scale_power(&q->nanos, 9 - fraction)) // digits below nano are rounded up here
        return PARSE_LARGE;
    return parse_suffix(p, q);
}

static char *print_128(struct arena *a, __int128 n, bool negative, const char *suffix) {
    char digits[48];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    do
        digits[--at] = (char)('0' + (int)(n % 10));
    while (n /= 10);
    return arena_fmt(a, "%s%s%s", negative ? "-" : "", digits + at, suffix);
}

static char *print_decimal(struct arena *a, const struct quantity *q) {
    __int128 n = q->nanos;
    int power = -9;
    while (n && n % 1000 == 0 && power < 18) {
        n /= 1000;
        power += 3;
    }
    if (q->format == DECIMAL_EXPONENT)
        return print_128(a, n, q->negative, power ? arena_fmt(a, "e%d", power) : "");
    for (size_t i = 0; i < countof(suffixes); i++)
        if (suffixes[i].format == DECIMAL_SI && suffixes[i].power == power)
            return print_128(a, n, q->negative, suffixes[i].suffix);
    return NULL;
}

static char *print_binary(struct arena *a, const struct quantity *q) {
    __int128 n = q->nanos / 1000000000;
    int power = 0;
    while (n && n % 1024 == 0 && power < 6) {
        n /= 1024;
        power++;
    }
    for (size_t i = 0; i < countof(suffixes); i++)
        if (power && suffixes[i].format == BINARY_SI && suffixes[i].power == power)
            return print_128(a, n, q->negative, suffixes[i].suffix);
    return print_128(a, n, q->negative, "");
}

const char *quantity_canonical(struct arena *a, const char *text) {
    struct quantity q;
    switch (parse(text, &q)) {
    case PARSE_BAD: return NULL;
    case PARSE_LARGE: return arena_strdup(a, text);
    case PARSE_OK: break;
    }
    if (!q.nanos)
        return "0";
    // A binary quantity below 1024 or with a fraction is written in decimal.
    bool binary = q.format == BINARY_SI && q.nanos % 1000000000 == 0 && q.nanos / 1000000000 >= 1024;
    return binary ? print_binary(a, &q) : print_decimal(a, &q);
}

bool quantity_milli(const char *text, int64_t *out) {
    struct quantity q;
    if (parse(text, &q) != PARSE_OK)
        return false;
    __int128 milli = q.nanos / 1000000 + (q.nanos % 1000000 != 0);
    if (milli > INT64_MAX)
        return false;
    *out = q.negative ? -(int64_t)milli : (int64_t)milli;
    return true;
}
