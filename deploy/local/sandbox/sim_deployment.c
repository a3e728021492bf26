// SPDX-License-Identifier: Apache-2.0
/* Deployments and ReplicaSets. Facts: Kubernetes pkg/controller/deployment, pkg/controller/replicaset. */
#include "deploy/local/sandbox/sim.h"

#define DEPLOYMENTS "deployments.apps"
#define REPLICASETS "replicasets.apps"
#define REVISION "deployment.kubernetes.io/revision"
#define HASH "pod-template-hash"

static const struct value *spec_of(const struct value *o) {
    return value_get(o, "spec");
}

static int64_t replicas_of(const struct value *o) {
    return sim_int(spec_of(o), "replicas", 1);
}

static int64_t status_int(const struct value *o, const char *key) {
    return sim_int(value_get(o, "status"), key, 0);
}

// Counts that are zero are left out, as Go does.
static void count_set(struct arena *a, struct value *o, const char *key, int64_t n) {
    value_set(a, value_ensure(a, o, "status", NULL), key, n ? value_int(a, n) : NULL);
}

/* ---- ReplicaSets ---- */

struct tally {
    int64_t live, ready;
};

static struct tally tally_of(struct value **pods, size_t n) {
    struct tally t = { 0 };
    for (size_t i = 0; i < n; i++) {
        bool live = !sim_is_deleting(pods[i]) && !sim_pod_is_done(pods[i]);
        t.live += live;
        t.ready += live && sim_pod_is_ready(pods[i]);
    }
    return t;
}

static void scale_up(struct simulator *s, struct arena *a, const struct value *rs, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        struct value *pod;
        if (!sim_create(s, a, "pods", sim_pod_of(a, rs, value_at(rs, "spec", "template", NULL), NULL), &pod))
            return;
        sim_event(s, a, rs, false, "SuccessfulCreate", "replicaset-controller",
                  arena_fmt(a, "Created pod: %s", sim_meta(pod, "name")));
    }
}

// Those that are not ready go first.
static void scale_down(struct simulator *s, struct arena *a, struct value **pods, size_t n, int64_t surplus) {
    for (int ready = 0; ready < 2; ready++)
        for (size_t i = n; i-- > 0 && surplus > 0;) {
            if (sim_is_deleting(pods[i]) || sim_pod_is_done(pods[i]) ||
                sim_pod_is_ready(pods[i]) != (ready == 1))
                continue;
            sim_delete(s, a, "pods", sim_meta(pods[i], "namespace"), sim_meta(pods[i], "name"), -1);
            surplus--;
        }
}

void sim_replicaset(struct simulator *s, struct arena *a, struct value *rs) {
    size_t n;
    struct value **pods = sim_children(s, a, rs, "pods", &n);
    struct tally t = tally_of(pods, n);
    int64_t wanted = replicas_of(rs);
    if (!sim_is_deleting(rs) && t.live < wanted)
        scale_up(s, a, rs, wanted - t.live);
    else if (!sim_is_deleting(rs) && t.live > wanted)
        scale_down(s, a, pods, n, t.live - wanted);
    pods = sim_children(s, a, rs, "pods", &n);
    t = tally_of(pods, n);
    struct value *before = value_copy(a, value_get(rs, "status"));
    count_set(a, rs, "availableReplicas", t.ready);
    count_set(a, rs, "fullyLabeledReplicas", t.live);
    count_set(a, rs, "readyReplicas", t.ready);
    value_set(a, value_get(rs, "status"), "observedGeneration",
              value_int(a, sim_int(value_get(rs, "metadata"), "generation", 1)));
    value_set(a, value_get(rs, "status"), "replicas", value_int(a, t.live));
    sim_status(s, a, REPLICASETS, rs, before);
}

/* ---- Deployments: their ReplicaSets ---- */

struct rollout {
    struct simulator *s;
    struct arena *a;
    struct value *d;
    struct value **sets;
    size_t n;
    struct value *current; // that of the template; NULL: not made yet
};

// The template as it was given: without what was added for the set.
static struct value *plain_template(struct arena *a, const struct value *rs) {
    struct value *t = value_copy(a, value_at(rs, "spec", "template", NULL));
    struct value *labels = value_at(t, "metadata", "labels", NULL);
    if (labels)
        value_remove(labels, HASH);
    return t;
}

static int64_t revision_of(const struct value *o) {
    uint64_t n;
    const char *text = value_text_at(o, "metadata", "annotations", REVISION, NULL);
    return text && str_to_u64(str_of(text), &n) ? (int64_t)n : 0;
}

