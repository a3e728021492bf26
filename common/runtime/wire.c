// SPDX-License-Identifier: Apache-2.0
/* Where events, readiness and artifacts go besides the API server: HTTP and the bus; and what messages from the bus start.
 *
 * The bus only makes things faster: each of its messages has a watch behind it that would bring the same a little later. */
#include "common/runtime/internal.h"

#include "common/bus/bus.h"
#include "common/value/json.h"

#include <stdio.h>

#define REPLAY_SUFFIX ".replay"

struct wire {
    struct bus *bus;
};

struct bus *runtime_bus(const struct runtime *rt) {
    return rt->wire ? rt->wire->bus : NULL;
}

void runtime_publish(struct runtime *rt, const char *topic, const struct value *payload) {
    if (!rt->wire)
        return;
    autobuf json = { 0 };
    json_write(&json, payload, JSON_COMPACT);
    if (!bus_publish(rt->wire->bus, topic, buf_str(&json)))
        log_debug("message is too long for the bus", LOG_STR("topic", topic));
}

/* ---- out ---- */

// Flux: the event also goes by the bus, under event/<severity>/<Kind>/<ns>/<name>; the receiver tells the two apart.
void wire_event(struct runtime *rt, const struct value *flux_event) {
    if (!(rt->daemon->features & DAEMON_EVENTS_OUT))
        return; // notification-controller's own events are Kubernetes Events only
    autobuf json = { 0 };
    json_write(&json, flux_event, JSON_COMPACT);
    outbox_put(rt->outbox, buf_str(&json));
    if (!rt->wire)
        return;
    autoarena a = { 0 };
    const struct value *o = value_get(flux_event, "involvedObject");
    const char *topic =
        arena_fmt(&a, "event/%s/%s/%s/%s", value_text(value_get(flux_event, "severity"), "info"),
                  value_text(value_get(o, "kind"), ""), value_text(value_get(o, "namespace"), ""),
                  value_text(value_get(o, "name"), ""));
    bus_publish(rt->wire->bus, topic, buf_str(&json));
}

static bool condition_differs(const struct value *x, const struct value *y) {
    struct condition cx = { 0 }, cy = { 0 };
    bool hx = condition_get(x, CONDITION_READY, &cx), hy = condition_get(y, CONDITION_READY, &cy);
    return hx != hy || cx.status != cy.status || cx.observed_generation != cy.observed_generation;
}

static void publish_ready(struct runtime *rt, struct arena *a, const struct value *o, const char *kind) {
    struct condition c = { .reason = "", .message = "", .status = CONDITION_UNKNOWN };
    struct value *m = value_map(a);
    condition_get(o, CONDITION_READY, &c);
    value_set(a, m, "ready", value_string(a, condition_status_text(c.status)));
    value_set(a, m, "reason", value_string(a, c.reason));
    value_set(a, m, "generation", value_int(a, object_generation(o)));
    value_set(a, m, "observedGeneration",
              value_int(a, value_int_or(value_at(o, "status", "observedGeneration", NULL), -1)));
    value_set(a, m, "revision", value_string(a, status_revision(o)));
    runtime_publish(rt, arena_fmt(a, "ready/%s/%s/%s", kind, object_ns(o), object_name(o)), m);
}

static void publish_artifact(struct runtime *rt, struct arena *a, const struct value *o, const char *kind) {
    struct value *m = value_copy(a, value_at(o, "status", "artifact", NULL));
    value_set(a, m, "observedGeneration",
              value_int(a, value_int_or(value_at(o, "status", "observedGeneration", NULL), -1)));
    runtime_publish(rt, arena_fmt(a, "artifact/%s/%s/%s", kind, object_ns(o), object_name(o)), m);
}

void wire_status(struct runtime *rt, const struct value *before, const struct value *after,
                 const char *kind) {
    if (!rt->wire)
        return;
    autoarena a = { 0 };
    const struct value *was = value_at(before, "status", "artifact", NULL),
                       *now = value_at(after, "status", "artifact", NULL);
    if (value_is(now, VALUE_MAP) && !value_equal(was, now))
        publish_artifact(rt, &a, after, kind);
    if (condition_differs(before, after) || strcmp(status_revision(before), status_revision(after)))
        publish_ready(rt, &a, after, kind);
}

/* ---- in: loop thread ---- */

// "artifact/GitRepository/ns/name"; false: it is not of that form.
static bool topic_parse(struct arena *a, const char *topic, const char **kind, const char **ns,
                        const char **name) {
    struct str rest = str_of(topic), parts[5];
    size_t n = 0;
    while (n < countof(parts) && str_split(&rest, '/', &parts[n]))
        n++;
    if (n != 4 || rest.p || !parts[1].n || !parts[2].n || !parts[3].n)
        return false;
    *kind = arena_text(a, parts[1].p, parts[1].n);
    *ns = arena_text(a, parts[2].p, parts[2].n);
    *name = arena_text(a, parts[3].p, parts[3].n);
    return true;
}

static void wake_user(void *arg, const struct queue_key *key) {
    struct runtime *rt = arg;
    queue_add(rt->queue, key, now_mono_ns(), WAKE_SOURCE);
    working_wake(rt);
}

// Passes that look before the watch has come read the source from the server (runtime_find).
static void set_hint(struct runtime *rt, struct arena *a, const char *kind, const char *ns, const char *name,
                     const char *revision) {
    char *copy = strdup(revision);
    if (!copy)
        abort();
    pthread_mutex_lock(&rt->hints_lock);
    free(map_set(&rt->hints, ref_text(a, kind, ns, name), copy));
    pthread_mutex_unlock(&rt->hints_lock);
}

