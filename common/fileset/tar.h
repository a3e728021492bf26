// SPDX-License-Identifier: Apache-2.0
/* Tar and gzip, reading and writing as streams.
 *
 * Reader: ustar, PAX path/linkpath/size, GNU long names; every header's checksum, the gzip CRC and the end
 * are checked. Hostile-safe: sizes, counts and names are limited; it allocates nothing by what a header says.
 * Writer: the exact headers of contract source.md 3.1 (Go's archive/tar for Flux artifacts): 7 octal digits +
 * NUL, directories without slash, USTAR prefix split, PAX record only when USTAR cannot, two zero blocks,
 * nothing after them.
 */
#ifndef FILESET_TAR_H
#define FILESET_TAR_H

#include "common/fileset/fileset.h"

/* ---- gzip ---- */
// Decompresses src. One member; header, CRC and length checked; bytes after it: ERR_INVALID "trailing data".
struct gunzip;
struct gunzip *gunzip_new(struct byte_source src, uint64_t max_bytes);
void gunzip_free(struct gunzip **g);
struct byte_source gunzip_source(struct gunzip *g);

// Where bytes go.
struct byte_sink {
    bool (*write)(void *arg, struct str bytes, struct err *err);
    void *arg;
};
// Compresses: header 1f 8b 08 00 00000000 00 ff, default level. Deterministic. Free without end = thrown
// away.
struct gzip;
struct gzip *gzip_new(struct byte_sink to);
void gzip_free(struct gzip **g);
struct byte_sink gzip_sink(struct gzip *g);
must_check bool gzip_end(struct gzip *g, struct err *err);

/* ---- tar reading ---- */
enum tar_type { TAR_FILE, TAR_DIR, TAR_SYMLINK, TAR_HARDLINK, TAR_OTHER };
struct tar_entry {
    const char
        *name; // as it is in the archive, "./" and trailing slash included; valid until the next tar_next
    const char *link;
    enum tar_type type;
    unsigned mode;
    uint64_t size_bytes;
};
struct tar_reader;
struct tar_reader *tar_reader_new(struct byte_source src, size_t max_entries, uint64_t max_bytes);
void tar_reader_free(struct tar_reader **r);
// false with err not set: the end, in order (two zero blocks, then only zeros). What was not read of the last
// entry is skipped.
must_check bool tar_next(struct tar_reader *r, struct tar_entry *out, struct err *err);
must_check bool tar_read(struct tar_reader *r, void *to, size_t cap, size_t *out_n,
                         struct err *err); // *out_n 0: end of this entry

/* ---- tar writing ---- */
struct tar_writer {
    struct byte_sink to;
    uint64_t left_bytes, pad_bytes; // of the current file
};
must_check bool tar_add_dir(struct tar_writer *w, const char *name, unsigned mode, struct err *err);
// Then exactly size_bytes with tar_write.
must_check bool tar_add_file(struct tar_writer *w, const char *name, unsigned mode, uint64_t size_bytes,
                             struct err *err);
must_check bool tar_write(struct tar_writer *w, struct str bytes, struct err *err);
must_check bool tar_end(struct tar_writer *w, struct err *err);

/* The whole tree as Flux archives it: "." first, modes 0750/0600/0700, links and others dropped. keep (NULL:
 * all) says which paths go in; a directory that is not kept is still walked (its kept files go in without it,
 * as upstream). */
typedef bool (*archive_keep)(void *arg, const char *path, bool is_dir);
must_check bool archive_write(struct fileset *fs, archive_keep keep, void *arg, struct byte_sink to,
                              struct err *err);

#endif
