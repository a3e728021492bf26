// SPDX-License-Identifier: Apache-2.0
// The tests' API server.
#include "tests/unit/runtime/fake_api.h"

#include "common/base/map.h"
#include "common/base/timeutil.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

struct watcher {
    struct watcher *next;
    struct fake_api *f;
    char *collection; // "widgets" anywhere, or one namespace's
    struct http_push *push;
};

struct fake_api {
    struct loop *loop;
    struct http_server *server;
    pthread_t thread;
    pthread_mutex_t lock; // guards all below but watchers
    pthread_cond_t changed;
    struct map objects; // path -> heap JSON
    uint64_t version;
    struct buf log; // "METHOD target\n"
    char *conflict;
    char *foreign;
    int conflicts;
    struct watcher *watchers; // loop thread
};

/* ---- paths: /apis/g/v/namespaces/ns/plural/name ---- */

static bool same_collection(const char *path, const char *collection) {
    const char *plural = strrchr(collection, '/'), *slash = strrchr(path, '/');
    if (strstr(collection, "/namespaces/"))
        return text_starts(path, collection) && (size_t)(slash - path) == strlen(collection);
    size_t n = strlen(plural);
    return (size_t)(slash - path) > n && !memcmp(slash - n, plural, n);
}

static struct value *parse(struct arena *a, const char *json) {
    struct err err = { .a = a };
    struct value *v = NULL;
    if (!json_read(a, str_of(json), &v, &err)) {
        fprintf(stderr, "%s: %s\n", json, err.msg);
        abort();
    }
    return v;
}

/* ---- watches: loop thread ---- */

struct notice_of_change {
    struct fake_api *f;
    char *path, *line;
};

static void tell_watchers(void *arg) {
    struct notice_of_change *c = arg;
    for (struct watcher *w = c->f->watchers; w; w = w->next)
        if (w->push && same_collection(c->path, w->collection))
            http_push_write(w->push, str_of(c->line));
    free(c->path);
    free(c->line);
    free(c);
}

static void tell(struct fake_api *f, const char *type, const char *path, const char *json) {
    struct notice_of_change *c = calloc(1, sizeof *c);
    c->f = f;
    c->path = strdup(path);
    if (asprintf(&c->line, "{\"type\":\"%s\",\"object\":%s}\n", type, json) < 0)
        abort();
    loop_post(f->loop, tell_watchers, c);
}

// lock held. Stores, gives a new version, tells.
static void store(struct fake_api *f, const char *path, struct arena *a, struct value *v) {
    char version[24];
    snprintf(version, sizeof version, "%llu", (unsigned long long)++f->version);
    value_set(a, value_get(v, "metadata"), "resourceVersion", value_string(a, version));
    bool gone = value_at(v, "metadata", "deletionTimestamp", NULL) &&
                !value_len(value_at(v, "metadata", "finalizers", NULL));
    const char *json = json_text(a, v, JSON_COMPACT).p;
    bool was = map_has(&f->objects, path);
    if (gone)
        free(map_remove(&f->objects, path));
    else
        free(map_set(&f->objects, path, strdup(json)));
    tell(f, gone ? "DELETED" : was ? "MODIFIED" : "ADDED", path, json);
    pthread_cond_broadcast(&f->changed);
}

/* ---- changes ---- */

void fake_put(struct fake_api *f, const char *collection, const char *json) {
    autoarena a = { 0 };
    struct value *v = parse(&a, json), *metadata = value_ensure(&a, v, "metadata", NULL);
    const char *path = arena_fmt(&a, "%s/%s", collection, value_text(value_get(metadata, "name"), ""));
    pthread_mutex_lock(&f->lock);
    value_set(&a, metadata, "uid", value_string(&a, path));
    value_set(&a, metadata, "generation", value_int(&a, 1));
    store(f, path, &a, v);
    pthread_mutex_unlock(&f->lock);
}

// lock held.
static struct value *apply_patch(struct fake_api *f, struct arena *a, const char *path,
                                 const struct value *patch) {
    const char *json = map_get(&f->objects, path);
    if (!json)
        return NULL;
    struct value *before = parse(a, json), *v = merge_patch_apply(a, before, patch);
    if (!value_equal(value_get(before, "spec"), value_get(v, "spec")))
        value_set(a, value_get(v, "metadata"), "generation",
                  value_int(a, value_int_or(value_at(v, "metadata", "generation", NULL), 0) + 1));
    store(f, path, a, v);
    return v;
}

void fake_patch(struct fake_api *f, const char *path, const char *json) {
    autoarena a = { 0 };
    pthread_mutex_lock(&f->lock);
    apply_patch(f, &a, path, parse(&a, json));
    pthread_mutex_unlock(&f->lock);
}

void fake_delete(struct fake_api *f, const char *path) {
    fake_patch(f, path, "{\"metadata\":{\"deletionTimestamp\":\"2024-01-01T00:00:00Z\"}}");
}

