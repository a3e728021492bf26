// SPDX-License-Identifier: Apache-2.0
// Label and field selectors: parsing and matching.
#include "deploy/local/sandbox/selector.h"

#include <ctype.h>

#include "common/base/buf.h"

#include "deploy/local/sandbox/names.h"

/* ---- which fields can be selected ---- */

// Kubernetes: pkg/apis/core/v1/conversion.go and the strategies' SelectableFields.
static const struct {
    const char *key, *field;
} selectable[] = {
    { "pods", "spec.nodeName" },
    { "pods", "spec.restartPolicy" },
    { "pods", "spec.schedulerName" },
    { "pods", "spec.serviceAccountName" },
    { "pods", "spec.hostNetwork" },
    { "pods", "status.phase" },
    { "pods", "status.podIP" },
    { "pods", "status.nominatedNodeName" },
    { "nodes", "spec.unschedulable" },
    { "namespaces", "status.phase" },
    { "secrets", "type" },
    { "services", "spec.clusterIP" },
    { "services", "spec.type" },
    { "replicationcontrollers", "status.replicas" },
    { "replicasets.apps", "status.replicas" },
    { "jobs.batch", "status.successful" },
    { "events", "involvedObject.kind" },
    { "events", "involvedObject.namespace" },
    { "events", "involvedObject.name" },
    { "events", "involvedObject.uid" },
    { "events", "involvedObject.apiVersion" },
    { "events", "involvedObject.resourceVersion" },
    { "events", "involvedObject.fieldPath" },
    { "events", "reason" },
    { "events", "reportingComponent" },
    { "events", "source" },
    { "events", "type" },
    { "certificatesigningrequests.certificates.k8s.io", "spec.signerName" },
};

static bool field_known(const struct resource *r, const char *field) {
    if (text_eq(field, "metadata.name") || (r->namespaced && text_eq(field, "metadata.namespace")))
        return true;
    for (size_t i = 0; i < countof(selectable); i++)
        if (text_eq(selectable[i].key, r->key) && text_eq(selectable[i].field, field))
            return true;
    return false;
}

// The text of a field for comparison: absent is "", numbers and booleans as they print.
static const char *field_text(struct arena *a, const struct resource *r, const struct value *o,
                              const char *field) {
    if (text_eq(r->key, "events") && text_eq(field, "source"))
        return value_text(value_at(o, "source", "component", NULL), "");
    if (text_eq(r->key, "jobs.batch") && text_eq(field, "status.successful"))
        field = "status.succeeded";
    struct str rest = str_of(field), part;
    const struct value *v = o;
    while (v && str_split(&rest, '.', &part))
        v = value_get_n(v, part);
    if (value_is(v, VALUE_BOOL))
        return v->b ? "true" : "false";
    if (value_is(v, VALUE_INT))
        return arena_fmt(a, "%lld", (long long)v->i);
    if (v || !text_ends(field, "replicas"))
        return text_eq(field, "spec.unschedulable") || text_eq(field, "spec.hostNetwork")
                   ? value_text(v, "false")
                   : value_text(v, "");
    return "0";
}

/* ---- parsing ---- */

static struct requirement *requirement_add(struct arena *a, struct requirement **list, size_t *n,
                                           size_t *cap) {
    *list = arena_grow(a, *list, cap, *n + 1, sizeof **list);
    return &(*list)[(*n)++];
}

static void value_push(struct arena *a, struct requirement *q, struct str text) {
    q->values = arena_grow(a, q->values, &q->cap_values, q->n_values + 1, sizeof *q->values);
    q->values[q->n_values++] = arena_text(a, text.p, text.n);
}

struct lexer {
    struct arena *a;
    struct str rest;
    struct status *st;
    const char *whole;
};

static bool selector_refuse(struct lexer *l, const char *why) {
    return status_bad_request(l->st, "unable to parse requirement: %s", why);
}

static void skip_blanks(struct lexer *l) {
    while (l->rest.n && isspace((unsigned char)l->rest.p[0]))
        l->rest = str_sub(l->rest, 1, l->rest.n);
}

static bool take(struct lexer *l, const char *token) {
    skip_blanks(l);
    if (!str_starts(l->rest, token))
        return false;
    l->rest = str_sub(l->rest, strlen(token), l->rest.n);
    return true;
}

// A run of characters that are not operators or blanks.
static struct str take_word(struct lexer *l) {
    skip_blanks(l);
    size_t n = 0;
    while (n < l->rest.n && !strchr(" \t\n\r,()=!<>", l->rest.p[n]) && l->rest.p[n])
        n++;
    struct str word = str_sub(l->rest, 0, n);
    l->rest = str_sub(l->rest, n, l->rest.n);
    return word;
}

