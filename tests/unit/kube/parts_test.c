// SPDX-License-Identifier: Apache-2.0
// The pure parts of apply: normalisation, field managers, drift, ignored paths, undeclared fields.
#include "tests/unit/check.h"

#include "common/kube/apply.h"
#include "common/value/json.h"

static struct value *parse(struct arena *a, const char *text) {
    char *json = arena_strdup(a, text);
    for (char *p = json; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    struct err err = { .a = a };
    struct value *v;
    if (!json_read(a, str_of(json), &v, &err))
        fail_msg("%s: %s", json, err.msg);
    return v;
}

static const char *print(struct arena *a, const struct value *v) {
    char *json = (char *)json_text(a, v, JSON_SORT_KEYS).p;
    for (char *p = json; *p; p++)
        *p = *p == '"' ? '\'' : *p;
    return json;
}

static void test_normalize(void **state) {
    (void)state;
    static const struct {
        const char *what, *in, *want; // want: keys sorted
    } rows[] = {
        { "service ports",
          "{'apiVersion':'v1','kind':'Service','spec':{'ports':[{'port':1},{'port':2,'protocol':'UDP'},7]}}",
          "{'apiVersion':'v1','kind':'Service','spec':{'ports':[{'port':1,'protocol':'TCP'},{'port':2,'"
          "protocol':'UDP'},7]}}" },
        { "container ports, not those of init containers",
          "{'apiVersion':'apps/"
          "v1','kind':'Deployment','spec':{'template':{'spec':{'containers':[{'ports':[{'containerPort':1}]}]"
          ","
          "'initContainers':[{'ports':[{'containerPort':1}]}]}}}}",
          "{'apiVersion':'apps/"
          "v1','kind':'Deployment','spec':{'template':{'spec':{'containers':[{'ports':[{'containerPort':1,'"
          "protocol':'TCP'}]}],"
          "'initContainers':[{'ports':[{'containerPort':1}]}]}}}}" },
        { "cron job",
          "{'apiVersion':'batch/"
          "v1','kind':'CronJob','spec':{'jobTemplate':{'spec':{'template':{'spec':{'containers':[{'ports':[{}"
          "]}]}}}}}}",
          "{'apiVersion':'batch/"
          "v1','kind':'CronJob','spec':{'jobTemplate':{'spec':{'template':{'spec':{'containers':[{'ports':[{'"
          "protocol':'TCP'}]}]}}}}}}" },
        { "stringData",
          "{'apiVersion':'v1','kind':'Secret','data':{'a':'YQ==','b':'Yg=='},'stringData':{'b':'new','c':''}"
          "}",
          "{'apiVersion':'v1','data':{'a':'YQ==','b':'bmV3','c':''},'kind':'Secret'}" },
        { "base64 in lines", "{'apiVersion':'v1','kind':'Secret','data':{'a':'YW\\nJj\\n'}}",
          "{'apiVersion':'v1','data':{'a':'YWJj'},'kind':'Secret'}" },
        { "data that does not convert stays",
          "{'apiVersion':'v1','kind':'Secret','data':{'a':'%'},'stringData':{'b':'x'}}",
          "{'apiVersion':'v1','data':{'a':'%'},'kind':'Secret','stringData':{'b':'x'}}" },
        { "empty data", "{'apiVersion':'v1','kind':'Secret','data':{},'stringData':null}",
          "{'apiVersion':'v1','kind':'Secret'}" },
        { "status, creationTimestamp",
          "{'apiVersion':'a/v1','kind':'X','metadata':{'creationTimestamp':'t','name':'n'},'status':{'a':1}}",
          "{'apiVersion':'a/v1','kind':'X','metadata':{'name':'n'}}" },
        { "a CRD keeps its status",
          "{'apiVersion':'apiextensions.k8s.io/v1','kind':'CustomResourceDefinition','status':{}}",
          "{'apiVersion':'apiextensions.k8s.io/v1','kind':'CustomResourceDefinition','status':{}}" },
        { "caBundle",
          "{'apiVersion':'apiextensions.k8s.io/"
          "v1','kind':'CustomResourceDefinition','spec':{'conversion':{'webhook':{'clientConfig':"
          "{'caBundle':'Cg=='}}}}}",
          "{'apiVersion':'apiextensions.k8s.io/"
          "v1','kind':'CustomResourceDefinition','spec':{'conversion':{'webhook':{'clientConfig':{}}}}}" },
        { "a role is left alone", "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'Role','status':1}",
          "{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'Role','status':1}" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct value *list = value_list(&a), *o = parse(&a, rows[i].in);
        value_append(&a, list, o);
        bool ok = apply_normalize(&a, list, &err);
        check_row(rows[i].what, ok && text_eq(print(&a, o), rows[i].want), "got %s",
                  ok ? print(&a, o) : err.msg);
    }
    check_done();
}

static void test_encrypted(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *list = parse(
        &a,
        "[{'apiVersion':'v1','kind':'Secret','metadata':{'name':'s','namespace':'n'},'sops':{'mac':'x'}}]");
    assert_false(apply_normalize(&a, list, &err));
    assert_string_equal(
        err.msg,
        "Secret/n/s is SOPS encrypted, configuring decryption is required for this secret to be reconciled");
    err_clear(&err);
    object_set_annotation(&a, value_item(list, 0), "kustomize.toolkit.fluxcd.io/decrypt", "Disabled");
    assert_true(apply_normalize(&a, list, &err));
}

static void test_flatten(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *out;
    struct value *in = parse(
        &a, "[{'apiVersion':'v1','kind':'List','items':[{'kind':'A'},{'kind':'B'}]},"
            "{'apiVersion':'kustomize.config.k8s.io/v1beta1','kind':'Kustomization','metadata':{'name':'x'}},"
            "{'apiVersion':'v1','kind':'C','metadata':{'name':'c'}}]");
    assert_true(apply_flatten(&a, in, &out, &err));
    assert_string_equal(print(&a, out),
                        "[{'kind':'A'},{'kind':'B'},{'apiVersion':'v1','kind':'C','metadata':{'name':'c'}}]");
    assert_false(apply_flatten(&a, parse(&a, "[{'kind':'List','items':[7]}]"), &out, &err));
}

static const struct apply_options options = { .manager = "kustomize-controller",
                                              .group = "kustomize.toolkit.fluxcd.io",
                                              .override_managers = (const char *const[]) { "argo", NULL } };

#define ENTRY(manager, operation, fields)                                                                    \
    "{'manager':'" manager "','operation':'" operation "','fieldsV1':" fields "}"
#define OBJECT(entries) "{'metadata':{'managedFields':[" entries "]}}"
#define REPLACE(entries) "[{'op':'replace','path':'/metadata/managedFields','value':[" entries "]}]"
#define SORTED(manager, operation, fields)                                                                   \
    "{'fieldsV1':" fields ",'manager':'" manager "','operation':'" operation "'}"
#define OURS(fields) ENTRY("kustomize-controller", "Apply", fields)

static void test_managers(void **state) {
    (void)state;
    static const struct {
        const char *what, *live, *want; // NULL: no patch
    } rows[] = {
        { "nobody else", OBJECT(OURS("{'f:a':{}}")), NULL },
        { "a controller's fields stay its own", OBJECT(ENTRY("k3s", "Update", "{'f:a':{}}") "," OURS("{}")),
          NULL },
        { "kubectl is renamed when we have none", OBJECT(ENTRY("kubectl-edit", "Update", "{'f:a':{}}")),
          REPLACE(SORTED("kustomize-controller", "Apply", "{'f:a':{}}")) },
        { "kubectl's fields become ours, at the end",
          OBJECT(OURS("{'f:spec':{'.':{},'f:a':{}}}") "," ENTRY(
              "kubectl-client-side-apply", "Update",
              "{'f:spec':{'f:b':{'f:c':{}}}}") "," ENTRY("k3s", "Update", "{'f:z':{}}")),
          REPLACE(SORTED("k3s", "Update", "{'f:z':{}}") "," SORTED(
              "kustomize-controller", "Apply", "{'f:spec':{'.':{},'f:a':{},'f:b':{'f:c':{}}}}")) },
        { "a path that is a leaf here and a branch there",
          OBJECT(OURS("{'f:a':{}}") "," ENTRY("kubectl", "Apply", "{'f:a':{'f:b':{}}}")),
          REPLACE(SORTED("kustomize-controller", "Apply", "{'f:a':{'.':{},'f:b':{}}}")) },
        { "prefix of an override", OBJECT(ENTRY("argocd", "Apply", "{'f:a':{}}")),
          REPLACE(SORTED("kustomize-controller", "Apply", "{'f:a':{}}")) },
        { "a subresource is not touched",
          OBJECT("{'manager':'kubectl','operation':'Update','subresource':'status','fieldsV1':{}}"), NULL },
        { "before SSA",
          OBJECT(ENTRY("before-first-apply", "Update", "{'f:a':{}}") "," ENTRY("kustomize-controller",
                                                                               "Update", "{'f:b':{}}")),
          REPLACE(SORTED("kustomize-controller", "Apply", "{'f:a':{},'f:b':{}}")) },
        { "annotations and labels",
          "{'metadata':{'annotations':{'kubectl.kubernetes.io/"
          "last-applied-configuration':'x'},'labels':{'fluxcd.io/sync-gc-mark':'y'}}}",
          "[{'op':'remove','path':'/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration'},"
          "{'op':'remove','path':'/metadata/labels/fluxcd.io~1sync-gc-mark'}]" },
        { "no managedFields", "{'metadata':{}}", NULL },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct value *patch = apply_cleanup_patch(&a, parse(&a, rows[i].live), &options);
        const char *got = patch ? print(&a, patch) : "no patch";
        check_row(rows[i].what, text_eq(got, rows[i].want ? rows[i].want : "no patch"), "got %s", got);
    }
    check_done();
}

static void test_drift(void **state) {
    (void)state;
    static const struct {
        const char *what, *live, *dry_run;
        bool drifted;
    } rows[] = {
        { "new", "{}", "{'metadata':{}}", true },
        { "same", "{'metadata':{'resourceVersion':'1'},'spec':{'a':1}}",
          "{'metadata':{'resourceVersion':'1'},'spec':{'a':1}}", false },
        { "other metadata and status do not count",
          "{'metadata':{'resourceVersion':'1','managedFields':[1]},'status':1}",
          "{'metadata':{'resourceVersion':'2','generation':3},'status':2}", false },
        { "labels", "{'metadata':{'resourceVersion':'1','labels':{'a':'b'}}}",
          "{'metadata':{'resourceVersion':'1','labels':{'a':'c'}}}", true },
        { "no labels and none", "{'metadata':{'resourceVersion':'1','labels':{}}}",
          "{'metadata':{'resourceVersion':'1'}}", false },
        { "annotations", "{'metadata':{'resourceVersion':'1'}}",
          "{'metadata':{'resourceVersion':'1','annotations':{'a':'c'}}}", true },
        { "spec", "{'metadata':{'resourceVersion':'1'},'spec':{'a':1}}",
          "{'metadata':{'resourceVersion':'1'},'spec':{'a':2}}", true },
        { "a field that is gone", "{'metadata':{'resourceVersion':'1'},'data':{'a':'b'}}",
          "{'metadata':{'resourceVersion':'1'}}", true },
        { "autoscaler of an old server",
          "{'kind':'HorizontalPodAutoscaler','metadata':{'resourceVersion':'1'},'spec':{'metrics':[{'type':'"
          "A'}]}}",
          "{'kind':'HorizontalPodAutoscaler','metadata':{'resourceVersion':'1'},'spec':{'metrics':[{'type':'"
          "A'},{'type':'A'},{}]}}",
          false },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        bool drifted = !rows[i].drifted;
        assert_true(
            apply_drifted(&a, parse(&a, rows[i].live), parse(&a, rows[i].dry_run), &options, &drifted, &err));
        check_row(rows[i].what, drifted == rows[i].drifted, "got %d", drifted);
    }
    check_done();
}

static void test_ignore(void **state) {
    (void)state;
    static const struct {
        const char *what, *target, *path, *managed, *live_spec, *dry_spec, *want_payload;
        bool drifted;
    } rows[] = {
        { "adopt what nobody else applies", NULL, "/spec/replicas", "[]", "{'replicas':5}", "{'replicas':2}",
          "{'replicas':5}", false },
        { "strip what another applies", NULL, "/spec/replicas",
          "[" ENTRY("other", "Apply", "{'f:spec':{'f:replicas':{}}}") "]", "{'replicas':5}", "{'replicas':2}",
          "{}", false },
        { "an Update manager is no owner", NULL, "/spec/replicas",
          "[" ENTRY("other", "Update", "{'f:spec':{'f:replicas':{}}}") "]", "{'replicas':5}",
          "{'replicas':2}", "{'replicas':5}", false },
        { "another field drifts as well", NULL, "/spec/replicas", "[]", "{'replicas':5,'x':1}",
          "{'replicas':2,'x':2}", "{'replicas':5,'x':2}", true },
        { "not this kind", "{'kind':'Other'}", "/spec/replicas", "[]", "{'replicas':5}", "{'replicas':2}",
          "{'replicas':2}", true },
        { "by name", "{'kind':'X','name':'n'}", "/spec/replicas", "[]", "{'replicas':5}", "{'replicas':2}",
          "{'replicas':5}", false },
        { "by pattern", "{'kind':'X|Y','name':'n.*'}", "/spec/replicas", "[]", "{'replicas':5}",
          "{'replicas':2}", "{'replicas':5}", false },
        { "patterns are anchored", "{'name':'.'}", "/spec/replicas", "[]", "{'replicas':5}", "{'replicas':2}",
          "{'replicas':5}", false },
        { "a pattern that does not match", "{'group':'..+'}", "/spec/replicas", "[]", "{'replicas':5}",
          "{'replicas':2}", "{'replicas':2}", true },
        { "by label", "{'labelSelector':'app=a'}", "/spec/replicas", "[]", "{'replicas':5}", "{'replicas':2}",
          "{'replicas':5}", false },
        { "no such label", "{'labelSelector':'app=b'}", "/spec/replicas", "[]", "{'replicas':5}",
          "{'replicas':2}", "{'replicas':2}", true },
        { "list item by its key", NULL, "/spec/c/0/image",
          "[" ENTRY("other", "Apply", "{'f:spec':{'f:c':{'k:{\\'name\\':\\'a\\'}':{'f:image':{}}}}}") "]",
          "{'c':[{'name':'a','image':'1'}]}", "{'c':[{'name':'a','image':'2'}]}", "{'c':[{'name':'a'}]}",
          false },
        { "only in Git", NULL, "/spec/x", "[]", "{}", "{'x':1}", "{}", false },
        { "path that leads nowhere", NULL, "/spec/a/b/0/~1c", "[]", "{'r':1}", "{'r':1}", "{'r':1}", false },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        static const char object[] = "{'kind':'X','apiVersion':'g/"
                                     "v1','metadata':{'name':'n','resourceVersion':'1','labels':{'app':'a'},"
                                     "'managedFields':%s},'spec':%s}";
        struct value *live = parse(&a, arena_fmt(&a, object, rows[i].managed, rows[i].live_spec));
        struct value *dry = parse(&a, arena_fmt(&a, object, "[]", rows[i].dry_spec));
        struct value *payload = parse(&a, arena_fmt(&a, object, "[]", rows[i].dry_spec));
        struct ignore_rule rule = { .paths = (const char *const[]) { rows[i].path, NULL },
                                    .target = rows[i].target ? parse(&a, rows[i].target) : NULL };
        struct apply_options o = options;
        o.ignore = &rule;
        o.n_ignore = 1;
        bool drifted = false;
        assert_true(apply_drifted(&a, live, dry, &o, &drifted, &err));
        assert_true(apply_ignore(&a, live, dry, &o, payload, &err));
        const char *got = print(&a, value_get(payload, "spec"));
        check_row(rows[i].what, text_eq(got, rows[i].want_payload) && drifted == rows[i].drifted,
                  "payload %s, drifted %d", got, drifted);
    }
    check_done();
}

static void test_undeclared(void **state) {
    (void)state;
    static const struct {
        const char *what, *in, *message, *want;
        bool dropped;
    } rows[] = {
        { "one", "{'spec':{'a':1,'b':2}}",
          "failed to create typed patch object (n/x; /v1, Kind=Pod): .spec.a: field not declared in schema",
          "{'spec':{'b':2}}", true },
        { "two in lines", "{'spec':{'a':1,'b':2,'c':{'d':1}}}",
          "failed to create typed patch object (x; v1, Kind=Y): errors:\n  .spec.a: field not declared in "
          "schema\n  .spec.c.d: field not declared in schema",
          "{'spec':{'b':2,'c':{}}}", true },
        { "in a list", "{'spec':{'containers':[{'name':'a b','x':1},{'name':'c','x':2}]}}",
          "...: .spec.containers[name=\"a b\"].x: field not declared in schema",
          "{'spec':{'containers':[{'name':'a b'},{'name':'c','x':2}]}}", true },
        { "two keys", "{'p':[{'containerPort':80,'protocol':'TCP','x':1}]}",
          "x: .p[containerPort=80,protocol=\"TCP\"].x: field not declared in schema",
          "{'p':[{'containerPort':80,'protocol':'TCP'}]}", true },
        { "by index", "{'p':[{'x':1}]}", "x: .p[0].x: field not declared in schema", "{'p':[{}]}", true },
        { "key with dots", "{'m':{'a.b/c':{'x':1}}}", "x: .m.a.b/c.x: field not declared in schema",
          "{'m':{'a.b/c':{}}}", true },
        { "not there", "{'a':1}", "x: .b.c: field not declared in schema", "{'a':1}", false },
        { "the whole object", "{'a':1}", ": field not declared in schema", "{'a':1}", false },
        { "another message", "{'a':1}", ".a: is immutable", "{'a':1}", false },
        { "nonsense", "{'a':[1]}", "x: .a[[[: field not declared in schema .a[: field not declared in schema",
          "{'a':[1]}", false },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct value *v = parse(&a, rows[i].in);
        bool dropped = apply_drop_undeclared(&a, v, rows[i].message);
        check_row(rows[i].what, dropped == rows[i].dropped && text_eq(print(&a, v), rows[i].want),
                  "got %d %s", dropped, print(&a, v));
    }
    check_done();
}

static void test_redact(void **state) {
    (void)state;
    static const struct {
        const char *what, *object, *message, *want;
    } rows[] = {
        { "values",
          "{'apiVersion':'v1','kind':'Secret','type':'Opaque','data':{'p':'hunter2','q':'hunter2-long','r':'"
          "ab'}}",
          "hunter2-long Opaque hunter2, hunter and ab", "***** Opaque *****, hunter and ab" },
        { "the object in quotes", "{'apiVersion':'v1','kind':'Secret','data':{'p':'x'}}",
          "patch: Invalid value: \"{\\\"data\\\":{\\\"p\\\":\\\"x\\\"}}\": illegal base64 data at input byte "
          "7",
          "patch: Invalid value: *****: illegal base64 data at input byte 7" },
        { "a quotation without end", "{'apiVersion':'v1','kind':'Secret'}", "Invalid value: \"{a\\",
          "Invalid value: *****" },
        { "a value of another type", "{'apiVersion':'v1','kind':'Secret','data':[7]}",
          ".data: expected map, got &{[7 }]}\n", ".data: expected map, got *****\n" },
        { "names stay", "{'apiVersion':'v1','kind':'Secret','metadata':{'name':'hunter2'}}",
          "Secret \"hunter2\" is invalid: metadata.name: Invalid value: \"hunter2\"",
          "Secret \"hunter2\" is invalid: metadata.name: Invalid value: \"hunter2\"" },
        { "other kinds", "{'apiVersion':'v1','kind':'ConfigMap','data':{'p':'hunter2'}}", "hunter2",
          "hunter2" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        const char *got = object_redact(&a, parse(&a, rows[i].object), rows[i].message);
        check_row(rows[i].what, text_eq(got, rows[i].want), "got %s", got);
    }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normalize),  cmocka_unit_test(test_encrypted), cmocka_unit_test(test_flatten),
        cmocka_unit_test(test_managers),   cmocka_unit_test(test_drift),     cmocka_unit_test(test_ignore),
        cmocka_unit_test(test_undeclared), cmocka_unit_test(test_redact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
