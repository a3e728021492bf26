// SPDX-License-Identifier: Apache-2.0
/* The publishing side: messages go into the ring at once, and from there to the network in bursts that PUB can carry.
 * Heartbeats after the last message tell subscribers what the newest one is: the end of a burst can get lost too.
 * REP answers those who found something missing. */
#include "common/bus/bus_impl.h"

#include <nanomsg/nn.h>
#include <nanomsg/pubsub.h>
#include <nanomsg/reqrep.h>

// After the last message; the last one repeats while the ring holds anything.
static const int64_t heartbeat_steps_ns[] = { 100 * NS_PER_MS, NS_PER_S, 5 * NS_PER_S, 30 * NS_PER_S };

static void arm_heartbeat(struct bus *b, size_t step);

/* ---- to the network ---- */

// PUB never waits; what it drops is asked for.
static void send_bytes(struct bus *b) {
    if (b->pub >= 0)
        (void)nn_send(b->pub, b->frame.p, b->frame.n, NN_DONTWAIT);
    if (b->pub6 >= 0)
        (void)nn_send(b->pub6, b->frame.p, b->frame.n, NN_DONTWAIT);
}

static void send_frame(struct bus *b, enum frame_kind kind, const struct message *m) {
    struct publication p = { .name = str_of(b->name), .boot = b->boot, .message = *m };
    buf_clear(&b->plain);
    buf_clear(&b->frame);
    publication_put(&b->plain, &p);
    frame_seal(b->key, kind, NULL, buf_str(&b->plain), &b->frame, NULL);
    send_bytes(b);
}

static void heartbeat(void *arg) {
    struct bus *b = arg;
    b->heartbeat_timer = NULL;
    pthread_mutex_lock(&b->lock);
    ring_expire(&b->ring, now_wall_ns() - BUS_STALE_NS);
    bool idle = b->ring.n == 0;
    pthread_mutex_unlock(&b->lock);
    send_frame(b, FRAME_HEARTBEAT, &(struct message) { .sequence = b->last_sent, .at_ns = now_wall_ns() });
    size_t last = countof(heartbeat_steps_ns) - 1;
    if (b->heartbeat_step < last || !idle)
        arm_heartbeat(b, b->heartbeat_step < last ? b->heartbeat_step + 1 : last);
}

static void arm_heartbeat(struct bus *b, size_t step) {
    loop_timer_cancel(b->heartbeat_timer);
    b->heartbeat_step = step;
    b->heartbeat_timer = loop_timer_add(b->loop, now_mono_ns() + heartbeat_steps_ns[step], heartbeat, b);
}

// Copies the next message that was not sent into b->plain and b->frame; false: none.
static bool send_next(struct bus *b) {
    struct message m;
    bool ok = false;
    pthread_mutex_lock(&b->lock);
    uint64_t next = b->last_sent + 1, oldest = ring_oldest(&b->ring);
    if (next < oldest) {
        b->stats.overrun += oldest - next;
        next = oldest;
        b->last_sent = next - 1;
    }
    struct publication p = { .name = str_of(b->name), .boot = b->boot };
    buf_clear(&b->plain);
    if (ring_get(&b->ring, next, &m)) {
        p.message = m;
        publication_put(&b->plain, &p); // copied while the lock holds the ring still
        b->last_sent = next;
        b->stats.sent++;
        ok = true;
    }
    pthread_mutex_unlock(&b->lock);
    if (!ok)
        return false;
    buf_clear(&b->frame);
    frame_seal(b->key, FRAME_MESSAGE, NULL, buf_str(&b->plain), &b->frame, NULL);
    send_bytes(b);
    b->burst_frames++;
    b->burst_bytes += b->frame.n;
    return true;
}

static void send_burst(struct bus *b);

static void on_burst_time(void *arg) {
    struct bus *b = arg;
    b->burst_timer = NULL;
    send_burst(b);
}

