// SPDX-License-Identifier: Apache-2.0
// Numbers: casts, integer and decimal arithmetic, sequences. sprig: numeric.go; spf13/cast v1.7; shopspring/decimal
#include <math.h>
#include <openssl/bn.h>

#include "common/template/functions.h"
#include "common/template/gotext.h"
#include "common/value/number.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out
#define MAX_ITEMS 4000000

/* ---- casts ---- */

// Go's conversion on amd64: what does not fit is the smallest integer
static int64_t float_to_int(double f) {
    return f >= -9223372036854775808.0 && f < 9223372036854775808.0 ? (int64_t)f : INT64_MIN;
}

// "10.00" is 10
static struct str trim_zero_decimal(struct str s) {
    bool zero = false;
    for (size_t i = s.n; i > 0; i--) {
        if (s.p[i - 1] == '.')
            return zero ? str_sub(s, 0, i - 1) : s;
        if (s.p[i - 1] != '0')
            return s;
        zero = true;
    }
    return s;
}

int64_t tval_to_int64(struct tval v) {
    int64_t i = 0;
    bool range;
    switch ((int)v.kind) {
    case TVAL_BOOL: return v.b;
    case TVAL_INT:
    case TVAL_INT32:
    case TVAL_INT64:
    case TVAL_MONTH:
    case TVAL_WEEKDAY: return v.i;
    case TVAL_UINT8:
    case TVAL_UINT64: return (int64_t)v.u;
    case TVAL_FLOAT64: return float_to_int(v.f);
    case TVAL_STRING: return go_parse_int(trim_zero_decimal(v.s), 0, &i, &range) ? i : 0;
    default: return 0;
    }
}

double tval_to_float(struct tval v) {
    double f = 0;
    bool range;
    if (v.kind == TVAL_FLOAT64)
        return v.f;
    if (v.kind == TVAL_STRING)
        return go_parse_float(v.s, &f, &range) ? f : 0;
    if (v.kind == TVAL_UINT64)
        return (double)v.u;
    return (double)tval_to_int64(v);
}

static bool fn_int(ARGS) {
    (void)c, (void)n;
    return *out = tval_int(tval_to_int64(args[0])), true;
}

static bool fn_int64(ARGS) {
    (void)c, (void)n;
    return *out = tval_int64(tval_to_int64(args[0])), true;
}

static bool fn_float64(ARGS) {
    (void)c, (void)n;
    return *out = tval_float(tval_to_float(args[0])), true;
}

static bool fn_atoi(ARGS) {
    int64_t i = 0;
    bool range;
    (void)c, (void)n;
    // strconv.Atoi gives the nearest integer with a range error; sprig drops the error
    bool ok = go_parse_int(args[0].s, 10, &i, &range);
    return *out = tval_int(ok || range ? i : 0), true;
}

static bool fn_to_decimal(ARGS) {
    int64_t i = 0;
    bool range;
    (void)n;
    bool ok = go_parse_int(tval_string(tctx_arena(c), args[0]), 8, &i, &range);
    return *out = tval_int64(ok ? i : 0), true;
}

/* ---- integers ---- */

static bool fn_add(ARGS) {
    uint64_t sum = 0;
    (void)c;
    for (size_t i = 0; i < n; i++)
        sum += (uint64_t)tval_to_int64(args[i]);
    return *out = tval_int64((int64_t)sum), true;
}

static bool fn_add1(ARGS) {
    (void)c, (void)n;
    return *out = tval_int64((int64_t)((uint64_t)tval_to_int64(args[0]) + 1)), true;
}

static bool fn_sub(ARGS) {
    (void)c, (void)n;
    uint64_t x = (uint64_t)tval_to_int64(args[0]), y = (uint64_t)tval_to_int64(args[1]);
    return *out = tval_int64((int64_t)(x - y)), true;
}

static bool fn_mul(ARGS) {
    uint64_t product = 1;
    (void)c;
    for (size_t i = 0; i < n; i++)
        product *= (uint64_t)tval_to_int64(args[i]);
    return *out = tval_int64((int64_t)product), true;
}

static bool fn_div(ARGS) {
    (void)n;
    int64_t x = tval_to_int64(args[0]), y = tval_to_int64(args[1]);
    if (!y)
        return tctx_fail(c, "runtime error: integer divide by zero");
    return *out = tval_int64(y == -1 ? (int64_t)(0 - (uint64_t)x) : x / y), true;
}

static bool fn_mod(ARGS) {
    (void)n;
    int64_t x = tval_to_int64(args[0]), y = tval_to_int64(args[1]);
    if (!y)
        return tctx_fail(c, "runtime error: integer divide by zero");
    return *out = tval_int64(y == -1 ? 0 : x % y), true;
}

static bool fn_max(ARGS) {
    (void)c;
    int64_t best = tval_to_int64(args[0]);
    for (size_t i = 1; i < n; i++)
        best = tval_to_int64(args[i]) > best ? tval_to_int64(args[i]) : best;
    return *out = tval_int64(best), true;
}

