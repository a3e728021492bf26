// SPDX-License-Identifier: Apache-2.0
// Discovery: aggregated (apidiscovery.k8s.io v2 and v2beta1) and legacy documents, version, health.
#include "common/value/json.h"
#include "deploy/local/sandbox/call.h"

static const struct {
    unsigned bit;
    const char *name;
} verb_names[] = {
    { VERB_CREATE, "create" }, { VERB_DELETE, "delete" }, { VERB_DELETE_COLLECTION, "deletecollection" },
    { VERB_GET, "get" },       { VERB_LIST, "list" },     { VERB_PATCH, "patch" },
    { VERB_UPDATE, "update" }, { VERB_WATCH, "watch" },
};

static const struct {
    unsigned bit;
    const char *name, *group, *version, *kind; // kind NULL: the resource's own
    unsigned verbs;
} subresources[] = {
    { SUB_BINDING, "binding", "", "", "Binding", VERB_CREATE },
    { SUB_EVICTION, "eviction", "policy", "v1", "Eviction", VERB_CREATE },
    { SUB_FINALIZE, "finalize", "", "", NULL, VERB_UPDATE },
    { SUB_LOG, "log", "", "", NULL, VERB_GET },
    { SUB_SCALE, "scale", "autoscaling", "v1", "Scale", VERB_GET | VERB_PATCH | VERB_UPDATE },
    { SUB_STATUS, "status", "", "", NULL, VERB_GET | VERB_PATCH | VERB_UPDATE },
    { SUB_TOKEN, "token", "authentication.k8s.io", "v1", "TokenRequest", VERB_CREATE },
};

static void set_text(struct arena *a, struct value *v, const char *key, const char *text) {
    value_set(a, v, key, value_string(a, text));
}

static struct value *verbs_value(struct arena *a, unsigned verbs) {
    struct value *list = value_list(a);
    for (size_t i = 0; i < countof(verb_names); i++)
        if (verbs & verb_names[i].bit)
            value_append(a, list, value_string(a, verb_names[i].name));
    return list;
}

static void set_names(struct arena *a, struct value *v, const char *key, const char *const *names) {
    if (!names || !names[0])
        return;
    struct value *list = value_list(a);
    for (size_t i = 0; names[i]; i++)
        value_append(a, list, value_string(a, names[i]));
    value_set(a, v, key, list);
}

/* ---- aggregated ---- */

static struct value *kind_value(struct arena *a, const char *group, const char *version, const char *kind) {
    struct value *v = value_map(a);
    set_text(a, v, "group", group);
    set_text(a, v, "version", version);
    set_text(a, v, "kind", kind);
    return v;
}

static struct value *aggregated_resource(struct arena *a, const struct resource *r) {
    struct value *v = value_map(a), *subs = value_list(a);
    const char *version = r->crd ? r->version : "", *group = r->crd ? r->group : "";
    set_text(a, v, "resource", r->plural);
    value_set(a, v, "responseKind", kind_value(a, group, version, r->kind));
    set_text(a, v, "scope", r->namespaced ? "Namespaced" : "Cluster");
    set_text(a, v, "singularResource", r->singular);
    value_set(a, v, "verbs", verbs_value(a, r->verbs));
    set_names(a, v, "shortNames", r->short_names);
    set_names(a, v, "categories", r->categories);
    for (size_t i = 0; i < countof(subresources); i++) {
        if (!(r->subresources & subresources[i].bit))
            continue;
        struct value *sub = value_map(a);
        set_text(a, sub, "subresource", subresources[i].name);
        value_set(a, sub, "responseKind",
                  subresources[i].kind
                      ? kind_value(a, subresources[i].group, subresources[i].version, subresources[i].kind)
                      : kind_value(a, group, version, r->kind));
        value_set(a, sub, "verbs", verbs_value(a, subresources[i].verbs));
        value_append(a, subs, sub);
    }
    if (value_len(subs))
        value_set(a, v, "subresources", subs);
    return v;
}

static struct value *aggregated_version(struct arena *a, const struct registry *rg, const char *group,
                                        const char *version) {
    struct value *v = value_map(a), *list = value_list(a);
    const struct resource *r;
    set_text(a, v, "version", version);
    for (size_t i = 0; (r = registry_next(rg, &i));)
        if (text_eq(r->group, group) && text_eq(r->version, version))
            value_append(a, list, aggregated_resource(a, r));
    value_set(a, v, "resources", list);
    set_text(a, v, "freshness", "Current");
    return v;
}

