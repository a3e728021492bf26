// SPDX-License-Identifier: Apache-2.0
/* What a webhook that was checked leads to: each resource of its Receiver is asked to reconcile.
 * Flux: notification-controller/internal/server/receiver_handlers.go (requestReconciliation); contract/notification.md 7.3, 7.4 */
#ifndef NOTIFICATION_HOOK_ACT_H
#define NOTIFICATION_HOOK_ACT_H

#include "common/runtime/task.h"
#include "notification-controller/hook_filter.h"
#include "notification-controller/receiver.h"

// On a worker. Returns the HTTP status: 200, or 500 when a filter or any of the resources failed (all are attempted, and logged).
int hook_act(struct task *t, const struct value *receiver, const struct receiver_spec *spec,
             const struct hook_request *req);

#endif
