// SPDX-License-Identifier: Apache-2.0
// Parser of CEL, macros included. See the grammar of google/cel-spec.
#include "common/cel/cel_lex.h"

enum { DEPTH_MAX = 250 };

struct parser {
    struct cel_lexer lex;
    struct arena *a;
    struct cel_issues *issues;
    unsigned depth;
};

struct args {
    struct cel_node **p;
    bool *optional;
    size_t n, cap, cap_optional;
    bool any_optional;
};

static bool fail(struct parser *p, const char *what) {
    if (p->lex.token == TOK_BAD)
        what = p->lex.problem;
    cel_issue(p->issues, p->lex.at, "Syntax error: %s", what);
    return false;
}

static bool unexpected(struct parser *p) {
    if (p->lex.token == TOK_END)
        return fail(p, "unexpected end of the expression");
    return fail(p, arena_fmt(p->a, "unexpected '%.*s'", (int)p->lex.text.n, p->lex.text.p));
}

static void next(struct parser *p) {
    cel_lex_next(&p->lex);
}

static bool at_op(const struct parser *p, const char *op) {
    return p->lex.token == TOK_OP && str_is(p->lex.text, op);
}

static bool take_op(struct parser *p, const char *op) {
    if (!at_op(p, op))
        return false;
    next(p);
    return true;
}

static bool expect(struct parser *p, const char *op) {
    return take_op(p, op) || unexpected(p);
}

static struct cel_node *node(struct parser *p, enum cel_node_kind kind, size_t at) {
    struct cel_node *n = arena_new(p->a, struct cel_node);
    n->kind = kind;
    n->at = at;
    return n;
}

static void push(struct parser *p, struct args *args, struct cel_node *n, bool optional) {
    args->p = arena_grow(p->a, args->p, &args->cap, args->n + 1, sizeof(struct cel_node *));
    args->optional = arena_grow(p->a, args->optional, &args->cap_optional, args->n + 1, sizeof(bool));
    args->any_optional |= optional;
    args->optional[args->n] = optional;
    args->p[args->n++] = n;
}

static struct cel_node *call(struct parser *p, size_t at, struct str name, struct args args, bool member) {
    struct cel_node *n = node(p, NODE_CALL, at);
    n->name = name;
    n->args = args.p;
    n->n_args = args.n;
    n->member = member;
    n->function = cel_function_find(name);
    return n;
}

static struct cel_node *call2(struct parser *p, size_t at, const char *name, struct cel_node *x,
                              struct cel_node *y) {
    struct args args = { 0 };
    push(p, &args, x, false);
    if (y)
        push(p, &args, y, false);
    return call(p, at, str_of(name), args, false);
}

static bool expression(struct parser *p, struct cel_node **out);

// ---- macros ----

// The variable of a macro: a simple name.
static bool macro_variable(struct parser *p, const struct cel_node *n, const char *what) {
    if (n->kind == NODE_IDENT)
        return true;
    cel_issue(p->issues, n->at, "%s", what);
    return false;
}

static bool fold_kind(struct str name, size_t n_args, enum cel_fold *out) {
    static const struct {
        const char *name;
        size_t n_args;
        enum cel_fold fold;
    } macros[] = {
        { "all", 2, FOLD_ALL },
        { "exists", 2, FOLD_EXISTS },
        { "exists_one", 2, FOLD_EXISTS_ONE },
        { "existsOne", 2, FOLD_EXISTS_ONE },
        { "map", 2, FOLD_MAP },
        { "map", 3, FOLD_MAP },
        { "filter", 2, FOLD_FILTER },
    };
    for (size_t i = 0; i < countof(macros); i++)
        if (str_is(name, macros[i].name) && n_args == macros[i].n_args) {
            *out = macros[i].fold;
            return true;
        }
    return false;
}

static bool fold(struct parser *p, size_t at, struct cel_node *range, enum cel_fold kind, struct args args,
                 struct cel_node **out) {
    if (!macro_variable(p, args.p[0], "argument must be a simple name"))
        return false;
    struct cel_node *n = node(p, NODE_FOLD, at);
    struct args all = { 0 };
    n->fold = kind;
    n->name = args.p[0]->name;
    push(p, &all, range, false);
    push(p, &all, args.p[args.n - 1], false); // the body
    if (args.n == 3)
        push(p, &all, args.p[1], false); // the condition
    n->args = all.p;
    n->n_args = all.n;
    *out = n;
    return true;
}

