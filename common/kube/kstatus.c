// SPDX-License-Identifier: Apache-2.0
/* kstatus: generic rules first, then the rule of the kind.
 * Flux: cli-utils/pkg/kstatus/status (core.go, generic.go, status.go); pkg/runtime/statusreaders (job.go) */
#include "common/kube/kstatus.h"

#include "common/base/timeutil.h"

#define UNSCHEDULABLE_GRACE_NS (15 * NS_PER_S)

struct look {
    struct arena *a;
    const struct value *object;
    int64_t wall_ns;
    const char *message;
};

const char *kstatus_name(enum kstatus s) {
    switch (s) {
    case KSTATUS_UNKNOWN: return "Unknown";
    case KSTATUS_IN_PROGRESS: return "InProgress";
    case KSTATUS_FAILED: return "Failed";
    case KSTATUS_CURRENT: return "Current";
    case KSTATUS_TERMINATING: return "Terminating";
    case KSTATUS_NOT_FOUND: return "NotFound";
    }
    return "Unknown";
}

__attribute__((format(printf, 3, 4))) static enum kstatus say(struct look *l, enum kstatus s, const char *fmt,
                                                              ...) {
    va_list ap;
    va_start(ap, fmt);
    l->message = arena_vfmt(l->a, fmt, ap);
    va_end(ap);
    return s;
}

static int64_t status_int(const struct look *l, const char *key) {
    return value_int_or(value_at(l->object, "status", key, NULL), 0);
}

static int64_t spec_int(const struct look *l, const char *key, int64_t fallback) {
    return value_int_or(value_at(l->object, "spec", key, NULL), fallback);
}

static const char *condition_text(const struct look *l, const char *type, const char *key) {
    return value_text(value_get(object_condition(l->object, type), key), "");
}

/* ---- kinds ---- */

static enum kstatus deployment(struct look *l) {
    int64_t want = spec_int(l, "replicas", 1), have = status_int(l, "replicas"),
            updated = status_int(l, "updatedReplicas");
    int64_t available = status_int(l, "availableReplicas"), ready = status_int(l, "readyReplicas");
    const char *progress_reason = condition_text(l, "Progressing", "reason");
    if (text_eq(progress_reason, "ProgressDeadlineExceeded"))
        return say(l, KSTATUS_FAILED, "Progress deadline exceeded");
    if (have < want)
        return say(l, KSTATUS_IN_PROGRESS, "replicas: %lld/%lld", (long long)have, (long long)want);
    if (updated < want)
        return say(l, KSTATUS_IN_PROGRESS, "Updated: %lld/%lld", (long long)updated, (long long)want);
    if (have > want)
        return say(l, KSTATUS_IN_PROGRESS, "Pending termination: %lld", (long long)(have - want));
    if (available < updated)
        return say(l, KSTATUS_IN_PROGRESS, "Available: %lld/%lld", (long long)available, (long long)updated);
    if (ready < want)
        return say(l, KSTATUS_IN_PROGRESS, "Ready: %lld/%lld", (long long)ready, (long long)want);
    // A deadline of the maximum int32 means none; the API server fills in 600.
    bool has_deadline = value_at(l->object, "spec", "progressDeadlineSeconds", NULL) != NULL;
    bool rolled_out = object_condition_is(l->object, "Progressing", "True") &&
                      text_eq(progress_reason, "NewReplicaSetAvailable");
    if (has_deadline && spec_int(l, "progressDeadlineSeconds", 0) != INT32_MAX && !rolled_out)
        return say(l, KSTATUS_IN_PROGRESS, "ReplicaSet not Available");
    if (!object_condition_is(l->object, "Available", "True"))
        return say(l, KSTATUS_IN_PROGRESS, "Deployment not Available");
    return say(l, KSTATUS_CURRENT, "Deployment is available. Replicas: %lld", (long long)have);
}

