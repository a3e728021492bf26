// SPDX-License-Identifier: Apache-2.0
/* What the files of runtime/ share with each other; nobody else includes it.
 *
 * Threads and locks (each a leaf): queue (queue.c), metrics (metrics.c), refs.lock, parks.lock, work_lock, outbox.lock,
 * hints.lock. Stores, watches on demand, servers and timers belong to the loop thread.
 */
#ifndef RUNTIME_INTERNAL_H
#define RUNTIME_INTERNAL_H

#include "common/base/log.h"
#include "common/base/map.h"
#include "common/base/timeutil.h"
#include "common/kube/events.h"
#include "common/kube/lease.h"
#include "common/kube/store.h"
#include "common/net/server.h"
#include "common/runtime/daemon.h"
#include "common/runtime/park.h"
#include "common/runtime/queue.h"
#include "common/runtime/status.h"

#include <pthread.h>

#define FINALIZER "finalizers.fluxcd.io"
#define REQUESTED_AT "reconcile.fluxcd.io/requestedAt"
#define SPARE_WORKERS 16
#define REMOTE_BLOCKED_NS (1 * NS_PER_S)    // then a worker does not count any more
#define WORKER_IDLE_NS (60 * NS_PER_S)      // then a thread beyond the first ends
#define PARK_COLLECT_MIN_NS (5 * NS_PER_MS) // wakers of one object are collected for so long
#define PARK_COLLECT_MAX_NS (500 * NS_PER_MS)
#define TIMED_WAKES (WAKE_TIMER | WAKE_DEADLINE)
#define SYNC_PATIENCE_NS (30 * NS_PER_S) // a kind starts without a watch that does not come up for this long

// A store of this process: an own kind's, or of a kind that own kinds watch, or both.
struct watched {
    const char *group, *name; // Kind
    struct kube_store *store;
    uint32_t own; // index into kinds, UINT32_MAX: not an own kind
    bool synced;
};

struct own_kind {
    const struct kind *kind;
    struct watched *watched;
    const char *lower; // "gitrepository": the controller's name in logs and metrics
    bool open;         // its stores are synced: workers may take it
};

// Index from "Kind/ns/name" to our objects that refer to it.
struct refs_index {
    pthread_mutex_t lock; // guards all below
    struct map by_ref;    // "Kind/ns/name" -> struct ref_users
    struct map by_object; // "<kind>/ns/name" -> struct ref_object
};

struct park;
struct park_todo;
struct parks {
    pthread_mutex_t lock; // guards all below
    struct map by_key;    // "<kind>/ns/name" -> struct park
    struct map wakers;    // waker id -> list of struct waker
    uint64_t serial;
    struct park_todo *todo, **todo_tail; // for the loop thread
    bool todo_posted;
    struct kube_stores *stores; // loop thread
};

struct worker {
    struct worker *next;
    struct runtime *rt;
    pthread_t thread;
    uint32_t kind;            // of its pass
    int64_t blocked_since_ns; // in remote work since then, 0 = not
    bool busy;
};

struct outbox;
struct wire; // bus
struct ready_hint;

struct runtime {
    const struct daemon *daemon;
    struct arena arena; // of the process: flags, names
    struct loop *loop;
    struct http_client *http;
    struct kube_client *kube;
    struct kube_discovery *discovery;
    struct event_recorder *recorder;
    struct metrics *metrics;
    struct queue *queue;
    struct outbox *outbox;
    struct wire *wire;
    struct lease *lease;
    struct http_server *health_server, *metrics_server;
    const char *ns, *instance;
    void *user;
    int64_t start_wall_ns;

    struct own_kind kinds[QUEUE_KINDS];
    size_t n_kinds;
    struct watched watched[QUEUE_KINDS * 2];
    size_t n_watched;
    bool *gates;

    struct refs_index refs;
    struct parks parks;
    pthread_mutex_t written_lock;
    struct map
        written; // "<kind>/ns/name" -> resourceVersion (heap text) of our last write that the store has not seen yet
    pthread_mutex_t hints_lock;
    struct map
        hints; // "Kind/ns/name" -> revision (heap text) that the bus told of and the store has not seen yet

    pthread_mutex_t work_lock; // guards workers, n_workers, n_idle, stopping; a leaf
    pthread_cond_t work_cond, stop_cond;
    struct worker *workers;
    size_t n_workers, n_idle;
    bool started, leading, stopping;
    struct task *tasks, **tasks_tail; // waiting
    size_t n_tasks, n_tasks_running;

    // shutdown and election: loop thread
    const char *lease_name;
    bool stopping_at_all, finishing, drained;
    int exit_code, end_turns;
    int64_t stop_deadline_ns;
    struct loop_timer *deadline_timer, *drain_timer;
};

