// SPDX-License-Identifier: Apache-2.0
/* Nodes: making, asking and changing them as kyaml's small functions do. */
#include "common/kustomize/node.h"
#include "common/value/base64.h"
#include "common/value/utf8.h"

struct kz_node *kz_node_new(struct arena *a, enum kz_kind kind) {
    struct kz_node *n = arena_new(a, struct kz_node);
    n->kind = kind;
    n->value = str_of("");
    return n;
}

struct kz_node *kz_node_scalar(struct arena *a, struct str text) {
    struct kz_node *n = kz_node_new(a, KZ_SCALAR);
    n->value = arena_str(a, text);
    return n;
}

struct str kz_base64_lines(struct arena *a, struct str bytes) {
    struct str text = str_of(base64_encode(a, bytes));
    size_t lines = text.n / 70 + 1, at = 0;
    if (lines == 1)
        return text;
    char *out = arena_alloc(a, text.n + lines + 1);
    for (size_t i = 0; i < text.n; i += 70) {
        struct str line = str_sub(text, i, i + 70);
        memcpy(out + at, line.p, line.n);
        at += line.n;
        out[at++] = '\n';
    }
    return str_make(out, at);
}

struct kz_node *kz_node_string(struct arena *a, struct str text) {
    struct kz_node *n = kz_node_new(a, KZ_SCALAR);
    bool text_ok = utf8_valid(text);
    n->value = text_ok ? arena_str(a, text) : kz_base64_lines(a, text);
    n->tag = text_ok ? KZ_TAG_STR : KZ_TAG_BINARY;
    if (str_chr(n->value, '\n') >= 0)
        n->style = KZ_LITERAL;
    return n;
}

struct kz_node *kz_node_copy(struct arena *a, const struct kz_node *n) {
    if (!n)
        return NULL;
    struct kz_node *c = arena_new(a, struct kz_node);
    *c = *n;
    if (!n->n)
        return c;
    c->content = arena_array(a, struct kz_node *, n->n);
    c->cap = n->n;
    for (size_t i = 0; i < n->n; i++)
        c->content[i] = kz_node_copy(a, n->content[i]);
    return c;
}

void kz_node_assign(struct kz_node *to, const struct kz_node *from) {
    *to = *from;
}

bool kz_node_null(const struct kz_node *n) {
    return !n || n->tag == KZ_TAG_NULL;
}

static bool is_zero(const struct kz_node *n) {
    return n->kind == KZ_ZERO && !n->style && n->tag == KZ_TAG_NONE && !n->value.n && !n->content && !n->line;
}

bool kz_node_empty(const struct kz_node *n) {
    return kz_node_null(n) || ((n->kind == KZ_MAP || n->kind == KZ_SEQ) && !n->n) || is_zero(n);
}

bool kz_node_same(const struct kz_node *x, const struct kz_node *y) {
    bool same = x->kind == y->kind && x->tag == y->tag && x->style == y->style && x->line == y->line &&
                x->column == y->column && x->n == y->n && str_eq(x->value, y->value);
    for (size_t i = 0; same && i < x->n; i++)
        same = kz_node_same(x->content[i], y->content[i]);
    return same;
}

bool kz_node_stringy(const struct kz_node *n) {
    return kz_node_is(n, KZ_SCALAR) && (n->tag == KZ_TAG_STR || n->tag == KZ_TAG_NONE);
}

bool kz_node_indicated_string(const struct kz_node *n) {
    return n->kind == KZ_SCALAR &&
           (n->tag == KZ_TAG_STR || (n->tag == KZ_TAG_NONE && (n->style & KZ_QUOTED)));
}

static ptrdiff_t find(const struct kz_node *n, struct str key) {
    for (size_t i = 0; i + 1 < n->n; i += 2)
        if (str_eq(n->content[i]->value, key))
            return (ptrdiff_t)i;
    return -1;
}

struct kz_node *kz_node_get_n(const struct kz_node *n, struct str key) {
    ptrdiff_t at = kz_node_is(n, KZ_MAP) ? find(n, key) : -1;
    return at < 0 ? NULL : n->content[at + 1];
}

struct kz_node *kz_node_get(const struct kz_node *n, const char *key) {
    return kz_node_get_n(n, str_of(key));
}

struct kz_node *kz_node_key(const struct kz_node *n, struct str key) {
    ptrdiff_t at = kz_node_is(n, KZ_MAP) ? find(n, key) : -1;
    return at < 0 ? NULL : n->content[at];
}

