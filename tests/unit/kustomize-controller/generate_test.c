// SPDX-License-Identifier: Apache-2.0
// The kustomization file that the engine gets: found, generated, overridden (contract/kustomization.md 4).
#include "tests/unit/check.h"

#include "common/fileset/fileset.h"
#include "common/value/json.h"
#include "kustomize-controller/kustomization.h"

#define MANIFEST "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"
#define GENERATED "'apiVersion':'kustomize.config.k8s.io/v1beta1','kind':'Kustomization'"

struct file {
    const char *path, *text;
};

static const struct {
    const char *what;
    struct file files[8];
    const char *dir;
    struct ks_spec spec;
    const char *images, *patches; // JSON
    const char *want;             // JSON with sorted keys and ' for ", or the error
    bool has_file;
} rows[] = {
    { "plain manifests",
      { { "b.yaml", MANIFEST }, { "a.yml", MANIFEST }, { "c.json", "{}" }, { "D.YAML", "x" } },
      ".",
      .want = "{" GENERATED ",'resources':['./a.yml','./b.yaml']}" },
    { "deep, dot directories too",
      { { "x/y/z.yaml", MANIFEST }, { ".h/a.yaml", MANIFEST }, { "x.yaml", MANIFEST } },
      ".",
      .want = "{" GENERATED ",'resources':['./.h/a.yaml','./x/y/z.yaml','./x.yaml']}" },
    { "a directory with a kustomization is one resource",
      { { "app/kustomization.yml", "resources: [a.yaml]" },
        { "app/a.yaml", "not yaml: [" },
        { "app/sub/b.yaml", MANIFEST },
        { "c.yaml", MANIFEST } },
      ".",
      .want = "{" GENERATED ",'resources':['./app','./c.yaml']}" },
    { "only below the path",
      { { "a.yaml", "broken: [" }, { "in/b.yaml", MANIFEST } },
      "in",
      .want = "{" GENERATED ",'resources':['./b.yaml']}" },
    { "nothing at all", { { "README.md", "x" } }, ".", .want = "{" GENERATED ",'namespace':'_placeholder'}" },
    { "comments pass",
      { { "a.yaml", "# nothing\n" }, { "b.yaml", "" } },
      ".",
      .want = "{" GENERATED ",'resources':['./a.yaml','./b.yaml']}" },
    { "no object",
      { { "values.yaml", "replicas: 2\n" } },
      ".",
      .want = "failed to decode Kubernetes YAML from /values.yaml: missing Resource metadata" },
    { "no YAML",
      { { "d/values.yaml", "a: [\n" } },
      "d",
      .want = "failed to decode Kubernetes YAML from /d/values.yaml: MalformedYAMLError:" },
    { "the file as it is",
      { { "Kustomization", "resources: [a.yaml]\nunknown: 1\n" } },
      ".",
      .has_file = true,
      .want = "{'resources':['a.yaml'],'unknown':1}" },
    { "the first name wins",
      { { "kustomization.yaml", "resources: [1]" }, { "kustomization.yml", "resources: [2]" } },
      ".",
      .has_file = true,
      .want = "{'resources':[1]}" },
    { "generators only: origins are forced",
      { { "kustomization.yaml", "configMapGenerator: [{name: x}]\nbuildMetadata: [managedByLabel]\n" } },
      ".",
      .has_file = true,
      .want = "{'buildMetadata':['originAnnotations'],'configMapGenerator':[{'name':'x'}]}" },
    { "empty file",
      { { "kustomization.yaml", "" } },
      ".",
      .has_file = true,
      .want = "{'buildMetadata':['originAnnotations']}" },
    { "a list",
      { { "kustomization.yaml", "[1]" } },
      ".",
      .want = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of "
              "type types.Kustomization" },
    { "no YAML at all",
      { { "kustomization.yaml", "a: [" } },
      ".",
      .want = "error converting YAML to JSON: yaml: " },
    { "namespace, prefix, suffix",
      { { "kustomization.yaml", "resources: [a]\nnamespace: old\nnamePrefix: p-\n" } },
      ".",
      .spec = { .target_namespace = "new", .name_suffix = "-s" },
      .has_file = true,
      .want = "{'namePrefix':'p-','nameSuffix':'-s','namespace':'new','resources':['a']}" },
    { "patches are appended",
      { { "kustomization.yaml", "resources: [a]\npatches: [{path: p.yaml}]\n" } },
      ".",
      .patches = "[{'patch':'- op: x','target':{'kind':'D','labelSelector':'a=b','other':1}},{'patch':'y'}]",
      .has_file = true,
      .want = "{'patches':[{'path':'p.yaml'},{'patch':'- op: "
              "x','target':{'kind':'D','labelSelector':'a=b'}},{'patch':'y'}],'resources':['a']}" },
    { "an image's name keeps the file's tag",
      { { "kustomization.yaml", "resources: [a]\nimages: [{name: i, newTag: '1', newName: o}]\n" } },
      ".",
      .images = "[{'name':'i','newName':'n'}]",
      .has_file = true,
      .want = "{'images':[{'name':'i','newName':'n','newTag':'1'}],'resources':['a']}" },
    { "a tag clears the digest",
      { { "kustomization.yaml", "resources: [a]\nimages: [{name: i, digest: 'sha256:x'}]\n" } },
      ".",
      .images = "[{'name':'i','newTag':'2'},{'name':'j','digest':'sha256:y'}]",
      .has_file = true,
      .want = "{'images':[{'name':'i','newTag':'2'},{'digest':'sha256:y','name':'j'}],'resources':['a']}" },
    { "a digest clears the tag",
      { { "kustomization.yaml", "resources: [a]\nimages: [{name: i, newTag: '1'}]\n" } },
      ".",
      .images = "[{'name':'i','digest':'sha256:y'}]",
      .has_file = true,
      .want = "{'images':[{'digest':'sha256:y','name':'i'}],'resources':['a']}" },
    { "components",
      { { "kustomization.yaml", "resources: [a]\ncomponents: [x]\n" }, { "c/kustomization.yaml", "" } },
      ".",
      .spec = { .components = (const char *const[]) { "./c", "gone", NULL },
                .ignore_missing_components = true },
      .has_file = true,
      .want = "{'components':['x','./c'],'resources':['a']}" },
    { "missing components stay",
      { { "kustomization.yaml", "resources: [a]\n" } },
      ".",
      .spec = { .components = (const char *const[]) { "../gone", NULL } },
      .has_file = true,
      .want = "{'components':['../gone'],'resources':['a']}" },
    { "remote component",
      { { "kustomization.yaml", "resources: [a]\n" } },
      ".",
      .spec = { .components = (const char *const[]) { "GitHub.com/a/b", NULL } },
      .want = "component path 'GitHub.com/a/b' must be local and relative" },
    { "absolute component",
      { { "kustomization.yaml", "resources: [a]\n" } },
      ".",
      .spec = { .components = (const char *const[]) { "file:///a", NULL } },
      .want = "component path 'file:///a' must be local and relative" },
    { "build metadata of the spec wins",
      { { "kustomization.yaml", "configMapGenerator: []\n" } },
      ".",
      .spec = { .build_metadata = (const char *const[]) { "transformerAnnotations", NULL } },
      .has_file = true,
      .want = "{'buildMetadata':['transformerAnnotations'],'configMapGenerator':[]}" },
};

