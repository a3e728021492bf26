// SPDX-License-Identifier: Apache-2.0
/* Parks: waiting that costs a table entry, never a thread.
 *
 * A step that must wait says what may wake it and until when, and returns STEP_PARK. The runner copies the record out of the
 * arena, writes the status and gives the worker back. When a waker fires, at the deadline, or when anything else enqueues the
 * object (a new generation or requestedAt, a source, deletion), a new pass starts *at the step named*, with run->wake saying
 * why, and run->record, run->park_deadline_ns and run->started_ns as they were. That step decides:
 *
 *   not there yet            park_until() again with the same deadline, STEP_PARK
 *   there, or too late       STEP_NEXT, or run_fail()
 *   WAKE_SOURCE, _GENERATION and the revision or spec is newer: write the cancelled status, status_flush, STEP_RESTART
 *   WAKE_REQUEST, nothing newer: STEP_RESTART; use run->park_deadline_ns again for the next park (requests cannot postpone
 *                            a failure)
 *
 * Deletion ends a park at once (on_delete runs, no step); suspend ends it too (finish(STEP_SUSPENDED)). A restart of the
 * process forgets parks: the pass begins at step one. lastHandledReconcileAt is written when the reconciliation ends, not
 * when it parks.
 *
 * Limits: PARK_RECORD_BYTES, PARK_WAKERS per object. Wakers of one object are collected for twice the time that
 * its last pass took (5 to 500 ms).
 */
#ifndef RUNTIME_PARK_H
#define RUNTIME_PARK_H

#include "common/runtime/kind.h"

#define PARK_RECORD_BYTES 65536
#define PARK_WAKERS 8192
#define PARK_DELETE "delete" // the resume_step of on_delete: it is called again, with its record and deadline

// The record is copied. resume_step: name of a step of this kind. Wakers given before in this pass belong to
// the park.
enum step_result park_until(struct run *r, const char *resume_step, int64_t deadline_ns, const void *record,
                            size_t n_bytes);

/* Wake when that object changes (or appears, or goes).
 * client        NULL: the process's own; else of a remote or impersonated cluster (a reference is kept while
 * parked) resource      of discovery; copied seen_version  the resourceVersion that the step looked at, "" =
 * it was absent, NULL = unknown (one spurious wake at once) selector      NULL: only that object is watched
 * (a watch of its own: for few); "kustomize.toolkit.fluxcd.io/name": one watch for all parks of that client,
 * kind and selector, of objects with that label */
void park_on_object(struct run *r, struct kube_client *client, const struct kube_resource *resource,
                    const char *ns, const char *name, const char *seen_version, const char *selector);
/* Wake when any object of that kind in the namespace changes that the selector picks (the pods of a Deployment). seen_version: the
 * newest resourceVersion among those that the step looked at, "" = there were none. */
void park_on_selected(struct run *r, struct kube_client *client, const struct kube_resource *resource,
                      const char *ns, const char *selector, const char *seen_version);
// The same objects as the park's watch last saw them (VALUE_LIST, in the run's arena); false: it has none (yet): ask the API server.
bool park_peek_selected(struct run *r, struct kube_client *client, const struct kube_resource *resource,
                        const char *ns, const char *selector, struct value **out);

/* Wake when an object of a kind that this process watches anyway (own kinds, kind.watches), or whose ready/ messages come
 * by the bus, changed its Ready condition, observedGeneration or revision. seen_version as above; NULL: what the store has. */
void park_on_ready(struct run *r, const char *kind, const char *ns, const char *name,
                   const char *seen_version);

/* The object as a park's watch of the same client, kind and selector last saw it, copied into the run's
 * arena. false: no watch has it in sight (yet): ask the API server. true with *out NULL: it does not exist
 * (or lost its label). */
bool park_peek(struct run *r, struct kube_client *client, const struct kube_resource *resource,
               const char *ns, const char *name, const char *selector, struct value **out);

#endif
