// SPDX-License-Identifier: Apache-2.0
/* Credentials of a GitRepository: basic, bearer, SSH, TLS, proxy. Flux: pkg/git/options.go#NewAuthOptions,
 * gitrepository_controller.go#getAuthOpts, pkg/runtime/secrets (proxy) */
#include "source-controller/gitrepository.h"

#include "common/crypto/secret.h"

#define MAX_PROXY_CHARS 2048

static const char *data_of(const struct value *data, const char *key) {
    const char *text = value_text(value_get(data, key), "");
    return *text ? text : NULL;
}

static struct str data_bytes(const struct value *data, const char *key) {
    const struct value *v = value_get(data, key);
    return value_is(v, VALUE_STRING) ? v->s : (struct str) { 0 };
}

static enum step_result auth_failed(struct run *r, const char *what) {
    return source_fail(r, CONDITION_FETCH_FAILED, REASON_AUTHENTICATION_FAILED, "%s%s", what,
                       r->err.msg ? r->err.msg : "");
}

static void remember(struct run *r, struct value *data) {
    struct git_state *st = git_state(r);
    st->secrets[st->n_secrets++] = data;
}

void git_auth_wipe(struct run *r) {
    struct git_state *st = git_state(r);
    for (size_t i = 0; i < st->n_secrets; i++)
        for (size_t k = 0; k < value_len(st->secrets[i]); k++) {
            struct value *v = st->secrets[i]->map.pairs[k].value;
            if (value_is(v, VALUE_STRING))
                secret_wipe((void *)(uintptr_t)v->s.p, v->s.n);
        }
    st->n_secrets = 0;
}

/* ---- proxy ---- */

static bool proxy_url(struct run *r, const struct value *data, char **out, struct err *err) {
    const char *ns = r->ns, *name = git_spec(r)->proxy_secret;
    const char *address = data_of(data, "address"), *user = data_of(data, "username"),
               *password = data_of(data, "password");
    struct url url = { 0 };
    struct err hidden = { .a = r->a }; // its text may have a password in it
    if (!address)
        return err_set(err, ERR_INVALID, "invalid proxy secret '%s/%s': key 'address' is missing", ns, name);
    if (strlen(address) > MAX_PROXY_CHARS)
        return err_set(err, ERR_INVALID, "proxy URL exceeds maximum length of %d characters",
                       MAX_PROXY_CHARS);
    if (!url_parse(r->a, address, &url, &hidden) || text_empty(url.host))
        return err_set(err, ERR_INVALID, "invalid proxy secret '%s/%s': the address is not a URL with a host",
                       ns, name);
    if (!text_eq(url.scheme, "http") && !text_eq(url.scheme, "https") && !text_eq(url.scheme, "socks5"))
        return err_set(err, ERR_INVALID,
                       "proxy URL scheme '%s' is not supported, must be one of: http, https, socks5",
                       url.scheme ? url.scheme : "");
    if (!user) {
        *out = arena_strdup(r->a, address);
        return true;
    }
    const char *host = strstr(address, "://") + 3;
    const char *at = memchr(host, '@', strcspn(host, "/?#"));
    *out = arena_fmt(r->a, "%s://%s%s%s@%s", url.scheme, url_path_escape(r->a, str_of(user)),
                     password ? ":" : "", password ? url_path_escape(r->a, str_of(password)) : "",
                     at ? at + 1 : host);
    return true;
}

static enum step_result load_proxy(struct run *r, struct repo_remote *remote) {
    const char *name = git_spec(r)->proxy_secret;
    struct value *data = NULL;
    char *url = NULL;
    if (!name)
        return STEP_NEXT;
    if (!runtime_secret(r->rt, r->a, r->ns, name, &data, &r->err)) {
        err_wrap(&r->err, "secret '%s/%s'", r->ns, name);
        return auth_failed(r, "failed to configure proxy options: ");
    }
    remember(r, data);
    if (!proxy_url(r, data, &url, &r->err))
        return auth_failed(r, "failed to configure proxy options: ");
    remote->proxy = url;
    remote->use_env_proxy = false;
    return STEP_NEXT;
}

/* ---- credentials ---- */

