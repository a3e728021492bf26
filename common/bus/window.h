// SPDX-License-Identifier: Apache-2.0
/* What a subscriber has received: per boot of a publisher the sequence below which it has everything, and a bitmap of
 * what it has above. Kept in a file that is mapped, so that it survives the death of the process at any instruction; or
 * in memory. At most WINDOWS_MAX boots; the one not heard of for the longest time gives way.
 * Threads: one.
 */
#ifndef BUS_WINDOW_H
#define BUS_WINDOW_H

#include "common/bus/wire.h"
#include "common/base/err.h"

enum { WINDOWS_MAX = KNOWN_MAX, WINDOW_BITS = 32768 };

struct window {
    uint8_t boot[BOOT_BYTES];
    uint64_t used; // counts up with each use; 0 = free
    uint64_t base; // all up to here are received, or given up
    uint64_t highest;
    uint64_t fresh; // not asked for yet: what came before we met it counts as missed only after an answer
    uint64_t bits[WINDOW_BITS / 64]; // of base + 1 ... base + WINDOW_BITS, at sequence % WINDOW_BITS
};

struct windows;

// path NULL: in memory. A file that is not one of ours is replaced. Errors: ERR_IO.
must_check bool windows_open(const char *path, struct windows **out, struct err *err);
void windows_close(struct windows *w);                                          // NULL ok
struct window *windows_find(struct windows *w, const uint8_t boot[BOOT_BYTES]); // NULL: unknown
struct window *windows_get(struct windows *w, const uint8_t boot[BOOT_BYTES]);  // makes it
struct window *windows_next(struct windows *w, struct window *after);           // NULL begins, and ends

bool window_has(const struct window *w, uint64_t sequence);
// Marks one that window_has not. Returns how many fell out of the window unreceived to make room.
uint64_t window_add(struct window *w, uint64_t sequence);
// A message of that sequence exists: what is missing below counts as missing. Returns as window_add.
uint64_t window_expect(struct window *w, uint64_t sequence);
// Nothing below floor will come any more. Returns how many were missing.
uint64_t window_give_up(struct window *w, uint64_t floor);
bool window_complete(const struct window *w);
void window_position(const struct window *w, struct position *out);

#endif
