// SPDX-License-Identifier: Apache-2.0
// Maps of the YAML reader: merges and duplicate keys. Go: go.yaml.in/yaml/{v2,v3} decode.go (mapping, merge).
#include "common/value/goquote.h"
#include "common/value/yaml_node.h"

void yaml_entry_push(struct yaml_reader *r, const struct yaml_entry *e) {
    if (r->n_entries == r->cap_entries) {
        r->cap_entries = r->cap_entries ? r->cap_entries * 2 : 64;
        r->entries = reallocarray(r->entries, r->cap_entries, sizeof *r->entries);
        if (!r->entries)
            abort();
    }
    r->entries[r->n_entries++] = *e;
}

static void map_add(struct yaml_reader *r, struct value *map, struct value_pair pair) {
    map->map.pairs = arena_grow(r->a, map->map.pairs, &map->map.cap, map->map.n + 1, sizeof pair);
    map->map.pairs[map->map.n++] = pair;
}

static void add_pairs(struct yaml_reader *r, struct value *map, const struct value *from) {
    for (size_t i = 0; i < from->map.n; i++)
        map_add(r, map, from->map.pairs[i]);
}

// Appends what a << brings. Later pairs win, so of a list the first map comes last.
static void add_merge(struct yaml_reader *r, struct value *map, const struct yaml_entry *e) {
    const struct value *v = e->pair.value;
    bool ok = v->type == VALUE_MAP || (v->type == VALUE_LIST && !e->value_is_alias);
    if (v->type == VALUE_MAP)
        add_pairs(r, map, v);
    for (size_t k = value_len(v); ok && v->type == VALUE_LIST && k > 0; k--) {
        ok = v->list.items[k - 1]->type == VALUE_MAP;
        if (ok)
            add_pairs(r, map, v->list.items[k - 1]);
    }
    if (!ok)
        yaml_fail(r, "yaml: map merge requires map or sequence of maps as the value");
}

static bool enough_errors(const struct yaml_reader *r) {
    return r->type_errors.n > 32768;
}

static struct str entry_key(const struct yaml_entry *e) {
    return e->merge ? STR("<<") : e->pair.key;
}

static void report_pair_v3(struct yaml_reader *r, const struct yaml_entry *first,
                           const struct yaml_entry *again) {
    buf_fmt(&r->type_errors, "\n  line %u: mapping key ", again->line);
    go_quote(&r->type_errors, entry_key(again));
    buf_fmt(&r->type_errors, " already defined at line %u", first->line);
}

// yaml.v3: all pairs of equal keys, also of <<, by the place of the first.
static void report_v3(struct yaml_reader *r, size_t base) {
    autoarena scratch = { 0 };
    struct value *last = value_map(&scratch); // key -> place of its last occurrence so far
    size_t n = r->n_entries - base, *next = arena_array(&scratch, size_t, n); // the next occurrence; 0 = none
    for (size_t i = 0; i < n; i++) {
        struct str key = entry_key(&r->entries[base + i]);
        struct value *seen = value_get_n(last, key);
        if (seen)
            next[seen->i] = i;
        value_set_n(&scratch, last, key, value_int(&scratch, (int64_t)i));
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = next[i]; k && !enough_errors(r); k = next[k])
            report_pair_v3(r, &r->entries[base + i], &r->entries[base + k]);
}

// yaml.v2, strict: a key that is set twice, also by merges. `pairs` are those of the map before duplicates went.
static void report_v2(struct yaml_reader *r, const struct value_pair *pairs, size_t n) {
    autoarena scratch = { 0 };
    struct value *seen = value_map(&scratch);
    for (size_t i = 0; i < n && !enough_errors(r); i++) {
        if (!value_get_n(seen, pairs[i].key)) {
            value_set_n(&scratch, seen, pairs[i].key, value_null(&scratch));
            continue;
        }
        buf_fmt(&r->type_errors, "\n  line %u: key ", pairs[i].value->line);
        go_quote(&r->type_errors, pairs[i].key);
        buf_puts(&r->type_errors, " already set in map");
    }
}

static bool has_duplicates(struct yaml_reader *r, size_t base, size_t n_merges) {
    autoarena scratch = { 0 };
    struct value map = { .type = VALUE_MAP };
    size_t n = r->n_entries - base;
    map.map.pairs = arena_array(&scratch, struct value_pair, n);
    for (size_t i = base; i < r->n_entries; i++)
        if (!r->entries[i].merge)
            map.map.pairs[map.map.n++] = r->entries[i].pair;
    return map_finish(&scratch, &map) || n_merges > 1;
}

// Explicit keys win wherever they stand.
static void build_v3(struct yaml_reader *r, struct value *map, size_t base, struct yaml_noted before) {
    size_t n_merges = 0;
    for (size_t i = base; i < r->n_entries; i++) {
        if (!r->entries[i].merge)
            continue;
        n_merges++;
        add_merge(r, map, &r->entries[i]);
    }
    for (size_t i = base; i < r->n_entries; i++)
        if (!r->entries[i].merge)
            map_add(r, map, r->entries[i].pair);
    size_t before_finish = map->map.n;
    bool duplicates = map_finish(r->a, map);
    if (n_merges) // merged keys are no duplicates
        duplicates = before_finish != map->map.n && has_duplicates(r, base, n_merges);
    if (duplicates || n_merges > 1) {
        r->failure = before.failure;
        r->type_errors.n = before.n_type_errors;
        report_v3(r, base);
    }
}

// In the order of the text: what comes later wins.
static void build_v2(struct yaml_reader *r, struct value *map, size_t base) {
    for (size_t i = base; i < r->n_entries; i++) {
        const struct yaml_entry *e = &r->entries[i];
        if (e->merge)
            add_merge(r, map, e);
        else
            map_add(r, map, e->pair);
    }
    if (!r->strict) {
        map_finish(r->a, map);
        return;
    }
    size_t n = map->map.n;
    struct value_pair *pairs = arena_copy(r->a, map->map.pairs, n * sizeof *pairs);
    if (map_finish(r->a, map))
        report_v2(r, pairs, n);
}

void yaml_map_build(struct yaml_reader *r, struct value *map, size_t base, struct yaml_noted before) {
    if (r->v3)
        build_v3(r, map, base, before);
    else
        build_v2(r, map, base);
    r->n_entries = base;
}
