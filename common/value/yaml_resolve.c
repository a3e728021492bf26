// SPDX-License-Identifier: Apache-2.0
// Meaning of plain scalars. Go: go.yaml.in/yaml/{v2,v3} resolve.go; integers as strconv.ParseInt with base 0.
#include "common/value/yaml_resolve.h"
#include "common/value/number.h"

#include <math.h>
#include <stdio.h>

static const struct word {
    const char *text;
    enum yaml_kind kind;
    bool truth;
    bool old; // YAML 1.1 only
    double f;
} words[] = {
    { "", YAML_NULL },
    { "~", YAML_NULL },
    { "null", YAML_NULL },
    { "Null", YAML_NULL },
    { "NULL", YAML_NULL },
    { "true", YAML_BOOL, .truth = true },
    { "True", YAML_BOOL, .truth = true },
    { "TRUE", YAML_BOOL, .truth = true },
    { "false", YAML_BOOL },
    { "False", YAML_BOOL },
    { "FALSE", YAML_BOOL },
    { "y", YAML_BOOL, .truth = true, .old = true },
    { "Y", YAML_BOOL, .truth = true, .old = true },
    { "yes", YAML_BOOL, .truth = true, .old = true },
    { "Yes", YAML_BOOL, .truth = true, .old = true },
    { "YES", YAML_BOOL, .truth = true, .old = true },
    { "on", YAML_BOOL, .truth = true, .old = true },
    { "On", YAML_BOOL, .truth = true, .old = true },
    { "ON", YAML_BOOL, .truth = true, .old = true },
    { "n", YAML_BOOL, .old = true },
    { "N", YAML_BOOL, .old = true },
    { "no", YAML_BOOL, .old = true },
    { "No", YAML_BOOL, .old = true },
    { "NO", YAML_BOOL, .old = true },
    { "off", YAML_BOOL, .old = true },
    { "Off", YAML_BOOL, .old = true },
    { "OFF", YAML_BOOL, .old = true },
    { ".nan", YAML_FLOAT, .f = NAN },
    { ".NaN", YAML_FLOAT, .f = NAN },
    { ".NAN", YAML_FLOAT, .f = NAN },
    { ".inf", YAML_FLOAT, .f = INFINITY },
    { ".Inf", YAML_FLOAT, .f = INFINITY },
    { ".INF", YAML_FLOAT, .f = INFINITY },
    { "+.inf", YAML_FLOAT, .f = INFINITY },
    { "+.Inf", YAML_FLOAT, .f = INFINITY },
    { "+.INF", YAML_FLOAT, .f = INFINITY },
    { "-.inf", YAML_FLOAT, .f = -INFINITY },
    { "-.Inf", YAML_FLOAT, .f = -INFINITY },
    { "-.INF", YAML_FLOAT, .f = -INFINITY },
};

static const struct word *word_find(struct str s) {
    if (s.n > 5)
        return NULL;
    for (size_t i = 0; i < countof(words); i++)
        if ((!s.n || s.p[0] == words[i].text[0]) && str_is(s, words[i].text))
            return &words[i];
    return NULL;
}