static bool bind(struct parser *p, size_t at, struct cel_node *target, bool flat, struct args args,
                 struct cel_node **out) {
    if (!macro_variable(p, args.p[0],
                        flat ? "optFlatMap() variable name must be a simple identifier"
                             : "optMap() variable name must be a simple identifier"))
        return false;
    struct cel_node *n = node(p, NODE_BIND, at);
    struct args all = { 0 };
    n->flat = flat;
    n->name = args.p[0]->name;
    push(p, &all, target, false);
    push(p, &all, args.p[1], false);
    n->args = all.p;
    n->n_args = all.n;
    *out = n;
    return true;
}

static bool has(struct parser *p, size_t at, struct cel_node *arg, struct cel_node **out) {
    if (arg->kind != NODE_SELECT) {
        cel_issue(p->issues, arg->at, "invalid argument to has() macro");
        return false;
    }
    struct cel_node *n = node(p, NODE_HAS, at);
    n->name = arg->name;
    n->args = arg->args;
    n->n_args = 1;
    n->optional = arg->optional;
    *out = n;
    return true;
}

// "a.b" of a chain of names, "" of anything else.
static struct str qualified(struct parser *p, const struct cel_node *n) {
    if (n->kind == NODE_IDENT)
        return n->name;
    if (n->kind != NODE_SELECT || n->optional)
        return STR("");
    struct str left = qualified(p, n->args[0]);
    if (!left.n)
        return left;
    return str_of(arena_fmt(p->a, "%.*s.%.*s", (int)left.n, left.p, (int)n->name.n, n->name.p));
}

static bool member_call(struct parser *p, size_t at, struct cel_node *target, struct str name,
                        struct args args, struct cel_node **out) {
    enum cel_fold kind;
    struct str left = qualified(p, target);
    if (left.n) {
        struct str full = str_of(arena_fmt(p->a, "%.*s.%.*s", (int)left.n, left.p, (int)name.n, name.p));
        if (cel_function_find(full)) { // sets.contains(...)
            *out = call(p, at, full, args, false);
            return true;
        }
    }
    if (fold_kind(name, args.n, &kind))
        return fold(p, at, target, kind, args, out);
    if (args.n == 2 && (str_is(name, "optMap") || str_is(name, "optFlatMap")))
        return bind(p, at, target, str_is(name, "optFlatMap"), args, out);
    struct args all = { 0 };
    push(p, &all, target, false);
    for (size_t i = 0; i < args.n; i++)
        push(p, &all, args.p[i], false);
    *out = call(p, at, name, all, true);
    return true;
}

// ---- primaries ----

// Expressions up to the closing token, which is taken.
static bool arguments(struct parser *p, const char *close, bool may_be_optional, struct args *out) {
    while (!at_op(p, close)) {
        bool optional = may_be_optional && take_op(p, "?");
        struct cel_node *n;
        if (!expression(p, &n))
            return false;
        push(p, out, n, optional);
        if (!take_op(p, ","))
            break;
        if (!may_be_optional && at_op(p, close))
            return unexpected(p); // only literals may end with a comma
    }
    return expect(p, close);
}

static bool map_literal(struct parser *p, size_t at, struct cel_node **out) {
    struct args args = { 0 };
    while (!at_op(p, "}")) {
        bool optional = take_op(p, "?");
        struct cel_node *key, *v;
        if (!expression(p, &key) || !expect(p, ":") || !expression(p, &v))
            return false;
        push(p, &args, key, optional);
        push(p, &args, v, optional);
        if (!take_op(p, ","))
            break;
    }
    struct cel_node *n = node(p, NODE_MAP, at);
    n->args = args.p;
    n->n_args = args.n;
    n->optional_args = args.any_optional ? args.optional : NULL;
    *out = n;
    return expect(p, "}");
}

static bool list_literal(struct parser *p, size_t at, struct cel_node **out) {
    struct args args = { 0 };
    if (!arguments(p, "]", true, &args))
        return false;
    struct cel_node *n = node(p, NODE_LIST, at);
    n->args = args.p;
    n->n_args = args.n;
    n->optional_args = args.any_optional ? args.optional : NULL;
    *out = n;
    return true;
}

