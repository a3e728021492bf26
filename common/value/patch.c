// SPDX-License-Identifier: Apache-2.0
// JSON pointer and JSON patch. Go: gopkg.in/evanphx/json-patch.v4 patch.go (quirks included: see the comments).
#include "common/value/patch.h"
#include "common/value/goquote.h"
#include "common/value/json.h"

// Next "/token" of the pointer, unescaped into the arena. false: the end.
static bool next_token(struct arena *a, struct str *rest, struct str *out) {
    if (!rest->n || rest->p[0] != '/')
        return false;
    struct str s = str_sub(*rest, 1, rest->n);
    ptrdiff_t end = str_chr(s, '/');
    struct str raw = str_sub(s, 0, end < 0 ? s.n : (size_t)end);
    *rest = str_sub(s, raw.n, s.n);
    if (str_chr(raw, '~') < 0) {
        *out = raw;
        return true;
    }
    char *p = arena_text(a, raw.p, raw.n);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        bool escape = raw.p[i] == '~' && i + 1 < raw.n && (raw.p[i + 1] == '0' || raw.p[i + 1] == '1');
        p[n++] = escape ? (raw.p[i + 1] == '0' ? '~' : '/') : raw.p[i];
        i += escape;
    }
    p[n] = '\0';
    *out = str_make(p, n);
    return true;
}

struct value *pointer_get(const struct value *v, const char *pointer) {
    autoarena a = { 0 };
    struct str rest = str_of(pointer), token;
    if (rest.n && rest.p[0] != '/')
        return NULL;
    while (v && next_token(&a, &rest, &token)) {
        uint64_t i;
        if (v->type != VALUE_LIST)
            v = value_get_n(v, token);
        else
            v = str_to_u64(token, &i) && (token.n == 1 || token.p[0] != '0') ? value_item(v, i) : NULL;
    }
    return (struct value *)v;
}

char *pointer_append(struct arena *a, const char *pointer, struct str token) {
    autobuf b = { 0 };
    buf_puts(&b, pointer);
    buf_putc(&b, '/');
    for (size_t i = 0; i < token.n; i++) {
        if (token.p[i] == '~' || token.p[i] == '/')
            buf_puts(&b, token.p[i] == '~' ? "~0" : "~1");
        else
            buf_putc(&b, token.p[i]);
    }
    return arena_text(a, b.p, b.n);
}

// ---- containers, as the library's partialDoc and partialArray ----

struct place {
    struct value *in; // list or map
    struct str key;
};

static bool bad_index(struct err *err, int64_t i) {
    return err_set(err, ERR_INVALID, "Unable to access invalid index: %lld: invalid index referenced",
                   (long long)i);
}

// strconv.Atoi
static bool list_index(struct str key, int64_t *out, struct err *err) {
    if (str_to_i64(key, out))
        return true;
    bool number = key.n > 18;
    for (size_t i = 0; i < key.n && number; i++)
        number = (key.p[i] >= '0' && key.p[i] <= '9') || (i == 0 && (key.p[0] == '-' || key.p[0] == '+'));
    return err_set(err, ERR_INVALID, "strconv.Atoi: parsing %s: %s", go_quoted(err->a, key),
                   number ? "value out of range" : "invalid syntax");
}

// An index into n elements; negative ones count from the end.
static bool list_place(struct str key, size_t n, size_t *out, struct err *err) {
    int64_t i;
    if (!list_index(key, &i, err))
        return false;
    if (i >= (int64_t)n || i < -(int64_t)n)
        return bad_index(err, i);
    *out = (size_t)(i < 0 ? i + (int64_t)n : i);
    return true;
}

// *out NULL: an absent key of a map, which is no error here.
static bool place_get(const struct place *p, struct value **out, struct err *err) {
    size_t i;
    if (p->in->type == VALUE_MAP) {
        *out = value_get_n(p->in, p->key);
        return true;
    }
    if (!list_place(p->key, p->in->list.n, &i, err))
        return false;
    *out = p->in->list.items[i];
    return true;
}

