// SPDX-License-Identifier: Apache-2.0
// Calls: arguments are evaluated for the parameter's type and checked. Go: text/template/exec.go
#include "common/template/exec.h"

#define FEW_ARGS 6

static const char *type_text(char type) {
    switch (type) {
    case 's': return "string";
    case 'i': return "int";
    case 'l': return "int64";
    case 'u': return "uint32";
    case 'b': return "bool";
    case 'f': return "float64";
    case 'm': return "map[string]interface {}";
    case 'A': return "[]interface {}";
    case 't': return "time.Time";
    case 'd': return "time.Duration";
    case 'C': return "sprig.certificate";
    case 'v': return "*semver.Version";
    default: return "interface {}";
    }
}

// Is a value that is not in an interface assignable to the parameter?
static bool assignable(struct tval v, char type) {
    switch (type) {
    case 's': return v.kind == TVAL_STRING;
    case 'i': return v.kind == TVAL_INT;
    case 'l': return v.kind == TVAL_INT64;
    case 'u': return false; // no value of that type exists
    case 'b': return v.kind == TVAL_BOOL;
    case 'f': return v.kind == TVAL_FLOAT64;
    case 'm': return v.kind == TVAL_MAP && v.map->type->elem == TSLOT_ANY;
    case 'A': return v.kind == TVAL_LIST && v.list->type->elem == TSLOT_ANY;
    case 't': return v.kind == TVAL_TIME;
    case 'd': return v.kind == TVAL_DURATION;
    case 'C': return v.kind == TVAL_STRUCT && !strcmp(v.st->type->name, type_text(type));
    case 'v': return v.kind == TVAL_SEMVER;
    default: return true;
    }
}

static bool zero_of(struct tctx *c, char type, struct tval *out) {
    *out = tval_nil();
    if (type == 'm')
        *out = tval_map(tmap_new(c->a, &ttype_map_any)), out->map->nil = true;
    else if (type == 'A')
        *out = tval_list(tlist_new(c->a, &ttype_list_any, 0)), out->list->nil = true;
    return type == 'm' || type == 'A' || type == 'a' || type == 'r' || type == 'v';
}

static bool validate(struct tctx *c, struct tval v, char type, struct tval *out) {
    if (!type || type == 'r')
        return *out = v, true;
    if (v.kind == TVAL_NIL && !v.iface)
        return zero_of(c, type, out) || exec_fail(c, "invalid value; expected %s", type_text(type));
    if (type == 'a')
        return *out = tval_plain(v), true;
    if (v.kind == TVAL_NIL)
        return exec_fail(c, "wrong type for value; expected %s; got interface {}", type_text(type));
    *out = tval_plain(v);
    if (assignable(*out, type)) {
        out->unnamed = type == 'm';
        return true;
    }
    return exec_fail(c, "wrong type for value; expected %s; got %s", type_text(type),
                     tval_type_name(c->a, *out));
}

static bool constant_arg(struct tctx *c, char type, const struct node *n, struct tval *out) {
    c->node = n;
    bool any = type == 'a' || type == 'r' || !type;
    const char *text = any ? "" : exec_node_text(c, n);
    if (type == 's' && n->type == NODE_STRING)
        return *out = tval_str(n->text), true;
    if (type == 's')
        return exec_fail(c, "expected string; found %s", text);
    if ((type == 'i' || type == 'l' || type == 'd') && n->type == NODE_NUMBER && n->number->is_int) {
        enum tval_kind kind = type == 'i' ? TVAL_INT : type == 'l' ? TVAL_INT64 : TVAL_DURATION;
        *out = (struct tval) { .kind = kind, .i = n->number->i };
        return true;
    }
    if (type == 'i' || type == 'l' || type == 'd')
        return exec_fail(c, "expected integer; found %s", text);
    if (type == 'u' && n->type == NODE_NUMBER && n->number->is_uint) {
        *out = (struct tval) { .kind = TVAL_UINT64, .u = (uint32_t)n->number->u };
        return true;
    }
    if (type == 'u')
        return exec_fail(c, "expected unsigned integer; found %s", text);
    if (type == 'b' && n->type == NODE_BOOL)
        return *out = tval_bool(n->flag), true;
    if (type == 'b')
        return exec_fail(c, "expected bool; found %s", text);
    if (type == 'f' && n->type == NODE_NUMBER && n->number->is_float)
        return *out = tval_float(n->number->f), true;
    if (type == 'f')
        return exec_fail(c, "expected float; found %s", text);
    if (!any)
        return exec_fail(c, "can't handle %s for arg of type %s", text, type_text(type));
    if (n->type == NODE_BOOL)
        return *out = tval_bool(n->flag), true;
    if (n->type == NODE_STRING)
        return *out = tval_str(n->text), true;
    return eval_constant(c, n, out);
}

