// SPDX-License-Identifier: Apache-2.0
/* Writing tar with the bytes that Go's archive/tar writes for Flux artifacts (contract source.md 3.1).
 * Flux: pkg/artifact/storage#Archive; Go src/archive/tar/writer.go: USTAR where it can, else one PAX header. */
#include "common/fileset/tar.h"

#include "common/base/buf.h"
#include <stdio.h>

#define BLOCK 512
#define MAX_USTAR_SIZE 077777777777ull

static bool is_ascii(const char *s) {
    for (; *s; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

// Where a long name can be cut into prefix and name; 0 = nowhere. Go: splitUSTARPath
static size_t split_at(const char *name) {
    size_t n = strlen(name), limit = n;
    if (n <= 100 || !is_ascii(name))
        return 0;
    if (limit > 156)
        limit = 156;
    else if (name[limit - 1] == '/')
        limit--;
    const char *slash = memrchr(name, '/', limit);
    size_t at = slash ? (size_t)(slash - name) : 0;
    size_t n_rest = n - at - 1;
    return at == 0 || n_rest > 100 || n_rest == 0 || at > 155 ? 0 : at;
}

static void put_octal(uint8_t *field, size_t n, uint64_t v) {
    char text[24];
    snprintf(text, sizeof(text), "%0*llo", (int)n - 1, (unsigned long long)v);
    memcpy(field, text, n);
}

// Name without what is not ASCII, cut to 100 bytes, and never with a slash at the cut. Go: formatString, toASCII
static void put_ascii_name(uint8_t *field, const char *name, bool trim_all) {
    size_t n = 0, total = 0;
    for (const char *c = name; *c; c++) {
        if ((unsigned char)*c >= 0x80)
            continue;
        if (n < 100)
            field[n++] = (uint8_t)*c;
        total++;
    }
    while (n > 0 && field[n - 1] == '/' && (trim_all || total > 100))
        field[--n] = 0;
}

static void finish_header(uint8_t *block) {
    unsigned sum = 0;
    memcpy(block + 257,
           "ustar\0"
           "00",
           8);
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += block[i];
    snprintf((char *)block + 148, 8, "%06o", sum);
    block[155] = ' ';
}

static void put_common(uint8_t *block, unsigned mode, uint64_t size, char type) {
    put_octal(block + 100, 8, mode);
    put_octal(block + 108, 8, 0);
    put_octal(block + 116, 8, 0);
    put_octal(block + 124, 12, size > MAX_USTAR_SIZE ? 0 : size);
    put_octal(block + 136, 12, 0);
    block[156] = (uint8_t)type;
}

static bool emit(struct tar_writer *w, const void *p, size_t n, struct err *err) {
    return n == 0 || w->to.write(w->to.arg, str_make(p, n), err);
}

static bool emit_padding(struct tar_writer *w, uint64_t n, struct err *err) {
    static const uint8_t zeros[BLOCK];
    return emit(w, zeros, (size_t)((BLOCK - n % BLOCK) % BLOCK), err);
}

static void pax_record(struct buf *b, const char *key, const char *value) {
    size_t rest = strlen(key) + strlen(value) + 3; // blank, '=' and newline
    size_t length = rest, digits;
    do {
        char text[24];
        digits = (size_t)snprintf(text, sizeof(text), "%zu", length);
        if (length == rest + digits)
            break;
        length = rest + digits;
    } while (true);
    buf_fmt(b, "%zu %s=%s\n", length, key, value);
}

static bool emit_pax(struct tar_writer *w, const char *name, bool with_path, uint64_t size, struct err *err) {
    autoarena a = { 0 };
    autobuf records = { 0 };
    uint8_t block[BLOCK] = { 0 };
    if (with_path)
        pax_record(&records, "path", name);
    if (size > MAX_USTAR_SIZE)
        pax_record(&records, "size", arena_fmt(&a, "%llu", (unsigned long long)size));
    const char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    put_ascii_name(block, arena_fmt(&a, "%.*sPaxHeaders.0/%s", (int)(base - name), name, base), true);
    put_common(block, 0, records.n, 'x');
    finish_header(block);
    return emit(w, block, BLOCK, err) && emit(w, records.p, records.n, err) &&
           emit_padding(w, records.n, err);
}

static bool emit_header(struct tar_writer *w, const char *name, unsigned mode, uint64_t size, char type,
                        struct err *err) {
    uint8_t block[BLOCK] = { 0 };
    size_t n = strlen(name), cut = split_at(name);
    bool fits = is_ascii(name) && (n <= 100 || cut > 0);
    if ((!fits || size > MAX_USTAR_SIZE) && !emit_pax(w, name, !fits, size, err))
        return false;
    if (fits && cut > 0 && size <= MAX_USTAR_SIZE) {
        memcpy(block, name + cut + 1, n - cut - 1);
        memcpy(block + 345, name, cut);
    } else {
        put_ascii_name(block, name, false);
    }
    put_common(block, mode, size, type);
    put_octal(block + 329, 8, 0);
    put_octal(block + 337, 8, 0);
    finish_header(block);
    return emit(w, block, BLOCK, err);
}

bool tar_add_dir(struct tar_writer *w, const char *name, unsigned mode, struct err *err) {
    return emit_header(w, name, mode, 0, '5', err);
}

bool tar_add_file(struct tar_writer *w, const char *name, unsigned mode, uint64_t size_bytes,
                  struct err *err) {
    w->left_bytes = size_bytes;
    w->pad_bytes = size_bytes;
    return emit_header(w, name, mode, size_bytes, '0', err);
}

bool tar_write(struct tar_writer *w, struct str bytes, struct err *err) {
    if (bytes.n > w->left_bytes)
        return err_set(err, ERR_IO, "tar: write too long");
    if (!emit(w, bytes.p, bytes.n, err))
        return false;
    w->left_bytes -= bytes.n;
    if (w->left_bytes > 0 || w->pad_bytes == 0)
        return true;
    uint64_t size = w->pad_bytes;
    w->pad_bytes = 0;
    return emit_padding(w, size, err);
}

bool tar_end(struct tar_writer *w, struct err *err) {
    static const uint8_t zeros[2 * BLOCK];
    if (w->left_bytes > 0)
        return err_set(err, ERR_IO, "tar: missed writing %llu bytes", (unsigned long long)w->left_bytes);
    return emit(w, zeros, sizeof(zeros), err);
}

/* ---- a whole tree ---- */

struct archive {
    struct tar_writer tar;
    struct fileset *fs;
    archive_keep keep;
    void *arg;
};

static bool archive_piece(void *arg, struct str piece, struct err *err) {
    struct archive *w = arg;
    return tar_write(&w->tar, piece, err);
}

static bool archive_file(struct archive *w, struct arena *a, const char *path, struct err *err) {
    struct fileset_entry e;
    if (!fileset_lstat(a, w->fs, path, &e, err) ||
        !tar_add_file(&w->tar, path, e.executable ? 0700 : 0600, e.size_bytes, err) ||
        !fileset_stream(w->fs, path, archive_piece, w, err))
        return false;
    return w->tar.left_bytes == 0 ? true : err_set(err, ERR_IO, "%s: shorter than it was", path);
}

static bool archive_entry(void *arg, struct arena *a, const struct fileset_entry *e, struct err *err) {
    struct archive *w = arg;
    bool dir = e->type == FILESET_DIR;
    if (!dir && e->type != FILESET_FILE)
        return true; // links, devices, sockets are dropped
    if (w->keep && !w->keep(w->arg, e->name, dir))
        return true;
    return dir ? tar_add_dir(&w->tar, e->name, 0750, err) : archive_file(w, a, e->name, err);
}

bool archive_write(struct fileset *fs, archive_keep keep, void *arg, struct byte_sink to, struct err *err) {
    struct archive w = { .tar = { .to = to }, .fs = fs, .keep = keep, .arg = arg };
    return tar_add_dir(&w.tar, ".", 0750, err) && fileset_walk(fs, ".", archive_entry, &w, err) &&
           tar_end(&w.tar, err);
}
