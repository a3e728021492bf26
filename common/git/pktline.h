// SPDX-License-Identifier: Apache-2.0
/* Pkt-line: the frames of Git's protocol. Four hex digits of length, then the bytes. Git: gitprotocol-common(5). */
#ifndef GIT_PKTLINE_H
#define GIT_PKTLINE_H

#include "common/base/buf.h"
#include "common/base/err.h"

#define PKT_MAX_BYTES 65520 // with its length digits; gitprotocol-common(5)

enum pkt_type {
    PKT_DATA,
    PKT_FLUSH,        // 0000
    PKT_DELIM,        // 0001
    PKT_RESPONSE_END, // 0002
    PKT_END,          // the stream ended between two packets
};

typedef bool (*pkt_read_fn)(void *arg, void *to, size_t cap, size_t *out_n, struct err *err);

struct pkt_reader {
    pkt_read_fn read; // *out_n 0 = end of the stream
    void *arg;
    uint64_t received_bytes;
    size_t from, to; // what is in buf and not taken
    char buf[PKT_MAX_BYTES + 16];
};

void pkt_reader_reset(struct pkt_reader *r, pkt_read_fn read, void *arg); // keeps received_bytes
/* The next packet. line: its bytes, valid until the next call.
 * Errors: ERR_INVALID "invalid pkt-len found", ERR_IO "unexpected EOF", and what read gives. */
must_check bool pkt_next(struct pkt_reader *r, enum pkt_type *out_type, struct str *line, struct err *err);
// What is behind the last packet, as it comes (a pack without side-band). *out empty = end.
must_check bool pkt_raw(struct pkt_reader *r, struct str *out, struct err *err);

void pkt_put(struct buf *b, const char *fmt, ...) printf_like(2, 3);
void pkt_put_flush(struct buf *b);
void pkt_put_delim(struct buf *b);

#endif
