// SPDX-License-Identifier: Apache-2.0
// Validation of kinds where rows do not do. Source: k8s.io/kubernetes pkg/apis/{core,apps,batch,rbac,policy}/validation.
#include <ctype.h>

#include "common/base/map.h"
#include "common/value/base64.h"
#include "common/value/json.h"
#include "deploy/local/sandbox/names.h"
#include "deploy/local/sandbox/validate.h"

enum { DATA_MAX_BYTES = 1 << 20 };

/* ---- workloads ---- */

static bool expression_matches(const struct value *e, const struct value *labels) {
    const char *op = value_text(value_get(e, "operator"), ""),
               *have = value_text(value_get(labels, value_text(value_get(e, "key"), "")), NULL);
    const struct value *values = value_get(e, "values");
    bool in = false;
    for (size_t i = 0; have && i < value_len(values); i++)
        in |= text_eq(value_text(value_item(values, i), ""), have);
    if (text_eq(op, "In"))
        return in;
    if (text_eq(op, "NotIn"))
        return !in;
    return text_eq(op, "Exists") == (have != NULL);
}

static bool selector_matches_labels(const struct value *selector, const struct value *labels) {
    const struct value *match = value_get(selector, "matchLabels"),
                       *expressions = value_get(selector, "matchExpressions");
    for (size_t i = 0; i < value_len(match); i++)
        if (!value_equal(value_get_n(labels, match->map.pairs[i].key), match->map.pairs[i].value))
            return false;
    for (size_t i = 0; i < value_len(expressions); i++)
        if (!expression_matches(value_item(expressions, i), labels))
            return false;
    return true;
}

// A StatefulSet's claims are volumes of its pods: their spec with a stub for each.
static const struct value *with_claims(struct arena *a, const struct value *tree, const struct value *spec) {
    const struct value *claims = value_at(tree, "spec", "volumeClaimTemplates", NULL);
    if (!value_len(claims) || !value_is(spec, VALUE_MAP))
        return spec;
    struct value *copy = value_copy(a, spec), *volumes = value_get(copy, "volumes");
    if (!value_is(volumes, VALUE_LIST))
        value_set(a, copy, "volumes", volumes = value_list(a));
    for (size_t i = 0; i < value_len(claims); i++) {
        struct value *stub = value_map(a);
        value_set(a, stub, "name",
                  value_string(a, value_text_at(value_item(claims, i), "metadata", "name", NULL)));
        value_append(a, volumes, stub);
    }
    return copy;
}

static void template_validate(const struct value *tree, const char *restart, struct field_errors *fe) {
    const struct value *template = value_at(tree, "spec", "template", NULL);
    labels_validate(value_at(template, "metadata", "labels", NULL), "spec.template.labels", fe);
    annotations_validate(value_at(template, "metadata", "annotations", NULL), "spec.template.annotations",
                         fe);
    const struct value *spec = with_claims(fe->a, tree, value_get(template, "spec"));
    pod_spec_validate(spec, "spec.template.spec", restart, fe);
}