bool yaml_is_old_bool(struct str s) {
    const struct word *w = word_find(s);
    return w && w->old;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static int digit_value(char c) {
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

static bool parse_digits(struct str s, int base, uint64_t *out) {
    uint64_t v = 0;
    if (!s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        int d = digit_value(s.p[i]);
        if (d >= base || __builtin_mul_overflow(v, (uint64_t)base, &v) ||
            __builtin_add_overflow(v, (uint64_t)d, &v))
            return false;
    }
    *out = v;
    return true;
}

// strconv.ParseInt, else (without a sign) strconv.ParseUint. base 0: by the prefix.
static bool parse_int(struct str s, int base, struct yaml_scalar *out) {
    bool negative = s.n && s.p[0] == '-', sign = negative || (s.n && s.p[0] == '+');
    if (sign)
        s = str_sub(s, 1, s.n);
    if (base == 0) {
        char x = s.n >= 3 && s.p[0] == '0' ? (char)(s.p[1] | 0x20) : '\0';
        base = x == 'x' ? 16 : x == 'o' ? 8 : x == 'b' ? 2 : 10;
        if (base != 10)
            s = str_sub(s, 2, s.n);
        else if (s.n >= 2 && s.p[0] == '0')
            base = 8;
    }
    uint64_t v;
    if (!parse_digits(s, base, &v))
        return false;
    if (v > (uint64_t)INT64_MAX + negative) {
        *out = (struct yaml_scalar) { YAML_UINT, .u = v };
        return !sign;
    }
    *out = (struct yaml_scalar) { YAML_INT, .i = negative ? (int64_t)(0 - v) : (int64_t)v };
    return true;
}

// The writing of binary and octal numbers that strconv does not know ("0b-1", "-0o17").
static bool parse_prefixed(struct str s, const char *prefix, int base, struct yaml_scalar *out) {
    bool negative = s.n && s.p[0] == '-';
    struct str rest = negative ? str_sub(s, 1, s.n) : s;
    if (!str_starts(rest, prefix))
        return false;
    rest = str_sub(rest, 2, rest.n);
    if (!negative)
        return parse_int(rest, base, out);
    uint64_t v;
    if (!parse_digits(rest, base, &v) || v > (uint64_t)INT64_MAX + 1)
        return false;
    *out = (struct yaml_scalar) { YAML_INT, .i = (int64_t)(0 - v) };
    return true;
}

static bool parse_number(struct str s, bool v3, struct yaml_scalar *out) {
    char small[128];
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < sizeof small; i++)
        if (s.p[i] != '_')
            small[n++] = s.p[i];
    // longer than that is no 64-bit integer; a float of so many digits is read as it stands
    struct str plain = n < sizeof small ? str_make(small, n) : s;
    if (n < sizeof small && parse_int(plain, 0, out))
        return true;
    double f;
    if (number_to_double(plain, &f)) {
        *out = (struct yaml_scalar) { YAML_FLOAT, .f = f };
        return true;
    }
    return parse_prefixed(plain, "0b", 2, out) || (v3 && parse_prefixed(plain, "0o", 8, out));
}

// strconv.ParseFloat of a text that starts with a point: single underscores between digits are allowed.
static bool parse_fraction(struct str s, double *out) {
    char plain[128];
    size_t n = 0;
    if (str_chr(s, '_') < 0)
        return number_to_double(s, out);
    if (s.n >= sizeof plain)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '_')
            plain[n++] = s.p[i];
        else if (i == 0 || !is_digit(s.p[i - 1]) || i + 1 == s.n || !is_digit(s.p[i + 1]))
            return false;
    }
    return number_to_double(str_make(plain, n), out);
}

// ---- timestamps, as time.Parse reads the four layouts of yaml ----

static bool take_num(struct str *s, size_t min, size_t max, int *out) {
    size_t n = 0;
    int v = 0;
    while (n < max && n < s->n && is_digit(s->p[n]))
        v = v * 10 + (s->p[n++] - '0');
    if (n < min)
        return false;
    *s = str_sub(*s, n, s->n);
    *out = v;
    return true;
}

static bool take_char(struct str *s, char c) {
    if (!s->n || s->p[0] != c)
        return false;
    *s = str_sub(*s, 1, s->n);
    return true;
}

