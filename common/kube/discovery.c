// SPDX-License-Identifier: Apache-2.0
/* Discovery, one group-version at a time.
 * Flux: controller-runtime client/apiutil (dynamic lazy REST mapper); apimachinery meta.NoKindMatchError */
#include "common/kube/discovery.h"

#include <pthread.h>

#include "common/base/map.h"
#include "common/value/json.h"

struct kube_discovery {
    struct kube_client *client;
    pthread_mutex_t lock; // guards all below; a leaf
    struct arena a;       // texts of the resources
    struct map resources; // "group/version/Kind" -> struct kube_resource
    struct map preferred; // "group" -> text "v1 v1beta1 ...", preferred first
};

struct kube_discovery *kube_discovery_new(struct kube_client *c) {
    struct kube_discovery *d = calloc(1, sizeof *d);
    if (!d)
        abort();
    d->client = kube_client_ref(c);
    pthread_mutex_init(&d->lock, NULL);
    return d;
}

void kube_discovery_free(struct kube_discovery *d) {
    if (!d)
        return;
    kube_client_unref(d->client);
    pthread_mutex_destroy(&d->lock);
    map_done(&d->resources);
    map_done(&d->preferred);
    arena_done(&d->a);
    free(d);
}

static const struct kube_resource *remembered(struct kube_discovery *d, const char *key) {
    pthread_mutex_lock(&d->lock);
    const struct kube_resource *r = map_get(&d->resources, key);
    pthread_mutex_unlock(&d->lock);
    return r;
}

static void remember(struct kube_discovery *d, const char *key, const struct kube_resource *found) {
    pthread_mutex_lock(&d->lock);
    const struct kube_resource *old = map_get(&d->resources, key);
    // An entry that was handed out stays as it is; a changed one gets a new place.
    if (!old || !text_eq(old->plural, found->plural) || old->namespaced != found->namespaced) {
        struct kube_resource *r = arena_new(&d->a, struct kube_resource);
        *r = (struct kube_resource) {
            .group = arena_strdup(&d->a, found->group),
            .version = arena_strdup(&d->a, found->version),
            .kind = arena_strdup(&d->a, found->kind),
            .plural = arena_strdup(&d->a, found->plural),
            .namespaced = found->namespaced,
        };
        map_set(&d->resources, key, r);
    }
    pthread_mutex_unlock(&d->lock);
}

static bool get_json(struct arena *a, struct kube_discovery *d, const char *path, const char *accept,
                     struct value **out, struct err *err) {
    struct str text;
    if (!kube_get_raw(a, d->client, path, accept, &text, err))
        return false;
    return json_read(a, text, out, err) || err_wrap(err, "discovery %s", path);
}

// Asks for one group-version and remembers all its kinds. A group-version that is not there is no error.
static bool fetch_version(struct arena *a, struct kube_discovery *d, const char *group, const char *version,
                          struct err *err) {
    const char *path = text_empty(group) ? arena_fmt(a, "/api/%s", url_path_escape(a, str_of(version)))
                                         : arena_fmt(a, "/apis/%s/%s", url_path_escape(a, str_of(group)),
                                                     url_path_escape(a, str_of(version)));
    struct value *list;
    if (!get_json(a, d, path, "application/json", &list, err)) {
        if (err->kind != ERR_NOT_FOUND)
            return false;
        err_clear(err);
        return true;
    }
    const struct value *resources = value_get(list, "resources");
    for (size_t i = 0; value_is(resources, VALUE_LIST) && i < value_len(resources); i++) {
        const struct value *item = value_item(resources, i);
        const char *plural = value_text(value_get(item, "name"), "");
        const char *kind = value_text(value_get(item, "kind"), "");
        if (strchr(plural, '/') || text_empty(plural) || text_empty(kind)) // subresources
            continue;
        struct kube_resource r = { .group = group,
                                   .version = version,
                                   .kind = kind,
                                   .plural = plural,
                                   .namespaced = value_bool_or(value_get(item, "namespaced"), false) };
        remember(d, arena_fmt(a, "%s/%s/%s", group, version, kind), &r);
    }
    return true;
}

