// SPDX-License-Identifier: Apache-2.0
/* Kinds and passes: what a controller reconciles, as tables, and the runner that works them off.
 *
 * What it is     struct kind (one row of a controller's kinds[]), struct run (one pass over one object), the results of steps.
 * What it is not the queue (queue.h), the process (daemon.h), the conditions (condition.h), the status writer (status.h).
 * Flux           the order of a pass: pkg/runtime and each controller's Reconcile (contract/runtime.md 4-7).
 *
 * A pass, done by the runner in this order:
 *   1. the object is taken from the store; gone: nothing.
 *   2. deletionTimestamp: on_delete, then the finalizer goes.
 *   3. the finalizer is put on if absent (one metadata patch; the pass goes on).
 *   4. spec.suspend: no steps; finish(STEP_SUSPENDED). A wait of kind.wait_step goes on to its end.
 *   5. the spec is read by the field table (an error is a stall).
 *   6. the steps run (from the resumed one, if it was parked).
 *   7. finish() makes the final conditions of the outcome.
 *   8. lastHandledReconcileAt; one status patch, if anything changed; events; requeue.
 *
 * How to add a kind: copy the nearest one; a row in kinds[]; a field table; steps; a case per condition; the CRD in
 * deploy/crds.
 */
#ifndef RUNTIME_KIND_H
#define RUNTIME_KIND_H

#include "common/kube/client.h"
#include "common/kube/events.h"
#include "common/runtime/condition.h"
#include "common/runtime/field.h"

struct run;
struct runtime;

enum step_result {
    STEP_NEXT,    // go on with the next step; after the last one: the pass succeeded
    STEP_DONE,    // the pass ends here and succeeded (later steps have nothing to do)
    STEP_FAILED,  // run->err is set; tried again: run->retry_ns if set, else exponential back-off
    STEP_STALLED, // run->err is set; terminal until the spec, requestedAt or a watch changes something
    STEP_WAIT,    // run->err is set (why); tried again after run->retry_ns (default --requeue-dependency), no
                  // back-off; wakers given with park_on_*() bring it back sooner. Resumes at step one.
    STEP_PARK,    // park_until() was called; resumes at the step it named
    STEP_RESTART, // run the steps again from the first, now (a resumed wait that a newer revision ended)
    STEP_SUSPENDED, // only as an argument of finish()
    STEP_DELETED,   // only as an argument of finish(): on_delete succeeded
};

struct step {
    const char *name;
    enum step_result (*run)(struct run *r);
    const char *fail_reason; // the condition reason of its failures, unless err.reason says another
};

/* Objects of another kind whose changes concern ours. The runtime keeps the watch and, from kind.refs, an
 * index from the other's "Kind/namespace/name" to our objects. */
struct kind_watch {
    const char *group, *version, *name,
        *plural;        // "source.toolkit.fluxcd.io", "v1", "GitRepository", "gitrepositories"
    bool metadata_only; // Secrets and ConfigMaps: only metadata is fetched and kept
    bool (*wanted)(const struct runtime *rt); // NULL: always; else asked once at start (feature gates)
    const char *(*label_selector)(const struct runtime *rt); // NULL: none
    /* Is this change of interest? before NULL: new (also each one at start); after NULL: deleted. NULL
     * function: every change. */
    bool (*relevant)(const struct value *before, const struct value *after);
    /* Should this object of ours be left alone (it is at that revision already)? NULL function: never. */
    bool (*skip)(const struct value *ours, const struct value *theirs);
};

// Filled by kind.refs: one "Kind/namespace/name" each, with the namespace defaulted.
struct ref_list {
    struct arena *a;
    const char **refs;
    size_t n, cap;
};
void ref_add(struct ref_list *l, const char *kind, const char *ns,
             const char *name); // any NULL or "": ignored

struct kind {
    const char *group, *version, *name, *plural; // name is the Kind: "GitRepository"
    size_t spec_size;
    const struct field *fields;
    size_t state_size; // run->state: what the steps of one pass hand on
    const struct step *steps;
    enum step_result (*on_delete)(
        struct run *r); // NULL: nothing to clean up. STEP_NEXT/DONE: the finalizer goes
    void (*finish)(struct run *r, enum step_result result); // NULL: finish_ready
    void (*refs)(struct ref_list *out,
                 const struct value *object); // what of kind.watches it depends on; NULL: nothing
    const struct kind_watch *watches;         // ends with name NULL
    const struct condition_row *summary;      // finish_summary's table
    bool (*ignore)(
        const struct value *object); // true: not reconciled at all (HelmRepository of type oci); NULL: none
    void (*on_gone)(struct runtime *rt, const char *ns,
                    const char *name); // the object left the API (loop thread); may be NULL
    const char *field_owner;           // of status patches; NULL: the controller's name
    const char *wait_step; // the step whose park goes on to its end while the object is suspended; NULL: none
    bool no_finalizer;     // helm-controller's NotSupported: nothing is claimed
    bool no_status;        // static kinds (Alert, Provider): watched and stored, status never written
    bool store_only;       // never reconciled at all, only watched, stored and looked up
    bool no_jitter;        // requeue after exactly the interval (Receiver)
    bool no_lead;          // reconciled also by a replica that does not lead
};

enum wake {
    WAKE_NEW = 1,        // first pass since start
    WAKE_GENERATION = 2, // its generation changed
    WAKE_REQUEST = 4,    // requestedAt has a new value
    WAKE_DELETED = 8,    // deletionTimestamp appeared
    WAKE_SOURCE = 16,    // something it refers to changed (kind.watches), or a bus message artifact/...
    WAKE_PARK = 32,      // a waker of its park fired
    WAKE_DEADLINE = 64,  // its park's deadline passed
    WAKE_TIMER = 128,    // interval, retry or back-off
};

