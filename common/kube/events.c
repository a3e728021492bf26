// SPDX-License-Identifier: Apache-2.0
/* Events: made on the recording thread, correlated and written one after the other on the loop thread, so that a count never
 * overtakes the event that it counts.
 * Flux: client-go tools/record/events_cache.go (EventCorrelator), event.go (recordToSink); pkg/runtime/events/recorder.go */
#include "common/kube/events.h"

#include <stdio.h>

#include "common/base/log.h"
#include "common/base/map.h"
#include "common/base/timeutil.h"
#include "common/kube/discovery.h"
#include "common/value/json.h"

#define SPAM_BURST 25
#define SPAM_REFILL_NS (300 * NS_PER_S)
#define SIMILAR_MAX 10
#define SIMILAR_WINDOW_NS (600 * NS_PER_S)
#define MAX_PENDING 2000
#define MAX_KNOWN 4096 // entries of each table; then it is emptied
#define MAX_TRIES 6
#define FIRST_RETRY_NS NS_PER_S
#define PREFIX "event.toolkit.fluxcd.io/"

struct pending {
    struct pending *next;
    struct arena a;
    struct event_recorder *recorder;
    struct value *event; // the core/v1 Event, without name and counts
    const char *source_key, *group_key, *key;
    char *name; // of the Event that is patched or created
    bool patch;
    unsigned tries;
};

struct source {
    double tokens;
    int64_t refilled_ns;
};

struct group {
    struct map messages; // seen in this window
    int64_t last_ns;
};

struct known { // an event that was written
    char name[320];
    char first[40];
    int64_t count;
};

struct event_recorder {
    struct kube_client *client;
    struct loop *loop;
    const char *controller, *instance;
    struct arena a;
    event_sink_fn sink;
    void *arg;
    // the loop thread's own
    struct map sources, groups, known;
    struct pending *first, *last;
    size_t n_pending;
    bool busy, freed;
    struct loop_timer *timer;
};

struct event_recorder *event_recorder_new(struct kube_client *c, const char *controller, const char *instance,
                                          event_sink_fn sink, void *arg) {
    struct event_recorder *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->client = kube_client_ref(c);
    r->loop = kube_client_loop(c);
    r->controller = arena_strdup(&r->a, controller);
    r->instance = arena_strdup(&r->a, instance);
    r->sink = sink;
    r->arg = arg;
    return r;
}

static void pending_free(struct pending *p) {
    arena_done(&p->a);
    free(p);
}

static void clear_table(struct map *m, bool groups) {
    const char *key;
    void *value;
    for (size_t i = 0; map_next(m, &i, &key, &value);) {
        if (groups)
            map_done(&((struct group *)value)->messages);
        free(value);
    }
    map_done(m);
    *m = (struct map) { 0 };
}

static void drop_all(struct event_recorder *r) {
    while (r->first) {
        struct pending *p = r->first;
        r->first = p->next;
        pending_free(p);
    }
    r->last = NULL;
    r->n_pending = 0;
}

static void destroy(struct event_recorder *r) {
    drop_all(r);
    loop_timer_cancel(r->timer);
    clear_table(&r->sources, false);
    clear_table(&r->groups, true);
    clear_table(&r->known, false);
    kube_client_unref(r->client);
    arena_done(&r->a);
    free(r);
}

void event_recorder_free(struct event_recorder *r) {
    if (!r)
        return;
    r->freed = true;
    if (!r->busy)
        destroy(r);
}

/* ---- making (recording thread) ---- */

static void set_text(struct arena *a, struct value *map, const char *key, const char *text) {
    if (!text_empty(text))
        value_set(a, map, key, value_string(a, text));
}

static struct value *involved(struct arena *a, const struct value *o) {
    struct value *ref = value_map(a);
    set_text(a, ref, "kind", object_kind(o));
    set_text(a, ref, "namespace", object_ns(o));
    set_text(a, ref, "name", object_name(o));
    set_text(a, ref, "uid", object_uid(o));
    set_text(a, ref, "apiVersion", object_api_version(o));
    set_text(a, ref, "resourceVersion", object_resource_version(o));
    return ref;
}

// The metadata of the event and what the object's annotations add; NULL: none.
static struct value *metadata_of(struct arena *a, const struct event *e) {
    struct value *out = value_map(a);
    for (size_t i = 0; i < value_len(e->metadata); i++)
        value_set_n(a, out, e->metadata->map.pairs[i].key, value_copy(a, e->metadata->map.pairs[i].value));
    const struct value *annotations = value_at(e->object, "metadata", "annotations", NULL);
    for (size_t i = 0; value_is(annotations, VALUE_MAP) && i < value_len(annotations); i++)
        if (str_starts(annotations->map.pairs[i].key, PREFIX))
            value_set_n(a, out, annotations->map.pairs[i].key,
                        value_copy(a, annotations->map.pairs[i].value));
    return value_len(out) ? out : NULL;
}

