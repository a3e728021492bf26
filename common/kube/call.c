// SPDX-License-Identifier: Apache-2.0
/* One request from its start to its answer: on the loop thread, with retries by timers, so that nobody sleeps.
 * Flux: client-go/rest/request.go (withRetry: 429 and 5xx with Retry-After; connection errors of idempotent requests) */
#include "common/kube/client_internal.h"

#include "common/base/timeutil.h"

#define MAX_CONNECTION_RETRIES 3
#define MAX_THROTTLE_RETRIES 10
#define FIRST_BACKOFF_NS (50 * NS_PER_MS)
#define DEFAULT_TIMEOUT_NS (60 * NS_PER_S)

struct call {
    struct kube_client *client;
    struct arena a; // holds http
    struct http_request http;
    int64_t deadline_ns;
    unsigned connection_tries, throttle_tries;
    bool idempotent;
    raw_done_fn done;
    void *arg;
    int64_t wait_ns;           // before the next try
    struct raw_answer refused; // of a request that could not even be built
};

static const char *const content_types[] = {
    [KUBE_PATCH_MERGE] = "application/merge-patch+json",
    [KUBE_PATCH_JSON] = "application/json-patch+json",
    [KUBE_PATCH_STRATEGIC] = "application/strategic-merge-patch+json",
    [KUBE_PATCH_APPLY] = "application/apply-patch+yaml",
};

static const char *const methods[] = {
    [KUBE_GET] = "GET",
    [KUBE_LIST] = "GET",
    [KUBE_CREATE] = "POST",
    [KUBE_UPDATE] = "PUT",
    [KUBE_PATCH] = "PATCH",
    [KUBE_DELETE] = "DELETE",
    [KUBE_DELETE_COLLECTION] = "DELETE",
};

static bool is_idempotent(const struct kube_request *req) {
    if (req->verb == KUBE_PATCH)
        return req->dry_run || req->patch == KUBE_PATCH_APPLY || req->patch == KUBE_PATCH_MERGE;
    return req->verb != KUBE_CREATE || req->dry_run;
}

static const char *accept_of(const struct kube_request *req) {
    if (req->accept)
        return req->accept;
    if (!req->metadata_only)
        return "application/json";
    return req->verb == KUBE_LIST
               ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
               : "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
}

static struct str delete_options(struct arena *a, const struct kube_request *req) {
    struct buf b = { 0 };
    buf_puts(&b, "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\"");
    if (req->propagation)
        buf_fmt(&b, ",\"propagationPolicy\":\"%s\"", req->propagation);
    if (req->precondition_uid || req->precondition_resource_version) {
        buf_puts(&b, ",\"preconditions\":{");
        if (req->precondition_uid)
            buf_fmt(&b, "\"uid\":\"%s\"", req->precondition_uid);
        if (req->precondition_resource_version)
            buf_fmt(&b, "%s\"resourceVersion\":\"%s\"", req->precondition_uid ? "," : "",
                    req->precondition_resource_version);
        buf_puts(&b, "}");
    }
    buf_puts(&b, "}");
    return buf_to_arena(&b, a);
}

static bool build(struct call *call, const struct kube_request *req, struct err *err) {
    struct arena *a = &call->a;
    char *path;
    if (!kube_request_path(a, req, &path, err) ||
        !kube_http_request(a, call->client, methods[req->verb], path, accept_of(req), &call->http, err))
        return false;
    bool deletes = req->verb == KUBE_DELETE || req->verb == KUBE_DELETE_COLLECTION;
    call->http.body = deletes ? delete_options(a, req) : req->body;
    if (call->http.body.p) {
        size_t n = 0;
        while (call->http.headers[n])
            n++;
        const char **headers = arena_array(a, const char *, n + 2);
        memcpy(headers, call->http.headers, n * sizeof *headers);
        headers[n] = arena_fmt(a, "Content-Type: %s",
                               req->verb == KUBE_PATCH ? content_types[req->patch] : "application/json");
        call->http.headers = headers;
        if (!deletes) // the caller's memory may go; http_start copies again, but retries need it
            call->http.body = arena_str(a, req->body);
    }
    call->http.retry_safe = call->idempotent;
    return true;
}

