// SPDX-License-Identifier: Apache-2.0
// Objects, selectors, order, inventory.
#include "tests/unit/check.h"

#include "common/kube/apply.h"
#include "common/kube/discovery.h"
#include "common/kube/lease.h"
#include "common/value/json.h"

static struct value *parse(struct arena *a, const char *json) {
    struct err err = { .a = a };
    struct value *v;
    if (!json_read(a, str_of(json), &v, &err))
        fail_msg("%s: %s", json, err.msg);
    return v;
}

static void test_selectors(void **state) {
    (void)state;
    static const struct {
        const char *selector, *labels;
        int matches; // -1: does not parse
    } rows[] = {
        { "", "{}", 1 },
        { "a=b", "{\"a\":\"b\"}", 1 },
        { "a==b", "{\"a\":\"b\"}", 1 },
        { "a=b", "{\"a\":\"c\"}", 0 },
        { "a=b,c=d", "{\"a\":\"b\"}", 0 },
        { "a = b , c!=d", "{\"a\":\"b\",\"c\":\"x\"}", 1 },
        { "a!=b", "{}", 1 },
        { "a", "{\"a\":\"\"}", 1 },
        { "!a", "{\"a\":\"\"}", 0 },
        { "!sharding.fluxcd.io/key", "{}", 1 },
        { "a in (x, y)", "{\"a\":\"y\"}", 1 },
        { "a in (x)", "{}", 0 },
        { "a notin (x,y),b", "{\"a\":\"z\",\"b\":\"\"}", 1 },
        { "a notin (x)", "{}", 1 },
        { "a>3", "{\"a\":\"4\"}", 1 },
        { "a<3", "{\"a\":\"4\"}", 0 },
        { "a>3", "{\"a\":\"four\"}", 0 },
        { "a=", "{\"a\":\"\"}", 1 },
        { "a in x", "{}", -1 },
        { "a in (x", "{}", -1 },
        { "=b", "{}", -1 },
        { "a b", "{}", -1 },
        { "a>x", "{}", -1 },
        { "(", "{}", -1 },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct selector *s;
        int got = selector_parse(&a, rows[i].selector, &s, &err)
                      ? selector_matches(s, parse(&a, rows[i].labels))
                      : -1;
        check_row(rows[i].selector, got == rows[i].matches, "got %d, want %d", got, rows[i].matches);
    }
    check_done();
}

