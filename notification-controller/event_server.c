// SPDX-License-Identifier: Apache-2.0
/* The event endpoint: any path, any method, one event as JSON. 202 as soon as the event passed the rate limit: who is told, and
 * whether that works, is found out afterwards and never the sender's concern.
 * Flux: notification-controller/internal/server/event_server.go; contract/notification.md 3 */
#include "common/base/log.h"
#include "common/base/timeutil.h"
#include "common/net/server.h"
#include "notification-controller/notify.h"

#include <time.h>

#define EVENT_BODY_BYTES (3u << 20)
#define HEADER_BYTES (256u << 10)

// "Mon, 02 Jan 2006 15:04:05 GMT"
static const char *http_date(struct arena *a, int64_t wall_ns) {
    time_t at = (time_t)(wall_ns / NS_PER_S);
    struct tm tm;
    char text[40];
    gmtime_r(&at, &tm);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return arena_strdup(a, text);
}

static void work(struct task *t) {
    dispatch_notice(t, t->data);
}

/* Takes the task, whose data is the notice. Returns false when the event is a duplicate. */
static bool admit(struct notify *n, struct task *t, int64_t *reset_ns) {
    struct notice *notice = t->data;
    if (!limiter_take(&n->limiter, notice_key(&t->a, notice), now_mono_ns(), reset_ns)) {
        log_debug("Discarding event, rate limiting duplicate events",
                  LOG_STR("reconciler kind", notice->kind), LOG_STR("name", notice->name),
                  LOG_STR("namespace", notice->ns));
        task_drop(t);
        return false;
    }
    notice_drop_token(&t->a, notice);
    if (!task_start(t, work, NULL))
        log_error("event is not dispatched, too many are under way");
    return true;
}

static bool read_event(struct notify *n, struct str json, struct task **out) {
    struct task *t = task_new(n->rt);
    struct err err = { .a = &t->a };
    t->data = arena_new(&t->a, struct notice);
    if (notice_read(&t->a, json, t->data, &err))
        return *out = t, true;
    log_error("decoding the request body failed", LOG_STR("error", err.msg));
    task_drop(t);
    return false;
}

static int answer(struct notify *n, struct http_exchange *x, size_t *n_bytes) {
    static const char refused[] = "Too Many Requests\n";
    struct task *t = NULL;
    int64_t reset_ns = 0;
    *n_bytes = 0;
    if (!read_event(n, http_body_bytes(x), &t)) {
        http_reply(x, 400, NULL, STR(""));
        return 400;
    }
    bool admitted = admit(n, t, &reset_ns);
    const char *reset = http_date(http_arena(x), now_wall_ns() + reset_ns - now_mono_ns());
    http_add_header(x, "X-RateLimit-Limit", "1");
    http_add_header(x, "X-RateLimit-Remaining", "0");
    http_add_header(x, "X-RateLimit-Reset", reset);
    if (admitted) {
        http_reply(x, 202, NULL, STR(""));
        return 202;
    }
    http_add_header(x, "Retry-After", reset);
    *n_bytes = sizeof refused - 1;
    http_reply(x, 429, "text/plain; charset=utf-8", STR("Too Many Requests\n"));
    return 429;
}

static void handle(void *arg, struct http_exchange *x) {
    struct notify *n = arg;
    int64_t began = now_mono_ns();
    const char *method = arena_strdup(http_arena(x), http_method(x)),
               *path = arena_strdup(http_arena(x), http_path(x));
    size_t n_bytes;
    server_begin(n, &event_server_metrics);
    int status = answer(n, x, &n_bytes);
    server_end(n, &event_server_metrics, method, path, status, n_bytes, began);
}

void event_from_bus(struct notify *n, struct str json) {
    struct task *t = NULL;
    int64_t reset_ns;
    if (read_event(n, json, &t))
        admit(n, t, &reset_ns);
}

bool event_server_start(struct notify *n, struct err *err) {
    struct http_server_config config = {
        .address = notify_flags()->events_addr,
        .max_body_bytes = EVENT_BODY_BYTES,
        .idle_timeout_s = 30,
        .connection_memory_bytes = HEADER_BYTES,
    };
    return http_server_start(runtime_loop(n->rt), &config, handle, n, &n->events, err) ||
           err_wrap(err, "--events-addr=%s", notify_flags()->events_addr);
}
