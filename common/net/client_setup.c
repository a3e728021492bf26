// SPDX-License-Identifier: Apache-2.0
/* From a request to the options of a libcurl handle. Credentials go into an Authorization header, never into the URL,
 * so that libcurl's own messages cannot hold them; libcurl drops that header when a redirect leads to another host. */
#include "common/net/client_impl.h"
#include "common/base/file.h"
#include "common/base/timeutil.h"
#include "common/value/base64.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    CA_FILE_MAX_BYTES = 4 << 20,
    KEEPALIVE_IDLE_S = 30,
    KEEPALIVE_INTERVAL_S = 10,
    UNACKED_MAX_MS = 45000
};

/* ---- copying ---- */

static const struct http_tls *tls_copy(struct arena *a, const struct http_tls *from) {
    if (!from)
        return NULL;
    struct http_tls *t = arena_new(a, struct http_tls);
    *t = *from;
    t->ca_pem = arena_strdup(a, from->ca_pem);
    t->cert_pem = arena_strdup(a, from->cert_pem);
    t->key_pem = arena_strdup(a, from->key_pem);
    t->server_name = arena_strdup(a, from->server_name);
    return t;
}

static const char *const *headers_copy(struct arena *a, const char *const *from) {
    size_t n = 0;
    while (from && from[n])
        n++;
    const char **to = arena_array(a, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        to[i] = arena_strdup(a, from[i]);
    return to;
}

void request_copy(struct arena *a, const struct http_request *from, struct http_request *to) {
    *to = *from;
    to->method = arena_strdup(a, from->method);
    to->url = arena_strdup(a, from->url);
    to->headers = headers_copy(a, from->headers);
    if (from->body.p)
        to->body = arena_str(a, from->body);
    to->tls = tls_copy(a, from->tls);
    to->user = arena_strdup(a, from->user);
    to->password = arena_strdup(a, from->password);
    to->bearer = arena_strdup(a, from->bearer);
    to->proxy = arena_strdup(a, from->proxy);
    to->no_proxy = arena_strdup(a, from->no_proxy);
    to->unix_socket = arena_strdup(a, from->unix_socket);
}

const char *origin_of(struct arena *a, const struct http_request *req) {
    const char *slashes = strstr(req->url, "//");
    const char *host = slashes ? slashes + 2 : req->url;
    size_t n = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', n);
    size_t skip = at ? (size_t)(at + 1 - host) : 0;
    char *key = arena_fmt(a, "%s %.*s%.*s", req->unix_socket ? req->unix_socket : "", (int)(host - req->url),
                          req->url, (int)(n - skip), host + skip);
    for (char *c = key; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return key;
}

/* ---- TLS ---- */

static const char *system_ca_file(void) {
    const char *from_env = getenv("SSL_CERT_FILE"); // as Go and OpenSSL
    return from_env && *from_env ? from_env : "/etc/ssl/certs/ca-certificates.crt";
}

static struct curl_blob blob_of(const char *pem) {
    return (struct curl_blob) { .data = (void *)pem, .len = strlen(pem), .flags = CURL_BLOB_COPY };
}

/* The system's CAs are named as a file: libcurl then keeps one parsed copy for all connections. A CA of the request's
 * own is a blob; one that adds to the system's is both texts in one blob (never added to the shared parsed copy). */
static bool setup_ca(struct http_call *call, struct err *err) {
    const struct http_tls *t = call->req.tls;
    curl_easy_setopt(call->easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(call->easy, CURLOPT_PROXY_CAPATH, NULL);
    curl_easy_setopt(call->easy, CURLOPT_PROXY_CAINFO, system_ca_file());
    if (!t || text_empty(t->ca_pem)) {
        curl_easy_setopt(call->easy, CURLOPT_CAINFO, system_ca_file());
        return true;
    }
    const char *pem = t->ca_pem;
    if (t->ca_adds_to_system) {
        struct str system = STR("");
        if (!file_read(&call->arena, system_ca_file(), CA_FILE_MAX_BYTES, &system, err)) {
            if (err->kind != ERR_NOT_FOUND)
                return false;
            err_clear(err);
        }
        pem = arena_fmt(&call->arena, "%.*s\n%s", (int)system.n, system.p, pem);
    }
    struct curl_blob blob = blob_of(pem);
    curl_easy_setopt(call->easy, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(call->easy, CURLOPT_CAINFO_BLOB, &blob);
    return true;
}

static bool setup_tls(struct http_call *call, struct err *err) {
    const struct http_tls *t = call->req.tls;
    if (!setup_ca(call, err))
        return false;
    if (!t)
        return true;
    if (!text_empty(t->cert_pem) && !text_empty(t->key_pem)) {
        struct curl_blob cert = blob_of(t->cert_pem), key = blob_of(t->key_pem);
        curl_easy_setopt(call->easy, CURLOPT_SSLCERTTYPE, "PEM");
        curl_easy_setopt(call->easy, CURLOPT_SSLCERT_BLOB, &cert);
        curl_easy_setopt(call->easy, CURLOPT_SSLKEYTYPE, "PEM");
        curl_easy_setopt(call->easy, CURLOPT_SSLKEY_BLOB, &key);
    }
    if (t->insecure) {
        curl_easy_setopt(call->easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(call->easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    return true;
}

/* ---- proxies ---- */

static const char *env_either(const char *upper, const char *lower) {
    const char *v = getenv(upper);
    return v && *v ? v : getenv(lower);
}

// Go: http.ProxyFromEnvironment never sends requests to this machine through a proxy.
static bool is_loopback(const char *host) {
    struct in_addr v4;
    struct in6_addr v6;
    if (!strcasecmp(host, "localhost"))
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static void setup_proxy(struct http_call *call, const struct url *u) {
    const struct http_request *req = &call->req;
    const char *proxy = req->proxy, *none = req->no_proxy;
    if (!proxy && req->use_env_proxy && !is_loopback(u->host)) {
        bool https = !strcmp(u->scheme, "https");
        proxy = https ? env_either("HTTPS_PROXY", "https_proxy") : env_either("HTTP_PROXY", "http_proxy");
        none = none ? none : env_either("NO_PROXY", "no_proxy");
    }
    if (proxy && text_starts(proxy, "socks5://")) // as Go: the proxy resolves the name
        proxy = arena_fmt(&call->arena, "socks5h://%s", proxy + strlen("socks5://"));
    curl_easy_setopt(call->easy, CURLOPT_PROXY, proxy ? proxy : "");
    curl_easy_setopt(call->easy, CURLOPT_NOPROXY, none ? none : "");
    curl_easy_setopt(call->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

/* ---- headers ---- */

static bool has_header(const struct http_request *req, const char *name) {
    size_t n = strlen(name);
    for (size_t i = 0; req->headers && req->headers[i]; i++)
        if (!strncasecmp(req->headers[i], name, n) && req->headers[i][n] == ':')
            return true;
    return false;
}

static void add_header(struct http_call *call, const char *line) {
    struct curl_slist *list = curl_slist_append(call->headers, line);
    if (!list)
        abort();
    call->headers = list;
}

static bool add_own_header(struct http_call *call, const char *line, struct err *err) {
    const char *colon = strchr(line, ':');
    for (const char *c = line; *c; c++)
        if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
            return err_set(err, ERR_INVALID, "net/http: invalid header field value for \"%.*s\"",
                           colon ? (int)(colon - line) : 0, line);
    if (!colon || colon == line)
        return err_set(err, ERR_INVALID, "net/http: invalid header field name");
    bool empty = !colon[1 + strspn(colon + 1, " \t")];
    // libcurl's way to send a header without a value
    add_header(call, empty ? arena_fmt(&call->arena, "%.*s;", (int)(colon - line), line) : line);
    return true;
}

static const char *authorization(struct http_call *call, const struct url *u) {
    const struct http_request *req = &call->req;
    struct arena *a = &call->arena;
    if (!text_empty(req->bearer))
        return arena_fmt(a, "Authorization: Bearer %s", req->bearer);
    const char *user = req->user || req->password ? req->user : u->user;
    const char *password = req->user || req->password ? req->password : u->password;
    if (!user && !password)
        return NULL;
    char *both = arena_fmt(a, "%s:%s", user ? user : "", password ? password : "");
    return arena_fmt(a, "Authorization: Basic %s", base64_encode(a, str_of(both)));
}

static bool setup_headers(struct http_call *call, const struct url *u, struct err *err) {
    const struct http_request *req = &call->req;
    for (size_t i = 0; req->headers && req->headers[i]; i++)
        if (!add_own_header(call, req->headers[i], err))
            return false;
    if (!has_header(req, "Authorization")) {
        const char *line = authorization(call, u);
        if (line && !add_own_header(call, line, err))
            return false;
    }
    if (!has_header(req, "Content-Type"))
        add_header(call, "Content-Type:"); // or libcurl says that it is a form
    if (!has_header(req, "User-Agent"))
        curl_easy_setopt(call->easy, CURLOPT_USERAGENT, "runnel/" RUNNEL_VERSION);
    if (req->gzip && !has_header(req, "Accept-Encoding"))
        add_header(call, "Accept-Encoding: gzip");
    add_header(call, "Expect:");
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
    return true;
}

/* ---- method and body ---- */

static size_t on_body_wanted(char *to, size_t size, size_t n, void *arg) {
    struct http_call *call = arg;
    size_t left = call->req.body.n - call->body_sent;
    size_t give = left < size * n ? left : size * n;
    memcpy(to, call->req.body.p + call->body_sent, give);
    call->body_sent += give;
    return give;
}

// libcurl sends again what a closed pooled connection has swallowed: not for what must not happen twice.
static int on_body_rewind(void *arg, curl_off_t offset, int whence) {
    struct http_call *call = arg;
    bool redirected = call->status >= 300 && call->status < 400;
    if (whence != SEEK_SET || offset < 0 || (uint64_t)offset > call->req.body.n ||
        (call->body_sent && !redirected))
        return CURL_SEEKFUNC_FAIL;
    call->body_sent = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static bool is_idempotent(const char *method) {
    static const char *const names[] = { "GET", "HEAD", "PUT", "DELETE", "OPTIONS" };
    for (size_t i = 0; i < countof(names); i++)
        if (!strcmp(method, names[i]))
            return true;
    return false;
}

static bool setup_method(struct http_call *call, struct err *err) {
    struct http_request *req = &call->req;
    CURL *e = call->easy;
    req->method = text_empty(req->method) ? "GET" : req->method;
    for (const char *c = req->method; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-_", *c))
            return err_set(err, ERR_INVALID, "net/http: invalid method \"%s\"", req->method);
    bool post = !strcmp(req->method, "POST");
    if (!strcmp(req->method, "HEAD")) {
        curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
        return true;
    }
    if (!req->body.p && !post) {
        curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
    } else {
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.n);
        if (is_idempotent(req->method) || req->retry_safe || !req->body.n) {
            curl_easy_setopt(e, CURLOPT_POSTFIELDS, req->body.p ? req->body.p : "");
        } else {
            curl_easy_setopt(e, CURLOPT_READFUNCTION, on_body_wanted);
            curl_easy_setopt(e, CURLOPT_READDATA, call);
            curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, on_body_rewind);
            curl_easy_setopt(e, CURLOPT_SEEKDATA, call);
        }
    }
    if (!post && strcmp(req->method, "GET") != 0)
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, req->method);
    if (req->body.p && !strcmp(req->method, "GET"))
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, "GET");
    return true;
}

/* ---- connection ---- */

// A dead peer behind a long stream is noticed by the kernel.
static int on_socket_made(void *arg, curl_socket_t fd, curlsocktype purpose) {
    (void)arg, (void)purpose;
    unsigned ms = UNACKED_MAX_MS;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
    return CURL_SOCKOPT_OK;
}

static bool is_link_local(const struct sockaddr *sa) {
    if (sa->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >> 16 == 0xa9fe;
    if (sa->sa_family != AF_INET6)
        return false;
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(v6))
        return v6->s6_addr[12] == 0xa9 && v6->s6_addr[13] == 0xfe;
    // fd00:ec2::254 is the metadata service of AWS on IPv6
    static const uint8_t aws[16] = { 0xfd, 0, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54 };
    return IN6_IS_ADDR_LINKLOCAL(v6) || !memcmp(v6, aws, sizeof aws);
}

static curl_socket_t on_socket_wanted(void *arg, curlsocktype purpose, struct curl_sockaddr *sa) {
    struct http_call *call = arg;
    (void)purpose;
    if (is_link_local(&sa->addr)) {
        call->refused_address = true;
        return CURL_SOCKET_BAD;
    }
    return socket(sa->family, sa->socktype | SOCK_CLOEXEC, sa->protocol);
}

static void setup_connection(struct http_call *call, const struct url *u) {
    const struct http_request *req = &call->req;
    CURL *e = call->easy;
    bool https = !strcmp(u->scheme, "https");
    // A body that waits for its reader holds its connection back: not one that it shares with others, where libcurl
    // would keep up to 32 MB for it. And waiting for a first connection's protocol only where it can be HTTP/2.
    bool h2 = https && call->kind != CALL_BODY;
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, h2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_PIPEWAIT, h2 ? 1L : 0L);
    int64_t connect_ns = req->connect_timeout_ns ? req->connect_timeout_ns : 10 * NS_PER_S;
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(connect_ns / NS_PER_MS > 0 ? connect_ns / NS_PER_MS : 1));
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L); // do not wait for a resolver thread when cancelling
    curl_easy_setopt(e, CURLOPT_BUFFERSIZE, 16384L);
    curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S);
    curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, on_socket_made);
    if (call->client->deny_link_local) {
        curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket_wanted);
        curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, call);
    }
    if (req->unix_socket)
        curl_easy_setopt(e, CURLOPT_UNIX_SOCKET_PATH, req->unix_socket);
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, req->no_redirects ? 0L : 1L);
    curl_easy_setopt(e, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
}

/* ---- URL ---- */

// Path and query as Go sends them: blanks and non-ASCII bytes become %XX, the rest stays.
static char *target_of(struct arena *a, const struct url *u) {
    char *raw = arena_fmt(a, "%s%s%s", *u->path == '/' ? "" : "/", u->path, u->query ? "?" : "");
    char *text = u->query ? arena_fmt(a, "%s%s", raw, u->query) : raw;
    char *to = arena_calloc(a, strlen(text) + 1, 3), *at = to;
    static const char hex[] = "0123456789ABCDEF";
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c > 0x20 && *c < 0x7f) {
            *at++ = (char)*c;
            continue;
        }
        *at++ = '%';
        *at++ = hex[*c >> 4];
        *at++ = hex[*c & 15];
    }
    return to;
}

