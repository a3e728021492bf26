// SPDX-License-Identifier: Apache-2.0
/* An API server of a few lines for tests of common/kube: the test's own function answers each request on the loop thread. */
#ifndef TESTS_UNIT_KUBE_FIXTURE_H
#define TESTS_UNIT_KUBE_FIXTURE_H

#include <pthread.h>

#include "common/kube/store.h"
#include "common/net/server.h"
#include "common/value/json.h"

#include "tests/unit/check.h"

struct fixture {
    struct loop *loop;
    struct http_server *server;
    struct http_client *http;
    struct kube_client *kube;
    pthread_t thread;
    void (*serve)(struct fixture *f, struct http_exchange *x);
    void *arg;

    pthread_mutex_t lock; // guards log
    pthread_cond_t grew;
    struct buf log;         // what happened, one line each
    struct http_push *push; // the last stream that was opened (loop thread)
};

void fixture_start(struct fixture *f, void (*serve)(struct fixture *f, struct http_exchange *x));
void fixture_stop(struct fixture *f);
void fixture_note(struct fixture *f, const char *fmt, ...) printf_like(2, 3); // any thread
// Waits until the log ends with (or contains) the text; fails the test after 10 s.
void fixture_wait(struct fixture *f, const char *text);
bool fixture_has(struct fixture *f, const char *text);
// Runs fn(arg) on the loop thread and waits for it.
void fixture_on_loop(struct fixture *f, void (*fn)(void *arg), void *arg);
// Writes a line into the open stream.
void fixture_push(struct fixture *f, const char *json);
// Ends the open stream.
void fixture_end(struct fixture *f);
void reply_json(struct http_exchange *x, int status, const char *fmt, ...) printf_like(3, 4);

#endif
