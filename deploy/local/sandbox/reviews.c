// SPDX-License-Identifier: Apache-2.0
// Reviews: access, rules, identity and tokens are answered and not stored.
#include "deploy/local/sandbox/auth.h"
#include "deploy/local/sandbox/call.h"

static void set_text(struct arena *a, struct value *v, const char *key, const char *text) {
    value_set(a, v, key, value_string(a, text));
}

static struct access access_of(const struct value *spec) {
    const struct value *r = value_get(spec, "resourceAttributes"),
                       *path = value_get(spec, "nonResourceAttributes");
    if (path)
        return (struct access) { value_text(value_get(path, "verb"), ""), "", "", "", "", "",
                                 value_text(value_get(path, "path"), "") };
    return (struct access) { value_text(value_get(r, "verb"), ""),
                             value_text(value_get(r, "group"), ""),
                             value_text(value_get(r, "resource"), ""),
                             value_text(value_get(r, "subresource"), ""),
                             value_text(value_get(r, "namespace"), ""),
                             value_text(value_get(r, "name"), ""),
                             NULL };
}

static void user_of_review(struct call *c, const struct value *spec, struct user *u) {
    const struct value *groups = value_get(spec, "groups");
    *u = (struct user) { .name = value_text(value_get(spec, "user"), ""), .n_groups = value_len(groups) };
    u->groups = arena_array(c->a, const char *, u->n_groups);
    for (size_t i = 0; i < u->n_groups; i++)
        u->groups[i] = value_text(value_item(groups, i), "");
}

static bool review_access(struct call *c, struct value *body) {
    const struct value *spec = value_get(body, "spec");
    struct user user = c->user;
    if (!text_starts(c->plural, "self"))
        user_of_review(c, spec, &user);
    struct access access = access_of(spec);
    if (!access.path && !value_get(spec, "resourceAttributes")) {
        struct field_errors fe = { .a = c->a };
        field_error_add(&fe, FIELD_INVALID, "spec.resourceAttributes",
                        value_get(spec, "nonResourceAttributes"),
                        "exactly one of nonResourceAttributes or resourceAttributes must be specified");
        return status_invalid(&c->st, c->r, "", &fe);
    }
    struct value *status = value_map(c->a);
    bool allowed = auth_may(c->sb, &user, &access);
    value_set(c->a, status, "allowed", value_bool(c->a, allowed));
    value_set(c->a, body, "status", status);
    return reply_value(c, 201, body);
}

static struct value *texts(struct arena *a, const char *text) {
    struct value *list = value_list(a);
    value_append(a, list, value_string(a, text));
    return list;
}

static bool review_rules(struct call *c, struct value *body) {
    struct arena *a = c->a;
    struct value *status = value_map(a), *resources = value_list(a), *paths = value_list(a),
                 *rule = value_map(a), *path = value_map(a);
    struct access everything = { "*", "*", "*", "", value_text(value_at(body, "spec", "namespace", NULL), ""),
                                 "",  NULL };
    if (auth_may(c->sb, &c->user, &everything)) {
        value_set(a, rule, "verbs", texts(a, "*"));
        value_set(a, rule, "apiGroups", texts(a, "*"));
        value_set(a, rule, "resources", texts(a, "*"));
        value_append(a, resources, rule);
        value_set(a, path, "verbs", texts(a, "*"));
        value_set(a, path, "nonResourceURLs", texts(a, "*"));
        value_append(a, paths, path);
    }
    value_set(a, status, "resourceRules", resources);
    value_set(a, status, "nonResourceRules", paths);
    value_set(a, status, "incomplete", value_bool(a, !value_len(resources)));
    value_set(a, body, "status", status);
    return reply_value(c, 201, body);
}

static bool review_self(struct call *c, struct value *body) {
    struct arena *a = c->a;
    struct value *info = value_ensure(a, body, "status", "userInfo", NULL), *groups = value_list(a);
    set_text(a, info, "username", c->user.name);
    for (size_t i = 0; i < c->user.n_groups; i++)
        value_append(a, groups, value_string(a, c->user.groups[i]));
    value_set(a, info, "groups", groups);
    return reply_value(c, 201, body);
}

static bool review_token(struct call *c, struct value *body) {
    const char *token = value_text(value_at(body, "spec", "token", NULL), "");
    struct value *status = value_map(c->a);
    bool known = text_eq(token, SANDBOX_TOKEN);
    value_set(c->a, status, "authenticated", value_bool(c->a, known));
    if (known)
        set_text(c->a, value_ensure(c->a, status, "user", NULL), "username", "kubernetes-admin");
    value_set(c->a, body, "status", status);
    return reply_value(c, 201, body);
}

static bool review_binding(struct call *c, struct value *body) {
    (void)body;
    return status_set(&c->st, 405, "MethodNotAllowed", "pods are bound by the sandbox's own scheduler");
}

static const struct {
    const char *plural;
    bool (*run)(struct call *c, struct value *body);
} reviews[] = {
    { "selfsubjectaccessreviews", review_access },
    { "subjectaccessreviews", review_access },
    { "localsubjectaccessreviews", review_access },
    { "selfsubjectrulesreviews", review_rules },
    { "selfsubjectreviews", review_self },
    { "tokenreviews", review_token },
    { "bindings", review_binding },
};

bool verb_review(struct call *c, struct value *body) {
    value_ensure(c->a, body, "metadata", NULL);
    for (size_t i = 0; i < countof(reviews); i++)
        if (text_eq(reviews[i].plural, c->r->plural))
            return reviews[i].run(c, body);
    return status_no_route(&c->st);
}
