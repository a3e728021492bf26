// SPDX-License-Identifier: Apache-2.0
/* The language of --set: "a.b[0].c=v,d={x,y}". Helm: pkg/strvals/{parser,literal_parser}.go
 * Works on bytes: all that ends a word is ASCII. */
#include "common/helm/values.h"
#include "common/value/goquote.h"
#include "common/value/json.h"

#define MAX_INDEX 65536
#define MAX_NESTED_NAMES 30
#define MAX_NESTED_LISTS 64

enum set_result { SET_FAILED, SET_DONE, SET_END }; // SET_END: the text is used up

struct set_parser {
    struct arena *a;
    struct err *err;
    struct str rest;
    enum values_set_mode mode;
    unsigned names, lists;
};

static enum set_result fail(struct set_parser *p, const char *fmt, ...) printf_like(2, 3);
static enum set_result fail(struct set_parser *p, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    err_set(p->err, ERR_INVALID, "%s", arena_vfmt(p->a, fmt, ap));
    va_end(ap);
    return SET_FAILED;
}

// Up to a byte of `stop`, which is *out_last; '\0': the text ended before (also behind a backslash).
static struct str until(struct set_parser *p, const char *stop, char *out_last) {
    autobuf word = { 0 };
    size_t i = 0;
    *out_last = '\0';
    for (; i < p->rest.n; i++) {
        char c = p->rest.p[i];
        if (c && strchr(stop, c)) {
            *out_last = c;
            i++;
            break;
        }
        if (c == '\\' && p->mode != VALUES_SET_LITERAL) {
            if (++i >= p->rest.n)
                break;
            c = p->rest.p[i];
        }
        buf_putc(&word, c);
    }
    p->rest = str_sub(p->rest, i, p->rest.n);
    return buf_to_arena(&word, p->a);
}

static bool is_word(struct str s, const char *word) {
    return s.n == strlen(word) && !strncasecmp(s.p, word, s.n);
}

static struct value *typed(struct set_parser *p, struct str s) {
    int64_t i;
    struct str digits = str_starts(s, "+") ? str_sub(s, 1, s.n) : s;
    if (p->mode != VALUES_SET_TYPED)
        return value_string_n(p->a, s);
    if (is_word(s, "true") || is_word(s, "false"))
        return value_bool(p->a, s.n == 4);
    if (is_word(s, "null"))
        return value_null(p->a);
    if (str_is(s, "0"))
        return value_int(p->a, 0);
    if (s.n && s.p[0] != '0' && !(digits.p != s.p && str_starts(digits, "-")) && str_to_i64(digits, &i))
        return value_int(p->a, i);
    return value_string_n(p->a, s);
}

/* ---- values ---- */

// Behind "{".
static enum set_result list_value(struct set_parser *p, struct value **out) {
    struct value *list = value_list(p->a);
    char last;
    do {
        struct str word = until(p, ",}", &last);
        if (!last)
            return fail(p, "list must terminate with '}'");
        value_append(p->a, list, typed(p, word));
    } while (last != '}');
    if (str_starts(p->rest, ","))
        p->rest = str_sub(p->rest, 1, p->rest.n);
    return *out = list, SET_DONE;
}

static size_t json_end(struct str s) {
    unsigned depth = 0;
    bool text = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (text) {
            i += c == '\\';
            text = c != '"';
            if (!text && !depth)
                return i + 1;
        } else if (c == '"') {
            text = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && depth) {
            if (!--depth)
                return i + 1;
        } else if (!depth && (c == ',' || strchr(" \t\r\n", c))) {
            return i;
        }
    }
    return s.n;
}

static void skip_blanks(struct set_parser *p) {
    while (p->rest.n && p->rest.p[0] && strchr(" \t\r\n\v\f", p->rest.p[0]))
        p->rest = str_sub(p->rest, 1, p->rest.n);
}

