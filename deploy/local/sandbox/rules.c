// SPDX-License-Identifier: Apache-2.0
// Walks paths with [*] and checks rows of rules.
#include "deploy/local/sandbox/rules.h"

#include "common/base/map.h"
#include "deploy/local/sandbox/names.h"

struct walk {
    struct arena *a;
    void (*fn)(void *arg, struct value *v, const char *at);
    void *arg;
};

static void walk_at(struct walk *w, const struct value *v, struct str path, const char *at) {
    struct str step;
    if (!path.p || !str_split(&path, '.', &step)) {
        w->fn(w->arg, (struct value *)v, at);
        return;
    }
    bool each = str_ends(step, "[*]");
    struct str key = each ? str_sub(step, 0, step.n - 3) : step;
    const char *here =
        at[0] ? arena_fmt(w->a, "%s.%.*s", at, (int)key.n, key.p) : arena_text(w->a, key.p, key.n);
    const struct value *next = value_get_n(v, key);
    bool last = !path.p;
    if (!each) {
        if (next || last)
            walk_at(w, next, path, here);
        return;
    }
    for (size_t i = 0; value_is(next, VALUE_LIST) && i < next->list.n; i++)
        walk_at(w, next->list.items[i], path, arena_fmt(w->a, "%s[%zu]", here, i));
}

void rows_each(struct arena *a, const struct value *tree, const char *path, const char *base,
               void (*fn)(void *arg, struct value *v, const char *at), void *arg) {
    struct walk w = { a, fn, arg };
    if (value_is(tree, VALUE_MAP))
        walk_at(&w, tree, str_of(path), base);
}

/* ---- checks ---- */

struct checking {
    const struct rule *rule;
    struct field_errors *fe;
    struct map seen; // CHECK_UNIQUE
};

static bool is_empty(const struct value *v) {
    if (!v || v->type == VALUE_NULL)
        return true;
    return (v->type == VALUE_STRING && !v->s.n) || (v->type == VALUE_INT && !v->i) ||
           (v->type == VALUE_LIST && !v->list.n);
}

static void one_of(struct checking *c, const struct value *v, const char *at) {
    struct str rest = str_of(c->rule->text), part;
    const char *list = "";
    while (str_split(&rest, '|', &part)) {
        if (str_is(part, value_text(v, "")))
            return;
        list = arena_fmt(c->fe->a, "%s%s\"%.*s\"", list, list[0] ? ", " : "", (int)part.n, part.p);
    }
    field_error_add(c->fe, FIELD_NOT_SUPPORTED, at, v, "supported values: %s", list);
}

static const char *name_words(struct checking *c, struct str s) {
    switch (c->rule->check) {
    case CHECK_DNS_LABEL: return name_dns_label(c->fe->a, s);
    case CHECK_DNS_SUBDOMAIN: return name_dns_subdomain(c->fe->a, s);
    case CHECK_PORT_NAME: return name_port(c->fe->a, s);
    case CHECK_ENV_NAME: return name_env(c->fe->a, s);
    default: return NULL;
    }
}

static void number_check(struct checking *c, const struct value *v, const char *at) {
    const struct rule *r = c->rule;
    int64_t n = value_int_or(v, r->lo);
    if (v->type != VALUE_INT)
        return;
    if (r->check == CHECK_RANGE && (n < r->lo || n > r->hi))
        field_error_add(c->fe, FIELD_INVALID, at, v, "must be between %lld and %lld, inclusive",
                        (long long)r->lo, (long long)r->hi);
    if (r->check == CHECK_NOT_NEGATIVE && n < 0)
        field_error_add(c->fe, FIELD_INVALID, at, v, "must be greater than or equal to 0");
    if (r->check == CHECK_POSITIVE && n <= 0)
        field_error_add(c->fe, FIELD_INVALID, at, v, "must be greater than 0");
}

static void value_check(void *arg, struct value *v, const char *at) {
    struct checking *c = arg;
    const struct rule *r = c->rule;
    if (r->check == CHECK_REQUIRED) {
        if (is_empty(v))
            field_error_add(c->fe, FIELD_REQUIRED, at, NULL, "%s", r->text ? r->text : "");
        return;
    }
    if (is_empty(v) && r->check != CHECK_POSITIVE && r->check != CHECK_RANGE)
        return;
    if (!v)
        return;
    const char *why = v->type == VALUE_STRING ? name_words(c, v->s) : NULL;
    if (why)
        field_error_add(c->fe, FIELD_INVALID, at, v, "%s", why);
    else if (r->check == CHECK_ONE_OF)
        one_of(c, v, at);
    else if (r->check == CHECK_LABELS)
        labels_validate(v, at, c->fe);
    else if (r->check == CHECK_ABSOLUTE && value_text(v, "/")[0] != '/')
        field_error_add(c->fe, FIELD_INVALID, at, v, "%s", r->text);
    else if (r->check == CHECK_UNIQUE && map_set(&c->seen, value_text(v, ""), v))
        field_error_add(c->fe, FIELD_DUPLICATE, at, v, "%s", "");
    else
        number_check(c, v, at);
}

void rows_check(const struct rule *rules, const struct value *tree, const char *base,
                struct field_errors *fe) {
    for (const struct rule *r = rules; r->path; r++) {
        struct checking c = { .rule = r, .fe = fe };
        rows_each(fe->a, tree, r->path, base, value_check, &c);
        map_done(&c.seen);
    }
}
