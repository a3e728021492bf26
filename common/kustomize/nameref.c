// SPDX-License-Identifier: Apache-2.0
/* Name references: fields that hold the old name of an object get its new one. Upstream walks all objects for each
 * reference; here an index from old names to objects makes it one look-up, with the same sieves behind it.
 * Upstream: api/filters/nameref, api/internal/accumulator/namereferencetransformer.go, api/resmap/reswrangler.go */
#include "common/base/map.h"
#include "common/kustomize/xform.h"
#include "common/value/goquote.h"
#include "common/value/yaml.h"

struct named { // objects that once had this name
    const char *name;
    struct kz_res **items;
    size_t n, cap;
};

struct refs {
    struct kz *kz;
    struct kz_list *l;
    struct named *slots;
    size_t n_slots;
    // the reference at hand
    struct kz_res *referrer;
    struct kz_texts account_spaces; // namespaces of a RoleBinding's accounts
    struct kz_gvk target;
    const char *path;
    bool compare_namespaces; // candidates are only alike when their namespaces are, too
};

/* ---- the index ---- */
static struct named *slot_of(struct refs *f, const char *name) {
    size_t i = hash_bytes(name, strlen(name)) & (f->n_slots - 1);
    while (f->slots[i].name && strcmp(f->slots[i].name, name))
        i = (i + 1) & (f->n_slots - 1);
    return &f->slots[i];
}

static void index_names(struct refs *f) {
    size_t total = 0, n;
    for (size_t i = 0; i < f->l->n; i++) {
        kz_res_prev(f->kz, f->l->items[i], &n);
        total += n;
    }
    for (f->n_slots = 16; f->n_slots < total * 2 + 2;)
        f->n_slots *= 2;
    f->slots = arena_array(f->kz->a, struct named, f->n_slots);
    for (size_t i = 0; i < f->l->n; i++) {
        struct kz_res *r = f->l->items[i];
        const struct kz_id *prev = kz_res_prev(f->kz, r, &n);
        for (size_t j = 0; j < n; j++) {
            struct named *s = slot_of(f, prev[j].name);
            s->name = prev[j].name;
            if (s->n && s->items[s->n - 1] == r)
                continue;
            s->items = arena_grow(f->kz->a, s->items, &s->cap, s->n + 1, sizeof(struct kz_res *));
            s->items[s->n++] = r;
        }
    }
}

/* ---- who may refer to whom ---- */
static bool has_text(const struct kz_texts *t, const char *text) {
    return kz_texts_have(t, text);
}

static bool within_reach(struct refs *f, struct kz_res *r) {
    const struct kz_id *from = kz_res_cur(f->kz, f->referrer), *to = kz_res_cur(f->kz, r);
    return from->gvk.cluster || to->gvk.cluster || kz_id_ns_equal(to, from) ||
           has_text(&f->account_spaces, to->ns);
}

// Namespaces of the ServiceAccounts that a RoleBinding names.
static bool find_accounts(struct refs *f, struct err *err) {
    const struct kz_node *root = f->referrer->root, *subjects = kz_node_get(root, "subjects");
    f->account_spaces = (struct kz_texts) { 0 };
    if (strcmp(kz_root_kind(root), "RoleBinding") || !kz_node_is(subjects, KZ_SEQ) ||
        kz_res_cur(f->kz, f->referrer)->gvk.cluster)
        return true;
    f->account_spaces.items = arena_array(f->kz->a, const char *, subjects->n + 1);
    for (size_t i = 0; i < subjects->n; i++) {
        const struct kz_node *ns = kz_node_get(subjects->content[i], "namespace");
        if (!ns || !str_is(kz_node_text(kz_node_get(subjects->content[i], "kind")), "ServiceAccount"))
            continue;
        struct value *v = NULL;
        if (ns->kind != KZ_SCALAR || !kz_node_to_value(f->kz->a, ns, &v, err) || !value_is(v, VALUE_STRING)) {
            err_clear(err);
            return err_set(err, ERR_INVALID, "Invalid Input: namespace is blank for resource %s\n",
                           go_quoted(f->kz->a, str_of(kz_id_text(f->kz->a, kz_res_cur(f->kz, f->referrer)))));
        }
        f->account_spaces.items[f->account_spaces.n++] = ns->value.p;
    }
    return true;
}

/* ---- sieves ---- */
struct candidates {
    struct kz_res **items;
    size_t n;
};

static bool prev_selected(struct kz *kz, struct kz_res *r, const struct kz_gvk *g) {
    size_t n;
    const struct kz_id *prev = kz_res_prev(kz, r, &n);
    for (size_t i = 0; i < n; i++)
        if (kz_gvk_selected(&prev[i].gvk, g))
            return true;
    return false;
}

// The type that roleRef itself names, when the field is one.
static bool role_ref(const struct refs *f, struct kz_gvk *out) {
    const struct kz_node *ref = kz_node_get(f->referrer->root, "roleRef");
    const struct kz_node *group = kz_node_get(ref, "apiGroup"), *kind = kz_node_get(ref, "kind");
    if (!text_ends(f->path, "roleRef/name") || !group || !kind)
        return false;
    *out = (struct kz_gvk) { .group = group->value.p, .version = "", .kind = kind->value.p };
    return true;
}

