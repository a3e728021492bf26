// SPDX-License-Identifier: Apache-2.0
// Go's quoted and Go-syntax text.
#include "common/value/goquote.h"
#include "common/value/number.h"
#include "common/value/utf8.h"

static const struct {
    uint32_t from, to;
} unprintable[] = {
    { 0x7F, 0xA0 },       { 0xAD, 0xAD },        { 0x600, 0x605 },   { 0x61C, 0x61C },   { 0x6DD, 0x6DD },
    { 0x1680, 0x1680 },   { 0x180E, 0x180E },    { 0x2000, 0x200F }, { 0x2028, 0x202F }, { 0x205F, 0x206F },
    { 0x3000, 0x3000 },   { 0xD800, 0xF8FF },    { 0xFEFF, 0xFEFF }, { 0xFFF0, 0xFFFB }, { 0xFFFE, 0xFFFF },
    { 0xE0000, 0xE00FF }, { 0xE01F0, 0x10FFFF },
};

static bool printable(uint32_t rune) {
    for (size_t i = 0; i < countof(unprintable); i++)
        if (rune >= unprintable[i].from && rune <= unprintable[i].to)
            return false;
    return rune >= 0x20;
}

static void put_rune(struct buf *out, uint32_t rune, struct str raw) {
    static const char from[] = "\a\b\f\n\r\t\v\\\"", to[] = "abfnrtv\\\"";
    const char *at = rune && rune < 0x80 ? strchr(from, (int)rune) : NULL;
    if (at)
        buf_fmt(out, "\\%c", to[at - from]);
    else if (rune == UTF8_BAD && raw.n == 1)
        buf_fmt(out, "\\x%02x", (unsigned char)raw.p[0]);
    else if (printable(rune))
        buf_put_str(out, raw);
    else if (rune < 0x80)
        buf_fmt(out, "\\x%02x", rune);
    else
        buf_fmt(out, rune < 0x10000 ? "\\u%04x" : "\\U%08x", rune);
}

void go_quote(struct buf *out, struct str s) {
    buf_putc(out, '"');
    for (size_t i = 0; i < s.n;) {
        uint32_t rune;
        size_t n = utf8_decode(str_sub(s, i, s.n), &rune);
        put_rune(out, rune, str_sub(s, i, i + n));
        i += n;
    }
    buf_putc(out, '"');
}

char *go_quoted(struct arena *a, struct str s) {
    autobuf b = { 0 };
    go_quote(&b, s);
    return arena_text(a, b.p, b.n);
}

static int pair_cmp(const void *x, const void *y) {
    return str_cmp((*(const struct value_pair *const *)x)->key, (*(const struct value_pair *const *)y)->key);
}

static void put_map(struct buf *out, const struct value *v, const char *key_type) {
    size_t n = v->map.n;
    const struct value_pair **order = calloc(n ? n : 1, sizeof(struct value_pair *));
    if (!order)
        abort();
    for (size_t i = 0; i < n; i++)
        order[i] = &v->map.pairs[i];
    qsort(order, n, sizeof(struct value_pair *), pair_cmp);
    buf_fmt(out, "map[%s]interface {}{", key_type);
    for (size_t i = 0; i < n; i++) {
        buf_puts(out, i ? ", " : "");
        go_quote(out, order[i]->key);
        buf_putc(out, ':');
        go_syntax(out, order[i]->value, key_type);
    }
    buf_putc(out, '}');
    free(order);
}

void go_syntax(struct buf *out, const struct value *v, const char *key_type) {
    char number[NUMBER_TEXT];
    if (!v || v->type == VALUE_NULL) {
        buf_puts(out, "interface {}(nil)");
        return;
    }
    switch (v->type) {
    case VALUE_NULL: break;
    case VALUE_BOOL: buf_puts(out, v->b ? "true" : "false"); break;
    case VALUE_INT: buf_fmt(out, "%lld", (long long)v->i); break;
    case VALUE_FLOAT: buf_add(out, number, number_fmt_v(v->f, number)); break;
    case VALUE_STRING: go_quote(out, v->s); break;
    case VALUE_LIST:
        buf_puts(out, "[]interface {}{");
        for (size_t i = 0; i < v->list.n; i++) {
            buf_puts(out, i ? ", " : "");
            go_syntax(out, v->list.items[i], key_type);
        }
        buf_putc(out, '}');
        break;
    case VALUE_MAP: put_map(out, v, key_type); break;
    }
}
