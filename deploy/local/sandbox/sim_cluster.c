// SPDX-License-Identifier: Apache-2.0
/* What a cluster has beside workloads: the node, what each namespace gets, claims and volumes, endpoints of services. */
#include "common/value/json.h"
#include "deploy/local/sandbox/sim.h"

/* ---- made once ---- */

static const char node_json[] =
    "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"" SIM_NODE "\",\"labels\":{"
    "\"kubernetes.io/arch\":\"amd64\",\"kubernetes.io/hostname\":\"" SIM_NODE
    "\",\"kubernetes.io/os\":\"linux\","
    "\"node-role.kubernetes.io/control-plane\":\"\"}},\"spec\":{\"podCIDR\":\"10.244.0.0/16\","
    "\"podCIDRs\":[\"10.244.0.0/16\"],\"providerID\":\"sandbox://" SIM_NODE "\"},\"status\":{"
    "\"addresses\":[{\"address\":\"127.0.0.1\",\"type\":\"InternalIP\"},{\"address\":\"" SIM_NODE
    "\",\"type\":\"Hostname\"}],"
    "\"allocatable\":{\"cpu\":\"8\",\"ephemeral-storage\":\"100Gi\",\"memory\":\"16Gi\",\"pods\":\"1000\"},"
    "\"capacity\":{\"cpu\":\"8\",\"ephemeral-storage\":\"100Gi\",\"memory\":\"16Gi\",\"pods\":\"1000\"},"
    "\"daemonEndpoints\":{\"kubeletEndpoint\":{\"Port\":10250}},"
    "\"nodeInfo\":{\"architecture\":\"amd64\",\"bootID\":\"\",\"containerRuntimeVersion\":\"simulated://1\","
    "\"kernelVersion\":\"6.1.0\",\"kubeProxyVersion\":\"v1.35.0\",\"kubeletVersion\":\"v1.35.0\","
    "\"machineID\":\"\","
    "\"operatingSystem\":\"linux\",\"osImage\":\"Runnel sandbox\",\"systemUUID\":\"\"}}}";

static const char class_json[] =
    "{\"apiVersion\":\"storage.k8s.io/"
    "v1\",\"kind\":\"StorageClass\",\"metadata\":{\"name\":\"standard\",\"annotations\":{"
    "\"storageclass.kubernetes.io/is-default-class\":\"true\"}},\"provisioner\":\"sandbox.runnel.dev/"
    "volume\","
    "\"reclaimPolicy\":\"Delete\",\"volumeBindingMode\":\"Immediate\"}";

static void make_once(struct simulator *s, const char *key, const char *name, const char *json) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *o;
    if (sim_get(s, &a, key, "", name))
        return;
    if (!json_read(&a, str_of(json), &o, &err))
        abort();
    (void)!sim_create(s, &a, key, o, NULL);
}

void sim_node_make(struct simulator *s) {
    static const struct {
        const char *type, *status, *reason, *message;
    } conditions[] = {
        { "MemoryPressure", "False", "KubeletHasSufficientMemory",
          "kubelet has sufficient memory available" },
        { "DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure" },
        { "PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available" },
        { "Ready", "True", "KubeletReady", "kubelet is posting ready status" },
    };
    autoarena a = { 0 };
    make_once(s, "nodes", SIM_NODE, node_json);
    if (!storage_count(s->sb->storage,
                       "persistentvolumeclaims")) // a cluster that was loaded keeps its claims as they are
        make_once(s, "storageclasses.storage.k8s.io", "standard", class_json);
    struct value *node = sim_get(s, &a, "nodes", "", SIM_NODE);
    if (!node || sim_condition_get(node, "Ready"))
        return;
    for (size_t i = 0; i < countof(conditions); i++)
        sim_condition(s, &a, node, conditions[i].type, conditions[i].status, conditions[i].reason,
                      conditions[i].message, false);
    sim_status(s, &a, "nodes", node, NULL);
}

/* ---- namespaces ---- */

