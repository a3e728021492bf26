// SPDX-License-Identifier: Apache-2.0
// What client.c (who we are), call.c (running one request) and batch.c (waiting) share. Not for other rooms.
#ifndef KUBE_CLIENT_INTERNAL_H
#define KUBE_CLIENT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "common/base/buf.h"
#include "common/base/map.h"
#include "common/kube/client.h"

struct kube_limiter {
    pthread_mutex_t lock; // guards all below
    double qps, burst, tokens;
    int64_t refilled_ns;
};

struct kube_client {
    atomic_uint refs;
    struct kube_client *base; // whose connections, token and limiter are used; NULL: own
    struct loop *loop;
    struct http_client *http;
    struct arena a; // holds config
    struct kube_config config;
    pthread_mutex_t lock; // guards token, token_at_ns, clones
    struct map
        clones; // user -> impersonating client; not counted: a clone leaves it when its last user has gone
    char *clone_key; // a clone's own
    char *token;     // content of token_file
    int64_t token_at_ns;
    struct kube_limiter limiter;
    kube_observe_fn observe; // constant after the start
    void *observe_arg;
};

// How long the caller has to wait for its turn; takes a token from the bucket. 0 = no limit reached.
int64_t kube_limiter_delay(struct kube_client *c, int64_t now_ns);

// An answer as it came. Lives for the callback.
struct raw_answer {
    int code; // 0: none, see err
    struct str body;
    const char *warning; // NULL: none
    struct err err;      // connection level only; ERR_NONE when code is set
};
typedef void (*raw_done_fn)(void *arg, const struct raw_answer *answer);

/* Runs a request with retries (client.h). `done` runs on the loop thread exactly once. What is wrong with the request itself is
 * told to `done` as well. */
void kube_call_start(struct kube_client *c, const struct kube_request *req, raw_done_fn done, void *arg);

// Parses an answer into a reply, or sets err.
bool kube_answer_reply(struct arena *a, int code, struct str body, const char *warning,
                       struct kube_reply *out, struct err *err);

#endif
