// SPDX-License-Identifier: Apache-2.0
// Tokens, impersonation and role-based access control.
#include "deploy/local/sandbox/auth.h"

#include "common/base/timeutil.h"
#include "common/value/base64.h"
#include "common/value/json.h"

/* ---- users ---- */

static void group_add(struct arena *a, struct user *u, const char *group) {
    u->groups = arena_grow(a, u->groups, &u->cap_groups, u->n_groups + 1, sizeof *u->groups);
    u->groups[u->n_groups++] = group;
}

static void admin_set(struct arena *a, struct user *u) {
    *u = (struct user) { .name = "kubernetes-admin" };
    group_add(a, u, "system:masters");
    group_add(a, u, "system:authenticated");
}

// system:serviceaccount:NS:NAME, split; false: another kind of user.
static bool account_split(struct arena *a, const char *user, const char **ns, const char **name) {
    if (!text_starts(user, "system:serviceaccount:"))
        return false;
    const char *rest = user + strlen("system:serviceaccount:"), *colon = strchr(rest, ':');
    if (!colon)
        return false;
    *ns = arena_text(a, rest, (size_t)(colon - rest));
    *name = colon + 1;
    return true;
}

static void account_groups(struct arena *a, struct user *u, const char *ns) {
    group_add(a, u, "system:serviceaccounts");
    group_add(a, u, arena_fmt(a, "system:serviceaccounts:%s", ns));
    group_add(a, u, "system:authenticated");
}

static char *base64_url(struct arena *a, struct str bytes) {
    char *text = base64_encode(a, bytes);
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    while (n && text[n - 1] == '=')
        text[--n] = '\0';
    return text;
}

static bool base64_url_decode(struct arena *a, struct str text, struct str *out) {
    char *padded = arena_fmt(a, "%.*s%s", (int)text.n, text.p,
                             text.n % 4 == 2   ? "=="
                             : text.n % 4 == 3 ? "="
                                               : "");
    for (char *p = padded; *p; p++)
        *p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
    return base64_decode(a, str_of(padded), out);
}

// Not a signature: the seed only makes tokens of one sandbox invalid on another.
static const char *token_seal(const struct sandbox *sb, struct arena *a) {
    return base64_url(a, str_of(arena_fmt(a, "sandbox-%016llx", (unsigned long long)sb->tokens_seed)));
}

char *auth_token(struct sandbox *sb, struct arena *a, const char *ns, const char *name, const char *uid,
                 int64_t expires_at_s) {
    struct value *payload = value_map(a), *kube = value_ensure(a, payload, "kubernetes.io", NULL);
    value_set(a, payload, "aud", value_list(a));
    value_append(a, value_get(payload, "aud"),
                 value_string(a, "https://kubernetes.default.svc.cluster.local"));
    value_set(a, payload, "exp", value_int(a, expires_at_s));
    value_set(a, payload, "iat", value_int(a, sandbox_now_ns(sb) / NS_PER_S));
    value_set(a, payload, "iss", value_string(a, "https://kubernetes.default.svc.cluster.local"));
    value_set(a, kube, "namespace", value_string(a, ns));
    struct value *account = value_ensure(a, kube, "serviceaccount", NULL);
    value_set(a, account, "name", value_string(a, name));
    value_set(a, account, "uid", value_string(a, uid));
    value_set(a, payload, "sub", value_fmt(a, "system:serviceaccount:%s:%s", ns, name));
    return arena_fmt(a, "%s.%s.%s", base64_url(a, STR("{\"alg\":\"none\"}")),
                     base64_url(a, json_text(a, payload, JSON_COMPACT)), token_seal(sb, a));
}

static bool token_refuse(struct call *c) {
    return status_set(&c->st, 401, "Unauthorized", "Unauthorized");
}

static bool token_user(struct call *c, const char *token) {
    struct str rest = str_of(token), head, payload, seal, json;
    struct err err = { .a = c->a };
    struct value *v;
    const char *ns, *name;
    if (!str_split(&rest, '.', &head) || !str_split(&rest, '.', &payload) || !str_split(&rest, '.', &seal) ||
        !str_is(seal, token_seal(c->sb, c->a)) || !base64_url_decode(c->a, payload, &json) ||
        !json_read(c->a, json, &v, &err))
        return token_refuse(c);
    const char *sub = value_text(value_get(v, "sub"), "");
    if (!account_split(c->a, sub, &ns, &name) || !storage_get(c->sb->storage, "serviceaccounts", ns, name) ||
        value_int_or(value_get(v, "exp"), 0) < sandbox_now_ns(c->sb) / NS_PER_S)
        return token_refuse(c);
    c->user = (struct user) { .name = sub };
    account_groups(c->a, &c->user, ns);
    return true;
}

static void impersonate(struct call *c, const char *name) {
    const char *group = http_request_header(c->x, "Impersonate-Group"), *ns, *account;
    c->user = (struct user) { .name = name, .impersonated = true };
    if (!text_empty(group))
        group_add(c->a, &c->user, group);
    if (account_split(c->a, name, &ns, &account))
        account_groups(c->a, &c->user, ns);
    else
        group_add(c->a, &c->user, "system:authenticated");
}

bool auth_user(struct call *c) {
    const char *authorization = http_request_header(c->x, "Authorization"),
               *as = http_request_header(c->x, "Impersonate-User");
    admin_set(c->a, &c->user);
    if (authorization && text_starts(authorization, "Bearer ") &&
        !text_eq(authorization + 7, SANDBOX_TOKEN) && !token_user(c, authorization + 7))
        return false;
    if (!text_empty(as)) {
        struct access access = { "impersonate", "", "users", "", "", as, NULL };
        if (!auth_may(c->sb, &c->user, &access))
            return status_set(&c->st, 403, "Forbidden",
                              "users \"%s\" is forbidden: User \"%s\" cannot impersonate resource \"users\" "
                              "in API group \"\" at the cluster scope",
                              as, c->user.name);
        impersonate(c, as);
    }
    return true;
}

