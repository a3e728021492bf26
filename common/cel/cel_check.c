// SPDX-License-Identifier: Apache-2.0
// Type checker of CEL. Go: google/cel-go checker. Types are texts of the letters in cel_ast.h: "i", "lmsi", "*".
#include "common/cel/cel_ast.h"

struct variable {
    struct str name;
    const char *type;
    struct variable *outer;
};

struct checker {
    struct arena *a;
    const struct cel_options *options;
    struct cel_issues *issues;
    struct variable *scope;
    bool mixed;             // inside of the arguments of format()
    struct cel_issues late; // of a validator that runs when the types are fine
};

static const char *check(struct checker *c, const struct cel_node *n);

// ---- types as text ----

// The end of the type that begins here.
static const char *type_end(const char *t) {
    for (int open = 1; open && *t; t++)
        open += *t == 'm' ? 1 : strchr("lot", *t) ? 0 : -1;
    return t;
}

static const char *part(struct arena *a, const char *from) {
    return arena_text(a, from, (size_t)(type_end(from) - from));
}

static const char *list_item(struct arena *a, const char *t) {
    return part(a, t + 1);
}

static const char *map_value(struct arena *a, const char *t) {
    return part(a, type_end(t + 1));
}

static const char *type_name(struct arena *a, const char *t) {
    static const struct {
        char letter;
        const char *name;
    } simple[] = {
        { 'b', "bool" },  { 'i', "int" },  { 'u', "uint" },     { 'f', "double" },    { 's', "string" },
        { 'y', "bytes" }, { 'n', "null" }, { 'D', "duration" }, { 'T', "timestamp" }, { '*', "dyn" },
    };
    for (size_t i = 0; i < countof(simple); i++)
        if (*t == simple[i].letter)
            return simple[i].name;
    if (*t == 'm')
        return arena_fmt(a, "map(%s, %s)", type_name(a, part(a, t + 1)), type_name(a, map_value(a, t)));
    if (*t == 'l' || *t == 'o' || *t == 't')
        return arena_fmt(a, "%s(%s)",
                         *t == 'l'   ? "list"
                         : *t == 'o' ? "optional_type"
                                     : "type",
                         type_name(a, list_item(a, t)));
    return "!error!"; // of what was refused already
}

// A and B of a signature.
struct binding {
    const char *types[2];
};

static const char *substitute(struct arena *a, const char *t, const struct binding *b) {
    autobuf out = { 0 };
    for (; *t; t++) {
        if (*t == 'A' || *t == 'B')
            buf_puts(&out, b->types[*t - 'A'] ? b->types[*t - 'A'] : "*");
        else
            buf_putc(&out, *t);
    }
    return arena_text(a, out.p, out.n);
}

// Can a value of type `have` stand where `want` is asked for? Both without A and B.
static bool fits(struct arena *a, const char *want, const char *have) {
    if (*want == '*' || *have == '*' || *want == 'e' || *have == 'e')
        return true;
    if (*have == 'n' && (*want == 'T' || *want == 'D' || *want == 'n'))
        return true; // messages may be null
    if (*want != *have)
        return false;
    if (*want == 'm')
        return fits(a, part(a, want + 1), part(a, have + 1)) &&
               fits(a, map_value(a, want), map_value(a, have));
    return strchr("lot", *want) == NULL || *want == 't' || fits(a, list_item(a, want), list_item(a, have));
}

// The same, binding A and B.
static bool unify(struct arena *a, const char *want, const char *have, struct binding *b) {
    if (*want == 'A' || *want == 'B') {
        const char **bound = &b->types[*want - 'A'];
        if (!*bound || *have == '*') {
            *bound = *bound && **bound == '*' ? *bound : part(a, have);
            return true;
        }
        return fits(a, *bound, part(a, have));
    }
    if (*want == '*' || *have == '*' || *want == 'e' || *have == 'e')
        return true;
    if (*have == 'n' && (*want == 'T' || *want == 'D'))
        return true;
    if (*want != *have)
        return false;
    if (*want == 'm')
        return unify(a, want + 1, have + 1, b) && unify(a, type_end(want + 1), type_end(have + 1), b);
    return strchr("lot", *want) == NULL || unify(a, want + 1, have + 1, b);
}

// ---- calls ----

// Does the overload "ss>b" take the arguments? *out is its result then.
static bool overload_fits(struct checker *c, const char *o, const struct cel_node *n,
                          const char *const *types, const char **out) {
    struct binding b = { { NULL, NULL } };
    size_t i = 0;
    if ((*o == '.') != n->member)
        return false;
    for (o += *o == '.'; *o != '>'; o = type_end(o), i++)
        if (i >= n->n_args || !unify(c->a, part(c->a, o), types[i], &b))
            return false;
    if (i != n->n_args)
        return false;
    *out = substitute(c->a, part(c->a, o + 1), &b);
    return true;
}

