// SPDX-License-Identifier: Apache-2.0
// CEL: compiling and evaluating. Flux: pkg/runtime/cel/expression.go
#include "common/cel/cel.h"
#include "common/cel/cel_ast.h"
#include "common/value/utf8.h"

enum { ISSUES_MAX = 100, TEXT_BYTES_MAX = 100000 };

// Line, column (in runes, from 1) and the line itself, with a pointer below.
void cel_issue(struct cel_issues *issues, size_t at, const char *fmt, ...) {
    autobuf out = { 0 };
    struct str before = str_sub(issues->text, 0, at);
    ptrdiff_t nl = str_rchr(before, '\n');
    size_t line = 1, begin = nl < 0 ? 0 : (size_t)nl + 1;
    if (issues->n == ISSUES_MAX)
        return;
    for (size_t i = 0; i < begin; i++)
        line += issues->text.p[i] == '\n';
    struct str text = str_sub(issues->text, begin, issues->text.n);
    ptrdiff_t end = str_chr(text, '\n');
    text = str_sub(text, 0, end < 0 ? text.n : (size_t)end);
    size_t column = utf8_count(str_sub(issues->text, begin, before.n));
    buf_fmt(&out, "ERROR: <input>:%zu:%zu: ", line, column + 1);
    va_list ap;
    va_start(ap, fmt);
    buf_vfmt(&out, fmt, ap);
    va_end(ap);
    buf_fmt(&out, "\n | %.*s\n | ", (int)text.n, text.p);
    for (size_t i = begin; i < before.n;) { // a wide dot for what is wide, as cel-go
        uint32_t rune;
        size_t n = utf8_decode(str_sub(issues->text, i, issues->text.n), &rune);
        buf_puts(&out, n > 1 ? "\uff0e" : ".");
        i += n;
    }
    buf_puts(&out, at < issues->text.n && (unsigned char)issues->text.p[at] >= 0x80 ? "\uff3e" : "^");
    issues->entries =
        arena_grow(issues->a, issues->entries, &issues->cap, issues->n + 1, sizeof *issues->entries);
    issues->entries[issues->n++] = (struct cel_issue_entry) { at, arena_text(issues->a, out.p, out.n) };
}

char *cel_issues_text(struct cel_issues *issues) {
    autobuf out = { 0 };
    for (size_t i = 1; i < issues->n; i++) // few: insertion keeps equal places in order
        for (size_t k = i; k > 0 && issues->entries[k].at < issues->entries[k - 1].at; k--) {
            struct cel_issue_entry swap = issues->entries[k];
            issues->entries[k] = issues->entries[k - 1];
            issues->entries[k - 1] = swap;
        }
    for (size_t i = 0; i < issues->n; i++)
        buf_fmt(&out, "%s%s", i ? "\n" : "", issues->entries[i].text);
    return arena_text(issues->a, out.p, out.n);
}

static const char *output_name(enum cel_output output) {
    return output == CEL_BOOL ? "bool" : output == CEL_STRING ? "string" : "dyn";
}

static bool not_a_program(const char *problem, struct err *err) {
    return err_set(err, ERR_INVALID, "failed to create CEL program: %s", problem);
}

// A conversion of a literal is done now, and fails now.
static bool fold_conversion(struct arena *a, struct cel_node *n, struct err *err) {
    static const char *const names[] = { "bool", "bytes",  "double",    "duration",
                                         "int",  "string", "timestamp", "uint" };
    struct cel_run r = { .a = a };
    for (size_t i = 0; i < countof(names); i++) {
        if (!str_is(n->name, names[i]))
            continue;
        struct cv v = cel_run_node(&r, n);
        if (v.type == CV_ERROR)
            return not_a_program(v.s.p, err);
        n->kind = NODE_LITERAL;
        n->literal = v;
        n->n_args = 0;
        return true;
    }
    return true;
}

