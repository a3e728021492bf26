// SPDX-License-Identifier: Apache-2.0
// string.format: %s %d %f %e %b %o %x %X %%. Go: google/cel-go ext/formatting_v2.go
#include "common/cel/cel_functions.h"
#include "common/base/timeutil.h"
#include "common/value/base64.h"
#include "common/value/number.h"

#include <math.h>

enum { TEXT_MAX = 1 << 20, PRECISION_MAX = 100 };

static const char *clause_name(char c) {
    switch (c) {
    case 'd': return "decimal clause can only be used on ints, uints, and doubles";
    case 'f': return "fixed-point clause can only be used on ints, uints, and doubles";
    case 'e': return "scientific clause can only be used on ints, uints, and doubles";
    case 'b': return "only ints, uints, and bools can be formatted as binary";
    case 'o': return "octal clause can only be used on ints and uints";
    default: return "only ints, uints, bytes, and strings can be formatted as hex";
    }
}

static struct cv wrong(struct cel_run *r, char clause, const struct cv *v) {
    return cv_error(r, "error during formatting: %s, was given %s", clause_name(clause), cv_type_name(v));
}

static void put_base(struct buf *out, uint64_t u, bool negative, unsigned base, bool upper) {
    char digits[65];
    size_t n = sizeof digits;
    do
        digits[--n] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[u % base];
    while (u /= base);
    buf_puts(out, negative ? "-" : "");
    buf_add(out, digits + n, sizeof digits - n);
}

static bool put_integer(struct buf *out, const struct cv *v, unsigned base, bool upper) {
    if (v->type == CV_INT)
        put_base(out, v->i < 0 ? 0 - (uint64_t)v->i : (uint64_t)v->i, v->i < 0, base, upper);
    else if (v->type == CV_UINT)
        put_base(out, v->u, false, base, upper);
    else
        return false;
    return true;
}