// The versions of a group, preferred one first, with blanks between; "" = no such group.
static bool group_versions(struct arena *a, struct kube_discovery *d, const char *group, const char **out,
                           struct err *err) {
    if (text_empty(group)) {
        *out = "v1";
        return true;
    }
    pthread_mutex_lock(&d->lock);
    *out = arena_strdup(a, map_get(&d->preferred, group));
    pthread_mutex_unlock(&d->lock);
    if (*out)
        return true;
    *out = "";
    struct value *g;
    if (!get_json(a, d, arena_fmt(a, "/apis/%s", url_path_escape(a, str_of(group))), "application/json", &g,
                  err)) {
        if (err->kind != ERR_NOT_FOUND)
            return false;
        err_clear(err);
        return true;
    }
    const char *first = value_text_at(g, "preferredVersion", "version", NULL);
    const char *text = first ? first : "";
    const struct value *versions = value_get(g, "versions");
    for (size_t i = 0; value_is(versions, VALUE_LIST) && i < value_len(versions); i++) {
        const char *version = value_text(value_get(value_item(versions, i), "version"), "");
        if (!text_eq(version, first))
            text = arena_fmt(a, "%s%s%s", text, *text ? " " : "", version);
    }
    pthread_mutex_lock(&d->lock);
    map_set(&d->preferred, group, arena_strdup(&d->a, text));
    pthread_mutex_unlock(&d->lock);
    *out = text;
    return true;
}

static bool find_version(struct arena *a, struct kube_discovery *d, const char *group, const char *version,
                         const char *kind, const struct kube_resource **out, struct err *err) {
    const char *key = arena_fmt(a, "%s/%s/%s", group, version, kind);
    *out = remembered(d, key);
    if (*out)
        return true;
    if (!fetch_version(a, d, group, version, err))
        return false;
    *out = remembered(d, key);
    return true;
}

static bool find_preferred(struct arena *a, struct kube_discovery *d, const char *group, const char *kind,
                           const struct kube_resource **out, struct err *err) {
    const char *versions;
    if (!group_versions(a, d, group, &versions, err))
        return false;
    struct str rest = str_of(versions), version;
    *out = NULL;
    while (rest.n && !*out && str_split(&rest, ' ', &version))
        if (!find_version(a, d, group, arena_text(a, version.p, version.n), kind, out, err))
            return false;
    return true;
}

bool kube_discovery_find(struct kube_discovery *d, const char *group, const char *version, const char *kind,
                         const struct kube_resource **out, struct err *err) {
    *out = kube_core_resource(group, version, kind);
    if (*out)
        return true;
    autoarena a = { 0 };
    struct err inner = { .a = &a };
    bool ok = text_empty(version) ? find_preferred(&a, d, group, kind, out, &inner)
                                  : find_version(&a, d, group, version, kind, out, &inner);
    if (!ok)
        return err_move(err, &inner);
    if (*out)
        return true;
    if (text_empty(version))
        return err_set(err, ERR_NOT_FOUND, "no matches for kind \"%s\" in group \"%s\"", kind, group);
    return err_set(err, ERR_NOT_FOUND, "no matches for kind \"%s\" in version \"%s\"", kind,
                   api_version_join(&a, group, version));
}

bool kube_discovery_of(struct kube_discovery *d, const struct value *object, const struct kube_resource **out,
                       struct err *err) {
    autoarena a = { 0 };
    struct kube_gvk gvk = object_gvk(&a, object);
    if (text_empty(gvk.kind) || text_empty(gvk.version))
        return err_set(err, ERR_INVALID, "object has no apiVersion or kind");
    return kube_discovery_find(d, gvk.group, gvk.version, gvk.kind, out, err);
}

