// SPDX-License-Identifier: Apache-2.0
/* StatefulSets and DaemonSets, with the ControllerRevisions that name their templates.
 * Facts: Kubernetes pkg/controller/statefulset, pkg/controller/daemon. */
#include "deploy/local/sandbox/sim.h"

#define STATEFULSETS "statefulsets.apps"
#define DAEMONSETS "daemonsets.apps"
#define REVISIONS "controllerrevisions.apps"
#define HASH "controller-revision-hash"

static void count_set(struct arena *a, struct value *o, const char *key, int64_t n, bool always) {
    value_set(a, value_ensure(a, o, "status", NULL), key, n || always ? value_int(a, n) : NULL);
}

/* ---- revisions ---- */

struct revision {
    const char *name, *hash; // hash: its label
};

// The template that a revision keeps, as upstream writes it: a patch that replaces.
static bool is_revision_of(struct arena *a, const struct value *revision, const struct value *template) {
    struct value *kept = value_copy(a, value_at(revision, "data", "spec", "template", NULL));
    if (!value_is(kept, VALUE_MAP))
        return false;
    value_remove(kept, "$patch");
    return value_equal(kept, template);
}

static bool revision_make(struct simulator *s, struct arena *a, const struct value *owner,
                          const struct revision *r, int64_t number) {
    const struct value *template = value_at(owner, "spec", "template", NULL);
    struct value *o = value_map(a), *owners = value_list(a);
    value_set(a, o, "apiVersion", value_string(a, "apps/v1"));
    value_set(a, o, "kind", value_string(a, "ControllerRevision"));
    struct value *metadata = value_ensure(a, o, "metadata", NULL);
    value_set(a, metadata, "name", value_string(a, r->name));
    value_set(a, metadata, "namespace", value_string(a, sim_meta(owner, "namespace")));
    struct value *labels = value_copy(a, value_at(template, "metadata", "labels", NULL));
    value_set(a, metadata, "labels", labels ? labels : value_map(a));
    value_set(a, value_get(metadata, "labels"), HASH, value_string(a, r->hash));
    value_append(a, owners, sim_reference(a, owner));
    value_set(a, metadata, "ownerReferences", owners);
    struct value *kept = value_copy(a, template);
    value_set(a, kept, "$patch", value_string(a, "replace"));
    value_set(a, value_ensure(a, o, "data", "spec", NULL), "template", kept);
    value_set(a, o, "revision", value_int(a, number));
    return sim_create(s, a, REVISIONS, o, NULL);
}

// The revision of the present template, made when it is not there; false: refused.
static bool revision_ensure(struct simulator *s, struct arena *a, const struct value *owner,
                            struct revision *out) {
    const struct value *template = value_at(owner, "spec", "template", NULL);
    int64_t newest = 0;
    size_t n;
    struct value **all = sim_children(s, a, owner, REVISIONS, &n);
    for (size_t i = 0; i < n; i++) {
        const char *hash = value_text_at(all[i], "metadata", "labels", HASH, NULL);
        newest = sim_int(all[i], "revision", 0) > newest ? sim_int(all[i], "revision", 0) : newest;
        if (!is_revision_of(a, all[i], template))
            continue;
        *out = (struct revision) { sim_meta(all[i], "name"), hash ? hash : "" };
        return true;
    }
    out->hash = sim_hash(a, template);
    out->name = arena_fmt(a, "%s-%s", sim_meta(owner, "name"), out->hash);
    return revision_make(s, a, owner, out, newest + 1);
}

static const char *hash_of_pod(const struct value *pod) {
    const char *text = value_text_at(pod, "metadata", "labels", HASH, NULL);
    return text ? text : "";
}

// The label on pods: the whole name for StatefulSets, its hash for DaemonSets.
static void pod_label(struct arena *a, struct value *pod, const char *key, const char *text) {
    value_set(a, value_ensure(a, pod, "metadata", "labels", NULL), key, value_string(a, text));
}

/* ---- StatefulSets ---- */

struct ordered {
    struct simulator *s;
    struct arena *a;
    struct value *sts;
    const char *update;  // revision of the template
    struct value **pods; // by ordinal, NULL where there is none; n_pods
    size_t n_pods;
    int64_t wanted;
};