static enum kstatus statefulset(struct look *l) {
    if (text_eq(value_text_at(l->object, "spec", "updateStrategy", "type", NULL), "OnDelete"))
        return say(l, KSTATUS_CURRENT, "StatefulSet is using the ondelete update strategy");
    int64_t want = spec_int(l, "replicas", 1), have = status_int(l, "replicas"),
            ready = status_int(l, "readyReplicas");
    int64_t current = status_int(l, "currentReplicas"), updated = status_int(l, "updatedReplicas");
    int64_t partition =
        value_int_or(value_at(l->object, "spec", "updateStrategy", "rollingUpdate", "partition", NULL), -1);
    if (want > have)
        return say(l, KSTATUS_IN_PROGRESS, "Replicas: %lld/%lld", (long long)have, (long long)want);
    if (want > ready)
        return say(l, KSTATUS_IN_PROGRESS, "Ready: %lld/%lld", (long long)ready, (long long)want);
    if (have > want)
        return say(l, KSTATUS_IN_PROGRESS, "Pending termination: %lld", (long long)(have - want));
    if (partition > 0) {
        if (updated < want - partition)
            return say(l, KSTATUS_IN_PROGRESS, "updated: %lld/%lld", (long long)updated,
                       (long long)(want - partition));
        return say(l, KSTATUS_CURRENT, "Partition rollout complete. updated: %lld", (long long)updated);
    }
    if (want > current)
        return say(l, KSTATUS_IN_PROGRESS, "current: %lld/%lld", (long long)current, (long long)want);
    const char *current_revision = value_text_at(l->object, "status", "currentRevision", NULL);
    if (!text_eq(current_revision, value_text_at(l->object, "status", "updateRevision", NULL)))
        return say(l, KSTATUS_IN_PROGRESS, "Waiting for updated revision to match current");
    return say(l, KSTATUS_CURRENT, "All replicas scheduled as expected. Replicas: %lld", (long long)have);
}

static enum kstatus replicaset(struct look *l) {
    if (object_condition_is(l->object, "ReplicaFailure", "True"))
        return say(l, KSTATUS_IN_PROGRESS, "Replica Failure condition. Check Pods");
    int64_t want = spec_int(l, "replicas", 1), have = status_int(l, "replicas");
    int64_t labelled = status_int(l, "fullyLabeledReplicas"), available = status_int(l, "availableReplicas");
    int64_t ready = status_int(l, "readyReplicas");
    if (want > labelled)
        return say(l, KSTATUS_IN_PROGRESS, "Labelled: %lld/%lld", (long long)labelled, (long long)want);
    if (want > available)
        return say(l, KSTATUS_IN_PROGRESS, "Available: %lld/%lld", (long long)available, (long long)want);
    if (want > ready)
        return say(l, KSTATUS_IN_PROGRESS, "Ready: %lld/%lld", (long long)ready, (long long)want);
    if (have > want)
        return say(l, KSTATUS_IN_PROGRESS, "Pending termination: %lld", (long long)(have - want));
    return say(l, KSTATUS_CURRENT, "ReplicaSet is available. Replicas: %lld", (long long)have);
}

static enum kstatus daemonset(struct look *l) {
    if (!value_at(l->object, "metadata", "generation", NULL))
        return say(l, KSTATUS_UNKNOWN, "Missing metadata.generation");
    if (!value_at(l->object, "status", "observedGeneration", NULL))
        return say(l, KSTATUS_IN_PROGRESS, "Missing status.observedGeneration");
    if (!value_at(l->object, "status", "desiredNumberScheduled", NULL))
        return say(l, KSTATUS_IN_PROGRESS, "Missing .status.desiredNumberScheduled");
    int64_t want = status_int(l, "desiredNumberScheduled");
    static const struct {
        const char *key, *what;
    } counts[] = { { "currentNumberScheduled", "Current" },
                   { "updatedNumberScheduled", "Updated" },
                   { "numberAvailable", "Available" },
                   { "numberReady", "Ready" } };
    for (size_t i = 0; i < countof(counts); i++)
        if (status_int(l, counts[i].key) < want)
            return say(l, KSTATUS_IN_PROGRESS, "%s: %lld/%lld", counts[i].what,
                       (long long)status_int(l, counts[i].key), (long long)want);
    return say(l, KSTATUS_CURRENT, "All replicas scheduled as expected. Replicas: %lld", (long long)want);
}

