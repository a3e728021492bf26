// SPDX-License-Identifier: Apache-2.0
/* Alerts: which events are told to whom. The kind (static: it only loses an old finalizer) and the matching.
 * Flux: notification-controller/internal/controller/alert_controller.go, internal/server/event_handlers.go */
#ifndef NOTIFICATION_ALERT_H
#define NOTIFICATION_ALERT_H

#include "common/runtime/kind.h"
#include "notification-controller/notice.h"

struct object_ref { // CrossNamespaceObjectReference
    const char *api_version, *kind, *name, *ns, *filter;
    const struct value *labels; // matchLabels; NULL = not given
};
extern const struct field object_ref_fields[];

struct alert_spec {
    const char *provider, *severity, *summary;
    struct object_ref *sources;
    size_t n_sources;
    const char *const *inclusions, *const *exclusions;
    const struct value *event_metadata;
    bool suspend;
};

extern const struct kind kind_alert;

must_check bool alert_read(struct arena *a, const struct value *alert, struct alert_spec *out,
                           struct err *err);
// Namespace, kind, severity and name; not the labels.
bool alert_source_matches(const struct alert_spec *alert, const struct object_ref *source,
                          const char *alert_ns, const struct notice *n);
bool labels_match(const struct value *labels, const struct value *wanted);
/* The inclusion and exclusion lists. bad(arg, pattern, message) is called for each expression that does not compile; it counts
 * as one that does not match. */
bool alert_message_passes(struct arena *a, const struct alert_spec *alert, const char *message,
                          void (*bad)(void *arg, const char *list, const char *pattern, const char *message),
                          void *arg);

#endif
