// SPDX-License-Identifier: Apache-2.0
// Expressions: pipelines, operands, fields, variables. Go: text/template/exec.go
#include "common/template/exec.h"

typedef const struct node *const *nodes;

bool eval_pipeline(struct tctx *c, struct tval dot, const struct node *pipe, struct tval *out);

static bool not_a_function(struct tctx *c, const struct node *cmd, const struct tval *final) {
    if (cmd->n > 1 || final)
        return exec_fail(c, "can't give argument to non-function %s", exec_node_text(c, cmd->items[0]));
    return true;
}

bool eval_constant(struct tctx *c, const struct node *n, struct tval *out) {
    const struct number *v = n->number;
    struct str s = n->text;
    bool rune = s.n && s.p[0] == '\'';
    bool hex = s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X') && str_chr(s, 'p') < 0 &&
               str_chr(s, 'P') < 0;
    bool point = str_chr(s, '.') >= 0 || str_chr(s, 'e') >= 0 || str_chr(s, 'E') >= 0 ||
                 str_chr(s, 'p') >= 0 || str_chr(s, 'P') >= 0;
    c->node = n;
    if (v->is_complex) {
        *out = (struct tval) { .kind = TVAL_COMPLEX128, .c = { v->re, v->im } };
        return true;
    }
    if (v->is_float && !hex && !rune && point)
        return *out = tval_float(v->f), true;
    if (v->is_int)
        return *out = tval_int(v->i), true;
    return exec_fail(c, "%s overflows int", arena_text(c->a, s.p, s.n));
}

static bool eval_identifier(struct tctx *c, struct tval dot, const struct node *n, const struct node *cmd,
                            nodes args, size_t n_args, const struct tval *final, struct tval *out) {
    c->node = n;
    struct tcall call = { n->fn->name, n->fn->params, n->fn, NULL, { 0 }, cmd, args, n_args, final };
    return eval_call(c, dot, &call, out);
}

static bool eval_operand(struct tctx *c, struct tval dot, const struct node *n, struct tval *out) {
    switch ((int)n->type) {
    case NODE_BOOL: return *out = tval_bool(n->flag), true;
    case NODE_DOT: return *out = dot, true;
    case NODE_NIL: return exec_fail(c, "nil is not a command");
    case NODE_NUMBER: return eval_constant(c, n, out);
    case NODE_STRING: return *out = tval_str(n->text), true;
    default: return exec_fail(c, "can't evaluate command %s", exec_node_text(c, n));
    }
}

static bool eval_command(struct tctx *c, struct tval dot, const struct node *cmd, const struct tval *final,
                         struct tval *out) {
    const struct node *first = cmd->items[0];
    nodes args = (nodes)cmd->items;
    switch ((int)first->type) {
    case NODE_FIELD: return eval_field_node(c, dot, first, args, cmd->n, final, out);
    case NODE_CHAIN: return eval_chain_node(c, dot, first, args, cmd->n, final, out);
    case NODE_IDENTIFIER: return eval_identifier(c, dot, first, cmd, args, cmd->n, final, out);
    case NODE_PIPE: return not_a_function(c, cmd, final) && eval_pipeline(c, dot, first, out);
    case NODE_VARIABLE: return eval_variable_node(c, dot, first, args, cmd->n, final, out);
    default: break;
    }
    c->node = first;
    return not_a_function(c, cmd, final) && eval_operand(c, dot, first, out);
}

bool eval_pipeline(struct tctx *c, struct tval dot, const struct node *pipe, struct tval *out) {
    struct tval v = tval_nil();
    c->node = pipe;
    for (size_t i = 0; i < pipe->n; i++) {
        struct tval before = v;
        if (!eval_command(c, dot, pipe->items[i], i ? &before : NULL, &v))
            return false;
        v.iface = false;
    }
    for (size_t i = 0; i < pipe->n_decl; i++) {
        if (!pipe->flag)
            var_push(c, pipe->decl[i]->ident[0], v);
        else if (!var_set(c, pipe->decl[i]->ident[0], v))
            return false;
    }
    *out = v;
    return true;
}

/* ---- fields ---- */

struct field_access {
    struct str name;
    const struct node *node;
    nodes args;
    size_t n_args;
    const struct tval *final;
};

const struct tmethod *value_method(struct tval v, struct str name) {
    const struct tmethod *m = NULL;
    switch ((int)v.kind) {
    case TVAL_LIST: m = v.list->type->methods; break;
    case TVAL_MAP: m = v.map->type->methods; break;
    case TVAL_STRUCT: m = v.st->type->methods; break;
    case TVAL_TIME: m = time_methods; break;
    case TVAL_DURATION: m = duration_methods; break;
    case TVAL_MONTH: m = month_methods; break;
    case TVAL_WEEKDAY: m = weekday_methods; break;
    case TVAL_SEMVER: m = semver_methods; break;
    default: break;
    }
    for (; m && m->name; m++)
        if (str_is(name, m->name))
            return m;
    return NULL;
}

