// SPDX-License-Identifier: Apache-2.0
/* Paths: splitting, looking up one node, matching all. */
#include "common/kustomize/path.h"
#include "common/text/regex.h"

static void add_part(struct arena *a, struct kz_path *p, struct str part) {
    p->parts = arena_grow(a, p->parts, &p->cap, p->n + 1, sizeof *p->parts);
    p->parts[p->n++] = part;
}

struct kz_path kz_path_split(struct arena *a, struct str text, char delimiter) {
    struct kz_path p = { 0 };
    struct str rest = text, part;
    bool first = true;
    if (!text.n)
        add_part(a, &p, STR(""));
    while (text.n && str_split(&rest, delimiter, &part)) {
        struct str *last = p.n ? &p.parts[p.n - 1] : NULL;
        if (first && !part.n && rest.p) {
            first = false; // a leading delimiter
            continue;
        }
        first = false;
        if (last && str_ends(*last, "\\"))
            *last =
                str_of(arena_fmt(a, "%.*s%c%.*s", (int)last->n - 1, last->p, delimiter, (int)part.n, part.p));
        else
            add_part(a, &p, arena_str(a, part));
    }
    return p;
}

static struct str trim_brackets(struct str s) {
    while (s.n && (s.p[0] == '[' || s.p[0] == ']'))
        s = str_sub(s, 1, s.n);
    while (s.n && (s.p[s.n - 1] == '[' || s.p[s.n - 1] == ']'))
        s.n--;
    return s;
}

struct kz_path kz_path_split_brackets(struct arena *a, struct str text, char delimiter) {
    struct kz_path split = kz_path_split(a, text, delimiter), out = { 0 };
    for (size_t i = 0; i < split.n; i++) {
        struct str part = split.parts[i];
        if (!str_starts(part, "[") || str_ends(part, "]")) {
            add_part(a, &out, part);
            continue;
        }
        const char *joined = part.p;
        while (i + 1 < split.n) {
            joined = arena_fmt(a, "%s%c%s", joined, delimiter, split.parts[++i].p);
            if (str_ends(split.parts[i], "]"))
                break;
        }
        struct str whole = str_of(joined);
        add_part(a, &out, strchr(joined, '=') ? whole : arena_str(a, trim_brackets(whole)));
    }
    return out;
}

/* ---- kinds of parts ---- */
static bool is_number(struct str s, int64_t *out) {
    if (s.n && s.p[0] == '+')
        s = str_sub(s, 1, s.n);
    return str_to_i64(s, out);
}

static bool is_index(struct str s) {
    return str_starts(s, "[") && str_ends(s, "]");
}

static enum kz_kind part_kind(const struct kz_path *p, size_t next, enum kz_kind last) {
    int64_t i;
    if (next >= p->n || !p->parts[next].n)
        return last;
    return is_index(p->parts[next]) || (is_number(p->parts[next], &i) && i >= 0) ? KZ_SEQ : KZ_MAP;
}

static bool split_index(struct arena *a, struct str part, struct str *name, struct str *value,
                        struct err *err) {
    struct str s = str_sub(part, 1, part.n);
    if (str_ends(s, "]"))
        s.n--;
    ptrdiff_t at = str_chr(s, '=');
    if (at < 0)
        return err_set(err, ERR_INVALID,
                       "list path element must contain fieldName=fieldValue for element to match");
    *name = arena_str(a, str_sub(s, 0, (size_t)at));
    *value = arena_str(a, str_sub(s, (size_t)at + 1, s.n));
    return true;
}

static struct kz_node *new_element(struct arena *a, struct str name, struct str value) {
    struct kz_node *text = kz_node_scalar(a, value);
    if (!name.n)
        return text;
    struct kz_node *map = kz_node_new(a, KZ_MAP);
    kz_node_append_pair(a, map, kz_node_scalar(a, name), text);
    return map;
}

/* ---- one node ---- */
static bool get_field(struct arena *a, struct kz_node *n, struct str name, enum kz_kind create,
                      struct kz_node **out, struct err *err) {
    *out = NULL;
    if (kz_node_null(n))
        return true;
    if (!kz_node_expect(a, n, KZ_MAP, err))
        return false;
    *out = kz_node_get_n(n, name);
    if (*out || create == KZ_ZERO)
        return true;
    return kz_node_set(a, n, name, kz_node_new(a, create), 0, out, err);
}

static bool get_item(struct arena *a, struct kz_node *n, int64_t index, struct kz_node **out,
                     struct err *err) {
    *out = NULL;
    if (!kz_node_expect(a, n, KZ_SEQ, err))
        return false;
    if (index < 0 && !(n && n->n))
        return err_set(err, ERR_INVALID, "list is empty");
    if (index < 0)
        *out = n->content[n->n - 1];
    else if (n && n->kind == KZ_SEQ && (size_t)index < n->n)
        *out = n->content[index];
    return true;
}

static bool get_element(struct arena *a, struct kz_node *n, struct str part, bool create,
                        struct kz_node **out, struct err *err) {
    struct str name, value;
    *out = NULL;
    if (!split_index(a, part, &name, &value, err) || !kz_node_expect(a, n, KZ_SEQ, err))
        return false;
    for (size_t i = 0; kz_node_is(n, KZ_SEQ) && i < n->n && !*out; i++) {
        struct kz_node *item = n->content[i];
        const struct kz_node *v = name.n ? kz_node_get_n(item, name) : item;
        if (v && str_eq(v->value, value))
            *out = item;
    }
    if (*out || !create || !n)
        return true;
    *out = new_element(a, name, value);
    kz_node_append(a, n, *out);
    return true;
}

