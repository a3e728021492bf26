// SPDX-License-Identifier: Apache-2.0
/* From an event to the providers: which alerts match, what each is told, and what is said when that fails.
 * Flux: notification-controller/internal/server/event_handlers.go; contract/notification.md 3.4 to 3.6 */
#include "common/base/log.h"
#include "notification-controller/alert.h"
#include "notification-controller/notify.h"
#include "notification-controller/providers/providers.h"

#define ACCESS_DENIED                                                                                        \
    "discarding event, access denied to cross-namespace sources: alert '%s/%s' can't process event from "    \
    "'%s', "                                                                                                 \
    "cross-namespace references have been blocked"
#define NO_IDENTITY                                                                                          \
    "to use spec.serviceAccountName for provider authentication please enable the "                          \
    "ObjectLevelWorkloadIdentity "                                                                           \
    "feature gate in the controller"

// One alert that an event is dispatched to.
struct delivery {
    struct runtime *rt;
    struct arena *a;
    const struct value *alert;
    struct alert_spec spec;
    const char *ns, *name; // the alert's
    struct notice notice;
};

// What the task of one delivery sends.
struct letter {
    struct value *alert;
    struct provider provider;
    struct post post;
    const char *subject; // of the involved object
    const char *kind, *name, *ns;
};

static void alert_event(struct runtime *rt, const struct value *alert, const char *reason,
                        const char *message, const struct value *metadata) {
    runtime_event(rt, &(struct event) { .object = alert,
                                        .severity = EVENT_ERROR,
                                        .reason = reason,
                                        .message = message,
                                        .metadata = metadata });
}

static void log_failure(const char *what, const char *error, const char *kind, const char *name,
                        const char *ns) {
    log_error(what, LOG_STR("error", error), LOG_STR("reconciler kind", kind), LOG_STR("name", name),
              LOG_STR("namespace", ns));
}

/* ---- matching ---- */

struct search {
    struct arena *a;
    const struct notice *notice;
    struct value *found; // alerts of which a source matches, labels not looked at yet
};

static bool look_at_alert(void *arg, struct arena *scratch, const struct value *alert) {
    struct search *s = arg;
    struct alert_spec spec;
    struct err err = { .a = scratch };
    if (!alert_read(scratch, alert, &spec, &err)) {
        log_error("alert does not read", LOG_STR("error", err.msg), LOG_STR("name", object_name(alert)),
                  LOG_STR("namespace", object_ns(alert)));
        return true;
    }
    for (size_t i = 0; i < spec.n_sources && !spec.suspend; i++) {
        if (!alert_source_matches(&spec, &spec.sources[i], object_ns(alert), s->notice))
            continue;
        value_append(s->a, s->found, value_copy(s->a, alert));
        break;
    }
    return true;
}

// The object's labels, read once per event. false: they cannot be read (said on the alert).
static bool labels_of(struct delivery *d, const struct value **labels) {
    struct value *object = NULL;
    struct err err = { .a = d->a };
    const struct notice *n = &d->notice;
    *labels = NULL;
    if (!runtime_get(d->rt, d->a, n->api_version, n->kind, n->ns, n->name, &object, &err)) {
        const char *message =
            arena_fmt(d->a, "failed to fetch source %s: %s", notice_subject(d->a, n), err.msg);
        log_failure("error getting source object", err.msg, n->kind, n->name, n->ns);
        alert_event(d->rt, d->alert, "SourceFetchFailed", message, NULL);
        return false;
    }
    *labels = value_at(object, "metadata", "labels", NULL);
    return true;
}

static bool a_source_matches(struct delivery *d) {
    const struct value *labels = NULL;
    bool read = false, readable = true;
    for (size_t i = 0; i < d->spec.n_sources; i++) {
        const struct object_ref *source = &d->spec.sources[i];
        if (!alert_source_matches(&d->spec, source, d->ns, &d->notice))
            continue;
        if (!source->labels)
            return true;
        if (!read)
            readable = labels_of(d, &labels);
        read = true;
        if (readable && labels_match(labels, source->labels))
            return true;
    }
    return false;
}

static void bad_pattern(void *arg, const char *list, const char *pattern, const char *message) {
    struct delivery *d = arg;
    const char *text =
        arena_fmt(d->a, "failed to compile regex '%s' of the %s list: %s", pattern, list, message);
    log_failure("invalid alert", text, "Alert", d->name, d->ns);
    alert_event(d->rt, d->alert, "InvalidConfig", text, NULL);
}

static bool alert_wants(struct delivery *d) {
    autoarena scratch = { 0 };
    return a_source_matches(d) && alert_message_passes(&scratch, &d->spec, d->notice.message, bad_pattern, d);
}

/* ---- sending ---- */

static void send_letter(struct task *t) {
    struct letter *l = t->data;
    struct err err = { .a = &t->a };
    if (post_send(t, &l->provider, &l->post, &err))
        return;
    const char *error = mask_token(&t->a, err.msg, l->provider.token);
    log_failure("failed to send notification", error, l->kind, l->name, l->ns);
    alert_event(t->rt, l->alert, "NotificationDispatchFailed",
                arena_fmt(&t->a, "failed to send notification for %s: %s", l->subject, error), NULL);
}

