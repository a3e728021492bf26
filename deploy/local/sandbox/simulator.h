// SPDX-License-Identifier: Apache-2.0
/* Simulator: what controllers, scheduler and kubelets of a real cluster would do, without running anything.
 *
 * Deployments make ReplicaSets, these, StatefulSets, DaemonSets and Jobs make Pods, Pods become ready, claims
 * are bound, Services get Endpoints and EndpointSlices, namespaces their default ServiceAccount and
 * kube-root-ca.crt. One Node. Annotations make a workload slow, failing or never ready: README.md,
 * sandbox.runnel.dev/. CronJobs do not run; load balancers, Ingresses and autoscalers stay as in a cluster
 * without their controllers. Threads: the loop's; all writes go through request.h.
 */
#ifndef SANDBOX_SIMULATOR_H
#define SANDBOX_SIMULATOR_H

#include "deploy/local/sandbox/request.h"

struct simulator_config {
    int64_t step_ns; // from one state of a Pod to the next; 0 = 5 ms
    bool off;        // objects stay as they were written
};

struct simulator *simulator_new(struct sandbox *sb, const struct simulator_config *config);
void simulator_free(struct simulator *s);
/* Makes the Node and what each namespace gets, and takes up what is stored. */
void simulator_start(struct simulator *s);
/* The log of a pod's container, for the log subresource (made up from its state); *out in `a`. false: status
 * set. */
must_check bool simulator_pod_log(const struct simulator *s, struct arena *a, const struct value *pod,
                                  const char *container, bool previous, struct str *out, struct status *st);

#endif
