// SPDX-License-Identifier: Apache-2.0
// The watch verb and the streams it makes.
#include "deploy/local/sandbox/watch.h"

#include "common/base/timeutil.h"
#include "common/value/json.h"
#include "deploy/local/sandbox/list_options.h"
#include "deploy/local/sandbox/selector.h"
#include "deploy/local/sandbox/table.h"
#include "deploy/local/sandbox/write.h"

enum { QUEUE_BYTES = 64 << 20, BOOKMARK_S = 60, TIMEOUT_S = 1800 };

struct watch {
    struct watches *owner;
    struct watch *next, **link;
    struct call call; // its arena lives until the stream is closed
    struct http_push *push;
    struct selector selector;
    struct loop_timer *timeout;
    bool bookmarks, headers_sent;
};

struct watches {
    struct sandbox *sb;
    struct watch *first;
    struct loop_timer *tick;
};

/* ---- events ---- */

static void event_send(struct watch *w, const char *type, struct str object) {
    autobuf b = { 0 };
    buf_fmt(&b, "{\"type\":\"%s\",\"object\":", type);
    buf_put_str(&b, object);
    buf_puts(&b, "}\n");
    http_push_write(w->push, buf_str(&b)); // a closed stream comes back through on_close
}

static struct value *as_table(struct watch *w, const struct value *object) {
    struct value *rows, *table = table_head(&w->call, &rows);
    value_append(w->call.a, rows, table_row(&w->call, object));
    if (w->headers_sent)
        value_set(w->call.a, table, "columnDefinitions", value_list(w->call.a));
    w->headers_sent = true;
    return table;
}

// The object in this watch's representation, with that resourceVersion (0: its own).
static void object_send(struct watch *w, const char *type, const struct object *o, uint64_t rv) {
    struct call *c = &w->call;
    const char *want = arena_fmt(c->a, "{\"apiVersion\":\"%s\"", resource_api_version(c->a, c->r));
    if (c->as == AS_OBJECT && !rv && str_starts(o->json, want)) {
        event_send(w, type, o->json);
        return;
    }
    struct value *v = call_object(c, o);
    if (rv)
        value_set(c->a, value_get(v, "metadata"), "resourceVersion",
                  value_fmt(c->a, "%llu", (unsigned long long)rv));
    if (c->as == AS_TABLE)
        v = as_table(w, v);
    else if (c->as != AS_OBJECT)
        v = partial_object(c->a, v);
    event_send(w, type, json_text(c->a, v, JSON_COMPACT));
}

static bool in_scope(const struct watch *w, const struct object *o) {
    return w->call.r && strcmp(o->key, w->call.r->key) == 0 &&
           (!w->call.ns[0] || strcmp(o->ns, w->call.ns) == 0);
}

static bool selected(const struct watch *w, const struct object *o) {
    if (!o || selector_is_empty(&w->selector))
        return o;
    const char *name = selector_name(&w->selector);
    if (name && strcmp(name, o->name) != 0)
        return false;
    autoarena a = { 0 };
    return selector_matches(w->call.r, &w->selector, object_value(&a, o));
}

static void change_send(struct watch *w, const struct change *c) {
    if (!in_scope(w, c->now))
        return;
    bool was = selected(w, c->prev), is = c->type != CHANGE_DELETED && selected(w, c->now);
    if (!was && !is)
        return;
    struct arena_mark m = arena_mark(w->call.a);
    if (is)
        object_send(w, was ? "MODIFIED" : "ADDED", c->now, 0);
    else if (c->type == CHANGE_DELETED)
        object_send(w, "DELETED", c->now, 0);
    else
        object_send(w, "DELETED", c->prev, c->rv);
    arena_rewind(w->call.a, m);
}

static void on_change(void *arg, const struct change *c) {
    struct watches *ws = arg;
    for (struct watch *w = ws->first, *next; w; w = next) {
        next = w->next;
        change_send(w, c);
    }
}

static void bookmark_send(struct watch *w, bool initial_end) {
    struct call *c = &w->call;
    struct arena_mark m = arena_mark(c->a);
    struct value *v = value_map(c->a), *meta = value_map(c->a);
    value_set(c->a, v, "kind",
              value_string(c->a, c->as == AS_PARTIAL || c->as == AS_PARTIAL_LIST ? "PartialObjectMetadata"
                                                                                 : c->r->kind));
    value_set(c->a, v, "apiVersion",
              value_string(c->a, c->as == AS_PARTIAL || c->as == AS_PARTIAL_LIST
                                     ? "meta.k8s.io/v1"
                                     : resource_api_version(c->a, c->r)));
    value_set(c->a, meta, "resourceVersion",
              value_fmt(c->a, "%llu", (unsigned long long)storage_rv(c->sb->storage)));
    if (initial_end)
        value_set(c->a, value_ensure(c->a, meta, "annotations", NULL), "k8s.io/initial-events-end",
                  value_string(c->a, "true"));
    value_set(c->a, v, "metadata", meta);
    if (c->as == AS_TABLE) {
        struct value *rows, *table = table_head(c, &rows);
        value_set(c->a, value_get(table, "metadata"), "resourceVersion", value_get(meta, "resourceVersion"));
        v = table;
    }
    event_send(w, "BOOKMARK", json_text(c->a, v, JSON_COMPACT));
    arena_rewind(c->a, m);
}

