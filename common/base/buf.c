// SPDX-License-Identifier: Apache-2.0
// Growing byte buffer.
#include "common/base/buf.h"

#include <stdio.h>

void buf_done(struct buf *b) {
    free(b->p);
    *b = (struct buf) { 0 };
}

char *buf_room(struct buf *b, size_t n) {
    if (n > SIZE_MAX / 4 || b->n > SIZE_MAX / 4)
        abort();
    if (b->n + n + 1 > b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 128;
        if (cap < b->n + n + 1)
            cap = b->n + n + 1;
        char *p = realloc(b->p, cap);
        if (!p)
            abort();
        b->p = p;
        b->cap = cap;
    }
    b->p[b->n + n] = 0;
    return b->p + b->n;
}

void buf_add(struct buf *b, const void *p, size_t n) {
    char *to = buf_room(b, n);
    if (n)
        memcpy(to, p, n);
    b->n += n;
}

void buf_puts(struct buf *b, const char *text) {
    buf_add(b, text, strlen(text));
}

void buf_putc(struct buf *b, char c) {
    *buf_room(b, 1) = c;
    b->n++;
}

void buf_put_str(struct buf *b, struct str s) {
    buf_add(b, s.p, s.n);
}

void buf_vfmt(struct buf *b, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        abort();
    char *to = buf_room(b, (size_t)n);
    if (vsnprintf(to, (size_t)n + 1, fmt, ap) != n)
        abort();
    b->n += (size_t)n;
}

void buf_fmt(struct buf *b, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    buf_vfmt(b, fmt, ap);
    va_end(ap);
}

void buf_clear(struct buf *b) {
    b->n = 0;
    if (b->p)
        b->p[0] = 0;
}

void buf_shift(struct buf *b, size_t n) {
    if (n > b->n)
        abort();
    if (!n)
        return;
    memmove(b->p, b->p + n, b->n - n + 1);
    b->n -= n;
}

struct str buf_to_arena(struct buf *b, struct arena *a) {
    struct str s = arena_str(a, buf_str(b));
    buf_done(b);
    return s;
}
