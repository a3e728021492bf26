// SPDX-License-Identifier: Apache-2.0
/* Three publishers and two subscribers, each a process of its own (argument: the node program). Subscribers and
 * publishers are killed and come back: in the end each subscriber has every message, and none twice but for the one
 * that was in work when it was killed. */
#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/base/map.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *node_program;

struct process {
    pid_t pid;
    int commands;
};

struct stage {
    struct arena arena;
    char dir[32];
    const char *key;
    struct process pub[3], sub[2];
};

static struct process spawn(const char *const argv[]) {
    int ends[2];
    posix_spawn_file_actions_t actions;
    struct process p;
    if (pipe2(ends, O_CLOEXEC) < 0)
        abort();
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
    if (posix_spawn(&p.pid, argv[0], &actions, NULL, (char *const *)argv, environ) != 0)
        abort();
    posix_spawn_file_actions_destroy(&actions);
    close(ends[0]);
    p.commands = ends[1];
    return p;
}

static const char *ipc(struct stage *s, const char *what, int i) {
    return arena_fmt(&s->arena, "ipc://%s/sockets/%s%d", s->dir, what, i);
}

static const char *file(struct stage *s, const char *what, int i) {
    return arena_fmt(&s->arena, "%s/%s%d", s->dir, what, i);
}

static void start_pub(struct stage *s, int i) {
    s->pub[i] = spawn((const char *[]) { node_program, "pub", arena_fmt(&s->arena, "pub%d", i), s->key,
                                         ipc(s, "rep", i), ipc(s, "sub", 0), ipc(s, "sub", 1), NULL });
}

static void start_sub(struct stage *s, int i) {
    s->sub[i] = spawn((const char *[]) { node_program, "sub", arena_fmt(&s->arena, "sub%d", i), s->key,
                                         file(s, "state", i), file(s, "log", i), ipc(s, "sub", i),
                                         ipc(s, "rep", 0), ipc(s, "rep", 1), ipc(s, "rep", 2), NULL });
}

static void kill_hard(struct process *p) {
    kill(p->pid, SIGKILL);
    waitpid(p->pid, NULL, 0);
    close(p->commands);
}

static void end_in_order(struct process *p) {
    int status = -1;
    close(p->commands);
    waitpid(p->pid, &status, 0);
    assert_int_equal(status, 0);
}

static void publish(struct stage *s, int i, int n) {
    char line[16];
    int size = snprintf(line, sizeof line, "%d\n", n);
    if (write(s->pub[i].commands, line, (size_t)size) != size)
        abort();
}

struct tally {
    int lines, different;
};

static struct tally count(struct stage *s, int i) {
    autoarena a = { 0 };
    automap keys = { 0 };
    struct err err = { .a = &a };
    struct str text, line;
    struct tally t = { 0 };
    if (!file_read(&a, file(s, "log", i), 16 << 20, &text, &err))
        return t;
    while (str_split(&text, '\n', &line)) {
        if (!line.n)
            continue;
        t.lines++;
        map_set(&keys, arena_text(&a, line.p, (size_t)str_chr(line, ' ')), &t);
    }
    t.different = (int)keys.count;
    return t;
}

// Until the subscriber has that many different messages; a minute at most.
static void wait_for(struct stage *s, int i, int want) {
    for (int k = 0; k < 3000 && count(s, i).different < want; k++)
        poll(NULL, 0, 20);
    assert_int_equal(count(s, i).different, want);
}

static void test_killed_and_back(void **state) {
    (void)state;
    struct stage s = { .dir = "/tmp/bus-processes.XXXXXX" };
    struct err err = { .a = &s.arena };
    assert_non_null(mkdtemp(s.dir));
    s.key = arena_fmt(&s.arena, "%s/key", s.dir);
    assert_true(file_write(s.key, STR("a shared secret that has more than 32 bytes\n"), 0600, &err));
    for (int i = 0; i < 3; i++)
        start_pub(&s, i);
    start_sub(&s, 0);
    for (int i = 0; i < 3; i++)
        publish(&s, i, 500); // the second subscriber is not there yet
    wait_for(&s, 0, 1500);
    start_sub(&s, 1);
    wait_for(&s, 1, 1500);
    for (int i = 0; i < 3; i++)
        publish(&s, i, 1000);
    kill_hard(&s.sub[1]); // in the middle of it
    wait_for(&s, 0, 4500);
    start_sub(&s, 1);
    wait_for(&s, 1, 4500);
    kill_hard(&s.pub[2]);
    publish(&s, 0, 10);
    start_pub(&s, 2);
    publish(&s, 2, 500);
    for (int i = 0; i < 2; i++)
        wait_for(&s, i, 5010);
    for (int i = 0; i < 3; i++)
        end_in_order(&s.pub[i]);
    for (int i = 0; i < 2; i++)
        end_in_order(&s.sub[i]);
    assert_int_equal(count(&s, 0).lines, 5010);
    assert_in_range(count(&s, 1).lines, 5010, 5011);
    assert_true(dir_remove(s.dir, &err));
    struct arena a = s.arena;
    arena_done(&a);
}

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    node_program = argv[1];
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_killed_and_back) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
