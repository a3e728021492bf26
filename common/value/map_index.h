// SPDX-License-Identifier: Apache-2.0
/* The hash index of large maps: inside of the room, for value.c and the readers.
 * A map of more than MAP_INDEX_MIN pairs has an index in its arena; smaller ones are searched from the front.
 */
#ifndef VALUE_MAP_INDEX_H
#define VALUE_MAP_INDEX_H

#include "common/value/value.h"

enum { MAP_INDEX_MIN = 8 };
#define MAP_ABSENT SIZE_MAX

// Place of the key in map->map.pairs, MAP_ABSENT when it is not there. `map` is a VALUE_MAP.
size_t map_find(const struct value *map, struct str key);
// Call after a pair was appended (or all were set): makes or extends the index.
void map_index_update(struct arena *a, struct value *map);
// Call after pairs changed places; their number is at most what it was.
void map_index_refresh(struct value *map);
void map_remove_at(struct value *map, size_t at);
/* Removes duplicate keys (the last value wins, at the first one's place) from pairs that were collected
 * without a look, and makes the index. Returns true when there was a duplicate. */
bool map_finish(struct arena *a, struct value *map);

#endif
