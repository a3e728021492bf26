// SPDX-License-Identifier: Apache-2.0
/* Streams of the HTTP server. While nothing is queued the connection is suspended, and libmicrohttpd does not look at
 * it at all: so the loop watches the descriptor for the peer going away. */
#include "common/net/server_impl.h"

#include <sys/epoll.h>
#include <sys/socket.h>

struct http_push {
    struct http_exchange *x; // NULL once it has ended
    struct loop_fd *hangup;  // while suspended
    struct buf queued;
    size_t sent; // of queued
    size_t max_queued_bytes;
    bool ending, aborted;
    bool response_gone; // libmicrohttpd has let go of it
    void (*on_close)(void *arg);
    void *arg;
};

static int socket_of(const struct http_push *p) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(p->x->conn, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

static void wake(struct http_push *p) {
    loop_fd_remove(p->hangup);
    p->hangup = NULL;
    exchange_resume(p->x);
}

static void on_hangup(void *arg, int fd, uint32_t events) {
    struct http_push *p = arg;
    (void)fd, (void)events;
    p->aborted = true;
    wake(p);
}

static void sleep_until_more(struct http_push *p) {
    if (p->x->suspended)
        return;
    exchange_suspend(p->x);
    int fd = socket_of(p);
    if (fd >= 0)
        p->hangup = loop_fd_add(p->x->server->loop, fd, EPOLLRDHUP, on_hangup, p);
}

static ssize_t on_room(void *arg, uint64_t at, char *to, size_t room) {
    struct http_push *p = arg;
    (void)at;
    if (p->aborted || !p->x)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = p->queued.n - p->sent;
    if (n == 0 && p->ending)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (n == 0) {
        sleep_until_more(p);
        return 0;
    }
    if (n > room)
        n = room;
    memcpy(to, p->queued.p + p->sent, n);
    p->sent += n;
    if (p->sent == p->queued.n) {
        p->sent = 0;
        if (p->queued.cap > 16384)
            buf_done(&p->queued); // a burst's memory is not kept
        else
            buf_clear(&p->queued);
    }
    return (ssize_t)n;
}

// libmicrohttpd drops the response before or after it says that the request has ended: the later of the two frees.
static void on_response_gone(void *arg) {
    struct http_push *p = arg;
    p->response_gone = true;
    if (!p->x)
        free(p);
}

void push_ended(struct http_push *p) {
    loop_fd_remove(p->hangup);
    p->hangup = NULL;
    p->x->push = NULL;
    p->x = NULL;
    buf_done(&p->queued);
    if (p->on_close)
        p->on_close(p->arg);
    if (p->response_gone)
        free(p);
}

struct http_push *http_reply_stream(struct http_exchange *x, int status, const char *content_type,
                                    size_t max_queued_bytes, void (*on_close)(void *arg), void *arg) {
    if (!x->conn) {
        exchange_free(x);
        return NULL;
    }
    struct http_push *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    *p =
        (struct http_push) { .x = x, .max_queued_bytes = max_queued_bytes, .on_close = on_close, .arg = arg };
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, on_room, p, on_response_gone);
    if (r && content_type)
        (void)MHD_add_response_header(r, "Content-Type", content_type);
    x->push = p;
    exchange_answer(x, (unsigned)status, r);
    return p;
}

bool http_push_write(struct http_push *p, struct str bytes) {
    if (!p || !p->x || p->aborted || p->ending)
        return false;
    if (bytes.n > p->max_queued_bytes || p->queued.n - p->sent > p->max_queued_bytes - bytes.n) {
        http_push_abort(p);
        return false;
    }
    if (p->sent && p->sent >= p->queued.n / 2) {
        buf_shift(&p->queued, p->sent);
        p->sent = 0;
    }
    buf_add(&p->queued, bytes.p, bytes.n);
    wake(p);
    return true;
}

void http_push_end(struct http_push *p) {
    if (!p || !p->x)
        return;
    p->ending = true;
    wake(p);
}

void http_push_abort(struct http_push *p) {
    if (!p || !p->x || p->aborted)
        return;
    p->aborted = true;
    // A peer that takes nothing would keep libmicrohttpd from asking for more: end the connection below it.
    int fd = p->x->conn ? socket_of(p) : -1;
    if (fd >= 0)
        (void)shutdown(fd, SHUT_RDWR);
    wake(p);
}