static bool is_header_safe(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

static void load_tls(struct run *r, const struct value *data, struct repo_remote *remote) {
    const char *ca = data_of(data, "ca.crt");
    if (!ca)
        ca = data_of(data, "caFile");
    const char *cert = data_of(data, "tls.crt"), *key = data_of(data, "tls.key");
    if (!ca && !cert && !key)
        return;
    struct http_tls *tls = arena_new(r->a, struct http_tls);
    *tls = (struct http_tls) { .ca_pem = ca, .ca_adds_to_system = true, .cert_pem = cert, .key_pem = key };
    remote->tls = tls;
}

static bool load_ssh(const struct value *data, struct repo_remote *remote, struct err *err) {
    remote->ssh_key = data_of(data, "identity");
    remote->known_hosts = data_of(data, "known_hosts");
    remote->ssh_passphrase = data_of(data, "password");
    if (!remote->ssh_key)
        return err_set(err, ERR_AUTH, "invalid 'ssh' auth option: 'identity' is required");
    if (!remote->known_hosts)
        return err_set(err, ERR_AUTH, "invalid 'ssh' auth option: 'known_hosts' is required");
    return true;
}

static bool load_http(struct run *r, const struct value *data, const struct url *url,
                      struct repo_remote *remote, struct err *err) {
    struct str token = data_bytes(data, "bearerToken");
    load_tls(r, data, remote);
    remote->bearer = token.p ? token.p : NULL;
    if (!token.p) {
        remote->user = data_of(data, "username");
        remote->password = data_of(data, "password");
    } else if (!is_header_safe(token.p)) {
        return err_set(err, ERR_AUTH, "the bearer token has a control character (a line end?) in it");
    }
    const char *user = remote->user ? remote->user : url->user,
               *password = remote->password ? remote->password : url->password;
    if (text_empty(user) && !text_empty(password))
        return err_set(err, ERR_AUTH, "invalid '%s' auth option: 'password' requires 'username' to be set",
                       url->scheme);
    remote->user = user;
    remote->password = password;
    return true;
}

static enum step_result check_provider(struct run *r, const struct value *data) {
    const struct gitrepository_spec *spec = git_spec(r);
    const char *provider = spec->provider;
    bool app = data_of(data, "githubAppID") != NULL;
    if (text_eq(provider, "generic") && app)
        return source_fail(r, CONDITION_FETCH_FAILED, "InvalidProviderConfiguration",
                           "secretRef '%s/%s' has github app data but provider is not set to github", r->ns,
                           spec->secret);
    if (text_eq(provider, "generic"))
        return STEP_NEXT;
    if (text_eq(provider, "github") && !spec->secret)
        return source_stall(
            r, CONDITION_FETCH_FAILED, "InvalidProviderConfiguration",
            "secretRef with github app data must be specified when provider is set to github");
    if (text_eq(provider, "github") && !app)
        return source_fail(r, CONDITION_FETCH_FAILED, "InvalidProviderConfiguration",
                           "secretRef with github app data must be specified when provider is set to github");
    if (!text_eq(provider, "github") && *spec->service_account &&
        !runtime_gate(r->rt, "ObjectLevelWorkloadIdentity"))
        return source_stall(r, CONDITION_FETCH_FAILED, "FeatureGateDisabled",
                            "to use spec.serviceAccountName for provider authentication please enable the "
                            "ObjectLevelWorkloadIdentity feature gate in the controller");
    return source_fail(
        r, CONDITION_FETCH_FAILED, REASON_AUTHENTICATION_FAILED,
        "failed to configure authentication options: provider '%s' is not supported by this version of "
        "source-controller; use provider 'generic' with a token in the Secret",
        provider);
}

static enum step_result check_ssh_key(struct run *r, const struct repo_remote *remote) {
    if (remote->ssh_passphrase || !repo_ssh_key_encrypted(remote->ssh_key))
        return STEP_NEXT;
    return source_fail(
        r, CONDITION_FETCH_FAILED, REASON_AUTHENTICATION_FAILED,
        "SSH identity key is encrypted but no 'password' field was provided in the secret '%s/%s'", r->ns,
        git_spec(r)->secret);
}

enum step_result git_auth(struct run *r, struct repo_remote *remote) {
    const struct gitrepository_spec *spec = git_spec(r);
    struct value *data = NULL;
    struct url url = { 0 };
    enum step_result result = load_proxy(r, remote);
    if (result != STEP_NEXT)
        return result;
    if (spec->secret && !runtime_secret(r->rt, r->a, r->ns, spec->secret, &data, &r->err)) {
        err_wrap(&r->err, "failed to get secret '%s/%s'", r->ns, spec->secret);
        return auth_failed(r, "");
    }
    if (data)
        remember(r, data);
    if (!url_parse(r->a, spec->url, &url, &r->err))
        return source_stall(r, CONDITION_FETCH_FAILED, "URLInvalid", "failed to parse url");
    bool ssh = text_eq(url.scheme, "ssh");
    if (ssh ? !load_ssh(data, remote, &r->err) : !load_http(r, data, &url, remote, &r->err))
        return auth_failed(r, "failed to configure authentication options: ");
    if (ssh && (result = check_ssh_key(r, remote)) != STEP_NEXT)
        return result;
    return check_provider(r, data);
}
