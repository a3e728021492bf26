// SPDX-License-Identifier: Apache-2.0
/* Nodes: to plain data and back, as kustomize does by writing YAML with yaml.v3 and reading it again. The emitter's choice of
 * quotes decides the type that is read back, so it is worked out here without writing any text. */
#include "common/kustomize/node.h"
#include "common/base/limits.h"
#include "common/value/base64.h"
#include "common/value/goquote.h"
#include "common/value/number.h"
#include "common/value/utf8.h"
#include "common/value/yaml_emit.h"
#include "common/value/yaml_resolve.h"
#include <math.h>

#define DEPTH_MAX LIMIT_JSON_DEPTH
#define WRONG_BYTES_MAX 4096 // of messages

static bool blank(char c) {
    return c == ' ' || c == '\t';
}

/* ---- folded scalars ---- */
static void fold_write(struct buf *out, struct str s) {
    // The emitter asks whether the *first* character after leading breaks is blank, not the next one: a known slip.
    size_t k = 0;
    while (k < s.n && s.p[k] == '\n')
        k++;
    bool starts_blank = k >= s.n || blank(s.p[k]);
    bool breaks = true, leading_spaces = true;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n') {
            if (!breaks && !leading_spaces && !starts_blank)
                buf_putc(out, '\n');
            breaks = true;
        } else {
            if (breaks)
                leading_spaces = blank(s.p[i]);
            breaks = false;
        }
        buf_putc(out, s.p[i]);
    }
}

static void fold_read(struct buf *out, struct str s, int chomp) {
    bool leading_blank = false, has_break = false;
    size_t at = 0, trailing = 0;
    for (; at < s.n && s.p[at] == '\n'; at++)
        trailing++;
    while (at < s.n) {
        bool blank_here = blank(s.p[at]);
        if (has_break && !(!leading_blank && !blank_here))
            buf_putc(out, '\n');
        else if (has_break && !trailing)
            buf_putc(out, ' ');
        for (; trailing; trailing--)
            buf_putc(out, '\n');
        leading_blank = blank_here;
        for (; at < s.n && s.p[at] != '\n'; at++)
            buf_putc(out, s.p[at]);
        has_break = at < s.n;
        at += has_break;
        for (; at < s.n && s.p[at] == '\n'; at++)
            trailing++;
    }
    if (chomp != '-' && has_break)
        buf_putc(out, '\n');
    for (; chomp == '+' && trailing; trailing--)
        buf_putc(out, '\n');
}

// What becomes of a text that is written folded and read again.
static struct str fold_again(struct arena *a, struct str s) {
    int chomp = s.p[s.n - 1] != '\n' ? '-' : s.n == 1 || s.p[s.n - 2] == '\n' ? '+' : 0;
    struct buf written = { 0 }, read = { 0 };
    fold_write(&written, s);
    if (chomp == '-')
        buf_putc(&written, '\n');
    fold_read(&read, buf_str(&written), chomp);
    buf_done(&written);
    return buf_to_arena(&read, a);
}

/* ---- scalars ---- */
struct written {
    enum kz_tag tag; // as written: NONE = left out
    bool plain;
    struct str text;
};

static struct written write_scalar(struct arena *a, const struct kz_node *n, bool flow, bool key) {
    struct written w = { .tag = n->tag, .text = n->value };
    bool force = false, quoted = n->style & KZ_QUOTED;
    if (n->tag != KZ_TAG_NONE && !(n->style & KZ_TAGGED)) {
        if ((n->tag == KZ_TAG_STR && quoted) || kz_resolve_tag(n->value) == n->tag)
            w.tag = KZ_TAG_NONE;
        else if (n->tag == KZ_TAG_STR)
            w.tag = KZ_TAG_NONE, force = true;
    }
    uint8_t style = n->style & KZ_QUOTED;
    if (!style)
        style = str_chr(n->value, '\n') >= 0 ? KZ_LITERAL : force ? KZ_DOUBLE : 0;
    struct yaml_analysis may = yaml_analyze(n->value, true);
    if (key && may.multiline)
        style = KZ_DOUBLE;
    if (!style && ((flow ? !may.flow_plain : !may.block_plain) || (!n->value.n && (flow || key))))
        style = KZ_SINGLE;
    w.plain = !style;
    if ((style & (KZ_DOUBLE | KZ_SINGLE | KZ_LITERAL)) == 0 && (style & KZ_FOLDED) && may.block && !flow &&
        !key)
        w.text = fold_again(a, n->value);
    return w;
}

static enum kz_tag read_tag(const struct kz_node *n, const struct written *w) {
    if (w->tag != KZ_TAG_NONE)
        return n->tag;
    return w->plain ? kz_resolve_tag(w->text) : KZ_TAG_STR;
}