static void find_current(struct rollout *r) {
    const struct value *wanted = value_at(r->d, "spec", "template", NULL);
    for (size_t i = 0; i < r->n; i++)
        if (!r->current && value_equal(plain_template(r->a, r->sets[i]), wanted))
            r->current = r->sets[i];
}

static int64_t newest_revision(const struct rollout *r) {
    int64_t max = 0;
    for (size_t i = 0; i < r->n; i++)
        if (revision_of(r->sets[i]) > max)
            max = revision_of(r->sets[i]);
    return max;
}

static void set_revision(struct arena *a, struct value *o, int64_t revision) {
    value_set(a, value_ensure(a, o, "metadata", "annotations", NULL), REVISION,
              value_fmt(a, "%lld", (long long)revision));
}

// Those of the Deployment; the sandbox's own are looked up there, so that taking them away is felt.
static struct value *annotations_for_set(struct arena *a, const struct value *d) {
    struct value *out = value_copy(a, value_at(d, "metadata", "annotations", NULL));
    if (!value_is(out, VALUE_MAP))
        return value_map(a);
    for (size_t i = out->map.n; i-- > 0;)
        if (str_starts(out->map.pairs[i].key, SIM_PREFIX) ||
            str_is(out->map.pairs[i].key, "kubectl.kubernetes.io/last-applied-configuration"))
            value_remove(out, out->map.pairs[i].key.p);
    return out;
}

static struct value *make_set(struct rollout *r, int64_t revision) {
    struct arena *a = r->a;
    const struct value *template = value_at(r->d, "spec", "template", NULL);
    const char *hash = sim_hash(a, template);
    struct value *rs = value_map(a), *owners = value_list(a), *out = NULL;
    value_set(a, rs, "apiVersion", value_string(a, "apps/v1"));
    value_set(a, rs, "kind", value_string(a, "ReplicaSet"));
    struct value *metadata = value_ensure(a, rs, "metadata", NULL);
    value_set(a, metadata, "name", value_fmt(a, "%s-%s", sim_meta(r->d, "name"), hash));
    value_set(a, metadata, "namespace", value_string(a, sim_meta(r->d, "namespace")));
    struct value *labels = value_copy(a, value_at(template, "metadata", "labels", NULL));
    value_set(a, metadata, "labels", labels ? labels : value_map(a));
    value_set(a, value_get(metadata, "labels"), HASH, value_string(a, hash));
    value_append(a, owners, sim_reference(a, r->d));
    value_set(a, metadata, "ownerReferences", owners);
    value_set(a, metadata, "annotations", annotations_for_set(a, r->d));
    set_revision(a, rs, revision);
    struct value *spec = value_ensure(a, rs, "spec", NULL);
    value_set(a, spec, "replicas", value_int(a, 0));
    value_set(a, spec, "selector", value_copy(a, value_at(r->d, "spec", "selector", NULL)));
    value_set(a, value_ensure(a, spec, "selector", "matchLabels", NULL), HASH, value_string(a, hash));
    value_set(a, spec, "template", value_copy(a, template));
    value_set(a, value_ensure(a, spec, "template", "metadata", "labels", NULL), HASH, value_string(a, hash));
    const struct value *seconds = value_at(r->d, "spec", "minReadySeconds", NULL);
    if (seconds)
        value_set(a, spec, "minReadySeconds", value_copy(a, seconds));
    return sim_create(r->s, a, REPLICASETS, rs, &out) ? out : NULL;
}

static void resize(struct rollout *r, struct value *rs, int64_t replicas) {
    int64_t was = replicas_of(rs);
    if (was == replicas)
        return;
    value_set(r->a, value_get(rs, "spec"), "replicas", value_int(r->a, replicas));
    if (sim_update(r->s, r->a, REPLICASETS, rs))
        sim_event(r->s, r->a, r->d, false, "ScalingReplicaSet", "deployment-controller",
                  arena_fmt(r->a, "Scaled %s replica set %s from %lld to %lld",
                            was < replicas ? "up" : "down", sim_meta(rs, "name"), (long long)was,
                            (long long)replicas));
}

static int64_t sum(const struct rollout *r, int64_t (*of)(const struct value *rs)) {
    int64_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        n += of(r->sets[i]);
    return n;
}

static int64_t live_of(const struct value *rs) {
    return status_int(rs, "replicas");
}

static int64_t ready_of(const struct value *rs) {
    return status_int(rs, "readyReplicas");
}

static bool recreates(const struct value *d) {
    return text_eq(value_text(value_at(d, "spec", "strategy", "type", NULL), ""), "Recreate");
}

