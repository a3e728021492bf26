// SPDX-License-Identifier: Apache-2.0
// The flags and feature gates that controllers share (contract/runtime.md 1).
#include "common/runtime/internal.h"

static struct runtime_flags parsed; // constant after the start

const struct runtime_flags *daemon_flags(void) {
    return &parsed;
}

static const struct flag common_flags[] = {
    { "concurrent", FLAG_I(&parsed.concurrent), .value_if_absent = "4", .section = "RECONCILING",
      .help = "How many objects of a kind are worked on at once. What only waits does not count." },
    { "min-retry-delay", FLAG_D(&parsed.min_retry_delay_ns), .value_if_absent = "750ms",
      .help = "Delay after an object's first failure; it doubles with each further one." },
    { "max-retry-delay", FLAG_D(&parsed.max_retry_delay_ns), .value_if_absent = "15m",
      .help = "The longest delay after a failure." },
    { "watch-all-namespaces", FLAG_B(&parsed.watch_all_namespaces), .value_if_absent = "true",
      .help = "Watch objects in all namespaces; false: only in the one of RUNTIME_NAMESPACE." },
    { "default-service-account", FLAG_S(&parsed.default_service_account), .what = "NAME",
      .help = "Service account for objects that name none." },
    { "feature-gates", FLAG_S(&parsed.feature_gates), .what = "A=true,B=false",
      .help = "Switches experimental behaviour on or off." },
    { "graceful-shutdown-timeout", FLAG_D(&parsed.graceful_shutdown_timeout_ns), .value_if_absent = "5s",
      .help = "How long running reconciliations may go on after SIGTERM." },
    { "token-cache-max-size", FLAG_I(&parsed.token_cache_max_size), .value_if_absent = "100",
      .help = "Tokens that are kept; 0 keeps none." },
    { "token-cache-max-duration", FLAG_D(&parsed.token_cache_max_duration_ns), .value_if_absent = "1h",
      .help = "How long a token is kept at most." },
    { "allow-link-local", FLAG_B(&parsed.allow_link_local), .value_if_absent = "true",
      .help = "Allow URLs in objects that lead to link-local addresses (cloud metadata services)." },
    { "kubeconfig", FLAG_S(&parsed.kubeconfig), .what = "FILE", .section = "KUBERNETES",
      .help = "API server and credentials. Without it: the file in KUBECONFIG, the Pod's service account, "
              "~/.kube/config." },
    { "kube-context", FLAG_S(&parsed.kube_context), .what = "NAME",
      .help = "Context in the kubeconfig; its current one by default." },
    { "kube-api-qps", FLAG_I(&parsed.kube_api_qps), .value_if_absent = "0",
      .help = "Requests per second to the API server at most; 0: no limit here, the server's Priority and "
              "Fairness does it." },
    { "kube-api-burst", FLAG_I(&parsed.kube_api_burst), .value_if_absent = "300",
      .help = "Requests at once before kube-api-qps counts." },
    { "enable-leader-election", FLAG_B(&parsed.enable_leader_election),
      .help = "Only one of several replicas reconciles: the holder of a Lease. Losing it ends the process." },
    { "leader-election-release-on-cancel", FLAG_B(&parsed.leader_election_release_on_cancel),
      .value_if_absent = "true", .help = "Give the Lease back on shutdown." },
    { "leader-election-lease-duration", FLAG_D(&parsed.lease_duration_ns), .value_if_absent = "35s",
      .help = "How long a Lease holds without being renewed." },
    { "leader-election-renew-deadline", FLAG_D(&parsed.renew_deadline_ns), .value_if_absent = "30s",
      .help = "How long renewing is tried." },
    { "leader-election-retry-period", FLAG_D(&parsed.retry_period_ns), .value_if_absent = "5s",
      .help = "Time between tries." },
    { "metrics-addr", FLAG_S(&parsed.metrics_addr), .value_if_absent = ":8080", .env = "METRICS_ADDR",
      .what = "ADDRESS", .section = "ENDPOINTS", .help = "Where /metrics is served; 0 switches it off." },
    { "health-addr", FLAG_S(&parsed.health_addr), .value_if_absent = ":9440", .env = "HEALTH_ADDR",
      .what = "ADDRESS", .help = "Where /healthz and /readyz are served; 0 switches them off." },
    { "log-level", FLAG_S(&parsed.log_level), .value_if_absent = "info", .what = "LEVEL", .section = "LOGS",
      .help = "trace, debug, info or error; other words mean info." },
    { "log-encoding", FLAG_S(&parsed.log_encoding), .value_if_absent = "json", .what = "FORM",
      .help = "json (one object a line) or console." },
    { "bus-address", FLAG_S(&parsed.bus_address), .what = "ADDRESS", .section = "BUS",
      .help = "Where this process receives messages of the other controllers: tcp://*:9293, or "
              "ipc:///dir/name in a "
              "directory of mode 0700. Messages that were missed are asked for at the next port, or at "
              "name.replay." },
    { "bus-peers", FLAG_L(&parsed.bus_peers), .what = "ADDRESS,...",
      .help = "The other controllers' --bus-address. A host name is resolved every 30 s, and every address "
              "it has is used." },
    { "bus-key-file", FLAG_S(&parsed.bus_key_file), .what = "FILE",
      .help = "File with the secret (32 bytes or more) that all controllers share. Without it there is no "
              "bus, and "
              "everything still works by watches and HTTP." },
    { "bus-state-file", FLAG_S(&parsed.bus_state_file), .what = "FILE",
      .help = "Keeps over a restart what has been received already, so that no event comes twice." },
    { 0 },
};

