// SPDX-License-Identifier: Apache-2.0
// Kubeconfigs: what is taken from them, and in which words the rest is refused.
#include "tests/unit/check.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/kube/config.h"

#define CLUSTER "clusters:\n- name: c\n  cluster:\n    server: https://k8s.example:6443/\n"
#define CONTEXT                                                                                              \
    "contexts:\n- name: x\n  context: {cluster: c, user: u, namespace: apps}\ncurrent-context: x\n"
#define USER(u) "users:\n- name: u\n  user: " u "\n"

static const struct {
    const char *what, *text, *context;
    unsigned flags;
    const char *error; // NULL: it is read
    const char *token, *ca, *cert, *user, *as, *ns;
} rows[] = {
    { "token", CLUSTER CONTEXT USER("{token: t}"), .token = "t", .ns = "apps" },
    { "data wins over files",
      "clusters:\n- name: c\n  cluster: {server: 'http://x', certificate-authority-data: Q0E=, "
      "certificate-authority: gone}\n" CONTEXT USER("{}"),
      .ca = "CA", .ns = "apps" },
    { "certificate", CLUSTER CONTEXT USER("{client-certificate-data: Q0VSVA==, client-key-data: S0VZ}"),
      .cert = "CERT", .ns = "apps" },
    { "certificate without key", CLUSTER CONTEXT USER("{client-certificate-data: Q0VSVA==}"),
      .error = "kubeconfig: user \"u\" needs both a client certificate and its key" },
    { "basic, as somebody", CLUSTER CONTEXT USER("{username: me, password: p, as: root, as-groups: [a, b]}"),
      .user = "me", .as = "root", .ns = "apps" },
    { "another context",
      CLUSTER
      "contexts:\n- {name: z, context: {cluster: c, user: u}}\ncurrent-context: gone\n" USER("{token: t}"),
      "z", .token = "t", .ns = "default" },
    { "no user", CLUSTER "contexts:\n- {name: z, context: {cluster: c}}\ncurrent-context: z\n",
      .ns = "default" },
    { "no such context", CLUSTER CONTEXT, "nope", .error = "kubeconfig: context \"nope\" does not exist" },
    { "no current context", CLUSTER, .error = "kubeconfig: no current-context is set and none was given" },
    { "no such cluster", CONTEXT, .error = "kubeconfig: cluster \"c\" does not exist" },
    { "no such user", CLUSTER CONTEXT, .error = "kubeconfig: auth info \"u\" does not exist" },
    { "exec", CLUSTER CONTEXT USER("{exec: {command: aws, apiVersion: v1}}"),
      .error = "kubeconfig: user \"u\" gets its credentials from the exec plugin \"aws\"; Runnel starts no "
               "programs: use a token, a token file or "
               "a client certificate" },
    { "auth provider", CLUSTER CONTEXT USER("{auth-provider: {name: gcp}}"),
      .error = "kubeconfig: user \"u\" uses the auth-provider \"gcp\", which is not supported: use a token "
               "or a client certificate" },
    { "no server", "clusters:\n- {name: c, cluster: {}}\n" CONTEXT,
      .error = "kubeconfig: no server found for cluster \"c\"" },
    { "odd server", "clusters:\n- {name: c, cluster: {server: 'ftp://x'}}\n" CONTEXT,
      .error = "kubeconfig: server of cluster \"c\" is no http or https URL" },
    { "bad base64",
      "clusters:\n- {name: c, cluster: {server: 'https://x', certificate-authority-data: '%'}}\n" CONTEXT,
      .error = "kubeconfig: certificate-authority-data: illegal base64 data" },
    { "files are dropped",
      "clusters:\n- {name: c, cluster: {server: 'https://x', certificate-authority: /gone}}\n" CONTEXT USER(
          "{tokenFile: /gone}"),
      .flags = KUBE_CONFIG_NO_FILES, .ns = "apps" },
    { "insecure is refused",
      "clusters:\n- {name: c, cluster: {server: 'https://x', insecure-skip-tls-verify: true}}\n" CONTEXT USER(
          "{}"),
      .flags = KUBE_CONFIG_NO_INSECURE,
      .error = "kubeconfig: insecure-skip-tls-verify is not allowed (see --insecure-kubeconfig-tls)" },
    { "a list", "[1, 2]", .error = "kubeconfig: invalid configuration: no configuration has been provided" },
    { "nothing", "", .error = "kubeconfig: invalid configuration: no configuration has been provided" },
    { "shapes", "clusters: 7\ncontexts: {x: y}\nusers: [1, null]\ncurrent-context: x\n",
      .error = "kubeconfig: context \"x\" does not exist" },
};

