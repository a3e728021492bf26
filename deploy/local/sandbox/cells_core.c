// SPDX-License-Identifier: Apache-2.0
// Cells of the core group's kinds. Source: k8s.io/kubernetes pkg/printers/internalversion/printers.go.
#include <ctype.h>

#include "common/base/timeutil.h"
#include "deploy/local/sandbox/table.h"

/* ---- pods ---- */

static const struct value *container_of_name(const struct value *list, const char *name) {
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_get(value_item(list, i), "name"), ""), name))
            return value_item(list, i);
    return NULL;
}

static bool is_sidecar(const struct value *pod, const struct value *status) {
    const struct value *c = container_of_name(value_at(pod, "spec", "initContainers", NULL),
                                              value_text(value_get(status, "name"), ""));
    return text_eq(value_text(value_get(c, "restartPolicy"), ""), "Always");
}

struct pod_state {
    const char *reason;
    int64_t ready, total, restarts;
    bool initializing;
    const char *last_restart; // RFC 3339, NULL: never
};

static const char *terminated_reason(struct arena *a, const struct value *t) {
    const char *reason = value_text(value_get(t, "reason"), "");
    int64_t signal = value_int_or(value_get(t, "signal"), 0);
    if (reason[0])
        return reason;
    return signal ? arena_fmt(a, "Signal:%lld", (long long)signal)
                  : arena_fmt(a, "ExitCode:%lld", (long long)value_int_or(value_get(t, "exitCode"), 0));
}

static void restart_note(struct pod_state *s, const struct value *status) {
    const char *at = value_text_at(status, "lastState", "terminated", "finishedAt", NULL);
    s->restarts += value_int_or(value_get(status, "restartCount"), 0);
    if (at && (!s->last_restart || strcmp(s->last_restart, at) < 0))
        s->last_restart = at;
}

static void init_containers(struct arena *a, const struct value *pod, struct pod_state *s,
                            struct pod_state *sidecars) {
    const struct value *list = value_at(pod, "status", "initContainerStatuses", NULL);
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *status = value_item(list, i), *state = value_get(status, "state"),
                           *ended = value_get(state, "terminated");
        const char *waiting = value_text(value_at(state, "waiting", "reason", NULL), "");
        bool sidecar = is_sidecar(pod, status);
        restart_note(s, status);
        if (sidecar)
            restart_note(sidecars, status);
        if (ended && value_int_or(value_get(ended, "exitCode"), 0) == 0)
            continue;
        if (sidecar && value_bool_or(value_get(status, "started"), false)) {
            s->ready += value_bool_or(value_get(status, "ready"), false);
            continue;
        }
        s->initializing = true;
        if (ended)
            s->reason = arena_fmt(a, "Init:%s", terminated_reason(a, ended));
        else if (waiting[0] && !text_eq(waiting, "PodInitializing"))
            s->reason = arena_fmt(a, "Init:%s", waiting);
        else
            s->reason =
                arena_fmt(a, "Init:%zu/%zu", i, value_len(value_at(pod, "spec", "initContainers", NULL)));
        return;
    }
}

static bool condition_is(const struct value *o, const char *type, const char *status) {
    const struct value *list = value_at(o, "status", "conditions", NULL);
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_get(value_item(list, i), "type"), ""), type))
            return text_eq(value_text(value_get(value_item(list, i), "status"), ""), status);
    return false;
}

