// SPDX-License-Identifier: Apache-2.0
// Garbage collection by owner references.
#include "deploy/local/sandbox/gc.h"

#include "deploy/local/sandbox/gc_namespace.h"

#define MANAGER "kube-controller-manager"

struct dependent {
    const char *key; // interned by the storage
    char *ns, *name, *uid;
    bool blocks; // the reference has blockOwnerDeletion
};

struct owner {
    struct dependent *items;
    size_t n, cap;
};

struct gc {
    struct sandbox *sb;
    struct map owners; // uid -> struct owner
    struct gc_namespaces *namespaces;
};

/* ---- the index ---- */

static char *own(const char *text) {
    char *out = strdup(text);
    if (!out)
        abort();
    return out;
}

static void dependent_done(struct dependent *d) {
    free(d->ns);
    free(d->name);
    free(d->uid);
}

static const char *text_in(const struct value *map, const char *key) {
    return value_text(value_get(map, key), "");
}

static void index_add(struct gc *g, const struct object *o, const struct value *ref) {
    const char *uid = text_in(ref, "uid");
    struct owner *owner = map_get(&g->owners, uid);
    if (!owner) {
        owner = calloc(1, sizeof *owner);
        if (!owner)
            abort();
        map_set(&g->owners, uid, owner);
    }
    if (owner->n == owner->cap) {
        owner->cap = owner->cap ? owner->cap * 2 : 4;
        owner->items = reallocarray(owner->items, owner->cap, sizeof *owner->items);
        if (!owner->items)
            abort();
    }
    owner->items[owner->n++] = (struct dependent) {
        .key = o->key,
        .ns = own(o->ns),
        .name = own(o->name),
        .uid = own(o->uid),
        .blocks = value_bool_or(value_get(ref, "blockOwnerDeletion"), false),
    };
}

static void index_remove(struct gc *g, const struct object *o, const struct value *ref) {
    const char *uid = text_in(ref, "uid");
    struct owner *owner = map_get(&g->owners, uid);
    for (size_t i = 0; owner && i < owner->n; i++) {
        if (!text_eq(owner->items[i].uid, o->uid))
            continue;
        dependent_done(&owner->items[i]);
        owner->items[i--] = owner->items[--owner->n];
    }
    if (owner && !owner->n) {
        map_remove(&g->owners, uid);
        free(owner->items);
        free(owner);
    }
}

static bool mentions(const struct object *o, const char *word) {
    return o && memmem(o->json.p, o->json.n, word, strlen(word));
}

// From the storage, at once: what controllers write in one batch is known to the next look.
static void index_change(void *arg, const struct change *c) {
    struct gc *g = arg;
    autoarena a = { 0 };
    if (mentions(c->prev, "\"ownerReferences\"")) {
        const struct value *refs = value_at(object_value(&a, c->prev), "metadata", "ownerReferences", NULL);
        for (size_t i = 0; i < value_len(refs); i++)
            index_remove(g, c->prev, value_item(refs, i));
    }
    if (c->type == CHANGE_DELETED || !mentions(c->now, "\"ownerReferences\""))
        return;
    const struct value *refs = value_at(object_value(&a, c->now), "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < value_len(refs); i++)
        index_add(g, c->now, value_item(refs, i));
}

// A copy in `a`, for what is written meanwhile changes the index.
static struct owner dependents_of(const struct gc *g, struct arena *a, const char *uid) {
    const struct owner *owner = map_get(&g->owners, uid);
    struct owner out = { 0 };
    out.items = arena_array(a, struct dependent, owner ? owner->n : 0);
    for (size_t i = 0; owner && i < owner->n; i++)
        out.items[out.n++] = (struct dependent) { .key = owner->items[i].key,
                                                  .ns = arena_strdup(a, owner->items[i].ns),
                                                  .name = arena_strdup(a, owner->items[i].name),
                                                  .uid = arena_strdup(a, owner->items[i].uid),
                                                  .blocks = owner->items[i].blocks };
    return out;
}

struct gc_refs gc_dependents(const struct gc *g, struct arena *a, const char *uid, const char *key) {
    struct owner all = dependents_of(g, a, uid);
    struct gc_refs out = { .items = arena_array(a, struct gc_ref, all.n) };
    for (size_t i = 0; i < all.n; i++)
        if (text_eq(all.items[i].key, key))
            out.items[out.n++] = (struct gc_ref) { all.items[i].ns, all.items[i].name, all.items[i].uid };
    return out;
}

/* ---- looking at objects ---- */

// NULL: not there any more, or another object of that name.
static struct value *stored(const struct gc *g, struct arena *a, const char *key, const char *ns,
                            const char *name, const char *uid) {
    const struct object *o = storage_get(g->sb->storage, key, ns, name);
    return o && text_eq(o->uid, uid) ? object_value(a, o) : NULL;
}

static bool has_finalizer(const struct value *object, const char *text) {
    const struct value *list = value_at(object, "metadata", "finalizers", NULL);
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_item(list, i), ""), text))
            return true;
    return false;
}