static void on_artifact(void *arg, const struct bus_message *m) {
    struct runtime *rt = arg;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    const char *kind, *ns, *name;
    struct value *v = NULL;
    if (!topic_parse(&a, m->topic, &kind, &ns, &name) || !json_read(&a, m->payload, &v, &err))
        return;
    const char *revision = value_text(value_get(v, "revision"), "");
    struct watched *w = watched_find(rt, NULL, kind);
    struct value *have = w ? kube_store_get(&a, w->store, ns, name) : NULL;
    if (!have || m->replayed || text_empty(revision) || !strcmp(status_revision(have), revision))
        return; // not ours, old news, or the watch was faster
    set_hint(rt, &a, kind, ns, name, revision);
    refs_each(rt, kind, ns, name, wake_user, rt);
}

static void on_ready(void *arg, const struct bus_message *m) {
    autoarena a = { 0 };
    const char *kind, *ns, *name;
    if (topic_parse(&a, m->topic, &kind, &ns, &name))
        park_ready_changed(arg, kind, ns, name);
}

static void on_poke(void *arg, const struct bus_message *m) {
    autoarena a = { 0 };
    const char *kind, *ns, *name;
    if (!m->replayed && topic_parse(&a, m->topic, &kind, &ns, &name))
        runtime_enqueue(arg, kind, ns, name, WAKE_REQUEST);
}

static void on_other(void *arg, const struct bus_message *m) {
    struct runtime *rt = arg;
    rt->daemon->on_bus(rt, m->topic, m->payload);
}

/* ---- start ---- */

// Where messages that were missed are asked for: the next port, or the name with a suffix.
static bool replay_address(struct arena *a, const char *address, const char **out, struct err *err) {
    struct str s = str_of(address);
    uint64_t port = 0;
    ptrdiff_t colon = str_rchr(s, ':');
    if (str_starts(s, "ipc://"))
        return *out = arena_fmt(a, "%s" REPLAY_SUFFIX, address), true;
    if (!str_starts(s, "tcp://") || colon < 6 || !str_to_u64(str_sub(s, (size_t)colon + 1, s.n), &port) ||
        port > 65534)
        return err_set(err, ERR_INVALID, "bus address \"%s\" is neither tcp://host:port nor ipc:///path",
                       address);
    *out = arena_fmt(a, "%.*s:%u", (int)colon, address, (unsigned)port + 1);
    return true;
}

static bool replay_addresses(struct arena *a, const struct flag_strings *from, const char **out,
                             struct err *err) {
    for (size_t i = 0; i < from->n; i++)
        if (!replay_address(a, from->items[i], &out[i], err))
            return false;
    return true;
}

static bool open_bus(struct runtime *rt, struct err *err) {
    const struct runtime_flags *f = daemon_flags();
    struct arena *a = &rt->arena;
    bool listens = !text_empty(f->bus_address);
    const char *bind[] = { listens ? f->bus_address : NULL, NULL }, *replay[] = { NULL, NULL };
    const char **peers = arena_array(a, const char *, f->bus_peers.n + 1);
    if ((listens && !replay_address(a, f->bus_address, &replay[0], err)) ||
        !replay_addresses(a, &f->bus_peers, peers, err))
        return false;
    struct bus_config config = {
        .name = rt->daemon->name,
        .key_file = f->bus_key_file,
        .bind = bind,
        .peers = f->bus_peers.items,
        .replay_bind = replay,
        .replay_peers = peers,
        .state_file = text_empty(f->bus_state_file) ? NULL : f->bus_state_file,
    };
    return bus_open(rt->loop, &config, &rt->wire->bus, err);
}

bool wire_start(struct runtime *rt, struct err *err) {
    if (text_empty(daemon_flags()->bus_key_file))
        return true;
    rt->wire = calloc(1, sizeof *rt->wire);
    if (!rt->wire)
        abort();
    if (!open_bus(rt, err))
        return err_wrap(err, "bus");
    bus_subscribe(rt->wire->bus, "artifact/", on_artifact, rt);
    bus_subscribe(rt->wire->bus, "ready/", on_ready, rt);
    bus_subscribe(rt->wire->bus, "poke/", on_poke, rt);
    for (const char *const *t = rt->daemon->bus_topics; t && *t && rt->daemon->on_bus; t++)
        bus_subscribe(rt->wire->bus, *t, on_other, rt);
    return true;
}

void wire_sample(struct runtime *rt) {
    static const struct metric messages = { "runnel_bus_messages_total",
                                            "Messages on the bus by what became of them.",
                                            METRIC_COUNTER,
                                            { "result" } };
    if (!rt->wire)
        return;
    struct bus_stats s = bus_stats(rt->wire->bus);
    const struct {
        const char *result;
        uint64_t n;
    } rows[] = {
        { "published", s.published },
        { "received", s.received },
        { "delivered", s.delivered },
        { "dropped_auth", s.dropped_auth },
        { "dropped_duplicate", s.dropped_dup },
        { "dropped_stale", s.dropped_stale },
        { "replayed", s.replayed },
        { "lost", s.lost },
    };
    for (size_t i = 0; i < countof(rows); i++)
        metrics_set(rt->metrics, &messages, (double)rows[i].n, rows[i].result);
}

void wire_stop(struct runtime *rt) {
    if (!rt->wire)
        return;
    bus_close(rt->wire->bus);
    free(rt->wire);
    rt->wire = NULL;
}
