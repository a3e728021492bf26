// SPDX-License-Identifier: Apache-2.0
/* Filesets: paths, symbolic links, reading and walking over any backend; see fileset.h. */
#include "common/fileset/backend.h"

#include <stdio.h>

#include "common/base/file.h"

#define MAX_LINKS 40  // followed in one path, as Linux
#define MAX_DEPTH 255 // directories inside each other

struct fileset *fileset_new(struct backend *take_base) {
    struct fileset *fs = calloc(1, sizeof(*fs));
    if (!fs)
        abort();
    fs->base = take_base;
    return fs;
}

struct fileset *fileset_mem(void) {
    return fileset_new(NULL);
}

void fileset_close(struct fileset **fs) {
    if (!*fs)
        return;
    struct fileset *f = *fs;
    const char *key;
    void *value;
    if (f->base)
        f->base->ops->close(f->base);
    top_free(f->top);
    for (size_t i = 0; map_next(&f->notes, &i, &key, &value);)
        free(value);
    map_done(&f->notes);
    free(f);
    *fs = NULL;
}

/* ---- one path, without following ---- */

static bool not_found(const char *verb, const char *path, struct err *err) {
    return err_set(err, ERR_NOT_FOUND, "%s %s: no such file or directory", verb, path);
}

static bool place_lstat(struct arena *a, struct place *p, struct fileset_entry *out, struct err *err);

static bool lstat_clean(struct arena *a, struct fileset *fs, const char *path, struct fileset_entry *out,
                        struct err *err) {
    struct place p;
    if (!top_find(a, fs, path, &p) || !place_lstat(a, &p, out, err)) {
        if (err->kind == ERR_NOT_FOUND || err->kind == ERR_NONE) {
            err_clear(err);
            return not_found("lstat", path, err);
        }
        return false;
    }
    out->name = path;
    return true;
}

static bool place_lstat(struct arena *a, struct place *p, struct fileset_entry *out, struct err *err) {
    if (p->node && p->node->kind == TOP_FILE) {
        *out = (struct fileset_entry) { .type = FILESET_FILE,
                                        .executable = p->node->executable,
                                        .size_bytes = p->node->bytes.n };
        return true;
    }
    if (p->node && p->node->kind != TOP_MOUNT) {
        *out = (struct fileset_entry) { .type = FILESET_DIR };
        return true;
    }
    if (p->mount)
        return lstat_clean(a, p->mount, p->below_path, out, err);
    if (p->base && p->base->ops->lstat(p->base, a, p->below_path, out, err))
        return true;
    if (err->kind != ERR_NONE)
        return false;
    if (text_eq(p->below_path, ".")) { // the root of a tree in memory
        *out = (struct fileset_entry) { .type = FILESET_DIR };
        return true;
    }
    return not_found("lstat", p->below_path, err);
}

static bool link_clean(struct arena *a, struct fileset *fs, const char *path, char **out, struct err *err) {
    struct place p;
    if (!top_find(a, fs, path, &p))
        return not_found("readlink", path, err);
    if (p.mount)
        return link_clean(a, p.mount, p.below_path, out, err);
    return p.base ? p.base->ops->link(p.base, a, p.below_path, out, err) : not_found("readlink", path, err);
}

/* ---- links ---- */

// dir/target, cleaned; NULL when it leaves the root.
static char *follow(struct arena *a, const char *link_path, const char *target) {
    if (target[0] == '/')
        return NULL;
    const char *slash = strrchr(link_path, '/');
    return path_clean_inside(a, str_of(arena_fmt(a, "%.*s/%s", slash ? (int)(slash - link_path) : 1,
                                                 slash ? link_path : ".", target)));
}

/* The path with all links in its directories (and, with `last`, at its end) replaced.
 * A path that does not exist comes back as it is: the caller finds that out. */
