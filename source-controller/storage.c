// SPDX-License-Identifier: Apache-2.0
/* Names, checks and garbage collection of stored artifacts; see storage.h. */
#include "source-controller/storage.h"

#include "common/base/file.h"
#include "common/base/timeutil.h"
#include "source-controller/storage_inner.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_COLLECTED 1000

bool storage_open(struct storage *s, const char *root, struct err *err) {
    autofd fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_set_code(err, ERR_INVALID, errno, "storage path '%s': %s", root, errno_text(errno));
    s->root = root;
    s->root_fd = fd_steal(&fd);
    return true;
}

char *storage_path(struct arena *a, const char *kind, const char *ns, const char *name, const char *file) {
    char *path = arena_fmt(a, "%s/%s/%s/%s", kind, ns, name, file);
    for (char *c = path; *c && *c != '/'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return path;
}

char *storage_url(struct arena *a, const struct storage *s, const char *path) {
    bool scheme = text_starts(s->host, "http://") || text_starts(s->host, "https://");
    while (*path == '/')
        path++;
    return arena_fmt(a, "%s%s/%s", scheme ? "" : "http://", s->host, path);
}

char *storage_cache_dir(struct arena *a, const struct storage *s, const char *kind, const char *ns,
                        const char *name) {
    return arena_fmt(a, "%s/.cache/%s", s->root, storage_path(a, kind, ns, name, ""));
}

int storage_openat(const struct storage *s, const char *path, int flags) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC | ((flags & O_PATH) ? 0 : O_NONBLOCK)),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    while (*path == '/')
        path++;
    return (int)syscall(SYS_openat2, s->root_fd, *path ? path : ".", &how, sizeof(how));
}

static bool path_error(const char *path, struct err *err) {
    return err_set_code(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, errno, "%s: %s", path,
                        errno_text(errno));
}

bool storage_read_open(const struct storage *s, const char *path, int *out_fd, struct err *err) {
    struct stat st;
    autofd fd = storage_openat(s, path, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) != 0)
        return path_error(path, err);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_INVALID, "%s: not a regular file", path);
    *out_fd = fd_steal(&fd);
    return true;
}

bool storage_exists(const struct storage *s, const char *path) {
    autoarena a = { 0 };
    struct err ignored = { .a = &a };
    autofd fd = -1;
    return storage_read_open(s, path, &fd, &ignored);
}

bool storage_verify(const struct storage *s, const char *path, const char *digest, struct err *err) {
    struct digest want, got;
    autofd fd = -1;
    if (text_empty(digest))
        return err_set(err, ERR_INVALID, "artifact has no digest");
    if (!digest_parse(str_of(digest), &want, err))
        return err_wrap(err, "failed to parse artifact digest '%s'", digest);
    if (!storage_read_open(s, path, &fd, err) || !digest_of_fd(want.algorithm, fd, &got, err))
        return false;
    return digest_equal(&want, &got)
               ? true
               : err_set(err, ERR_INVALID, "computed digest doesn't match '%s'", digest);
}

// The directory of a path, and the name in it.
static bool open_parent(struct arena *a, const struct storage *s, const char *path, int *out_fd,
                        const char **out_name, struct err *err) {
    const char *slash = strrchr(path, '/');
    const char *dir = slash ? arena_text(a, path, (size_t)(slash - path)) : ".";
    int fd = storage_openat(s, dir, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return path_error(dir, err);
    *out_fd = fd;
    *out_name = slash ? slash + 1 : path;
    return true;
}

bool storage_remove(const struct storage *s, const char *path, struct err *err) {
    autoarena a = { 0 };
    autofd fd = -1;
    const char *name;
    if (!open_parent(&a, s, path, &fd, &name, err)) {
        if (err->kind != ERR_NOT_FOUND)
            return false;
        err_clear(err);
        return true;
    }
    return unlinkat(fd, name, 0) == 0 || errno == ENOENT ? true : path_error(path, err);
}

void storage_retire(const struct storage *s, const char *path) {
    autofd fd = storage_openat(s, path, O_RDONLY);
    if (fd >= 0)
        (void)futimens(fd, NULL);
}

bool storage_remove_object(const struct storage *s, const char *kind, const char *ns, const char *name,
                           bool *out, struct err *err) {
    autoarena a = { 0 };
    struct stat st;
    char *path = storage_path(&a, kind, ns, name, "");
    char *dir = path_join(&a, s->root, path);
    // The parents may be links of somebody else's making only if he can write to our volume; the check costs nothing.
    autofd fd = storage_openat(s, path, O_PATH | O_DIRECTORY);
    if (fd < 0 && errno != ENOENT)
        return path_error(path, err);
    *out = fd >= 0 && fstat(fd, &st) == 0;
    return dir_remove(dir, err) && dir_remove(storage_cache_dir(&a, s, kind, ns, name), err);
}

/* ---- garbage collection ---- */

struct old_file {
    const char *name;
    int64_t at; // modification, wall clock, ns
};

static int by_age(const void *x, const void *y) {
    const struct old_file *a = x, *b = y;
    return a->at < b->at ? -1 : a->at > b->at;
}

static size_t list_files(struct arena *a, int dir_fd, const char *current, struct old_file *out) {
    size_t n = 0;
    DIR *d = fdopendir(fcntl(dir_fd, F_DUPFD_CLOEXEC, 0));
    if (!d)
        return 0;
    for (const struct dirent *e = readdir(d); e && n < MAX_COLLECTED; e = readdir(d)) {
        struct stat st;
        if (text_eq(e->d_name, current) || text_ends(e->d_name, ".lock") ||
            fstatat(dir_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
            continue;
        out[n++] = (struct old_file) { arena_strdup(a, e->d_name),
                                       st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec };
    }
    closedir(d);
    return n;
}

bool storage_collect(const struct storage *s, const char *path, int64_t wall_ns, size_t *out,
                     struct err *err) {
    autoarena a = { 0 };
    autofd fd = -1;
    const char *current;
    *out = 0;
    if (!open_parent(&a, s, path, &fd, &current, err))
        return false;
    struct old_file *files = arena_array(&a, struct old_file, MAX_COLLECTED);
    size_t n = list_files(&a, fd, current, files), left = n + 1; // with the current one
    if (n > 0)
        qsort(files, n, sizeof(*files), by_age);
    for (size_t i = 0; i < n; i++) {
        bool expired = wall_ns - files[i].at > s->ttl_ns;
        if (!expired && left <= (size_t)s->records)
            continue;
        if (unlinkat(fd, files[i].name, 0) != 0 && errno != ENOENT)
            return path_error(files[i].name, err);
        unlinkat(fd, arena_fmt(&a, "%s.lock", files[i].name), 0);
        left--;
        ++*out;
    }
    return true;
}
