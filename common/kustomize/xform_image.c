// SPDX-License-Identifier: Apache-2.0
/* Transformers of images and replica counts. */
#include "common/kustomize/xform.h"
#include "common/text/regex.h"

/* ---- images ---- */
struct image_setter {
    struct kz *kz;
    const struct kz_image *image;
    struct regex *match;
};

struct image_parts {
    struct str name, tag, digest;
};

static struct image_parts split_image(struct str s) {
    ptrdiff_t slash = str_chr(s, '/');
    size_t from = slash > 0 ? (size_t)slash : 0; // a registry's port is no tag
    struct str search = str_sub(s, from, s.n);
    ptrdiff_t at = str_chr(search, '@'), colon = str_chr(search, ':');
    struct image_parts p = { .name = s };
    size_t tag_at = from + (size_t)colon, digest_at = from + (size_t)at;
    if (at < 0 && colon < 0)
        return p;
    if (at >= 0) {
        p.digest = str_sub(s, digest_at + 1, s.n);
        p.name = str_sub(s, 0, digest_at);
    }
    if (colon >= 0 && (at < 0 || colon < at)) {
        p.name = str_sub(s, 0, tag_at);
        p.tag = str_sub(s, tag_at + 1, at < 0 ? s.n : digest_at);
    }
    return p;
}

static bool set_image(void *arg, struct kz_node *n, struct err *err) {
    struct image_setter *s = arg;
    const struct kz_image *i = s->image;
    struct arena *a = s->kz->a;
    if (!kz_node_expect(a, n, KZ_SCALAR, err))
        return false;
    if (!regex_match(s->match, n->value))
        return true;
    struct image_parts p = split_image(n->value);
    if (*i->new_name)
        p.name = str_of(i->new_name);
    if (*i->new_tag || *i->digest) {
        p.tag = str_of(i->new_tag);
        p.digest = str_of(i->digest);
    } else if (*i->tag_suffix) {
        p.tag = str_of(arena_fmt(a, "%.*s%s", (int)p.tag.n, p.tag.n ? p.tag.p : "", i->tag_suffix));
        p.digest = STR("");
    }
    struct buf b = { 0 };
    buf_put_str(&b, p.name);
    if (p.tag.n)
        buf_fmt(&b, ":%.*s", (int)p.tag.n, p.tag.p);
    if (p.digest.n)
        buf_fmt(&b, "@%.*s", (int)p.digest.n, p.digest.p);
    return kz_node_set_scalar(a, n, kz_node_scalar(a, buf_to_arena(&b, a)), err);
}

static bool set_in_list(struct image_setter *s, struct kz_node *list, struct err *err) {
    for (size_t i = 0; kz_node_is(list, KZ_SEQ) && i < list->n; i++) {
        struct kz_node *item = list->content[i];
        if (!kz_node_expect(s->kz->a, item, KZ_MAP, err))
            return false;
        struct kz_node *image = kz_node_null(item) ? NULL : kz_node_get(item, "image");
        if (image && !set_image(s, image, err))
            return false;
    }
    return true;
}

// Lists called containers or initContainers, wherever they are.
static bool walk_containers(struct image_setter *s, struct kz_node *n, struct err *err) {
    for (size_t i = 0; n->kind == KZ_SEQ && i < n->n; i++)
        if (!walk_containers(s, n->content[i], err))
            return false;
    for (size_t i = 0; n->kind == KZ_MAP && i + 1 < n->n; i += 2) {
        struct str key = n->content[i]->value;
        struct kz_node *value = n->content[i + 1];
        if (!walk_containers(s, value, err))
            return false;
        if ((str_is(key, "containers") || str_is(key, "initContainers")) && !set_in_list(s, value, err))
            return false;
    }
    return true;
}

bool kz_run_image(struct kz *kz, const void *conf, struct kz_list *l, struct err *err) {
    const struct kz_image_conf *c = conf;
    struct image_setter s = { .kz = kz, .image = &c->image };
    struct kz_setter setter = { .set = set_image, .arg = &s };
    const char *pattern =
        arena_fmt(kz->a, "^%s(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$", c->image.name);
    if (!regex_compile(kz->a, pattern, &s.match, err))
        return err_wrap(err, "image name '%s'", c->image.name);
    for (int pass = 0; pass < 2; pass++) // a container's image is met in both
        for (size_t i = 0; i < l->n; i++) {
            struct kz_res *r = l->items[i];
            if (!strcmp(kz_root_kind(r->root), "CustomResourceDefinition") || !r->root)
                continue;
            if (pass ? !kz_specs_apply(kz, r->root, &c->specs, &setter, err)
                     : !walk_containers(&s, r->root, err))
                return false;
            kz_res_touch(r);
        }
    return true;
}

/* ---- replicas ---- */
static bool set_count(void *arg, struct kz_node *n, struct err *err) {
    const struct kz_replica_conf *c = ((void **)arg)[1];
    struct kz *kz = ((void **)arg)[0];
    struct kz_node *v = kz_node_scalar(kz->a, str_of(arena_fmt(kz->a, "%lld", (long long)c->replica.count)));
    v->tag = KZ_TAG_INT;
    return kz_node_set_scalar(kz->a, n, v, err);
}

static bool id_fits(const struct kz_id *id, const struct kz_replica_conf *c, const struct kz_spec *spec) {
    return !strcmp(id->name, c->replica.name) && kz_spec_selects(spec, &id->gvk);
}

static bool any_id_fits(struct kz *kz, struct kz_res *r, const struct kz_replica_conf *c,
                        const struct kz_spec *spec) {
    size_t n;
    if (kz_node_empty(r->root))
        return false;
    if (id_fits(kz_res_cur(kz, r), c, spec))
        return true;
    const struct kz_id *prev = kz_res_prev(kz, r, &n);
    for (size_t i = 0; i < n; i++)
        if (id_fits(&prev[i], c, spec))
            return true;
    return false;
}

bool kz_run_replica(struct kz *kz, const void *conf, struct kz_list *l, struct err *err) {
    const struct kz_replica_conf *c = conf;
    void *arg[] = { kz, (void *)(uintptr_t)c };
    struct kz_setter setter = {
        .set = set_count, .arg = arg, .create_kind = KZ_SCALAR, .create_tag = KZ_TAG_INT
    };
    bool found = false;
    for (size_t i = 0; i < c->specs.n; i++)
        for (size_t j = 0; j < l->n; j++) {
            if (!any_id_fits(kz, l->items[j], c, &c->specs.items[i]))
                continue;
            found = true;
            if (!kz_spec_apply(kz, l->items[j]->root, &c->specs.items[i], &setter, err))
                return false;
            kz_res_touch(l->items[j]);
        }
    if (found)
        return true;
    struct buf b = { 0 };
    for (size_t i = 0; i < c->specs.n; i++) {
        const struct kz_spec *s = &c->specs.items[i];
        struct kz_gvk g = { s->group, s->version, s->kind, false };
        buf_fmt(&b, "%s%s", i ? " " : "", kz_gvk_text(kz->a, &g));
    }
    return err_set(err, ERR_INVALID,
                   "resource with name %s does not match a config with the following GVK [%s]",
                   c->replica.name, buf_to_arena(&b, kz->a).p);
}
