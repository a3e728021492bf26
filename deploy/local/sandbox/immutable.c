// SPDX-License-Identifier: Apache-2.0
// Fields that must not change, in the API server's words. Source: k8s.io/kubernetes pkg/apis/*/validation.
#include "common/value/json.h"
#include "deploy/local/sandbox/builtin.h"

enum how {
    IMMUTABLE, // "field is immutable"
    FORBIDDEN, // Forbidden with a text of its own
    ONCE,      // may be set once
};

static const struct {
    const char *key, *field; // dotted path
    enum how how;
    const char *text; // FORBIDDEN
} rows[] = {
    { "deployments.apps", "spec.selector", IMMUTABLE, NULL },
    { "daemonsets.apps", "spec.selector", IMMUTABLE, NULL },
    { "replicasets.apps", "spec.selector", IMMUTABLE, NULL },
    { "jobs.batch", "spec.selector", IMMUTABLE, NULL },
    { "jobs.batch", "spec.completionMode", IMMUTABLE, NULL },
    { "jobs.batch", "spec.podFailurePolicy", IMMUTABLE, NULL },
    { "jobs.batch", "spec.backoffLimitPerIndex", IMMUTABLE, NULL },
    { "secrets", "type", IMMUTABLE, NULL },
    { "storageclasses.storage.k8s.io", "parameters", FORBIDDEN, "updates to parameters are forbidden." },
    { "storageclasses.storage.k8s.io", "provisioner", FORBIDDEN, "updates to provisioner are forbidden." },
    { "storageclasses.storage.k8s.io", "reclaimPolicy", FORBIDDEN,
      "updates to reclaimPolicy are forbidden." },
    { "storageclasses.storage.k8s.io", "volumeBindingMode", IMMUTABLE, NULL },
    { "ingressclasses.networking.k8s.io", "spec.controller", IMMUTABLE, NULL },
    { "priorityclasses.scheduling.k8s.io", "value", FORBIDDEN, "may not be changed in an update." },
    { "priorityclasses.scheduling.k8s.io", "preemptionPolicy", IMMUTABLE, NULL },
    { "controllerrevisions.apps", "data", IMMUTABLE, NULL },
    { "runtimeclasses.node.k8s.io", "handler", IMMUTABLE, NULL },
    { "endpointslices.discovery.k8s.io", "addressType", IMMUTABLE, NULL },
    { "nodes", "spec.podCIDR", ONCE, NULL },
};

static struct value *at_path(const struct value *v, const char *path) {
    struct str rest = str_of(path), part;
    while (v && str_split(&rest, '.', &part))
        v = value_get_n(v, part);
    return (struct value *)v;
}

static bool same(const struct value *x, const struct value *y) {
    return (!x && !y) || value_equal(x, y);
}

/* ---- kinds with rules of their own ---- */

static bool in_list(struct str key, const char *const *list) {
    for (; *list; list++)
        if (str_is(key, *list))
            return true;
    return false;
}

// A field of spec outside the list changed.
static bool spec_changed_except(const struct value *now, const struct value *old, const char *const *except) {
    const struct value *sides[2][2] = { { now, old }, { old, now } };
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < value_len(sides[s][0]); i++) {
            const struct value_pair *p = &sides[s][0]->map.pairs[i];
            if (!in_list(p->key, except) && !same(p->value, value_get_n(sides[s][1], p->key)))
                return true;
        }
    return false;
}

static void statefulset_check(const struct value *tree, const struct value *old, struct field_errors *fe) {
    static const char *const free_fields[] = { "replicas",
                                               "ordinals",
                                               "template",
                                               "updateStrategy",
                                               "revisionHistoryLimit",
                                               "persistentVolumeClaimRetentionPolicy",
                                               "minReadySeconds",
                                               NULL };
    if (spec_changed_except(value_get(tree, "spec"), value_get(old, "spec"), free_fields))
        field_error_add(fe, FIELD_FORBIDDEN, "spec", NULL,
                        "updates to statefulset spec for fields other than 'replicas', 'ordinals', "
                        "'template', 'updateStrategy', "
                        "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
                        "'minReadySeconds' are forbidden");
}

