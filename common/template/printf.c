// SPDX-License-Identifier: Apache-2.0
// Printf: the format text with its flags, widths and argument indexes. Go: src/fmt/print.go#doPrintf
#include "common/template/format.h"

#include "common/value/utf8.h"

#define TOO_LARGE 1000000

struct printf_run {
    struct str format;
    size_t i;
    const struct tval *args;
    size_t n_args, arg;
    bool reordered, good_arg, after_index;
};

static bool too_large(int64_t n) {
    return n > TOO_LARGE || n < -TOO_LARGE;
}

// A decimal number at *i. false: none (or too large).
static bool parse_number(struct str s, size_t *i, int *out) {
    bool any = false;
    int64_t v = 0;
    *out = 0;
    for (; *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; (*i)++) {
        if (too_large(v))
            return false;
        v = v * 10 + (s.p[*i] - '0');
        any = true;
    }
    *out = (int)v;
    return any;
}

// "[3]" at the front of s: its number less one, and how long it is.
static bool parse_index(struct str s, int *out, size_t *out_width) {
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] != ']')
            continue;
        size_t at = 1;
        int n;
        bool ok = parse_number(s, &at, &n) && at == i;
        *out = n - 1;
        *out_width = i + 1;
        return ok;
    }
    *out_width = 1;
    return false;
}

static void arg_number(struct printf_run *r) {
    int index = 0;
    size_t width;
    r->after_index = false;
    if (r->i >= r->format.n || r->format.p[r->i] != '[')
        return;
    r->reordered = true;
    bool ok = parse_index(str_sub(r->format, r->i, r->format.n), &index, &width);
    r->i += width;
    if (ok && index >= 0 && (size_t)index < r->n_args) {
        r->arg = (size_t)index;
        r->after_index = true;
        return;
    }
    r->good_arg = false;
    r->after_index = ok;
}

static bool int_arg(struct printf_run *r, int *out) {
    *out = 0;
    if (r->arg >= r->n_args)
        return false;
    struct tval v = r->args[r->arg++];
    bool ok = (tval_is_int(v) && !too_large(v.i)) || (tval_is_uint(v) && v.u <= TOO_LARGE);
    if (ok)
        *out = (int)v.i;
    return ok;
}

static void width(struct printf_run *r, struct tformat *f) {
    arg_number(r);
    if (r->i < r->format.n && r->format.p[r->i] == '*') {
        r->i++;
        f->width_present = int_arg(r, &f->width);
        if (!f->width_present)
            buf_puts(f->out, "%!(BADWIDTH)");
        if (f->width < 0) {
            f->width = -f->width;
            f->minus = true;
            f->zero = false;
        }
        r->after_index = false;
        return;
    }
    f->width_present = parse_number(r->format, &r->i, &f->width);
    if (r->after_index && f->width_present)
        r->good_arg = false;
}

static void precision(struct printf_run *r, struct tformat *f) {
    if (r->i + 1 > r->format.n || r->i >= r->format.n || r->format.p[r->i] != '.' || r->i + 1 >= r->format.n)
        return;
    r->i++;
    if (r->after_index)
        r->good_arg = false;
    arg_number(r);
    if (r->i < r->format.n && r->format.p[r->i] == '*') {
        r->i++;
        f->precision_present = int_arg(r, &f->precision);
        if (f->precision < 0) {
            f->precision = 0;
            f->precision_present = false;
        }
        if (!f->precision_present)
            buf_puts(f->out, "%!(BADPREC)");
        r->after_index = false;
        return;
    }
    f->precision_present = parse_number(r->format, &r->i, &f->precision);
    if (!f->precision_present) {
        f->precision = 0;
        f->precision_present = true;
    }
}

static void flags(struct printf_run *r, struct tformat *f) {
    for (; r->i < r->format.n; r->i++) {
        switch (r->format.p[r->i]) {
        case '#': f->sharp = true; break;
        case '0': f->zero = true; break;
        case '+': f->plus = true; break;
        case '-': f->minus = true; break;
        case ' ': f->space = true; break;
        default: return;
        }
    }
}

static void bad(struct tformat *f, uint32_t verb, const char *what) {
    buf_puts(f->out, "%!");
    utf8_put(f->out, verb);
    buf_puts(f->out, what);
}

static void directive(struct printf_run *r, struct tformat *f) {
    uint32_t verb;
    flags(r, f);
    width(r, f);
    precision(r, f);
    if (!r->after_index)
        arg_number(r);
    if (r->i >= r->format.n) {
        buf_puts(f->out, "%!(NOVERB)");
        return;
    }
    r->i += utf8_decode(str_sub(r->format, r->i, r->format.n), &verb);
    if (verb == '%') {
        buf_putc(f->out, '%');
    } else if (!r->good_arg) {
        bad(f, verb, "(BADINDEX)");
    } else if (r->arg >= r->n_args) {
        bad(f, verb, "(MISSING)");
    } else {
        if (verb == 'v') {
            f->sharp_v = f->sharp;
            f->sharp = false;
            f->plus_v = f->plus;
            f->plus = false;
        }
        format_value(f, r->args[r->arg++], verb);
    }
}

static void extra(struct printf_run *r, struct buf *out, size_t max) {
    autoarena a = { 0 };
    buf_puts(out, "%!(EXTRA ");
    for (size_t i = r->arg; i < r->n_args && out->n < max; i++) {
        struct tval v = tval_plain(r->args[i]);
        buf_puts(out, i > r->arg ? ", " : "");
        if (v.kind != TVAL_NIL)
            buf_fmt(out, "%s=", tval_type_name(&a, v));
        tval_put(out, v);
    }
    buf_putc(out, ')');
}

void tprintf(struct buf *out, struct str format, const struct tval *args, size_t n, size_t max) {
    struct printf_run r = { .format = format, .args = args, .n_args = n };
    while (r.i < format.n && out->n < max) {
        const char *at = memchr(format.p + r.i, '%', format.n - r.i);
        size_t end = at ? (size_t)(at - format.p) : format.n;
        buf_add(out, format.p + r.i, end - r.i);
        r.i = end + 1;
        if (!at)
            break;
        struct tformat f = { .out = out, .max = max };
        r.good_arg = true;
        r.after_index = false;
        directive(&r, &f);
    }
    if (!r.reordered && r.arg < n)
        extra(&r, out, max);
}
