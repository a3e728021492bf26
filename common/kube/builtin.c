// SPDX-License-Identifier: Apache-2.0
// Kinds that need no discovery: those of every Kubernetes server, and Flux's.
#include "common/kube/discovery.h"

#define NAMESPACED true
#define CLUSTER false

// The stable version of a kind stands first.
static const struct kube_resource kubernetes_kinds[] = {
    { "", "v1", "ConfigMap", "configmaps", NAMESPACED },
    { "", "v1", "Endpoints", "endpoints", NAMESPACED },
    { "", "v1", "Event", "events", NAMESPACED },
    { "", "v1", "LimitRange", "limitranges", NAMESPACED },
    { "", "v1", "Namespace", "namespaces", CLUSTER },
    { "", "v1", "Node", "nodes", CLUSTER },
    { "", "v1", "PersistentVolume", "persistentvolumes", CLUSTER },
    { "", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", NAMESPACED },
    { "", "v1", "Pod", "pods", NAMESPACED },
    { "", "v1", "ReplicationController", "replicationcontrollers", NAMESPACED },
    { "", "v1", "ResourceQuota", "resourcequotas", NAMESPACED },
    { "", "v1", "Secret", "secrets", NAMESPACED },
    { "", "v1", "Service", "services", NAMESPACED },
    { "", "v1", "ServiceAccount", "serviceaccounts", NAMESPACED },
    { "admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations",
      CLUSTER },
    { "admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration",
      "validatingwebhookconfigurations", CLUSTER },
    { "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", CLUSTER },
    { "apps", "v1", "ControllerRevision", "controllerrevisions", NAMESPACED },
    { "apps", "v1", "DaemonSet", "daemonsets", NAMESPACED },
    { "apps", "v1", "Deployment", "deployments", NAMESPACED },
    { "apps", "v1", "ReplicaSet", "replicasets", NAMESPACED },
    { "apps", "v1", "StatefulSet", "statefulsets", NAMESPACED },
    { "autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", NAMESPACED },
    { "autoscaling", "v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers", NAMESPACED },
    { "batch", "v1", "CronJob", "cronjobs", NAMESPACED },
    { "batch", "v1", "Job", "jobs", NAMESPACED },
    { "coordination.k8s.io", "v1", "Lease", "leases", NAMESPACED },
    { "networking.k8s.io", "v1", "Ingress", "ingresses", NAMESPACED },
    { "networking.k8s.io", "v1", "IngressClass", "ingressclasses", CLUSTER },
    { "networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", NAMESPACED },
    { "policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", NAMESPACED },
    { "rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", CLUSTER },
    { "rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", CLUSTER },
    { "rbac.authorization.k8s.io", "v1", "Role", "roles", NAMESPACED },
    { "rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", NAMESPACED },
    { "scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", CLUSTER },
    { "storage.k8s.io", "v1", "StorageClass", "storageclasses", CLUSTER },
    { 0 },
};

#define SOURCE "source.toolkit.fluxcd.io"
#define NOTIFICATION "notification.toolkit.fluxcd.io"

static const struct kube_resource flux_kinds[] = {
    { SOURCE, "v1", "Bucket", "buckets", NAMESPACED },
    { SOURCE, "v1", "ExternalArtifact", "externalartifacts", NAMESPACED },
    { SOURCE, "v1", "GitRepository", "gitrepositories", NAMESPACED },
    { SOURCE, "v1", "HelmChart", "helmcharts", NAMESPACED },
    { SOURCE, "v1", "HelmRepository", "helmrepositories", NAMESPACED },
    { SOURCE, "v1", "OCIRepository", "ocirepositories", NAMESPACED },
    { "kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations", NAMESPACED },
    { "helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases", NAMESPACED },
    { NOTIFICATION, "v1beta3", "Alert", "alerts", NAMESPACED },
    { NOTIFICATION, "v1beta3", "Provider", "providers", NAMESPACED },
    { NOTIFICATION, "v1", "Receiver", "receivers", NAMESPACED },
    { 0 },
};

static const struct kube_resource *find_in(const struct kube_resource *table, const char *group,
                                           const char *version, const char *kind) {
    for (const struct kube_resource *r = table; r->kind; r++)
        if (text_eq(r->kind, kind) && text_eq(r->group, group) &&
            (text_empty(version) || text_eq(r->version, version)))
            return r;
    return NULL;
}

const struct kube_resource *kube_builtin_resource(const char *group, const char *version, const char *kind) {
    const struct kube_resource *r = find_in(kubernetes_kinds, group, version, kind);
    return r ? r : find_in(flux_kinds, group, version, kind);
}

const struct kube_resource *kube_core_resource(const char *group, const char *version, const char *kind) {
    return find_in(kubernetes_kinds, group, version, kind);
}