static void job_check(const struct value *tree, const struct value *old, struct field_errors *fe) {
    const struct value *now = at_path(tree, "spec.template"), *before = at_path(old, "spec.template");
    static const char *const scheduling[] = { "nodeSelector", "tolerations", "affinity", "schedulingGates",
                                              NULL };
    bool suspended = value_bool_or(at_path(old, "spec.suspend"), false) && !at_path(old, "status.startTime");
    bool changed = suspended
                       ? spec_changed_except(value_get(now, "spec"), value_get(before, "spec"), scheduling)
                       : !same(now, before);
    if (changed)
        field_error_add(fe, FIELD_INVALID, "spec.template", now, "field is immutable");
    bool elastic = text_eq(value_text(at_path(tree, "spec.completionMode"), ""), "Indexed") &&
                   same(at_path(tree, "spec.completions"), at_path(tree, "spec.parallelism"));
    if (!elastic && !same(at_path(tree, "spec.completions"), at_path(old, "spec.completions")))
        field_error_add(fe, FIELD_INVALID, "spec.completions", at_path(tree, "spec.completions"),
                        "field is immutable");
}

static struct value *spec_text_field(struct arena *a, const struct value *ref, const char *key) {
    return value_string(a, value_text(value_get(ref, key), ""));
}

// The server prints the Go struct, whose fields have no JSON names.
static void role_ref_check(const struct value *tree, const struct value *old, struct field_errors *fe) {
    const struct value *now = value_get(tree, "roleRef");
    if (same(now, value_get(old, "roleRef")))
        return;
    const char *text = arena_fmt(fe->a, "{\"APIGroup\":%s,\"Kind\":%s,\"Name\":%s}",
                                 json_text(fe->a, spec_text_field(fe->a, now, "apiGroup"), JSON_COMPACT).p,
                                 json_text(fe->a, spec_text_field(fe->a, now, "kind"), JSON_COMPACT).p,
                                 json_text(fe->a, spec_text_field(fe->a, now, "name"), JSON_COMPACT).p);
    field_error_add_raw(fe, FIELD_INVALID, "roleRef", text, "cannot change roleRef");
}

// ConfigMaps and Secrets that are marked immutable.
static void immutable_data_check(const struct value *tree, const struct value *old, struct field_errors *fe) {
    static const char *const fields[] = { "data", "binaryData" };
    if (!value_bool_or(value_get(old, "immutable"), false))
        return;
    if (!value_bool_or(value_get(tree, "immutable"), false))
        field_error_add(fe, FIELD_FORBIDDEN, "immutable", NULL, "field is immutable when `immutable` is set");
    for (size_t i = 0; i < countof(fields); i++)
        if (!same(value_get(tree, fields[i]), value_get(old, fields[i])))
            field_error_add(fe, FIELD_FORBIDDEN, fields[i], NULL,
                            "field is immutable when `immutable` is set");
}

static void service_check(const struct value *tree, const struct value *old, struct field_errors *fe) {
    const struct value *now = at_path(tree, "spec.clusterIPs"), *before = at_path(old, "spec.clusterIPs");
    const char *type = value_text(at_path(tree, "spec.type"), ""),
               *was = value_text(at_path(old, "spec.type"), "");
    if (text_eq(type, "ExternalName") || text_eq(was, "ExternalName") || !value_len(before))
        return;
    if (!same(value_item(now, 0), value_item(before, 0)))
        field_error_add(fe, FIELD_INVALID, "spec.clusterIPs[0]", now, "may not change once set");
}

static void claim_check(const struct value *tree, const struct value *old, struct field_errors *fe) {
    static const char *const free_fields[] = { "resources", "volumeName", "volumeAttributesClassName", NULL };
    const struct value *now = value_get(tree, "spec"), *before = value_get(old, "spec");
    bool name_changed = value_get(before, "volumeName") &&
                        !same(value_get(now, "volumeName"), value_get(before, "volumeName"));
    bool resources_changed = !same(value_get(now, "resources"), value_get(before, "resources"));
    bool bound = text_eq(value_text(at_path(old, "status.phase"), ""), "Bound");
    bool class_set = !value_get(before, "storageClassName") && value_get(now, "storageClassName");
    static const char *const free_with_class[] = { "resources", "volumeName", "volumeAttributesClassName",
                                                   "storageClassName", NULL };
    if (spec_changed_except(now, before, class_set ? free_with_class : free_fields) || name_changed ||
        (resources_changed && !bound))
        field_error_add(fe, FIELD_FORBIDDEN, "spec", NULL,
                        "spec is immutable after creation except resources.requests and "
                        "volumeAttributesClassName for bound claims");
}