static enum set_result json_value(struct set_parser *p, struct value **out) {
    skip_blanks(p);
    *out = value_null(p->a);
    if (p->rest.n && p->rest.p[0] != ',') {
        size_t end = json_end(p->rest);
        struct str text = arena_str(p->a, str_sub(p->rest, 0, end));
        if (!json_read(p->a, text, out, p->err))
            return SET_FAILED;
        p->rest = str_sub(p->rest, end, p->rest.n);
        skip_blanks(p);
    }
    if (str_starts(p->rest, ","))
        p->rest = str_sub(p->rest, 1, p->rest.n);
    return SET_DONE;
}

// Behind "=". SET_END: there was nothing, the value is "".
static enum set_result any_value(struct set_parser *p, struct value **out) {
    char last;
    if (p->mode == VALUES_SET_JSON)
        return json_value(p, out);
    if (p->mode == VALUES_SET_LITERAL) {
        *out = value_string_n(p->a, p->rest);
        p->rest = STR("");
        return SET_DONE;
    }
    if (!p->rest.n)
        return *out = value_string(p->a, ""), SET_END;
    if (str_starts(p->rest, "{")) {
        p->rest = str_sub(p->rest, 1, p->rest.n);
        return list_value(p, out);
    }
    return *out = typed(p, until(p, ",", &last)), SET_DONE;
}

/* ---- lists ---- */

static const char *go_type(const struct value *v) {
    switch (v->type) {
    case VALUE_NULL: return "nil";
    case VALUE_BOOL: return "bool";
    case VALUE_INT: return v->text ? "float64" : "int64";
    case VALUE_FLOAT: return "float64";
    case VALUE_STRING: return "string";
    case VALUE_LIST: return "[]interface {}";
    case VALUE_MAP: return "map[string]interface {}";
    }
    return "nil";
}

static enum set_result is_not(struct set_parser *p, const struct value *v, const char *want) {
    return fail(p, "unable to parse key: interface conversion: interface {} is %s, not %s", go_type(v), want);
}

// Behind "[".
static enum set_result index_word(struct set_parser *p, int64_t *out) {
    char last;
    struct str word = until(p, "]", &last);
    struct str digits = str_starts(word, "+") ? str_sub(word, 1, word.n) : word;
    if (!last)
        return fail(p, "error parsing index: EOF");
    if (!str_to_i64(digits, out))
        return fail(p, "error parsing index: strconv.Atoi: parsing %s: %s", go_quoted(p->a, word),
                    digits.n && digits.n == strspn(digits.p, "-0123456789") ? "value out of range"
                                                                            : "invalid syntax");
    return SET_DONE;
}

static enum set_result put_index(struct set_parser *p, struct value *list, int64_t i, struct value *v) {
    if (i > MAX_INDEX)
        return fail(p, "index of %lld is greater than maximum supported index of %d", (long long)i,
                    MAX_INDEX);
    while ((int64_t)list->list.n <= i)
        value_append(p->a, list, value_null(p->a));
    return list->list.items[i] = v, SET_DONE;
}

static enum set_result parse_key(struct set_parser *p, struct value *map);
static enum set_result parse_item(struct set_parser *p, struct value *list, int64_t i);

static struct value *item_at(const struct value *list, int64_t i) {
    return (int64_t)list->list.n > i ? list->list.items[i] : NULL;
}

static enum set_result nested_item(struct set_parser *p, struct value *list, int64_t i) {
    struct value *inner = item_at(list, i);
    int64_t next;
    if (index_word(p, &next) != SET_DONE)
        return SET_FAILED;
    if (inner && inner->type != VALUE_NULL && inner->type != VALUE_LIST)
        return is_not(p, inner, "[]interface {}");
    if (!inner || inner->type == VALUE_NULL)
        inner = value_list(p->a);
    if (++p->lists > MAX_NESTED_LISTS)
        return fail(p, "more than %d lists inside each other", MAX_NESTED_LISTS);
    enum set_result r = parse_item(p, inner, next);
    return r == SET_FAILED ? r : put_index(p, list, i, inner);
}

