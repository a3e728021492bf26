// SPDX-License-Identifier: Apache-2.0
// Builds over files in memory: the options, what is reported beside the objects, remote entries, limits.
#include "common/base/timeutil.h"
#include "common/crypto/digest.h"
#include "common/value/json.h"
#include "common/value/yaml.h"
#include "tests/unit/kustomize/fixture.h"

#define CM(name) "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " name "}\n"
#define CM_OUT(name) "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " name "\n"

static const struct row {
    const char *name;
    struct file files[FILES_MAX];
    const char *dir;
    struct kustomize_options options;
    const char *want; // output, "Error: ..."
} rows[] = {
    { "one file",
      { { "kustomization.yaml", "resources: [a.yaml]\n" }, { "a.yaml", CM("a") } },
      ".",
      { 0 },
      CM_OUT("a") },
    { "empty dir is the root",
      { { "Kustomization", "resources: [a.yaml]\n" }, { "a.yaml", CM("a") } },
      "",
      { 0 },
      CM_OUT("a") },
    { "no file",
      { { "a/a.yaml", CM("a") } },
      "a",
      { 0 },
      "Error: unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in "
      "directory '/a'" },
    { "display root",
      { { "a/a.yaml", CM("a") } },
      "a",
      { .display_root = "/tmp/artifact" },
      "Error: unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in "
      "directory "
      "'/tmp/artifact/a'" },
    { "no such directory",
      { { "a.yaml", CM("a") } },
      "x/y",
      { .root_given = "./x/y" },
      "Error: must build at directory: not a valid directory: evalsymlink failure on './x/y' : lstat /x: no "
      "such file or directory" },
    { "files outside are refused",
      { { "o/kustomization.yaml", "resources: [../a.yaml]\n" }, { "a.yaml", CM("a") } },
      "o",
      { 0 },
      "Error: accumulating resources: accumulation err='accumulating resources from '../a.yaml': security; "
      "file '/a.yaml' "
      "is not in or below '/o'': must build at directory: '/a.yaml': file is not directory" },
    { "unless allowed",
      { { "o/kustomization.yaml", "resources: [../a.yaml]\n" }, { "a.yaml", CM("a") } },
      "o",
      { .load_anywhere = true },
      CM_OUT("a") },
    { "bases outside are fine",
      { { "o/kustomization.yaml", "resources: [../b]\nnamePrefix: p-\n" },
        { "b/kustomization.yaml", "resources: [a.yaml]\n" },
        { "b/a.yaml", CM("a") } },
      "o",
      { 0 },
      CM_OUT("p-a") },
    { "above the file set",
      { { "kustomization.yaml", "resources: [../../b]\n" } },
      ".",
      { .display_root = "/srv" },
      "Error: accumulating resources: accumulation err='accumulating resources from '../../b': evalsymlink "
      "failure on '/b' : "
      "lstat /b: no such file or directory': must build at directory: not a valid directory: evalsymlink "
      "failure on '/b' : "
      "lstat /b: no such file or directory" },
    { "a cycle",
      { { "a/kustomization.yaml", "resources: [../b]\n" },
        { "b/kustomization.yaml", "resources: [../a]\n" } },
      "a",
      { 0 },
      "Error: accumulating resources: accumulation err='accumulating resources from '../b': '/b' must "
      "resolve to a file': "
      "recursed accumulation of path '/b': accumulating resources: accumulation err='accumulating resources "
      "from '../a': "
      "'/a' must resolve to a file': cycle detected: candidate root '/a' contains visited root '/a'" },
    { "fifo by default",
      { { "kustomization.yaml", "resources: [a.yaml]\n" },
        { "a.yaml", CM("a") "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: s}\n" } },
      ".",
      { .default_order = KUSTOMIZE_ORDER_FIFO },
      CM_OUT("a") "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: s\n" },
    { "legacy by default",
      { { "kustomization.yaml", "resources: [a.yaml]\n" },
        { "a.yaml", CM("a") "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: s}\n" } },
      ".",
      { 0 },
      "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: s\n---\n" CM_OUT("a") },
    { "managed by",
      { { "kustomization.yaml", "resources: [a.yaml]\n" }, { "a.yaml", CM("a") } },
      ".",
      { .managed_by_label = true },
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels:\n    app.kubernetes.io/managed-by: "
      "kustomize-v5.8.1\n  name: a\n" },
    { "a number as a prefix is refused",
      { { "kustomization.yaml", "resources: [a.yaml]\nnamePrefix: 1\n" }, { "a.yaml", CM("a") } },
      ".",
      { 0 },
      "Error: invalid Kustomization: json: cannot unmarshal number into Go struct field "
      "Kustomization.namePrefix of type string" },
    { "or coerced",
      { { "kustomization.yaml", "resources: [a.yaml]\nnamePrefix: 1\n" }, { "a.yaml", CM("a") } },
      ".",
      { .root_lenient = true },
      CM_OUT("1a") },
    { "too many objects",
      { { "kustomization.yaml", "resources: [a.yaml]\n" },
        { "a.yaml", CM("a") "---\n" CM("b") "---\n" CM("c") } },
      ".",
      { .max_objects = 2 },
      "Error: accumulating resources: accumulating resources from 'a.yaml': more than 2 objects" },
    { "no remote files",
      { { "kustomization.yaml", "resources: ['https://x.example/a.yaml']\n" } },
      ".",
      { 0 },
      "Error: accumulating resources: accumulating resources from 'https://x.example/a.yaml': remote files "
      "are not allowed" },
    { "no remote bases",
      { { "kustomization.yaml", "resources: ['git@x.example:a/b']\n" } },
      ".",
      { 0 },
      "Error: accumulating resources: accumulation err='accumulating resources from 'git@x.example:a/b': "
      "evalsymlink failure on "
      "'/git@x.example:a/b' : lstat /git@x.example:a: no such file or directory': remote bases are not "
      "allowed" },
};

