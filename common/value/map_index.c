// SPDX-License-Identifier: Apache-2.0
// Hash index of large maps: open addressing over numbers of pairs.
#include "common/value/map_index.h"
#include "common/base/map.h"

struct slot {
    uint32_t pair; // + 1; 0 = free
    uint32_t hash;
};

struct value_map_index {
    size_t n_slots; // power of two, at least twice the pairs
    size_t indexed; // pairs that are in it
    struct slot slots[];
};

static uint32_t hash_key(struct str key) {
    return (uint32_t)hash_bytes(key.p, key.n);
}

// The slot of the key, or the free one where it belongs.
static struct slot *slot_of(struct value_map_index *x, const struct value_pair *pairs, struct str key,
                            uint32_t hash) {
    size_t mask = x->n_slots - 1;
    for (size_t s = hash & mask;; s = (s + 1) & mask) {
        struct slot *slot = &x->slots[s];
        if (!slot->pair || (slot->hash == hash && str_eq(pairs[slot->pair - 1].key, key)))
            return slot;
    }
}

size_t map_find(const struct value *map, struct str key) {
    const struct value_pair *pairs = map->map.pairs;
    if (map->map.index) {
        const struct slot *slot = slot_of(map->map.index, pairs, key, hash_key(key));
        return slot->pair ? slot->pair - 1 : MAP_ABSENT;
    }
    for (size_t i = 0; i < map->map.n; i++)
        if (pairs[i].key.n == key.n && memcmp(pairs[i].key.p, key.p, key.n) == 0)
            return i;
    return MAP_ABSENT;
}

static void index_add(struct value *map, size_t from) {
    struct value_map_index *x = map->map.index;
    for (size_t i = from; i < map->map.n; i++) {
        uint32_t hash = hash_key(map->map.pairs[i].key);
        *slot_of(x, map->map.pairs, map->map.pairs[i].key, hash) = (struct slot) { (uint32_t)i + 1, hash };
    }
    x->indexed = map->map.n;
}

static struct value_map_index *index_new(struct arena *a, size_t n_pairs) {
    size_t n_slots = 32;
    while (n_slots < n_pairs * 2 + 2)
        n_slots *= 2;
    if (n_slots > UINT32_MAX)
        abort();
    struct value_map_index *x = arena_alloc(a, sizeof *x + n_slots * sizeof(struct slot));
    x->n_slots = n_slots;
    return x;
}

void map_index_update(struct arena *a, struct value *map) {
    if (map->map.n <= MAP_INDEX_MIN)
        return;
    struct value_map_index *x = map->map.index;
    if (!x || map->map.n * 2 > x->n_slots) {
        map->map.index = index_new(a, map->map.cap > map->map.n ? map->map.cap : map->map.n);
        index_add(map, 0);
        return;
    }
    index_add(map, x->indexed);
}

void map_index_refresh(struct value *map) {
    struct value_map_index *x = map->map.index;
    if (!x)
        return;
    memset(x->slots, 0, x->n_slots * sizeof(struct slot));
    index_add(map, 0);
}

void map_remove_at(struct value *map, size_t at) {
    map->map.n--;
    memmove(map->map.pairs + at, map->map.pairs + at + 1, (map->map.n - at) * sizeof *map->map.pairs);
    map_index_refresh(map);
}

static bool finish_small(struct value *map) {
    struct value_pair *p = map->map.pairs;
    size_t n = 0;
    for (size_t i = 0; i < map->map.n; i++) {
        size_t j = 0;
        while (j < n && !(p[j].key.n == p[i].key.n && memcmp(p[j].key.p, p[i].key.p, p[i].key.n) == 0))
            j++;
        if (j < n)
            p[j].value = p[i].value;
        else
            p[n++] = p[i];
    }
    bool had = n != map->map.n;
    map->map.n = n;
    return had;
}

bool map_finish(struct arena *a, struct value *map) {
    if (map->map.n <= MAP_INDEX_MIN)
        return finish_small(map);
    struct value_map_index *x = index_new(a, map->map.n);
    struct value_pair *p = map->map.pairs;
    size_t n = 0;
    for (size_t i = 0; i < map->map.n; i++) {
        uint32_t hash = hash_key(p[i].key);
        struct slot *slot = slot_of(x, p, p[i].key, hash);
        if (slot->pair) {
            p[slot->pair - 1].value = p[i].value;
            continue;
        }
        p[n++] = p[i];
        *slot = (struct slot) { (uint32_t)n, hash };
    }
    bool had = n != map->map.n;
    map->map.n = n;
    x->indexed = n;
    map->map.index = x;
    return had;
}
