// SPDX-License-Identifier: Apache-2.0
// Cells of kinds outside the core group. Source: k8s.io/kubernetes pkg/printers/internalversion/printers.go.
#include "common/base/timeutil.h"
#include "deploy/local/sandbox/table.h"

/* ---- apps and batch ---- */

static struct value *replicas_ready(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_fmt(a, "%lld/%lld", (long long)value_int_or(value_at(o, "status", "readyReplicas", NULL), 0),
                     (long long)value_int_or(value_at(o, "spec", "replicas", NULL), 0));
}

static struct value *template_node_selector(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_string(a, format_labels(a, value_at(o, "spec", "template", "spec", "nodeSelector", NULL)));
}

static bool has_condition(const struct value *o, const char *type) {
    const struct value *list = value_at(o, "status", "conditions", NULL);
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_get(value_item(list, i), "type"), ""), type))
            return text_eq(value_text(value_get(value_item(list, i), "status"), ""), "True");
    return false;
}

static struct value *job_status(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    static const char *const types[] = { "Complete", "Failed", "Suspended", "FailureTarget",
                                         "SuccessCriteriaMet" };
    for (size_t i = 0; i < countof(types); i++) {
        if (i == 2 && value_at(o, "metadata", "deletionTimestamp", NULL))
            return value_string(a, "Terminating");
        if (has_condition(o, types[i]))
            return value_string(a, types[i]);
    }
    return value_string(a, "Running");
}

static struct value *job_completions(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    long long done = value_int_or(value_at(o, "status", "succeeded", NULL), 0),
              parallel = value_int_or(value_at(o, "spec", "parallelism", NULL), 0);
    const struct value *wanted = value_at(o, "spec", "completions", NULL);
    if (wanted)
        return value_fmt(a, "%lld/%lld", done, (long long)value_int_or(wanted, 0));
    return parallel > 1 ? value_fmt(a, "%lld/1 of %lld", done, parallel) : value_fmt(a, "%lld/1", done);
}

static struct value *job_duration(struct arena *a, const struct value *o, int64_t now_ns) {
    struct err err = { .a = a };
    int64_t from, to = now_ns;
    const char *start = value_text_at(o, "status", "startTime", NULL),
               *end = value_text_at(o, "status", "completionTime", NULL);
    if (!start || !time_parse_rfc3339(start, &from, &err) || (end && !time_parse_rfc3339(end, &to, &err)))
        return value_string(a, "");
    return value_string(a, duration_human(a, to > from ? to - from : 0));
}

static struct value *cronjob_suspend(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_string(a, value_bool_or(value_at(o, "spec", "suspend", NULL), false) ? "True" : "False");
}

static struct value *cronjob_last(struct arena *a, const struct value *o, int64_t now_ns) {
    const char *at = value_text_at(o, "status", "lastScheduleTime", NULL);
    return value_string(a, at ? age_of(a, at, now_ns) : "<none>");
}

static struct value *cronjob_selector(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)o, (void)now_ns;
    return value_string(a, "<none>");
}

static struct value *revision_controller(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *owners = value_at(o, "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < value_len(owners); i++) {
        const struct value *owner = value_item(owners, i);
        const char *api = value_text(value_get(owner, "apiVersion"), ""), *slash = strchr(api, '/');
        if (!value_bool_or(value_get(owner, "controller"), false))
            continue;
        char *kind = arena_strdup(a, value_text(value_get(owner, "kind"), ""));
        for (char *p = kind; *p; p++)
            *p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
        return value_fmt(a, "%s%s%.*s/%s", kind, slash ? "." : "", slash ? (int)(slash - api) : 0, api,
                         value_text(value_get(owner, "name"), ""));
    }
    return value_string(a, "<none>");
}

/* ---- networking ---- */

static struct value *ingress_hosts(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *rules = value_at(o, "spec", "rules", NULL);
    autobuf b = { 0 };
    size_t shown = 0;
    bool more = false;
    for (size_t i = 0; i < value_len(rules); i++) {
        const char *host = value_text(value_get(value_item(rules, i), "host"), "");
        more |= shown == 3;
        if (!host[0] || more)
            continue;
        buf_fmt(&b, "%s%s", shown++ ? "," : "", host);
    }
    if (more)
        buf_fmt(&b, " + %zu more...", value_len(rules) - 3);
    return value_string(a, b.n ? b.p : "*");
}

