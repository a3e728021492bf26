// SPDX-License-Identifier: Apache-2.0
/* Receivers: webhooks that come in. The kind (it gives each its path) and its spec.
 * Flux: notification-controller/internal/controller/receiver_controller.go; contract/notification.md 1.3, 2 */
#ifndef NOTIFICATION_RECEIVER_H
#define NOTIFICATION_RECEIVER_H

#include "notification-controller/alert.h"

struct receiver_spec {
    const char *type, *secret, *resource_filter;
    int64_t interval_ns;
    const char *const *events;
    struct object_ref *resources;
    size_t n_resources;
    const struct value *oidc_providers;
    bool suspend;
};

extern const struct kind kind_receiver;

must_check bool receiver_read(struct arena *a, const struct value *receiver, struct receiver_spec *out,
                              struct err *err);
// "/hook/" and hex(sha256(token, name, namespace)), their bytes one after the other.
const char *receiver_path(struct arena *a, struct str token, const char *name, const char *ns);

#endif