static const char *name_of(struct tctx *c, const struct field_access *f) {
    return arena_text(c->a, f->name.p, f->name.n);
}

static bool map_field(struct tctx *c, const struct field_access *f, const struct tmap *m, struct tval *out) {
    if (f->n_args > 1 || f->final)
        return exec_fail(c, "%s is not a method but has arguments", name_of(c, f));
    const struct tval *v = tmap_find(m, f->name);
    *out = v ? tmap_slot(m->type, *v) : tslot_zero(m->type->elem);
    return true;
}

static bool struct_field(struct tctx *c, const struct field_access *f, const struct tstruct *st, bool *found,
                         struct tval *out) {
    size_t n = 0;
    while (st->type->fields[n])
        n++;
    for (size_t i = 0; i < n; i++) {
        if (!str_is(f->name, st->type->fields[i]))
            continue;
        *found = true;
        if (i >= n - st->type->n_hidden)
            return exec_fail(c, "%s is an unexported field of struct type %s%s", name_of(c, f),
                             st->type->pointer ? "*" : "", st->type->name);
        if (f->n_args > 1 || f->final)
            return exec_fail(c, "%s has arguments but cannot be invoked as function", name_of(c, f));
        *out = st->fields[i];
        return true;
    }
    return *found = false, true;
}

static bool eval_field(struct tctx *c, struct tval dot, struct tval receiver, const struct field_access *f,
                       struct tval *out) {
    bool found = false;
    if (receiver.kind == TVAL_NIL && !receiver.iface)
        return *out = tval_nil(), true;
    if (receiver.kind == TVAL_NIL)
        return exec_fail(c, "nil pointer evaluating interface {}.%s", name_of(c, f));
    const struct tmethod *m = value_method(receiver, f->name);
    if (m) {
        const char *name = name_of(c, f);
        struct tcall call = { name,    m->params, NULL,      m,       tval_plain(receiver),
                              f->node, f->args,   f->n_args, f->final };
        return eval_call(c, dot, &call, out);
    }
    if (receiver.kind == TVAL_MAP)
        return map_field(c, f, receiver.map, out);
    if (receiver.kind == TVAL_STRUCT && !struct_field(c, f, receiver.st, &found, out))
        return false;
    return found ||
           exec_fail(c, "can't evaluate field %s in type %s", name_of(c, f), tval_type_name(c->a, receiver));
}

static bool eval_fields(struct tctx *c, struct tval dot, struct tval receiver, const struct node *node,
                        const struct str *ident, size_t n, struct field_access last, struct tval *out) {
    for (size_t i = 0; i + 1 < n; i++) {
        struct field_access f = { .name = ident[i], .node = node };
        if (!eval_field(c, dot, receiver, &f, &receiver))
            return false;
    }
    last.name = ident[n - 1];
    last.node = node;
    return eval_field(c, dot, receiver, &last, out);
}

bool eval_field_node(struct tctx *c, struct tval dot, const struct node *n, nodes args, size_t n_args,
                     const struct tval *final, struct tval *out) {
    c->node = n;
    struct field_access last = { .args = args, .n_args = n_args, .final = final };
    return eval_fields(c, dot, dot, n, n->ident, n->n_ident, last, out);
}

bool eval_variable_node(struct tctx *c, struct tval dot, const struct node *n, nodes args, size_t n_args,
                        const struct tval *final, struct tval *out) {
    c->node = n;
    struct tval v = tval_nil();
    size_t i = c->n_vars;
    while (i > c->base && !str_eq(c->vars[i - 1].name, n->ident[0]))
        i--;
    if (i == c->base)
        return exec_fail(c, "undefined variable: %s", arena_text(c->a, n->ident[0].p, n->ident[0].n));
    v = c->vars[i - 1].value;
    if (n->n_ident > 1) {
        struct field_access last = { .args = args, .n_args = n_args, .final = final };
        return eval_fields(c, dot, v, n, n->ident + 1, n->n_ident - 1, last, out);
    }
    if (n_args > 1 || final)
        return exec_fail(c, "can't give argument to non-function %s", exec_node_text(c, args ? args[0] : n));
    *out = v;
    return true;
}

bool eval_chain_node(struct tctx *c, struct tval dot, const struct node *n, nodes args, size_t n_args,
                     const struct tval *final, struct tval *out) {
    struct tval v;
    c->node = n;
    if (n->operand->type == NODE_NIL)
        return exec_fail(c, "indirection through explicit nil in %s", exec_node_text(c, n));
    if (!eval_arg(c, dot, 0, n->operand, &v))
        return false;
    struct field_access last = { .args = args, .n_args = n_args, .final = final };
    return eval_fields(c, dot, v, n, n->ident, n->n_ident, last, out);
}
