// SPDX-License-Identifier: Apache-2.0
/* ValueAddTransformer: a value written to fields, maybe into the middle of a file path. Upstream: api/filters/valueadd */
#include "common/kustomize/load.h"
#include "common/kustomize/path.h"
#include "common/kustomize/xform.h"

// Inserts `part` into a slash path before its at-th piece; a leading slash stays in front.
static const char *insert_part(struct kz *kz, const char *path, size_t at, const char *part) {
    struct arena *a = kz->a;
    bool absolute = *path == '/';
    const char *pieces[256];
    size_t n = 0;
    struct str rest = str_of(path + absolute), item;
    while (*path && n < countof(pieces) && str_split(&rest, '/', &item))
        if (item.n)
            pieces[n++] = arena_text(a, item.p, item.n);
    const char *out = absolute ? "/" : "";
    if (at > n)
        at = n;
    for (size_t i = 0; i <= n; i++) {
        if (i == at)
            out = kz_path_join(a, *out ? out : ".", part);
        if (i < n)
            out = kz_path_join(a, *out ? out : ".", pieces[i]);
    }
    return out;
}

static bool add_value(struct kz *kz, const struct kz_value_conf *c, const struct kz_value_target *t,
                      struct kz_node *root, struct err *err) {
    struct kz_path path = kz_path_split(kz->a, str_of(t->field_path), '/');
    struct kz_node *n = NULL;
    const char *text = c->value;
    if (!kz_path_get(kz->a, root, &path, KZ_SCALAR, &n, err) || !kz_node_expect(kz->a, n, KZ_SCALAR, err))
        return false;
    if (!n)
        return true;
    if (t->position > 0)
        text = insert_part(kz, n->value.p, (size_t)t->position - 1, text);
    return kz_node_set_scalar(kz->a, n, kz_node_scalar(kz->a, str_of(text)), err);
}

static bool set_namespace(struct kz *kz, const char *ns, struct kz_res *r, struct err *err) {
    // the filter alone: no history, no check for conflicts
    struct kz_namespace_conf conf = { .ns = ns, .subjects = "defaultOnly" };
    return kz_namespace_filter(kz, &conf, r->root, err);
}

bool kz_run_value_add(struct kz *kz, const void *conf, struct kz_list *l, struct err *err) {
    const struct kz_value_conf *c = conf;
    const struct kz_value_target *t = c->targets.items;
    for (size_t i = 0; i < c->targets.n; i++) {
        struct kz_list selected = { 0 };
        if (t[i].selector && !kz_select(kz, l, t[i].selector, &selected, err))
            return false;
        const struct kz_list *on = t[i].selector ? &selected : l;
        bool ns = !strcmp(t[i].field_path, "metadata/namespace");
        for (size_t j = 0; j < on->n; j++) {
            if (ns ? !set_namespace(kz, c->value, on->items[j], err)
                   : !add_value(kz, c, &t[i], on->items[j]->root, err))
                return false;
            kz_res_touch(on->items[j]);
        }
    }
    kz_list_touch(l);
    return true;
}
