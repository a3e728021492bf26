// SPDX-License-Identifier: Apache-2.0
// flux logs beside a supervisor (deploy/local/run): its log files, followed by inotify.
#include "deploy/cli/logs.h"

#include "common/base/file.h"
#include "common/value/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#define MAX_FILES 16
#define STATE_MAX_BYTES (1u << 20)

struct log_file {
    int fd;
    int watch;
    struct buf pending;
    bool ended; // a broken line ended it
};

struct value *logs_supervisor_files(struct cli *c) {
    const char *config = text_empty(c->o.kubeconfig) ? getenv("KUBECONFIG") : c->o.kubeconfig;
    if (text_empty(config))
        return NULL;
    const char *slash = strrchr(config, '/');
    const char *dir = slash ? arena_text(c->a, config, (size_t)(slash - config)) : ".";
    struct err err = { .a = c->a };
    struct str text;
    struct value *state;
    if (!file_read(c->a, path_join(c->a, dir, "supervisor.json"), STATE_MAX_BYTES, &text, &err) ||
        !json_read(c->a, text, &state, &err))
        return NULL;
    struct value *logs = value_get(state, "logs"), *paths = value_list(c->a);
    for (size_t i = 0; value_is(logs, VALUE_MAP) && i < logs->map.n; i++)
        if (str_ends(logs->map.pairs[i].key, "-controller"))
            value_append(c->a, paths, logs->map.pairs[i].value);
    return paths;
}

// Prints the whole lines that are there. With tail >= 0 only the last `tail` lines.
static void take_lines(struct log_file *f, const struct log_filter *filter, int64_t tail) {
    struct str rest = buf_str(&f->pending), line;
    ptrdiff_t end = str_rchr(rest, '\n');
    if (end < 0)
        return;
    struct str whole = str_sub(rest, 0, (size_t)end);
    int64_t lines = 1;
    for (size_t i = 0; i < whole.n; i++)
        lines += whole.p[i] == '\n';
    while (!f->ended && str_split(&whole, '\n', &line))
        if (tail < 0 || lines-- <= tail)
            f->ended = log_line_print(filter, line) == LOG_LINE_BROKEN;
    buf_shift(&f->pending, (size_t)end + 1);
}

static void read_more(struct log_file *f) {
    ssize_t got;
    char *to = buf_room(&f->pending, 65536);
    while (!f->ended && (got = read(f->fd, to, 65536)) > 0) {
        f->pending.n += (size_t)got;
        to = buf_room(&f->pending, 65536);
    }
    *to = 0;
}

static bool follow(struct cli *c, struct log_file *files, size_t n, const struct log_filter *filter,
                   int watch_fd) {
    _Alignas(struct inotify_event) char events[4096];
    for (;;) {
        if (read(watch_fd, events, sizeof events) < 0 && errno != EINTR)
            return err_set(&c->err, ERR_IO, "inotify: %s", errno_text(errno));
        for (size_t i = 0; i < n; i++) {
            read_more(&files[i]);
            take_lines(&files[i], filter, -1);
        }
        fflush(stdout);
    }
}

int logs_from_files(struct cli *c, const struct value *paths, const struct log_filter *filter) {
    struct log_file files[MAX_FILES] = { 0 };
    size_t n = 0;
    bool ok = true;
    autofd watch_fd = c->o.follow ? inotify_init1(IN_CLOEXEC) : -1;
    for (size_t i = 0; i < value_len(paths) && n < MAX_FILES; i++) {
        const char *path = value_text(value_item(paths, i), "");
        struct log_file *f = &files[n++];
        f->fd = open(path, O_RDONLY | O_CLOEXEC);
        if (f->fd < 0) {
            cli_say(SAY_FAIL, "failed getting logs: open %s: %s", path, errno_text(errno));
            ok = false;
            continue;
        }
        if (watch_fd >= 0)
            f->watch = inotify_add_watch(watch_fd, path, IN_MODIFY);
        read_more(f);
        take_lines(f, filter, c->o.tail);
    }
    fflush(stdout);
    if (ok && c->o.follow)
        ok = follow(c, files, n, filter, watch_fd);
    for (size_t i = 0; i < n; i++) {
        fd_done(&files[i].fd);
        buf_done(&files[i].pending);
    }
    if (ok || c->err.kind != ERR_NONE)
        return !ok;
    return cli_fail(c, "failed to collect logs from all Flux pods");
}