static bool same(const char *x, const char *y) {
    return (!x && !y) || (x && y && !strcmp(x, y));
}

static void test_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct kube_config c = { 0 };
        bool ok =
            kube_config_parse(&a, str_of(rows[i].text), "/nowhere", rows[i].context, rows[i].flags, &c, &err);
        check_row(rows[i].what, same(ok ? NULL : err.msg, rows[i].error), "got %s",
                  ok ? "no error" : err.msg);
        if (!ok || rows[i].error)
            continue;
        check_row(rows[i].what,
                  same(c.token, rows[i].token) && same(c.tls.ca_pem, rows[i].ca) &&
                      same(c.tls.cert_pem, rows[i].cert) && same(c.user, rows[i].user) &&
                      same(c.impersonate_user, rows[i].as) && same(c.ns, rows[i].ns),
                  "token %s ca %s cert %s user %s as %s ns %s", c.token, c.tls.ca_pem, c.tls.cert_pem, c.user,
                  c.impersonate_user, c.ns);
        check_row(rows[i].what, !text_ends(c.server, "/"), "server %s", c.server);
    }
    check_done();
}

static void write_text(const char *path, const char *text) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    if (!file_write(path, str_of(text), 0600, &err))
        fail_msg("%s", err.msg);
}

static void test_files(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct kube_config c;
    char dir[] = "/tmp/kubeconfig-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    const char *config = path_join(&a, dir, "config"), *ca = path_join(&a, dir, "ca.pem");
    write_text(ca, "PEM");
    write_text(
        config,
        "clusters:\n- {name: c, cluster: {server: 'https://x', certificate-authority: ca.pem}}\n" CONTEXT
            USER("{tokenFile: t}"));
    unsetenv("KUBERNETES_SERVICE_HOST");
    setenv("HOME", dir, 1);
    setenv("KUBECONFIG", arena_fmt(&a, "%s/absent:%s", dir, config), 1);
    assert_true(kube_config_load(&a, NULL, NULL, &c, &err));
    assert_string_equal(c.tls.ca_pem, "PEM"); // relative to the file
    assert_string_equal(c.token_file, path_join(&a, dir, "t"));
    assert_true(kube_config_load(&a, config, "x", &c, &err));
    assert_false(kube_config_load(&a, config, "y", &c, &err));
    err_clear(&err);
    setenv("KUBECONFIG", path_join(&a, dir, "absent"), 1);
    assert_false(kube_config_load(&a, NULL, NULL, &c, &err));
    assert_string_equal(err.msg, "no file of $KUBECONFIG exists");
    err_clear(&err);
    unsetenv("KUBECONFIG");
    assert_false(kube_config_load(&a, NULL, NULL, &c, &err));
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    err_clear(&err);
    assert_true(dir_make(path_join(&a, dir, ".kube"), 0700, &err));
    write_text(path_join(&a, dir, ".kube/config"), CLUSTER CONTEXT USER("{token: home}"));
    assert_true(kube_config_load(&a, NULL, NULL, &c, &err));
    assert_string_equal(c.token, "home");
    assert_true(dir_remove(dir, &err));
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_files) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
