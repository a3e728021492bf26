// SPDX-License-Identifier: Apache-2.0
// Validation of pod specs. Source: k8s.io/kubernetes pkg/apis/core/validation.
#include "common/base/map.h"
#include "deploy/local/sandbox/quantity.h"
#include "deploy/local/sandbox/validate.h"

static const struct rule container_rules[] = {
    { "name", CHECK_REQUIRED },
    { "name", CHECK_DNS_LABEL },
    { "image", CHECK_REQUIRED },
    { "imagePullPolicy", CHECK_ONE_OF, "Always|IfNotPresent|Never" },
    { "terminationMessagePolicy", CHECK_ONE_OF, "FallbackToLogsOnError|File" },
    { "ports[*].name", CHECK_PORT_NAME },
    { "ports[*].name", CHECK_UNIQUE },
    { "ports[*].containerPort", CHECK_REQUIRED },
    { "ports[*].containerPort", CHECK_RANGE, NULL, 1, 65535 },
    { "ports[*].hostPort", CHECK_RANGE, NULL, 1, 65535 },
    { "ports[*].protocol", CHECK_ONE_OF, "SCTP|TCP|UDP" },
    { "env[*].name", CHECK_REQUIRED },
    { "env[*].name", CHECK_ENV_NAME },
    { "volumeMounts[*].name", CHECK_REQUIRED },
    { "volumeMounts[*].mountPath", CHECK_REQUIRED },
    { 0 },
};

static const struct rule spec_rules[] = {
    { "containers", CHECK_REQUIRED },
    { "restartPolicy", CHECK_ONE_OF, "Always|OnFailure|Never" },
    { "dnsPolicy", CHECK_ONE_OF, "ClusterFirst|ClusterFirstWithHostNet|Default|None" },
    { "serviceAccountName", CHECK_DNS_SUBDOMAIN },
    { "nodeSelector", CHECK_LABELS },
    { "volumes[*].name", CHECK_REQUIRED },
    { "volumes[*].name", CHECK_DNS_LABEL },
    { "volumes[*].name", CHECK_UNIQUE },
    { "terminationGracePeriodSeconds", CHECK_NOT_NEGATIVE },
    { 0 },
};

static bool volume_is_there(const struct value *spec, const char *name) {
    const struct value *volumes = value_get(spec, "volumes");
    for (size_t i = 0; i < value_len(volumes); i++)
        if (text_eq(value_text(value_get(value_item(volumes, i), "name"), ""), name))
            return true;
    return false;
}

static void mounts_check(const struct value *spec, const struct value *container, const char *base,
                         struct field_errors *fe) {
    const struct value *mounts = value_get(container, "volumeMounts");
    automap paths = { 0 };
    for (size_t i = 0; i < value_len(mounts); i++) {
        const struct value *mount = value_item(mounts, i), *name = value_get(mount, "name"),
                           *path = value_get(mount, "mountPath");
        if (!text_empty(value_text(name, "")) && !volume_is_there(spec, value_text(name, "")))
            field_error_add(fe, FIELD_NOT_FOUND, arena_fmt(fe->a, "%s.volumeMounts[%zu].name", base, i), name,
                            "%s", "");
        if (!text_empty(value_text(path, "")) && map_set(&paths, value_text(path, ""), &paths))
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "%s.volumeMounts[%zu].mountPath", base, i),
                            path, "must be unique");
    }
}

static void resources_check(const struct value *container, const char *base, struct field_errors *fe) {
    const struct value *limits = value_at(container, "resources", "limits", NULL),
                       *requests = value_at(container, "resources", "requests", NULL);
    for (size_t i = 0; value_is(requests, VALUE_MAP) && i < requests->map.n; i++) {
        const struct value_pair *p = &requests->map.pairs[i];
        const char *request = value_text(p->value, ""),
                   *limit = value_text(value_get_n(limits, p->key), NULL);
        int64_t x, y;
        if (quantity_milli(request, &x) && x < 0)
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "%s.resources.requests[%s]", base, p->key.p),
                            p->value, "must be greater than or equal to 0");
        else if (limit && quantity_milli(request, &x) && quantity_milli(limit, &y) && x > y)
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "%s.resources.requests", base), p->value,
                            "must be less than or equal to %s limit of %s", p->key.p, limit);
    }
}

static void env_check(const struct value *container, const char *base, struct field_errors *fe) {
    const struct value *env = value_get(container, "env");
    for (size_t i = 0; i < value_len(env); i++) {
        const struct value *from = value_get(value_item(env, i), "valueFrom");
        if (!from)
            continue;
        const char *at = arena_fmt(fe->a, "%s.env[%zu].valueFrom", base, i);
        if (value_len(from) != 1)
            field_error_add_raw(fe, FIELD_INVALID, at, "\"\"",
                                value_len(from) ? "may not have more than one field specified at a time"
                                                : "must specify one of: `fieldRef`, `resourceFieldRef`, "
                                                  "`configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
        else if (!text_empty(value_text(value_get(value_item(env, i), "value"), "")))
            field_error_add_raw(fe, FIELD_INVALID, at, "\"\"",
                                "may not be specified when `value` is not empty");
    }
}

static void containers_check(const struct value *spec, const char *list, const char *base, struct map *names,
                             struct field_errors *fe) {
    const struct value *containers = value_get(spec, list);
    for (size_t i = 0; i < value_len(containers); i++) {
        const struct value *c = value_item(containers, i), *name = value_get(c, "name");
        const char *at = arena_fmt(fe->a, "%s.%s[%zu]", base, list, i);
        rows_check(container_rules, c, at, fe);
        if (!text_empty(value_text(name, "")) && map_set(names, value_text(name, ""), names))
            field_error_add(fe, FIELD_DUPLICATE, arena_fmt(fe->a, "%s.name", at), name, "%s", "");
        mounts_check(spec, c, at, fe);
        resources_check(c, at, fe);
        env_check(c, at, fe);
    }
}

void pod_spec_validate(const struct value *spec, const char *base, const char *restart,
                       struct field_errors *fe) {
    automap names = { 0 };
    if (!value_is(spec, VALUE_MAP)) {
        field_error_add(fe, FIELD_REQUIRED, arena_fmt(fe->a, "%s.containers", base), NULL, "%s", "");
        return;
    }
    rows_check(spec_rules, spec, base, fe);
    containers_check(spec, "initContainers", base, &names, fe);
    containers_check(spec, "containers", base, &names, fe);
    const struct rule owner[] = { { "restartPolicy", CHECK_ONE_OF, restart }, { 0 } };
    if (restart)
        rows_check(owner, spec, base, fe);
}
