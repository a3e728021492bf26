// SPDX-License-Identifier: Apache-2.0
/* Store: list in pages, then watch; resume, relist, back-off. All on the loop thread.
 * Flux: client-go tools/cache/reflector.go (ListAndWatch) */
#include "common/kube/store_internal.h"

#include "common/base/log.h"
#include "common/base/timeutil.h"

#define DEFAULT_PAGE 250
#define FIRST_BACKOFF_NS (250 * NS_PER_MS)
#define MAX_BACKOFF_NS (30 * NS_PER_S)
#define HEALTHY_WATCH_NS (5 * NS_PER_S) // a watch that lived so long resets the back-off
#define WATCH_SECONDS 240               // asked of the server, plus up to 60

static void next_step(void *arg);

struct kube_store *kube_store_new(struct kube_client *c, const struct kube_store_options *options,
                                  kube_change_fn changed, kube_synced_fn synced, void *arg) {
    struct kube_store *s = store_alloc(c, options);
    s->changed = changed;
    s->on_synced = synced;
    s->arg = arg;
    return s;
}

void kube_store_start(struct kube_store *s) {
    s->pending = 1; // the posted call
    loop_post(s->loop, next_step, s);
}

void kube_store_free(struct kube_store *s) {
    if (!s)
        return;
    s->closing = true;
    loop_timer_cancel(s->timer);
    s->timer = NULL;
    http_watch_close(s->watch);
    s->watch = NULL;
    if (!s->pending)
        store_destroy(s);
}

// The last thing under way has ended after kube_store_free. true: s is gone.
static bool ended(struct kube_store *s) {
    s->pending--;
    if (!s->closing)
        return false;
    if (!s->pending)
        store_destroy(s);
    return true;
}

static void on_timer(void *arg) {
    struct kube_store *s = arg;
    s->timer = NULL;
    s->pending++;
    next_step(s);
}

static void schedule(struct kube_store *s, int64_t delay_ns) {
    s->timer = loop_timer_add(s->loop, now_mono_ns() + delay_ns, on_timer, s);
}

// Doubling, with up to a fifth more or less, so that many stores do not come back at the same moment.
static int64_t backoff_ns(struct kube_store *s) {
    unsigned shift = s->failures < 8 ? s->failures : 8;
    int64_t ns = FIRST_BACKOFF_NS << shift;
    ns = ns > MAX_BACKOFF_NS ? MAX_BACKOFF_NS : ns;
    int64_t now_ns = now_mono_ns();
    uint64_t spread = hash_bytes(&now_ns, sizeof now_ns) % (uint64_t)(ns * 2 / 5);
    return ns - ns / 5 + (int64_t)spread;
}

static void failed(struct kube_store *s, const char *what, const char *message) {
    store_set_error(s, message);
    if (s->failures == 0 || s->failures % 16 == 0)
        log_error("the API server cannot be watched", LOG_STR("operation", what),
                  LOG_STR("resource", s->options.resource.plural), LOG_STR("error", message));
    schedule(s, backoff_ns(s));
    s->failures++;
}

/* ---- list ---- */

static void on_page(void *arg, struct arena *a, const struct kube_reply *reply, const struct err *err);

static void list_page(struct kube_store *s) {
    if (!s->continue_token)
        s->round++;
    struct kube_request req = {
        .verb = KUBE_LIST,
        .resource = &s->options.resource,
        .ns = s->options.ns,
        .label_selector = s->options.label_selector,
        .field_selector = s->options.field_selector,
        .metadata_only = s->options.metadata_only,
        .continue_token = s->continue_token,
        .limit = s->options.page ? s->options.page : DEFAULT_PAGE,
    };
    s->pending++;
    kube_start(s->client, &req, on_page, s);
}

static void set_continue(struct kube_store *s, const char *token) {
    free(s->continue_token);
    s->continue_token = NULL;
    if (token && *token)
        s->continue_token = strdup(token);
}

static void take_page(struct kube_store *s, struct arena *a, const struct value *list) {
    struct value *items = object_items(list);
    for (size_t i = 0; i < value_len(items) && !s->closing; i++) {
        struct arena_mark m = arena_mark(a);
        if (value_is(value_item(items, i), VALUE_MAP))
            store_put(s, a, value_item(items, i));
        arena_rewind(a, m);
    }
}

static void list_complete(struct kube_store *s) {
    snprintf(s->version, sizeof s->version, "%s", s->list_version);
    s->relist = false;
    s->failures = 0;
    store_sweep(s);
    store_set_error(s, NULL);
    store_set_synced(s);
}

static void on_page(void *arg, struct arena *a, const struct kube_reply *reply, const struct err *err) {
    struct kube_store *s = arg;
    if (ended(s))
        return;
    if (err->kind != ERR_NONE) {
        set_continue(s, NULL); // a token that expired in the middle: from the start
        failed(s, "list", err->msg);
        return;
    }
    const char *version = value_text_at(reply->object, "metadata", "resourceVersion", NULL);
    snprintf(s->list_version, sizeof s->list_version, "%s", version ? version : "");
    s->pending++; // callbacks may free the store: it then lives until the end of this function
    take_page(s, a, reply->object);
    set_continue(s, value_text_at(reply->object, "metadata", "continue", NULL));
    if (!s->closing && !s->continue_token)
        list_complete(s);
    next_step(s);
}

