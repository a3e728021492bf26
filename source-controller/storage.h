// SPDX-License-Identifier: Apache-2.0
/* Storage: the artifact files under --storage-path: <kind>/<namespace>/<name>/<file>.
 *
 * What it is     names, atomic writes (temp, fsync, rename), checks, garbage collection. A killed process leaves at worst a temp file.
 * What it is not the HTTP server (server.h), or the Git cache (its directories below .cache are private and never served).
 * Paths          from specs and statuses, so from anybody: the kernel confines each one to the root (openat2), links are not followed.
 * Threads        any; two writers of the same artifact are kept apart by flock on <file>.lock, as upstream does.
 * Flux           pkg/artifact/storage
 */
#ifndef SOURCE_STORAGE_H
#define SOURCE_STORAGE_H

#include "common/crypto/digest.h"
#include "common/fileset/tar.h"

struct storage {
    const char *root;
    int root_fd;
    const char *host; // as advertised, with or without http://
    enum digest_algorithm algorithm;
    int64_t ttl_ns;  // --artifact-retention-ttl
    int64_t records; // --artifact-retention-records
};

// root must be a directory. Errors: ERR_INVALID, ERR_IO.
must_check bool storage_open(struct storage *s, const char *root, struct err *err);

char *storage_path(struct arena *a, const char *kind, const char *ns, const char *name, const char *file);
char *storage_url(struct arena *a, const struct storage *s, const char *path);
// A private directory (absolute path) for a cache that belongs to an object.
char *storage_cache_dir(struct arena *a, const struct storage *s, const char *kind, const char *ns,
                        const char *name);

bool storage_exists(const struct storage *s, const char *path); // a regular file
// Hashes the file again. Errors in upstream's words: "artifact has no digest", "computed digest doesn't match '...'".
must_check bool storage_verify(const struct storage *s, const char *path, const char *digest,
                               struct err *err);
must_check bool storage_read_open(const struct storage *s, const char *path, int *out_fd, struct err *err);
must_check bool storage_remove(const struct storage *s, const char *path, struct err *err); // absent: success
// It was replaced just now: the time to live counts from here, so that who reads it can finish. Upstream counts from its making.
void storage_retire(const struct storage *s, const char *path);
// The whole directory of an object, and its cache. *out: something was there.
must_check bool storage_remove_object(const struct storage *s, const char *kind, const char *ns,
                                      const char *name, bool *out, struct err *err);
/* Removes what is older than the TTL and what exceeds the number of records in the directory of `path`, never `path` itself.
 * *out: how many files. Looks at 1000 files at most. */
must_check bool storage_collect(const struct storage *s, const char *path, int64_t wall_ns, size_t *out,
                                struct err *err);

/* ---- writing ----
 *     autowrite struct storage_write w = { 0 };
 *     storage_write_begin(s, path, &w, err) && archive_write(..., storage_sink(&w), err) && storage_write_end(&w, err)
 * What was not ended is thrown away. Bytes are compressed when `gzip` is true. */
struct storage_write {
    const struct storage *storage;
    struct arena a;
    const char *path, *file, *temp;
    int dir_fd, fd, lock_fd; // + 1: zero means none
    struct gzip *gzip;
    struct hasher hasher;
    struct digest digest; // of the file's bytes; after storage_write_end
    uint64_t size_bytes;
};
enum storage_stage { STORAGE_MKDIR, STORAGE_LOCK, STORAGE_TEMP }; // where begin failed
must_check bool storage_write_begin(const struct storage *s, const char *path, bool gzip,
                                    struct storage_write *w, enum storage_stage *stage, struct err *err);
struct byte_sink storage_sink(struct storage_write *w);
must_check bool storage_write_end(struct storage_write *w, struct err *err);
void storage_write_done(struct storage_write *w);
#define autowrite AUTO(storage_write_done)

#endif
