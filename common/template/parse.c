// SPDX-License-Identifier: Apache-2.0
// The parser of templates: tokens to nodes, with the words of Go's errors. Go: text/template/parse/parse.go
#include <stdio.h>

#include "common/template/functions.h"
#include "common/template/gotext.h"
#include "common/template/lex.h"
#include "common/template/node.h"
#include "common/value/goquote.h"
#include "common/value/utf8.h"

#define MAX_NESTING 1000 // of parentheses and of blocks; Go: 10000 parentheses, any number of blocks

struct shared {
    struct arena *a;
    const struct tsource *source;
    struct lexer lexer;
    struct tdef *defs;
    size_t n_defs, cap_defs;
    struct err *err;
    unsigned depth;
};

// One tree: the file's own, or that of a define or block.
struct parser {
    struct shared *sh;
    struct token token[3];
    unsigned peeked;
    struct str *vars;
    size_t n_vars, cap_vars;
    uint32_t action_line;
    unsigned range_depth;
};

static void parser_init(struct parser *p, struct shared *sh) {
    *p = (struct parser) { .sh = sh };
    p->vars = arena_grow(sh->a, NULL, &p->cap_vars, 1, sizeof(struct str));
    p->vars[p->n_vars++] = STR("$");
}

/* ---- tokens ---- */

static struct token next(struct parser *p) {
    if (p->peeked > 0)
        p->peeked--;
    else
        p->token[0] = lexer_next(&p->sh->lexer);
    return p->token[p->peeked];
}

static void backup(struct parser *p) {
    p->peeked++;
}

static struct token peek(struct parser *p) {
    if (p->peeked > 0)
        return p->token[p->peeked - 1];
    p->peeked = 1;
    return p->token[0] = lexer_next(&p->sh->lexer);
}

static struct token next_non_space(struct parser *p) {
    struct token t;
    do
        t = next(p);
    while (t.type == TOKEN_SPACE);
    return t;
}

static struct token peek_non_space(struct parser *p) {
    struct token t = next_non_space(p);
    backup(p);
    return t;
}

/* ---- errors ---- */

static struct node *fail(struct parser *p, const char *fmt, ...) printf_like(2, 3);
static struct node *fail(struct parser *p, const char *fmt, ...) {
    va_list ap;
    if (p->sh->err->kind != ERR_NONE)
        return NULL;
    va_start(ap, fmt);
    const char *text = arena_vfmt(p->sh->a, fmt, ap);
    va_end(ap);
    err_set(p->sh->err, ERR_INVALID, "template: %s:%u: %s", p->sh->source->name, p->token[0].line, text);
    return NULL;
}

// "%.10q" keeps ten runes
static struct str ten_runes(struct str s) {
    size_t at = 0;
    uint32_t rune;
    for (unsigned i = 0; i < 10 && at < s.n; i++)
        at += utf8_decode(str_sub(s, at, s.n), &rune);
    return str_sub(s, 0, at);
}

static const char *token_text(struct arena *a, struct token t) {
    if (t.type == TOKEN_EOF)
        return "EOF";
    if (t.type == TOKEN_ERROR)
        return arena_text(a, t.text.p, t.text.n);
    if (t.type > TOKEN_KEYWORD)
        return arena_fmt(a, "<%s>", arena_text(a, t.text.p, t.text.n));
    if (t.text.n > 10)
        return arena_fmt(a, "%s...", go_quoted(a, ten_runes(t.text)));
    return go_quoted(a, t.text);
}

static struct node *unexpected(struct parser *p, struct token t, const char *context) {
    struct arena *a = p->sh->a;
    if (t.type != TOKEN_ERROR)
        return fail(p, "unexpected %s in %s", token_text(a, t), context);
    const char *extra = "";
    if (p->action_line && p->action_line != t.line) {
        extra = arena_fmt(a, " in action started at %s:%u", p->sh->source->name, p->action_line);
        if (str_ends(t.text, " action"))
            extra += strlen(" in action");
    }
    return fail(p, "%s%s", token_text(a, t), extra);
}

