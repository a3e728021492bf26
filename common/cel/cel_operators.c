// SPDX-License-Identifier: Apache-2.0
// Operators of CEL. Go: google/cel-go common/types (overflow.go, the types' own methods)
#include "common/cel/cel_functions.h"
#include "common/value/utf8.h"

#include <math.h>

static struct cv fault(const char *text) {
    return (struct cv) { .type = CV_ERROR, .s = str_of(text) };
}

static struct cv int_result(bool overflow, const int64_t *i, enum cv_type type) {
    if (overflow)
        return fault(type == CV_DURATION ? "duration overflow" : "integer overflow");
    return (struct cv) { .type = type, .i = *i };
}

static struct cv uint_result(bool overflow, const uint64_t *u) {
    return overflow ? fault("unsigned integer overflow") : (struct cv) { .type = CV_UINT, .u = *u };
}

static struct cv double_result(double d) {
    return (struct cv) { .type = CV_DOUBLE, .d = d };
}

static struct cv time_plus(const struct cv *t, int64_t ns) {
    struct cv out = *t;
    int64_t rest = ns % 1000000000 + t->time.ns;
    out.time.s += ns / 1000000000 + (rest < 0 ? -1 : rest / 1000000000);
    out.time.ns = (int32_t)(rest < 0 ? rest + 1000000000 : rest % 1000000000);
    if (out.time.s < -62135596800 || out.time.s > 253402300799)
        return fault("timestamp overflow");
    return out;
}

static struct cv time_minus(const struct cv *x, const struct cv *y) {
    int64_t ns;
    bool over = __builtin_mul_overflow(x->time.s - y->time.s, (int64_t)1000000000, &ns);
    over |= __builtin_add_overflow(ns, (int64_t)x->time.ns - y->time.ns, &ns);
    return int_result(over, &ns, CV_DURATION);
}

static struct cv concat_text(struct cel_run *r, const struct cv *x, const struct cv *y) {
    size_t n = x->s.n + y->s.n;
    r->cost += n / 64;
    if (n > (1u << 20)) {
        r->over_limit = true;
        return fault("text is larger than 1 MiB");
    }
    char *p = arena_alloc(r->a, n + 1);
    memcpy(p, x->s.p, x->s.n);
    memcpy(p + x->s.n, y->s.p, y->s.n);
    return (struct cv) { .type = x->type, .s = { p, n } };
}

static struct cv concat_lists(struct cel_run *r, const struct cv *x, const struct cv *y) {
    size_t n = x->list.n + y->list.n;
    r->cost += n;
    struct cv *items = arena_array(r->a, struct cv, n);
    for (size_t i = 0; i < n; i++)
        items[i] = i < x->list.n ? cv_item(x, i) : cv_item(y, i - x->list.n);
    return (struct cv) { .type = CV_LIST, .list = { .items = items, .n = n } };
}

CEL_FN(cel_add) {
    const struct cv *x = &args[0], *y = &args[1];
    int64_t i = 0;
    uint64_t u = 0;
    (void)call;
    (void)n;
    if (x->type == CV_TIMESTAMP && y->type == CV_DURATION)
        return time_plus(x, y->i);
    if (x->type == CV_DURATION && y->type == CV_TIMESTAMP)
        return time_plus(y, x->i);
    if (x->type != y->type)
        return cv_no_overload(r);
    switch (x->type) {
    case CV_INT:
    case CV_DURATION: return int_result(__builtin_add_overflow(x->i, y->i, &i), &i, x->type);
    case CV_UINT: return uint_result(__builtin_add_overflow(x->u, y->u, &u), &u);
    case CV_DOUBLE: return double_result(x->d + y->d);
    case CV_STRING:
    case CV_BYTES: return concat_text(r, x, y);
    case CV_LIST: return concat_lists(r, x, y);
    case CV_NULL:
    case CV_BOOL:
    case CV_MAP:
    case CV_TIMESTAMP:
    case CV_TYPE:
    case CV_OPTIONAL:
    case CV_ERROR: break;
    }
    return cv_no_overload(r);
}

CEL_FN(cel_subtract) {
    const struct cv *x = &args[0], *y = &args[1];
    int64_t i = 0;
    uint64_t u = 0;
    (void)call;
    (void)n;
    if (x->type == CV_TIMESTAMP && y->type == CV_DURATION)
        return y->i == INT64_MIN ? fault("timestamp overflow") : time_plus(x, -y->i);
    if (x->type != y->type)
        return cv_no_overload(r);
    if (x->type == CV_INT || x->type == CV_DURATION)
        return int_result(__builtin_sub_overflow(x->i, y->i, &i), &i, x->type);
    if (x->type == CV_UINT)
        return uint_result(__builtin_sub_overflow(x->u, y->u, &u), &u);
    if (x->type == CV_DOUBLE)
        return double_result(x->d - y->d);
    return x->type == CV_TIMESTAMP ? time_minus(x, y) : cv_no_overload(r);
}

