// SPDX-License-Identifier: Apache-2.0
/* One object on its way: GET, skip rules, dry run, clean-up, decision; each answer leads to the next request.
 * Flux: pkg/ssa/manager_apply.go#ApplyAll (the function run for each object), errors/errors.go, errors/immutable.go */
#include "common/kube/apply_internal.h"

#include "common/base/log.h"

#define MAX_UNDECLARED_ROUNDS 20

static const char *subject(struct task *t) {
    return object_subject(t->applier->a, t->object);
}

static struct kube_request request_of(struct task *t, enum kube_verb verb) {
    return (struct kube_request) {
        .verb = verb, .resource = t->resource, .ns = object_ns(t->object), .name = object_name(t->object)
    };
}

static struct kube_request apply_request(struct task *t, bool dry_run) {
    struct kube_request req = request_of(t, KUBE_PATCH);
    req.patch = KUBE_PATCH_APPLY;
    req.field_manager = t->applier->options->manager;
    req.force = true;
    req.dry_run = dry_run;
    req.body = json_text(&t->own, t->object, JSON_COMPACT);
    return req;
}

static struct kube_request json_patch_request(struct task *t, const struct value *ops) {
    struct kube_request req = request_of(t, KUBE_PATCH);
    req.patch = KUBE_PATCH_JSON;
    req.field_manager = t->applier->options->manager;
    req.body = json_text(&t->own, ops, JSON_COMPACT);
    return req;
}

// All managedFields with the apiVersion that is applied; NULL: they have it.
static struct value *migration_patch(struct task *t) {
    struct arena *a = &t->own;
    const struct value *entries = value_at(t->live, "metadata", "managedFields", NULL);
    struct value *copy = value_copy(a, entries);
    bool changed = false;
    for (size_t i = 0; i < value_len(copy); i++) {
        struct value *entry = value_item(copy, i);
        if (text_eq(value_text(value_get(entry, "apiVersion"), ""), object_api_version(t->object)))
            continue;
        value_set(a, entry, "apiVersion", value_string(a, object_api_version(t->object)));
        changed = true;
    }
    if (!changed)
        return NULL;
    struct value *op = value_map(a), *ops = value_list(a);
    value_set(a, op, "op", value_string(a, "replace"));
    value_set(a, op, "path", value_string(a, "/metadata/managedFields"));
    value_set(a, op, "value", copy);
    value_append(a, ops, op);
    return ops;
}

void task_send(struct task *t) {
    struct kube_request req;
    switch (t->step) {
    case TASK_GET: req = request_of(t, KUBE_GET); break;
    case TASK_MIGRATE: req = json_patch_request(t, migration_patch(t)); break;
    case TASK_DRY_RUN: req = apply_request(t, true); break;
    case TASK_DELETE:
        req = request_of(t, KUBE_DELETE);
        req.propagation = "Background";
        break;
    case TASK_CLEANUP:
        req = json_patch_request(t, apply_cleanup_patch(&t->own, t->live, t->applier->options));
        break;
    case TASK_APPLY: req = apply_request(t, false); break;
    case TASK_DONE: abort();
    }
    kube_batch_add(t->applier->batch, &req, t);
}

static bool go_on(struct task *t, enum task_step step) {
    t->step = step;
    task_send(t);
    return true;
}

static bool fail(struct task *t, enum err_kind kind, int code, const char *format, const char *why) {
    return err_set_code(&t->err, kind, code, format, subject(t), object_redact(&t->own, t->object, why));
}

/* ---- results ---- */

static void set_state(struct task *t, const struct value *seen) {
    struct arena *a = t->applier->a;
    t->state.status = kstatus_of(a, seen, now_wall_ns(), &t->state.message);
    t->state.resource_version = arena_strdup(a, object_resource_version(seen));
}

// Ends the task. `shown` is the object that gives the entry its names.
static bool finish(struct task *t, enum change_action action, const struct value *shown,
                   const struct value *seen) {
    struct arena *a = t->applier->a;
    t->change = (struct change) {
        .subject = object_subject(a, shown),
        .gvk = object_gvk(a, t->object),
        .ns = arena_strdup(a, object_ns(shown)),
        .name = arena_strdup(a, object_name(shown)),
        .action = action,
    };
    set_state(t, seen);
    t->step = TASK_DONE;
    arena_done(&t->own);
    return true;
}

static bool any_mark(const struct value *x, const struct value *y, const char *key, const char *value) {
    return object_mark_is(x, key, value) || object_mark_is(y, key, value);
}

static bool is_skipped(struct task *t) {
    struct applier *ap = t->applier;
    if (any_mark(t->object, t->live, ap->key_reconcile, "disabled"))
        return t->live || !ap->options->create_disabled;
    if (any_mark(t->object, t->live, ap->key_ssa, "Ignore"))
        return true;
    return t->live && object_mark_is(t->object, ap->key_ssa, "IfNotPresent");
}

/* ---- answers ---- */

static bool got_live(struct task *t, struct kube_done *done) {
    if (done->err.kind == ERR_NONE)
        t->live = done->reply.object;
    else if (done->err.kind != ERR_NOT_FOUND)
        t->get_error = done->err.msg;
    if (is_skipped(t))
        return finish(t, CHANGE_SKIPPED, t->live ? t->live : t->object, t->live);
    if (t->live && t->applier->options->migrate_version && migration_patch(t))
        return go_on(t, TASK_MIGRATE);
    return go_on(t, TASK_DRY_RUN);
}

