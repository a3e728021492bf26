// SPDX-License-Identifier: Apache-2.0
/* Notice: one Flux event as it came in, and what the controller makes of it before anybody is told.
 *
 * Everything lives in the arena it was read with. Pure functions of their arguments.
 * Flux: notification-controller/internal/server/event_handlers.go, event_server.go; contract/notification.md 3
 */
#ifndef NOTIFICATION_NOTICE_H
#define NOTIFICATION_NOTICE_H

#include "common/value/value.h"

#define META_PREFIX "event.toolkit.fluxcd.io/"

struct notice {
    const char *kind, *ns, *name, *uid, *api_version, *group;
    const char *severity, *timestamp, *message, *reason, *controller, *instance;
    const struct value *object; // involvedObject as it came
    struct value *metadata;     // map of strings: cleaned keys with their prefix, or (combined) without
};

/* Read the JSON of an event. Metadata is cleaned at once: only keys under event.toolkit.fluxcd.io/ and the object's own group stay,
 * without checksum and digest. Errors: ERR_INVALID. */
must_check bool notice_read(struct arena *a, struct str json, struct notice *out, struct err *err);
// "kustomization/apps.flux-system"
const char *notice_object_name(struct arena *a, const struct notice *n);
// "Kustomization/flux-system/apps"
const char *notice_subject(struct arena *a, const struct notice *n);
// The text of `<group>/<key>` in the metadata; NULL when absent.
const char *notice_meta(struct arena *a, const struct notice *n, const char *key);

/* What makes two events duplicates of each other: hex SHA-256 over object, message, revision and token. Not severity and reason. */
const char *notice_key(struct arena *a, const struct notice *n);
// Takes `<group>/token` out of the metadata: nobody outside needs it.
void notice_drop_token(struct arena *a, struct notice *n);

/* The metadata that providers see, from lowest to highest priority: annotations of the object, the alert's eventMetadata, its summary,
 * the controller's own. *conflicts: map from a key that several gave to who gave it ("x, y"); empty when none did. */
struct value *notice_combine(struct arena *a, const struct notice *n, const struct value *event_metadata,
                             const char *summary, struct value **conflicts);
// The event as it goes on to other programs, metadata as it is in n (sorted keys).
struct value *notice_json(struct arena *a, const struct notice *n);

/* The text with each occurrence of the token replaced by "*****". As upstream's pattern, the token's last character may be missing or
 * repeated. token NULL or empty: the text itself. */
const char *mask_token(struct arena *a, const char *text, const char *token);

#endif
