// SPDX-License-Identifier: Apache-2.0
/* A fileset over a tar archive: read once, the contents into an unlinked temporary file, the names into an index. */
#include "common/fileset/backend.h"

#include <stdio.h>

#include "common/base/file.h"
#include "common/fileset/tar.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define MAX_DEPTH 250
#define BUFFER_BYTES 65536

struct indexed {
    enum fileset_type type;
    bool executable;
    const char *name; // last component, within path
    const char *path, *link;
    uint64_t offset, size_bytes;
    struct indexed *first_kid, *last_kid, *next;
};

struct tar_backend {
    struct backend backend;
    struct arena a;
    struct map by_path;
    struct indexed *root;
    int fd;
    uint64_t end; // of what is written
};

/* ---- reading ---- */

static bool tar_lstat(struct backend *b, struct arena *a, const char *path, struct fileset_entry *out,
                      struct err *err) {
    (void)a;
    struct tar_backend *t = container_of(b, struct tar_backend, backend);
    const struct indexed *e = map_get(&t->by_path, path);
    if (!e)
        return err_set(err, ERR_NOT_FOUND, "no such file or directory");
    *out = (struct fileset_entry) { e->name, e->type, e->executable, e->size_bytes };
    return true;
}

static bool tar_list(struct backend *b, struct arena *a, const char *dir, struct fileset_entries *out,
                     struct err *err) {
    struct tar_backend *t = container_of(b, struct tar_backend, backend);
    const struct indexed *e = map_get(&t->by_path, dir);
    struct fileset_entries list = { 0 };
    size_t n = 0;
    if (!e || e->type != FILESET_DIR)
        return err_set(err, e ? ERR_INVALID : ERR_NOT_FOUND, "not a directory");
    for (const struct indexed *kid = e->first_kid; kid; kid = kid->next)
        n++;
    list.items = arena_array(a, struct fileset_entry, n);
    for (const struct indexed *kid = e->first_kid; kid; kid = kid->next)
        list.items[list.n++] =
            (struct fileset_entry) { kid->name, kid->type, kid->executable, kid->size_bytes };
    *out = list;
    return true;
}

static bool tar_link(struct backend *b, struct arena *a, const char *path, char **out, struct err *err) {
    struct tar_backend *t = container_of(b, struct tar_backend, backend);
    const struct indexed *e = map_get(&t->by_path, path);
    if (!e || e->type != FILESET_LINK)
        return err_set(err, ERR_NOT_FOUND, "not a link");
    *out = arena_strdup(a, e->link);
    return true;
}

static bool tar_stream(struct backend *b, const char *path, fileset_sink sink, void *arg, struct err *err) {
    struct tar_backend *t = container_of(b, struct tar_backend, backend);
    const struct indexed *e = map_get(&t->by_path, path);
    char bytes[BUFFER_BYTES];
    if (!e || e->type != FILESET_FILE)
        return err_set(err, ERR_NOT_FOUND, "open %s: no such file or directory", path);
    for (uint64_t at = 0; at < e->size_bytes;) {
        uint64_t want = e->size_bytes - at < sizeof(bytes) ? e->size_bytes - at : sizeof(bytes);
        ssize_t n = pread(t->fd, bytes, (size_t)want, (off_t)(e->offset + at));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_set_code(err, ERR_IO, errno, "read %s: %s", path,
                                n ? errno_text(errno) : "unexpected EOF");
        if (!sink(arg, str_make(bytes, (size_t)n), err))
            return false;
        at += (uint64_t)n;
    }
    return true;
}

static void tar_close(struct backend *b) {
    struct tar_backend *t = container_of(b, struct tar_backend, backend);
    fd_done(&t->fd);
    map_done(&t->by_path);
    arena_done(&t->a);
    free(t);
}

static const struct backend_ops tar_ops = {
    .lstat = tar_lstat,
    .list = tar_list,
    .link = tar_link,
    .stream = tar_stream,
    .close = tar_close,
};

/* ---- the index ---- */

