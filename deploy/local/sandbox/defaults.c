// SPDX-License-Identifier: Apache-2.0
// Defaults of built-in kinds: the static ones of types.h, and the table of the kinds' own functions.
// Source: k8s.io/kubernetes pkg/apis/*/v1/defaults.go.
#include "common/value/json.h"
#include "deploy/local/sandbox/builtin.h"
#include "deploy/local/sandbox/defaults.h"

static struct value *json_value(struct arena *a, struct str json) {
    struct err err = { .a = a };
    struct value *v;
    if (!json_read(a, json, &v, &err))
        abort(); // from a table
    return v;
}

void default_json(struct arena *a, struct value *map, const char *key, const char *json) {
    if (value_is(map, VALUE_MAP) && !value_get(map, key))
        value_set(a, map, key, json_value(a, str_of(json)));
}

void default_text(struct arena *a, struct value *map, const char *key, const char *text) {
    if (value_is(map, VALUE_MAP) && text_empty(value_text(value_get(map, key), "")))
        value_set(a, map, key, value_string(a, text));
}

void default_int(struct arena *a, struct value *map, const char *key, int64_t i) {
    if (value_is(map, VALUE_MAP) && !value_get(map, key))
        value_set(a, map, key, value_int(a, i));
}

/* ---- static ---- */

static void object_defaults(struct types *types, struct arena *a, const struct type *type, struct value *v);

static void element_defaults(struct types *types, struct arena *a, const struct type_field *f,
                             struct value *v) {
    const struct type *type = type_of_field(types, f);
    if (!type)
        return;
    if (f->shape == SHAPE_ONE) {
        object_defaults(types, a, type, v);
        return;
    }
    for (size_t i = 0; value_is(v, VALUE_LIST) && i < v->list.n; i++)
        object_defaults(types, a, type, v->list.items[i]);
    for (size_t i = 0; value_is(v, VALUE_MAP) && i < v->map.n; i++)
        object_defaults(types, a, type, v->map.pairs[i].value);
}

static void object_defaults(struct types *types, struct arena *a, const struct type *type, struct value *v) {
    if (!value_is(v, VALUE_MAP))
        return;
    for (size_t i = 0; i < type->n; i++) {
        const struct type_field *f = &type->fields[i];
        struct value *field = value_get_n(v, f->name);
        if (!field && f->fallback.n)
            value_set_n(a, v, f->name, field = json_value(a, f->fallback));
        if (field)
            element_defaults(types, a, f, field);
    }
}

/* ---- pods in workloads ---- */

static const struct {
    const char *key;
    bool in_job_template;
} templates[] = {
    { "deployments.apps", false },       { "statefulsets.apps", false }, { "daemonsets.apps", false },
    { "replicasets.apps", false },       { "jobs.batch", false },        { "cronjobs.batch", true },
    { "replicationcontrollers", false },
};

struct value *pod_template_of(const struct resource *r, const struct value *tree) {
    if (text_eq(r->key, "podtemplates"))
        return value_get(tree, "template");
    for (size_t i = 0; i < countof(templates); i++)
        if (text_eq(templates[i].key, r->key))
            return templates[i].in_job_template
                       ? value_at(tree, "spec", "jobTemplate", "spec", "template", NULL)
                       : value_at(tree, "spec", "template", NULL);
    return NULL;
}

struct value *pod_spec_of(const struct resource *r, const struct value *tree) {
    return text_eq(r->key, "pods") ? value_get(tree, "spec") : value_get(pod_template_of(r, tree), "spec");
}

/* ---- the table ---- */

static const struct {
    const char *key;
    void (*fn)(struct arena *a, struct value *tree);
} kinds[] = {
    { "pods", pod_default },
    { "services", service_default },
    { "secrets", secret_default },
    { "namespaces", namespace_default },
    { "persistentvolumes", persistentvolume_default },
    { "limitranges", limitrange_default },
    { "deployments.apps", deployment_default },
    { "statefulsets.apps", statefulset_default },
    { "daemonsets.apps", daemonset_default },
    { "replicasets.apps", template_labels_default },
    { "replicationcontrollers", replicationcontroller_default },
    { "jobs.batch", job_default },
    { "horizontalpodautoscalers.autoscaling", autoscaler_default },
    { "networkpolicies.networking.k8s.io", networkpolicy_default },
    { "rolebindings.rbac.authorization.k8s.io", binding_default },
    { "clusterrolebindings.rbac.authorization.k8s.io", binding_default },
    { "persistentvolumeclaims", claim_default },
};

void builtin_default(struct types *types, struct arena *a, const struct resource *r, struct value *tree) {
    const struct type *type = types_of_kind(types, r->group, r->version, r->kind);
    if (type)
        object_defaults(types, a, type, tree);
    pod_spec_default(a, pod_spec_of(r, tree));
    for (size_t i = 0; i < countof(kinds); i++)
        if (text_eq(kinds[i].key, r->key))
            kinds[i].fn(a, tree);
}
