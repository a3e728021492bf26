// SPDX-License-Identifier: Apache-2.0
// A controller process from its flags to its orderly end.
#include "common/runtime/internal.h"

#include <ctype.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#define DRAIN_NS (1 * NS_PER_S)  // events that are still to be posted get so long at the end
#define CANCEL_NS (2 * NS_PER_S) // passes whose requests were cancelled get so long to end
#define END_TURNS 4
#define EXIT_REFUSED 1
#define EXIT_USAGE 2

#define REFUSED_ACCOUNT                                                                                      \
    "cannot set default service accounts when the feature gate ObjectLevelWorkloadIdentity is not enabled"

/* ---- before the start ---- */

static void prepare_process(void) {
    struct rlimit none = { 0, 0 };
    mallopt(M_ARENA_MAX, 1); // libraries.md: per-thread arenas cost megabytes and give nothing
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGPIPE, SIG_IGN);
}

static enum log_level level_of(const char *word) {
    static const char *const words[] = {
        [LOG_TRACE] = "trace", [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_ERROR] = "error"
    };
    for (size_t i = 0; i < countof(words); i++)
        if (text_eq(word, words[i]))
            return (enum log_level)i;
    return LOG_INFO;
}

static bool flags_check(struct runtime *rt, struct err *err) {
    const struct runtime_flags *f = daemon_flags();
    bool impersonates = rt->daemon->features & DAEMON_REMOTE_APPLY;
    if (f->concurrent < 1 || f->concurrent > 256)
        return err_set(err, ERR_INVALID, "--concurrent must be between 1 and 256, got %lld",
                       (long long)f->concurrent);
    if (f->interval_jitter_percentage < 0 || f->interval_jitter_percentage > 99)
        return err_set(err, ERR_INVALID, "the interval-jitter-percentage flag must be between 0 and 99");
    if (f->min_retry_delay_ns <= 0 || f->max_retry_delay_ns < f->min_retry_delay_ns)
        return err_set(err, ERR_INVALID, "--min-retry-delay must be over 0 and not over --max-retry-delay");
    if (!text_eq(f->log_encoding, "json") && !text_eq(f->log_encoding, "console"))
        return err_set(err, ERR_INVALID, "--log-encoding must be json or console, got \"%s\"",
                       f->log_encoding);
    if (!daemon_gates_parse(rt, err))
        return false;
    bool account = !text_empty(f->default_kubeconfig_service_account) ||
                   (!impersonates && !text_empty(f->default_service_account));
    if (account && !runtime_gate(rt, "ObjectLevelWorkloadIdentity"))
        return err_set(err, ERR_INVALID, REFUSED_ACCOUNT);
    return !rt->daemon->check || rt->daemon->check(rt, err);
}

static const char *lowered(struct arena *a, const char *text) {
    char *copy = arena_strdup(a, text);
    for (char *c = copy; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return copy;
}

static void identify(struct runtime *rt) {
    char host[256] = "";
    const char *ns = getenv("RUNTIME_NAMESPACE");
    if (gethostname(host, sizeof host - 1) || !host[0])
        snprintf(host, sizeof host, "localhost");
    rt->instance = arena_strdup(&rt->arena, host);
    rt->ns = arena_strdup(&rt->arena, text_empty(ns) ? "flux-system" : ns);
    rt->start_wall_ns = now_wall_ns();
    for (size_t k = 0; rt->daemon->kinds[k]; k++) {
        if (k == QUEUE_KINDS)
            abort();
        rt->kinds[rt->n_kinds++] =
            (struct own_kind) { .kind = rt->daemon->kinds[k],
                                .lower = lowered(&rt->arena, rt->daemon->kinds[k]->name) };
    }
}

static void init_locks(struct runtime *rt) {
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&rt->work_cond, &attr);
    pthread_cond_init(&rt->stop_cond, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&rt->work_lock, NULL);
    pthread_mutex_init(&rt->written_lock, NULL);
    pthread_mutex_init(&rt->hints_lock, NULL);
    pthread_mutex_init(&rt->refs.lock, NULL);
}