static const char *no_overload(struct checker *c, const struct cel_node *n, const char *const *types) {
    autobuf args = { 0 };
    for (size_t i = n->member; i < n->n_args; i++)
        buf_fmt(&args, "%s%s", i > (size_t)n->member ? ", " : "", type_name(c->a, types[i]));
    if (n->member)
        cel_issue(c->issues, n->at, "found no matching overload for '%.*s' applied to '%s.(%s)'",
                  (int)n->name.n, n->name.p, type_name(c->a, types[0]), args.n ? args.p : "");
    else
        cel_issue(c->issues, n->at, "found no matching overload for '%.*s' applied to '(%s)'", (int)n->name.n,
                  n->name.p, args.n ? args.p : "");
    return "e";
}

// && and || want bools; what is wrong is said of each side.
static const char *check_logic(struct checker *c, const struct cel_node *n) {
    const char *result = "b";
    for (size_t i = 0; i < 2; i++) {
        const char *t = check(c, n->args[i]);
        if (strchr("b*e", *t))
            continue;
        cel_issue(c->issues, n->args[i]->at, "expected type 'bool' but found '%s'", type_name(c->a, t));
        result = "e";
    }
    return result;
}

static const char *check_call(struct checker *c, const struct cel_node *n) {
    const char **types = arena_array(c->a, const char *, n->n_args), *result = NULL, *one;
    bool mixed = c->mixed;
    if (str_is(n->name, "_&&_") || str_is(n->name, "_||_"))
        return check_logic(c, n);
    c->mixed |= str_is(n->name, "format");
    for (size_t i = 0; i < n->n_args; i++)
        types[i] = check(c, n->args[i]);
    c->mixed = mixed;
    if (!n->function) {
        cel_issue(c->issues, n->at, "undeclared reference to '%.*s' (in container '')", (int)n->name.n,
                  n->name.p);
        return "e";
    }
    if (str_is(n->name, "_[?_]") && *types[0] == '*')
        return "*";
    for (const char *o = n->function->overloads; o; o = strchr(o, ';')) {
        o += *o == ';';
        if (!overload_fits(c, o, n, types, &one))
            continue;
        result = !result || text_eq(result, one) ? one : "*"; // several fit: known at run time only
    }
    return result ? result : no_overload(c, n, types);
}

// ---- the rest ----

static const char *check_ident(struct checker *c, const struct cel_node *n) {
    static const struct {
        const char *name, *type;
    } types[] = {
        { "bool", "tb" },      { "int", "ti" },   { "uint", "tu" },           { "double", "tf" },
        { "string", "ts" },    { "bytes", "ty" }, { "list", "tl*" },          { "map", "tm**" },
        { "null_type", "tn" }, { "type", "tt*" }, { "optional_type", "to*" },
    };
    for (const struct variable *v = c->scope; v; v = v->outer)
        if (str_eq(v->name, n->name))
            return v->type;
    for (size_t i = 0; c->options->variables && c->options->variables[i]; i++)
        if (str_is(n->name, c->options->variables[i]))
            return c->options->any_variables ? "*" : "ms*";
    for (size_t i = 0; i < countof(types); i++)
        if (str_is(n->name, types[i].name))
            return types[i].type;
    cel_issue(c->issues, n->at, "undeclared reference to '%.*s' (in container '')", (int)n->name.n,
              n->name.p);
    return "e";
}

static bool is_timestamp_name(const struct cel_node *n) {
    const struct cel_node *p = n->args[0];
    return (str_is(n->name, "Timestamp") || str_is(n->name, "Duration")) && p->kind == NODE_SELECT &&
           str_is(p->name, "protobuf") && p->args[0]->kind == NODE_IDENT &&
           str_is(p->args[0]->name, "google");
}

static const char *check_select(struct checker *c, const struct cel_node *n) {
    if (n->kind == NODE_SELECT && is_timestamp_name(n))
        return str_is(n->name, "Timestamp") ? "tT" : "tD";
    const char *t = check(c, n->args[0]);
    bool optional = *t == 'o' || n->optional;
    if (*t == 'o')
        t = list_item(c->a, t);
    const char *result = "*";
    if (*t == 'm')
        result = map_value(c->a, t);
    else if (*t != '*' && *t != 'e')
        cel_issue(c->issues, n->at, "type '%s' does not support field selection", type_name(c->a, t));
    if (n->kind == NODE_HAS)
        return "b";
    return optional ? arena_fmt(c->a, "o%s", result) : result;
}

static const char *literal_type(const struct cv *v) {
    static const char *const types[] = {
        [CV_NULL] = "n",   [CV_BOOL] = "b",   [CV_INT] = "i",  [CV_UINT] = "u",
        [CV_DOUBLE] = "f", [CV_STRING] = "s", [CV_BYTES] = "y"
    };
    return v->type <= CV_BYTES ? types[v->type] : "*";
}

// Literals are of one type (HomogeneousAggregateLiterals), and dyn is a type of its own; what format() is given may be mixed.
static void same_type(struct checker *c, const struct cel_node *n, const char **all, const char *t) {
    if (!*all) {
        *all = t;
        return;
    }
    if (text_eq(*all, t))
        return;
    if (!c->mixed)
        cel_issue(&c->late, n->at, "expected type '%s' but found '%s'", type_name(c->a, *all),
                  type_name(c->a, t));
    *all = "*";
}

