// SPDX-License-Identifier: Apache-2.0
/* Byte buffer that grows on the heap, always NUL-terminated behind its last byte. `struct buf b = { 0 }` is
 * ready. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "common/base/arena.h"

struct buf {
    char *p; // NULL while nothing was added
    size_t n, cap;
};

void buf_done(struct buf *b);
#define autobuf AUTO(buf_done) struct buf

void buf_add(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
void buf_put_str(struct buf *b, struct str s);
void buf_fmt(struct buf *b, const char *fmt, ...) printf_like(2, 3);
void buf_vfmt(struct buf *b, const char *fmt, va_list ap) printf_like(2, 0);
// Room for n more bytes; returns where they go. The caller raises b->n.
char *buf_room(struct buf *b, size_t n);
void buf_clear(struct buf *b); // keeps the memory
// Removes n bytes at the front.
void buf_shift(struct buf *b, size_t n);
static inline struct str buf_str(const struct buf *b) {
    return (struct str) { b->p ? b->p : "", b->n };
}
// Copies the contents into the arena (NUL-terminated) and frees the buffer.
struct str buf_to_arena(struct buf *b, struct arena *a);

#endif
