// SPDX-License-Identifier: Apache-2.0
// Which of our objects refer to what: the index behind kind.refs and kind.watches.
#include "common/runtime/internal.h"

struct ref_user {
    struct queue_key key; // texts are heap copies
    struct ref_user *next;
};

struct ref_users {
    struct ref_user *head;
};

struct ref_object {
    char **refs;
    size_t n;
};

char *key_text(struct arena *a, const struct queue_key *key) {
    return arena_fmt(a, "%u/%s/%s", key->kind, key->ns, key->name);
}

char *ref_text(struct arena *a, const char *kind, const char *ns, const char *name) {
    return arena_fmt(a, "%s/%s/%s", kind, ns ? ns : "", name);
}

void ref_add(struct ref_list *l, const char *kind, const char *ns, const char *name) {
    if (text_empty(kind) || text_empty(ns) || text_empty(name))
        return;
    char *ref = ref_text(l->a, kind, ns, name);
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->refs[i], ref))
            return;
    l->refs = arena_grow(l->a, l->refs, &l->cap, l->n + 1, sizeof *l->refs);
    l->refs[l->n++] = ref;
}

static char *heap_text(const char *text) {
    char *copy = strdup(text);
    if (!copy)
        abort();
    return copy;
}

static bool same_key(const struct queue_key *x, const struct queue_key *y) {
    return x->kind == y->kind && !strcmp(x->name, y->name) && !strcmp(x->ns, y->ns);
}

static void user_free(struct ref_user *u) {
    free((char *)u->key.ns);
    free((char *)u->key.name);
    free(u);
}

static void link_user(struct refs_index *ix, const char *ref, const struct queue_key *key) {
    struct ref_users *users = map_get(&ix->by_ref, ref);
    if (!users) {
        users = calloc(1, sizeof *users);
        if (!users)
            abort();
        map_set(&ix->by_ref, ref, users);
    }
    struct ref_user *u = calloc(1, sizeof *u);
    if (!u)
        abort();
    u->key = (struct queue_key) { key->kind, heap_text(key->ns), heap_text(key->name) };
    u->next = users->head;
    users->head = u;
}

static void unlink_user(struct refs_index *ix, const char *ref, const struct queue_key *key) {
    struct ref_users *users = map_get(&ix->by_ref, ref);
    if (!users)
        return;
    for (struct ref_user **at = &users->head; *at; at = &(*at)->next) {
        struct ref_user *u = *at;
        if (!same_key(&u->key, key))
            continue;
        *at = u->next;
        user_free(u);
        break;
    }
    if (users->head)
        return;
    map_remove(&ix->by_ref, ref);
    free(users);
}

static void object_free(struct ref_object *o) {
    for (size_t i = 0; i < o->n; i++)
        free(o->refs[i]);
    free(o->refs);
    free(o);
}

static void forget(struct refs_index *ix, const char *id, const struct queue_key *key) {
    struct ref_object *o = map_remove(&ix->by_object, id);
    if (!o)
        return;
    for (size_t i = 0; i < o->n; i++)
        unlink_user(ix, o->refs[i], key);
    object_free(o);
}

static bool same_refs(const struct ref_object *o, const struct ref_list *l) {
    if (!o || o->n != l->n)
        return false;
    for (size_t i = 0; i < o->n; i++)
        if (strcmp(o->refs[i], l->refs[i]))
            return false;
    return true;
}

void refs_update(struct runtime *rt, uint32_t kind, const struct value *object) {
    const struct kind *k = rt->kinds[kind].kind;
    if (!k->refs)
        return;
    autoarena a = { 0 };
    struct ref_list list = { .a = &a };
    k->refs(&list, object);
    struct queue_key key = { kind, object_ns(object), object_name(object) };
    const char *id = key_text(&a, &key);
    pthread_mutex_lock(&rt->refs.lock);
    if (!same_refs(map_get(&rt->refs.by_object, id), &list)) {
        forget(&rt->refs, id, &key);
        struct ref_object *o = calloc(1, sizeof *o);
        if (!o || !(o->refs = calloc(list.n + 1, sizeof *o->refs)))
            abort();
        for (size_t i = 0; i < list.n; i++) {
            o->refs[o->n++] = heap_text(list.refs[i]);
            link_user(&rt->refs, list.refs[i], &key);
        }
        map_set(&rt->refs.by_object, id, o);
    }
    pthread_mutex_unlock(&rt->refs.lock);
}

void refs_remove(struct runtime *rt, uint32_t kind, const char *ns, const char *name) {
    autoarena a = { 0 };
    struct queue_key key = { kind, ns, name };
    const char *id = key_text(&a, &key);
    pthread_mutex_lock(&rt->refs.lock);
    forget(&rt->refs, id, &key);
    pthread_mutex_unlock(&rt->refs.lock);
}

void refs_each(struct runtime *rt, const char *kind, const char *ns, const char *name,
               void (*fn)(void *arg, const struct queue_key *key), void *arg) {
    autoarena a = { 0 };
    struct queue_key *keys = NULL;
    size_t n = 0, cap = 0;
    const char *ref = ref_text(&a, kind, ns, name);
    pthread_mutex_lock(&rt->refs.lock);
    struct ref_users *users = map_get(&rt->refs.by_ref, ref);
    for (struct ref_user *u = users ? users->head : NULL; u; u = u->next) {
        keys = arena_grow(&a, keys, &cap, n + 1, sizeof *keys);
        keys[n++] =
            (struct queue_key) { u->key.kind, arena_strdup(&a, u->key.ns), arena_strdup(&a, u->key.name) };
    }
    pthread_mutex_unlock(&rt->refs.lock);
    while (n) // the list is newest first; those that were there first come first
        fn(arg, &keys[--n]);
}

void refs_free(struct runtime *rt) {
    const char *key;
    void *value;
    for (size_t i = 0; map_next(&rt->refs.by_object, &i, &key, &value);)
        object_free(value);
    for (size_t i = 0; map_next(&rt->refs.by_ref, &i, &key, &value);) {
        struct ref_users *users = value;
        while (users->head) {
            struct ref_user *next = users->head->next;
            user_free(users->head);
            users->head = next;
        }
        free(users);
    }
    map_done(&rt->refs.by_object);
    map_done(&rt->refs.by_ref);
    pthread_mutex_destroy(&rt->refs.lock);
}
