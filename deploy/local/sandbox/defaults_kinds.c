// SPDX-License-Identifier: Apache-2.0
// Conditional defaults of kinds other than pods. Source: pkg/apis/{core,apps,batch,autoscaling,networking,rbac}/v*/defaults.go.
#include "common/value/base64.h"
#include "deploy/local/sandbox/builtin.h"
#include "deploy/local/sandbox/defaults.h"

static struct value *map_at(struct arena *a, struct value *tree, const char *key) {
    return value_ensure(a, tree, key, NULL);
}

/* ---- core ---- */

static void service_ports_default(struct arena *a, struct value *spec) {
    struct value *ports = value_get(spec, "ports");
    for (size_t i = 0; i < value_len(ports); i++) {
        struct value *port = value_item(ports, i), *target = value_get(port, "targetPort");
        bool unset = !target || (target->type == VALUE_INT && !target->i) ||
                     (target->type == VALUE_STRING && !target->s.n);
        if (unset)
            value_set(a, port, "targetPort", value_int(a, value_int_or(value_get(port, "port"), 0)));
    }
}

void service_default(struct arena *a, struct value *tree) {
    struct value *spec = map_at(a, tree, "spec");
    if (!spec)
        return;
    const char *type = value_text(value_get(spec, "type"), "ClusterIP");
    bool balancer = text_eq(type, "LoadBalancer"), node_port = text_eq(type, "NodePort"),
         external_name = text_eq(type, "ExternalName");
    default_text(a, spec, "sessionAffinity", "None");
    default_text(a, spec, "type", "ClusterIP");
    if (text_eq(value_text(value_get(spec, "sessionAffinity"), ""), "None"))
        value_remove(spec, "sessionAffinityConfig");
    else if (!value_at(spec, "sessionAffinityConfig", "clientIP", "timeoutSeconds", NULL))
        value_set(a, value_ensure(a, spec, "sessionAffinityConfig", "clientIP", NULL), "timeoutSeconds",
                  value_int(a, 10800));
    service_ports_default(a, spec);
    if (balancer || node_port || (!external_name && value_len(value_get(spec, "externalIPs"))))
        default_text(a, spec, "externalTrafficPolicy", "Cluster");
    if (!external_name)
        default_text(a, spec, "internalTrafficPolicy", "Cluster");
    if (balancer)
        default_json(a, spec, "allocateLoadBalancerNodePorts", "true");
}

// stringData is taken into data and never given back.
void secret_default(struct arena *a, struct value *tree) {
    struct value *text = value_get(tree, "stringData"), *data = NULL;
    if (value_len(text))
        data = map_at(a, tree, "data");
    for (size_t i = 0; data && i < text->map.n; i++)
        if (text->map.pairs[i].value->type == VALUE_STRING)
            value_set_n(a, data, text->map.pairs[i].key,
                        value_string(a, base64_encode(a, text->map.pairs[i].value->s)));
    value_remove(tree, "stringData");
}

void namespace_default(struct arena *a, struct value *tree) {
    const char *name = value_text_at(tree, "metadata", "name", NULL);
    struct value *labels = text_empty(name) ? NULL : value_ensure(a, tree, "metadata", "labels", NULL);
    if (labels)
        value_set(a, labels, "kubernetes.io/metadata.name", value_string(a, name));
    default_text(a, map_at(a, tree, "status"), "phase", "Active");
}

void persistentvolume_default(struct arena *a, struct value *tree) {
    default_text(a, map_at(a, tree, "status"), "phase", "Pending");
}

void claim_default(struct arena *a, struct value *tree) {
    default_text(a, map_at(a, tree, "status"), "phase", "Pending");
}

static void list_defaults(struct arena *a, struct value *item, const char *to, const char *from) {
    struct value *source = value_get(item, from), *target = value_len(source) ? map_at(a, item, to) : NULL;
    for (size_t i = 0; target && i < source->map.n; i++)
        if (!value_get_n(target, source->map.pairs[i].key))
            value_set_n(a, target, source->map.pairs[i].key, value_copy(a, source->map.pairs[i].value));
}

void limitrange_default(struct arena *a, struct value *tree) {
    struct value *limits = value_at(tree, "spec", "limits", NULL);
    for (size_t i = 0; i < value_len(limits); i++) {
        struct value *item = value_item(limits, i);
        if (!text_eq(value_text(value_get(item, "type"), ""), "Container"))
            continue;
        list_defaults(a, item, "default", "max");
        list_defaults(a, item, "defaultRequest", "default");
        list_defaults(a, item, "defaultRequest", "min");
    }
}

/* ---- apps ---- */

// spec.strategy or updateStrategy: type RollingUpdate, and the fields of rollingUpdate.
static struct value *rolling_update(struct arena *a, struct value *tree, const char *field) {
    struct value *spec = map_at(a, tree, "spec"), *strategy = spec ? map_at(a, spec, field) : NULL;
    default_text(a, strategy, "type", "RollingUpdate");
    return text_eq(value_text(value_get(strategy, "type"), ""), "RollingUpdate")
               ? map_at(a, strategy, "rollingUpdate")
               : NULL;
}

void deployment_default(struct arena *a, struct value *tree) {
    struct value *update = rolling_update(a, tree, "strategy");
    default_json(a, update, "maxUnavailable", "\"25%\"");
    default_json(a, update, "maxSurge", "\"25%\"");
}

