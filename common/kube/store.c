// SPDX-License-Identifier: Apache-2.0
// Store: the objects kept, and their readers. store_watch.c keeps them fresh.
#include "common/kube/store_internal.h"

#include <errno.h>
#include <time.h>

#include "common/base/timeutil.h"

struct kube_store *store_alloc(struct kube_client *c, const struct kube_store_options *options) {
    struct kube_store *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->client = kube_client_ref(c);
    s->loop = kube_client_loop(c);
    s->options = *options;
    struct kube_resource *r = &s->options.resource;
    const char **texts[] = { &r->group,
                             &r->version,
                             &r->kind,
                             &r->plural,
                             &s->options.ns,
                             &s->options.label_selector,
                             &s->options.field_selector };
    for (size_t i = 0; i < countof(texts); i++)
        *texts[i] = arena_strdup(&s->a, *texts[i]);
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->came, &attr);
    pthread_condattr_destroy(&attr);
    json_stream_init(&s->stream, LIMIT_KUBE_OBJECT_BYTES);
    return s;
}

static void entry_free(struct store_entry *e) {
    free(e->json);
    free(e);
}

void store_destroy(struct kube_store *s) {
    const char *key;
    void *value;
    for (size_t i = 0; map_next(&s->entries, &i, &key, &value);)
        entry_free(value);
    map_done(&s->entries);
    json_stream_done(&s->stream);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->came);
    free(s->last_error);
    free(s->continue_token);
    kube_client_unref(s->client);
    arena_done(&s->a);
    free(s);
}

static const char *key_of(struct arena *a, const char *ns, const char *name) {
    return arena_fmt(a, "%s/%s", ns ? ns : "", name);
}

// The part that is kept: no managedFields; of metadata-only stores apiVersion, kind and metadata.
static void trim(struct kube_store *s, struct arena *a, struct value *object) {
    const struct kube_resource *r = &s->options.resource;
    value_set(a, object, "apiVersion", value_string(a, api_version_join(a, r->group, r->version)));
    value_set(a, object, "kind", value_string(a, r->kind));
    value_remove(value_get(object, "metadata"), "managedFields");
    for (size_t i = s->options.metadata_only ? value_len(object) : 0; i-- > 0;) {
        const char *key = object->map.pairs[i].key.p;
        if (!text_eq(key, "apiVersion") && !text_eq(key, "kind") && !text_eq(key, "metadata"))
            value_remove(object, key);
    }
    if (s->options.trim)
        s->options.trim(a, object);
}

static struct store_entry *entry_new(struct arena *a, const struct value *object, uint32_t round) {
    struct store_entry *e = calloc(1, sizeof *e);
    if (!e)
        abort();
    struct str json = json_text(a, object, JSON_COMPACT);
    e->json = malloc(json.n + 1);
    if (!e->json)
        abort();
    memcpy(e->json, json.p, json.n + 1);
    e->n = json.n;
    e->round = round;
    snprintf(e->version, sizeof e->version, "%s", object_resource_version(object));
    return e;
}

static void report(struct kube_store *s, struct kube_change change) {
    if (s->changed && !s->closing)
        s->changed(s->arg, s, &change);
}

void store_put(struct kube_store *s, struct arena *a, struct value *object) {
    const char *ns = object_ns(object), *name = object_name(object);
    if (text_empty(name))
        return;
    const char *key = key_of(a, ns, name);
    struct store_entry *known = map_get(&s->entries, key); // only this thread writes: reading needs no lock
    if (known && *known->version && text_eq(known->version, object_resource_version(object))) {
        known->round = s->round;
        return;
    }
    trim(s, a, object);
    struct store_entry *e = entry_new(a, object, s->round);
    pthread_mutex_lock(&s->lock);
    struct store_entry *old = map_set(&s->entries, key, e);
    s->bytes += e->n - (old ? old->n : 0);
    bool initial = !s->synced;
    pthread_mutex_unlock(&s->lock);
    report(s, (struct kube_change) { .type = old ? KUBE_UPDATED : KUBE_ADDED,
                                     .ns = ns,
                                     .name = name,
                                     .object = object,
                                     .initial = initial,
                                     .a = a,
                                     .old_json = old ? str_make(old->json, old->n) : str_make("", 0) });
    if (old)
        entry_free(old);
}

void store_remove(struct kube_store *s, struct arena *a, const char *ns, const char *name) {
    pthread_mutex_lock(&s->lock);
    struct store_entry *old = map_remove(&s->entries, key_of(a, ns, name));
    s->bytes -= old ? old->n : 0;
    pthread_mutex_unlock(&s->lock);
    if (!old)
        return;
    struct err err = { .a = a };
    struct value *object = NULL;
    if (json_read(a, str_make(old->json, old->n), &object, &err))
        report(s, (struct kube_change) { .type = KUBE_DELETED,
                                         .ns = ns,
                                         .name = name,
                                         .object = object,
                                         .a = a,
                                         .old_json = str_make(old->json, old->n) });
    entry_free(old);
}

void store_sweep(struct kube_store *s) {
    const char *key;
    void *value;
    for (size_t i = 0; map_next(&s->entries, &i, &key, &value);) {
        if (((struct store_entry *)value)->round == s->round)
            continue;
        autoarena a = { 0 };
        const char *slash = strchr(key, '/');
        store_remove(s, &a, arena_text(&a, key, (size_t)(slash - key)), arena_strdup(&a, slash + 1));
    }
}

