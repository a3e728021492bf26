// SPDX-License-Identifier: Apache-2.0
// Built-in kinds: decoding as Go, defaults, protobuf bodies, statuses.
#include "tests/unit/check.h"

#include "common/value/json.h"
#include "deploy/local/sandbox/builtin.h"
#include "deploy/local/sandbox/protobuf.h"

static struct value *parse(struct arena *a, const char *json) {
    struct err err = { .a = a };
    struct value *v = NULL;
    if (!json_read(a, str_of(json), &v, &err))
        fail_msg("%s: %s", json, err.msg);
    return v;
}

static void test_decode(void **state) {
    (void)state;
    static const struct {
        const char *api, *kind, *in, *out, *unknown, *why;
    } rows[] = {
        { "v1", "ConfigMap", "{\"data\":{\"a\":\"b\"},\"immutable\":false}",
          "{\"data\":{\"a\":\"b\"},\"immutable\":false,\"metadata\":{}}", "", NULL },
        { "v1", "ConfigMap", "{\"data\":{},\"metadata\":{\"labels\":{},\"name\":\"x\",\"namespace\":\"\"}}",
          "{\"metadata\":{\"name\":\"x\"}}", "", NULL },
        { "v1", "ConfigMap", "{\"data\":null,\"dta\":1,\"metadata\":{\"title\":1}}", "{\"metadata\":{}}",
          "dta metadata.title", NULL },
        { "v1", "ConfigMap", "{\"data\":{\"a\":1}}", NULL, "",
          "json: cannot unmarshal number into Go struct field ConfigMap.data of type string" },
        { "v1", "ConfigMap", "{\"data\":[]}", NULL, "",
          "json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string" },
        { "v1", "ConfigMap", "{\"metadata\":\"x\"}", NULL, "",
          "json: cannot unmarshal string into Go struct field ConfigMap.metadata of type v1.ObjectMeta" },
        { "v1", "Secret", "{\"data\":{\"a\":\"YWJj\\n\"}}", "{\"data\":{\"a\":\"YWJj\"},\"metadata\":{}}", "",
          NULL },
        { "v1", "Secret", "{\"data\":{\"a\":\"YW!j\"}}", NULL, "", "illegal base64 data at input byte 2" },
        { "v1", "Namespace", "{}", "{\"metadata\":{},\"spec\":{},\"status\":{}}", "", NULL },
        { "v1", "Pod",
          "{\"spec\":{\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"cpu\":0.5,\"memory\":"
          "\"1024Mi\"}},\"tty\":false,\"prots\":[]}]}}",
          "{\"metadata\":{},\"spec\":{\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"cpu\":"
          "\"500m\",\"memory\":\"1Gi\"}}}]},\"status\":{}}",
          "spec.containers[0].prots", NULL },
        { "v1", "Pod",
          "{\"spec\":{\"containers\":[{\"name\":\"c\",\"ports\":[{\"containerPort\":\"80\"}]}]}}", NULL, "",
          "json: cannot unmarshal string into Go struct field "
          "ContainerPort.spec.containers.ports.containerPort of type int32" },
        { "v1", "Pod", // a quantity that Go always writes
          "{\"spec\":{\"containers\":[{\"env\":[{\"name\":\"A\",\"valueFrom\":{\"resourceFieldRef\":{"
          "\"resource\":\"limits.cpu\"}}}],\"name\":\"c\"}]}}",
          "{\"metadata\":{},\"spec\":{\"containers\":[{\"env\":[{\"name\":\"A\",\"valueFrom\":{"
          "\"resourceFieldRef\":{\"divisor\":\"0\",\"resource\":\"limits.cpu\"}}}],\"name\":\"c\","
          "\"resources\":{}}]},\"status\":{}}",
          "", NULL },
        { "v1", "Pod", "{\"spec\":{\"activeDeadlineSeconds\":1.5}}", NULL, "",
          "json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.activeDeadlineSeconds of type "
          "int64" },
        { "v1", "Pod", "{\"spec\":{\"overhead\":{\"cpu\":\"lots\"}}}", NULL, "",
          "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'" },
        { "apps/v1", "Deployment", "{\"spec\":{\"replicas\":99999999999}}", NULL, "",
          "json: cannot unmarshal number into Go struct field DeploymentSpec.spec.replicas of type int32" },
        { "rbac.authorization.k8s.io/v1", "Role", "{}", "{\"metadata\":{},\"rules\":null}", "", NULL },
    };
    struct registry *rg = registry_new();
    struct types *types = types_new();
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct paths unknown = { .a = &a };
        struct value *v = parse(&a, rows[i].in);
        const char *why = NULL, *list = "";
        bool ok =
            builtin_decode(types, &a, registry_find_api(rg, rows[i].api, rows[i].kind), v, &unknown, &why);
        for (size_t k = 0; k < unknown.n; k++)
            list = arena_fmt(&a, "%s%s%s", list, k ? " " : "", unknown.items[k]);
        const char *got = json_text(&a, v, JSON_COMPACT | JSON_SORT_KEYS).p;
        if (rows[i].why)
            check_row(rows[i].in, !ok && !strcmp(why, rows[i].why), "got %s, want %s", ok ? "no error" : why,
                      rows[i].why);
        else
            check_row(rows[i].in, ok && !strcmp(got, rows[i].out) && !strcmp(list, rows[i].unknown),
                      "got %s, unknown %s, why %s", got, list, ok ? "" : why);
    }
    types_free(types);
    registry_free(rg);
    check_done();
}

