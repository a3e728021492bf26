// SPDX-License-Identifier: Apache-2.0
// The simulator's heart: which look follows which change, and alarms.
#include "deploy/local/sandbox/simulator.h"

#include "deploy/local/sandbox/sim.h"

static const struct {
    const char *key;
    sim_fn look;
    sim_fn alarm; // NULL: look
} looks[] = {
    { "namespaces", sim_namespace },
    { "pods", sim_pod, sim_pod_advance },
    { "deployments.apps", sim_deployment },
    { "replicasets.apps", sim_replicaset },
    { "statefulsets.apps", sim_statefulset },
    { "daemonsets.apps", sim_daemonset },
    { "jobs.batch", sim_job },
    { "persistentvolumeclaims", sim_claim },
    { "services", sim_service },
};

static void look_at(struct simulator *s, const char *key, const char *ns, const char *name, bool alarm) {
    autoarena a = { 0 };
    for (size_t i = 0; i < countof(looks); i++) {
        if (!text_eq(looks[i].key, key))
            continue;
        struct value *o = sim_get(s, &a, key, ns, name);
        if (o)
            (alarm && looks[i].alarm ? looks[i].alarm : looks[i].look)(s, &a, o);
        return;
    }
}

void sim_sync(struct simulator *s, const char *key, const char *ns, const char *name) {
    look_at(s, key, ns, name, false);
}

/* ---- alarms ---- */

struct sim_alarm {
    struct simulator *s;
    struct loop_timer *timer;
    char *id; // "key/ns/name"
};

static char *alarm_id(struct arena *a, const char *key, const char *ns, const char *name) {
    return arena_fmt(a, "%s/%s/%s", key, ns, name);
}

static void alarm_free(struct sim_alarm *alarm) {
    free(alarm->id);
    free(alarm);
}

static void alarm_fires(void *arg) {
    struct sim_alarm *alarm = arg;
    struct simulator *s = alarm->s;
    autoarena a = { 0 };
    struct str rest = str_of(arena_strdup(&a, alarm->id)), key, ns;
    map_remove(&s->alarms, alarm->id);
    alarm_free(alarm);
    if (!str_split(&rest, '/', &key) || !str_split(&rest, '/', &ns))
        return;
    look_at(s, arena_text(&a, key.p, key.n), arena_text(&a, ns.p, ns.n), arena_text(&a, rest.p, rest.n),
            true);
}

void sim_alarm(struct simulator *s, const char *key, const char *ns, const char *name, int64_t delay_ns) {
    autoarena a = { 0 };
    const char *id = alarm_id(&a, key, ns, name);
    struct sim_alarm *alarm = map_get(&s->alarms, id);
    if (alarm) {
        loop_timer_cancel(alarm->timer);
    } else {
        alarm = calloc(1, sizeof *alarm);
        if (!alarm || !(alarm->id = strdup(id)))
            abort();
        alarm->s = s;
        map_set(&s->alarms, id, alarm);
    }
    alarm->timer =
        loop_timer_add(s->sb->loop, now_mono_ns() + (delay_ns > 0 ? delay_ns : 0), alarm_fires, alarm);
}

static void alarm_cancel(struct simulator *s, const char *key, const char *ns, const char *name) {
    autoarena a = { 0 };
    struct sim_alarm *alarm = map_remove(&s->alarms, alarm_id(&a, key, ns, name));
    if (!alarm)
        return;
    loop_timer_cancel(alarm->timer);
    alarm_free(alarm);
}

/* ---- changes ---- */

static void look_at_owner(struct simulator *s, const struct object *o) {
    autoarena a = { 0 };
    if (!memmem(o->json.p, o->json.n, "\"controller\"", strlen("\"controller\"")))
        return;
    const struct value *ref = sim_controller(object_value(&a, o));
    const struct resource *r =
        ref ? registry_find_api(s->sb->registry, sim_text(ref, "apiVersion"), sim_text(ref, "kind")) : NULL;
    if (r)
        sim_sync(s, r->key, r->namespaced ? o->ns : "", sim_text(ref, "name"));
}

static bool is_workload(const char *key) {
    return text_ends(key, ".apps") || text_eq(key, "jobs.batch");
}

