// SPDX-License-Identifier: Apache-2.0
/* Deletion: what was applied goes with the Kustomization, if its policy says so; then the finalizer goes.
 * Flux: kustomization_controller.go#finalize */
#include "kustomize-controller/kustomization.h"

#include "common/base/buf.h"
#include "common/base/log.h"
#include "common/base/timeutil.h"

#define DELETED "deleted" // record of a park: the deletes are through, their ends are awaited

static bool wants_deletion(struct run *r) {
    const struct ks_spec *s = ks_spec(r);
    if (r->suspended || !value_len(value_at(r->object, "status", "inventory", "entries", NULL)))
        return false;
    if (text_eq(s->deletion_policy, "Delete") || text_eq(s->deletion_policy, "WaitForTermination"))
        return true;
    return text_eq(s->deletion_policy, "MirrorPrune") && s->prune;
}

static const char *ready_reason(const struct run *r, const char *severity) {
    const char *reason = condition_reason(r->object, CONDITION_READY);
    return text_empty(reason) ? severity : reason;
}

static const char *lines(struct run *r, const struct delete_item *items, size_t n) {
    struct buf b = { 0 };
    for (size_t i = 0; i < n; i++)
        buf_fmt(&b, "%s%s", i ? "\n" : "",
                object_subject_of(r->a, items[i].gvk.kind, items[i].ns, items[i].name));
    return buf_to_arena(&b, r->a).p;
}

static bool delete_items(struct run *r, const struct ks_target *target, struct delete_item *items, size_t n) {
    struct apply_options options = ks_apply_options(r);
    struct change_set set;
    if (delete_all(r->a, target->client, target->discovery, items, n, &options, &set, &r->err)) {
        if (set.n)
            run_event(r, EVENT_INFO, ready_reason(r, "info"), "%s", change_set_text(r->a, &set, ~0u));
        return true;
    }
    run_event(r, EVENT_ERROR, ready_reason(r, "error"), "pruning for deleted resource failed");
    r->quiet = true;
    r->retry_interval_ns = 0; // back-off
    return false;
}

// Parks on what is still there and ours.
static enum step_result wait_for_end(struct run *r, const struct ks_target *target,
                                     const struct delete_item *items, size_t n) {
    bool again = str_is(r->record, DELETED);
    int64_t deadline_ns = again ? r->park_deadline_ns : now_mono_ns() + ks_timeout(ks_spec(r));
    size_t left = 0;
    for (size_t i = 0; i < n; i++) {
        struct err err = { .a = r->a };
        const struct kube_resource *resource;
        struct value *object;
        if (!kube_discovery_find(target->discovery, items[i].gvk.group, items[i].gvk.version,
                                 items[i].gvk.kind, &resource, &err) ||
            !kube_get(r->a, target->client, resource, items[i].ns, items[i].name, &object, &err) ||
            !object_deleting(object))
            continue;
        park_on_object(r, target->client, resource, items[i].ns, items[i].name,
                       object_resource_version(object), NULL);
        left++;
    }
    if (!left)
        return STEP_NEXT;
    if (now_mono_ns() < deadline_ns)
        return park_until(r, PARK_DELETE, deadline_ns, DELETED, strlen(DELETED));
    log_error("failed to wait for resources termination", LOG_INT("left", (int64_t)left));
    run_event(r, EVENT_ERROR, ready_reason(r, "error"), "failed to wait for resources termination");
    return STEP_NEXT;
}

enum step_result ks_delete(struct run *r) {
    if (!wants_deletion(r))
        return STEP_NEXT;
    struct delete_item *items;
    size_t n = inventory_items(r->a, value_at(r->object, "status", "inventory", NULL), &items);
    const char *revision = value_text(value_get(r->status, "lastAppliedRevision"), "");
    ks_event_meta(r, revision, value_text(value_get(r->status, "lastAppliedOriginRevision"), ""));
    if (ks_account_is_gone(r)) {
        log_error("skipping pruning, failed to find account to impersonate");
        run_event(r, EVENT_ERROR, ready_reason(r, "error"), "unable to prune objects: \n%s",
                  lines(r, items, n));
        return STEP_NEXT;
    }
    autotarget target = { 0 };
    if (!ks_target_open(r, &target, &r->err))
        return STEP_FAILED;
    if (!str_is(r->record, DELETED) && !delete_items(r, &target, items, n))
        return STEP_FAILED;
    if (text_eq(ks_spec(r)->deletion_policy, "WaitForTermination"))
        return wait_for_end(r, &target, items, n);
    return STEP_NEXT;
}
