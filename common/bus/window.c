// SPDX-License-Identifier: Apache-2.0
// Bitmaps of received sequences in mapped memory.
#include "common/bus/window.h"
#include "common/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct state {
    char magic[8];
    uint64_t clock;
    struct window windows[WINDOWS_MAX];
};

struct windows {
    struct state *state; // mapped; pages of windows never used cost nothing
};

static const char state_magic[8] = { 'R', 'N', 'B', 'S', 'T', 'A', 'T', '1' };

static bool map_file(const char *path, struct state **out, struct err *err) {
    autofd fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_set_code(err, ERR_IO, errno, "open %s: %s", path, errno_text(errno));
    if (st.st_size != (off_t)sizeof(struct state) &&
        (ftruncate(fd, 0) < 0 || ftruncate(fd, (off_t)sizeof(struct state)) < 0))
        return err_set_code(err, ERR_IO, errno, "truncate %s: %s", path, errno_text(errno));
    void *p = mmap(NULL, sizeof(struct state), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return err_set_code(err, ERR_IO, errno, "map %s: %s", path, errno_text(errno));
    *out = p;
    return true;
}

bool windows_open(const char *path, struct windows **out, struct err *err) {
    struct state *s = NULL;
    if (path && !map_file(path, &s, err))
        return false;
    if (!path) {
        s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (s == MAP_FAILED)
            abort();
    }
    if (memcmp(s->magic, state_magic, sizeof state_magic) != 0) {
        memset(s, 0, sizeof *s);
        memcpy(s->magic, state_magic, sizeof state_magic);
    }
    struct windows *w = malloc(sizeof *w);
    if (!w)
        abort();
    w->state = s;
    *out = w;
    return true;
}

void windows_close(struct windows *w) {
    if (!w)
        return;
    munmap(w->state, sizeof *w->state);
    free(w);
}

struct window *windows_next(struct windows *w, struct window *after) {
    struct window *end = w->state->windows + WINDOWS_MAX;
    for (struct window *i = after ? after + 1 : w->state->windows; i < end; i++)
        if (i->used)
            return i;
    return NULL;
}

struct window *windows_find(struct windows *w, const uint8_t boot[BOOT_BYTES]) {
    for (struct window *i = NULL; (i = windows_next(w, i));)
        if (!memcmp(i->boot, boot, BOOT_BYTES))
            return i;
    return NULL;
}

struct window *windows_get(struct windows *w, const uint8_t boot[BOOT_BYTES]) {
    struct window *found = windows_find(w, boot);
    if (!found) {
        found = w->state->windows;
        for (struct window *i = found; i < w->state->windows + WINDOWS_MAX; i++)
            if (i->used < found->used)
                found = i; // a free one, or the oldest
        memset(found, 0, sizeof *found);
        memcpy(found->boot, boot, BOOT_BYTES);
        found->fresh = 1;
    }
    found->used = ++w->state->clock;
    return found;
}

static uint64_t *word_of(struct window *w, uint64_t sequence) {
    return &w->bits[sequence % WINDOW_BITS / 64];
}

static uint64_t mask_of(uint64_t sequence) {
    return 1ull << (sequence % 64);
}

bool window_has(const struct window *w, uint64_t sequence) {
    if (sequence <= w->base)
        return true;
    return sequence - w->base <= WINDOW_BITS && w->bits[sequence % WINDOW_BITS / 64] & mask_of(sequence);
}

// What is received directly above the base joins it.
static void settle(struct window *w) {
    while (w->base < w->highest && window_has(w, w->base + 1)) {
        *word_of(w, w->base + 1) &= ~mask_of(w->base + 1);
        w->base++;
    }
}

// Raises the base; returns how many were not there.
static uint64_t raise_base(struct window *w, uint64_t base) {
    uint64_t missed = 0;
    if (base <= w->base)
        return 0;
    if (base - w->base > WINDOW_BITS) { // everything is below
        missed = base - w->base;
        for (size_t i = 0; i < countof(w->bits); i++)
            missed -= (uint64_t)__builtin_popcountll(w->bits[i]);
        memset(w->bits, 0, sizeof w->bits);
        w->base = base;
    }
    while (w->base < base) {
        w->base++;
        uint64_t *word = word_of(w, w->base);
        missed += !(*word & mask_of(w->base));
        *word &= ~mask_of(w->base);
    }
    if (w->highest < base)
        w->highest = base;
    settle(w);
    return missed;
}

uint64_t window_expect(struct window *w, uint64_t sequence) {
    uint64_t missed = sequence > WINDOW_BITS ? raise_base(w, sequence - WINDOW_BITS) : 0;
    if (w->highest < sequence)
        w->highest = sequence;
    return missed;
}

uint64_t window_add(struct window *w, uint64_t sequence) {
    uint64_t missed = window_expect(w, sequence);
    *word_of(w, sequence) |= mask_of(sequence);
    settle(w);
    return missed;
}

uint64_t window_give_up(struct window *w, uint64_t floor) {
    return floor ? raise_base(w, floor - 1) : 0;
}

bool window_complete(const struct window *w) {
    return w->base == w->highest;
}

void window_position(const struct window *w, struct position *out) {
    memcpy(out->boot, w->boot, BOOT_BYTES);
    out->fresh = w->fresh;
    out->highest = w->highest;
    out->n_missing = 0;
    for (uint64_t s = w->base + 1; s <= w->highest && out->n_missing < RANGES_MAX; s++) {
        if (window_has(w, s))
            continue;
        struct seq_range *r = &out->missing[out->n_missing++];
        r->from = s;
        while (s < w->highest && !window_has(w, s + 1))
            s++;
        r->to = s;
    }
}