static const char *lower_kind(struct arena *a, const struct value *tree) {
    char *kind = arena_strdup(a, value_text(value_get(tree, "kind"), ""));
    for (char *p = kind; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return kind;
}

void workload_validate(const struct value *tree, struct field_errors *fe) {
    const struct value *spec = value_get(tree, "spec"), *selector = value_get(spec, "selector"),
                       *labels = value_at(spec, "template", "metadata", "labels", NULL);
    if (!selector)
        field_error_add(fe, FIELD_REQUIRED, "spec.selector", NULL, "%s", "");
    else if (!value_len(value_get(selector, "matchLabels")) &&
             !value_len(value_get(selector, "matchExpressions")))
        field_error_add(fe, FIELD_INVALID, "spec.selector", selector, "empty selector is invalid for %s",
                        lower_kind(fe->a, tree));
    else
        selector_validate(selector, "spec.selector", fe);
    if (selector && !selector_matches_labels(selector, labels))
        field_error_add(fe, FIELD_INVALID, "spec.template.metadata.labels",
                        labels ? labels : value_map(fe->a), "`selector` does not match template `labels`");
    template_validate(tree, "Always", fe);
}

static void job_policy_check(const struct value *spec, const char *base, struct field_errors *fe) {
    const struct rule rules[] = { { "restartPolicy", CHECK_ONE_OF, "OnFailure|Never" }, { 0 } };
    rows_check(rules, spec, base, fe);
}

void job_validate(const struct value *tree, struct field_errors *fe) {
    template_validate(tree, NULL, fe);
    job_policy_check(value_at(tree, "spec", "template", "spec", NULL), "spec.template.spec", fe);
}

// Five fields, or one of the @words.
static void schedule_check(const struct value *schedule, struct field_errors *fe) {
    static const char *const words[] = { "@yearly", "@annually", "@monthly", "@weekly",
                                         "@daily",  "@midnight", "@hourly" };
    const char *text = value_text(schedule, "");
    for (size_t i = 0; i < countof(words); i++)
        if (text_eq(text, words[i]))
            return;
    if (!text[0] || text_starts(text, "@every "))
        return;
    if (text[0] == '@') {
        field_error_add(fe, FIELD_INVALID, "spec.schedule", schedule, "unrecognized descriptor: %s", text);
        return;
    }
    if (text_starts(text, "TZ=") || text_starts(text, "CRON_TZ="))
        text = strchr(text, ' ') ? strchr(text, ' ') + 1 : "";
    struct str rest = str_of(text), part;
    size_t n = 0;
    const char *shown = "";
    while (str_split(&rest, ' ', &part))
        if (part.n) {
            shown = arena_fmt(fe->a, "%s%s%.*s", shown, n ? " " : "", (int)part.n, part.p);
            n++;
        }
    if (n != 5)
        field_error_add(fe, FIELD_INVALID, "spec.schedule", schedule,
                        "expected exactly 5 fields, found %zu: [%s]", n, shown);
}

void cronjob_validate(const struct value *tree, struct field_errors *fe) {
    const struct value *spec = value_at(tree, "spec", "jobTemplate", "spec", "template", "spec", NULL);
    schedule_check(value_at(tree, "spec", "schedule", NULL), fe);
    pod_spec_validate(spec, "spec.jobTemplate.spec.template.spec", NULL, fe);
    job_policy_check(spec, "spec.jobTemplate.spec.template.spec", fe);
    const struct value *name = value_at(tree, "metadata", "name", NULL);
    if (strlen(value_text(name, "")) > 52)
        field_error_add(fe, FIELD_INVALID, "metadata.name", name, "must be no more than 52 characters");
}

void pod_validate(const struct value *tree, struct field_errors *fe) {
    pod_spec_validate(value_get(tree, "spec"), "spec", NULL, fe);
}

/* ---- services ---- */

static struct value *port_shown(struct arena *a, const struct value *port) { // as Go prints its struct
    struct value *v = value_map(a);
    value_set(a, v, "Name", value_string(a, value_text(value_get(port, "name"), "")));
    value_set(a, v, "Protocol", value_string(a, value_text(value_get(port, "protocol"), "")));
    value_set(a, v, "AppProtocol", value_null(a));
    value_set(a, v, "Port", value_int(a, value_int_or(value_get(port, "port"), 0)));
    value_set(a, v, "TargetPort",
              value_get(port, "targetPort") ? value_copy(a, value_get(port, "targetPort")) : value_int(a, 0));
    value_set(a, v, "NodePort", value_int(a, value_int_or(value_get(port, "nodePort"), 0)));
    return v;
}

static void ports_validate(const struct value *ports, struct field_errors *fe) {
    automap seen = { 0 };
    for (size_t i = 0; i < value_len(ports); i++) {
        const struct value *port = value_item(ports, i), *node = value_get(port, "nodePort");
        const char *id = arena_fmt(fe->a, "%s/%lld", value_text(value_get(port, "protocol"), ""),
                                   (long long)value_int_or(value_get(port, "port"), 0));
        if (!value_get(port, "port")) // a missing one is 0
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "spec.ports[%zu].port", i),
                            value_int(fe->a, 0), "must be between 1 and 65535, inclusive");
        if (value_len(ports) > 1 && text_empty(value_text(value_get(port, "name"), "")))
            field_error_add(fe, FIELD_REQUIRED, arena_fmt(fe->a, "spec.ports[%zu].name", i), NULL, "%s", "");
        if (map_set(&seen, id, &seen))
            field_error_add_raw(fe, FIELD_DUPLICATE, arena_fmt(fe->a, "spec.ports[%zu]", i),
                                json_text(fe->a, port_shown(fe->a, port), JSON_COMPACT).p, "%s", "");
        int64_t n = value_int_or(node, 0);
        if (n && (n < 30000 || n > 32767))
            field_error_add(
                fe, FIELD_INVALID, arena_fmt(fe->a, "spec.ports[%zu].nodePort", i), node,
                "provided port is not in the valid range. The range of valid ports is 30000-32767");
    }
}

