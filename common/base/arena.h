// SPDX-License-Identifier: Apache-2.0
/* Arena: memory that is given back all at once.
 *
 * What it is     a bump allocator; one per reconcile, per request or per loop turn. `struct arena a = { 0 }`
 * is ready. What it is not thread-safe; a place for what outlives the job (cross with a `_copy`). No memory
 * aborts. Input sizes are checked where bytes come in (base/limits.h). Sanitizer builds give every allocation
 * its own malloc, so that overruns and use after reset show.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "common/base/base.h"
#include "common/base/str.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *head; // newest chunk first
    size_t used_bytes;        // in the head chunk
    size_t total_bytes;       // of all chunks
};

struct arena_mark {
    struct arena_chunk *head;
    size_t used_bytes;
};

// Gives everything back; the arena can be used again.
void arena_done(struct arena *a);
#define autoarena AUTO(arena_done) struct arena

// Zeroed memory, aligned for any type. Size 0 gives a valid pointer.
void *arena_alloc(struct arena *a, size_t n_bytes) __attribute__((malloc, returns_nonnull));
// n * size with the overflow checked (aborts).
void *arena_calloc(struct arena *a, size_t n, size_t size) __attribute__((malloc, returns_nonnull));
#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_calloc((a), (n), sizeof(type)))

/* Room for at least `want` elements in an array that grows by doubling.
 * p, cap  the array and its capacity (NULL, 0 at first); the old array stays in the arena.
 * Returns the array to use from now on; *cap is raised. */
void *arena_grow(struct arena *a, void *p, size_t *cap, size_t want, size_t size);

// Copies; text is NUL-terminated.
void *arena_copy(struct arena *a, const void *p, size_t n_bytes);
char *arena_text(struct arena *a, const void *p, size_t n_bytes);
char *arena_strdup(struct arena *a, const char *text); // NULL gives NULL
struct str arena_str(struct arena *a, struct str s);
char *arena_fmt(struct arena *a, const char *fmt, ...) printf_like(2, 3);
char *arena_vfmt(struct arena *a, const char *fmt, va_list ap) printf_like(2, 0);

// Everything allocated after the mark is given back by the rewind.
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark m);

#endif