bool eval_arg(struct tctx *c, struct tval dot, char type, const struct node *n, struct tval *out) {
    struct tval v;
    bool ok = true;
    c->node = n;
    switch ((int)n->type) {
    case NODE_DOT: v = dot; break;
    case NODE_NIL: return zero_of(c, type, out) || exec_fail(c, "cannot assign nil to %s", type_text(type));
    case NODE_FIELD: ok = eval_field_node(c, dot, n, &n, 1, NULL, &v); break;
    case NODE_VARIABLE: ok = eval_variable_node(c, dot, n, NULL, 0, NULL, &v); break;
    case NODE_PIPE: ok = eval_pipeline(c, dot, n, &v); break;
    case NODE_CHAIN: ok = eval_chain_node(c, dot, n, NULL, 0, NULL, &v); break;
    case NODE_IDENTIFIER: {
        struct tcall call = { n->fn->name, n->fn->params, n->fn, NULL, { 0 }, n, NULL, 0, NULL };
        ok = eval_call(c, dot, &call, &v);
        break;
    }
    default: return constant_arg(c, type, n, out);
    }
    return ok && validate(c, v, type, out);
}

// and, or: arguments after the deciding one are not evaluated
static bool eval_short(struct tctx *c, struct tval dot, const struct tcall *call, struct tval *out) {
    bool stop_at = call->fn->flags & TFUNCTION_OR;
    for (size_t i = 1; i < call->n_args; i++) {
        if (!eval_arg(c, dot, 'r', call->args[i], out))
            return false;
        if (tval_truth(*out) == stop_at)
            return true;
    }
    if (call->final)
        *out = *call->final;
    return true;
}

static bool check_count(struct tctx *c, const struct tcall *call, size_t n_args, size_t n_in, size_t fixed,
                        bool variadic) {
    if (variadic && n_in < fixed)
        return exec_fail(c, "wrong number of args for %s: want at least %zu got %zu", call->name, fixed,
                         n_args);
    if (!variadic && n_in != fixed)
        return exec_fail(c, "wrong number of args for %s: want %zu got %zu", call->name, fixed, n_in);
    return true;
}

static bool run(struct tctx *c, const struct tcall *call, const struct tval *args, size_t n,
                struct tval *out) {
    c->message = NULL;
    c->message_wrapped = false;
    *out = tval_nil();
    const struct tcall *outer = c->call;
    c->call = call;
    bool ok = call->fn ? call->fn->call(c, args, n, out) : call->method->call(c, call->self, args, n, out);
    c->call = outer;
    if (ok)
        return true;
    c->node = call->node;
    if (c->message_wrapped) {
        struct terror_part *inner = c->error;
        enum err_kind kind = c->kind;
        c->error = NULL;
        c->kind = ERR_NONE;
        exec_fail(c, "error calling %s: ", call->name);
        c->error->next = inner;
        c->kind = kind;
        c->message_wrapped = false;
        return false;
    }
    const char *message = c->message ? c->message : "failed";
    exec_fail(c, "error calling %s: ", call->name);
    struct terror_part *part = arena_new(c->a, struct terror_part);
    *part = (struct terror_part) { NULL, str_of(message), true };
    c->error->next = part;
    return false;
}

bool eval_call(struct tctx *c, struct tval dot, const struct tcall *call, struct tval *out) {
    const char *star = strchr(call->params, '*');
    size_t fixed = star ? (size_t)(star - call->params) : strlen(call->params);
    size_t n_args = call->n_args ? call->n_args - 1 : 0, n_in = n_args + (call->final != NULL);
    struct tval few[FEW_ARGS], *argv = few;
    if (!check_count(c, call, n_args, n_in, fixed, star != NULL))
        return false;
    if (call->fn && call->fn->flags & (TFUNCTION_AND | TFUNCTION_OR))
        return eval_short(c, dot, call, out);
    if (n_in > FEW_ARGS)
        argv = arena_array(c->a, struct tval, n_in);
    for (size_t i = 0; i < n_args; i++)
        if (!eval_arg(c, dot, i < fixed ? call->params[i] : star[1], call->args[i + 1], &argv[i]))
            return false;
    if (call->final) {
        char type = n_in <= fixed ? call->params[n_in - 1] : star[1];
        if (!validate(c, *call->final, type, &argv[n_in - 1]))
            return false;
    }
    c->steps += n_in;
    return run(c, call, argv, n_in, out);
}

const char *tctx_call_text(struct tctx *c) {
    const struct tcall *call = c->call;
    if (call->n_args > 1)
        return exec_node_text(c, call->args[1]);
    if (call->final && call->final->kind == TVAL_STRING)
        return arena_text(c->a, call->final->s.p, call->final->s.n);
    return call->final ? arena_fmt(c->a, "<%s Value>", tval_type_name(c->a, *call->final)) : "";
}