const char *kz_node_text_at(const struct kz_node *n, const char *key, const char *key2) {
    n = kz_node_get(n, key);
    if (key2)
        n = kz_node_get(n, key2);
    return n ? n->value.p : "";
}

struct str kz_node_text(const struct kz_node *n) {
    return kz_node_null(n) ? STR("") : n->value;
}

static const char *kind_name(enum kz_kind kind) {
    switch (kind) {
    case KZ_ZERO: return "";
    case KZ_SEQ: return "SequenceNode";
    case KZ_MAP: return "MappingNode";
    case KZ_SCALAR: return "ScalarNode";
    case KZ_ALIAS: return "AliasNode";
    }
    return "";
}

bool kz_node_expect(struct arena *a, const struct kz_node *n, enum kz_kind kind, struct err *err) {
    if (kz_node_null(n) || n->kind == kind)
        return true;
    return err_set(err, ERR_INVALID, "wrong node kind: expected %s but got %s: node contents:\n%s",
                   kind_name(kind), kind_name(n->kind), kz_node_yaml(a, n).p);
}

void kz_node_reserve(struct arena *a, struct kz_node *n, size_t n_more) {
    size_t cap = n->n + n_more;
    if (cap <= n->cap)
        return;
    struct kz_node **grown = arena_array(a, struct kz_node *, cap);
    if (n->n)
        memcpy(grown, n->content, n->n * sizeof *grown);
    n->content = grown;
    n->cap = (uint32_t)cap;
}

void kz_node_append(struct arena *a, struct kz_node *n, struct kz_node *child) {
    if (n->n == n->cap)
        kz_node_reserve(a, n, n->cap ? n->cap : 2);
    n->content[n->n++] = child;
}

void kz_node_append_pair(struct arena *a, struct kz_node *n, struct kz_node *key, struct kz_node *value) {
    kz_node_append(a, n, key);
    kz_node_append(a, n, value);
}

bool kz_node_clear(struct kz_node *map, struct str key) {
    ptrdiff_t at = map ? find(map, key) : -1;
    if (at < 0)
        return false;
    size_t rest = map->n - (size_t)at - 2;
    memmove(map->content + at, map->content + at + 2, rest * sizeof *map->content);
    map->n -= 2;
    return true;
}

static void quote_if_needed(struct kz_node *value) {
    if (kz_node_stringy(value) && !value->style && kz_yaml11_nonstring(value->value))
        value->style = KZ_DOUBLE;
}

bool kz_node_set(struct arena *a, struct kz_node *map, struct str key, struct kz_node *value,
                 uint8_t key_style, struct kz_node **out, struct err *err) {
    if (value)
        quote_if_needed(value);
    // a setter without name is one for scalars
    if (!kz_node_expect(a, map, key.n ? KZ_MAP : KZ_SCALAR, err))
        return false;
    if (!value || (value->tag == KZ_TAG_NULL && !value->keep_null)) {
        kz_node_clear(map, key);
        if (out)
            *out = NULL;
        return true;
    }
    struct kz_node *field = kz_node_get_n(map, key);
    if (field) {
        value->style = field->style;
        if (field != value)
            kz_node_assign(field, value);
    } else if (map) {
        struct kz_node *name = kz_node_scalar(a, key);
        name->style = key_style;
        kz_node_append_pair(a, map, name, value);
        field = value;
    }
    if (out)
        *out = field;
    return true;
}

bool kz_node_set_scalar(struct arena *a, struct kz_node *n, struct kz_node *value, struct err *err) {
    if (value)
        quote_if_needed(value);
    if (!kz_node_expect(a, n, KZ_SCALAR, err))
        return false;
    if (!n || kz_node_null(value))
        return true;
    value->style = n->style;
    kz_node_assign(n, value);
    return true;
}

bool kz_node_ensure(struct arena *a, struct kz_node *map, struct str key, enum kz_kind kind,
                    struct kz_node **out, struct err *err) {
    *out = NULL;
    if (kz_node_null(map))
        return true;
    if (!kz_node_expect(a, map, KZ_MAP, err))
        return false;
    struct kz_node *field = kz_node_get_n(map, key);
    if (field) {
        *out = field;
        return true;
    }
    return kz_node_set(a, map, key, kz_node_new(a, kind), 0, out, err);
}