bool kz_path_get(struct arena *a, struct kz_node *root, const struct kz_path *path, enum kz_kind create,
                 struct kz_node **out, struct err *err) {
    struct kz_path clean = { 0 };
    for (size_t i = 0; i < path->n; i++)
        if (str_trim(path->parts[i]).n)
            add_part(a, &clean, arena_str(a, str_trim(path->parts[i])));
    struct kz_node *n = root;
    for (size_t i = 0; i < clean.n && n; i++) {
        struct str part = clean.parts[i];
        int64_t index;
        bool ok;
        if (is_number(part, &index)) {
            if (index < 0)
                return err_set(err, ERR_INVALID, "array index %lld cannot be negative", (long long)index);
            ok = get_item(a, n, index, &n, err);
        } else if (str_is(part, "-"))
            ok = get_item(a, n, -1, &n, err);
        else if (str_is(part, "*"))
            return err_set(err, ERR_INVALID, "wildcard is not supported in PathGetter");
        else if (is_index(part))
            ok = get_element(a, n, part, create != KZ_ZERO, &n, err);
        else
            ok = get_field(a, n, part, create ? part_kind(&clean, i + 1, create) : KZ_ZERO, &n, err);
        if (!ok)
            return false;
    }
    *out = n;
    return true;
}

/* ---- all nodes ---- */
struct match {
    struct arena *a;
    const struct kz_path *path;
    enum kz_kind create;
    struct kz_node *found; // a list
    struct err *err;
};

static bool match_from(struct match *m, struct kz_node *n, size_t at);

static bool match_items(struct match *m, struct kz_node *n, size_t at) {
    if (!kz_node_expect(m->a, n, KZ_SEQ, m->err))
        return false;
    for (size_t i = 0; kz_node_is(n, KZ_SEQ) && i < n->n; i++)
        if (!match_from(m, n->content[i], at + 1))
            return false;
    return true;
}

static bool match_number(struct match *m, struct kz_node *n, size_t at, size_t index) {
    if (!kz_node_expect(m->a, n, KZ_SEQ, m->err))
        return false;
    size_t have = kz_node_is(n, KZ_SEQ) ? n->n : 0;
    if (have == index && m->create && n) {
        kz_node_append(m->a, n, kz_node_new(m->a, part_kind(m->path, at + 1, m->create)));
        have++;
    }
    if (have < index + 1)
        return err_set(m->err, ERR_INVALID, "index %zu specified but only %zu elements found", index, have);
    return match_from(m, n->content[index], at + 1);
}

static bool match_elements(struct match *m, struct kz_node *n, size_t at, struct str name,
                           const struct regex *re) {
    for (size_t i = 0; kz_node_is(n, KZ_SEQ) && i < n->n; i++) {
        struct kz_node *item = n->content[i], *v = name.n ? kz_node_get_n(item, name) : item;
        if (!v || !regex_match(re, str_trim(kz_node_yaml(m->a, v))))
            continue;
        if (!name.n)
            kz_node_append(m->a, m->found, item); // the rest of the path is not looked at
        else if (!match_from(m, item, at + 1))
            return false;
    }
    return true;
}

static bool match_regex(struct match *m, struct kz_node *n, size_t at) {
    struct str name, pattern;
    struct regex *re = NULL;
    if (!split_index(m->a, m->path->parts[at], &name, &pattern, m->err) ||
        !kz_node_expect(m->a, n, KZ_SEQ, m->err) || !regex_compile(m->a, pattern.p, &re, m->err))
        return false;
    size_t before = m->found->n;
    if (!match_elements(m, n, at, name, re))
        return false;
    if (m->found->n > before || !m->create || !n)
        return true;
    kz_node_append(m->a, n, new_element(m->a, name, pattern));
    return match_elements(m, n, at, name, re);
}

static bool match_field(struct match *m, struct kz_node *n, size_t at) {
    struct kz_node *field = NULL;
    struct str name = m->path->parts[at];
    if (!get_field(m->a, n, name, m->create ? part_kind(m->path, at + 1, m->create) : KZ_ZERO, &field,
                   m->err))
        return false;
    if (!field)
        return true;
    if (field->kind == KZ_SCALAR && at + 1 < m->path->n) { // text that holds YAML or JSON
        struct kz_node *inner = NULL;
        if (!kz_node_read(m->a, field->value, &inner, m->err))
            return false;
        return !inner || match_from(m, inner, at + 1);
    }
    return match_from(m, field, at + 1);
}

static bool match_from(struct match *m, struct kz_node *n, size_t at) {
    int64_t index;
    if (at == m->path->n) {
        kz_node_append(m->a, m->found, n);
        return true;
    }
    struct str part = m->path->parts[at];
    if (is_number(part, &index) && index >= 0)
        return match_number(m, n, at, (size_t)index);
    if (is_index(part))
        return match_regex(m, n, at);
    if (str_is(part, "*"))
        return match_items(m, n, at);
    return match_field(m, n, at);
}

bool kz_path_match(struct arena *a, struct kz_node *root, const struct kz_path *path, enum kz_kind create,
                   struct kz_node **out, struct err *err) {
    struct match m = { .a = a, .path = path, .create = create, .found = kz_node_new(a, KZ_SEQ), .err = err };
    if (!match_from(&m, root, 0))
        return false;
    *out = m.found->n ? m.found : NULL;
    return true;
}
