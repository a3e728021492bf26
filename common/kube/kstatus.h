// SPDX-License-Identifier: Apache-2.0
/* kstatus: is an object what its spec asks for?
 *
 * Pure functions of the object (and, for workloads, of its pods). Messages name the cause: condition messages, the pod's reason.
 * Flux: cli-utils/pkg/kstatus/status (compute rules), pkg/runtime/statusreaders (Job)
 */
#ifndef KUBE_KSTATUS_H
#define KUBE_KSTATUS_H

#include "common/kube/object.h"

enum kstatus {
    KSTATUS_UNKNOWN,
    KSTATUS_IN_PROGRESS,
    KSTATUS_FAILED,
    KSTATUS_CURRENT,
    KSTATUS_TERMINATING,
    KSTATUS_NOT_FOUND
};

const char *kstatus_name(enum kstatus s); // "InProgress", ...

/* object   NULL gives KSTATUS_NOT_FOUND
 * wall_ns  the time now, for rules that count from the creation
 * *out_message  what is missing, in `a`; may be NULL. */
enum kstatus kstatus_of(struct arena *a, const struct value *object, int64_t wall_ns,
                        const char **out_message);
// Deployment, ReplicaSet or StatefulSet: a failed pod makes an object in progress failed (contract:
// kustomization.md 10).
bool kstatus_looks_at_pods(const struct value *object);
/* pods: VALUE_LIST of the pods that its selector matches. Returns KSTATUS_FAILED and the pod's reason when
 * one of them has failed. */
enum kstatus kstatus_with_pods(struct arena *a, enum kstatus s, const struct value *pods, int64_t wall_ns,
                               const char **out_message);
// A short cause from a pod: "container app: ImagePullBackOff: Back-off pulling image ..."; NULL when nothing
// is wrong with it.
const char *kstatus_pod_cause(struct arena *a, const struct value *pod);

#endif