static bool is_deleting(const struct value *object) {
    return value_at(object, "metadata", "deletionTimestamp", NULL);
}

enum standing { OWNER_SOLID, OWNER_GONE, OWNER_WAITS, OWNER_UNKNOWN };

// What the owner of a reference is to an object in namespace ns.
static enum standing standing_of(const struct gc *g, struct arena *a, const char *ns,
                                 const struct value *ref) {
    const struct resource *r =
        registry_find_api(g->sb->registry, text_in(ref, "apiVersion"), text_in(ref, "kind"));
    if (!r || (r->namespaced && !*ns))
        return OWNER_UNKNOWN; // its kind is not served at present: nothing can be said
    const struct value *owner =
        stored(g, a, r->key, r->namespaced ? ns : "", text_in(ref, "name"), text_in(ref, "uid"));
    if (!owner)
        return OWNER_GONE;
    return is_deleting(owner) && has_finalizer(owner, "foregroundDeletion") ? OWNER_WAITS : OWNER_SOLID;
}

/* ---- writes; a conflict means that a newer change is on its way here ---- */

static void update(struct gc *g, struct arena *a, const struct resource *r, struct value *object) {
    struct write_options o = { .manager = MANAGER, .subresource = "", .internal = true };
    struct status st = { .a = a };
    struct value *out;
    (void)!sandbox_update(g->sb, a, r, value_text(value_at(object, "metadata", "namespace", NULL), ""),
                          value_text(value_at(object, "metadata", "name", NULL), ""), object, &o, &out, &st);
}

static void remove_finalizer(struct gc *g, struct arena *a, const struct resource *r, struct value *object,
                             const char *text) {
    struct value *list = value_at(object, "metadata", "finalizers", NULL);
    for (size_t i = value_len(list); i-- > 0;)
        if (text_eq(value_text(value_item(list, i), ""), text))
            value_remove_item(list, i);
    if (!value_len(list))
        value_remove(value_get(object, "metadata"), "finalizers");
    update(g, a, r, object);
}

static void drop_references(struct value *object, const struct value *keep) {
    struct value *metadata = value_get(object, "metadata"), *refs = value_get(metadata, "ownerReferences");
    for (size_t i = value_len(refs); i-- > 0;)
        if (!value_bool_or(value_item(keep, i), true))
            value_remove_item(refs, i);
    if (!value_len(refs))
        value_remove(metadata, "ownerReferences");
}

/* ---- one dependent: does anything keep it? ---- */

static const char *policy_of(const struct value *object) {
    if (has_finalizer(object, "orphan"))
        return "Orphan";
    return has_finalizer(object, "foregroundDeletion") ? "Foreground" : "Background";
}

static void consider(struct gc *g, const char *key, const char *ns, const char *name, const char *uid) {
    autoarena a = { 0 };
    const struct resource *r = registry_find_key(g->sb->registry, key);
    struct value *object = stored(g, &a, key, ns, name, uid);
    if (!r || !object || is_deleting(object))
        return;
    const struct value *refs = value_at(object, "metadata", "ownerReferences", NULL);
    struct value *keep = value_list(&a); // per reference: does it stay
    size_t count[4] = { 0 };
    for (size_t i = 0; i < value_len(refs); i++) {
        enum standing s = standing_of(g, &a, ns, value_item(refs, i));
        count[s]++;
        value_append(&a, keep, value_bool(&a, s == OWNER_SOLID || s == OWNER_UNKNOWN));
    }
    size_t lost = count[OWNER_GONE] + count[OWNER_WAITS];
    if (!lost)
        return;
    if (count[OWNER_SOLID] || count[OWNER_UNKNOWN]) {
        drop_references(object, keep);
        update(g, &a, r, object);
        return;
    }
    bool waited_for = count[OWNER_WAITS] && map_get(&g->owners, uid); // and it has dependents itself
    struct delete_options o = { .propagation = waited_for ? "Foreground" : policy_of(object),
                                .grace_s = -1,
                                .uid = uid };
    struct status st = { .a = &a };
    struct value *out;
    (void)!sandbox_delete(g->sb, &a, r, ns, name, &o, &out, NULL, &st);
}

static void consider_dependents(struct gc *g, const char *uid) {
    autoarena a = { 0 };
    struct owner all = dependents_of(g, &a, uid);
    for (size_t i = 0; i < all.n; i++)
        consider(g, all.items[i].key, all.items[i].ns, all.items[i].name, all.items[i].uid);
}

/* ---- one owner that is being deleted ---- */

static void orphan_dependents(struct gc *g, struct arena *a, const char *uid) {
    struct owner all = dependents_of(g, a, uid);
    for (size_t i = 0; i < all.n; i++) {
        const struct dependent *d = &all.items[i];
        const struct resource *r = registry_find_key(g->sb->registry, d->key);
        struct value *object = stored(g, a, d->key, d->ns, d->name, d->uid);
        if (!r || !object)
            continue;
        const struct value *refs = value_at(object, "metadata", "ownerReferences", NULL);
        struct value *keep = value_list(a);
        for (size_t k = 0; k < value_len(refs); k++)
            value_append(a, keep, value_bool(a, !text_eq(text_in(value_item(refs, k), "uid"), uid)));
        drop_references(object, keep);
        update(g, a, r, object);
    }
}