static int64_t ordinal_of(const struct value *sts, const struct value *pod) {
    struct str name = str_of(sim_meta(pod, "name"));
    uint64_t n;
    size_t base = strlen(sim_meta(sts, "name"));
    if (name.n <= base + 1 || name.p[base] != '-' || !str_to_u64(str_sub(name, base + 1, name.n), &n) ||
        n > 100000)
        return -1;
    return (int64_t)n;
}

static void order_pods(struct ordered *o) {
    size_t n;
    struct value **all = sim_children(o->s, o->a, o->sts, "pods", &n);
    o->n_pods = (size_t)(o->wanted > 0 ? o->wanted : 0);
    for (size_t i = 0; i < n; i++) {
        int64_t at = ordinal_of(o->sts, all[i]);
        if (at >= (int64_t)o->n_pods)
            o->n_pods = (size_t)at + 1;
    }
    o->pods = arena_array(o->a, struct value *, o->n_pods);
    for (size_t i = 0; i < n; i++) {
        int64_t at = ordinal_of(o->sts, all[i]);
        if (at >= 0)
            o->pods[at] = all[i];
    }
}

static void claim_ensure(struct ordered *o, const struct value *template, const char *name) {
    struct arena *a = o->a;
    if (sim_get(o->s, a, "persistentvolumeclaims", sim_meta(o->sts, "namespace"), name))
        return;
    struct value *pvc = value_copy(a, template), *metadata = value_ensure(a, pvc, "metadata", NULL);
    value_set(a, pvc, "apiVersion", value_string(a, "v1"));
    value_set(a, pvc, "kind", value_string(a, "PersistentVolumeClaim"));
    value_remove(pvc, "status");
    value_set(a, metadata, "name", value_string(a, name));
    value_set(a, metadata, "namespace", value_string(a, sim_meta(o->sts, "namespace")));
    const struct value *labels = value_at(o->sts, "spec", "selector", "matchLabels", NULL);
    for (size_t i = 0; value_is(labels, VALUE_MAP) && i < labels->map.n; i++)
        value_set_n(a, value_ensure(a, metadata, "labels", NULL), labels->map.pairs[i].key,
                    value_copy(a, labels->map.pairs[i].value));
    (void)!sim_create(o->s, a, "persistentvolumeclaims", pvc, NULL);
}

static void volume_add(struct arena *a, struct value *pod, const char *name, const char *claim) {
    struct value *spec = value_get(pod, "spec"), *volumes = value_get(spec, "volumes"),
                 *volume = value_map(a);
    if (!value_is(volumes, VALUE_LIST))
        value_set(a, spec, "volumes", volumes = value_list(a));
    for (size_t i = value_len(volumes); i-- > 0;)
        if (text_eq(sim_text(value_item(volumes, i), "name"), name))
            value_remove_item(volumes, i);
    value_set(a, volume, "name", value_string(a, name));
    value_set(a, value_ensure(a, volume, "persistentVolumeClaim", NULL), "claimName", value_string(a, claim));
    value_append(a, volumes, volume);
}

static void make_ordinal(struct ordered *o, size_t ordinal) {
    struct arena *a = o->a;
    const char *name = arena_fmt(a, "%s-%zu", sim_meta(o->sts, "name"), ordinal);
    struct value *pod = sim_pod_of(a, o->sts, value_at(o->sts, "spec", "template", NULL), name);
    value_set(a, value_get(pod, "metadata"), "generateName", value_fmt(a, "%s-", sim_meta(o->sts, "name")));
    pod_label(a, pod, "apps.kubernetes.io/pod-index", arena_fmt(a, "%zu", ordinal));
    pod_label(a, pod, HASH, o->update);
    pod_label(a, pod, "statefulset.kubernetes.io/pod-name", name);
    value_set(a, value_get(pod, "spec"), "hostname", value_string(a, name));
    const char *service = value_text(value_at(o->sts, "spec", "serviceName", NULL), "");
    if (*service)
        value_set(a, value_get(pod, "spec"), "subdomain", value_string(a, service));
    const struct value *claims = value_at(o->sts, "spec", "volumeClaimTemplates", NULL);
    for (size_t i = 0; i < value_len(claims); i++) {
        const char *volume = sim_meta(value_item(claims, i), "name"),
                   *claim = arena_fmt(a, "%s-%s", volume, name);
        claim_ensure(o, value_item(claims, i), claim);
        volume_add(a, pod, volume, claim);
    }
    if (sim_create(o->s, a, "pods", pod, NULL))
        sim_event(o->s, a, o->sts, false, "SuccessfulCreate", "statefulset-controller",
                  arena_fmt(a, "create Pod %s in StatefulSet %s successful", name, sim_meta(o->sts, "name")));
}

