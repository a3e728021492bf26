// SPDX-License-Identifier: Apache-2.0
/* The endpoints that every controller has: /metrics on :8080, /healthz and /readyz on :9440. */
#include "common/runtime/internal.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static const double latency_buckets[] = { 1e-08, 1e-07, 1e-06, 1e-05, 0.0001, 0.001, 0.01, 0.1, 1, 10, 0 };
static const double reconcile_buckets[] = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4,
                                            0.45,  0.5,  0.6,   0.7,  0.8, 0.9,  1,   1.25, 1.5, 1.75, 2,
                                            2.5,   3,    3.5,   4,    4.5, 5,    6,   7,    8,   9,    10,
                                            15,    20,   25,    30,   40,  50,   60,  0 };

const struct metric metric_reconcile_duration = {
    "gotk_reconcile_duration_seconds",
    "The duration in seconds of a GitOps Toolkit resource reconciliation.",
    METRIC_HISTOGRAM,
    { "kind", "name", "namespace" }
};
const struct metric metric_reconcile_total = { "controller_runtime_reconcile_total",
                                               "Total number of reconciliations per controller",
                                               METRIC_COUNTER,
                                               { "controller", "result" } };
const struct metric metric_reconcile_errors = { "controller_runtime_reconcile_errors_total",
                                                "Total number of reconciliation errors per controller",
                                                METRIC_COUNTER,
                                                { "controller" } };
const struct metric metric_reconcile_time = { "controller_runtime_reconcile_time_seconds",
                                              "Length of time per reconciliation per controller",
                                              METRIC_HISTOGRAM,
                                              { "controller" },
                                              reconcile_buckets };
const struct metric metric_active_workers = { "controller_runtime_active_workers",
                                              "Number of currently used workers per controller",
                                              METRIC_GAUGE,
                                              { "controller" } };
const struct metric metric_max_workers = { "controller_runtime_max_concurrent_reconciles",
                                           "Maximum number of concurrent reconciles per controller",
                                           METRIC_GAUGE,
                                           { "controller" } };
const struct metric metric_queue_latency = {
    "workqueue_queue_duration_seconds",
    "How long in seconds an item stays in workqueue before being requested",
    METRIC_HISTOGRAM,
    { "controller", "name" },
    latency_buckets
};
const struct metric metric_queue_work = { "workqueue_work_duration_seconds",
                                          "How long in seconds processing an item from workqueue takes.",
                                          METRIC_HISTOGRAM,
                                          { "controller", "name" },
                                          latency_buckets };
const struct metric metric_leader = {
    "leader_election_master_status",
    "Gauge of if the reporting system is master of the relevant lease, 0 indicates "
    "backup, 1 indicates master. 'name' is the string used to identify the lease.",
    METRIC_GAUGE,
    { "name" }
};
const struct metric metric_event_drops = { "runnel_events_dropped_total",
                                           "Events that were not sent because the queue was full.",
                                           METRIC_COUNTER,
                                           { NULL } };

#define QUEUE_METRIC(id, text, what, kind)                                                                   \
    static const struct metric id = { "workqueue_" text, what, kind, { "controller", "name" } }
QUEUE_METRIC(metric_depth, "depth", "Current depth of workqueue", METRIC_GAUGE);
QUEUE_METRIC(metric_adds, "adds_total", "Total number of adds handled by workqueue", METRIC_COUNTER);
QUEUE_METRIC(metric_retries, "retries_total", "Total number of retries handled by workqueue", METRIC_COUNTER);
QUEUE_METRIC(metric_longest, "longest_running_processor_seconds",
             "How many seconds has the longest running processor for workqueue been running.", METRIC_GAUGE);

static const struct metric metric_parked = {
    "runnel_parked_objects", "Objects that wait without a worker.", METRIC_GAUGE, { NULL }
};
static const struct metric metric_store_objects = {
    "runnel_store_objects", "Objects in the local copies.", METRIC_GAUGE, { "kind" }
};
static const struct metric metric_store_bytes = {
    "runnel_store_bytes", "Bytes of the local copies.", METRIC_GAUGE, { "kind" }
};
static const struct metric metric_cpu = {
    "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", METRIC_COUNTER, { NULL }
};
static const struct metric metric_fds = {
    "process_open_fds", "Number of open file descriptors.", METRIC_GAUGE, { NULL }
};
static const struct metric metric_max_fds = {
    "process_max_fds", "Maximum number of open file descriptors.", METRIC_GAUGE, { NULL }
};
static const struct metric metric_rss = {
    "process_resident_memory_bytes", "Resident memory size in bytes.", METRIC_GAUGE, { NULL }
};
static const struct metric metric_vm = {
    "process_virtual_memory_bytes", "Virtual memory size in bytes.", METRIC_GAUGE, { NULL }
};
static const struct metric metric_start = { "process_start_time_seconds",
                                            "Start time of the process since unix epoch in seconds.",
                                            METRIC_GAUGE,
                                            { NULL } };
static const struct metric metric_threads = { "process_threads", "Worker threads.", METRIC_GAUGE, { NULL } };
static const struct metric metric_heap = {
    "runnel_heap_bytes", "Bytes in use on the heap.", METRIC_GAUGE, { NULL }
};

static const struct metric metric_requests = {
    "rest_client_requests_total",
    "Number of HTTP requests, partitioned by status code, method, and host.",
    METRIC_COUNTER,
    { "code", "host", "method" }
};