void fake_conflict(struct fake_api *f, const char *contains, int times, const char *foreign_patch) {
    pthread_mutex_lock(&f->lock);
    free(f->conflict);
    free(f->foreign);
    f->conflict = strdup(contains);
    f->foreign = strdup(foreign_patch);
    f->conflicts = times;
    pthread_mutex_unlock(&f->lock);
}

/* ---- looking ---- */

// lock held.
static char *text_at(struct fake_api *f, struct arena *a, const char *path, const char *pointer) {
    const char *json = map_get(&f->objects, path);
    struct value *v = json ? pointer_get(parse(a, json), pointer) : NULL;
    if (!v)
        return arena_strdup(a, "");
    return value_is(v, VALUE_STRING) ? arena_strdup(a, v->s.p)
                                     : arena_strdup(a, json_text(a, v, JSON_COMPACT).p);
}

char *fake_text(struct fake_api *f, struct arena *a, const char *path, const char *pointer) {
    pthread_mutex_lock(&f->lock);
    char *text = text_at(f, a, path, pointer);
    pthread_mutex_unlock(&f->lock);
    return text;
}

bool fake_wait(struct fake_api *f, const char *path, const char *pointer, const char *want) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    bool ok = false;
    pthread_mutex_lock(&f->lock);
    for (int rc = 0; !ok && !rc;) {
        autoarena a = { 0 };
        ok = want ? !strcmp(text_at(f, &a, path, pointer), want) : !map_has(&f->objects, path);
        if (!ok)
            rc = pthread_cond_timedwait(&f->changed, &f->lock, &until);
    }
    pthread_mutex_unlock(&f->lock);
    return ok;
}

int fake_count(struct fake_api *f, const char *method, const char *contains) {
    int n = 0;
    pthread_mutex_lock(&f->lock);
    struct str rest = buf_str(&f->log), line;
    while (str_split(&rest, '\n', &line))
        n += str_starts(line, method) && str_find(line, str_of(contains)) >= 0;
    pthread_mutex_unlock(&f->lock);
    return n;
}

/* ---- the server: loop thread ---- */

static void status(struct http_exchange *x, int code, const char *reason) {
    http_reply(x, code, "application/json",
               str_of(arena_fmt(http_arena(x),
                                "{\"kind\":\"Status\",\"code\":%d,\"reason\":\"%s\",\"message\":\"%s\"}",
                                code, reason, reason)));
}

static void watch_closed(void *arg) {
    struct watcher *w = arg, **at = &w->f->watchers;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    free(w->collection);
    free(w);
}

static void serve_list(struct fake_api *f, struct http_exchange *x, const char *path) {
    autobuf out = { 0 };
    const char *key;
    void *json;
    pthread_mutex_lock(&f->lock);
    buf_fmt(
        &out,
        "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"%llu\"},\"items\":[",
        (unsigned long long)f->version);
    size_t n = 0;
    for (size_t i = 0; map_next(&f->objects, &i, &key, &json);)
        if (same_collection(key, path))
            buf_fmt(&out, "%s%s", n++ ? "," : "", (const char *)json);
    pthread_mutex_unlock(&f->lock);
    buf_puts(&out, "]}");
    http_reply(x, 200, "application/json", buf_str(&out));
}

static void serve_watch(struct fake_api *f, struct http_exchange *x, const char *path) {
    struct watcher *w = calloc(1, sizeof *w);
    uint64_t since = 0, version = 0;
    const char *key;
    void *json;
    w->f = f;
    w->collection = strdup(path);
    w->next = f->watchers;
    f->watchers = w;
    if (!str_to_u64(str_of(http_query(x, "resourceVersion")), &since))
        since = 0;
    w->push = http_reply_stream(x, 200, "application/json", 1 << 20, watch_closed, w);
    autoarena a = { 0 };
    pthread_mutex_lock(&f->lock); // what changed since the list; a change that is told again does no harm
    for (size_t i = 0; map_next(&f->objects, &i, &key, &json);)
        if (same_collection(key, path) &&
            str_to_u64(str_of(text_at(f, &a, key, "/metadata/resourceVersion")), &version) && version > since)
            http_push_write(w->push, str_of(arena_fmt(&a, "{\"type\":\"MODIFIED\",\"object\":%s}\n",
                                                      (const char *)json)));
    pthread_mutex_unlock(&f->lock);
}

static void serve_get(struct fake_api *f, struct http_exchange *x, const char *path) {
    pthread_mutex_lock(&f->lock);
    const char *json = map_get(&f->objects, path);
    if (json)
        http_reply(x, 200, "application/json", str_of(json));
    pthread_mutex_unlock(&f->lock);
    if (json)
        return;
    bool watch = http_query(x, "watch") != NULL;
    const char *last = strrchr(path, '/') + 1, *known[] = { "widgets", "sources", "secrets", "configmaps" };
    for (size_t i = 0; i < countof(known); i++) {
        if (strcmp(last, known[i]))
            continue;
        if (watch)
            serve_watch(f, x, path);
        else
            serve_list(f, x, path);
        return;
    }
    status(x, 404, "NotFound");
}

