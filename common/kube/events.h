// SPDX-License-Identifier: Apache-2.0
/* Events: core/v1 Events about objects, correlated as client-go does, and a hand-over for HTTP and bus.
 *
 * Correlation  equal events raise `count` of the first by a patch (10 minutes); more than 10 that differ only in the message become
 *              one "(combined from similar events): "; a spam filter gives each source object 25, refilled by one in 5 minutes
 * Failures     never fail a reconcile: what cannot be written is logged
 * Threads      event_record: any thread; it copies and returns at once
 * Flux         pkg/runtime/events.Recorder; client-go tools/record (events_cache.go)
 */
#ifndef KUBE_EVENTS_H
#define KUBE_EVENTS_H

#include "common/kube/client.h"

enum event_severity { EVENT_INFO, EVENT_ERROR, EVENT_TRACE };

struct event {
    const struct value *object;   // the involved object: apiVersion, kind and metadata are read
    enum event_severity severity; // error: type Warning; trace: only a core/v1 Event
    const char *reason, *message;
    const struct value *
        metadata; // map of strings, NULL = none; event.toolkit.fluxcd.io/ annotations of the object are added
};

/* What goes on to HTTP and bus: Flux's event JSON {involvedObject, severity, timestamp, message, reason,
 * metadata, reportingController, reportingInstance}. Called on the recording thread; must not block. Not
 * called for EVENT_TRACE. */
typedef void (*event_sink_fn)(void *arg, const struct value *flux_event);

struct event_recorder;
struct event_recorder *event_recorder_new(struct kube_client *c, const char *controller, const char *instance,
                                          event_sink_fn sink, void *arg);
void event_recorder_free(struct event_recorder *r); // loop thread, or after it ended
void event_record(struct event_recorder *r, const struct event *e);

#endif
