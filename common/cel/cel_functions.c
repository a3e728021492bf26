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

// The end of the type that begins here.
static const char *type_end(const char *t) {
    for (int open = 1; open; t++)
        open += *t == 'm' ? 1 : strchr("lot", *t) ? 0 : -1;
    return t;
}

// Is the value of the kind that the first letter of the type says?
static bool is_kind(const struct cv *v, char letter) {
    static const char letters[] = {
        [CV_NULL] = 'n',      [CV_BOOL] = 'b',  [CV_INT] = 'i',      [CV_UINT] = 'u', [CV_DOUBLE] = 'f',
        [CV_STRING] = 's',    [CV_BYTES] = 'y', [CV_LIST] = 'l',     [CV_MAP] = 'm',  [CV_DURATION] = 'D',
        [CV_TIMESTAMP] = 'T', [CV_TYPE] = 't',  [CV_OPTIONAL] = 'o', [CV_ERROR] = '!'
    };
    return letter == 'A' || letter == 'B' || letter == '*' || letters[v->type] == letter;
}

static bool overload_fits(const char *o, bool member, const struct cv *args, size_t n) {
    size_t i = 0;
    if ((*o == '.') != member)
        return false;
    for (o += *o == '.'; *o != '>'; o = type_end(o), i++)
        if (i >= n || !is_kind(&args[i], *o))
            return false;
    return i == n;
}

static bool fits(const struct cel_function *f, bool member, const struct cv *args, size_t n) {
    for (const char *o = f->overloads; o; o = strchr(o, ';')) {
        o += *o == ';';
        if (overload_fits(o, member, args, n))
            return true;
    }
    return false;
}

// Types whose own method cel-go calls for the function; such a method says only "no such overload".
static bool has_method(const struct cel_node *call, const struct cv *v) {
    static const struct {
        const char *name, *letters;
    } methods[] = {
        { "_+_", "iufsylDT" },  { "_-_", "iufDT" },    { "_*_", "iuf" },       { "_/_", "iuf" },
        { "_%_", "iu" },        { "-_", "bifD" },      { "!_", "bifD" },       { "_<_", "biufsyDT" },
        { "_<=_", "biufsyDT" }, { "_>_", "biufsyDT" }, { "_>=_", "biufsyDT" }, { "size", "sylm" },
        { "@in", "" },
    };
    static const char *const members[] = { "contains", "startsWith", "endsWith", "matches" };
    bool receiver = is_kind(v, 's') || is_kind(v, 'T') || is_kind(v, 'D');
    for (size_t i = 0; i < countof(members); i++)
        if (str_is(call->name, members[i]))
            return receiver;
    for (size_t i = 0; i < countof(methods); i++)
        if (str_is(call->name, methods[i].name)) {
            for (const char *l = methods[i].letters; *l; l++)
                if (is_kind(v, *l))
                    return true;
            return receiver;
        }
    return str_starts(call->name, "get") && receiver;
}

// Functions of the library name the types that they were given.
static struct cv no_overload(struct cel_run *r, const struct cel_node *call, const struct cv *args,
                             size_t n) {
    autobuf types = { 0 };
    if (str_is(call->name, "!_") || str_is(call->name, "@in") || (n && has_method(call, &args[0])))
        return cv_no_overload(r);
    if (strchr("_-!@", call->name.p[0]) || str_is(call->name, "size"))
        return cv_error(r, "no such overload: %.*s", (int)call->name.n, call->name.p);
    for (size_t i = 0; i < n; i++)
        buf_fmt(&types, "%s%s", i ? ", " : "", cv_type_name(&args[i]));
    return cv_error(r, "no such overload: %.*s(%s)", (int)call->name.n, call->name.p, types.n ? types.p : "");
}

struct cv cel_apply(struct cel_run *r, const struct cel_node *call, const struct cv *args, size_t n) {
    const struct cel_function *f = call->function;
    if (!f || !f->fn)
        return cv_error(r, "no such overload: %.*s", (int)call->name.n, call->name.p);
    // operators look at their operands themselves
    if (!strchr("_-!@", f->name[0]) && !fits(f, call->member, args, n))
        return no_overload(r, call, args, n);
    r->cost += n;
    struct cv v = f->fn(r, call, args, n);
    if (v.type == CV_ERROR && str_is(v.s, "no such overload"))
        return no_overload(r, call, args, n);
    return v;
}
