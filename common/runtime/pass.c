// SPDX-License-Identifier: Apache-2.0
/* One pass over one object, on a worker: take the object, deletion, finalizer, suspend, spec, steps, finish, status, requeue.
 * The order is kind.h's. */
#include "common/runtime/internal.h"

#include "common/runtime/jitter.h"

#include <stdio.h>
#include <sys/random.h>

#define SPEC_MESSAGE "Reconciliation failed terminally due to configuration error: "

static const char *pass_id(struct arena *a) {
    uint8_t b[16] = { 0 };
    if (getrandom(b, sizeof b, 0) != sizeof b)
        abort();
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    char hex[33];
    for (size_t i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", b[i]);
    return arena_fmt(a, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

/* The object as the store has it; read from the server when the store has not yet seen our own last write.
 * false with err clear: it is gone. */
static bool load(struct run *r, struct err *err) {
    struct runtime *rt = r->rt;
    const struct own_kind *own = &rt->kinds[r->inner->key.kind];
    char *id = key_text(r->a, &r->inner->key);
    struct value *v = kube_store_get(r->a, own->watched->store, r->ns, r->name);
    pthread_mutex_lock(&rt->written_lock);
    const char *written = map_get(&rt->written, id);
    bool stale = v && written && version_newer(written, object_resource_version(v));
    if (written && !stale)
        free(map_remove(&rt->written, id));
    pthread_mutex_unlock(&rt->written_lock);
    if (stale && !kube_get(r->a, rt->kube, run_resource(r), r->ns, r->name, &v, err)) {
        if (err->kind != ERR_NOT_FOUND)
            return false;
        err_clear(err);
        return false;
    }
    if (!v)
        return false;
    value_remove(value_get(v, "metadata"), "managedFields");
    r->before = v;
    r->object = value_copy(r->a, v);
    return true;
}

static void look(struct run *r) {
    struct value *o = r->object;
    r->status = value_ensure(r->a, o, "status", NULL);
    if (!r->status) { // a status that is no map cannot come from an API server with the CRD
        r->status = value_map(r->a);
        value_set(r->a, o, "status", r->status);
    }
    r->generation = object_generation(o);
    r->deleting = object_deleting(o);
    r->suspended = value_bool_or(value_at(o, "spec", "suspend", NULL), false);
    r->request = object_annotation(o, REQUESTED_AT);
    const char *handled = value_text(value_get(r->status, "lastHandledReconcileAt"), NULL);
    r->request_is_new = r->request && (!handled || strcmp(handled, r->request));
}

static int64_t field_ns(const struct run *r, const char *name) {
    const struct field *f = fields_find(r->kind->fields, name);
    if (!f || f->type != FIELD_DURATION || !r->spec)
        return 0;
    return *(const int64_t *)((const char *)r->spec + f->offset);
}

static enum step_result read_spec(struct run *r) {
    const struct kind *k = r->kind;
    struct err err = { .a = r->a };
    r->spec = arena_alloc(r->a, k->spec_size);
    r->state = arena_alloc(r->a, k->state_size);
    if (k->fields &&
        !fields_read(r->a, k->fields, "spec", value_get(r->object, "spec"), r->spec, k->spec_size, &err))
        return run_stall(r, "ValidationFailed", SPEC_MESSAGE "%s", err.msg);
    r->interval_ns = field_ns(r, "interval");
    r->retry_interval_ns = field_ns(r, "retryInterval");
    return STEP_NEXT;
}

static enum step_result delete_object(struct run *r) {
    const struct kind *k = r->kind;
    if (!k->no_finalizer && !object_has_finalizer(r->object, FINALIZER))
        return STEP_DELETED;                // not ours (any more)
    enum step_result result = read_spec(r); // also of a spec that does not read: deletion must work
    err_clear(&r->err);
    result = k->on_delete ? k->on_delete(r) : STEP_NEXT;
    if (result != STEP_NEXT && result != STEP_DONE && result != STEP_DELETED)
        return result;
    if (!k->no_finalizer && !run_finalizer_remove(r, &r->err))
        return STEP_FAILED;
    return STEP_DELETED;
}

static enum step_result run_steps(struct run *r) {
    enum step_result result = read_spec(r);
    const char *from = r->resume_step;
    for (int rounds = 0; result == STEP_NEXT || result == STEP_RESTART; rounds++) {
        result = r->kind->steps ? steps_run(r->kind->steps, from, r, &r->inner->last_step) : STEP_NEXT;
        if (result != STEP_RESTART)
            return result;
        if (rounds == 2) // a step that restarts from a fresh start would turn for ever
            return run_fail(r, ERR_BUG, NULL, "reconciliation was started over without an end");
        from = r->resume_step = NULL;
        r->record = (struct str) { 0 };
        r->started_ns = r->inner->pass_started_ns;
        r->started_at = now_wall_ns();
        result = STEP_NEXT;
        r->inner->draft = NULL;
        memset(r->state, 0, r->kind->state_size);
    }
    return result;
}

static enum step_result work(struct run *r) {
    if (r->deleting)
        return delete_object(r);
    if (!r->kind->no_finalizer && !finalizer_add(r, &r->err))
        return STEP_FAILED;
    bool goes_on = r->resume_step && text_eq(r->resume_step, r->kind->wait_step);
    if (r->suspended && !goes_on)
        return STEP_SUSPENDED;
    return run_steps(r);
}

/* ---- what comes next ---- */

static int64_t jittered(const struct run *r, int64_t interval_ns) {
    if (r->kind->no_jitter || !(r->rt->daemon->features & DAEMON_JITTER))
        return interval_ns;
    return jitter_apply(interval_ns, runtime_flags(r->rt)->interval_jitter_percentage, jitter_random());
}

// Delay until the next pass; -1: none, -2: back-off.
static int64_t next_delay(const struct run *r, enum step_result result) {
    switch (result) {
    case STEP_NEXT:
    case STEP_DONE:
        if (r->requeue_backoff)
            return -2;
        if (r->requeue_ns)
            return r->requeue_ns;
        return r->interval_ns > 0 ? jittered(r, r->interval_ns) : -1;
    case STEP_FAILED:
        return r->retry_ns > 0 ? r->retry_ns : r->retry_interval_ns > 0 ? r->retry_interval_ns : -2;
    case STEP_WAIT: return r->retry_ns > 0 ? r->retry_ns : runtime_flags(r->rt)->requeue_dependency_ns;
    case STEP_STALLED:
    case STEP_SUSPENDED:
    case STEP_DELETED: return -1;
    case STEP_PARK:
    case STEP_RESTART: return -1;
    }
    return -1;
}

// What the user asked for, without the jitter; the delay itself otherwise.
static const char *next_text(const struct run *r, const char *what, int64_t delay_ns) {
    bool plain = r->interval_ns > 0 && !r->requeue_ns && !r->requeue_backoff && r->err.kind == ERR_NONE;
    return delay_ns < 0 ? ""
                        : arena_fmt(r->a, ", next %s in %s", what,
                                    duration_fmt(r->a, plain ? r->interval_ns : delay_ns));
}

static void log_outcome(struct run *r, enum step_result result, int64_t delay_ns) {
    const char *took = duration_fmt(r->a, now_mono_ns() - r->inner->pass_started_ns);
    const char *revision = status_revision(r->object);
    switch (result) {
    case STEP_NEXT:
    case STEP_DONE:
        if (!r->kind->no_status) // static kinds: nothing was reconciled
            log_info(arena_fmt(r->a, "Reconciliation finished in %s%s", took, next_text(r, "run", delay_ns)),
                     LOG_STR("revision", *revision ? revision : NULL));
        return;
    case STEP_FAILED:
        log_error(arena_fmt(r->a, "Reconciliation failed after %s%s", took, next_text(r, "try", delay_ns)),
                  LOG_STR("error", r->err.msg));
        return;
    case STEP_WAIT: log_info(r->err.msg, LOG_STR("next", duration_fmt(r->a, delay_ns))); return;
    case STEP_STALLED: log_error("Reconciliation stalled", LOG_STR("error", r->err.msg)); return;
    case STEP_SUSPENDED: log_info("Reconciliation is suspended for this object"); return;
    case STEP_PARK: log_debug("Reconciliation is waiting", LOG_STR("took", took)); return;
    case STEP_DELETED: log_info("Object finalized", LOG_STR("took", took)); return;
    case STEP_RESTART: return;
    }
}

static void requeue(struct run *r, enum step_result result) {
    struct runtime *rt = r->rt;
    const struct queue_key *key = &r->inner->key;
    if (r->inner->status_lost) { // it went while we worked
        queue_remove(rt->queue, key);
        return;
    }
    int64_t delay = next_delay(r, result), now = now_mono_ns();
    if (result == STEP_FAILED || r->requeue_backoff) {
        if (delay == -2)
            delay = queue_add_backoff(rt->queue, key, now, WAKE_TIMER);
        else
            queue_add(rt->queue, key, now + delay, WAKE_TIMER);
    } else {
        queue_forget(rt->queue, key);
        if (result == STEP_PARK || (result == STEP_WAIT && r->inner->draft))
            park_commit(r);
        if (result == STEP_PARK)
            queue_add(rt->queue, key, park_draft_deadline(r), WAKE_DEADLINE);
        else if (delay >= 0)
            queue_add(rt->queue, key, now + delay, WAKE_TIMER);
    }
    log_outcome(r, result, delay);
}

static bool ended(enum step_result result) {
    return result != STEP_PARK && result != STEP_DELETED;
}

// finish(), lastHandledReconcileAt and the one status patch. A write that fails makes the pass a failed one.
static enum step_result conclude(struct run *r, enum step_result result) {
    const struct kind *k = r->kind;
    void (*finish)(struct run *, enum step_result) = k->finish ? k->finish : finish_ready;
    if (!k->no_status && result != STEP_DELETED)
        finish(r, result);
    if (ended(result) && r->request && !k->no_status)
        value_set(r->a, r->status, "lastHandledReconcileAt", value_string(r->a, r->request));
    struct err err = { .a = r->a };
    if (result == STEP_DELETED || status_flush(r, &err))
        return result;
    if (r->err.kind != ERR_NONE)
        log_error("status was not written", LOG_STR("error", err.msg));
    else
        err_move(&r->err, &err);
    r->retry_ns = 0;
    return STEP_FAILED;
}

static const char *result_label(enum step_result result, bool after) {
    if (result == STEP_FAILED)
        return "error";
    return after ? "requeue_after" : "success";
}

static void measure(struct run *r, enum step_result result) {
    struct metrics *m = r->rt->metrics;
    const char *controller = r->rt->kinds[r->inner->key.kind].lower;
    double s = (double)(now_mono_ns() - r->inner->pass_started_ns) / 1e9;
    metrics_add(m, &metric_reconcile_total, 1, controller, result_label(result, next_delay(r, result) >= 0));
    if (result == STEP_FAILED)
        metrics_add(m, &metric_reconcile_errors, 1, controller);
    metrics_observe(m, &metric_reconcile_time, s, controller);
    metrics_observe(m, &metric_queue_work, s, controller, controller);
    if (result == STEP_DELETED || r->inner->status_lost)
        metrics_remove(m, &metric_reconcile_duration, "kind", r->kind->name, "name", r->name, "namespace",
                       r->ns, NULL);
    else if (!r->kind->no_status)
        metrics_observe(m, &metric_reconcile_duration, s, r->kind->name, r->name, r->ns);
}

static void pass(struct run *r) {
    struct err err = { .a = r->a };
    if (!load(r, &err)) {
        if (err.kind != ERR_NONE) {
            log_error("Reconciler error", LOG_STR("error", err.msg));
            queue_add_backoff(r->rt->queue, &r->inner->key, now_mono_ns(), WAKE_TIMER);
        } else {
            queue_remove(r->rt->queue, &r->inner->key);
        }
        return;
    }
    look(r);
    if (r->kind->ignore && r->kind->ignore(r->object))
        return;
    // Deletion ends a wait, unless it is on_delete's own.
    if (r->inner->old_park && (!r->deleting || park_resumes_at(r->inner->old_park, PARK_DELETE)))
        park_resume(r, r->inner->old_park);
    enum step_result result = conclude(r, work(r));
    requeue(r, result);
    measure(r, result);
}

void pass_run(struct runtime *rt, const struct queue_item *item) {
    autoarena a = { 0 };
    const struct own_kind *own = &rt->kinds[item->key.kind];
    struct run_inner inner = { .key = item->key,
                               .pass_started_ns = now_mono_ns(),
                               .event_meta = value_map(&a) };
    struct run r = {
        .a = &a,
        .err = { .a = &a },
        .rt = rt,
        .kind = own->kind,
        .ns = item->key.ns,
        .name = item->key.name,
        .wake = item->wake,
        .started_ns = inner.pass_started_ns,
        .started_at = now_wall_ns(),
        .inner = &inner,
    };
    autobuf object = { 0 };
    buf_puts(&object, "{\"name\":");
    json_quote(&object, str_of(r.name));
    buf_puts(&object, ",\"namespace\":");
    json_quote(&object, str_of(r.ns));
    buf_putc(&object, '}');
    const struct log_field fields[] = {
        LOG_STR("controller", own->lower),
        LOG_STR("controllerGroup", own->kind->group),
        LOG_STR("controllerKind", own->kind->name),
        LOG_JSON(own->kind->name, object.p),
        LOG_STR("namespace", r.ns),
        LOG_STR("name", r.name),
        LOG_STR("reconcileID", pass_id(&a)),
        { 0 },
    };
    log_context(fields);
    metrics_observe(rt->metrics, &metric_queue_latency, (double)item->waited_ns / 1e9, own->lower,
                    own->lower);
    inner.old_park = park_take(rt, &item->key);
    pass(&r);
    park_release(rt, inner.old_park);
    park_let_go(&r);
    log_context(NULL);
}
