// SPDX-License-Identifier: Apache-2.0
// The Provider kind and its settings: spec, Secrets, TLS, proxy.
#include "notification-controller/provider.h"

#include "common/value/json.h"
#include "common/value/yaml.h"

struct provider_spec {
    const char *type, *channel, *username, *address, *proxy;
    const char *secret, *cert_secret, *proxy_secret, *service_account, *commit_status_expr;
    int64_t timeout_ns;
    bool suspend;
};

#define S struct provider_spec
static const struct field provider_fields[] = {
    { "type", STRING(S, type), .flags = FIELD_REQUIRED },
    { "channel", STRING(S, channel) },
    { "username", STRING(S, username) },
    { "address", STRING(S, address) },
    { "timeout", DURATION(S, timeout_ns), .value_if_absent = "15s" },
    { "proxy", STRING(S, proxy) },
    { "secretRef", NAME_REF(S, secret) },
    { "certSecretRef", NAME_REF(S, cert_secret) },
    { "proxySecretRef", NAME_REF(S, proxy_secret) },
    { "serviceAccountName", STRING(S, service_account) },
    { "commitStatusExpr", STRING(S, commit_status_expr) },
    { "suspend", BOOL(S, suspend) },
    { 0 },
};
#undef S

const struct kind kind_provider = {
    .group = "notification.toolkit.fluxcd.io",
    .version = "v1beta3",
    .name = "Provider",
    .plural = "providers",
    .no_status = true, // static: mistakes show when something is sent
};

/* ---- Secrets ---- */

// The text of a key; NULL when absent. A key with a NUL byte in it is no text.
static const char *key_of(const struct value *secret, const char *key) {
    const struct value *v = value_get(secret, key);
    return value_is(v, VALUE_STRING) && strlen(v->s.p) == v->s.n ? v->s.p : NULL;
}

static bool read_address(struct arena *a, struct provider *p, const char *text, struct err *err) {
    struct str s = str_trim(str_of(text));
    if (s.n > PROVIDER_TEXT_MAX)
        return err_set(err, ERR_INVALID, "address is longer than %d characters", PROVIDER_TEXT_MAX);
    p->address = arena_text(a, s.p, s.n);
    return true;
}

static bool read_headers(struct arena *a, struct provider *p, const char *text, struct err *err) {
    struct value *v = NULL;
    if (!yaml_read(a, str_of(text), YAML_GO_SIGS, &v, err))
        return err_wrap(err, "failed to read headers from secret");
    if (v->type == VALUE_NULL)
        return true;
    if (v->type != VALUE_MAP)
        return err_set(err, ERR_INVALID, "failed to read headers from secret: expected a map, got %s",
                       value_type_name(v->type));
    for (size_t i = 0; i < v->map.n; i++) {
        struct value_pair *pair = &v->map.pairs[i];
        if (value_is(pair->value, VALUE_BOOL) || value_is(pair->value, VALUE_INT) ||
            value_is(pair->value, VALUE_FLOAT))
            pair->value = value_string_n(
                a, json_text(a, pair->value, JSON_GO_FLOATS)); // as sigs.k8s.io/yaml for a text
        bool clean = value_is(pair->value, VALUE_STRING) && !strpbrk(pair->value->s.p, "\r\n") &&
                     !strpbrk(pair->key.p, "\r\n:");
        if (!clean)
            return err_set(err, ERR_INVALID,
                           "failed to read headers from secret: header '%s' is no line of text", pair->key.p);
    }
    p->headers = v;
    return true;
}

/* Both spellings of the TLS keys. ca replaces the system's pool. */
static bool read_tls(struct provider *p, const struct value *secret, bool *found, struct err *err) {
    const char *ca = key_of(secret, "ca.crt"), *cert = key_of(secret, "tls.crt"),
               *key = key_of(secret, "tls.key");
    if (!ca)
        ca = key_of(secret, "caFile");
    if (!cert && !key) {
        cert = key_of(secret, "certFile");
        key = key_of(secret, "keyFile");
    }
    if (!cert != !key)
        return err_set(err, ERR_INVALID, "found one of 'tls.crt' or 'tls.key', and expected both or none");
    *found = ca || cert;
    if (*found) {
        p->tls = (struct http_tls) { .ca_pem = ca, .cert_pem = cert, .key_pem = key };
        p->has_tls = true;
    }
    return true;
}

