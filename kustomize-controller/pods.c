// SPDX-License-Identifier: Apache-2.0
/* The pods of a workload that is in progress: a failed one fails it at once, and one that has something to say gives the reason.
 *
 * Pods of an older revision of a Deployment do not count (upstream counts them: a commit that mends a crashing Deployment fails once more,
 * because of the pods that it replaces).
 * Flux: cli-utils/pkg/kstatus/polling/statusreaders/common.go (podControllerStatusReader) */
#include "kustomize-controller/kustomization.h"

#include "common/base/timeutil.h"

#define REVISION "deployment.kubernetes.io/revision"
#define HASH "pod-template-hash"

static bool list(struct run *r, struct kube_client *client, const char *kind, const char *ns,
                 const char *selector, struct value **out) {
    struct err err = { .a = r->a };
    const char *group = text_eq(kind, "Pod") ? "" : "apps";
    struct kube_request req = { .verb = KUBE_LIST,
                                .resource = kube_builtin_resource(group, "v1", kind),
                                .ns = ns,
                                .label_selector = selector };
    return park_peek_selected(r, client, req.resource, ns, selector, out) ||
           kube_list_all(r->a, client, &req, out, &err);
}

static const char *newest_version(const struct value *pods) {
    const char *newest = "";
    uint64_t max = 0, version;
    for (size_t i = 0; i < value_len(pods); i++) {
        const char *text = object_resource_version(value_item(pods, i));
        if (str_to_u64(str_of(text), &version) && version > max) {
            max = version;
            newest = text;
        }
    }
    return newest;
}

static bool any_has_a_cause(struct run *r, const struct value *pods) {
    for (size_t i = 0; i < value_len(pods); i++)
        if (kstatus_pod_cause(r->a, value_item(pods, i)))
            return true;
    return false;
}

// The label value of the pods of the Deployment's current ReplicaSet; NULL: not known.
static const char *current_hash(struct run *r, struct kube_client *client, const struct value *deployment,
                                const char *selector) {
    const char *revision = object_annotation(deployment, REVISION);
    struct value *sets;
    if (!revision || !list(r, client, "ReplicaSet", object_ns(deployment), selector, &sets))
        return NULL;
    for (size_t i = 0; i < value_len(sets); i++) {
        const struct value *set = value_item(sets, i);
        const char *owner = value_text_at(set, "metadata", "ownerReferences", "0", "uid", NULL);
        if (text_eq(owner, object_uid(deployment)) && text_eq(object_annotation(set, REVISION), revision))
            return object_label(set, HASH);
    }
    return NULL;
}

static struct value *with_hash(struct run *r, struct value *pods, const char *hash) {
    struct value *kept = value_list(r->a);
    for (size_t i = 0; i < value_len(pods); i++)
        if (text_eq(object_label(value_item(pods, i), HASH), hash))
            value_append(r->a, kept, value_item(pods, i));
    return kept;
}

// Those that count.
static struct value *current_pods(struct run *r, struct kube_client *client, const struct value *workload,
                                  const char *selector, struct value *pods) {
    int64_t observed = value_int_or(value_at(workload, "status", "observedGeneration", NULL), 0);
    if (observed != object_generation(workload)) // its controller has not acted on what was applied
        return value_list(r->a);
    if (!text_eq(object_kind(workload), "Deployment") || !any_has_a_cause(r, pods))
        return pods;
    const char *hash = current_hash(r, client, workload, selector);
    return hash ? with_hash(r, pods, hash) : pods;
}

void ks_look_at_pods(struct run *r, struct kube_client *client, const struct value *workload,
                     enum kstatus *status, const char **why) {
    if (*status != KSTATUS_IN_PROGRESS || !kstatus_looks_at_pods(workload))
        return;
    const char *selector = selector_text(r->a, value_at(workload, "spec", "selector", NULL)),
               *ns = object_ns(workload);
    struct value *pods;
    if (text_empty(selector) || !list(r, client, "Pod", ns, selector, &pods))
        return;
    struct value *current = current_pods(r, client, workload, selector, pods);
    *status = kstatus_with_pods(r->a, *status, current, now_wall_ns(), why);
    for (size_t i = 0; *status == KSTATUS_IN_PROGRESS && i < value_len(current); i++) {
        const char *cause = kstatus_pod_cause(r->a, value_item(current, i));
        if (!cause)
            continue;
        *why = arena_fmt(r->a, "%s; pod %s: %s", *why, object_name(value_item(current, i)), cause);
        break;
    }
    if (*status == KSTATUS_IN_PROGRESS)
        park_on_selected(r, client, kube_builtin_resource("", "v1", "Pod"), ns, selector,
                         newest_version(pods));
}
