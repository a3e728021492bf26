// SPDX-License-Identifier: Apache-2.0
// libcurl's multi interface in the loop: its sockets and its one timer.
#include "common/net/client_impl.h"
#include "common/base/timeutil.h"

#include <sys/epoll.h>

static void finish_done(struct multi *m) {
    CURLMsg *msg;
    int left;
    while (m->curl && (msg = curl_multi_info_read(m->curl, &left))) {
        if (msg->msg != CURLMSG_DONE)
            continue;
        struct http_call *call = NULL;
        CURLcode rc = msg->data.result;
        (void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        if (rc != CURLE_OK)
            call_fail(call, rc);
        else
            (void)gunzip_end(call); // says itself what is wrong
        call_end(call);
    }
}

static void act(struct multi *m, curl_socket_t fd, int mask) {
    int running;
    m->client->in_curl++;
    (void)curl_multi_socket_action(m->curl, fd, mask, &running);
    m->client->in_curl--;
    finish_done(m);
}

static void on_ready(void *arg, int fd, uint32_t events) {
    int mask = 0;
    if (events & EPOLLIN)
        mask |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        mask |= CURL_CSELECT_OUT;
    if (events & (EPOLLERR | EPOLLHUP))
        mask |= CURL_CSELECT_ERR;
    act(arg, fd, mask);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg) {
    struct multi *m = arg;
    struct loop_fd *f = socket_arg;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        loop_fd_remove(f);
        return 0;
    }
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
    if (f) {
        loop_fd_set(f, events);
        return 0;
    }
    f = loop_fd_add(m->client->loop, fd, events, on_ready, m);
    (void)curl_multi_assign(m->curl, fd, f);
    return 0;
}

static void on_time(void *arg) {
    struct multi *m = arg;
    m->timer = NULL;
    act(m, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *curl, long timeout_ms, void *arg) {
    struct multi *m = arg;
    (void)curl;
    loop_timer_cancel(m->timer);
    m->timer = NULL;
    if (timeout_ms >= 0)
        m->timer = loop_timer_add(m->client->loop, now_mono_ns() + timeout_ms * NS_PER_MS, on_time, m);
    return 0;
}

static void init_once(void) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

static void multi_init(struct multi *m) {
    m->curl = curl_multi_init();
    if (!m->curl)
        abort();
    curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
    curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
    curl_multi_setopt(m->curl, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, (long)IN_FLIGHT_PER_ORIGIN);
    if (m == &m->client->watches)
        curl_multi_setopt(m->curl, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)STREAMS_PER_WATCH_CONNECTION);
}

bool multi_add(struct multi *m, struct http_call *call) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_once);
    if (!m->curl)
        multi_init(m);
    CURLMcode rc = curl_multi_add_handle(m->curl, call->easy);
    if (rc != CURLM_OK)
        return err_set(&call->err, ERR_BUG, "%s: %s", call_title(call), curl_multi_strerror(rc));
    call->multi = m;
    return true;
}

void multi_remove(struct http_call *call) {
    if (!call->multi)
        return;
    call->client->in_curl++;
    // libcurl 7.88.1 forgets what it holds of a paused stream when the connection has others: have it delivered first.
    call->discard = true;
    if (call->kind == CALL_BODY)
        (void)curl_easy_pause(call->easy, CURLPAUSE_CONT);
    (void)curl_multi_remove_handle(call->multi->curl, call->easy);
    call->client->in_curl--;
    call->multi = NULL;
}

void multi_unpause(struct http_call *call) {
    pthread_mutex_lock(&call->client->lock);
    bool paused = call->paused;
    call->paused = false;
    pthread_mutex_unlock(&call->client->lock);
    if (!paused || !call->multi)
        return;
    call->last_byte_ns = now_mono_ns();
    struct multi *m = call->multi;
    m->client->in_curl++;
    (void)curl_easy_pause(call->easy, CURLPAUSE_CONT);
    m->client->in_curl--;
    finish_done(m);
}

void multi_done(struct multi *m) {
    if (m->curl)
        (void)curl_multi_cleanup(m->curl);
    m->curl = NULL;
    loop_timer_cancel(m->timer);
    m->timer = NULL;
}
