// SPDX-License-Identifier: Apache-2.0
// The registry of resources: rows by group/version/plural and by kind, and the order in which discovery names them.
#include "deploy/local/sandbox/resource.h"

#include <ctype.h>

#include "deploy/local/sandbox/resource_table.h"

struct registry {
    const struct resource **rows; // in order of addition, without holes
    size_t n, cap;
    struct map by_plural, by_kind; // "group/version/plural" -> row
    uint64_t generation;
    void (*gone)(void *arg, const struct resource *old, const struct resource *now);
    void *gone_arg;
};

static void tell_gone(struct registry *rg, const struct resource *old, const struct resource *now) {
    if (rg->gone)
        rg->gone(rg->gone_arg, old, now);
}

void registry_observe(struct registry *rg,
                      void (*fn)(void *arg, const struct resource *old, const struct resource *now),
                      void *arg) {
    rg->gone = fn;
    rg->gone_arg = arg;
}

enum { NAME_BYTES = 640 };

// "group/version/name"; false when it cannot be the name of anything.
static bool key_of(char out[NAME_BYTES], const char *group, const char *version, const char *name) {
    size_t g = strlen(group), v = strlen(version), n = strlen(name);
    if (g + v + n + 3 > NAME_BYTES)
        return false;
    char *p = out;
    memcpy(p, group, g);
    p += g;
    *p++ = '/';
    memcpy(p, version, v);
    p += v;
    *p++ = '/';
    memcpy(p, name, n + 1);
    return true;
}

struct registry *registry_new(void) {
    struct registry *rg = calloc(1, sizeof *rg);
    if (!rg)
        abort();
    for (const struct resource *r = builtin_resources; r->plural; r++)
        registry_add(rg, r);
    return rg;
}

void registry_free(struct registry *rg) {
    if (!rg)
        return;
    map_done(&rg->by_plural);
    map_done(&rg->by_kind);
    free(rg->rows);
    free(rg);
}

static size_t row_index(const struct registry *rg, const struct resource *r) {
    for (size_t i = 0; i < rg->n; i++)
        if (rg->rows[i] == r)
            return i;
    return SIZE_MAX;
}

void registry_add(struct registry *rg, const struct resource *r) {
    char plural[NAME_BYTES], kind[NAME_BYTES];
    if (!key_of(plural, r->group, r->version, r->plural) || !key_of(kind, r->group, r->version, r->kind))
        abort(); // CRD validation limits names
    rg->generation++;
    const struct resource *old = map_set(&rg->by_plural, plural, (void *)r);
    map_set(&rg->by_kind, kind, (void *)r);
    if (old) {
        rg->rows[row_index(rg, old)] = r;
        if (!text_eq(old->kind, r->kind) && key_of(kind, old->group, old->version, old->kind) &&
            map_get(&rg->by_kind, kind) == old)
            map_remove(&rg->by_kind, kind);
        if (old != r)
            tell_gone(rg, old, r);
        return;
    }
    if (rg->n == rg->cap) {
        rg->cap = rg->cap ? rg->cap * 2 : 128;
        rg->rows = reallocarray(rg->rows, rg->cap, sizeof *rg->rows);
        if (!rg->rows)
            abort();
    }
    rg->rows[rg->n++] = r;
}

void registry_remove(struct registry *rg, const struct resource *r) {
    size_t at = row_index(rg, r);
    if (at == SIZE_MAX)
        return;
    char key[NAME_BYTES];
    if (key_of(key, r->group, r->version, r->plural))
        map_remove(&rg->by_plural, key);
    if (key_of(key, r->group, r->version, r->kind) && map_get(&rg->by_kind, key) == r)
        map_remove(&rg->by_kind, key);
    memmove(&rg->rows[at], &rg->rows[at + 1], (rg->n - at - 1) * sizeof *rg->rows);
    rg->n--;
    rg->generation++;
    tell_gone(rg, r, NULL);
}

uint64_t registry_generation(const struct registry *rg) {
    return rg->generation;
}

const struct resource *registry_find(const struct registry *rg, const char *group, const char *version,
                                     const char *plural) {
    char key[NAME_BYTES];
    return key_of(key, group, version, plural) ? map_get(&rg->by_plural, key) : NULL;
}

