// SPDX-License-Identifier: Apache-2.0
/* See fixture.h. */
#include "tests/unit/git/fixture.h"
#include "tests/unit/check.h"

#include "common/base/file.h"
#include "common/base/timeutil.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void *run_loop(void *arg) {
    struct fixture *f = arg;
    loop_run(f->loop);
    http_client_stop(f->http);
    return NULL;
}

void fixture_start(struct fixture *f) {
    *f = (struct fixture) { 0 };
    memcpy(f->dir, "/tmp/runnel-git-XXXXXX", sizeof("/tmp/runnel-git-XXXXXX"));
    assert_non_null(mkdtemp(f->dir));
    f->loop = loop_new();
    f->http = http_client_new(f->loop);
    pthread_t *thread = malloc(sizeof(*thread));
    f->thread = thread;
    assert_int_equal(pthread_create(thread, NULL, run_loop, f), 0);
    signal(SIGPIPE, SIG_IGN);
}

void fixture_stop(struct fixture *f) {
    struct err err = { .a = &f->a };
    loop_stop(f->loop);
    pthread_join(*(pthread_t *)f->thread, NULL);
    free(f->thread);
    http_client_free(f->http);
    loop_free(f->loop);
    assert_true(dir_remove(f->dir, &err));
    arena_done(&f->a);
}

char *shell(struct fixture *f, const char *script, ...) {
    const char *argv[16] = { "/bin/sh", "-ec", script, "sh" };
    int pipes[2];
    va_list ap;
    va_start(ap, script);
    for (size_t i = 4; i < countof(argv) - 1 && (argv[i] = va_arg(ap, const char *)) != NULL;)
        i++;
    va_end(ap);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(f->dir) != 0 || dup2(pipes[1], 1) < 0)
            _exit(126);
        setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
        setenv("HOME", f->dir, 1);
        setenv("GIT_AUTHOR_NAME", "tester", 1);
        setenv("GIT_AUTHOR_EMAIL", "tester@example.com", 1);
        setenv("GIT_COMMITTER_NAME", "tester", 1);
        setenv("GIT_COMMITTER_EMAIL", "tester@example.com", 1);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(pipes[1]);
    char *out = arena_alloc(&f->a, 65536);
    size_t n = 0;
    ssize_t got;
    while ((got = read(pipes[0], out + n, 65535 - n)) > 0)
        n += (size_t)got;
    close(pipes[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    if (status != 0)
        fail_msg("script failed: %s", script);
    while (n > 0 && out[n - 1] == '\n')
        out[--n] = '\0';
    return out;
}

struct server server_start(const char *const *argv) {
    const char *args[24] = { "python3" };
    char path[512], line[512] = { 0 };
    int in[2], out[2];
    snprintf(path, sizeof(path), "%s/lib/%s", TESTS_DIR, argv[0]);
    args[1] = path;
    for (size_t i = 1; argv[i]; i++)
        args[i + 1] = argv[i];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        execvp(args[0], (char *const *)(uintptr_t)args);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    struct server s = { .pid = pid, .in = in[1], .out = out[0] };
    for (size_t n = 0; n < sizeof(line) - 1 && read(out[0], line + n, 1) == 1 && line[n] != '\n';)
        n++;
    if (sscanf(line, "{\"port\": %d", &s.port) != 1)
        fail_msg("%s did not start", argv[0]);
    return s;
}

void server_stop(struct server *s) {
    close(s->in);
    close(s->out);
    waitpid(s->pid, NULL, 0);
}

struct repo_remote remote_to(struct fixture *f, const char *url) {
    return (struct repo_remote) { .url = url, .http = f->http, .deadline_ns = now_mono_ns() + 5 * NS_PER_S };
}

struct repo_oid oid_of(const char *hex) {
    struct repo_oid oid;
    assert_true(repo_oid_parse(str_of(hex), &oid));
    return oid;
}
