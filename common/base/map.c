// SPDX-License-Identifier: Apache-2.0
// Insertion-ordered hash map; open addressing over an index table.
#include "common/base/map.h"

#include <pthread.h>
#include <sys/random.h>

enum { SLOT_REMOVED = -1 };

static uint64_t hash_seed;
static pthread_once_t hash_once = PTHREAD_ONCE_INIT;

static void hash_init(void) {
    if (getrandom(&hash_seed, sizeof hash_seed, GRND_NONBLOCK) != sizeof hash_seed)
        hash_seed = (uintptr_t)&hash_seed ^ 0x9e3779b97f4a7c15ull;
}

static uint64_t mix(uint64_t h, uint64_t w) {
    __uint128_t m = (__uint128_t)(h ^ w) * 0x9e3779b97f4a7c15ull;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

uint64_t hash_bytes(const void *p, size_t n) {
    pthread_once(&hash_once, hash_init);
    const unsigned char *c = p;
    uint64_t h = hash_seed ^ n, w;
    for (; n >= 8; c += 8, n -= 8) {
        memcpy(&w, c, 8);
        h = mix(h, w);
    }
    w = 0;
    if (n)
        memcpy(&w, c, n);
    return mix(h, w ^ 0x5851f42d4c957f2dull);
}

static void *xcalloc(size_t n, size_t size) {
    void *p = calloc(n, size);
    if (!p)
        abort();
    return p;
}

// Slot of the key, or the free slot where it would go.
static size_t slot_find(const struct map *m, const char *key, uint64_t hash, bool *found) {
    size_t mask = m->n_slots - 1, free_slot = SIZE_MAX;
    for (size_t s = hash & mask;; s = (s + 1) & mask) {
        uint32_t v = m->slots[s];
        if (v == 0) {
            *found = false;
            return free_slot != SIZE_MAX ? free_slot : s;
        }
        if (v == (uint32_t)SLOT_REMOVED) {
            if (free_slot == SIZE_MAX)
                free_slot = s;
            continue;
        }
        const struct map_entry *e = &m->entries[v - 1];
        if (e->hash == hash && strcmp(e->key, key) == 0) {
            *found = true;
            return s;
        }
    }
}

// Closes the holes in entries and rebuilds the index with room for twice the count.
static void map_rebuild(struct map *m) {
    size_t cap = 8;
    while (cap < m->count * 2 + 2)
        cap *= 2;
    if (cap > UINT32_MAX / 4)
        abort();
    struct map_entry *entries = xcalloc(cap, sizeof *entries);
    size_t n = 0;
    for (size_t i = 0; i < m->n_entries; i++)
        if (m->entries[i].key)
            entries[n++] = m->entries[i];
    free(m->entries);
    free(m->slots);
    m->entries = entries;
    m->n_entries = n;
    m->cap_entries = cap;
    m->n_slots = cap * 2;
    m->slots = xcalloc(m->n_slots, sizeof *m->slots);
    for (size_t i = 0; i < n; i++) {
        size_t s = entries[i].hash & (m->n_slots - 1);
        while (m->slots[s])
            s = (s + 1) & (m->n_slots - 1);
        m->slots[s] = (uint32_t)i + 1;
    }
}

void map_done(struct map *m) {
    for (size_t i = 0; i < m->n_entries; i++)
        free(m->entries[i].key);
    free(m->entries);
    free(m->slots);
    *m = (struct map) { 0 };
}

static struct map_entry *entry_find(const struct map *m, const char *key) {
    if (!m->n_slots)
        return NULL;
    bool found;
    size_t s = slot_find(m, key, hash_bytes(key, strlen(key)), &found);
    return found ? &m->entries[m->slots[s] - 1] : NULL;
}

void *map_get(const struct map *m, const char *key) {
    const struct map_entry *e = entry_find(m, key);
    return e ? e->value : NULL;
}

bool map_has(const struct map *m, const char *key) {
    return entry_find(m, key) != NULL;
}

void *map_set(struct map *m, const char *key, void *value) {
    struct map_entry *e = entry_find(m, key);
    if (e) {
        void *old = e->value;
        e->value = value;
        return old;
    }
    if (m->n_entries == m->cap_entries)
        map_rebuild(m);
    uint64_t hash = hash_bytes(key, strlen(key));
    bool found;
    size_t s = slot_find(m, key, hash, &found);
    char *copy = strdup(key);
    if (!copy)
        abort();
    m->entries[m->n_entries++] = (struct map_entry) { copy, hash, value };
    m->slots[s] = (uint32_t)m->n_entries;
    m->count++;
    return NULL;
}

void *map_remove(struct map *m, const char *key) {
    if (!m->n_slots)
        return NULL;
    bool found;
    size_t s = slot_find(m, key, hash_bytes(key, strlen(key)), &found);
    if (!found)
        return NULL;
    struct map_entry *e = &m->entries[m->slots[s] - 1];
    void *old = e->value;
    m->slots[s] = (uint32_t)SLOT_REMOVED;
    free(e->key);
    *e = (struct map_entry) { 0 };
    m->count--;
    return old;
}

bool map_next(const struct map *m, size_t *at, const char **key, void **value) {
    for (; *at < m->n_entries; (*at)++) {
        const struct map_entry *e = &m->entries[*at];
        if (!e->key)
            continue;
        if (key)
            *key = e->key;
        if (value)
            *value = e->value;
        (*at)++;
        return true;
    }
    return false;
}
