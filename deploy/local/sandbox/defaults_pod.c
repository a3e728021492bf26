// SPDX-License-Identifier: Apache-2.0
// Conditional defaults of pods and pod templates. Source: pkg/apis/core/v1/defaults.go.
#include "deploy/local/sandbox/builtin.h"
#include "deploy/local/sandbox/defaults.h"

// "latest", or none and no digest either.
static bool image_is_latest(const char *image) {
    const char *slash = strrchr(image, '/'), *name = slash ? slash + 1 : image;
    if (strchr(image, '@'))
        return false;
    const char *colon = strchr(name, ':');
    return !colon || text_eq(colon + 1, "latest");
}

static void containers_default(struct arena *a, struct value *containers) {
    for (size_t i = 0; i < value_len(containers); i++) {
        struct value *c = value_item(containers, i);
        default_text(a, c, "imagePullPolicy",
                     image_is_latest(value_text(value_get(c, "image"), "")) ? "Always" : "IfNotPresent");
    }
}

static void volumes_default(struct arena *a, struct value *volumes) {
    for (size_t i = 0; i < value_len(volumes); i++) {
        struct value *v = value_item(volumes, i), *image = value_get(v, "image");
        if (value_len(v) <= 1 && value_get(v, "name"))
            value_set(a, v, "emptyDir", value_map(a));
        if (image)
            default_text(a, image, "pullPolicy",
                         image_is_latest(value_text(value_get(image, "reference"), "")) ? "Always"
                                                                                        : "IfNotPresent");
    }
}

// serviceAccount is the old spelling of serviceAccountName; both are always given back.
static void account_default(struct arena *a, struct value *spec) {
    const char *name =
        value_text(value_get(spec, "serviceAccountName"), value_text(value_get(spec, "serviceAccount"), ""));
    if (!name[0])
        return;
    value_set(a, spec, "serviceAccountName", value_string(a, name));
    value_set(a, spec, "serviceAccount", value_string(a, name));
}

static void host_ports_default(struct arena *a, struct value *containers) {
    for (size_t i = 0; i < value_len(containers); i++) {
        struct value *ports = value_get(value_item(containers, i), "ports");
        for (size_t k = 0; k < value_len(ports); k++)
            default_int(a, value_item(ports, k), "hostPort",
                        value_int_or(value_get(value_item(ports, k), "containerPort"), 0));
    }
}

void pod_spec_default(struct arena *a, struct value *spec) {
    if (!value_is(spec, VALUE_MAP))
        return;
    containers_default(a, value_get(spec, "containers"));
    containers_default(a, value_get(spec, "initContainers"));
    containers_default(a, value_get(spec, "ephemeralContainers"));
    volumes_default(a, value_get(spec, "volumes"));
    account_default(a, spec);
}

// Of a pod, not of a template: requests that are not given are the limits.
static void requests_default(struct arena *a, struct value *containers) {
    for (size_t i = 0; i < value_len(containers); i++) {
        struct value *c = value_item(containers, i), *limits = value_at(c, "resources", "limits", NULL);
        struct value *requests = value_len(limits) ? value_ensure(a, c, "resources", "requests", NULL) : NULL;
        for (size_t k = 0; requests && k < limits->map.n; k++)
            if (!value_get_n(requests, limits->map.pairs[k].key))
                value_set_n(a, requests, limits->map.pairs[k].key, value_copy(a, limits->map.pairs[k].value));
    }
}

void pod_default(struct arena *a, struct value *tree) {
    struct value *spec = value_get(tree, "spec");
    if (!value_is(spec, VALUE_MAP))
        return;
    requests_default(a, value_get(spec, "containers"));
    requests_default(a, value_get(spec, "initContainers"));
    default_json(a, spec, "enableServiceLinks", "true");
    if (value_bool_or(value_get(spec, "hostNetwork"), false)) {
        host_ports_default(a, value_get(spec, "containers"));
        host_ports_default(a, value_get(spec, "initContainers"));
    }
}