/* ---- shutdown, on the loop thread ---- */

// What was posted by others, and what that posts, still runs.
static void end_loop(void *arg) {
    struct runtime *rt = arg;
    if (++rt->end_turns < END_TURNS)
        loop_post(rt->loop, end_loop, rt);
    else
        loop_stop(rt->loop);
}

// Everything that worked has ended: events out, lease back, loop off.
static void finish_shutdown(void *arg) {
    struct runtime *rt = arg;
    rt->drain_timer = NULL;
    if (!outbox_idle(rt->outbox) && now_mono_ns() < rt->stop_deadline_ns + DRAIN_NS && !rt->drained) {
        rt->drained = true; // one more second for what is on its way
        rt->drain_timer = loop_timer_add(rt->loop, now_mono_ns() + DRAIN_NS, finish_shutdown, rt);
        return;
    }
    if (rt->lease)
        lease_stop(rt->lease);
    else
        end_loop(rt);
}

static void shutdown_over(void *arg) {
    struct runtime *rt = arg;
    log_error("reconciliations do not end", LOG_INT("workers", (int64_t)working_left(rt)));
    _exit(rt->exit_code); // what they hold cannot be freed under them; the API server has all that matters
}

// Requests end with an error now, and so do the passes that wait for them.
static void shutdown_deadline(void *arg) {
    struct runtime *rt = arg;
    log_info("cancelling running reconciliations", LOG_INT("workers", (int64_t)working_left(rt)));
    rt->deadline_timer = loop_timer_add(rt->loop, now_mono_ns() + CANCEL_NS, shutdown_over, rt);
    http_client_stop(rt->http);
}

void daemon_worker_gone(void *arg) {
    struct runtime *rt = arg;
    if (!rt->stopping_at_all || rt->finishing || working_left(rt))
        return;
    rt->finishing = true;
    loop_timer_cancel(rt->deadline_timer);
    rt->deadline_timer = NULL;
    finish_shutdown(rt);
}

static void begin_shutdown(struct runtime *rt, int exit_code) {
    if (rt->stopping_at_all)
        return;
    rt->stopping_at_all = true;
    rt->exit_code = exit_code;
    log_info("Stopping and waiting for running reconciliations");
    if (rt->daemon->stop)
        rt->daemon->stop(rt);
    rt->stop_deadline_ns = now_mono_ns() + daemon_flags()->graceful_shutdown_timeout_ns;
    rt->deadline_timer = loop_timer_add(rt->loop, rt->stop_deadline_ns, shutdown_deadline, rt);
    working_stop(rt);
    daemon_worker_gone(rt);
}

static void on_signal(void *arg, int number) {
    struct runtime *rt = arg;
    if (rt->stopping_at_all)
        _exit(EXIT_REFUSED); // asked twice
    log_info("signal received", LOG_INT("signal", number));
    begin_shutdown(rt, 0);
}

/* ---- leading ---- */

static void start_leading(void *arg) {
    struct runtime *rt = arg;
    struct err err = { .a = &rt->arena };
    metrics_set(rt->metrics, &metric_leader, 1, rt->lease_name);
    if (rt->daemon->lead && !rt->daemon->lead(rt, &err)) {
        log_error("unable to start", LOG_STR("error", err.msg));
        begin_shutdown(rt, EXIT_REFUSED);
        return;
    }
    working_lead(rt);
}

static void lost_lease(void *arg) {
    struct runtime *rt = arg;
    metrics_set(rt->metrics, &metric_leader, 0, rt->lease_name);
    if (rt->stopping_at_all)
        return;
    log_error("leader election lost");
    _exit(EXIT_REFUSED); // another one leads already: nothing of ours may go on
}

static const char *identity(struct runtime *rt) {
    uint64_t r[2] = { 0 };
    if (getrandom(r, sizeof r, 0) != sizeof r)
        abort();
    return arena_fmt(&rt->arena, "%s_%016llx%016llx", rt->instance, (unsigned long long)r[0],
                     (unsigned long long)r[1]);
}

