// SPDX-License-Identifier: Apache-2.0
// The work queue: entries in a map, delays in a heap, due entries in one lane per kind and namespace.
#include "common/runtime/queue.h"

#include "common/base/map.h"
#include "common/base/timeutil.h"

#include <pthread.h>
#include <stdio.h>

enum entry_state { ENTRY_IDLE, ENTRY_DELAYED, ENTRY_READY, ENTRY_BUSY };

struct entry {
    char *id; // "kind/ns/name"; ns and name point into copies of their own
    char *ns, *name;
    uint32_t kind;
    enum entry_state state;
    int64_t due_ns;     // DELAYED: when; READY: when it was due
    size_t heap_at;     // DELAYED
    struct entry *next; // READY: in its lane
    unsigned wake, failures;
    int64_t started_ns; // BUSY
    bool again;         // BUSY: added meanwhile ...
    int64_t again_ns;   // ... due then
    unsigned again_wake;
    bool gone; // BUSY: removed meanwhile
};

struct lane {
    char *ns;
    struct entry *head, *tail;
    struct lane *next; // ring of the kind; only lanes with entries are in it
};

struct kind_state {
    struct lane *last; // the ring's end: last->next is served next
    size_t depth, busy, delayed;
    uint64_t adds, retries;
};

struct queue {
    pthread_mutex_t lock; // guards all below; a leaf: nothing is called while it is held
    struct queue_config config;
    struct map entries; // id -> struct entry
    struct entry **heap;
    size_t n_heap, cap_heap;
    struct kind_state kinds[QUEUE_KINDS];
    uint32_t next_kind; // whose turn it is
};

struct queue *queue_new(const struct queue_config *config) {
    struct queue *q = calloc(1, sizeof *q);
    if (!q)
        abort();
    q->config = *config;
    if (!q->config.min_backoff_ns)
        q->config.min_backoff_ns = 750 * NS_PER_MS;
    if (!q->config.max_backoff_ns)
        q->config.max_backoff_ns = 15 * NS_PER_MIN;
    pthread_mutex_init(&q->lock, NULL);
    return q;
}

static void entry_free(struct entry *e) {
    free(e->id);
    free(e->ns);
    free(e->name);
    free(e);
}