static void containers(struct arena *a, const struct value *pod, struct pod_state *s) {
    const struct value *list = value_at(pod, "status", "containerStatuses", NULL);
    bool running = false;
    const char *error = NULL;
    for (size_t i = value_len(list); i > 0; i--) {
        const struct value *status = value_item(list, i - 1), *state = value_get(status, "state"),
                           *ended = value_get(state, "terminated");
        const char *waiting = value_text(value_at(state, "waiting", "reason", NULL), "");
        restart_note(s, status);
        if (waiting[0]) {
            s->reason = waiting;
        } else if (ended) {
            s->reason = terminated_reason(a, ended);
            if (value_int_or(value_get(ended, "exitCode"), 0))
                error = s->reason;
        } else if (value_bool_or(value_get(status, "ready"), false) && value_get(state, "running")) {
            running = true;
            s->ready++;
        }
    }
    if (!text_eq(s->reason, "Completed"))
        return;
    if (running && condition_is(pod, "Ready", "True"))
        s->reason = "Running";
    else if (error || running)
        s->reason = error ? error : "NotReady";
}

static struct pod_state pod_state(struct arena *a, const struct value *pod) {
    const char *phase = value_text(value_at(pod, "status", "phase", NULL), ""),
               *reason = value_text(value_at(pod, "status", "reason", NULL), "");
    struct pod_state s = { .reason = reason[0] ? reason : phase }, sidecars = { 0 };
    const struct value *inits = value_at(pod, "spec", "initContainers", NULL);
    s.total = (int64_t)value_len(value_at(pod, "spec", "containers", NULL));
    for (size_t i = 0; i < value_len(inits); i++)
        s.total += text_eq(value_text(value_get(value_item(inits, i), "restartPolicy"), ""), "Always");
    init_containers(a, pod, &s, &sidecars);
    if (!s.initializing || condition_is(pod, "Initialized", "True")) {
        s.restarts = sidecars.restarts;
        s.last_restart = sidecars.last_restart;
        containers(a, pod, &s);
    }
    bool ended = text_eq(phase, "Succeeded") || text_eq(phase, "Failed");
    if (value_at(pod, "metadata", "deletionTimestamp", NULL))
        s.reason = text_eq(reason, "NodeLost") ? "Unknown" : ended ? s.reason : "Terminating";
    return s;
}

static struct value *pod_ready(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    struct pod_state s = pod_state(a, o);
    return value_fmt(a, "%lld/%lld", (long long)s.ready, (long long)s.total);
}

static struct value *pod_status(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_string(a, pod_state(a, o).reason);
}

static struct value *pod_restarts(struct arena *a, const struct value *o, int64_t now_ns) {
    struct pod_state s = pod_state(a, o);
    if (s.restarts && s.last_restart)
        return value_fmt(a, "%lld (%s ago)", (long long)s.restarts, age_of(a, s.last_restart, now_ns));
    return value_fmt(a, "%lld", (long long)s.restarts);
}

static struct value *pod_gates(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *gates = value_at(o, "spec", "readinessGates", NULL);
    size_t yes = 0;
    for (size_t i = 0; i < value_len(gates); i++)
        yes += condition_is(o, value_text(value_get(value_item(gates, i), "conditionType"), ""), "True");
    return value_len(gates) ? value_fmt(a, "%zu/%zu", yes, value_len(gates)) : value_string(a, "<none>");
}

/* ---- services and endpoints ---- */

static struct value *service_ports(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *ports = value_at(o, "spec", "ports", NULL);
    autobuf b = { 0 };
    for (size_t i = 0; i < value_len(ports); i++) {
        const struct value *p = value_item(ports, i);
        int64_t node = value_int_or(value_get(p, "nodePort"), 0);
        buf_fmt(&b, "%s%lld", i ? "," : "", (long long)value_int_or(value_get(p, "port"), 0));
        if (node)
            buf_fmt(&b, ":%lld", (long long)node);
        buf_fmt(&b, "/%s", value_text(value_get(p, "protocol"), ""));
    }
    return value_string(a, b.n ? b.p : "<none>");
}

