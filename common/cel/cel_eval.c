// SPDX-License-Identifier: Apache-2.0
// Evaluator of CEL: errors are values, and && and || absorb them. Go: google/cel-go interpreter
#include "common/cel/cel_ast.h"

struct cel_scope {
    struct str name;
    struct cv value;
    struct cel_scope *outer;
};

static const char *const type_names[] = { "bool",
                                          "int",
                                          "uint",
                                          "double",
                                          "string",
                                          "bytes",
                                          "list",
                                          "map",
                                          "null_type",
                                          "type",
                                          "optional_type",
                                          "google.protobuf.Timestamp",
                                          "google.protobuf.Duration" };

static bool spend(struct cel_run *r, uint64_t n) {
    r->cost += n;
    r->over_limit |= r->cost > CEL_COST_MAX;
    return !r->over_limit;
}

static struct cv limit_error(void) {
    return (struct cv) { .type = CV_ERROR, .s = STR("operation cancelled: actual cost limit exceeded") };
}

static struct cv run_ident(struct cel_run *r, struct str name) {
    for (const struct cel_scope *s = r->scope; s; s = s->outer)
        if (str_eq(s->name, name))
            return s->value;
    const struct value *v = value_get_n(r->variables, name);
    if (v)
        return cv_of_json(v);
    for (size_t i = 0; i < countof(type_names); i++)
        if (str_is(name, type_names[i]))
            return (struct cv) { .type = CV_TYPE, .s = str_of(type_names[i]) };
    return cv_error(r, "no such attribute(s): %.*s", (int)name.n, name.p);
}

// ---- selecting ----

// A field or element. *found false: absent; an error value: the operand has none at all.
static struct cv look_up(struct cel_run *r, const struct cv *in, const struct cv *key, bool *found) {
    struct cv out = { 0 };
    int64_t i;
    *found = false;
    if (in->type == CV_MAP) {
        *found = cv_find(in, key, &out);
        return *found ? out : cv_error(r, "no such key: %s", cv_print(r->a, key));
    }
    if (in->type != CV_LIST)
        return cv_error(r, "no such key: %s", cv_print(r->a, key));
    if (!cv_index(key, &i)) {
        if (key->type == CV_DOUBLE || key->type == CV_UINT)
            return cv_error(r, "unsupported index value %s in list", cv_print(r->a, key));
        return cv_error(r, "unsupported index type '%s' in list", cv_type_name(key));
    }
    if (i < 0 || (uint64_t)i >= in->list.n)
        return cv_error(r, "index out of bounds: %lld", (long long)i);
    *found = true;
    return cv_item(in, (size_t)i);
}

// Through an optional: absent is none, present is wrapped again.
static struct cv look_up_optional(struct cel_run *r, const struct cv *in, const struct cv *key) {
    bool found;
    struct cv inner = *in;
    if (in->type == CV_OPTIONAL) {
        if (!in->optional)
            return *in;
        inner = *in->optional;
    }
    struct cv v = look_up(r, &inner, key, &found);
    if (!found && inner.type == CV_LIST && v.type == CV_ERROR && str_starts(v.s, "unsupported"))
        return v;
    return cv_optional(r->a, found ? &v : NULL);
}

static struct cv select_key(struct cel_run *r, const struct cv *in, const struct cv *key, bool optional) {
    bool found;
    if (in->type == CV_ERROR)
        return *in;
    if (optional || in->type == CV_OPTIONAL)
        return look_up_optional(r, in, key);
    return look_up(r, in, key, &found);
}

static struct cv run_select(struct cel_run *r, const struct cel_node *n) {
    struct cv in = cel_run_node(r, n->args[0]), key = CV_STR(n->name);
    // a.b.c could be one name: the message has all of it
    if (in.type == CV_ERROR && !n->optional && str_starts(in.s, "no such attribute(s): "))
        return cv_error(r, "%s.%.*s", in.s.p, (int)n->name.n, n->name.p);
    return select_key(r, &in, &key, n->optional);
}

static struct cv run_has(struct cel_run *r, const struct cel_node *n) {
    struct cv in = cel_run_node(r, n->args[0]), key = CV_STR(n->name);
    bool found;
    if (in.type == CV_ERROR)
        return in;
    if (in.type == CV_OPTIONAL) {
        struct cv v = look_up_optional(r, &in, &key);
        return v.type == CV_ERROR ? v : CV_BOOL(v.optional != NULL);
    }
    struct cv v = look_up(r, &in, &key, &found);
    if (!found && in.type == CV_LIST)
        return v;
    return CV_BOOL(found);
}

static struct cv run_index(struct cel_run *r, const struct cel_node *n, bool optional) {
    struct cv in = cel_run_node(r, n->args[0]);
    if (in.type == CV_ERROR)
        return in;
    struct cv key = cel_run_node(r, n->args[1]);
    if (key.type == CV_ERROR)
        return key;
    return select_key(r, &in, &key, optional);
}

// ---- logic ----

