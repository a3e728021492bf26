// SPDX-License-Identifier: Apache-2.0
/* Nodes: as Go's %#v prints what yaml.v3 decodes from them. Only for the error of an object that JSON has no words for. */
#include "common/kustomize/node.h"
#include "common/value/base64.h"
#include "common/value/goquote.h"
#include "common/value/number.h"
#include <stdio.h>

struct entry {
    struct kz_scalar key;
    const struct kz_node *value;
};

// Keys of several types come in the order that their types have in memory.
static int rank(const struct kz_scalar *s) {
    switch (s->tag) {
    case KZ_TAG_INT: return s->is_unsigned ? 1 : 2;
    case KZ_TAG_FLOAT: return 3;
    case KZ_TAG_BOOL: return 4;
    case KZ_TAG_TIME: return 5;
    case KZ_TAG_NONE:
    case KZ_TAG_NULL:
    case KZ_TAG_STR:
    case KZ_TAG_SEQ:
    case KZ_TAG_MAP:
    case KZ_TAG_BINARY:
    case KZ_TAG_MERGE:
    case KZ_TAG_OTHER: break;
    }
    return 0;
}

static int by_key(const void *p, const void *q) {
    const struct kz_scalar *x = &((const struct entry *)p)->key, *y = &((const struct entry *)q)->key;
    if (rank(x) != rank(y))
        return rank(x) - rank(y);
    switch (rank(x)) {
    case 1: return (x->u > y->u) - (x->u < y->u);
    case 2: return (x->i > y->i) - (x->i < y->i);
    case 3: return (x->f > y->f) - (x->f < y->f);
    case 4: return x->b - y->b;
    default: return str_cmp(x->text, y->text);
    }
}

// text: RFC 3339
static void put_time(struct buf *out, struct str text) {
    static const char *const months[] = { "January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December" };
    unsigned year, month, day, hour, minute, second, nanos = 0;
    int end = 0;
    if (sscanf(text.p, "%4u-%2u-%2uT%2u:%2u:%2u%n", &year, &month, &day, &hour, &minute, &second, &end) !=
            6 ||
        month < 1 || month > 12) {
        go_quote(out, text);
        return;
    }
    const char *p = text.p + end;
    if (*p == '.') {
        unsigned unit = 100000000;
        for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
            nanos += (unsigned)(*p - '0') * unit;
    }
    bool utc = !strcmp(p, "Z") || !strcmp(p, "+00:00");
    buf_fmt(out, "time.Date(%u, time.%s, %u, %u, %u, %u, %u, %s)", year, months[month - 1], day, hour, minute,
            second, nanos, utc ? "time.UTC" : "time.Location(\"\")");
}

static void put_scalar(struct buf *out, const struct kz_scalar *s) {
    char number[NUMBER_TEXT];
    switch (s->tag) {
    case KZ_TAG_NULL: buf_puts(out, "interface {}(nil)"); break;
    case KZ_TAG_BOOL: buf_puts(out, s->b ? "true" : "false"); break;
    case KZ_TAG_INT: buf_fmt(out, s->is_unsigned ? "0x%llx" : "%lld", (unsigned long long)s->u); break;
    case KZ_TAG_FLOAT: buf_add(out, number, number_fmt_v(s->f, number)); break;
    case KZ_TAG_TIME: put_time(out, s->text); break;
    case KZ_TAG_NONE:
    case KZ_TAG_STR:
    case KZ_TAG_SEQ:
    case KZ_TAG_MAP:
    case KZ_TAG_BINARY:
    case KZ_TAG_MERGE:
    case KZ_TAG_OTHER: go_quote(out, s->text); break;
    }
}

// Straight from the tree: this print does not go through YAML text.
static struct kz_scalar scalar(struct arena *a, const struct kz_node *n) {
    struct kz_scalar s;
    struct err err = { .a = a };
    enum kz_tag tag = n->tag == KZ_TAG_NONE && (n->style & KZ_QUOTED) ? KZ_TAG_STR : n->tag;
    if (n->kind != KZ_SCALAR || !kz_resolve(a, n, tag, n->value, &s, &err))
        return (struct kz_scalar) { .tag = KZ_TAG_NULL };
    if (s.tag == KZ_TAG_BINARY && !base64_decode(a, s.text, &s.text))
        s.text = n->value;
    return s;
}

static void put(struct arena *a, const struct kz_node *n, unsigned depth, struct buf *out);

static void put_map(struct arena *a, const struct kz_node *n, unsigned depth, struct buf *out) {
    struct entry *order = arena_array(a, struct entry, n->n / 2 + 1);
    bool texts = true;
    for (size_t i = 0; i < n->n / 2; i++) {
        order[i] = (struct entry) { scalar(a, n->content[2 * i]), n->content[2 * i + 1] };
        if (!depth && rank(&order[i].key)) // the whole object has texts as keys whatever they look like
            order[i].key = (struct kz_scalar) { .tag = KZ_TAG_STR, .text = n->content[2 * i]->value };
        texts = texts && !rank(&order[i].key);
    }
    qsort(order, n->n / 2, sizeof *order, by_key);
    buf_puts(out, texts ? "map[string]interface {}{" : "map[interface {}]interface {}{");
    for (size_t i = 0; i < n->n / 2; i++) {
        buf_puts(out, i ? ", " : "");
        put_scalar(out, &order[i].key);
        buf_putc(out, ':');
        put(a, order[i].value, depth + 1, out);
    }
    buf_putc(out, '}');
}

static void put(struct arena *a, const struct kz_node *n, unsigned depth, struct buf *out) {
    if (n->kind == KZ_MAP) {
        put_map(a, n, depth, out);
        return;
    }
    if (n->kind != KZ_SEQ) {
        struct kz_scalar s = scalar(a, n);
        put_scalar(out, &s);
        return;
    }
    buf_puts(out, "[]interface {}{");
    for (size_t i = 0; i < n->n; i++) {
        buf_puts(out, i ? ", " : "");
        put(a, n->content[i], depth + 1, out);
    }
    buf_putc(out, '}');
}

struct str kz_node_go_syntax(struct arena *a, const struct kz_node *n, bool object) {
    struct buf b = { 0 };
    put(a, n, !object, &b);
    return buf_to_arena(&b, a);
}
