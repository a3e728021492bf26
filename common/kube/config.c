// SPDX-License-Identifier: Apache-2.0
// Kubeconfig: reading files, Secrets and a Pod's service account.
#include "common/kube/config.h"

#include "common/base/file.h"
#include "common/base/limits.h"
#include "common/value/base64.h"
#include "common/value/yaml.h"

#define SERVICE_ACCOUNT_DIR "/var/run/secrets/kubernetes.io/serviceaccount"
#define CONFIG_BYTES (4u << 20)

struct reader {
    struct arena *a;
    const char *base_dir;
    unsigned flags;
    struct err *err;
};

static const char *text_of(const struct value *map, const char *key) {
    const char *text = value_text(value_get(map, key), NULL);
    return text_empty(text) ? NULL : text;
}

// clusters, users, contexts: [{name, <inner>: {...}}].
static const struct value *named(const struct value *doc, const char *list_key, const char *inner,
                                 const char *name) {
    const struct value *list = value_get(doc, list_key);
    if (!value_is(list, VALUE_LIST) || !name)
        return NULL;
    for (size_t i = 0; i < value_len(list); i++)
        if (text_eq(value_text(value_get(value_item(list, i), "name"), ""), name))
            return value_get(value_item(list, i), inner);
    return NULL;
}

static const char *file_name(struct reader *r, const char *path) {
    return *path == '/' || !r->base_dir ? path : path_join(r->a, r->base_dir, path);
}

/* PEM given inline (base64 under "<key>-data") or as a file name (under "<key>"); inline wins. *out stays NULL when neither is there. */
static bool read_pem(struct reader *r, const struct value *map, const char *key, const char **out) {
    const char *inline_key = arena_fmt(r->a, "%s-data", key);
    const char *data = text_of(map, inline_key), *path = text_of(map, key);
    struct str pem;
    if (data) {
        if (!base64_decode(r->a, str_of(data), &pem))
            return err_set(r->err, ERR_INVALID, "%s: illegal base64 data", inline_key);
        *out = arena_text(r->a, pem.p, pem.n);
        return true;
    }
    if (!path || (r->flags & KUBE_CONFIG_NO_FILES))
        return true;
    if (!file_read(r->a, file_name(r, path), CONFIG_BYTES, &pem, r->err))
        return err_wrap(r->err, "unable to read %s", key);
    *out = pem.p;
    return true;
}

static bool read_cluster(struct reader *r, const struct value *cluster, const char *name,
                         struct kube_config *c) {
    const char *server = text_of(cluster, "server");
    if (!cluster)
        return err_set(r->err, ERR_INVALID, "cluster \"%s\" does not exist", name);
    if (!server)
        return err_set(r->err, ERR_INVALID, "no server found for cluster \"%s\"", name);
    struct url url;
    if (!url_parse(r->a, server, &url, r->err))
        return err_wrap(r->err, "server of cluster \"%s\"", name);
    if (!text_eq(url.scheme, "http") && !text_eq(url.scheme, "https"))
        return err_set(r->err, ERR_INVALID, "server of cluster \"%s\" is no http or https URL", name);
    size_t n = strlen(server);
    while (n && server[n - 1] == '/')
        n--;
    c->server = arena_text(r->a, server, n);
    c->tls.insecure = value_bool_or(value_get(cluster, "insecure-skip-tls-verify"), false);
    if (c->tls.insecure && (r->flags & KUBE_CONFIG_NO_INSECURE))
        return err_set(r->err, ERR_INVALID,
                       "insecure-skip-tls-verify is not allowed (see --insecure-kubeconfig-tls)");
    c->tls.server_name = text_of(cluster, "tls-server-name");
    c->proxy = text_of(cluster, "proxy-url");
    return read_pem(r, cluster, "certificate-authority", &c->tls.ca_pem);
}