// Events that this class of provider is not told of.
static bool is_for_class(enum provider_class class, const struct notice *n) {
    autoarena a = { 0 };
    bool update = text_eq(notice_meta(&a, n, "commit_status"), "update");
    switch (class) {
    case PROVIDER_CHAT: return !update;
    case PROVIDER_FORWARD: return true;
    case PROVIDER_COMMIT_STATUS: return update || is_error(n) || value_get(n->metadata, META_PREFIX "commit");
    case PROVIDER_COMMENT: return !update && value_get(n->metadata, META_PREFIX "change_request");
    }
    return true;
}

static void tell_conflicts(struct delivery *d, const struct value *conflicts) {
    if (!value_len(conflicts))
        return;
    const char *message = "several sources set the same metadata keys";
    log_info(message, LOG_STR("reconciler kind", d->notice.kind), LOG_STR("name", d->notice.name),
             LOG_STR("namespace", d->notice.ns));
    alert_event(d->rt, d->alert, "MetadataAppendFailed", message, conflicts);
}

static const struct provider_type *type_of(const struct provider *p, struct err *err) {
    const struct provider_type *type = provider_type_find(p->type);
    if (!type || !type->build)
        err_set(err, ERR_UNSUPPORTED,
                "failed to initialize notifier for provider '%s': provider type '%s' is %s", p->name, p->type,
                type ? "not supported by this version" : "unknown");
    return type && type->build ? type : NULL;
}

/* Fills the letter in the task's arena. *skip: there is nothing to tell, in order. */
static bool make_letter(struct delivery *d, struct task *t, struct letter *l, bool *skip, struct err *err) {
    struct notice n = d->notice;
    struct value *conflicts = NULL;
    *skip = true;
    if (runtime_flags(d->rt)->no_cross_namespace_refs && !text_eq(n.ns, d->ns))
        return err_set(err, ERR_AUTH, ACCESS_DENIED, d->ns, d->name, notice_subject(d->a, &n));
    if (!provider_load(d->rt, &t->a, d->ns, arena_strdup(&t->a, d->spec.provider), &l->provider, err))
        return false;
    if (l->provider.suspend)
        return true;
    const struct provider_type *known = provider_type_find(l->provider.type);
    if (known && !is_for_class(known->class, &n))
        return true;
    if (!text_empty(l->provider.service_account) && !runtime_gate(d->rt, "ObjectLevelWorkloadIdentity"))
        return err_set(err, ERR_INVALID, NO_IDENTITY);
    const struct provider_type *type = type_of(&l->provider, err);
    if (!type)
        return false;
    n.metadata = notice_combine(d->a, &d->notice, d->spec.event_metadata, d->spec.summary, &conflicts);
    tell_conflicts(d, conflicts);
    if (text_empty(l->provider.address))
        return err_set(err, ERR_INVALID,
                       "failed to initialize notifier for provider '%s': provider has no address",
                       l->provider.name);
    *skip = false;
    return type->build(&t->a, &l->provider, &n, &l->post, err) ||
           err_wrap(err, "failed to initialize notifier for provider '%s'", l->provider.name);
}

static void deliver(struct delivery *d) {
    struct task *t = task_new(d->rt);
    struct letter *l = arena_new(&t->a, struct letter);
    struct err err = { .a = d->a };
    bool skip;
    t->data = l;
    l->alert = value_copy(&t->a, d->alert);
    l->subject = notice_subject(&t->a, &d->notice);
    l->kind = arena_strdup(&t->a, d->notice.kind);
    l->name = arena_strdup(&t->a, d->notice.name);
    l->ns = arena_strdup(&t->a, d->notice.ns);
    if (make_letter(d, t, l, &skip, &err) && !skip) {
        if (!task_start(t, send_letter, NULL))
            log_failure("failed to send notification", "too many are under way", d->notice.kind,
                        d->notice.name, d->notice.ns);
        return;
    }
    if (err.kind != ERR_NONE) {
        const char *error = mask_token(d->a, err.msg, l->provider.token);
        log_failure("failed to dispatch notification", error, d->notice.kind, d->notice.name, d->notice.ns);
        alert_event(d->rt, d->alert, "NotificationDispatchFailed",
                    arena_fmt(d->a, "failed to dispatch notification for %s: %s", l->subject, error), NULL);
    }
    task_drop(t);
}

void dispatch_notice(struct task *t, const struct notice *n) {
    struct search search = { &t->a, n, value_list(&t->a) };
    size_t n_wanting = 0;
    runtime_each(t->rt, "Alert", look_at_alert, &search);
    for (size_t i = 0; i < value_len(search.found); i++) {
        const struct value *alert = value_item(search.found, i);
        struct delivery d = { .rt = t->rt,
                              .a = &t->a,
                              .alert = alert,
                              .ns = object_ns(alert),
                              .name = object_name(alert),
                              .notice = *n };
        struct err err = { .a = &t->a };
        if (!alert_read(&t->a, alert, &d.spec, &err) || !alert_wants(&d))
            continue;
        n_wanting++;
        deliver(&d);
    }
    if (!n_wanting)
        log_info("discarding event, no alerts found for the involved object",
                 LOG_STR("reconciler kind", n->kind), LOG_STR("name", n->name), LOG_STR("namespace", n->ns));
}
