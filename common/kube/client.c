// SPDX-License-Identifier: Apache-2.0
// Client: who we are, and how a request on an object becomes an HTTP request.
#include "common/kube/client_internal.h"

#include <errno.h>

#include "common/base/file.h"
#include "common/base/timeutil.h"
#include "common/value/json.h"

#define TOKEN_FILE_BYTES (64 << 10)
#define TOKEN_FRESH_NS (60 * NS_PER_S)

struct kube_client *kube_client_new(struct loop *l, struct http_client *http,
                                    const struct kube_config *config) {
    struct kube_client *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    atomic_init(&c->refs, 1);
    c->loop = l;
    c->http = http;
    c->config = kube_config_copy(&c->a, config);
    pthread_mutex_init(&c->lock, NULL);
    pthread_mutex_init(&c->limiter.lock, NULL);
    return c;
}

void kube_client_observe(struct kube_client *c, kube_observe_fn fn, void *arg) {
    c->observe = fn;
    c->observe_arg = arg;
}

struct kube_client *kube_client_ref(struct kube_client *c) {
    atomic_fetch_add(&c->refs, 1);
    return c;
}

static void client_destroy(struct kube_client *c) {
    pthread_mutex_destroy(&c->lock);
    pthread_mutex_destroy(&c->limiter.lock);
    if (c->token)
        explicit_bzero(c->token, strlen(c->token));
    free(c->token);
    free(c->clone_key);
    map_done(&c->clones);
    arena_done(&c->a);
    free(c);
}

void kube_client_unref(struct kube_client *c) {
    if (!c)
        return;
    struct kube_client *base = c->base;
    if (base)
        pthread_mutex_lock(&base->lock); // nobody may find a clone in the table while it goes
    bool last = atomic_fetch_sub(&c->refs, 1) == 1;
    if (last && c->clone_key)
        map_remove(&base->clones, c->clone_key);
    if (base)
        pthread_mutex_unlock(&base->lock);
    if (!last)
        return;
    client_destroy(c);
    kube_client_unref(base);
}

static char *clone_key(const char *user, const char *const *groups) {
    autobuf b = { 0 };
    buf_puts(&b, user);
    for (size_t i = 0; groups && groups[i]; i++)
        buf_fmt(&b, "\n%s", groups[i]);
    char *key = strdup(b.p);
    if (!key)
        abort();
    return key;
}

struct kube_client *kube_client_impersonate(struct kube_client *c, const char *user,
                                            const char *const *groups) {
    struct kube_client *base = c->base ? c->base : c;
    char *key = clone_key(user, groups);
    pthread_mutex_lock(&base->lock);
    struct kube_client *clone = map_get(&base->clones, key);
    if (clone) {
        atomic_fetch_add(&clone->refs, 1);
        free(key);
    } else {
        struct kube_config config = base->config;
        config.impersonate_user = user;
        config.impersonate_groups = groups;
        clone = kube_client_new(base->loop, base->http, &config);
        clone->base = kube_client_ref(base);
        clone->clone_key = key;
        map_set(&base->clones, key, clone);
    }
    pthread_mutex_unlock(&base->lock);
    return clone;
}

void kube_client_limit(struct kube_client *c, double qps, unsigned burst) {
    pthread_mutex_lock(&c->limiter.lock);
    c->limiter.qps = qps;
    c->limiter.burst = c->limiter.tokens = burst ? burst : 1;
    c->limiter.refilled_ns = now_mono_ns();
    pthread_mutex_unlock(&c->limiter.lock);
}

int64_t kube_limiter_delay(struct kube_client *c, int64_t now_ns) {
    struct kube_limiter *l = c->base ? &c->base->limiter : &c->limiter;
    int64_t delay_ns = 0;
    pthread_mutex_lock(&l->lock);
    if (l->qps > 0) {
        l->tokens += (double)(now_ns - l->refilled_ns) / NS_PER_S * l->qps;
        l->tokens = l->tokens > l->burst ? l->burst : l->tokens;
        l->refilled_ns = now_ns;
        l->tokens -= 1;
        if (l->tokens < 0)
            delay_ns = (int64_t)(-l->tokens / l->qps * NS_PER_S);
    }
    pthread_mutex_unlock(&l->lock);
    return delay_ns;
}

struct loop *kube_client_loop(const struct kube_client *c) {
    return c->loop;
}

struct http_client *kube_client_http(const struct kube_client *c) {
    return c->http;
}

const char *kube_client_server(const struct kube_client *c) {
    return c->config.server;
}

const char *kube_client_namespace(const struct kube_client *c) {
    return c->config.ns;
}

