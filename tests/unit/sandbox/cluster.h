// SPDX-License-Identifier: Apache-2.0
/* A sandbox without a port, on a loop that runs until something is so (no sleeps).
 *
 *     struct cluster c;
 *     cluster_start(&c, 1);                        // simulator step in ms; 0: no simulator
 *     cluster_put(&c, "{'apiVersion':...}");       // create, or update where it is there; single quotes
 *     cluster_until(&c, "deployments.apps", "default", "web", is_ready);
 *     cluster_stop(&c);
 */
#ifndef TESTS_UNIT_SANDBOX_CLUSTER_H
#define TESTS_UNIT_SANDBOX_CLUSTER_H

#include "common/base/timeutil.h"
#include "deploy/local/sandbox/server.h"
#include "tests/unit/sandbox/lines.h"

struct cluster {
    struct arena a; // of the test
    struct loop *loop;
    struct sandbox *sb;
    // what cluster_until waits for
    const char *key, *ns, *name;
    bool (*is_so)(const struct value *o); // o NULL: absent
    bool reached, late;
    struct loop_timer *deadline;
};

static void cluster_ends(void *arg) {
    loop_stop(((struct cluster *)arg)->loop);
}

static void cluster_settles(void *arg) {
    loop_post(((struct cluster *)arg)->loop, cluster_ends, arg);
}

// The controllers get what is queued for them before the loop ends.
static void cluster_look(struct cluster *c) {
    autoarena a = { 0 };
    const struct object *o = storage_get(c->sb->storage, c->key, c->ns, c->name);
    c->reached = c->is_so(o ? object_value(&a, o) : NULL);
    if (c->reached)
        loop_post(c->loop, cluster_settles, c);
}

static void cluster_hears(void *arg, struct sandbox *sb, const struct change *change) {
    struct cluster *c = arg;
    (void)sb;
    (void)change;
    if (c->is_so && !c->reached)
        cluster_look(c);
}

static void cluster_late(void *arg) {
    struct cluster *c = arg;
    c->late = true;
    loop_stop(c->loop);
}

// file: a List that it starts with; NULL: none.
__attribute__((unused)) static void cluster_start_with(struct cluster *c, int step_ms, const char *file) {
    *c = (struct cluster) { .loop = loop_new() };
    struct err err = { .a = &c->a };
    const char *const load[] = { file, NULL };
    struct sandbox_config config = { .simulator = { .step_ns = step_ms * NS_PER_MS, .off = !step_ms },
                                     .load = load };
    if (!sandbox_new(c->loop, &config, &c->sb, &err))
        fail_msg("%s", err.msg);
    sandbox_controller_add(c->sb, cluster_hears, c);
}

__attribute__((unused)) static void cluster_start(struct cluster *c, int step_ms) {
    cluster_start_with(c, step_ms, NULL);
}

__attribute__((unused)) static void cluster_stop(struct cluster *c) {
    sandbox_free(c->sb);
    loop_free(c->loop);
    arena_done(&c->a);
}

__attribute__((unused)) static struct value *cluster_get(struct cluster *c, const char *key, const char *ns,
                                                         const char *name) {
    const struct object *o = storage_get(c->sb->storage, key, ns, name);
    return o ? object_value(&c->a, o) : NULL;
}

// true: so within five seconds. What is so already counts.
__attribute__((unused)) static bool cluster_until(struct cluster *c, const char *key, const char *ns,
                                                  const char *name, bool (*is_so)(const struct value *o)) {
    c->key = key;
    c->ns = ns;
    c->name = name;
    c->is_so = is_so;
    c->late = c->reached = false;
    cluster_look(c);
    c->deadline = loop_timer_add(c->loop, now_mono_ns() + 5 * NS_PER_S, cluster_late, c);
    loop_run(c->loop);
    if (!c->late)
        loop_timer_cancel(c->deadline);
    c->is_so = NULL;
    return c->reached;
}

// Creates, or replaces the main resource where it is there. NULL: *why has the refusal.
__attribute__((unused)) static struct value *cluster_write(struct cluster *c, struct value *o,
                                                           const char **why) {
    const struct resource *r = registry_find_api(c->sb->registry, value_text(value_get(o, "apiVersion"), ""),
                                                 value_text(value_get(o, "kind"), ""));
    struct write_options options = { .manager = "test", .subresource = "" };
    struct status st = { .a = &c->a };
    struct value *out = NULL, *metadata = value_get(o, "metadata");
    const char *name = value_text(value_get(metadata, "name"), "");
    if (!r) {
        *why = "no such kind";
        return NULL;
    }
    const char *ns = r->namespaced ? value_text(value_get(metadata, "namespace"), "default") : "";
    const struct object *there = storage_get(c->sb->storage, r->key, ns, name);
    if (there)
        value_set(&c->a, metadata, "resourceVersion",
                  value_fmt(&c->a, "%llu", (unsigned long long)there->rv));
    bool good = there ? sandbox_update(c->sb, &c->a, r, ns, name, o, &options, &out, &st)
                      : sandbox_create(c->sb, &c->a, r, ns, o, &options, &out, &st);
    *why = st.message;
    return good ? out : NULL;
}

__attribute__((unused)) static struct value *cluster_put(struct cluster *c, const char *text) {
    const char *why;
    struct value *out = cluster_write(c, quoted_json(&c->a, text), &why);
    check_row(text, out != NULL, "%s", why);
    return out;
}

__attribute__((unused)) static void cluster_delete(struct cluster *c, const char *key, const char *ns,
                                                   const char *name, const char *propagation) {
    struct delete_options o = { .propagation = propagation, .grace_s = -1 };
    struct status st = { .a = &c->a };
    struct value *out;
    bool good =
        sandbox_delete(c->sb, &c->a, registry_find_key(c->sb->registry, key), ns, name, &o, &out, NULL, &st);
    check_row(name, good, "%s", st.message);
}

__attribute__((unused)) static bool is_gone(const struct value *o) {
    return !o;
}

__attribute__((unused)) static const struct value *condition(const struct value *o, const char *type) {
    const struct value *list = value_at(o, "status", "conditions", NULL);
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_get(value_item(list, i), "type"), ""), type))
            return value_item(list, i);
    return NULL;
}

__attribute__((unused)) static bool condition_is(const struct value *o, const char *type,
                                                 const char *status) {
    return text_eq(value_text(value_get(condition(o, type), "status"), ""), status);
}

#endif