static int days_in(int month, int year) {
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static bool take_date(struct str *s, struct yaml_time *t) {
    return take_num(s, 4, 4, &t->year) && take_char(s, '-') && take_num(s, 1, 2, &t->month) &&
           take_char(s, '-') && take_num(s, 1, 2, &t->day) && t->month >= 1 && t->month <= 12 &&
           t->day >= 1 && t->day <= days_in(t->month, t->year);
}

static void take_fraction(struct str *s, struct yaml_time *t) {
    if (s->n < 2 || (s->p[0] != '.' && s->p[0] != ',') || !is_digit(s->p[1]))
        return;
    size_t i = 1;
    int scale = 100000000;
    for (; i < s->n && is_digit(s->p[i]); i++, scale /= 10)
        t->ns += scale * (s->p[i] - '0');
    *s = str_sub(*s, i, s->n);
}

static bool take_clock(struct str *s, struct yaml_time *t) {
    if (!take_num(s, 1, 2, &t->hour) || !take_char(s, ':') || !take_num(s, 1, 2, &t->minute) ||
        !take_char(s, ':') || !take_num(s, 1, 2, &t->second))
        return false;
    take_fraction(s, t);
    return t->hour < 24 && t->minute < 60 && t->second < 60;
}

static bool take_zone(struct str *s, struct yaml_time *t) {
    if (take_char(s, 'Z'))
        return true;
    int hour, minute, sign = s->n && s->p[0] == '-' ? -1 : 1;
    if (!take_char(s, '+') && !take_char(s, '-'))
        return false;
    if (!take_num(s, 2, 2, &hour) || !take_char(s, ':') || !take_num(s, 2, 2, &minute) || hour > 24 ||
        minute > 60)
        return false;
    t->offset_s = sign * (hour * 3600 + minute * 60);
    return true;
}

static bool parse_time(struct str s, struct yaml_scalar *out) {
    struct yaml_time t = { 0 };
    if (s.n < 8 || s.p[4] != '-' || !take_date(&s, &t))
        return false;
    if (s.n) {
        bool zone = s.p[0] == 'T' || s.p[0] == 't';
        if (!zone && s.p[0] != ' ')
            return false;
        s = str_sub(s, 1, s.n);
        if (!zone) // Go lets several blanks stand for the one of the layout
            while (take_char(&s, ' ')) {
            }
        if (!take_clock(&s, &t) || (zone && !take_zone(&s, &t)) || s.n)
            return false;
    }
    *out = (struct yaml_scalar) { YAML_TIME, .t = t };
    return true;
}

char *yaml_time_text(struct arena *a, const struct yaml_time *t) {
    char fraction[16] = "", zone[16] = "Z";
    if (t->ns) {
        snprintf(fraction, sizeof fraction, ".%09d", t->ns);
        for (size_t n = strlen(fraction); n && fraction[n - 1] == '0'; n--)
            fraction[n - 1] = '\0';
    }
    int offset = t->offset_s < 0 ? -t->offset_s : t->offset_s;
    if (offset)
        snprintf(zone, sizeof zone, "%c%02d:%02d", t->offset_s < 0 ? '-' : '+', offset / 3600,
                 offset / 60 % 60);
    return arena_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02d%s%s", t->year, t->month, t->day, t->hour, t->minute,
                     t->second, fraction, zone);
}

// ---- all together ----

struct yaml_scalar yaml_resolve(struct str s, bool v3, bool dates) {
    struct yaml_scalar r = { YAML_STR };
    const struct word *w = word_find(s);
    if (w && !(v3 && w->old)) {
        if (w->kind == YAML_BOOL)
            return (struct yaml_scalar) { YAML_BOOL, .b = w->truth };
        return (struct yaml_scalar) { w->kind, .f = w->f };
    }
    if (!s.n)
        return r;
    double f;
    if (s.p[0] == '.') {
        if (parse_fraction(s, &f))
            r = (struct yaml_scalar) { YAML_FLOAT, .f = f };
        return r;
    }
    if (s.p[0] == '+' || s.p[0] == '-' || is_digit(s.p[0])) {
        if (dates && parse_time(s, &r))
            return r;
        parse_number(s, v3, &r);
    }
    return r;
}

const char *yaml_kind_tag(enum yaml_kind kind) {
    switch (kind) {
    case YAML_NULL: return "!!null";
    case YAML_BOOL: return "!!bool";
    case YAML_INT:
    case YAML_UINT: return "!!int";
    case YAML_FLOAT: return "!!float";
    case YAML_TIME: return "!!timestamp";
    case YAML_STR: return "!!str";
    }
    return "?";
}

// ^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$
bool yaml_is_base60(struct str s) {
    if (s.n && (s.p[0] == '+' || s.p[0] == '-'))
        s = str_sub(s, 1, s.n);
    if (!s.n || !is_digit(s.p[0]))
        return false;
    size_t i = 1, groups = 0;
    while (i < s.n && (is_digit(s.p[i]) || s.p[i] == '_'))
        i++;
    while (i < s.n && s.p[i] == ':') {
        size_t n = i + 1;
        while (n < s.n && is_digit(s.p[n]))
            n++;
        size_t len = n - i - 1;
        if (len < 1 || len > 2 || (len == 2 && s.p[i + 1] > '5'))
            return false;
        groups++;
        i = n;
    }
    if (i < s.n && s.p[i] == '.')
        for (i++; i < s.n && (is_digit(s.p[i]) || s.p[i] == '_');)
            i++;
    return groups && i == s.n;
}
