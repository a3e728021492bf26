// SPDX-License-Identifier: Apache-2.0
/* What is in flight to each origin: at most 64 requests, and watches in as few connections as they fit in. */
#include "common/net/client_impl.h"

static struct map *map_of(struct http_call *call) {
    return call->kind == CALL_WATCH ? &call->client->watch_origins : &call->client->origins;
}

static struct origin *origin_get(struct http_call *call) {
    struct origin *o = map_get(map_of(call), call->origin_key);
    if (o)
        return o;
    o = calloc(1, sizeof *o);
    if (!o)
        abort();
    o->one_each = call->kind == CALL_WATCH && !str_starts(str_trim(str_of(call->origin_key)), "https:");
    map_set(map_of(call), call->origin_key, o);
    return o;
}

static bool may_start(const struct origin *o, const struct http_call *call) {
    if (call->kind != CALL_WATCH)
        return o->n_active < IN_FLIGHT_PER_ORIGIN;
    return o->one_each || !o->pioneer;
}

static void go(struct origin *o, struct http_call *call) {
    if (call->kind == CALL_WATCH && !o->one_each &&
        o->n_active >= o->n_connections * STREAMS_PER_WATCH_CONNECTION)
        o->pioneer = call;
    o->n_active++;
    call_activate(call);
}

static void wait_in_line(struct origin *o, struct http_call *call) {
    call->waiting = true;
    call->next_waiting = NULL;
    if (o->last)
        o->last->next_waiting = call;
    else
        o->first = call;
    o->last = call;
}

static void leave_line(struct origin *o, struct http_call *call) {
    struct http_call *before = NULL;
    for (struct http_call *w = o->first; w != call; w = w->next_waiting)
        before = w;
    if (before)
        before->next_waiting = call->next_waiting;
    else
        o->first = call->next_waiting;
    if (o->last == call)
        o->last = before;
    call->next_waiting = NULL;
    call->waiting = false;
}

static void drain(struct http_client *c, struct origin *o) {
    while (o->first && !c->stopped && may_start(o, o->first)) {
        struct http_call *next = o->first;
        leave_line(o, next);
        go(o, next);
    }
}

void queue_enter(struct http_call *call) {
    call->origin_key = origin_of(&call->arena, &call->req);
    struct origin *o = origin_get(call);
    if (!o->first && may_start(o, call))
        go(o, call);
    else
        wait_in_line(o, call);
}

void queue_connected(struct http_call *call) {
    struct origin *o = map_get(map_of(call), call->origin_key);
    if (o->pioneer != call)
        return;
    long version = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_HTTP_VERSION, &version);
    o->pioneer = NULL;
    o->one_each = version != CURL_HTTP_VERSION_2_0;
    o->n_connections++;
    drain(call->client, o);
}

static unsigned connections_for(unsigned n_streams) {
    return (n_streams + STREAMS_PER_WATCH_CONNECTION - 1) / STREAMS_PER_WATCH_CONNECTION;
}

void queue_leave(struct http_call *call) {
    struct http_client *c = call->client;
    struct origin *o = call->origin_key ? map_get(map_of(call), call->origin_key) : NULL;
    if (!o)
        return; // ended before it began
    if (call->waiting)
        leave_line(o, call);
    else if (call->active)
        o->n_active--;
    if (o->n_connections > connections_for(o->n_active)) // streams end together when their connection does
        o->n_connections = connections_for(o->n_active);
    if (o->pioneer == call) { // it failed: those who wait need not fail one after the other
        o->pioneer = NULL;
        o->n_connections++;
    }
    drain(c, o);
    if (!o->n_active && !o->first) {
        map_remove(map_of(call), call->origin_key);
        free(o);
    }
}
