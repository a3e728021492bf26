// SPDX-License-Identifier: Apache-2.0
/* Strategic merge: walking object and patch together; maps, scalars, replaced lists, directives. */
#include "common/kustomize/smp.h"
#include "common/kustomize/smp_list.h"

enum directive { MERGE, REPLACE, DELETE };

static bool directive_of(struct str text, enum directive *out, struct err *err) {
    static const struct {
        const char *text;
        enum directive directive;
    } words[] = { { "delete", DELETE }, { "replace", REPLACE }, { "merge", MERGE } };
    for (size_t i = 0; i < countof(words); i++) {
        if (!str_is(text, words[i].text))
            continue;
        *out = words[i].directive;
        return true;
    }
    return err_set(err, ERR_INVALID, "unknown patch strategy '%s'", text.p);
}

static bool list_directive(struct arena *a, struct kz_node *patch, enum directive *out, struct err *err) {
    static const char *const keys[] = { "$patch" };
    for (size_t i = 0; i < patch->n; i++) {
        struct kz_node *item = patch->content[i], *value = kz_node_get(item, "$patch");
        if (!value)
            continue;
        if (item->n > 2)
            return true; // it belongs to the item
        struct str text = value->value;
        return directive_of(text, out, err) && kz_list_set_element(a, patch, NULL, keys, 1, &text, 1, err);
    }
    return true;
}

/* Finds "$patch" in a map or list of the patch and takes it out. */
static bool take_directive(struct arena *a, struct kz_node *patch, enum directive *out, struct err *err) {
    *out = MERGE;
    if (!patch)
        return true;
    if (patch->kind == KZ_SEQ)
        return list_directive(a, patch, out, err);
    if (patch->kind != KZ_MAP)
        return err_set(err, ERR_INVALID, "no implemented strategic merge patch strategy for '%s' ('%s')",
                       kz_tag_name(patch, patch->tag), kz_node_yaml(a, patch).p);
    struct kz_node *value = kz_node_get(patch, "$patch");
    if (!value)
        return true;
    if (!directive_of(value->value, out, err))
        return false;
    kz_node_clear(patch, STR("$patch"));
    return true;
}

static void copy_style(struct kz_node *dest, const struct kz_node *patch) {
    if (dest && patch && dest->kind != KZ_SCALAR && !dest->n)
        dest->style = patch->style;
}

/* What the merged collection starts from: NULL = it goes away. */
static bool visit_map(struct arena *a, struct kz_node *dest, struct kz_node *patch, struct kz_node **out,
                      struct err *err) {
    enum directive d = MERGE;
    copy_style(dest, patch);
    if (kz_node_null(dest)) {
        struct err ignored = { .a = a };
        if (take_directive(a, patch, &d, &ignored) && d == DELETE)
            *out = NULL;
        else if (!patch && dest && dest->value.n) {
            *out = kz_node_scalar(a, dest->value); // a null that the user wrote stays
            (*out)->tag = KZ_TAG_NULL;
            (*out)->keep_null = true;
        } else
            *out = patch;
        return true;
    }
    *out = NULL;
    if (patch && patch->tag == KZ_TAG_NULL)
        return true;
    if (!take_directive(a, patch, &d, err))
        return false;
    *out = d == DELETE ? NULL : d == REPLACE ? patch : dest;
    return true;
}

bool kz_smp_visit_list(struct arena *a, struct kz_node *dest, struct kz_node *patch, struct kz_node **out,
                       struct err *err) {
    enum directive d = MERGE;
    copy_style(dest, patch);
    if (kz_node_null(dest)) {
        *out = patch;
        return true;
    }
    *out = NULL;
    if (patch && patch->tag == KZ_TAG_NULL)
        return true;
    if (!take_directive(a, patch, &d, err))
        return false;
    *out = d == DELETE ? NULL : d == REPLACE ? patch : dest;
    return true;
}