/* ---- watch ---- */

void store_watch_event(struct kube_store *s, struct arena *a, struct value *event) {
    const char *type = value_text(value_get(event, "type"), "");
    struct value *object = value_get(event, "object");
    if (!value_is(object, VALUE_MAP))
        return;
    if (text_eq(type, "ERROR")) {
        s->relist = value_int_or(value_get(object, "code"), 0) == 410;
        store_set_error(s, value_text(value_get(object, "message"), "watch error"));
        return;
    }
    s->watch_gave = true;
    const char *version = object_resource_version(object);
    if (!text_empty(version))
        snprintf(s->version, sizeof s->version, "%s", version);
    if (text_eq(type, "ADDED") || text_eq(type, "MODIFIED"))
        store_put(s, a, object);
    else if (text_eq(type, "DELETED"))
        store_remove(s, a, object_ns(object), object_name(object));
}

static void on_headers(void *arg, const struct http_response *r) {
    struct kube_store *s = arg;
    s->watch_code = r->status;
    if (r->status < 400)
        store_set_error(s, NULL);
}

static bool on_data(void *arg, struct str bytes) {
    struct kube_store *s = arg;
    if (s->watch_code >= 400)
        return true;
    json_stream_feed(&s->stream, bytes);
    for (;;) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct str text;
        struct value *event;
        bool whole = json_stream_next(&s->stream, &text, &err) && json_read(&a, text, &event, &err);
        if (err.kind != ERR_NONE) {
            snprintf(s->garbage, sizeof s->garbage, "%s", err.msg);
            return false;
        }
        if (!whole)
            return true;
        s->pending++;
        store_watch_event(s, &a, event);
        if (ended(s))
            return false; // the watch was closed with the store
        if (s->relist)
            return false;
    }
}

static void on_end(void *arg, const struct err *err) {
    struct kube_store *s = arg;
    s->watch = NULL;
    bool lived = now_mono_ns() - s->watch_opened_ns > HEALTHY_WATCH_NS;
    if (s->watch_code == 410)
        s->relist = true;
    if (s->watch_code < 400 && (lived || s->watch_gave))
        s->failures = 0;
    if (s->relist) {
        s->version[0] = '\0';
        schedule(s, s->failures++ ? backoff_ns(s) : 0);
    } else if (s->watch_code < 400 && err->kind == ERR_NONE && (lived || s->watch_gave)) {
        schedule(s, 0);
    } else {
        autoarena a = { 0 };
        const char *message = err->msg;
        if (s->watch_code >= 400)
            message = arena_fmt(&a, "HTTP status %d", s->watch_code);
        else if (*s->garbage)
            message = s->garbage;
        failed(s, "watch", message ? message : "closed by the server");
    }
}

static void watch_open(struct kube_store *s) {
    static const struct http_watch_callbacks callbacks = { .on_headers = on_headers,
                                                           .on_data = on_data,
                                                           .on_end = on_end };
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct kube_request list = {
        .verb = KUBE_LIST,
        .resource = &s->options.resource,
        .ns = s->options.ns,
        .label_selector = s->options.label_selector,
        .field_selector = s->options.field_selector,
        .resource_version = s->version,
    };
    char *path;
    struct http_request req;
    int64_t now_ns = now_mono_ns();
    unsigned seconds = WATCH_SECONDS + (unsigned)(hash_bytes(&now_ns, sizeof now_ns) % 60);
    const char *accept = s->options.metadata_only
                             ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
                             : "application/json";
    if (!kube_request_path(&a, &list, &path, &err) ||
        !kube_http_request(&a, s->client, "GET",
                           arena_fmt(&a, "%s%cwatch=true&allowWatchBookmarks=true&timeoutSeconds=%u", path,
                                     strchr(path, '?') ? '&' : '?', seconds),
                           accept, &req, &err)) {
        failed(s, "watch", err.msg);
        return;
    }
    req.timeout_ns = (int64_t)(seconds + 30) * NS_PER_S; // a connection that died silently ends, too
    json_stream_done(&s->stream);
    json_stream_init(&s->stream, LIMIT_KUBE_OBJECT_BYTES);
    s->watch_code = 0;
    s->garbage[0] = '\0';
    s->watch_gave = false;
    s->watch_opened_ns = now_ns;
    s->watch = http_watch_open(kube_client_http(s->client), &req, &callbacks, s);
}

// Called with one pending of its own.
static void next_step(void *arg) {
    struct kube_store *s = arg;
    if (ended(s))
        return;
    if (s->continue_token || !*s->version)
        list_page(s);
    else
        watch_open(s);
}
