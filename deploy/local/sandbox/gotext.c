// SPDX-License-Identifier: Apache-2.0
// Go's %v and %#v for values; %q is value's.
#include "deploy/local/sandbox/gotext.h"

#include <math.h>
#include <stdio.h>

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