static bool migrated(struct task *t, struct kube_done *done) {
    if (done->err.kind != ERR_NONE)
        return err_set_code(
            &t->err, done->err.kind, done->err.code,
            "%s failed to migrate API version: failed to migrate managed fields API version to %s: %s",
            subject(t), object_api_version(t->object), done->err.msg);
    t->live = done->reply.object;
    t->cleaned = true;
    return go_on(t, TASK_DRY_RUN);
}

static bool is_immutable_error(const struct err *err) {
    return err->code == 409 || err->code == 422 || strstr(err->msg, "is immutable") ||
           strstr(err->msg, "immutable field");
}

static bool may_recreate(struct task *t, const struct err *err) {
    const struct applier *ap = t->applier;
    bool exists = t->live || t->get_error;
    return exists && !t->recreated && is_immutable_error(err) &&
           (ap->options->force || any_mark(t->object, t->live, ap->key_force, "enabled"));
}

// Groups whose kinds Kubernetes itself defines: upstream drops their unknown fields before the server can refuse them.
static bool is_builtin_group(const char *group) {
    return !strchr(group, '.') || text_ends(group, ".k8s.io");
}

static bool dry_run_failed(struct task *t, struct kube_done *done) {
    const struct err *err = &done->err;
    if (is_builtin_group(t->resource->group) && t->rounds < MAX_UNDECLARED_ROUNDS &&
        apply_drop_undeclared(t->applier->a, t->object, err->msg)) {
        t->rounds++;
        log_debug("unknown fields dropped", LOG_STR("object", subject(t)), LOG_STR("error", err->msg));
        return go_on(t, TASK_DRY_RUN);
    }
    if (may_recreate(t, err))
        return go_on(t, TASK_DELETE);
    if (err->code == 404 && text_empty(object_ns(t->object)))
        return fail(t, err->kind, err->code, "%s namespace not specified: %s", err->msg);
    if (err->code == 404)
        return fail(t, err->kind, err->code, "%s not found: %s", err->msg);
    const char *reason = done->reply.reason;
    if (text_empty(reason))
        return fail(t, err->kind, err->code, "%s dry-run failed: %s", err->msg);
    return err_set_code(&t->err, err->kind, err->code, "%s dry-run failed (%s): %s", subject(t), reason,
                        object_redact(&t->own, t->object, err->msg));
}

static bool decide(struct task *t) {
    struct applier *ap = t->applier;
    bool drifted;
    if (!apply_drifted(&t->own, t->live, t->dry_run, ap->options, &drifted, &t->err))
        return false;
    t->must_apply = t->cleaned || drifted;
    if (!t->must_apply)
        return finish(t, CHANGE_UNCHANGED, t->dry_run, t->live);
    bool created = text_empty(object_resource_version(t->dry_run));
    if (!created && t->live && ap->options->n_ignore) {
        t->object = value_copy(ap->a, t->object);
        if (!apply_ignore(ap->a, t->live, t->dry_run, ap->options, t->object, &t->err))
            return false;
    }
    return finish(t, created ? CHANGE_CREATED : CHANGE_CONFIGURED, t->dry_run, t->live);
}

static bool got_dry_run(struct task *t, struct kube_done *done) {
    if (done->err.kind != ERR_NONE)
        return dry_run_failed(t, done);
    t->dry_run = done->reply.object;
    bool merges = any_mark(t->object, t->live, t->applier->key_ssa, "Merge");
    if (t->live && !merges && apply_cleanup_patch(&t->own, t->live, t->applier->options))
        return go_on(t, TASK_CLEANUP);
    return decide(t);
}

static bool is_gone(void *arg, const struct value *object) {
    (void)arg;
    return !object;
}

static bool deleted(struct task *t, struct kube_done *done) {
    struct applier *ap = t->applier;
    if (done->err.kind != ERR_NONE && done->err.kind != ERR_NOT_FOUND)
        return fail(t, done->err.kind, done->err.code,
                    "%s immutable field detected, failed to delete object: %s", done->err.msg);
    struct err err = { .a = ap->a };
    if (!kube_wait_object(ap->client, t->resource, object_ns(t->object), object_name(t->object), is_gone,
                          NULL, now_mono_ns() + ap->stage_timeout_ns, &err))
        return fail(t, err.kind, err.code,
                    "%s immutable field detected, failed to wait for object to be deleted: %s", err.msg);
    t->recreated = true;
    t->live = NULL;
    return go_on(t, TASK_DRY_RUN);
}

static bool cleaned(struct task *t, struct kube_done *done) {
    if (done->err.kind != ERR_NONE)
        return fail(t, done->err.kind, done->err.code, "%s metadata.managedFields cleanup failed: %s",
                    done->err.msg);
    t->live = done->reply.object;
    t->cleaned = true;
    return decide(t);
}

bool task_answer(struct task *t, struct kube_done *done) {
    switch (t->step) {
    case TASK_GET: return got_live(t, done);
    case TASK_MIGRATE: return migrated(t, done);
    case TASK_DRY_RUN: return got_dry_run(t, done);
    case TASK_DELETE: return deleted(t, done);
    case TASK_CLEANUP: return cleaned(t, done);
    case TASK_APPLY: break;
    case TASK_DONE: break;
    }
    abort();
}

void task_applied(struct task *t, struct kube_done *done) {
    t->step = TASK_DONE;
    if (done->err.kind != ERR_NONE)
        fail(t, done->err.kind, done->err.code, "%s apply failed: %s", done->err.msg);
    else
        set_state(t, done->reply.object);
    arena_done(&t->own);
}