static struct value *named(struct arena *a, const char *kind, const char *ns, const char *name) {
    struct value *o = value_map(a);
    value_set(a, o, "apiVersion", value_string(a, "v1"));
    value_set(a, o, "kind", value_string(a, kind));
    struct value *metadata = value_ensure(a, o, "metadata", NULL);
    value_set(a, metadata, "name", value_string(a, name));
    value_set(a, metadata, "namespace", value_string(a, ns));
    return o;
}

void sim_namespace(struct simulator *s, struct arena *a, struct value *ns) {
    const char *name = sim_meta(ns, "name");
    if (sim_is_deleting(ns))
        return;
    if (!sim_get(s, a, "serviceaccounts", name, "default"))
        (void)!sim_create(s, a, "serviceaccounts", named(a, "ServiceAccount", name, "default"), NULL);
    if (sim_get(s, a, "configmaps", name, "kube-root-ca.crt"))
        return;
    struct value *cm = named(a, "ConfigMap", name, "kube-root-ca.crt");
    value_set(a, value_ensure(a, cm, "data", NULL), "ca.crt", value_string(a, ""));
    value_set(a, value_ensure(a, cm, "metadata", "annotations", NULL), "kubernetes.io/description",
              value_string(
                  a, "Certificate to verify the API server with; empty, for the sandbox serves plain HTTP."));
    (void)!sim_create(s, a, "configmaps", cm, NULL);
}

/* ---- claims ---- */

// The class of a claim; "" = it has none and wants none. NULL: it names one that does not exist.
static const char *class_of(struct simulator *s, struct arena *a, struct value *pvc) {
    const struct value *name = value_at(pvc, "spec", "storageClassName", NULL);
    const char *class = value_text(name, "standard");
    return !*class || sim_get(s, a, "storageclasses.storage.k8s.io", "", class) ? class : NULL;
}

static struct value *volume_for(struct arena *a, const struct value *pvc, const char *class,
                                const char *name) {
    struct value *pv = value_map(a), *claim = value_map(a);
    value_set(a, pv, "apiVersion", value_string(a, "v1"));
    value_set(a, pv, "kind", value_string(a, "PersistentVolume"));
    struct value *metadata = value_ensure(a, pv, "metadata", NULL), *spec = value_ensure(a, pv, "spec", NULL);
    value_set(a, metadata, "name", value_string(a, name));
    value_set(a, value_ensure(a, metadata, "annotations", NULL), "pv.kubernetes.io/provisioned-by",
              value_string(a, "sandbox.runnel.dev/volume"));
    value_set(a, spec, "accessModes", value_copy(a, value_at(pvc, "spec", "accessModes", NULL)));
    struct value *requests = value_copy(a, value_at(pvc, "spec", "resources", "requests", NULL));
    value_set(a, spec, "capacity", requests ? requests : value_map(a));
    value_set(a, claim, "apiVersion", value_string(a, "v1"));
    value_set(a, claim, "kind", value_string(a, "PersistentVolumeClaim"));
    value_set(a, claim, "name", value_string(a, sim_meta(pvc, "name")));
    value_set(a, claim, "namespace", value_string(a, sim_meta(pvc, "namespace")));
    value_set(a, claim, "uid", value_string(a, sim_meta(pvc, "uid")));
    value_set(a, spec, "claimRef", claim);
    value_set(a, value_ensure(a, spec, "hostPath", NULL), "path", value_fmt(a, "/nowhere/%s", name));
    value_set(a, spec, "persistentVolumeReclaimPolicy", value_string(a, "Delete"));
    value_set(a, spec, "storageClassName", value_string(a, class));
    return pv;
}

static void volume_phase(struct simulator *s, struct arena *a, const char *name, const char *phase) {
    struct value *pv = sim_get(s, a, "persistentvolumes", "", name);
    if (!pv)
        return;
    struct value *before = value_copy(a, value_get(pv, "status"));
    value_set(a, value_ensure(a, pv, "status", NULL), "phase", value_string(a, phase));
    sim_status(s, a, "persistentvolumes", pv, before);
}