void endpoint_count_request(void *arg, const char *method, const char *host, int code) {
    struct runtime *rt = arg;
    char text[16] = "<error>";
    if (code)
        snprintf(text, sizeof text, "%d", code);
    metrics_add(rt->metrics, &metric_requests, 1, text, host, method);
}

static void sample_queue(struct runtime *rt) {
    int64_t now = now_mono_ns();
    for (uint32_t k = 0; k < rt->n_kinds; k++) {
        const char *name = rt->kinds[k].lower;
        struct queue_stats s;
        if (rt->kinds[k].kind->store_only)
            continue;
        queue_stats(rt->queue, k, now, &s);
        metrics_set(rt->metrics, &metric_depth, (double)s.depth, name, name);
        metrics_set(rt->metrics, &metric_adds, (double)s.adds, name, name);
        metrics_set(rt->metrics, &metric_retries, (double)s.retries, name, name);
        metrics_set(rt->metrics, &metric_longest,
                    s.oldest_busy_ns ? (double)(now - s.oldest_busy_ns) / 1e9 : 0, name, name);
        metrics_set(rt->metrics, &metric_active_workers, (double)s.busy, name);
        metrics_set(rt->metrics, &metric_max_workers, (double)daemon_flags()->concurrent, name);
        metrics_add(rt->metrics, &metric_reconcile_errors, 0, name);
    }
}

static void sample_stores(struct runtime *rt) {
    for (size_t i = 0; i < rt->n_watched; i++) {
        const struct watched *w = &rt->watched[i];
        metrics_set(rt->metrics, &metric_store_objects, (double)kube_store_len(w->store), w->name);
        metrics_set(rt->metrics, &metric_store_bytes, (double)kube_store_bytes(w->store), w->name);
    }
    metrics_set(rt->metrics, &metric_parked, (double)parks_len(rt), NULL);
}

static double count_fds(void) {
    DIR *dir = opendir("/proc/self/fd");
    double n = -3; // ".", ".." and the directory's own
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n > 0 ? n : 0;
}

static void sample_process(struct runtime *rt) {
    struct metrics *m = rt->metrics;
    struct rusage usage;
    struct rlimit limit;
    unsigned long pages = 0, resident = 0;
    double page = (double)sysconf(_SC_PAGESIZE);
    getrusage(RUSAGE_SELF, &usage);
    metrics_set(m, &metric_cpu,
                (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
                NULL);
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%lu %lu", &pages, &resident) == 2) {
        metrics_set(m, &metric_vm, (double)pages * page, NULL);
        metrics_set(m, &metric_rss, (double)resident * page, NULL);
    }
    if (f)
        fclose(f);
    if (!getrlimit(RLIMIT_NOFILE, &limit))
        metrics_set(m, &metric_max_fds, (double)limit.rlim_cur, NULL);
    metrics_set(m, &metric_fds, count_fds(), NULL);
    metrics_set(m, &metric_start, (double)rt->start_wall_ns / 1e9, NULL);
    metrics_set(m, &metric_threads, (double)working_left(rt), NULL);
    metrics_set(m, &metric_heap, (double)mallinfo2().uordblks, NULL);
}

static void serve_metrics(void *arg, struct http_exchange *x) {
    struct runtime *rt = arg;
    if (text_starts(http_path(x), "/debug/pprof")) {
        http_reply_text(x, 501,
                        "profiles of the Go runtime do not exist in this program; use perf on process %d\n",
                        (int)getpid());
        return;
    }
    if (strcmp(http_path(x), "/metrics")) {
        http_reply_text(x, 404, "404 page not found\n");
        return;
    }
    autobuf text = { 0 };
    sample_queue(rt);
    sample_stores(rt);
    sample_process(rt);
    wire_sample(rt);
    metrics_write(rt->metrics, &text);
    http_reply(x, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&text));
}

static void serve_health(void *arg, struct http_exchange *x) {
    (void)arg;
    if (!strcmp(http_path(x), "/healthz") || !strcmp(http_path(x), "/readyz"))
        http_reply(x, 200, "text/plain; charset=utf-8", STR("ok"));
    else
        http_reply_text(x, 404, "404 page not found\n");
}

static bool serve(struct runtime *rt, const char *address, http_handler handler, struct http_server **out,
                  struct err *err) {
    if (text_empty(address) || !strcmp(address, "0"))
        return true; // switched off
    struct http_server_config config = { .address = address, .max_body_bytes = 4096, .max_connections = 64 };
    return http_server_start(rt->loop, &config, handler, rt, out, err);
}

bool endpoint_start(struct runtime *rt, struct err *err) {
    const struct runtime_flags *flags = daemon_flags();
    metrics_declare(rt->metrics, &metric_reconcile_duration);
    metrics_declare(rt->metrics, &metric_event_drops);
    if (!serve(rt, flags->metrics_addr, serve_metrics, &rt->metrics_server, err))
        return err_wrap(err, "--metrics-addr=%s", flags->metrics_addr);
    if (!serve(rt, flags->health_addr, serve_health, &rt->health_server, err))
        return err_wrap(err, "--health-addr=%s", flags->health_addr);
    return true;
}

void endpoint_stop(struct runtime *rt) {
    http_server_stop(rt->health_server);
    http_server_stop(rt->metrics_server);
    rt->health_server = rt->metrics_server = NULL;
}
