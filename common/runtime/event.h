// SPDX-License-Identifier: Apache-2.0
/* Events: a core/v1 Event, the HTTP POST to --events-addr and the bus, from one call that never blocks.
 *
 * Calls copy what they are given into a bounded queue (EVENT_QUEUE entries; the oldest is dropped and
 * counted, with a log line) and return; sending happens on the loop thread. Flux: pkg/runtime/events
 * (contract/runtime.md 3). Threads any.
 */
#ifndef RUNTIME_EVENT_H
#define RUNTIME_EVENT_H

#include "common/runtime/kind.h"

#define EVENT_QUEUE 1024

struct event {
    const struct value *object; // apiVersion, kind, metadata are read from it (namespace, name, uid,
                                // resourceVersion, annotations)
    enum event_type type;
    const char *reason, *message;
    const struct value *metadata; // map of strings with full keys; may be NULL
};
void event_send(struct runtime *rt, const struct event *e);

// The JSON that is posted and published (notification.md 3.1). NULL: the object lacks kind, name or
// namespace.
struct value *event_json(struct arena *a, const struct event *e, const char *controller, const char *instance,
                         int64_t wall_ns);

#endif
