// SPDX-License-Identifier: Apache-2.0
/* Fetching over SSH from a real sshd: keys, host keys, what a silent server costs. */
#include "common/base/file.h"
#include "common/base/timeutil.h"
#include "tests/unit/check.h"
#include "tests/unit/git/fixture.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fixture fx;
static struct server plain, v2, rsa_only;

static const char *in_dir(const char *name) {
    return arena_fmt(&fx.a, "%s/%s", fx.dir, name);
}

static int set_up(void **state) {
    (void)state;
    fixture_start(&fx);
    shell(&fx,
          "git init -q -b main work; cd work; for i in 1 2 3; do seq 1 100 >f$i; git add .; git commit -q -m "
          "c$i; done;"
          "git clone -q --mirror . \"../it's.git\"; git clone -q --mirror . ../demo.git",
          NULL);
    plain = server_start((const char *const[]) { "sshd.py", "--dir", in_dir("plain"), NULL });
    v2 = server_start(
        (const char *const[]) { "sshd.py", "--dir", in_dir("v2"), "--accept-git-protocol", NULL });
    rsa_only = server_start(
        (const char *const[]) { "sshd.py", "--dir", in_dir("rsa"), "--host-key-types", "rsa", NULL });
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    server_stop(&plain);
    server_stop(&v2);
    server_stop(&rsa_only);
    fixture_stop(&fx);
    return 0;
}

static char *text_of(const char *server, const char *name) {
    struct err err = { .a = &fx.a };
    struct str text;
    if (!file_read(&fx.a, arena_fmt(&fx.a, "%s/%s/%s", fx.dir, server, name), 1 << 20, &text, &err))
        fail_msg("%s", err.msg);
    return arena_text(&fx.a, text.p, text.n);
}

static const char *url_of(int port, const char *path) {
    return arena_fmt(&fx.a, "ssh://%s@127.0.0.1:%d%s/%s", shell(&fx, "id -un", NULL), port, fx.dir, path);
}

static const struct {
    const char *name, *server, *key, *passphrase, *known_hosts, *path, *error;
    int protocol;
} rows[] = {
    { "rsa", "plain", "id_rsa", NULL, "known_hosts", "demo.git", "no error", 0 },
    { "ed25519", "plain", "id_ed25519", NULL, "known_hosts", "demo.git", "no error", 0 },
    { "ecdsa", "plain", "id_ecdsa", NULL, "known_hosts_hashed", "demo.git", "no error", 0 },
    { "passphrase", "plain", "id_ed25519_pass", "secret", "known_hosts", "demo.git", "no error", 0 },
    { "PEM", "plain", "id_rsa_pem", NULL, "known_hosts", "demo.git", "no error", 0 },
    { "PKCS#8", "plain", "id_ed25519_pkcs8", NULL, "known_hosts", "demo.git", "no error", 0 },
    { "protocol v2", "v2", "id_rsa", NULL, "known_hosts", "demo.git", "no error", 2 },
    { "only an RSA host key", "rsa", "id_rsa", NULL, "known_hosts", "demo.git", "no error", 0 },
    { "quotes in the path", "plain", "id_rsa", NULL, "known_hosts", "it's.git", "no error", 0 },
    { "no such repository", "plain", "id_rsa", NULL, "known_hosts", "nope.git", "repository not found", -1 },
    { "no passphrase", "plain", "id_ed25519_pass", NULL, "known_hosts", "demo.git",
      "unable to construct auth method with options: ssh: this private key is passphrase protected", -1 },
    { "wrong passphrase", "plain", "id_ed25519_pass", "wrong", "known_hosts", "demo.git",
      "unable to construct auth method with options: x509: decryption password incorrect", -1 },
    { "not a key", "plain", "known_hosts", NULL, "known_hosts", "demo.git",
      "unable to construct auth method with options: ssh: no key found", -1 },
    { "stranger", "plain", "id_stranger", NULL, "known_hosts", "demo.git",
      "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported "
      "methods remain",
      -1 },
    { "other host key", "plain", "id_rsa", NULL, "known_hosts_wrong", "demo.git",
      "ssh: handshake failed: knownhosts: key mismatch", -1 },
    { "unknown host", "plain", "id_rsa", NULL, "known_hosts_elsewhere", "demo.git",
      "ssh: handshake failed: knownhosts: key is unknown", -1 },
    { "revoked", "plain", "id_rsa", NULL, "known_hosts_revoked", "demo.git",
      "ssh: handshake failed: knownhosts: key is revoked", -1 },
    { "CA", "plain", "id_rsa", NULL, "known_hosts_ca", "demo.git",
      "ssh: handshake failed: knownhosts: only a @cert-authority line matches and host certificates are not "
      "supported: add the host's own key",
      -1 },
};

