// SPDX-License-Identifier: Apache-2.0
// Sending one notification, with retries. Flux: notification-controller/internal/notifier/client.go over go-retryablehttp
#include "notification-controller/provider.h"

#include "common/base/timeutil.h"

#include <strings.h>

#define RETRIES 4
#define RETRY_MIN_NS (2 * NS_PER_S)
#define RETRY_MAX_NS (30 * NS_PER_S)
#define ANSWER_BYTES (1u << 20)
#define ANSWER_SHOWN 2048 // of a refusal, in the message

void post_header(struct arena *a, struct post *p, const char *name, const char *value) {
    p->headers = arena_grow(a, p->headers, &p->cap_headers, p->n_headers + 2, sizeof *p->headers);
    size_t n = strlen(name);
    for (size_t i = 0; i < p->n_headers; i++) { // the last one of a name stands
        if (strncasecmp(p->headers[i], name, n) || p->headers[i][n] != ':')
            continue;
        p->headers[i] = arena_fmt(a, "%s: %s", name, value);
        return;
    }
    p->headers[p->n_headers++] = arena_fmt(a, "%s: %s", name, value);
    p->headers[p->n_headers] = NULL;
}

static bool may_pass(const struct http_response *r, const struct err *err) {
    if (err->kind != ERR_NONE)
        return err->kind != ERR_CANCELED && err->kind != ERR_LIMIT && err->kind != ERR_INVALID;
    return r->status == 429 || (r->status >= 500 && r->status != 501);
}

// What the server asks for, in whole seconds; else the doubling delay.
static int64_t delay_of(const struct http_response *r, int64_t doubling_ns) {
    const char *after = r->status == 429 || r->status == 503 ? http_header_get(r, "Retry-After") : NULL;
    uint64_t seconds;
    if (after && str_to_u64(str_of(after), &seconds) && seconds <= 3600)
        return (int64_t)seconds * NS_PER_S;
    return doubling_ns > RETRY_MAX_NS ? RETRY_MAX_NS : doubling_ns;
}

static bool judge(struct arena *a, const struct post *post, const struct http_response *r, struct err *err) {
    if (r->status >= 200 && r->status < 300)
        return !post->check || post->check(a, r, err);
    struct str shown = str_sub(r->body, 0, ANSWER_SHOWN);
    return err_set_code(err, ERR_IO, r->status, "request failed with status code %d: %.*s", r->status,
                        (int)shown.n, shown.p);
}

static struct http_request request_of(const struct provider *p, const struct post *post) {
    bool proxy = !text_empty(p->proxy) && !post->no_proxy;
    return (struct http_request) {
        .method = post->method ? post->method : "POST",
        .url = post->url,
        .headers = post->headers,
        .body = post->body,
        .bearer = post->bearer,
        .tls = p->has_tls && !post->no_tls ? &p->tls : NULL,
        .proxy = proxy ? p->proxy : NULL,
        .use_env_proxy = !proxy,
        .max_body_bytes = ANSWER_BYTES,
        .retry_safe = true,
    };
}

const char *post_cause(const char *message) {
    const char *quote = strchr(message, '"'), *end = quote ? strstr(quote + 1, "\": ") : NULL;
    return end ? end + 3 : message;
}

static bool not_executed(const struct err *failure, struct err *err) {
    return err_set_code(err, failure->kind, failure->code, "failed to execute request: %s",
                        failure->kind == ERR_TIMEOUT ? "context deadline exceeded"
                                                     : post_cause(failure->msg));
}

static bool send_tries(struct task *t, const struct provider *p, struct post *post, struct err *err) {
    int64_t deadline = now_mono_ns() + p->timeout_ns, delay = RETRY_MIN_NS;
    for (int tries = 0;; tries++, delay *= 2) {
        struct http_request req = request_of(p, post);
        struct http_response response = { 0 };
        struct err failure = { .a = &t->a };
        req.timeout_ns = deadline - now_mono_ns();
        if (req.timeout_ns <= 0)
            return err_set(err, ERR_TIMEOUT, "failed to execute request: context deadline exceeded");
        bool answered = http_do(runtime_http(t->rt), &t->a, &req, &response, &failure);
        int64_t wait = delay_of(&response, delay);
        bool again = may_pass(&response, &failure) && tries < RETRIES;
        if (!again && answered)
            return judge(&t->a, post, &response, err);
        if (!again || (!answered && now_mono_ns() + wait >= deadline))
            return not_executed(&failure, err);
        if (now_mono_ns() + wait >= deadline)
            return judge(&t->a, post, &response, err);
        if (!task_pause(t, now_mono_ns() + wait))
            return err_set(err, ERR_CANCELED, "failed to execute request: the controller is stopping");
    }
}

bool post_send(struct task *t, const struct provider *p, const struct post *post, struct err *err) {
    struct post own = *post;
    bool typed = false;
    for (size_t i = 0; i < own.n_headers; i++)
        typed |= !strncasecmp(own.headers[i], "Content-Type:", 13);
    if (!typed)
        post_header(&t->a, &own, "Content-Type", "application/json");
    return send_tries(t, p, &own, err) || err_wrap(err, "postMessage failed");
}
