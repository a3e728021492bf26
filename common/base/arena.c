// SPDX-License-Identifier: Apache-2.0
// Bump allocator in chunks. Under AddressSanitizer each allocation is a chunk of its own.
#include "common/base/arena.h"

#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_SEPARATE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_SEPARATE 1
#endif
#endif
#ifndef ARENA_SEPARATE
#define ARENA_SEPARATE 0
#endif

enum { CHUNK_FIRST = 4096, CHUNK_MAX = 256 * 1024 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size_bytes;
    _Alignas(max_align_t) char data[];
};

static struct arena_chunk *chunk_new(struct arena *a, size_t n_bytes) {
    size_t size = n_bytes;
    if (!ARENA_SEPARATE) {
        size_t want = a->head ? a->head->size_bytes * 2 : CHUNK_FIRST;
        if (want > CHUNK_MAX)
            want = CHUNK_MAX;
        if (size < want)
            size = want;
    }
    if (size > SIZE_MAX - sizeof(struct arena_chunk))
        abort();
    struct arena_chunk *c = malloc(sizeof *c + size);
    if (!c)
        abort();
    c->next = a->head;
    c->size_bytes = size;
    a->head = c;
    a->used_bytes = 0;
    a->total_bytes += size;
    return c;
}

void arena_done(struct arena *a) {
    arena_rewind(a, (struct arena_mark) { 0 });
}

void *arena_alloc(struct arena *a, size_t n_bytes) {
    const size_t align = sizeof(max_align_t) > 16 ? 16 : _Alignof(max_align_t);
    size_t at = (a->used_bytes + align - 1) / align * align;
    struct arena_chunk *c = a->head;
    if (ARENA_SEPARATE || !c || at > c->size_bytes || n_bytes > c->size_bytes - at) {
        c = chunk_new(a, n_bytes);
        at = 0;
    }
    a->used_bytes = at + n_bytes;
    void *p = c->data + at;
    memset(p, 0, n_bytes);
    return p;
}

void *arena_calloc(struct arena *a, size_t n, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes))
        abort();
    return arena_alloc(a, bytes);
}

void *arena_grow(struct arena *a, void *p, size_t *cap, size_t want, size_t size) {
    if (want <= *cap)
        return p;
    size_t next = *cap ? *cap * 2 : 8;
    if (next < want)
        next = want;
    void *q = arena_calloc(a, next, size);
    if (*cap)
        memcpy(q, p, *cap * size);
    *cap = next;
    return q;
}

void *arena_copy(struct arena *a, const void *p, size_t n_bytes) {
    void *q = arena_alloc(a, n_bytes);
    if (n_bytes)
        memcpy(q, p, n_bytes);
    return q;
}

char *arena_text(struct arena *a, const void *p, size_t n_bytes) {
    if (n_bytes == SIZE_MAX)
        abort();
    char *q = arena_alloc(a, n_bytes + 1);
    if (n_bytes)
        memcpy(q, p, n_bytes);
    return q;
}

char *arena_strdup(struct arena *a, const char *text) {
    return text ? arena_text(a, text, strlen(text)) : NULL;
}

struct str arena_str(struct arena *a, struct str s) {
    return (struct str) { arena_text(a, s.p, s.n), s.n };
}

char *arena_vfmt(struct arena *a, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        abort();
    char *q = arena_alloc(a, (size_t)n + 1);
    if (vsnprintf(q, (size_t)n + 1, fmt, ap) != n)
        abort();
    return q;
}

char *arena_fmt(struct arena *a, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    char *q = arena_vfmt(a, fmt, ap);
    va_end(ap);
    return q;
}

struct arena_mark arena_mark(const struct arena *a) {
    return (struct arena_mark) { a->head, a->used_bytes };
}

void arena_rewind(struct arena *a, struct arena_mark m) {
    while (a->head != m.head) {
        struct arena_chunk *next = a->head->next;
        a->total_bytes -= a->head->size_bytes;
        free(a->head);
        a->head = next;
    }
    a->used_bytes = m.used_bytes;
}
