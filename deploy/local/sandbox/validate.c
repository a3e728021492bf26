// SPDX-License-Identifier: Apache-2.0
// Validation of built-in kinds: the tables of their rules and functions. Source: k8s.io/kubernetes pkg/apis/*/validation.
#include "deploy/local/sandbox/validate.h"

#include "deploy/local/sandbox/builtin.h"

static const struct rule deployment_rules[] = {
    { "spec.replicas", CHECK_NOT_NEGATIVE },
    { "spec.minReadySeconds", CHECK_NOT_NEGATIVE },
    { "spec.revisionHistoryLimit", CHECK_NOT_NEGATIVE },
    { "spec.progressDeadlineSeconds", CHECK_NOT_NEGATIVE },
    { "spec.strategy.type", CHECK_ONE_OF, "Recreate|RollingUpdate" },
    { "spec.updateStrategy.type", CHECK_ONE_OF, "RollingUpdate|OnDelete" },
    { "spec.podManagementPolicy", CHECK_ONE_OF, "OrderedReady|Parallel" },
    { 0 },
};
static const struct rule job_rules[] = {
    { "spec.parallelism", CHECK_NOT_NEGATIVE },
    { "spec.completions", CHECK_NOT_NEGATIVE },
    { "spec.backoffLimit", CHECK_NOT_NEGATIVE },
    { "spec.activeDeadlineSeconds", CHECK_NOT_NEGATIVE },
    { "spec.ttlSecondsAfterFinished", CHECK_NOT_NEGATIVE },
    { "spec.completionMode", CHECK_ONE_OF, "Indexed|NonIndexed" },
    { 0 },
};
static const struct rule cronjob_rules[] = {
    { "spec.schedule", CHECK_REQUIRED },
    { "spec.concurrencyPolicy", CHECK_ONE_OF, "Allow|Forbid|Replace" },
    { "spec.startingDeadlineSeconds", CHECK_NOT_NEGATIVE },
    { "spec.successfulJobsHistoryLimit", CHECK_NOT_NEGATIVE },
    { "spec.failedJobsHistoryLimit", CHECK_NOT_NEGATIVE },
    { 0 },
};
static const struct rule service_rules[] = {
    { "spec.type", CHECK_ONE_OF, "ClusterIP|ExternalName|LoadBalancer|NodePort" },
    { "spec.sessionAffinity", CHECK_ONE_OF, "ClientIP|None" },
    { "spec.externalTrafficPolicy", CHECK_ONE_OF, "Cluster|Local" },
    { "spec.internalTrafficPolicy", CHECK_ONE_OF, "Cluster|Local" },
    { "spec.ipFamilyPolicy", CHECK_ONE_OF, "PreferDualStack|RequireDualStack|SingleStack" },
    { "spec.selector", CHECK_LABELS },
    { "spec.ports[*].port", CHECK_RANGE, NULL, 1, 65535 },
    { "spec.ports[*].targetPort", CHECK_RANGE, NULL, 1, 65535 },
    { "spec.ports[*].protocol", CHECK_ONE_OF, "SCTP|TCP|UDP" },
    { "spec.ports[*].name", CHECK_DNS_LABEL },
    { "spec.ports[*].name", CHECK_UNIQUE },
    { 0 },
};
static const struct rule ingress_rules[] = {
    { "spec.ingressClassName", CHECK_DNS_SUBDOMAIN },
    { "spec.rules[*].http.paths", CHECK_REQUIRED },
    { "spec.rules[*].http.paths[*].pathType", CHECK_REQUIRED, "pathType must be specified" },
    { "spec.rules[*].http.paths[*].pathType", CHECK_ONE_OF, "Exact|ImplementationSpecific|Prefix" },
    { "spec.rules[*].http.paths[*].path", CHECK_ABSOLUTE, "must be an absolute path" },
    { "spec.rules[*].http.paths[*].backend.service.name", CHECK_REQUIRED },
    { "spec.tls[*].secretName", CHECK_DNS_SUBDOMAIN },
    { 0 },
};
static const struct rule networkpolicy_rules[] = {
    { "spec.policyTypes[*]", CHECK_ONE_OF, "Ingress|Egress" },
    { "spec.ingress[*].ports[*].protocol", CHECK_ONE_OF, "TCP|UDP|SCTP" },
    { "spec.egress[*].ports[*].protocol", CHECK_ONE_OF, "TCP|UDP|SCTP" },
    { "spec.ingress[*].ports[*].port", CHECK_RANGE, NULL, 1, 65535 },
    { "spec.egress[*].ports[*].port", CHECK_RANGE, NULL, 1, 65535 },
    { 0 },
};
static const struct rule claim_rules[] = {
    { "spec.accessModes", CHECK_REQUIRED, "at least 1 access mode is required" },
    { "spec.accessModes[*]", CHECK_ONE_OF, "ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod" },
    { "spec.volumeMode", CHECK_ONE_OF, "Block|Filesystem" },
    { "spec.storageClassName", CHECK_DNS_SUBDOMAIN },
    { 0 },
};
static const struct rule volume_rules[] = {
    { "spec.accessModes", CHECK_REQUIRED },
    { "spec.accessModes[*]", CHECK_ONE_OF, "ReadOnlyMany|ReadWriteMany|ReadWriteOnce|ReadWriteOncePod" },
    { "spec.persistentVolumeReclaimPolicy", CHECK_ONE_OF, "Delete|Recycle|Retain" },
    { 0 },
};
static const struct rule autoscaler_rules[] = {
    { "spec.maxReplicas", CHECK_POSITIVE },
    { "spec.scaleTargetRef.kind", CHECK_REQUIRED },
    { "spec.scaleTargetRef.name", CHECK_REQUIRED },
    { 0 },
};
static const struct rule class_rules[] = {
    { "provisioner", CHECK_REQUIRED },
    { "reclaimPolicy", CHECK_ONE_OF, "Delete|Retain" },
    { "volumeBindingMode", CHECK_ONE_OF, "Immediate|WaitForFirstConsumer" },
    { 0 },
};
static const struct rule limit_rules[] = { { "spec.limits[*].type", CHECK_REQUIRED }, { 0 } };
static const struct rule lease_rules[] = {
    { "spec.leaseDurationSeconds", CHECK_POSITIVE },
    { "spec.leaseTransitions", CHECK_NOT_NEGATIVE },
    { 0 },
};
static const struct rule slice_rules[] = { { "addressType", CHECK_REQUIRED },
                                           { "addressType", CHECK_ONE_OF, "FQDN|IPv4|IPv6" },
                                           { 0 } };
