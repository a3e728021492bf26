// SPDX-License-Identifier: Apache-2.0
// Objects by resource key, sorted by namespace and name; the counter; the log of changes.
#include "deploy/local/sandbox/storage.h"

#include "common/base/map.h"
#include "common/value/json.h"

struct shelf { // all objects of one resource key
    char *key;
    struct object **items; // sorted by ns, name
    size_t n, cap;
};

struct observer {
    storage_observer fn;
    void *arg;
};

struct storage {
    struct map shelves; // key -> struct shelf
    uint64_t rv, compacted_rv;
    struct change *log; // a ring
    size_t log_cap, log_at, log_n;
    struct observer *observers;
    size_t n_observers;
};

enum { LOG_EVENTS = 10000 };

static void *grow(void *p, size_t n, size_t size) {
    p = reallocarray(p, n, size);
    if (!p)
        abort();
    return p;
}

struct storage *storage_new(size_t log_events) {
    struct storage *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->log_cap = log_events ? log_events : LOG_EVENTS;
    s->log = calloc(s->log_cap, sizeof *s->log);
    if (!s->log)
        abort();
    return s;
}

/* ---- objects ---- */

// One allocation: the struct, then ns, name, uid and json, each NUL-terminated.
static struct object *object_new(const struct shelf *shelf, uint64_t rv, const struct value *meta,
                                 struct str json) {
    struct str ns = str_of(value_text(value_get(meta, "namespace"), "")),
               name = str_of(value_text(value_get(meta, "name"), "")),
               uid = str_of(value_text(value_get(meta, "uid"), ""));
    struct object *o = calloc(1, sizeof *o + ns.n + name.n + uid.n + json.n + 4);
    if (!o)
        abort();
    char *p = (char *)(o + 1);
    o->refs = 1;
    o->rv = rv;
    o->key = shelf->key;
    o->ns = memcpy(p, ns.p, ns.n), p += ns.n + 1;
    o->name = memcpy(p, name.p, name.n), p += name.n + 1;
    o->uid = memcpy(p, uid.p, uid.n), p += uid.n + 1;
    o->json = (struct str) { memcpy(p, json.p, json.n), json.n };
    return o;
}

struct object *object_ref(const struct object *o) {
    struct object *shared = (struct object *)o; // the count is not part of what is immutable
    shared->refs++;
    return shared;
}

void object_unref(struct object *o) {
    if (o && --o->refs == 0)
        free(o);
}

struct value *object_value(struct arena *a, const struct object *o) {
    struct err err = { .a = a };
    struct value *v;
    if (!json_read(a, o->json, &v, &err))
        abort(); // written by json_write
    return v;
}

/* ---- shelves ---- */

static struct shelf *shelf_get(const struct storage *s, const char *key) {
    return map_get(&s->shelves, key);
}

static struct shelf *shelf_make(struct storage *s, const char *key) {
    struct shelf *shelf = shelf_get(s, key);
    if (shelf)
        return shelf;
    shelf = calloc(1, sizeof *shelf);
    if (!shelf || !(shelf->key = strdup(key)))
        abort();
    map_set(&s->shelves, key, shelf);
    return shelf;
}

static int compare(const struct object *o, const char *ns, const char *name) {
    int c = strcmp(o->ns, ns);
    return c ? c : strcmp(o->name, name);
}

