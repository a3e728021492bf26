// SPDX-License-Identifier: Apache-2.0
/* Inside of filesets: what a backend gives, and the tree that is put on top of it.
 *
 * To add a backend: 1. a struct that starts with `struct backend`; 2. the five functions, over cleaned paths that never contain links;
 * 3. a constructor that ends with fileset_new; 4. rows in tests/unit/fileset/fileset_test.c, where every backend shows the same tree.
 */
#ifndef FILESET_BACKEND_H
#define FILESET_BACKEND_H

#include "common/base/buf.h"
#include "common/base/limits.h"
#include "common/base/map.h"
#include "common/fileset/fileset.h"

struct backend;

// Paths are clean and relative; "." is the root. Nothing follows links. Not there: ERR_NOT_FOUND with any text (the caller words it).
struct backend_ops {
    bool (*lstat)(struct backend *b, struct arena *a, const char *path, struct fileset_entry *out,
                  struct err *err);
    bool (*list)(struct backend *b, struct arena *a, const char *dir, struct fileset_entries *out,
                 struct err *err); // any order
    bool (*link)(struct backend *b, struct arena *a, const char *path, char **out, struct err *err);
    bool (*stream)(struct backend *b, const char *path, fileset_sink sink, void *arg, struct err *err);
    void (*close)(struct backend *b); // frees b
};

struct backend {
    const struct backend_ops *ops;
};

enum top_kind {
    TOP_DIR,    // a directory: its entries on top of what is below
    TOP_OPAQUE, // a directory: only its entries
    TOP_FILE,
    TOP_HIDDEN,
    TOP_MOUNT, // another fileset, and entries on top of it
};

struct top_node {
    char *name;
    enum top_kind kind;
    struct str bytes;
    bool executable;
    struct fileset *mount;
    char *mount_path;
    struct top_node **kids; // in byte order
    size_t n, cap;
};

struct fileset {
    struct backend *base; // NULL: nothing below
    struct top_node *top;
    bool recording;
    struct map notes; // "F path" -> digest text on the heap
};

struct fileset *fileset_new(struct backend *take_base);

/* Where a path leads: a node on top, and what is below it there. */
struct place {
    struct top_node *node;  // NULL: nothing on top
    struct backend *base;   // NULL: nothing of the base below
    struct fileset *mount;  // or a mounted fileset
    const char *below_path; // path in base or mount
};
bool top_find(struct arena *a, struct fileset *fs, const char *path,
              struct place *out); // false: hidden, or below a file
struct top_node *top_kid(const struct top_node *n, struct str name);
void top_free(struct top_node *n);

// Notes of a recording fileset. digest: hexadecimal, or a word.
void record_note(struct fileset *fs, char kind, const char *path, const char *digest);
void record_list(struct fileset *fs, const char *path, const struct fileset_entries *list);
void record_bytes(struct fileset *fs, const char *path, struct str bytes);

#endif
