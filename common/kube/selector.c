// SPDX-License-Identifier: Apache-2.0
/* Label selectors: the text form of Kubernetes' queries, and the object form {matchLabels, matchExpressions}.
 * Flux: apimachinery/pkg/labels (selector.go#Parse) */
#include "common/base/buf.h"
#include "common/kube/object.h"

enum op { OP_EXISTS, OP_NOT_EXISTS, OP_IN, OP_NOT_IN, OP_GREATER, OP_LESS };

struct requirement {
    const char *key;
    enum op op;
    const char **values;
    size_t n_values;
};

struct selector {
    struct requirement *items;
    size_t n, cap;
};

struct reader {
    struct arena *a;
    const char *p;
};

static void skip_blanks(struct reader *r) {
    while (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r')
        r->p++;
}

static char *read_word(struct reader *r) {
    skip_blanks(r);
    size_t n = strcspn(r->p, " \t\r\n,()=!<>");
    char *word = arena_text(r->a, r->p, n);
    r->p += n;
    skip_blanks(r);
    return word;
}

static void add_value(struct arena *a, struct requirement *q, const char *value) {
    const char **values = arena_array(a, const char *, q->n_values + 1);
    if (q->n_values)
        memcpy(values, q->values, q->n_values * sizeof *values);
    values[q->n_values++] = value;
    q->values = values;
}

static bool read_set(struct reader *r, struct requirement *q, struct err *err) {
    skip_blanks(r);
    if (*r->p != '(')
        return err_set(err, ERR_INVALID, "found '%s', expected: '('", r->p);
    do {
        r->p++;
        add_value(r->a, q, read_word(r));
    } while (*r->p == ',');
    if (*r->p != ')')
        return err_set(err, ERR_INVALID, "found '%s', expected: ',', or ')'", r->p);
    r->p++;
    return true;
}

static bool read_operator(struct reader *r, struct requirement *q, struct err *err) {
    if (*r->p == '=' || (*r->p == '!' && r->p[1] == '=')) {
        q->op = *r->p == '=' ? OP_IN : OP_NOT_IN;
        r->p += *r->p == '!' || r->p[1] == '=' ? 2 : 1;
        add_value(r->a, q, read_word(r));
        return true;
    }
    if (*r->p == '<' || *r->p == '>') {
        q->op = *r->p++ == '>' ? OP_GREATER : OP_LESS;
        char *number = read_word(r);
        int64_t n;
        if (!str_to_i64(str_of(number), &n))
            return err_set(
                err, ERR_INVALID,
                "values[0]: Invalid value: \"%s\": for 'Gt', 'Lt' operators, the value must be an integer",
                number);
        add_value(r->a, q, number);
        return true;
    }
    char *word = read_word(r);
    if (text_eq(word, "in") || text_eq(word, "notin")) {
        q->op = text_eq(word, "in") ? OP_IN : OP_NOT_IN;
        return read_set(r, q, err);
    }
    return err_set(err, ERR_INVALID, "found '%s', expected: in, notin, =, ==, !=, gt, lt", word);
}

static bool read_requirement(struct reader *r, struct requirement *q, struct err *err) {
    skip_blanks(r);
    bool negated = *r->p == '!';
    if (negated)
        r->p++;
    q->key = read_word(r);
    if (text_empty(q->key))
        return err_set(err, ERR_INVALID, "found '%s', expected: identifier", r->p);
    q->op = negated ? OP_NOT_EXISTS : OP_EXISTS;
    if (negated || !*r->p || *r->p == ',')
        return true;
    return read_operator(r, q, err);
}

bool selector_parse(struct arena *a, const char *text, struct selector **out, struct err *err) {
    struct selector *s = arena_new(a, struct selector);
    struct reader r = { .a = a, .p = text };
    skip_blanks(&r);
    while (*r.p) {
        struct requirement q = { 0 };
        if (!read_requirement(&r, &q, err))
            return err_wrap(err, "unable to parse requirement");
        s->items = arena_grow(a, s->items, &s->cap, s->n + 1, sizeof *s->items);
        s->items[s->n++] = q;
        skip_blanks(&r);
        if (*r.p && *r.p != ',')
            return err_set(err, ERR_INVALID, "found '%s', expected: ',' or 'end of string'", r.p);
        if (*r.p)
            r.p++;
    }
    *out = s;
    return true;
}

static bool has_value(const struct requirement *q, const char *label) {
    for (size_t i = 0; i < q->n_values; i++)
        if (text_eq(q->values[i], label))
            return true;
    return false;
}

static bool compare_numbers(const struct requirement *q, const char *label) {
    int64_t have, want;
    if (!label || !str_to_i64(str_of(label), &have) || !str_to_i64(str_of(q->values[0]), &want))
        return false;
    return q->op == OP_GREATER ? have > want : have < want;
}

static bool requirement_matches(const struct requirement *q, const struct value *labels) {
    const char *label = value_text(value_get(labels, q->key), NULL);
    switch (q->op) {
    case OP_EXISTS: return label;
    case OP_NOT_EXISTS: return !label;
    case OP_IN: return label && has_value(q, label);
    case OP_NOT_IN: return !label || !has_value(q, label);
    case OP_GREATER:
    case OP_LESS: return compare_numbers(q, label);
    }
    return false;
}

bool selector_matches(const struct selector *s, const struct value *labels) {
    for (size_t i = 0; i < s->n; i++)
        if (!requirement_matches(&s->items[i], labels))
            return false;
    return true;
}

static void text_of_labels(struct buf *b, const struct value *labels) {
    for (size_t i = 0; i < value_len(labels); i++) {
        const struct value_pair *p = &labels->map.pairs[i];
        buf_fmt(b, "%s%s=%s", b->n ? "," : "", p->key.p, value_text(p->value, ""));
    }
}

static void text_of_expression(struct buf *b, const struct value *e) {
    const char *key = value_text(value_get(e, "key"), "");
    const char *op = value_text(value_get(e, "operator"), "");
    buf_puts(b, b->n ? "," : "");
    if (text_eq(op, "Exists") || text_eq(op, "DoesNotExist")) {
        buf_fmt(b, "%s%s", text_eq(op, "Exists") ? "" : "!", key);
        return;
    }
    buf_fmt(b, "%s %s (", key, text_eq(op, "In") ? "in" : "notin");
    const struct value *values = value_get(e, "values");
    for (size_t i = 0; i < value_len(values); i++)
        buf_fmt(b, "%s%s", i ? "," : "", value_text(value_item(values, i), ""));
    buf_putc(b, ')');
}

char *selector_text(struct arena *a, const struct value *label_selector) {
    if (!value_is(label_selector, VALUE_MAP))
        return NULL;
    struct buf b = { 0 };
    const struct value *labels = value_get(label_selector, "matchLabels");
    if (value_is(labels, VALUE_MAP))
        text_of_labels(&b, labels);
    const struct value *expressions = value_get(label_selector, "matchExpressions");
    for (size_t i = 0; value_is(expressions, VALUE_LIST) && i < value_len(expressions); i++)
        text_of_expression(&b, value_item(expressions, i));
    return (char *)buf_to_arena(&b, a).p;
}
