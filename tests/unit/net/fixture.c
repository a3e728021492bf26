// SPDX-License-Identifier: Apache-2.0
// Servers and a client for the tests of net.
#include "tests/unit/net/fixture.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static void *run_loop(void *arg) {
    struct fixture *f = arg;
    loop_run(f->loop);
    http_client_stop(f->client);
    http_server_stop(f->server);
    return NULL;
}

void fixture_start(struct fixture *f, const struct http_server_config *config, http_handler handler,
                   void *arg) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct http_server_config c = config ? *config : (struct http_server_config) { 0 };
    if (!c.address)
        c.address = "127.0.0.1:0";
    *f = (struct fixture) { .loop = loop_new() };
    f->client = http_client_new(f->loop);
    if (!http_server_start(f->loop, &c, handler, arg, &f->server, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        abort();
    }
    snprintf(f->base, sizeof f->base, "http://127.0.0.1:%d", http_server_port(f->server));
    if (pthread_create(&f->thread, NULL, run_loop, f) != 0)
        abort();
}

void fixture_stop(struct fixture *f) {
    loop_stop(f->loop);
    pthread_join(f->thread, NULL);
    http_client_free(f->client);
    loop_free(f->loop);
}

struct errand {
    loop_fn fn;
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t done_cond;
    bool done;
};

static void do_errand(void *arg) {
    struct errand *e = arg;
    e->fn(e->arg);
    pthread_mutex_lock(&e->lock);
    e->done = true;
    pthread_cond_signal(&e->done_cond);
    pthread_mutex_unlock(&e->lock);
}

void fixture_run(struct fixture *f, loop_fn fn, void *arg) {
    struct errand e = { .fn = fn, .arg = arg };
    pthread_mutex_init(&e.lock, NULL);
    pthread_cond_init(&e.done_cond, NULL);
    loop_post(f->loop, do_errand, &e);
    pthread_mutex_lock(&e.lock);
    while (!e.done)
        pthread_cond_wait(&e.done_cond, &e.lock);
    pthread_mutex_unlock(&e.lock);
}

static void *run_raw(void *arg) {
    struct raw_server *s = arg;
    for (int conn; (conn = accept(s->fd, NULL, NULL)) >= 0;) {
        s->fn(conn, s->n++, s->arg);
        close(conn);
    }
    return NULL;
}

void raw_start(struct raw_server *s, void (*fn)(int conn, int nth, void *arg), void *arg) {
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof sa;
    *s = (struct raw_server) { .fn = fn, .arg = arg };
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&sa, n) < 0 || listen(s->fd, 64) < 0 ||
        getsockname(s->fd, (struct sockaddr *)&sa, &n) < 0)
        abort();
    s->port = ntohs(sa.sin_port);
    if (pthread_create(&s->thread, NULL, run_raw, s) != 0)
        abort();
}

void raw_stop(struct raw_server *s) {
    shutdown(s->fd, SHUT_RDWR); // wakes accept
    pthread_join(s->thread, NULL);
    close(s->fd);
}

bool raw_read_head(int conn) {
    char seen[5] = "";
    while (strcmp(seen, "\r\n\r\n") != 0) {
        memmove(seen, seen + 1, 3);
        if (read(conn, seen + 3, 1) != 1)
            return false;
    }
    return true;
}

void raw_send(int conn, const char *text) {
    size_t n = strlen(text);
    if (send(conn, text, n, MSG_NOSIGNAL) != (ssize_t)n)
        return; // the client has gone: some tests want that
}
