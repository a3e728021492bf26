// SPDX-License-Identifier: Apache-2.0
// Sets, encoders, optional values. Go: google/cel-go ext/{sets,encoders}.go, cel/library.go
#include "common/cel/cel_functions.h"
#include "common/value/base64.h"

static bool list_has(struct cel_run *r, const struct cv *list, const struct cv *v) {
    r->cost += list->list.n;
    for (size_t i = 0; i < list->list.n; i++) {
        struct cv item = cv_item(list, i);
        if (cv_equal(&item, v))
            return true;
    }
    return false;
}

// How many of the items of `of` are in `in`; stops when the answer is known.
static bool all_in(struct cel_run *r, const struct cv *of, const struct cv *in, bool any) {
    for (size_t i = 0; i < of->list.n && r->cost <= CEL_COST_MAX; i++) {
        struct cv item = cv_item(of, i);
        if (list_has(r, in, &item) == any)
            return any;
    }
    return !any;
}

CEL_FN(cel_sets) {
    if (n != 2 || args[0].type != CV_LIST || args[1].type != CV_LIST)
        return cv_no_overload(r);
    if (str_is(call->name, "sets.intersects"))
        return CV_BOOL(all_in(r, &args[0], &args[1], true));
    bool contains = all_in(r, &args[1], &args[0], false);
    if (str_is(call->name, "sets.contains"))
        return CV_BOOL(contains);
    return CV_BOOL(contains && all_in(r, &args[0], &args[1], false));
}

CEL_FN(cel_base64_encode) {
    (void)call;
    (void)n;
    if (args[0].type != CV_BYTES)
        return cv_no_overload(r);
    return CV_STR(str_of(base64_encode(r->a, args[0].s)));
}

static size_t bad_byte(struct str s) {
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\r\n";
    size_t i = 0;
    while (i < s.n && s.p[i] && strchr(good, s.p[i]))
        i++;
    return i;
}

CEL_FN(cel_base64_decode) {
    struct cv v = { .type = CV_BYTES };
    autobuf padded = { 0 };
    (void)call;
    (void)n;
    if (args[0].type != CV_STRING)
        return cv_no_overload(r);
    buf_put_str(&padded, args[0].s);
    if (!base64_decode(r->a, args[0].s, &v.s)) { // also without padding
        for (size_t i = args[0].s.n; i % 4; i++)
            buf_putc(&padded, '=');
        if (str_chr(args[0].s, '=') >= 0 || !base64_decode(r->a, buf_str(&padded), &v.s))
            return cv_error(r, "illegal base64 data at input byte %zu", bad_byte(args[0].s));
    }
    return v;
}

CEL_FN(cel_optional_of) {
    (void)n;
    bool none = str_is(call->name, "optional.ofNonZeroValue") && cv_is_zero(&args[0]);
    return cv_optional(r->a, none ? NULL : &args[0]);
}

CEL_FN(cel_optional_none) {
    (void)call;
    (void)args;
    (void)n;
    return cv_optional(r->a, NULL);
}

CEL_FN(cel_optional_value) {
    (void)n;
    if (args[0].type != CV_OPTIONAL)
        return cv_no_overload(r);
    if (str_is(call->name, "hasValue"))
        return CV_BOOL(args[0].optional != NULL);
    return args[0].optional ? *args[0].optional : cv_error(r, "optional.none() dereference");
}

CEL_FN(cel_optional_unwrap) {
    (void)call;
    (void)n;
    if (args[0].type != CV_LIST)
        return cv_no_overload(r);
    struct cv *items = arena_array(r->a, struct cv, args[0].list.n);
    size_t count = 0;
    for (size_t i = 0; i < args[0].list.n; i++) {
        struct cv item = cv_item(&args[0], i);
        if (item.type != CV_OPTIONAL)
            return cv_error(r, "value %s is not optional", cv_print(r->a, &item));
        if (item.optional)
            items[count++] = *item.optional;
    }
    return (struct cv) { .type = CV_LIST, .list = { .items = items, .n = count } };
}

CEL_FN(cel_first_last) {
    (void)n;
    if (args[0].type != CV_LIST)
        return cv_no_overload(r);
    if (!args[0].list.n)
        return cv_optional(r->a, NULL);
    struct cv v = cv_item(&args[0], str_is(call->name, "first") ? 0 : args[0].list.n - 1);
    return cv_optional(r->a, &v);
}