static bool resolve(struct arena *a, struct fileset *fs, char *path, bool last, char **out, struct err *err) {
    int links = 0;
    for (size_t at = 0;;) {
        size_t end = at + strcspn(path + at, "/");
        bool is_last = path[end] == '\0';
        if (is_last && !last)
            break;
        char *prefix = arena_text(a, path, end);
        struct fileset_entry e;
        if (!lstat_clean(a, fs, prefix, &e, err)) {
            if (err->kind != ERR_NOT_FOUND)
                return false;
            err_clear(err);
            break;
        }
        if (e.type == FILESET_LINK) {
            char *target;
            if (!link_clean(a, fs, prefix, &target, err))
                return false;
            if (++links > MAX_LINKS)
                return err_set(err, ERR_INVALID, "open %s: too many levels of symbolic links", path);
            char *next = follow(a, prefix, target);
            if (!next)
                return err_set(err, ERR_INVALID, "open %s: the symbolic link leaves the tree", path);
            path = is_last ? next : path_clean_inside(a, str_of(arena_fmt(a, "%s/%s", next, path + end + 1)));
            if (!path || strlen(path) > LIMIT_PATH_BYTES)
                return err_set(err, ERR_INVALID, "open: the symbolic link leaves the tree");
            at = 0;
            continue;
        }
        if (is_last)
            break;
        at = end + 1;
    }
    *out = path;
    return true;
}

static bool clean_path(struct arena *a, const char *path, char **out, struct err *err) {
    if (strlen(path) > LIMIT_PATH_BYTES)
        return err_set(err, ERR_LIMIT, "path longer than %d bytes", LIMIT_PATH_BYTES);
    char *clean = path_clean_inside(a, str_of(path));
    if (!clean)
        return err_set(err, ERR_INVALID, "%s: path is not inside the tree", path);
    *out = clean;
    return true;
}

// Clean and resolved, with the entry that is there. The first look is for the usual case: no links at all.
static bool find(struct arena *a, struct fileset *fs, const char *verb, const char *path, bool last,
                 char **out_path, struct fileset_entry *out, struct err *err) {
    char *clean, *real = NULL;
    if (!clean_path(a, path, &clean, err))
        return false;
    if (lstat_clean(a, fs, clean, out, err) && (out->type != FILESET_LINK || !last)) {
        *out_path = clean;
        return true;
    }
    if (err->kind != ERR_NONE && err->kind != ERR_NOT_FOUND)
        return false;
    err_clear(err);
    if (!resolve(a, fs, clean, last, &real, err))
        return false;
    if (!lstat_clean(a, fs, real, out, err)) {
        if (err->kind != ERR_NOT_FOUND)
            return false;
        err_clear(err);
        return not_found(verb, clean, err);
    }
    *out_path = real;
    return true;
}

/* ---- stat ---- */

static const char *type_word(enum fileset_type type) {
    static const char *const words[] = {
        [FILESET_FILE] = "file", [FILESET_DIR] = "dir", [FILESET_LINK] = "link", [FILESET_OTHER] = "other"
    };
    return words[type];
}

static bool stat_path(struct arena *a, struct fileset *fs, const char *path, bool last,
                      struct fileset_entry *out, struct err *err) {
    struct fileset_entry e;
    char *real, *clean = NULL;
    bool ok = find(a, fs, last ? "stat" : "lstat", path, last, &real, &e, err);
    if (ok || err->kind == ERR_NOT_FOUND)
        record_note(fs, last ? 'S' : 'L', path, ok ? type_word(e.type) : "-");
    if (!ok)
        return false;
    clean = path_clean_inside(a, str_of(path));
    e.name = clean;
    *out = e;
    return true;
}

bool fileset_stat(struct arena *a, struct fileset *fs, const char *path, struct fileset_entry *out,
                  struct err *err) {
    return stat_path(a, fs, path, true, out, err);
}

bool fileset_lstat(struct arena *a, struct fileset *fs, const char *path, struct fileset_entry *out,
                   struct err *err) {
    return stat_path(a, fs, path, false, out, err);
}

bool fileset_realpath(struct arena *a, struct fileset *fs, const char *path, char **out, struct err *err) {
    struct fileset_entry e;
    bool ok = find(a, fs, "lstat", path, true, out, &e, err);
    if (ok || err->kind == ERR_NOT_FOUND)
        record_note(fs, 'S', path, ok ? type_word(e.type) : "-");
    return ok;
}