static const char *found(struct lexer *l) {
    skip_blanks(l);
    return l->rest.n ? arena_text(l->a, l->rest.p, 1) : "";
}

// "(a, b)" behind in and notin.
static bool parse_set(struct lexer *l, struct requirement *q) {
    if (!take(l, "("))
        return selector_refuse(l, arena_fmt(l->a, "found '%s' expected: '('", found(l)));
    do
        value_push(l->a, q, take_word(l));
    while (take(l, ","));
    if (!take(l, ")"))
        return selector_refuse(l, arena_fmt(l->a, "found '%s' expected: ',' or ')'", found(l)));
    return true;
}

static bool check_values(struct lexer *l, const struct requirement *q) {
    for (size_t i = 0; i < q->n_values; i++) {
        const char *why = name_label_value(l->a, str_of(q->values[i]));
        if (why)
            return selector_refuse(l, arena_fmt(l->a, "values[%zu][%s]: Invalid value: \"%s\": %s", i, q->key,
                                                q->values[i], why));
        int64_t n;
        if ((q->op == OP_GREATER || q->op == OP_LESS) && !str_to_i64(str_of(q->values[i]), &n))
            return selector_refuse(l, arena_fmt(l->a,
                                                "values[%zu]: Invalid value: \"%s\": for 'Gt', 'Lt' "
                                                "operators, the value must be an integer",
                                                i, q->values[i]));
    }
    return true;
}

static bool parse_operator(struct lexer *l, struct requirement *q) {
    static const struct {
        const char *token;
        enum selector_op op;
    } operators[] = { { "==", OP_EQUALS },
                      { "=", OP_EQUALS },
                      { "!=", OP_NOT_EQUALS },
                      { ">", OP_GREATER },
                      { "<", OP_LESS } };
    for (size_t i = 0; i < countof(operators); i++)
        if (take(l, operators[i].token)) {
            q->op = operators[i].op;
            value_push(l->a, q, take_word(l));
            return check_values(l, q);
        }
    struct lexer before = *l;
    struct str word = take_word(l);
    if (str_is(word, "in") || str_is(word, "notin")) {
        q->op = str_is(word, "in") ? OP_IN : OP_NOT_IN;
        return parse_set(l, q) && check_values(l, q);
    }
    *l = before;
    skip_blanks(l);
    q->op = OP_EXISTS;
    if (l->rest.n && l->rest.p[0] != ',')
        return selector_refuse(l, arena_fmt(l->a, "found '%s', expected: in, notin, =, ==, !=, gt, lt",
                                            word.n ? arena_text(l->a, word.p, word.n) : found(l)));
    return true;
}

static bool parse_labels(struct arena *a, const char *text, struct selector *out, struct status *st) {
    struct lexer l = { a, str_of(text), st, text };
    skip_blanks(&l);
    while (l.rest.n) {
        bool absent = take(&l, "!");
        struct str key = take_word(&l);
        const char *why = key.n ? name_qualified(a, key) : NULL;
        if (!key.n)
            return selector_refuse(
                &l, arena_fmt(a, "found '%s', expected: !, identifier, or 'end of string'", found(&l)));
        if (why)
            return selector_refuse(&l,
                                   arena_fmt(a, "key: Invalid value: \"%.*s\": %s", (int)key.n, key.p, why));
        struct requirement *q = requirement_add(a, &out->labels, &out->n_labels, &out->cap_labels);
        *q = (struct requirement) { .op = OP_ABSENT, .key = arena_text(a, key.p, key.n) };
        if (!absent && !parse_operator(&l, q))
            return false;
        skip_blanks(&l);
        if (!l.rest.n)
            break;
        if (!take(&l, ","))
            return selector_refuse(&l,
                                   arena_fmt(a, "found '%s', expected: ',' or 'end of string'", found(&l)));
        skip_blanks(&l);
        if (!l.rest.n)
            return selector_refuse(&l, "found '', expected: identifier after ','");
    }
    return true;
}

