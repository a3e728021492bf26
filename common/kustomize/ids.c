// SPDX-License-Identifier: Apache-2.0
/* Identity of an object: comparing, printing, the order of kinds and the scope of the built-in types. */
#include "common/kustomize/ids.h"
#include "common/base/map.h"

struct kz_gvk kz_gvk_of(struct arena *a, const char *api_version, const char *kind) {
    const char *slash = strchr(api_version, '/');
    struct kz_gvk g = { .group = "", .version = api_version, .kind = kind };
    if (slash) {
        g.group = arena_text(a, api_version, (size_t)(slash - api_version));
        g.version = slash + 1;
    }
    return g;
}

bool kz_gvk_equal(const struct kz_gvk *x, const struct kz_gvk *y) {
    return !strcmp(x->kind, y->kind) && !strcmp(x->group, y->group) && !strcmp(x->version, y->version);
}

bool kz_gvk_selected(const struct kz_gvk *x, const struct kz_gvk *s) {
    return (!*s->kind || !strcmp(s->kind, x->kind)) && (!*s->group || !strcmp(s->group, x->group)) &&
           (!*s->version || !strcmp(s->version, x->version));
}

static const char * or (const char *text, const char *fallback) {
    return *text ? text : fallback;
}

char *kz_gvk_text(struct arena *a, const struct kz_gvk *g) {
    return arena_fmt(a, "%s.%s.%s", or (g->kind, "[noKind]"), or (g->version, "[noVer]"),
                     or (g->group, "[noGrp]"));
}

char *kz_gvk_sort_text(struct arena *a, const struct kz_gvk *g) {
    return arena_fmt(a, "%s_%s_%s", or (g->group, "~G"), or (g->version, "~V"), or (g->kind, "~K"));
}

char *kz_gvk_api_version(struct arena *a, const struct kz_gvk *g) {
    return *g->group ? arena_fmt(a, "%s/%s", g->group, g->version) : arena_strdup(a, g->version);
}

static const char *const first_kinds[] = {
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
};
static const char *const last_kinds[] = { "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration" };

int kz_gvk_rank(const char *kind) {
    for (size_t i = 0; i < countof(first_kinds); i++)
        if (!strcmp(kind, first_kinds[i]))
            return (int)i - (int)countof(first_kinds);
    for (size_t i = 0; i < countof(last_kinds); i++)
        if (!strcmp(kind, last_kinds[i]))
            return 1 + (int)i;
    return 0;
}

int kz_gvk_compare(struct arena *a, const struct kz_gvk *x, const struct kz_gvk *y) {
    int rank_x = kz_gvk_rank(x->kind), rank_y = kz_gvk_rank(y->kind);
    if (rank_x != rank_y)
        return rank_x < rank_y ? -1 : 1;
    struct arena_mark m = arena_mark(a);
    int order = strcmp(kz_gvk_sort_text(a, x), kz_gvk_sort_text(a, y));
    arena_rewind(a, m);
    return order;
}

/* Types of Kubernetes 1.21, the schema that kustomize has built in. "+" = namespaced. */
static const struct {
    const char *group, *versions, *kinds;
} scopes[] = {
    { "admissionregistration.k8s.io", "v1 v1beta1",
      "MutatingWebhookConfiguration ValidatingWebhookConfiguration" },
    { "apiextensions.k8s.io", "v1 v1beta1", "CustomResourceDefinition" },
    { "apiregistration.k8s.io", "v1 v1beta1", "APIService" },
    { "apps", "v1", "+ControllerRevision +DaemonSet +Deployment +ReplicaSet +StatefulSet" },
    { "autoscaling", "v1", "+HorizontalPodAutoscaler +Scale" },
    { "autoscaling", "v2beta1 v2beta2", "+HorizontalPodAutoscaler" },
    { "batch", "v1", "+CronJob +Job" },
    { "batch", "v1beta1", "+CronJob" },
    { "certificates.k8s.io", "v1 v1beta1", "CertificateSigningRequest" },
    { "coordination.k8s.io", "v1 v1beta1", "+Lease" },
    { "discovery.k8s.io", "v1 v1beta1", "+EndpointSlice" },
    { "events.k8s.io", "v1 v1beta1", "+Event" },
    { "extensions", "v1beta1", "+Ingress" },
    { "flowcontrol.apiserver.k8s.io", "v1beta1", "FlowSchema PriorityLevelConfiguration" },
    { "networking.k8s.io", "v1", "+Ingress IngressClass +NetworkPolicy" },
    { "networking.k8s.io", "v1beta1", "+Ingress IngressClass" },
    { "node.k8s.io", "v1 v1beta1", "RuntimeClass" },
    { "policy", "v1", "+PodDisruptionBudget" },
    { "policy", "v1beta1", "+PodDisruptionBudget PodSecurityPolicy" },
    { "rbac.authorization.k8s.io", "v1 v1beta1", "ClusterRole ClusterRoleBinding +Role +RoleBinding" },
    { "scheduling.k8s.io", "v1 v1beta1", "PriorityClass" },
    { "storage.k8s.io", "v1 v1beta1", "CSIDriver CSINode StorageClass VolumeAttachment" },
    { "storage.k8s.io", "v1beta1", "+CSIStorageCapacity" },
    { "", "v1", "ComponentStatus Namespace Node NodeProxyOptions PersistentVolume" },
    { "", "v1",
      "+ConfigMap +Endpoints +Event +LimitRange +PersistentVolumeClaim +Pod +PodTemplate "
      "+ReplicationController "
      "+ResourceQuota +Secret +Service +ServiceAccount" },
};

