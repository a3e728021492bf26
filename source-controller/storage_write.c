// SPDX-License-Identifier: Apache-2.0
/* Writing an artifact: lock, temp file in the target directory, hash and size while writing, fsync, rename. */
#include "source-controller/storage_inner.h"

#include "common/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP_PREFIX ".tmp-"

static bool io_error(const char *what, struct err *err) {
    return err_set_code(err, ERR_IO, errno, "%s: %s", what, errno_text(errno));
}

// mkdir -p below the root; each level is opened without following links.
static bool make_dirs(struct storage_write *w, const char *dir, struct err *err) {
    for (const char *end = dir; *end;) {
        const char *slash = strchr(end, '/');
        const char *prefix = slash ? arena_text(&w->a, dir, (size_t)(slash - dir)) : dir;
        const char *parent_slash = strrchr(prefix, '/');
        const char *parent = parent_slash ? arena_text(&w->a, prefix, (size_t)(parent_slash - prefix)) : ".";
        autofd fd = storage_openat(w->storage, parent, O_RDONLY | O_DIRECTORY);
        if (fd < 0 || (mkdirat(fd, parent_slash ? parent_slash + 1 : prefix, 0700) != 0 && errno != EEXIST))
            return io_error(prefix, err);
        end = slash ? slash + 1 : prefix + strlen(prefix);
    }
    int fd = storage_openat(w->storage, dir, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return io_error(dir, err);
    w->dir_fd = fd + 1;
    return true;
}

static bool take_lock(struct storage_write *w, struct err *err) {
    const char *name = arena_fmt(&w->a, "%s.lock", w->file);
    autofd fd = openat(w->dir_fd - 1, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
        return io_error(name, err);
    w->lock_fd = fd_steal(&fd) + 1;
    return true;
}

static bool open_temp(struct storage_write *w, struct err *err) {
    for (unsigned i = 0; i < 100; i++) {
        const char *name = arena_fmt(&w->a, TEMP_PREFIX "%s-%d-%u", w->file, (int)getpid(), i);
        int fd = openat(w->dir_fd - 1, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0) {
            w->fd = fd + 1;
            w->temp = name;
            return true;
        }
        if (errno != EEXIST)
            return io_error(name, err);
    }
    return err_set(err, ERR_IO, "%s: no name for a temporary file", w->file);
}

static bool file_sink(void *arg, struct str bytes, struct err *err) {
    struct storage_write *w = arg;
    hasher_add(&w->hasher, bytes.p, bytes.n);
    w->size_bytes += bytes.n;
    while (bytes.n > 0) {
        ssize_t n = write(w->fd - 1, bytes.p, bytes.n);
        if (n < 0 && errno != EINTR)
            return io_error(w->file, err);
        if (n > 0)
            bytes = str_sub(bytes, (size_t)n, bytes.n);
    }
    return true;
}

bool storage_write_begin(const struct storage *s, const char *path, bool gzip, struct storage_write *w,
                         enum storage_stage *stage, struct err *err) {
    const char *slash = strrchr(path, '/');
    w->storage = s;
    w->path = arena_strdup(&w->a, path);
    w->file = arena_strdup(&w->a, slash ? slash + 1 : path);
    *stage = STORAGE_MKDIR;
    if (!make_dirs(w, slash ? arena_text(&w->a, path, (size_t)(slash - path)) : ".", err))
        return false;
    *stage = STORAGE_LOCK;
    if (!take_lock(w, err))
        return false;
    *stage = STORAGE_TEMP;
    if (!open_temp(w, err))
        return false;
    hasher_init(&w->hasher, s->algorithm);
    if (gzip)
        w->gzip = gzip_new((struct byte_sink) { file_sink, w });
    return true;
}

struct byte_sink storage_sink(struct storage_write *w) {
    return w->gzip ? gzip_sink(w->gzip) : (struct byte_sink) { file_sink, w };
}

bool storage_write_end(struct storage_write *w, struct err *err) {
    if (w->gzip && !gzip_end(w->gzip, err))
        return false;
    if (fsync(w->fd - 1) != 0 || renameat(w->dir_fd - 1, w->temp, w->dir_fd - 1, w->file) != 0)
        return io_error(w->path, err);
    w->temp = NULL;
    if (fsync(w->dir_fd - 1) != 0)
        return io_error(w->path, err);
    hasher_finish(&w->hasher, &w->digest);
    return true;
}

static void close_plus_one(int *fd) {
    if (*fd > 0)
        close(*fd - 1);
    *fd = 0;
}

void storage_write_done(struct storage_write *w) {
    if (w->temp)
        unlinkat(w->dir_fd - 1, w->temp, 0);
    gzip_free(&w->gzip);
    hasher_done(&w->hasher);
    close_plus_one(&w->fd);
    close_plus_one(&w->lock_fd); // and with it the lock
    close_plus_one(&w->dir_fd);
    arena_done(&w->a);
}