static struct value *ingress_address(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *list = value_at(o, "status", "loadBalancer", "ingress", NULL);
    autobuf b = { 0 };
    for (size_t i = 0; i < value_len(list); i++)
        buf_fmt(&b, "%s%s", i ? "," : "",
                value_text(value_get(value_item(list, i), "ip"),
                           value_text(value_get(value_item(list, i), "hostname"), "")));
    return value_string(a, b.p);
}

static struct value *ingress_ports(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_string(a, value_len(value_at(o, "spec", "tls", NULL)) ? "80, 443" : "80");
}

static struct value *policy_selector(struct arena *a, const struct value *o, int64_t now_ns) {
    struct value *spec = value_map(a), *wrapped = value_map(a),
                 *selector = value_at(o, "spec", "podSelector", NULL);
    if (selector)
        value_set(a, spec, "selector", selector);
    value_set(a, wrapped, "spec", spec);
    return cell_selector(a, wrapped, now_ns);
}

static struct value *class_parameters(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *p = value_at(o, "spec", "parameters", NULL);
    if (!p)
        return value_string(a, "<none>");
    const char *group = value_text(value_get(p, "apiGroup"), "");
    return value_fmt(a, "%s%s%s/%s", value_text(value_get(p, "kind"), ""), group[0] ? "." : "", group,
                     value_text(value_get(p, "name"), ""));
}

static struct value *slice_ports(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *ports = value_get(o, "ports");
    autobuf b = { 0 };
    for (size_t i = 0; i < value_len(ports) && i < 3; i++)
        buf_fmt(&b, "%s%lld", i ? "," : "",
                (long long)value_int_or(value_get(value_item(ports, i), "port"), 0));
    if (value_len(ports) > 3)
        buf_fmt(&b, " + %zu more...", value_len(ports) - 3);
    return value_string(a, b.n ? b.p : "<unset>");
}

static struct value *slice_endpoints(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *list = value_get(o, "endpoints");
    autobuf b = { 0 };
    size_t n = 0;
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *addresses = value_get(value_item(list, i), "addresses");
        for (size_t k = 0; k < value_len(addresses); k++, n++)
            if (n < 3)
                buf_fmt(&b, "%s%s", n ? "," : "", value_text(value_item(addresses, k), ""));
    }
    if (n > 3)
        buf_fmt(&b, " + %zu more...", n - 3);
    return value_string(a, b.n ? b.p : "<unset>");
}

/* ---- rbac, autoscaling, policy, storage ---- */

static struct value *binding_role(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_fmt(a, "%s/%s", value_text(value_at(o, "roleRef", "kind", NULL), ""),
                     value_text(value_at(o, "roleRef", "name", NULL), ""));
}

static struct value *subjects_of(struct arena *a, const struct value *o, const char *kind) {
    const struct value *subjects = value_get(o, "subjects");
    autobuf b = { 0 };
    for (size_t i = 0; i < value_len(subjects); i++) {
        const struct value *s = value_item(subjects, i);
        const char *ns = value_text(value_get(s, "namespace"), "");
        if (text_eq(value_text(value_get(s, "kind"), ""), kind))
            buf_fmt(&b, "%s%s%s%s", b.n ? ", " : "", ns, ns[0] ? "/" : "",
                    value_text(value_get(s, "name"), ""));
    }
    return value_string(a, b.p);
}

static struct value *binding_users(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return subjects_of(a, o, "User");
}

static struct value *binding_groups(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return subjects_of(a, o, "Group");
}

static struct value *binding_accounts(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return subjects_of(a, o, "ServiceAccount");
}

static struct value *scaler_reference(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *ref = value_at(o, "spec", "scaleTargetRef", NULL);
    return value_fmt(a, "%s/%s", value_text(value_get(ref, "kind"), ""),
                     value_text(value_get(ref, "name"), ""));
}

static struct value *scaler_targets(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *metrics = value_at(o, "spec", "metrics", NULL);
    autobuf b = { 0 };
    for (size_t i = 0; i < value_len(metrics); i++) {
        const struct value *resource = value_get(value_item(metrics, i), "resource"),
                           *target = value_get(resource, "target");
        buf_puts(&b, b.n ? ", " : "");
        if (resource && value_get(target, "averageUtilization"))
            buf_fmt(&b, "%s: <unknown>/%lld%%", value_text(value_get(resource, "name"), ""),
                    (long long)value_int_or(value_get(target, "averageUtilization"), 0));
        else
            buf_puts(&b, "<unknown>");
    }
    return value_string(a, b.n ? b.p : "<none>");
}

