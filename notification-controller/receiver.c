// SPDX-License-Identifier: Apache-2.0
// The Receiver kind: checks the spec, reads the token, gives the webhook its path.
#include "notification-controller/receiver.h"

#include "common/base/timeutil.h"
#include "common/crypto/digest.h"
#include "common/runtime/daemon.h"
#include "notification-controller/hook_filter.h"

#define TERMINAL "Reconciliation failed terminally due to configuration error: "

#define S struct receiver_spec
static const struct field receiver_fields[] = {
    { "type", STRING(S, type) },
    { "interval", DURATION(S, interval_ns), .value_if_absent = "10m" },
    { "secretRef", NAME_REF(S, secret) },
    { "events", STRINGS(S, events) },
    { "resources", OBJECTS(S, resources, n_resources, struct object_ref), .fields = object_ref_fields },
    { "resourceFilter", STRING(S, resource_filter) },
    { "oidcProviders", ANY_VALUE(S, oidc_providers) },
    { "suspend", BOOL(S, suspend) },
    { 0 },
};

bool receiver_read(struct arena *a, const struct value *receiver, struct receiver_spec *out,
                   struct err *err) {
    return fields_read(a, receiver_fields, "spec", value_get(receiver, "spec"), out, sizeof *out, err);
}

const char *receiver_path(struct arena *a, struct str token, const char *name, const char *ns) {
    autohasher h = { 0 };
    struct digest d;
    hasher_init(&h, DIGEST_SHA256);
    hasher_add(&h, token.p, token.n);
    hasher_add(&h, name, strlen(name));
    hasher_add(&h, ns, strlen(ns));
    hasher_finish(&h, &d);
    return arena_fmt(a, "/hook/%s", digest_hex(a, &d));
}

/* ---- steps ---- */

// Every CEL expression of the spec compiles; else the Receiver is stalled.
static bool filters_compile(struct run *r, const struct receiver_spec *spec, struct err *err) {
    struct cel_expression *e;
    if (!hook_filter_compile(r->a, spec->resource_filter, &e, err))
        return false;
    for (size_t i = 0; i < spec->n_resources; i++)
        if (!hook_filter_compile(r->a, spec->resources[i].filter, &e, err))
            return err_wrap(err, "spec.resources[%zu].filter", i);
    return true;
}

static enum step_result step_validate(struct run *r) {
    const struct receiver_spec *spec = r->spec;
    bool oidc = text_eq(spec->type, "generic-oidc"), has_oidc = value_len(spec->oidc_providers) > 0;
    run_progress(r, false, REASON_PROGRESSING, "Reconciliation in progress");
    if (oidc && !has_oidc)
        return run_stall(r, "ValidationFailed",
                         TERMINAL "oidcProviders is required when type is generic-oidc");
    if (oidc && spec->secret)
        return run_stall(r, "ValidationFailed",
                         TERMINAL "secretRef is not allowed when type is generic-oidc");
    if (!oidc && has_oidc)
        return run_stall(r, "ValidationFailed",
                         TERMINAL "oidcProviders is only allowed when type is generic-oidc");
    if (!oidc && !spec->secret)
        return run_stall(r, "ValidationFailed",
                         TERMINAL "secretRef is required when type is not generic-oidc");
    if (!hook_type_supported(spec->type))
        return run_stall(r, "NotSupported", TERMINAL "receiver type '%s' is not supported by this version",
                         spec->type);
    struct err err = { .a = r->a };
    if (!filters_compile(r, spec, &err))
        return run_stall(r, REASON_INVALID_CEL, TERMINAL "%s", err.msg);
    return STEP_NEXT;
}

static enum step_result no_token(struct run *r, enum err_kind kind, const char *message) {
    value_remove(r->status, "webhookPath");
    run_event(r, EVENT_ERROR, REASON_FAILED, "%s", message);
    r->quiet = true;
    return run_fail(r, kind, "TokenNotFound", "%s", message);
}

static enum step_result step_path(struct run *r) {
    const struct receiver_spec *spec = r->spec;
    struct value *secret = NULL;
    struct err err = { .a = r->a };
    if (!runtime_secret(r->rt, r->a, r->ns, spec->secret, &secret, &err))
        return no_token(r, err.kind,
                        arena_fmt(r->a, "unable to read token from secret '%s/%s' error: %s", r->ns,
                                  spec->secret, err.msg));
    const struct value *token = value_get(secret, "token");
    if (!token)
        return no_token(
            r, ERR_INVALID,
            arena_fmt(r->a, "invalid '%s/%s' secret data: required fields 'token'", r->ns, spec->secret));
    const char *path = receiver_path(r->a, token->s, r->name, r->ns);
    value_set(r->a, r->status, "webhookPath", value_string(r->a, path));
    r->ok_reason = REASON_SUCCEEDED;
    r->ok_message = arena_fmt(r->a, "Receiver initialized for path: %s", path);
    run_event(r, EVENT_INFO, REASON_SUCCEEDED, "Reconciliation finished, next run in %s",
              duration_fmt(r->a, spec->interval_ns));
    return STEP_NEXT;
}

static const struct step receiver_steps[] = {
    { "validate", step_validate, .fail_reason = "ValidationFailed" },
    { "path", step_path, .fail_reason = "TokenNotFound" },
    { 0 },
};

/* ---- the Secrets they use ---- */

static void receiver_refs(struct ref_list *out, const struct value *object) {
    ref_add(out, "Secret", object_ns(object),
            value_text(value_at(object, "spec", "secretRef", "name", NULL), NULL));
}

static bool watches_configs(const struct runtime *rt) {
    return !runtime_gate(rt, "DisableConfigWatchers");
}

static const char *config_selector(const struct runtime *rt) {
    return runtime_flags(rt)->watch_configs_label_selector;
}

static const struct kind_watch receiver_watches[] = {
    { .group = "",
      .version = "v1",
      .name = "Secret",
      .plural = "secrets",
      .metadata_only = true,
      .wanted = watches_configs,
      .label_selector = config_selector },
    { 0 },
};

const struct kind kind_receiver = {
    .group = "notification.toolkit.fluxcd.io",
    .version = "v1",
    .name = "Receiver",
    .plural = "receivers",
    .spec_size = sizeof(struct receiver_spec),
    .fields = receiver_fields,
    .steps = receiver_steps,
    .refs = receiver_refs,
    .watches = receiver_watches,
    .no_jitter = true,
};
