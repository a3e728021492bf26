// SPDX-License-Identifier: Apache-2.0
/* Fileset: a read-only tree of files behind one interface: a directory, a tar archive, a Git tree, memory;
 * with files and trees put on top.
 *
 * What it is     what `kustomize build`, chart loading and the artifact writer read from. Nothing is
 * unpacked. What it is not a file system: no writing (fileset_put changes the view, not what is below), no
 * devices, no sockets. Paths          relative, slash-separated, "." or "" is the root. They are cleaned; one
 * that leaves the root is ERR_INVALID. Symbolic links are followed inside the root only (at most 40); one
 * that points out is ERR_INVALID. Errors         ERR_NOT_FOUND ("open x: no such file or directory"),
 * ERR_INVALID (is a directory, not a directory, leaves the root), ERR_LIMIT, ERR_IO. Threads        one at a
 * time.
 */
#ifndef FILESET_FILESET_H
#define FILESET_FILESET_H

#include "common/base/err.h"

enum fileset_type { FILESET_FILE, FILESET_DIR, FILESET_LINK, FILESET_OTHER };

struct fileset_entry {
    const char *name; // in its directory; for fileset_stat the cleaned path
    enum fileset_type type;
    bool executable;
    uint64_t size_bytes; // of a file; a Git tree says 0 in fileset_list (stat knows it)
};

struct fileset_entries {
    struct fileset_entry *items; // in byte order of their names
    size_t n;
};

struct fileset;

/* ---- open ---- */
// A directory on disk. It is held open; links inside are never followed by the kernel.
must_check bool fileset_open_dir(const char *dir, struct fileset **out, struct err *err);
// An empty tree in memory: add files with fileset_put.
struct fileset *fileset_mem(void);

// Where bytes come from. read gives up to cap bytes; *out_n 0 = end.
struct byte_source {
    bool (*read)(void *arg, void *to, size_t cap, size_t *out_n, struct err *err);
    void *arg;
};
struct byte_source byte_source_fd(int *fd);                // borrowed
struct byte_source byte_source_mem(struct str *remaining); // borrowed; is used up

enum tar_links {
    TAR_LINKS_REFUSE,
    TAR_LINKS_SKIP,
    TAR_LINKS_KEEP
}; // symbolic links: error, dropped, kept (followed inside the root)

struct tar_options {
    enum tar_links links;
    bool plain;            // not compressed; else gzip is required
    uint64_t max_bytes;    // unpacked; 0 = LIMIT_ARTIFACT_UNPACKED_BYTES
    size_t max_entries;    // 0 = LIMIT_TAR_ENTRIES
    const char *strip_dir; // "chart/": only entries below it, without it; NULL = all
    const char *temp_dir;  // for the unlinked file that holds the contents; NULL = $TMPDIR or /tmp
};
/* A tar or tar.gz as source-controller and `flux push` write it. Read once to its end (trailing junk, a bad
 * CRC and a cut archive are errors) into an unlinked temporary file; memory grows with the number of entries
 * only. `options` NULL = defaults. Flux: pkg/tar: absolute names, "..", "\\", hard links and devices are
 * errors. */
must_check bool fileset_from_tar(struct byte_source src, const struct tar_options *options,
                                 struct fileset **out, struct err *err);

void fileset_close(struct fileset **fs); // for AUTO(fileset_close); NULL ok
#define autofileset AUTO(fileset_close) struct fileset

/* ---- read ---- */
must_check bool fileset_read(struct arena *a, struct fileset *fs, const char *path, struct str *out,
                             struct err *err); // NUL-terminated
// With a limit of its own (default LIMIT_DOCUMENT_BYTES).
must_check bool fileset_read_max(struct arena *a, struct fileset *fs, const char *path, size_t max_bytes,
                                 struct str *out, struct err *err);
must_check bool fileset_list(struct arena *a, struct fileset *fs, const char *dir,
                             struct fileset_entries *out, struct err *err);
// Follows links. *out untouched on failure.
must_check bool fileset_stat(struct arena *a, struct fileset *fs, const char *path, struct fileset_entry *out,
                             struct err *err);
// Does not follow a link at the end of the path.
must_check bool fileset_lstat(struct arena *a, struct fileset *fs, const char *path,
                              struct fileset_entry *out, struct err *err);
// The path with all links followed, as the file or directory is called without them. Errors as fileset_stat.
must_check bool fileset_realpath(struct arena *a, struct fileset *fs, const char *path, char **out,
                                 struct err *err);
bool fileset_is_file(struct fileset *fs, const char *path);
bool fileset_is_dir(struct fileset *fs, const char *path);
// The content in pieces, for what does not fit in memory. `sink` returns false to stop (with its err set).
typedef bool (*fileset_sink)(void *arg, struct str piece, struct err *err);
must_check bool fileset_stream(struct fileset *fs, const char *path, fileset_sink sink, void *arg,
                               struct err *err);

/* Depth first, directories before what is in them, byte order in each directory; the root itself is not
 * visited, links are not followed. `visit` gets the whole path in entry->name. It returns false to stop (err
 * set: failure; not set: stopped in order). */
typedef bool (*fileset_visit)(void *arg, struct arena *a, const struct fileset_entry *entry, struct err *err);
must_check bool fileset_walk(struct fileset *fs, const char *dir, fileset_visit visit, void *arg,
                             struct err *err);

/* ---- put on top ---- */
// A file (its parents appear); hides what was there. Bytes are copied. Errors: ERR_INVALID (path leaves the
// root or is the root).
must_check bool fileset_put(struct fileset *fs, const char *path, struct str bytes, bool executable,
                            struct err *err);
// Removes a file or tree from the view.
must_check bool fileset_hide(struct fileset *fs, const char *path, struct err *err);
/* Shows `sub` (taken: closed with fs) from its directory `sub_path` at path. What was at path is hidden.
 * sub_path may be a file. */
must_check bool fileset_mount(struct fileset *fs, const char *path, struct fileset *take_sub,
                              const char *sub_path, struct err *err);

/* ---- record ---- */
/* From now on every read, list and stat (also of absent paths) is noted with a digest of its result. */
void fileset_record(struct fileset *fs);
// The notes as text, sorted: a cache can keep it. Empty when nothing was recorded.
char *fileset_record_text(struct arena *a, struct fileset *fs);
// True when the same reads give the same results in fs: whatever was computed from them alone is still valid.
bool fileset_record_holds(struct fileset *fs, const char *record);

#endif