void store_set_error(struct kube_store *s, const char *message) {
    pthread_mutex_lock(&s->lock);
    free(s->last_error);
    s->last_error = message ? strdup(message) : NULL;
    pthread_mutex_unlock(&s->lock);
}

void store_set_synced(struct kube_store *s) {
    pthread_mutex_lock(&s->lock);
    bool first = !s->synced;
    s->synced = true;
    pthread_cond_broadcast(&s->came);
    pthread_mutex_unlock(&s->lock);
    if (first && s->on_synced)
        s->on_synced(s->arg, s);
}

/* ---- readers ---- */

const struct kube_resource *kube_store_resource(const struct kube_store *s) {
    return &s->options.resource;
}

// The lock of a store that a reader sees as const.
static pthread_mutex_t *lock_of(const struct kube_store *s) {
    return &((struct kube_store *)s)->lock;
}

bool kube_store_synced(const struct kube_store *s) {
    pthread_mutex_lock(lock_of(s));
    bool synced = s->synced;
    pthread_mutex_unlock(lock_of(s));
    return synced;
}

size_t kube_store_len(const struct kube_store *s) {
    pthread_mutex_lock(lock_of(s));
    size_t n = s->entries.count;
    pthread_mutex_unlock(lock_of(s));
    return n;
}

size_t kube_store_bytes(const struct kube_store *s) {
    pthread_mutex_lock(lock_of(s));
    size_t n = s->bytes;
    pthread_mutex_unlock(lock_of(s));
    return n;
}

const char *kube_store_error(struct arena *a, const struct kube_store *s) {
    pthread_mutex_lock(lock_of(s));
    const char *message = arena_strdup(a, s->last_error);
    pthread_mutex_unlock(lock_of(s));
    return message;
}

bool kube_store_wait_synced(struct kube_store *s, int64_t deadline_ns, struct err *err) {
    struct timespec until = { .tv_sec = deadline_ns / NS_PER_S, .tv_nsec = deadline_ns % NS_PER_S };
    int rc = 0;
    pthread_mutex_lock(&s->lock);
    while (!s->synced && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&s->came, &s->lock, &until);
    bool ok = s->synced;
    const char *why = ok ? NULL : arena_strdup(err->a, s->last_error);
    pthread_mutex_unlock(&s->lock);
    return ok || err_set(err, ERR_TIMEOUT, "timed out waiting for the list of %s%s%s",
                         s->options.resource.plural, why ? ": " : "", why ? why : "");
}

// A copy of the JSON, taken under the lock; p NULL: absent.
static struct str copy_json(struct arena *a, const struct kube_store *s, const char *key) {
    struct str json = { 0 };
    pthread_mutex_lock(lock_of(s));
    const struct store_entry *e = map_get(&s->entries, key);
    if (e)
        json = str_make(arena_text(a, e->json, e->n), e->n);
    pthread_mutex_unlock(lock_of(s));
    return json;
}

static struct value *read_entry(struct arena *a, const struct kube_store *s, const char *key) {
    struct str json = copy_json(a, s, key);
    struct err err = { .a = a };
    struct value *object = NULL;
    return json.p && json_read(a, json, &object, &err) ? object : NULL;
}

struct value *kube_store_get(struct arena *a, const struct kube_store *s, const char *ns, const char *name) {
    return read_entry(a, s, key_of(a, ns, name));
}

bool kube_store_has(const struct kube_store *s, const char *ns, const char *name) {
    autoarena a = { 0 };
    const char *key = key_of(&a, ns, name);
    pthread_mutex_lock(lock_of(s));
    bool has = map_has(&s->entries, key);
    pthread_mutex_unlock(lock_of(s));
    return has;
}

// All keys, copied under the lock.
static const char **copy_keys(struct arena *a, const struct kube_store *s, size_t *out_n) {
    const char *key;
    void *value;
    size_t n = 0;
    pthread_mutex_lock(lock_of(s));
    const char **keys = arena_array(a, const char *, s->entries.count + 1);
    for (size_t i = 0; map_next(&s->entries, &i, &key, &value);)
        keys[n++] = arena_strdup(a, key);
    pthread_mutex_unlock(lock_of(s));
    *out_n = n;
    return keys;
}

void kube_store_each(const struct kube_store *s, bool (*fn)(void *arg, struct arena *a, struct value *object),
                     void *arg) {
    autoarena a = { 0 };
    size_t n;
    const char **keys = copy_keys(&a, s, &n);
    bool go_on = true;
    for (size_t i = 0; i < n && go_on; i++) {
        struct arena_mark m = arena_mark(&a);
        struct value *object = read_entry(&a, s, keys[i]);
        go_on = !object || fn(arg, &a, object);
        arena_rewind(&a, m);
    }
}

struct value *kube_store_keys(struct arena *a, const struct kube_store *s) {
    size_t n;
    const char **keys = copy_keys(a, s, &n);
    struct value *list = value_list(a);
    for (size_t i = 0; i < n; i++) {
        const char *slash = strchr(keys[i], '/');
        struct value *pair = value_map(a);
        value_set(a, pair, "ns", value_string_n(a, str_make(keys[i], (size_t)(slash - keys[i]))));
        value_set(a, pair, "name", value_string(a, slash + 1));
        value_append(a, list, pair);
    }
    return list;
}

const struct value *kube_change_old(const struct kube_change *change) {
    struct err err = { .a = change->a };
    struct value *object = NULL;
    if (change->type == KUBE_ADDED || !json_read(change->a, change->old_json, &object, &err))
        return NULL;
    return object;
}
