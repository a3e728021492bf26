// SPDX-License-Identifier: Apache-2.0
/* Lease: leader election on a coordination.k8s.io Lease.
 *
 * Threads   loop thread: everything runs by timers and kube_start there
 * Flux      client-go tools/leaderelection; pkg/runtime/leaderelection
 */
#ifndef KUBE_LEASE_H
#define KUBE_LEASE_H

#include "common/kube/client.h"

struct lease_options {
    const char *ns, *name;
    const char *identity;                             // "<hostname>_<uuid>"
    int64_t duration_ns, renew_deadline_ns, retry_ns; // 35 s, 30 s, 5 s
    bool release;                                     // give it back at the end
    void (*on_started)(void *arg);                    // we lead
    void (*on_stopped)(void *arg);                    // lost it: the process must end
    void (*on_released)(void *arg); // after lease_stop, when the release is through (or failed)
    void *arg;
};

struct lease;
struct lease *lease_start(struct kube_client *c, const struct lease_options *options);
bool lease_held(const struct lease *l);
void lease_stop(
    struct lease *l); // releases if held and wanted, then calls on_released; free it there or later
void lease_free(struct lease *l); // NULL ok
// "<controller>-leader-election", plus "-" and 8 hex digits of sha256(selector) when there is one.
char *lease_name(struct arena *a, const char *controller, const char *selector);

#endif
