// SPDX-License-Identifier: Apache-2.0
// The Alert kind and the matching of events.
#include "notification-controller/alert.h"

#include "common/runtime/status.h"
#include "common/text/regex.h"

#define R struct object_ref
const struct field object_ref_fields[] = {
    { "apiVersion", STRING(R, api_version) },
    { "kind", STRING(R, kind), .flags = FIELD_REQUIRED },
    { "name", STRING(R, name), .flags = FIELD_REQUIRED },
    { "namespace", STRING(R, ns) },
    { "matchLabels", STRING_MAP(R, labels) },
    { "filter", STRING(R, filter) },
    { 0 },
};
#undef R

#define S struct alert_spec
static const struct field alert_fields[] = {
    { "providerRef", NAME_REF(S, provider), .flags = FIELD_REQUIRED },
    { "eventSeverity", STRING(S, severity), .value_if_absent = "info" },
    { "eventSources", OBJECTS(S, sources, n_sources, struct object_ref), .fields = object_ref_fields },
    { "inclusionList", STRINGS(S, inclusions) },
    { "exclusionList", STRINGS(S, exclusions) },
    { "eventMetadata", STRING_MAP(S, event_metadata) },
    { "summary", STRING(S, summary) },
    { "suspend", BOOL(S, suspend) },
    { 0 },
};
#undef S

bool alert_read(struct arena *a, const struct value *alert, struct alert_spec *out, struct err *err) {
    return fields_read(a, alert_fields, "spec", value_get(alert, "spec"), out, sizeof *out, err);
}

/* ---- matching ---- */

bool alert_source_matches(const struct alert_spec *alert, const struct object_ref *source,
                          const char *alert_ns, const struct notice *n) {
    const char *ns = text_empty(source->ns) ? alert_ns : source->ns;
    bool severity = text_eq(alert->severity, "info") || text_eq(alert->severity, n->severity);
    return severity && text_eq(ns, n->ns) && text_eq(source->kind, n->kind) &&
           (text_eq(source->name, "*") || text_eq(source->name, n->name));
}

bool labels_match(const struct value *labels, const struct value *wanted) {
    for (size_t i = 0; value_is(wanted, VALUE_MAP) && i < wanted->map.n; i++) {
        const struct value *have = value_get_n(labels, wanted->map.pairs[i].key);
        if (!value_is(have, VALUE_STRING) || !str_eq(have->s, wanted->map.pairs[i].value->s))
            return false;
    }
    return true;
}

struct pattern_list {
    const char *name;
    const char *const *patterns;
};

static bool any_matches(struct arena *a, const struct pattern_list *list, struct str message,
                        void (*bad)(void *arg, const char *list, const char *pattern, const char *message),
                        void *arg) {
    bool found = false;
    for (const char *const *p = list->patterns; *p; p++) {
        struct arena_mark m = arena_mark(a);
        struct err err = { .a = a };
        struct regex *re = NULL;
        if (regex_compile(a, *p, &re, &err))
            found |= regex_match(re, message);
        else
            bad(arg, list->name, *p, err.msg);
        arena_rewind(a, m);
    }
    return found;
}

bool alert_message_passes(struct arena *a, const struct alert_spec *alert, const char *message,
                          void (*bad)(void *arg, const char *list, const char *pattern, const char *message),
                          void *arg) {
    const struct pattern_list in = { "inclusion", alert->inclusions },
                              out = { "exclusion", alert->exclusions };
    struct str text = str_of(message);
    if (alert->inclusions[0] && !any_matches(a, &in, text, bad, arg))
        return false;
    return !any_matches(a, &out, text, bad, arg);
}

/* ---- the kind ---- */

static bool drop_finalizer(struct run *r) {
    if (!object_has_finalizer(r->object, "finalizers.fluxcd.io"))
        return true;
    if (!run_finalizer_remove(r, &r->err))
        return false;
    run_event(r, EVENT_INFO, "Migration", "removed the finalizer of an earlier version");
    return true;
}

static enum step_result step_migrate(struct run *r) {
    return drop_finalizer(r) ? STEP_NEXT : STEP_FAILED;
}

static const struct step alert_steps[] = {
    { "migrate", step_migrate },
    { 0 },
};

const struct kind kind_alert = {
    .group = "notification.toolkit.fluxcd.io",
    .version = "v1beta3",
    .name = "Alert",
    .plural = "alerts",
    .steps = alert_steps,
    .on_delete = step_migrate,
    .no_finalizer = true,
    .no_status = true,
};