static struct value *core_event(struct arena *a, const struct event_recorder *r, const struct event *e) {
    struct value *event = value_map(a), *meta = value_map(a), *source = value_map(a);
    const char *ns = object_ns(e->object);
    set_text(a, event, "apiVersion", "v1");
    set_text(a, event, "kind", "Event");
    set_text(a, meta, "namespace", text_empty(ns) ? "default" : ns);
    value_set(a, meta, "annotations", metadata_of(a, e));
    value_set(a, event, "metadata", meta);
    value_set(a, event, "involvedObject", involved(a, e->object));
    set_text(a, event, "reason", e->reason);
    set_text(a, event, "message", e->message);
    set_text(a, source, "component", r->controller);
    value_set(a, event, "source", source);
    set_text(a, event, "type", e->severity == EVENT_ERROR ? "Warning" : "Normal");
    set_text(a, event, "reportingComponent", r->controller);
    value_set(a, event, "reportingInstance", value_string(a, ""));
    return event;
}

static void give_to_sink(struct event_recorder *r, const struct event *e) {
    autoarena a = { 0 };
    if (!r->sink || e->severity == EVENT_TRACE)
        return;
    if (text_empty(object_kind(e->object)) || text_empty(object_name(e->object)) ||
        text_empty(object_ns(e->object))) {
        log_error("unable to record event",
                  LOG_STR("error", "the involved object has no kind, name or namespace"));
        return;
    }
    struct value *event = value_map(&a);
    value_set(&a, event, "involvedObject", involved(&a, e->object));
    set_text(&a, event, "severity", e->severity == EVENT_ERROR ? "error" : "info");
    set_text(&a, event, "timestamp", time_fmt_rfc3339(&a, now_wall_ns()));
    value_set(&a, event, "message", value_string(&a, e->message));
    value_set(&a, event, "reason", value_string(&a, e->reason));
    value_set(&a, event, "metadata", metadata_of(&a, e));
    set_text(&a, event, "reportingController", r->controller);
    set_text(&a, event, "reportingInstance", r->instance);
    r->sink(r->arg, event);
}

static void take_in(void *arg);

void event_record(struct event_recorder *r, const struct event *e) {
    give_to_sink(r, e);
    struct pending *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->recorder = r;
    p->event = core_event(&p->a, r, e);
    const struct value *o = e->object;
    p->source_key = arena_fmt(&p->a, "%s/%s/%s/%s/%s", object_api_version(o), object_kind(o), object_ns(o),
                              object_name(o), object_uid(o));
    p->group_key =
        arena_fmt(&p->a, "%s|%s|%s", p->source_key, value_text(value_get(p->event, "type"), ""), e->reason);
    p->key = arena_fmt(&p->a, "%s|%s", p->group_key, e->message);
    loop_post(r->loop, take_in, p);
}

/* ---- correlating (loop thread) ---- */

// The entry of a table; made when absent. A full table is emptied first: counts begin anew, nothing else is lost.
static void *entry_of(struct map *m, const char *key, size_t size, bool groups, bool *out_new) {
    void *entry = map_get(m, key);
    *out_new = !entry;
    if (entry)
        return entry;
    if (m->count >= MAX_KNOWN)
        clear_table(m, groups);
    entry = calloc(1, size);
    if (!entry)
        abort();
    map_set(m, key, entry);
    return entry;
}

static bool is_spam(struct event_recorder *r, const char *key, int64_t now_ns) {
    bool is_new;
    struct source *s = entry_of(&r->sources, key, sizeof *s, false, &is_new);
    if (is_new)
        *s = (struct source) { .tokens = SPAM_BURST, .refilled_ns = now_ns };
    s->tokens += (double)(now_ns - s->refilled_ns) / SPAM_REFILL_NS;
    s->tokens = s->tokens > SPAM_BURST ? SPAM_BURST : s->tokens;
    s->refilled_ns = now_ns;
    if (s->tokens < 1)
        return true;
    s->tokens -= 1;
    return false;
}

