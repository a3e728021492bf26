// SPDX-License-Identifier: Apache-2.0
/* Vars: collecting them from all layers, resolving them at the end. */
#include "common/kustomize/vars.h"
#include "common/kustomize/path.h"
#include "common/value/number.h"
#include "common/value/utf8.h"

/* ---- collecting ---- */
static void fill_in(struct kz *kz, struct kz_var *v) {
    if (!*v->fieldref.field_path)
        v->fieldref.field_path = "metadata.name";
    const char *slash = strchr(v->objref.api_version, '/');
    if (!*v->objref.api_version || (slash && strchr(slash + 1, '/')))
        return;
    if (slash)
        v->objref.group = arena_text(kz->a, v->objref.api_version, (size_t)(slash - v->objref.api_version));
    v->objref.version = slash ? slash + 1 : v->objref.api_version;
}

static const char *var_text(struct kz *kz, const struct kz_var *v) {
    struct kz_gvk g = { v->objref.group, v->objref.version, v->objref.kind, false };
    return arena_fmt(kz->a, "{%s %s {%s}}", v->name, kz_gvk_text(kz->a, &g), v->fieldref.field_path);
}

const char *kz_vars_dump(struct kz *kz, const struct kz_items *vars) {
    struct buf b = { 0 };
    const struct kz_var *v = vars->items;
    for (size_t i = 0; i < vars->n; i++)
        buf_fmt(&b, "%s%s", i ? " " : "[", var_text(kz, &v[i]));
    buf_puts(&b, vars->n ? "]" : "[]");
    return buf_to_arena(&b, kz->a).p;
}

static bool add_var(struct kz *kz, struct kz_vars *vars, struct kz_var v, struct err *err) {
    for (size_t i = 0; i < vars->n; i++)
        if (!strcmp(vars->items[i].name, v.name))
            return err_set(err, ERR_INVALID, "var '%s' already encountered", v.name);
    fill_in(kz, &v);
    vars->items = arena_grow(kz->a, vars->items, &vars->cap, vars->n + 1, sizeof *vars->items);
    vars->items[vars->n++] = v;
    return true;
}

bool kz_vars_merge(struct kz *kz, struct kz_vars *vars, const struct kz_vars *from, struct err *err) {
    for (size_t i = 0; i < from->n; i++)
        if (!add_var(kz, vars, from->items[i], err))
            return false;
    return true;
}

static bool id_fits(const struct kz_id *id, const struct kz_id *want) {
    return *want->ns ? kz_id_equal(want, id) : kz_id_gvkn_equal(want, id);
}

static bool any_id_fits(struct kz *kz, struct kz_res *r, const struct kz_id *want) {
    size_t n;
    if (kz_node_empty(r->root))
        return false;
    if (id_fits(kz_res_cur(kz, r), want))
        return true;
    const struct kz_id *prev = kz_res_prev(kz, r, &n);
    for (size_t i = 0; i < n; i++)
        if (id_fits(&prev[i], want))
            return true;
    return false;
}

static bool mark_source(struct kz *kz, struct kz_list *l, struct kz_var v, struct err *err) {
    const char *text = var_text(kz, &v);
    fill_in(kz, &v);
    struct kz_id want = { .gvk = { v.objref.group, v.objref.version, v.objref.kind, false },
                          .name = v.objref.name,
                          .ns = v.objref.ns };
    struct kz_res *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (!any_id_fits(kz, l->items[i], &want))
            continue;
        found = l->items[i];
        n++;
    }
    if (n > 1)
        return err_set(err, ERR_INVALID, "found %zu resId matches for var %s (unable to disambiguate)", n,
                       text);
    if (!n)
        return true;
    found->var_names =
        arena_grow(kz->a, found->var_names, &found->cap_vars, found->n_vars + 1, sizeof(char *));
    found->var_names[found->n_vars++] = v.name;
    return true;
}

bool kz_vars_collect(struct kz *kz, struct kz_vars *vars, struct kz_list *l, const struct kz_items *incoming,
                     struct err *err) {
    const struct kz_var *v = incoming->items;
    for (size_t i = 0; i < incoming->n; i++)
        if (!mark_source(kz, l, v[i], err))
            return false;
    for (size_t i = 0; i < incoming->n; i++)
        if (!add_var(kz, vars, v[i], err))
            return false;
    return true;
}

