// SPDX-License-Identifier: Apache-2.0
/* Origin annotations. */
#include "common/kustomize/origin.h"
#include "common/kustomize/load.h"

struct kz_origin *kz_origin_append(struct kz *kz, const struct kz_origin *o, const char *path) {
    struct kz_origin *c = arena_new(kz->a, struct kz_origin);
    struct kz_repo repo;
    *c = *o;
    if (kz_repo_parse(kz->a, path, &repo)) {
        c->repo = repo.clone_spec;
        c->ref = repo.ref;
        c->path = "";
        const char *dir =
            kz_path_join(kz->a, "/notCloned", repo.dir); // upstream's text arithmetic, slip included
        path = strcmp(dir, "/notCloned") ? dir + strlen("/notCloned/") : "notCloned";
    }
    const char *joined = kz_path_join(kz->a, c->path && *c->path ? c->path : ".", path);
    c->path = *path == '/' && !(c->path && *c->path) ? path : joined;
    return c;
}

static void add(struct kz *kz, struct value *map, const char *key, const char *text) {
    if (!text_empty(text))
        value_set(kz->a, map, key, value_string(kz->a, text));
}

static struct value *to_value(struct kz *kz, const struct kz_origin *o) {
    struct value *map = value_map(kz->a), *by = value_map(kz->a);
    add(kz, map, "path", o->path);
    add(kz, map, "repo", o->repo);
    add(kz, map, "ref", o->ref);
    add(kz, map, "configuredIn", o->configured_in);
    add(kz, by, "apiVersion", o->by_api_version);
    add(kz, by, "kind", o->by_kind);
    add(kz, by, "name", o->by_name);
    add(kz, by, "namespace", o->by_namespace);
    if (value_len(by))
        value_set(kz->a, map, "configuredBy", by);
    return map;
}

struct str kz_origin_text(struct kz *kz, const struct kz_origin *o) {
    return kz_node_yaml(kz->a, kz_node_from_value(kz->a, to_value(kz, o)));
}

struct kz_origin *kz_origin_builtin(struct kz *kz, const struct kz_origin *o, const char *file,
                                    const char *kind) {
    struct kz_origin *c = arena_new(kz->a, struct kz_origin);
    *c = (struct kz_origin) { .repo = o->repo,
                              .ref = o->ref,
                              .configured_in = kz_path_join(kz->a, text_empty(o->path) ? "." : o->path, file),
                              .by_api_version = "builtin",
                              .by_kind = kind };
    return c;
}

// The value of one line "key: value" of an origin text that was written here.
static const char *field_of(struct kz *kz, struct str text, const char *key) {
    struct kz_node *n = NULL;
    struct err ignored = { .a = kz->a };
    if (!kz_node_read(kz->a, text, &n, &ignored))
        return "";
    return kz_node_text_at(n, key, NULL);
}

struct kz_origin *kz_origin_of_config(struct kz *kz, const struct kz_node *root) {
    const struct str *text = kz_root_annotation(root, KZ_ANNO_ORIGIN);
    if (!text)
        return NULL;
    struct kz_origin *o = arena_new(kz->a, struct kz_origin);
    *o = (struct kz_origin) { .repo = field_of(kz, *text, "repo"),
                              .ref = field_of(kz, *text, "ref"),
                              .configured_in = field_of(kz, *text, "path"),
                              .by_api_version = kz_root_api_version(root),
                              .by_kind = kz_root_kind(root),
                              .by_name = kz_root_name(root),
                              .by_namespace = kz_root_namespace(root) };
    return o;
}

static bool set_text(struct kz *kz, struct kz_res *r, const char *key, struct str text, struct err *err) {
    struct kz_pairs p = kz_root_annotations(kz->a, r->root);
    kz_pairs_set(kz->a, &p, str_of(key), text);
    return kz_root_set_annotations(kz->a, r->root, &p, err);
}

bool kz_origin_set(struct kz *kz, struct kz_res *r, const struct kz_origin *o, struct err *err) {
    return set_text(kz, r, KZ_ANNO_ORIGIN, kz_origin_text(kz, o), err);
}

bool kz_origin_record(struct kz *kz, struct kz_list *l, const struct kz_origin *o, struct err *err) {
    struct str text = kz_origin_text(kz, o);
    struct value *list = value_list(kz->a);
    value_append(kz->a, list, to_value(kz, o));
    struct str item = kz_node_yaml(kz->a, kz_node_from_value(kz->a, list));
    for (size_t i = 0; i < l->n; i++) {
        struct kz_res *r = l->items[i];
        if (!r->root)
            continue;
        if (!kz_root_annotation(r->root, KZ_ANNO_ORIGIN)) {
            if (!set_text(kz, r, KZ_ANNO_ORIGIN, text, err))
                return false;
            continue;
        }
        const struct str *old = kz_root_annotation(r->root, KZ_ANNO_TRANSFORMATIONS);
        const char *all = arena_fmt(kz->a, "%s%s", old ? old->p : "", item.p);
        if (!set_text(kz, r, KZ_ANNO_TRANSFORMATIONS, str_of(all), err))
            return false;
    }
    return true;
}