/* ---- path and query ---- */

static void query_add(struct buf *b, struct arena *a, const char *key, const char *value) {
    if (text_empty(value))
        return;
    buf_fmt(b, "%c%s=%s", memchr(b->p, '?', b->n) ? '&' : '?', key, url_escape(a, str_of(value)));
}

static void add_segment(struct buf *b, struct arena *a, const char *segment) {
    buf_fmt(b, "/%s", url_path_escape(a, str_of(segment)));
}

static void add_resource(struct buf *b, struct arena *a, const struct kube_request *req) {
    const struct kube_resource *r = req->resource;
    buf_puts(b, text_empty(r->group) ? "/api" : "/apis");
    if (!text_empty(r->group))
        add_segment(b, a, r->group);
    add_segment(b, a, r->version);
    if (r->namespaced && !text_empty(req->ns)) {
        buf_puts(b, "/namespaces");
        add_segment(b, a, req->ns);
    }
    add_segment(b, a, r->plural);
}

static void add_query(struct buf *b, struct arena *a, const struct kube_request *req) {
    bool writes = req->verb != KUBE_GET && req->verb != KUBE_LIST;
    bool puts = req->verb == KUBE_CREATE || req->verb == KUBE_UPDATE || req->verb == KUBE_PATCH;
    query_add(b, a, "labelSelector", req->label_selector);
    query_add(b, a, "fieldSelector", req->field_selector);
    query_add(b, a, "resourceVersion", req->resource_version);
    query_add(b, a, "resourceVersionMatch", req->resource_version_match);
    query_add(b, a, "continue", req->continue_token);
    if (req->limit)
        query_add(b, a, "limit", arena_fmt(a, "%u", req->limit));
    query_add(b, a, "fieldManager", puts ? req->field_manager : NULL);
    query_add(b, a, "fieldValidation", puts ? req->field_validation : NULL);
    query_add(b, a, "force",
              req->verb == KUBE_PATCH && req->patch == KUBE_PATCH_APPLY && req->force ? "true" : NULL);
    query_add(b, a, "dryRun", writes && req->dry_run ? "All" : NULL);
}

bool kube_request_path(struct arena *a, const struct kube_request *req, char **out, struct err *err) {
    if (req->path)
        return *out = arena_strdup(a, req->path), true;
    bool named = req->verb != KUBE_LIST && req->verb != KUBE_CREATE && req->verb != KUBE_DELETE_COLLECTION;
    if (named && text_empty(req->name))
        return err_set(err, ERR_INVALID, "resource name may not be empty");
    // A name with a slash or ".." must not become another path: escaping covers '/', these two it does not.
    if (named && (text_eq(req->name, ".") || text_eq(req->name, "..")))
        return err_set(err, ERR_INVALID, "invalid resource name \"%s\": [may not be '%s']", req->name,
                       req->name);
    bool needs_ns = req->resource->namespaced && (named || req->verb == KUBE_CREATE);
    if (needs_ns && text_empty(req->ns))
        return err_set(err, ERR_INVALID, "an empty namespace may not be set during %s",
                       named ? "this request" : "creation");
    struct buf b = { 0 };
    add_resource(&b, a, req);
    if (named)
        add_segment(&b, a, req->name);
    // The name of a new subresource (pods/x/eviction, serviceaccounts/x/token) goes into the path of a create, too.
    if (req->verb == KUBE_CREATE && req->subresource && req->name)
        add_segment(&b, a, req->name);
    if (req->subresource)
        add_segment(&b, a, req->subresource);
    add_query(&b, a, req);
    *out = (char *)buf_to_arena(&b, a).p;
    return true;
}

/* ---- credentials and headers ---- */

static bool current_token(struct arena *a, struct kube_client *c, const char **out, struct err *err) {
    struct kube_client *owner = c->base ? c->base : c;
    if (!owner->config.token_file) {
        *out = owner->config.token;
        return true;
    }
    int64_t now_ns = now_mono_ns();
    bool ok = true;
    pthread_mutex_lock(&owner->lock);
    if (!owner->token || now_ns - owner->token_at_ns > TOKEN_FRESH_NS) {
        struct str text;
        struct err read_err = { .a = a };
        if (file_read(a, owner->config.token_file, TOKEN_FILE_BYTES, &text, &read_err)) {
            struct str trimmed = str_trim(text);
            free(owner->token);
            owner->token = strndup(trimmed.p, trimmed.n);
            owner->token_at_ns = now_ns;
        } else if (!owner->token) { // an old token is better than none
            ok = err_move(err, &read_err);
        }
    }
    *out = owner->token ? arena_strdup(a, owner->token) : NULL;
    pthread_mutex_unlock(&owner->lock);
    return ok;
}

