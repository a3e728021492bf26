// SPDX-License-Identifier: Apache-2.0
/* A fileset over a directory on disk. The kernel follows no link for us (openat2): where one leads is fileset.c's decision. */
#include "common/fileset/backend.h"

#include "common/base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct dir_backend {
    struct backend backend;
    int fd;
};

// O_NONBLOCK: opening a fifo must not wait (O_PATH opens nothing).
static int open_inside(const struct dir_backend *d, const char *path, int flags) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC | ((flags & O_PATH) ? 0 : O_NONBLOCK)),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    long fd = syscall(SYS_openat2, d->fd, path, &how, sizeof(how));
    return (int)fd;
}

static bool dir_error(const char *verb, const char *path, struct err *err) {
    bool missing =
        errno == ENOENT || errno == ENOTDIR || errno == ELOOP; // a link on the way: to be resolved first
    return err_set_code(err, missing ? ERR_NOT_FOUND : ERR_IO, errno, "%s %s: %s", verb, path,
                        errno_text(errno));
}

static struct fileset_entry entry_of(const char *name, const struct stat *st) {
    struct fileset_entry e = { .name = name, .type = FILESET_OTHER };
    if (S_ISREG(st->st_mode))
        e = (struct fileset_entry) { name, FILESET_FILE, (st->st_mode & 0111) != 0, (uint64_t)st->st_size };
    else if (S_ISDIR(st->st_mode))
        e.type = FILESET_DIR;
    else if (S_ISLNK(st->st_mode))
        e.type = FILESET_LINK;
    return e;
}

static bool dir_lstat(struct backend *b, struct arena *a, const char *path, struct fileset_entry *out,
                      struct err *err) {
    (void)a;
    struct dir_backend *d = container_of(b, struct dir_backend, backend);
    // O_PATH | O_NOFOLLOW gives the link itself; RESOLVE_NO_SYMLINKS would refuse it at the end of the path, so its parent is opened.
    const char *slash = strrchr(path, '/');
    char *parent = slash ? arena_text(a, path, (size_t)(slash - path)) : arena_strdup(a, ".");
    autofd fd = open_inside(d, parent, O_PATH | O_DIRECTORY);
    struct stat st;
    if (fd < 0 || fstatat(fd, slash ? slash + 1 : path, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return dir_error("lstat", path, err);
    *out = entry_of(path, &st);
    return true;
}

static bool dir_list(struct backend *b, struct arena *a, const char *dir, struct fileset_entries *out,
                     struct err *err) {
    struct dir_backend *d = container_of(b, struct dir_backend, backend);
    autofd fd = open_inside(d, dir, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return dir_error("open", dir, err);
    DIR *stream = fdopendir(fd);
    if (!stream)
        return dir_error("open", dir, err);
    fd_steal(&fd); // closedir closes it
    struct fileset_entries list = { 0 };
    size_t cap = 0;
    for (const struct dirent *e = readdir(stream); e; e = readdir(stream)) {
        struct stat st;
        if (text_eq(e->d_name, ".") || text_eq(e->d_name, "..") ||
            fstatat(dirfd(stream), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        list.items = arena_grow(a, list.items, &cap, list.n + 1, sizeof(*list.items));
        list.items[list.n++] = entry_of(arena_strdup(a, e->d_name), &st);
        if (list.n > LIMIT_TAR_ENTRIES)
            break;
    }
    closedir(stream);
    *out = list;
    return list.n <= LIMIT_TAR_ENTRIES
               ? true
               : err_set(err, ERR_LIMIT, "%s: more than %d entries", dir, LIMIT_TAR_ENTRIES);
}

static bool dir_link(struct backend *b, struct arena *a, const char *path, char **out, struct err *err) {
    struct dir_backend *d = container_of(b, struct dir_backend, backend);
    const char *slash = strrchr(path, '/');
    char *parent = slash ? arena_text(a, path, (size_t)(slash - path)) : arena_strdup(a, ".");
    char target[LIMIT_PATH_BYTES];
    autofd fd = open_inside(d, parent, O_PATH | O_DIRECTORY);
    ssize_t n = fd < 0 ? -1 : readlinkat(fd, slash ? slash + 1 : path, target, sizeof(target) - 1);
    if (n < 0)
        return dir_error("readlink", path, err);
    *out = arena_text(a, target, (size_t)n);
    return true;
}

static bool dir_stream(struct backend *b, const char *path, fileset_sink sink, void *arg, struct err *err) {
    struct dir_backend *d = container_of(b, struct dir_backend, backend);
    autofd fd = open_inside(d, path, O_RDONLY);
    if (fd < 0)
        return dir_error("open", path, err);
    char bytes[65536];
    for (;;) {
        ssize_t n = read(fd, bytes, sizeof(bytes));
        if (n == 0)
            return true;
        if (n < 0 && errno != EINTR)
            return dir_error("read", path, err);
        if (n > 0 && !sink(arg, str_make(bytes, (size_t)n), err))
            return false;
    }
}

static void dir_close(struct backend *b) {
    struct dir_backend *d = container_of(b, struct dir_backend, backend);
    fd_done(&d->fd);
    free(d);
}

static const struct backend_ops dir_ops = {
    .lstat = dir_lstat,
    .list = dir_list,
    .link = dir_link,
    .stream = dir_stream,
    .close = dir_close,
};

bool fileset_open_dir(const char *dir, struct fileset **out, struct err *err) {
    autofd fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_set_code(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno, "open %s: %s", dir,
                            errno_text(errno));
    struct dir_backend *d = calloc(1, sizeof(*d));
    if (!d)
        abort();
    d->backend.ops = &dir_ops;
    d->fd = fd_steal(&fd);
    *out = fileset_new(&d->backend);
    return true;
}