static void test_selector_text(void **state) {
    (void)state;
    static const struct {
        const char *object, *want;
    } rows[] = {
        { "{\"matchLabels\":{\"a\":\"b\",\"c\":\"d\"}}", "a=b,c=d" },
        { "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[\"x\",\"y\"]},"
          "{\"key\":\"b\",\"operator\":\"DoesNotExist\"}]}",
          "a in (x,y),!b" },
        { "{}", "" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        const char *got = selector_text(&a, parse(&a, rows[i].object));
        check_row(rows[i].object, text_eq(got, rows[i].want), "got %s", got);
    }
    assert_null(selector_text(NULL, NULL));
    check_done();
}

static void test_inventory_ids(void **state) {
    (void)state;
    static const struct {
        const char *group, *kind, *ns, *name, *id;
    } rows[] = {
        { "", "ConfigMap", "default", "cm", "default_cm__ConfigMap" },
        { "", "Namespace", "", "ns1", "_ns1__Namespace" },
        { "apps", "Deployment", "a", "b", "a_b_apps_Deployment" },
        { "rbac.authorization.k8s.io", "ClusterRole", "", "system:node",
          "_system__node_rbac.authorization.k8s.io_ClusterRole" },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct kube_gvk gvk = { rows[i].group, "v1", rows[i].kind };
        const char *id = inventory_id(&a, &gvk, rows[i].ns, rows[i].name);
        struct delete_item item = { 0 };
        check_row(rows[i].id, text_eq(id, rows[i].id), "got %s", id);
        bool ok = inventory_parse(&a, rows[i].id, "v1", &item);
        check_row(rows[i].id,
                  ok && text_eq(item.ns, rows[i].ns) && text_eq(item.name, rows[i].name) &&
                      text_eq(item.gvk.group, rows[i].group) && text_eq(item.gvk.kind, rows[i].kind),
                  "parsed as %s / %s / %s / %s", item.ns, item.name, item.gvk.group, item.gvk.kind);
    }
    static const char *const bad[] = { "", "_", "__", "a", "a_b", "a_b_c", "_____" };
    for (size_t i = 0; i < 3; i++) {
        autoarena a = { 0 };
        struct delete_item item;
        check_row(bad[i], !inventory_parse(&a, bad[i], "v1", &item), "accepted");
    }
    check_done();
}

static void test_inventory_diff(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *before =
        parse(&a, "{\"entries\":[{\"id\":\"x_d_apps_Deployment\",\"v\":\"v1\"},{\"id\":\"x_c__ConfigMap\","
                  "\"v\":\"v1\"},"
                  "{\"id\":\"_x__Namespace\",\"v\":\"v1\"},{\"id\":\"broken\",\"v\":\"v1\"}]}");
    struct value *after = parse(&a, "{\"entries\":[{\"id\":\"x_d_apps_Deployment\",\"v\":\"v2\"}]}");
    struct delete_item *items;
    size_t n = inventory_diff(&a, before, after, &items);
    assert_int_equal(n, 2); // another version is no difference, and what is no id is left out
    assert_string_equal(items[0].gvk.kind, "Namespace");
    assert_string_equal(items[1].gvk.kind, "ConfigMap");
    assert_int_equal(inventory_diff(&a, NULL, after, &items), 0);
    inventory_add(&a, after, &(struct delete_item) { { "", "v1", "ConfigMap" }, "x", "c" });
    inventory_add(&a, after, &(struct delete_item) { { "", "v1", "ConfigMap" }, "x", "c" });
    assert_int_equal(value_len(value_get(after, "entries")), 2);
}

static void test_order(void **state) {
    (void)state;
    autoarena a = { 0 };
    static const char *const sorted[] = {
        "apiextensions.k8s.io/v1 CustomResourceDefinition - z",
        "v1 Namespace - a",
        "storage.k8s.io/v1 StorageClass - s",
        "v1 ServiceAccount a a",
        "v1 ConfigMap a a",
        "v1 ConfigMap a b",
        "v1 ConfigMap b a",
        "v1 Secret a a",
        "apps/v1 Deployment a a",
        "v1 Pod a a",
        "batch/v1 Job a a",
        "example.com/v1 Widget a a",
        "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration - a",
    };
    struct value *list = value_list(&a);
    for (size_t i = countof(sorted); i-- > 0;) {
        char api[64], kind[64], ns[16], name[16];
        assert_int_equal(sscanf(sorted[i], "%63s %63s %15s %15s", api, kind, ns, name), 4);
        value_append(&a, list,
                     parse(&a, arena_fmt(&a,
                                         "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%"
                                         "s\",\"namespace\":\"%s\"}}",
                                         api, kind, name, *ns == '-' ? "" : ns)));
    }
    apply_sort(list);
    for (size_t i = 0; i < countof(sorted); i++) {
        const struct value *o = value_item(list, i);
        const char *got = arena_fmt(&a, "%s %s %s %s", object_api_version(o), object_kind(o),
                                    *object_ns(o) ? object_ns(o) : "-", object_name(o));
        check_row(sorted[i], text_eq(got, sorted[i]), "got %s", got);
    }
    check_done();
}

static void test_marks(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *o =
        parse(&a, "{\"kind\":\"X\",\"metadata\":{\"name\":\"n\",\"labels\":{\"l\":\"Disabled\"},"
                  "\"annotations\":{\"n\":\"MERGE\",\"odd\":7}}}");
    assert_true(object_mark_is(o, "l", "disabled"));
    assert_true(object_mark_is(o, "n", "Merge"));
    assert_false(object_mark_is(o, "odd", "7"));
    assert_false(object_mark_is(o, "absent", ""));
    assert_false(object_mark_is(NULL, "l", "disabled"));
    assert_string_equal(object_subject(&a, o), "X/n");
    assert_true(object_add_finalizer(&a, o, "f"));
    assert_false(object_add_finalizer(&a, o, "f"));
    assert_true(object_remove_finalizer(o, "f"));
    assert_false(object_remove_finalizer(o, "f"));
    assert_null(value_at(o, "metadata", "finalizers", NULL));
}

static void test_paths(void **state) {
    (void)state;
    static const struct kube_resource deployments = { "apps", "v1", "Deployment", "deployments", true };
    static const struct kube_resource pods = { "", "v1", "Pod", "pods", true };
    static const struct kube_resource nodes = { "", "v1", "Node", "nodes", false };
    static const struct {
        struct kube_request req;
        const char *want; // NULL: refused
    } rows[] = {
        { { .verb = KUBE_GET, .resource = &pods, .ns = "a", .name = "b" }, "/api/v1/namespaces/a/pods/b" },
        { { .verb = KUBE_GET, .resource = &nodes, .ns = "a", .name = "b" }, "/api/v1/nodes/b" },
        { { .verb = KUBE_LIST, .resource = &pods, .label_selector = "a=b,c in (d)", .limit = 5 },
          "/api/v1/pods?labelSelector=a%3Db%2Cc+in+%28d%29&limit=5" },
        { { .verb = KUBE_PATCH,
            .resource = &deployments,
            .ns = "a",
            .name = "b",
            .patch = KUBE_PATCH_APPLY,
            .force = true,
            .dry_run = true,
            .field_manager = "me" },
          "/apis/apps/v1/namespaces/a/deployments/b?fieldManager=me&force=true&dryRun=All" },
        { { .verb = KUBE_PATCH,
            .resource = &deployments,
            .ns = "a",
            .name = "b",
            .subresource = "status",
            .force = true },
          "/apis/apps/v1/namespaces/a/deployments/b/status" },
        { { .verb = KUBE_CREATE, .resource = &pods, .ns = "a" }, "/api/v1/namespaces/a/pods" },
        { { .verb = KUBE_CREATE, .resource = &pods, .ns = "a", .name = "b", .subresource = "eviction" },
          "/api/v1/namespaces/a/pods/b/eviction" },
        { { .verb = KUBE_GET, .resource = &pods, .ns = "a", .name = "../x/y" },
          "/api/v1/namespaces/a/pods/..%2Fx%2Fy" },
        { { .verb = KUBE_GET, .path = "/version" }, "/version" },
        { { .verb = KUBE_GET, .resource = &pods, .ns = "a", .name = ".." }, NULL },
        { { .verb = KUBE_GET, .resource = &pods, .ns = "a" }, NULL },
        { { .verb = KUBE_DELETE, .resource = &pods, .name = "a" }, NULL },
        { { .verb = KUBE_CREATE, .resource = &pods }, NULL },
    };
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        char *got = NULL;
        bool ok = kube_request_path(&a, &rows[i].req, &got, &err);
        check_row(rows[i].want ? rows[i].want : "refused",
                  ok == (rows[i].want != NULL) && (!ok || text_eq(got, rows[i].want)), "row %zu: got %s", i,
                  ok ? got : err.msg);
    }
    check_done();
}

static void test_lease_name(void **state) {
    (void)state;
    autoarena a = { 0 };
    assert_string_equal(lease_name(&a, "foo", NULL), "foo-leader-election");
    assert_string_equal(lease_name(&a, "foo", "bar"),
                        "foo-leader-election-fcde2b2e"); // upstream's own vector
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selectors),     cmocka_unit_test(test_selector_text),
        cmocka_unit_test(test_inventory_ids), cmocka_unit_test(test_inventory_diff),
        cmocka_unit_test(test_order),         cmocka_unit_test(test_marks),
        cmocka_unit_test(test_paths),         cmocka_unit_test(test_lease_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