static void test_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct kustomize_result r;
        const char *got = built(&a, rows[i].files, rows[i].dir, &rows[i].options, &r);
        check_row(rows[i].name, !strcmp(got, rows[i].want), "got %s", got);
    }
    check_done();
}

/* ---- the root file given by the caller ---- */
static void test_root_file(void **state) {
    (void)state;
    static const struct file with[] = { { "kustomization.yml", "resources: [nothing.yaml]\n" },
                                        { "a.yaml", CM("a") },
                                        { 0 } },
                             without[] = { { "a.yaml", CM("a") }, { 0 } };
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *file;
    struct kustomize_result r;
    assert_true(yaml_read(&a, STR("{resources: [a.yaml], namespace: x}"), YAML_GO_SIGS, &file, &err));
    const char *want = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: x\n";
    struct kustomize_options options = { .root_file = file };
    assert_string_equal(built(&a, with, ".", &options, &r), want);
    options.root_file_name = "kustomization.yaml";
    assert_string_equal(built(&a, without, ".", &options, &r), want);
    // the caller's value is as it was
    assert_string_equal(json_text(&a, file, JSON_SORT_KEYS).p,
                        "{\"namespace\":\"x\",\"resources\":[\"a.yaml\"]}");
}

/* ---- what was read ---- */
static void test_files(void **state) {
    (void)state;
    static const struct file files[] = {
        { "o/kustomization.yaml", "resources: [../b]\nconfigMapGenerator: [{name: g, files: [f]}]\n" },
        { "o/f", "text" },
        { "o/unused", "x" },
        { "b/kustomization.yaml", "resources: [a.yaml]\n" },
        { "b/a.yaml", CM("a") },
        { 0 }
    };
    static const char *const want[] = { "o/kustomization.yaml", "b/kustomization.yaml", "b/a.yaml", "o/f" };
    autoarena a = { 0 };
    struct kustomize_result r, again;
    struct digest d;
    unsigned char one[32], two[32];
    built(&a, files, "o", &(struct kustomize_options) { 0 }, &r);
    assert_int_equal(r.n_files, countof(want));
    for (size_t i = 0; i < countof(want); i++)
        assert_string_equal(r.files[i].path, want[i]);
    digest_of(DIGEST_SHA256, STR("text"), &d);
    assert_memory_equal(r.files[3].sha256, d.bytes, 32);
    kustomize_files_digest(&r, one);
    struct file changed[countof(files)];
    memcpy(changed, files, sizeof files);
    changed[2].text = "y"; // not read
    built(&a, changed, "o", &(struct kustomize_options) { 0 }, &again);
    kustomize_files_digest(&again, two);
    assert_memory_equal(one, two, 32);
    changed[1].text = "other";
    built(&a, changed, "o", &(struct kustomize_options) { 0 }, &again);
    kustomize_files_digest(&again, two);
    assert_memory_not_equal(one, two, 32);
}