static struct value *class_expands(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_bool(a, value_bool_or(value_get(o, "allowVolumeExpansion"), false));
}

static struct value *apiservice_service(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    const struct value *s = value_at(o, "spec", "service", NULL);
    return s ? value_fmt(a, "%s/%s", value_text(value_get(s, "namespace"), ""),
                         value_text(value_get(s, "name"), ""))
             : value_string(a, "Local");
}

static struct value *apiservice_available(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_string(a, has_condition(o, "Available") ? "True" : "False");
}

static struct value *quota_text(struct arena *a, const struct value *o, bool limits) {
    const struct value *hard = value_at(o, "status", "hard", NULL),
                       *used = value_at(o, "status", "used", NULL);
    struct value *sorted = value_copy(a, hard);
    autobuf b = { 0 };
    if (sorted)
        value_sort_keys(sorted);
    for (size_t i = 0; i < value_len(sorted); i++) {
        struct str key = sorted->map.pairs[i].key;
        if (str_starts(key, "limits.") == limits)
            buf_fmt(&b, "%s%s: %s/%s", b.n ? ", " : "", key.p, value_text(value_get_n(used, key), "0"),
                    value_text(sorted->map.pairs[i].value, ""));
    }
    return value_string(a, b.p);
}

static struct value *quota_request(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return quota_text(a, o, false);
}

static struct value *quota_limit(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return quota_text(a, o, true);
}

/* ---- the tables ---- */

#define PATH(n, p)                                                                                           \
    { .name = n, .type = "string", .path = p }
#define INT(n, p)                                                                                            \
    { .name = n, .type = "integer", .path = p }
#define BOOL(n, p)                                                                                           \
    { .name = n, .type = "boolean", .path = p }
#define FN(n, f)                                                                                             \
    { .name = n, .type = "string", .fn = f }
#define WIDE_FN(n, f)                                                                                        \
    { .name = n, .type = "string", .fn = f, .priority = 1 }
#define AGE FN("Age", cell_age)
#define TEMPLATE WIDE_FN("Containers", cell_containers), WIDE_FN("Images", cell_images)
#define BINDING                                                                                              \
    FN("Role", binding_role), AGE, WIDE_FN("Users", binding_users), WIDE_FN("Groups", binding_groups),       \
        WIDE_FN("ServiceAccounts", binding_accounts)
#define CELLS(...)                                                                                           \
    (const struct cell[]) {                                                                                  \
        __VA_ARGS__, {                                                                                       \
            0                                                                                                \
        }                                                                                                    \
    }

