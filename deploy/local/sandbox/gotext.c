// SPDX-License-Identifier: Apache-2.0
// Go's %q, %v and %#v for values.
#include "deploy/local/sandbox/gotext.h"

#include <math.h>
#include <stdio.h>

// Length of the valid UTF-8 sequence at the start of s, 0 when there is none; *out the code point.
static size_t utf8_next(struct str s, uint32_t *out) {
    const unsigned char *p = (const unsigned char *)s.p;
    static const struct {
        unsigned char mask, lead;
        size_t n;
        uint32_t least;
    } forms[] = {
        { 0x80, 0x00, 1, 0 }, { 0xe0, 0xc0, 2, 0x80 }, { 0xf0, 0xe0, 3, 0x800 }, { 0xf8, 0xf0, 4, 0x10000 }
    };
    for (size_t i = 0; i < countof(forms); i++) {
        if ((p[0] & forms[i].mask) != forms[i].lead)
            continue;
        if (s.n < forms[i].n)
            return 0;
        uint32_t c = p[0] & (unsigned char)~forms[i].mask;
        for (size_t k = 1; k < forms[i].n; k++) {
            if ((p[k] & 0xc0) != 0x80)
                return 0;
            c = c << 6 | (p[k] & 0x3f);
        }
        if (c < forms[i].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
            return 0;
        *out = c;
        return forms[i].n;
    }
    return 0;
}

static const char *short_escape(uint32_t c) {
    static const struct {
        uint32_t c;
        const char *text;
    } table[] = { { '\a', "\\a" }, { '\b', "\\b" }, { '\f', "\\f" }, { '\n', "\\n" }, { '\r', "\\r" },
                  { '\t', "\\t" }, { '\v', "\\v" }, { '"', "\\\"" }, { '\\', "\\\\" } };
    for (size_t i = 0; i < countof(table); i++)
        if (table[i].c == c)
            return table[i].text;
    return NULL;
}

// Printable enough for Go's strconv.IsPrint: controls, C1, soft hyphen, separators, surrogates and private use are not.
static bool printable(uint32_t c) {
    if (c < 0x20 || (c >= 0x7f && c < 0xa1) || c == 0xad)
        return false;
    if ((c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f))
        return false;
    return c != 0x3000 && c != 0xfeff && c != 0xfffe && c != 0xffff && !(c >= 0xe000 && c <= 0xf8ff) &&
           c < 0xe0000;
}

void go_quote(struct buf *out, struct str s) {
    buf_putc(out, '"');
    while (s.n) {
        uint32_t c = 0;
        size_t n = utf8_next(s, &c);
        const char *escape = n ? short_escape(c) : NULL;
        if (!n)
            buf_fmt(out, "\\x%02x", (unsigned char)s.p[0]);
        else if (escape)
            buf_puts(out, escape);
        else if (printable(c))
            buf_add(out, s.p, n);
        else
            buf_fmt(out, c < 0x80 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
        s = str_sub(s, n ? n : 1, s.n);
    }
    buf_putc(out, '"');
}

void go_float(struct buf *out, double f) {
    char text[64];
    if (isnan(f) || isinf(f)) {
        buf_puts(out, isnan(f) ? "NaN" : f > 0 ? "+Inf" : "-Inf");
        return;
    }
    for (int digits = 1; digits <= 17; digits++) { // the shortest that reads back
        snprintf(text, sizeof text, "%.*e", digits - 1, f);
        if (strtod(text, NULL) == f)
            break;
    }
    int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    if (exponent >= -4 && exponent < 21) {
        int digits = (int)(strchr(text, 'e') - text) - (text[0] == '-') - (strchr(text, '.') != NULL);
        snprintf(text, sizeof text, "%.*f", digits - 1 - exponent > 0 ? digits - 1 - exponent : 0, f);
    }
    buf_puts(out, text);
}

const char *go_type(const struct value *v) {
    switch (v->type) {
    case VALUE_NULL: return "<nil>";
    case VALUE_BOOL: return "bool";
    case VALUE_INT: return "int64";
    case VALUE_FLOAT: return "float64";
    case VALUE_STRING: return "string";
    case VALUE_LIST: return "[]interface {}";
    case VALUE_MAP: return "map[string]interface {}";
    }
    return "";
}

static int pair_order(const void *x, const void *y) {
    const struct value_pair *const *a = x, *const *b = y;
    return str_cmp((*a)->key, (*b)->key);
}

// Go prints maps with sorted keys.
static void print_map(struct buf *out, const struct value *v, bool full) {
    autoarena a = { 0 };
    const struct value_pair **pairs = arena_array(&a, const struct value_pair *, v->map.n);
    for (size_t i = 0; i < v->map.n; i++)
        pairs[i] = &v->map.pairs[i];
    if (v->map.n)
        qsort(pairs, v->map.n, sizeof *pairs, pair_order);
    for (size_t i = 0; i < v->map.n; i++) {
        if (i)
            buf_puts(out, full ? ", " : " ");
        if (full)
            go_quote(out, pairs[i]->key);
        else
            buf_put_str(out, pairs[i]->key);
        buf_putc(out, ':');
        (full ? go_print_full : go_print)(out, pairs[i]->value);
    }
}

static void print_items(struct buf *out, const struct value *v, bool full) {
    for (size_t i = 0; i < v->list.n; i++) {
        if (i)
            buf_puts(out, full ? ", " : " ");
        (full ? go_print_full : go_print)(out, v->list.items[i]);
    }
}

static void print_scalar(struct buf *out, const struct value *v, bool full) {
    if (v->type == VALUE_BOOL)
        buf_puts(out, v->b ? "true" : "false");
    else if (v->type == VALUE_INT)
        buf_fmt(out, "%lld", (long long)v->i);
    else if (v->type == VALUE_FLOAT)
        go_float(out, v->f);
    else if (v->type == VALUE_STRING && full)
        go_quote(out, v->s);
    else if (v->type == VALUE_STRING)
        buf_put_str(out, v->s);
    else
        buf_puts(out, full ? "interface {}(nil)" : "<nil>");
}

void go_print(struct buf *out, const struct value *v) {
    if (v->type == VALUE_MAP || v->type == VALUE_LIST) {
        buf_puts(out, v->type == VALUE_MAP ? "map[" : "[");
        (v->type == VALUE_MAP ? print_map : print_items)(out, v, false);
        buf_putc(out, ']');
    } else {
        print_scalar(out, v, false);
    }
}

void go_print_full(struct buf *out, const struct value *v) {
    if (v->type == VALUE_MAP || v->type == VALUE_LIST) {
        buf_puts(out, go_type(v));
        buf_putc(out, '{');
        (v->type == VALUE_MAP ? print_map : print_items)(out, v, true);
        buf_putc(out, '}');
    } else {
        print_scalar(out, v, true);
    }
}