static bool expect(struct parser *p, enum token_type type, const char *context, struct token *out) {
    *out = next_non_space(p);
    if (out->type != type)
        unexpected(p, *out, context);
    return out->type == type;
}

/* ---- nodes ---- */

static struct node *node_new(struct parser *p, enum node_type type, size_t pos, uint32_t line) {
    struct node *n = arena_new(p->sh->a, struct node);
    n->type = type;
    n->pos = (uint32_t)pos;
    n->line = line;
    return n;
}

static void append(struct parser *p, struct node *to, struct node *item) {
    to->items = arena_grow(p->sh->a, to->items, &to->cap, to->n + 1, sizeof(struct node *));
    to->items[to->n++] = item;
}

static void add_ident(struct parser *p, struct node *n, struct str ident) {
    n->ident = arena_grow(p->sh->a, n->ident, &n->cap_ident, n->n_ident + 1, sizeof(struct str));
    n->ident[n->n_ident++] = ident;
}

static struct node *variable_node(struct parser *p, struct token t) {
    struct node *n = node_new(p, NODE_VARIABLE, t.pos, t.line);
    add_ident(p, n, t.text);
    return n;
}

static void declare(struct parser *p, struct str name) {
    p->vars = arena_grow(p->sh->a, p->vars, &p->cap_vars, p->n_vars + 1, sizeof(struct str));
    p->vars[p->n_vars++] = name;
}

static struct node *pipeline(struct parser *p, const char *context, enum token_type end);
static struct node *item_list(struct parser *p, struct node **out_end);

static struct node *use_variable(struct parser *p, struct token t) {
    for (size_t i = 0; i < p->n_vars; i++)
        if (str_eq(p->vars[i], t.text))
            return variable_node(p, t);
    return fail(p, "undefined variable %s", go_quoted(p->sh->a, t.text));
}

static struct node *number_node(struct parser *p, struct token t) {
    struct node *n = node_new(p, NODE_NUMBER, t.pos, t.line);
    struct err err = { .a = p->sh->a };
    n->text = t.text;
    n->number = arena_new(p->sh->a, struct number);
    if (!number_parse(p->sh->a, t.text, t.type == TOKEN_CHAR_CONSTANT, t.type == TOKEN_COMPLEX, n->number,
                      &err))
        return fail(p, "%s", err.msg);
    return n;
}

static struct node *identifier_node(struct parser *p, struct token t) {
    struct node *n = node_new(p, NODE_IDENTIFIER, t.pos, t.line);
    n->text = t.text;
    n->fn = function_find(t.text);
    return n->fn ? n : fail(p, "function %s not defined", go_quoted(p->sh->a, t.text));
}

static struct node *string_node(struct parser *p, struct token t) {
    struct node *n = node_new(p, NODE_STRING, t.pos, t.line);
    n->quoted = t.text;
    if (!go_unquote(p->sh->a, t.text, &n->text))
        return fail(p, "invalid syntax");
    return n;
}

static struct node *parenthesized(struct parser *p) {
    if (p->sh->depth >= MAX_NESTING)
        return fail(p, "max expression depth exceeded");
    p->sh->depth++;
    struct node *n = pipeline(p, "parenthesized pipeline", TOKEN_RIGHT_PAREN);
    p->sh->depth--;
    return n;
}