static bool is_reserved(struct str name) {
    static const char *const words[] = { "as",       "break",     "const",  "continue", "else", "for",
                                         "function", "if",        "import", "in",       "let",  "loop",
                                         "package",  "namespace", "return", "var",      "void", "while" };
    for (size_t i = 0; i < countof(words); i++)
        if (str_is(name, words[i]))
            return true;
    return false;
}

static bool word_literal(struct parser *p, struct cel_node **out) {
    struct str s = p->lex.text;
    struct cv v = { .type = CV_NULL };
    if (str_is(s, "true") || str_is(s, "false"))
        v = CV_BOOL(str_is(s, "true"));
    else if (!str_is(s, "null"))
        return false;
    *out = node(p, NODE_LITERAL, p->lex.at);
    (*out)->literal = v;
    next(p);
    return true;
}

static bool identifier(struct parser *p, struct cel_node **out) {
    if (word_literal(p, out))
        return true;
    size_t at = p->lex.at;
    struct str name = p->lex.text;
    if (is_reserved(name))
        return fail(p, arena_fmt(p->a, "reserved identifier: %.*s", (int)name.n, name.p));
    next(p);
    if (!at_op(p, "(")) {
        *out = node(p, NODE_IDENT, at);
        (*out)->name = name;
        return true;
    }
    size_t paren = p->lex.at;
    struct args args = { 0 };
    next(p);
    if (!arguments(p, ")", false, &args))
        return false;
    if (str_is(name, "has") && args.n == 1)
        return has(p, paren, args.p[0], out);
    *out = call(p, paren, name, args, false);
    return true;
}

// 2^63 is an int only behind a minus.
static bool check_int(struct parser *p, bool negative) {
    bool top = p->lex.literal.type == CV_UINT && !str_ends(p->lex.text, "u") && !str_ends(p->lex.text, "U");
    if (top && negative)
        p->lex.literal = CV_INT(INT64_MIN);
    else if (top)
        return fail(p, "invalid int literal");
    else if (negative && p->lex.literal.type == CV_INT)
        p->lex.literal.i = -p->lex.literal.i;
    else if (negative && p->lex.literal.type == CV_DOUBLE)
        p->lex.literal.d = -p->lex.literal.d;
    return true;
}

static bool literal(struct parser *p, size_t at, bool negative, struct cel_node **out) {
    if (!check_int(p, negative))
        return false;
    *out = node(p, NODE_LITERAL, at);
    (*out)->literal = p->lex.literal;
    next(p);
    return true;
}

static bool primary(struct parser *p, struct cel_node **out) {
    size_t at = p->lex.at;
    if (p->lex.token == TOK_LITERAL)
        return literal(p, at, false, out);
    take_op(p, "."); // the root container
    if (p->lex.token == TOK_IDENT)
        return identifier(p, out);
    if (take_op(p, "("))
        return expression(p, out) && expect(p, ")");
    if (take_op(p, "["))
        return list_literal(p, at, out);
    if (take_op(p, "{"))
        return map_literal(p, at, out);
    return unexpected(p);
}

// Behind the dot.
static bool select_or_call(struct parser *p, size_t at, struct cel_node *target, struct cel_node **out) {
    bool optional = take_op(p, "?");
    if (p->lex.token != TOK_IDENT)
        return unexpected(p);
    struct str name = p->lex.text;
    next(p);
    size_t paren = p->lex.at;
    if (!optional && take_op(p, "(")) {
        struct args args = { 0 };
        return arguments(p, ")", false, &args) && member_call(p, paren, target, name, args, out);
    }
    struct cel_node *n = node(p, NODE_SELECT, at);
    struct args args = { 0 };
    push(p, &args, target, false);
    n->name = name;
    n->optional = optional;
    n->args = args.p;
    n->n_args = 1;
    *out = n;
    return true;
}

