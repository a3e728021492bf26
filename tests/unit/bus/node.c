// SPDX-License-Identifier: Apache-2.0
/* A process on the bus, for test_processes.c.
 *   bus-test-node pub NAME KEY REPLAY_BIND PEER...          publishes N messages for each line "N" on stdin
 *   bus-test-node sub NAME KEY STATE LOG BIND REPLAY_PEER... appends a line "key topic payload" to LOG for each message
 */
#include "common/bus/bus.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

struct node {
    struct loop *loop;
    struct bus *bus;
    const char *name;
    int log, published;
};

static void on_message(void *arg, const struct bus_message *m) {
    struct node *n = arg;
    char line[1024];
    int size = snprintf(line, sizeof line, "%s %s %s\n", m->key, m->topic, m->payload.p);
    if (write(n->log, line, (size_t)size) != size)
        abort();
}

static void on_command(void *arg, int fd, uint32_t events) {
    struct node *n = arg;
    char text[64] = "";
    (void)events;
    if (read(fd, text, sizeof text - 1) <= 0) {
        loop_stop(n->loop);
        return;
    }
    for (long count = strtol(text, NULL, 10); count > 0; count--) {
        char topic[128], payload[64];
        snprintf(topic, sizeof topic, "event/info/Kustomization/%s/x", n->name);
        snprintf(payload, sizeof payload, "%s-%d", n->name, n->published++);
        if (!bus_publish(n->bus, topic, str_of(payload)))
            abort();
    }
}

int main(int argc, char **argv) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    if (argc < 6)
        return 2;
    bool publishes = !strcmp(argv[1], "pub");
    struct node n = { .loop = loop_new(), .name = argv[2], .log = -1 };
    struct bus_config c = { .name = argv[2], .key_file = argv[3] };
    const char *const here[] = { argv[publishes ? 4 : 6], NULL };
    if (publishes) {
        c.replay_bind = here;
        c.peers = (const char *const *)argv + 5;
    } else {
        c.state_file = argv[4];
        n.log = open(argv[5], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        c.bind = here;
        c.replay_peers = (const char *const *)argv + 7;
    }
    if (!bus_open(n.loop, &c, &n.bus, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    bus_subscribe(n.bus, "event/", on_message, &n);
    loop_fd_add(n.loop, STDIN_FILENO, EPOLLIN, on_command, &n);
    loop_run(n.loop);
    bus_close(n.bus);
    loop_free(n.loop);
    return 0;
}
