// SPDX-License-Identifier: Apache-2.0
// JSON writer.
#include "common/value/json.h"
#include "common/value/number.h"
#include "common/value/utf8.h"

#include <math.h>
#include <stdio.h>

struct writer {
    struct buf *out;
    unsigned flags;
    int indent; // blanks per level, 0 = compact
};

static const char hex[] = "0123456789abcdef";

static bool stands_for_itself(unsigned char c, unsigned flags) {
    if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80)
        return false;
    return !(flags & JSON_ESCAPE_HTML) || (c != '<' && c != '>' && c != '&');
}

static void put_escape(struct buf *out, unsigned char c) {
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *at = c ? strchr(from, c) : NULL;
    if (at) {
        buf_putc(out, '\\');
        buf_putc(out, to[at - from]);
        return;
    }
    char u[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
    buf_add(out, u, sizeof u);
}

// One rune past ASCII; returns its length. U+2028 and U+2029 are escaped with the HTML flag, as json.Marshal
// does.
static size_t put_rune(struct buf *out, struct str s) {
    uint32_t rune;
    size_t n = utf8_decode(s, &rune);
    if (rune == UTF8_BAD && n == 1)
        buf_puts(out, "\\ufffd");
    else if (rune == 0x2028 || rune == 0x2029)
        buf_puts(out, rune == 0x2028 ? "\\u2028" : "\\u2029");
    else
        buf_add(out, s.p, n);
    return n;
}

static void put_string(struct buf *out, struct str s, unsigned flags) {
    buf_putc(out, '"');
    for (size_t i = 0, from = 0; i < s.n; from = i) {
        while (i < s.n && stands_for_itself((unsigned char)s.p[i], flags))
            i++;
        buf_add(out, s.p + from, i - from);
        if (i == s.n)
            break;
        if ((unsigned char)s.p[i] < 0x80)
            put_escape(out, (unsigned char)s.p[i++]);
        else
            i += put_rune(out, str_sub(s, i, s.n));
    }
    buf_putc(out, '"');
}

// Is the original text of a number a JSON number too? ("0x1f" and ".5" of YAML are not)
static bool is_json_number(const char *t) {
    t += *t == '-';
    const char *from = t;
    t += *t == '0' ? 1 : strspn(t, "0123456789");
    if (t == from)
        return false;
    if (*t == '.') {
        size_t n = strspn(++t, "0123456789");
        if (!n)
            return false;
        t += n;
    }
    if (*t == 'e' || *t == 'E') {
        t += 1 + (t[1] == '+' || t[1] == '-');
        size_t n = strspn(t, "0123456789");
        if (!n)
            return false;
        t += n;
    }
    return !*t;
}

static void put_float(struct writer *w, const struct value *v) {
    char text[NUMBER_TEXT];
    if (v->text && !(w->flags & JSON_GO_FLOATS) && is_json_number(v->text))
        buf_puts(w->out, v->text);
    else if (isfinite(v->f))
        buf_add(w->out, text, number_fmt_json(v->f, text));
    else
        buf_puts(w->out, "null"); // JSON has no word for it
}

static void newline(struct writer *w, unsigned depth) {
    if (!w->indent)
        return;
    size_t n = (size_t)depth * (size_t)w->indent;
    char *p = buf_room(w->out, n + 1);
    p[0] = '\n';
    memset(p + 1, ' ', n);
    w->out->n += n + 1;
}

static void put_value(struct writer *w, const struct value *v, unsigned depth);

static void put_list(struct writer *w, const struct value *v, unsigned depth) {
    buf_putc(w->out, '[');
    for (size_t i = 0; i < v->list.n; i++) {
        if (i)
            buf_putc(w->out, ',');
        newline(w, depth + 1);
        put_value(w, v->list.items[i], depth + 1);
    }
    if (v->list.n)
        newline(w, depth);
    buf_putc(w->out, ']');
}

static int pair_cmp(const void *x, const void *y) {
    return str_cmp((*(const struct value_pair *const *)x)->key, (*(const struct value_pair *const *)y)->key);
}

static void put_pair(struct writer *w, const struct value_pair *p, bool first, unsigned depth) {
    if (!first)
        buf_putc(w->out, ',');
    newline(w, depth);
    put_string(w->out, p->key, w->flags);
    buf_add(w->out, ": ", w->indent ? 2 : 1);
    put_value(w, p->value, depth);
}

static void put_sorted(struct writer *w, const struct value *v, unsigned depth) {
    const struct value_pair **order = calloc(v->map.n, sizeof(struct value_pair *));
    if (!order)
        abort();
    for (size_t i = 0; i < v->map.n; i++)
        order[i] = &v->map.pairs[i];
    qsort(order, v->map.n, sizeof(struct value_pair *), pair_cmp);
    for (size_t i = 0; i < v->map.n; i++)
        put_pair(w, order[i], i == 0, depth);
    free(order);
}

static void put_map(struct writer *w, const struct value *v, unsigned depth) {
    buf_putc(w->out, '{');
    if ((w->flags & JSON_SORT_KEYS) && v->map.n > 1)
        put_sorted(w, v, depth + 1);
    else
        for (size_t i = 0; i < v->map.n; i++)
            put_pair(w, &v->map.pairs[i], i == 0, depth + 1);
    if (v->map.n)
        newline(w, depth);
    buf_putc(w->out, '}');
}

static void put_value(struct writer *w, const struct value *v, unsigned depth) {
    if (!v) {
        buf_puts(w->out, "null");
        return;
    }
    switch (v->type) {
    case VALUE_NULL: buf_puts(w->out, "null"); break;
    case VALUE_BOOL: buf_puts(w->out, v->b ? "true" : "false"); break;
    case VALUE_INT: buf_fmt(w->out, "%lld", (long long)v->i); break;
    case VALUE_FLOAT: put_float(w, v); break;
    case VALUE_STRING: put_string(w->out, v->s, w->flags); break;
    case VALUE_LIST: put_list(w, v, depth); break;
    case VALUE_MAP: put_map(w, v, depth); break;
    }
}

void json_write(struct buf *out, const struct value *v, unsigned flags) {
    struct writer w = { out, flags, flags & JSON_INDENT_2 ? 2 : flags & JSON_INDENT_4 ? 4 : 0 };
    put_value(&w, v, 0);
}

struct str json_text(struct arena *a, const struct value *v, unsigned flags) {
    autobuf b = { 0 };
    json_write(&b, v, flags);
    return buf_to_arena(&b, a);
}