/* ---- maps ---- */
static int by_text(const void *x, const void *y) {
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

// Keys of both, sorted, each once.
static size_t field_names(struct arena *a, const struct kz_node *x, const struct kz_node *y,
                          struct str **out) {
    size_t n = 0, kept = 0;
    struct str *names = arena_array(a, struct str, (x ? x->n : 0) / 2 + (y ? y->n : 0) / 2 + 1);
    for (size_t i = 0; kz_node_is(x, KZ_MAP) && i + 1 < x->n; i += 2)
        names[n++] = x->content[i]->value;
    for (size_t i = 0; x != y && kz_node_is(y, KZ_MAP) && i + 1 < y->n; i += 2)
        names[n++] = y->content[i]->value;
    qsort(names, n, sizeof *names, by_text);
    for (size_t i = 0; i < n; i++)
        if (!kept || !str_eq(names[kept - 1], names[i]))
            names[kept++] = names[i];
    *out = names;
    return kept;
}

static bool walk_map(struct kz_smp *s, struct kz_schema schema, struct kz_node *dest, struct kz_node *patch,
                     unsigned depth, struct kz_node **out, struct err *err) {
    struct str *names;
    if (!visit_map(s->kz->a, dest, patch, &dest, err))
        return false;
    *out = dest;
    if (!dest)
        return true;
    size_t n = field_names(s->kz->a, dest, patch, &names);
    for (size_t i = 0; i < n; i++) {
        struct kz_node *have = kz_node_get_n(dest, names[i]), *want = kz_node_get_n(patch, names[i]),
                       *value = NULL;
        struct kz_node *have_key = kz_node_key(dest, names[i]), *want_key = kz_node_key(patch, names[i]);
        struct kz_schema field = kz_schema_field(s->kz, &schema, names[i]);
        if (!kz_smp_walk(s, field, have, want, depth + 1, &value, err))
            return false;
        uint8_t style = value && value == have   ? have_key->style
                        : value && value == want ? want_key->style
                                                 : 0;
        if (!kz_node_set(s->kz->a, dest, names[i], value, style, NULL, err))
            return false;
    }
    return true;
}

static struct kz_schema schema_here(struct kz_smp *s, struct kz_schema schema, const struct kz_node *dest,
                                    const struct kz_node *patch) {
    const struct kz_node *sources[] = { dest, patch };
    for (size_t i = 0; i < 2 && kz_schema_none(&schema); i++) {
        const char *kind = kz_node_text(kz_node_get(sources[i], "kind")).p;
        const char *version = kz_node_text(kz_node_get(sources[i], "apiVersion")).p;
        if (*kind && *version)
            schema = kz_schema_of_type(s->kz, version, kind);
    }
    return schema;
}

bool kz_smp_walk(struct kz_smp *s, struct kz_schema schema, struct kz_node *dest, struct kz_node *patch,
                 unsigned depth, struct kz_node **out, struct err *err) {
    struct arena *a = s->kz->a;
    if (depth > LIMIT_JSON_DEPTH)
        return err_set(err, ERR_LIMIT, "patch is nested deeper than %d levels", LIMIT_JSON_DEPTH);
    schema = schema_here(s, schema, dest, patch);
    enum kz_kind kind = !kz_node_null(dest) ? dest->kind : !kz_node_null(patch) ? patch->kind : KZ_ZERO;
    if (kind != KZ_ZERO && (!kz_node_expect(a, dest, kind, err) || !kz_node_expect(a, patch, kind, err)))
        return false;
    switch (kind) {
    case KZ_ZERO:
    case KZ_MAP: return walk_map(s, schema, dest, patch, depth, out, err);
    case KZ_SCALAR: *out = patch ? patch : dest; return true;
    case KZ_SEQ: break;
    case KZ_ALIAS: *out = NULL; return true;
    }
    const char *keys[KZ_SMP_KEYS];
    size_t n_keys = 0;
    if (kz_schema_merges(&schema, keys, countof(keys), &n_keys))
        return kz_smp_merge_lists(s, &schema, keys, n_keys, dest, patch, depth, out, err);
    copy_style(dest, patch);
    *out = patch ? patch : dest;
    return true;
}

bool kz_res_merge_patch(struct kz *kz, struct kz_res *r, struct kz_res *patch, struct err *err) {
    const char *name = kz_root_name(r->root), *ns = kz_root_namespace(r->root), *kind = kz_root_kind(r->root);
    bool rename = kz_root_enabled(patch->root, KZ_ANNO_ALLOW_NAME);
    bool rekind = kz_root_enabled(patch->root, KZ_ANNO_ALLOW_KIND);
    if (rename || rekind)
        kz_res_store_previous(kz, r);
    struct kz_smp s = { .kz = kz };
    struct kz_node *result = NULL;
    if (!kz_smp_walk(&s, (struct kz_schema) { 0 }, r->root, patch->root, 0, &result, err))
        return false;
    kz_res_touch(r);
    if (!result)
        r->root = NULL;
    if (kz_node_empty(r->root))
        return true;
    return (rekind || kz_root_set_text(kz->a, r->root, "kind", kind, err)) &&
           (rename || kz_root_set_name(kz->a, r->root, name, err)) &&
           kz_root_set_namespace(kz->a, r->root, ns, err) && kz_within_limits(kz, err);
}