static const struct {
    const char *api, *kind, *in, *path, *want; // path: a dotted path, or "" for all
} default_rows[] = {
    { "apps/v1", "Deployment", "{\"spec\":{}}", "spec",
      "{\"progressDeadlineSeconds\":600,\"replicas\":1,\"revisionHistoryLimit\":10,\"strategy\":{"
      "\"rollingUpdate\":{\"maxSurge\":\"25%\",\"maxUnavailable\":\"25%\"},\"type\":\"RollingUpdate\"}"
      "}" },
    { "apps/v1", "Deployment", "{\"spec\":{\"strategy\":{\"type\":\"Recreate\"}}}", "spec.strategy",
      "{\"type\":\"Recreate\"}" },
    { "apps/v1", "DaemonSet", "{\"spec\":{}}", "spec.updateStrategy",
      "{\"rollingUpdate\":{\"maxSurge\":0,\"maxUnavailable\":1},\"type\":\"RollingUpdate\"}" },
    { "apps/v1", "StatefulSet", "{\"spec\":{}}", "spec.updateStrategy",
      "{\"rollingUpdate\":{\"partition\":0},\"type\":\"RollingUpdate\"}" },
    { "batch/v1", "Job",
      "{\"metadata\":{},\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}}}}}", "metadata",
      "{\"labels\":{\"a\":\"b\"}}" },
    { "batch/v1", "Job", "{\"spec\":{\"parallelism\":3}}", "spec.completions", NULL },
    { "batch/v1", "CronJob", "{\"spec\":{\"jobTemplate\":{\"spec\":{\"template\":{\"spec\":{}}}}}}",
      "spec.jobTemplate.spec.backoffLimit", NULL },
    { "batch/v1", "CronJob", "{\"spec\":{\"jobTemplate\":{\"spec\":{\"template\":{\"spec\":{}}}}}}",
      "spec.jobTemplate.spec.template.spec.dnsPolicy", "\"ClusterFirst\"" },
    { "v1", "Pod", "{\"spec\":{\"containers\":[{\"image\":\"a/b:1\"}]}}", "spec.containers.0.imagePullPolicy",
      "\"IfNotPresent\"" },
    { "v1", "Pod", "{\"spec\":{\"containers\":[{\"image\":\"reg:5000/b\"}]}}",
      "spec.containers.0.imagePullPolicy", "\"Always\"" },
    { "v1", "Pod", "{\"spec\":{\"containers\":[{\"image\":\"b@sha256:00\"}]}}",
      "spec.containers.0.imagePullPolicy", "\"IfNotPresent\"" },
    { "v1", "Pod", "{\"spec\":{\"volumes\":[{\"name\":\"a\"}]}}", "spec.volumes",
      "[{\"emptyDir\":{},\"name\":\"a\"}]" },
    { "v1", "Pod", "{\"spec\":{\"serviceAccountName\":\"x\"}}", "spec.serviceAccount", "\"x\"" },
    { "v1", "Pod", "{\"spec\":{\"containers\":[{\"resources\":{\"limits\":{\"cpu\":\"1\"}}}]}}",
      "spec.containers.0.resources.requests", "{\"cpu\":\"1\"}" },
    { "v1", "Service", "{\"spec\":{\"ports\":[{\"port\":80}]}}", "spec",
      "{\"internalTrafficPolicy\":\"Cluster\",\"ports\":[{\"port\":80,\"protocol\":\"TCP\","
      "\"targetPort\":80}],\"sessionAffinity\":\"None\",\"type\":\"ClusterIP\"}" },
    { "v1", "Service", "{\"spec\":{\"type\":\"LoadBalancer\"}}", "spec.externalTrafficPolicy",
      "\"Cluster\"" },
    { "v1", "Service", "{\"spec\":{\"sessionAffinity\":\"ClientIP\"}}", "spec.sessionAffinityConfig",
      "{\"clientIP\":{\"timeoutSeconds\":10800}}" },
    { "v1", "Namespace", "{\"metadata\":{\"name\":\"n\"}}", "metadata.labels",
      "{\"kubernetes.io/metadata.name\":\"n\"}" },
    { "networking.k8s.io/v1", "NetworkPolicy", "{\"spec\":{\"egress\":[{}]}}", "spec.policyTypes",
      "[\"Ingress\",\"Egress\"]" },
    { "rbac.authorization.k8s.io/v1", "RoleBinding", "{\"subjects\":[{\"kind\":\"User\",\"name\":\"u\"}]}",
      "subjects", "[{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"User\",\"name\":\"u\"}]" },
    { "autoscaling/v2", "HorizontalPodAutoscaler", "{\"spec\":{}}", "spec.minReplicas", "1" },
    { "v1", "Secret", "{\"stringData\":{\"a\":\"b\"}}", "",
      "{\"data\":{\"a\":\"Yg==\"},\"type\":\"Opaque\"}" },
};

