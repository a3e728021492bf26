// SPDX-License-Identifier: Apache-2.0
// What the server itself sets on objects of built-in kinds. Source: the strategies' PrepareForCreate and PrepareForUpdate
// in k8s.io/kubernetes pkg/registry, and the admission plugins that are on by default.
#include "deploy/local/sandbox/builtin.h"

static void namespace_prepare(struct sandbox *sb, struct arena *a, struct value *tree,
                              const struct value *old) {
    (void)sb;
    struct value *finalizers = value_at(old, "spec", "finalizers", NULL),
                 *spec = value_ensure(a, tree, "spec", NULL);
    if (!spec)
        return;
    if (!old)
        default_json(a, spec, "finalizers", "[\"kubernetes\"]");
    else
        value_set(a, spec, "finalizers", finalizers ? value_copy(a, finalizers) : NULL);
}

static bool pod_has_resources(const struct value *pod, const char *which, const char *resource) {
    const struct value *containers = value_at(pod, "spec", "containers", NULL);
    for (size_t i = 0; i < value_len(containers); i++)
        if (!value_at(value_item(containers, i), "resources", which, resource, NULL))
            return false;
    return value_len(containers);
}

static bool pod_has_any_resources(const struct value *pod) {
    static const char *const lists[] = { "containers", "initContainers" };
    for (size_t k = 0; k < countof(lists); k++) {
        const struct value *containers = value_at(pod, "spec", lists[k], NULL);
        for (size_t i = 0; i < value_len(containers); i++)
            if (value_len(value_at(value_item(containers, i), "resources", "requests", NULL)))
                return true;
    }
    return false;
}

static bool pod_is_guaranteed(const struct value *pod) {
    const struct value *containers = value_at(pod, "spec", "containers", NULL);
    for (size_t i = 0; i < value_len(containers); i++) {
        const struct value *r = value_get(value_item(containers, i), "resources");
        if (!value_equal(value_get(r, "limits"), value_get(r, "requests")))
            return false;
    }
    return pod_has_resources(pod, "limits", "cpu") && pod_has_resources(pod, "limits", "memory");
}

static void pod_prepare(struct sandbox *sb, struct arena *a, struct value *tree, const struct value *old) {
    (void)sb;
    struct value *spec = value_get(tree, "spec");
    if (old || !value_is(spec, VALUE_MAP))
        return;
    struct value *status = value_ensure(a, tree, "status", NULL);
    default_text(a, status, "phase", "Pending");
    default_text(a, status, "qosClass",
                 pod_is_guaranteed(tree)       ? "Guaranteed"
                 : pod_has_any_resources(tree) ? "Burstable"
                                               : "BestEffort");
    default_text(a, spec, "serviceAccountName", "default");
    default_text(a, spec, "serviceAccount", value_text(value_get(spec, "serviceAccountName"), ""));
    default_int(a, spec, "priority", 0);
    default_text(a, spec, "preemptionPolicy", "PreemptLowerPriority");
    default_json(
        a, spec, "tolerations",
        "[{\"key\":\"node.kubernetes.io/"
        "not-ready\",\"operator\":\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":300},"
        "{\"key\":\"node.kubernetes.io/"
        "unreachable\",\"operator\":\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":300}]");
}

// The selector of a Job and the labels of its pods are made from its uid unless the client says manualSelector.
static void job_prepare(struct sandbox *sb, struct arena *a, struct value *tree, const struct value *old) {
    (void)sb;
    struct value *spec = value_get(tree, "spec");
    if (old || !value_is(spec, VALUE_MAP) || value_bool_or(value_get(spec, "manualSelector"), false))
        return;
    struct value *uid = value_at(tree, "metadata", "uid", NULL),
                 *name = value_at(tree, "metadata", "name", NULL);
    struct value *labels = value_ensure(a, spec, "template", "metadata", "labels", NULL),
                 *match = value_ensure(a, spec, "selector", "matchLabels", NULL);
    if (!labels || !match)
        return;
    value_set(a, match, "batch.kubernetes.io/controller-uid", value_copy(a, uid));
    value_set(a, labels, "batch.kubernetes.io/controller-uid", value_copy(a, uid));
    value_set(a, labels, "batch.kubernetes.io/job-name", value_copy(a, name));
    value_set(a, labels, "controller-uid", value_copy(a, uid));
    value_set(a, labels, "job-name", value_copy(a, name));
}

static const struct {
    const char *key;
    void (*fn)(struct sandbox *sb, struct arena *a, struct value *tree, const struct value *old);
    bool for_internal; // also when a controller of the sandbox writes
} kinds[] = {
    { "namespaces", namespace_prepare, false },
    { "pods", pod_prepare, true },
    { "jobs.batch", job_prepare, true },
    { "services", service_prepare, true },
};

void builtin_prepare(struct sandbox *sb, struct arena *a, const struct resource *r, struct value *tree,
                     const struct value *old, bool internal) {
    for (size_t i = 0; i < countof(kinds); i++)
        if (text_eq(kinds[i].key, r->key) && (!internal || kinds[i].for_internal || !old))
            kinds[i].fn(sb, a, tree, old);
    const char *why;
    builtin_default(sb->types, a, r, tree); // the status that was taken away has defaults too
    bool ok = builtin_decode(sb->types, a, r, tree, NULL, &why);
    (void)ok; // false: a state file brought a status that no client could have written; it stays as it is
}