static struct value *aggregated(struct arena *a, const struct registry *rg, bool core, const char *version) {
    struct value *v = value_map(a), *items = value_list(a);
    const char *group, *each;
    set_text(a, v, "kind", "APIGroupDiscoveryList");
    set_text(a, v, "apiVersion", arena_fmt(a, "apidiscovery.k8s.io/%s", version));
    value_set(a, v, "metadata", value_map(a));
    for (size_t i = 0; (group = registry_next_group(rg, &i));) {
        if ((group[0] == '\0') != core)
            continue;
        struct value *g = value_map(a), *versions = value_list(a), *meta = value_map(a);
        if (!core)
            set_text(a, meta, "name", group);
        value_set(a, g, "metadata", meta);
        for (size_t k = 0; (each = registry_next_version(rg, group, &k));)
            value_append(a, versions, aggregated_version(a, rg, group, each));
        value_set(a, g, "versions", versions);
        value_append(a, items, g);
    }
    value_set(a, v, "items", items);
    return v;
}

/* ---- legacy ---- */

static struct value *group_version(struct arena *a, const char *group, const char *version) {
    struct value *v = value_map(a);
    set_text(a, v, "groupVersion", group[0] ? arena_fmt(a, "%s/%s", group, version) : version);
    set_text(a, v, "version", version);
    return v;
}

static struct value *api_group(struct arena *a, const struct registry *rg, const char *group) {
    struct value *v = value_map(a), *versions = value_list(a);
    const char *version;
    set_text(a, v, "name", group);
    for (size_t k = 0; (version = registry_next_version(rg, group, &k));)
        value_append(a, versions, group_version(a, group, version));
    value_set(a, v, "versions", versions);
    value_set(a, v, "preferredVersion", value_item(versions, 0));
    return v;
}

static struct value *group_list(struct arena *a, const struct registry *rg) {
    struct value *v = value_map(a), *groups = value_list(a);
    const char *group;
    set_text(a, v, "kind", "APIGroupList");
    set_text(a, v, "apiVersion", "v1");
    for (size_t i = 0; (group = registry_next_group(rg, &i));)
        if (group[0])
            value_append(a, groups, api_group(a, rg, group));
    value_set(a, v, "groups", groups);
    return v;
}

static struct value *core_versions(struct arena *a) {
    struct value *v = value_map(a), *versions = value_list(a), *addresses = value_list(a),
                 *address = value_map(a);
    set_text(a, v, "kind", "APIVersions");
    value_append(a, versions, value_string(a, "v1"));
    value_set(a, v, "versions", versions);
    set_text(a, address, "clientCIDR", "0.0.0.0/0");
    set_text(a, address, "serverAddress", "127.0.0.1");
    value_append(a, addresses, address);
    value_set(a, v, "serverAddressByClientCIDRs", addresses);
    return v;
}

static struct value *legacy_row(struct arena *a, const struct resource *r, const char *name, const char *kind,
                                unsigned verbs) {
    struct value *v = value_map(a);
    set_text(a, v, "name", name);
    set_text(a, v, "singularName", strchr(name, '/') ? "" : r->singular);
    value_set(a, v, "namespaced", value_bool(a, r->namespaced));
    set_text(a, v, "kind", kind);
    value_set(a, v, "verbs", verbs_value(a, verbs));
    return v;
}

static void legacy_resource(struct arena *a, const struct resource *r, struct value *list) {
    struct value *v = legacy_row(a, r, r->plural, r->kind, r->verbs);
    set_names(a, v, "shortNames", r->short_names);
    set_names(a, v, "categories", r->categories);
    value_append(a, list, v);
    for (size_t i = 0; i < countof(subresources); i++) {
        if (!(r->subresources & subresources[i].bit))
            continue;
        v = legacy_row(a, r, arena_fmt(a, "%s/%s", r->plural, subresources[i].name),
                       subresources[i].kind ? subresources[i].kind : r->kind, subresources[i].verbs);
        if (subresources[i].version[0]) {
            set_text(a, v, "group", subresources[i].group);
            set_text(a, v, "version", subresources[i].version);
        }
        value_append(a, list, v);
    }
}

static struct value *resource_list(struct arena *a, const struct registry *rg, const char *group,
                                   const char *version) {
    struct value *v = value_map(a), *list = value_list(a);
    const struct resource *r;
    set_text(a, v, "kind", "APIResourceList");
    set_text(a, v, "apiVersion", "v1");
    set_text(a, v, "groupVersion", group[0] ? arena_fmt(a, "%s/%s", group, version) : version);
    for (size_t i = 0; (r = registry_next(rg, &i));)
        if (text_eq(r->group, group) && text_eq(r->version, version))
            legacy_resource(a, r, list);
    value_set(a, v, "resources", list);
    return v;
}

/* ---- dispatch ---- */

