// SPDX-License-Identifier: Apache-2.0
/* Asking publishers for what got lost: one REQ socket per address, one question at a time. A question is "this is what I
 * have of each boot": whoever answers knows its own. REQ repeats it by itself until an answer comes, so a question asked
 * before the publisher is there is answered when it is. */
#include "common/bus/bus_impl.h"

#include <nanomsg/nn.h>
#include <nanomsg/reqrep.h>

enum { RESEND_MS = 5000 };

struct link {
    struct bus *bus;
    struct link *next;
    int sock;
    struct loop_fd *fd;
    bool waiting; // for an answer
    bool again;   // something more was missed meanwhile
    uint8_t nonce[NONCE_BYTES];
    bool answered;
    uint8_t boot[BOOT_BYTES]; // of whoever answered last
};

static void ask(struct link *l) {
    struct bus *b = l->bus;
    struct request *q = calloc(1, sizeof *q); // 20 KB: not for the stack
    autobuf plain = { 0 };
    autobuf frame = { 0 };
    if (!q)
        abort();
    q->name = str_of(b->name);
    q->oldest_at_ns = now_wall_ns() - b->replay_max_age_ns;
    for (struct window *w = NULL; (w = windows_next(b->windows, w));)
        window_position(w, &q->known[q->n_known++]);
    request_put(&plain, q);
    frame_seal(b->key, FRAME_REQUEST, NULL, buf_str(&plain), &frame, l->nonce);
    l->waiting = nn_send(l->sock, frame.p, frame.n, NN_DONTWAIT) >= 0;
    l->again = false;
    free(q);
}

static void ask_or_remember(struct link *l) {
    if (l->waiting)
        l->again = true;
    else
        ask(l);
}

static void on_ask_time(void *arg) {
    struct bus *b = arg;
    b->ask_timer = NULL;
    for (struct window *w = NULL; (w = windows_next(b->windows, w));)
        if (!window_complete(w))
            replay_ask(b, w->boot);
}

void replay_ask(struct bus *b, const uint8_t boot[BOOT_BYTES]) {
    if (b->ask_timer)
        return; // the last answer did not help: not before the time is up
    bool found = false;
    for (struct link *l = b->links; l; l = l->next)
        if (l->answered && !memcmp(l->boot, boot, BOOT_BYTES)) {
            ask_or_remember(l);
            found = true;
        }
    for (struct link *l = b->links; l && !found; l = l->next)
        ask_or_remember(l);
}

static void apply(struct bus *b, const struct reply *r) {
    struct window *w = windows_get(b->windows, r->boot);
    struct str rest = r->messages;
    struct message m;
    for (size_t i = 0; i < r->n && reply_next(&rest, &m); i++)
        if (m.sequence)
            subscribe_take(b, r->name, w, &m, true);
    uint64_t lost = window_give_up(w, r->floor);
    if (lost && !w->fresh)
        bus_count(b, &b->stats.lost, lost);
    w->fresh = 0;
}

static void on_reply(struct link *l, struct str bytes) {
    struct bus *b = l->bus;
    enum frame_kind kind;
    struct reply r;
    autobuf plain = { 0 };
    if (!frame_open(b->key, bytes, l->nonce, &kind, &plain) || kind != FRAME_REPLY ||
        !reply_parse(buf_str(&plain), &r)) {
        bus_count(b, &b->stats.dropped_auth, 1);
        return;
    }
    l->waiting = false;
    if (!memcmp(r.boot, b->boot, BOOT_BYTES))
        return; // we asked ourselves
    memcpy(l->boot, r.boot, BOOT_BYTES);
    l->answered = true;
    apply(b, &r);
    const struct window *w = windows_find(b->windows, r.boot);
    bool missing = w && !window_complete(w);
    if (r.more || (missing && (r.n || l->again)))
        ask(l);
    else if (missing && !b->ask_timer)
        b->ask_timer = loop_timer_add(b->loop, now_mono_ns() + NS_PER_S, on_ask_time, b);
}

static void on_readable(void *arg, int fd, uint32_t events) {
    struct link *l = arg;
    void *bytes = NULL;
    (void)fd, (void)events;
    int n = nn_recv(l->sock, &bytes, NN_MSG, NN_DONTWAIT);
    if (n < 0)
        return;
    l->waiting = false; // also after a wrong answer: REQ does not ask again by itself then
    on_reply(l, str_make(bytes, (size_t)n));
    nn_freemsg(bytes);
}

void *link_up(void *arg, const char *url) {
    struct bus *b = arg;
    struct link *l = calloc(1, sizeof *l);
    int resend = RESEND_MS;
    if (!l)
        abort();
    l->bus = b;
    l->sock = socket_open(NN_REQ, url_is_v6(url));
    (void)nn_setsockopt(l->sock, NN_REQ, NN_REQ_RESEND_IVL, &resend, sizeof resend);
    if (nn_connect(l->sock, url) < 0) {
        socket_close(&l->sock);
        free(l);
        return NULL;
    }
    l->fd = socket_watch(b, l->sock, NN_RCVFD, on_readable, l);
    l->next = b->links;
    b->links = l;
    ask(l);
    return l;
}

void link_down(void *arg, void *handle) {
    struct bus *b = arg;
    struct link *l = handle, **at = &b->links;
    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    loop_fd_remove(l->fd);
    socket_close(&l->sock);
    free(l);
}