static bool fn_min(ARGS) {
    (void)c;
    int64_t best = tval_to_int64(args[0]);
    for (size_t i = 1; i < n; i++)
        best = tval_to_int64(args[i]) < best ? tval_to_int64(args[i]) : best;
    return *out = tval_int64(best), true;
}

/* ---- floats ---- */

// math.Max: NaN wins, +0 over -0
static double go_max(double x, double y) {
    if (isinf(x) == 1 || isinf(y) == 1)
        return INFINITY;
    if (isnan(x) || isnan(y))
        return NAN;
    if (x == 0 && x == y)
        return signbit(x) ? y : x;
    return x > y ? x : y;
}

static bool fn_maxf(ARGS) {
    (void)c;
    double best = tval_to_float(args[0]);
    for (size_t i = 1; i < n; i++)
        best = go_max(best, tval_to_float(args[i]));
    return *out = tval_float(best), true;
}

static bool fn_minf(ARGS) {
    (void)c;
    double best = tval_to_float(args[0]);
    for (size_t i = 1; i < n; i++)
        best = -go_max(-best, -tval_to_float(args[i]));
    return *out = tval_float(best), true;
}

static bool fn_floor(ARGS) {
    (void)c, (void)n;
    return *out = tval_float(floor(tval_to_float(args[0]))), true;
}

static bool fn_ceil(ARGS) {
    (void)c, (void)n;
    return *out = tval_float(ceil(tval_to_float(args[0]))), true;
}

static bool fn_round(ARGS) {
    (void)c;
    double on = n > 2 ? args[2].f : 0.5, whole;
    double power = pow(10, (double)args[1].i), digit = power * tval_to_float(args[0]);
    double fraction = modf(digit, &whole);
    return *out = tval_float((fraction >= on ? ceil(digit) : floor(digit)) / power), true;
}

/* ---- decimals ---- */

struct decimal {
    BIGNUM *value; // times 10^exponent
    int exponent;
};

static void decimal_done(struct decimal *d) {
    BN_free(d->value);
}

static void scale_up(BIGNUM *v, int by, BN_CTX *bn) {
    BIGNUM *ten = BN_new(), *e = BN_new(), *power = BN_new();
    BN_set_word(ten, 10);
    BN_set_word(e, (BN_ULONG)(by > 0 ? by : 0));
    BN_exp(power, ten, e, bn);
    BN_mul(v, v, power, bn);
    BN_free(ten);
    BN_free(e);
    BN_free(power);
}

static bool decimal_of(struct tctx *c, double f, struct decimal *d) {
    char digits[NUMBER_TEXT], text[NUMBER_TEXT];
    int point;
    if (!isfinite(f)) {
        text[number_fmt_g(f, text)] = '\0';
        return tctx_fail(c, "Cannot create a Decimal from %s", text);
    }
    size_t len = number_digits(f, digits, &point);
    d->value = NULL;
    BN_dec2bn(&d->value, digits);
    BN_set_negative(d->value, signbit(f) && f != 0);
    d->exponent = point - (int)len;
    return true;
}

static void align(struct decimal *x, struct decimal *y, BN_CTX *bn) {
    struct decimal *high = x->exponent > y->exponent ? x : y, *low = high == x ? y : x;
    scale_up(high->value, high->exponent - low->exponent, bn);
    high->exponent = low->exponent;
}

// To 16 decimals, half away from zero.
static bool divide(struct tctx *c, struct decimal *x, struct decimal *y, BN_CTX *bn) {
    if (BN_is_zero(y->value))
        return tctx_fail(c, "decimal division by 0");
    bool negative = BN_is_negative(x->value) != BN_is_negative(y->value);
    int e = x->exponent - y->exponent + 16;
    scale_up(e < 0 ? y->value : x->value, abs(e), bn);
    BIGNUM *q = BN_new(), *r = BN_new();
    BN_set_negative(x->value, 0);
    BN_set_negative(y->value, 0);
    BN_div(q, r, x->value, y->value, bn);
    BN_lshift1(r, r);
    if (BN_cmp(r, y->value) >= 0)
        BN_add_word(q, 1);
    BN_set_negative(q, negative);
    BN_free(r);
    BN_free(x->value);
    x->value = q;
    x->exponent = -16;
    return true;
}

static bool apply(struct tctx *c, char op, struct decimal *x, struct decimal *y, BN_CTX *bn) {
    if (op == '/')
        return divide(c, x, y, bn);
    if (op == '*') {
        BN_mul(x->value, x->value, y->value, bn);
        x->exponent += y->exponent;
        return true;
    }
    align(x, y, bn);
    if (op == '+')
        BN_add(x->value, x->value, y->value);
    else
        BN_sub(x->value, x->value, y->value);
    return true;
}

static double decimal_value(struct tctx *c, const struct decimal *d) {
    double f = 0;
    bool range;
    char *digits = BN_bn2dec(d->value);
    const char *text = arena_fmt(tctx_arena(c), "%se%d", digits, d->exponent);
    OPENSSL_free(digits);
    if (!number_to_double(str_of(text), &f))
        go_parse_float(str_of(text), &f, &range);
    return f;
}