/* ---- values ---- */
struct bound {
    const char *name;
    struct str text; // as it stands in the middle of other text
    enum kz_tag tag; // KZ_TAG_MAP: not a primitive, left alone
    bool used;
};

struct resolver {
    struct kz *kz;
    struct bound *vars;
    size_t n;
};

// "ports[0]" is "ports", "0".
static struct kz_path split_slices(struct arena *a, struct kz_path p) {
    struct kz_path out = { .parts = arena_array(a, struct str, p.n * 2 + 1) };
    for (size_t i = 0; i < p.n; i++) {
        struct str s = p.parts[i];
        ptrdiff_t open = str_rchr(s, '[');
        bool digits = str_ends(s, "]") && open >= 0 && (size_t)open + 2 < s.n;
        for (size_t j = (size_t)open + 1; digits && j + 1 < s.n; j++)
            digits = s.p[j] >= '0' && s.p[j] <= '9';
        if (!digits) {
            out.parts[out.n++] = s;
            continue;
        }
        if (open)
            out.parts[out.n++] = arena_str(a, str_sub(s, 0, (size_t)open));
        out.parts[out.n++] = arena_str(a, str_sub(s, (size_t)open + 1, s.n - 1));
    }
    return out;
}

static bool bind_scalar(struct kz *kz, const struct kz_node *n, struct bound *b) {
    int64_t i;
    double f;
    char text[NUMBER_TEXT + 1];
    static const char *const yes[] = { "1", "t", "T", "true", "TRUE", "True" };
    static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };
    b->text = n->value;
    b->tag = KZ_TAG_STR;
    switch ((enum kz_tag)n->tag) {
    case KZ_TAG_INT:
        if (!str_to_i64(n->value.p[0] == '+' ? str_sub(n->value, 1, n->value.n) : n->value, &i))
            return false;
        b->text = str_of(arena_fmt(kz->a, "%lld", (long long)i));
        b->tag = KZ_TAG_INT;
        return true;
    case KZ_TAG_FLOAT:
        if (!number_to_double(n->value, &f))
            return false;
        b->text = str_of(arena_text(kz->a, text, number_fmt_v(f, text)));
        b->tag = KZ_TAG_FLOAT;
        return true;
    case KZ_TAG_BOOL:
        for (size_t j = 0; j < countof(yes); j++) {
            if (!str_is(n->value, yes[j]) && !str_is(n->value, no[j]))
                continue;
            b->text = str_is(n->value, yes[j]) ? STR("true") : STR("false");
            b->tag = KZ_TAG_BOOL;
            return true;
        }
        return false;
    default: return true;
    }
}

static bool bind(struct kz *kz, const struct kz_var *v, struct kz_list *l, struct bound *b, struct err *err) {
    b->name = v->name;
    for (size_t i = 0; i < l->n; i++)
        for (size_t j = 0; j < l->items[i]->n_vars; j++) {
            if (strcmp(l->items[i]->var_names[j], v->name))
                continue;
            struct kz_path path =
                split_slices(kz->a, kz_path_split_brackets(kz->a, str_of(v->fieldref.field_path), '.'));
            struct kz_node *n = NULL;
            struct err why = { .a = kz->a };
            bool ok = kz_path_get(kz->a, l->items[i]->root, &path, KZ_ZERO, &n, &why) && n;
            if (ok && n->kind != KZ_SCALAR)
                b->tag = KZ_TAG_MAP;
            else if (!ok || !bind_scalar(kz, n, b))
                return err_set(err, ERR_INVALID,
                               "field specified in var '%s' not found in corresponding resource",
                               var_text(kz, v));
            return true;
        }
    return err_set(err, ERR_INVALID, "var '%s' cannot be mapped to a field in the set of known resources",
                   var_text(kz, v));
}

/* ---- expansion ---- */
static struct bound *lookup(struct resolver *r, struct str name) {
    for (size_t i = 0; i < r->n; i++)
        if (str_is(name, r->vars[i].name))
            return &r->vars[i];
    return NULL;
}

