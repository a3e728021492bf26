// SPDX-License-Identifier: Apache-2.0
// Puts the sandbox together; its clock; the queue through which its controllers hear of changes.
#include "deploy/local/sandbox/server.h"

#include <sys/random.h>

#include "common/base/timeutil.h"
#include "deploy/local/sandbox/control.h"
#include "deploy/local/sandbox/crd.h"
#include "deploy/local/sandbox/gc.h"
#include "deploy/local/sandbox/shape.h"
#include "deploy/local/sandbox/state.h"
#include "deploy/local/sandbox/types.h"
#include "deploy/local/sandbox/watch.h"

/* ---- clock and identities ---- */

int64_t sandbox_now_ns(const struct sandbox *sb) {
    return now_wall_ns() + sb->clock_offset_ns;
}

const char *sandbox_now(const struct sandbox *sb, struct arena *a) {
    return time_fmt_rfc3339(a, sandbox_now_ns(sb));
}

const char *sandbox_uid(struct arena *a) {
    unsigned char b[16];
    if (getrandom(b, sizeof b, 0) != sizeof b)
        abort();
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); // version 4
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    return arena_fmt(a, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
                     b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
                     b[15]);
}

/* ---- controllers ---- */

struct controller {
    controller_fn fn;
    void *arg;
};

struct controllers {
    struct sandbox *sb;
    struct controller *items;
    size_t n;
    struct change *queue; // with references of its own
    size_t n_queued, cap_queued;
};

static void controllers_tell(struct controllers *cs, const struct change *c) {
    for (size_t i = 0; i < cs->n; i++)
        cs->items[i].fn(cs->items[i].arg, cs->sb, c);
}

// One batch; what controllers write meanwhile is the next batch, after requests that wait.
static void on_drain(void *arg) {
    struct controllers *cs = arg;
    struct change *batch = cs->queue;
    size_t n = cs->n_queued;
    cs->queue = NULL;
    cs->n_queued = cs->cap_queued = 0;
    for (size_t i = 0; i < n; i++) {
        controllers_tell(cs, &batch[i]);
        object_unref(batch[i].now);
        object_unref(batch[i].prev);
    }
    free(batch);
}

static void on_change(void *arg, const struct change *c) {
    struct controllers *cs = arg;
    if (cs->n_queued == cs->cap_queued) {
        cs->cap_queued = cs->cap_queued ? cs->cap_queued * 2 : 64;
        cs->queue = reallocarray(cs->queue, cs->cap_queued, sizeof *cs->queue);
        if (!cs->queue)
            abort();
    }
    if (!cs->n_queued)
        loop_post(cs->sb->loop, on_drain, cs);
    cs->queue[cs->n_queued++] =
        (struct change) { c->type, c->rv, object_ref(c->now), c->prev ? object_ref(c->prev) : NULL };
}

void sandbox_controller_add(struct sandbox *sb, controller_fn fn, void *arg) {
    struct controllers *cs = sb->controllers;
    cs->items = reallocarray(cs->items, cs->n + 1, sizeof *cs->items);
    if (!cs->items)
        abort();
    cs->items[cs->n++] = (struct controller) { fn, arg };
}

static struct controllers *controllers_new(struct sandbox *sb) {
    struct controllers *cs = calloc(1, sizeof *cs);
    if (!cs)
        abort();
    cs->sb = sb;
    return cs;
}

static void controllers_free(struct controllers *cs) {
    if (!cs)
        return;
    loop_unpost(cs->sb->loop, on_drain, cs);
    for (size_t i = 0; i < cs->n_queued; i++) {
        object_unref(cs->queue[i].now);
        object_unref(cs->queue[i].prev);
    }
    free(cs->queue);
    free(cs->items);
    free(cs);
}

/* ---- start and end ---- */

bool sandbox_new(struct loop *loop, const struct sandbox_config *config, struct sandbox **out,
                 struct err *err) {
    struct sandbox *sb = calloc(1, sizeof *sb);
    if (!sb)
        abort();
    sb->loop = loop;
    if (getrandom(&sb->tokens_seed, sizeof sb->tokens_seed, 0) != sizeof sb->tokens_seed)
        abort();
    sb->registry = registry_new();
    sb->storage = storage_new(config->log_events);
    sb->types = types_new();
    sb->shapes = shapes_new(sb->types);
    sb->watches = watches_new(sb); // before the controllers' queue: clients hear of a change first
    sb->controllers = controllers_new(sb);
    storage_observe(sb->storage, on_change, sb->controllers);
    sb->faults = faults_new(sb);
    sb->crds = crds_new(sb);
    sb->gc = gc_new(sb);
    sb->simulator = simulator_new(sb, &config->simulator);
    if (!state_load(sb, config, err)) {
        sandbox_free(sb);
        return false;
    }
    state_seed(sb);
    gc_start(sb->gc);
    simulator_start(sb->simulator);
    *out = sb;
    return true;
}

void sandbox_free(struct sandbox *sb) {
    if (!sb)
        return;
    simulator_free(sb->simulator);
    gc_free(sb->gc);
    watches_free(sb->watches);
    faults_free(sb->faults);
    crds_free(sb->crds);
    controllers_free(sb->controllers);
    storage_free(sb->storage);
    registry_free(sb->registry);
    shapes_free(sb->shapes);
    types_free(sb->types);
    free(sb);
}
