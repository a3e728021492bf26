// SPDX-License-Identifier: Apache-2.0
// CEL: compiling and evaluating. Flux: pkg/runtime/cel/expression.go
#include "common/cel/cel.h"
#include "common/cel/cel_ast.h"
#include "common/value/utf8.h"

enum { ISSUES_MAX = 100, TEXT_BYTES_MAX = 100000 };

// Line, column (in runes, from 1) and the line itself, with a pointer below.
void cel_issue(struct cel_issues *issues, size_t at, const char *fmt, ...) {
    struct str before = str_sub(issues->text, 0, at);
    ptrdiff_t nl = str_rchr(before, '\n');
    size_t line = 1, begin = nl < 0 ? 0 : (size_t)nl + 1;
    if (++issues->n > ISSUES_MAX)
        return;
    for (size_t i = 0; i < begin; i++)
        line += issues->text.p[i] == '\n';
    struct str text = str_sub(issues->text, begin, issues->text.n);
    ptrdiff_t end = str_chr(text, '\n');
    text = str_sub(text, 0, end < 0 ? text.n : (size_t)end);
    size_t column = utf8_count(str_sub(issues->text, begin, before.n));
    buf_fmt(&issues->out, "%sERROR: <input>:%zu:%zu: ", issues->out.n ? "\n" : "", line, column + 1);
    va_list ap;
    va_start(ap, fmt);
    buf_vfmt(&issues->out, fmt, ap);
    va_end(ap);
    buf_fmt(&issues->out, "\n | %.*s\n | ", (int)text.n, text.p);
    for (size_t i = 0; i < column; i++)
        buf_putc(&issues->out, '.');
    buf_putc(&issues->out, '^');
}

static const char *output_name(enum cel_output output) {
    return output == CEL_BOOL ? "bool" : output == CEL_STRING ? "string" : "dyn";
}

// matches() with a literal pattern: compiled once; a bad one fails when it is evaluated.
static void compile_patterns(struct arena *a, struct cel_node *n) {
    for (size_t i = 0; i < n->n_args; i++)
        compile_patterns(a, n->args[i]);
    if (n->kind != NODE_CALL || !str_is(n->name, "matches") || n->n_args != 2)
        return;
    const struct cel_node *pattern = n->args[1];
    struct err ignored = { .a = a };
    struct regex *re;
    if (pattern->kind == NODE_LITERAL && pattern->literal.type == CV_STRING &&
        regex_compile_n(a, pattern->literal.s, &re, &ignored))
        n->regex = re;
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
                       issues->out.p);
    if (type && options->output != CEL_ANY && !text_eq(type, output_name(options->output)))
        return err_set(err, ERR_INVALID, "CEL expression output type mismatch: expected %s, got %s",
                       output_name(options->output), type);
    compile_patterns(a, e->root);
    return true;
}

bool cel_compile(struct arena *a, const char *text, const struct cel_options *options,
                 struct cel_expression **out, struct err *err) {
    struct cel_expression *e = arena_new(a, struct cel_expression);
    e->text = arena_str(a, str_of(text));
    struct cel_issues issues = { .a = a, .text = e->text };
    bool ok = compile(a, e, options, &issues, err);
    buf_done(&issues.out);
    if (ok)
        *out = e;
    return ok;
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
