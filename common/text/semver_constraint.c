// SPDX-License-Identifier: Apache-2.0
// Version constraints. Go: github.com/Masterminds/semver/v3 constraints.go
#include "common/base/buf.h"
#include "common/text/semver.h"
#include "common/text/semver_scan.h"
#include "common/value/goquote.h"

enum { CONSTRAINT_BYTES_MAX = 512, GROUPS_MAX = 32 };

enum op { OP_EQUAL, OP_NOT_EQUAL, OP_GREATER, OP_LESS, OP_GREATER_EQUAL, OP_LESS_EQUAL, OP_TILDE, OP_CARET };

// The longest spelling first.
static const struct {
    const char *text;
    enum op op;
} ops[] = {
    { "!=", OP_NOT_EQUAL },  { ">=", OP_GREATER_EQUAL }, { "=>", OP_GREATER_EQUAL }, { "<=", OP_LESS_EQUAL },
    { "=<", OP_LESS_EQUAL }, { "~>", OP_TILDE },         { "=", OP_EQUAL },          { ">", OP_GREATER },
    { "<", OP_LESS },        { "~", OP_TILDE },          { "^", OP_CARET },          { "", OP_EQUAL },
};

struct term {
    enum op op;
    const char *op_text, *text;
    struct semver v;
    bool dirty, minor_dirty, patch_dirty; // parts that are x or missing
};

struct group {
    struct term *terms;
    size_t n, cap;
    bool has_pre;
};

struct semver_constraint {
    struct group *groups;
    size_t n;
};

// ---- parsing ----