static bool is_type(struct fileset *fs, const char *path, enum fileset_type type) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct fileset_entry e;
    return fileset_stat(&a, fs, path, &e, &err) && e.type == type;
}

bool fileset_is_file(struct fileset *fs, const char *path) {
    return is_type(fs, path, FILESET_FILE);
}

bool fileset_is_dir(struct fileset *fs, const char *path) {
    return is_type(fs, path, FILESET_DIR);
}

/* ---- read ---- */

static bool stream_clean(struct arena *a, struct fileset *fs, const char *path, fileset_sink sink, void *arg,
                         struct err *err) {
    struct place p;
    if (!top_find(a, fs, path, &p))
        return not_found("open", path, err);
    if (p.node && p.node->kind == TOP_FILE)
        return p.node->bytes.n == 0 || sink(arg, p.node->bytes, err);
    if (p.mount)
        return stream_clean(a, p.mount, p.below_path, sink, arg, err);
    return p.base ? p.base->ops->stream(p.base, p.below_path, sink, arg, err) : not_found("open", path, err);
}

static bool find_file(struct arena *a, struct fileset *fs, const char *path, char **real,
                      struct fileset_entry *e, struct err *err) {
    if (!find(a, fs, "open", path, true, real, e, err)) {
        if (err->kind == ERR_NOT_FOUND)
            record_note(fs, 'F', path, "-");
        return false;
    }
    if (e->type == FILESET_FILE)
        return true;
    record_note(fs, 'F', path, type_word(e->type));
    return err_set(err, ERR_INVALID, "read %s: %s", path,
                   e->type == FILESET_DIR ? "is a directory" : "not a regular file");
}

struct collect {
    struct buf bytes;
    size_t max_bytes;
    const char *path;
};

static bool collect_piece(void *arg, struct str piece, struct err *err) {
    struct collect *c = arg;
    if (piece.n > c->max_bytes - c->bytes.n)
        return err_set(err, ERR_LIMIT, "read %s: larger than %zu bytes", c->path, c->max_bytes);
    buf_put_str(&c->bytes, piece);
    return true;
}

bool fileset_read_max(struct arena *a, struct fileset *fs, const char *path, size_t max_bytes,
                      struct str *out, struct err *err) {
    autoarena scratch = { 0 };
    char *real;
    struct fileset_entry e;
    struct collect c = { .max_bytes = max_bytes, .path = path };
    if (!find_file(&scratch, fs, path, &real, &e, err))
        return false;
    if (e.size_bytes > max_bytes)
        return err_set(err, ERR_LIMIT, "read %s: larger than %zu bytes", path, max_bytes);
    if (!stream_clean(&scratch, fs, real, collect_piece, &c, err)) {
        buf_done(&c.bytes);
        return false;
    }
    *out = buf_to_arena(&c.bytes, a);
    record_bytes(fs, path, *out);
    return true;
}

bool fileset_read(struct arena *a, struct fileset *fs, const char *path, struct str *out, struct err *err) {
    return fileset_read_max(a, fs, path, LIMIT_DOCUMENT_BYTES, out, err);
}

bool fileset_stream(struct fileset *fs, const char *path, fileset_sink sink, void *arg, struct err *err) {
    autoarena a = { 0 };
    char *real;
    struct fileset_entry e;
    if (!find_file(&a, fs, path, &real, &e, err))
        return false;
    record_note(fs, 'X', path, "streamed"); // never holds: a stream's content is not kept
    return stream_clean(&a, fs, real, sink, arg, err);
}

/* ---- list ---- */

static int by_name(const void *x, const void *y) {
    const struct fileset_entry *a = x, *b = y;
    return str_cmp(str_of(a->name), str_of(b->name));
}

static void add_entry(struct arena *a, struct fileset_entries *list, size_t *cap, struct fileset_entry e) {
    list->items = arena_grow(a, list->items, cap, list->n + 1, sizeof(*list->items));
    list->items[list->n++] = e;
}

static bool list_clean(struct arena *a, struct fileset *fs, const char *dir, struct fileset_entries *out,
                       struct err *err);