/* One pass. Everything in it lives until the pass has ended, in its arena. Steps read and write it from one
 * thread. */
struct run {
    struct arena *a;
    struct err err;     // of the step that failed
    struct runtime *rt; // daemon.h: services (kube, http, flags, bus)
    const struct kind *kind;
    const char *ns, *name;
    struct value
        *object; // ours to change: conditions and status are written back from here (never metadata or spec)
    const struct value *before; // as the API server has it (last flush)
    struct value *status;       // object's status map (made when absent)
    void *spec;                 // struct of kind.fields
    void *state;                // zeroed, kind.state_size bytes
    int64_t generation;
    int64_t started_ns; // monotonic; of the first pass of this reconciliation when resumed
    int64_t started_at; // wall clock of the same
    unsigned wake;      // enum wake bits
    bool suspended, deleting;
    const char *request; // requestedAt annotation, NULL when absent
    bool request_is_new; // it differs from status.lastHandledReconcileAt

    int64_t interval_ns;       // spec field "interval", 0 when the table has none
    int64_t retry_interval_ns; // spec field "retryInterval", else 0
    // what a step may say about what comes next
    int64_t
        requeue_ns; // after success; default interval_ns, jittered; 0 with no interval: no requeue; -1: never
    int64_t retry_ns;      // after STEP_FAILED (default retry_interval_ns, else 0 = back-off) and STEP_WAIT
    bool quiet;            // no event about this failure or success
    bool requeue_backoff;  // after STEP_DONE: again, by back-off (something incomplete, without error)
    const char *ok_reason; // Ready's (and the success event's) reason and message; finish_ready uses them
    const char *ok_message;
    const char *fail_message; // event text of a failure when it differs from err.msg

    // when resumed from a park (else resume_step is NULL)
    const char *resume_step;
    struct str record;        // what park_until was given
    int64_t park_deadline_ns; // monotonic; keep it when you park again. Also set after STEP_RESTART
    struct run_inner *inner;  // the runner's own
};

/* ---- steps run in order; the runner, and tests ---- */
// From `from` (NULL: the first). *last: the step that gave the result.
enum step_result steps_run(const struct step *steps, const char *from, struct run *r,
                           const struct step **last);

/* ---- ready-made finish functions ----
 * finish_ready: kustomize-controller's way. Failure: Ready=False (err.reason, else the step's), Reconciling
 * becomes ProgressingWithRetry; stalled: also Stalled=True and observedGeneration; success: Ready=True
 * ok_reason/ok_message, Reconciling removed; observedGeneration advances when Ready is True. Warning event on
 * failure unless quiet. finish_summary: source-controller's way. Ready from kind.summary; failure keeps
 * Reconciling with ProgressingWithRetry; stalled sets Stalled; success removes both; observedGeneration on
 * success, stall and suspended passes. Warning event on failure unless quiet. Success events are the kind's
 * own. */
void finish_ready(struct run *r, enum step_result result);
void finish_summary(struct run *r, enum step_result result);
// The step whose result ended the pass; NULL before the first one ran. For a kind's own finish().
const struct step *run_last_step(const struct run *r);

/* ---- progress ----
 * Reconciling=True with that reason and message; Ready becomes Unknown with the same only when it is absent
 * or Unknown, or `drift` says that there is work to do. In memory: call status_flush (status.h) where
 * observers should see it. */
void run_progress(struct run *r, bool drift, const char *reason, const char *fmt, ...) printf_like(4, 5);
// conditions on r->object with the clock and arena of the run
void run_set(struct run *r, const char *type, enum condition_status status, const char *reason,
             const char *fmt, ...) printf_like(5, 6);
// Fails a step: sets err and a condition reason, returns STEP_FAILED (use with return).
enum step_result run_fail(struct run *r, enum err_kind kind, const char *reason, const char *fmt, ...)
    printf_like(4, 5);
enum step_result run_stall(struct run *r, const char *reason, const char *fmt, ...) printf_like(3, 4);
enum step_result run_wait(struct run *r, int64_t retry_ns, const char *reason, const char *fmt, ...)
    printf_like(4, 5);

/* ---- events ----
 * A core/v1 Event, the POST to --events-addr and the bus, queued: never blocks (runtime_event in daemon.h
 * takes any object). Metadata of all events of this pass from now on: "<group>/<key>". value NULL or ""
 * removes. */
void run_event_meta(struct run *r, const char *key, const char *value);
// EVENT_INFO, EVENT_ERROR (type Warning), EVENT_TRACE (a Kubernetes event only). Also logged.
void run_event(struct run *r, enum event_severity severity, const char *reason, const char *fmt, ...)
    printf_like(4, 5);
// The same with one more metadata pair for this event only: ("commit_status", "update").
void run_event_with(struct run *r, enum event_severity severity, const char *reason, const char *key,
                    const char *value, const char *fmt, ...) printf_like(6, 7);

/* ---- remote work ----
 * A worker blocked on a remote (Git, registry, artifact) for over 1 s does not count against --concurrent:
 *     autoremote struct remote_scope scope = remote_enter(r->rt); */
struct remote_scope {
    struct runtime *rt;
};
struct remote_scope remote_enter(struct runtime *rt);
void remote_leave(struct remote_scope *scope);
#define autoremote __attribute__((unused, cleanup(remote_leave)))

#endif
