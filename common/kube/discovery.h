// SPDX-License-Identifier: Apache-2.0
/* Discovery: which plural and scope a kind has, and which version the server prefers.
 *
 * Asked for one group-version at a time, when it is needed, and remembered; a built-in table answers for Kubernetes' core kinds
 * without any request. A kind that is not found is asked for again (a CRD may have come).
 * Threads   any but the loop's (it may send requests). kube_builtin_resource: any
 * Ownership the texts of a kube_resource that was handed out live as long as the kube_discovery
 * Errors    ERR_NOT_FOUND: `no matches for kind "X" in version "g/v"`, as apimachinery's NoKindMatchError
 */
#ifndef KUBE_DISCOVERY_H
#define KUBE_DISCOVERY_H

#include "common/kube/client.h"

// Kinds that every server has, and Flux's. version "" = the stable one. NULL: not in the table.
const struct kube_resource *kube_builtin_resource(const char *group, const char *version, const char *kind);
// The same without Flux's kinds, whose CRDs may be missing from a cluster.
const struct kube_resource *kube_core_resource(const char *group, const char *version, const char *kind);

struct kube_discovery;
struct kube_discovery *kube_discovery_new(struct kube_client *c); // takes a reference
void kube_discovery_free(struct kube_discovery *d);

// version "" or NULL = the one the server prefers.
must_check bool kube_discovery_find(struct kube_discovery *d, const char *group, const char *version,
                                    const char *kind, const struct kube_resource **out, struct err *err);
// Of the object's apiVersion and kind.
must_check bool kube_discovery_of(struct kube_discovery *d, const struct value *object,
                                  const struct kube_resource **out, struct err *err);
// Forget what is known of a group (its CRDs changed).
void kube_discovery_forget(struct kube_discovery *d, const char *group);
/* All that the server has, by aggregated discovery (v2), falling back to one request per group: "v1",
 * "v1/Pod", "apps/v1", "apps/v1/Deployment", ... (Helm's .Capabilities.APIVersions). *out: VALUE_LIST of
 * strings. */
must_check bool kube_discovery_all(struct arena *a, struct kube_discovery *d, struct value **out,
                                   struct err *err);
must_check bool kube_server_version(struct arena *a, struct kube_client *c, struct value **out,
                                    struct err *err);

#endif