static bool unschedulable(const struct value *pod) {
    const struct value *scheduled = object_condition(pod, "PodScheduled");
    return text_eq(value_text(value_get(scheduled, "status"), ""), "False") &&
           text_eq(value_text(value_get(scheduled, "reason"), ""), "Unschedulable");
}

static bool created_before(const struct look *l, int64_t ago_ns) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    int64_t created_ns;
    const char *text = value_text_at(l->object, "metadata", "creationTimestamp", NULL);
    return text && time_parse_rfc3339(text, &created_ns, &err) && l->wall_ns > created_ns + ago_ns;
}

static bool crash_loops(const struct value *pod) {
    const struct value *list = value_at(pod, "status", "containerStatuses", NULL);
    for (size_t i = 0; value_is(list, VALUE_LIST) && i < value_len(list); i++)
        if (text_eq(value_text_at(value_item(list, i), "state", "waiting", "reason", NULL),
                    "CrashLoopBackOff"))
            return true;
    return false;
}

static enum kstatus pod(struct look *l) {
    const char *phase = value_text_at(l->object, "status", "phase", NULL);
    const char *cause = kstatus_pod_cause(l->a, l->object);
    if (text_empty(phase))
        return say(l, KSTATUS_IN_PROGRESS, "Pod phase not available");
    if (text_eq(phase, "Succeeded"))
        return say(l, KSTATUS_CURRENT, "Pod has completed successfully");
    if (text_eq(phase, "Failed")) // upstream: such a pod will not change any more
        return say(l, KSTATUS_CURRENT, "Pod has completed, but not successfully");
    if (text_eq(phase, "Running")) {
        if (object_condition_is(l->object, "Ready", "True"))
            return say(l, KSTATUS_CURRENT, "Pod is Ready");
        return say(l, crash_loops(l->object) ? KSTATUS_FAILED : KSTATUS_IN_PROGRESS, "%s",
                   cause ? cause : "Pod is running but is not Ready");
    }
    if (text_eq(phase, "Pending"))
        return say(l,
                   unschedulable(l->object) && created_before(l, UNSCHEDULABLE_GRACE_NS)
                       ? KSTATUS_FAILED
                       : KSTATUS_IN_PROGRESS,
                   "%s", cause ? cause : "Pod is in the Pending phase");
    return say(l, KSTATUS_UNKNOWN, "unknown phase %s", phase);
}

static enum kstatus pvc(struct look *l) {
    const char *phase = value_text_at(l->object, "status", "phase", NULL);
    if (!text_eq(phase, "Bound"))
        return say(l, KSTATUS_IN_PROGRESS, "PVC is not Bound. phase: %s", phase ? phase : "unknown");
    return say(l, KSTATUS_CURRENT, "PVC is Bound");
}

static enum kstatus service(struct look *l) {
    if (text_eq(value_text_at(l->object, "spec", "type", NULL), "LoadBalancer") &&
        text_empty(value_text_at(l->object, "spec", "clusterIP", NULL)))
        return say(l, KSTATUS_IN_PROGRESS, "ClusterIP not set. Service type: LoadBalancer");
    return say(l, KSTATUS_CURRENT, "Service is ready");
}

