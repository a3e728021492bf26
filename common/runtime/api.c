// SPDX-License-Identifier: Apache-2.0
// What a controller asks of its process: services, objects, events, passes.
#include "common/runtime/internal.h"

#include "common/value/base64.h"

const struct runtime_flags *runtime_flags(const struct runtime *rt) {
    (void)rt;
    return daemon_flags();
}

const char *runtime_name(const struct runtime *rt) {
    return rt->daemon->name;
}

const char *runtime_namespace(const struct runtime *rt) {
    return rt->ns;
}

const char *runtime_instance(const struct runtime *rt) {
    return rt->instance;
}

struct loop *runtime_loop(const struct runtime *rt) {
    return rt->loop;
}

struct http_client *runtime_http(const struct runtime *rt) {
    return rt->http;
}

struct kube_client *runtime_kube(const struct runtime *rt) {
    return rt->kube;
}

struct kube_discovery *runtime_discovery(const struct runtime *rt) {
    return rt->discovery;
}

struct arena *runtime_arena(struct runtime *rt) {
    return &rt->arena;
}

struct metrics *runtime_metrics(const struct runtime *rt) {
    return rt->metrics;
}

void *runtime_user(const struct runtime *rt) {
    return rt->user;
}

void runtime_set_user(struct runtime *rt, void *user) {
    rt->user = user;
}

/* ---- objects ---- */

// Has the bus told of a revision that the store has not seen yet?
static bool store_lags(struct runtime *rt, struct arena *a, const char *kind, const char *ns,
                       const char *name, const struct value *v) {
    char *ref = ref_text(a, kind, ns, name);
    pthread_mutex_lock(&rt->hints_lock);
    const char *hint = map_get(&rt->hints, ref);
    bool lags = hint && strcmp(hint, status_revision(v));
    pthread_mutex_unlock(&rt->hints_lock);
    return lags;
}

static void drop_hint(struct runtime *rt, struct arena *a, const char *kind, const char *ns,
                      const char *name) {
    char *ref = ref_text(a, kind, ns, name);
    pthread_mutex_lock(&rt->hints_lock);
    free(map_remove(&rt->hints, ref));
    pthread_mutex_unlock(&rt->hints_lock);
}

struct value *runtime_find(struct runtime *rt, struct arena *a, const char *kind, const char *ns,
                           const char *name) {
    struct watched *w = watched_find(rt, NULL, kind);
    if (!w)
        return NULL;
    struct value *v = kube_store_get(a, w->store, ns, name), *fresh = NULL;
    if (loop_is_thread(rt->loop) || !store_lags(rt, a, kind, ns, name, v))
        return v;
    struct err err = { .a = a };
    if (kube_get(a, rt->kube, kube_store_resource(w->store), ns, name, &fresh, &err))
        return fresh;
    drop_hint(rt, a, kind, ns, name); // the watch will tell once more
    return v;
}

struct each {
    bool (*fn)(void *arg, struct arena *a, const struct value *object);
    void *arg;
};

static bool each_one(void *arg, struct arena *a, struct value *object) {
    const struct each *each = arg;
    return each->fn(each->arg, a, object);
}

void runtime_each(struct runtime *rt, const char *kind,
                  bool (*fn)(void *arg, struct arena *a, const struct value *object), void *arg) {
    struct watched *w = watched_find(rt, NULL, kind);
    struct each each = { fn, arg };
    if (w)
        kube_store_each(w->store, each_one, &each);
}

bool runtime_get(struct runtime *rt, struct arena *a, const char *api_version, const char *kind,
                 const char *ns, const char *name, struct value **out, struct err *err) {
    const char *group, *version;
    api_version_split(a, api_version, &group, &version);
    const struct kube_resource *res = kube_builtin_resource(group, version, kind);
    if (!res && !kube_discovery_find(rt->discovery, group, version, kind, &res, err))
        return false;
    return kube_get(a, rt->kube, res, ns, name, out, err);
}

bool runtime_secret(struct runtime *rt, struct arena *a, const char *ns, const char *name, struct value **out,
                    struct err *err) {
    struct value *secret = NULL, *result = value_map(a);
    if (!runtime_get(rt, a, "v1", "Secret", ns, name, &secret, err))
        return false;
    const struct value *data = value_get(secret, "data");
    for (size_t i = 0; value_is(data, VALUE_MAP) && i < data->map.n; i++) {
        const struct value_pair *p = &data->map.pairs[i];
        struct str bytes;
        if (!value_is(p->value, VALUE_STRING) || !base64_decode(a, p->value->s, &bytes))
            return err_set(err, ERR_INVALID, "secret '%s/%s': key '%s' is not base64", ns, name, p->key.p);
        value_set_n(a, result, p->key, value_string_n(a, bytes));
    }
    *out = result;
    return true;
}

/* ---- events, passes ---- */

void runtime_event(struct runtime *rt, const struct event *e) {
    static const enum log_level levels[] = {
        [EVENT_INFO] = LOG_INFO, [EVENT_ERROR] = LOG_DEBUG, [EVENT_TRACE] = LOG_DEBUG
    };
    LOG_LINE(levels[e->severity], NULL, e->message, LOG_STR("reason", e->reason));
    event_record(rt->recorder, e);
}

void runtime_enqueue(struct runtime *rt, const char *kind, const char *ns, const char *name, unsigned wake) {
    for (uint32_t k = 0; k < rt->n_kinds; k++) {
        if (strcmp(rt->kinds[k].kind->name, kind) || rt->kinds[k].kind->store_only)
            continue;
        if (!kube_store_has(rt->kinds[k].watched->store, ns, name))
            return; // a name that somebody made up
        queue_add(rt->queue, &(struct queue_key) { k, ns, name }, now_mono_ns(), wake);
        working_wake(rt);
        return;
    }
}