static struct value *service_external(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const char *type = value_text(value_at(o, "spec", "type", NULL), "");
    if (text_eq(type, "ExternalName"))
        return value_string(a, value_text(value_at(o, "spec", "externalName", NULL), ""));
    bool balancer = text_eq(type, "LoadBalancer");
    const struct value *ingress = value_at(o, "status", "loadBalancer", "ingress", NULL);
    autobuf b = { 0 };
    for (size_t i = 0; balancer && i < value_len(ingress); i++)
        buf_fmt(&b, "%s%s", b.n ? "," : "",
                value_text(value_get(value_item(ingress, i), "ip"),
                           value_text(value_get(value_item(ingress, i), "hostname"), "")));
    const char *own = join_texts(a, value_at(o, "spec", "externalIPs", NULL), NULL, ",");
    if (own[0])
        buf_fmt(&b, "%s%s", b.n ? "," : "", own);
    return value_string(a, b.n ? b.p : balancer ? "<pending>" : "<none>");
}

static struct value *service_address(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_string(a, value_text(value_item(value_at(o, "spec", "clusterIPs", NULL), 0),
                                      value_text(value_at(o, "spec", "clusterIP", NULL), "<none>")));
}

static struct value *map_selector(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_string(a, format_labels(a, value_at(o, "spec", "selector", NULL)));
}

static struct value *endpoint_addresses(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *subsets = value_get(o, "subsets");
    autobuf b = { 0 };
    size_t n = 0;
    for (size_t i = 0; i < value_len(subsets); i++) {
        const struct value *ports = value_get(value_item(subsets, i), "ports"),
                           *addresses = value_get(value_item(subsets, i), "addresses");
        size_t rounds = value_len(ports) ? value_len(ports) : 1;
        for (size_t k = 0; k < rounds * value_len(addresses); k++, n++) {
            const struct value *port = value_item(ports, k / value_len(addresses)),
                               *address = value_item(addresses, k % value_len(addresses));
            if (n >= 3)
                continue;
            buf_fmt(&b, "%s%s", n ? "," : "", value_text(value_get(address, "ip"), ""));
            if (port)
                buf_fmt(&b, ":%lld", (long long)value_int_or(value_get(port, "port"), 0));
        }
    }
    if (n > 3)
        buf_fmt(&b, " + %zu more...", n - 3);
    return value_string(a, b.n ? b.p : "<none>");
}

/* ---- others ---- */

static struct value *data_count(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_int(a, (int64_t)(value_len(value_get(o, "data")) + value_len(value_get(o, "binaryData"))));
}

static struct value *node_status(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const char *ready = condition_is(o, "Ready", "True")                       ? "Ready"
                        : value_len(value_at(o, "status", "conditions", NULL)) ? "NotReady"
                                                                               : "Unknown";
    return value_fmt(a, "%s%s", ready,
                     value_bool_or(value_at(o, "spec", "unschedulable", NULL), false) ? ",SchedulingDisabled"
                                                                                      : "");
}

static struct value *node_roles(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *labels = value_at(o, "metadata", "labels", NULL);
    autobuf b = { 0 };
    for (size_t i = 0; i < value_len(labels); i++)
        if (str_starts(labels->map.pairs[i].key, "node-role.kubernetes.io/"))
            buf_fmt(&b, "%s%s", b.n ? "," : "",
                    labels->map.pairs[i].key.p + strlen("node-role.kubernetes.io/"));
    return value_string(a, b.n ? b.p : "<none>");
}

static struct value *node_address(struct arena *a, const struct value *o, const char *type) {
    const struct value *list = value_at(o, "status", "addresses", NULL);
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_get(value_item(list, i), "type"), ""), type))
            return value_string(a, value_text(value_get(value_item(list, i), "address"), ""));
    return value_string(a, "<none>");
}

static struct value *node_internal(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return node_address(a, o, "InternalIP");
}

static struct value *node_external(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return node_address(a, o, "ExternalIP");
}

static struct value *volume_phase(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    bool deleted = value_at(o, "metadata", "deletionTimestamp", NULL);
    return value_string(a, deleted ? "Terminating" : value_text(value_at(o, "status", "phase", NULL), ""));
}