static void claim_phase(struct simulator *s, struct arena *a, const char *ns, const char *name,
                        const char *phase) {
    struct value *pvc = sim_get(s, a, "persistentvolumeclaims", ns, name);
    if (!pvc)
        return;
    struct value *before = value_copy(a, value_get(pvc, "status")),
                 *status = value_ensure(a, pvc, "status", NULL);
    value_set(a, status, "phase", value_string(a, phase));
    if (text_eq(phase, "Bound")) {
        struct value *modes = value_copy(a, value_at(pvc, "spec", "accessModes", NULL)),
                     *size = value_copy(a, value_at(pvc, "spec", "resources", "requests", NULL));
        value_set(a, status, "accessModes", modes);
        value_set(a, status, "capacity", size);
    }
    sim_status(s, a, "persistentvolumeclaims", pvc, before);
}

void sim_claim(struct simulator *s, struct arena *a, struct value *pvc) {
    const char *ns = sim_meta(pvc, "namespace"), *name = sim_meta(pvc, "name"), *class = class_of(s, a, pvc);
    const char *phase = sim_text(value_get(pvc, "status"), "phase"),
               *fail = sim_annotation(s, a, pvc, "fail");
    if (sim_is_deleting(pvc) || text_eq(phase, "Bound"))
        return;
    const char *volume = value_text(value_at(pvc, "spec", "volumeName", NULL), "");
    if (!class || fail || (!*class && !*volume)) {
        if (!text_eq(phase, "Pending"))
            claim_phase(s, a, ns, name, "Pending");
        return;
    }
    if (!*volume) {
        volume = arena_fmt(a, "pvc-%s", sim_meta(pvc, "uid"));
        if (!sim_get(s, a, "persistentvolumes", "", volume) &&
            !sim_create(s, a, "persistentvolumes", volume_for(a, pvc, class, volume), NULL))
            return;
        value_set(a, value_get(pvc, "spec"), "volumeName", value_string(a, volume));
        value_set(a, value_get(pvc, "spec"), "storageClassName", value_string(a, class));
        struct value *annotations = value_ensure(a, pvc, "metadata", "annotations", NULL);
        value_set(a, annotations, "pv.kubernetes.io/bind-completed", value_string(a, "yes"));
        value_set(a, annotations, "pv.kubernetes.io/bound-by-controller", value_string(a, "yes"));
        if (!sim_update(s, a, "persistentvolumeclaims", pvc))
            return;
    }
    volume_phase(s, a, volume, "Bound");
    claim_phase(s, a, ns, name, "Bound");
}

void sim_volume_release(struct simulator *s, struct arena *a, const struct value *pvc) {
    const char *name = value_text(value_at(pvc, "spec", "volumeName", NULL), "");
    const struct value *pv = *name ? sim_get(s, a, "persistentvolumes", "", name) : NULL;
    if (!pv)
        return;
    if (text_eq(value_text(value_at(pv, "spec", "persistentVolumeReclaimPolicy", NULL), ""), "Delete"))
        sim_delete(s, a, "persistentvolumes", "", name, -1);
    else
        volume_phase(s, a, name, "Released");
}

/* ---- services ---- */

static bool selects(const struct value *selector, const struct value *pod) {
    const struct value *labels = value_at(pod, "metadata", "labels", NULL);
    for (size_t i = 0; i < selector->map.n; i++) {
        const struct value *has = value_get_n(labels, selector->map.pairs[i].key);
        if (!has || !value_equal(has, selector->map.pairs[i].value))
            return false;
    }
    return true;
}