static const struct flag events_flags[] = {
    { "events-addr", FLAG_S(&parsed.events_addr), .env = "EVENTS_ADDR", .what = "URL", .section = "EVENTS",
      .help = "Where events are posted as JSON; empty: only Kubernetes Events." },
    { 0 },
};

static const struct flag selector_flags[] = {
    { "watch-label-selector", FLAG_S(&parsed.watch_label_selector), .what = "SELECTOR", .section = "SHARDING",
      .help = "Watch only objects with these labels, e.g. sharding.fluxcd.io/key=shard1." },
    { 0 },
};

static const struct flag configs_flags[] = {
    { "watch-configs-label-selector", FLAG_S(&parsed.watch_configs_label_selector),
      .value_if_absent = "reconcile.fluxcd.io/watch=Enabled", .what = "SELECTOR", .section = "RECONCILING",
      .help = "Secrets and ConfigMaps whose changes start a reconciliation of the objects that use them." },
    { 0 },
};

static const struct flag jitter_flags[] = {
    { "interval-jitter-percentage", FLAG_I(&parsed.interval_jitter_percentage), .value_if_absent = "5",
      .section = "RECONCILING",
      .help = "Intervals are made longer or shorter by up to this share (0 to 99), so that objects do not "
              "all come at once." },
    { 0 },
};

static const struct flag dependency_flags[] = {
    { "requeue-dependency", FLAG_D(&parsed.requeue_dependency_ns), .value_if_absent = "30s",
      .section = "RECONCILING",
      .help = "How long to wait at most before a missing dependency is looked at again." },
    { 0 },
};

static const struct flag tenancy_flags[] = {
    { "no-cross-namespace-refs", FLAG_B(&parsed.no_cross_namespace_refs), .section = "TENANCY",
      .help = "Refuse references to objects in other namespaces." },
    { 0 },
};

static const struct flag apply_flags[] = {
    { "http-retry", FLAG_I(&parsed.http_retry), .value_if_absent = "9", .section = "RECONCILING",
      .help = "Retries of an artifact's download." },
    { "override-manager", FLAG_L(&parsed.override_managers), .what = "NAME,...",
      .help = "Further field managers whose changes to managed objects are taken over." },
    { "insecure-kubeconfig-exec", FLAG_B(&parsed.insecure_kubeconfig_exec), .section = "TENANCY",
      .help = "Accepted, and refused when it is needed: no process is ever started here." },
    { "insecure-kubeconfig-tls", FLAG_B(&parsed.insecure_kubeconfig_tls),
      .help = "Allow insecure-skip-tls-verify in kubeconfigs of objects." },
    { "default-kubeconfig-service-account", FLAG_S(&parsed.default_kubeconfig_service_account),
      .what = "NAME",
      .help = "Service account whose identity is used on remote clusters (workload identity)." },
    { 0 },
};

