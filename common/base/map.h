// SPDX-License-Identifier: Apache-2.0
/* Hash map from text to pointer, on the heap, for long-lived tables. Keys are copied; values are the
 * caller's. `struct map m = { 0 }` is ready. Iteration order is insertion order as long as nothing was
 * removed. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "common/base/str.h"

struct map_entry {
    char *key; // NULL: removed
    uint64_t hash;
    void *value;
};

struct map {
    struct map_entry *entries; // in order of insertion, with holes
    size_t n_entries, cap_entries;
    uint32_t *slots; // index + 1 into entries, 0 = empty, UINT32_MAX = removed
    size_t n_slots;
    size_t count;
};

void map_done(struct map *m); // frees keys, not values
#define automap AUTO(map_done) struct map

void *map_get(const struct map *m, const char *key); // NULL: absent
bool map_has(const struct map *m, const char *key);
void *map_set(struct map *m, const char *key, void *value); // returns the value that was there, or NULL
void *map_remove(struct map *m, const char *key);           // returns the removed value, or NULL
/* for (size_t i = 0; map_next(&m, &i, &key, &value);) ... ; removing the entry just given is safe. */
bool map_next(const struct map *m, size_t *at, const char **key, void **value);

// 64-bit hash with a per-process random seed (hostile keys cannot be prepared).
uint64_t hash_bytes(const void *p, size_t n);

#endif
