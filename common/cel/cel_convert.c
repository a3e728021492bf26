// SPDX-License-Identifier: Apache-2.0
// Conversions between types of CEL. Go: google/cel-go common/types, ConvertToType
#include "common/base/timeutil.h"
#include "common/cel/cel_functions.h"
#include "common/value/number.h"
#include "common/value/utf8.h"

#include <math.h>

static struct cv fault(const char *text) {
    return (struct cv) { .type = CV_ERROR, .s = str_of(text) };
}

static struct cv cannot(struct cel_run *r, const struct cv *from, const char *to) {
    return cv_error(r, "type conversion error from '%s' to '%s'", cv_type_name(from), to);
}

CEL_FN(cel_to_int) {
    const struct cv *v = &args[0];
    int64_t i;
    (void)call;
    (void)n;
    switch (v->type) {
    case CV_INT: return *v;
    case CV_UINT: return v->u > INT64_MAX ? fault("integer overflow") : CV_INT((int64_t)v->u);
    case CV_DOUBLE:
        if (!(v->d > -0x1p63 && v->d < 0x1p63))
            return fault("integer overflow");
        return CV_INT((int64_t)v->d);
    case CV_STRING: return str_to_i64(v->s, &i) ? CV_INT(i) : cannot(r, v, "int");
    case CV_TIMESTAMP: return CV_INT(v->time.s);
    case CV_DURATION: return CV_INT(v->i);
    case CV_NULL:
    case CV_BOOL:
    case CV_BYTES:
    case CV_LIST:
    case CV_MAP:
    case CV_TYPE:
    case CV_OPTIONAL:
    case CV_ERROR: break;
    }
    return cannot(r, v, "int");
}

CEL_FN(cel_to_uint) {
    const struct cv *v = &args[0];
    uint64_t u = 0;
    (void)call;
    (void)n;
    if (v->type == CV_UINT)
        return *v;
    if (v->type == CV_INT && v->i >= 0)
        u = (uint64_t)v->i;
    else if (v->type == CV_DOUBLE && v->d >= 0 && v->d < 0x1p64)
        u = (uint64_t)v->d;
    else if (v->type == CV_INT || v->type == CV_DOUBLE)
        return fault("unsigned integer overflow");
    else if (v->type != CV_STRING || !str_to_u64(v->s, &u))
        return cannot(r, v, "uint");
    return (struct cv) { .type = CV_UINT, .u = u };
}

CEL_FN(cel_to_double) {
    const struct cv *v = &args[0];
    double d = 0;
    (void)call;
    (void)n;
    if (v->type == CV_DOUBLE)
        return *v;
    if (v->type == CV_INT)
        d = (double)v->i;
    else if (v->type == CV_UINT)
        d = (double)v->u;
    else if (v->type != CV_STRING || !number_to_double(v->s, &d))
        return cannot(r, v, "double");
    return (struct cv) { .type = CV_DOUBLE, .d = d };
}

// 'f' with the shortest digits, and "s".
static struct cv duration_text(struct cel_run *r, int64_t ns) {
    char digits[NUMBER_TEXT];
    int point;
    autobuf b = { 0 };
    double seconds = (double)(ns / 1000000000) + (double)(ns % 1000000000) / 1e9; // Go: Duration.Seconds
    int n = (int)number_digits(seconds, digits, &point);
    buf_puts(&b, signbit(seconds) && seconds != 0 ? "-" : "");
    if (point <= 0)
        buf_puts(&b, "0.");
    for (int i = point; i < 0; i++)
        buf_putc(&b, '0');
    for (int i = 0; i < n || i < point; i++) {
        if (i == point && i > 0)
            buf_putc(&b, '.');
        buf_putc(&b, i < n ? digits[i] : '0');
    }
    if (seconds == 0)
        buf_clear(&b), buf_putc(&b, '0');
    buf_putc(&b, 's');
    return CV_STR(arena_str(r->a, buf_str(&b)));
}

CEL_FN(cel_to_string) {
    const struct cv *v = &args[0];
    (void)call;
    (void)n;
    switch (v->type) {
    case CV_STRING: return *v;
    case CV_BYTES:
        return utf8_valid(v->s) ? CV_STR(v->s) : fault("invalid UTF-8 in bytes, cannot convert to string");
    case CV_DURATION: return duration_text(r, v->i);
    case CV_BOOL:
    case CV_INT:
    case CV_UINT:
    case CV_DOUBLE:
    case CV_TIMESTAMP: return CV_STR(str_of(cv_print(r->a, v)));
    case CV_NULL:
    case CV_LIST:
    case CV_MAP:
    case CV_TYPE:
    case CV_OPTIONAL:
    case CV_ERROR: break;
    }
    return cannot(r, v, "string");
}

CEL_FN(cel_to_bool) {
    static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" }, *const no[] = {
        "0", "f", "F", "false", "FALSE", "False"
    };
    (void)call;
    (void)n;
    if (args[0].type == CV_BOOL)
        return args[0];
    for (size_t i = 0; args[0].type == CV_STRING && i < countof(yes); i++)
        if (str_is(args[0].s, yes[i]) || str_is(args[0].s, no[i]))
            return CV_BOOL(str_is(args[0].s, yes[i]));
    return cannot(r, &args[0], "bool");
}

CEL_FN(cel_to_bytes) {
    (void)call;
    (void)n;
    if (args[0].type == CV_STRING || args[0].type == CV_BYTES)
        return (struct cv) { .type = CV_BYTES, .s = args[0].s };
    return cannot(r, &args[0], "bytes");
}

CEL_FN(cel_to_timestamp) {
    struct cv v = { .type = CV_TIMESTAMP };
    (void)call;
    (void)n;
    if (args[0].type == CV_TIMESTAMP)
        return args[0];
    if (args[0].type == CV_INT) {
        v.time.s = args[0].i;
        return v.time.s < -62135596800 || v.time.s > 253402300799 ? fault("timestamp overflow") : v;
    }
    if (args[0].type == CV_STRING && cv_time_parse(args[0].s, &v.time))
        return v;
    return cannot(r, &args[0], "google.protobuf.Timestamp");
}

CEL_FN(cel_to_duration) {
    struct cv v = { .type = CV_DURATION };
    struct err ignored = { .a = r->a };
    (void)call;
    (void)n;
    if (args[0].type == CV_DURATION)
        return args[0];
    if (args[0].type == CV_STRING &&
        duration_parse(arena_text(r->a, args[0].s.p, args[0].s.n), &v.i, &ignored))
        return v;
    return cannot(r, &args[0], "google.protobuf.Duration");
}

CEL_FN(cel_dyn) {
    (void)r;
    (void)call;
    (void)n;
    return args[0];
}

CEL_FN(cel_type) {
    (void)r;
    (void)call;
    (void)n;
    return (struct cv) { .type = CV_TYPE, .s = str_of(cv_type_name(&args[0])) };
}
