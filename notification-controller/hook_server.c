// SPDX-License-Identifier: Apache-2.0
/* The receiver endpoint: a webhook comes in on a Receiver's path, is checked, and each of the Receiver's resources is asked to
 * reconcile. The loop thread takes and answers the request; a worker does the checking, which waits for the API server.
 * Flux: notification-controller/internal/server/receiver_handlers.go; contract/notification.md 7 */
#include "common/base/log.h"
#include "common/base/timeutil.h"
#include "common/crypto/secret.h"
#include "common/net/server.h"
#include "notification-controller/hook_act.h"
#include "notification-controller/notify.h"

#define HOOK_BODY_BYTES (3u << 20)
#define HEADER_BYTES (256u << 10)
#define HOOK_PREFIX "/hook/"

struct hook {
    struct notify *notify;
    struct http_exchange *exchange;
    int64_t began_ns;
    const char *method, *path;
    struct value *receiver;
    struct hook_request request;
    int status;
};

static void log_receiver(enum log_level level, const struct value *receiver, const char *msg,
                         const char *error) {
    LOG_LINE(level, NULL, msg, LOG_STR("error", error), LOG_STR("reconciler kind", "Receiver"),
             LOG_STR("name", object_name(receiver)), LOG_STR("namespace", object_ns(receiver)));
}

/* ---- on a worker ---- */

static bool check(struct task *t, const struct hook *h, const struct receiver_spec *spec, struct err *err) {
    struct value *secret = NULL;
    const char *ns = object_ns(h->receiver);
    if (!spec->secret)
        return err_set(err, ERR_UNSUPPORTED, "receiver type '%s' not supported", spec->type);
    if (!runtime_secret(t->rt, &t->a, ns, spec->secret, &secret, err))
        return err_wrap(err, "unable to read token from secret '%s/%s' error", ns, spec->secret);
    const struct value *token = value_get(secret, "token");
    if (!token)
        return err_set(err, ERR_INVALID, "invalid '%s/%s' secret data: required fields 'token'", ns,
                       spec->secret);
    return hook_verify(&t->a, spec->type, &h->request, token->s, spec->events, err);
}

static void work(struct task *t) {
    struct hook *h = t->data;
    struct receiver_spec spec;
    struct err err = { .a = &t->a };
    if (!receiver_read(&t->a, h->receiver, &spec, &err) || !check(t, h, &spec, &err)) {
        log_receiver(LOG_ERROR, h->receiver, "unable to validate payload", err.msg);
        h->status = 400;
        return;
    }
    h->status = hook_act(t, h->receiver, &spec, &h->request);
}

/* ---- the endpoint, loop thread ---- */

static void reply(struct notify *n, struct http_exchange *x, int status, const char *method, const char *path,
                  int64_t began_ns) {
    http_reply(x, status, NULL, STR(""));
    server_end(n, &hook_server_metrics, method, path, status, 0, began_ns);
}

static void answered(struct task *t) {
    struct hook *h = t->data;
    reply(h->notify, h->exchange, h->status, h->method, h->path, h->began_ns);
}

struct lookup {
    const char *target;
    struct arena *a;
    struct value *found;
};

static bool look_at_receiver(void *arg, struct arena *scratch, const struct value *receiver) {
    struct lookup *l = arg;
    (void)scratch;
    const char *path = value_text(value_at(receiver, "status", "webhookPath", NULL), "");
    if (*path && secret_equal(str_of(path), str_of(l->target)))
        l->found = value_copy(l->a, receiver);
    return !l->found;
}

static const struct hook_header *copy_headers(struct arena *a, const struct http_exchange *x) {
    struct hook_header *out = arena_array(a, struct hook_header, 32);
    size_t n = 0;
    for (const char *const *name = hook_headers; *name; name++) {
        const char *value = http_request_header(x, *name);
        if (value)
            out[n++] = (struct hook_header) { *name, arena_strdup(a, value) };
    }
    return out;
}

// 0: go on; else the status to answer with.
static int refuse(struct notify *n, struct arena *a, const char *target, struct value **receiver) {
    struct lookup lookup = { .target = target, .a = a };
    if (!text_starts(target, HOOK_PREFIX))
        return 404;
    runtime_each(n->rt, "Receiver", look_at_receiver, &lookup);
    *receiver = lookup.found;
    if (!lookup.found)
        return 404;
    bool suspended = value_bool_or(value_at(lookup.found, "spec", "suspend", NULL), false);
    if (!suspended && condition_is(lookup.found, CONDITION_READY, CONDITION_TRUE))
        return 0;
    log_receiver(LOG_ERROR, lookup.found, "unable to process request",
                 suspended ? "receiver is suspended" : "receiver is not ready");
    return 503;
}

static void handle(void *arg, struct http_exchange *x) {
    struct notify *n = arg;
    struct task *t = task_new(n->rt);
    struct hook *h = arena_new(&t->a, struct hook);
    struct value *receiver = NULL;
    const char *method = arena_strdup(http_arena(x), http_method(x)),
               *path = arena_strdup(http_arena(x), http_path(x));
    int64_t began = now_mono_ns();
    server_begin(n, &hook_server_metrics);
    int status = refuse(n, &t->a, http_raw_target(x), &receiver);
    if (status) {
        task_drop(t);
        reply(n, x, status, method, path, began);
        return;
    }
    t->data = h;
    *h = (struct hook) { .notify = n,
                         .exchange = x,
                         .began_ns = began,
                         .method = arena_strdup(&t->a, method),
                         .path = arena_strdup(&t->a, path),
                         .receiver = receiver };
    struct str body = http_body_bytes(x);
    h->request = (struct hook_request) { .body = str_make(arena_text(&t->a, body.p, body.n), body.n),
                                         .headers = copy_headers(&t->a, x) };
    http_defer(x);
    if (!task_start(t, work, answered))
        reply(n, x, 503, method, path, began);
}

bool hook_server_start(struct notify *n, struct err *err) {
    struct http_server_config config = {
        .address = notify_flags()->receiver_addr,
        .max_body_bytes = HOOK_BODY_BYTES,
        .idle_timeout_s = 30,
        .connection_memory_bytes = HEADER_BYTES,
    };
    return http_server_start(runtime_loop(n->rt), &config, handle, n, &n->hooks, err) ||
           err_wrap(err, "--receiverAddr=%s", notify_flags()->receiver_addr);
}