static bool float_to_value(struct arena *a, double f, struct value **out, struct err *err) {
    if (isnan(f) || isinf(f))
        return err_set(err, ERR_INVALID, "json: unsupported value: %s",
                       isnan(f) ? "NaN"
                       : f > 0  ? "+Inf"
                                : "-Inf");
    if (f == floor(f) && fabs(f) < 9.2233720368547758e18)
        *out = value_int(a, (int64_t)f);
    else if (f == floor(f) && f > 0 && f < 1.8446744073709552e19) {
        *out = value_float(a, f);
        (*out)->text = arena_fmt(a, "%llu", (unsigned long long)f);
    } else
        *out = value_float(a, f);
    return true;
}

static struct str valid_text(struct arena *a, struct str s) {
    if (utf8_valid(s))
        return s;
    struct buf b = { 0 };
    for (size_t i = 0, w; i < s.n; i += w) {
        uint32_t r;
        w = utf8_decode(str_sub(s, i, s.n), &r);
        utf8_put(&b, r);
    }
    return buf_to_arena(&b, a);
}

static bool scalar_to_value(struct arena *a, const struct kz_node *n, bool flow, struct value **out,
                            struct err *err) {
    struct written w = write_scalar(a, n, flow, false);
    struct kz_scalar s;
    if (!kz_resolve(a, n, read_tag(n, &w), w.text, &s, err))
        return false;
    switch (s.tag) {
    case KZ_TAG_NULL: *out = value_null(a); return true;
    case KZ_TAG_BOOL: *out = value_bool(a, s.b); return true;
    case KZ_TAG_FLOAT: return float_to_value(a, s.f, out, err);
    case KZ_TAG_INT:
        *out = s.is_unsigned ? value_float(a, (double)s.u) : value_int(a, s.i);
        if (s.is_unsigned)
            (*out)->text = arena_fmt(a, "%llu", (unsigned long long)s.u);
        return true;
    case KZ_TAG_BINARY:
        if (!base64_decode(a, s.text, &s.text))
            return err_set(err, ERR_INVALID, "yaml: !!binary value contains invalid base64 data");
        break;
    case KZ_TAG_NONE:
    case KZ_TAG_STR:
    case KZ_TAG_TIME:
    case KZ_TAG_SEQ:
    case KZ_TAG_MAP:
    case KZ_TAG_MERGE:
    case KZ_TAG_OTHER: break;
    }
    *out = value_string_in(a, valid_text(a, s.text));
    return true;
}

/* ---- collections ---- */
struct reading {
    struct arena *a;
    struct err *err;
    struct value *nothing;
    struct buf wrong; // keys written twice and the like; all are reported
};

static bool to_value(struct reading *r, const struct kz_node *n, bool flow, unsigned depth,
                     struct value **out);

static void already_defined(struct reading *r, const struct kz_node *key, unsigned line,
                            const struct kz_node *first) {
    buf_fmt(&r->wrong, "\n  line %u: mapping key %s already defined at line %u", line,
            go_quoted(r->a, key->value), first->line);
}

static bool check_key(struct reading *r, const struct kz_node *key, bool flow, bool top) {
    if (key->kind != KZ_SCALAR && !top)
        return err_set(r->err, ERR_INVALID, "yaml: invalid map key: %s",
                       kz_node_go_syntax(r->a, key, false).p);
    if (key->kind != KZ_SCALAR) {
        buf_fmt(&r->wrong, "\n  line %u: cannot unmarshal %s into string", key->line,
                key->kind == KZ_SEQ ? "!!seq" : "!!map");
        return true;
    }
    struct written w = write_scalar(r->a, key, flow, true);
    enum kz_tag tag = read_tag(key, &w);
    if (tag == KZ_TAG_NULL) // upstream's copy of the object has such a pair twice
        already_defined(r, key, key->line + !flow, key);
    else if (!top && tag != KZ_TAG_STR && tag != KZ_TAG_MERGE)
        return err_set(r->err, ERR_INVALID, "json: unsupported type: map[interface {}]interface {}");
    return true;
}

// Keys in the order of their first and second place, as upstream finds them.
static void keys_twice(struct reading *r, const struct kz_node *n) {
    for (size_t i = 0; i + 1 < n->n; i += 2)
        for (size_t j = i + 2; j + 1 < n->n && r->wrong.n < WRONG_BYTES_MAX; j += 2)
            if (n->content[i]->kind == n->content[j]->kind &&
                str_eq(n->content[i]->value, n->content[j]->value))
                already_defined(r, n->content[j], n->content[j]->line, n->content[i]);
}

