// SPDX-License-Identifier: Apache-2.0
// Entry of every request: faults, who asks, which verb, and the Status when it is refused.
#include "common/value/json.h"
#include "deploy/local/sandbox/api.h"
#include "deploy/local/sandbox/auth.h"
#include "deploy/local/sandbox/control.h"

static const struct {
    const char *name;
    unsigned bit;
    bool (*run)(struct call *c);
} verbs[] = {
    { "get", VERB_GET, verb_get },
    { "list", VERB_LIST, verb_list },
    { "watch", VERB_WATCH, verb_watch },
    { "create", VERB_CREATE, verb_create },
    { "update", VERB_UPDATE, verb_update },
    { "patch", VERB_PATCH, verb_patch },
    { "delete", VERB_DELETE, verb_delete },
    { "deletecollection", VERB_DELETE_COLLECTION, verb_deletecollection },
};

static bool method_refuse(struct call *c) {
    status_set(&c->st, 405, "MethodNotAllowed",
               "the server does not allow this method on the requested resource");
    c->st.details = value_map(c->a);
    return false;
}

static bool verb_run(struct call *c) {
    for (size_t i = 0; i < countof(verbs); i++) {
        if (!text_eq(verbs[i].name, c->verb))
            continue;
        if (c->subresource[0] && !text_eq(c->subresource, "status"))
            return verb_subresource(c);
        if (c->subresource[0] &&
            (!(c->r->subresources & SUB_STATUS) || !(verbs[i].bit & (VERB_GET | VERB_UPDATE | VERB_PATCH))))
            return (c->r->subresources & SUB_STATUS) ? method_refuse(c) : status_no_route(&c->st);
        if (!(c->r->verbs & verbs[i].bit))
            return method_refuse(c);
        bool needs_name = verbs[i].bit & (VERB_UPDATE | VERB_PATCH), has_name = c->name[0];
        if ((needs_name && !has_name) || (verbs[i].bit == VERB_CREATE && has_name))
            return method_refuse(c);
        bool writes = verbs[i].bit & (VERB_CREATE | VERB_UPDATE | VERB_PATCH | VERB_DELETE);
        if (writes && !c->r->namespaced == (c->ns[0] != '\0'))
            return method_refuse(c); // POST to a namespaced resource without its namespace
        return verbs[i].run(c);
    }
    return method_refuse(c);
}

static bool resource_handle(struct call *c) {
    if (!c->r)
        return status_no_route(&c->st);
    if (c->r->deprecation)
        warning_add(&c->warnings, "%s", c->r->deprecation);
    return auth_allow(c) && call_negotiate(c) && call_options(c) && verb_run(c);
}

// Outside of the groups it serves the API server is Go's plain HTTP server.
static bool no_such_path(struct call *c) {
    c->code = 404;
    http_add_header(c->x, "X-Content-Type-Options", "nosniff");
    http_reply(c->x, 404, "text/plain; charset=utf-8", STR("404 page not found\n"));
    return true;
}

static bool call_handle(struct call *c) {
    const char *path = http_path(c->x);
    if (!auth_user(c))
        return false;
    if (health_handle(c, path) || discovery_handle(c, path) || openapi_handle(c, path))
        return true;
    if (c->st.code)
        return false;
    if (!route_parse(c, path) || !registry_has_group_version(c->sb->registry, c->group, c->version))
        return no_such_path(c);
    return resource_handle(c);
}

void api_handle_now(struct sandbox *sb, struct http_exchange *x) {
    struct call c = { .sb = sb, .x = x, .a = http_arena(x), .method = http_method(x), .verb = "" };
    c.warnings.a = c.st.a = c.a;
    if (!call_handle(&c))
        reply_status(&c, &c.st);
    counters_end(sb->faults, &c);
}

void api_handle(struct sandbox *sb, struct http_exchange *x) {
    if (control_handle(sb, x))
        return;
    counters_begin(sb->faults);
    if (!faults_take(sb->faults, x))
        api_handle_now(sb, x);
}
