// SPDX-License-Identifier: Apache-2.0
/* What a publisher has sent and what it still has to send: messages in order of sequence, bounded in number, bytes and
 * age. Threads: the caller's lock guards it. */
#ifndef BUS_RING_H
#define BUS_RING_H

#include "common/bus/wire.h"

struct ring_entry {
    uint64_t sequence;
    int64_t at_ns;
    size_t topic_n, payload_n;
    char bytes[]; // topic, payload
};

struct ring {
    struct ring_entry **entries; // circular
    size_t cap, first, n;
    size_t n_bytes;
    size_t max_messages, max_bytes;
    uint64_t newest; // sequence of the last one added, 0 = none ever
};

void ring_done(struct ring *r);
// Returns the sequence it got. Drops the oldest ones to make room.
uint64_t ring_add(struct ring *r, int64_t at_ns, struct str topic, struct str payload);
void ring_expire(struct ring *r, int64_t oldest_at_ns);
// Sequence of the oldest one that is there; newest + 1 when it is empty.
uint64_t ring_oldest(const struct ring *r);
// False: not there. The texts live until the ring is changed.
bool ring_get(const struct ring *r, uint64_t sequence, struct message *out);

#endif