static bool map_to_value(struct reading *r, const struct kz_node *n, bool flow, unsigned depth,
                         struct value **out) {
    struct value_pair *pairs = arena_array(r->a, struct value_pair, n->n / 2);
    size_t n_pairs = 0;
    for (size_t i = 0; i + 1 < n->n; i += 2)
        if (n->content[i]->kind == KZ_SCALAR)
            pairs[n_pairs++].key = n->content[i]->value;
    struct value *map = *out = value_map_in(r->a, pairs, n_pairs);
    if (!map) {
        keys_twice(r, n);
        *out = r->nothing;
        return true;
    }
    for (size_t i = 0, at = 0; i + 1 < n->n; i += 2) {
        struct value *v = NULL;
        if (!to_value(r, n->content[i + 1], flow, depth + 1, &v))
            return false;
        if (n->content[i]->kind == KZ_SCALAR)
            pairs[at++].value = v;
    }
    for (size_t i = 0; i + 1 < n->n; i += 2)
        if (!check_key(r, n->content[i], flow, depth == 0))
            return false;
    return true;
}

static bool to_value(struct reading *r, const struct kz_node *n, bool flow, unsigned depth,
                     struct value **out) {
    if (depth > DEPTH_MAX)
        return err_set(r->err, ERR_LIMIT, "object is nested deeper than %d levels", DEPTH_MAX);
    flow |= (n->style & KZ_FLOW) != 0;
    switch ((enum kz_kind)n->kind) {
    case KZ_ZERO:
    case KZ_ALIAS: *out = value_null(r->a); return true;
    case KZ_SCALAR: return scalar_to_value(r->a, n, flow, out, r->err);
    case KZ_MAP: return map_to_value(r, n, flow, depth, out);
    case KZ_SEQ: break;
    }
    struct value *list = *out = value_list(r->a);
    for (size_t i = 0; i < n->n; i++) {
        struct value *v = NULL;
        if (!to_value(r, n->content[i], flow, depth + 1, &v))
            return false;
        value_append(r->a, list, v);
    }
    return true;
}

bool kz_node_to_value(struct arena *a, const struct kz_node *n, struct value **out, struct err *err) {
    if (!n) {
        *out = value_null(a);
        return true;
    }
    struct reading r = { .a = a, .err = err, .nothing = value_null(a) };
    bool ok = to_value(&r, n, false, 0, out);
    if (r.wrong.n && (ok || err->kind == ERR_INVALID)) {
        err_clear(err);
        ok = err_set(err, ERR_INVALID, "yaml: unmarshal errors:%s", r.wrong.p);
    }
    buf_done(&r.wrong);
    return ok;
}

/* ---- back ---- */
static struct kz_node *scalar_node(struct arena *a, enum kz_tag tag, const char *text) {
    struct kz_node *n = kz_node_scalar(a, str_of(text));
    n->tag = (uint8_t)tag;
    return n;
}

static struct kz_node *string_node(struct arena *a, struct str s) {
    struct kz_node *n = scalar_node(a, KZ_TAG_STR, "");
    n->value = arena_str(a, s);
    struct yaml_analysis may = yaml_analyze(s, true);
    if (str_chr(s, '\n') >= 0)
        n->style = may.block ? KZ_LITERAL : KZ_DOUBLE;
    else if (kz_resolve_tag(s) != KZ_TAG_STR || yaml_is_base60(s) || yaml_is_old_bool(s))
        n->style = KZ_DOUBLE;
    else if (!may.block_plain)
        n->style = may.single_quoted ? KZ_SINGLE : KZ_DOUBLE;
    return n;
}

static struct kz_node *float_node(struct arena *a, double f) {
    char text[NUMBER_TEXT + 1];
    size_t n = number_fmt_g(f, text);
    text[n] = '\0';
    return scalar_node(a, kz_resolve_tag(str_make(text, n)), text);
}

struct kz_node *kz_node_from_value(struct arena *a, const struct value *v) {
    struct kz_node *n;
    switch (v->type) {
    case VALUE_NULL: return scalar_node(a, KZ_TAG_NULL, "null");
    case VALUE_BOOL: return scalar_node(a, KZ_TAG_BOOL, v->b ? "true" : "false");
    case VALUE_INT: // encoding/json made a double of it on the way
        return float_node(a, (double)v->i);
    case VALUE_FLOAT: return float_node(a, v->f);
    case VALUE_STRING: return string_node(a, v->s);
    case VALUE_LIST:
        n = kz_node_new(a, KZ_SEQ);
        n->tag = KZ_TAG_SEQ;
        n->style = v->list.n ? 0 : KZ_FLOW;
        kz_node_reserve(a, n, v->list.n);
        for (size_t i = 0; i < v->list.n; i++)
            kz_node_append(a, n, kz_node_from_value(a, v->list.items[i]));
        return n;
    case VALUE_MAP:
        n = kz_node_new(a, KZ_MAP);
        n->tag = KZ_TAG_MAP;
        n->style = v->map.n ? 0 : KZ_FLOW;
        kz_node_reserve(a, n, 2 * v->map.n);
        for (size_t i = 0; i < v->map.n; i++)
            kz_node_append_pair(a, n, string_node(a, v->map.pairs[i].key),
                                kz_node_from_value(a, v->map.pairs[i].value));
        return n;
    }
    return NULL;
}