static enum set_result mapped_item(struct set_parser *p, struct value *list, int64_t i) {
    struct value *inner = item_at(list, i);
    if (!inner || inner->type != VALUE_MAP)
        inner = value_map(p->a);
    enum set_result r = parse_key(p, inner);
    if (r == SET_FAILED)
        return r;
    return put_index(p, list, i, inner) == SET_DONE ? r : SET_FAILED;
}

// Behind "]".
static enum set_result parse_item(struct set_parser *p, struct value *list, int64_t i) {
    struct value *v;
    char last;
    if (i < 0)
        return fail(p, "negative %lld index not allowed", (long long)i);
    struct str word = until(p, "[.=", &last);
    if (word.n)
        return fail(p, "unexpected data at end of array index: %s", go_quoted(p->a, word));
    if (!last)
        return SET_END; // as Helm: the text may end here
    if (last == '[')
        return nested_item(p, list, i);
    if (last == '.')
        return mapped_item(p, list, i);
    if (any_value(p, &v) == SET_FAILED)
        return SET_FAILED;
    return put_index(p, list, i, v);
}

/* ---- keys ---- */

static void put_key(struct set_parser *p, struct value *map, struct str key, struct value *v) {
    if (key.n)
        value_set_n(p->a, map, key, v);
}

static enum set_result key_with_index(struct set_parser *p, struct value *map, struct str key) {
    struct value *list = value_get_n(map, key);
    int64_t i;
    if (index_word(p, &i) != SET_DONE)
        return SET_FAILED;
    if (list && list->type != VALUE_LIST)
        return is_not(p, list, "[]interface {}");
    if (!list)
        list = value_list(p->a);
    p->lists = 0;
    enum set_result r = parse_item(p, list, i);
    put_key(p, map, key, list);
    return r;
}

static enum set_result key_with_map(struct set_parser *p, struct value *map, struct str key) {
    struct value *inner = value_get_n(map, key);
    if (++p->names > MAX_NESTED_NAMES)
        return fail(p, "value name nested level is greater than maximum supported nested level of %d",
                    MAX_NESTED_NAMES);
    if (inner && inner->type != VALUE_MAP)
        return is_not(p, inner, "map[string]interface {}");
    if (!inner)
        inner = value_map(p->a);
    enum set_result r = parse_key(p, inner);
    if (r == SET_DONE && !value_len(inner))
        return fail(p, "key map %s has no value", go_quoted(p->a, key));
    if (value_len(inner))
        put_key(p, map, key, inner);
    return r;
}

static enum set_result parse_key(struct set_parser *p, struct value *map) {
    struct value *v;
    char last;
    struct str key = until(p, p->mode == VALUES_SET_LITERAL ? "=[." : "=[,.", &last);
    switch (last) {
    case '[': return key_with_index(p, map, key);
    case '.': return key_with_map(p, map, key);
    case ',':
        put_key(p, map, key, value_string(p->a, ""));
        return fail(p, "key %s has no value (cannot end with ,)", go_quoted(p->a, key));
    case '=': {
        enum set_result r = any_value(p, &v);
        if (r != SET_FAILED)
            put_key(p, map, key, v);
        return r;
    }
    default: break;
    }
    if (!key.n)
        return SET_END;
    return fail(p, "key %s has no value", go_quoted(p->a, key));
}

bool values_set(struct arena *a, struct value *values, const char *text, enum values_set_mode mode,
                struct err *err) {
    struct set_parser p = { a, err, str_of(text), mode, 0, 0 };
    enum set_result r;
    do {
        p.names = 0;
        r = parse_key(&p, values);
    } while (r == SET_DONE && mode != VALUES_SET_LITERAL);
    return r != SET_FAILED;
}