static void elect(struct runtime *rt) {
    const struct runtime_flags *f = daemon_flags();
    bool sharded = rt->daemon->features & DAEMON_LABEL_SELECTOR;
    const char *pod_ns = kube_config_pod_namespace(&rt->arena);
    rt->lease_name = lease_name(&rt->arena, rt->daemon->name, sharded ? f->watch_label_selector : NULL);
    if (!f->enable_leader_election) {
        start_leading(rt);
        return;
    }
    metrics_set(rt->metrics, &metric_leader, 0, rt->lease_name);
    struct lease_options options = {
        .ns = pod_ns ? pod_ns : rt->ns,
        .name = rt->lease_name,
        .identity = identity(rt),
        .duration_ns = f->lease_duration_ns,
        .renew_deadline_ns = f->renew_deadline_ns,
        .retry_ns = f->retry_period_ns,
        .release = f->leader_election_release_on_cancel,
        .on_started = start_leading,
        .on_stopped = lost_lease,
        .on_released = end_loop,
        .arg = rt,
    };
    rt->lease = lease_start(rt->kube, &options);
}

/* ---- start and end ---- */

static void event_out(void *arg, const struct value *flux_event) {
    wire_event(arg, flux_event);
}

static bool connect_api(struct runtime *rt, struct err *err) {
    const struct runtime_flags *f = daemon_flags();
    struct kube_config config = { 0 };
    if (!kube_config_load(&rt->arena, text_empty(f->kubeconfig) ? NULL : f->kubeconfig,
                          text_empty(f->kube_context) ? NULL : f->kube_context, &config, err))
        return false;
    rt->http = http_client_new(rt->loop);
    http_client_allow_link_local(rt->http, f->allow_link_local);
    rt->kube = kube_client_new(rt->loop, rt->http, &config);
    kube_client_observe(rt->kube, endpoint_count_request, rt);
    if (f->kube_api_qps > 0)
        kube_client_limit(rt->kube, (double)f->kube_api_qps, (unsigned)f->kube_api_burst);
    rt->discovery = kube_discovery_new(rt->kube);
    rt->outbox = outbox_new(rt, (rt->daemon->features & DAEMON_EVENTS_OUT) ? f->events_addr : "");
    rt->recorder = event_recorder_new(rt->kube, rt->daemon->name, rt->instance, event_out, rt);
    return true;
}

static void run_loop(void *arg) { // first callback on the loop thread
    struct runtime *rt = arg;
    struct err err = { .a = &rt->arena };
    if (!endpoint_start(rt, &err) || !wire_start(rt, &err) ||
        (rt->daemon->start && !rt->daemon->start(rt, &err))) {
        log_error("unable to start", LOG_STR("error", err.msg));
        rt->exit_code = EXIT_REFUSED;
        if (rt->daemon->stop && rt->user)
            rt->daemon->stop(rt);
        end_loop(rt);
        return;
    }
    parks_init(rt);
    working_start(rt);
    watching_start(rt);
    elect(rt);
    log_info("starting manager", LOG_STR("version", RUNNEL_VERSION));
}

static bool start(struct runtime *rt, struct err *err) {
    const struct runtime_flags *f = daemon_flags();
    static const int signals[] = { SIGTERM, SIGINT };
    rt->queue = queue_new(&(struct queue_config) { .min_backoff_ns = f->min_retry_delay_ns,
                                                   .max_backoff_ns = f->max_retry_delay_ns,
                                                   .timed_wakes = TIMED_WAKES });
    rt->metrics = metrics_new();
    rt->loop = loop_new();
    loop_signals(rt->loop, signals, countof(signals), on_signal, rt);
    return connect_api(rt, err);
}

static void free_map_texts(struct map *m) {
    const char *key;
    void *value;
    for (size_t i = 0; map_next(m, &i, &key, &value);)
        free(value);
    map_done(m);
}