static char *modes_text(struct arena *a, const struct value *modes) {
    static const char *const names[][2] = { { "ReadWriteOnce", "RWO" },
                                            { "ReadOnlyMany", "ROX" },
                                            { "ReadWriteMany", "RWX" },
                                            { "ReadWriteOncePod", "RWOP" } };
    autobuf b = { 0 };
    for (size_t k = 0; k < countof(names); k++)
        for (size_t i = 0; i < value_len(modes); i++)
            if (text_eq(value_text(value_item(modes, i), ""), names[k][0]))
                buf_fmt(&b, "%s%s", b.n ? "," : "", names[k][1]);
    return arena_text(a, b.p, b.n);
}

static struct value *claim_modes(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    bool bound = !text_empty(value_text(value_at(o, "spec", "volumeName", NULL), ""));
    return value_string(a, bound ? modes_text(a, value_at(o, "status", "accessModes", NULL)) : "");
}

static struct value *claim_capacity(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    bool bound = !text_empty(value_text(value_at(o, "spec", "volumeName", NULL), ""));
    return value_string(a, bound ? value_text(value_at(o, "status", "capacity", "storage", NULL), "0") : "");
}

static struct value *volume_modes(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_string(a, modes_text(a, value_at(o, "spec", "accessModes", NULL)));
}

static struct value *volume_claim(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *ref = value_at(o, "spec", "claimRef", NULL);
    return ref ? value_fmt(a, "%s/%s", value_text(value_get(ref, "namespace"), ""),
                           value_text(value_get(ref, "name"), ""))
               : value_string(a, "");
}

/* ---- events ---- */

static const char *event_first(struct arena *a, const struct value *o, int64_t now_ns) {
    const char *first = value_text(value_get(o, "firstTimestamp"), "");
    return age_of(a, first[0] ? first : value_text(value_get(o, "eventTime"), ""), now_ns);
}

static struct value *event_first_seen(struct arena *a, const struct value *o, int64_t now_ns) {
    return value_string(a, event_first(a, o, now_ns));
}

static struct value *event_last_seen(struct arena *a, const struct value *o, int64_t now_ns) {
    const char *series = value_text_at(o, "series", "lastObservedTime", NULL),
               *last = value_text(value_get(o, "lastTimestamp"), "");
    if (series)
        return value_string(a, age_of(a, series, now_ns));
    return value_string(a, last[0] ? age_of(a, last, now_ns) : event_first(a, o, now_ns));
}