static void test_defaults(void **state) {
    (void)state;
    struct registry *rg = registry_new();
    struct types *types = types_new();
    for (size_t i = 0; i < countof(default_rows); i++) {
        autoarena a = { 0 };
        struct value *v = parse(&a, default_rows[i].in);
        builtin_default(types, &a, registry_find_api(rg, default_rows[i].api, default_rows[i].kind), v);
        const struct value *at = v;
        struct str rest = str_of(default_rows[i].path), part;
        while (at && default_rows[i].path[0] && str_split(&rest, '.', &part))
            at = value_is(at, VALUE_LIST) ? value_item(at, 0) : value_get_n(at, part);
        const char *got = at ? json_text(&a, at, JSON_COMPACT | JSON_SORT_KEYS).p : NULL;
        check_row(default_rows[i].in,
                  got && default_rows[i].want ? !strcmp(got, default_rows[i].want)
                                              : got == default_rows[i].want,
                  "%s: got %s, want %s", default_rows[i].path, got ? got : "nothing",
                  default_rows[i].want ? default_rows[i].want : "nothing");
    }
    types_free(types);
    registry_free(rg);
    check_done();
}

#define BYTES(text)                                                                                          \
    { text, sizeof(text) - 1 }

static void test_protobuf(void **state) {
    (void)state;
    static const struct {
        const char *name;
        struct str body;
        const char *want; // JSON, or NULL
        int code;
    } rows[] = {
        { "namespace", BYTES("k8s\0\n\x0f\n\x02v1\x12\tNamespace\x12\x08\n\x02\n\x00\x12\x00\x1a\x00"),
          "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\"}", 0 },
        { "named",
          BYTES("k8s\0\n\x0f\n\x02v1\x12\tNamespace\x12\x07\n\x05\n\x03"
                "foo"),
          "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"foo\"}}", 0 },
        { "secret", BYTES("k8s\0\n\x0c\n\x02v1\x12\x06Secret\x12\x08\x12\x06\n\x01k\x12\x01v"),
          "{\"apiVersion\":\"v1\",\"data\":{\"k\":\"dg==\"},\"kind\":\"Secret\"}", 0 },
        { "no prefix", BYTES("{}"), NULL, 400 },
        { "cut", BYTES("k8s\0\n\x0f\n\x02v1"), NULL, 400 },
        { "length too large", BYTES("k8s\0\n\x0f\n\x02v1\x12\tNamespace\x12\xff\xff\xff\xff\x0f"), NULL,
          400 },
        { "other kind",
          BYTES("k8s\0\n\x15\n\x07"
                "apps/v1\x12\nDeployment\x12\x00"),
          NULL, 415 },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct status st = { .a = &a };
        struct value *v;
        bool ok = protobuf_decode(&a, rows[i].body, &v, &st);
        const char *got = ok ? json_text(&a, v, JSON_COMPACT | JSON_SORT_KEYS).p : st.message;
        check_row(rows[i].name,
                  st.code == rows[i].code && (!rows[i].want || (ok && !strcmp(got, rows[i].want))),
                  "got %d %s", st.code, got);
        if (rows[i].code == 415)
            check_row(rows[i].name, strstr(got, "use apply -f") && strstr(got, "apps/v1 Deployment"), "%s",
                      got);
    }
    check_done();
}