static enum kstatus crd(struct look *l) {
    const char *established = object_condition_status(l->object, "Established");
    if (object_condition_is(l->object, "NamesAccepted", "False"))
        return say(l, KSTATUS_FAILED, "%s", condition_text(l, "NamesAccepted", "message"));
    if (text_eq(established, "True"))
        return say(l, KSTATUS_CURRENT, "CRD is established");
    if (text_eq(established, "False") && !text_eq(condition_text(l, "Established", "reason"), "Installing"))
        return say(l, KSTATUS_FAILED, "%s", condition_text(l, "Established", "message"));
    return say(l, KSTATUS_IN_PROGRESS, "Install in progress");
}

static enum kstatus job(struct look *l) {
    if (value_bool_or(value_at(l->object, "spec", "suspend", NULL), false))
        return say(l, KSTATUS_CURRENT, "Job is suspended");
    if (object_condition_is(l->object, "Complete", "True"))
        return say(l, KSTATUS_CURRENT, "Job Completed");
    if (object_condition_is(l->object, "Failed", "True"))
        return say(l, KSTATUS_FAILED, "Job Failed: %s", condition_text(l, "Failed", "message"));
    return say(l, KSTATUS_IN_PROGRESS, "Job in progress");
}

static enum kstatus always_current(struct look *l) {
    return say(l, KSTATUS_CURRENT, "Resource is always ready");
}

static const struct {
    const char *group, *kind;
    enum kstatus (*rule)(struct look *l);
    bool pods, whole; // looks at pods; replaces the generic rules as well
} rules[] = {
    { "", "Service", service },
    { "", "Pod", pod },
    { "", "Secret", always_current },
    { "", "ConfigMap", always_current },
    { "", "PersistentVolumeClaim", pvc },
    { "apps", "Deployment", deployment, .pods = true },
    { "apps", "DaemonSet", daemonset },
    { "apps", "ReplicaSet", replicaset, .pods = true },
    { "apps", "StatefulSet", statefulset, .pods = true },
    { "extensions", "Deployment", deployment, .pods = true },
    { "extensions", "DaemonSet", daemonset },
    { "extensions", "ReplicaSet", replicaset, .pods = true },
    { "policy", "PodDisruptionBudget", always_current },
    { "batch", "CronJob", always_current },
    { "batch", "Job", job, .whole = true },
    { "apiextensions.k8s.io", "CustomResourceDefinition", crd },
    { 0 },
};

static ptrdiff_t rule_of(const struct value *object) {
    const char *api_version = object_api_version(object), *kind = object_kind(object);
    const char *slash = strchr(api_version, '/');
    struct str group = slash ? str_make(api_version, (size_t)(slash - api_version)) : STR("");
    for (size_t i = 0; rules[i].kind; i++)
        if (text_eq(rules[i].kind, kind) && str_is(group, rules[i].group))
            return (ptrdiff_t)i;
    return -1;
}

/* ---- generic rules ---- */

// true: decided.
static bool generic(struct look *l, enum kstatus *out) {
    const struct value *o = l->object;
    const struct value *generation = value_at(o, "metadata", "generation", NULL);
    const struct value *observed = value_at(o, "status", "observedGeneration", NULL);
    if (object_deleting(o)) {
        *out = say(l, KSTATUS_TERMINATING, "Resource scheduled for deletion");
        return true;
    }
    if (generation && observed && value_int_or(generation, 0) != value_int_or(observed, 0)) {
        *out =
            say(l, KSTATUS_IN_PROGRESS, "%s generation is %lld, but latest observed generation is %lld",
                object_kind(o), (long long)value_int_or(generation, 0), (long long)value_int_or(observed, 0));
        return true;
    }
    // In the order of the list: the first that says something wins.
    const struct value *conditions = value_at(o, "status", "conditions", NULL);
    for (size_t i = 0; value_is(conditions, VALUE_LIST) && i < value_len(conditions); i++) {
        const struct value *c = value_item(conditions, i);
        const char *type = value_text(value_get(c, "type"), "");
        if (!text_eq(value_text(value_get(c, "status"), ""), "True"))
            continue;
        if (text_eq(type, "Reconciling") || text_eq(type, "Stalled")) {
            *out = say(l, text_eq(type, "Stalled") ? KSTATUS_FAILED : KSTATUS_IN_PROGRESS, "%s",
                       value_text(value_get(c, "message"), ""));
            return true;
        }
    }
    return false;
}