static void remove_pod(struct ordered *o, const struct value *pod) {
    sim_delete(o->s, o->a, "pods", sim_meta(pod, "namespace"), sim_meta(pod, "name"), -1);
}

// One after another unless podManagementPolicy is Parallel. true: all is there and ready.
static bool fill(struct ordered *o) {
    bool parallel =
        text_eq(value_text(value_at(o->sts, "spec", "podManagementPolicy", NULL), ""), "Parallel");
    bool settled = true;
    for (size_t i = 0; i < (size_t)o->wanted; i++) {
        const struct value *pod = o->pods[i];
        if (pod && sim_pod_is_done(pod) && !sim_is_deleting(pod))
            remove_pod(o, pod);
        if (!pod)
            make_ordinal(o, i);
        settled = settled && pod && sim_pod_is_ready(pod);
        if (!parallel && (!pod || !sim_pod_is_ready(pod)))
            return false;
    }
    for (size_t i = o->n_pods; i-- > (size_t)o->wanted;) {
        if (!o->pods[i])
            continue;
        settled = false;
        if (!sim_is_deleting(o->pods[i]))
            remove_pod(o, o->pods[i]);
        if (!parallel)
            return false;
    }
    return settled;
}

// The highest pod of an old revision goes; the next look makes it anew.
static void replace_old(struct ordered *o) {
    const struct value *how = value_at(o->sts, "spec", "updateStrategy", NULL);
    if (text_eq(sim_text(how, "type"), "OnDelete"))
        return;
    int64_t partition = value_int_or(value_at(how, "rollingUpdate", "partition", NULL), 0);
    for (int64_t i = o->wanted; i-- > partition;) {
        const struct value *pod = o->pods[i];
        if (pod && !text_eq(hash_of_pod(pod), o->update)) {
            if (!sim_is_deleting(pod))
                remove_pod(o, pod);
            return;
        }
    }
}

static void sts_status(struct ordered *o) {
    struct arena *a = o->a;
    struct value *sts = o->sts, *before = value_copy(a, value_get(sts, "status"));
    const char *current = sim_text(before, "currentRevision");
    int64_t live = 0, ready = 0, updated = 0, old = 0;
    for (size_t i = 0; i < o->n_pods; i++) {
        const struct value *pod = o->pods[i];
        bool is = pod && !sim_is_deleting(pod);
        live += is;
        ready += is && sim_pod_is_ready(pod);
        updated += is && text_eq(hash_of_pod(pod), o->update);
        old += is && text_eq(hash_of_pod(pod), current);
    }
    bool done = updated == o->wanted && ready == o->wanted;
    if (text_empty(current) || done)
        current = o->update;
    struct value *status = value_ensure(a, sts, "status", NULL);
    count_set(a, sts, "availableReplicas", ready, true);
    count_set(a, sts, "collisionCount", 0, true);
    count_set(a, sts, "currentReplicas", text_eq(current, o->update) ? updated : old, false);
    value_set(a, status, "currentRevision", value_string(a, current));
    count_set(a, sts, "observedGeneration", sim_int(value_get(sts, "metadata"), "generation", 1), true);
    count_set(a, sts, "readyReplicas", ready, false);
    count_set(a, sts, "replicas", live, true);
    value_set(a, status, "updateRevision", value_string(a, o->update));
    count_set(a, sts, "updatedReplicas", updated, false);
    sim_status(o->s, a, STATEFULSETS, sts, before);
}

