// SPDX-License-Identifier: Apache-2.0
// notification-controller: tells people and services about events, and takes webhooks in.
#include "common/base/timeutil.h"
#include "common/net/server.h"
#include "notification-controller/notify.h"
#include "notification-controller/provider.h"
#include "notification-controller/receiver.h"

static struct notify_flags flags_parsed; // constant after the start

const struct notify_flags *notify_flags(void) {
    return &flags_parsed;
}

static const struct flag flags[] = {
    { "events-addr", FLAG_S(&flags_parsed.events_addr), .value_if_absent = ":9090", .env = "EVENTS_ADDR",
      .what = "ADDRESS", .section = "NOTIFICATIONS",
      .help = "Where the other controllers post their events." },
    { "receiverAddr", FLAG_S(&flags_parsed.receiver_addr), .value_if_absent = ":9292", .env = "RECEIVER_ADDR",
      .what = "ADDRESS", .help = "Where webhooks come in, under /hook/." },
    { "rate-limit-interval", FLAG_D(&flags_parsed.rate_limit_interval_ns), .value_if_absent = "5m",
      .help = "An event that says the same of the same object is dropped when the last one is younger than "
              "this." },
    { "export-http-path-metrics", FLAG_B(&flags_parsed.export_http_path_metrics),
      .help = "Use the request's path as a label of the HTTP metrics. It shows the secret paths of Receivers "
              "to whoever reads metrics." },
    { 0 },
};

static const struct feature_gate gates[] = { { "DisableConfigWatchers", false }, { 0 } };

static const struct kind *const kinds[] = { &kind_alert, &kind_provider, &kind_receiver, NULL };
static const char *const bus_topics[] = { "event/", NULL };

static bool check(struct runtime *rt, struct err *err) {
    (void)rt;
    return flags_parsed.rate_limit_interval_ns > 0 ||
           err_set(err, ERR_INVALID, "--rate-limit-interval must be over 0");
}

static bool start(struct runtime *rt, struct err *err) {
    struct notify *n = arena_new(runtime_arena(rt), struct notify);
    n->rt = rt;
    n->limiter.interval_ns = flags_parsed.rate_limit_interval_ns;
    n->limiter.swept_ns = now_mono_ns();
    runtime_set_user(rt, n);
    return event_server_start(n, err) && hook_server_start(n, err);
}

static void stop(struct runtime *rt) {
    struct notify *n = runtime_user(rt);
    http_server_stop(n->events);
    http_server_stop(n->hooks);
    n->events = n->hooks = NULL;
}

static void end(struct runtime *rt) {
    limiter_done(&((struct notify *)runtime_user(rt))->limiter);
}

static void on_bus(struct runtime *rt, const char *topic, struct str payload) {
    (void)topic;
    event_from_bus(runtime_user(rt), payload);
}

static const struct daemon notification_controller = {
    .name = "notification-controller",
    .summary = "Tells chats and services about the events of the other controllers (Provider, Alert), and "
               "takes webhooks that ask "
               "for a reconciliation (Receiver).",
    .kinds = kinds,
    .features = DAEMON_WATCH_CONFIGS | DAEMON_CROSS_NAMESPACE,
    .concurrent = 4,
    .flags = flags,
    .gates = gates,
    .check = check,
    .start = start,
    .stop = stop,
    .end = end,
    .bus_topics = bus_topics,
    .on_bus = on_bus,
};

int main(int argc, char **argv) {
    return daemon_run(&notification_controller, argc, argv);
}
