// SPDX-License-Identifier: Apache-2.0
// CEL rules of schemas: compiled once, run on each write that touches their value.
#include "deploy/local/sandbox/schema_rules.h"

#include <ctype.h>

#include "common/cel/cel.h"
#include "deploy/local/sandbox/request.h"

struct rule {
    const char *text, *message; // message NULL: made from the text
    struct cel_expression *rule, *message_expression;
    const char *field_path; // "" or ".a.b"
    enum field_error_type type;
    bool uses_old;
};

struct schema_rules {
    struct rule *items;
    size_t n;
};

/* ---- compiling ---- */

static const struct {
    const char *reason;
    enum field_error_type type;
} reasons[] = {
    { "FieldValueInvalid", FIELD_INVALID },
    { "FieldValueForbidden", FIELD_FORBIDDEN },
    { "FieldValueRequired", FIELD_REQUIRED },
    { "FieldValueDuplicate", FIELD_DUPLICATE },
};

// Is the name in the text as a word of its own? (In a string literal too: then the rule only runs less often.)
static bool mentions(const char *text, const char *name) {
    size_t n = strlen(name);
    for (const char *p = text; (p = strstr(p, name)); p += n) {
        bool starts = p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '_');
        if (starts && !isalnum((unsigned char)p[n]) && p[n] != '_')
            return true;
    }
    return false;
}

static bool compile_text(struct arena *a, const char *text, enum cel_output output,
                         struct cel_expression **out, struct err *err) {
    static const char *const names[] = { "self", "oldSelf", NULL };
    struct cel_options o = { .check = true, .variables = names, .any_variables = true, .output = output };
    if (strstr(text, "__"))
        return err_set(err, ERR_UNSUPPORTED, "escaped field names");
    return cel_compile(a, text, &o, out, err);
}

static bool compile_rule(struct arena *a, const struct value *json, struct rule *r, struct err *err) {
    const char *message = value_text(value_get(json, "messageExpression"), "");
    const char *reason = value_text(value_get(json, "reason"), "FieldValueInvalid");
    r->text = value_text(value_get(json, "rule"), "");
    r->message = value_text(value_get(json, "message"), NULL);
    r->field_path = value_text(value_get(json, "fieldPath"), "");
    r->uses_old = mentions(r->text, "oldSelf");
    for (size_t i = 0; i < countof(reasons); i++)
        if (text_eq(reasons[i].reason, reason))
            r->type = reasons[i].type;
    if (value_bool_or(value_get(json, "optionalOldSelf"), false))
        return err_set(err, ERR_UNSUPPORTED, "optionalOldSelf");
    if (!compile_text(a, r->text, CEL_BOOL, &r->rule, err))
        return false;
    return !*message || compile_text(a, message, CEL_STRING, &r->message_expression, err);
}

struct schema_rules *rules_compile(struct arena *a, const struct schema *s, const struct value *json,
                                   const char *path, struct warnings *w, struct field_errors *fe) {
    struct schema_rules *out = arena_new(a, struct schema_rules);
    (void)s;
    out->items = arena_array(a, struct rule, value_len(json));
    for (size_t i = 0; i < value_len(json); i++) {
        struct rule r = { 0 };
        struct err err = { .a = a };
        const char *text = value_text(value_get(value_item(json, i), "rule"), "");
        if (text_empty(text))
            field_error_add(fe, FIELD_REQUIRED, arena_fmt(a, "%s[%zu].rule", path, i), NULL,
                            "rule is not specified");
        else if (compile_rule(a, value_item(json, i), &r, &err))
            out->items[out->n++] = r;
        else
            warning_add(w, "%s[%zu].rule is not evaluated here: %s: %s", path, i, text, err.msg);
    }
    return out->n ? out : NULL;
}

/* ---- running ---- */

static const char *trimmed(struct arena *a, const char *text) {
    struct str s = str_trim(str_of(text));
    return arena_text(a, s.p, s.n);
}

static const char *rule_words(struct arena *a, const struct rule *r) {
    return trimmed(a, text_empty(r->message) ? r->text : r->message);
}

static const char *message_of(struct arena *a, const struct rule *r, const struct value *variables) {
    struct err err = { .a = a };
    const char *text;
    if (r->message_expression && cel_eval_string(a, r->message_expression, variables, &text, &err)) {
        text = trimmed(a, text);
        if (*text && !strchr(text, '\n'))
            return text;
    }
    return text_empty(r->message) ? arena_fmt(a, "failed rule: %s", rule_words(a, r)) : rule_words(a, r);
}

// What went wrong, without the expression that comes before it.
static const char *cause_of(const struct rule *r, const char *message) {
    const char *tail = strstr(message, r->text);
    tail = tail ? strstr(tail + strlen(r->text), "': ") : NULL;
    return tail ? tail + 3 : message;
}

static const char *field_of(struct arena *a, const char *path, const char *below) {
    below += *below == '.';
    return *path && *below ? arena_fmt(a, "%s.%s", path, below) : *path ? path : below;
}

static void fails(const struct rule *r, const struct schema *s, const struct value *self, const char *path,
                  const char *message, struct field_errors *fe) {
    bool omitted = s->types == SCHEMA_OBJECT || s->types == SCHEMA_ARRAY || r->type == FIELD_FORBIDDEN ||
                   r->type == FIELD_REQUIRED;
    field_error_add(fe, r->type, field_of(fe->a, path, r->field_path), omitted ? NULL : self, "%s",
                    r->type == FIELD_DUPLICATE ? "" : message);
}

void rules_check(const struct schema_rules *r, const struct schema *s, const struct value *self,
                 const struct value *old, const char *path, struct field_errors *fe) {
    autoarena a = { 0 };
    struct value *variables = value_map(&a);
    value_set(&a, variables, "self", (struct value *)self);
    if (old)
        value_set(&a, variables, "oldSelf", (struct value *)old);
    bool same = old && value_equal(self, old);
    for (size_t i = 0; i < r->n; i++) {
        const struct rule *rule = &r->items[i];
        struct err err = { .a = &a };
        bool holds;
        if (rule->uses_old
                ? !old
                : same) // transitions need an older value; the rest was right before, or may stay wrong
            continue;
        if (!cel_eval_bool(&a, rule->rule, variables, &holds, &err))
            field_error_add(fe, FIELD_INVALID, path, value_string(fe->a, s->type_names),
                            "%s evaluating rule: %s", cause_of(rule, err.msg), rule_words(&a, rule));
        else if (!holds)
            fails(rule, s, self, path, message_of(&a, rule, variables), fe);
    }
}
