// SPDX-License-Identifier: Apache-2.0
// Descriptors and whole files.
#include "common/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void fd_done(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int fd_steal(int *fd) {
    int n = *fd;
    *fd = -1;
    return n;
}

void stdio_done(FILE **f) {
    if (*f)
        fclose(*f);
    *f = NULL;
}

static const struct {
    int code;
    const char *text;
} errno_texts[] = {
    { ENOENT, "no such file or directory" },
    { EACCES, "permission denied" },
    { EPERM, "operation not permitted" },
    { EEXIST, "file exists" },
    { ENOTDIR, "not a directory" },
    { EISDIR, "is a directory" },
    { ENOSPC, "no space left on device" },
    { EROFS, "read-only file system" },
    { ECONNREFUSED, "connection refused" },
    { ECONNRESET, "connection reset by peer" },
    { ETIMEDOUT, "connection timed out" },
    { ELOOP, "too many levels of symbolic links" },
    { EMFILE, "too many open files" },
    { ENOMEM, "cannot allocate memory" },
    { EADDRINUSE, "address already in use" },
    { EPIPE, "broken pipe" },
    { EIO, "input/output error" },
    { EINVAL, "invalid argument" },
    { ENOTEMPTY, "directory not empty" },
    { ENAMETOOLONG, "file name too long" },
    { EHOSTUNREACH, "no route to host" },
    { ENETUNREACH, "network is unreachable" },
    { EAGAIN, "resource temporarily unavailable" },
};

const char *errno_text(int code) {
    for (size_t i = 0; i < countof(errno_texts); i++)
        if (errno_texts[i].code == code)
            return errno_texts[i].text;
    return "system error";
}

static bool errno_err(struct err *err, const char *verb, const char *path, int code) {
    enum err_kind kind = code == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    return err_set_code(err, kind, code, "%s %s: %s", verb, path, errno_text(code));
}

bool file_read(struct arena *a, const char *path, size_t max_bytes, struct str *out, struct err *err) {
    autofd fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno_err(err, "open", path, errno);
    struct stat st;
    if (fstat(fd, &st) < 0)
        return errno_err(err, "stat", path, errno);
    if (S_ISDIR(st.st_mode))
        return errno_err(err, "read", path, EISDIR);
    size_t cap = st.st_size > 0 && (size_t)st.st_size <= max_bytes ? (size_t)st.st_size + 1 : 4096, n = 0;
    char *p = arena_alloc(a, cap + 1);
    for (;;) {
        if (n == cap)
            p = arena_grow(a, p, &cap, cap * 2, 1);
        ssize_t got = read(fd, p + n, cap - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno_err(err, "read", path, errno);
        if (got == 0)
            break;
        n += (size_t)got;
        if (n > max_bytes)
            return err_set(err, ERR_LIMIT, "read %s: file is larger than %zu bytes", path, max_bytes);
    }
    *out = (struct str) { n < cap ? (p[n] = 0, p) : arena_text(a, p, n), n };
    return true;
}

static bool write_all(int fd, struct str data) {
    while (data.n) {
        ssize_t put = write(fd, data.p, data.n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        data = str_sub(data, (size_t)put, data.n);
    }
    return true;
}

bool file_write(const char *path, struct str data, unsigned mode, struct err *err) {
    autoarena a = { 0 };
    char *temp = arena_fmt(&a, "%s.XXXXXX", path);
    autofd fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0)
        return errno_err(err, "create", temp, errno);
    if (!write_all(fd, data) || fchmod(fd, mode) < 0 || fsync(fd) < 0 || rename(temp, path) < 0) {
        int code = errno;
        unlink(temp);
        return errno_err(err, "write", path, code);
    }
    const char *slash = strrchr(path, '/');
    const char *dir = slash == path ? "/" : slash ? arena_text(&a, path, (size_t)(slash - path)) : ".";
    autofd dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd >= 0)
        fsync(dir_fd);
    return true;
}

bool dir_make(const char *path, unsigned mode, struct err *err) {
    autoarena a = { 0 };
    char *p = arena_strdup(&a, path);
    for (char *s = p + 1; *p && *s; s++) {
        if (*s != '/')
            continue;
        *s = 0;
        if (mkdir(p, mode) < 0 && errno != EEXIST)
            return errno_err(err, "mkdir", p, errno);
        *s = '/';
    }
    if (mkdir(p, mode) < 0 && errno != EEXIST)
        return errno_err(err, "mkdir", p, errno);
    return true;
}

// Empties the directory behind fd, which it takes. Depth is bounded by the path limit of the file system.
static bool dir_empty(int take_fd, const char *path, struct err *err) {
    DIR *d = fdopendir(take_fd);
    if (!d) {
        close(take_fd);
        return errno_err(err, "open", path, ENOMEM);
    }
    bool ok = true;
    struct dirent *e;
    while (ok && (e = readdir(d))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(d), e->d_name, 0) == 0 || errno == ENOENT)
            continue;
        int sub = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (sub < 0)
            ok = errno_err(err, "remove", path, errno);
        else if ((ok = dir_empty(sub, path, err)) && unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR) < 0 &&
                 errno != ENOENT)
            ok = errno_err(err, "remove", path, errno);
    }
    closedir(d);
    return ok;
}

bool dir_remove(const char *path, struct err *err) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return true;
    if (fd < 0)
        return unlink(path) == 0 || errno_err(err, "remove", path, errno);
    if (!dir_empty(fd, path, err))
        return false;
    return rmdir(path) == 0 || errno == ENOENT || errno_err(err, "remove", path, errno);
}

char *path_join(struct arena *a, const char *dir, const char *name) {
    size_t n = strlen(dir);
    while (*name == '/')
        name++;
    return arena_fmt(a, "%s%s%s", dir, n && dir[n - 1] == '/' ? "" : "/", name);
}

char *path_clean_inside(struct arena *a, struct str path) {
    if (path.n && path.p[0] == '/')
        return NULL;
    if (memchr(path.n ? path.p : "", 0, path.n))
        return NULL;
    char *out = arena_alloc(a, path.n + 2);
    size_t n = 0;
    struct str rest = path, part;
    while (str_split(&rest, '/', &part)) {
        if (!part.n || str_is(part, "."))
            continue;
        if (str_is(part, "..")) {
            if (!n)
                return NULL;
            while (n && out[n - 1] != '/')
                n--;
            n -= n > 0;
            continue;
        }
        if (n)
            out[n++] = '/';
        memcpy(out + n, part.p, part.n);
        n += part.n;
    }
    if (!n)
        out[n++] = '.';
    out[n] = 0;
    return out;
}
