// SPDX-License-Identifier: Apache-2.0
// What a cluster can do, when there is none: Helm's built-in list. Helm: pkg/chart/common/capabilities.go
#include "common/helm/render.h"

static const char *const known_versions[] = {
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha2",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
};

struct helm_capabilities helm_capabilities_offline(struct arena *a, const char *const *extra_api_versions,
                                                   size_t n) {
    const char **all = arena_array(a, const char *, countof(known_versions) + n);
    memcpy(all, known_versions, sizeof known_versions);
    for (size_t i = 0; i < n; i++)
        all[countof(known_versions) + i] = extra_api_versions[i];
    return (struct helm_capabilities) { "v1.36.0", "v1.36.0", "1", "36", all, countof(known_versions) + n };
}

// Digits at *p, without leading zeros. NULL: none.
static const char *number(struct arena *a, const char **p) {
    size_t n = strspn(*p, "0123456789");
    const char *digits = *p;
    *p += n;
    if (!n || n > 18 || (n > 1 && *digits == '0'))
        return NULL;
    return arena_text(a, digits, n);
}

bool helm_capabilities_set_version(struct arena *a, struct helm_capabilities *c, const char *version,
                                   struct err *err) {
    const char *p = version + strspn(version, " \t\n");
    const char *parts[3];
    size_t n = 0;
    p += *p == 'v';
    autobuf normalized = { 0 };
    do {
        if (!(parts[n] = number(a, &p)))
            break;
        buf_fmt(&normalized, "%s%s", n ? "." : "v", parts[n]);
        n++;
    } while (n < 3 && *p == '.' && p++);
    // Further numbers and any suffix do not count.
    if (n < 2)
        return err_set(err, ERR_INVALID, "invalid kube version '%s': could not parse \"%s\" as version",
                       version, version);
    c->version = *version == 'v' ? version : arena_fmt(a, "v%s", version);
    c->normalized = buf_to_arena(&normalized, a).p;
    c->major = parts[0];
    c->minor = parts[1];
    return true;
}