// *out NULL without error: no operand here.
static bool term(struct parser *p, struct node **out) {
    struct token t = next_non_space(p);
    struct node *n = NULL;
    switch ((int)t.type) {
    case TOKEN_IDENTIFIER: n = identifier_node(p, t); break;
    case TOKEN_DOT: n = node_new(p, NODE_DOT, t.pos, t.line); break;
    case TOKEN_NIL: n = node_new(p, NODE_NIL, t.pos, t.line); break;
    case TOKEN_VARIABLE: n = use_variable(p, t); break;
    case TOKEN_FIELD:
        n = node_new(p, NODE_FIELD, t.pos, t.line);
        add_ident(p, n, str_sub(t.text, 1, t.text.n));
        break;
    case TOKEN_BOOL:
        n = node_new(p, NODE_BOOL, t.pos, t.line);
        n->flag = t.text.p[0] == 't';
        break;
    case TOKEN_CHAR_CONSTANT:
    case TOKEN_COMPLEX:
    case TOKEN_NUMBER: n = number_node(p, t); break;
    case TOKEN_LEFT_PAREN: n = parenthesized(p); break;
    case TOKEN_STRING:
    case TOKEN_RAW_STRING: n = string_node(p, t); break;
    default:
        backup(p);
        *out = NULL;
        return true;
    }
    *out = n;
    return n != NULL;
}

static bool is_literal(const struct node *n) {
    return n->type == NODE_BOOL || n->type == NODE_STRING || n->type == NODE_NUMBER || n->type == NODE_NIL ||
           n->type == NODE_DOT;
}

static struct node *chained(struct parser *p, struct node *n) {
    struct token first = peek(p);
    struct node *chain = node_new(p, NODE_CHAIN, first.pos, first.line);
    bool merge = n->type == NODE_FIELD || n->type == NODE_VARIABLE;
    if (merge) { // .a.b and $x.b are one field or variable, at the place of the second part
        chain->type = n->type;
        for (size_t i = 0; i < n->n_ident; i++)
            add_ident(p, chain, n->ident[i]);
    } else {
        chain->operand = n;
    }
    while (peek(p).type == TOKEN_FIELD) {
        struct token t = next(p);
        add_ident(p, chain, str_sub(t.text, 1, t.text.n));
    }
    if (is_literal(n)) {
        autobuf b = { 0 };
        node_put(&b, n, SIZE_MAX / 2);
        return fail(p, "unexpected . after term %s", go_quoted(p->sh->a, buf_str(&b)));
    }
    return chain;
}

static bool operand(struct parser *p, struct node **out) {
    if (!term(p, out))
        return false;
    if (!*out || peek(p).type != TOKEN_FIELD)
        return true;
    return (*out = chained(p, *out)) != NULL;
}

static struct node *command(struct parser *p) {
    struct token first = peek_non_space(p);
    struct node *cmd = node_new(p, NODE_COMMAND, first.pos, first.line);
    for (;;) {
        struct node *n;
        peek_non_space(p);
        if (!operand(p, &n))
            return NULL;
        if (n)
            append(p, cmd, n);
        struct token t = next(p);
        if (t.type == TOKEN_SPACE)
            continue;
        if (t.type == TOKEN_RIGHT_DELIM || t.type == TOKEN_RIGHT_PAREN)
            backup(p);
        else if (t.type != TOKEN_PIPE)
            return unexpected(p, t, "operand");
        break;
    }
    return cmd->n ? cmd : fail(p, "empty command");
}

static void add_decl(struct parser *p, struct node *pipe, struct token v) {
    struct node **decl = arena_array(p->sh->a, struct node *, pipe->n_decl + 1);
    if (pipe->n_decl)
        memcpy(decl, pipe->decl, pipe->n_decl * sizeof(struct node *));
    decl[pipe->n_decl++] = variable_node(p, v);
    pipe->decl = decl;
    declare(p, v.text);
}