static bool has_own_host(const struct http_request *req) {
    return has_header(req, "Host");
}

static bool setup_url(struct http_call *call, const struct url *u, struct err *err) {
    struct arena *a = &call->arena;
    bool v6 = strchr(u->host, ':') != NULL;
    const char *host = arena_fmt(a, v6 ? "[%s]" : "%s", u->host);
    const char *port = u->port ? arena_fmt(a, ":%d", u->port) : "";
    const char *name =
        call->req.tls && !text_empty(call->req.tls->server_name) ? call->req.tls->server_name : NULL;
    if (strpbrk(host, " /@?#\\\"<>^`{|}"))
        return err_set(err, ERR_INVALID, "invalid character in host name");
    if (name && !strcmp(u->scheme, "https")) { // verified by this name, connected to that host
        int real = u->port ? u->port : 443;
        call->connect_to = curl_slist_append(NULL, arena_fmt(a, "%s:%d:%s:%d", name, real, host, real));
        if (!call->connect_to)
            abort();
        curl_easy_setopt(call->easy, CURLOPT_CONNECT_TO, call->connect_to);
        if (!has_own_host(&call->req))
            add_header(call, arena_fmt(a, "Host: %s%s", host, port));
        host = name;
    }
    const char *url = arena_fmt(a, "%s://%s%s%s", u->scheme, host, port, target_of(a, u));
    if (curl_easy_setopt(call->easy, CURLOPT_URL, url) != CURLE_OK)
        return err_set(err, ERR_LIMIT, "URL too long");
    curl_easy_setopt(call->easy, CURLOPT_PATH_AS_IS, 1L);
    return true;
}

static bool setup(struct http_call *call, struct err *err) {
    struct url u;
    if (!url_parse(&call->arena, call->req.url, &u, err))
        return false;
    if (!u.scheme || (strcmp(u.scheme, "http") != 0 && strcmp(u.scheme, "https") != 0))
        return err_set(err, ERR_INVALID, "unsupported protocol scheme \"%s\"", u.scheme ? u.scheme : "");
    if (text_empty(u.host))
        return err_set(err, ERR_INVALID, "http: no Host in request URL");
    setup_connection(call, &u);
    setup_proxy(call, &u);
    call_hook(call);
    return setup_url(call, &u, err) && setup_method(call, err) && setup_headers(call, &u, err) &&
           setup_tls(call, err);
}

bool call_setup(struct http_call *call, struct err *err) {
    struct err inner = { .a = &call->arena };
    if (setup(call, &inner))
        return true;
    (void)err_move(err, &inner);
    return inner.kind == ERR_INVALID && text_starts(inner.msg, "parse ")
               ? false
               : err_wrap(err, "%s", call_title(call));
}
