// SPDX-License-Identifier: Apache-2.0
/* Daemon: the whole of a controller process around its kinds: flags, logs, signals, loop, workers, watches,
 * leader election, health and metrics endpoints, events, bus, graceful shutdown.
 *
 *     static const struct kind *const kinds[] = { &kind_gitrepository, NULL };
 *     int main(int argc, char **argv) { return daemon_main("source-controller", kinds, argc, argv); }
 *
 * or, with flags and an endpoint of its own, daemon_run() with a struct daemon.
 * Exit codes (contract/runtime.md 1): 0 --help and orderly end, 1 refused values, lost lease, no API server
 * configuration, 2 unknown flag or unparsable value. Threads: hooks run on the loop thread; accessors from
 * any thread.
 */
#ifndef RUNTIME_DAEMON_H
#define RUNTIME_DAEMON_H

#include "common/kube/discovery.h"
#include "common/net/http.h"
#include "common/runtime/flags.h"
#include "common/runtime/kind.h"
#include "common/runtime/metrics.h"

struct bus;

struct feature_gate {
    const char *name;
    bool on; // by default
};

enum daemon_features {           // which of the shared flags this controller has (contract/runtime.md 1)
    DAEMON_EVENTS_OUT = 1,       // --events-addr is where events are posted to
    DAEMON_LABEL_SELECTOR = 2,   // --watch-label-selector, sharding
    DAEMON_WATCH_CONFIGS = 4,    // --watch-configs-label-selector
    DAEMON_JITTER = 8,           // --interval-jitter-percentage
    DAEMON_DEPENDENCY = 16,      // --requeue-dependency
    DAEMON_CROSS_NAMESPACE = 32, // --no-cross-namespace-refs
    DAEMON_REMOTE_APPLY =
        64, // --http-retry, --insecure-kubeconfig-*, --override-manager, --default-kubeconfig-service-account
};

struct daemon {
    const char *name;                 // "source-controller"
    const char *summary;              // --help's first paragraph
    const struct kind *const *kinds;  // NULL-terminated
    unsigned features;                // enum daemon_features
    int64_t concurrent;               // default of --concurrent; 0 = 4
    const struct flag *flags;         // extra ones; NULL: none
    const struct feature_gate *gates; // extra ones beyond the common two; end with name NULL
    bool (*check)(struct runtime *rt, struct err *err); // after the flags were parsed: refuse values (exit 1)
    bool (*start)(struct runtime *rt,
                  struct err *err); // before watches start, on every replica; false: exit 1
    bool (*lead)(struct runtime *rt, struct err *err); // when this replica leads (at once without election)
    void (*stop)(struct runtime *rt);                  // shutdown: close own servers
    void (*done)(struct runtime *rt); // after the last worker has ended: free what start made
    void (*end)(struct runtime *rt);  // after the loop and all threads have ended: free what is left
    // A bus message of a topic that the daemon subscribed to with .bus_topics. Loop thread.
    const char *const *bus_topics; // NULL-terminated prefixes beyond the runtime's own
    void (*on_bus)(struct runtime *rt, const char *topic, struct str payload);
    // Objects of these kinds have changed in the store (after is NULL: gone). Loop thread. For kinds with
    // .store_only.
    void (*on_store)(struct runtime *rt, const struct kind *kind, const struct value *after, const char *ns,
                     const char *name);
};

int daemon_main(const char *name, const struct kind *const *kinds, int argc, char **argv);
int daemon_run(const struct daemon *d, int argc, char **argv);

/* The shared flags, parsed. One per process, constant after start. */
struct runtime_flags {
    const char *metrics_addr, *health_addr, *events_addr;
    const char *log_level, *log_encoding;
    const char *kubeconfig, *kube_context;
    const char *watch_label_selector, *watch_configs_label_selector;
    const char *default_service_account, *default_kubeconfig_service_account, *feature_gates;
    const char *bus_address, *bus_key_file, *bus_state_file;
    struct flag_strings bus_peers, override_managers;
    int64_t concurrent, kube_api_qps, kube_api_burst, interval_jitter_percentage, http_retry;
    int64_t min_retry_delay_ns, max_retry_delay_ns, requeue_dependency_ns, graceful_shutdown_timeout_ns;
    int64_t lease_duration_ns, renew_deadline_ns, retry_period_ns;
    int64_t token_cache_max_size, token_cache_max_duration_ns;
    bool enable_leader_election, leader_election_release_on_cancel, watch_all_namespaces,
        no_cross_namespace_refs;
    bool insecure_kubeconfig_exec, insecure_kubeconfig_tls, allow_link_local;
};

const struct runtime_flags *runtime_flags(const struct runtime *rt);
bool runtime_gate(const struct runtime *rt, const char *name); // feature gate; unknown names abort
const char *runtime_name(const struct runtime *rt);            // "source-controller"
const char *runtime_namespace(const struct runtime *rt);       // RUNTIME_NAMESPACE, else "flux-system"
const char *runtime_instance(const struct runtime *rt);        // host name
struct loop *runtime_loop(const struct runtime *rt);
struct http_client *runtime_http(const struct runtime *rt);
struct kube_client *runtime_kube(const struct runtime *rt);
struct kube_discovery *runtime_discovery(const struct runtime *rt);
struct arena *runtime_arena(struct runtime *rt); // of the process; only in start, before other threads run
struct metrics *runtime_metrics(const struct runtime *rt);
struct bus *runtime_bus(const struct runtime *rt); // NULL: no bus
void *runtime_user(const struct runtime *rt);      // the daemon's own, set in start
void runtime_set_user(struct runtime *rt, void *user);

/* ---- objects ----
 * A copy of an object out of the stores of this process (own kinds and kind.watches), in `a`; NULL: not
 * there. No managedFields. */
struct value *runtime_find(struct runtime *rt, struct arena *a, const char *kind, const char *ns,
                           const char *name);
// Calls fn for each stored object of the kind, in no order; each tree lives for its call. fn returns false to
// stop.
void runtime_each(struct runtime *rt, const char *kind,
                  bool (*fn)(void *arg, struct arena *a, const struct value *object), void *arg);
/* Read an object from the API server (uncached): Secrets, ConfigMaps, anything.
 * Errors: ERR_NOT_FOUND in the API's words (`secrets "x" not found`). */
must_check bool runtime_get(struct runtime *rt, struct arena *a, const char *api_version, const char *kind,
                            const char *ns, const char *name, struct value **out, struct err *err);
// A Secret's data, decoded, as a map of strings (bytes). Errors as runtime_get.
must_check bool runtime_secret(struct runtime *rt, struct arena *a, const char *ns, const char *name,
                               struct value **out, struct err *err);

// An event about any object: queued, never blocks. Any thread.
void runtime_event(struct runtime *rt, const struct event *e);

/* ---- ask for a pass ---- any thread */
void runtime_enqueue(struct runtime *rt, const char *kind, const char *ns, const char *name, unsigned wake);

/* ---- bus ---- any thread; never blocks; nothing without a bus. topic as in design.md 5:
 * "artifact/GitRepository/ns/name". */
void runtime_publish(struct runtime *rt, const char *topic, const struct value *payload);

#endif