static int open_descriptors(void) {
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static const char *fetch(const char *url, const char *server, size_t i, const char *store_name,
                         struct repo_traffic *traffic) {
    struct err err = { .a = &fx.a };
    struct repo_remote remote = remote_to(&fx, url);
    struct repo_refs refs;
    const char *prefixes[] = { "refs/heads/main", NULL };
    autosession *s = NULL;
    autostore *store = NULL;
    remote.ssh_key = text_of(server, rows[i].key);
    remote.ssh_passphrase = rows[i].passphrase;
    remote.known_hosts = text_of(server, rows[i].known_hosts);
    if (!repo_store_open(in_dir(store_name), &store, &err) || !repo_session_open(&remote, &s, &err) ||
        !repo_session_refs(&fx.a, s, prefixes, &refs, &err))
        return err.msg;
    bool ok = refs.n == 1 && repo_session_fetch(s, store, &refs.items[0].oid, 1, REPO_DEPTH_1, &err);
    *traffic = repo_session_traffic(s);
    return ok ? "no error" : err.msg ? err.msg : "no refs";
}

static void test_rows(void **state) {
    (void)state;
    int before = 0;
    for (size_t i = 0; i < countof(rows); i++) {
        const struct server *server = text_eq(rows[i].server, "plain") ? &plain
                                      : text_eq(rows[i].server, "v2")  ? &v2
                                                                       : &rsa_only;
        struct repo_traffic t = { .protocol = -1 };
        const char *got =
            fetch(url_of(server->port, rows[i].path), rows[i].server, i, arena_fmt(&fx.a, "store%zu", i), &t);
        check_row(rows[i].name, text_eq(got, rows[i].error), "got %s", got);
        check_row(rows[i].name, t.protocol == rows[i].protocol, "protocol %d", t.protocol);
        if (i == 0)
            before = open_descriptors();
    }
    check_row("descriptors", open_descriptors() == before, "%d, then %d", before, open_descriptors());
    check_done();
}

// The second fetch sends what is new only, over a connection of its own; the third nothing.
static void test_incremental(void **state) {
    (void)state;
    struct repo_traffic t;
    for (int i = 0; i < 2; i++) {
        const char *url = url_of(i ? v2.port : plain.port, "demo.git");
        const char *name = i ? "inc2" : "inc0";
        assert_string_equal(fetch(url, i ? "v2" : "plain", 0, name, &t), "no error");
        shell(&fx, "cd work; echo more >>f1; git commit -qam more; git push -q ../demo.git main", NULL);
        assert_string_equal(fetch(url, i ? "v2" : "plain", 0, name, &t), "no error");
        print_message("  v%d next commit: %llu pack bytes\n", t.protocol, (unsigned long long)t.pack_bytes);
        assert_true(t.pack_bytes > 0 && t.pack_bytes < 1000);
        assert_string_equal(fetch(url, i ? "v2" : "plain", 0, name, &t), "no error");
        assert_int_equal(t.pack_bytes, 0);
        shell(&fx, "git -C \"$1\" fsck --connectivity-only >/dev/null 2>&1", name, NULL);
    }
}

static void *hang_up_once(void *arg) {
    close(accept(*(int *)arg, NULL, NULL));
    return NULL;
}

static int listen_somewhere(int *out_port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof(addr);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, n), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &n), 0);
    *out_port = ntohs(addr.sin_port);
    return fd;
}

// A server that hangs up at once: an error at once, and no descriptor is lost or closed twice.
static void test_hang_up(void **state) {
    (void)state;
    int port, fd = listen_somewhere(&port), before = open_descriptors();
    for (int i = 0; i < 3; i++) {
        struct err err = { .a = &fx.a };
        struct repo_remote remote = remote_to(&fx, url_of(port, "demo.git"));
        struct repo_refs refs;
        autosession *s = NULL;
        pthread_t thread;
        remote.ssh_key = text_of("plain", "id_rsa");
        remote.known_hosts = text_of("plain", "known_hosts");
        assert_int_equal(pthread_create(&thread, NULL, hang_up_once, &fd), 0);
        assert_true(repo_session_open(&remote, &s, &err));
        assert_false(repo_session_refs(&fx.a, s, NULL, &refs, &err));
        if (i == 0)
            print_message("  %s\n", err.msg);
        assert_int_equal(err.kind, ERR_IO);
        pthread_join(thread, NULL);
        repo_session_close(&s);
        assert_int_equal(open_descriptors(), before);
    }
    close(fd);
}

