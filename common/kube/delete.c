// SPDX-License-Identifier: Apache-2.0
/* Deletion of what an inventory remembers: only what is still ours, in reverse apply order.
 * Flux: pkg/ssa/manager_delete.go; kustomize-controller/internal/controller (deleteObjects) */
#include "common/kube/apply_internal.h"

#include "common/base/buf.h"

struct deleter {
    struct arena *a;
    struct kube_client *client;
    struct kube_discovery *discovery;
    const struct apply_options *options;
    const char *key_name, *key_ns, *key_reconcile, *key_ssa, *key_prune;
};

static bool is_ours(const struct deleter *d, const struct value *live) {
    const char *name = object_label(live, d->key_name), *ns = object_label(live, d->key_ns);
    return text_eq(name, d->options->owner_name) && text_eq(ns, d->options->owner_ns);
}

static bool is_kept(const struct deleter *d, const struct value *live) {
    return object_mark_is(live, d->key_prune, "disabled") ||
           object_mark_is(live, d->key_reconcile, "disabled") || object_mark_is(live, d->key_ssa, "Ignore");
}

// CHANGE_UNKNOWN: err is set.
static enum change_action delete_one(const struct deleter *d, const struct delete_item *item,
                                     const char *subject, struct err *err) {
    autoarena own = { 0 };
    struct err inner = { .a = &own };
    const struct kube_resource *r;
    struct value *live;
    if (!kube_discovery_find(d->discovery, item->gvk.group, item->gvk.version, item->gvk.kind, &r, &inner) ||
        !kube_get(&own, d->client, r, item->ns, item->name, &live, &inner)) {
        if (inner.kind == ERR_NOT_FOUND && inner.code == 404)
            return CHANGE_DELETED;
        err_set_code(err, inner.kind, inner.code, "%s query failed: %s", subject, inner.msg);
        return CHANGE_UNKNOWN;
    }
    if (!is_ours(d, live) || is_kept(d, live))
        return CHANGE_SKIPPED;
    struct kube_request req = {
        .verb = KUBE_DELETE, .resource = r, .ns = item->ns, .name = item->name, .propagation = "Background"
    };
    if (kube_do(&own, d->client, &req, NULL, &inner))
        return CHANGE_DELETED;
    err_set_code(err, inner.kind, inner.code, "%s delete failed: %s", subject, inner.msg);
    return CHANGE_UNKNOWN;
}

bool delete_all(struct arena *a, struct kube_client *c, struct kube_discovery *discovery,
                struct delete_item *items, size_t n, const struct apply_options *options,
                struct change_set *out, struct err *err) {
    struct deleter d = {
        .a = a,
        .client = c,
        .discovery = discovery,
        .options = options,
        .key_name = arena_fmt(a, "%s/name", options->group),
        .key_ns = arena_fmt(a, "%s/namespace", options->group),
        .key_reconcile = arena_fmt(a, "%s/reconcile", options->group),
        .key_ssa = arena_fmt(a, "%s/ssa", options->group),
        .key_prune = arena_fmt(a, "%s/prune", options->group),
    };
    autobuf errors = { 0 };
    enum err_kind kind = ERR_IO;
    *out = (struct change_set) { 0 };
    delete_sort(items, n);
    for (size_t i = n; i-- > 0;) {
        const struct delete_item *item = &items[i];
        const char *subject = object_subject_of(a, item->gvk.kind, item->ns, item->name);
        struct err one = { .a = a };
        enum change_action action = delete_one(&d, item, subject, &one);
        change_set_add(
            a, out,
            (struct change) {
                .subject = subject, .gvk = item->gvk, .ns = item->ns, .name = item->name, .action = action });
        if (action == CHANGE_UNKNOWN) {
            buf_fmt(&errors, "%s;", one.msg);
            kind = one.kind;
        }
    }
    return !errors.n || err_set(err, kind, "delete failed, errors: %s", errors.p);
}
