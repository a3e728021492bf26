// SPDX-License-Identifier: Apache-2.0
// Subresources other than status: scale, log, eviction, binding, token, finalize.
#include "common/base/timeutil.h"
#include "common/value/json.h"
#include "common/value/patch.h"
#include "common/value/yaml.h"
#include "deploy/local/sandbox/auth.h"
#include "deploy/local/sandbox/call.h"
#include "deploy/local/sandbox/simulator.h"
#include "deploy/local/sandbox/table.h"
#include "deploy/local/sandbox/write.h"

static bool method_refuse(struct call *c) {
    return status_set(&c->st, 405, "MethodNotAllowed",
                      "the server does not allow this method on the requested resource");
}

/* The stored object, NULL with 404 set. */
static struct value *target(struct call *c) {
    const struct object *o = storage_get(c->sb->storage, c->r->key, c->ns, c->name);
    if (o)
        return call_object(c, o);
    status_not_found(&c->st, c->r, c->name);
    return NULL;
}

/* ---- scale ---- */

// ".spec.replicas" without its dot, as keys of a pointer.
static struct value *at_path(const struct value *o, const char *path) {
    struct str rest = str_of(path), part;
    const struct value *v = o;
    while (v && str_split(&rest, '.', &part))
        if (part.n)
            v = value_get_n(v, part);
    return (struct value *)v;
}

static void set_path(struct arena *a, struct value *o, const char *path, struct value *v) {
    struct str rest = str_of(path), part, last = STR("");
    struct value *map = o;
    while (str_split(&rest, '.', &part)) {
        if (last.n) {
            struct value *next = value_get_n(map, last);
            if (!value_is(next, VALUE_MAP))
                value_set_n(a, map, last, next = value_map(a));
            map = next;
        }
        last = part;
    }
    value_set_n(a, map, last, v);
}

static const char *spec_path(const struct resource *r) {
    return r->scale_spec_path ? r->scale_spec_path : ".spec.replicas";
}

static const char *selector_of(struct call *c, const struct value *o) {
    if (c->r->crd)
        return c->r->scale_selector_path ? value_text(at_path(o, c->r->scale_selector_path), "") : "";
    if (text_eq(c->r->key, "replicationcontrollers"))
        return format_labels(c->a, value_at(o, "spec", "selector", NULL));
    const char *text = value_text(cell_selector(c->a, o, 0), "");
    return text_eq(text, "<none>") ? "" : text;
}

static struct value *scale_of(struct call *c, const struct value *o) {
    static const char *const copied[] = { "name", "namespace", "uid", "resourceVersion",
                                          "creationTimestamp" };
    struct arena *a = c->a;
    struct value *v = value_map(a), *meta = value_map(a), *status = value_map(a);
    value_set(a, v, "kind", value_string(a, "Scale"));
    value_set(a, v, "apiVersion", value_string(a, "autoscaling/v1"));
    for (size_t i = 0; i < countof(copied); i++)
        if (value_at(o, "metadata", copied[i], NULL))
            value_set(a, meta, copied[i], value_copy(a, value_at(o, "metadata", copied[i], NULL)));
    value_set(a, v, "metadata", meta);
    const struct value *replicas = at_path(o, spec_path(c->r)),
                       *now =
                           at_path(o, c->r->scale_status_path ? c->r->scale_status_path : ".status.replicas");
    value_set(a, value_ensure(a, v, "spec", NULL), "replicas", value_int(a, value_int_or(replicas, 0)));
    value_set(a, status, "replicas", value_int(a, value_int_or(now, 0)));
    const char *selector = selector_of(c, o);
    if (selector[0])
        value_set(a, status, "selector", value_string(a, selector));
    value_set(a, v, "status", status);
    return v;
}