static bool is_part(char c) {
    return (c >= '0' && c <= '9') || c == 'x' || c == 'X' || c == '*' || c == '|';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static size_t skip_blanks(struct str s, size_t i) {
    while (i < s.n && is_blank(s.p[i]))
        i++;
    return i;
}

// "A - B" becomes ">= A, <= B ".
static size_t scan_range(struct str s, size_t i, struct str *from, struct str *to) {
    struct semver_parts ignored;
    size_t at = skip_blanks(s, i), end = semver_scan(s, at, is_part, &ignored);
    *from = str_sub(s, at, end);
    size_t dash = skip_blanks(s, end);
    if (end == at || dash == end || dash >= s.n || s.p[dash] != '-')
        return i;
    at = skip_blanks(s, dash + 1);
    end = semver_scan(s, at, is_part, &ignored);
    *to = str_sub(s, at, end);
    return at == dash + 1 || end == at ? i : skip_blanks(s, end);
}

static void replace_first(struct buf *b, struct str old, struct str with) {
    ptrdiff_t at = str_find(buf_str(b), old);
    if (at < 0)
        return;
    autobuf out = { 0 };
    buf_add(&out, b->p, (size_t)at);
    buf_put_str(&out, with);
    buf_add(&out, b->p + at + old.n, b->n - (size_t)at - old.n);
    buf_clear(b);
    buf_put_str(b, buf_str(&out));
}

static struct str rewrite_ranges(struct arena *a, struct str s) {
    autobuf out = { 0 };
    buf_put_str(&out, s);
    for (size_t i = 0; i < s.n;) {
        struct str from, to;
        size_t end = scan_range(s, i, &from, &to);
        if (end == i) {
            i++;
            continue;
        }
        const char *with = arena_fmt(a, ">= %.*s, <= %.*s ", (int)from.n, from.p, (int)to.n, to.p);
        replace_first(&out, str_sub(s, i, end), str_of(with));
        i = end;
    }
    return arena_str(a, buf_str(&out));
}

static size_t scan_op(struct str s, size_t i, struct term *t) {
    for (size_t k = 0; k < countof(ops); k++)
        if (str_starts(str_sub(s, i, s.n), ops[k].text)) {
            t->op = ops[k].op;
            t->op_text = ops[k].text;
            return i + strlen(ops[k].text);
        }
    return i;
}

static bool is_x(struct str s) {
    return !s.n || str_is(s, "x") || str_is(s, "X") || str_is(s, "*");
}

static bool term_version(struct arena *a, const struct semver_parts *p, struct term *t) {
    const char *pre = p->pre.n ? arena_fmt(a, "-%.*s", (int)p->pre.n, p->pre.p) : "";
    int n0 = (int)p->number[0].n, n1 = (int)p->number[1].n, n2 = (int)p->number[2].n;
    const char *v, *n = p->number[0].p;
    if (is_x(p->number[0])) {
        t->dirty = true;
        v = arena_fmt(a, "0.0.0%s", pre);
    } else if (is_x(p->number[1])) {
        t->dirty = t->minor_dirty = true;
        v = arena_fmt(a, "%.*s.0.0%s", n0, n, pre);
    } else if (is_x(p->number[2])) {
        t->dirty = t->patch_dirty = true;
        v = arena_fmt(a, "%.*s.%.*s.0%s", n0, n, n1, p->number[1].p, pre);
    } else {
        v = arena_fmt(a, "%.*s.%.*s.%.*s%s%s%.*s", n0, n, n1, p->number[1].p, n2, p->number[2].p, pre,
                      p->metadata.n ? "+" : "", (int)p->metadata.n, p->metadata.p);
    }
    struct err inner = { .a = a };
    return semver_parse(a, v, &t->v, &inner);
}

// op, blanks, version at s[i]; 0 when it is none.
static size_t scan_term(struct arena *a, struct str s, size_t i, struct term *t, bool *out_parsed) {
    struct semver_parts parts;
    size_t at = skip_blanks(s, scan_op(s, i, t));
    size_t end = semver_scan(s, at, is_part, &parts);
    if (end == at)
        return 0;
    t->text = arena_text(a, s.p + at, end - at);
    *out_parsed = term_version(a, &parts, t);
    return end;
}

static bool improper(struct err *err, struct str s) {
    return err_set(err, ERR_INVALID, "improper constraint: %s", go_quoted(err->a, s));
}

static bool parse_group(struct arena *a, struct str s, struct group *g, struct err *err) {
    bool all_parsed = true;
    for (size_t i = skip_blanks(s, 0);;) {
        struct term t = { 0 };
        bool parsed;
        size_t end = scan_term(a, s, i, &t, &parsed);
        if (!end)
            return improper(err, s);
        all_parsed &= parsed;
        g->has_pre |= parsed && *t.v.pre;
        g->terms = arena_grow(a, g->terms, &g->cap, g->n + 1, sizeof t);
        g->terms[g->n++] = t;
        i = skip_blanks(s, end);
        if (i == s.n)
            break;
        if (s.p[i] == ',')
            i = skip_blanks(s, i + 1);
        else if (i == end)
            return improper(err, s);
    }
    return all_parsed || err_set(err, ERR_INVALID, "constraint parser error");
}

bool semver_constraint_parse(struct arena *a, const char *text, struct semver_constraint **out,
                             struct err *err) {
    struct str s = str_of(text), rest;
    if (s.n > CONSTRAINT_BYTES_MAX)
        return err_set(err, ERR_INVALID, "constraint string is too long (max %d bytes)",
                       CONSTRAINT_BYTES_MAX);
    rest = rewrite_ranges(a, s);
    struct semver_constraint *c = arena_new(a, struct semver_constraint);
    struct str parts[GROUPS_MAX + 1];
    for (size_t n = 0;; rest = str_sub(rest, n + 2, rest.n)) {
        ptrdiff_t at = str_find(rest, STR("||"));
        n = at < 0 ? rest.n : (size_t)at;
        if (c->n == GROUPS_MAX)
            return err_set(err, ERR_INVALID, "too many constraint groups (max %d)", GROUPS_MAX);
        parts[c->n++] = str_sub(rest, 0, n);
        if (at < 0)
            break;
    }
    c->groups = arena_array(a, struct group, c->n);
    for (size_t i = 0; i < c->n; i++)
        if (!parse_group(a, parts[i], &c->groups[i], err))
            return false;
    *out = c;
    return true;
}

// ---- checking ----

static bool check_tilde(const struct term *t, const struct semver *v) {
    const struct semver *c = &t->v;
    if (semver_compare(v, c) < 0)
        return false;
    if (!c->major && !c->minor && !c->patch && !t->minor_dirty && !t->patch_dirty)
        return true; // ~0.0.0 is everything
    return v->major == c->major && (v->minor == c->minor || t->minor_dirty);
}

static bool check_caret(const struct term *t, const struct semver *v) {
    const struct semver *c = &t->v;
    if (semver_compare(v, c) < 0)
        return false;
    if (c->major > 0 || t->minor_dirty)
        return v->major == c->major;
    if (v->major > 0)
        return false;
    if (c->minor > 0 || t->patch_dirty)
        return v->minor == c->minor;
    return v->minor == 0 && v->patch == c->patch;
}

static bool check_not_equal(const struct term *t, const struct semver *v) {
    const struct semver *c = &t->v;
    if (!t->dirty)
        return semver_compare(v, c) != 0;
    if (c->major != v->major || (c->minor != v->minor && !t->minor_dirty))
        return true;
    if (t->minor_dirty)
        return false;
    if (c->patch != v->patch && !t->patch_dirty)
        return true;
    if (!t->patch_dirty)
        return semver_compare(v, c) != 0;
    return (*v->pre || *c->pre) && semver_compare_pre(v->pre, c->pre) != 0;
}

static bool check_greater(const struct term *t, const struct semver *v) {
    if (!t->dirty || v->major != t->v.major)
        return t->dirty ? v->major > t->v.major : semver_compare(v, &t->v) > 0;
    if (t->minor_dirty)
        return false;
    return t->patch_dirty ? v->minor > t->v.minor : semver_compare(v, &t->v) > 0;
}

static bool check_less_equal(const struct term *t, const struct semver *v) {
    if (!t->dirty)
        return semver_compare(v, &t->v) <= 0;
    if (v->major > t->v.major)
        return false;
    return !(v->major == t->v.major && v->minor > t->v.minor && !t->minor_dirty);
}

static bool check_term(const struct term *t, const struct semver *v) {
    switch (t->op) {
    case OP_EQUAL: return t->dirty ? check_tilde(t, v) : semver_compare(v, &t->v) == 0;
    case OP_NOT_EQUAL: return check_not_equal(t, v);
    case OP_GREATER: return check_greater(t, v);
    case OP_LESS: return semver_compare(v, &t->v) < 0;
    case OP_GREATER_EQUAL: return semver_compare(v, &t->v) >= 0;
    case OP_LESS_EQUAL: return check_less_equal(t, v);
    case OP_TILDE: return check_tilde(t, v);
    case OP_CARET: return check_caret(t, v);
    }
    return false;
}

static bool check_group(const struct group *g, const struct semver *v) {
    if (*v->pre && !g->has_pre)
        return false;
    for (size_t i = 0; i < g->n; i++)
        if (!check_term(&g->terms[i], v))
            return false;
    return true;
}

bool semver_constraint_check(const struct semver_constraint *c, const struct semver *v) {
    for (size_t i = 0; i < c->n; i++)
        if (check_group(&c->groups[i], v))
            return true;
    return false;
}

char *semver_constraint_text(struct arena *a, const struct semver_constraint *c) {
    autobuf b = { 0 };
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < c->groups[i].n; k++) {
            const struct term *t = &c->groups[i].terms[k];
            buf_fmt(&b, "%s%s%s", k ? " " : i ? " || " : "", t->op_text, t->text);
        }
    return arena_text(a, b.p, b.n);
}