// Too many messages of one kind become one event.
static void combine(struct event_recorder *r, struct pending *p, int64_t now_ns) {
    static char seen;
    bool is_new;
    struct group *g = entry_of(&r->groups, p->group_key, sizeof *g, true, &is_new);
    const char *message = value_text(value_get(p->event, "message"), "");
    if (!is_new && now_ns - g->last_ns > SIMILAR_WINDOW_NS) {
        map_done(&g->messages);
        g->messages = (struct map) { 0 };
    }
    g->last_ns = now_ns;
    if (g->messages.count < SIMILAR_MAX || map_has(&g->messages, message)) {
        map_set(&g->messages, message, &seen);
        return;
    }
    p->key = p->group_key;
    value_set(&p->a, p->event, "message", value_fmt(&p->a, "(combined from similar events): %s", message));
}

static void count(struct event_recorder *r, struct pending *p) {
    struct arena *a = &p->a;
    int64_t wall_ns = now_wall_ns();
    const char *now = time_fmt_rfc3339(a, wall_ns);
    bool is_new;
    struct known *k = entry_of(&r->known, p->key, sizeof *k, false, &is_new);
    if (is_new) {
        snprintf(k->name, sizeof k->name, "%.*s.%016llx", 236,
                 value_text_at(p->event, "involvedObject", "name", NULL), (unsigned long long)wall_ns);
        snprintf(k->first, sizeof k->first, "%s", now);
    }
    k->count++;
    p->patch = !is_new;
    p->name = arena_strdup(a, k->name);
    value_set(a, value_get(p->event, "metadata"), "name", value_string(a, k->name));
    set_text(a, p->event, "firstTimestamp", k->first);
    set_text(a, p->event, "lastTimestamp", now);
    value_set(a, p->event, "count", value_int(a, k->count));
}

static void send_first(struct event_recorder *r);

static void take_in(void *arg) {
    struct pending *p = arg;
    struct event_recorder *r = p->recorder;
    int64_t now_ns = now_mono_ns();
    if (r->n_pending >= MAX_PENDING || is_spam(r, p->source_key, now_ns)) {
        log_debug("event not written: too many", LOG_STR("object", p->source_key));
        pending_free(p);
        return;
    }
    combine(r, p, now_ns);
    count(r, p);
    if (r->last)
        r->last->next = p;
    else
        r->first = p;
    r->last = p;
    r->n_pending++;
    if (!r->busy && !r->timer)
        send_first(r);
}

/* ---- writing (loop thread) ---- */

static void next(struct event_recorder *r) {
    struct pending *p = r->first;
    r->first = p->next;
    if (!r->first)
        r->last = NULL;
    r->n_pending--;
    pending_free(p);
    if (r->first)
        send_first(r);
}

static void on_timer(void *arg) {
    struct event_recorder *r = arg;
    r->timer = NULL;
    send_first(r);
}

static void on_written(void *arg, struct arena *a, const struct kube_reply *reply, const struct err *err) {
    struct event_recorder *r = arg;
    struct pending *p = r->first;
    (void)a;
    (void)reply;
    r->busy = false;
    if (r->freed) {
        destroy(r);
        return;
    }
    if (err->kind == ERR_CANCELED) { // the client has been stopped: no later one would get through
        drop_all(r);
        return;
    }
    if (p->patch && err->kind == ERR_NOT_FOUND) { // it has expired
        p->patch = false;
        send_first(r);
        return;
    }
    bool worth = err->kind == ERR_IO || err->kind == ERR_TIMEOUT;
    if (worth && ++p->tries < MAX_TRIES) {
        r->timer = loop_timer_add(r->loop, now_mono_ns() + (FIRST_RETRY_NS << p->tries), on_timer, r);
        return;
    }
    bool exists = err->kind == ERR_CONFLICT; // an earlier try got through
    if (err->kind != ERR_NONE && !exists)
        log_error("unable to write event", LOG_STR("object", p->source_key), LOG_STR("error", err->msg));
    next(r);
}

static struct str patch_body(struct pending *p) {
    static const char *const keys[] = { "count", "lastTimestamp", "message" };
    struct value *patch = value_map(&p->a);
    for (size_t i = 0; i < countof(keys); i++)
        value_set(&p->a, patch, keys[i], value_get(p->event, keys[i]));
    return json_text(&p->a, patch, JSON_COMPACT);
}

static void send_first(struct event_recorder *r) {
    struct pending *p = r->first;
    struct kube_request req = {
        .verb = p->patch ? KUBE_PATCH : KUBE_CREATE,
        .resource = kube_builtin_resource("", "v1", "Event"),
        .ns = object_ns(p->event),
        .name = p->patch ? p->name : NULL,
        .patch = KUBE_PATCH_STRATEGIC,
        .body = p->patch ? patch_body(p) : json_text(&p->a, p->event, JSON_COMPACT),
    };
    r->busy = true;
    kube_start(r->client, &req, on_written, r);
}