// Index of the first object that is not before ns/name.
static size_t shelf_find(const struct shelf *shelf, const char *ns, const char *name) {
    size_t lo = 0, hi = shelf->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (compare(shelf->items[mid], ns, name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool shelf_has(const struct shelf *shelf, size_t at, const char *ns, const char *name) {
    return at < shelf->n && compare(shelf->items[at], ns, name) == 0;
}

static void shelf_insert(struct shelf *shelf, size_t at, struct object *o) {
    if (shelf->n == shelf->cap)
        shelf->items =
            grow(shelf->items, shelf->cap = shelf->cap ? shelf->cap * 2 : 8, sizeof(struct object *));
    memmove(&shelf->items[at + 1], &shelf->items[at], (shelf->n - at) * sizeof *shelf->items);
    shelf->items[at] = o;
    shelf->n++;
}

void storage_free(struct storage *s) {
    if (!s)
        return;
    storage_compact(s);
    void *value;
    for (size_t i = 0; map_next(&s->shelves, &i, NULL, &value);) {
        struct shelf *shelf = value;
        for (size_t k = 0; k < shelf->n; k++)
            object_unref(shelf->items[k]);
        free(shelf->items);
        free(shelf->key);
        free(shelf);
    }
    map_done(&s->shelves);
    free(s->log);
    free(s->observers);
    free(s);
}

/* ---- counter and log ---- */

uint64_t storage_rv(const struct storage *s) {
    return s->rv;
}

uint64_t storage_compacted_rv(const struct storage *s) {
    return s->compacted_rv;
}

uint64_t storage_bump(struct storage *s) {
    return ++s->rv;
}

static void log_drop_oldest(struct storage *s) {
    struct change *c = &s->log[s->log_at];
    s->compacted_rv = c->rv;
    object_unref(c->now);
    object_unref(c->prev);
    *c = (struct change) { 0 };
    s->log_at = (s->log_at + 1) % s->log_cap;
    s->log_n--;
}

void storage_compact(struct storage *s) {
    while (s->log_n)
        log_drop_oldest(s);
    s->compacted_rv = s->rv;
}

static struct change *log_nth(const struct storage *s, size_t i) {
    return &s->log[(s->log_at + i) % s->log_cap];
}

// Takes the references in `c`.
static void log_add(struct storage *s, struct change c) {
    if (s->log_n == s->log_cap)
        log_drop_oldest(s);
    struct change *at = log_nth(s, s->log_n++);
    *at = c;
    for (size_t i = 0; i < s->n_observers; i++)
        s->observers[i].fn(s->observers[i].arg, at);
}

const struct change *storage_log_next(const struct storage *s, uint64_t after_rv, size_t *i) {
    if (*i == 0 && s->log_n) { // the log is sorted by rv
        size_t lo = 0, hi = s->log_n;
        while (lo < hi) {
            size_t mid = lo + (hi - lo) / 2;
            if (log_nth(s, mid)->rv <= after_rv)
                lo = mid + 1;
            else
                hi = mid;
        }
        *i = lo;
    }
    return *i < s->log_n ? log_nth(s, (*i)++) : NULL;
}

void storage_observe(struct storage *s, storage_observer fn, void *arg) {
    s->observers = grow(s->observers, s->n_observers + 1, sizeof *s->observers);
    s->observers[s->n_observers++] = (struct observer) { fn, arg };
}

/* ---- read ---- */

const struct object *storage_get(const struct storage *s, const char *key, const char *ns, const char *name) {
    const struct shelf *shelf = shelf_get(s, key);
    if (!shelf)
        return NULL;
    size_t at = shelf_find(shelf, ns ? ns : "", name);
    return shelf_has(shelf, at, ns ? ns : "", name) ? shelf->items[at] : NULL;
}

size_t storage_count(const struct storage *s, const char *key) {
    const struct shelf *shelf = shelf_get(s, key);
    return shelf ? shelf->n : 0;
}

const char *storage_next_key(const struct storage *s, size_t *i) {
    const char *key;
    void *value;
    while (map_next(&s->shelves, i, &key, &value))
        if (((struct shelf *)value)->n)
            return key;
    return NULL;
}

// "ns/name" split; a cluster-scoped object's is "/name".
static void after_split(struct arena *a, const char *after, const char **ns, const char **name) {
    const char *slash = strchr(after, '/');
    size_t n = slash ? (size_t)(slash - after) : 0;
    *ns = arena_text(a, after, n);
    *name = slash ? slash + 1 : after;
}

struct objects storage_list(const struct storage *s, struct arena *a, const char *key, const char *ns,
                            const char *after) {
    const struct shelf *shelf = shelf_get(s, key);
    struct objects out = { 0 };
    if (!shelf)
        return out;
    size_t from = ns ? shelf_find(shelf, ns, "") : 0;
    if (after) {
        const char *after_ns, *after_name;
        after_split(a, after, &after_ns, &after_name);
        size_t at = shelf_find(shelf, after_ns, after_name);
        at += shelf_has(shelf, at, after_ns, after_name);
        from = at > from ? at : from;
    }
    size_t to = from;
    while (to < shelf->n && (!ns || strcmp(shelf->items[to]->ns, ns) == 0))
        to++;
    out.items = arena_array(a, struct object *, to - from);
    for (size_t i = from; i < to; i++)
        out.items[out.n++] = object_ref(shelf->items[i]);
    return out;
}

void objects_unref(struct objects *o) {
    for (size_t i = 0; i < o->n; i++)
        object_unref(o->items[i]);
    *o = (struct objects) { 0 };
}

static int object_order(const void *x, const void *y) {
    const struct object *a = *(struct object *const *)x, *b = *(struct object *const *)y;
    int c = strcmp(a->ns, b->ns);
    return c ? c : strcmp(a->name, b->name);
}

static bool in_range(const struct object *o, const char *key, const char *ns, const char *after_ns,
                     const char *after_name) {
    if (strcmp(o->key, key) != 0 || (ns && strcmp(o->ns, ns) != 0))
        return false;
    return !after_name || compare(o, after_ns, after_name) > 0;
}

bool storage_list_at(const struct storage *s, struct arena *a, const char *key, const char *ns,
                     const char *after, uint64_t rv, struct objects *out) {
    if (rv < s->compacted_rv)
        return false;
    struct objects now = storage_list(s, a, key, ns, after);
    automap state = { 0 }; // "ns/name" -> struct object, borrowed from `now` or the log
    for (size_t i = 0; i < now.n; i++)
        map_set(&state, arena_fmt(a, "%s/%s", now.items[i]->ns, now.items[i]->name), now.items[i]);
    const char *after_ns = NULL, *after_name = NULL;
    if (after)
        after_split(a, after, &after_ns, &after_name);
    for (size_t i = s->log_n; i > 0 && log_nth(s, i - 1)->rv > rv; i--) {
        const struct change *c = log_nth(s, i - 1);
        if (!in_range(c->now, key, ns, after_ns, after_name))
            continue;
        const char *id = arena_fmt(a, "%s/%s", c->now->ns, c->now->name);
        if (c->prev)
            map_set(&state, id, c->prev);
        else
            map_remove(&state, id);
    }
    *out = (struct objects) { .items = arena_array(a, struct object *, state.count) };
    void *value;
    for (size_t i = 0; map_next(&state, &i, NULL, &value);)
        out->items[out->n++] = object_ref(value);
    objects_unref(&now);
    qsort(out->items, out->n, sizeof *out->items, object_order);
    return true;
}

/* ---- write ---- */

// The tree as it will be stored, with that resourceVersion.
static struct str tree_json(struct arena *a, struct value *tree, uint64_t rv) {
    struct value *meta = value_get(tree, "metadata");
    value_set(a, meta, "resourceVersion", value_fmt(a, "%llu", (unsigned long long)rv));
    return json_text(a, tree, JSON_COMPACT);
}

const struct object *storage_put(struct storage *s, struct arena *a, const char *key, struct value *tree,
                                 bool *out_changed) {
    struct value *meta = value_get(tree, "metadata");
    const char *ns = value_text(value_get(meta, "namespace"), ""),
               *name = value_text(value_get(meta, "name"), "");
    struct shelf *shelf = shelf_make(s, key);
    size_t at = shelf_find(shelf, ns, name);
    struct object *old = shelf_has(shelf, at, ns, name) ? shelf->items[at] : NULL;
    if (out_changed)
        *out_changed = true;
    if (old) {
        tree_json(a, tree, old->rv);
        if (value_equal(tree, object_value(a, old))) {
            if (out_changed)
                *out_changed = false;
            return old;
        }
    }
    uint64_t rv = ++s->rv;
    struct object *o = object_new(shelf, rv, meta, tree_json(a, tree, rv));
    if (old)
        shelf->items[at] = o;
    else
        shelf_insert(shelf, at, o);
    log_add(s, (struct change) { old ? CHANGE_MODIFIED : CHANGE_ADDED, rv, object_ref(o),
                                 old }); // old's reference moves
    return o;
}

struct object *storage_delete(struct storage *s, const char *key, const char *ns, const char *name) {
    struct shelf *shelf = shelf_get(s, key);
    size_t at = shelf ? shelf_find(shelf, ns ? ns : "", name) : 0;
    if (!shelf || !shelf_has(shelf, at, ns ? ns : "", name))
        return NULL;
    struct object *old = shelf->items[at];
    memmove(&shelf->items[at], &shelf->items[at + 1], (shelf->n - at - 1) * sizeof *shelf->items);
    shelf->n--;
    autoarena a = { 0 };
    struct value *tree = object_value(&a, old);
    uint64_t rv = ++s->rv;
    struct str json = tree_json(&a, tree, rv);
    struct object *last = object_new(shelf, rv, value_get(tree, "metadata"), json);
    log_add(s, (struct change) { CHANGE_DELETED, rv, object_ref(last), old });
    return last;
}

/* ---- state file ---- */

void storage_dump(const struct storage *s, struct buf *out) {
    buf_fmt(
        out,
        "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"%llu\"},\"items\":[",
        (unsigned long long)s->rv);
    const char *separator = "\n";
    void *value;
    for (size_t i = 0; map_next(&s->shelves, &i, NULL, &value);) {
        const struct shelf *shelf = value;
        for (size_t k = 0; k < shelf->n; k++, separator = ",\n")
            buf_puts(out, separator), buf_put_str(out, shelf->items[k]->json);
    }
    buf_puts(out, "\n]}\n");
}

void storage_restore_rv(struct storage *s, uint64_t rv) {
    if (s->rv < rv)
        s->rv = rv;
    storage_compact(s);
}

void storage_restore(struct storage *s, struct arena *a, const char *key, struct value *tree) {
    const struct value *meta = value_get(tree, "metadata");
    const char *ns = value_text(value_get(meta, "namespace"), ""),
               *name = value_text(value_get(meta, "name"), "");
    uint64_t rv;
    if (!str_to_u64(str_of(value_text(value_get(meta, "resourceVersion"), "")), &rv))
        rv = s->rv + 1;
    struct shelf *shelf = shelf_make(s, key);
    size_t at = shelf_find(shelf, ns, name);
    struct object *o = object_new(shelf, rv, meta, tree_json(a, tree, rv));
    if (shelf_has(shelf, at, ns, name)) {
        object_unref(shelf->items[at]);
        shelf->items[at] = o;
    } else {
        shelf_insert(shelf, at, o);
    }
    storage_restore_rv(s, rv);
}