void queue_free(struct queue *q) {
    if (!q)
        return;
    const char *key;
    void *value;
    for (size_t i = 0; map_next(&q->entries, &i, &key, &value);)
        entry_free(value);
    map_done(&q->entries);
    for (size_t k = 0; k < QUEUE_KINDS; k++) {
        struct lane *last = q->kinds[k].last, *lane = last ? last->next : NULL;
        while (lane) {
            struct lane *next = lane == last ? NULL : lane->next;
            free(lane->ns);
            free(lane);
            lane = next;
        }
    }
    free(q->heap);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

/* ---- heap ---- */

static void heap_put(struct queue *q, size_t at, struct entry *e) {
    q->heap[at] = e;
    e->heap_at = at;
}

static void heap_up(struct queue *q, size_t at) {
    struct entry *e = q->heap[at];
    while (at && q->heap[(at - 1) / 2]->due_ns > e->due_ns) {
        heap_put(q, at, q->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_put(q, at, e);
}

static void heap_down(struct queue *q, size_t at) {
    struct entry *e = q->heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= q->n_heap)
            break;
        if (child + 1 < q->n_heap && q->heap[child + 1]->due_ns < q->heap[child]->due_ns)
            child++;
        if (q->heap[child]->due_ns >= e->due_ns)
            break;
        heap_put(q, at, q->heap[child]);
        at = child;
    }
    heap_put(q, at, e);
}

static void heap_add(struct queue *q, struct entry *e) {
    if (q->n_heap == q->cap_heap) {
        q->cap_heap = q->cap_heap ? 2 * q->cap_heap : 16;
        q->heap = reallocarray(q->heap, q->cap_heap, sizeof *q->heap);
        if (!q->heap)
            abort();
    }
    e->state = ENTRY_DELAYED;
    q->kinds[e->kind].delayed++;
    q->heap[q->n_heap++] = e;
    heap_up(q, q->n_heap - 1);
}

static void heap_remove(struct queue *q, struct entry *e) {
    size_t at = e->heap_at;
    struct entry *last = q->heap[--q->n_heap];
    q->kinds[e->kind].delayed--;
    if (last == e)
        return;
    heap_put(q, at, last);
    heap_up(q, at);
    heap_down(q, last->heap_at);
}

/* ---- lanes ---- */

static struct lane *lane_of(struct kind_state *k, const char *ns) {
    struct lane *lane = k->last;
    for (; lane; lane = lane->next == k->last ? NULL : lane->next)
        if (!strcmp(lane->ns, ns))
            return lane;
    lane = calloc(1, sizeof *lane);
    if (!lane || !(lane->ns = strdup(ns)))
        abort();
    lane->next = k->last ? k->last->next : lane;
    if (k->last)
        k->last->next = lane;
    k->last = lane; // a new namespace is served after all that wait
    return lane;
}

static void make_ready(struct queue *q, struct entry *e) {
    struct kind_state *k = &q->kinds[e->kind];
    struct lane *lane = lane_of(k, e->ns);
    e->state = ENTRY_READY;
    e->next = NULL;
    if (lane->tail)
        lane->tail->next = e;
    else
        lane->head = e;
    lane->tail = e;
    k->depth++;
}

static void drop_lane(struct kind_state *k, struct lane *before, struct lane *lane) {
    if (lane == before)
        k->last = NULL;
    else
        before->next = lane->next;
    if (k->last == lane)
        k->last = before;
    free(lane->ns);
    free(lane);
}

static struct entry *take_ready(struct kind_state *k) {
    struct lane *lane = k->last->next;
    struct entry *e = lane->head;
    lane->head = e->next;
    k->depth--;
    if (lane->head) {
        k->last = lane; // the next namespace's turn
        return e;
    }
    drop_lane(k, k->last, lane);
    return e;
}

static void unready(struct queue *q, struct entry *e) {
    struct kind_state *k = &q->kinds[e->kind];
    struct lane *before = k->last;
    while (strcmp(before->next->ns, e->ns))
        before = before->next;
    struct lane *lane = before->next;
    struct entry **at = &lane->head, *tail = NULL;
    while (*at != e) {
        tail = *at;
        at = &(*at)->next;
    }
    *at = e->next;
    if (lane->tail == e)
        lane->tail = tail;
    k->depth--;
    if (!lane->head)
        drop_lane(k, before, lane);
}

static void collect_due(struct queue *q, int64_t now_ns) {
    while (q->n_heap && q->heap[0]->due_ns <= now_ns) {
        struct entry *e = q->heap[0];
        heap_remove(q, e);
        make_ready(q, e);
    }
}

/* ---- entries ---- */

#define ID_BYTES 600

static const char *id_of(const struct queue_key *key, char *to) {
    snprintf(to, ID_BYTES, "%u/%s/%s", key->kind, key->ns, key->name);
    return to;
}

static struct entry *find(struct queue *q, const struct queue_key *key) {
    char id[ID_BYTES];
    return map_get(&q->entries, id_of(key, id));
}

static struct entry *find_or_new(struct queue *q, const struct queue_key *key) {
    if (key->kind >= QUEUE_KINDS)
        abort();
    struct entry *e = find(q, key);
    if (e)
        return e;
    char id[ID_BYTES];
    e = calloc(1, sizeof *e);
    if (!e || !(e->id = strdup(id_of(key, id))) || !(e->ns = strdup(key->ns)) ||
        !(e->name = strdup(key->name)))
        abort();
    e->kind = key->kind;
    map_set(&q->entries, e->id, e);
    return e;
}

static void forget_if_idle(struct queue *q, struct entry *e) {
    if (e->state != ENTRY_IDLE || e->failures)
        return;
    map_remove(&q->entries, e->id);
    entry_free(e);
}

static void add_locked(struct queue *q, struct entry *e, int64_t due_ns, unsigned wake) {
    unsigned timed = q->config.timed_wakes;
    switch (e->state) {
    case ENTRY_IDLE:
        e->wake |= wake;
        e->due_ns = due_ns;
        heap_add(q, e);
        return;
    case ENTRY_DELAYED:
        if (due_ns >= e->due_ns) {
            e->wake |= wake & ~timed;
            return;
        }
        e->wake = (e->wake & ~timed) | wake;
        e->due_ns = due_ns;
        heap_up(q, e->heap_at);
        return;
    case ENTRY_READY: e->wake |= wake & ~timed; return;
    case ENTRY_BUSY:
        if (!e->again || due_ns < e->again_ns) {
            e->again_wake = (e->again_wake & ~timed) | wake;
            e->again_ns = due_ns;
        } else {
            e->again_wake |= wake & ~timed;
        }
        e->again = true;
        e->gone = false;
        return;
    }
}

void queue_add(struct queue *q, const struct queue_key *key, int64_t due_ns, unsigned wake) {
    pthread_mutex_lock(&q->lock);
    struct entry *e = find_or_new(q, key);
    q->kinds[key->kind].adds++;
    add_locked(q, e, due_ns, wake);
    pthread_mutex_unlock(&q->lock);
}

int64_t queue_add_backoff(struct queue *q, const struct queue_key *key, int64_t now_ns, unsigned wake) {
    pthread_mutex_lock(&q->lock);
    struct entry *e = find_or_new(q, key);
    int64_t delay = q->config.min_backoff_ns;
    for (unsigned i = 0; i < e->failures && delay < q->config.max_backoff_ns; i++)
        delay *= 2;
    if (delay > q->config.max_backoff_ns)
        delay = q->config.max_backoff_ns;
    if (e->failures < 64)
        e->failures++;
    q->kinds[key->kind].adds++;
    q->kinds[key->kind].retries++;
    add_locked(q, e, now_ns + delay, wake);
    pthread_mutex_unlock(&q->lock);
    return delay;
}

void queue_forget(struct queue *q, const struct queue_key *key) {
    pthread_mutex_lock(&q->lock);
    struct entry *e = find(q, key);
    if (e) {
        e->failures = 0;
        forget_if_idle(q, e);
    }
    pthread_mutex_unlock(&q->lock);
}

void queue_remove(struct queue *q, const struct queue_key *key) {
    pthread_mutex_lock(&q->lock);
    struct entry *e = find(q, key);
    if (e && e->state == ENTRY_BUSY) {
        e->gone = true;
        e->again = false;
        e->again_wake = 0;
    } else if (e) {
        if (e->state == ENTRY_DELAYED)
            heap_remove(q, e);
        if (e->state == ENTRY_READY)
            unready(q, e);
        e->state = ENTRY_IDLE;
        e->failures = 0;
        forget_if_idle(q, e);
    }
    pthread_mutex_unlock(&q->lock);
}

/* ---- workers ---- */

static void hand_out(struct queue *q, struct entry *e, int64_t now_ns, struct queue_item *out) {
    *out = (struct queue_item) {
        .key = { .kind = e->kind, .ns = e->ns, .name = e->name },
        .wake = e->wake,
        .waited_ns = now_ns > e->due_ns ? now_ns - e->due_ns : 0,
        .failures = e->failures,
    };
    e->state = ENTRY_BUSY;
    e->wake = 0;
    e->started_ns = now_ns;
    e->again = e->gone = false;
    e->again_wake = 0;
    q->kinds[e->kind].busy++;
}

bool queue_take(struct queue *q, int64_t now_ns, const unsigned *limits, size_t n_kinds,
                struct queue_item *out, int64_t *next_due_ns) {
    struct entry *e = NULL;
    pthread_mutex_lock(&q->lock);
    collect_due(q, now_ns);
    for (size_t i = 0; i < n_kinds && !e; i++) {
        uint32_t k = (uint32_t)((q->next_kind + i) % n_kinds);
        if (!q->kinds[k].last || q->kinds[k].busy >= limits[k])
            continue;
        e = take_ready(&q->kinds[k]);
        q->next_kind = (uint32_t)((k + 1) % n_kinds);
        hand_out(q, e, now_ns, out);
    }
    if (next_due_ns)
        *next_due_ns = q->n_heap ? q->heap[0]->due_ns : INT64_MAX;
    pthread_mutex_unlock(&q->lock);
    return e != NULL;
}

void queue_done(struct queue *q, const struct queue_key *key, int64_t now_ns) {
    pthread_mutex_lock(&q->lock);
    struct entry *e = find(q, key);
    if (!e || e->state != ENTRY_BUSY)
        abort(); // a worker gives back what it took, once
    q->kinds[e->kind].busy--;
    e->state = ENTRY_IDLE;
    if (e->gone)
        e->failures = 0;
    if (e->again) {
        e->wake = e->again_wake;
        e->due_ns = e->again_ns < now_ns ? now_ns : e->again_ns;
        heap_add(q, e);
    } else {
        forget_if_idle(q, e);
    }
    pthread_mutex_unlock(&q->lock);
}

void queue_stats(struct queue *q, uint32_t kind, int64_t now_ns, struct queue_stats *out) {
    pthread_mutex_lock(&q->lock);
    collect_due(q, now_ns);
    const struct kind_state *k = &q->kinds[kind];
    *out = (struct queue_stats) {
        .adds = k->adds, .retries = k->retries, .depth = k->depth, .busy = k->busy, .delayed = k->delayed
    };
    const char *id;
    void *value;
    for (size_t i = 0; k->busy && map_next(&q->entries, &i, &id, &value);) {
        const struct entry *e = value;
        if (e->kind == kind && e->state == ENTRY_BUSY &&
            (!out->oldest_busy_ns || e->started_ns < out->oldest_busy_ns))
            out->oldest_busy_ns = e->started_ns;
    }
    pthread_mutex_unlock(&q->lock);
}
