// SPDX-License-Identifier: Apache-2.0
// The kind Kustomization: what it refers to, what of those concerns it, its steps and how a pass ends.
#include "kustomize-controller/kustomization.h"

#include "common/base/timeutil.h"

/* ---- references ---- */

static void add_source(struct ref_list *out, const struct value *spec, const char *own_ns) {
    const struct value *ref = value_get(spec, "sourceRef");
    const char *ns = value_text(value_get(ref, "namespace"), "");
    ref_add(out, value_text(value_get(ref, "kind"), ""), text_empty(ns) ? own_ns : ns,
            value_text(value_get(ref, "name"), ""));
}

static void add_name(struct ref_list *out, const char *kind, const char *ns, const struct value *ref) {
    ref_add(out, kind, ns, value_text(value_get(ref, "name"), ""));
}

static void references(struct ref_list *out, const struct value *object) {
    const struct value *spec = value_get(object, "spec"),
                       *from = value_at(spec, "postBuild", "substituteFrom", NULL);
    const char *ns = object_ns(object);
    add_source(out, spec, ns);
    for (size_t i = 0; value_is(from, VALUE_LIST) && i < value_len(from); i++)
        add_name(out, value_text(value_get(value_item(from, i), "kind"), ""), ns, value_item(from, i));
    add_name(out, "Secret", ns, value_at(spec, "kubeConfig", "secretRef", NULL));
    add_name(out, "ConfigMap", ns, value_at(spec, "kubeConfig", "configMapRef", NULL));
    add_name(out, "Secret", ns, value_at(spec, "decryption", "secretRef", NULL));
}

/* ---- what of a source matters ---- */

static const char *revision_of(const struct value *source) {
    struct artifact artifact;
    return artifact_of(source, &artifact) ? artifact.revision : NULL;
}

// Flux: internal/controller/source_predicate.go
static bool source_matters(const struct value *before, const struct value *after) {
    if (!before)
        return true;
    if (!after)
        return revision_of(before) != NULL;
    const char *now = revision_of(after);
    return now && !text_eq(revision_of(before), now);
}

// At that revision already, or at work on it.
static bool is_at_revision(const struct value *ours, const struct value *source) {
    const char *revision = revision_of(source),
               *attempted = value_text_at(ours, "status", "lastAttemptedRevision", NULL);
    bool busy = condition_is(ours, CONDITION_READY, CONDITION_TRUE) ||
                condition_is(ours, CONDITION_RECONCILING, CONDITION_TRUE);
    return busy && revision && text_eq(revision, attempted);
}

static bool version_changed(const struct value *before, const struct value *after) {
    return !before || !after || !text_eq(object_resource_version(before), object_resource_version(after));
}

static bool external_artifacts(const struct runtime *rt) {
    return runtime_gate(rt, "ExternalArtifact");
}

static bool config_watchers(const struct runtime *rt) {
    return !runtime_gate(rt, "DisableConfigWatchers");
}

static const char *config_selector(const struct runtime *rt) {
    return runtime_flags(rt)->watch_configs_label_selector;
}

#define SOURCE(kind, plural_name)                                                                            \
    .group = "source.toolkit.fluxcd.io", .version = "v1", .name = kind, .plural = plural_name,               \
    .relevant = source_matters, .skip = is_at_revision
#define CONFIG(kind, plural_name)                                                                            \
    .group = "", .version = "v1", .name = kind, .plural = plural_name, .metadata_only = true,                \
    .wanted = config_watchers, .label_selector = config_selector, .relevant = version_changed

static const struct kind_watch watches[] = {
    { SOURCE("GitRepository", "gitrepositories") },
    { SOURCE("OCIRepository", "ocirepositories") },
    { SOURCE("Bucket", "buckets") },
    { SOURCE("ExternalArtifact", "externalartifacts"), .wanted = external_artifacts },
    { CONFIG("Secret", "secrets") },
    { CONFIG("ConfigMap", "configmaps") },
    { 0 },
};