static bool decimals(struct tctx *c, char op, double first, const double *rest, size_t n, struct tval *out) {
    struct decimal x, y;
    if (!decimal_of(c, first, &x))
        return false;
    BN_CTX *bn = BN_CTX_new();
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++) {
        if (!(ok = decimal_of(c, rest[i], &y)))
            break;
        ok = tctx_steps(c, (size_t)BN_num_bytes(x.value)) && apply(c, op, &x, &y, bn);
        decimal_done(&y);
    }
    if (ok)
        *out = tval_float(decimal_value(c, &x));
    decimal_done(&x);
    BN_CTX_free(bn);
    return ok;
}

static bool decimals_of(struct tctx *c, char op, const struct tval *args, size_t n, struct tval *out) {
    double *values = arena_array(tctx_arena(c), double, n + 1);
    for (size_t i = 0; i < n; i++)
        values[i] = tval_to_float(args[i]);
    return op == '+' ? decimals(c, op, 0, values, n, out)
                     : decimals(c, op, values[0], values + 1, n - 1, out);
}

static bool fn_addf(ARGS) {
    return decimals_of(c, '+', args, n, out);
}

static bool fn_add1f(ARGS) {
    const double one = 1;
    (void)n;
    return decimals(c, '+', tval_to_float(args[0]), &one, 1, out);
}

static bool fn_subf(ARGS) {
    return decimals_of(c, '-', args, n, out);
}

static bool fn_mulf(ARGS) {
    return decimals_of(c, '*', args, n, out);
}

static bool fn_divf(ARGS) {
    return decimals_of(c, '/', args, n, out);
}

/* ---- sequences ---- */

static bool until_step(struct tctx *c, int64_t from, int64_t to, int64_t step, struct tlist **out) {
    uint64_t distance = to < from ? (uint64_t)from - (uint64_t)to : (uint64_t)to - (uint64_t)from;
    bool none = to < from ? step >= 0 : step <= 0;
    uint64_t stride = step < 0 ? 0 - (uint64_t)step : (uint64_t)step,
             count = none ? 0 : (distance + stride - 1) / stride;
    if (count > MAX_ITEMS)
        return tctx_fail(c, "the list is too long");
    struct tlist *l = tlist_new(tctx_arena(c), &ttype_list_int, (size_t)count);
    for (uint64_t i = 0; i < count; i++)
        l->items[i] = tval_int((int64_t)((uint64_t)from + i * (uint64_t)step));
    *out = l;
    return tctx_steps(c, (size_t)count);
}

static bool fn_until(ARGS) {
    struct tlist *l;
    (void)n;
    return until_step(c, 0, args[0].i, args[0].i < 0 ? -1 : 1, &l) && (*out = tval_list(l), true);
}

static bool fn_until_step(ARGS) {
    struct tlist *l;
    (void)n;
    return until_step(c, args[0].i, args[1].i, args[2].i, &l) && (*out = tval_list(l), true);
}

static bool fn_seq(ARGS) {
    autobuf b = { 0 };
    struct tlist *l;
    *out = tval_text("");
    if (n == 0 || n > 3)
        return true;
    int64_t from = n > 1 ? args[0].i : 1, to = args[n - 1].i, one = to < from ? -1 : 1;
    int64_t step = n == 3 ? args[1].i : one;
    if (n == 3 && to < from && step > 0)
        return true;
    if (!until_step(c, from, (int64_t)((uint64_t)to + (uint64_t)one), step, &l))
        return false;
    for (size_t i = 0; i < l->n; i++)
        buf_fmt(&b, i ? " %lld" : "%lld", (long long)l->items[i].i);
    return tctx_text(c, &b, out);
}

const struct tfunction functions_math[] = {
    { "int", "a", fn_int },
    { "int64", "a", fn_int64 },
    { "float64", "a", fn_float64 },
    { "atoi", "s", fn_atoi },
    { "toDecimal", "a", fn_to_decimal },
    { "add", "*a", fn_add },
    { "add1", "a", fn_add1 },
    { "sub", "aa", fn_sub },
    { "mul", "a*a", fn_mul },
    { "div", "aa", fn_div },
    { "mod", "aa", fn_mod },
    { "max", "a*a", fn_max },
    { "biggest", "a*a", fn_max },
    { "min", "a*a", fn_min },
    { "maxf", "a*a", fn_maxf },
    { "minf", "a*a", fn_minf },
    { "floor", "a", fn_floor },
    { "ceil", "a", fn_ceil },
    { "round", "ai*f", fn_round },
    { "addf", "*a", fn_addf },
    { "add1f", "a", fn_add1f },
    { "subf", "a*a", fn_subf },
    { "mulf", "a*a", fn_mulf },
    { "divf", "a*a", fn_divf },
    { "until", "i", fn_until },
    { "untilStep", "iii", fn_until_step },
    { "seq", "*i", fn_seq },
    { 0 },
};