static bool refuse_plugins(struct reader *r, const struct value *user, const char *name) {
    const struct value *exec = value_get(user, "exec");
    if (value_is(exec, VALUE_MAP))
        return err_set(r->err, ERR_UNSUPPORTED,
                       "user \"%s\" gets its credentials from the exec plugin \"%s\"; Runnel starts no "
                       "programs: use a token, "
                       "a token file or a client certificate",
                       name, value_text(value_get(exec, "command"), ""));
    const struct value *provider = value_get(user, "auth-provider");
    if (value_is(provider, VALUE_MAP))
        return err_set(r->err, ERR_UNSUPPORTED,
                       "user \"%s\" uses the auth-provider \"%s\", which is not supported: use a token or a "
                       "client certificate",
                       name, value_text(value_get(provider, "name"), ""));
    return true;
}

static const char *const *texts_of(struct arena *a, const struct value *list) {
    if (!value_len(list) || !value_is(list, VALUE_LIST))
        return NULL;
    const char **out = arena_array(a, const char *, value_len(list) + 1);
    for (size_t i = 0; i < value_len(list); i++)
        out[i] = value_text(value_item(list, i), "");
    return out;
}

static bool read_user(struct reader *r, const struct value *user, const char *name, struct kube_config *c) {
    if (!user)
        return !text_empty(name) ? err_set(r->err, ERR_INVALID, "auth info \"%s\" does not exist", name)
                                 : true;
    if (!refuse_plugins(r, user, name))
        return false;
    c->token = text_of(user, "token");
    const char *token_file = text_of(user, "tokenFile");
    if (token_file && !(r->flags & KUBE_CONFIG_NO_FILES))
        c->token_file = file_name(r, token_file); // client-go: the file wins over the token
    c->user = text_of(user, "username");
    c->password = text_of(user, "password");
    c->impersonate_user = text_of(user, "as");
    c->impersonate_groups = texts_of(r->a, value_get(user, "as-groups"));
    if (!read_pem(r, user, "client-certificate", &c->tls.cert_pem) ||
        !read_pem(r, user, "client-key", &c->tls.key_pem))
        return false;
    if (!c->tls.cert_pem != !c->tls.key_pem)
        return err_set(r->err, ERR_INVALID, "user \"%s\" needs both a client certificate and its key", name);
    return true;
}

static bool read_document(struct reader *r, const struct value *doc, const char *context,
                          struct kube_config *c) {
    if (!value_is(doc, VALUE_MAP))
        return err_set(r->err, ERR_INVALID, "invalid configuration: no configuration has been provided");
    const char *name = context ? context : text_of(doc, "current-context");
    if (!name)
        return err_set(r->err, ERR_INVALID, "no current-context is set and none was given");
    const struct value *entry = named(doc, "contexts", "context", name);
    if (!entry)
        return err_set(r->err, ERR_INVALID, "context \"%s\" does not exist", name);
    const char *cluster = value_text(value_get(entry, "cluster"), "");
    const char *user = value_text(value_get(entry, "user"), "");
    c->context = name;
    c->ns = text_of(entry, "namespace") ? text_of(entry, "namespace") : "default";
    return read_cluster(r, named(doc, "clusters", "cluster", cluster), cluster, c) &&
           read_user(r, named(doc, "users", "user", user), user, c);
}

bool kube_config_parse(struct arena *a, struct str text, const char *base_dir, const char *context,
                       unsigned flags, struct kube_config *out, struct err *err) {
    struct reader r = { .a = a, .base_dir = base_dir, .flags = flags, .err = err };
    struct kube_config c = { 0 };
    struct value *doc;
    if (text.n > CONFIG_BYTES)
        return err_set(err, ERR_LIMIT, "kubeconfig is larger than %u bytes", CONFIG_BYTES);
    if (!yaml_read(a, text, YAML_GO_SIGS, &doc, err))
        return err_wrap(err, "unable to read kubeconfig");
    if (!read_document(&r, doc, context, &c))
        return err_wrap(err, "kubeconfig");
    *out = kube_config_copy(a, &c);
    return true;
}

