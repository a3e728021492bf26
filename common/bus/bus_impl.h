// SPDX-License-Identifier: Apache-2.0
/* What the files of the bus share; nobody else includes this. */
#ifndef BUS_BUS_IMPL_H
#define BUS_BUS_IMPL_H

#include "common/bus/bus.h"
#include "common/bus/ring.h"
#include "common/bus/window.h"
#include "common/base/timeutil.h"

#include <pthread.h>

#define BUS_STALE_NS (10 * NS_PER_MIN) // older frames are refused, older messages leave the ring
#define BUS_RESOLVE_NS (30 * NS_PER_S) // between two looks at the names of peers
#define BUS_BURST_NS (10 * NS_PER_MS)  // in this time at most ...
#define BUS_BURST_FRAMES 64u           // ... so many frames,
#define BUS_BURST_BYTES (128u * 1024)  // ... or bytes: more than that PUB would drop
#define BUS_RCVMAX_BYTES 65536         // for nanomsg: a larger message ends its connection

struct subscription {
    struct subscription *next;
    bus_fn fn;
    void *arg;
    char prefix[];
};

struct addresses;
struct link; // a publisher's address for lost messages, with its REQ socket

struct bus {
    struct loop *loop;
    char *name;
    uint8_t key[KEY_BYTES], boot[BOOT_BYTES];
    int pub, pub6, sub, rep; // nanomsg sockets, -1 = none; pub6: for peers with IPv6 addresses
    bool publishes;
    struct loop_fd *sub_fd, *rep_fd;
    struct addresses *peers, *replay_peers;

    // Sending (loop thread)
    uint64_t last_sent;
    int64_t burst_began_ns;
    unsigned burst_frames;
    size_t burst_bytes;
    struct loop_timer *burst_timer, *heartbeat_timer;
    size_t heartbeat_step;
    struct buf plain, frame; // scratch

    // Receiving (loop thread)
    struct subscription *subscriptions;
    struct windows *windows; // NULL: nothing is received
    struct link *links;
    int64_t replay_max_age_ns;
    struct loop_timer *ask_timer;
    struct buf received; // scratch

    pthread_mutex_t lock; // guards the rest; a leaf
    struct ring ring;
    bool pump_posted;
    struct bus_stats stats;
};

/* nanomsg with the loop: a socket with our options, and its descriptor for waiting. Aborts when it cannot be made.
 * One socket connects to addresses of one family only: nanomsg 1.1.5 takes the family of the local end from the option
 * NN_IPV4ONLY, and when the other end's differs, its second attempt aborts the process. Binding takes v6 for both. */
int socket_open(int protocol, bool v6);
void socket_close(int *sock);
bool url_is_v6(const char *url);
struct loop_fd *socket_watch(struct bus *b, int sock, int option, loop_fd_fn fn, void *arg);
void bus_count(struct bus *b, uint64_t *counter, uint64_t n);

// address.c
/* Checks an address. Errors: ERR_INVALID. For ipc it makes the directory and checks that it is private. */
must_check bool address_check(const char *address, bool binding, struct err *err);
struct address_callbacks {
    void *(*up)(void *arg,
                const char *url); // a new one; returns what `down` gets, NULL = failed, try again later
    void (*down)(void *arg, void *handle);
};
// Calls `up` at once for addresses that need no name lookup. list: checked.
struct addresses *addresses_new(struct loop *l, const char *const *list, const struct address_callbacks *cb,
                                void *arg);
void addresses_free(struct addresses *a); // calls `down` for all; NULL ok

// publish.c
void publish_start(struct bus *b, const struct bus_config *config);
void publish_stop(struct bus *b);
void publish_answer(void *arg, int fd, uint32_t events); // REP is readable

// subscribe.c
void subscribe_readable(void *arg, int fd, uint32_t events); // SUB is readable
void subscribe_stop(struct bus *b);
// One message or heartbeat of a live frame or a reply.
void subscribe_take(struct bus *b, struct str name, struct window *w, const struct message *m, bool replayed);

// replay.c
void *link_up(void *arg, const char *url);
void link_down(void *arg, void *handle);
void replay_ask(struct bus *b, const uint8_t boot[BOOT_BYTES]); // something of it is missing

#endif