// The Scale that the client wants: its PUT, or its patch on the one that is.
static bool scale_wanted(struct call *c, struct value *scale, struct value **out) {
    struct err err = { .a = c->a };
    if (text_eq(c->verb, "update"))
        return call_body(c, out) && (*out || status_bad_request(&c->st, "the body of the request was empty"));
    const char *type = http_request_header(c->x, "Content-Type");
    struct value *patch;
    if (!yaml_read(c->a, http_body_bytes(c->x), YAML_GO_SIGS, &patch, &err))
        return status_bad_request(&c->st, "error decoding patch: %s", err.msg);
    *out = scale;
    if (type && text_starts(type, "application/json-patch+json"))
        return json_patch_apply(c->a, out, patch, &err) ||
               status_set(&c->st, 422, "Invalid",
                          "the server rejected our request due to an error in our request");
    *out = merge_patch_apply(c->a, scale,
                             patch); // a Scale has no lists: strategic merge and apply come to the same
    return true;
}

static bool sub_scale(struct call *c) {
    struct value *o = target(c), *wanted, *out;
    if (!o)
        return false;
    if (text_eq(c->verb, "get"))
        return reply_value(c, 200, scale_of(c, o));
    if (!text_eq(c->verb, "update") && !text_eq(c->verb, "patch"))
        return method_refuse(c);
    if (!scale_wanted(c, scale_of(c, o), &wanted))
        return false;
    int64_t replicas = value_int_or(value_at(wanted, "spec", "replicas", NULL), 0);
    if (replicas < 0) {
        struct field_errors fe = { .a = c->a };
        struct resource scale = {
            .group = "autoscaling", .kind = "Scale", .plural = "scales", .key = "scales.autoscaling"
        };
        field_error_add(&fe, FIELD_INVALID, "spec.replicas", value_int(c->a, replicas),
                        "must be greater than or equal to 0");
        return status_invalid(&c->st, &scale, c->name, &fe);
    }
    set_path(c->a, o, spec_path(c->r), value_int(c->a, replicas));
    const char *rv = value_text_at(wanted, "metadata", "resourceVersion", NULL);
    if (!text_empty(rv))
        value_set(c->a, value_get(o, "metadata"), "resourceVersion", value_string(c->a, rv));
    if (!sandbox_update(c->sb, c->a, c->r, c->ns, c->name, o, &c->write, &out, &c->st))
        return false;
    return reply_value(c, 200, scale_of(c, out));
}

/* ---- pods ---- */

static bool sub_log(struct call *c) {
    struct value *o = target(c);
    struct str text;
    const char *container = http_query(c->x, "container");
    if (!o)
        return false;
    if (!text_eq(c->verb, "get"))
        return method_refuse(c);
    if (!simulator_pod_log(c->sb->simulator, c->a, o, container ? container : "", call_flag(c, "previous"),
                           &text, &c->st))
        return false;
    c->code = 200;
    http_reply(c->x, 200, "text/plain", text);
    return true;
}

static bool sub_eviction(struct call *c) {
    struct delete_options o = { .grace_s = -1 };
    struct value *body, *out, *v = value_map(c->a);
    if (!text_eq(c->verb, "create"))
        return method_refuse(c);
    if (!call_body(c, &body))
        return false;
    const struct value *options = value_get(body, "deleteOptions");
    o.grace_s = value_int_or(value_get(options, "gracePeriodSeconds"), -1);
    o.uid = value_text(value_at(options, "preconditions", "uid", NULL), NULL);
    o.dry_run = c->write.dry_run;
    if (!sandbox_delete(c->sb, c->a, c->r, c->ns, c->name, &o, &out, NULL, &c->st))
        return false;
    value_set(c->a, v, "kind", value_string(c->a, "Status"));
    value_set(c->a, v, "apiVersion", value_string(c->a, "v1"));
    value_set(c->a, v, "metadata", value_map(c->a));
    value_set(c->a, v, "status", value_string(c->a, "Success"));
    value_set(c->a, v, "code", value_int(c->a, 201));
    return reply_value(c, 201, v);
}

