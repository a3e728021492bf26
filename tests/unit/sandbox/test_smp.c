// SPDX-License-Identifier: Apache-2.0
// Strategic merge patch: recorded cases of Kubernetes' own code, and a row for each directive.
#include "deploy/local/sandbox/smp.h"

#include "deploy/local/sandbox/types.h"
#include "tests/unit/sandbox/lines.h"

static const struct shape *shape_of(const char *group, const char *kind) {
    static struct types *types;
    static struct shapes *shapes;
    if (!types) {
        types = types_new();
        shapes = shapes_new(types);
    }
    return shapes_of_kind(shapes, group, "v1", kind);
}

static void check_line(struct arena *a, const char *row, struct value *line) {
    struct err err = { .a = a };
    struct value *got = NULL;
    const char *want_error = value_text(value_get(line, "error"), NULL);
    struct str before = json_text(a, value_get(line, "o"), JSON_COMPACT);
    bool good =
        smp_apply(a, shape_of("apps", "Deployment"), value_get(line, "o"), value_get(line, "p"), &got, &err);
    check_row(row, str_eq(before, json_text(a, value_get(line, "o"), JSON_COMPACT)),
              "the object was changed");
    if (!good || want_error)
        check_row(row, !good && want_error, "got %s, want %s", good ? "no error" : err.msg,
                  want_error ? want_error : "none");
    else
        check_row(row, value_equal(got, value_get(line, "want")), "got %s, want %s",
                  json_text(a, got, JSON_SORT_KEYS).p,
                  json_text(a, value_get(line, "want"), JSON_SORT_KEYS).p);
}

static void test_recorded(void **state) {
    (void)state;
    each_line(TEST_DATA "/smp.jsonl", check_line);
    check_done();
}

static const struct {
    const char *name, *target, *patch, *want; // of a pod's spec; want: JSON with sorted keys, or the error
} cases[] = {
    { "merge by key", "{'containers':[{'name':'a','image':'1'},{'name':'b'}]}",
      "{'containers':[{'name':'a','image':'2'}]}", "{'containers':[{'image':'2','name':'a'},{'name':'b'}]}" },
    { "new items come first", "{'containers':[{'name':'a'}]}", "{'containers':[{'name':'z'}]}",
      "{'containers':[{'name':'z'},{'name':'a'}]}" },
    { "null removes", "{'nodeName':'x','hostname':'h'}", "{'nodeName':null}", "{'hostname':'h'}" },
    { "atomic list", "{'tolerations':[{'key':'a'}]}", "{'tolerations':[{'key':'b'}]}",
      "{'tolerations':[{'key':'b'}]}" },
    { "delete", "{'containers':[{'name':'a'},{'name':'b'}]}",
      "{'containers':[{'name':'a','$patch':'delete'}]}", "{'containers':[{'name':'b'}]}" },
    { "replace a list", "{'containers':[{'name':'a'},{'name':'b'}]}",
      "{'containers':[{'name':'c'},{'$patch':'replace'}]}", "{'containers':[{'name':'c'}]}" },
    { "replace a map", "{'nodeSelector':{'a':'1','b':'2'}}", "{'nodeSelector':{'c':'3','$patch':'replace'}}",
      "{'nodeSelector':{'c':'3'}}" },
    { "delete a map", "{'nodeSelector':{'a':'1'}}", "{'nodeSelector':{'$patch':'delete'}}",
      "{'nodeSelector':{}}" },
    { "order", "{'containers':[{'name':'a'},{'name':'b'},{'name':'c'}]}",
      "{'$setElementOrder/containers':[{'name':'c'},{'name':'a'}]}",
      "{'containers':[{'name':'b'},{'name':'c'},{'name':'a'}]}" },
    { "retainKeys", "{'volumes':[{'name':'v','emptyDir':{}}]}",
      "{'volumes':[{'name':'v','$retainKeys':['name','secret'],'secret':{'secretName':'s'}}]}",
      "{'volumes':[{'name':'v','secret':{'secretName':'s'}}]}" },
    { "no key", "{'containers':[{'name':'a'}]}", "{'containers':[{'image':'2'}]}",
      "map: map[image:2] does not contain declared merge key: name" },
    { "unknown directive", "{'nodeSelector':{'a':'1'}}", "{'nodeSelector':{'$patch':'x'}}",
      "unknown patch type: x in map: map[$patch:x]" },
    { "wrong retainKeys", "{}", "{'$retainKeys':['a'],'hostname':'h'}",
      "invalid patch format of retainKeys" },
    { "wrong order list", "{}", "{'$setElementOrder':[]}", "invalid patch format of setElementOrder list" },
    { "wrong primitive list", "{}", "{'$deleteFromPrimitiveList':[]}",
      "invalid patch format of primitive list" },
    { "mixed list", "{'containers':[{'name':'a'}]}", "{'containers':['a']}",
      "list element types are not identical: [[map[name:a]] [a]]" },
};

static void test_directives(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct value *got = NULL, *target = value_map(&a), *patch = value_map(&a);
        value_set(&a, target, "spec", quoted_json(&a, cases[i].target));
        value_set(&a, patch, "spec", quoted_json(&a, cases[i].patch));
        bool good = smp_apply(&a, shape_of("", "Pod"), target, patch, &got, &err);
        char *text =
            arena_strdup(&a, good ? json_text(&a, value_get(got, "spec"), JSON_SORT_KEYS).p : err.msg);
        for (char *p = text; *p; p++)
            *p = *p == '"' ? '\'' : *p;
        check_row(cases[i].name, text_eq(text, cases[i].want), "got %s, want %s", text, cases[i].want);
    }
    check_done();
}

static void test_primitive_lists(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *got = NULL;
    bool good = smp_apply(&a, shape_of("", "Pod"), quoted_json(&a, "{'metadata':{'finalizers':['a','b']}}"),
                          quoted_json(&a, "{'metadata':{'$deleteFromPrimitiveList/finalizers':['a'],"
                                          "'$setElementOrder/finalizers':['c','b'],'finalizers':['c']}}"),
                          &got, &err);
    const char *text = good ? json_text(&a, got, 0).p : err.msg;
    check_row("finalizers", text_eq(text, "{\"metadata\":{\"finalizers\":[\"c\",\"b\"]}}"), "got %s", text);
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_recorded), cmocka_unit_test(test_directives),
                                        cmocka_unit_test(test_primitive_lists) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