static struct value *endpoint_of(struct arena *a, const struct value *pod) {
    struct value *e = value_map(a), *addresses = value_list(a), *conditions = value_map(a),
                 *target = value_map(a);
    bool ready = sim_pod_is_ready(pod);
    value_append(a, addresses, value_string(a, sim_text(value_get(pod, "status"), "podIP")));
    value_set(a, e, "addresses", addresses);
    value_set(a, conditions, "ready", value_bool(a, ready));
    value_set(a, conditions, "serving", value_bool(a, ready));
    value_set(a, conditions, "terminating", value_bool(a, sim_is_deleting(pod)));
    value_set(a, e, "conditions", conditions);
    value_set(a, e, "nodeName", value_string(a, SIM_NODE));
    value_set(a, target, "kind", value_string(a, "Pod"));
    value_set(a, target, "name", value_string(a, sim_meta(pod, "name")));
    value_set(a, target, "namespace", value_string(a, sim_meta(pod, "namespace")));
    value_set(a, target, "uid", value_string(a, sim_meta(pod, "uid")));
    value_set(a, e, "targetRef", target);
    return e;
}

static struct value *endpoints_of(struct simulator *s, struct arena *a, const struct value *svc,
                                  const struct value *selector) {
    struct value *out = value_list(a);
    struct objects pods = storage_list(s->sb->storage, a, "pods", sim_meta(svc, "namespace"), NULL);
    for (size_t i = 0; i < pods.n; i++) {
        const struct value *pod = object_value(a, pods.items[i]);
        if (selects(selector, pod) && !text_empty(sim_text(value_get(pod, "status"), "podIP")) &&
            !sim_pod_is_done(pod))
            value_append(a, out, endpoint_of(a, pod));
    }
    objects_unref(&pods);
    return out;
}

// Named target ports stay 0: the containers are not looked into.
static struct value *ports_of(struct arena *a, const struct value *svc) {
    const struct value *ports = value_at(svc, "spec", "ports", NULL);
    struct value *out = value_list(a);
    for (size_t i = 0; i < value_len(ports); i++) {
        const struct value *port = value_item(ports, i), *target = value_get(port, "targetPort");
        struct value *one = value_map(a);
        value_set(a, one, "name", value_string(a, sim_text(port, "name")));
        value_set(a, one, "port",
                  value_int(a, value_is(target, VALUE_INT) ? target->i : sim_int(port, "port", 0)));
        value_set(a, one, "protocol", value_string(a, value_text(value_get(port, "protocol"), "TCP")));
        value_append(a, out, one);
    }
    return out;
}

void sim_service(struct simulator *s, struct arena *a, struct value *svc) {
    const char *key = "endpointslices.discovery.k8s.io", *ns = sim_meta(svc, "namespace");
    const struct value *selector = value_at(svc, "spec", "selector", NULL);
    const char *name = arena_fmt(a, "%s-sandbox", sim_meta(svc, "name"));
    if (sim_is_deleting(svc) || !value_len(selector))
        return;
    struct value *endpoints = endpoints_of(s, a, svc, selector), *ports = ports_of(a, svc);
    struct value *slice = sim_get(s, a, key, ns, name);
    if (slice) {
        if (value_equal(value_get(slice, "endpoints"), endpoints) &&
            value_equal(value_get(slice, "ports"), ports))
            return;
        value_set(a, slice, "endpoints", endpoints);
        value_set(a, slice, "ports", ports);
        (void)!sim_update(s, a, key, slice);
        return;
    }
    struct value *owners = value_list(a);
    slice = named(a, "EndpointSlice", ns, name);
    value_set(a, slice, "apiVersion", value_string(a, "discovery.k8s.io/v1"));
    value_set(a, slice, "addressType", value_string(a, "IPv4"));
    value_set(a, value_ensure(a, slice, "metadata", "labels", NULL), "kubernetes.io/service-name",
              value_string(a, sim_meta(svc, "name")));
    value_set(a, value_ensure(a, slice, "metadata", "labels", NULL), "endpointslice.kubernetes.io/managed-by",
              value_string(a, "endpointslice-controller.k8s.io"));
    value_append(a, owners, sim_reference(a, svc));
    value_set(a, value_get(slice, "metadata"), "ownerReferences", owners);
    value_set(a, slice, "endpoints", endpoints);
    value_set(a, slice, "ports", ports);
    (void)!sim_create(s, a, key, slice, NULL);
}