static bool place_add(struct arena *a, const struct place *p, struct value *v, struct err *err) {
    size_t i = p->in->type == VALUE_LIST ? p->in->list.n : 0;
    if (p->in->type == VALUE_MAP) {
        value_set_n(a, p->in, p->key, v);
        return true;
    }
    if (!str_is(p->key, "-")) {
        int64_t n;
        struct err inner = { .a = err->a };
        if (!list_index(p->key, &n, &inner))
            return err_set(err, ERR_INVALID, "value was not a proper array index: '%.*s': %s", (int)p->key.n,
                           p->key.p, inner.msg);
        if (!list_place(p->key, p->in->list.n + 1, &i, err))
            return false;
    }
    value_insert(a, p->in, i, v);
    return true;
}

static bool place_remove(const struct place *p, struct err *err) {
    size_t i;
    if (p->in->type == VALUE_MAP) {
        if (!value_remove(p->in, p->key.p))
            return err_set(err, ERR_INVALID, "Unable to remove nonexistent key: %s: missing value", p->key.p);
        return true;
    }
    if (!list_place(p->key, p->in->list.n, &i, err))
        return false;
    value_remove_item(p->in, i);
    return true;
}

// The container of the path's last token; the text before the first slash does not count. false: not there.
static bool find_place(struct arena *a, struct value *doc, const char *path, struct place *out) {
    const char *slash = strchr(path, '/');
    if (!slash)
        return false;
    struct str rest = str_of(slash), token;
    struct value *in = doc;
    while (next_token(a, &rest, &token)) {
        if (!in || (in->type != VALUE_MAP && in->type != VALUE_LIST))
            return false;
        struct place p = { in, arena_str(a, token) };
        struct err ignored = { .a = a };
        if (!rest.n) {
            *out = p;
            return true;
        }
        if (!place_get(&p, &in, &ignored))
            return false;
    }
    return false;
}

// ---- operations ----

struct step {
    struct arena *a;
    struct value **doc;
    const char *path, *from;
    const struct value *value; // NULL: the operation has none
    struct err *err;
};

static bool missing(const struct step *s, const char *what, const char *path) {
    return err_set(s->err, ERR_INVALID, "%s: %s: missing value", what, path);
}

static struct value *value_or_null(const struct step *s) {
    return s->value ? value_copy(s->a, s->value) : value_null(s->a);
}

// Numbers by their text: 80.0 is not 80.
static bool same(const struct value *x, const struct value *y) {
    autoarena a = { 0 };
    return str_eq(json_text(&a, x, JSON_SORT_KEYS), json_text(&a, y, JSON_SORT_KEYS));
}

static bool op_add(const struct step *s) {
    struct place p;
    if (!find_place(s->a, *s->doc, s->path, &p))
        return missing(s, "add operation does not apply: doc is missing path",
                       arena_fmt(s->a, "\"%s\"", s->path));
    if (!place_add(s->a, &p, value_or_null(s), s->err))
        return err_wrap(s->err, "error in add for path: '%s'", s->path);
    return true;
}

static bool op_remove(const struct step *s) {
    struct place p;
    if (!find_place(s->a, *s->doc, s->path, &p))
        return missing(s, "remove operation does not apply: doc is missing path",
                       arena_fmt(s->a, "\"%s\"", s->path));
    return place_remove(&p, s->err) || err_wrap(s->err, "error in remove for path: '%s'", s->path);
}

static bool op_replace(const struct step *s) {
    struct place p;
    struct value *old;
    if (!*s->path) {
        if (!value_is(s->value, VALUE_MAP) && !value_is(s->value, VALUE_LIST))
            return err_set(s->err, ERR_INVALID,
                           "replace operation value must be object or array: %%!w(<nil>)");
        *s->doc = value_copy(s->a, s->value);
        return true;
    }
    if (!find_place(s->a, *s->doc, s->path, &p))
        return missing(s, "replace operation does not apply: doc is missing path", s->path);
    struct err inner = { .a = s->a };
    if (!place_get(&p, &old, &inner))
        return missing(s, "replace operation does not apply: doc is missing key", s->path);
    if (p.in->type == VALUE_MAP) {
        value_set_n(s->a, p.in, p.key, value_or_null(s)); // an absent key is added
        return true;
    }
    size_t i;
    if (!list_place(p.key, p.in->list.n, &i, s->err))
        return false;
    p.in->list.items[i] = value_or_null(s);
    return true;
}