void service_validate(const struct value *tree, struct field_errors *fe) {
    const struct value *spec = value_get(tree, "spec"), *ports = value_get(spec, "ports");
    const char *type = value_text(value_get(spec, "type"), ""),
               *ip = value_text(value_get(spec, "clusterIP"), "");
    bool external_name = text_eq(type, "ExternalName"), headless = text_eq(ip, "None");
    if (!value_len(ports) && !external_name && !headless)
        field_error_add(fe, FIELD_REQUIRED, "spec.ports", NULL, "%s", "");
    if (headless && (text_eq(type, "NodePort") || text_eq(type, "LoadBalancer")))
        field_error_add(fe, FIELD_INVALID, "spec.clusterIPs[0]", value_get(spec, "clusterIP"),
                        "may not be set to 'None' for %s services", type);
    const struct value *name = value_get(spec, "externalName");
    const char *why = text_empty(value_text(name, "")) ? NULL : name_dns_subdomain(fe->a, name->s);
    if (external_name && text_empty(value_text(name, "")))
        field_error_add(fe, FIELD_REQUIRED, "spec.externalName", NULL, "%s", "");
    else if (external_name && why)
        field_error_add(fe, FIELD_INVALID, "spec.externalName", name, "%s", why);
    ports_validate(ports, fe);
}

/* ---- data ---- */

static size_t keys_validate(const struct value *data, const char *field, struct field_errors *fe) {
    size_t total = 0;
    for (size_t i = 0; value_is(data, VALUE_MAP) && i < data->map.n; i++) {
        const struct value_pair *p = &data->map.pairs[i];
        const char *why = name_config_key(fe->a, p->key);
        if (why)
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "%s[%s]", field, p->key.p),
                            value_string_n(fe->a, p->key), "%s", why);
        total += value_is(p->value, VALUE_STRING) ? p->value->s.n : 0;
    }
    return total;
}

void configmap_validate(const struct value *tree, struct field_errors *fe) {
    const struct value *data = value_get(tree, "data"), *binary = value_get(tree, "binaryData");
    size_t total = keys_validate(data, "data", fe) + keys_validate(binary, "binaryData", fe) * 3 / 4;
    for (size_t i = 0; i < value_len(binary); i++)
        if (value_get_n(data, binary->map.pairs[i].key))
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "data[%s]", binary->map.pairs[i].key.p),
                            value_string_n(fe->a, binary->map.pairs[i].key),
                            "duplicate of key present in binaryData");
    if (total > DATA_MAX_BYTES)
        field_error_add_raw(fe, FIELD_TOO_LONG, "[]", NULL, "may not be more than %d bytes", DATA_MAX_BYTES);
}

static const struct {
    const char *type, *key;
} secret_keys[] = {
    { "kubernetes.io/dockercfg", ".dockercfg" },
    { "kubernetes.io/dockerconfigjson", ".dockerconfigjson" },
    { "kubernetes.io/ssh-auth", "ssh-privatekey" },
    { "kubernetes.io/tls", "tls.crt" },
    { "kubernetes.io/tls", "tls.key" },
};

static void docker_config_check(const struct value *data, const char *key, struct field_errors *fe) {
    struct err err = { .a = fe->a };
    struct str bytes;
    struct value *v;
    const struct value *text = value_get(data, key);
    if (!text_ends(key, "cfg") && !text_ends(key, "configjson"))
        return;
    if (!value_is(text, VALUE_STRING) || !base64_decode(fe->a, text->s, &bytes) ||
        json_read(fe->a, bytes, &v, &err))
        return;
    field_error_add_raw(fe, FIELD_INVALID, arena_fmt(fe->a, "data[%s]", key),
                        "\"<secret contents redacted>\"", "%s", err.msg);
}

void secret_validate(const struct value *tree, struct field_errors *fe) {
    const struct value *data = value_get(tree, "data");
    const char *type = value_text(value_get(tree, "type"), "");
    size_t total = keys_validate(data, "data", fe) * 3 / 4;
    if (total > DATA_MAX_BYTES)
        field_error_add_raw(fe, FIELD_TOO_LONG, "data", NULL, "may not be more than %d bytes",
                            DATA_MAX_BYTES);
    for (size_t i = 0; i < countof(secret_keys); i++) {
        if (!text_eq(secret_keys[i].type, type))
            continue;
        if (!value_get(data, secret_keys[i].key))
            field_error_add(fe, FIELD_REQUIRED, arena_fmt(fe->a, "data[%s]", secret_keys[i].key), NULL, "%s",
                            "");
        else
            docker_config_check(data, secret_keys[i].key, fe);
    }
    bool basic = text_eq(type, "kubernetes.io/basic-auth");
    if (basic && !value_get(data, "username") && !value_get(data, "password")) {
        field_error_add(fe, FIELD_REQUIRED, "data[username]", NULL, "%s", "");
        field_error_add(fe, FIELD_REQUIRED, "data[password]", NULL, "%s", "");
    }
    if (text_eq(type, "kubernetes.io/service-account-token") &&
        !value_at(tree, "metadata", "annotations", "kubernetes.io/service-account.name", NULL))
        field_error_add(fe, FIELD_REQUIRED, "metadata.annotations[kubernetes.io/service-account.name]", NULL,
                        "%s", "");
}