static bool word_in(const char *list, const char *word, bool *out_plus) {
    struct str rest = str_of(list), item;
    while (str_split(&rest, ' ', &item)) {
        bool plus = item.n && item.p[0] == '+';
        if (!str_is(str_sub(item, plus, item.n), word))
            continue;
        if (out_plus)
            *out_plus = plus;
        return true;
    }
    return false;
}

bool kz_gvk_builtin_scope(const char *group, const char *version, const char *kind, bool *out_namespaced) {
    for (size_t i = 0; i < countof(scopes); i++)
        if (!strcmp(scopes[i].group, group) && word_in(scopes[i].versions, version, NULL) &&
            word_in(scopes[i].kinds, kind, out_namespaced))
            return true;
    return false;
}

const char *kz_id_effective_ns(const struct kz_id *id) {
    if (id->gvk.cluster)
        return "_non_namespaceable_";
    return *id->ns ? id->ns : "default";
}

bool kz_id_ns_equal(const struct kz_id *x, const struct kz_id *y) {
    return !strcmp(kz_id_effective_ns(x), kz_id_effective_ns(y));
}

bool kz_id_gvkn_equal(const struct kz_id *x, const struct kz_id *y) {
    return !strcmp(x->name, y->name) && kz_gvk_equal(&x->gvk, &y->gvk);
}

bool kz_id_equal(const struct kz_id *x, const struct kz_id *y) {
    return kz_id_gvkn_equal(x, y) && kz_id_ns_equal(x, y);
}

bool kz_id_selected_by(const struct kz_id *id, const struct kz_id *s) {
    return (!*s->name || !strcmp(s->name, id->name)) && (!*s->ns || kz_id_ns_equal(s, id)) &&
           kz_gvk_selected(&id->gvk, &s->gvk);
}

bool kz_id_empty(const struct kz_id *id) {
    return !*id->gvk.group && !*id->gvk.version && !*id->gvk.kind && !*id->name && !*id->ns;
}

uint64_t kz_id_hash(const struct kz_id *id) {
    const char *parts[] = { id->gvk.group, id->gvk.version, id->gvk.kind, id->name, kz_id_effective_ns(id) };
    uint64_t h = 0;
    for (size_t i = 0; i < countof(parts); i++)
        h = (h ^ hash_bytes(parts[i], strlen(parts[i]))) * 0x9E3779B97F4A7C15ull;
    return h ^ h >> 32;
}

char *kz_id_text(struct arena *a, const struct kz_id *id) {
    return arena_fmt(a, "%s/%s.%s", kz_gvk_text(a, &id->gvk), or (id->name, "[noName]"),
                     or (id->ns, "[noNs]"));
}

char *kz_id_dump(struct arena *a, const struct kz_id *id) {
    return arena_fmt(
        a,
        "resid.ResId{Gvk:resid.Gvk{Group:\"%s\", Version:\"%s\", Kind:\"%s\", isClusterScoped:%s}, "
        "Name:\"%s\", Namespace:\"%s\"}",
        id->gvk.group, id->gvk.version, id->gvk.kind, id->gvk.cluster ? "true" : "false", id->name, id->ns);
}