CEL_FN(cel_multiply) {
    const struct cv *x = &args[0], *y = &args[1];
    int64_t i = 0;
    uint64_t u = 0;
    (void)call;
    (void)n;
    if (x->type != y->type)
        return cv_no_overload(r);
    if (x->type == CV_INT)
        return int_result(__builtin_mul_overflow(x->i, y->i, &i), &i, CV_INT);
    if (x->type == CV_UINT)
        return uint_result(__builtin_mul_overflow(x->u, y->u, &u), &u);
    return x->type == CV_DOUBLE ? double_result(x->d * y->d) : cv_no_overload(r);
}

CEL_FN(cel_divide) {
    const struct cv *x = &args[0], *y = &args[1];
    (void)call;
    (void)n;
    if (x->type != y->type)
        return cv_no_overload(r);
    if ((x->type == CV_INT && y->i == 0) || (x->type == CV_UINT && y->u == 0))
        return fault("division by zero");
    if (x->type == CV_INT)
        return x->i == INT64_MIN && y->i == -1 ? fault("integer overflow") : CV_INT(x->i / y->i);
    if (x->type == CV_UINT)
        return (struct cv) { .type = CV_UINT, .u = x->u / y->u };
    return x->type == CV_DOUBLE ? double_result(x->d / y->d) : cv_no_overload(r);
}

CEL_FN(cel_modulo) {
    const struct cv *x = &args[0], *y = &args[1];
    (void)call;
    (void)n;
    if (x->type != y->type)
        return cv_no_overload(r);
    if ((x->type == CV_INT && y->i == 0) || (x->type == CV_UINT && y->u == 0))
        return fault("modulus by zero");
    if (x->type == CV_INT)
        return x->i == INT64_MIN && y->i == -1 ? fault("integer overflow") : CV_INT(x->i % y->i);
    return x->type == CV_UINT ? (struct cv) { .type = CV_UINT, .u = x->u % y->u } : cv_no_overload(r);
}

CEL_FN(cel_negate) {
    (void)call;
    (void)n;
    if (args[0].type == CV_DOUBLE)
        return double_result(-args[0].d);
    if (args[0].type != CV_INT && args[0].type != CV_DURATION)
        return cv_no_overload(r);
    int64_t i = args[0].i == INT64_MIN ? 0 : -args[0].i;
    return int_result(args[0].i == INT64_MIN, &i, args[0].type);
}

CEL_FN(cel_not) {
    (void)call;
    (void)n;
    return args[0].type == CV_BOOL ? CV_BOOL(!args[0].b) : cv_no_overload(r);
}

CEL_FN(cel_equal) {
    (void)n;
    r->cost += cv_size(&args[0]);
    return CV_BOOL(cv_equal(&args[0], &args[1]) == str_is(call->name, "_==_"));
}

CEL_FN(cel_order) {
    int c;
    (void)n;
    if (!cv_compare(&args[0], &args[1], &c))
        return cv_no_overload(r);
    if ((args[0].type == CV_DOUBLE && isnan(args[0].d)) || (args[1].type == CV_DOUBLE && isnan(args[1].d)))
        return fault("NaN values cannot be ordered");
    if (str_is(call->name, "_<_"))
        return CV_BOOL(c < 0);
    if (str_is(call->name, "_<=_"))
        return CV_BOOL(c <= 0);
    return CV_BOOL(str_is(call->name, "_>_") ? c > 0 : c >= 0);
}

CEL_FN(cel_in) {
    struct cv ignored;
    (void)call;
    (void)n;
    if (args[1].type == CV_MAP)
        return CV_BOOL(cv_find(&args[1], &args[0], &ignored));
    if (args[1].type != CV_LIST)
        return cv_no_overload(r);
    r->cost += args[1].list.n;
    for (size_t i = 0; i < args[1].list.n; i++) {
        struct cv item = cv_item(&args[1], i);
        if (cv_equal(&item, &args[0]))
            return CV_BOOL(true);
    }
    return CV_BOOL(false);
}

CEL_FN(cel_size) {
    (void)call;
    (void)n;
    if (args[0].type == CV_STRING)
        return CV_INT((int64_t)utf8_count(args[0].s));
    if (args[0].type == CV_BYTES)
        return CV_INT((int64_t)args[0].s.n);
    if (args[0].type == CV_LIST || args[0].type == CV_MAP)
        return CV_INT((int64_t)cv_size(&args[0]));
    return cv_no_overload(r);
}