static bool op_move(const struct step *s) {
    struct place p;
    struct value *v;
    if (!s->from)
        return err_set(s->err, ERR_INVALID,
                       "move operation failed to decode from: operation, missing from field: missing value");
    if (!find_place(s->a, *s->doc, s->from, &p))
        return missing(s, "move operation does not apply: doc is missing from path", s->from);
    if (!place_get(&p, &v, s->err) || !place_remove(&p, s->err))
        return err_wrap(s->err, "error in move for path: '%s'", p.key.p);
    if (!find_place(s->a, *s->doc, s->path, &p))
        return missing(s, "move operation does not apply: doc is missing destination path", s->path);
    return place_add(s->a, &p, v, s->err) || err_wrap(s->err, "error in move for path: '%s'", s->path);
}

static bool op_copy(const struct step *s) {
    struct place p;
    struct value *v;
    if (!s->from)
        return err_set(s->err, ERR_INVALID,
                       "copy operation failed to decode from: operation, missing from field: missing value");
    if (!find_place(s->a, *s->doc, s->from, &p))
        return missing(s, "copy operation does not apply: doc is missing from path", s->from);
    if (!place_get(&p, &v, s->err))
        return err_wrap(s->err, "error in copy for from: '%s'", s->from);
    if (!find_place(s->a, *s->doc, s->path, &p))
        return missing(s, "copy operation does not apply: doc is missing destination path", s->path);
    v = v ? value_copy(s->a, v) : value_null(s->a);
    return place_add(s->a, &p, v, s->err) || err_wrap(s->err, "error while adding value during copy");
}

static bool op_test(const struct step *s) {
    struct place p;
    struct value *v = *s->doc;
    if (*s->path) {
        if (!find_place(s->a, *s->doc, s->path, &p))
            return missing(s, "test operation does not apply: is missing path", s->path);
        if (!place_get(&p, &v, s->err))
            return err_wrap(s->err, "error in test for path: '%s'", s->path);
    }
    bool v_null = !v || v->type == VALUE_NULL, want_null = !s->value || s->value->type == VALUE_NULL;
    if (v_null || want_null ? v_null && want_null : same(v, s->value))
        return true;
    return err_set(s->err, ERR_INVALID, "testing value %s failed: test failed", s->path);
}

static const struct {
    const char *name;
    bool (*run)(const struct step *s);
} kinds[] = {
    { "add", op_add },   { "remove", op_remove }, { "replace", op_replace },
    { "move", op_move }, { "test", op_test },     { "copy", op_copy },
};

static bool apply_one(struct arena *a, struct value **doc, const struct value *op, struct err *err) {
    const char *name = value_text(value_get(op, "op"), "unknown");
    struct step s = { a,
                      doc,
                      value_text(value_get(op, "path"), NULL),
                      value_text(value_get(op, "from"), NULL),
                      value_get(op, "value"),
                      err };
    for (size_t i = 0; i < countof(kinds); i++) {
        if (!text_eq(kinds[i].name, name))
            continue;
        if (!s.path && (i == 0 || i == 1 || text_eq(name, "copy")))
            return err_set(err, ERR_INVALID, "%s operation failed to decode path: missing value", name);
        if (!s.path)
            return err_set(err, ERR_INVALID,
                           "%s operation failed to decode path: operation missing path field: missing value",
                           name);
        return kinds[i].run(&s);
    }
    return err_set(err, ERR_INVALID, "Unexpected kind: %s", name);
}

bool json_patch_apply(struct arena *a, struct value **v, const struct value *ops, struct err *err) {
    if (!value_is(ops, VALUE_LIST))
        return err_set(err, ERR_INVALID, "a JSON patch must be a list of operations");
    for (size_t i = 0; i < ops->list.n; i++)
        if (!apply_one(a, v, ops->list.items[i], err))
            return false;
    return true;
}
