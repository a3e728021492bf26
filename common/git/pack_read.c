// SPDX-License-Identifier: Apache-2.0
/* Reading of pack files, as far as a blob is stored whole. Git: gitformat-pack(5). */
#include "common/git/pack_read.h"

#include "common/base/file.h"
#include "common/crypto/digest.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#define INDEX_HEADER 8
#define FANOUT_BYTES 1024
#define OBJECT_BLOB 3
#define CHUNK 65536

static bool read_at(int fd, void *to, size_t n, uint64_t at) {
    size_t have = 0;
    while (have < n) {
        ssize_t got = pread(fd, (char *)to + have, n - have, (off_t)(at + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    return true;
}

static uint32_t big_endian(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// Position of the id in an index (version 2), and the number of all; false: not there.
static bool index_find(int fd, const struct repo_oid *oid, uint32_t *out_at, uint32_t *out_total) {
    static const uint8_t magic[INDEX_HEADER] = { 0xff, 't', 'O', 'c', 0, 0, 0, 2 };
    uint8_t head[INDEX_HEADER], fanout[FANOUT_BYTES];
    if (!read_at(fd, head, sizeof(head), 0) || memcmp(head, magic, sizeof(magic)) != 0 ||
        !read_at(fd, fanout, sizeof(fanout), INDEX_HEADER))
        return false;
    uint32_t low = oid->bytes[0] ? big_endian(fanout + 4 * (oid->bytes[0] - 1)) : 0,
             high = big_endian(fanout + 4 * oid->bytes[0]);
    *out_total = big_endian(fanout + 4 * 255);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct repo_oid at;
        if (!read_at(fd, at.bytes, sizeof(at.bytes),
                     INDEX_HEADER + FANOUT_BYTES + (uint64_t)middle * REPO_OID_BYTES))
            return false;
        int c = memcmp(oid->bytes, at.bytes, sizeof(at.bytes));
        if (c == 0) {
            *out_at = middle;
            return true;
        }
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static bool index_offset(int fd, const struct repo_oid *oid, uint64_t *out) {
    uint32_t at, total;
    uint8_t four[4], eight[8];
    if (!index_find(fd, oid, &at, &total))
        return false;
    uint64_t offsets = INDEX_HEADER + FANOUT_BYTES + (uint64_t)total * (REPO_OID_BYTES + 4); // ids, then CRCs
    if (!read_at(fd, four, sizeof(four), offsets + (uint64_t)at * 4))
        return false;
    uint32_t small = big_endian(four);
    *out = small;
    if (!(small & 0x80000000u))
        return true;
    uint64_t large = offsets + (uint64_t)total * 4 + (uint64_t)(small & 0x7fffffffu) * 8;
    if (!read_at(fd, eight, sizeof(eight), large))
        return false;
    *out = (uint64_t)big_endian(eight) << 32 | big_endian(eight + 4);
    return true;
}

// Type and size in front of an object; *at moves behind them.
static bool object_header(int fd, uint64_t *at, unsigned *out_type, uint64_t *out_size) {
    uint8_t byte;
    unsigned shift = 4;
    if (!read_at(fd, &byte, 1, (*at)++))
        return false;
    *out_type = byte >> 4 & 7;
    *out_size = byte & 15;
    while (byte & 0x80) {
        if (shift > 57 || !read_at(fd, &byte, 1, (*at)++))
            return false;
        *out_size |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    }
    return true;
}

struct inflater {
    z_stream z;
    struct hasher sha1;
    int fd;
    uint64_t at, left_bytes;
    uint8_t in[CHUNK], out[CHUNK];
};

static void inflater_done(struct inflater **i) {
    if (!*i)
        return;
    inflateEnd(&(*i)->z);
    hasher_done(&(*i)->sha1);
    free(*i);
}

static bool damaged(struct err *err) {
    return err_set(err, ERR_INVALID, "object not readable: the pack is damaged");
}

static bool refill(struct inflater *i) {
    if (i->z.avail_in > 0)
        return true;
    ssize_t n = pread(i->fd, i->in, sizeof(i->in), (off_t)i->at);
    if (n <= 0)
        return false;
    i->at += (uint64_t)n;
    i->z.next_in = i->in;
    i->z.avail_in = (uInt)n;
    return true;
}

static bool inflate_all(struct inflater *i, repo_blob_sink sink, void *arg, struct err *err) {
    int rc = Z_OK;
    while (rc != Z_STREAM_END) {
        i->z.next_out = i->out;
        i->z.avail_out = sizeof(i->out);
        if (!refill(i))
            return damaged(err);
        rc = inflate(&i->z, Z_NO_FLUSH);
        size_t n = sizeof(i->out) - i->z.avail_out;
        if ((rc != Z_OK && rc != Z_STREAM_END) || n > i->left_bytes)
            return damaged(err);
        i->left_bytes -= n;
        hasher_add(&i->sha1, i->out, n);
        if (n > 0 && !sink(arg, str_make(i->out, n), err))
            return false;
    }
    return i->left_bytes == 0 ? true : damaged(err);
}

static bool stream_object(int fd, uint64_t at, uint64_t size, const struct repo_oid *oid, repo_blob_sink sink,
                          void *arg, struct err *err) {
    AUTO(inflater_done) struct inflater *i = calloc(1, sizeof(*i));
    char head[40];
    struct digest digest;
    if (!i || inflateInit(&i->z) != Z_OK)
        abort();
    hasher_init(&i->sha1, DIGEST_SHA1);
    i->fd = fd;
    i->at = at;
    i->left_bytes = size;
    int n = snprintf(head, sizeof(head), "blob %llu", (unsigned long long)size);
    hasher_add(&i->sha1, head, (size_t)n + 1);
    if (!inflate_all(i, sink, arg, err))
        return false;
    hasher_finish(&i->sha1, &digest);
    return digest.n == REPO_OID_BYTES && memcmp(digest.bytes, oid->bytes, REPO_OID_BYTES) == 0 ? true
                                                                                               : damaged(err);
}

// false: it is not in this pack, or not whole.
static bool find_in_pack(const char *dir, const char *index_name, const struct repo_oid *oid, int *out_fd,
                         uint64_t *out_at, uint64_t *out_size) {
    autoarena a = { 0 };
    const char *index = path_join(&a, dir, index_name);
    autofd fd = open(index, O_RDONLY | O_CLOEXEC);
    unsigned type;
    if (fd < 0 || !index_offset(fd, oid, out_at))
        return false;
    autofd pack = open(arena_fmt(&a, "%.*spack", (int)strlen(index) - 3, index), O_RDONLY | O_CLOEXEC);
    if (pack < 0 || !object_header(pack, out_at, &type, out_size) || type != OBJECT_BLOB)
        return false;
    *out_fd = fd_steal(&pack);
    return true;
}

enum pack_read pack_read_blob(const struct repo_store *s, const struct repo_oid *oid, repo_blob_sink sink,
                              void *arg, struct err *err) {
    autoarena a = { 0 };
    const char *dir = path_join(&a, s->dir, "objects/pack");
    uint64_t at = 0, size = 0;
    autofd fd = -1;
    DIR *d = opendir(dir);
    if (!d)
        return PACK_READ_NOT_WHOLE;
    for (const struct dirent *e = readdir(d); e && fd < 0; e = readdir(d))
        if (text_ends(e->d_name, ".idx"))
            (void)!find_in_pack(dir, e->d_name, oid, &fd, &at, &size);
    closedir(d);
    if (fd < 0)
        return PACK_READ_NOT_WHOLE;
    return stream_object(fd, at, size, oid, sink, arg, err) ? PACK_READ_DONE : PACK_READ_FAILED;
}