// Old pods go before new ones come.
static void roll_recreate(struct rollout *r, int64_t wanted) {
    int64_t left = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (r->sets[i] == r->current)
            continue;
        resize(r, r->sets[i], 0);
        size_t n;
        (void)sim_children(r->s, r->a, r->sets[i], "pods", &n); // those that are still on their way out count
        left += (int64_t)n;
    }
    if (!left)
        resize(r, r->current, wanted);
}

static void roll_over(struct rollout *r, int64_t wanted) {
    const struct value *how = value_at(r->d, "spec", "strategy", "rollingUpdate", NULL);
    int64_t surge = sim_resolve(value_get(how, "maxSurge"), (wanted + 3) / 4, wanted, true);
    int64_t spare = sim_resolve(value_get(how, "maxUnavailable"), wanted / 4, wanted, false);
    if (!surge && !spare)
        spare = 1;
    int64_t total = sum(r, replicas_of), own = replicas_of(r->current);
    int64_t room = wanted + surge - total;
    if (own < wanted && room > 0)
        resize(r, r->current, own + (room < wanted - own ? room : wanted - own));
    else if (own > wanted)
        resize(r, r->current, wanted);
    int64_t can_go = sum(r, ready_of) - (wanted - spare);
    for (size_t i = 0; i < r->n; i++) {
        if (r->sets[i] == r->current)
            continue;
        int64_t unready = replicas_of(r->sets[i]) - ready_of(r->sets[i]); // these cost nothing
        int64_t down = (unready > 0 ? unready : 0) + (can_go > 0 ? can_go : 0);
        int64_t has = replicas_of(r->sets[i]);
        down = down > has ? has : down;
        if (down > 0)
            resize(r, r->sets[i], has - down);
        can_go -= down > unready ? down - unready : 0;
    }
}

// Sets that are at zero and older than the history limit.
static void forget_old(struct rollout *r) {
    int64_t limit = sim_int(spec_of(r->d), "revisionHistoryLimit", 10), idle = 0;
    for (size_t i = 0; i < r->n; i++)
        idle += r->sets[i] != r->current && !replicas_of(r->sets[i]) && !live_of(r->sets[i]);
    while (idle > limit) {
        struct value *oldest = NULL;
        for (size_t i = 0; i < r->n; i++)
            if (r->sets[i] && r->sets[i] != r->current && !replicas_of(r->sets[i]) && !live_of(r->sets[i]) &&
                (!oldest || revision_of(r->sets[i]) < revision_of(oldest)))
                oldest = r->sets[i];
        if (!oldest)
            return;
        sim_delete(r->s, r->a, REPLICASETS, sim_meta(oldest, "namespace"), sim_meta(oldest, "name"), -1);
        for (size_t i = 0; i < r->n; i++)
            if (r->sets[i] == oldest)
                r->sets[i--] = r->sets[--r->n];
        idle--;
    }
}

/* ---- Deployments: status ---- */

static bool is_complete(const struct rollout *r, int64_t wanted) {
    return r->current && live_of(r->current) == wanted && sum(r, live_of) == wanted &&
           sum(r, ready_of) == wanted;
}

static bool has_moved(const struct value *before, const struct value *d) {
    static const char *const keys[] = { "updatedReplicas", "readyReplicas", "availableReplicas", "replicas" };
    for (size_t i = 0; i < countof(keys); i++)
        if (sim_int(before, keys[i], 0) != status_int(d, keys[i]))
            return true;
    return false;
}

