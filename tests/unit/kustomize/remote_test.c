// SPDX-License-Identifier: Apache-2.0
// Remote entries against git's own http-backend: refs, submodules, one fetch per repository, failures, nothing left behind.
#include "common/base/timeutil.h"
#include "common/kustomize/remote.h"
#include "tests/unit/git/fixture.h"
#include "tests/unit/kustomize/fixture.h"

static struct fixture fx;
static struct server server;

static int set_up(void **state) {
    (void)state;
    fixture_start(&fx);
    shell(&fx,
          "mkdir srv temp; git init -q -b main inner; cd inner;"
          "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: inner}\\n' >inner.yaml; echo "
          "'resources: [inner.yaml]' "
          ">kustomization.yaml;"
          "git add .; git commit -q -m inner; git clone -q --mirror . ../srv/inner.git; cd ..;"
          "git init -q -b main work; cd work; mkdir a;"
          "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: one}\\n' >a/one.yaml; echo "
          "'resources: [one.yaml]' "
          ">a/kustomization.yaml;"
          "git add .; git commit -q -m one; git tag v1; git tag -a -m tag v1-annotated;"
          "sed -i s/one/two/ a/one.yaml; git commit -qam two;"
          "git checkout -q -b with-module; git -c protocol.file.allow=always submodule --quiet add ../inner "
          "sub/inner;"
          "git config -f .gitmodules submodule.sub/inner.url ../inner.git; git add .; git commit -q -m "
          "module; git checkout -q main;"
          "git clone -q --mirror . ../srv/demo.git; mkdir -p ../srv/demo.git/objects/info;"
          "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: file}\\n' "
          ">../srv/demo.git/objects/info/http-alternates",
          NULL);
    server = server_start(
        (const char *const[]) { "git_http.py", "--root", arena_fmt(&fx.a, "%s/srv", fx.dir), NULL });
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    server_stop(&server);
    fixture_stop(&fx);
    return 0;
}

#define NAMED(name) "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " name "\n"

static const struct {
    const char *entry; // behind the server's address; %C = the commit of v1
    const char *want;  // the output, or the end of the message
    unsigned clones;
} rows[] = {
    { "demo.git/objects/info/http-alternates", NAMED("file"), 0 },
    { "demo.git//a", NAMED("two"), 1 },
    { "demo.git//a?ref=main", NAMED("two"), 1 },
    { "demo.git//a?ref=v1", NAMED("one"), 1 },
    { "demo.git//a?ref=v1-annotated", NAMED("one"), 1 },
    { "demo.git//a?ref=refs/tags/v1", NAMED("one"), 1 },
    { "demo.git//a?ref=tags/v1", NAMED("one"), 1 },
    { "demo.git//a?ref=%C", NAMED("one"), 1 },
    { "demo.git//sub/inner?ref=with-module", NAMED("inner"), 2 },
    { "demo.git//sub/inner?ref=with-module&submodules=false",
      "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory "
      "'/kustomize-clone/sub/inner'",
      1 },
    { "demo.git//a?ref=nothing", "couldn't find remote ref nothing", 1 },
    { "absent.git//a", "repository not found: Not Found", 1 },
};

static const char *run(struct arena *a, const char *text, struct kustomize_fetch *f) {
    struct kustomize_remote remote = kustomize_fetch_remote(f);
    struct kustomize_result r;
    struct file files[] = { { "kustomization.yaml", text }, { 0 } };
    return built(a, files, ".", &(struct kustomize_options) { .remote = &remote }, &r);
}

static const char *entry_of(struct arena *a, const char *entry) {
    char *commit = shell(&fx, "git -C srv/demo.git rev-parse v1", NULL);
    const char *at = strstr(entry, "%C");
    const char *path = at ? arena_fmt(a, "%.*s%s", (int)(at - entry), entry, commit) : entry;
    return arena_fmt(a, "http://127.0.0.1:%d/%s", server.port, path);
}

static const char *left_behind(void) {
    return shell(&fx, "ls -A temp", NULL);
}

static void test_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct kustomize_fetch f = { .http = fx.http,
                                     .temp_dir = arena_fmt(&a, "%s/temp", fx.dir),
                                     .deadline_ns = now_mono_ns() + 20 * NS_PER_S };
        const char *got = run(&a, arena_fmt(&a, "resources: ['%s']\n", entry_of(&a, rows[i].entry)), &f);
        check_row(rows[i].entry, str_ends(str_of(got), rows[i].want), "got %s", got);
        check_row(rows[i].entry, f.n_clones == rows[i].clones, "%u repositories", f.n_clones);
        kustomize_fetch_done(&f);
        check_row(rows[i].entry, !*left_behind(), "left %s", left_behind());
    }
    check_done();
}

static void test_fetched_once(void **state) {
    (void)state;
    autoarena a = { 0 };
    autofetch struct kustomize_fetch f = { .http = fx.http, .temp_dir = arena_fmt(&a, "%s/temp", fx.dir) };
    const char *text = arena_fmt(&a, "resources: ['%s']\ncomponents: ['%s']\n",
                                 entry_of(&a, "demo.git//a?ref=v1"), entry_of(&a, "demo.git//a?ref=v1"));
    run(&a, text, &f);
    assert_int_equal(f.n_clones, 1);
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *entry, *want;
    } refused[] = {
        { "git@x.example:o/r.git", "remote bases over ssh are not supported, only over https and http" },
        { "ssh://git@x.example/o/r.git",
          "remote bases over ssh are not supported, only over https and http" },
        { "file:///srv/x", "remote bases over file are not supported, only over https and http" },
    };
    for (size_t i = 0; i < countof(refused); i++) {
        autoarena a = { 0 };
        autofetch struct kustomize_fetch f = { .http = fx.http };
        const char *got = run(&a, arena_fmt(&a, "resources: ['%s']\n", refused[i].entry), &f);
        check_row(refused[i].entry, str_ends(str_of(got), refused[i].want), "got %s", got);
        check_row(refused[i].entry, !f.n_clones, "fetched");
    }
    check_done();
}

static void test_deadline(void **state) {
    (void)state;
    autoarena a = { 0 };
    autofetch struct kustomize_fetch f = { .http = fx.http, .deadline_ns = now_mono_ns() - 1 };
    const char *text = arena_fmt(&a, "resources: ['%s']\n", entry_of(&a, "demo.git//a"));
    const char *got = run(&a, text, &f);
    if (!strstr(got, "context deadline exceeded"))
        fail_msg("%s", got);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_fetched_once),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_deadline),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
