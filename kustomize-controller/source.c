// SPDX-License-Identifier: Apache-2.0
/* Steps source and depends: the artifact, and the Kustomizations that must be ready before.
 * Flux: kustomization_controller.go#getSource, #checkDependencies */
#include "kustomize-controller/exprs.h"
#include "kustomize-controller/kustomization.h"

#include "common/base/timeutil.h"

#define GRACE_NS NS_PER_S
#define GRACE "grace"

const char *ks_source_ns(const struct run *r) {
    const char *ns = ks_spec(r)->source->ns;
    return text_empty(ns) ? r->ns : ns;
}

struct value *ks_find_source(struct run *r, struct err *err) {
    const struct ks_source_ref *ref = ks_spec(r)->source;
    struct value *source = NULL;
    if (!runtime_gate(r->rt, "DirectSourceFetch"))
        source = runtime_find(r->rt, r->a, ref->kind, ks_source_ns(r), ref->name);
    if (source)
        return source;
    // Not in the store: it is another shard's, not watched, or not there.
    if (runtime_get(r->rt, r->a, "source.toolkit.fluxcd.io/v1", ref->kind, ks_source_ns(r), ref->name,
                    &source, err))
        return source;
    if (err->kind == ERR_NOT_FOUND)
        err_clear(err);
    return NULL;
}

const char *ks_origin(const struct artifact *artifact) {
    return value_text(value_get(artifact->metadata, "org.opencontainers.image.revision"), "");
}

void ks_event_meta(struct run *r, const char *revision, const char *origin) {
    run_event_meta(r, "revision", revision);
    run_event_meta(r, "originRevision", origin);
}

static enum step_result check_access(struct run *r) {
    const struct ks_source_ref *ref = ks_spec(r)->source;
    const char *subject = arena_fmt(r->a, "%s/%s/%s", ref->kind, ks_source_ns(r), ref->name);
    if (runtime_flags(r->rt)->no_cross_namespace_refs && !text_eq(ks_source_ns(r), r->ns))
        return run_stall(r, REASON_ACCESS_DENIED,
                         "can't access '%s', cross-namespace references have been blocked", subject);
    if (text_eq(ref->kind, "ExternalArtifact") && !runtime_gate(r->rt, "ExternalArtifact"))
        return run_stall(r, REASON_ACCESS_DENIED,
                         "can't access '%s', ExternalArtifact feature gate is disabled", subject);
    return STEP_NEXT;
}

static const char *dependency_retry(struct run *r) {
    return duration_fmt(r->a, runtime_flags(r->rt)->requeue_dependency_ns);
}

#define TERMINAL "Reconciliation failed terminally due to configuration error: "

// What no retry can mend is said before anything is touched.
static enum step_result check_spec(struct run *r) {
    const struct ks_spec *s = ks_spec(r);
    struct err err = { .a = r->a };
    struct health_exprs exprs;
    if (!health_exprs_compile(r->a, s->health_exprs, &exprs, &err))
        return run_stall(r, REASON_INVALID_CEL, TERMINAL "%s", err.msg);
    if (!text_empty(value_text(value_get(s->decryption, "serviceAccountName"), "")) &&
        !runtime_gate(r->rt, "ObjectLevelWorkloadIdentity"))
        return run_stall(
            r, REASON_GATE_DISABLED,
            "to use spec.decryption.serviceAccountName for decryption authentication please enable the "
            "ObjectLevelWorkloadIdentity feature gate in the controller");
    return STEP_NEXT;
}

enum step_result step_source(struct run *r) {
    struct ks_state *st = ks_state(r);
    const struct ks_source_ref *ref = ks_spec(r)->source;
    enum step_result result = check_spec(r);
    result = result == STEP_NEXT ? check_access(r) : result;
    if (result != STEP_NEXT)
        return result;
    struct err err = { .a = r->a };
    st->source = ks_find_source(r, &err);
    if (err.kind != ERR_NONE) {
        r->quiet = true;
        r->retry_interval_ns = 0; // upstream: exponential back-off
        return run_fail(r, err.kind, REASON_ARTIFACT_FAILED, "unable to get source '%s/%s': %s",
                        ks_source_ns(r), ref->name, err.msg);
    }
    if (!st->source)
        return run_wait(r, ks_retry_interval(ks_spec(r)), REASON_ARTIFACT_FAILED,
                        "%s.source.toolkit.fluxcd.io \"%s\" not found", ref->kind, ref->name);
    if (!artifact_of(st->source, &st->artifact))
        return run_wait(r, 0, REASON_ARTIFACT_FAILED, "Source artifact not found, retrying in %s",
                        dependency_retry(r));
    st->revision = st->artifact.revision;
    st->origin = ks_origin(&st->artifact);
    ks_event_meta(r, st->revision, st->origin);
    return STEP_NEXT;
}

/* ---- dependencies ---- */

static const char *own_source_ns(const struct value *o) {
    const char *ns = value_text_at(o, "spec", "sourceRef", "namespace", NULL);
    return text_empty(ns) ? object_ns(o) : ns;
}

static bool same_source(const struct value *x, const struct value *y) {
    return text_eq(value_text_at(x, "spec", "sourceRef", "kind", NULL),
                   value_text_at(y, "spec", "sourceRef", "kind", NULL)) &&
           text_eq(value_text_at(x, "spec", "sourceRef", "name", NULL),
                   value_text_at(y, "spec", "sourceRef", "name", NULL)) &&
           text_eq(own_source_ns(x), own_source_ns(y));
}

