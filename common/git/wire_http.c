// SPDX-License-Identifier: Apache-2.0
/* Smart HTTP: GET info/refs, POST git-upload-pack. Git: gitprotocol-http(5).
 * Flux: go-git plumbing/transport/http: redirects only for the first request, never from https to http; words of the errors. */
#include "common/git/wire.h"

#include "common/base/timeutil.h"
#include <poll.h>

#define MAX_REDIRECTS 10

struct wire_http {
    struct wire wire;
    struct arena a;    // lives as long as the wire
    struct arena call; // of the exchange under way
    const char *base;  // URL of the repository, without user and password, after redirects
    const char *user, *password;
    bool same_host; // false after a redirect to another host: no credentials for it
    struct http_body *body;
};

bool remote_alive(const struct repo_remote *remote, struct err *err) {
    if (remote->cancel) {
        struct pollfd p = { .fd = *remote->cancel, .events = POLLIN };
        if (poll(&p, 1, 0) > 0)
            return err_set(err, ERR_CANCELED, "context canceled");
    }
    if (now_mono_ns() >= remote->deadline_ns)
        return err_set(err, ERR_TIMEOUT, "context deadline exceeded");
    return true;
}

char *server_text(struct arena *a, struct str text) {
    text = str_trim(text);
    ptrdiff_t newline = str_chr(text, '\n');
    if (newline >= 0)
        text.n = (size_t)newline;
    text = str_trim(str_sub(text, 0, 256));
    char *out = arena_text(a, text.p, text.n);
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    return out;
}

static void end_exchange(struct wire_http *w) {
    http_close(&w->body);
    w->body = NULL;
    arena_done(&w->call);
}

static bool start(struct wire_http *w, const char *url, const char *const *headers, const struct str *request,
                  struct http_response *out, struct err *err) {
    const struct repo_remote *remote = w->wire.remote;
    end_exchange(w);
    if (!remote_alive(remote, err))
        return false;
    int64_t left_ns = remote->deadline_ns - now_mono_ns();
    struct http_request req = {
        .method = request ? "POST" : "GET",
        .url = url,
        .headers = headers,
        .timeout_ns = left_ns,
        .connect_timeout_ns = left_ns < 30 * NS_PER_S ? left_ns : 30 * NS_PER_S,
        .stall_timeout_ns = left_ns,
        .tls = remote->tls,
        .proxy = remote->proxy,
        .use_env_proxy = remote->use_env_proxy && !remote->proxy,
        .no_redirects = true,
        .retry_safe = true, // reading only
    };
    if (request)
        req.body = *request;
    if (w->same_host) {
        req.bearer = remote->bearer;
        req.user = remote->bearer ? NULL : w->user;
        req.password = remote->bearer ? NULL : w->password;
    }
    w->wire.requests++;
    return http_open(remote->http, &w->call, &req, out, &w->body, err);
}

// The first bytes of an answer that is not the one asked for: a server's reason, when it is plain text.
static char *reason_of(struct wire_http *w, const struct http_response *r) {
    char bytes[512];
    size_t have = 0, n = 0;
    struct err ignored = { .a = &w->call };
    const char *type = http_header_get(r, "Content-Type");
    while (have < sizeof(bytes) && http_read(w->body, bytes + have, sizeof(bytes) - have, &n, &ignored) &&
           n > 0)
        have += n;
    if (!type || !text_starts(type, "text/plain"))
        have = 0;
    return server_text(&w->call, str_make(bytes, have));
}

static bool status_error(struct wire_http *w, const struct http_response *r, const char *url,
                         struct err *err) {
    static const struct {
        int status;
        enum err_kind kind;
        const char *words, *status_words;
    } known[] = {
        { 401, ERR_AUTH, "authentication required", "Unauthorized" },
        { 403, ERR_AUTH, "authorization failed", "Forbidden" },
        { 404, ERR_NOT_FOUND, "repository not found", "Not Found" },
        { 407, ERR_AUTH, "proxy authentication required", "Proxy Authentication Required" },
    };
    char *reason = reason_of(w, r);
    for (size_t i = 0; i < countof(known); i++)
        if (r->status == known[i].status)
            return err_set_code(err, known[i].kind, r->status, "%s: %s", known[i].words,
                                *reason ? reason : known[i].status_words);
    return err_set_code(err, ERR_IO, r->status,
                        "unexpected client error: unexpected requesting \"%s\" status code: %d%s%s", url,
                        r->status, *reason ? ": " : "", reason);
}

static bool redirect_allowed(struct wire_http *w, const char *from, const char *to, struct err *err) {
    struct url a = { 0 }, b = { 0 };
    if (!url_parse(&w->a, from, &a, err) || !url_parse(&w->a, to, &b, err))
        return err_wrap(err, "http redirect");
    if (!text_eq(b.scheme, "http") && !text_eq(b.scheme, "https"))
        return err_set(err, ERR_INVALID, "http redirect: unsupported scheme \"%s\"",
                       b.scheme ? b.scheme : "");
    if (!text_eq(a.scheme, b.scheme) && !text_eq(b.scheme, "https"))
        return err_set(err, ERR_INVALID, "http redirect: changes scheme from \"%s\" to \"%s\"", a.scheme,
                       b.scheme);
    bool upgrade = !text_eq(a.scheme, b.scheme) && a.port == 0 && b.port == 0;
    if (!text_eq(a.host, b.host) || (!upgrade && (a.port != b.port || !text_eq(a.scheme, b.scheme))))
        w->same_host = false;
    return true;
}