static struct value *event_object(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *ref = value_get(o, "involvedObject");
    char *kind = arena_strdup(a, value_text(value_get(ref, "kind"), ""));
    for (char *p = kind; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    const char *name = value_text(value_get(ref, "name"), "");
    return name[0] ? value_fmt(a, "%s/%s", kind, name) : value_string(a, kind);
}

static struct value *event_source(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const char *component = value_text(value_at(o, "source", "component", NULL), ""),
               *host = value_text(value_at(o, "source", "host", NULL), "");
    component = component[0] ? component : value_text(value_get(o, "reportingComponent"), "");
    host = host[0] ? host : value_text(value_get(o, "reportingInstance"), "");
    return host[0] ? value_fmt(a, "%s, %s", component, host) : value_string(a, component);
}

static struct value *event_message(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_string_n(a, str_trim(str_of(value_text(value_get(o, "message"), ""))));
}

static struct value *event_count(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    int64_t n = value_int_or(value_at(o, "series", "count", NULL), value_int_or(value_get(o, "count"), 0));
    return value_int(a, n ? n : 1);
}

/* ---- the tables ---- */

#define PATH(n, p)                                                                                           \
    { .name = n, .type = "string", .path = p }
#define WIDE(n, p)                                                                                           \
    { .name = n, .type = "string", .path = p, .priority = 1 }
#define INT(n, p)                                                                                            \
    { .name = n, .type = "integer", .path = p }
#define FN(n, f)                                                                                             \
    { .name = n, .type = "string", .fn = f }
#define WIDE_FN(n, f)                                                                                        \
    { .name = n, .type = "string", .fn = f, .priority = 1 }
#define AGE FN("Age", cell_age)
#define CELLS(...)                                                                                           \
    (const struct cell[]) {                                                                                  \
        __VA_ARGS__, {                                                                                       \
            0                                                                                                \
        }                                                                                                    \
    }

const struct cell_set cells_core[] = {
    { "pods", CELLS(FN("Ready", pod_ready), FN("Status", pod_status), FN("Restarts", pod_restarts), AGE,
                    WIDE("IP", "status.podIP|<none>"), WIDE("Node", "spec.nodeName|<none>"),
                    WIDE("Nominated Node", "status.nominatedNodeName|<none>"),
                    WIDE_FN("Readiness Gates", pod_gates)) },
    { "services",
      CELLS(PATH("Type", "spec.type"), FN("Cluster-IP", service_address), FN("External-IP", service_external),
            FN("Port(s)", service_ports), AGE, WIDE_FN("Selector", map_selector)) },
    { "endpoints", CELLS(FN("Endpoints", endpoint_addresses), AGE) },
    { "configmaps", CELLS(FN("Data", data_count), AGE) },
    { "secrets", CELLS(PATH("Type", "type"), FN("Data", data_count), AGE) },
    { "serviceaccounts", CELLS(AGE) },
    { "namespaces", CELLS(PATH("Status", "status.phase"), AGE) },
    { "nodes",
      CELLS(FN("Status", node_status), FN("Roles", node_roles), AGE,
            PATH("Version", "status.nodeInfo.kubeletVersion"), WIDE_FN("Internal-IP", node_internal),
            WIDE_FN("External-IP", node_external), WIDE("OS-Image", "status.nodeInfo.osImage|<unknown>"),
            WIDE("Kernel-Version", "status.nodeInfo.kernelVersion|<unknown>"),
            WIDE("Container-Runtime", "status.nodeInfo.containerRuntimeVersion|<unknown>")) },
    { "persistentvolumeclaims",
      CELLS(FN("Status", volume_phase), PATH("Volume", "spec.volumeName"), FN("Capacity", claim_capacity),
            FN("Access Modes", claim_modes), PATH("StorageClass", "spec.storageClassName"),
            PATH("VolumeAttributesClass", "spec.volumeAttributesClassName|<unset>"), AGE,
            WIDE("VolumeMode", "spec.volumeMode|<unset>")) },
    { "persistentvolumes",
      CELLS(PATH("Capacity", "spec.capacity.storage|0"), FN("Access Modes", volume_modes),
            PATH("Reclaim Policy", "spec.persistentVolumeReclaimPolicy"), FN("Status", volume_phase),
            FN("Claim", volume_claim), PATH("StorageClass", "spec.storageClassName"),
            PATH("VolumeAttributesClass", "spec.volumeAttributesClassName|<unset>"),
            PATH("Reason", "status.reason"), AGE, WIDE("VolumeMode", "spec.volumeMode|<unset>")) },
    { "events",
      CELLS(FN("Last Seen", event_last_seen), PATH("Type", "type"), PATH("Reason", "reason"),
            FN("Object", event_object), WIDE("Subobject", "involvedObject.fieldPath"),
            WIDE_FN("Source", event_source), FN("Message", event_message),
            WIDE_FN("First Seen", event_first_seen), WIDE_FN("Count", event_count)),
      .name_last = true },
    { "replicationcontrollers",
      CELLS(INT("Desired", "spec.replicas"), INT("Current", "status.replicas"),
            INT("Ready", "status.readyReplicas"), AGE, WIDE_FN("Containers", cell_containers),
            WIDE_FN("Images", cell_images), WIDE_FN("Selector", map_selector)) },
    { 0 },
};