static bool is_blocked(const struct gc *g, const char *uid) {
    const struct owner *owner = map_get(&g->owners, uid);
    for (size_t i = 0; owner && i < owner->n; i++)
        if (owner->items[i].blocks)
            return true;
    return false;
}

static void finalize(struct gc *g, const struct object *o) {
    autoarena a = { 0 };
    const struct resource *r = registry_find_key(g->sb->registry, o->key);
    struct value *object = stored(g, &a, o->key, o->ns, o->name, o->uid);
    if (!r || !object || !is_deleting(object))
        return;
    const char *uid = arena_strdup(&a, o->uid);
    if (has_finalizer(object, "orphan")) {
        orphan_dependents(g, &a, uid);
        object = stored(g, &a, o->key, o->ns, o->name, uid);
        if (object)
            remove_finalizer(g, &a, r, object, "orphan");
    } else if (has_finalizer(object, "foregroundDeletion")) {
        if (is_blocked(g, uid))
            consider_dependents(g, uid);
        else
            remove_finalizer(g, &a, r, object, "foregroundDeletion");
    }
}

// Owners of this object may wait for it to go.
static void release_owners(struct gc *g, const struct object *o) {
    autoarena a = { 0 };
    const struct value *refs = value_at(object_value(&a, o), "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < value_len(refs); i++) {
        const struct value *ref = value_item(refs, i);
        const struct resource *r =
            registry_find_api(g->sb->registry, text_in(ref, "apiVersion"), text_in(ref, "kind"));
        const struct object *owner =
            r ? storage_get(g->sb->storage, r->key, r->namespaced ? o->ns : "", text_in(ref, "name")) : NULL;
        if (!owner || !text_eq(owner->uid, text_in(ref, "uid")))
            continue;
        struct object *held = object_ref(owner);
        finalize(g, held);
        object_unref(held);
    }
}

/* ---- the controller ---- */

static void hear(void *arg, struct sandbox *sb, const struct change *c) {
    struct gc *g = arg;
    (void)sb;
    if (c->type == CHANGE_DELETED) {
        consider_dependents(g, c->now->uid);
        if (mentions(c->now, "\"ownerReferences\""))
            release_owners(g, c->now);
    } else {
        if (mentions(c->now, "\"ownerReferences\""))
            consider(g, c->now->key, c->now->ns, c->now->name, c->now->uid);
        if (mentions(c->now, "\"deletionTimestamp\"")) {
            if (mentions(c->now, "\"foregroundDeletion\""))
                consider_dependents(g, c->now->uid);
            finalize(g, c->now);
        }
    }
    gc_namespaces_hear(g->namespaces, c);
}

struct gc *gc_new(struct sandbox *sb) {
    struct gc *g = calloc(1, sizeof *g);
    if (!g)
        abort();
    g->sb = sb;
    g->namespaces = gc_namespaces_new(sb);
    storage_observe(sb->storage, index_change, g);
    sandbox_controller_add(sb, hear, g);
    return g;
}

static void index_clear(struct gc *g) {
    const char *uid;
    void *value;
    for (size_t i = 0; map_next(&g->owners, &i, &uid, &value);) {
        struct owner *owner = value;
        for (size_t k = 0; k < owner->n; k++)
            dependent_done(&owner->items[k]);
        free(owner->items);
        free(owner);
    }
    map_done(&g->owners);
    g->owners = (struct map) { 0 };
}

void gc_free(struct gc *g) {
    if (!g)
        return;
    index_clear(g);
    gc_namespaces_free(g->namespaces);
    free(g);
}

// What was loaded may not have been told as changes: the index is made anew, then each object is looked at.
void gc_start(struct gc *g) {
    autoarena a = { 0 };
    const char *key;
    index_clear(g);
    for (size_t i = 0; (key = storage_next_key(g->sb->storage, &i));) {
        struct objects all = storage_list(g->sb->storage, &a, key, NULL, NULL);
        for (size_t k = 0; k < all.n; k++)
            index_change(g, &(struct change) { .type = CHANGE_ADDED, .now = all.items[k] });
        objects_unref(&all);
    }
    for (size_t i = 0; (key = storage_next_key(g->sb->storage, &i));) {
        struct objects all = storage_list(g->sb->storage, &a, key, NULL, NULL);
        for (size_t k = 0; k < all.n; k++) {
            if (mentions(all.items[k], "\"ownerReferences\""))
                consider(g, key, all.items[k]->ns, all.items[k]->name, all.items[k]->uid);
            if (mentions(all.items[k], "\"deletionTimestamp\""))
                finalize(g, all.items[k]);
        }
        objects_unref(&all);
    }
    gc_namespaces_start(g->namespaces);
}