void kube_discovery_forget(struct kube_discovery *d, const char *group) {
    autoarena a = { 0 };
    const char *prefix = arena_fmt(&a, "%s/", group), *key;
    void *value;
    pthread_mutex_lock(&d->lock);
    map_remove(&d->preferred, group);
    for (size_t i = 0; map_next(&d->resources, &i, &key, &value);)
        if (text_starts(key, prefix))
            map_remove(&d->resources, key);
    pthread_mutex_unlock(&d->lock);
}

/* ---- everything ---- */

#define AGGREGATED                                                                                           \
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"                                  \
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

static void add_version(struct arena *a, struct value *out, const char *group, const struct value *version) {
    const char *gv = api_version_join(a, group, value_text(value_get(version, "version"), ""));
    value_append(a, out, value_string(a, gv));
    const struct value *resources = value_get(version, "resources");
    for (size_t i = 0; value_is(resources, VALUE_LIST) && i < value_len(resources); i++) {
        const char *kind = value_text_at(value_item(resources, i), "responseKind", "kind", NULL);
        if (!text_empty(kind))
            value_append(a, out, value_fmt(a, "%s/%s", gv, kind));
    }
}

// false without an error: the server does not know aggregated discovery.
static bool add_aggregated(struct arena *a, struct value *out, const struct value *list) {
    const struct value *groups = object_items(list);
    if (!text_eq(object_kind(list), "APIGroupDiscoveryList"))
        return false;
    for (size_t i = 0; i < value_len(groups); i++) {
        const struct value *group = value_item(groups, i), *versions = value_get(group, "versions");
        for (size_t j = 0; value_is(versions, VALUE_LIST) && j < value_len(versions); j++)
            add_version(a, out, object_name(group), value_item(versions, j));
    }
    return true;
}

static bool add_listed(struct arena *a, struct kube_discovery *d, struct value *out, const char *gv,
                       struct err *err) {
    struct value *list;
    if (!get_json(a, d, arena_fmt(a, strchr(gv, '/') ? "/apis/%s" : "/api/%s", gv), "application/json", &list,
                  err))
        return false;
    value_append(a, out, value_string(a, gv));
    const struct value *resources = value_get(list, "resources");
    for (size_t i = 0; value_is(resources, VALUE_LIST) && i < value_len(resources); i++) {
        const struct value *r = value_item(resources, i);
        if (!strchr(value_text(value_get(r, "name"), "/"), '/'))
            value_append(a, out, value_fmt(a, "%s/%s", gv, value_text(value_get(r, "kind"), "")));
    }
    return true;
}

static bool add_group_list(struct arena *a, struct kube_discovery *d, struct value *out,
                           const struct value *list, struct err *err) {
    const struct value *core = value_get(list, "versions"),
                       *groups = value_get(list, "groups"); // APIVersions, APIGroupList
    for (size_t i = 0; value_is(core, VALUE_LIST) && i < value_len(core); i++)
        if (!add_listed(a, d, out, value_text(value_item(core, i), ""), err))
            return false;
    for (size_t i = 0; value_is(groups, VALUE_LIST) && i < value_len(groups); i++) {
        const struct value *versions = value_get(value_item(groups, i), "versions");
        for (size_t j = 0; value_is(versions, VALUE_LIST) && j < value_len(versions); j++)
            if (!add_listed(a, d, out, value_text(value_get(value_item(versions, j), "groupVersion"), ""),
                            err))
                return false;
    }
    return true;
}

bool kube_discovery_all(struct arena *a, struct kube_discovery *d, struct value **out, struct err *err) {
    static const char *const roots[] = { "/api", "/apis" };
    struct value *all = value_list(a);
    for (size_t i = 0; i < countof(roots); i++) {
        struct value *list;
        if (!get_json(a, d, roots[i], AGGREGATED, &list, err))
            return false;
        if (!add_aggregated(a, all, list) && !add_group_list(a, d, all, list, err))
            return false;
    }
    *out = all;
    return true;
}

bool kube_server_version(struct arena *a, struct kube_client *c, struct value **out, struct err *err) {
    struct str text;
    return kube_get_raw(a, c, "/version", "application/json", &text, err) && json_read(a, text, out, err);
}