static void send_burst(struct bus *b) {
    if (b->burst_timer)
        return; // the present burst is spent
    int64_t now_ns = now_mono_ns();
    if (now_ns - b->burst_began_ns >= BUS_BURST_NS) {
        b->burst_began_ns = now_ns;
        b->burst_frames = 0;
        b->burst_bytes = 0;
    }
    while (b->burst_frames < BUS_BURST_FRAMES && b->burst_bytes < BUS_BURST_BYTES)
        if (!send_next(b)) {
            arm_heartbeat(b, 0);
            return;
        }
    b->burst_timer = loop_timer_add(b->loop, b->burst_began_ns + BUS_BURST_NS, on_burst_time, b);
}

static void pump(void *arg) {
    struct bus *b = arg;
    pthread_mutex_lock(&b->lock);
    b->pump_posted = false;
    pthread_mutex_unlock(&b->lock);
    send_burst(b);
}

bool bus_publish(struct bus *b, const char *topic, struct str payload) {
    if (!b || !*topic || strlen(topic) > BUS_TOPIC_MAX_BYTES ||
        payload.n > BUS_FRAME_MAX_BYTES - BUS_OVERHEAD_MAX_BYTES)
        return false;
    pthread_mutex_lock(&b->lock);
    b->stats.published++;
    bool wake = false;
    if (b->publishes) {
        (void)ring_add(&b->ring, now_wall_ns(), str_of(topic), payload);
        wake = !b->pump_posted;
        b->pump_posted = true;
    }
    pthread_mutex_unlock(&b->lock);
    if (wake)
        loop_post(b->loop, pump, b);
    return true;
}

/* ---- answers for those who missed something ---- */

// What of the ring an asker wants: ranges in order, clipped to what there is.
struct wanted {
    uint64_t floor;
    struct seq_range ranges[RANGES_MAX + 1];
    size_t n;
};

static void want(struct wanted *w, uint64_t from, uint64_t to) {
    if (from < w->floor)
        from = w->floor;
    if (from <= to)
        w->ranges[w->n++] = (struct seq_range) { from, to };
}

// The first message that is not older than that. Under the lock.
static uint64_t first_since(const struct ring *r, int64_t oldest_at_ns) {
    uint64_t s = ring_oldest(r);
    struct message m;
    while (ring_get(r, s, &m) && m.at_ns < oldest_at_ns)
        s++;
    return s;
}

static struct wanted wanted_by(struct bus *b, const struct request *q) {
    const struct position *known = NULL;
    for (size_t i = 0; i < q->n_known && !known; i++)
        if (!memcmp(q->known[i].boot, b->boot, BOOT_BYTES))
            known = &q->known[i];
    struct wanted w = { .floor = ring_oldest(&b->ring) };
    if (!known || known->fresh)
        w.floor = first_since(&b->ring, q->oldest_at_ns);
    for (size_t i = 0; known && i < known->n_missing; i++)
        want(&w, known->missing[i].from,
             known->missing[i].to < b->last_sent ? known->missing[i].to : b->last_sent);
    want(&w, known ? known->highest + 1 : 1, b->last_sent); // what is not sent yet comes by itself
    return w;
}

// Messages go into b->frame for now. Returns false when they did not all fit.
static bool collect(struct bus *b, const struct wanted *w, size_t room, struct reply *r) {
    struct message m;
    for (size_t i = 0; i < w->n; i++)
        for (uint64_t s = w->ranges[i].from; s <= w->ranges[i].to; s++) {
            if (!ring_get(&b->ring, s, &m))
                continue;
            if (b->frame.n + reply_message_bytes(&m) > room || r->n == UINT16_MAX)
                return false;
            reply_put_message(&b->frame, &m);
            r->n++;
        }
    return true;
}