static enum kstatus by_ready(struct look *l) {
    const char *ready = object_condition_status(l->object, "Ready");
    if (text_eq(ready, "False") || text_eq(ready, "Unknown"))
        return say(l, KSTATUS_IN_PROGRESS, "%s", condition_text(l, "Ready", "message"));
    return say(l, KSTATUS_CURRENT, "Resource is current");
}

enum kstatus kstatus_of(struct arena *a, const struct value *object, int64_t wall_ns,
                        const char **out_message) {
    struct look l = { .a = a, .object = object, .wall_ns = wall_ns, .message = "" };
    enum kstatus s;
    if (!object) {
        s = say(&l, KSTATUS_NOT_FOUND, "Resource not found");
    } else {
        ptrdiff_t rule = rule_of(object);
        bool whole = rule >= 0 && rules[rule].whole;
        if (whole || !generic(&l, &s))
            s = rule >= 0 ? rules[rule].rule(&l) : by_ready(&l);
    }
    if (out_message)
        *out_message = l.message;
    return s;
}

bool kstatus_looks_at_pods(const struct value *object) {
    ptrdiff_t rule = rule_of(object);
    return rule >= 0 && rules[rule].pods;
}

enum kstatus kstatus_with_pods(struct arena *a, enum kstatus s, const struct value *pods, int64_t wall_ns,
                               const char **out_message) {
    if (s != KSTATUS_IN_PROGRESS)
        return s;
    for (size_t i = 0; i < value_len(pods); i++) {
        const struct value *p = value_item(pods, i);
        const char *message;
        if (object_deleting(p) || unschedulable(p) || kstatus_of(a, p, wall_ns, &message) != KSTATUS_FAILED)
            continue;
        if (out_message)
            *out_message = arena_fmt(a, "pod %s: %s", object_name(p), message);
        return KSTATUS_FAILED;
    }
    return s;
}

/* ---- pods ---- */

static const char *container_cause(struct arena *a, const struct value *status) {
    const char *name = value_text(value_get(status, "name"), "");
    const struct value *waiting = value_at(status, "state", "waiting", NULL);
    const char *reason = value_text(value_get(waiting, "reason"), "");
    if (text_empty(reason) || text_eq(reason, "ContainerCreating") || text_eq(reason, "PodInitializing"))
        return NULL;
    const char *message = value_text(value_get(waiting, "message"), "");
    const struct value *last = value_at(status, "lastState", "terminated", NULL);
    const char *last_words = value_text(value_get(last, "message"), NULL);
    const char *cause = arena_fmt(a, "container %s: %s%s%s", name, reason, *message ? ": " : "", message);
    if (!last)
        return cause;
    return arena_fmt(a, "%s (last exit code %lld%s%s)", cause,
                     (long long)value_int_or(value_get(last, "exitCode"), 0), last_words ? ": " : "",
                     last_words ? last_words : "");
}

const char *kstatus_pod_cause(struct arena *a, const struct value *pod_object) {
    static const char *const lists[] = { "initContainerStatuses", "containerStatuses" };
    if (unschedulable(pod_object))
        return arena_fmt(a, "unschedulable: %s",
                         value_text(value_get(object_condition(pod_object, "PodScheduled"), "message"), ""));
    for (size_t i = 0; i < countof(lists); i++) {
        const struct value *list = value_at(pod_object, "status", lists[i], NULL);
        for (size_t j = 0; value_is(list, VALUE_LIST) && j < value_len(list); j++) {
            const char *cause = container_cause(a, value_item(list, j));
            if (cause)
                return cause;
        }
    }
    return NULL;
}
