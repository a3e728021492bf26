// SPDX-License-Identifier: Apache-2.0
// The subscribing side: frames from SUB, each message once to those who want its topic.
#include "common/bus/bus_impl.h"

#include "common/base/file.h"

#include <nanomsg/nn.h>

enum { FRAMES_PER_TURN = 256 };

void bus_subscribe(struct bus *b, const char *topic_prefix, bus_fn fn, void *arg) {
    size_t n = strlen(topic_prefix) + 1;
    struct subscription *s = calloc(1, sizeof *s + n), **end = &b->subscriptions;
    if (!s)
        abort();
    s->fn = fn;
    s->arg = arg;
    memcpy(s->prefix, topic_prefix, n);
    while (*end)
        end = &(*end)->next;
    *end = s;
}

static char *boot_text(struct arena *a, const uint8_t boot[BOOT_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    char *to = arena_alloc(a, 2 * BOOT_BYTES + 1);
    for (size_t i = 0; i < BOOT_BYTES; i++) {
        to[2 * i] = digits[boot[i] >> 4];
        to[2 * i + 1] = digits[boot[i] & 15];
    }
    return to;
}

static void deliver(struct bus *b, struct str name, const struct window *w, const struct message *m,
                    bool replayed) {
    autoarena a = { 0 };
    struct bus_message msg = { .topic = arena_str(&a, m->topic).p,
                               .payload = arena_str(&a, m->payload),
                               .publisher = arena_str(&a, name).p,
                               .key = arena_fmt(&a, "%s-%llu", boot_text(&a, w->boot),
                                                (unsigned long long)m->sequence),
                               .published_at = m->at_ns,
                               .replayed = replayed };
    for (struct subscription *s = b->subscriptions; s; s = s->next)
        if (text_starts(msg.topic, s->prefix))
            s->fn(s->arg, &msg);
}

static void count_lost(struct bus *b, const struct window *w, uint64_t n) {
    if (n && !w->fresh)
        bus_count(b, &b->stats.lost, n);
}

void subscribe_take(struct bus *b, struct str name, struct window *w, const struct message *m,
                    bool replayed) {
    if (m->sequence > w->highest + 1)
        bus_count(b, &b->stats.gaps, 1);
    if (window_has(w, m->sequence)) {
        bus_count(b, &b->stats.dropped_dup, 1);
        return;
    }
    bus_count(b, &b->stats.delivered, 1);
    bus_count(b, &b->stats.replayed, replayed);
    deliver(b, name, w, m, replayed);
    count_lost(b, w,
               window_add(w, m->sequence)); // after: killed in between, it comes again rather than never
}

static void on_frame(struct bus *b, struct str bytes) {
    enum frame_kind kind;
    struct publication p;
    static const uint8_t nothing[NONCE_BYTES];
    if (!frame_open(b->key, bytes, nothing, &kind, &b->received) ||
        (kind != FRAME_MESSAGE && kind != FRAME_HEARTBEAT) || !publication_parse(buf_str(&b->received), &p) ||
        (kind == FRAME_MESSAGE && !p.message.sequence)) {
        bus_count(b, &b->stats.dropped_auth, 1);
        return;
    }
    if (!memcmp(p.boot, b->boot, BOOT_BYTES))
        return; // our own
    int64_t age_ns = now_wall_ns() - p.message.at_ns;
    if (age_ns > BUS_STALE_NS || age_ns < -BUS_STALE_NS) {
        bus_count(b, &b->stats.dropped_stale, 1);
        return;
    }
    struct window *w = windows_get(b->windows, p.boot);
    if (kind == FRAME_MESSAGE)
        subscribe_take(b, p.name, w, &p.message, false);
    else {
        bus_count(b, &b->stats.gaps, p.message.sequence > w->highest);
        count_lost(b, w, window_expect(w, p.message.sequence));
    }
    if (!window_complete(w))
        replay_ask(b, w->boot);
}

void subscribe_readable(void *arg, int fd, uint32_t events) {
    struct bus *b = arg;
    (void)fd, (void)events;
    for (int i = 0; i < FRAMES_PER_TURN; i++) { // then others have their turn; the descriptor stays ready
        void *bytes = NULL;
        int n = nn_recv(b->sub, &bytes, NN_MSG, NN_DONTWAIT);
        if (n < 0)
            return;
        bus_count(b, &b->stats.received, 1);
        on_frame(b, str_make(bytes, (size_t)n));
        nn_freemsg(bytes);
    }
}

void subscribe_stop(struct bus *b) {
    loop_fd_remove(b->sub_fd);
    loop_timer_cancel(b->ask_timer);
    addresses_free(b->replay_peers); // and with them the links
    while (b->subscriptions) {
        struct subscription *s = b->subscriptions;
        b->subscriptions = s->next;
        free(s);
    }
    windows_close(b->windows);
}