// The version of aggregated discovery that the client prefers, NULL: it wants the legacy document.
static const char *wants_aggregated(struct call *c) {
    struct str rest = str_of(http_request_header(c->x, "Accept")), clause;
    while (str_split(&rest, ',', &clause)) {
        if (str_find(clause, STR("as=APIGroupDiscoveryList")) < 0) {
            if (str_starts(str_trim(clause), "application/json"))
                return NULL;
            continue;
        }
        if (str_find(clause, STR("v=v2beta1")) >= 0)
            return "v2beta1";
        if (str_find(clause, STR("v=v2")) >= 0)
            return "v2";
    }
    return NULL;
}

static bool reply_aggregated(struct call *c, bool core, const char *version) {
    struct value *v = aggregated(c->a, c->sb->registry, core, version);
    struct str json = json_text(c->a, v, JSON_COMPACT);
    const char *etag = arena_fmt(c->a, "\"%016llX%016llX\"", (unsigned long long)hash_bytes(json.p, json.n),
                                 (unsigned long long)registry_generation(c->sb->registry));
    const char *had = http_request_header(c->x, "If-None-Match");
    http_add_header(c->x, "Vary", "Accept");
    http_add_header(c->x, "ETag", etag);
    if (had && text_eq(had, etag)) {
        c->code = 304;
        http_reply(c->x, 304, NULL, STR(""));
        return true;
    }
    http_add_header(c->x, "Cache-Control", "public");
    c->code = 200;
    http_reply(
        c->x, 200,
        arena_fmt(c->a, "application/json;g=apidiscovery.k8s.io;v=%s;as=APIGroupDiscoveryList", version),
        json);
    return true;
}

static bool groups_handle(struct call *c, const char *path) {
    const char *version = wants_aggregated(c);
    bool core = text_eq(path, "/api") || text_eq(path, "/api/");
    if (!core && !text_eq(path, "/apis") && !text_eq(path, "/apis/"))
        return false;
    if (version)
        return reply_aggregated(c, core, version);
    return reply_value(c, 200, core ? core_versions(c->a) : group_list(c->a, c->sb->registry));
}

// /api/v1, /apis/GROUP, /apis/GROUP/VERSION
static bool group_handle(struct call *c, const char *path) {
    struct str rest = str_of(path), part, parts[4];
    size_t n = 0;
    while (str_split(&rest, '/', &part)) {
        if (!part.n)
            continue;
        if (n == countof(parts))
            return false;
        parts[n++] = part;
    }
    if (n < 2 || n > 3 || (!str_is(parts[0], "api") && !str_is(parts[0], "apis")))
        return false;
    bool core = str_is(parts[0], "api");
    const char *group = core ? "" : arena_text(c->a, parts[1].p, parts[1].n);
    if (n == 2 && !core) {
        size_t i = 0;
        if (!registry_next_version(c->sb->registry, group, &i))
            return false;
        struct value *v = api_group(c->a, c->sb->registry, group);
        set_text(c->a, v, "kind", "APIGroup");
        set_text(c->a, v, "apiVersion", "v1");
        return reply_value(c, 200, v);
    }
    if (core != (n == 2))
        return false;
    const char *version = arena_text(c->a, parts[n - 1].p, parts[n - 1].n);
    if (!registry_has_group_version(c->sb->registry, group, version))
        return false;
    return reply_value(c, 200, resource_list(c->a, c->sb->registry, group, version));
}

bool discovery_handle(struct call *c, const char *path) {
    if (!text_eq(c->method, "GET"))
        return false;
    bool done = groups_handle(c, path) || group_handle(c, path);
    if (done)
        c->verb = "discovery";
    return done;
}

static bool reply_version(struct call *c) {
    struct value *v = value_map(c->a);
    set_text(c->a, v, "major", "1");
    set_text(c->a, v, "minor", "35");
    set_text(c->a, v, "gitVersion", "v1.35.4+runnel-sandbox");
    set_text(c->a, v, "gitCommit", "");
    set_text(c->a, v, "gitTreeState", "clean");
    set_text(c->a, v, "buildDate", "");
    set_text(c->a, v, "goVersion", "");
    set_text(c->a, v, "compiler", "");
    set_text(c->a, v, "platform", "linux/amd64");
    return reply_value(c, 200, v);
}

bool health_handle(struct call *c, const char *path) {
    static const char *const health[] = { "/healthz",    "/readyz",      "/livez",
                                          "/livez/ping", "/readyz/ping", "/healthz/ping" };
    if (text_eq(path, "/version") || text_eq(path, "/version/"))
        return reply_version(c);
    for (size_t i = 0; i < countof(health); i++)
        if (text_eq(path, health[i])) {
            c->code = 200;
            http_reply(c->x, 200, "text/plain; charset=utf-8", STR("ok"));
            return true;
        }
    return false;
}
