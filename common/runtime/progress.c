// SPDX-License-Identifier: Apache-2.0
// What steps say: conditions, failures, progress, events; and the two ready-made endings.
#include "common/runtime/internal.h"

enum step_result steps_run(const struct step *steps, const char *from, struct run *r,
                           const struct step **last) {
    const struct step *s = steps;
    while (from && s->run && strcmp(s->name, from))
        s++;
    if (!s->run)
        s = steps; // a step of that name is gone: begin anew
    for (; s->run; s++) {
        *last = s;
        enum step_result result = s->run(r);
        bool failed = result == STEP_FAILED || result == STEP_STALLED || result == STEP_WAIT;
        if (failed != (r->err.kind != ERR_NONE))
            abort(); // a step must say the same thing twice
        if (result != STEP_NEXT)
            return result;
    }
    return STEP_NEXT;
}

const struct step *run_last_step(const struct run *r) {
    return r->inner->last_step;
}

void run_set(struct run *r, const char *type, enum condition_status status, const char *reason,
             const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *message = arena_vfmt(r->a, fmt, ap);
    va_end(ap);
    condition_set(r->a, r->object, now_wall_ns(), type, status, reason, "%s", message);
}

void run_progress(struct run *r, bool drift, const char *reason, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *message = arena_vfmt(r->a, fmt, ap);
    va_end(ap);
    int64_t now = now_wall_ns();
    condition_set(r->a, r->object, now, CONDITION_RECONCILING, CONDITION_TRUE, reason, "%s", message);
    if (drift || !condition_has(r->object, CONDITION_READY) ||
        condition_is(r->object, CONDITION_READY, CONDITION_UNKNOWN))
        condition_set(r->a, r->object, now, CONDITION_READY, CONDITION_UNKNOWN, reason, "%s", message);
}

static void fail(struct run *r, enum err_kind kind, const char *reason, const char *message) {
    err_set(&r->err, kind, "%s", message);
    r->err.reason = reason;
}

#define FAIL(kind)                                                                                           \
    va_list ap;                                                                                              \
    va_start(ap, fmt);                                                                                       \
    fail(r, (kind), reason, arena_vfmt(r->a, fmt, ap));                                                      \
    va_end(ap)

enum step_result run_fail(struct run *r, enum err_kind kind, const char *reason, const char *fmt, ...) {
    FAIL(kind);
    return STEP_FAILED;
}

enum step_result run_stall(struct run *r, const char *reason, const char *fmt, ...) {
    FAIL(ERR_INVALID);
    return STEP_STALLED;
}

enum step_result run_wait(struct run *r, int64_t retry_ns, const char *reason, const char *fmt, ...) {
    FAIL(ERR_NOT_FOUND);
    r->retry_ns = retry_ns;
    return STEP_WAIT;
}

/* ---- events ---- */

void run_event_meta(struct run *r, const char *key, const char *value) {
    const char *full = arena_fmt(r->a, "%s/%s", r->kind->group, key);
    value_set(r->a, r->inner->event_meta, full, text_empty(value) ? NULL : value_string(r->a, value));
}

static void event_now(struct run *r, enum event_severity severity, const char *reason, const char *key,
                      const char *value, const char *message) {
    struct value *meta = r->inner->event_meta;
    if (key) {
        meta = value_copy(r->a, meta);
        value_set(r->a, meta, arena_fmt(r->a, "%s/%s", r->kind->group, key), value_string(r->a, value));
    }
    runtime_event(r->rt, &(struct event) { .object = r->before,
                                           .severity = severity,
                                           .reason = reason,
                                           .message = message,
                                           .metadata = meta });
}

void run_event(struct run *r, enum event_severity severity, const char *reason, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    event_now(r, severity, reason, NULL, NULL, arena_vfmt(r->a, fmt, ap));
    va_end(ap);
}

void run_event_with(struct run *r, enum event_severity severity, const char *reason, const char *key,
                    const char *value, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    event_now(r, severity, reason, key, value, arena_vfmt(r->a, fmt, ap));
    va_end(ap);
}

/* ---- endings ---- */