const struct resource *registry_find_kind(const struct registry *rg, const char *group, const char *version,
                                          const char *kind) {
    char key[NAME_BYTES];
    return key_of(key, group, version, kind) ? map_get(&rg->by_kind, key) : NULL;
}

const struct resource *registry_find_api(const struct registry *rg, const char *api_version,
                                         const char *kind) {
    const char *slash = strchr(api_version, '/');
    if (!slash)
        return registry_find_kind(rg, "", api_version, kind);
    char group[NAME_BYTES];
    size_t n = (size_t)(slash - api_version);
    if (n >= sizeof group)
        return NULL;
    memcpy(group, api_version, n);
    group[n] = '\0';
    return registry_find_kind(rg, group, slash + 1, kind);
}

/* Rank of a version as Kubernetes orders them: v2 > v1 > v2beta1 > v1beta2 > v1alpha1 > anything else. */
static uint64_t version_rank(const char *version) {
    if (version[0] != 'v' || !isdigit((unsigned char)version[1]))
        return 0;
    char *end;
    uint64_t major = strtoull(version + 1, &end, 10) & 0xffffff, minor = 0, level = 3;
    if (text_starts(end, "beta"))
        level = 2, end += 4;
    else if (text_starts(end, "alpha"))
        level = 1, end += 5;
    if (level < 3) {
        if (!isdigit((unsigned char)*end))
            return 0;
        minor = strtoull(end, &end, 10) & 0xffffff;
    }
    return *end ? 0 : level << 50 | major << 25 | minor;
}

static bool version_newer(const char *x, const char *y) {
    uint64_t rx = version_rank(x), ry = version_rank(y);
    return rx != ry ? rx > ry : rx == 0 && strcmp(x, y) < 0;
}

const struct resource *registry_find_any(const struct registry *rg, const char *group, const char *plural) {
    const struct resource *best = NULL;
    for (size_t i = 0; i < rg->n; i++) {
        const struct resource *r = rg->rows[i];
        if (text_eq(r->group, group) && text_eq(r->plural, plural) &&
            (!best || version_newer(r->version, best->version)))
            best = r;
    }
    return best;
}

const struct resource *registry_find_key(const struct registry *rg, const char *key) {
    const struct resource *best = NULL;
    for (size_t i = 0; i < rg->n; i++) {
        const struct resource *r = rg->rows[i];
        if (text_eq(r->key, key) && (!best || version_newer(r->version, best->version)))
            best = r;
    }
    return best;
}

bool registry_has_group_version(const struct registry *rg, const char *group, const char *version) {
    for (size_t i = 0; i < rg->n; i++)
        if (text_eq(rg->rows[i]->group, group) && text_eq(rg->rows[i]->version, version))
            return true;
    return false;
}

const struct resource *registry_next(const struct registry *rg, size_t *i) {
    return *i < rg->n ? rg->rows[(*i)++] : NULL;
}

const char *registry_next_group(const struct registry *rg, size_t *i) {
    for (; *i < rg->n; (*i)++) {
        const char *group = rg->rows[*i]->group;
        size_t first = 0;
        while (!text_eq(rg->rows[first]->group, group))
            first++;
        if (first == *i)
            return rg->rows[(*i)++]->group;
    }
    return NULL;
}

// The i-th newest: the number of distinct versions that are newer than it is i.
const char *registry_next_version(const struct registry *rg, const char *group, size_t *i) {
    const char *best = NULL, *last = NULL;
    for (size_t turn = 0; turn <= *i; turn++, last = best) {
        best = NULL;
        for (size_t k = 0; k < rg->n; k++) {
            const struct resource *r = rg->rows[k];
            if (!text_eq(r->group, group) || (last && !version_newer(last, r->version)))
                continue;
            if (!best || version_newer(r->version, best))
                best = r->version;
        }
        if (!best)
            return NULL;
    }
    (*i)++;
    return best;
}

const char *resource_api_version(struct arena *a, const struct resource *r) {
    return r->group[0] ? arena_fmt(a, "%s/%s", r->group, r->version) : r->version;
}

const char *resource_qualified(const struct resource *r) {
    return r->key;
}

const char *resource_qualified_kind(struct arena *a, const struct resource *r) {
    return r->group[0] ? arena_fmt(a, "%s.%s", r->kind, r->group) : r->kind;
}