static bool field_refuse(const struct resource *r, const char *key, struct status *st) {
    bool has_table = r->crd;
    for (size_t i = 0; i < countof(selectable); i++)
        has_table |= text_eq(selectable[i].key, r->key);
    if (has_table)
        return status_bad_request(st, "field label not supported: %s", key);
    return status_bad_request(
        st, "\"%s\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"", key);
}

// "a=b", "a==b", "a!=b"; a backslash keeps the next character (fields.EscapeValue).
static bool parse_field(struct arena *a, const struct resource *r, struct str term, struct selector *out,
                        struct status *st) {
    size_t at = 0;
    while (at < term.n && term.p[at] != '=' && term.p[at] != '!')
        at += term.p[at] == '\\' ? 2 : 1;
    if (at >= term.n)
        return status_bad_request(st, "invalid selector: '%.*s'; can't understand '%.*s'", (int)term.n,
                                  term.p, (int)term.n, term.p);
    bool negated = term.p[at] == '!';
    size_t value_at_ = at + 1 + (at + 1 < term.n && term.p[at + 1] == '=');
    if (negated && value_at_ != at + 2)
        return status_bad_request(st, "invalid selector: '%.*s'; can't understand '%.*s'", (int)term.n,
                                  term.p, (int)term.n, term.p);
    char *key = arena_text(a, term.p, at);
    autobuf value = { 0 };
    for (size_t i = value_at_; i < term.n; i++) {
        if (term.p[i] == '\\' && i + 1 < term.n)
            i++;
        buf_putc(&value, term.p[i]);
    }
    if (!field_known(r, key))
        return field_refuse(r, key, st);
    struct requirement *q = requirement_add(a, &out->fields, &out->n_fields, &out->cap_fields);
    *q = (struct requirement) { .op = negated ? OP_NOT_EQUALS : OP_EQUALS, .key = key };
    value_push(a, q, buf_str(&value));
    return true;
}

static bool parse_fields(struct arena *a, const struct resource *r, const char *text, struct selector *out,
                         struct status *st) {
    size_t n = strlen(text), start = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && text[i] == '\\' && i + 1 < n) {
            i++;
            continue;
        }
        if (i < n && text[i] != ',')
            continue;
        struct str term = str_trim(str_make(text + start, i - start));
        start = i + 1;
        if (term.n && !parse_field(a, r, term, out, st))
            return false;
    }
    return true;
}

bool selector_parse(struct arena *a, const struct resource *r, const char *labels, const char *fields,
                    struct selector *out, struct status *st) {
    struct selector s = { 0 };
    if (!text_empty(labels) && !parse_labels(a, labels, &s, st))
        return false;
    if (!text_empty(fields) && !parse_fields(a, r, fields, &s, st))
        return false;
    *out = s;
    return true;
}

/* ---- matching ---- */

static bool in_values(const struct requirement *q, const char *text) {
    for (size_t i = 0; i < q->n_values; i++)
        if (text_eq(q->values[i], text))
            return true;
    return false;
}

static bool number_compares(const struct requirement *q, const char *text) {
    int64_t x, y;
    if (!str_to_i64(str_of(text), &x) || !str_to_i64(str_of(q->values[0]), &y))
        return false;
    return q->op == OP_GREATER ? x > y : x < y;
}

static bool requirement_matches(const struct requirement *q, const char *text) { // NULL: absent
    switch (q->op) {
    case OP_EQUALS:
    case OP_IN: return text && in_values(q, text);
    case OP_NOT_EQUALS:
    case OP_NOT_IN: return !text || !in_values(q, text);
    case OP_EXISTS: return text;
    case OP_ABSENT: return !text;
    case OP_GREATER:
    case OP_LESS: return text && number_compares(q, text);
    }
    return false;
}

bool selector_is_empty(const struct selector *s) {
    return !s->n_labels && !s->n_fields;
}

bool selector_matches(const struct resource *r, const struct selector *s, const struct value *object) {
    autoarena a = { 0 };
    const struct value *labels = value_at(object, "metadata", "labels", NULL);
    for (size_t i = 0; i < s->n_labels; i++)
        if (!requirement_matches(&s->labels[i], value_text(value_get(labels, s->labels[i].key), NULL)))
            return false;
    for (size_t i = 0; i < s->n_fields; i++)
        if (!requirement_matches(&s->fields[i], field_text(&a, r, object, s->fields[i].key)))
            return false;
    return true;
}

const char *selector_name(const struct selector *s) {
    for (size_t i = 0; i < s->n_fields; i++)
        if (s->fields[i].op == OP_EQUALS && text_eq(s->fields[i].key, "metadata.name"))
            return s->fields[i].values[0];
    return NULL;
}

static struct requirement *requirements_copy(struct arena *a, const struct requirement *q, size_t n) {
    struct requirement *out = arena_array(a, struct requirement, n);
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct requirement) { .op = q[i].op,
                                        .key = arena_strdup(a, q[i].key),
                                        .n_values = q[i].n_values };
        out[i].values = arena_array(a, const char *, q[i].n_values);
        for (size_t k = 0; k < q[i].n_values; k++)
            out[i].values[k] = arena_strdup(a, q[i].values[k]);
    }
    return out;
}

struct selector selector_copy(struct arena *a, const struct selector *s) {
    return (struct selector) { .labels = requirements_copy(a, s->labels, s->n_labels),
                               .n_labels = s->n_labels,
                               .fields = requirements_copy(a, s->fields, s->n_fields),
                               .n_fields = s->n_fields };
}