// What may follow a primary: .name, .name(...), [index].
static bool suffixes(struct parser *p, struct cel_node **out) {
    for (;;) {
        size_t at = p->lex.at;
        struct cel_node *index;
        if (take_op(p, ".")) {
            if (!select_or_call(p, at, *out, out))
                return false;
        } else if (take_op(p, "[")) {
            bool optional = take_op(p, "?");
            if (!expression(p, &index) || !expect(p, "]"))
                return false;
            *out = call2(p, at, optional ? "_[?_]" : "_[_]", *out, index);
        } else {
            return true;
        }
    }
}

static bool member(struct parser *p, struct cel_node **out) {
    return primary(p, out) && suffixes(p, out);
}

// A minus in front of a number belongs to the number.
static bool negative_member(struct parser *p, size_t at, struct cel_node **out) {
    return literal(p, at, true, out) && suffixes(p, out);
}

// ---- operators ----

static bool unary(struct parser *p, struct cel_node **out) {
    const char *op = at_op(p, "!") ? "!" : at_op(p, "-") ? "-" : NULL;
    size_t n = 0, at = p->lex.at;
    if (!op)
        return member(p, out);
    for (; at_op(p, op); n++) {
        next(p);
        bool number = p->lex.token == TOK_LITERAL &&
                      (p->lex.literal.type == CV_INT || p->lex.literal.type == CV_DOUBLE ||
                       p->lex.literal.type == CV_UINT);
        if (*op == '-' && n == 0 && number && !str_ends(p->lex.text, "u")) {
            return negative_member(p, at, out);
        }
    }
    if (!member(p, out))
        return false;
    if (n % 2)
        *out = call2(p, at, *op == '!' ? "!_" : "-_", *out, NULL);
    return true;
}

struct level {
    const char *op, *function;
};

static const struct level multiplicative[] = { { "*", "_*_" }, { "/", "_/_" }, { "%", "_%_" }, { 0 } };
static const struct level additive[] = { { "+", "_+_" }, { "-", "_-_" }, { 0 } };
static const struct level relational[] = { { "<", "_<_" },   { "<=", "_<=_" },
                                           { ">", "_>_" },   { ">=", "_>=_" },
                                           { "==", "_==_" }, { "!=", "_!=_" },
                                           { "in", "@in" },  { 0 } };
static const struct level conjunction[] = { { "&&", "_&&_" }, { 0 } };
static const struct level disjunction[] = { { "||", "_||_" }, { 0 } };
static const struct level *const levels[] = { disjunction, conjunction, relational, additive,
                                              multiplicative };

static const char *level_function(const struct parser *p, const struct level *l) {
    for (; l->op; l++) {
        bool word = p->lex.token == TOK_IDENT && str_is(p->lex.text, "in");
        if (at_op(p, l->op) || (word && !strcmp(l->op, "in")))
            return l->function;
    }
    return NULL;
}

static bool binary(struct parser *p, size_t level, struct cel_node **out) {
    if (level == countof(levels))
        return unary(p, out);
    if (!binary(p, level + 1, out))
        return false;
    const char *function;
    while ((function = level_function(p, levels[level]))) {
        size_t at = p->lex.at;
        struct cel_node *right;
        next(p);
        if (!binary(p, level + 1, &right))
            return false;
        *out = call2(p, at, function, *out, right);
    }
    return true;
}

static bool ternary(struct parser *p, struct cel_node **out) {
    if (!binary(p, 0, out))
        return false;
    size_t at = p->lex.at;
    if (!take_op(p, "?"))
        return true;
    struct args args = { 0 };
    struct cel_node *yes, *no;
    if (!binary(p, 0, &yes) || !expect(p, ":") || !expression(p, &no))
        return false;
    push(p, &args, *out, false);
    push(p, &args, yes, false);
    push(p, &args, no, false);
    *out = call(p, at, STR("_?_:_"), args, false);
    return true;
}

static bool expression(struct parser *p, struct cel_node **out) {
    if (++p->depth > DEPTH_MAX)
        return fail(p, "expression recursion limit exceeded");
    bool ok = ternary(p, out);
    p->depth--;
    return ok;
}

bool cel_parse(struct arena *a, struct str text, struct cel_node **out, struct cel_issues *issues) {
    struct parser p = { .lex = { .a = a, .all = text }, .a = a, .issues = issues };
    next(&p);
    if (!expression(&p, out))
        return false;
    return p.lex.token == TOK_END || unexpected(&p);
}
