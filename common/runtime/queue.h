// SPDX-License-Identifier: Apache-2.0
/* Queue: which object is worked on next. One entry per object however often it is added; added again while a
 * worker has it, it waits for queue_done. Delays in a heap; per-object exponential back-off; objects that are
 * due are taken in turn from each namespace, so that a namespace with a thousand objects does not hold up one
 * with two.
 *
 * Time is a parameter: the queue has no clock and no thread. Threads: any; queue_lock is a leaf.
 * Flux: controller-runtime's priority queue and rate limiter: 750 ms * 2^n, at most 15 min.
 */
#ifndef RUNTIME_QUEUE_H
#define RUNTIME_QUEUE_H

#include "common/base/base.h"

#define QUEUE_KINDS 32

struct queue;

struct queue_config {
    int64_t min_backoff_ns, max_backoff_ns; // 0: 750 ms, 15 min
    unsigned timed_wakes; // wake bits that hold only when the time came, not when something else was earlier
};

struct queue_key {
    uint32_t kind; // index into the process's kinds
    const char *ns, *name;
};

struct queue *queue_new(const struct queue_config *config);
void queue_free(struct queue *q);

/* Due at due_ns (monotonic; <= now: at once). An entry that is due later already comes earlier; never later.
 * wake: bits (kind.h) that are collected until the entry is taken. */
void queue_add(struct queue *q, const struct queue_key *key, int64_t due_ns, unsigned wake);
// After a failure: due at now + back-off, which doubles. Returns the delay.
int64_t queue_add_backoff(struct queue *q, const struct queue_key *key, int64_t now_ns, unsigned wake);
void queue_forget(struct queue *q, const struct queue_key *key); // back-off starts anew
void queue_remove(struct queue *q, const struct queue_key *key); // the object is gone

struct queue_item {
    struct queue_key key; // texts live until queue_done
    unsigned wake;
    int64_t waited_ns; // since it was due
    unsigned failures;
};
/* Takes the next due entry of a kind for which busy(kind) < limit[kind]. false: none; *next_due_ns (may be
 * NULL): when to look again (INT64_MAX: when something is added). */
bool queue_take(struct queue *q, int64_t now_ns, const unsigned *limits, size_t n_kinds,
                struct queue_item *out, int64_t *next_due_ns);
/* The worker has finished. Requeues go by queue_add before or after. What was added while it was busy is due
 * now, unless later. */
void queue_done(struct queue *q, const struct queue_key *key, int64_t now_ns);

struct queue_stats {
    uint64_t adds, retries;
    size_t depth, busy, delayed; // due; with a worker; in the heap
    int64_t oldest_busy_ns;      // start of the longest running, 0 = none
};
void queue_stats(struct queue *q, uint32_t kind, int64_t now_ns, struct queue_stats *out);

#endif