static void test_statuses(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct registry *rg = registry_new();
    const struct resource *deployments = registry_find(rg, "apps", "v1", "deployments"),
                          *pods = registry_find(rg, "", "v1", "pods");
    struct field_errors fe = { .a = &a };
    field_error_add(&fe, FIELD_REQUIRED, "spec.a", NULL, "%s", "");
    struct status one = { .a = &a }, two = { .a = &a }, missing = { .a = &a }, forbidden = { .a = &a },
                  conflict = { .a = &a };
    status_invalid(&one, deployments, "x", &fe);
    field_error_add(&fe, FIELD_INVALID, "spec.b", value_int(&a, 7), "must be %d", 8);
    field_error_add(&fe, FIELD_TOO_LONG, "spec.c", value_string(&a, "secret"),
                    "may not be more than 3 bytes");
    field_error_add(&fe, FIELD_REQUIRED, "spec.a", NULL, "%s", ""); // the same text counts once
    status_invalid(&two, pods, "y", &fe);
    status_not_found(&missing, deployments, "z");
    status_forbidden(&forbidden, pods, "", "no");
    status_conflict(&conflict, pods, "p", "because %d", 1);
    const struct {
        const struct status *st;
        const char *message;
    } rows[] = {
        { &one, "Deployment.apps \"x\" is invalid: spec.a: Required value" },
        { &two, "Pod \"y\" is invalid: [spec.a: Required value, spec.b: Invalid value: 7: must be 8, spec.c: "
                "Too long: may not be more than 3 bytes]" },
        { &missing, "deployments.apps \"z\" not found" },
        { &forbidden, "pods is forbidden: no" },
        { &conflict, "Operation cannot be fulfilled on pods \"p\": because 1" },
    };
    for (size_t i = 0; i < countof(rows); i++)
        check_row(rows[i].message, !strcmp(rows[i].st->message, rows[i].message), "got %s",
                  rows[i].st->message);
    const char *json = json_text(&a, status_value(&a, &one), JSON_COMPACT).p;
    check_row(
        "status",
        !strcmp(
            json,
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":"
            "\"Deployment.apps \\\"x\\\" is invalid: spec.a: "
            "Required "
            "value\",\"reason\":\"Invalid\",\"details\":{\"name\":\"x\",\"group\":\"apps\",\"kind\":"
            "\"Deployment\",\"causes\":[{\"reason\":"
            "\"FieldValueRequired\",\"message\":\"Required value\",\"field\":\"spec.a\"}]},\"code\":422}"),
        "got %s", json);
    registry_free(rg);
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_protobuf),
        cmocka_unit_test(test_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