bool provider_apply_secret(struct arena *a, struct provider *p, const struct value *secret, struct err *err) {
    const char *address = key_of(secret, "address"), *username = key_of(secret, "username");
    const char *password = key_of(secret, "password"), *token = key_of(secret, "token");
    const char *headers = key_of(secret, "headers"), *proxy = key_of(secret, "proxy");
    bool tls;
    if (username)
        p->username = username;
    if (password)
        p->password = password;
    if (token)
        p->token = token;
    if (proxy)
        p->proxy = proxy;
    return (!address || read_address(a, p, address, err)) && (!headers || read_headers(a, p, headers, err)) &&
           read_tls(p, secret, &tls, err);
}

bool provider_apply_certs(struct arena *a, struct provider *p, const struct value *secret, struct err *err) {
    (void)a;
    bool found;
    if (!read_tls(p, secret, &found, err))
        return false;
    return found ||
           err_set(err, ERR_INVALID, "certificate secret has neither 'ca.crt' nor 'tls.crt' and 'tls.key'");
}

bool provider_apply_proxy(struct arena *a, struct provider *p, const struct value *secret, struct err *err) {
    const char *address = key_of(secret, "address"), *user = key_of(secret, "username"),
               *password = key_of(secret, "password");
    struct url u;
    if (text_empty(address))
        return err_set(err, ERR_INVALID, "invalid proxy secret: key 'address' is missing");
    if (strlen(address) > PROVIDER_TEXT_MAX)
        return err_set(err, ERR_INVALID, "proxy address is longer than %d characters", PROVIDER_TEXT_MAX);
    if (!url_parse(a, address, &u, err))
        return err_wrap(err, "failed to parse proxy address");
    if (!text_eq(u.scheme, "http") && !text_eq(u.scheme, "https") && !text_eq(u.scheme, "socks5"))
        return err_set(err, ERR_INVALID, "proxy scheme must be http, https or socks5, got '%s'",
                       u.scheme ? u.scheme : "");
    p->proxy = address;
    if (user) {
        const char *rest = strstr(address, "://") + 3, *at = strchr(rest, '@');
        p->proxy = arena_fmt(a, "%s://%s:%s@%s", u.scheme, url_escape(a, str_of(user)),
                             url_escape(a, str_of(password ? password : "")), at ? at + 1 : rest);
    }
    return true;
}

typedef bool (*apply_fn)(struct arena *a, struct provider *p, const struct value *secret, struct err *err);

static bool apply(struct runtime *rt, struct arena *a, struct provider *p, const char *secret_name,
                  apply_fn fn, struct err *err) {
    struct value *secret = NULL;
    if (!secret_name)
        return true;
    if (!runtime_secret(rt, a, p->ns, secret_name, &secret, err))
        return err_wrap(err, "failed to read secret '%s/%s'", p->ns, secret_name);
    return fn(a, p, secret, err) || err_wrap(err, "invalid secret '%s/%s'", p->ns, secret_name);
}

static bool check_length(const char *what, const char *text, struct err *err) {
    return strlen(text) <= PROVIDER_TEXT_MAX ||
           err_set(err, ERR_INVALID, "spec.%s is longer than %d characters", what, PROVIDER_TEXT_MAX);
}

bool provider_load(struct runtime *rt, struct arena *a, const char *ns, const char *name,
                   struct provider *out, struct err *err) {
    struct value *object = runtime_find(rt, a, "Provider", ns, name);
    struct provider_spec spec;
    if (!object)
        return err_set(err, ERR_NOT_FOUND,
                       "failed to read provider: providers.notification.toolkit.fluxcd.io \"%s\" not found",
                       name);
    if (!fields_read(a, provider_fields, "spec", value_get(object, "spec"), &spec, sizeof spec, err))
        return err_wrap(err, "failed to read provider");
    if (!check_length("address", spec.address, err) || !check_length("channel", spec.channel, err) ||
        !check_length("username", spec.username, err))
        return false;
    struct provider p = {
        .object = object,
        .ns = ns,
        .name = name,
        .uid = object_uid(object),
        .type = spec.type,
        .channel = spec.channel,
        .username = spec.username,
        .password = "",
        .address = spec.address,
        .token = "",
        .proxy = text_empty(spec.proxy) ? NULL : spec.proxy,
        .suspend = spec.suspend,
        .timeout_ns = spec.timeout_ns,
        .commit_status_expr = spec.commit_status_expr,
        .service_account = spec.service_account,
    };
    *out = p;
    if (p.suspend)
        return true; // nobody is told: its Secrets need not be there
    if (!apply(rt, a, &p, spec.secret, provider_apply_secret, err) ||
        !apply(rt, a, &p, spec.cert_secret, provider_apply_certs, err) ||
        !apply(rt, a, &p, spec.proxy_secret, provider_apply_proxy, err))
        return *out = p, false; // the token is needed to mask messages
    *out = p;
    return true;
}