static bool same_namespace(struct refs *f, struct kz_res *r) {
    const struct kz_id *from = kz_res_cur(f->kz, f->referrer), *to = kz_res_cur(f->kz, r);
    return from->gvk.cluster || to->gvk.cluster || !strcmp(to->gvk.kind, "ServiceAccount") ||
           kz_id_ns_equal(from, to);
}

static struct kz_texts csv(struct arena *a, const struct kz_res *r, const char *key) {
    struct kz_texts t = { 0 };
    const struct str *text = kz_root_annotation(r->root, key);
    struct str rest, item;
    if (!text)
        return t;
    t.items = arena_array(a, const char *, text->n + 2);
    rest = *text;
    while (str_split(&rest, ',', &item))
        t.items[t.n++] = arena_text(a, item.p, item.n);
    return t;
}

static bool same_ending(const struct kz_texts *x, const struct kz_texts *y) {
    if (!x->n || !y->n)
        return x->n == y->n;
    for (size_t i = 1; i <= x->n && i <= y->n; i++)
        if (strcmp(x->items[x->n - i], y->items[y->n - i]))
            return false;
    return true;
}

static bool affix_fits(struct refs *f, struct kz_res *r, const char *key, bool allow_empty) {
    struct kz_texts mine = csv(f->kz->a, r, key), theirs = csv(f->kz->a, f->referrer, key);
    return (allow_empty && (!mine.n || !theirs.n)) || same_ending(&mine, &theirs);
}

static struct candidates sieve_affixes(struct refs *f, struct candidates c, bool allow_empty) {
    struct candidates out = { arena_array(f->kz->a, struct kz_res *, c.n + 1), 0 };
    for (size_t i = 0; i < c.n; i++)
        if (affix_fits(f, c.items[i], KZ_ANNO_PREFIXES, allow_empty) &&
            affix_fits(f, c.items[i], KZ_ANNO_SUFFIXES, allow_empty))
            out.items[out.n++] = c.items[i];
    return out;
}

static bool all_same(const struct candidates *c, bool namespaces) {
    for (size_t i = 1; i < c->n; i++)
        if (strcmp(kz_root_name(c->items[0]->root), kz_root_name(c->items[i]->root)) ||
            (namespaces &&
             strcmp(kz_root_namespace(c->items[0]->root), kz_root_namespace(c->items[i]->root))))
            return false;
    return true;
}

static const char *root_yaml(struct kz *kz, const struct kz_node *root) {
    struct value *v = NULL;
    struct err err = { .a = kz->a };
    struct buf b = { 0 };
    if (kz_node_to_value(kz->a, root, &v, &err))
        yaml_write(&b, v, YAML_WRITE_SIGS);
    return buf_to_arena(&b, kz->a).p;
}

static bool ambiguous(struct refs *f, const struct candidates *c, struct err *err) {
    struct buf ids = { 0 }, details = { 0 };
    buf_fmt(&details, "\n**** Too many possible referral targets to referrer:\n%s\n",
            root_yaml(f->kz, f->referrer->root));
    for (size_t i = 0; i < c->n; i++) {
        buf_fmt(&ids, "%s%s", i ? ", " : "", kz_id_text(f->kz->a, kz_res_cur(f->kz, c->items[i])));
        buf_fmt(&details, "--- possible referral %zu:\n%s\n", i, root_yaml(f->kz, c->items[i]->root));
    }
    err_set(err, ERR_INVALID, "found multiple possible referrals: %s\n%s", ids.p, details.p);
    buf_done(&ids);
    buf_done(&details);
    return false;
}

/* ---- the choice ---- */
enum ns_filter { NS_ANY, NS_ORIGINAL, NS_CURRENT };

static bool ns_fits(struct refs *f, struct kz_res *r, enum ns_filter by, const char *ns) {
    if (by == NS_ANY)
        return true;
    const struct kz_id *id = by == NS_ORIGINAL ? kz_res_org(f->kz, r) : kz_res_cur(f->kz, r);
    return !strcmp(kz_id_effective_ns(id), ns);
}

// *out NULL: nothing to do.
static bool choose(struct refs *f, const char *old_name, enum ns_filter by, const char *ns,
                   struct kz_res **out, struct err *err) {
    const struct named *s = slot_of(f, old_name);
    struct candidates c = { arena_array(f->kz->a, struct kz_res *, s->n + 1), 0 };
    struct kz_gvk role;
    bool is_role = role_ref(f, &role);
    *out = NULL;
    for (size_t i = 0; i < s->n; i++) {
        struct kz_res *r = s->items[i];
        if (within_reach(f, r) && ns_fits(f, r, by, ns) && prev_selected(f->kz, r, &f->target) &&
            (!is_role || prev_selected(f->kz, r, &role)) && same_namespace(f, r))
            c.items[c.n++] = r;
    }
    if (c.n > 1)
        c = sieve_affixes(f, c, true);
    if (c.n > 1)
        c = sieve_affixes(f, c, false);
    if (!c.n)
        return true;
    if (c.n > 1 && !all_same(&c, f->compare_namespaces))
        return ambiguous(f, &c, err);
    *out = c.items[0];
    return true;
}

