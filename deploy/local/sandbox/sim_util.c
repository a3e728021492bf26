// SPDX-License-Identifier: Apache-2.0
// Reading, writing and small parts for the simulator.
#include <math.h>

#include "common/value/json.h"
#include "deploy/local/sandbox/gc.h"
#include "deploy/local/sandbox/sim.h"

/* ---- reading ---- */

struct value *sim_get(struct simulator *s, struct arena *a, const char *key, const char *ns,
                      const char *name) {
    const struct object *o = storage_get(s->sb->storage, key, ns, name);
    return o ? object_value(a, o) : NULL;
}

const char *sim_text(const struct value *o, const char *key) {
    return value_text(value_get(o, key), "");
}

const char *sim_meta(const struct value *o, const char *key) {
    return value_text(value_at(o, "metadata", key, NULL), "");
}

int64_t sim_int(const struct value *map, const char *key, int64_t fallback) {
    return value_int_or(value_get(map, key), fallback);
}

bool sim_is_deleting(const struct value *o) {
    return value_at(o, "metadata", "deletionTimestamp", NULL);
}

const struct value *sim_controller(const struct value *o) {
    const struct value *refs = value_at(o, "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < value_len(refs); i++)
        if (value_bool_or(value_get(value_item(refs, i), "controller"), false))
            return value_item(refs, i);
    return NULL;
}

struct value *sim_owner(struct simulator *s, struct arena *a, const struct value *o) {
    const struct value *ref = sim_controller(o);
    const struct resource *r =
        ref ? registry_find_api(s->sb->registry, sim_text(ref, "apiVersion"), sim_text(ref, "kind")) : NULL;
    struct value *owner =
        r ? sim_get(s, a, r->key, r->namespaced ? sim_meta(o, "namespace") : "", sim_text(ref, "name"))
          : NULL;
    return owner && text_eq(sim_meta(owner, "uid"), sim_text(ref, "uid")) ? owner : NULL;
}

static int name_order(const void *x, const void *y) {
    return strcmp(sim_meta(*(struct value *const *)x, "name"), sim_meta(*(struct value *const *)y, "name"));
}

struct value **sim_children(struct simulator *s, struct arena *a, const struct value *owner, const char *key,
                            size_t *n) {
    const char *uid = sim_meta(owner, "uid");
    struct gc_refs refs = gc_dependents(s->sb->gc, a, uid, key);
    struct value **out = arena_array(a, struct value *, refs.n);
    *n = 0;
    for (size_t i = 0; i < refs.n; i++) {
        struct value *o = sim_get(s, a, key, refs.items[i].ns, refs.items[i].name);
        if (o && text_eq(sim_text(sim_controller(o), "uid"), uid))
            out[(*n)++] = o;
    }
    if (*n)
        qsort(out, *n, sizeof *out, name_order);
    return out;
}

const char *sim_annotation(struct simulator *s, struct arena *a, const struct value *o, const char *name) {
    const char *key = arena_fmt(a, SIM_PREFIX "%s", name);
    enum { MAX_OWNERS = 5 };
    for (int i = 0; o && i < MAX_OWNERS; i++) {
        const char *text = value_text_at(o, "metadata", "annotations", key, NULL);
        if (text)
            return text;
        o = sim_owner(s, a, o);
    }
    return NULL;
}

bool sim_annotation_ns(struct simulator *s, struct arena *a, const struct value *o, const char *name,
                       int64_t *out_ns) {
    const char *text = sim_annotation(s, a, o, name);
    struct err err = { .a = a };
    return text && duration_parse(text, out_ns, &err);
}

/* ---- writing ---- */

// Whose hand a write is in a real cluster.
static const char *manager_of(const char *key, const char *subresource) {
    if (text_eq(key, "pods") && text_eq(subresource, ""))
        return "kube-scheduler";
    return text_eq(key, "pods") || text_eq(key, "nodes") ? "kubelet" : "kube-controller-manager";
}

static struct write_options options_of(const char *manager, const char *subresource) {
    return (struct write_options) { .manager = manager, .subresource = subresource, .internal = true };
}

bool sim_create(struct simulator *s, struct arena *a, const char *key, struct value *o, struct value **out) {
    const struct resource *r = registry_find_key(s->sb->registry, key);
    struct write_options options = options_of("kube-controller-manager", "");
    struct status st = { .a = a };
    struct value *ignored;
    const char *ns = r && r->namespaced ? sim_meta(o, "namespace") : "";
    return r && sandbox_create(s->sb, a, r, ns, o, &options, out ? out : &ignored, &st);
}

static bool write_object(struct simulator *s, struct arena *a, const char *key, struct value *o,
                         const char *subresource) {
    const struct resource *r = registry_find_key(s->sb->registry, key);
    struct write_options options = options_of(manager_of(key, subresource), subresource);
    struct status st = { .a = a };
    struct value *out;
    const char *ns = r && r->namespaced ? sim_meta(o, "namespace") : "";
    return r && sandbox_update(s->sb, a, r, ns, sim_meta(o, "name"), o, &options, &out, &st);
}

bool sim_update(struct simulator *s, struct arena *a, const char *key, struct value *o) {
    return write_object(s, a, key, o, "");
}

void sim_status(struct simulator *s, struct arena *a, const char *key, struct value *o,
                const struct value *before) {
    const struct value *status = value_get(o, "status");
    if (!before || !status || !value_equal(status, before))
        (void)!write_object(s, a, key, o, "status");
}

void sim_delete(struct simulator *s, struct arena *a, const char *key, const char *ns, const char *name,
                int64_t grace_s) {
    const struct resource *r = registry_find_key(s->sb->registry, key);
    struct delete_options options = { .propagation = "Background", .grace_s = grace_s };
    struct status st = { .a = a };
    struct value *out;
    if (r)
        (void)!sandbox_delete(s->sb, a, r, ns, name, &options, &out, NULL, &st);
}

void sim_event(struct simulator *s, struct arena *a, const struct value *o, bool warning, const char *reason,
               const char *component, const char *message) {
    struct value *e = value_map(a);
    const char *ns = sim_meta(o, "namespace"), *now = sandbox_now(s->sb, a);
    value_set(a, e, "apiVersion", value_string(a, "v1"));
    value_set(a, e, "kind", value_string(a, "Event"));
    struct value *metadata = value_ensure(a, e, "metadata", NULL);
    value_set(a, metadata, "name", value_fmt(a, "%s.%x%08x", sim_meta(o, "name"), 0x5eed, ++s->events));
    value_set(a, metadata, "namespace", value_string(a, *ns ? ns : "default"));
    struct value *about = value_ensure(a, e, "involvedObject", NULL);
    value_set(a, about, "apiVersion", value_string(a, sim_text(o, "apiVersion")));
    value_set(a, about, "kind", value_string(a, sim_text(o, "kind")));
    value_set(a, about, "name", value_string(a, sim_meta(o, "name")));
    if (*ns)
        value_set(a, about, "namespace", value_string(a, ns));
    value_set(a, about, "uid", value_string(a, sim_meta(o, "uid")));
    value_set(a, e, "reason", value_string(a, reason));
    value_set(a, e, "message", value_string(a, message));
    value_set(a, value_ensure(a, e, "source", NULL), "component", value_string(a, component));
    value_set(a, e, "firstTimestamp", value_string(a, now));
    value_set(a, e, "lastTimestamp", value_string(a, now));
    value_set(a, e, "count", value_int(a, 1));
    value_set(a, e, "type", value_string(a, warning ? "Warning" : "Normal"));
    value_set(a, e, "reportingComponent", value_string(a, component));
    value_set(a, e, "reportingInstance", value_string(a, ""));
    (void)!sim_create(s, a, "events", e, NULL);
}

/* ---- parts of objects ---- */

struct value *sim_reference(struct arena *a, const struct value *owner) {
    struct value *ref = value_map(a);
    value_set(a, ref, "apiVersion", value_string(a, sim_text(owner, "apiVersion")));
    value_set(a, ref, "blockOwnerDeletion", value_bool(a, true));
    value_set(a, ref, "controller", value_bool(a, true));
    value_set(a, ref, "kind", value_string(a, sim_text(owner, "kind")));
    value_set(a, ref, "name", value_string(a, sim_meta(owner, "name")));
    value_set(a, ref, "uid", value_string(a, sim_meta(owner, "uid")));
    return ref;
}

struct value *sim_pod_of(struct arena *a, const struct value *owner, const struct value *template,
                         const char *name) {
    struct value *pod = value_map(a), *owners = value_list(a);
    value_set(a, pod, "apiVersion", value_string(a, "v1"));
    value_set(a, pod, "kind", value_string(a, "Pod"));
    struct value *metadata = value_ensure(a, pod, "metadata", NULL);
    if (name)
        value_set(a, metadata, "name", value_string(a, name));
    else
        value_set(a, metadata, "generateName", value_fmt(a, "%s-", sim_meta(owner, "name")));
    value_set(a, metadata, "namespace", value_string(a, sim_meta(owner, "namespace")));
    static const char *const taken[] = { "labels", "annotations", "finalizers" };
    for (size_t i = 0; i < countof(taken); i++) {
        const struct value *v = value_at(template, "metadata", taken[i], NULL);
        if (v && v->type != VALUE_NULL)
            value_set(a, metadata, taken[i], value_copy(a, v));
    }
    value_append(a, owners, sim_reference(a, owner));
    value_set(a, metadata, "ownerReferences", owners);
    value_set(a, pod, "spec", value_copy(a, value_get(template, "spec")));
    return pod;
}

const struct value *sim_condition_get(const struct value *o, const char *type) {
    const struct value *list = value_at(o, "status", "conditions", NULL);
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(sim_text(value_item(list, i), "type"), type))
            return value_item(list, i);
    return NULL;
}