static void header_add(struct arena *a, const char ***list, size_t *n, const char *header) {
    const char **grown = arena_array(a, const char *, *n + 2);
    if (*n)
        memcpy(grown, *list, *n * sizeof *grown);
    grown[(*n)++] = header;
    *list = grown;
}

bool kube_http_request(struct arena *a, struct kube_client *c, const char *method, const char *path,
                       const char *accept, struct http_request *out, struct err *err) {
    const struct kube_config *config = &c->config;
    struct http_request req = {
        .method = method,
        .url = arena_fmt(a, "%s%s", config->server, path),
        .tls = &config->tls,
        .user = config->user,
        .password = config->password,
        .proxy = config->proxy,
        .no_redirects = true,
    };
    if (!current_token(a, c, &req.bearer, err))
        return false;
    const char **headers = NULL;
    size_t n = 0;
    header_add(a, &headers, &n,
               arena_fmt(a, "User-Agent: %s/v%s runnel", program_invocation_short_name, RUNNEL_VERSION));
    header_add(a, &headers, &n, arena_fmt(a, "Accept: %s", accept ? accept : "*/*"));
    if (config->impersonate_user)
        header_add(a, &headers, &n, arena_fmt(a, "Impersonate-User: %s", config->impersonate_user));
    for (size_t i = 0; config->impersonate_groups && config->impersonate_groups[i]; i++)
        header_add(a, &headers, &n, arena_fmt(a, "Impersonate-Group: %s", config->impersonate_groups[i]));
    req.headers = headers;
    *out = req;
    return true;
}

/* ---- Status ---- */

static enum err_kind kind_of_code(int code) {
    switch (code) {
    case 404: return ERR_NOT_FOUND;
    case 401:
    case 403: return ERR_AUTH;
    case 409: return ERR_CONFLICT;
    case 400:
    case 405:
    case 415:
    case 422: return ERR_INVALID;
    case 408:
    case 504: return ERR_TIMEOUT;
    default: return ERR_IO;
    }
}

static const struct {
    int code;
    const char *reason, *message; // as client-go words an answer that is no Status
} generic_status[] = {
    { 400, "BadRequest", "the server rejected our request for an unknown reason" },
    { 401, "Unauthorized", "the server has asked for the client to provide credentials" },
    { 403, "Forbidden", "the server does not allow access to the requested resource" },
    { 404, "NotFound", "the server could not find the requested resource" },
    { 405, "MethodNotAllowed", "the server does not allow this method on the requested resource" },
    { 409, "Conflict", "the server reported a conflict" },
    { 410, "Gone", "the resource is gone" },
    { 415, "UnsupportedMediaType", "the body of the request was in an unknown format" },
    { 422, "Invalid", "the server rejected our request due to an error in our request" },
    { 429, "TooManyRequests",
      "the server has received too many requests and has asked us to try again later" },
    { 500, "InternalError", "an error on the server has prevented the request from succeeding" },
    { 503, "ServiceUnavailable", "the server is currently unable to handle the request" },
    { 504, "Timeout",
      "the server was unable to return a response in the time allotted, but may still be processing the "
      "request" },
    { 0 },
};

bool kube_status_err(struct arena *a, int code, struct str body, const char **out_reason, struct err *err) {
    struct err ignored = { .a = a };
    struct value *status = NULL;
    const char *message = NULL, *reason = "";
    if (body.n && *body.p == '{' && json_read(a, body, &status, &ignored) &&
        text_eq(object_kind(status), "Status")) {
        message = value_text(value_get(status, "message"), NULL);
        reason = value_text(value_get(status, "reason"), "");
    }
    for (size_t i = 0; !message && generic_status[i].code; i++)
        if (generic_status[i].code == code) {
            message = generic_status[i].message;
            reason = generic_status[i].reason;
        }
    if (out_reason)
        *out_reason = reason;
    if (!message)
        message = arena_fmt(
            a, "the server responded with the status code %d but did not return more information", code);
    return err_set_code(err, kind_of_code(code), code, "%s", message);
}

bool kube_answer_reply(struct arena *a, int code, struct str body, const char *warning,
                       struct kube_reply *out, struct err *err) {
    struct kube_reply reply = { .code = code, .reason = "", .warning = warning };
    bool ok = true;
    if (code >= 400)
        ok = kube_status_err(a, code, body, &reply.reason, err);
    else if (body.n && !json_read(a, body, &reply.object, err))
        ok = err_wrap(err, "unable to decode the server's answer");
    *out = reply;
    return ok;
}