static const char *fail_reason(const struct run *r) {
    const struct step *s = r->inner->last_step;
    return r->err.reason ? r->err.reason : s && s->fail_reason ? s->fail_reason : REASON_FAILED;
}

static void fail_event(struct run *r) {
    if (!r->quiet)
        run_event(r, EVENT_ERROR, fail_reason(r), "%s", r->fail_message ? r->fail_message : r->err.msg);
}

static void observe(struct run *r) {
    value_set(r->a, r->status, "observedGeneration", value_int(r->a, r->generation));
}

void finish_ready(struct run *r, enum step_result result) {
    int64_t now = now_wall_ns();
    switch (result) {
    case STEP_FAILED:
    case STEP_WAIT:
        condition_set(r->a, r->object, now, CONDITION_READY, CONDITION_FALSE, fail_reason(r), "%s",
                      r->err.msg);
        condition_delete(r->object, CONDITION_STALLED);
        condition_set_reason(r->a, r->object, now, CONDITION_RECONCILING, REASON_PROGRESSING_WITH_RETRY);
        if (result == STEP_FAILED)
            fail_event(r);
        return;
    case STEP_STALLED:
        condition_set(r->a, r->object, now, CONDITION_READY, CONDITION_FALSE, fail_reason(r), "%s",
                      r->err.msg);
        condition_set(r->a, r->object, now, CONDITION_STALLED, CONDITION_TRUE, fail_reason(r), "%s",
                      r->err.msg);
        observe(r);
        fail_event(r);
        return;
    case STEP_NEXT:
    case STEP_DONE:
        condition_delete(r->object, CONDITION_RECONCILING);
        condition_delete(r->object, CONDITION_STALLED);
        if (r->ok_message)
            condition_set(r->a, r->object, now, CONDITION_READY, CONDITION_TRUE,
                          r->ok_reason ? r->ok_reason : REASON_SUCCEEDED, "%s", r->ok_message);
        if (condition_is(r->object, CONDITION_READY, CONDITION_TRUE))
            observe(r);
        return;
    case STEP_SUSPENDED:
        if (condition_is(r->object, CONDITION_READY, CONDITION_TRUE))
            observe(r);
        return;
    case STEP_PARK:
    case STEP_RESTART:
    case STEP_DELETED: return;
    }
}

static void summarize(struct run *r, int64_t now) {
    if (r->kind->summary)
        condition_summarize(r->a, r->object, now, CONDITION_READY, r->kind->summary);
}

void finish_summary(struct run *r, enum step_result result) {
    int64_t now = now_wall_ns();
    switch (result) {
    case STEP_FAILED:
    case STEP_WAIT:
        condition_delete(r->object, CONDITION_STALLED);
        summarize(r, now);
        condition_set_reason(r->a, r->object, now, CONDITION_RECONCILING, REASON_PROGRESSING_WITH_RETRY);
        if (result == STEP_FAILED)
            fail_event(r);
        return;
    case STEP_STALLED:
        condition_set(r->a, r->object, now, CONDITION_STALLED, CONDITION_TRUE, fail_reason(r), "%s",
                      r->err.msg);
        summarize(r, now);
        observe(r);
        fail_event(r);
        return;
    case STEP_NEXT:
    case STEP_DONE:
        condition_delete(r->object, CONDITION_STALLED);
        if (r->requeue_backoff)
            condition_set_reason(r->a, r->object, now, CONDITION_RECONCILING, REASON_PROGRESSING_WITH_RETRY);
        else
            condition_delete(r->object, CONDITION_RECONCILING);
        summarize(r, now);
        if (!r->requeue_backoff)
            observe(r);
        return;
    case STEP_SUSPENDED:
        condition_delete(r->object, CONDITION_STALLED);
        condition_set_reason(r->a, r->object, now, CONDITION_RECONCILING, REASON_PROGRESSING_WITH_RETRY);
        if (value_len(value_get(r->status, "conditions")))
            observe(r);
        return;
    case STEP_PARK:
    case STEP_RESTART:
    case STEP_DELETED: return;
    }
}
