// SPDX-License-Identifier: Apache-2.0
/* What notification-controller's files share: the process's state, and where events and webhooks go in. */
#ifndef NOTIFICATION_NOTIFY_H
#define NOTIFICATION_NOTIFY_H

#include "common/runtime/task.h"
#include "notification-controller/limiter.h"
#include "notification-controller/notice.h"

struct notify_flags {
    const char *events_addr, *receiver_addr;
    int64_t rate_limit_interval_ns;
    bool export_http_path_metrics;
};
const struct notify_flags *notify_flags(void);

struct notify {
    struct runtime *rt;
    struct limiter limiter; // loop thread
    struct http_server *events, *hooks;
};

/* ---- event_server.c: loop thread ---- */
must_check bool event_server_start(struct notify *n, struct err *err);
// An event from the bus: as one by HTTP, without an answer.
void event_from_bus(struct notify *n, struct str json);

/* ---- hook_server.c ---- */
must_check bool hook_server_start(struct notify *n, struct err *err);

/* ---- dispatch.c: on a worker ----
 * Finds the alerts that match the notice (whose token is gone already) and starts a task for each that is to be sent. */
void dispatch_notice(struct task *t, const struct notice *n);

/* ---- server_metrics.c ---- */
struct server_metrics {
    const struct metric *duration, *size, *inflight;
    const char *handler; // label unless paths are exported
};
extern const struct server_metrics event_server_metrics, hook_server_metrics;
void server_begin(struct notify *n, const struct server_metrics *m);
void server_end(struct notify *n, const struct server_metrics *m, const char *method, const char *path,
                int status, size_t n_bytes, int64_t began_ns);

#endif
