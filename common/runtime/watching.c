// SPDX-License-Identifier: Apache-2.0
/* Stores of the own kinds and of those they watch; what a change there means: which objects get a pass, and why. Loop thread. */
#include "common/runtime/internal.h"

struct watched *watched_find(struct runtime *rt, const char *group, const char *name) {
    for (size_t i = 0; i < rt->n_watched; i++)
        if (!strcmp(rt->watched[i].name, name) && (!group || !strcmp(rt->watched[i].group, group)))
            return &rt->watched[i];
    return NULL;
}

static void enqueue(struct runtime *rt, const struct queue_key *key, unsigned wake) {
    queue_add(rt->queue, key, now_mono_ns(), wake);
    working_wake(rt);
}

/* ---- own objects ---- */

static unsigned own_wake(const struct value *old, const struct value *now) {
    if (!old)
        return WAKE_NEW;
    unsigned wake = 0;
    const char *request = object_annotation(now, REQUESTED_AT),
               *before = object_annotation(old, REQUESTED_AT);
    if (object_generation(old) != object_generation(now))
        wake |= WAKE_GENERATION;
    if (request && (!before || strcmp(request, before)))
        wake |= WAKE_REQUEST;
    if (object_deleting(now) && !object_deleting(old))
        wake |= WAKE_DELETED;
    return wake;
}

static void own_gone(struct runtime *rt, uint32_t k, const struct kube_change *change) {
    struct queue_key key = { k, change->ns, change->name };
    const struct kind *kind = rt->kinds[k].kind;
    char *id = key_text(change->a, &key);
    queue_remove(rt->queue, &key);
    refs_remove(rt, k, change->ns, change->name);
    park_drop(rt, &key);
    pthread_mutex_lock(&rt->written_lock);
    free(map_remove(&rt->written, id));
    pthread_mutex_unlock(&rt->written_lock);
    metrics_remove(rt->metrics, &metric_reconcile_duration, "kind", kind->name, "name", change->name,
                   "namespace", change->ns, NULL);
    if (kind->on_gone)
        kind->on_gone(rt, change->ns, change->name);
}

static void own_changed(struct runtime *rt, uint32_t k, const struct kube_change *change) {
    const struct kind *kind = rt->kinds[k].kind;
    if (kind->store_only)
        return;
    if (change->type == KUBE_DELETED) {
        own_gone(rt, k, change);
        return;
    }
    refs_update(rt, k, change->object);
    unsigned wake = own_wake(kube_change_old(change), change->object);
    if (wake && !(kind->ignore && kind->ignore(change->object)))
        enqueue(rt, &(struct queue_key) { k, change->ns, change->name }, wake);
}

/* ---- objects that ours refer to ---- */

struct relay {
    struct runtime *rt;
    const struct kind_watch *watch;
    const struct kube_change *change;
    uint32_t kind; // ours
};

static void relay_one(void *arg, const struct queue_key *key) {
    struct relay *relay = arg;
    if (key->kind != relay->kind)
        return;
    if (relay->watch->skip) {
        autoarena a = { 0 };
        struct value *ours =
            kube_store_get(&a, relay->rt->kinds[key->kind].watched->store, key->ns, key->name);
        if (ours && relay->watch->skip(ours, relay->change->object))
            return;
    }
    enqueue(relay->rt, key, WAKE_SOURCE);
}

static void relay_change(struct runtime *rt, const struct watched *w, const struct kube_change *change) {
    const struct value *old = kube_change_old(change);
    const struct value *now = change->object;
    if (change->type == KUBE_DELETED) {
        old = change->object;
        now = NULL;
    }
    for (uint32_t k = 0; k < rt->n_kinds; k++) {
        for (const struct kind_watch *watch = rt->kinds[k].kind->watches; watch && watch->name; watch++) {
            if (strcmp(watch->name, w->name) || strcmp(watch->group, w->group))
                continue;
            if (watch->relevant && !watch->relevant(old, now))
                continue;
            struct relay relay = { rt, watch, change, k };
            refs_each(rt, w->name, change->ns, change->name, relay_one, &relay);
        }
    }
}

static bool same_text(const char *x, const char *y) {
    return !strcmp(x ? x : "", y ? y : "");
}

// What a waiter on readiness looks at.
static bool readiness_changed(const struct value *old, const struct value *now) {
    struct condition x = { 0 }, y = { 0 };
    bool had = condition_get(old, CONDITION_READY, &x), has = condition_get(now, CONDITION_READY, &y);
    return had != has || x.status != y.status || !same_text(status_revision(old), status_revision(now)) ||
           value_int_or(value_at(old, "status", "observedGeneration", NULL), 0) !=
               value_int_or(value_at(now, "status", "observedGeneration", NULL), 0) ||
           object_generation(old) != object_generation(now);
}

// true: the bus told of exactly this revision before, and the objects that refer to it were woken then.
static bool settle_hint(struct runtime *rt, const struct watched *w, const struct kube_change *change) {
    char *ref = ref_text(change->a, w->name, change->ns, change->name);
    pthread_mutex_lock(&rt->hints_lock);
    const char *hint = map_get(&rt->hints, ref);
    bool told = hint && change->type == KUBE_UPDATED && same_text(hint, status_revision(change->object));
    if (hint && (told || change->type == KUBE_DELETED))
        free(map_remove(&rt->hints, ref));
    pthread_mutex_unlock(&rt->hints_lock);
    return told;
}