// "$x :=", "$x =", "$i, $x :="
static bool declarations(struct parser *p, struct node *pipe, const char *context) {
    for (;;) {
        struct token v = peek_non_space(p);
        if (v.type != TOKEN_VARIABLE)
            return true;
        next(p);
        struct token after = peek(p), t = peek_non_space(p);
        if (t.type == TOKEN_ASSIGN || t.type == TOKEN_DECLARE) {
            pipe->flag = t.type == TOKEN_ASSIGN;
            next_non_space(p);
            add_decl(p, pipe, v);
            return true;
        }
        if (t.type != TOKEN_CHAR || !str_is(t.text, ",")) {
            p->token[1] = after.type == TOKEN_SPACE ? after : v;
            p->token[2] = v;
            p->peeked = after.type == TOKEN_SPACE ? 3 : 2;
            return true;
        }
        next_non_space(p);
        add_decl(p, pipe, v);
        if (strcmp(context, "range") != 0 || pipe->n_decl >= 2)
            return fail(p, "too many declarations in %s", context) != NULL;
        enum token_type type = peek_non_space(p).type;
        if (type != TOKEN_VARIABLE && type != TOKEN_RIGHT_DELIM && type != TOKEN_RIGHT_PAREN)
            return fail(p, "range can only initialize variables") != NULL;
    }
}

static struct node *check_pipeline(struct parser *p, struct node *pipe, const char *context) {
    if (!pipe->n)
        return fail(p, "missing value for %s", context);
    for (size_t i = 1; i < pipe->n; i++)
        if (is_literal(pipe->items[i]->items[0]))
            return fail(p, "non executable command in pipeline stage %zu", i + 1);
    return pipe;
}

static struct node *pipeline(struct parser *p, const char *context, enum token_type end) {
    struct token first = peek_non_space(p);
    struct node *pipe = node_new(p, NODE_PIPE, first.pos, first.line);
    if (!declarations(p, pipe, context))
        return NULL;
    for (;;) {
        struct token t = next_non_space(p);
        if (t.type == end)
            return check_pipeline(p, pipe, context);
        switch ((int)t.type) {
        case TOKEN_BOOL:
        case TOKEN_CHAR_CONSTANT:
        case TOKEN_COMPLEX:
        case TOKEN_DOT:
        case TOKEN_FIELD:
        case TOKEN_IDENTIFIER:
        case TOKEN_NUMBER:
        case TOKEN_NIL:
        case TOKEN_RAW_STRING:
        case TOKEN_STRING:
        case TOKEN_VARIABLE:
        case TOKEN_LEFT_PAREN: break;
        default: return unexpected(p, t, context);
        }
        backup(p);
        struct node *cmd = command(p);
        if (!cmd)
            return NULL;
        append(p, pipe, cmd);
    }
}

/* ---- actions ---- */

static struct node *control(struct parser *p, enum node_type type, const char *context);

static bool else_part(struct parser *p, struct node *n, struct node *end, const char *context) {
    bool is_if = !strcmp(context, "if") && peek(p).type == TOKEN_IF;
    bool is_with = !strcmp(context, "with") && peek(p).type == TOKEN_WITH;
    if (is_if || is_with) {
        next(p);
        n->else_list = node_new(p, NODE_LIST, end->pos, end->line);
        struct node *inner = control(p, is_if ? NODE_IF : NODE_WITH, context);
        if (!inner)
            return false;
        append(p, n->else_list, inner);
        return true;
    }
    if (!(n->else_list = item_list(p, &end)))
        return false;
    if (end->type == NODE_END)
        return true;
    autobuf b = { 0 };
    node_put(&b, end, 100);
    return fail(p, "expected end; found %s", b.p) != NULL;
}

static struct node *control(struct parser *p, enum node_type type, const char *context) {
    size_t n_vars = p->n_vars;
    if (p->sh->depth >= MAX_NESTING)
        return fail(p, "blocks are nested too deeply");
    p->sh->depth++;
    struct node *pipe = pipeline(p, context, TOKEN_RIGHT_DELIM), *end;
    if (!pipe)
        return NULL;
    struct node *n = node_new(p, type, pipe->pos, pipe->line);
    n->pipe = pipe;
    p->range_depth += type == NODE_RANGE;
    if (!(n->list = item_list(p, &end)))
        return NULL;
    p->range_depth -= type == NODE_RANGE;
    if (end->type == NODE_ELSE && !else_part(p, n, end, context))
        return NULL;
    p->n_vars = n_vars;
    p->sh->depth--;
    return n;
}

