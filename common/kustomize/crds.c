// SPDX-License-Identifier: Apache-2.0
/* `crds`: OpenAPI definitions whose extensions say which fields are names, labels or annotations. */
#include "common/kustomize/config.h"
#include <strings.h>

#define DEPTH_MAX 32 // of $ref chains

struct walk {
    struct kz *kz;
    const struct value *types;
    const char *kind;
    struct kz_config *out;
    struct err *err;
};

// encoding/json finds fields in any case.
static const struct value *get_any_case(const struct value *map, const char *key) {
    for (size_t i = 0; value_is(map, VALUE_MAP) && i < map->map.n; i++)
        if (!strcasecmp(map->map.pairs[i].key.p, key))
            return map->map.pairs[i].value;
    return NULL;
}

static const char *extension(const struct value *property, const char *name) {
    return value_text(get_any_case(property, name), NULL);
}

static bool add(struct walk *w, enum kz_spec_list list, const char *path) {
    return kz_specs_merge_one(w->kz->a, &w->out->lists[list],
                              (struct kz_spec) { "", "", w->kind, path, false }, w->err);
}

static bool add_reference(struct walk *w, const struct value *property, const char *path) {
    const char *version = extension(property, "x-kubernetes-object-ref-api-version");
    const char *kind = extension(property, "x-kubernetes-object-ref-kind");
    const char *key = extension(property, "x-kubernetes-object-ref-name-key");
    if (!version || !kind)
        return true;
    struct kz_backref *b = kz_config_backref(w->kz, w->out, "", version, kind);
    const char *at = arena_fmt(w->kz->a, "%s/%s", path, key ? key : "name");
    return kz_specs_merge_one(w->kz->a, &b->referrers, (struct kz_spec) { "", "", w->kind, at, false },
                              w->err);
}

static bool walk_type(struct walk *w, const char *type, const char *path, int depth) {
    const struct value *properties =
        value_get(get_any_case(value_get(w->types, type), "schema"), "properties");
    if (depth > DEPTH_MAX)
        return err_set(w->err, ERR_LIMIT, "definitions refer to each other deeper than %d levels", DEPTH_MAX);
    for (size_t i = 0; value_is(properties, VALUE_MAP) && i < properties->map.n; i++) {
        const struct value *property = properties->map.pairs[i].value;
        const char *at =
            arena_fmt(w->kz->a, "%s%s%s", path, *path ? "/" : "", properties->map.pairs[i].key.p);
        const char *ref = value_text(value_get(property, "$ref"), NULL);
        if ((extension(property, "x-kubernetes-annotation") && !add(w, KZ_COMMON_ANNOTATIONS, at)) ||
            (extension(property, "x-kubernetes-label-selector") && !add(w, KZ_COMMON_LABELS, at)) ||
            (extension(property, "x-kubernetes-identity") && !add(w, KZ_NAME_PREFIX, at)) ||
            !add_reference(w, property, at) || (ref && !walk_type(w, ref, at, depth + 1)))
            return false;
    }
    return true;
}

static bool load_types(struct kz *kz, const struct value *types, struct kz_config *out, struct err *err) {
    for (size_t i = 0; value_is(types, VALUE_MAP) && i < types->map.n; i++) {
        const char *name = types->map.pairs[i].key.p, *dot = strrchr(name, '.');
        const struct value *p = value_get(get_any_case(types->map.pairs[i].value, "schema"), "properties");
        struct walk w = { .kz = kz, .types = types, .kind = dot ? dot + 1 : name, .out = out, .err = err };
        if (value_get(p, "kind") && value_get(p, "apiVersion") && value_get(p, "metadata") &&
            !walk_type(&w, name, "", 0))
            return false;
    }
    return true;
}

bool kz_config_load_crds(struct kz *kz, const struct kz_loader *l, const struct kz_texts *paths,
                         const struct kz_config **out, struct err *err) {
    struct kz_config *c = arena_new(kz->a, struct kz_config);
    *out = c;
    for (size_t i = 0; i < paths->n; i++) {
        struct str text;
        struct value *types = NULL;
        if (!kz_load(kz, l, paths->items[i], &text, NULL, err))
            return false;
        if (!kz_read_data(kz, text, '{', &types, err))
            return err_wrap(err, "unable to parse open API definition from '%s'", paths->items[i]);
        if (!load_types(kz, types, c, err))
            return false;
    }
    return true;
}