// The absolute URL of a Location header.
static bool location(struct wire_http *w, const char *from, const struct http_response *r, char **out,
                     struct err *err) {
    const char *to = http_header_get(r, "Location");
    if (text_empty(to))
        return err_set(err, ERR_IO, "http redirect: status %d without a Location", r->status);
    if (to[0] == '/' && to[1] == '/') {
        const char *scheme_end = strstr(from, "//");
        *out = arena_fmt(&w->a, "%.*s%s", (int)(scheme_end - from), from, to);
    } else if (to[0] == '/') {
        const char *host = strstr(from, "://") + 3;
        *out = arena_fmt(&w->a, "%.*s%s", (int)(host + strcspn(host, "/?#") - from), from, to);
    } else {
        *out = arena_strdup(&w->a, to);
    }
    return redirect_allowed(w, from, *out, err);
}

static bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool take_base(struct wire_http *w, const char *url, struct err *err) {
    static const char suffix[] = "/info/refs";
    size_t n = strcspn(url, "?#");
    if (n < sizeof(suffix) || memcmp(url + n - (sizeof(suffix) - 1), suffix, sizeof(suffix) - 1) != 0)
        return err_set(err, ERR_INVALID, "http redirect: target \"%.*s\" does not end with /info/refs",
                       (int)n, url);
    w->base = arena_text(&w->a, url, n - (sizeof(suffix) - 1));
    return true;
}

static bool check_content_type(struct wire_http *w, const struct http_response *r, const char *want,
                               const char *url, struct err *err) {
    const char *got = http_header_get(r, "Content-Type");
    if (got && text_starts(got, want))
        return true;
    return err_set(err, ERR_IO, "unexpected content type \"%s\" from \"%s\": not a Git smart HTTP server",
                   got ? server_text(&w->call, str_of(got)) : "", url);
}

static bool http_wire_discover(struct wire *base, struct err *err) {
    struct wire_http *w = container_of(base, struct wire_http, wire);
    static const char *const headers[] = { "Accept: */*", "Git-Protocol: version=2", "User-Agent: git/runnel",
                                           NULL };
    char *url = arena_fmt(&w->a, "%s/info/refs?service=git-upload-pack", w->base);
    for (int i = 0; i <= MAX_REDIRECTS; i++) {
        struct http_response r = { 0 };
        if (!start(w, url, headers, NULL, &r, err))
            return false;
        if (r.status >= 200 && r.status < 300) {
            if (!check_content_type(w, &r, "application/x-git-upload-pack-advertisement", url, err))
                return false;
            return i == 0 || take_base(w, url, err);
        }
        if (!is_redirect(r.status))
            return status_error(w, &r, url, err);
        if (!location(w, url, &r, &url, err))
            return false;
    }
    return err_set(err, ERR_LIMIT, "http redirect: too many redirects");
}

static bool http_wire_send(struct wire *base, struct str request, struct err *err) {
    struct wire_http *w = container_of(base, struct wire_http, wire);
    static const char *const headers[] = { "Content-Type: application/x-git-upload-pack-request",
                                           "Accept: application/x-git-upload-pack-result",
                                           "Git-Protocol: version=2", "User-Agent: git/runnel", NULL };
    char *url = arena_fmt(&w->a, "%s/git-upload-pack", w->base);
    struct http_response r = { 0 };
    if (!start(w, url, headers, &request, &r, err))
        return false;
    if (is_redirect(r.status))
        return err_set(err, ERR_INVALID, "http redirect: redirect on non-initial request to \"%s\"", url);
    if (r.status < 200 || r.status >= 300)
        return status_error(w, &r, url, err);
    return check_content_type(w, &r, "application/x-git-upload-pack-result", url, err);
}

static bool http_wire_read(void *arg, void *to, size_t cap, size_t *out_n, struct err *err) {
    struct wire_http *w = container_of((struct wire *)arg, struct wire_http, wire);
    *out_n = 0;
    if (!w->body)
        return true;
    return remote_alive(w->wire.remote, err) && http_read(w->body, to, cap, out_n, err);
}

static void http_wire_close(struct wire *base) {
    struct wire_http *w = container_of(base, struct wire_http, wire);
    end_exchange(w);
    arena_done(&w->a);
    free(w);
}

static const struct wire_ops http_ops = {
    .discover = http_wire_discover,
    .send = http_wire_send,
    .read = http_wire_read,
    .close = http_wire_close,
};

// The URL without user:password@, query kept out, trailing slashes cut.
static char *plain_url(struct arena *a, const char *text) {
    const char *host = strstr(text, "://") + 3;
    size_t n_authority = strcspn(host, "/?#"), n = strlen(text);
    const char *at = memrchr(host, '@', n_authority);
    const char *rest = at ? at + 1 : host;
    n -= (size_t)(rest - text);
    n = strcspn(rest, "?#") < n ? strcspn(rest, "?#") : n;
    while (n > 0 && rest[n - 1] == '/')
        n--;
    return arena_fmt(a, "%.*s%.*s", (int)(host - text), text, (int)n, rest);
}

struct wire *wire_http_new(const struct repo_remote *remote, const struct url *url) {
    struct wire_http *w = calloc(1, sizeof(*w));
    if (!w)
        abort();
    w->wire = (struct wire) { .ops = &http_ops, .remote = remote, .stateless = true };
    w->base = plain_url(&w->a, remote->url);
    w->same_host = true;
    bool given = !text_empty(remote->user) || !text_empty(remote->password);
    w->user = arena_strdup(&w->a, given ? remote->user : url->user);
    w->password = arena_strdup(&w->a, given ? remote->password : url->password);
    if (w->user && !w->password)
        w->password = "";
    return &w->wire;
}
