// SPDX-License-Identifier: Apache-2.0
// The table of functions: what the checker accepts and what the evaluator calls.
#include "common/cel/cel_functions.h"

// Ordering: equal types, and numbers across types.
#define ORDER "bb>b;ii>b;uu>b;ff>b;ss>b;yy>b;TT>b;DD>b;if>b;iu>b;fi>b;fu>b;ui>b;uf>b"

static const struct cel_function functions[] = {
    { "_&&_", NULL, "bb>b" },
    { "_||_", NULL, "bb>b" },
    { "_?_:_", NULL, "bAA>A" },
    { "_[_]", NULL, "lAi>A;mABA>B;olAi>oA;omABA>oB" },
    { "_[?_]", NULL, "lAi>oA;mABA>oB;olAi>oA;omABA>oB" },
    { "_+_", cel_add, "ii>i;uu>u;ff>f;ss>s;yy>y;lAlA>lA;DD>D;TD>T;DT>T" },
    { "_-_", cel_subtract, "ii>i;uu>u;ff>f;DD>D;TD>T;TT>D" },
    { "_*_", cel_multiply, "ii>i;uu>u;ff>f" },
    { "_/_", cel_divide, "ii>i;uu>u;ff>f" },
    { "_%_", cel_modulo, "ii>i;uu>u" },
    { "-_", cel_negate, "i>i;f>f" },
    { "!_", cel_not, "b>b" },
    { "_==_", cel_equal, "AA>b" },
    { "_!=_", cel_equal, "AA>b" },
    { "_<_", cel_order, ORDER },
    { "_<=_", cel_order, ORDER },
    { "_>_", cel_order, ORDER },
    { "_>=_", cel_order, ORDER },
    { "@in", cel_in, "AlA>b;AmAB>b" },
    { "size", cel_size, "s>i;y>i;lA>i;mAB>i;.s>i;.y>i;.lA>i;.mAB>i" },
    { "int", cel_to_int, "i>i;u>i;f>i;s>i;T>i;D>i" },
    { "uint", cel_to_uint, "u>u;i>u;f>u;s>u" },
    { "double", cel_to_double, "f>f;i>f;u>f;s>f" },
    { "string", cel_to_string, "s>s;b>s;y>s;f>s;D>s;i>s;T>s;u>s" },
    { "bool", cel_to_bool, "b>b;s>b" },
    { "bytes", cel_to_bytes, "y>y;s>y" },
    { "timestamp", cel_to_timestamp, "T>T;i>T;s>T" },
    { "duration", cel_to_duration, "D>D;i>D;s>D" },
    { "dyn", cel_dyn, "A>*" },
    { "type", cel_type, "A>tA" },
    { "contains", cel_substring_test, ".ss>b" },
    { "startsWith", cel_substring_test, ".ss>b" },
    { "endsWith", cel_substring_test, ".ss>b" },
    { "matches", cel_matches, "ss>b;.ss>b" },
    { "getFullYear", cel_time_part, ".T>i;.Ts>i" },
    { "getMonth", cel_time_part, ".T>i;.Ts>i" },
    { "getDayOfYear", cel_time_part, ".T>i;.Ts>i" },
    { "getDayOfMonth", cel_time_part, ".T>i;.Ts>i" },
    { "getDate", cel_time_part, ".T>i;.Ts>i" },
    { "getDayOfWeek", cel_time_part, ".T>i;.Ts>i" },
    { "getHours", cel_time_part, ".T>i;.Ts>i;.D>i" },
    { "getMinutes", cel_time_part, ".T>i;.Ts>i;.D>i" },
    { "getSeconds", cel_time_part, ".T>i;.Ts>i;.D>i" },
    { "getMilliseconds", cel_time_part, ".T>i;.Ts>i;.D>i" },
    { "charAt", cel_char_at, ".si>s" },
    { "indexOf", cel_index_of, ".ss>i;.ssi>i" },
    { "lastIndexOf", cel_last_index_of, ".ss>i;.ssi>i" },
    { "join", cel_join, ".ls>s;.lss>s" },
    { "lowerAscii", cel_case, ".s>s" },
    { "upperAscii", cel_case, ".s>s" },
    { "replace", cel_replace, ".sss>s;.sssi>s" },
    { "split", cel_split, ".ss>ls;.ssi>ls" },
    { "substring", cel_substring, ".si>s;.sii>s" },
    { "trim", cel_trim, ".s>s" },
    { "reverse", cel_reverse, ".s>s" },
    { "format", cel_format, ".sl*>s" },
    { "strings.quote", cel_quote, "s>s" },
    { "sets.contains", cel_sets, "lAlA>b" },
    { "sets.equivalent", cel_sets, "lAlA>b" },
    { "sets.intersects", cel_sets, "lAlA>b" },
    { "base64.encode", cel_base64_encode, "y>s" },
    { "base64.decode", cel_base64_decode, "s>y" },
    { "optional.of", cel_optional_of, "A>oA" },
    { "optional.ofNonZeroValue", cel_optional_of, "A>oA" },
    { "optional.none", cel_optional_none, ">oA" },
    { "optional.unwrap", cel_optional_unwrap, "loA>lA" },
    { "hasValue", cel_optional_value, ".oA>b" },
    { "value", cel_optional_value, ".oA>A" },
    { "or", NULL, ".oAoA>oA" },
    { "orValue", NULL, ".oAA>A" },
    { "unwrapOpt", cel_optional_unwrap, ".loA>lA" },
    { "first", cel_first_last, ".lA>oA" },
    { "last", cel_first_last, ".lA>oA" },
};

const struct cel_function *cel_function_find(struct str name) {
    for (size_t i = 0; i < countof(functions); i++)
        if (str_is(name, functions[i].name))
            return &functions[i];
    return NULL;
}

// How many arguments an overload takes, the target included; -1: none of this form.
static bool takes(const struct cel_function *f, bool member, size_t n) {
    for (const char *o = f->overloads; o; o = strchr(o, ';')) {
        o += *o == ';';
        size_t count = 0;
        const char *p = o + (*o == '.');
        for (; *p != '>'; p++) {
            size_t open = 1;
            for (; open; p++)
                open += (*p == 'm' ? 2 : *p == 'l' || *p == 'o' || *p == 't' ? 1 : 0) - (size_t)1;
            count++;
            p--;
        }
        if ((*o == '.') == member && count == n)
            return true;
    }
    return false;
}

struct cv cel_apply(struct cel_run *r, const struct cel_node *call, const struct cv *args, size_t n) {
    const struct cel_function *f = call->function;
    if (!f || !f->fn || !takes(f, call->member, n)) {
        if (!f)
            return cv_error(r, "no such overload: %.*s", (int)call->name.n, call->name.p);
        return cv_no_overload(r);
    }
    r->cost += n;
    return f->fn(r, call, args, n);
}