static struct node *loop_control(struct parser *p, struct token t, enum node_type type) {
    const char *context = type == NODE_BREAK ? "{{break}}" : "{{continue}}";
    struct token end = next_non_space(p);
    if (end.type != TOKEN_RIGHT_DELIM)
        return unexpected(p, end, context);
    if (!p->range_depth)
        return fail(p, "%s outside {{range}}", context);
    return node_new(p, type, t.pos, t.line);
}

static struct node *else_control(struct parser *p) {
    struct token t = peek_non_space(p);
    if (t.type != TOKEN_IF && t.type != TOKEN_WITH && !expect(p, TOKEN_RIGHT_DELIM, "else", &t))
        return NULL;
    return node_new(p, NODE_ELSE, t.pos, t.line);
}

static struct node *end_control(struct parser *p) {
    struct token t;
    return expect(p, TOKEN_RIGHT_DELIM, "end", &t) ? node_new(p, NODE_END, t.pos, t.line) : NULL;
}

static struct node *template_name(struct parser *p, struct token t, const char *context) {
    if (t.type != TOKEN_STRING && t.type != TOKEN_RAW_STRING)
        return unexpected(p, t, context);
    struct node *n = node_new(p, NODE_TEMPLATE, t.pos, t.line);
    if (!go_unquote(p->sh->a, t.text, &n->text))
        return fail(p, "invalid syntax");
    return n;
}

static bool add_definition(struct parser *p, struct str name, const struct node *root) {
    struct shared *sh = p->sh;
    struct tdef def = { arena_text(sh->a, name.p, name.n), sh->source, root, node_is_blank(root) };
    for (size_t i = 0; i < sh->n_defs; i++) {
        if (strcmp(sh->defs[i].name, def.name) != 0)
            continue;
        if (sh->defs[i].blank)
            sh->defs[i] = def;
        else if (!def.blank)
            return fail(p, "template: multiple definition of template %s", go_quoted(sh->a, name)) != NULL;
        return true;
    }
    sh->defs = arena_grow(sh->a, sh->defs, &sh->cap_defs, sh->n_defs + 1, sizeof(struct tdef));
    sh->defs[sh->n_defs++] = def;
    return true;
}

// The body of a define or block, a tree of its own.
static bool body(struct parser *p, struct str name, const char *context) {
    struct node *end, *root = item_list(p, &end);
    if (!root)
        return false;
    if (end->type == NODE_END)
        return add_definition(p, name, root);
    return fail(p, "unexpected {{else}} in %s", context) != NULL;
}

static struct node *block_control(struct parser *p) {
    struct token t = next_non_space(p);
    struct node *n = template_name(p, t, "block clause");
    struct parser inner;
    if (!n || !(n->pipe = pipeline(p, "block clause", TOKEN_RIGHT_DELIM)))
        return NULL;
    if (p->sh->depth >= MAX_NESTING)
        return fail(p, "blocks are nested too deeply");
    parser_init(&inner, p->sh);
    p->sh->depth++;
    bool ok = body(&inner, n->text, "block clause");
    p->sh->depth--;
    return ok ? n : NULL;
}

static struct node *template_control(struct parser *p) {
    struct node *n = template_name(p, next_non_space(p), "template clause");
    if (!n || next_non_space(p).type == TOKEN_RIGHT_DELIM)
        return n;
    backup(p);
    return (n->pipe = pipeline(p, "template clause", TOKEN_RIGHT_DELIM)) ? n : NULL;
}

