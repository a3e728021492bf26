// SPDX-License-Identifier: Apache-2.0
// The verbs create, update, delete and deletecollection.
#include "deploy/local/sandbox/call.h"
#include "deploy/local/sandbox/list_options.h"
#include "deploy/local/sandbox/write.h"

bool verb_create(struct call *c) {
    struct value *body, *out;
    if (!call_body_object(c, &body))
        return false;
    if (c->r->flags & RES_EPHEMERAL)
        return verb_review(c, body);
    return sandbox_create(c->sb, c->a, c->r, c->ns, body, &c->write, &out, &c->st) &&
           reply_object(c, 201, out);
}

bool verb_update(struct call *c) {
    struct value *body, *out;
    if (!call_body_object(c, &body))
        return false;
    bool exists = storage_get(c->sb->storage, c->r->key, c->ns, c->name);
    return sandbox_update(c->sb, c->a, c->r, c->ns, c->name, body, &c->write, &out, &c->st) &&
           reply_object(c, exists ? 200 : 201, out);
}

/* ---- delete ---- */

static bool options_refuse(struct call *c, const char *field, const struct value *bad, const char *detail) {
    struct field_errors fe = { .a = c->a };
    struct resource options = { .group = "meta.k8s.io", .kind = "DeleteOptions", .plural = "", .key = "" };
    field_error_add(&fe, bad ? FIELD_NOT_SUPPORTED : FIELD_INVALID, field, bad, "%s", detail);
    return status_invalid(&c->st, &options, "", &fe);
}

// Preconditions, policy and grace of the body, else of the query.
static bool delete_options_read(struct call *c, struct delete_options *o) {
    struct value *body;
    if (!call_body(c, &body))
        return false;
    *o = (struct delete_options) { .grace_s = -1, .dry_run = c->write.dry_run };
    const char *policy =
        value_text(value_get(body, "propagationPolicy"), http_query(c->x, "propagationPolicy"));
    const char *grace = http_query(c->x, "gracePeriodSeconds");
    const struct value *orphan = value_get(body, "orphanDependents"), *pre = value_get(body, "preconditions");
    if (!text_empty(grace) && !str_to_i64(str_of(grace), &o->grace_s))
        return status_bad_request(&c->st, "strconv.ParseInt: parsing \"%s\": invalid syntax", grace);
    if (value_get(body, "gracePeriodSeconds"))
        o->grace_s = value_int_or(value_get(body, "gracePeriodSeconds"), -1);
    if (!text_empty(policy) && !text_eq(policy, "Background") && !text_eq(policy, "Foreground") &&
        !text_eq(policy, "Orphan"))
        return options_refuse(c, "propagationPolicy", value_string(c->a, policy),
                              "supported values: \"Background\", \"Foreground\", \"Orphan\", \"nil\"");
    o->propagation = text_empty(policy) ? NULL : policy;
    if (value_is(orphan, VALUE_BOOL) && !o->propagation)
        o->propagation = orphan->b ? "Orphan" : "Background";
    o->uid = value_text(value_get(pre, "uid"), NULL);
    o->resource_version = value_text(value_get(pre, "resourceVersion"), NULL);
    const struct value *dry_run = value_get(body, "dryRun");
    for (size_t i = 0; i < value_len(dry_run); i++) {
        if (!text_eq(value_text(value_item(dry_run, i), ""), "All"))
            return options_refuse(c, "dryRun", value_item(dry_run, i), "supported values: \"All\"");
        o->dry_run = true;
    }
    return true;
}

bool verb_delete(struct call *c) {
    struct delete_options o;
    struct value *out;
    bool gone;
    if (!delete_options_read(c, &o))
        return false;
    if (text_eq(c->r->key, "jobs.batch") && !o.propagation)
        warning_add(
            &c->warnings,
            "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to "
            "remove them or set propagationPolicy=Orphan to suppress this warning");
    if (!sandbox_delete(c->sb, c->a, c->r, c->ns, c->name, &o, &out, &gone, &c->st))
        return false;
    if (gone && !(c->r->flags & RES_RETURNS_DELETED))
        return reply_success(c, out);
    bool waits = !gone && o.propagation && text_eq(o.propagation, "Foreground");
    return reply_object(c, waits ? 202 : 200, out);
}

bool verb_deletecollection(struct call *c) {
    struct delete_options o;
    struct list_options list;
    if (!delete_options_read(c, &o) || !list_options_read(c, false, &list))
        return false;
    struct objects all = storage_list(c->sb->storage, c->a, c->r->key, c->ns[0] ? c->ns : NULL, NULL);
    struct value *v = value_map(c->a), *items = value_list(c->a), *out;
    bool ok = true;
    for (size_t i = 0; ok && i < all.n; i++) {
        const struct object *object = all.items[i];
        if (!selector_matches(c->r, &list.selector, object_value(c->a, object)))
            continue;
        ok = sandbox_delete(c->sb, c->a, c->r, object->ns, object->name, &o, &out, NULL, &c->st);
        if (ok)
            value_append(c->a, items, out);
    }
    objects_unref(&all);
    if (!ok)
        return false;
    value_set(c->a, v, "kind", value_string(c->a, c->r->list_kind));
    value_set(c->a, v, "apiVersion", value_string(c->a, resource_api_version(c->a, c->r)));
    value_set(c->a, value_ensure(c->a, v, "metadata", NULL), "resourceVersion",
              value_fmt(c->a, "%llu", (unsigned long long)storage_rv(c->sb->storage)));
    value_set(c->a, v, "items", items);
    return reply_value(c, 200, v);
}