const struct cell_set cells_groups[] = {
    { "deployments.apps", CELLS(FN("Ready", replicas_ready), INT("Up-to-date", "status.updatedReplicas"),
                                INT("Available", "status.availableReplicas"), AGE, TEMPLATE,
                                WIDE_FN("Selector", cell_selector)) },
    { "replicasets.apps",
      CELLS(INT("Desired", "spec.replicas"), INT("Current", "status.replicas"),
            INT("Ready", "status.readyReplicas"), AGE, TEMPLATE, WIDE_FN("Selector", cell_selector)) },
    { "statefulsets.apps", CELLS(FN("Ready", replicas_ready), AGE, TEMPLATE) },
    { "daemonsets.apps",
      CELLS(INT("Desired", "status.desiredNumberScheduled"), INT("Current", "status.currentNumberScheduled"),
            INT("Ready", "status.numberReady"), INT("Up-to-date", "status.updatedNumberScheduled"),
            INT("Available", "status.numberAvailable"), FN("Node Selector", template_node_selector), AGE,
            TEMPLATE, WIDE_FN("Selector", cell_selector)) },
    { "controllerrevisions.apps",
      CELLS(FN("Controller", revision_controller), INT("Revision", "revision"), AGE) },
    { "jobs.batch", CELLS(FN("Status", job_status), FN("Completions", job_completions),
                          FN("Duration", job_duration), AGE, TEMPLATE, WIDE_FN("Selector", cell_selector)) },
    { "cronjobs.batch",
      CELLS(PATH("Schedule", "spec.schedule"), PATH("Timezone", "spec.timeZone|<none>"),
            FN("Suspend", cronjob_suspend), INT("Active", "status.active"), FN("Last Schedule", cronjob_last),
            AGE, TEMPLATE, WIDE_FN("Selector", cronjob_selector)) },
    { "ingresses.networking.k8s.io",
      CELLS(PATH("Class", "spec.ingressClassName|<none>"), FN("Hosts", ingress_hosts),
            FN("Address", ingress_address), FN("Ports", ingress_ports), AGE) },
    { "ingressclasses.networking.k8s.io",
      CELLS(PATH("Controller", "spec.controller"), FN("Parameters", class_parameters), AGE) },
    { "networkpolicies.networking.k8s.io", CELLS(FN("Pod-Selector", policy_selector), AGE) },
    { "poddisruptionbudgets.policy", CELLS(PATH("Min Available", "spec.minAvailable|N/A"),
                                           PATH("Max Unavailable", "spec.maxUnavailable|N/A"),
                                           INT("Allowed Disruptions", "status.disruptionsAllowed"), AGE) },
    { "rolebindings.rbac.authorization.k8s.io", CELLS(BINDING) },
    { "clusterrolebindings.rbac.authorization.k8s.io", CELLS(BINDING) },
    { "horizontalpodautoscalers.autoscaling",
      CELLS(FN("Reference", scaler_reference), FN("Targets", scaler_targets),
            PATH("MinPods", "spec.minReplicas|<unset>"), INT("MaxPods", "spec.maxReplicas"),
            INT("Replicas", "status.currentReplicas"), AGE) },
    { "storageclasses.storage.k8s.io",
      CELLS(PATH("Provisioner", "provisioner"), PATH("ReclaimPolicy", "reclaimPolicy"),
            PATH("VolumeBindingMode", "volumeBindingMode"), FN("AllowVolumeExpansion", class_expands), AGE) },
    { "csidrivers.storage.k8s.io",
      CELLS(BOOL("AttachRequired", "spec.attachRequired"), BOOL("PodInfoOnMount", "spec.podInfoOnMount"),
            BOOL("StorageCapacity", "spec.storageCapacity"),
            PATH("TokenRequests", "spec.tokenRequests|<unset>"),
            BOOL("RequiresRepublish", "spec.requiresRepublish"), PATH("Modes", "spec.volumeLifecycleModes"),
            AGE) },
    { "csinodes.storage.k8s.io", CELLS(INT("Drivers", "spec.drivers"), AGE) },
    { "volumeattachments.storage.k8s.io",
      CELLS(PATH("Attacher", "spec.attacher"), PATH("PV", "spec.source.persistentVolumeName"),
            PATH("Node", "spec.nodeName"), BOOL("Attached", "status.attached"), AGE) },
    { "leases.coordination.k8s.io", CELLS(PATH("Holder", "spec.holderIdentity"), AGE) },
    { "endpointslices.discovery.k8s.io", CELLS(PATH("AddressType", "addressType"), FN("Ports", slice_ports),
                                               FN("Endpoints", slice_endpoints), AGE) },
    { "priorityclasses.scheduling.k8s.io",
      CELLS(INT("Value", "value"), BOOL("Global-Default", "globalDefault"), AGE,
            PATH("PreemptionPolicy", "preemptionPolicy")) },
    { "runtimeclasses.node.k8s.io", CELLS(PATH("Handler", "handler"), AGE) },
    { "mutatingwebhookconfigurations.admissionregistration.k8s.io", CELLS(INT("Webhooks", "webhooks"), AGE) },
    { "validatingwebhookconfigurations.admissionregistration.k8s.io",
      CELLS(INT("Webhooks", "webhooks"), AGE) },
    { "validatingadmissionpolicies.admissionregistration.k8s.io",
      CELLS(INT("Validations", "spec.validations"), PATH("ParamKind", "spec.paramKind.kind|<unset>"), AGE) },
    { "validatingadmissionpolicybindings.admissionregistration.k8s.io",
      CELLS(PATH("PolicyName", "spec.policyName"), PATH("ParamRef", "spec.paramRef.name|<unset>"), AGE) },
    { "resourcequotas", CELLS(FN("Request", quota_request), FN("Limit", quota_limit), AGE) },
    { "apiservices.apiregistration.k8s.io",
      CELLS(FN("Service", apiservice_service), FN("Available", apiservice_available), AGE) },
    { 0 },
};
