// SPDX-License-Identifier: Apache-2.0
// Watches on demand, shared by key; and waiting for one object.
#include "common/kube/store_internal.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "common/base/timeutil.h"

struct shared_store {
    struct kube_store *store;
    char *key;
    unsigned users;
};

struct kube_stores {
    struct map by_key; // -> struct shared_store
    kube_change_fn changed;
    kube_synced_fn synced;
    void *arg;
};

struct kube_stores *kube_stores_new(kube_change_fn changed, kube_synced_fn synced, void *arg) {
    struct kube_stores *set = calloc(1, sizeof *set);
    if (!set)
        abort();
    set->changed = changed;
    set->synced = synced;
    set->arg = arg;
    return set;
}

static void shared_free(struct shared_store *shared) {
    kube_store_free(shared->store);
    free(shared->key);
    free(shared);
}

void kube_stores_free(struct kube_stores *set) {
    const char *key;
    void *value;
    if (!set)
        return;
    for (size_t i = 0; map_next(&set->by_key, &i, &key, &value);)
        shared_free(value);
    map_done(&set->by_key);
    free(set);
}

static char *key_of(struct arena *a, struct kube_client *c, const struct kube_store_options *o) {
    return arena_fmt(a, "%p|%s|%s|%s|%s|%s|%s|%d", (void *)c, o->resource.group, o->resource.version,
                     o->resource.plural, o->ns ? o->ns : "", o->label_selector ? o->label_selector : "",
                     o->field_selector ? o->field_selector : "", o->metadata_only);
}

struct kube_store *kube_stores_acquire(struct kube_stores *set, struct kube_client *c,
                                       const struct kube_store_options *options) {
    autoarena a = { 0 };
    const char *key = key_of(&a, c, options);
    struct shared_store *shared = map_get(&set->by_key, key);
    if (!shared) {
        shared = calloc(1, sizeof *shared);
        if (!shared || !(shared->key = strdup(key)))
            abort();
        shared->store = kube_store_new(c, options, set->changed, set->synced, set->arg);
        map_set(&set->by_key, key, shared);
        kube_store_start(shared->store);
    }
    shared->users++;
    return shared->store;
}

void kube_stores_release(struct kube_stores *set, struct kube_store *s) {
    const char *key;
    void *value;
    for (size_t i = 0; map_next(&set->by_key, &i, &key, &value);) {
        struct shared_store *shared = value;
        if (shared->store != s)
            continue;
        if (--shared->users == 0) {
            map_remove(&set->by_key, shared->key);
            shared_free(shared);
        }
        return;
    }
}

size_t kube_stores_len(const struct kube_stores *set) {
    return set->by_key.count;
}

/* ---- kube_wait_object ---- */

struct waiter {
    pthread_mutex_t lock; // guards done and gone
    pthread_cond_t came;
    bool done;
    atomic_uint refs; // the worker's and the loop's
    struct kube_store *store;
    char *ns, *name;
    bool (*is_done)(void *arg, const struct value *object);
    void *arg; // valid while `done` is false and the worker waits
    bool gone; // the worker has left: arg must not be used
};

static void waiter_unref(struct waiter *w) {
    if (atomic_fetch_sub(&w->refs, 1) > 1)
        return;
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->came);
    free(w->ns);
    free(w->name);
    free(w);
}

// The lock is held while is_done runs: the worker cannot leave with its `arg` meanwhile.
static void look(struct waiter *w, const struct value *object) {
    pthread_mutex_lock(&w->lock);
    if (!w->gone && !w->done && w->is_done(w->arg, object)) {
        w->done = true;
        pthread_cond_signal(&w->came);
    }
    pthread_mutex_unlock(&w->lock);
}

static void wait_changed(void *arg, struct kube_store *s, const struct kube_change *change) {
    struct waiter *w = arg;
    (void)s;
    if (text_eq(change->name, w->name) && text_eq(change->ns, w->ns))
        look(w, change->type == KUBE_DELETED ? NULL : change->object);
}

static void wait_synced(void *arg, struct kube_store *s) {
    struct waiter *w = arg;
    if (!kube_store_has(s, w->ns, w->name))
        look(w, NULL);
}

static void wait_end(void *arg) {
    struct waiter *w = arg;
    kube_store_free(w->store);
    waiter_unref(w);
}

static char *copy_text(const char *text) {
    char *copy = strdup(text ? text : "");
    if (!copy)
        abort();
    return copy;
}

static struct waiter *waiter_new(const char *ns, const char *name,
                                 bool (*is_done)(void *, const struct value *), void *arg) {
    struct waiter *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    atomic_init(&w->refs, 2);
    w->ns = copy_text(ns);
    w->name = copy_text(name);
    w->is_done = is_done;
    w->arg = arg;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->came, &attr);
    pthread_condattr_destroy(&attr);
    return w;
}

bool kube_wait_object(struct kube_client *c, const struct kube_resource *r, const char *ns, const char *name,
                      bool (*is_done)(void *arg, const struct value *object), void *arg, int64_t deadline_ns,
                      struct err *err) {
    autoarena a = { 0 };
    struct waiter *w = waiter_new(r->namespaced ? ns : "", name, is_done, arg);
    struct kube_store_options options = { .resource = *r,
                                          .ns = r->namespaced ? ns : NULL,
                                          .field_selector = arena_fmt(&a, "metadata.name=%s", name) };
    w->store = kube_store_new(c, &options, wait_changed, wait_synced, w);
    kube_store_start(w->store);
    struct timespec until = { .tv_sec = deadline_ns / NS_PER_S, .tv_nsec = deadline_ns % NS_PER_S };
    int rc = 0;
    pthread_mutex_lock(&w->lock);
    while (!w->done && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&w->came, &w->lock, &until);
    bool done = w->done;
    w->gone = true;
    pthread_mutex_unlock(&w->lock);
    loop_post(kube_client_loop(c), wait_end, w);
    waiter_unref(w);
    return done || err_set(err, ERR_TIMEOUT, "timed out waiting for %s/%s", r->kind, name);
}
