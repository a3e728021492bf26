// SPDX-License-Identifier: Apache-2.0
/* For the tests of net: a loop on a thread of its own with an HTTP server and a client, and raw servers that misbehave. */
#ifndef TESTS_UNIT_NET_FIXTURE_H
#define TESTS_UNIT_NET_FIXTURE_H

#include "common/net/server.h"

#include <pthread.h>

struct fixture {
    struct loop *loop;
    struct http_server *server;
    struct http_client *client;
    pthread_t thread;
    char base[64]; // "http://127.0.0.1:PORT"
};

// The handler runs on the loop thread.
void fixture_start(struct fixture *f, const struct http_server_config *config, http_handler handler,
                   void *arg);
void fixture_stop(struct fixture *f);
// Runs fn on the loop thread and waits for it.
void fixture_run(struct fixture *f, loop_fn fn, void *arg);

/* A server that takes connections one after the other and hands each to fn, on a thread of its own. */
struct raw_server {
    int fd, port;
    pthread_t thread;
    void (*fn)(int conn, int nth, void *arg);
    void *arg;
    int n; // connections so far
};
void raw_start(struct raw_server *s, void (*fn)(int conn, int nth, void *arg), void *arg);
void raw_stop(struct raw_server *s);
// Reads until the end of a request's headers; false: the connection ended before.
bool raw_read_head(int conn);
void raw_send(int conn, const char *text);

#endif