/* ---- writing ---- */
static bool set_scalar(struct refs *f, struct kz_node *n, struct err *err) {
    struct kz_res *r = NULL;
    if (!choose(f, n->value.p, NS_ANY, NULL, &r, err))
        return false;
    if (!r || !strcmp(kz_root_name(r->root), n->value.p))
        return true;
    return kz_node_set_scalar(f->kz->a, n, kz_node_scalar(f->kz->a, str_of(kz_root_name(r->root))), err);
}

static enum ns_filter ns_filter_for(struct refs *f, const char *ns) {
    for (size_t i = 0; i < f->l->n; i++)
        if (within_reach(f, f->l->items[i]) && strcmp(ns, "_non_namespaceable_") &&
            !strcmp(kz_id_effective_ns(kz_res_org(f->kz, f->l->items[i])), ns))
            return NS_ORIGINAL;
    return NS_CURRENT;
}

static bool set_mapping(struct refs *f, struct kz_node *n, struct err *err) {
    struct kz_node *name = kz_node_get(n, "name"), *ns = kz_node_get(n, "namespace");
    struct kz_res *r = NULL;
    if (!name)
        return err_set(err, ERR_INVALID, "path config error; no 'name' field in node");
    enum ns_filter by = ns ? ns_filter_for(f, ns->value.p) : NS_ANY;
    struct refs strict = *f;
    strict.compare_namespaces = true;
    if (!choose(&strict, name->value.p, by, ns ? ns->value.p : NULL, &r, err))
        return false;
    if (!r)
        return true;
    const char *new_name = kz_root_name(r->root), *new_ns = kz_root_namespace(r->root);
    if (!*new_ns && !strcmp(new_name, name->value.p))
        return true;
    return kz_node_set(f->kz->a, n, STR("name"), kz_node_scalar(f->kz->a, str_of(new_name)), 0, NULL, err) &&
           (!*new_ns || kz_node_set(f->kz->a, n, STR("namespace"), kz_node_scalar(f->kz->a, str_of(new_ns)),
                                    0, NULL, err));
}

static bool set_one(struct refs *f, struct kz_node *n, struct err *err) {
    if (kz_node_null(n))
        return true;
    if (n->kind == KZ_SCALAR)
        return set_scalar(f, n, err);
    if (n->kind == KZ_MAP)
        return set_mapping(f, n, err);
    return err_set(err, ERR_INVALID, "node must be a scalar, sequence or map");
}

static bool set_reference(void *arg, struct kz_node *n, struct err *err) {
    struct refs *f = arg;
    if (!kz_node_is(n, KZ_SEQ) || n->tag == KZ_TAG_NULL)
        return set_one(f, n, err);
    for (size_t i = 0; i < n->n; i++)
        if (!set_one(f, n->content[i], err))
            return false;
    return true;
}

static bool fix_referrer(struct refs *f, const struct kz_config *c, const struct kz_gvk *original,
                         struct err *err) {
    struct kz_setter setter = { .set = set_reference, .arg = f };
    const struct kz_node *version = kz_node_get(f->referrer->root, "apiVersion");
    const struct kz_id *id = kz_res_cur(f->kz, f->referrer);
    for (size_t i = 0; i < c->n_backrefs; i++) {
        const struct kz_backref *b = &c->backrefs[i];
        f->target = (struct kz_gvk) { b->group, b->version, b->kind, false };
        for (size_t j = 0; j < b->referrers.n; j++) {
            struct kz_spec spec = b->referrers.items[j];
            if (!kz_spec_selects(&spec, original))
                continue;
            if (version && kz_node_null(version) &&
                version->value.n) // upstream's two ways of reading it disagree
                return err_set(err, ERR_INVALID, "node-referrerOriginal 'APIVersion' mismatch '' != '%s'",
                               version->value.p);
            f->path = spec.path;
            spec.group = id->gvk.group;
            spec.version = id->gvk.version;
            spec.kind = id->gvk.kind;
            if (!kz_spec_apply(f->kz, f->referrer->root, &spec, &setter, err))
                return err_wrap(err, "updating name reference in '%s' field of '%s'", spec.path,
                                kz_id_text(f->kz->a, id));
        }
    }
    return true;
}

bool kz_fix_references(struct kz *kz, const struct kz_config *c, struct kz_list *l, struct err *err) {
    struct refs f = { .kz = kz, .l = l };
    index_names(&f);
    struct kz_gvk *originals = arena_array(kz->a, struct kz_gvk, l->n + 1);
    for (size_t i = 0; i < l->n; i++)
        originals[i] = kz_res_org(kz, l->items[i])->gvk;
    for (size_t i = 0; i < l->n; i++) {
        f.referrer = l->items[i];
        if (!find_accounts(&f, err) || !fix_referrer(&f, c, &originals[i], err))
            return false;
        kz_res_touch(l->items[i]);
    }
    kz_list_touch(l);
    return true;
}