static struct watched *watched_of(struct runtime *rt, const struct kube_store *s) {
    for (size_t i = 0; i < rt->n_watched; i++)
        if (rt->watched[i].store == s)
            return &rt->watched[i];
    return NULL;
}

static void store_changed(void *arg, struct kube_store *s, const struct kube_change *change) {
    struct runtime *rt = arg;
    struct watched *w = watched_of(rt, s);
    if (!w)
        return;
    bool told = settle_hint(rt, w, change);
    if (w->own != UINT32_MAX)
        own_changed(rt, w->own, change);
    if (!told)
        relay_change(rt, w, change);
    if (change->type != KUBE_UPDATED || readiness_changed(kube_change_old(change), change->object))
        park_ready_changed(rt, w->name, change->ns, change->name);
    if (w->own != UINT32_MAX && rt->daemon->on_store)
        rt->daemon->on_store(rt, rt->kinds[w->own].kind, change->type == KUBE_DELETED ? NULL : change->object,
                             change->ns, change->name);
}

/* ---- start ---- */

static bool kind_complete(const struct runtime *rt, const struct own_kind *own) {
    if (!own->watched->synced)
        return false;
    for (const struct kind_watch *watch = own->kind->watches; watch && watch->name; watch++)
        for (size_t i = 0; i < rt->n_watched; i++)
            if (!strcmp(rt->watched[i].name, watch->name) && !strcmp(rt->watched[i].group, watch->group) &&
                !rt->watched[i].synced)
                return false;
    return true;
}

void watching_gate(struct runtime *rt) {
    for (size_t k = 0; k < rt->n_kinds; k++) {
        if (rt->kinds[k].open || !kind_complete(rt, &rt->kinds[k]))
            continue;
        pthread_mutex_lock(&rt->work_lock);
        rt->kinds[k].open = true;
        pthread_mutex_unlock(&rt->work_lock);
        log_info("Starting workers", LOG_STR("controller", rt->kinds[k].lower),
                 LOG_STR("controllerGroup", rt->kinds[k].kind->group),
                 LOG_STR("controllerKind", rt->kinds[k].kind->name),
                 LOG_INT("worker count", daemon_flags()->concurrent));
    }
    working_wake(rt);
}

static void store_synced(void *arg, struct kube_store *s) {
    struct runtime *rt = arg;
    struct watched *w = watched_of(rt, s);
    if (w)
        w->synced = true;
    watching_gate(rt);
}

// A kind does not wait for ever for a watch whose CRD is not there; its own store it needs.
static void out_of_patience(void *arg) {
    struct runtime *rt = arg;
    for (size_t i = 0; i < rt->n_watched; i++) {
        struct watched *w = &rt->watched[i];
        if (w->synced)
            continue;
        log_error("a watch does not come up, is its CRD installed?", LOG_STR("kind", w->name),
                  LOG_STR("group", w->group));
        if (w->own == UINT32_MAX)
            w->synced = true;
    }
    watching_gate(rt);
}

static struct watched *add_watched(struct runtime *rt, const struct kube_store_options *options) {
    struct watched *w = watched_find(rt, options->resource.group, options->resource.kind);
    if (w)
        return w;
    if (rt->n_watched == countof(rt->watched))
        abort(); // a table of kinds that long does not exist
    w = &rt->watched[rt->n_watched++];
    *w = (struct watched) { .group = options->resource.group,
                            .name = options->resource.kind,
                            .own = UINT32_MAX };
    w->store = kube_store_new(rt->kube, options, store_changed, store_synced, rt);
    return w;
}

static const char *watch_namespace(const struct runtime *rt) {
    return daemon_flags()->watch_all_namespaces ? NULL : rt->ns;
}

static void watch_own(struct runtime *rt, uint32_t k) {
    const struct kind *kind = rt->kinds[k].kind;
    const char *selector = daemon_flags()->watch_label_selector;
    bool sharded = (rt->daemon->features & DAEMON_LABEL_SELECTOR) && !text_empty(selector);
    struct kube_store_options options = {
        .resource = { kind->group, kind->version, kind->name, kind->plural, true },
        .ns = watch_namespace(rt),
        .label_selector = sharded ? selector : NULL,
    };
    rt->kinds[k].watched = add_watched(rt, &options);
    rt->kinds[k].watched->own = k;
}

static void watch_others(struct runtime *rt, const struct kind *kind) {
    for (const struct kind_watch *watch = kind->watches; watch && watch->name; watch++) {
        if (watch->wanted && !watch->wanted(rt))
            continue;
        struct kube_store_options options = {
            .resource = { watch->group, watch->version, watch->name, watch->plural, true },
            .ns = watch_namespace(rt),
            .label_selector = watch->label_selector ? watch->label_selector(rt) : NULL,
            .metadata_only = watch->metadata_only,
        };
        add_watched(rt, &options);
    }
}

void watching_start(struct runtime *rt) {
    for (uint32_t k = 0; k < rt->n_kinds; k++)
        watch_own(rt, k);
    for (size_t k = 0; k < rt->n_kinds; k++)
        watch_others(rt, rt->kinds[k].kind);
    for (size_t i = 0; i < rt->n_watched; i++)
        kube_store_start(rt->watched[i].store);
    loop_timer_add(rt->loop, now_mono_ns() + SYNC_PATIENCE_NS, out_of_patience, rt);
}

void watching_stop(struct runtime *rt) {
    for (size_t i = 0; i < rt->n_watched; i++) {
        kube_store_free(rt->watched[i].store);
        rt->watched[i].store = NULL;
    }
}
