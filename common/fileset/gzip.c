// SPDX-License-Identifier: Apache-2.0
/* Gzip both ways over zlib's raw deflate; the header and trailer are ours, because zlib's own wrapper hides trailing bytes and writes another
 * OS byte. RFC 1952. */
#include "common/fileset/tar.h"

#include "common/base/limits.h"
#include <zlib.h>

#define CHUNK 65536
#define MAX_RATIO 2000         // deflate itself ends at about 1032
#define RATIO_FREE (64u << 20) // below this nobody asks for the ratio

enum gunzip_state { GUNZIP_HEADER, GUNZIP_BODY, GUNZIP_END };

struct gunzip {
    struct byte_source src;
    uint64_t max_bytes, in_bytes, out_bytes;
    enum gunzip_state state;
    z_stream z;
    uLong crc;
    size_t from, to;
    uint8_t buf[CHUNK];
};

struct gunzip *gunzip_new(struct byte_source src, uint64_t max_bytes) {
    struct gunzip *g = calloc(1, sizeof(*g));
    if (!g || inflateInit2(&g->z, -MAX_WBITS) != Z_OK)
        abort();
    g->src = src;
    g->max_bytes = max_bytes;
    g->crc = crc32(0, NULL, 0);
    return g;
}

void gunzip_free(struct gunzip **g) {
    if (!*g)
        return;
    inflateEnd(&(*g)->z);
    free(*g);
    *g = NULL;
}

// False without err: the source has ended.
static bool refill(struct gunzip *g, struct err *err) {
    size_t n = 0;
    if (g->from < g->to)
        return true;
    if (!g->src.read(g->src.arg, g->buf, sizeof(g->buf), &n, err) || n == 0)
        return false;
    g->from = 0;
    g->to = n;
    g->in_bytes += n;
    return true;
}

static bool next_byte(struct gunzip *g, uint8_t *out, struct err *err) {
    if (!refill(g, err))
        return err->kind == ERR_NONE ? err_set(err, ERR_INVALID, "gzip: unexpected EOF") : false;
    *out = g->buf[g->from++];
    return true;
}

static bool skip_bytes(struct gunzip *g, size_t n, struct err *err) {
    uint8_t byte;
    while (n-- > 0)
        if (!next_byte(g, &byte, err))
            return false;
    return true;
}

static bool skip_text(struct gunzip *g, struct err *err) {
    uint8_t byte;
    for (int i = 0; i < LIMIT_PATH_BYTES; i++) {
        if (!next_byte(g, &byte, err))
            return false;
        if (byte == 0)
            return true;
    }
    return err_set(err, ERR_INVALID, "gzip: invalid header");
}

static bool read_header(struct gunzip *g, struct err *err) {
    enum { FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16 };
    uint8_t head[10], length[2];
    for (size_t i = 0; i < sizeof(head); i++)
        if (!next_byte(g, &head[i], err))
            return false;
    if (head[0] != 0x1f || head[1] != 0x8b || head[2] != 8 || (head[3] & 0xe0))
        return err_set(err, ERR_INVALID, "gzip: invalid header");
    if (head[3] & FEXTRA) {
        if (!next_byte(g, &length[0], err) || !next_byte(g, &length[1], err) ||
            !skip_bytes(g, length[0] | (size_t)length[1] << 8, err))
            return false;
    }
    if ((head[3] & FNAME) && !skip_text(g, err))
        return false;
    if ((head[3] & FCOMMENT) && !skip_text(g, err))
        return false;
    return !(head[3] & FHCRC) || skip_bytes(g, 2, err);
}

static bool read_trailer(struct gunzip *g, struct err *err) {
    uint8_t t[8];
    for (size_t i = 0; i < sizeof(t); i++)
        if (!next_byte(g, &t[i], err))
            return false;
    uint32_t crc = t[0] | (uint32_t)t[1] << 8 | (uint32_t)t[2] << 16 | (uint32_t)t[3] << 24;
    uint32_t size = t[4] | (uint32_t)t[5] << 8 | (uint32_t)t[6] << 16 | (uint32_t)t[7] << 24;
    if (crc != (uint32_t)g->crc || size != (uint32_t)g->out_bytes)
        return err_set(err, ERR_INVALID, "gzip: invalid checksum");
    if (refill(g, err))
        return err_set(err, ERR_INVALID, "gzip: trailing data after the end");
    return err->kind == ERR_NONE;
}

static bool check_amount(struct gunzip *g, struct err *err) {
    if (g->out_bytes > g->max_bytes)
        return err_set(err, ERR_LIMIT, "unpacked content is larger than %llu bytes",
                       (unsigned long long)g->max_bytes);
    if (g->out_bytes > RATIO_FREE && g->out_bytes / MAX_RATIO > g->in_bytes)
        return err_set(err, ERR_LIMIT, "compression ratio above %d", MAX_RATIO);
    return true;
}

