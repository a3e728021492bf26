// SPDX-License-Identifier: Apache-2.0
// A namespace that is being deleted: everything in it is deleted, conditions tell what is left, then it goes itself.
#include "deploy/local/sandbox/gc_namespace.h"

#define MANAGER "kube-controller-manager"

struct gc_namespaces {
    struct sandbox *sb;
    struct map terminating; // names; the values do not matter
};

struct gc_namespaces *gc_namespaces_new(struct sandbox *sb) {
    struct gc_namespaces *g = calloc(1, sizeof *g);
    if (!g)
        abort();
    g->sb = sb;
    return g;
}

void gc_namespaces_free(struct gc_namespaces *g) {
    if (!g)
        return;
    map_done(&g->terminating);
    free(g);
}

static const struct resource *namespace_resource(const struct gc_namespaces *g) {
    return registry_find(g->sb->registry, "", "v1", "namespaces");
}

/* ---- content ---- */

struct rest { // what is left after a round
    struct buf kinds, finalizers;
    size_t n;
    struct value *by_finalizer; // finalizer -> number of objects
};

static void rest_done(struct rest *r) {
    buf_done(&r->kinds);
    buf_done(&r->finalizers);
}

static void rest_count(struct arena *a, struct rest *rest, const struct gc_namespaces *g,
                       const struct object *o) {
    const struct object *now = storage_get(g->sb->storage, o->key, o->ns, o->name);
    if (!now)
        return;
    rest->n++;
    const struct value *list = value_at(object_value(a, now), "metadata", "finalizers", NULL);
    for (size_t i = 0; i < value_len(list); i++) {
        const char *name = value_text(value_item(list, i), "");
        int64_t n = value_int_or(value_get(rest->by_finalizer, name), 0);
        value_set(a, rest->by_finalizer, name, value_int(a, n + 1));
    }
}

static void delete_one(struct gc_namespaces *g, struct arena *a, const struct resource *r,
                       const struct object *o) {
    struct delete_options options = { .propagation = "Background", .grace_s = -1 };
    struct status st = { .a = a };
    struct value *out;
    if (memmem(o->json.p, o->json.n, "\"deletionTimestamp\"", strlen("\"deletionTimestamp\"")))
        return; // already on its way
    (void)!sandbox_delete(g->sb, a, r, o->ns, o->name, &options, &out, NULL, &st);
}

static void delete_kind(struct gc_namespaces *g, struct arena *a, const char *key, const char *ns,
                        struct rest *rest) {
    const struct resource *r = registry_find_key(g->sb->registry, key);
    struct objects all = storage_list(g->sb->storage, a, key, ns, NULL);
    size_t before = rest->n;
    for (size_t i = 0; r && r->namespaced && i < all.n; i++) {
        delete_one(g, a, r, all.items[i]);
        rest_count(a, rest, g, all.items[i]);
    }
    objects_unref(&all);
    if (rest->n > before)
        buf_fmt(&rest->kinds, "%s%s%s has %zu resource instances", rest->kinds.n ? ", " : "", key,
                strchr(key, '.') ? "" : ".", rest->n - before); // the core group leaves its dot
}

/* ---- conditions ---- */

static void condition_set(struct gc_namespaces *g, struct arena *a, struct value *ns, const char *type,
                          bool status, const char *reason, const char *message) {
    struct value *holder = value_ensure(a, ns, "status", NULL), *list = value_get(holder, "conditions"),
                 *c = NULL;
    const char *text = status ? "True" : "False";
    if (!holder)
        return;
    if (!value_is(list, VALUE_LIST))
        value_set(a, holder, "conditions", list = value_list(a));
    for (size_t i = 0; i < list->list.n && !c; i++)
        if (text_eq(value_text(value_get(list->list.items[i], "type"), ""), type))
            c = list->list.items[i];
    if (!c) {
        c = value_map(a);
        value_append(a, list, c);
    }
    if (!text_eq(value_text(value_get(c, "status"), ""), text))
        value_set(a, c, "lastTransitionTime", value_string(a, sandbox_now(g->sb, a)));
    value_set(a, c, "message", value_string(a, message));
    value_set(a, c, "reason", value_string(a, reason));
    value_set(a, c, "status", value_string(a, text));
    value_set(a, c, "type", value_string(a, type));
}