static bool list_below(struct arena *a, struct place *p, struct fileset_entries *out, struct err *err) {
    *out = (struct fileset_entries) { 0 };
    bool ok = true;
    if (p->mount)
        ok = list_clean(a, p->mount, p->below_path, out, err);
    else if (p->base)
        ok = p->base->ops->list(p->base, a, p->below_path, out, err);
    if (ok || !p->node)
        return ok;
    if (err->kind != ERR_NOT_FOUND && err->kind != ERR_INVALID)
        return false;
    err_clear(err); // only on top is a directory of that name
    return true;
}

static bool list_clean(struct arena *a, struct fileset *fs, const char *dir, struct fileset_entries *out,
                       struct err *err) {
    struct place p;
    struct fileset_entries below, list = { 0 };
    if (!top_find(a, fs, dir, &p))
        return not_found("open", dir, err);
    if (!list_below(a, &p, &below, err))
        return false;
    if (!p.node) {
        *out = below;
        return true;
    }
    size_t cap = 0;
    for (size_t i = 0; i < below.n; i++)
        if (!top_kid(p.node, str_of(below.items[i].name)))
            add_entry(a, &list, &cap, below.items[i]);
    for (size_t i = 0; i < p.node->n; i++) {
        struct top_node *kid = p.node->kids[i];
        struct fileset_entry e;
        const char *path = text_eq(dir, ".") ? kid->name : arena_fmt(a, "%s/%s", dir, kid->name);
        if (kid->kind == TOP_HIDDEN)
            continue;
        if (!lstat_clean(a, fs, path, &e, err))
            return false;
        e.name = arena_strdup(a, kid->name);
        add_entry(a, &list, &cap, e);
    }
    *out = list;
    return true;
}

bool fileset_list(struct arena *a, struct fileset *fs, const char *dir, struct fileset_entries *out,
                  struct err *err) {
    char *real;
    struct fileset_entry e;
    struct fileset_entries list;
    if (!find(a, fs, "open", dir, true, &real, &e, err)) {
        if (err->kind == ERR_NOT_FOUND)
            record_note(fs, 'D', dir, "-");
        return false;
    }
    if (e.type != FILESET_DIR) {
        record_note(fs, 'D', dir, type_word(e.type));
        return err_set(err, ERR_INVALID, "readdir %s: not a directory", dir);
    }
    if (!list_clean(a, fs, real, &list, err))
        return false;
    if (list.n > 0)
        qsort(list.items, list.n, sizeof(*list.items), by_name);
    record_list(fs, dir, &list);
    *out = list;
    return true;
}

/* ---- walk ---- */

// One directory on the way down.
struct walk_frame {
    struct fileset_entries list;
    size_t next;
    const char *path;
    struct arena_mark mark;
};

static bool walk_enter(struct arena *a, struct fileset *fs, struct walk_frame *f, const char *path,
                       struct err *err) {
    f->mark = arena_mark(a);
    f->path = arena_strdup(a, path);
    f->next = 0;
    return fileset_list(a, fs, f->path, &f->list, err);
}

bool fileset_walk(struct fileset *fs, const char *dir, fileset_visit visit, void *arg, struct err *err) {
    autoarena a = { 0 };
    struct walk_frame *stack = arena_array(&a, struct walk_frame, MAX_DEPTH);
    size_t depth = 1;
    char *clean;
    if (!clean_path(&a, dir, &clean, err) || !walk_enter(&a, fs, &stack[0], clean, err))
        return false;
    while (depth > 0) {
        struct walk_frame *f = &stack[depth - 1];
        if (f->next == f->list.n) {
            arena_rewind(&a, f->mark);
            depth--;
            continue;
        }
        struct fileset_entry e = f->list.items[f->next++];
        e.name = text_eq(f->path, ".") ? e.name : arena_fmt(&a, "%s/%s", f->path, e.name);
        if (!visit(arg, &a, &e, err))
            return err->kind == ERR_NONE;
        if (e.type != FILESET_DIR)
            continue;
        if (depth == MAX_DEPTH)
            return err_set(err, ERR_LIMIT, "%s: more than %d directories deep", e.name, MAX_DEPTH);
        if (!walk_enter(&a, fs, &stack[depth++], e.name, err))
            return false;
    }
    return true;
}
