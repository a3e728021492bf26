// SPDX-License-Identifier: Apache-2.0
/* Field specs: merging lists of them, and the walk through an object. */
#include "common/kustomize/fieldspec.h"
#include "common/kustomize/cache.h"

static struct kz_gvk gvk_of_spec(const struct kz_spec *s) {
    return (struct kz_gvk) { .group = s->group, .version = s->version, .kind = s->kind };
}

bool kz_spec_selects(const struct kz_spec *s, const struct kz_gvk *g) {
    struct kz_gvk selector = gvk_of_spec(s);
    return kz_gvk_selected(g, &selector);
}

bool kz_specs_merge_one(struct arena *a, struct kz_specs *s, struct kz_spec x, struct err *err) {
    struct kz_gvk incoming = gvk_of_spec(&x);
    for (size_t i = 0; i < s->n; i++) {
        struct kz_gvk have = gvk_of_spec(&s->items[i]);
        if (strcmp(s->items[i].path, x.path) || !kz_gvk_selected(&have, &incoming))
            continue;
        if (s->items[i].create != x.create)
            return err_set(err, ERR_INVALID, "conflicting fieldspecs");
        return true;
    }
    s->items = arena_grow(a, s->items, &s->cap, s->n + 1, sizeof *s->items);
    s->items[s->n++] = x;
    return true;
}

bool kz_specs_merge(struct arena *a, struct kz_specs *s, const struct kz_specs *from, struct err *err) {
    for (size_t i = 0; i < from->n; i++)
        if (!kz_specs_merge_one(a, s, from->items[i], err))
            return false;
    return true;
}

void kz_specs_sort(struct arena *a, struct kz_specs *s) {
    for (size_t i = 1; i < s->n;
         i++) { // insertion: short and nearly sorted, and it keeps the order of equals
        struct kz_spec x = s->items[i];
        struct kz_gvk gvk = gvk_of_spec(&x);
        size_t j = i;
        for (; j; j--) {
            struct kz_gvk before = gvk_of_spec(&s->items[j - 1]);
            if (kz_gvk_compare(a, &gvk, &before) >= 0)
                break;
            s->items[j] = s->items[j - 1];
        }
        s->items[j] = x;
    }
}

/* ---- the walk ---- */
struct walk {
    struct kz *kz;
    const struct kz_setter *setter;
    struct kz_path path;
    bool create;
    struct err *err;
};

static bool walk(struct walk *w, struct kz_node *n, size_t at, unsigned depth);

static bool plain_name(struct str s) {
    return s.n && ((s.p[0] >= 'a' && s.p[0] <= 'z') || (s.p[0] >= 'A' && s.p[0] <= 'Z')) &&
           s.p[s.n - 1] != ' ';
}

static bool find_field(struct walk *w, struct kz_node *n, struct str name, enum kz_kind create,
                       struct kz_node **out) {
    if (plain_name(name)) {
        *out = kz_node_get_n(n, name);
        if (*out || create == KZ_ZERO)
            return true;
        return kz_node_set(w->kz->a, n, name, kz_node_new(w->kz->a, create), 0, out, w->err);
    }
    struct kz_path one = { .parts = &name, .n = 1 };
    return kz_path_get(w->kz->a, n, &one, create, out, w->err);
}

static bool walk_map(struct walk *w, struct kz_node *n, size_t at, unsigned depth) {
    struct str name = w->path.parts[at];
    bool list = str_ends(name, "[]"), last = at + 1 == w->path.n;
    if (list)
        name = arena_str(w->kz->a, str_sub(name, 0, name.n - 2));
    if (!name.n)
        return err_set(w->err, ERR_INVALID, "cannot set or create an empty field name");
    bool create = w->create && w->setter->create_kind != KZ_ZERO && !list;
    enum kz_kind kind = create ? (last ? w->setter->create_kind : KZ_MAP) : list ? KZ_SEQ : KZ_ZERO;
    enum kz_tag tag = !create ? KZ_TAG_NONE : last ? w->setter->create_tag : KZ_TAG_MAP;
    struct kz_node *field = NULL;
    if (!find_field(w, n, name, create ? kind : KZ_ZERO, &field))
        return err_wrap(w->err, "fieldName: %s", name.p);
    if (!field)
        return true;
    if (field->tag == KZ_TAG_NULL && kind != KZ_ZERO) {
        field->kind = (uint8_t)kind;
        field->tag = (uint8_t)tag;
    }
    return walk(w, field, at + 1, depth + 1);
}

static const char *path_text(struct walk *w, size_t at) {
    struct buf b = { 0 };
    for (size_t i = at; i < w->path.n; i++)
        buf_fmt(&b, "%s%s", i > at ? " " : "", w->path.parts[i].p);
    return buf_to_arena(&b, w->kz->a).p;
}

static bool walk(struct walk *w, struct kz_node *n, size_t at, unsigned depth) {
    if (at == w->path.n)
        return w->setter->set(w->setter->arg, n, w->err);
    if (kz_node_null(n))
        return true;
    if (n->kind == KZ_MAP)
        return walk_map(w, n, at, depth);
    if (n->kind != KZ_SEQ)
        return err_set(w->err, ERR_INVALID, "expected sequence or mapping node");
    for (size_t i = 0; i < n->n; i++)
        if (!walk(w, n->content[i], at, depth + 1))
            return err_wrap(w->err, "visit traversal on path: [%s]", path_text(w, at));
    return true;
}

bool kz_spec_apply(struct kz *kz, struct kz_node *root, const struct kz_spec *spec,
                   const struct kz_setter *setter, struct err *err) {
    struct kz_gvk gvk = kz_gvk_at(kz, root);
    if (!kz_spec_selects(spec, &gvk))
        return true;
    struct walk w = {
        .kz = kz, .setter = setter, .path = kz_spec_path(kz, spec->path), .create = spec->create, .err = err
    };
    if (walk(&w, root, 0, 0))
        return true;
    struct kz_id id = { .gvk = gvk, .name = kz_root_name(root), .ns = kz_root_namespace(root) };
    return err_wrap(err, "considering field '%s' of object %s", spec->path, kz_id_text(kz->a, &id));
}

bool kz_specs_apply(struct kz *kz, struct kz_node *root, const struct kz_specs *specs,
                    const struct kz_setter *setter, struct err *err) {
    for (size_t i = 0; i < specs->n; i++)
        if (!kz_spec_apply(kz, root, &specs->items[i], setter, err))
            return false;
    return true;
}
