// SPDX-License-Identifier: Apache-2.0
// Real programs as peers.
#include "tests/unit/net/peers.h"
#include "common/base/file.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static pid_t spawn(const char *const argv[]) {
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    if (posix_spawnp(&pid, argv[0], &quiet, NULL, (char *const *)argv, environ) != 0) {
        fprintf(stderr, "%s is not installed (deploy/local/packages)\n", argv[0]);
        abort();
    }
    posix_spawn_file_actions_destroy(&quiet);
    return pid;
}

void run_program(const char *const argv[]) {
    int status;
    pid_t pid = spawn(argv);
    if (waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "%s %s failed\n", argv[0], argv[1]);
        abort();
    }
}

static const char *in(struct arena *a, const struct pki *p, const char *name) {
    return arena_fmt(a, "%s/%s", p->dir, name);
}

static void write_text(const char *path, const char *text) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    if (!file_write(path, str_of(text), 0600, &err))
        abort();
}

static const char *read_text(struct arena *a, const char *path) {
    struct err err = { .a = a };
    struct str s;
    if (!file_read(a, path, 1 << 20, &s, &err))
        abort();
    return s.p;
}

static void make_ca(struct arena *a, const struct pki *p, const char *name) {
    run_program((const char *[]) { "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                   "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=test",
                                   "-keyout", arena_fmt(a, "%s/%s.key", p->dir, name), "-out",
                                   arena_fmt(a, "%s/%s.crt", p->dir, name), NULL });
}

static void make_cert(struct arena *a, const struct pki *p, const char *name, const char *days) {
    const char *key = arena_fmt(a, "%s/%s.key", p->dir, name), *csr = arena_fmt(a, "%s/%s.csr", p->dir, name);
    run_program((const char *[]) { "openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
                                   "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-keyout", key,
                                   "-out", csr, NULL });
    run_program((const char *[]) { "openssl", "x509", "-req", "-in", csr, "-CA", in(a, p, "ca.crt"), "-CAkey",
                                   in(a, p, "ca.key"), "-CAcreateserial", "-days", days, "-extfile",
                                   in(a, p, "names"), "-out", arena_fmt(a, "%s/%s.crt", p->dir, name),
                                   NULL });
}

void pki_make(struct arena *a, struct pki *p) {
    *p = (struct pki) { .dir = "/tmp/net-pki.XXXXXX" };
    if (!mkdtemp(p->dir))
        abort();
    write_text(in(a, p, "names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    make_ca(a, p, "ca");
    make_ca(a, p, "other");
    make_cert(a, p, "server", "30");
    make_cert(a, p, "expired", "-1");
    make_cert(a, p, "client", "30");
    p->ca = read_text(a, in(a, p, "ca.crt"));
    p->other_ca = read_text(a, in(a, p, "other.crt"));
    p->client_cert = read_text(a, in(a, p, "client.crt"));
    p->client_key = read_text(a, in(a, p, "client.key"));
}

void pki_remove(const struct pki *p) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    if (!dir_remove(p->dir, &err))
        abort();
}

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in) { .sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port) };
}

static int free_port(void) {
    struct sockaddr_in sa = loopback(0);
    socklen_t n = sizeof sa;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&sa, n) < 0 || getsockname(fd, (struct sockaddr *)&sa, &n) < 0)
        abort();
    close(fd);
    return ntohs(sa.sin_port);
}

static void wait_for_port(int port) {
    for (int i = 0; i < 1000; i++) {
        struct sockaddr_in sa = loopback(port);
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        int rc = connect(fd, (struct sockaddr *)&sa, sizeof sa);
        close(fd);
        if (rc == 0)
            return;
        poll(NULL, 0, 10);
    }
    abort();
}

void tls_front_start(struct tls_front *t, const struct pki *p, const char *cert, const char *protocols,
                     const char *client_ca, int backend_port) {
    autoarena a = { 0 };
    t->port = free_port();
    const char *argv[] = { "nghttpx",
                           arena_fmt(&a, "--frontend=127.0.0.1,%d", t->port),
                           arena_fmt(&a, "--backend=127.0.0.1,%d", backend_port),
                           arena_fmt(&a, "--npn-list=%s", protocols),
                           "--conf=/dev/null",
                           "--errorlog-file=/dev/null",
                           "--frontend-http2-max-concurrent-streams=100",
                           "--workers=1",
                           "--no-ocsp",
                           "--single-process",
                           arena_fmt(&a, client_ca ? "--verify-client-cacert=%s/%s" : "--no-server-rewrite",
                                     p->dir, client_ca),
                           client_ca ? "--verify-client" : "--no-server-rewrite",
                           arena_fmt(&a, "%s/%s.key", p->dir, cert),
                           arena_fmt(&a, "%s/%s.crt", p->dir, cert),
                           NULL };
    t->pid = spawn(argv);
    wait_for_port(t->port);
}

void tls_front_stop(struct tls_front *t) {
    kill(t->pid, SIGKILL);
    waitpid(t->pid, NULL, 0);
}

int connections_to(int port) {
    int n = 0;
    for (int fd = 3; fd < 1024; fd++) {
        struct sockaddr_in sa;
        socklen_t size = sizeof sa;
        n += getpeername(fd, (struct sockaddr *)&sa, &size) == 0 && sa.sin_family == AF_INET &&
             ntohs(sa.sin_port) == port;
    }
    return n;
}
