// SPDX-License-Identifier: Apache-2.0
/* Bus: authenticated publish/subscribe between the processes of one installation, with replay of what got lost.
 *
 * What it is     a way to make things faster: everything works without it (design.md 5). A process that subscribes binds an
 *                address; a process that publishes connects to the addresses of all subscribers, and binds another one where
 *                subscribers ask for what they missed.
 * What it is not a queue that survives its publisher: the ring is memory, and bounded (BUS_RING_*). Order is that of
 *                publishing, except for messages that were lost and came by replay.
 * Delivery       each message at most once per subscriber process and publisher boot; with state_file also over a restart of
 *                the subscriber, where only the message in work when it was killed may come twice (bus_message.key tells).
 * Addresses      "tcp://host:port" (connecting: every address of the name, resolved again every 30 s; binding: "tcp://" then "*:port" or
 *                "127.0.0.1:port"), "ipc:///dir/name" where dir is private (mode 0700; it is made when missing).
 * Topics         artifact/<Kind>/<ns>/<name>, ready/<Kind>/<ns>/<name>, event/<severity>/<Kind>/<ns>/<name>, poke/<Kind>/<ns>/<name>
 * Threads        bus_publish and bus_stats: any. All else: the loop thread, or before loop_run; callbacks on the loop thread.
 */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include "common/net/loop.h"

#define BUS_FRAME_MAX_BYTES 61440u // sealed; a larger message is refused
#define BUS_OVERHEAD_MAX_BYTES                                                                               \
    512u // topic, names and seal: a payload of BUS_FRAME_MAX_BYTES - this always fits
#define BUS_RING_MAX_BYTES (8u << 20) // what a publisher keeps for replay, payloads and topics
#define BUS_RING_MAX_MESSAGES 32768u
#define BUS_NAME_MAX_BYTES 63u
#define BUS_TOPIC_MAX_BYTES 255u // a longer topic is refused; Kubernetes names are shorter

struct bus;

struct bus_config {
    const char *name;     // of this publisher: "source-controller"
    const char *key_file; // the shared key: any secret of at least 32 bytes (surrounding blanks do not count)
    const char *const *bind;         // where others' messages come in; NULL-terminated; NULL: none
    const char *const *peers;        // subscribers to connect to; NULL: none
    const char *const *replay_bind;  // where our lost messages can be asked for; NULL: nowhere
    const char *const *replay_peers; // where to ask publishers for theirs; NULL: nowhere
    const char *state_file;          // what has been received, kept over restarts; NULL: not kept
    int64_t replay_max_age_ns;       // older messages are not asked for at start; 0 = 5 minutes
};

/* Errors: ERR_INVALID (an address, the name, a key that is too short), ERR_NOT_FOUND and ERR_IO (key file, state file, binding). */
must_check bool bus_open(struct loop *l, const struct bus_config *config, struct bus **out, struct err *err);
void bus_close(struct bus *b); // NULL ok; sends what is left of the current burst, not more

/* Never blocks, never waits for a peer. False (and nothing is sent): the topic or the payload is too long, or topic is empty.
 * b NULL: false. */
bool bus_publish(struct bus *b, const char *topic, struct str payload);

struct bus_message {
    const char *topic;
    struct str payload;    // NUL-terminated
    const char *publisher; // its name
    const char *key;       // unique for the message: "<boot id in hex>-<sequence>"
    int64_t published_at;  // wall clock of the publisher
    bool replayed;
};
// Everything lives for the call.
typedef void (*bus_fn)(void *arg, const struct bus_message *m);

// Calls fn for every message whose topic starts with topic_prefix ("" = all; "artifact/"). Own messages do not come back.
void bus_subscribe(struct bus *b, const char *topic_prefix, bus_fn fn, void *arg);

struct bus_stats {
    uint64_t published, sent;     // sent: frames handed to the network, once per message however many peers
    uint64_t received, delivered; // frames that arrived; messages given to subscribers
    uint64_t dropped_auth;        // not ours: garbage, another key, another version
    uint64_t dropped_dup;         // seen before
    uint64_t dropped_stale;       // older than the window of sequences, or than ten minutes
    uint64_t gaps;                // times that messages were found missing
    uint64_t replayed;            // messages that came by replay
    uint64_t lost;                // missing messages that the publisher did not have any more
    uint64_t overrun;             // messages that left our ring before they could be sent
};
struct bus_stats bus_stats(struct bus *b);

#endif
