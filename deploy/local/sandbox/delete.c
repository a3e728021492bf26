// SPDX-License-Identifier: Apache-2.0
// Deletion: preconditions, grace, finalizers of propagation. Source: apiserver pkg/registry/generic/registry/store.go.
#include "common/base/timeutil.h"
#include "deploy/local/sandbox/crd.h"
#include "deploy/local/sandbox/request.h"
#include "deploy/local/sandbox/write.h"

static bool precondition_check(struct arena *a, const struct resource *r, const struct object *stored,
                               const struct delete_options *o, struct status *st) {
    struct resource named = *r; // the server names the kind here, not the plural
    named.key = resource_qualified_kind(a, r);
    const char *rv = arena_fmt(a, "%llu", (unsigned long long)stored->rv);
    if (o->uid && !text_eq(o->uid, stored->uid))
        return status_conflict(
            st, &named, stored->name,
            "the UID in the precondition (%s) does not match the UID in record (%s). The object might have "
            "been deleted and then recreated",
            o->uid, stored->uid);
    if (o->resource_version && !text_eq(o->resource_version, rv))
        return status_conflict(
            st, &named, stored->name,
            "the ResourceVersion in the precondition (%s) does not match the ResourceVersion in record (%s). "
            "The object might have been modified",
            o->resource_version, rv);
    return true;
}

static bool list_has(const struct value *list, const char *text) {
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_item(list, i), ""), text))
            return true;
    return false;
}

static void list_set(struct arena *a, struct value *meta, const char *text, bool want) {
    struct value *list = value_get(meta, "finalizers");
    if (want == list_has(list, text))
        return;
    if (want) {
        if (!list)
            value_set(a, meta, "finalizers", list = value_list(a));
        value_append(a, list, value_string(a, text));
        return;
    }
    for (size_t i = value_len(list); i > 0; i--)
        if (text_eq(value_text(value_item(list, i - 1), ""), text))
            value_remove_item(list, i - 1);
    if (!value_len(list))
        value_remove(meta, "finalizers");
}

// "orphan" and "foregroundDeletion" as the policy wants them; without a policy what is there stays.
static void propagation_set(struct arena *a, const struct resource *r, struct value *meta,
                            const char *policy) {
    const struct value *finalizers = value_get(meta, "finalizers");
    bool had_orphan = list_has(finalizers, "orphan"),
         had_foreground = list_has(finalizers, "foregroundDeletion");
    bool orphan = policy ? text_eq(policy, "Orphan")
                         : had_orphan || (!had_foreground && (r->flags & RES_ORPHAN_DEFAULT));
    bool foreground = policy ? text_eq(policy, "Foreground") : had_foreground && !had_orphan;
    list_set(a, meta, "orphan", orphan);
    list_set(a, meta, "foregroundDeletion", foreground);
}

// Grace in seconds that this object gets: only pods that run somewhere have one.
static int64_t grace_of(const struct resource *r, const struct value *tree, const struct delete_options *o) {
    if (!(r->flags & RES_GRACEFUL) || !value_at(tree, "spec", "nodeName", NULL))
        return 0;
    const char *phase = value_text(value_at(tree, "status", "phase", NULL), "");
    if (text_eq(phase, "Failed") || text_eq(phase, "Succeeded"))
        return 0;
    int64_t grace = o->grace_s >= 0
                        ? o->grace_s
                        : value_int_or(value_at(tree, "spec", "terminationGracePeriodSeconds", NULL), 30);
    return grace < 0 ? 1 : grace;
}

static void mark_deleting(struct sandbox *sb, struct arena *a, const struct resource *r, struct value *tree,
                          int64_t grace_s) {
    struct value *meta = value_get(tree, "metadata");
    int64_t at = sandbox_now_ns(sb) + grace_s * NS_PER_S,
            generation = value_int_or(value_get(meta, "generation"), 0);
    if (!value_get(meta, "deletionTimestamp") && generation > 0)
        value_set(a, meta, "generation", value_int(a, generation + 1));
    bool again = value_get(meta, "deletionTimestamp");
    if (!again || grace_s > 0 || (r->flags & RES_GRACEFUL))
        value_set(a, meta, "deletionTimestamp", value_string(a, time_fmt_rfc3339(a, at)));
    if (!text_eq(r->key, "namespaces"))
        value_set(a, meta, "deletionGracePeriodSeconds", value_int(a, grace_s));
    if (text_eq(r->key, "namespaces"))
        value_set(a, value_ensure(a, tree, "status", NULL), "phase", value_string(a, "Terminating"));
}

static bool is_immortal(const struct resource *r, const char *name) {
    return text_eq(r->key, "namespaces") &&
           (text_eq(name, "default") || text_eq(name, "kube-system") || text_eq(name, "kube-public"));
}

static bool grace_is_shorter(const struct value *meta, int64_t grace_s) {
    const struct value *was = value_get(meta, "deletionGracePeriodSeconds");
    return was && grace_s < value_int_or(was, 0);
}

bool sandbox_delete(struct sandbox *sb, struct arena *a, const struct resource *r, const char *ns,
                    const char *name, const struct delete_options *o, struct value **out, bool *out_gone,
                    struct status *st) {
    const struct object *stored = storage_get(sb->storage, r->key, r->namespaced ? ns : "", name);
    if (!stored)
        return status_not_found(st, r, name);
    if (!precondition_check(a, r, stored, o, st))
        return false;
    if (is_immortal(r, name))
        return status_forbidden(st, r, name, "this namespace may not be deleted");
    struct value *tree = object_stored(sb, a, r, stored), *meta = value_get(tree, "metadata");
    bool deleting = value_get(meta, "deletionTimestamp");
    int64_t grace = grace_of(r, tree, o);
    propagation_set(a, r, meta, o->propagation);
    if (!deleting && text_eq(r->key, "customresourcedefinitions.apiextensions.k8s.io"))
        crd_mark_deleting(a, tree, sandbox_now_ns(sb));
    if (!deleting || grace_is_shorter(meta, grace))
        mark_deleting(sb, a, r, tree, grace);
    else if ((r->flags & RES_GRACEFUL) && o->grace_s == 0)
        value_set(a, meta, "deletionGracePeriodSeconds", value_int(a, 0));
    bool gone = object_is_done(r, tree);
    *out = tree;
    if (out_gone)
        *out_gone = gone;
    if (o->dry_run)
        return true;
    if (gone) {
        struct object *last = storage_delete(sb->storage, r->key, stored->ns, name);
        *out = object_stored(sb, a, r, last);
        object_unref(last);
    } else {
        storage_put(sb->storage, a, r->key, tree, NULL);
    }
    return true;
}