static void serve_patch(struct fake_api *f, struct http_exchange *x, char *path) {
    struct arena *a = http_arena(x);
    struct value *patch = parse(a, http_body_bytes(x).p), *v = NULL;
    bool is_status = text_ends(path, "/status");
    if (is_status)
        path[strlen(path) - 7] = 0;
    pthread_mutex_lock(&f->lock);
    if (f->conflicts > 0 && strstr(http_path(x), f->conflict)) {
        f->conflicts--;
        apply_patch(f, a, path, parse(a, f->foreign));
    }
    const char *want = value_text(value_at(patch, "metadata", "resourceVersion", NULL), NULL);
    bool there = map_has(&f->objects, path),
         fresh = there && (!want || !strcmp(want, text_at(f, a, path, "/metadata/resourceVersion")));
    if (is_status) {
        struct value *only = value_map(a);
        value_set(a, only, "status", value_get(patch, "status"));
        patch = only;
    }
    if (fresh)
        v = apply_patch(f, a, path, patch);
    pthread_mutex_unlock(&f->lock);
    if (v)
        http_reply(x, 200, "application/json", json_text(a, v, JSON_COMPACT));
    else
        status(x, there ? 409 : 404, there ? "Conflict" : "NotFound");
}

// POST to a collection, PUT of an object with the version it was read with. Events are taken and forgotten.
static void serve_write(struct fake_api *f, struct http_exchange *x, const char *path, bool create) {
    struct arena *a = http_arena(x);
    struct value *v = parse(a, http_body_bytes(x).p);
    if (text_ends(path, "/events")) {
        http_reply(x, 201, "application/json", http_body_bytes(x));
        return;
    }
    if (create)
        path = arena_fmt(a, "%s/%s", path, value_text_at(v, "metadata", "name", NULL));
    pthread_mutex_lock(&f->lock);
    bool there = map_has(&f->objects, path);
    const char *want = value_text(value_at(v, "metadata", "resourceVersion", NULL), "");
    bool ok = create ? !there : there && !strcmp(want, text_at(f, a, path, "/metadata/resourceVersion"));
    if (ok)
        store(f, path, a, v);
    pthread_mutex_unlock(&f->lock);
    if (ok)
        http_reply(x, create ? 201 : 200, "application/json", json_text(a, v, JSON_COMPACT));
    else
        status(x, there ? 409 : 404, there ? "Conflict" : "NotFound");
}

static void handle(void *arg, struct http_exchange *x) {
    struct fake_api *f = arg;
    char *path = arena_strdup(http_arena(x), http_path(x));
    pthread_mutex_lock(&f->lock);
    buf_fmt(&f->log, "%s %s\n", http_method(x), http_raw_target(x));
    pthread_mutex_unlock(&f->lock);
    if (!strcmp(http_method(x), "GET"))
        serve_get(f, x, path);
    else if (!strcmp(http_method(x), "PATCH"))
        serve_patch(f, x, path);
    else if (!strcmp(http_method(x), "POST") || !strcmp(http_method(x), "PUT"))
        serve_write(f, x, path, !strcmp(http_method(x), "POST"));
    else
        status(x, 405, "MethodNotAllowed");
}

static void *run(void *arg) {
    loop_run(((struct fake_api *)arg)->loop);
    return NULL;
}

struct fake_api *fake_start(void) {
    struct fake_api *f = calloc(1, sizeof *f);
    struct http_server_config config = { .address = "127.0.0.1:0" };
    autoarena a = { 0 };
    struct err err = { .a = &a };
    sigset_t all, before;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
    f->version = 1000;
    f->loop = loop_new();
    if (!http_server_start(f->loop, &config, handle, f, &f->server, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        abort();
    }
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); // signals are for the process under test
    pthread_create(&f->thread, NULL, run, f);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return f;
}

int fake_port(const struct fake_api *f) {
    return http_server_port(f->server);
}

static void free_texts(struct map *m) {
    const char *key;
    void *value;
    for (size_t i = 0; map_next(m, &i, &key, &value);)
        free(value);
    map_done(m);
}

static void stop_loop(void *arg) {
    loop_stop(arg);
}

void fake_stop(struct fake_api *f) {
    loop_post(f->loop, stop_loop, f->loop); // after what was posted before
    pthread_join(f->thread, NULL);
    http_server_stop(f->server);
    loop_free(f->loop);
    free_texts(&f->objects);
    buf_done(&f->log);
    free(f->conflict);
    free(f->foreign);
    free(f);
}