static bool is_ready(const struct value *dep) {
    int64_t observed = value_int_or(value_at(dep, "status", "observedGeneration", NULL), -1);
    return object_generation(dep) == observed && condition_is(dep, CONDITION_READY, CONDITION_TRUE);
}

// NULL: it is ready. *out_soon: it is at work on what we wait for.
static const char *built_in_check(struct run *r, const char *id, const struct value *dep, bool *out_soon) {
    bool working = !condition_is(dep, CONDITION_READY, CONDITION_FALSE);
    if (!is_ready(dep)) {
        *out_soon = working;
        return arena_fmt(r->a, "dependency '%s' is not ready", id);
    }
    const char *applied = value_text_at(dep, "status", "lastAppliedRevision", NULL);
    if (same_source(dep, r->object) && !text_eq(applied, ks_state(r)->revision)) {
        *out_soon = working;
        return arena_fmt(r->a, "dependency '%s' revision is not up to date", id);
    }
    return NULL;
}

/* As built_in_check; an expression goes before it or, without the gate, instead of it. *out_terminal: the expression does not compile. */
static const char *why_not_ready(struct run *r, const struct ks_dependency *d, const char *id,
                                 const struct value *dep, bool *out_soon, bool *out_terminal) {
    struct err err = { .a = r->a };
    bool ready = true;
    if (!text_empty(d->ready_expr) &&
        !ready_expr_eval(r->a, d->ready_expr, r->object, dep, &ready, out_terminal, &err))
        return err.msg;
    if (!ready)
        return arena_fmt(r->a, "dependency '%s' is not ready according to readyExpr eval", id);
    if (!text_empty(d->ready_expr) && !runtime_gate(r->rt, "AdditiveCELDependencyCheck"))
        return NULL;
    return built_in_check(r, id, dep, out_soon);
}

static enum step_result not_ready(struct run *r, const char *why) {
    struct condition before;
    bool known = condition_get(r->before, CONDITION_READY, &before) &&
                 text_eq(before.reason, REASON_DEPENDENCY_NOT_READY) && text_eq(before.message, why);
    if (!known) {
        run_set(r, CONDITION_READY, CONDITION_FALSE, REASON_DEPENDENCY_NOT_READY, "%s", why);
        run_event(r, EVENT_INFO, REASON_DEPENDENCY_NOT_READY,
                  "Dependencies do not meet ready condition, retrying in %s", dependency_retry(r));
    }
    return run_wait(r, 0, REASON_DEPENDENCY_NOT_READY, "%s", why);
}

/* A dependency that is just being reconciled gets a moment before the status says that we wait for it: on every commit all
 * Kustomizations of a source start together, and most dependencies are through in milliseconds. */
static bool may_wait_silently(const struct run *r, bool soon) {
    bool used = (r->wake & WAKE_DEADLINE) && str_is(r->record, GRACE);
    bool waits_already = text_eq(condition_reason(r->before, CONDITION_READY), REASON_DEPENDENCY_NOT_READY);
    return soon && !used && !waits_already && condition_has(r->before, CONDITION_READY);
}

static enum step_result wait_silently(struct run *r) {
    bool again = r->resume_step && str_is(r->record, GRACE);
    int64_t deadline_ns = again ? r->park_deadline_ns : now_mono_ns() + GRACE_NS;
    return park_until(r, "source", deadline_ns, GRACE, strlen(GRACE));
}

static struct value *find_dependency(struct run *r, const char *ns, const char *name, struct err *err) {
    struct value *dep = runtime_find(r->rt, r->a, "Kustomization", ns, name);
    if (dep || runtime_get(r->rt, r->a, GROUP "/v1", "Kustomization", ns, name, &dep, err))
        return dep;
    return NULL;
}

enum step_result step_depends(struct run *r) {
    const struct ks_spec *s = ks_spec(r);
    const char *why = NULL;
    bool all_soon = true;
    for (size_t i = 0; i < s->n_depends; i++) {
        const struct ks_dependency *d = &s->depends[i];
        const char *ns = text_empty(d->ns) ? r->ns : d->ns, *id = arena_fmt(r->a, "%s/%s", ns, d->name);
        struct err err = { .a = r->a };
        struct value *dep = find_dependency(r, ns, d->name, &err);
        bool soon = false, terminal = false;
        const char *reason = dep ? why_not_ready(r, d, id, dep, &soon, &terminal)
                                 : arena_fmt(r->a, "dependency '%s' not found: %s", id, err.msg);
        if (terminal)
            return run_stall(r, REASON_INVALID_CEL, TERMINAL "terminal error: %s", reason);
        if (!reason)
            continue;
        park_on_ready(r, "Kustomization", ns, d->name, dep ? object_resource_version(dep) : NULL);
        all_soon &= soon;
        why = why ? why : reason; // upstream names the first
    }
    if (!why) {
        if (str_is(r->record, GRACE))
            r->park_deadline_ns = 0; // it was the grace's, not a health check's
        return STEP_NEXT;
    }
    return may_wait_silently(r, all_soon) ? wait_silently(r) : not_ready(r, why);
}