// After the loop and all workers have ended.
static void stop(struct runtime *rt) {
    working_free(rt);
    if (rt->daemon->end && rt->user)
        rt->daemon->end(rt);
    lease_free(rt->lease);
    if (rt->parks.stores)
        parks_free(rt);
    watching_stop(rt);
    wire_stop(rt);
    endpoint_stop(rt);
    if (rt->daemon->done)
        rt->daemon->done(rt);
    outbox_free(rt->outbox);
    event_recorder_free(rt->recorder);
    kube_discovery_free(rt->discovery);
    kube_client_unref(rt->kube);
    http_client_free(rt->http);
    refs_free(rt);
    queue_free(rt->queue);
    metrics_free(rt->metrics);
    loop_free(rt->loop);
    free_map_texts(&rt->written);
    free_map_texts(&rt->hints);
}

static int usage_error(const struct daemon *d, const struct err *err) {
    fprintf(stderr, "Error: %s\nSee '%s --help'.\n", err->msg, d->name);
    return EXIT_USAGE;
}

static int show_help(const struct daemon *d, const struct flag *const *tables) {
    autobuf text = { 0 };
    flags_help(&text, d->name, d->summary ? d->summary : "", tables);
    return fwrite(text.p, 1, text.n, stdout) == text.n && !fflush(stdout) ? 0 : EXIT_REFUSED;
}

static bool parse(struct runtime *rt, int argc, char **argv, int *out_exit) {
    const struct daemon *d = rt->daemon;
    struct err err = { .a = &rt->arena };
    const struct flag *const *tables = daemon_flag_tables(&rt->arena, d);
    bool help = false;
    if (!flags_parse(&rt->arena, tables, argc, argv, &help, &err))
        return *out_exit = usage_error(d, &err), false;
    if (help)
        return *out_exit = show_help(d, tables), false;
    log_configure((struct log_config) { .level = level_of(daemon_flags()->log_level),
                                        .console = text_eq(daemon_flags()->log_encoding, "console") });
    if (flags_check(rt, &err))
        return true;
    LOG_LINE(LOG_ERROR, "setup", err.msg);
    *out_exit = EXIT_REFUSED;
    return false;
}

int daemon_run(const struct daemon *d, int argc, char **argv) {
    struct runtime *rt = calloc(1, sizeof *rt);
    if (!rt)
        abort();
    int code = 0;
    rt->daemon = d;
    prepare_process();
    if (parse(rt, argc, argv, &code)) {
        struct err err = { .a = &rt->arena };
        identify(rt);
        init_locks(rt);
        if (start(rt, &err)) {
            loop_post(rt->loop, run_loop, rt);
            loop_run(rt->loop);
        } else {
            LOG_LINE(LOG_ERROR, "setup", "unable to start", LOG_STR("error", err.msg));
            rt->exit_code = EXIT_REFUSED;
        }
        stop(rt);
        code = rt->exit_code;
    }
    arena_done(&rt->arena);
    free(rt);
    return code;
}

/* ---- the four, by name ---- */

#define APPLIES                                                                                              \
    (DAEMON_EVENTS_OUT | DAEMON_LABEL_SELECTOR | DAEMON_WATCH_CONFIGS | DAEMON_JITTER | DAEMON_DEPENDENCY |  \
     DAEMON_CROSS_NAMESPACE | DAEMON_REMOTE_APPLY)

static const struct {
    const char *name;
    unsigned features;
    int64_t concurrent;
} known[] = {
    { "source-controller", DAEMON_EVENTS_OUT | DAEMON_LABEL_SELECTOR | DAEMON_JITTER | DAEMON_DEPENDENCY, 2 },
    { "kustomize-controller", APPLIES, 4 },
    { "helm-controller", APPLIES, 4 },
};

int daemon_main(const char *name, const struct kind *const *kinds, int argc, char **argv) {
    struct daemon d = { .name = name, .kinds = kinds };
    for (size_t i = 0; i < countof(known); i++) {
        if (strcmp(known[i].name, name))
            continue;
        d.features = known[i].features;
        d.concurrent = known[i].concurrent;
    }
    return daemon_run(&d, argc, argv);
}