/* ---- rules ---- */

static bool list_allows(const struct value *list, const char *want) {
    for (size_t i = 0; i < value_len(list); i++) {
        const char *item = value_text(value_item(list, i), "");
        if (text_eq(item, "*") || text_eq(item, want))
            return true;
    }
    return false;
}

// "pods/log", "*/log", "pods", "*"
static bool resource_allows(struct arena *a, const struct value *list, const struct access *x) {
    if (!x->subresource[0])
        return list_allows(list, x->resource);
    return list_allows(list, arena_fmt(a, "%s/%s", x->resource, x->subresource)) ||
           list_allows(list, arena_fmt(a, "*/%s", x->subresource));
}

static bool path_allows(const struct value *list, const char *path) {
    for (size_t i = 0; i < value_len(list); i++) {
        const char *item = value_text(value_item(list, i), "");
        size_t n = strlen(item);
        if (text_eq(item, path) || (n && item[n - 1] == '*' && strncmp(item, path, n - 1) == 0))
            return true;
    }
    return false;
}

static bool rule_allows(struct arena *a, const struct value *rule, const struct access *x) {
    if (!list_allows(value_get(rule, "verbs"), x->verb))
        return false;
    if (x->path)
        return path_allows(value_get(rule, "nonResourceURLs"), x->path);
    const struct value *names = value_get(rule, "resourceNames");
    return list_allows(value_get(rule, "apiGroups"), x->group) &&
           resource_allows(a, value_get(rule, "resources"), x) &&
           (!value_len(names) || (x->name[0] && list_allows(names, x->name)));
}

static bool subject_is(struct arena *a, const struct value *subject, const struct user *u,
                       const char *binding_ns) {
    const char *kind = value_text(value_get(subject, "kind"), ""),
               *name = value_text(value_get(subject, "name"), "");
    if (text_eq(kind, "User"))
        return text_eq(name, u->name);
    if (text_eq(kind, "ServiceAccount")) {
        const char *ns = value_text(value_get(subject, "namespace"), binding_ns);
        return text_eq(arena_fmt(a, "system:serviceaccount:%s:%s", ns, name), u->name);
    }
    for (size_t i = 0; text_eq(kind, "Group") && i < u->n_groups; i++)
        if (text_eq(u->groups[i], name))
            return true;
    return false;
}

static bool role_allows(struct sandbox *sb, struct arena *a, const struct value *ref, const char *ns,
                        const struct access *x) {
    bool cluster = text_eq(value_text(value_get(ref, "kind"), ""), "ClusterRole");
    const char *key = cluster ? "clusterroles.rbac.authorization.k8s.io" : "roles.rbac.authorization.k8s.io";
    const struct object *o =
        storage_get(sb->storage, key, cluster ? "" : ns, value_text(value_get(ref, "name"), ""));
    const struct value *rules = o ? value_get(object_value(a, o), "rules") : NULL;
    for (size_t i = 0; i < value_len(rules); i++)
        if (rule_allows(a, value_item(rules, i), x))
            return true;
    return false;
}

static bool bindings_allow(struct sandbox *sb, struct arena *a, const char *key, const char *ns,
                           const struct user *u, const struct access *x) {
    struct objects all = storage_list(sb->storage, a, key, ns, NULL);
    bool yes = false;
    for (size_t i = 0; i < all.n && !yes; i++) {
        const struct value *binding = object_value(a, all.items[i]),
                           *subjects = value_get(binding, "subjects");
        bool bound = false;
        for (size_t k = 0; k < value_len(subjects) && !bound; k++)
            bound = subject_is(a, value_item(subjects, k), u, ns ? ns : "");
        yes = bound && role_allows(sb, a, value_get(binding, "roleRef"), ns ? ns : "", x);
    }
    objects_unref(&all);
    return yes;
}

bool auth_may(struct sandbox *sb, const struct user *u, const struct access *x) {
    for (size_t i = 0; i < u->n_groups; i++)
        if (text_eq(u->groups[i], "system:masters"))
            return true;
    autoarena a = { 0 };
    if (bindings_allow(sb, &a, "clusterrolebindings.rbac.authorization.k8s.io", NULL, u, x))
        return true;
    return !x->path && x->ns[0] &&
           bindings_allow(sb, &a, "rolebindings.rbac.authorization.k8s.io", x->ns, u, x);
}

bool auth_allow(struct call *c) {
    struct access x = { c->verb, c->group, c->plural, c->subresource, c->ns, c->name, NULL };
    if (text_eq(c->plural, "namespaces") && !c->group[0])
        x.ns = c->name; // a namespace object is in the scope of itself
    bool reviews_itself = text_starts(c->plural, "selfsubject") && text_ends(c->group, ".k8s.io");
    if (reviews_itself || auth_may(c->sb, &c->user, &x))
        return true;
    const char *scope = x.ns[0] ? arena_fmt(c->a, " in the namespace \"%s\"", x.ns) : " at the cluster scope";
    const char *what = c->subresource[0] ? arena_fmt(c->a, "%s/%s", c->plural, c->subresource) : c->plural;
    return status_forbidden(&c->st, c->r, c->name,
                            "User \"%s\" cannot %s resource \"%s\" in API group \"%s\"%s", c->user.name,
                            c->verb, what, c->group, scope);
}