static void answer(struct bus *b, const struct request *q, const uint8_t nonce[NONCE_BYTES]) {
    struct reply r = { .name = str_of(b->name), .boot = b->boot };
    buf_clear(&b->frame);
    pthread_mutex_lock(&b->lock);
    ring_expire(&b->ring, now_wall_ns() - BUS_STALE_NS);
    struct wanted w = wanted_by(b, q);
    r.floor = w.floor < b->last_sent + 1 ? w.floor : b->last_sent + 1;
    // Any single message fits, or the asker would ask for ever.
    _Static_assert(BUS_RCVMAX_BYTES - 1024 > BUS_FRAME_MAX_BYTES + BUS_OVERHEAD_MAX_BYTES, "room in a reply");
    r.more = !collect(b, &w, BUS_RCVMAX_BYTES - 1024, &r);
    pthread_mutex_unlock(&b->lock);
    buf_clear(&b->plain);
    reply_put(&b->plain, &r);
    buf_put_str(&b->plain, buf_str(&b->frame));
    buf_clear(&b->frame);
    frame_seal(b->key, FRAME_REPLY, nonce, buf_str(&b->plain), &b->frame, NULL);
    (void)nn_send(b->rep, b->frame.p, b->frame.n, NN_DONTWAIT);
}

static void on_request(struct bus *b, struct str bytes) {
    enum frame_kind kind;
    static const uint8_t nothing[NONCE_BYTES];
    autobuf plain = { 0 };
    struct request *q = malloc(sizeof *q); // 20 KB: not for the stack
    if (!q)
        abort();
    if (frame_open(b->key, bytes, nothing, &kind, &plain) && kind == FRAME_REQUEST &&
        request_parse(buf_str(&plain), q))
        answer(b, q, frame_nonce(bytes));
    else
        bus_count(b, &b->stats.dropped_auth, 1);
    free(q);
}

void publish_answer(void *arg, int fd, uint32_t events) {
    struct bus *b = arg;
    (void)fd, (void)events;
    for (int i = 0; i < 16; i++) { // then others have their turn; the descriptor stays ready
        void *bytes = NULL;
        int n = nn_recv(b->rep, &bytes, NN_MSG, NN_DONTWAIT);
        if (n < 0)
            return;
        on_request(b, str_make(bytes, (size_t)n));
        nn_freemsg(bytes);
    }
}

/* ---- start and end ---- */

// A handle is the endpoint's number with the socket in its last bit, and never NULL.
static void *peer_up(void *arg, const char *url) {
    struct bus *b = arg;
    bool v6 = url_is_v6(url);
    int *sock = v6 ? &b->pub6 : &b->pub;
    if (*sock < 0)
        *sock = socket_open(NN_PUB, v6);
    int id = nn_connect(*sock, url);
    return id < 0 ? NULL : (void *)(((intptr_t)id + 1) * 2 + v6);
}

static void peer_down(void *arg, void *handle) {
    struct bus *b = arg;
    intptr_t h = (intptr_t)handle;
    (void)nn_shutdown(h % 2 ? b->pub6 : b->pub, (int)(h / 2 - 1));
}

void publish_start(struct bus *b, const struct bus_config *config) {
    static const struct address_callbacks cb = { peer_up, peer_down };
    b->ring.max_bytes = BUS_RING_MAX_BYTES;
    b->ring.max_messages = BUS_RING_MAX_MESSAGES;
    if (config->peers)
        b->peers = addresses_new(b->loop, config->peers, &cb, b);
    if (b->rep >= 0)
        b->rep_fd = socket_watch(b, b->rep, NN_RCVFD, publish_answer, b);
}

void publish_stop(struct bus *b) {
    loop_unpost(b->loop, pump, b);
    if (b->publishes && b->ring.n)
        send_burst(b);
    loop_timer_cancel(b->burst_timer);
    loop_timer_cancel(b->heartbeat_timer);
    loop_fd_remove(b->rep_fd);
    addresses_free(b->peers);
}