struct run_inner {
    const struct step *last_step;
    struct park *old_park;    // resumed from; its watches stay open for the pass
    struct park_draft *draft; // what park_until and park_on_* asked for
    struct held_client *held; // what those name stays alive until the pass has ended
    struct value *event_meta;
    int64_t pass_started_ns;
    bool status_lost; // the object went while we worked
    struct queue_key key;
};

/* ---- daemon_flags.c ---- */
const struct flag *const *daemon_flag_tables(struct arena *a, const struct daemon *d);
const struct runtime_flags *daemon_flags(void);
must_check bool daemon_gates_parse(struct runtime *rt, struct err *err);

/* ---- store side (watching.c), loop thread ---- */
void watching_start(struct runtime *rt);
void watching_stop(struct runtime *rt);
struct watched *watched_find(struct runtime *rt, const char *group, const char *name); // group NULL: any
void watching_gate(struct runtime *rt); // opens kinds whose stores are there

/* ---- refs.c ---- any thread */
void refs_update(struct runtime *rt, uint32_t kind, const struct value *object);
void refs_remove(struct runtime *rt, uint32_t kind, const char *ns, const char *name);
// Calls fn with the lock *not* held, for each user of the ref.
void refs_each(struct runtime *rt, const char *kind, const char *ns, const char *name,
               void (*fn)(void *arg, const struct queue_key *key), void *arg);
void refs_free(struct runtime *rt);

/* ---- parking.c ---- */
struct park *park_take(struct runtime *rt, const struct queue_key *key); // worker; NULL: was not parked
void park_resume(struct run *r, struct park *p);                         // fills run's resume fields
void park_commit(struct run *r);                       // worker: the draft becomes the object's park
void park_release(struct runtime *rt, struct park *p); // any thread: its watches close (on the loop thread)
bool park_resumes_at(const struct park *p, const char *step);
void park_let_go(struct run *r);                                 // the end of the pass: clients that it named
void park_drop(struct runtime *rt, const struct queue_key *key); // any thread
int64_t park_draft_deadline(const struct run *r);
// Loop thread: something changed that ready wakers may wait on.
void park_ready_changed(struct runtime *rt, const char *kind, const char *ns, const char *name);
void parks_init(struct runtime *rt);
void parks_free(struct runtime *rt);
size_t parks_len(struct runtime *rt);

/* ---- pass.c: one pass on a worker ---- */
void pass_run(struct runtime *rt, const struct queue_item *item);

/* ---- flush.c ---- */
must_check bool finalizer_add(struct run *r, struct err *err);
const struct kube_resource *run_resource(const struct run *r); // in run's arena

/* ---- working.c: worker threads ---- */
void working_start(struct runtime *rt); // threads may run: tasks, and passes of kinds that need no lead
void working_lead(struct runtime *rt);  // passes may run
void working_wake(struct runtime *rt);  // something may be due
// Waits inside of a pass, between tries of remote work. false: the process is stopping.
bool working_pause(struct runtime *rt, int64_t deadline_ns);
void working_stop(struct runtime *rt);   // no new pass; threads end after theirs
void working_free(struct runtime *rt);   // after all threads have ended
size_t working_left(struct runtime *rt); // threads that still run

/* ---- outbox.c: events over HTTP ---- */
struct outbox *outbox_new(struct runtime *rt, const char *url); // url "" = none
void outbox_free(struct outbox *o);
void outbox_put(struct outbox *o, struct str json); // any thread
bool outbox_idle(struct outbox *o);

/* ---- daemon.c ---- */
void daemon_worker_gone(void *arg); // loop thread: a worker thread has ended

/* ---- wire.c: the bus ---- */
void wire_event(struct runtime *rt, const struct value *flux_event); // to HTTP and bus; any thread
must_check bool wire_start(struct runtime *rt, struct err *err);
void wire_stop(struct runtime *rt);
void wire_status(struct runtime *rt, const struct value *before, const struct value *after, const char *kind);
void wire_sample(struct runtime *rt); // its metrics

/* ---- endpoint.c: health, metrics ---- */
must_check bool endpoint_start(struct runtime *rt, struct err *err);
void endpoint_stop(struct runtime *rt);
void endpoint_count_request(void *arg, const char *method, const char *host, int code); // kube_observe_fn

extern const struct metric metric_reconcile_duration, metric_reconcile_total, metric_reconcile_errors,
    metric_reconcile_time, metric_active_workers, metric_max_workers, metric_queue_latency, metric_queue_work,
    metric_leader, metric_event_drops;

// "<kind index>/ns/name"
char *key_text(struct arena *a, const struct queue_key *key);
char *ref_text(struct arena *a, const char *kind, const char *ns, const char *name);
// Is resource version x newer than y? Numbers as numbers, else "differs". "" is older than everything.
bool version_newer(const char *x, const char *y);
// The revision that a status tells of: artifact.revision, lastAppliedRevision, lastAttemptedRevision; "" = none.
const char *status_revision(const struct value *object);

#endif