static bool load_file(struct arena *a, const char *path, const char *context, struct kube_config *out,
                      struct err *err) {
    struct str text;
    if (!file_read(a, path, CONFIG_BYTES, &text, err))
        return false;
    const char *slash = strrchr(path, '/');
    const char *dir = slash ? arena_text(a, path, slash == path ? 1 : (size_t)(slash - path)) : ".";
    return kube_config_parse(a, text, dir, context, 0, out, err) || err_wrap(err, "%s", path);
}

static bool file_exists(struct arena *a, const char *path) {
    struct str text;
    struct err err = { .a = a };
    return file_read(a, path, CONFIG_BYTES, &text, &err) || err.kind != ERR_NOT_FOUND;
}

const char *kube_config_pod_namespace(struct arena *a) {
    struct str text;
    struct err err = { .a = a };
    if (!file_read(a, SERVICE_ACCOUNT_DIR "/namespace", 4096, &text, &err))
        return NULL;
    struct str trimmed = str_trim(text);
    return trimmed.n ? arena_text(a, trimmed.p, trimmed.n) : NULL;
}

bool kube_config_in_cluster(struct arena *a, struct kube_config *out, struct err *err) {
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    if (text_empty(host) || text_empty(port))
        return err_set(err, ERR_NOT_FOUND,
                       "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and "
                       "KUBERNETES_SERVICE_PORT must be defined");
    struct str ca;
    if (!file_read(a, SERVICE_ACCOUNT_DIR "/ca.crt", CONFIG_BYTES, &ca, err))
        return err_wrap(err, "unable to load in-cluster configuration");
    const char *ns = kube_config_pod_namespace(a);
    *out = (struct kube_config) {
        .server = arena_fmt(a, strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port),
        .tls = { .ca_pem = ca.p },
        .token_file = SERVICE_ACCOUNT_DIR "/token",
        .ns = ns ? ns : "default",
        .context = "",
        .in_cluster = true,
    };
    return true;
}

// The first file of $KUBECONFIG (a list with colons) that exists; NULL: none.
static const char *env_file(struct arena *a) {
    struct str rest = str_of(getenv("KUBECONFIG")), path;
    while (rest.n && str_split(&rest, ':', &path)) {
        const char *text = arena_text(a, path.p, path.n);
        if (path.n && file_exists(a, text))
            return text;
    }
    return NULL;
}

bool kube_config_load(struct arena *a, const char *path, const char *context, struct kube_config *out,
                      struct err *err) {
    if (!text_empty(path))
        return load_file(a, path, context, out, err);
    const char *from_env = env_file(a);
    if (from_env)
        return load_file(a, from_env, context, out, err);
    if (!text_empty(getenv("KUBECONFIG")))
        return err_set(err, ERR_NOT_FOUND, "no file of $KUBECONFIG exists");
    struct err ignored = { .a = a };
    if (!context && kube_config_in_cluster(a, out, &ignored))
        return true;
    const char *home = getenv("HOME");
    const char *in_home = home ? path_join(a, home, ".kube/config") : NULL;
    if (in_home && file_exists(a, in_home))
        return load_file(a, in_home, context, out, err);
    return err_set(err, ERR_NOT_FOUND,
                   "no API server is configured: give --kubeconfig, set KUBECONFIG, or run in a Pod with a "
                   "service account");
}

struct kube_config kube_config_copy(struct arena *a, const struct kube_config *c) {
    struct kube_config copy = *c;
    const char **texts[] = {
        &copy.server, &copy.tls.ca_pem,       &copy.tls.cert_pem, &copy.tls.key_pem, &copy.tls.server_name,
        &copy.token,  &copy.token_file,       &copy.user,         &copy.password,    &copy.proxy,
        &copy.ns,     &copy.impersonate_user, &copy.context
    };
    for (size_t i = 0; i < countof(texts); i++)
        *texts[i] = arena_strdup(a, *texts[i]);
    if (c->impersonate_groups) {
        size_t n = 0;
        while (c->impersonate_groups[n])
            n++;
        const char **groups = arena_array(a, const char *, n + 1);
        for (size_t i = 0; i < n; i++)
            groups[i] = arena_strdup(a, c->impersonate_groups[i]);
        copy.impersonate_groups = groups;
    }
    return copy;
}