static void progress(struct rollout *r, const struct value *before, bool is_new, int64_t wanted) {
    struct arena *a = r->a;
    const char *name = r->current ? sim_meta(r->current, "name") : "";
    const struct value *c = sim_condition_get(r->d, "Progressing");
    const char *reason = sim_text(c, "reason");
    int64_t limit_s = sim_int(spec_of(r->d), "progressDeadlineSeconds", 600), updated_ns;
    struct err err = { .a = a };
    if (is_complete(r, wanted)) {
        sim_condition(r->s, a, r->d, "Progressing", "True", "NewReplicaSetAvailable",
                      arena_fmt(a, "ReplicaSet \"%s\" has successfully progressed.", name), true);
        return;
    }
    bool told_done = text_eq(reason, "NewReplicaSetAvailable");
    bool done_for_this = told_done && strstr(sim_text(c, "message"), arena_fmt(a, "\"%s\"", name));
    if (is_new)
        sim_condition(r->s, a, r->d, "Progressing", "True", "NewReplicaSetCreated",
                      arena_fmt(a, "Created new replica set \"%s\"", name), true);
    else if ((has_moved(before, r->d) && !done_for_this) || !c || (told_done && !done_for_this))
        sim_condition(r->s, a, r->d, "Progressing", "True", "ReplicaSetUpdated",
                      arena_fmt(a, "ReplicaSet \"%s\" is progressing.", name), true);
    c = sim_condition_get(r->d, "Progressing");
    if (done_for_this || text_eq(sim_text(c, "reason"), "ProgressDeadlineExceeded") ||
        !time_parse_rfc3339(sim_text(c, "lastUpdateTime"), &updated_ns, &err))
        return;
    int64_t left = updated_ns + limit_s * NS_PER_S - sandbox_now_ns(r->s->sb);
    if (left <= 0)
        sim_condition(r->s, a, r->d, "Progressing", "False", "ProgressDeadlineExceeded",
                      arena_fmt(a, "ReplicaSet \"%s\" has timed out progressing.", name), true);
    else
        sim_alarm(r->s, DEPLOYMENTS, sim_meta(r->d, "namespace"), sim_meta(r->d, "name"), left + NS_PER_MS);
}

static void write_status(struct rollout *r, bool is_new) {
    struct arena *a = r->a;
    struct value *d = r->d, *before = value_copy(a, value_get(d, "status"));
    const struct value *how = value_at(d, "spec", "strategy", "rollingUpdate", NULL);
    int64_t wanted = replicas_of(d), ready = sum(r, ready_of), total = sum(r, live_of);
    int64_t spare =
        recreates(d) ? 0 : sim_resolve(value_get(how, "maxUnavailable"), wanted / 4, wanted, false);
    struct value *status = value_ensure(a, d, "status", NULL);
    value_set(a, status, "observedGeneration",
              value_int(a, sim_int(value_get(d, "metadata"), "generation", 1)));
    count_set(a, d, "replicas", total);
    count_set(a, d, "updatedReplicas", r->current ? live_of(r->current) : 0);
    count_set(a, d, "readyReplicas", ready);
    count_set(a, d, "availableReplicas", ready);
    count_set(a, d, "unavailableReplicas", total > ready ? total - ready : 0);
    if (ready >= wanted - spare)
        sim_condition(r->s, a, d, "Available", "True", "MinimumReplicasAvailable",
                      "Deployment has minimum availability.", true);
    else
        sim_condition(r->s, a, d, "Available", "False", "MinimumReplicasUnavailable",
                      "Deployment does not have minimum availability.", true);
    progress(r, before, is_new, wanted);
    sim_status(r->s, a, DEPLOYMENTS, d, before);
}

static bool ensure_current(struct rollout *r, bool *is_new) {
    int64_t newest = newest_revision(r);
    if (!r->current) {
        r->current = make_set(r, newest + 1);
        *is_new = r->current;
        if (r->current) {
            struct value **more = arena_array(r->a, struct value *, r->n + 1);
            if (r->n)
                memcpy(more, r->sets, r->n * sizeof *more);
            more[r->n++] = r->current;
            r->sets = more;
            newest++;
        }
    } else if (revision_of(r->current) < newest) { // rolled back to: it is the newest again
        set_revision(r->a, r->current, ++newest);
        if (sim_update(r->s, r->a, REPLICASETS, r->current))
            r->current = NULL; // looked at again with what is stored
        return false;
    }
    if (r->current && revision_of(r->d) != revision_of(r->current)) {
        set_revision(r->a, r->d, revision_of(r->current));
        if (!sim_update(r->s, r->a, DEPLOYMENTS, r->d))
            return false;
        r->d = sim_get(r->s, r->a, DEPLOYMENTS, sim_meta(r->d, "namespace"), sim_meta(r->d, "name"));
    }
    return r->current && r->d;
}

void sim_deployment(struct simulator *s, struct arena *a, struct value *d) {
    struct rollout r = { .s = s, .a = a, .d = d };
    bool is_new = false;
    r.sets = sim_children(s, a, d, REPLICASETS, &r.n);
    find_current(&r);
    if (sim_is_deleting(d))
        return;
    if (!value_bool_or(value_get(spec_of(d), "paused"), false)) {
        if (!ensure_current(&r, &is_new))
            return;
        if (recreates(r.d))
            roll_recreate(&r, replicas_of(r.d));
        else
            roll_over(&r, replicas_of(r.d));
        forget_old(&r);
    } else if (r.current) {
        resize(&r, r.current, replicas_of(d));
    }
    write_status(&r, is_new);
}