static struct indexed *add_node(struct tar_backend *t, struct indexed *parent, const char *path) {
    struct indexed *e = arena_new(&t->a, struct indexed);
    const char *slash = strrchr(path, '/');
    e->path = arena_strdup(&t->a, path);
    e->name = slash ? e->path + (slash - path) + 1 : e->path;
    e->type = FILESET_DIR;
    map_set(&t->by_path, path, e);
    if (parent && parent->last_kid)
        parent->last_kid->next = e;
    else if (parent)
        parent->first_kid = e;
    if (parent)
        parent->last_kid = e;
    return e;
}

// The directory of a path, with its parents.
static bool ensure_parent(struct tar_backend *t, const char *path, struct indexed **out, struct err *err) {
    struct indexed *parent = t->root;
    unsigned depth = 0;
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        char prefix[LIMIT_PATH_BYTES + 1];
        size_t n = (size_t)(slash - path);
        memcpy(prefix, path, n);
        prefix[n] = '\0';
        struct indexed *e = map_get(&t->by_path, prefix);
        if (!e)
            e = add_node(t, parent, prefix);
        if (e->type != FILESET_DIR)
            return err_set(err, ERR_INVALID, "tar file entry %s is below %s, which is no directory", path,
                           prefix);
        if (++depth > MAX_DEPTH)
            return err_set(err, ERR_LIMIT, "tar: more than %d directories deep", MAX_DEPTH);
        parent = e;
    }
    *out = parent;
    return true;
}

static bool name_ok(const char *name) {
    return name[0] && name[0] != '/' && !strchr(name, '\\') && !strstr(name, "../");
}

// The cleaned path below strip_dir; NULL: not part of the fileset.
static bool entry_path(struct arena *a, const struct tar_entry *e, const char *strip_dir, char **out,
                       struct err *err) {
    char *clean = name_ok(e->name) ? path_clean_inside(a, str_of(e->name)) : NULL;
    if (!clean || strlen(clean) > LIMIT_PATH_BYTES)
        return err_set(err, ERR_INVALID, "tar contained invalid name error \"%.200s\"", e->name);
    if (strip_dir && !text_starts(clean, strip_dir))
        clean = NULL;
    else if (strip_dir)
        clean += strlen(strip_dir);
    *out = clean && *clean && !text_eq(clean, ".") ? clean : NULL;
    return true;
}

static bool store_content(struct tar_backend *t, struct tar_reader *r, struct err *err) {
    char bytes[BUFFER_BYTES];
    size_t n;
    for (;;) {
        if (!tar_read(r, bytes, sizeof(bytes), &n, err))
            return false;
        if (n == 0)
            return true;
        for (size_t done = 0; done < n;) {
            ssize_t written = write(t->fd, bytes + done, n - done);
            if (written < 0 && errno != EINTR)
                return err_set_code(err, ERR_IO, errno, "temporary file: %s", errno_text(errno));
            if (written > 0)
                done += (size_t)written;
        }
        t->end += n;
    }
}

static bool unsupported(const struct tar_entry *e, struct err *err) {
    return err_set(err, ERR_INVALID, "tar file entry %.200s contained unsupported file type", e->name);
}

static bool add_entry(struct tar_backend *t, struct tar_reader *r, const struct tar_entry *e,
                      const struct tar_options *o, struct err *err) {
    autoarena scratch = { 0 };
    struct indexed *parent, *node;
    char *path;
    bool link = e->type == TAR_SYMLINK;
    if (link && o->links == TAR_LINKS_SKIP)
        return true;
    if ((link && o->links == TAR_LINKS_REFUSE) || e->type == TAR_HARDLINK || e->type == TAR_OTHER)
        return unsupported(e, err);
    if (!entry_path(&scratch, e, o->strip_dir, &path, err))
        return false;
    if (!path)
        return true;
    if (!ensure_parent(t, path, &parent, err))
        return false;
    node = map_get(&t->by_path, path);
    enum fileset_type type = e->type == TAR_DIR ? FILESET_DIR : link ? FILESET_LINK : FILESET_FILE;
    if (node && node->type != type)
        return err_set(err, ERR_INVALID, "tar file entry %s appears twice with different types", path);
    if (!node)
        node = add_node(t, parent, path);
    node->type = type;
    node->executable = type == FILESET_FILE && (e->mode & 0111);
    node->link = link ? arena_strdup(&t->a, e->link) : NULL;
    node->offset = t->end;
    node->size_bytes = e->size_bytes;
    return type != FILESET_FILE || store_content(t, r, err);
}