static void expired_send(struct watch *w, const char *message) {
    struct call *c = &w->call;
    struct status st = { .a = c->a };
    status_set(&st, 410, "Expired", "%s", message);
    event_send(w, "ERROR", json_text(c->a, status_value(c->a, &st), JSON_COMPACT));
}

/* ---- life of a stream ---- */

static void on_close(void *arg) {
    struct watch *w = arg;
    loop_timer_cancel(w->timeout);
    if (w->next)
        w->next->link = w->link;
    *w->link = w->next;
    free(w);
}

static void on_timeout(void *arg) {
    struct watch *w = arg;
    w->timeout = NULL;
    if (w->bookmarks && w->call.r)
        bookmark_send(w, false);
    http_push_end(w->push);
}

static void on_tick(void *arg) {
    struct watches *ws = arg;
    ws->tick = loop_timer_add(ws->sb->loop, now_mono_ns() + BOOKMARK_S * NS_PER_S, on_tick, ws);
    watches_bookmark(ws);
}

// A CRD changed (its watches go on with the new row) or went.
static void on_resource_gone(void *arg, const struct resource *old, const struct resource *now) {
    struct watches *ws = arg;
    for (struct watch *w = ws->first; w; w = w->next) {
        if (w->call.r != old)
            continue;
        w->call.r = now;
        if (!now)
            http_push_end(w->push);
    }
}

struct watches *watches_new(struct sandbox *sb) {
    struct watches *ws = calloc(1, sizeof *ws);
    if (!ws)
        abort();
    ws->sb = sb;
    storage_observe(sb->storage, on_change, ws);
    registry_observe(sb->registry, on_resource_gone, ws);
    ws->tick = loop_timer_add(sb->loop, now_mono_ns() + BOOKMARK_S * NS_PER_S, on_tick, ws);
    return ws;
}

void watches_free(struct watches *ws) {
    if (!ws)
        return;
    loop_timer_cancel(ws->tick);
    registry_observe(ws->sb->registry, NULL, NULL);
    watches_close(ws, NULL, false, true);
    free(ws);
}

size_t watches_count(const struct watches *ws, const char *key) {
    size_t n = 0;
    for (const struct watch *w = ws->first; w; w = w->next)
        n += w->call.r && (!key || text_eq(w->call.r->key, key));
    return n;
}

void watches_bookmark(struct watches *ws) {
    for (struct watch *w = ws->first, *next; w; w = next) {
        next = w->next;
        if (w->bookmarks && w->call.r)
            bookmark_send(w, false);
    }
}

size_t watches_close(struct watches *ws, const char *key, bool expired, bool abrupt) {
    size_t n = 0;
    for (struct watch *w = ws->first, *next; w; w = next) {
        next = w->next;
        if (!w->call.r || (key && !text_eq(w->call.r->key, key)))
            continue;
        n++;
        if (expired)
            expired_send(w, "The resourceVersion for the provided watch is too old.");
        if (abrupt)
            http_push_abort(w->push);
        else
            http_push_end(w->push);
    }
    return n;
}

/* ---- start ---- */

static void initial_send(struct watch *w) {
    struct call *c = &w->call;
    struct objects all = storage_list(c->sb->storage, c->a, c->r->key, c->ns[0] ? c->ns : NULL, NULL);
    for (size_t i = 0; i < all.n; i++)
        if (selected(w, all.items[i]))
            object_send(w, "ADDED", all.items[i], 0);
    objects_unref(&all);
}

// false: the log does not reach back; the stream has ended with 410.
static bool replay_send(struct watch *w, uint64_t rv) {
    const struct storage *s = w->call.sb->storage;
    if (rv < storage_compacted_rv(s)) {
        expired_send(w, arena_fmt(w->call.a, "too old resource version: %llu (%llu)", (unsigned long long)rv,
                                  (unsigned long long)storage_compacted_rv(s)));
        http_push_end(w->push);
        return false;
    }
    const struct change *change;
    for (size_t i = 0; (change = storage_log_next(s, rv, &i));)
        change_send(w, change);
    return true;
}

static struct watch *watch_open(struct call *c, const struct list_options *o) {
    struct watches *ws = c->sb->watches;
    struct watch *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    *w = (struct watch) { .owner = ws, .call = *c, .selector = o->selector, .bookmarks = o->bookmarks };
    http_add_header(c->x, "Cache-Control", "no-cache, private");
    w->push = http_reply_stream(c->x, 200, "application/json", QUEUE_BYTES, on_close, w);
    if (!w->push) {
        free(w);
        return NULL;
    }
    w->next = ws->first;
    w->link = &ws->first;
    if (w->next)
        w->next->link = &w->next;
    ws->first = w;
    int64_t timeout_s = o->timeout_s > 0 ? o->timeout_s : TIMEOUT_S;
    w->timeout = loop_timer_add(c->sb->loop, now_mono_ns() + timeout_s * NS_PER_S, on_timeout, w);
    return w;
}

bool verb_watch(struct call *c) {
    struct list_options o;
    if (!list_options_read(c, true, &o))
        return false;
    struct watch *w = watch_open(c, &o);
    if (!w)
        return true;
    if (o.initial_events) {
        initial_send(w);
        bookmark_send(w, true);
    } else if (!o.rv && !o.has_initial_events) {
        initial_send(w);
    } else if (o.rv) {
        return replay_send(w, o.rv), true;
    }
    return true;
}
