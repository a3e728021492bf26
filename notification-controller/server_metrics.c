// SPDX-License-Identifier: Apache-2.0
// Metrics of the two HTTP servers. Flux: slok/go-http-metrics under the prefixes gotk_event and gotk_receiver
#include "common/base/timeutil.h"
#include "notification-controller/notify.h"

static const double seconds[] = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 0 };
static const double bytes[] = { 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 0 };

#define SERVER(prefix, name)                                                                                 \
    static const struct metric prefix##_duration = { "gotk_" name "_http_request_duration_seconds",          \
                                                     "The latency of the HTTP requests.",                    \
                                                     METRIC_HISTOGRAM,                                       \
                                                     { "service", "method", "code", "handler" },             \
                                                     seconds };                                              \
    static const struct metric prefix##_size = { "gotk_" name "_http_response_size_bytes",                   \
                                                 "The size of the HTTP responses.",                          \
                                                 METRIC_HISTOGRAM,                                           \
                                                 { "service", "method", "code", "handler" },                 \
                                                 bytes };                                                    \
    static const struct metric prefix##_inflight = {                                                         \
        "gotk_" name "_http_requests_inflight",                                                              \
        "The number of inflight requests being handled at the same time.",                                   \
        METRIC_GAUGE,                                                                                        \
        { "service", "handler" }                                                                             \
    }
SERVER(event, "event");
SERVER(receiver, "receiver");

const struct server_metrics event_server_metrics = { &event_duration, &event_size, &event_inflight, "/" };
const struct server_metrics hook_server_metrics = { &receiver_duration, &receiver_size, &receiver_inflight,
                                                    "/hook/" };

void server_begin(struct notify *n, const struct server_metrics *m) {
    metrics_add(runtime_metrics(n->rt), m->inflight, 1, "", m->handler);
}

void server_end(struct notify *n, const struct server_metrics *m, const char *method, const char *path,
                int status, size_t n_bytes, int64_t began_ns) {
    struct metrics *registry = runtime_metrics(n->rt);
    autoarena a = { 0 };
    const char *code = arena_fmt(&a, "%d", status);
    const char *handler = notify_flags()->export_http_path_metrics ? path : m->handler;
    metrics_add(registry, m->inflight, -1, "", m->handler);
    metrics_observe(registry, m->duration, (double)(now_mono_ns() - began_ns) / 1e9, "", method, code,
                    handler);
    metrics_observe(registry, m->size, (double)n_bytes, "", method, code, handler);
}