static const struct rule webhook_rules[] = {
    { "webhooks[*].admissionReviewVersions", CHECK_REQUIRED, "must specify one of v1, v1beta1" },
    { "webhooks[*].sideEffects", CHECK_REQUIRED, "must specify one of None, NoneOnDryRun" },
    { "webhooks[*].sideEffects", CHECK_ONE_OF, "None|NoneOnDryRun" },
    { "webhooks[*].failurePolicy", CHECK_ONE_OF, "Fail|Ignore" },
    { "webhooks[*].name", CHECK_UNIQUE },
    { "webhooks[*].timeoutSeconds", CHECK_RANGE, NULL, 1, 30 },
    { 0 },
};

static const struct {
    const char *key;
    const struct rule *rules;
    void (*fn)(const struct value *tree, struct field_errors *fe);
} kinds[] = {
    { "deployments.apps", deployment_rules, workload_validate },
    { "statefulsets.apps", deployment_rules, workload_validate },
    { "daemonsets.apps", deployment_rules, workload_validate },
    { "replicasets.apps", deployment_rules, workload_validate },
    { "jobs.batch", job_rules, job_validate },
    { "cronjobs.batch", cronjob_rules, cronjob_validate },
    { "pods", NULL, pod_validate },
    { "services", service_rules, service_validate },
    { "configmaps", NULL, configmap_validate },
    { "secrets", NULL, secret_validate },
    { "roles.rbac.authorization.k8s.io", NULL, role_validate },
    { "clusterroles.rbac.authorization.k8s.io", NULL, role_validate },
    { "rolebindings.rbac.authorization.k8s.io", NULL, binding_validate },
    { "clusterrolebindings.rbac.authorization.k8s.io", NULL, binding_validate },
    { "ingresses.networking.k8s.io", ingress_rules, NULL },
    { "networkpolicies.networking.k8s.io", networkpolicy_rules, NULL },
    { "persistentvolumeclaims", claim_rules, claim_validate },
    { "persistentvolumes", volume_rules, NULL },
    { "horizontalpodautoscalers.autoscaling", autoscaler_rules, NULL },
    { "storageclasses.storage.k8s.io", class_rules, NULL },
    { "limitranges", limit_rules, NULL },
    { "leases.coordination.k8s.io", lease_rules, NULL },
    { "endpointslices.discovery.k8s.io", slice_rules, NULL },
    { "poddisruptionbudgets.policy", NULL, budget_validate },
    { "validatingwebhookconfigurations.admissionregistration.k8s.io", webhook_rules, NULL },
    { "mutatingwebhookconfigurations.admissionregistration.k8s.io", webhook_rules, NULL },
};

void selector_validate(const struct value *selector, const char *path, struct field_errors *fe) {
    static const struct rule rules[] = {
        { "matchLabels", CHECK_LABELS },
        { "matchExpressions[*].key", CHECK_REQUIRED },
        { "matchExpressions[*].operator", CHECK_ONE_OF, "DoesNotExist|Exists|In|NotIn" },
        { 0 },
    };
    rows_check(rules, selector, path, fe);
    const struct value *list = value_get(selector, "matchExpressions");
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *e = value_item(list, i);
        const char *op = value_text(value_get(e, "operator"), "");
        bool wants = text_eq(op, "In") || text_eq(op, "NotIn"), has = value_len(value_get(e, "values"));
        const char *at = arena_fmt(fe->a, "%s.matchExpressions[%zu].values", path, i);
        if (wants && !has)
            field_error_add(fe, FIELD_REQUIRED, at, NULL,
                            "must be specified when `operator` is 'In' or 'NotIn'");
        else if (!wants && has)
            field_error_add(fe, FIELD_FORBIDDEN, at, NULL,
                            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
}

void builtin_validate(struct sandbox *sb, const struct resource *r, const struct value *tree,
                      const struct value *old, struct field_errors *fe) {
    (void)sb;
    for (size_t i = 0; i < countof(kinds); i++) {
        if (!text_eq(kinds[i].key, r->key))
            continue;
        if (kinds[i].rules)
            rows_check(kinds[i].rules, tree, "", fe);
        if (kinds[i].fn)
            kinds[i].fn(tree, fe);
    }
    if (old)
        immutable_validate(r, tree, old, fe);
}