static const char *item_type(struct checker *c, const struct cel_node *n, bool optional) {
    const char *t = check(c, n);
    if (!optional || *t == '*')
        return t;
    if (*t == 'o')
        return list_item(c->a, t);
    cel_issue(c->issues, n->at, "expected type 'optional_type(%s)' but found '%s'", type_name(c->a, t),
              type_name(c->a, t));
    return "*";
}

static const char *check_list(struct checker *c, const struct cel_node *n) {
    const char *all = NULL;
    for (size_t i = 0; i < n->n_args; i++)
        same_type(c, n->args[i], &all, item_type(c, n->args[i], n->optional_args && n->optional_args[i]));
    return arena_fmt(c->a, "l%s", all ? all : "*");
}

static const char *check_map(struct checker *c, const struct cel_node *n) {
    const char *keys = NULL, *values = NULL;
    for (size_t i = 0; i + 1 < n->n_args; i += 2) {
        same_type(c, n->args[i], &keys, check(c, n->args[i]));
        same_type(c, n->args[i + 1], &values,
                  item_type(c, n->args[i + 1], n->optional_args && n->optional_args[i]));
    }
    return arena_fmt(c->a, "m%s%s", keys ? keys : "*", values ? values : "*");
}

static void want_bool(struct checker *c, const struct cel_node *n, const char *t) {
    if (!strchr("b*e", *t))
        cel_issue(c->issues, n->at, "expected type 'bool' but found '%s'", type_name(c->a, t));
}

// The condition of filter, of exists_one and of a map with one becomes that of a ternary in cel-go, and so in the message.
static void want_condition(struct checker *c, const struct cel_node *n, const char *t, const char *result) {
    const char *name = type_name(c->a, result);
    if (!strchr("b*e", *t))
        cel_issue(c->issues, n->at, "found no matching overload for '_?_:_' applied to '(%s, %s, %s)'",
                  type_name(c->a, t), name, name);
}

static const char *fold_type(struct checker *c, const struct cel_node *n, const char *item, const char *body,
                             const char *condition) {
    switch (n->fold) {
    case FOLD_ALL:
    case FOLD_EXISTS: want_bool(c, n->args[1], body); return "b";
    case FOLD_EXISTS_ONE: want_condition(c, n, body, "i"); return "b";
    case FOLD_FILTER:
        item = arena_fmt(c->a, "l%s", item);
        want_condition(c, n, body, item);
        return item;
    case FOLD_MAP: break;
    }
    const char *list = arena_fmt(c->a, "l%s", body);
    want_condition(c, n, condition, list);
    return list;
}

static const char *check_fold(struct checker *c, const struct cel_node *n) {
    const char *range = check(c, n->args[0]), *item = "*", *condition = "b";
    if (*range == 'l' || *range == 'm')
        item = part(c->a, range + 1);
    else if (*range != '*' && *range != 'e')
        cel_issue(
            c->issues, n->args[0]->at,
            "expression of type '%s' cannot be range of a comprehension (must be list, map, or dynamic)",
            type_name(c->a, range));
    struct variable v = { n->name, item, c->scope };
    c->scope = &v;
    const char *body = check(c, n->args[1]);
    if (n->n_args == 3)
        condition = check(c, n->args[2]);
    c->scope = v.outer;
    return fold_type(c, n, item, body, condition);
}

static const char *check_bind(struct checker *c, const struct cel_node *n) {
    const char *target = check(c, n->args[0]), *item = *target == 'o' ? list_item(c->a, target) : "*";
    if (!strchr("o*e", *target))
        cel_issue(c->issues, n->at, "found no matching overload for '%s' applied to '%s.()'",
                  n->flat ? "optFlatMap" : "optMap", type_name(c->a, target));
    struct variable v = { n->name, item, c->scope };
    c->scope = &v;
    const char *body = check(c, n->args[1]);
    c->scope = v.outer;
    return n->flat && *body == 'o' ? body : arena_fmt(c->a, "o%s", n->flat ? "*" : body);
}

static const char *check(struct checker *c, const struct cel_node *n) {
    switch (n->kind) {
    case NODE_LITERAL: return literal_type(&n->literal);
    case NODE_IDENT: return check_ident(c, n);
    case NODE_SELECT:
    case NODE_HAS: return check_select(c, n);
    case NODE_CALL: return check_call(c, n);
    case NODE_LIST: return check_list(c, n);
    case NODE_MAP: return check_map(c, n);
    case NODE_FOLD: return check_fold(c, n);
    case NODE_BIND: return check_bind(c, n);
    }
    return "*";
}

void cel_check(struct arena *a, const struct cel_node *root, const struct cel_options *options,
               struct cel_issues *issues, const char **out_type) {
    struct checker c = { .a = a, .options = options, .issues = issues };
    c.late = (struct cel_issues) { .a = a, .text = issues->text };
    *out_type = type_name(a, check(&c, root));
    if (!issues->n)
        *issues = c.late;
}
