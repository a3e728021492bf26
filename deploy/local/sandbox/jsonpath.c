// SPDX-License-Identifier: Apache-2.0
// The JSON paths of printer columns: keys, ['keys'], indexes, [*], ..name and filters [?(@.a=="b")].
// Source: k8s.io/client-go util/jsonpath; what else that package can is not allowed in or not useful for columns.
#include <ctype.h>

#include "deploy/local/sandbox/table.h"

enum { PATH_STEPS = 64 };

struct cursor {
    struct arena *a;
    const char *p;
};

static struct value *keys_find(struct arena *a, const struct value *in, struct str key) {
    struct value *out = value_list(a);
    for (size_t i = 0; i < value_len(in); i++) {
        const struct value *v = value_item(in, i);
        if (str_is(key, "*")) {
            for (size_t k = 0; k < value_len(v); k++)
                value_append(a, out, v->type == VALUE_MAP ? v->map.pairs[k].value : v->list.items[k]);
            continue;
        }
        struct value *found = value_get_n(v, key);
        if (found)
            value_append(a, out, found);
    }
    return out;
}

static struct value *index_find(struct arena *a, const struct value *in, int64_t at) {
    struct value *out = value_list(a);
    for (size_t i = 0; i < value_len(in); i++) {
        const struct value *v = value_item(in, i);
        int64_t n = (int64_t)value_len(v), k = at < 0 ? n + at : at;
        if (value_is(v, VALUE_LIST) && k >= 0 && k < n)
            value_append(a, out, value_item(v, (size_t)k));
    }
    return out;
}

// A value beside an operator of a filter: @.path, a quoted text, a number, true or false.
static struct value *operand(struct arena *a, struct str text, const struct value *item) {
    text = str_trim(text);
    if (str_starts(text, "@"))
        return value_item(jsonpath_find(a, arena_text(a, text.p + 1, text.n - 1), item), 0);
    if (text.n >= 2 && (text.p[0] == '"' || text.p[0] == '\''))
        return value_string_n(a, str_sub(text, 1, text.n - 1));
    int64_t n;
    if (str_to_i64(text, &n))
        return value_int(a, n);
    return str_is(text, "true") || str_is(text, "false") ? value_bool(a, str_is(text, "true")) : NULL;
}

static bool filter_matches(struct arena *a, struct str filter, const struct value *item) {
    ptrdiff_t equal = str_find(filter, STR("==")), differ = str_find(filter, STR("!="));
    if (equal < 0 && differ < 0)
        return operand(a, filter, item);
    size_t at = (size_t)(equal >= 0 ? equal : differ);
    const struct value *left = operand(a, str_sub(filter, 0, at), item),
                       *right = operand(a, str_sub(filter, at + 2, filter.n), item);
    bool same = left && right && value_equal(left, right);
    return equal >= 0 ? same : left && right && !same;
}

static struct value *filter_find(struct arena *a, const struct value *in, struct str filter) {
    struct value *out = value_list(a);
    for (size_t i = 0; i < value_len(in); i++) {
        const struct value *v = value_item(in, i);
        for (size_t k = 0; value_is(v, VALUE_LIST) && k < v->list.n; k++)
            if (filter_matches(a, filter, v->list.items[k]))
                value_append(a, out, v->list.items[k]);
    }
    return out;
}

// "[...]" at the cursor. NULL: malformed.
static struct value *bracket(struct cursor *c, const struct value *in) {
    if (strncmp(c->p, "[?(", 3) == 0) {
        const char *end = strstr(c->p, ")]");
        if (!end)
            return NULL;
        struct str filter = str_make(c->p + 3, (size_t)(end - c->p - 3));
        c->p = end + 2;
        return filter_find(c->a, in, filter);
    }
    const char *end = strchr(c->p, ']');
    if (!end)
        return NULL;
    struct str inside = str_trim(str_make(c->p + 1, (size_t)(end - c->p - 1)));
    c->p = end + 1;
    if (inside.n >= 2 && (inside.p[0] == '\'' || inside.p[0] == '"'))
        return keys_find(c->a, in, str_sub(inside, 1, inside.n - 1));
    int64_t at;
    if (str_to_i64(inside, &at))
        return index_find(c->a, in, at);
    return str_is(inside, "*") || !inside.n ? keys_find(c->a, in, STR("*")) : NULL;
}

// ".name", where a backslash keeps the next character.
static struct value *key(struct cursor *c, const struct value *in) {
    char name[256];
    size_t n = 0;
    for (; *c->p && *c->p != '.' && *c->p != '[' && *c->p != '}'; c->p++) {
        if (*c->p == '\\' && c->p[1])
            c->p++;
        if (n + 1 < sizeof name)
            name[n++] = *c->p;
    }
    return n ? keys_find(c->a, in, str_make(name, n)) : value_copy(c->a, in);
}

struct value *jsonpath_find(struct arena *a, const char *path, const struct value *v) {
    struct cursor c = { a, path };
    struct value *found = value_list(a);
    if (!v)
        return found;
    value_append(a, found, (struct value *)v);
    if (*c.p == '{') // "{.a.b}" is accepted too
        c.p++;
    for (int step = 0; *c.p && *c.p != '}' && found; step++) {
        if (step == PATH_STEPS)
            return value_list(a);
        if (*c.p == '[') {
            found = bracket(&c, found);
        } else {
            c.p += *c.p == '.';
            if (*c.p && *c.p != '[' && *c.p != '}')
                found = key(&c, found);
        }
    }
    return found ? found : value_list(a);
}