static bool sub_binding(struct call *c) {
    struct value *o = target(c), *body, *out;
    if (!o)
        return false;
    if (!text_eq(c->verb, "create"))
        return method_refuse(c);
    if (!call_body(c, &body))
        return false;
    const char *node = value_text(value_at(body, "target", "name", NULL), ""),
               *now = value_text(value_at(o, "spec", "nodeName", NULL), "");
    if (now[0])
        return status_conflict(&c->st, c->r, c->name, "pod %s is already assigned to node \"%s\"", c->name,
                               now);
    value_set(c->a, value_get(o, "spec"), "nodeName", value_string(c->a, node));
    c->write.internal = true; // nodeName of a pod is not the client's to change
    if (!sandbox_update(c->sb, c->a, c->r, c->ns, c->name, o, &c->write, &out, &c->st))
        return false;
    return reply_success(c, out);
}

/* ---- service accounts and namespaces ---- */

static bool sub_token(struct call *c) {
    struct arena *a = c->a;
    struct value *o = target(c), *body;
    if (!o)
        return false;
    if (!text_eq(c->verb, "create"))
        return method_refuse(c);
    if (!call_body(c, &body))
        return false;
    if (!body)
        body = value_map(a);
    struct value *spec = value_ensure(a, body, "spec", NULL), *status = value_map(a);
    int64_t seconds = value_int_or(value_get(spec, "expirationSeconds"), 3600),
            until_s = sandbox_now_ns(c->sb) / NS_PER_S + seconds;
    if (seconds < 600) {
        struct field_errors fe = { .a = a };
        struct resource request = {
            .group = "authentication.k8s.io", .kind = "TokenRequest", .plural = "", .key = ""
        };
        field_error_add(&fe, FIELD_INVALID, "spec.expirationSeconds", value_int(a, seconds),
                        "may not specify a duration less than 10 minutes");
        return status_invalid(&c->st, &request, "", &fe);
    }
    value_set(a, body, "kind", value_string(a, "TokenRequest"));
    value_set(a, body, "apiVersion", value_string(a, "authentication.k8s.io/v1"));
    struct value *meta = value_ensure(a, body, "metadata", NULL);
    value_set(a, meta, "name", value_string(a, c->name));
    value_set(a, meta, "namespace", value_string(a, c->ns));
    value_set(a, meta, "creationTimestamp", value_string(a, sandbox_now(c->sb, a)));
    value_set(a, spec, "expirationSeconds", value_int(a, seconds));
    value_set(a, status, "token",
              value_string(a, auth_token(c->sb, a, c->ns, c->name,
                                         value_text(value_at(o, "metadata", "uid", NULL), ""), until_s)));
    value_set(a, status, "expirationTimestamp", value_string(a, time_fmt_rfc3339(a, until_s * NS_PER_S)));
    value_set(a, body, "status", status);
    return reply_value(c, 201, body);
}

// PUT of a namespace whose spec.finalizers may change.
static bool sub_finalize(struct call *c) {
    struct value *body, *out;
    if (!text_eq(c->verb, "update"))
        return method_refuse(c);
    if (!call_body_object(c, &body))
        return false;
    struct value *o = target(c);
    if (!o)
        return false;
    struct value *finalizers = value_at(body, "spec", "finalizers", NULL);
    value_set(c->a, value_ensure(c->a, o, "spec", NULL), "finalizers", finalizers);
    c->write.internal = true;
    return sandbox_update(c->sb, c->a, c->r, c->ns, c->name, o, &c->write, &out, &c->st) &&
           reply_object(c, 200, out);
}

static const struct {
    const char *name;
    unsigned bit;
    bool (*run)(struct call *c);
} subresources[] = {
    { "scale", SUB_SCALE, sub_scale },          { "log", SUB_LOG, sub_log },
    { "eviction", SUB_EVICTION, sub_eviction }, { "binding", SUB_BINDING, sub_binding },
    { "token", SUB_TOKEN, sub_token },          { "finalize", SUB_FINALIZE, sub_finalize },
};

bool verb_subresource(struct call *c) {
    for (size_t i = 0; i < countof(subresources); i++)
        if (text_eq(subresources[i].name, c->subresource) && (c->r->subresources & subresources[i].bit))
            return subresources[i].run(c);
    return status_no_route(&c->st);
}
