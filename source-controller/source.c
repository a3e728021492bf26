// SPDX-License-Identifier: Apache-2.0
/* What all source kinds do alike. Flux: source-controller internal/controller (reconcileStorage, notify,
 * reconcileDelete), internal/reconcile/summarize. */
#include "source-controller/source.h"

#include "common/base/log.h"
#include "common/base/timeutil.h"

enum step_result source_fail(struct run *r, const char *condition, const char *reason, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *message = arena_vfmt(r->a, fmt, ap);
    va_end(ap);
    enum err_kind kind = r->err.kind == ERR_NONE ? ERR_IO : r->err.kind;
    err_clear(&r->err);
    run_set(r, condition, CONDITION_TRUE, reason, "%s", message);
    return run_fail(r, kind, reason, "%s", message);
}

enum step_result source_stall(struct run *r, const char *condition, const char *reason, const char *fmt,
                              ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *message = arena_vfmt(r->a, fmt, ap);
    va_end(ap);
    err_clear(&r->err);
    run_set(r, condition, CONDITION_TRUE, reason, "%s", message);
    return run_stall(r, reason, "%s", message);
}

const struct value *source_artifact(const struct value *object) {
    const struct value *artifact = value_at(object, "status", "artifact", NULL);
    return value_is(artifact, VALUE_MAP) ? artifact : NULL;
}

/* ---- storage ---- */

static void collect_garbage(struct run *r, const char *path) {
    struct err err = { .a = r->a };
    size_t n;
    if (!storage_collect(source_storage(), path, now_wall_ns(), &n, &err))
        log_debug("garbage collection of artifacts failed",
                  LOG_STR("error", err.msg)); // ignored, as upstream
    else if (n > 0)
        log_info("garbage collected artifacts", LOG_INT("count", (int64_t)n));
}

// Is the advertised file there and unchanged? A damaged one is removed. *failed: it could not be removed.
static bool still_stored(struct run *r, const struct value *artifact, bool *failed) {
    const struct storage *s = source_storage();
    const char *path = value_text(value_get(artifact, "path"), "");
    struct err err = { .a = r->a };
    *failed = false;
    if (!storage_exists(s, path))
        return false;
    if (storage_verify(s, path, value_text(value_get(artifact, "digest"), ""), &err))
        return true;
    run_event(r, EVENT_ERROR, "ArtifactVerificationFailed", "failed to verify integrity of artifact: %s",
              err.msg);
    err_clear(&err);
    if (!storage_remove(s, path, &r->err)) {
        err_wrap(&r->err, "failed to remove artifact after digest mismatch");
        *failed = true;
    }
    return false;
}

static enum step_result begin_pass(struct run *r) {
    struct err err = { .a = r->a };
    int64_t observed = value_int_or(value_get(r->status, "observedGeneration"), -1);
    run_progress(r, false, REASON_PROGRESSING, "reconciliation in progress");
    if (observed == r->generation)
        return STEP_NEXT;
    run_progress(r, false, REASON_PROGRESSING, "processing object: new generation %lld -> %lld",
                 (long long)observed, (long long)r->generation);
    if (status_flush(r, &err))
        return STEP_NEXT;
    return run_fail(r, err.kind, "PatchOperationFailed", "%s", err.msg);
}

enum step_result source_step_storage(struct run *r) {
    enum step_result result = begin_pass(r);
    if (result != STEP_NEXT)
        return result;
    condition_delete(r->object, CONDITION_STORAGE_FAILED);
    const struct value *artifact = source_artifact(r->object);
    bool missing = false, failed = false;
    if (artifact) {
        collect_garbage(r, value_text(value_get(artifact, "path"), ""));
        missing = !still_stored(r, artifact, &failed);
        if (failed)
            return STEP_FAILED;
    }
    if (artifact && !missing) {
        const char *url = storage_url(r->a, source_storage(), value_text(value_get(artifact, "path"), ""));
        value_set(r->a, value_get(r->status, "artifact"), "url", value_string(r->a, url));
        return STEP_NEXT;
    }
    value_remove(r->status, "artifact");
    run_progress(r, true, REASON_PROGRESSING, "building artifact%s",
                 missing ? ": disappeared from storage" : "");
    condition_delete(r->object, CONDITION_IN_STORAGE);
    return STEP_NEXT;
}

void source_set_artifact(struct run *r, const struct storage_write *w, const char *revision) {
    struct value *artifact = value_map(r->a);
    const char *replaced = value_text(value_get(source_artifact(r->object), "path"), NULL);
    if (replaced && !text_eq(replaced, w->path))
        storage_retire(source_storage(), replaced);
    value_set(r->a, artifact, "digest", value_string(r->a, digest_text(r->a, &w->digest)));
    value_set(r->a, artifact, "lastUpdateTime", value_string(r->a, time_fmt_rfc3339(r->a, now_wall_ns())));
    value_set(r->a, artifact, "path", value_string(r->a, w->path));
    value_set(r->a, artifact, "revision", value_string(r->a, revision));
    value_set(r->a, artifact, "size", value_int(r->a, (int64_t)w->size_bytes));
    value_set(r->a, artifact, "url", value_string(r->a, storage_url(r->a, source_storage(), w->path)));
    value_set(r->a, r->status, "artifact", artifact);
}

/* ---- the end of a pass ---- */

void source_finish(struct run *r, enum step_result result) {
    struct condition verified;
    finish_summary(r, result);
    if (condition_get(r->object, CONDITION_VERIFIED, &verified) && verified.status == CONDITION_FALSE)
        run_set(r, CONDITION_READY, CONDITION_FALSE, verified.reason, "%s", verified.message);
    bool success = result == STEP_NEXT || result == STEP_DONE;
    if (success && !r->suspended && !condition_is(r->object, CONDITION_READY, CONDITION_TRUE))
        r->requeue_backoff = true;
}

static bool recovered(const struct value *before, const struct value *now,
                      const char *const *fail_conditions) {
    bool failed_before = false;
    for (; *fail_conditions; fail_conditions++) {
        if (condition_is(now, *fail_conditions, CONDITION_TRUE))
            return false;
        failed_before |= condition_is(before, *fail_conditions, CONDITION_TRUE);
    }
    return failed_before;
}

void source_notify(struct run *r, const struct value *before, const char *const *fail_conditions,
                   const char *message) {
    const struct value *artifact = source_artifact(r->object);
    if (!artifact)
        return;
    const char *digest = value_text(value_get(artifact, "digest"), "");
    const char *reason = REASON_SUCCEEDED;
    if (!text_eq(digest, value_text(value_get(source_artifact(before), "digest"), "")))
        reason = "NewArtifact";
    else if (!recovered(before, r->object, fail_conditions))
        return;
    run_event_meta(r, "revision", value_text(value_get(artifact, "revision"), ""));
    run_event_meta(r, "digest", digest);
    run_event(r, EVENT_INFO, reason, "%s", message);
}

enum step_result source_delete(struct run *r) {
    bool there;
    if (!storage_remove_object(source_storage(), r->kind->name, r->ns, r->name, &there, &r->err)) {
        err_wrap(&r->err, "garbage collection for deleted resource failed");
        r->err.reason = "GarbageCollectionFailed";
        return STEP_FAILED;
    }
    if (there)
        run_event(r, EVENT_TRACE, "GarbageCollectionSucceeded",
                  "garbage collected artifacts for deleted resource");
    value_remove(r->status, "artifact");
    return STEP_DONE;
}