static bool inflate_some(struct gunzip *g, void *to, size_t cap, size_t *out_n, struct err *err) {
    g->z.next_out = to;
    g->z.avail_out = (uInt)cap;
    while (g->z.avail_out == cap && g->state == GUNZIP_BODY) {
        if (!refill(g, err))
            return err->kind == ERR_NONE ? err_set(err, ERR_INVALID, "gzip: unexpected EOF") : false;
        g->z.next_in = g->buf + g->from;
        g->z.avail_in = (uInt)(g->to - g->from);
        int rc = inflate(&g->z, Z_NO_FLUSH);
        g->from = g->to - g->z.avail_in;
        if (rc == Z_STREAM_END)
            g->state = GUNZIP_END;
        else if (rc != Z_OK)
            return err_set(err, ERR_INVALID, "gzip: corrupt data");
    }
    size_t n = cap - g->z.avail_out;
    g->crc = crc32(g->crc, to, (uInt)n);
    g->out_bytes += n;
    if (!check_amount(g, err) || (g->state == GUNZIP_END && !read_trailer(g, err)))
        return false;
    *out_n = n;
    return true;
}

static bool gunzip_read(void *arg, void *to, size_t cap, size_t *out_n, struct err *err) {
    struct gunzip *g = arg;
    *out_n = 0;
    if (g->state == GUNZIP_HEADER) {
        if (!read_header(g, err))
            return false;
        g->state = GUNZIP_BODY;
    }
    if (g->state == GUNZIP_END || cap == 0)
        return true;
    return inflate_some(g, to, cap > (1u << 30) ? 1u << 30 : cap, out_n, err);
}

struct byte_source gunzip_source(struct gunzip *g) {
    return (struct byte_source) { gunzip_read, g };
}

/* ---- writing ---- */

struct gzip {
    struct byte_sink to;
    bool started;
    z_stream z;
    uLong crc;
    uint64_t in_bytes;
    uint8_t buf[CHUNK];
};

struct gzip *gzip_new(struct byte_sink to) {
    struct gzip *g = calloc(1, sizeof(*g));
    if (!g || deflateInit2(&g->z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    g->to = to;
    g->crc = crc32(0, NULL, 0);
    return g;
}

void gzip_free(struct gzip **g) {
    if (!*g)
        return;
    deflateEnd(&(*g)->z);
    free(*g);
    *g = NULL;
}

static bool deflate_some(struct gzip *g, struct str bytes, int flush, struct err *err) {
    int rc;
    g->z.next_in = (Bytef *)(uintptr_t)bytes.p; // zlib does not write there
    g->z.avail_in = (uInt)bytes.n;
    do {
        g->z.next_out = g->buf;
        g->z.avail_out = sizeof(g->buf);
        rc = deflate(&g->z, flush);
        size_t n = sizeof(g->buf) - g->z.avail_out;
        if (n > 0 && !g->to.write(g->to.arg, str_make(g->buf, n), err))
            return false;
    } while (g->z.avail_out == 0 || (flush == Z_FINISH && rc == Z_OK));
    return true;
}

static bool gzip_write(void *arg, struct str bytes, struct err *err) {
    static const char header[10] = { 0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 0, (char)0xff };
    struct gzip *g = arg;
    if (!g->started && !g->to.write(g->to.arg, str_make(header, sizeof(header)), err))
        return false;
    g->started = true;
    while (bytes.n > 0) {
        struct str piece = str_sub(bytes, 0, 1u << 30);
        g->crc = crc32(g->crc, (const Bytef *)piece.p, (uInt)piece.n);
        g->in_bytes += piece.n;
        if (!deflate_some(g, piece, Z_NO_FLUSH, err))
            return false;
        bytes = str_sub(bytes, piece.n, bytes.n);
    }
    return true;
}

struct byte_sink gzip_sink(struct gzip *g) {
    return (struct byte_sink) { gzip_write, g };
}

bool gzip_end(struct gzip *g, struct err *err) {
    uint32_t crc, size;
    uint8_t trailer[8];
    if (!gzip_write(g, STR(""), err) || !deflate_some(g, STR(""), Z_FINISH, err))
        return false;
    crc = (uint32_t)g->crc;
    size = (uint32_t)g->in_bytes;
    for (int i = 0; i < 4; i++) {
        trailer[i] = (uint8_t)(crc >> (8 * i));
        trailer[4 + i] = (uint8_t)(size >> (8 * i));
    }
    return g->to.write(g->to.arg, str_make(trailer, sizeof(trailer)), err);
}