// A server that accepts and says nothing costs the deadline; cancelling ends the wait at once.
static void test_silent(void **state) {
    (void)state;
    int port, fd = listen_somewhere(&port), pipes[2];
    assert_int_equal(pipe(pipes), 0);
    for (int i = 0; i < 2; i++) {
        struct err err = { .a = &fx.a };
        struct repo_remote remote = remote_to(&fx, url_of(port, "demo.git"));
        struct repo_refs refs;
        autosession *s = NULL;
        int64_t start = now_mono_ns();
        remote.ssh_key = text_of("plain", "id_rsa");
        remote.known_hosts = text_of("plain", "known_hosts");
        remote.deadline_ns = start + (i ? 60 * NS_PER_S : 300 * NS_PER_MS);
        remote.cancel = &pipes[0];
        if (i)
            assert_int_equal(write(pipes[1], "x", 1), 1);
        assert_true(repo_session_open(&remote, &s, &err));
        assert_false(repo_session_refs(&fx.a, s, NULL, &refs, &err));
        assert_int_equal(err.kind, i ? ERR_CANCELED : ERR_TIMEOUT);
        assert_true(text_ends(err.msg, i ? "context canceled"
                                         : "context deadline exceeded")); // while looking up or connecting
        assert_true(now_mono_ns() - start < 5 * NS_PER_S);
    }
    close(fd);
    close(pipes[0]);
    close(pipes[1]);
}

static void test_algorithms(void **state) {
    (void)state;
    static const struct {
        const char *kex, *hostkey, *error;
    } cases[] = {
        { "curve25519-sha256", "rsa-sha2-512", NULL },
        { "nonsense", NULL, "ssh: none of the key exchange algorithms 'nonsense' is supported" },
        { NULL, "ssh-dss-nonsense", "ssh: none of the host key algorithms 'ssh-dss-nonsense' is supported" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        struct err err = { .a = &fx.a };
        struct repo_remote remote = remote_to(&fx, url_of(plain.port, "demo.git"));
        struct repo_refs refs;
        autosession *s = NULL;
        remote.ssh_key = text_of("plain", "id_rsa");
        remote.known_hosts = text_of("plain", "known_hosts");
        remote.ssh_kex_algos = cases[i].kex;
        remote.ssh_hostkey_algos = cases[i].hostkey;
        bool ok = repo_session_open(&remote, &s, &err) && repo_session_refs(&fx.a, s, NULL, &refs, &err);
        const char *got = ok ? "no error" : err.msg, *want = cases[i].error ? cases[i].error : "no error";
        check_row(want, text_eq(got, want), "got %s", got);
    }
    check_done();
}

static const struct {
    const char *name, *url, *error; // %d: the proxy's port
} proxy_rows[] = {
    { "http", "http://me:pa%%3Ass@127.0.0.1:%d", NULL },
    { "socks5", "socks5://me:pa%%3Ass@127.0.0.1:%d", NULL },
    { "http, wrong password", "http://me:wrong@127.0.0.1:%d", "proxy: CONNECT 127.0.0.1:" },
    { "http, no password", "http://127.0.0.1:%d", "status 407" },
    { "socks5, wrong password", "socks5://me:wrong@127.0.0.1:%d",
      "socks: username/password authentication failed" },
    { "socks5, no password", "socks5://127.0.0.1:%d", "socks: no acceptable authentication methods" },
    { "https", "https://127.0.0.1:%d", "proxy scheme 'https' is not supported for ssh" },
};

static void test_proxy(void **state) {
    (void)state;
    struct server proxy =
        server_start((const char *const[]) { "proxy.py", "--user", "me", "--password", "pa:ss", NULL });
    for (size_t i = 0; i < countof(proxy_rows); i++) {
        struct err err = { .a = &fx.a };
        struct repo_remote remote = remote_to(&fx, url_of(plain.port, "demo.git"));
        struct repo_refs refs;
        autosession *s = NULL;
        remote.ssh_key = text_of("plain", "id_ed25519");
        remote.known_hosts = text_of("plain", "known_hosts");
        remote.proxy = arena_fmt(&fx.a, proxy_rows[i].url, proxy.port);
        bool ok = repo_session_open(&remote, &s, &err) && repo_session_refs(&fx.a, s, NULL, &refs, &err);
        const char *got = ok ? "no error" : err.msg ? err.msg : "";
        const char *want = proxy_rows[i].error ? proxy_rows[i].error : "no error";
        check_row(proxy_rows[i].name, strstr(got, want) != NULL, "got %s", got);
        check_row(proxy_rows[i].name, !strstr(got, "wrong"), "the password is in the message");
    }
    server_stop(&proxy);
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),    cmocka_unit_test(test_incremental), cmocka_unit_test(test_silent),
        cmocka_unit_test(test_hang_up), cmocka_unit_test(test_algorithms),  cmocka_unit_test(test_proxy),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
