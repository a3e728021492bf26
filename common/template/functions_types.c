// SPDX-License-Identifier: Apache-2.0
// Defaults and types: default, coalesce, ternary, typeOf, kindIs, deepEqual. sprig: defaults.go, reflect.go
#include "common/template/functions.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out

static bool fn_default(ARGS) {
    (void)c;
    *out = n < 2 || tval_empty(args[1]) ? args[0] : args[1];
    return true;
}

static bool fn_empty(ARGS) {
    (void)c, (void)n;
    *out = tval_bool(tval_empty(args[0]));
    return true;
}

static bool fn_coalesce(ARGS) {
    (void)c;
    *out = tval_nil();
    for (size_t i = 0; i < n; i++)
        if (!tval_empty(args[i]))
            return *out = args[i], true;
    return true;
}

static bool fn_all(ARGS) {
    (void)c;
    bool all = true;
    for (size_t i = 0; i < n; i++)
        all &= !tval_empty(args[i]);
    return *out = tval_bool(all), true;
}

static bool fn_any(ARGS) {
    (void)c;
    bool any = false;
    for (size_t i = 0; i < n; i++)
        any |= !tval_empty(args[i]);
    return *out = tval_bool(any), true;
}

static bool fn_ternary(ARGS) {
    (void)c, (void)n;
    return *out = args[2].b ? args[0] : args[1], true;
}

static bool fn_type_of(ARGS) {
    (void)n;
    return *out = tval_text(tval_type_name(tctx_arena(c), args[0])), true;
}

static bool fn_type_is(ARGS) {
    (void)n;
    return *out = tval_bool(str_is(args[0].s, tval_type_name(tctx_arena(c), args[1]))), true;
}

static bool fn_type_is_like(ARGS) {
    (void)n;
    const char *name = tval_type_name(tctx_arena(c), args[1]);
    bool like = str_is(args[0].s, name) || (name[0] == '*' && str_is(args[0].s, name + 1));
    return *out = tval_bool(like), true;
}

static bool fn_kind_of(ARGS) {
    (void)c, (void)n;
    return *out = tval_text(tval_kind_name(args[0])), true;
}

static bool fn_kind_is(ARGS) {
    (void)c, (void)n;
    return *out = tval_bool(str_is(args[0].s, tval_kind_name(args[1]))), true;
}

static bool fn_deep_equal(ARGS) {
    (void)n;
    return *out = tval_bool(tval_deep_equal(c, args[0], args[1])), true;
}

static bool fn_hello(ARGS) {
    (void)c, (void)args, (void)n;
    return *out = tval_text("Hello!"), true;
}

const struct tfunction functions_types[] = {
    { "default", "a*a", fn_default },
    { "empty", "a", fn_empty },
    { "coalesce", "*a", fn_coalesce },
    { "all", "*a", fn_all },
    { "any", "*a", fn_any },
    { "ternary", "aab", fn_ternary },
    { "typeOf", "a", fn_type_of },
    { "typeIs", "sa", fn_type_is },
    { "typeIsLike", "sa", fn_type_is_like },
    { "kindOf", "a", fn_kind_of },
    { "kindIs", "sa", fn_kind_is },
    { "deepEqual", "aa", fn_deep_equal },
    { "hello", "", fn_hello },
    { 0 },
};