static struct cv as_condition(struct cel_run *r, struct cv v) {
    return v.type == CV_BOOL || v.type == CV_ERROR ? v : cv_no_overload(r);
}

/* x && y, x || y: `stop` decides alone, from either side and whatever the other is. */
static struct cv run_logic(struct cel_run *r, const struct cel_node *n, bool stop) {
    struct cv x = as_condition(r, cel_run_node(r, n->args[0]));
    if (x.type == CV_BOOL && x.b == stop)
        return x;
    struct cv y = as_condition(r, cel_run_node(r, n->args[1]));
    if (y.type == CV_BOOL && y.b == stop)
        return y;
    return x.type == CV_ERROR ? x : y;
}

static struct cv run_ternary(struct cel_run *r, const struct cel_node *n) {
    struct cv c = as_condition(r, cel_run_node(r, n->args[0]));
    return c.type == CV_ERROR ? c : cel_run_node(r, n->args[c.b ? 1 : 2]);
}

// opt.or(other) and opt.orValue(other) look at the other only when they need it.
static bool run_or(struct cel_run *r, const struct cel_node *n, struct cv *out) {
    bool value = str_is(n->name, "orValue");
    if (!n->member || n->n_args != 2 || !(value || str_is(n->name, "or")))
        return false;
    struct cv x = cel_run_node(r, n->args[0]);
    if (x.type == CV_OPTIONAL)
        *out = x.optional ? (value ? *x.optional : x) : cel_run_node(r, n->args[1]);
    else
        *out = x.type == CV_ERROR ? x : cv_no_overload(r);
    return true;
}

static struct cv run_call(struct cel_run *r, const struct cel_node *n) {
    struct cv small[4], *args = n->n_args <= countof(small) ? small : arena_array(r->a, struct cv, n->n_args),
                        out;
    if (str_is(n->name, "_&&_") || str_is(n->name, "_||_"))
        return run_logic(r, n, str_is(n->name, "_||_"));
    if (str_is(n->name, "_?_:_"))
        return run_ternary(r, n);
    if (str_is(n->name, "_[_]") || str_is(n->name, "_[?_]"))
        return run_index(r, n, str_is(n->name, "_[?_]"));
    if (run_or(r, n, &out))
        return out;
    for (size_t i = 0; i < n->n_args; i++) {
        args[i] = cel_run_node(r, n->args[i]);
        if (args[i].type == CV_ERROR)
            return args[i];
    }
    return cel_apply(r, n, args, n->n_args);
}

// ---- literals of lists and maps ----

// An optional item: *skip when there is none, else unwrapped.
static struct cv take_optional(struct cel_run *r, struct cv v, bool optional, bool *skip) {
    *skip = false;
    if (!optional || v.type == CV_ERROR)
        return v;
    if (v.type != CV_OPTIONAL)
        return cv_error(r, "value '%s' is not an optional", cv_print(r->a, &v));
    *skip = !v.optional;
    return v.optional ? *v.optional : v;
}

static struct cv run_list(struct cel_run *r, const struct cel_node *n) {
    struct cv *items = arena_array(r->a, struct cv, n->n_args);
    size_t count = 0;
    for (size_t i = 0; i < n->n_args; i++) {
        bool skip;
        struct cv v =
            take_optional(r, cel_run_node(r, n->args[i]), n->optional_args && n->optional_args[i], &skip);
        if (v.type == CV_ERROR)
            return v;
        if (!skip)
            items[count++] = v;
    }
    return (struct cv) { .type = CV_LIST, .list = { .items = items, .n = count } };
}

static bool is_key(const struct cv *v) {
    return v->type == CV_BOOL || v->type == CV_INT || v->type == CV_UINT || v->type == CV_STRING ||
           v->type == CV_DOUBLE;
}

static struct cv run_map(struct cel_run *r, const struct cel_node *n) {
    struct cv *keys = arena_array(r->a, struct cv, n->n_args / 2),
              *values = arena_array(r->a, struct cv, n->n_args / 2);
    struct cv map = { .type = CV_MAP, .map = { .keys = keys, .values = values } };
    for (size_t i = 0; i + 1 < n->n_args; i += 2) {
        bool skip;
        struct cv key = cel_run_node(r, n->args[i]);
        struct cv v =
            take_optional(r, cel_run_node(r, n->args[i + 1]), n->optional_args && n->optional_args[i], &skip);
        if (key.type == CV_ERROR || v.type == CV_ERROR)
            return key.type == CV_ERROR ? key : v;
        if (!is_key(&key))
            return cv_error(r, "unsupported key type: %s", cv_type_name(&key));
        if (skip)
            continue;
        if (!spend(r, map.map.n))
            return limit_error();
        size_t at = 0; // of a repeated key the last value counts
        while (at < map.map.n && !cv_equal(&keys[at], &key))
            at++;
        keys[at] = key;
        values[at] = v;
        map.map.n += at == map.map.n;
    }
    return map;
}

// ---- macros ----

