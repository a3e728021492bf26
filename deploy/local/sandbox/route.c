// SPDX-License-Identifier: Apache-2.0
// Takes API paths apart: /api/v1/namespaces/NS/RESOURCE/NAME/SUBRESOURCE and /apis/GROUP/VERSION/...
#include "deploy/local/sandbox/call.h"

struct segments {
    const char *items[12];
    size_t n;
    const char *tail; // from the 7th of the resource part on, unsplit
};

static bool split(struct arena *a, const char *path, struct segments *out) {
    struct str rest = str_of(path), part;
    while (str_split(&rest, '/', &part)) {
        if (!part.n)
            continue;
        if (out->n == countof(out->items))
            return false;
        out->items[out->n++] = arena_text(a, part.p, part.n);
    }
    return true;
}

static const char *segment(const struct segments *s, size_t i) {
    return i < s->n ? s->items[i] : "";
}

static const char *verb_of(const struct call *c) {
    bool named = c->name[0];
    if (text_eq(c->method, "GET") || text_eq(c->method, "HEAD")) {
        if (call_flag(c, "watch") && (!named || !c->subresource[0]))
            return "watch";
        return named ? "get" : "list";
    }
    if (text_eq(c->method, "POST"))
        return "create";
    if (text_eq(c->method, "PUT"))
        return "update";
    if (text_eq(c->method, "PATCH"))
        return "patch";
    if (text_eq(c->method, "DELETE"))
        return named ? "delete" : "deletecollection";
    return "";
}

// The part behind the version: [namespaces/NS/]RESOURCE[/NAME[/SUBRESOURCE[/...]]]
static void resource_parse(struct call *c, const struct segments *s, size_t at) {
    bool namespaces = text_eq(segment(s, at), "namespaces");
    const char *third = segment(s, at + 2);
    bool sub_of_namespace =
        c->group[0] == '\0' && s->n == at + 3 && (text_eq(third, "status") || text_eq(third, "finalize"));
    if (namespaces && s->n > at + 2 && !sub_of_namespace) {
        c->ns = segment(s, at + 1);
        at += 2;
    }
    c->plural = segment(s, at);
    c->name = segment(s, at + 1);
    c->subresource = segment(s, at + 2);
    c->tail = segment(s, at + 3);
    c->r = registry_find(c->sb->registry, c->group, c->version, c->plural);
    if (c->r && c->r->namespaced != (c->ns[0] != '\0') && (!c->r->namespaced || c->name[0]))
        c->r = NULL; // a namespaced object without its namespace, or the other way round
}

bool route_parse(struct call *c, const char *path) {
    struct segments s = { 0 };
    c->group = c->version = c->plural = c->ns = c->name = c->subresource = c->tail = "";
    if (!split(c->a, path, &s))
        return false;
    size_t at;
    if (text_eq(segment(&s, 0), "api") && s.n >= 3) {
        c->version = segment(&s, 1);
        at = 2;
    } else if (text_eq(segment(&s, 0), "apis") && s.n >= 4) {
        c->group = segment(&s, 1);
        c->version = segment(&s, 2);
        at = 3;
    } else {
        return false;
    }
    resource_parse(c, &s, at);
    c->verb = verb_of(c);
    return true;
}

bool call_flag(const struct call *c, const char *key) {
    const char *v = http_query(c->x, key);
    return v && (text_eq(v, "true") || text_eq(v, "1") || text_eq(v, "True") || text_eq(v, "TRUE") ||
                 text_eq(v, "t") || v[0] == '\0');
}
