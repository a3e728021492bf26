// SPDX-License-Identifier: Apache-2.0
// Asking the resources of a Receiver to reconcile, past its filters.
#include "notification-controller/hook_act.h"

#include "common/base/log.h"
#include "common/base/timeutil.h"

#define REQUESTED_AT "reconcile.fluxcd.io/requestedAt"

static const struct {
    const char *kind, *api_version;
} default_versions[] = {
    { "Bucket", "source.toolkit.fluxcd.io/v1" },
    { "GitRepository", "source.toolkit.fluxcd.io/v1" },
    { "HelmChart", "source.toolkit.fluxcd.io/v1" },
    { "HelmRepository", "source.toolkit.fluxcd.io/v1" },
    { "OCIRepository", "source.toolkit.fluxcd.io/v1" },
    { "ImageRepository", "image.toolkit.fluxcd.io/v1" },
    { "ArtifactGenerator", "source.extensions.fluxcd.io/v1beta1" },
};

static const char *version_of(const struct object_ref *ref) {
    if (!text_empty(ref->api_version))
        return ref->api_version;
    for (size_t i = 0; i < countof(default_versions); i++)
        if (!strcmp(default_versions[i].kind, ref->kind))
            return default_versions[i].api_version;
    return NULL;
}

static bool resource_of(struct task *t, const struct object_ref *ref, const struct kube_resource **out,
                        struct err *err) {
    const char *text = version_of(ref), *group, *version;
    if (!text)
        return err_set(err, ERR_INVALID, "apiVersion must be specified for kind '%s'", ref->kind);
    api_version_split(&t->a, text, &group, &version);
    *out = kube_builtin_resource(group, version, ref->kind);
    return *out || kube_discovery_find(runtime_discovery(t->rt), group, version, ref->kind, out, err);
}

// A resource entry at work.
struct asking {
    struct task *t;
    const struct kube_resource *res;
    const char *ns;
    const struct object_ref *ref;
    struct cel_expression *filters[2]; // the Receiver's, the entry's; NULL = none
    struct value *request;             // `req`
};

static bool annotate(const struct asking *ask, const char *name, struct err *err) {
    struct arena *a = &ask->t->a;
    struct value *patch = value_map(a),
                 *annotations = value_ensure(a, patch, "metadata", "annotations", NULL);
    value_set(a, annotations, REQUESTED_AT, value_string(a, time_fmt_rfc3339nano(a, now_wall_ns())));
    if (!kube_patch(a, runtime_kube(ask->t->rt), ask->res, ask->ns, name, NULL, KUBE_PATCH_MERGE, patch,
                    runtime_name(ask->t->rt), NULL, err))
        return err_wrap(err, "failed to annotate resource: '%s/%s.%s'", ask->res->kind, name, ask->ns);
    log_info(arena_fmt(a, "resource '%s/%s.%s' annotated", ask->res->kind, name, ask->ns));
    return true;
}

static bool annotate_if_wanted(const struct asking *ask, const struct value *object, struct err *err) {
    struct arena *a = &ask->t->a;
    const char *name = object_name(object),
               *version = api_version_join(a, ask->res->group, ask->res->version);
    bool wanted = true;
    if (!hook_filter_accepts(a, ask->filters, object, version, ask->res->kind, ask->request, &wanted, err))
        return false;
    if (wanted)
        return annotate(ask, name, err);
    log_info(arena_fmt(a, "resource '%s/%s.%s' NOT annotated because CEL expression returned false",
                       ask->res->kind, name, ask->ns));
    return true;
}

static bool ask_one(const struct asking *ask, struct err *err) {
    struct arena *a = &ask->t->a;
    struct kube_request req = {
        .verb = KUBE_GET, .resource = ask->res, .ns = ask->ns, .name = ask->ref->name, .metadata_only = true
    };
    struct kube_reply reply;
    if (!ask->filters[0] && !ask->filters[1])
        return annotate(ask, ask->ref->name, err);
    if (!kube_do(a, runtime_kube(ask->t->rt), &req, &reply, err))
        return err_wrap(err, "unable to read %s '%s/%s' error", ask->res->kind, ask->ns, ask->ref->name);
    return annotate_if_wanted(ask, reply.object, err);
}

static const char *selector_from(struct arena *a, const struct value *labels) {
    struct value *selector = value_map(a);
    value_set(a, selector, "matchLabels", value_copy(a, labels));
    return selector_text(a, selector);
}

// name "*": each object that has the labels; the first failure ends it.
static bool ask_all(const struct asking *ask, struct err *err) {
    struct arena *a = &ask->t->a;
    struct value *list = NULL;
    if (!value_len(ask->ref->labels))
        return err_set(err, ERR_INVALID, "matchLabels field not set when using wildcard '*' as name");
    const char *labels = selector_from(a, ask->ref->labels);
    struct kube_request req = { .verb = KUBE_LIST,
                                .resource = ask->res,
                                .ns = ask->ns,
                                .metadata_only = true,
                                .label_selector = labels };
    if (!kube_list_all(a, runtime_kube(ask->t->rt), &req, &list, err))
        return err_wrap(err, "failed listing resources in namespace \"%s\" by matching labels \"%s\"",
                        ask->ns, labels);
    if (!value_len(list))
        log_error("error annotating resources",
                  LOG_STR("error",
                          arena_fmt(a, "no '%s' resources found with matching labels '%s' in '%s' namespace",
                                    ask->res->kind, labels, ask->ns)));
    for (size_t i = 0; i < value_len(list); i++)
        if (!annotate_if_wanted(ask, value_item(list, i), err))
            return false;
    return true;
}

static bool ask_entry(struct asking *ask, const char *receiver_ns, struct err *err) {
    ask->ns = text_empty(ask->ref->ns) ? receiver_ns : ask->ref->ns;
    if (runtime_flags(ask->t->rt)->no_cross_namespace_refs && strcmp(ask->ns, receiver_ns))
        return err_set(err, ERR_AUTH, "cross-namespace references are not allowed");
    if (!resource_of(ask->t, ask->ref, &ask->res, err) ||
        !hook_filter_compile(&ask->t->a, ask->ref->filter, &ask->filters[1], err))
        return false;
    return text_eq(ask->ref->name, "*") ? ask_all(ask, err) : ask_one(ask, err);
}

static bool has_filter(const struct receiver_spec *spec) {
    bool found = !text_empty(spec->resource_filter);
    for (size_t i = 0; i < spec->n_resources; i++)
        found |= !text_empty(spec->resources[i].filter);
    return found;
}

static void log_failure(const struct value *receiver, const char *msg, const char *error) {
    log_error(msg, LOG_STR("error", error), LOG_STR("reconciler kind", "Receiver"),
              LOG_STR("name", object_name(receiver)), LOG_STR("namespace", object_ns(receiver)));
}

int hook_act(struct task *t, const struct value *receiver, const struct receiver_spec *spec,
             const struct hook_request *req) {
    struct err err = { .a = &t->a };
    struct asking ask = { .t = t };
    int status = 200;
    if (has_filter(spec) && (!hook_filter_request(&t->a, req, &ask.request, &err) ||
                             !hook_filter_compile(&t->a, spec->resource_filter, &ask.filters[0], &err))) {
        log_failure(receiver, "unable to create CEL evaluator", err.msg);
        return 500;
    }
    for (size_t i = 0; i < spec->n_resources; i++) {
        ask.ref = &spec->resources[i];
        if (ask_entry(&ask, object_ns(receiver), &err))
            continue;
        log_failure(receiver, "unable to request reconciliation", err.msg);
        status = 500;
        err_clear(&err);
    }
    return status;
}