static void finish(struct call *call, const struct raw_answer *answer) {
    call->done(call->arg, answer);
    kube_client_unref(call->client);
    arena_done(&call->a);
    free(call);
}

static void on_answer(void *arg, struct arena *a, const struct http_response *response,
                      const struct err *err);

static void send_now(void *arg) {
    struct call *call = arg;
    int64_t left_ns = call->deadline_ns - now_mono_ns();
    call->http.timeout_ns = left_ns > NS_PER_MS ? left_ns : NS_PER_MS;
    http_start(call->client->http, &call->http, on_answer, call);
}

static void add_timer(void *arg) {
    struct call *call = arg;
    loop_timer_add(call->client->loop, now_mono_ns() + call->wait_ns, send_now, call);
}

static int64_t retry_after_ns(const struct http_response *r) {
    const char *text = http_header_get(r, "Retry-After");
    uint64_t seconds;
    if (!text || !str_to_u64(str_trim(str_of(text)), &seconds) || seconds > 3600)
        return -1;
    return (int64_t)seconds * NS_PER_S;
}

// true: the call waits for another try.
static bool try_again(struct call *call, const struct http_response *response, const struct err *err) {
    if (err && err->kind == ERR_IO) {
        if (!call->idempotent || call->connection_tries++ >= MAX_CONNECTION_RETRIES)
            return false;
        call->wait_ns = FIRST_BACKOFF_NS << call->connection_tries;
    } else if (!err && (response->status == 429 || response->status >= 500)) {
        call->wait_ns = retry_after_ns(response);
        if (call->wait_ns < 0 && response->status == 429)
            call->wait_ns = NS_PER_S;
        if (call->wait_ns < 0 || call->throttle_tries++ >= MAX_THROTTLE_RETRIES)
            return false;
    } else {
        return false;
    }
    if (now_mono_ns() + call->wait_ns >= call->deadline_ns)
        return false;
    add_timer(call);
    return true;
}

static const char *warning_text(struct arena *a, const struct http_response *r) {
    const char *header = http_header_get(r, "Warning"); // 299 - "text"
    const char *open = header ? strchr(header, '"') : NULL;
    const char *close = open ? strrchr(header, '"') : NULL;
    return close > open ? arena_text(a, open + 1, (size_t)(close - open - 1)) : NULL;
}

static void observe(const struct call *call, int code) {
    const struct kube_client *c = call->client->base ? call->client->base : call->client;
    const char *host = strstr(c->config.server, "://");
    if (c->observe)
        c->observe(c->observe_arg, call->http.method ? call->http.method : "GET",
                   host ? host + 3 : c->config.server, code);
}

static void on_answer(void *arg, struct arena *a, const struct http_response *response,
                      const struct err *err) {
    struct call *call = arg;
    bool failed = err && err->kind != ERR_NONE;
    observe(call, failed ? 0 : response->status);
    if (try_again(call, response, failed ? err : NULL))
        return;
    struct raw_answer answer = { 0 };
    if (failed) {
        answer.err = *err;
    } else {
        answer.code = response->status;
        answer.body = response->body;
        answer.warning = warning_text(a, response);
    }
    finish(call, &answer);
}

static void refuse(void *arg) {
    struct call *call = arg;
    finish(call, &call->refused);
}

void kube_call_start(struct kube_client *c, const struct kube_request *req, raw_done_fn done, void *arg) {
    struct call *call = calloc(1, sizeof *call);
    if (!call)
        abort();
    call->client = kube_client_ref(c);
    call->done = done;
    call->arg = arg;
    call->idempotent = is_idempotent(req);
    int64_t now_ns = now_mono_ns();
    call->deadline_ns = now_ns + (req->timeout_ns ? req->timeout_ns : DEFAULT_TIMEOUT_NS);
    struct err err = { .a = &call->a };
    if (!build(call, req, &err)) {
        call->refused.err = err;
        loop_post(c->loop, refuse, call);
        return;
    }
    call->wait_ns = kube_limiter_delay(c, now_ns);
    if (call->wait_ns)
        loop_post(c->loop, add_timer, call);
    else
        send_now(call);
}