static bool put_odd_double(struct buf *out, double d) {
    if (isfinite(d))
        return false;
    buf_puts(out, isnan(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
    return true;
}

static void put_plain_double(struct buf *out, double d) {
    char digits[NUMBER_TEXT];
    int point;
    if (put_odd_double(out, d))
        return;
    int n = (int)number_digits(d, digits, &point);
    buf_puts(out, signbit(d) ? "-" : "");
    buf_puts(out, point <= 0 ? "0." : "");
    for (int i = point; i < 0; i++)
        buf_putc(out, '0');
    for (int i = 0; i < n || i < point; i++) {
        if (i == point && i > 0)
            buf_putc(out, '.');
        buf_putc(out, i < n ? digits[i] : '0');
    }
}

static bool put_hex(struct buf *out, const struct cv *v, bool upper) {
    if (v->type != CV_STRING && v->type != CV_BYTES)
        return put_integer(out, v, 16, upper);
    for (size_t i = 0; i < v->s.n; i++)
        buf_fmt(out, upper ? "%02X" : "%02x", (unsigned char)v->s.p[i]);
    return true;
}

static int key_cmp(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static void put_text(struct cel_run *r, struct buf *out, const struct cv *v);

static void put_map_text(struct cel_run *r, struct buf *out, const struct cv *v) {
    const char **keys = arena_array(r->a, const char *, v->map.n);
    for (size_t i = 0; i < v->map.n; i++) {
        struct cv key = cv_key(v, i);
        keys[i] = cv_print(r->a, &key);
    }
    qsort(keys, v->map.n, sizeof *keys, key_cmp);
    buf_putc(out, '{');
    for (size_t i = 0; i < v->map.n; i++) {
        buf_fmt(out, "%s%s: ", i ? ", " : "", keys[i]);
        for (size_t k = 0; k < v->map.n; k++) {
            struct cv key = cv_key(v, k), item = cv_value_at(v, k);
            if (strcmp(cv_print(r->a, &key), keys[i]) == 0)
                put_text(r, out, &item);
        }
    }
    buf_putc(out, '}');
}

static void put_text(struct cel_run *r, struct buf *out, const struct cv *v) {
    r->cost++;
    if (v->type == CV_LIST) {
        buf_putc(out, '[');
        for (size_t i = 0; i < v->list.n && out->n <= TEXT_MAX; i++) {
            struct cv item = cv_item(v, i);
            buf_puts(out, i ? ", " : "");
            put_text(r, out, &item);
        }
        buf_putc(out, ']');
    } else if (v->type == CV_MAP) {
        put_map_text(r, out, v);
    } else if (v->type == CV_DOUBLE) {
        put_plain_double(out, v->d);
    } else if (v->type == CV_DURATION) {
        struct cv text = cel_to_string(r, NULL, v, 1);
        buf_put_str(out, text.s);
    } else {
        buf_puts(out, cv_print(r->a, v));
    }
}

static bool put_float(struct buf *out, const struct cv *v, char clause, int precision) {
    double d = v->type == CV_INT ? (double)v->i : v->type == CV_UINT ? (double)v->u : v->d;
    if (v->type != CV_INT && v->type != CV_UINT && v->type != CV_DOUBLE)
        return false;
    if (!put_odd_double(out, d))
        buf_fmt(out, clause == 'f' ? "%.*f" : "%.*e", precision, d);
    return true;
}

static bool put_clause(struct cel_run *r, struct buf *out, char clause, int precision, const struct cv *v) {
    switch (clause) {
    case 's': put_text(r, out, v); return true;
    case 'd':
        if (v->type == CV_DOUBLE) {
            put_plain_double(out, v->d);
            return true;
        }
        return put_integer(out, v, 10, false);
    case 'f':
    case 'e': return put_float(out, v, clause, precision);
    case 'b':
        if (v->type == CV_BOOL) {
            buf_putc(out, v->b ? '1' : '0');
            return true;
        }
        return put_integer(out, v, 2, false);
    case 'o': return put_integer(out, v, 8, false);
    default: return put_hex(out, v, clause == 'X');
    }
}

// ".3" behind the percent sign; 6 without.
static bool take_precision(struct str *f, int *out) {
    *out = 6;
    if (!f->n || f->p[0] != '.')
        return true;
    size_t i = 1;
    for (*out = 0; i < f->n && f->p[i] >= '0' && f->p[i] <= '9' && *out <= PRECISION_MAX; i++)
        *out = *out * 10 + (f->p[i] - '0');
    *f = str_sub(*f, i, f->n);
    return i > 1 && *out <= PRECISION_MAX;
}

CEL_FN(cel_format) {
    autobuf b = { 0 };
    (void)call;
    if (n != 2 || args[0].type != CV_STRING || args[1].type != CV_LIST)
        return cv_no_overload(r);
    struct str f = args[0].s;
    size_t used = 0;
    while (f.n && b.n <= TEXT_MAX) {
        int precision;
        char c = f.p[0];
        f = str_sub(f, 1, f.n);
        if (c != '%' || (f.n && f.p[0] == '%')) {
            buf_putc(&b, c);
            f = str_sub(f, c == '%', f.n);
            continue;
        }
        if (!take_precision(&f, &precision))
            return cv_error(r, "could not parse formatting clause: error while parsing precision");
        char clause = f.n ? f.p[0] : '\0';
        f = str_sub(f, 1, f.n);
        if (!clause || !strchr("sdfeboxX", clause))
            return cv_error(r, "could not parse formatting clause: unrecognized formatting clause \"%c\"",
                            clause);
        if (used >= args[1].list.n)
            return cv_error(r, "index %zu out of range", used);
        struct cv v = cv_item(&args[1], used++);
        if (!put_clause(r, &b, clause, precision, &v))
            return wrong(r, clause, &v);
    }
    r->cost += b.n / 64;
    if (b.n > TEXT_MAX)
        r->over_limit = true;
    return CV_STR(arena_str(r->a, buf_str(&b)));
}