static const struct value *parse(struct arena *a, const char *text) {
    char *json = arena_strdup(a, text);
    struct err err = { .a = a };
    struct value *v;
    if (!json)
        return NULL;
    for (char *p = json; *p; p++)
        *p = *p == '\'' ? '"' : *p;
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

static void test_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        autofileset *fs = fileset_mem();
        for (const struct file *f = rows[i].files; f->path; f++)
            assert_true(fileset_put(fs, f->path, str_of(f->text), false, &err));
        struct ks_spec spec = rows[i].spec;
        spec.images = parse(&a, rows[i].images);
        spec.patches = parse(&a, rows[i].patches);
        struct value *k = NULL;
        const char *name = NULL;
        bool ok = ks_generate(&a, fs, rows[i].dir, &spec, &k, &name, &err);
        const char *got = ok ? print(&a, k) : err.msg;
        bool same = ok ? text_eq(got, rows[i].want) : text_starts(got, rows[i].want);
        check_row(rows[i].what, same && ok == (*rows[i].want == '{'), "got %s", got);
        check_row(rows[i].what, !ok || !name == rows[i].has_file, "name %s", name);
    }
    check_done();
}

static void test_durations(void **state) {
    (void)state;
    const int64_t s = 1000000000;
    assert_int_equal(ks_timeout(&(struct ks_spec) { .interval_ns = 600 * s }), 570 * s);
    assert_int_equal(ks_timeout(&(struct ks_spec) { .interval_ns = 10 * s }), 30 * s);
    assert_int_equal(ks_timeout(&(struct ks_spec) { .interval_ns = 600 * s, .timeout_ns = s }), 30 * s);
    assert_int_equal(ks_timeout(&(struct ks_spec) { .interval_ns = 600 * s, .timeout_ns = 900 * s }),
                     900 * s);
    assert_int_equal(ks_retry_interval(&(struct ks_spec) { .interval_ns = 600 * s }), 600 * s);
    assert_int_equal(ks_retry_interval(&(struct ks_spec) { .interval_ns = 600 * s, .retry_interval_ns = s }),
                     s);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_durations) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