// A sandbox annotation that changed is felt by the pods below.
static void look_at_pods_below(struct simulator *s, const struct object *o) {
    autoarena a = { 0 };
    size_t n, m;
    const struct value *owner = object_value(&a, o);
    struct value **sets = sim_children(s, &a, owner, "replicasets.apps", &m);
    for (size_t i = 0; i < m; i++) {
        struct value **pods = sim_children(s, &a, sets[i], "pods", &n);
        for (size_t k = 0; k < n; k++)
            sim_sync(s, "pods", sim_meta(pods[k], "namespace"), sim_meta(pods[k], "name"));
    }
    struct value **pods = sim_children(s, &a, owner, "pods", &n);
    for (size_t k = 0; k < n; k++)
        sim_sync(s, "pods", sim_meta(pods[k], "namespace"), sim_meta(pods[k], "name"));
}

static bool annotations_differ(const struct object *x, const struct object *y) {
    autoarena a = { 0 };
    const struct value *p = value_at(object_value(&a, x), "metadata", "annotations", NULL),
                       *q = value_at(object_value(&a, y), "metadata", "annotations", NULL);
    return p && q ? !value_equal(p, q) : p != q;
}

static void look_at_services(struct simulator *s, const char *ns) {
    autoarena a = { 0 };
    struct objects all = storage_list(s->sb->storage, &a, "services", ns, NULL);
    for (size_t i = 0; i < all.n; i++)
        sim_sync(s, "services", ns, all.items[i]->name);
    objects_unref(&all);
}

static bool readiness_differs(const struct change *c) {
    autoarena a = { 0 };
    if (c->type != CHANGE_MODIFIED)
        return true;
    const struct value *x = object_value(&a, c->prev), *y = object_value(&a, c->now);
    return sim_pod_is_ready(x) != sim_pod_is_ready(y) ||
           !text_eq(sim_text(value_get(x, "status"), "podIP"), sim_text(value_get(y, "status"), "podIP"));
}

static void hear(void *arg, struct sandbox *sb, const struct change *c) {
    struct simulator *s = arg;
    const struct object *o = c->now;
    (void)sb;
    if (c->type == CHANGE_DELETED)
        alarm_cancel(s, o->key, o->ns, o->name);
    else
        sim_sync(s, o->key, o->ns, o->name);
    if (text_eq(o->key, "pods") || is_workload(o->key))
        look_at_owner(s, o);
    if (text_eq(o->key, "pods") && readiness_differs(c))
        look_at_services(s, o->ns);
    if (is_workload(o->key) && c->type == CHANGE_MODIFIED && annotations_differ(c->prev, o))
        look_at_pods_below(s, o);
    if (text_eq(o->key, "persistentvolumeclaims") && c->type == CHANGE_DELETED) {
        autoarena a = { 0 };
        sim_volume_release(s, &a, object_value(&a, o));
    }
    if (c->type == CHANGE_DELETED && (text_eq(o->key, "serviceaccounts") || text_eq(o->key, "configmaps")))
        sim_sync(s, "namespaces", "", o->ns); // what each namespace has comes back
}

struct simulator *simulator_new(struct sandbox *sb, const struct simulator_config *config) {
    struct simulator *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->sb = sb;
    s->config = *config;
    if (!s->config.step_ns)
        s->config.step_ns = SIM_STEP_MS * NS_PER_MS;
    if (!s->config.off)
        sandbox_controller_add(sb, hear, s);
    return s;
}

void simulator_free(struct simulator *s) {
    const char *id;
    void *value;
    if (!s)
        return;
    for (size_t i = 0; map_next(&s->alarms, &i, &id, &value);) {
        struct sim_alarm *alarm = value;
        loop_timer_cancel(alarm->timer);
        alarm_free(alarm);
    }
    map_done(&s->alarms);
    free(s);
}

void simulator_start(struct simulator *s) {
    autoarena a = { 0 };
    if (s->config.off)
        return;
    sim_node_make(s);
    for (size_t i = 0; i < countof(looks); i++) {
        struct objects all = storage_list(s->sb->storage, &a, looks[i].key, NULL, NULL);
        for (size_t k = 0; k < all.n; k++)
            sim_sync(s, looks[i].key, all.items[k]->ns, all.items[k]->name);
        objects_unref(&all);
    }
}