static void test_warnings(void **state) {
    (void)state;
    static const struct file files[] = { { "kustomization.yaml", "commonLabels: {a: b}\nbases: [b]\n" },
                                         { "b/kustomization.yaml", "resources: [missing.yaml]\n" },
                                         { 0 } };
    autoarena a = { 0 };
    struct kustomize_result r;
    const char *got = built(&a, files, ".", &(struct kustomize_options) { 0 }, &r);
    assert_true(text_starts(got, "Error: "));
    assert_int_equal(r.n_warnings, 2); // they are there although it failed
    assert_int_equal(r.n_objects, 0);
    for (size_t i = 0; i < r.n_warnings; i++)
        assert_true(text_starts(r.warnings[i], "# Warning: '"));
}

/* ---- remote entries ---- */
struct world {
    struct fileset *clone;
    struct kustomize_repo asked;
    const char *url;
    unsigned gets, clones;
};

static bool fake_get(void *arg, struct arena *a, const char *url, struct str *out, struct err *err) {
    struct world *w = arg;
    w->gets++;
    w->url = arena_strdup(a, url);
    if (strstr(url, "good.yaml")) {
        *out = STR(CM("far"));
        return true;
    }
    return strstr(url, "broken") ? err_set(err, ERR_IO, "connection refused")
                                 : err_set_code(err, ERR_NOT_FOUND, 404, "404 Not Found");
}

static bool fake_clone(void *arg, struct arena *a, const struct kustomize_repo *repo, struct fileset **out,
                       struct err *err) {
    struct world *w = arg;
    (void)a;
    w->clones++;
    w->asked = *repo;
    if (strstr(repo->url, "broken"))
        return err_set(err, ERR_IO, "no such host");
    *out = w->clone;
    return true;
}

static const struct remote_row {
    const char *entry, *want, *url, *ref;
    unsigned gets, clones;
} remotes[] = {
    { "https://x.example/good.yaml", CM_OUT("far"), NULL, NULL, 1, 0 },
    { "https://x.example/bad.yaml",
      "Error: accumulating resources: accumulating resources from 'https://x.example/bad.yaml': HTTP "
      "Error: status code 404 (Not Found)",
      NULL, NULL, 1, 0 },
    { "https://x.example/o/r//sub?ref=v1", CM_OUT("cloned"), "https://x.example/o/r", "v1", 1, 1 },
    { "git@x.example:o/r.git//sub", CM_OUT("cloned"), "git@x.example:o/r.git", "", 0, 1 },
    { "git@x.example:o/broken",
      "Error: accumulating resources: accumulation err='accumulating resources from "
      "'git@x.example:o/broken': evalsymlink failure on '/git@x.example:o/broken' : lstat /git@x.example:o: "
      "no such file or directory': no such host",
      "git@x.example:o/broken", "", 0, 1 },
    { "git@x.example:o/r//none",
      "Error: accumulating resources: accumulation err='accumulating resources from "
      "'git@x.example:o/r//none': evalsymlink failure on '/git@x.example:o/r/none' : lstat /git@x.example:o: "
      "no such file or directory': evalsymlink failure on '/kustomize-clone/none' : lstat "
      "/kustomize-clone/none: no such file or directory",
      "git@x.example:o/r", "", 0, 1 },
    { "git@x.example:o/r//../../etc",
      "Error: accumulating resources: accumulation err='accumulating resources from "
      "'git@x.example:o/r//../../etc': evalsymlink failure on '/etc' : lstat /etc: no such file or "
      "directory': must build at directory: not a valid directory: evalsymlink failure on '/etc' : lstat "
      "/etc: no such file or directory",
      NULL, NULL, 0, 0 },
    { "git@x.example:o/r//outside",
      "Error: accumulating resources: accumulation err='accumulating resources from "
      "'git@x.example:o/r//outside': evalsymlink failure on '/git@x.example:o/r/outside' : lstat "
      "/git@x.example:o: no such file or directory': recursed accumulation of path "
      "'/kustomize-clone/outside': accumulating resources: accumulation err='accumulating resources from "
      "'../sub/a.yaml': security; file '/kustomize-clone/sub/a.yaml' is not in or below "
      "'/kustomize-clone/outside'': must build at directory: '/kustomize-clone/sub/a.yaml': file is not "
      "directory",
      "git@x.example:o/r", "", 0, 1 },
};