struct folding {
    const struct cel_node *n;
    struct cv result;    // of the logic so far
    struct cv *items;    // of map and filter
    size_t n_items, cap; // of those
    size_t n_true;       // of exists_one
};

// One element. Returns false to stop.
static bool fold_step(struct cel_run *r, struct folding *f, const struct cv *element) {
    const struct cel_node *n = f->n;
    if (n->fold == FOLD_MAP && n->n_args == 3) {
        struct cv c = as_condition(r, cel_run_node(r, n->args[2]));
        if (c.type == CV_ERROR || !c.b) {
            f->result = c;
            return c.type != CV_ERROR;
        }
    }
    struct cv v = cel_run_node(r, n->args[1]);
    if (n->fold != FOLD_MAP)
        v = as_condition(r, v);
    if (n->fold == FOLD_ALL || n->fold == FOLD_EXISTS) {
        bool stop = n->fold == FOLD_EXISTS;
        if (v.type == CV_BOOL && v.b == stop) {
            f->result = v;
            return false;
        }
        if (f->result.type != CV_ERROR)
            f->result = v;
        return true;
    }
    if (v.type == CV_ERROR) {
        f->result = v;
        return false;
    }
    if (n->fold == FOLD_EXISTS_ONE) {
        f->n_true += v.b;
        return true;
    }
    if (n->fold == FOLD_FILTER && !v.b)
        return true;
    f->items = arena_grow(r->a, f->items, &f->cap, f->n_items + 1, sizeof *f->items);
    f->items[f->n_items++] = n->fold == FOLD_MAP ? v : *element;
    return true;
}

static struct cv fold_result(const struct folding *f) {
    if (f->result.type == CV_ERROR)
        return f->result;
    switch (f->n->fold) {
    case FOLD_ALL:
    case FOLD_EXISTS: return f->result;
    case FOLD_EXISTS_ONE: return CV_BOOL(f->n_true == 1);
    case FOLD_MAP:
    case FOLD_FILTER: break;
    }
    return (struct cv) { .type = CV_LIST, .list = { .items = f->items, .n = f->n_items } };
}

static const char *go_type(const struct cv *v) {
    static const char *const names[] = {
        [CV_NULL] = "types.Null",   [CV_BOOL] = "types.Bool",          [CV_INT] = "types.Int",
        [CV_UINT] = "types.Uint",   [CV_DOUBLE] = "types.Double",      [CV_STRING] = "types.String",
        [CV_BYTES] = "types.Bytes", [CV_DURATION] = "types.Duration",  [CV_TIMESTAMP] = "types.Timestamp",
        [CV_TYPE] = "*types.Type",  [CV_OPTIONAL] = "*types.Optional",
    };
    return v->type <= CV_OPTIONAL && names[v->type] ? names[v->type] : cv_type_name(v);
}

static struct cv run_fold(struct cel_run *r, const struct cel_node *n) {
    struct cv range = cel_run_node(r, n->args[0]);
    if (range.type == CV_ERROR)
        return range;
    if (range.type != CV_LIST && range.type != CV_MAP)
        return cv_error(r, "got '%s', expected iterable type", go_type(&range));
    struct folding f = { .n = n, .result = CV_BOOL(n->fold == FOLD_ALL) };
    struct cel_scope scope = { .name = n->name, .outer = r->scope };
    r->scope = &scope;
    for (size_t i = 0; i < cv_size(&range) && spend(r, 1); i++) {
        scope.value = range.type == CV_LIST ? cv_item(&range, i) : cv_key(&range, i);
        if (!fold_step(r, &f, &scope.value))
            break;
    }
    r->scope = scope.outer;
    return fold_result(&f);
}

static struct cv run_bind(struct cel_run *r, const struct cel_node *n) {
    struct cv target = cel_run_node(r, n->args[0]);
    if (target.type == CV_ERROR)
        return target;
    if (target.type != CV_OPTIONAL)
        return cv_no_overload(r);
    if (!target.optional)
        return target;
    struct cel_scope scope = { n->name, *target.optional, r->scope };
    r->scope = &scope;
    struct cv v = cel_run_node(r, n->args[1]);
    r->scope = scope.outer;
    if (v.type == CV_ERROR)
        return v;
    if (n->flat)
        return v.type == CV_OPTIONAL ? v : cv_no_overload(r);
    return cv_optional(r->a, &v);
}

struct cv cel_run_node(struct cel_run *r, const struct cel_node *n) {
    if (!spend(r, 1))
        return limit_error();
    switch (n->kind) {
    case NODE_LITERAL: return n->literal;
    case NODE_IDENT: return run_ident(r, n->name);
    case NODE_SELECT: return run_select(r, n);
    case NODE_HAS: return run_has(r, n);
    case NODE_CALL: return run_call(r, n);
    case NODE_LIST: return run_list(r, n);
    case NODE_MAP: return run_map(r, n);
    case NODE_FOLD: return run_fold(r, n);
    case NODE_BIND: return run_bind(r, n);
    }
    return cv_no_overload(r);
}