static bool open_temp(const char *dir, int *out_fd, struct err *err) {
    if (text_empty(dir))
        dir = text_empty(getenv("TMPDIR")) ? "/tmp" : getenv("TMPDIR");
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        char path[LIMIT_PATH_BYTES];
        snprintf(path, sizeof(path), "%s/runnel-XXXXXX", dir);
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0)
            unlink(path);
    }
    if (fd < 0)
        return err_set_code(err, ERR_IO, errno, "temporary file in %s: %s", dir, errno_text(errno));
    *out_fd = fd;
    return true;
}

static bool read_archive(struct tar_backend *t, struct byte_source src, const struct tar_options *o,
                         struct err *err) {
    AUTO(tar_reader_free)
    struct tar_reader *r = tar_reader_new(src, o->max_entries ? o->max_entries : LIMIT_TAR_ENTRIES,
                                          o->max_bytes ? o->max_bytes : LIMIT_ARTIFACT_UNPACKED_BYTES);
    struct tar_entry e;
    while (tar_next(r, &e, err))
        if (!add_entry(t, r, &e, o, err))
            return false;
    return err->kind == ERR_NONE;
}

// A plain source must be at its end too.
static bool read_all(struct tar_backend *t, struct byte_source src, const struct tar_options *o,
                     struct err *err) {
    uint64_t max_bytes = o->max_bytes ? o->max_bytes : LIMIT_ARTIFACT_UNPACKED_BYTES;
    if (o->plain)
        return read_archive(t, src, o, err);
    // Headers and padding come on top of the contents.
    uint64_t headers = (uint64_t)(o->max_entries ? o->max_entries : LIMIT_TAR_ENTRIES) * 4096;
    AUTO(gunzip_free)
    struct gunzip *g = gunzip_new(src, max_bytes > UINT64_MAX - headers ? UINT64_MAX : max_bytes + headers);
    return read_archive(t, gunzip_source(g), o, err);
}

bool fileset_from_tar(struct byte_source src, const struct tar_options *options, struct fileset **out,
                      struct err *err) {
    static const struct tar_options defaults = { 0 };
    const struct tar_options *o = options ? options : &defaults;
    struct tar_backend *t = calloc(1, sizeof(*t));
    if (!t)
        abort();
    t->backend.ops = &tar_ops;
    t->fd = -1;
    t->root = add_node(t, NULL, ".");
    if (!open_temp(o->temp_dir, &t->fd, err) || !read_all(t, src, o, err)) {
        tar_close(&t->backend);
        return false;
    }
    *out = fileset_new(&t->backend);
    return true;
}

/* ---- sources ---- */

static bool fd_read(void *arg, void *to, size_t cap, size_t *out_n, struct err *err) {
    ssize_t n;
    do
        n = read(*(int *)arg, to, cap);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_set_code(err, ERR_IO, errno, "read: %s", errno_text(errno));
    *out_n = (size_t)n;
    return true;
}

struct byte_source byte_source_fd(int *fd) {
    return (struct byte_source) { fd_read, fd };
}

static bool mem_read(void *arg, void *to, size_t cap, size_t *out_n, struct err *err) {
    (void)err;
    struct str *s = arg;
    size_t n = s->n < cap ? s->n : cap;
    memcpy(to, s->p, n);
    *s = str_make(s->p + n, s->n - n);
    *out_n = n;
    return true;
}

struct byte_source byte_source_mem(struct str *remaining) {
    return (struct byte_source) { mem_read, remaining };
}