/* ---- rbac ---- */

void role_validate(const struct value *tree, struct field_errors *fe) {
    const struct value *rules = value_get(tree, "rules");
    bool namespaced = text_eq(value_text(value_get(tree, "kind"), ""), "Role");
    for (size_t i = 0; i < value_len(rules); i++) {
        const struct value *rule = value_item(rules, i), *paths = value_get(rule, "nonResourceURLs");
        const char *at = arena_fmt(fe->a, "rules[%zu]", i);
        if (!value_len(value_get(rule, "verbs")))
            field_error_add(fe, FIELD_REQUIRED, arena_fmt(fe->a, "%s.verbs", at), NULL,
                            "verbs must contain at least one value");
        if (value_len(paths) && namespaced)
            field_error_add(fe, FIELD_INVALID, arena_fmt(fe->a, "%s.nonResourceURLs", at), paths,
                            "namespaced rules cannot apply to non-resource URLs");
        if (value_len(paths))
            continue;
        if (!value_len(value_get(rule, "apiGroups")))
            field_error_add(fe, FIELD_REQUIRED, arena_fmt(fe->a, "%s.apiGroups", at), NULL,
                            "resource rules must supply at least one api group");
        if (!value_len(value_get(rule, "resources")))
            field_error_add(fe, FIELD_REQUIRED, arena_fmt(fe->a, "%s.resources", at), NULL,
                            "resource rules must supply at least one resource");
    }
}

static void subject_validate(const struct value *s, const char *at, struct field_errors *fe) {
    static const struct rule rules[] = { { "name", CHECK_REQUIRED },
                                         { "kind", CHECK_ONE_OF, "ServiceAccount|User|Group" },
                                         { 0 } };
    rows_check(rules, s, at, fe);
    bool account = text_eq(value_text(value_get(s, "kind"), ""), "ServiceAccount");
    if (account && text_empty(value_text(value_get(s, "namespace"), "")))
        field_error_add(fe, FIELD_REQUIRED, arena_fmt(fe->a, "%s.namespace", at), NULL, "%s", "");
}

void binding_validate(const struct value *tree, struct field_errors *fe) {
    static const struct rule role[] = { { "roleRef.kind", CHECK_ONE_OF, "Role|ClusterRole" },
                                        { "roleRef.name", CHECK_REQUIRED },
                                        { 0 } };
    static const struct rule cluster[] = { { "roleRef.kind", CHECK_ONE_OF, "ClusterRole" },
                                           { "roleRef.name", CHECK_REQUIRED },
                                           { 0 } };
    bool namespaced = text_eq(value_text(value_get(tree, "kind"), ""), "RoleBinding");
    rows_check(namespaced ? role : cluster, tree, "", fe);
    if (text_empty(value_text(value_at(tree, "roleRef", "kind", NULL), "")))
        field_error_add(fe, FIELD_NOT_SUPPORTED, "roleRef.kind", value_string(fe->a, ""),
                        "supported values: %s", namespaced ? "\"Role\", \"ClusterRole\"" : "\"ClusterRole\"");
    const struct value *subjects = value_get(tree, "subjects");
    for (size_t i = 0; i < value_len(subjects); i++)
        subject_validate(value_item(subjects, i), arena_fmt(fe->a, "subjects[%zu]", i), fe);
}

/* ---- others ---- */

void claim_validate(const struct value *tree, struct field_errors *fe) {
    if (!value_at(tree, "spec", "resources", "requests", "storage", NULL))
        field_error_add(fe, FIELD_REQUIRED, "spec.resources[storage]", NULL, "%s", "");
}

void budget_validate(const struct value *tree, struct field_errors *fe) {
    const struct value *spec = value_get(tree, "spec");
    if (value_get(spec, "minAvailable") && value_get(spec, "maxUnavailable"))
        field_error_add(fe, FIELD_INVALID, "spec", spec,
                        "minAvailable and maxUnavailable cannot be both set");
    selector_validate(value_get(spec, "selector"), "spec.selector", fe);
}
