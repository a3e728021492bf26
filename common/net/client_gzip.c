// SPDX-License-Identifier: Apache-2.0
/* Bodies with Content-Encoding: gzip. Not libcurl's decoder: it takes a stream that ends too early for a whole one
 * (7.88.1), which would turn half an index into an index. As Go's gzip.Reader: several members may follow each other. */
#include "common/net/client_impl.h"

#include <strings.h>
#include <zlib.h>

enum { PIECE_BYTES = 16384, GZIP_WINDOW = 15 + 16 };

struct gunzip {
    z_stream z;
    bool any;    // something came: a 304 names an encoding, too
    bool at_end; // of a member
};

void gunzip_begin(struct http_call *call) {
    struct http_response r = { .headers = call->head, .n_headers = call->n_head };
    const char *encoding = http_header_get(&r, "Content-Encoding");
    if (!call->req.gzip || !encoding || strcasecmp(encoding, "gzip") != 0 || call->gunzip)
        return;
    call->gunzip = calloc(1, sizeof *call->gunzip);
    if (!call->gunzip || inflateInit2(&call->gunzip->z, GZIP_WINDOW) != Z_OK)
        abort();
}

void gunzip_done(struct http_call *call) {
    if (!call->gunzip)
        return;
    (void)inflateEnd(&call->gunzip->z);
    free(call->gunzip);
    call->gunzip = NULL;
}

static bool broken(struct http_call *call, int rc) {
    const char *what = call->gunzip->z.total_out ? "gzip: invalid checksum or data" : "gzip: invalid header";
    if (call->err.kind == ERR_NONE)
        (void)err_set(&call->err, ERR_IO, "%s: %s", call_title(call),
                      rc == Z_BUF_ERROR ? "unexpected EOF" : what);
    return false;
}

bool gunzip_add(struct http_call *call, const char *p, size_t n,
                bool (*put)(struct http_call *, const char *, size_t)) {
    struct gunzip *g = call->gunzip;
    char piece[PIECE_BYTES];
    g->z.next_in = (Bytef *)(uintptr_t)p;
    g->z.avail_in = (uInt)n;
    g->any = true;
    for (bool full = false; g->z.avail_in || full;) {
        if (g->at_end && inflateReset(&g->z) != Z_OK)
            abort();
        g->at_end = false;
        g->z.next_out = (Bytef *)piece;
        g->z.avail_out = sizeof piece;
        int rc = inflate(&g->z, Z_NO_FLUSH);
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
            return broken(call, rc);
        g->at_end = rc == Z_STREAM_END;
        full = g->z.avail_out == 0 && !g->at_end; // there may be more without further input
        if (!put(call, piece, sizeof piece - g->z.avail_out))
            return false;
    }
    return true;
}

bool gunzip_end(struct http_call *call) {
    bool whole = !call->gunzip || call->gunzip->at_end || !call->gunzip->any;
    return whole || broken(call, Z_BUF_ERROR);
}