static const struct {
    unsigned feature;
    const struct flag *flags;
} feature_flags[] = {
    { DAEMON_JITTER, jitter_flags },           { DAEMON_DEPENDENCY, dependency_flags },
    { DAEMON_WATCH_CONFIGS, configs_flags },   { DAEMON_EVENTS_OUT, events_flags },
    { DAEMON_LABEL_SELECTOR, selector_flags }, { DAEMON_CROSS_NAMESPACE, tenancy_flags },
    { DAEMON_REMOTE_APPLY, apply_flags },
};

// The common table with this controller's default for --concurrent.
static const struct flag *own_common_flags(struct arena *a, const struct daemon *d) {
    struct flag *copy = arena_copy(a, common_flags, sizeof common_flags);
    for (struct flag *f = copy; f->name; f++)
        if (d->concurrent && !strcmp(f->name, "concurrent"))
            f->value_if_absent = arena_fmt(a, "%lld", (long long)d->concurrent);
    return copy;
}

const struct flag *const *daemon_flag_tables(struct arena *a, const struct daemon *d) {
    const struct flag **tables = arena_array(a, const struct flag *, countof(feature_flags) + 3);
    size_t n = 0;
    tables[n++] = own_common_flags(a, d);
    if (d->flags)
        tables[n++] = d->flags;
    for (size_t i = 0; i < countof(feature_flags); i++)
        if (d->features & feature_flags[i].feature)
            tables[n++] = feature_flags[i].flags;
    return tables;
}

/* ---- feature gates ---- */

static const struct feature_gate common_gates[] = {
    { "CacheSecretsAndConfigMaps", false },
    { "ObjectLevelWorkloadIdentity", false },
    { 0 },
};

// Calls are rare; the tables are short.
static bool gate_at(const struct daemon *d, size_t i, const struct feature_gate **out) {
    size_t n_common = countof(common_gates) - 1;
    *out = i < n_common ? &common_gates[i] : d->gates ? &d->gates[i - n_common] : NULL;
    return *out && (*out)->name;
}

static bool gate_find(const struct runtime *rt, struct str name, size_t *out) {
    const struct feature_gate *g;
    for (size_t i = 0; gate_at(rt->daemon, i, &g); i++)
        if (str_is(name, g->name))
            return *out = i, true;
    return false;
}

bool runtime_gate(const struct runtime *rt, const char *name) {
    size_t i;
    if (!gate_find(rt, str_of(name), &i))
        abort();
    return rt->gates[i];
}

bool daemon_gates_parse(struct runtime *rt, struct err *err) {
    const struct feature_gate *g;
    size_t n = 0, at;
    while (gate_at(rt->daemon, n, &g))
        n++;
    rt->gates = arena_array(&rt->arena, bool, n + 1);
    for (size_t i = 0; gate_at(rt->daemon, i, &g); i++)
        rt->gates[i] = g->on;
    struct str rest = str_of(parsed.feature_gates), pair;
    while (!text_empty(parsed.feature_gates) && str_split(&rest, ',', &pair)) {
        ptrdiff_t eq = str_chr(pair, '=');
        struct str name = str_trim(eq < 0 ? pair : str_sub(pair, 0, (size_t)eq));
        struct str on = eq < 0 ? STR("true") : str_trim(str_sub(pair, (size_t)eq + 1, pair.n));
        if (!name.n)
            continue;
        if (!gate_find(rt, name, &at))
            return err_set(err, ERR_INVALID, "feature-gate '%.*s' not supported", (int)name.n, name.p);
        if (!str_is(on, "true") && !str_is(on, "false"))
            return err_set(err, ERR_INVALID, "feature-gate '%.*s': \"%.*s\" is neither true nor false",
                           (int)name.n, name.p, (int)on.n, on.p);
        rt->gates[at] = str_is(on, "true");
        log_info("loading feature gate", LOG_STR("gate", gate_at(rt->daemon, at, &g) ? g->name : ""),
                 LOG_BOOL("enabled", rt->gates[at]));
    }
    return true;
}