void daemonset_default(struct arena *a, struct value *tree) {
    struct value *update = rolling_update(a, tree, "updateStrategy");
    default_int(a, update, "maxUnavailable", 1);
    default_int(a, update, "maxSurge", 0);
}

void statefulset_default(struct arena *a, struct value *tree) {
    struct value *spec = map_at(a, tree, "spec"), *strategy = spec ? map_at(a, spec, "updateStrategy") : NULL;
    if (!strategy)
        return;
    if (!value_get(strategy, "type"))
        map_at(a, strategy, "rollingUpdate");
    default_text(a, strategy, "type", "RollingUpdate");
    if (text_eq(value_text(value_get(strategy, "type"), ""), "RollingUpdate"))
        default_int(a, value_get(strategy, "rollingUpdate"), "partition", 0);
    struct value *retention = map_at(a, spec, "persistentVolumeClaimRetentionPolicy");
    default_text(a, retention, "whenDeleted", "Retain");
    default_text(a, retention, "whenScaled", "Retain");
    struct value *claims = value_get(spec, "volumeClaimTemplates");
    for (size_t i = 0; i < value_len(claims); i++) {
        struct value *claim = value_item(claims, i);
        default_text(a, claim, "apiVersion", "v1");
        default_text(a, claim, "kind", "PersistentVolumeClaim");
        claim_default(a, claim);
    }
}

void template_labels_default(struct arena *a, struct value *tree) {
    struct value *labels = value_at(tree, "spec", "template", "metadata", "labels", NULL),
                 *meta = value_get(tree, "metadata");
    if (value_len(labels) && meta && !value_len(value_get(meta, "labels")))
        value_set(a, meta, "labels", value_copy(a, labels));
}

void replicationcontroller_default(struct arena *a, struct value *tree) {
    struct value *labels = value_at(tree, "spec", "template", "metadata", "labels", NULL),
                 *spec = value_get(tree, "spec");
    if (value_len(labels) && !value_len(value_get(spec, "selector")))
        value_set(a, spec, "selector", value_copy(a, labels));
    template_labels_default(a, tree);
    default_int(a, spec, "replicas", 1);
}

/* ---- batch, autoscaling, networking, rbac ---- */

// Only of Jobs: what a CronJob has in its template gets none of these.
static void job_spec_default(struct arena *a, struct value *spec) {
    if (!value_get(spec, "completions") && !value_get(spec, "parallelism"))
        default_int(a, spec, "completions", 1);
    default_int(a, spec, "parallelism", 1);
    default_int(a, spec, "backoffLimit", value_get(spec, "backoffLimitPerIndex") ? INT32_MAX : 6);
    default_text(a, spec, "completionMode", "NonIndexed");
    default_json(a, spec, "suspend", "false");
    default_text(a, spec, "podReplacementPolicy",
                 value_get(spec, "podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
    default_json(a, spec, "manualSelector", "false");
}

void job_default(struct arena *a, struct value *tree) {
    struct value *spec = map_at(a, tree, "spec");
    if (spec)
        job_spec_default(a, spec);
    template_labels_default(a, tree);
}

static void scaling_rules_default(struct arena *a, struct value *behavior, const char *key,
                                  const char *json) {
    struct value *rules = map_at(a, behavior, key);
    default_text(a, rules, "selectPolicy", "Max");
    default_json(a, rules, "policies", json);
    if (text_eq(key, "scaleUp"))
        default_int(a, rules, "stabilizationWindowSeconds", 0);
}

void autoscaler_default(struct arena *a, struct value *tree) {
    struct value *spec = map_at(a, tree, "spec"), *behavior = value_get(spec, "behavior");
    if (spec && !value_len(value_get(spec, "metrics")))
        value_remove(spec, "metrics");
    default_json(a, spec, "metrics",
                 "[{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":{\"type\":"
                 "\"Utilization\",\"averageUtilization\":80}}}]");
    if (!behavior)
        return;
    scaling_rules_default(a, behavior, "scaleUp",
                          "[{\"type\":\"Pods\",\"value\":4,\"periodSeconds\":15},{\"type\":\"Percent\","
                          "\"value\":100,\"periodSeconds\":15}]");
    scaling_rules_default(a, behavior, "scaleDown",
                          "[{\"type\":\"Percent\",\"value\":100,\"periodSeconds\":15}]");
}

void networkpolicy_default(struct arena *a, struct value *tree) {
    struct value *spec = map_at(a, tree, "spec");
    if (!spec || value_len(value_get(spec, "policyTypes")))
        return;
    value_remove(spec, "policyTypes");
    default_json(a, spec, "policyTypes",
                 value_len(value_get(spec, "egress")) ? "[\"Ingress\",\"Egress\"]" : "[\"Ingress\"]");
}

void binding_default(struct arena *a, struct value *tree) {
    struct value *subjects = value_get(tree, "subjects");
    default_text(a, map_at(a, tree, "roleRef"), "apiGroup", "rbac.authorization.k8s.io");
    for (size_t i = 0; i < value_len(subjects); i++) {
        struct value *s = value_item(subjects, i);
        const char *kind = value_text(value_get(s, "kind"), "");
        if (text_eq(kind, "User") || text_eq(kind, "Group"))
            default_text(a, s, "apiGroup", "rbac.authorization.k8s.io");
    }
}