static void test_remote(void **state) {
    (void)state;
    static const struct file cloned[] = { { "sub/kustomization.yaml", "resources: [a.yaml]\n" },
                                          { "sub/a.yaml", CM("cloned") },
                                          { "outside/kustomization.yaml", "resources: [../sub/a.yaml]\n" },
                                          { 0 } };
    for (size_t i = 0; i < countof(remotes); i++) {
        const struct remote_row *row = &remotes[i];
        autoarena a = { 0 };
        autofileset *clone = fs_of(cloned);
        struct world w = { .clone = clone };
        struct kustomize_remote remote = { &w, fake_get, fake_clone };
        struct kustomize_result r;
        struct file files[] = { { "kustomization.yaml", arena_fmt(&a, "resources: ['%s']\n", row->entry) },
                                { 0 } };
        const char *got = built(&a, files, ".", &(struct kustomize_options) { .remote = &remote }, &r);
        check_row(row->entry, !strcmp(got, row->want), "got %s", got);
        check_row(row->entry, w.gets == row->gets && w.clones == row->clones, "%u gets, %u clones", w.gets,
                  w.clones);
        if (row->url)
            check_row(row->entry, !strcmp(w.asked.url, row->url) && !strcmp(w.asked.ref, row->ref),
                      "asked for %s at %s", w.asked.url, w.asked.ref);
        check_row(row->entry, r.n_files == 1, "%zu files of the root's own", r.n_files);
    }
    check_done();
}

static void test_remote_timeout(void **state) {
    (void)state;
    autoarena a = { 0 };
    autofileset *clone = fileset_mem();
    struct world w = { .clone = clone };
    struct kustomize_remote remote = { &w, fake_get, fake_clone };
    struct kustomize_result r;
    static const struct file files[] = {
        { "kustomization.yaml", "resources: ['git@x.example:o/r?timeout=90s&submodules=false']\n" }, { 0 }
    };
    built(&a, files, ".", &(struct kustomize_options) { .remote = &remote }, &r);
    assert_int_equal(w.asked.timeout_ns, 90 * NS_PER_S);
    assert_false(w.asked.submodules);
}

/* ---- limits ---- */
static void test_aliases(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct buf b = { 0 };
    struct kustomize_result r;
    buf_puts(
        &b,
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++)
        buf_fmt(&b, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1,
                i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    struct file files[] = { { "kustomization.yaml", "resources: [a.yaml]\n" }, { "a.yaml", b.p }, { 0 } };
    assert_true(text_starts(built(&a, files, ".", &(struct kustomize_options) { 0 }, &r), "Error: "));
    assert_true(a.total_bytes < 256 << 20);
    buf_done(&b);
}

static void test_deep_bases(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct kustomize_result r = { 0 };
    autofileset *fs = fileset_mem();
    for (int i = 0; i < 600; i++)
        assert_true(fileset_put(fs, arena_fmt(&a, "d%d/kustomization.yaml", i),
                                str_of(arena_fmt(&a, "resources: [../d%d]\n", i + 1)), false, &err));
    assert_false(kustomize_build(&a, fs, "d0", &(struct kustomize_options) { 0 }, &r, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
}

static void test_control_characters(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *o = value_map(&a);
    autobuf b = { 0 };
    value_set(&a, o, "x", value_string(&a, "\x7F"));
    assert_false(kustomize_write(&b, &o, 1, &err));
    assert_string_equal(err.msg, "yaml: control characters are not allowed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_root_file),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_remote),
        cmocka_unit_test(test_remote_timeout),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_deep_bases),
        cmocka_unit_test(test_control_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