/* ---- the end of a pass ---- */

static void add_history(struct run *r, const char *outcome) {
    const struct ks_state *st = ks_state(r);
    struct value *metadata = value_map(r->a);
    value_set(r->a, metadata, "revision", value_string(r->a, st->revision));
    if (!text_empty(st->origin))
        value_set(r->a, metadata, "originRevision", value_string(r->a, st->origin));
    history_upsert(r->a, r->status, st->digest, outcome, now_wall_ns(), now_mono_ns() - r->started_ns,
                   metadata);
}

enum step_result step_done(struct run *r) {
    const struct ks_state *st = ks_state(r);
    value_set(r->a, r->status, "lastAppliedRevision", value_string(r->a, st->revision));
    value_set(r->a, r->status, "lastAppliedOriginRevision",
              text_empty(st->origin) ? NULL : value_string(r->a, st->origin));
    r->ok_reason = REASON_RECONCILED;
    r->ok_message = arena_fmt(r->a, "Applied revision: %s", st->revision);
    add_history(r, REASON_RECONCILED);
    return STEP_NEXT;
}

// Did this pass bring anything that somebody might want to hear of?
static bool is_news(const struct run *r) {
    const struct ks_state *st = ks_state(r);
    const char *last = value_text_at(r->before, "status", "lastAppliedRevision", NULL);
    return st->drifted || st->resumed || r->request_is_new ||
           !condition_is(r->before, CONDITION_READY, CONDITION_TRUE) || !text_eq(last, st->revision) ||
           value_int_or(value_get(value_get(r->before, "status"), "observedGeneration"), -1) != r->generation;
}

static void finish(struct run *r, enum step_result result) {
    const struct value *observed = value_copy(r->a, value_get(r->status, "observedGeneration"));
    bool news = r->state && is_news(r);
    if (result == STEP_FAILED && r->state && ks_state(r)->digest && r->err.reason &&
        !text_eq(r->err.reason, REASON_BUILD_FAILED))
        add_history(r, r->err.reason);
    finish_ready(r, result);
    bool terminal_elsewhere =
        text_eq(r->err.reason, REASON_ACCESS_DENIED) || text_eq(r->err.reason, REASON_GATE_DISABLED);
    if (result == STEP_STALLED && terminal_elsewhere) // upstream leaves the generation unobserved
        value_set(r->a, r->status, "observedGeneration", value_copy(r->a, observed));
    if ((result == STEP_NEXT || result == STEP_DONE) && news)
        run_event_with(r, EVENT_INFO, REASON_RECONCILED, "commit_status", "update",
                       "Reconciliation finished in %s, next run in %s",
                       duration_fmt(r->a, now_mono_ns() - r->started_ns), duration_fmt(r->a, r->interval_ns));
}

static const struct step steps[] = {
    { "source", step_source, .fail_reason = REASON_ARTIFACT_FAILED },
    { "depends", step_depends, .fail_reason = REASON_DEPENDENCY_NOT_READY },
    { "build", step_build, .fail_reason = REASON_BUILD_FAILED },
    { "apply", step_apply, .fail_reason = REASON_RECONCILE_FAILED },
    { "prune", step_prune, .fail_reason = REASON_PRUNE_FAILED },
    { "health", step_health, .fail_reason = REASON_HEALTH_FAILED },
    { "done", step_done, .fail_reason = REASON_RECONCILE_FAILED },
    { 0 },
};

const struct kind kind_kustomization = {
    .group = GROUP,
    .version = "v1",
    .name = "Kustomization",
    .plural = "kustomizations",
    .spec_size = sizeof(struct ks_spec),
    .fields = ks_fields,
    .state_size = sizeof(struct ks_state),
    .steps = steps,
    .on_delete = ks_delete,
    .finish = finish,
    .refs = references,
    .watches = watches,
    .field_owner = "gotk-kustomize-controller",
    .wait_step = "health",
};