static struct node *action(struct parser *p) {
    struct token t = next_non_space(p);
    switch ((int)t.type) {
    case TOKEN_BLOCK: return block_control(p);
    case TOKEN_BREAK: return loop_control(p, t, NODE_BREAK);
    case TOKEN_CONTINUE: return loop_control(p, t, NODE_CONTINUE);
    case TOKEN_ELSE: return else_control(p);
    case TOKEN_END: return end_control(p);
    case TOKEN_IF: return control(p, NODE_IF, "if");
    case TOKEN_RANGE: return control(p, NODE_RANGE, "range");
    case TOKEN_TEMPLATE: return template_control(p);
    case TOKEN_WITH: return control(p, NODE_WITH, "with");
    default: break;
    }
    backup(p);
    struct token first = peek(p);
    struct node *n = node_new(p, NODE_ACTION, first.pos, first.line);
    n->pipe = pipeline(p, "command", TOKEN_RIGHT_DELIM);
    return n->pipe ? n : NULL;
}

static struct node *text_or_action(struct parser *p) {
    struct token t = next_non_space(p);
    if (t.type == TOKEN_TEXT) {
        struct node *n = node_new(p, NODE_TEXT, t.pos, t.line);
        n->text = t.text;
        return n;
    }
    if (t.type != TOKEN_LEFT_DELIM)
        return unexpected(p, t, "input");
    p->action_line = t.line;
    struct node *n = action(p);
    p->action_line = 0;
    return n;
}

static struct node *item_list(struct parser *p, struct node **out_end) {
    struct token first = peek_non_space(p);
    struct node *list = node_new(p, NODE_LIST, first.pos, first.line);
    while (peek_non_space(p).type != TOKEN_EOF) {
        struct node *n = text_or_action(p);
        if (!n)
            return NULL;
        if (n->type == NODE_END || n->type == NODE_ELSE)
            return *out_end = n, list;
        append(p, list, n);
    }
    return fail(p, "unexpected EOF");
}

static bool definition(struct parser *outer) {
    struct parser p;
    struct token t, end;
    struct str name;
    parser_init(&p, outer->sh);
    t = next_non_space(&p);
    if (t.type != TOKEN_STRING && t.type != TOKEN_RAW_STRING)
        return unexpected(&p, t, "define clause") != NULL;
    if (!go_unquote(p.sh->a, t.text, &name))
        return fail(&p, "invalid syntax") != NULL;
    return expect(&p, TOKEN_RIGHT_DELIM, "define clause", &end) && body(&p, name, "define clause");
}

static bool parse_file(struct parser *p) {
    struct token first = peek(p);
    struct node *root = node_new(p, NODE_LIST, first.pos, first.line);
    while (peek(p).type != TOKEN_EOF) {
        if (peek(p).type == TOKEN_LEFT_DELIM) {
            struct token delim = next(p);
            if (next_non_space(p).type == TOKEN_DEFINE) {
                if (!definition(p))
                    return false;
                continue;
            }
            p->token[1] = delim;
            p->peeked = 2;
        }
        struct node *n = text_or_action(p);
        if (!n)
            return false;
        if (n->type == NODE_END || n->type == NODE_ELSE)
            return fail(p, "unexpected %s", n->type == NODE_END ? "{{end}}" : "{{else}}") != NULL;
        append(p, root, n);
    }
    return add_definition(p, str_of(p->sh->source->name), root);
}

bool node_parse(struct arena *a, const struct tsource *source, struct tdef **out, size_t *out_n,
                struct err *err) {
    struct shared sh = { .a = a, .source = source, .err = err };
    struct parser p;
    if (source->text.n > UINT32_MAX / 2)
        return err_set(err, ERR_LIMIT, "template: %s:1: the template is too large", source->name);
    lexer_init(&sh.lexer, a, source->text);
    parser_init(&p, &sh);
    if (!parse_file(&p))
        return false;
    *out = sh.defs;
    *out_n = sh.n_defs;
    return true;
}