void sim_statefulset(struct simulator *s, struct arena *a, struct value *sts) {
    struct ordered o = {
        .s = s, .a = a, .sts = sts, .wanted = sim_int(value_get(sts, "spec"), "replicas", 1)
    };
    if (sim_is_deleting(sts))
        return;
    struct revision revision;
    if (!revision_ensure(s, a, sts, &revision))
        return;
    o.update = revision.name;
    order_pods(&o);
    if (fill(&o))
        replace_old(&o);
    order_pods(&o);
    sts_status(&o);
}

/* ---- DaemonSets: there is one node ---- */

static bool node_fits(struct simulator *s, struct arena *a, const struct value *ds) {
    const struct value *node = sim_get(s, a, "nodes", "", SIM_NODE),
                       *wanted = value_at(ds, "spec", "template", "spec", "nodeSelector", NULL),
                       *labels = value_at(node, "metadata", "labels", NULL);
    for (size_t i = 0; value_is(wanted, VALUE_MAP) && i < wanted->map.n; i++) {
        const struct value *has = value_get_n(labels, wanted->map.pairs[i].key);
        if (!has || !value_equal(has, wanted->map.pairs[i].value))
            return false;
    }
    return node != NULL;
}

// The pod that counts: the newest that is not on its way out.
static struct value *daemon_keep(struct simulator *s, struct arena *a, const struct value *ds,
                                 const char *revision, bool *any) {
    size_t n;
    struct value **pods = sim_children(s, a, ds, "pods", &n), *keep = NULL;
    bool on_delete =
        text_eq(value_text(value_at(ds, "spec", "updateStrategy", "type", NULL), ""), "OnDelete");
    *any = n > 0;
    for (size_t i = 0; i < n; i++) {
        if (sim_is_deleting(pods[i]))
            continue;
        bool old = !text_eq(hash_of_pod(pods[i]), revision) && !on_delete;
        if (old || sim_pod_is_done(pods[i]) || keep || !node_fits(s, a, ds))
            sim_delete(s, a, "pods", sim_meta(pods[i], "namespace"), sim_meta(pods[i], "name"), -1);
        else
            keep = pods[i];
    }
    return keep;
}

static struct value *daemon_make(struct simulator *s, struct arena *a, const struct value *ds,
                                 const char *hash) {
    struct value *pod = sim_pod_of(a, ds, value_at(ds, "spec", "template", NULL), NULL), *out = NULL;
    pod_label(a, pod, HASH, hash);
    if (!sim_create(s, a, "pods", pod, &out))
        return NULL;
    sim_event(s, a, ds, false, "SuccessfulCreate", "daemonset-controller",
              arena_fmt(a, "Created pod: %s", sim_meta(out, "name")));
    return out;
}

void sim_daemonset(struct simulator *s, struct arena *a, struct value *ds) {
    if (sim_is_deleting(ds))
        return;
    struct revision revision;
    if (!revision_ensure(s, a, ds, &revision))
        return;
    const char *hash = revision.hash;
    bool any;
    int64_t wanted = node_fits(s, a, ds);
    struct value *pod = daemon_keep(s, a, ds, hash, &any);
    if (!pod && !any && wanted)
        pod = daemon_make(s, a, ds, hash);
    bool ready = pod && sim_pod_is_ready(pod);
    struct value *before = value_copy(a, value_get(ds, "status"));
    count_set(a, ds, "currentNumberScheduled", pod != NULL, true);
    count_set(a, ds, "desiredNumberScheduled", wanted, true);
    count_set(a, ds, "numberAvailable", ready, false);
    count_set(a, ds, "numberMisscheduled", 0, true);
    count_set(a, ds, "numberReady", ready, true);
    count_set(a, ds, "numberUnavailable", wanted - ready, false);
    count_set(a, ds, "observedGeneration", sim_int(value_get(ds, "metadata"), "generation", 1), true);
    count_set(a, ds, "updatedNumberScheduled", pod && text_eq(hash_of_pod(pod), hash), false);
    sim_status(s, a, DAEMONSETS, ds, before);
}
