// SPDX-License-Identifier: Apache-2.0
/* Caches of one build. An entry is found by its text; when its slot is taken by another one, that one is forgotten. */
#include "common/kustomize/cache.h"
#include "common/base/map.h"
#include "common/kustomize/res.h"

#define SLOTS 256

struct path_slot {
    const char *text;
    struct kz_path path;
};
struct version_slot {
    const char *text, *group, *version;
};
struct kz_cache {
    struct path_slot paths[SLOTS];
    struct version_slot versions[SLOTS];
};

static struct kz_cache *cache_of(struct kz *kz) {
    if (!kz->cache)
        kz->cache = arena_new(kz->a, struct kz_cache);
    return kz->cache;
}

static size_t slot_of(const char *text) {
    return hash_bytes(text, strlen(text)) % SLOTS;
}

struct kz_path kz_spec_path(struct kz *kz, const char *path) {
    struct path_slot *s = &cache_of(kz)->paths[slot_of(path)];
    if (!s->text || strcmp(s->text, path)) {
        s->text = arena_strdup(kz->a, path);
        s->path = kz_path_split(kz->a, str_of(path), '/');
    }
    return s->path;
}

struct kz_gvk kz_gvk_at(struct kz *kz, const struct kz_node *root) {
    const char *text = kz_root_api_version(root);
    struct version_slot *s = &cache_of(kz)->versions[slot_of(text)];
    if (!s->text || strcmp(s->text, text)) {
        s->text = arena_strdup(kz->a, text);
        struct kz_gvk g = kz_gvk_of(kz->a, s->text, "");
        s->group = g.group;
        s->version = g.version;
    }
    return (struct kz_gvk) { .group = s->group, .version = s->version, .kind = kz_root_kind(root) };
}