static void conditions_set(struct gc_namespaces *g, struct arena *a, struct value *ns, struct rest *rest) {
    const struct value *f = rest->by_finalizer;
    for (size_t i = 0; i < f->map.n; i++)
        buf_fmt(&rest->finalizers, "%s%s in %lld resource instances", i ? ", " : "", f->map.pairs[i].key.p,
                (long long)f->map.pairs[i].value->i);
    condition_set(g, a, ns, "NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered",
                  "All resources successfully discovered");
    condition_set(g, a, ns, "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions",
                  "All legacy kube types successfully parsed");
    condition_set(g, a, ns, "NamespaceDeletionContentFailure", false, "ContentDeleted",
                  "All content successfully deleted, may be waiting on finalization");
    if (rest->n)
        condition_set(g, a, ns, "NamespaceContentRemaining", true, "SomeResourcesRemain",
                      arena_fmt(a, "Some resources are remaining: %s", rest->kinds.p));
    else
        condition_set(g, a, ns, "NamespaceContentRemaining", false, "ContentRemoved",
                      "All content successfully removed");
    if (rest->finalizers.n)
        condition_set(
            g, a, ns, "NamespaceFinalizersRemaining", true, "SomeFinalizersRemain",
            arena_fmt(a, "Some content in the namespace has finalizers remaining: %s", rest->finalizers.p));
    else
        condition_set(g, a, ns, "NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers",
                      "All content-preserving finalizers finished");
}

/* ---- one namespace ---- */

static void write_ns(struct gc_namespaces *g, struct arena *a, struct value *ns, const char *subresource) {
    struct write_options o = { .manager = MANAGER, .subresource = subresource, .internal = true };
    struct status st = { .a = a };
    struct value *out;
    const char *name = value_text(value_at(ns, "metadata", "name", NULL), "");
    value_remove(value_get(ns, "metadata"), "resourceVersion"); // the last word is ours
    (void)!sandbox_update(g->sb, a, namespace_resource(g), "", name, ns, &o, &out, &st);
}

static struct value *stored_ns(const struct gc_namespaces *g, struct arena *a, const char *name) {
    const struct object *o = storage_get(g->sb->storage, "namespaces", "", name);
    return o ? object_value(a, o) : NULL;
}

static void look(struct gc_namespaces *g, const char *name) {
    autoarena a = { 0 };
    struct value *ns = stored_ns(g, &a, name);
    if (!value_at(ns, "metadata", "deletionTimestamp", NULL)) {
        map_remove(&g->terminating, name);
        return;
    }
    name = arena_strdup(&a, name);
    map_set(&g->terminating, name, g);
    struct rest rest = { .by_finalizer = value_map(&a) };
    const char *key;
    for (size_t i = 0; (key = storage_next_key(g->sb->storage, &i));)
        delete_kind(g, &a, key, name, &rest);
    ns = stored_ns(g, &a, name);
    struct value *before = value_copy(&a, ns);
    if (ns) {
        conditions_set(g, &a, ns, &rest);
        if (!value_equal(value_get(before, "status"), value_get(ns, "status")))
            write_ns(g, &a, ns, "status");
    }
    if (ns && !rest.n) {
        ns = stored_ns(g, &a, name);
        struct value *spec = value_ensure(&a, ns, "spec", NULL), *left = value_list(&a);
        const struct value *had = value_get(spec, "finalizers");
        for (size_t i = 0; i < value_len(had); i++)
            if (!text_eq(value_text(value_item(had, i), ""), "kubernetes"))
                value_append(&a, left, value_item(had, i));
        value_set(&a, spec, "finalizers", left->list.n ? left : NULL);
        write_ns(g, &a, ns, "");
    }
    rest_done(&rest);
}

void gc_namespaces_hear(struct gc_namespaces *g, const struct change *c) {
    if (text_eq(c->now->key, "namespaces")) {
        if (c->type == CHANGE_DELETED)
            map_remove(&g->terminating, c->now->name);
        else if (memmem(c->now->json.p, c->now->json.n, "\"deletionTimestamp\"",
                        strlen("\"deletionTimestamp\"")) &&
                 !map_has(&g->terminating, c->now->name))
            look(g, c->now->name);
    } else if (*c->now->ns && map_has(&g->terminating, c->now->ns)) {
        look(g, c->now->ns);
    }
}

void gc_namespaces_start(struct gc_namespaces *g) {
    autoarena a = { 0 };
    struct objects all = storage_list(g->sb->storage, &a, "namespaces", NULL, NULL);
    for (size_t i = 0; i < all.n; i++)
        look(g, all.items[i]->name);
    objects_unref(&all);
}
