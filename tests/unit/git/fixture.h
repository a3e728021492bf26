// SPDX-License-Identifier: Apache-2.0
/* What the tests of git share: a work directory, Git by shell, servers from tests/lib, an HTTP client with its loop. */
#ifndef TESTS_GIT_FIXTURE_H
#define TESTS_GIT_FIXTURE_H

#include "common/git/git.h"

#include <sys/types.h>

struct fixture {
    struct arena a;
    char dir[64];
    struct loop *loop;
    struct http_client *http;
    void *thread; // pthread_t of the loop
};

struct server {
    pid_t pid;
    int in, out, port;
};

void fixture_start(struct fixture *f);
void fixture_stop(struct fixture *f);
// Runs a shell script in the work directory; $1... are args (NULL-terminated). Returns its output without the last newline.
char *shell(struct fixture *f, const char *script, ...) __attribute__((sentinel));
// Starts a program that prints {"port": N}; argv[0] is a file in tests/lib.
struct server server_start(const char *const *argv);
void server_stop(struct server *s);

// "http://127.0.0.1:port/path", with five seconds from now.
struct repo_remote remote_to(struct fixture *f, const char *url);
struct repo_oid oid_of(const char *hex);

#endif
