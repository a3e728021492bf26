// SPDX-License-Identifier: Apache-2.0
/* Steps apply and prune.
 * Flux: kustomization_controller.go#apply, #prune, internal/inventory */
#include "kustomize-controller/kustomization.h"

#include "common/base/buf.h"
#include "common/base/timeutil.h"

#define CHANGED (1u << CHANGE_CREATED | 1u << CHANGE_CONFIGURED)

static struct ignore_rule *ignore_rules(struct run *r) {
    const struct ks_spec *s = ks_spec(r);
    struct ignore_rule *rules = arena_array(r->a, struct ignore_rule, s->n_ignore);
    for (size_t i = 0; i < s->n_ignore; i++)
        rules[i] = (struct ignore_rule) { .paths = s->ignore[i].paths, .target = s->ignore[i].target };
    return rules;
}

struct apply_options ks_apply_options(struct run *r) {
    const struct flag_strings *managers = &runtime_flags(r->rt)->override_managers;
    return (struct apply_options) {
        .manager = runtime_name(r->rt),
        .group = GROUP,
        .owner_name = r->name,
        .owner_ns = r->ns,
        .force = ks_spec(r)->force,
        .create_disabled = ks_options()->create_disabled_objects,
        .migrate_version = runtime_gate(r->rt, "MigrateAPIVersion"),
        .override_managers = managers->items,
        .custom_stage = ks_custom_stage(r->a),
        .ignore = ignore_rules(r),
        .n_ignore = ks_spec(r)->n_ignore,
        .max_in_flight = (unsigned)ks_options()->concurrent_ssa,
    };
}

static void common_metadata(struct run *r, struct value *objects) {
    const struct ks_common_metadata *c = ks_spec(r)->common;
    for (size_t i = 0; c && i < value_len(objects); i++) {
        struct value *o = value_item(objects, i);
        for (size_t j = 0; j < value_len(c->labels); j++)
            object_set_label(r->a, o, c->labels->map.pairs[j].key.p,
                             value_text(c->labels->map.pairs[j].value, ""));
        for (size_t j = 0; j < value_len(c->annotations); j++)
            object_set_annotation(r->a, o, c->annotations->map.pairs[j].key.p,
                                  value_text(c->annotations->map.pairs[j].value, ""));
    }
}

static bool apply(struct run *r, struct err *err) {
    struct ks_state *st = ks_state(r);
    if (!apply_normalize(r->a, st->objects, err))
        return false;
    common_metadata(r, st->objects);
    autotarget target = { 0 };
    if (!ks_target_open(r, &target, err))
        return false;
    struct apply_options options = ks_apply_options(r);
    struct err inner = { .a = r->a };
    bool ok = apply_all(r->a, target.client, target.discovery, st->objects, &options, &st->applied, &inner);
    const char *log = change_set_text(r->a, &st->applied.changes, CHANGED);
    if (!ok)
        return err_set_code(err, inner.kind, inner.code, "%s\n%s%s", inner.msg, log, *log ? "\n" : "");
    st->drifted = *log != 0;
    if (st->drifted)
        run_event(r, EVENT_INFO, REASON_PROGRESSING, "%s", log);
    return true;
}

enum step_result step_apply(struct run *r) {
    struct err err = { .a = r->a };
    ks_progress(r, "Detecting drift");
    autoremote struct remote_scope scope = remote_enter(r->rt); // a slow cluster must not hold up the others
    if (!apply(r, &err))
        return run_fail(r, err.kind, REASON_RECONCILE_FAILED, "%s", err.msg);
    value_set(r->a, r->status, "inventory", inventory_of(r->a, &ks_state(r)->applied.changes));
    return STEP_NEXT;
}

/* ---- prune ---- */

// What a kill between here and the end of the pass must not lose: new objects and those that are about to go, both.
static bool save_inventory(struct run *r, const struct delete_item *stale, size_t n, struct err *err) {
    struct value *inventory = value_get(r->status, "inventory");
    struct delete_item *fresh;
    if (!n && !inventory_diff(r->a, inventory, ks_state(r)->old_inventory, &fresh))
        return true;
    struct value *both = value_copy(r->a, inventory);
    for (size_t i = 0; i < n; i++)
        inventory_add(r->a, both, &stale[i]);
    value_set(r->a, r->status, "inventory", both);
    bool ok = status_flush(r, err);
    value_set(r->a, r->status, "inventory", inventory);
    return ok;
}

static void put_back(struct run *r, const struct change_set *set) {
    struct value *inventory = value_get(r->status, "inventory");
    for (size_t i = 0; i < set->n; i++) {
        const struct change *c = &set->items[i];
        if (c->action == CHANGE_UNKNOWN)
            inventory_add(r->a, inventory, &(struct delete_item) { c->gvk, c->ns, c->name });
    }
}

static bool prune(struct run *r, struct delete_item *stale, size_t n, struct err *err) {
    autotarget target = { 0 };
    if (!ks_target_open(r, &target, err))
        return false;
    struct apply_options options = ks_apply_options(r);
    struct change_set set;
    bool ok = delete_all(r->a, target.client, target.discovery, stale, n, &options, &set, err);
    if (!ok)
        put_back(r, &set);
    else if (set.n)
        run_event(r, EVENT_INFO, REASON_PROGRESSING, "%s", change_set_text(r->a, &set, ~0u));
    return ok;
}

enum step_result step_prune(struct run *r) {
    struct ks_state *st = ks_state(r);
    struct err err = { .a = r->a };
    struct delete_item *stale = NULL;
    size_t n = ks_spec(r)->prune
                   ? inventory_diff(r->a, st->old_inventory, value_get(r->status, "inventory"), &stale)
                   : 0;
    if (!save_inventory(r, stale, n, &err))
        return run_fail(r, err.kind, REASON_RECONCILE_FAILED, "failed to update status: %s", err.msg);
    if (n && !prune(r, stale, n, &err))
        return run_fail(r, err.kind, REASON_PRUNE_FAILED, "%s", err.msg);
    return STEP_NEXT;
}