static void volume_check(const struct value *tree, const struct value *old, struct field_errors *fe) {
    static const char *const free_fields[] = {
        "accessModes",  "capacity",   "claimRef",     "persistentVolumeReclaimPolicy", "storageClassName",
        "mountOptions", "volumeMode", "nodeAffinity", "volumeAttributesClassName",     NULL
    };
    if (spec_changed_except(value_get(tree, "spec"), value_get(old, "spec"), free_fields))
        field_error_add(fe, FIELD_FORBIDDEN, "spec.persistentvolumesource", NULL,
                        "spec.persistentvolumesource is immutable after creation");
}

static struct value *pod_spec_without(struct arena *a, const struct value *spec) {
    static const char *const lists[] = { "containers", "initContainers" };
    static const char *const dropped[] = {
        "activeDeadlineSeconds", "tolerations",     "terminationGracePeriodSeconds",
        "ephemeralContainers",   "schedulingGates", "nodeSelector"
    };
    struct value *v = value_copy(a, spec);
    for (size_t i = 0; v && i < countof(dropped); i++)
        value_remove(v, dropped[i]);
    for (size_t k = 0; k < countof(lists); k++)
        for (size_t i = 0; i < value_len(value_get(v, lists[k])); i++)
            value_remove(value_item(value_get(v, lists[k]), i), "image");
    return v;
}

static void pod_check(const struct value *tree, const struct value *old, struct field_errors *fe) {
    const struct value *now = value_get(tree, "spec"), *before = value_get(old, "spec");
    bool scheduled = !value_get(before, "nodeName") && value_get(now, "nodeName");
    struct value *x = pod_spec_without(fe->a, now), *y = pod_spec_without(fe->a, before);
    if (scheduled && x)
        value_remove(x, "nodeName");
    if (!same(x, y))
        field_error_add(
            fe, FIELD_FORBIDDEN, "spec", NULL,
            "pod updates may not change fields other than "
            "`spec.containers[*].image`,`spec.initContainers[*].image`,"
            "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
            "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)");
}

static const struct {
    const char *key;
    void (*fn)(const struct value *tree, const struct value *old, struct field_errors *fe);
} checks[] = {
    { "statefulsets.apps", statefulset_check },
    { "jobs.batch", job_check },
    { "rolebindings.rbac.authorization.k8s.io", role_ref_check },
    { "clusterrolebindings.rbac.authorization.k8s.io", role_ref_check },
    { "configmaps", immutable_data_check },
    { "secrets", immutable_data_check },
    { "services", service_check },
    { "persistentvolumeclaims", claim_check },
    { "persistentvolumes", volume_check },
    { "pods", pod_check },
};

void immutable_validate(const struct resource *r, const struct value *tree, const struct value *old,
                        struct field_errors *fe) {
    for (size_t i = 0; i < countof(rows); i++) {
        if (!text_eq(rows[i].key, r->key))
            continue;
        const struct value *now = at_path(tree, rows[i].field), *before = at_path(old, rows[i].field);
        if (same(now, before) || (rows[i].how == ONCE && !before))
            continue;
        if (rows[i].how == FORBIDDEN)
            field_error_add(fe, FIELD_FORBIDDEN, rows[i].field, NULL, "%s", rows[i].text);
        else
            field_error_add(fe, FIELD_INVALID, rows[i].field, now ? now : value_null(fe->a),
                            "field is immutable");
    }
    for (size_t i = 0; i < countof(checks); i++)
        if (text_eq(checks[i].key, r->key))
            checks[i].fn(tree, old, fe);
}
