// SPDX-License-Identifier: Apache-2.0
/* Pkt-line framing; see pktline.h. */
#include "common/git/pktline.h"
#include "common/git/hex.h"

void pkt_reader_reset(struct pkt_reader *r, pkt_read_fn read, void *arg) {
    r->read = read;
    r->arg = arg;
    r->from = r->to = 0;
}

// Brings at least `want` bytes into the buffer; false without err: the stream ended before.
static bool fill(struct pkt_reader *r, size_t want, struct err *err) {
    if (r->to - r->from >= want)
        return true;
    memmove(r->buf, r->buf + r->from, r->to - r->from);
    r->to -= r->from;
    r->from = 0;
    while (r->to < want) {
        size_t n = 0;
        if (!r->read(r->arg, r->buf + r->to, sizeof(r->buf) - r->to, &n, err) || n == 0)
            return false;
        r->to += n;
        r->received_bytes += n;
    }
    return true;
}

// Length with the four digits, or -1.
static int packet_length(const char *digits) {
    int length = 0;
    for (int i = 0; i < 4; i++) {
        int v = hex_digit(digits[i]);
        if (v < 0)
            return -1;
        length = length * 16 + v;
    }
    return length;
}

bool pkt_next(struct pkt_reader *r, enum pkt_type *out_type, struct str *line, struct err *err) {
    *line = STR("");
    if (!fill(r, 4, err)) {
        if (err->kind != ERR_NONE)
            return false;
        if (r->to != r->from)
            return err_set(err, ERR_IO, "unexpected EOF");
        *out_type = PKT_END;
        return true;
    }
    int length = packet_length(r->buf + r->from);
    if (length < 0 || length == 3 || length > PKT_MAX_BYTES)
        return err_set(err, ERR_INVALID, "invalid pkt-len found");
    if (length < 4) {
        static const enum pkt_type special[] = { PKT_FLUSH, PKT_DELIM, PKT_RESPONSE_END };
        r->from += 4;
        *out_type = special[length];
        return true;
    }
    if (!fill(r, (size_t)length, err))
        return err->kind != ERR_NONE ? false : err_set(err, ERR_IO, "unexpected EOF");
    *line = str_make(r->buf + r->from + 4, (size_t)length - 4);
    r->from += (size_t)length;
    *out_type = PKT_DATA;
    return true;
}

bool pkt_raw(struct pkt_reader *r, struct str *out, struct err *err) {
    *out = STR("");
    if (!fill(r, 1, err))
        return err->kind == ERR_NONE;
    *out = str_make(r->buf + r->from, r->to - r->from);
    r->from = r->to;
    return true;
}

void pkt_put(struct buf *b, const char *fmt, ...) {
    size_t start = b->n;
    buf_puts(b, "0000");
    va_list ap;
    va_start(ap, fmt);
    buf_vfmt(b, fmt, ap);
    va_end(ap);
    static const char digits[] = "0123456789abcdef";
    size_t length = b->n - start;
    if (length > PKT_MAX_BYTES)
        abort(); // requests are made of ids and short words
    for (int i = 0; i < 4; i++)
        b->p[start + (size_t)i] = digits[(length >> (12 - 4 * i)) & 15];
}

void pkt_put_flush(struct buf *b) {
    buf_puts(b, "0000");
}

void pkt_put_delim(struct buf *b) {
    buf_puts(b, "0001");
}