// What is known before there are variables: conversions of literals, and literal patterns of matches(), compiled once.
static bool optimize(struct arena *a, struct cel_node *n, struct err *err) {
    for (size_t i = 0; i < n->n_args; i++)
        if (!optimize(a, n->args[i], err))
            return false;
    if (n->kind != NODE_CALL || !n->n_args)
        return true;
    const struct cel_node *last = n->args[n->n_args - 1];
    if (last->kind != NODE_LITERAL)
        return true;
    if (n->n_args == 1 && !n->member)
        return fold_conversion(a, n, err);
    if (!str_is(n->name, "matches") || n->n_args != 2 || last->literal.type != CV_STRING)
        return true;
    struct err inner = { .a = err->a };
    struct regex *re;
    if (!regex_compile_n(a, last->literal.s, &re, &inner))
        return not_a_program(inner.msg, err);
    n->regex = re;
    return true;
}

static bool compile(struct arena *a, struct cel_expression *e, const struct cel_options *options,
                    struct cel_issues *issues, struct err *err) {
    const char *type = NULL;
    if (e->text.n > TEXT_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "CEL expression is longer than %d bytes", TEXT_BYTES_MAX);
    bool ok = cel_parse(a, e->text, &e->root, issues);
    if (ok && options->check)
        cel_check(a, e->root, options, issues, &type);
    if (issues->n)
        return err_set(err, ERR_INVALID, "failed to parse the CEL expression '%s': %s", e->text.p,
                       cel_issues_text(issues));
    if (type && options->output != CEL_ANY && !text_eq(type, output_name(options->output)))
        return err_set(err, ERR_INVALID, "CEL expression output type mismatch: expected %s, got %s",
                       output_name(options->output), type);
    return optimize(a, e->root, err);
}

bool cel_compile(struct arena *a, const char *text, const struct cel_options *options,
                 struct cel_expression **out, struct err *err) {
    struct cel_expression *e = arena_new(a, struct cel_expression);
    e->text = arena_str(a, str_of(text));
    struct cel_issues issues = { .a = a, .text = e->text };
    if (!compile(a, e, options, &issues, err))
        return false;
    *out = e;
    return true;
}

const char *cel_text(const struct cel_expression *e) {
    return e->text.p;
}

static bool run(struct arena *a, const struct cel_expression *e, const struct value *variables,
                struct cv *out, struct err *err) {
    struct cel_run r = { .a = a, .variables = variables };
    *out = cel_run_node(&r, e->root);
    if (r.over_limit)
        return err_set(
            err, ERR_LIMIT,
            "failed to evaluate the CEL expression '%s': operation cancelled: actual cost limit exceeded",
            e->text.p);
    if (out->type == CV_ERROR)
        return err_set(err, ERR_INVALID, "failed to evaluate the CEL expression '%s': %s", e->text.p,
                       out->s.p);
    return true;
}

bool cel_eval(struct arena *a, const struct cel_expression *e, const struct value *variables,
              struct value **out, struct err *err) {
    struct cv v;
    if (!run(a, e, variables, &v, err))
        return false;
    *out = cv_to_json(a, &v);
    return true;
}

bool cel_eval_bool(struct arena *a, const struct cel_expression *e, const struct value *variables, bool *out,
                   struct err *err) {
    struct cv v;
    if (!run(a, e, variables, &v, err))
        return false;
    if (v.type != CV_BOOL)
        return err_set(err, ERR_INVALID, "failed to evaluate CEL expression as boolean: '%s'", e->text.p);
    *out = v.b;
    return true;
}

bool cel_eval_string(struct arena *a, const struct cel_expression *e, const struct value *variables,
                     const char **out, struct err *err) {
    struct cv v;
    if (!run(a, e, variables, &v, err))
        return false;
    if (v.type != CV_STRING)
        return err_set(err, ERR_INVALID, "failed to evaluate CEL expression as string: '%s'", e->text.p);
    *out = arena_text(a, v.s.p, v.s.n);
    return true;
}
