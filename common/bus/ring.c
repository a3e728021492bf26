// SPDX-License-Identifier: Apache-2.0
// A publisher's bounded memory.
#include "common/bus/ring.h"

static struct ring_entry *at(const struct ring *r, size_t i) {
    return r->entries[(r->first + i) % r->cap];
}

static size_t bytes_of(const struct ring_entry *e) {
    return e->topic_n + e->payload_n;
}

static void drop_oldest(struct ring *r) {
    struct ring_entry *e = at(r, 0);
    r->n_bytes -= bytes_of(e);
    r->first = (r->first + 1) % r->cap;
    r->n--;
    free(e);
    if (r->n == 0) {
        free(r->entries); // an idle publisher keeps nothing
        r->entries = NULL;
        r->cap = r->first = 0;
    }
}

void ring_done(struct ring *r) {
    while (r->n)
        drop_oldest(r);
}

static void make_room(struct ring *r) {
    if (r->n < r->cap)
        return;
    size_t cap = r->cap ? r->cap * 2 : 16;
    struct ring_entry **entries = calloc(cap, sizeof *entries);
    if (!entries)
        abort();
    for (size_t i = 0; i < r->n; i++)
        entries[i] = at(r, i);
    free(r->entries);
    r->entries = entries;
    r->cap = cap;
    r->first = 0;
}

uint64_t ring_add(struct ring *r, int64_t at_ns, struct str topic, struct str payload) {
    while (r->n && (r->n >= r->max_messages || r->n_bytes + topic.n + payload.n > r->max_bytes))
        drop_oldest(r);
    make_room(r);
    struct ring_entry *e = malloc(sizeof *e + topic.n + payload.n);
    if (!e)
        abort();
    e->sequence = ++r->newest;
    e->at_ns = at_ns;
    e->topic_n = topic.n;
    e->payload_n = payload.n;
    memcpy(e->bytes, topic.p, topic.n);
    if (payload.n)
        memcpy(e->bytes + topic.n, payload.p, payload.n);
    r->entries[(r->first + r->n++) % r->cap] = e;
    r->n_bytes += bytes_of(e);
    return e->sequence;
}

void ring_expire(struct ring *r, int64_t oldest_at_ns) {
    while (r->n && at(r, 0)->at_ns < oldest_at_ns)
        drop_oldest(r);
}

uint64_t ring_oldest(const struct ring *r) {
    return r->newest - r->n + 1;
}

bool ring_get(const struct ring *r, uint64_t sequence, struct message *out) {
    if (sequence < ring_oldest(r) || sequence > r->newest)
        return false;
    const struct ring_entry *e = at(r, sequence - ring_oldest(r));
    *out = (struct message) { .sequence = e->sequence,
                              .at_ns = e->at_ns,
                              .topic = { e->bytes, e->topic_n },
                              .payload = { e->bytes + e->topic_n, e->payload_n } };
    return true;
}