// One "$..." at s (without the dollar). Appends what it stands for; *whole: the bound var when it is all of the text.
static size_t expand_one(struct resolver *r, struct str s, bool whole_text, struct buf *out,
                         struct bound **whole) {
    if (s.p[0] == '$') {
        buf_putc(out, '$');
        return 1;
    }
    ptrdiff_t close = s.p[0] == '(' ? str_chr(s, ')') : -1;
    if (close < 0) {
        buf_fmt(out, "$%c", s.p[0]);
        return 1;
    }
    struct str name = str_sub(s, 1, (size_t)close);
    struct bound *b = lookup(r, name);
    if (b && b->tag != KZ_TAG_MAP) {
        b->used = true;
        buf_put_str(out, b->text);
        if (whole_text && (size_t)close + 1 == s.n)
            *whole = b;
    } else
        buf_fmt(out, "$(%.*s)", (int)name.n, name.p);
    return (size_t)close + 1;
}

static void expand(struct resolver *r, struct kz_node *n) {
    struct buf out = { 0 };
    struct str s = n->value;
    struct bound *whole = NULL;
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '$' || i + 1 >= s.n)
            continue;
        buf_add(&out, s.p + from, i - from);
        i += expand_one(r, str_sub(s, i + 1, s.n), i == 0, &out, &whole);
        from = i + 1;
    }
    buf_add(&out, s.p + (from < s.n ? from : s.n), from < s.n ? s.n - from : 0);
    struct str text = buf_to_arena(&out, r->kz->a);
    n->tag = whole ? (uint8_t)whole->tag : KZ_TAG_STR;
    n->value = utf8_valid(text) ? text : kz_base64_lines(r->kz->a, text);
    n->style = 0;
}

static bool expand_node(void *arg, struct kz_node *n, struct err *err) {
    struct resolver *r = arg;
    if (kz_node_null(n))
        return true;
    if (n->kind == KZ_SCALAR && kz_node_stringy(n))
        expand(r, n);
    for (size_t i = 0; n->kind == KZ_MAP && i + 1 < n->n; i += 2) {
        if (!kz_node_stringy(n->content[i]))
            return err_set(err, ERR_INVALID, "invalid map key: value='%s', tag='%s'", n->content[i]->value.p,
                           kz_tag_name(n->content[i], n->content[i]->tag));
        if (kz_node_stringy(n->content[i + 1]))
            expand(r, n->content[i + 1]);
    }
    for (size_t i = 0; n->kind == KZ_SEQ && i < n->n; i++) {
        if (!kz_node_stringy(n->content[i]))
            return err_set(err, ERR_INVALID, "invalid value type expect a string");
        expand(r, n->content[i]);
    }
    return true;
}

static int by_name(const void *x, const void *y) {
    return strcmp(((const struct kz_var *)x)->name, ((const struct kz_var *)y)->name);
}

static void warn_unused(struct kz *kz, const struct resolver *r) {
    struct buf b = { 0 };
    for (size_t i = 0; i < r->n; i++)
        if (!r->vars[i].used)
            buf_fmt(&b, "%s%s", b.n ? "," : "", r->vars[i].name);
    if (b.n)
        kz_warn(kz, arena_fmt(kz->a, "well-defined vars that were never replaced: %s", b.p));
    buf_done(&b);
}

bool kz_vars_resolve(struct kz *kz, const struct kz_vars *vars, const struct kz_specs *places,
                     struct kz_list *l, struct err *err) {
    struct resolver r = { .kz = kz, .n = vars->n, .vars = arena_array(kz->a, struct bound, vars->n + 1) };
    struct kz_setter setter = { .set = expand_node, .arg = &r };
    if (!vars->n)
        return true;
    qsort(vars->items, vars->n, sizeof *vars->items, by_name);
    for (size_t i = 0; i < vars->n; i++)
        if (!bind(kz, &vars->items[i], l, &r.vars[i], err))
            return false;
    for (size_t i = 0; i < l->n; i++) {
        if (!kz_specs_apply(kz, l->items[i]->root, places, &setter, err))
            return false;
        kz_res_touch(l->items[i]);
    }
    kz_list_touch(l);
    warn_unused(kz, &r);
    return true;
}