void sim_condition(struct simulator *s, struct arena *a, struct value *o, const char *type,
                   const char *status, const char *reason, const char *message, bool update) {
    struct value *holder = value_ensure(a, o, "status", NULL),
                 *c = (struct value *)sim_condition_get(o, type);
    bool same = c && text_eq(sim_text(c, "status"), status);
    if (!holder || (same && text_eq(sim_text(c, "reason"), reason ? reason : "") &&
                    text_eq(sim_text(c, "message"), message ? message : "")))
        return;
    if (!value_is(value_get(holder, "conditions"), VALUE_LIST))
        value_set(a, holder, "conditions", value_list(a));
    if (!c) {
        c = value_map(a);
        value_append(a, value_get(holder, "conditions"), c);
    }
    struct value *now = value_string(a, sandbox_now(s->sb, a));
    if (!same)
        value_set(a, c, "lastTransitionTime", now);
    if (update)
        value_set(a, c, "lastUpdateTime", value_copy(a, now));
    value_set(a, c, "message", message ? value_string(a, message) : NULL);
    value_set(a, c, "reason", reason ? value_string(a, reason) : NULL);
    value_set(a, c, "status", value_string(a, status));
    value_set(a, c, "type", value_string(a, type));
}

bool sim_pod_is_ready(const struct value *pod) {
    return !sim_is_deleting(pod) && text_eq(sim_text(sim_condition_get(pod, "Ready"), "status"), "True");
}

bool sim_pod_is_done(const struct value *pod) {
    const char *phase = sim_text(value_get(pod, "status"), "phase");
    return text_eq(phase, "Succeeded") || text_eq(phase, "Failed");
}

// FNV-1a of the sorted JSON: the same content has the same name after a restart.
const char *sim_hash(struct arena *a, const struct value *v) {
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    struct str json = json_text(a, v, JSON_SORT_KEYS);
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < json.n; i++)
        hash = (hash ^ (unsigned char)json.p[i]) * 1099511628211u;
    char text[11] = { 0 };
    for (size_t i = 0; i < sizeof text - 1; i++) {
        text[i] = letters[hash % (sizeof letters - 1)];
        hash /= sizeof letters - 1;
    }
    return arena_strdup(a, text);
}

int64_t sim_resolve(const struct value *v, int64_t fallback, int64_t total, bool up) {
    if (value_is(v, VALUE_INT))
        return v->i;
    uint64_t percent;
    struct str text = str_of(value_text(v, ""));
    if (!str_ends(text, "%") || !str_to_u64(str_sub(text, 0, text.n - 1), &percent))
        return fallback;
    double exact = (double)percent * (double)total / 100;
    return (int64_t)(up ? ceil(exact) : floor(exact));
}
