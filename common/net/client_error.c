// SPDX-License-Identifier: Apache-2.0
// libcurl's results in Go's words: Get "https://host/path": dial tcp 10.0.0.1:443: connect: connection refused.
#include "common/net/client_impl.h"
#include "common/base/file.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/x509_vfy.h>

const char *call_title(struct http_call *call) {
    struct arena *a = &call->arena;
    char *method = arena_strdup(a, text_empty(call->req.method) ? "GET" : call->req.method);
    for (char *c = method + 1; *method && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    const char *url = url_redacted(a, call->req.url);
    size_t n = strcspn(url, "?#"); // a query may hold tokens
    return arena_fmt(a, "%s \"%.*s\"", method, (int)n, url);
}

void call_timed_out(struct http_call *call) {
    if (call->err.kind != ERR_NONE)
        return;
    bool stalled =
        !call->deadline_ns || (call->stall_ns && call->last_byte_ns + call->stall_ns < call->deadline_ns);
    (void)err_set(&call->err, ERR_TIMEOUT, "%s: %scontext deadline exceeded", call_title(call),
                  stalled ? "no data received: " : "");
}

static struct url url_of(struct http_call *call) {
    struct url u = { .host = "?" };
    struct err err = { .a = &call->arena };
    char *now = NULL;
    (void)curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_URL, &now);
    if (!url_parse(&call->arena, now ? now : call->req.url, &u, &err) || !u.host)
        u.host = "?";
    if (!u.port)
        u.port = u.scheme && !strcmp(u.scheme, "https") ? 443 : 80;
    return u;
}

static const char *dial(struct http_call *call) {
    struct url u = url_of(call);
    char *ip = NULL;
    long port = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_PRIMARY_IP, &ip);
    (void)curl_easy_getinfo(call->easy, CURLINFO_PRIMARY_PORT, &port);
    if (call->req.unix_socket)
        return arena_fmt(&call->arena, "dial unix %s", call->req.unix_socket);
    if (!ip || !*ip || !port) {
        ip = arena_strdup(&call->arena, u.host);
        port = u.port;
    }
    return arena_fmt(&call->arena, strchr(ip, ':') ? "dial tcp [%s]:%ld" : "dial tcp %s:%ld", ip, port);
}

static const char *verify_text(struct http_call *call) {
    long result = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_SSL_VERIFYRESULT, &result);
    const char *what;
    if (strstr(call->curl_text, "target host name")) // libcurl's own check: the verify result does not tell
        result = X509_V_ERR_HOSTNAME_MISMATCH;
    switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
        what = arena_fmt(&call->arena, "certificate is not valid for %s", url_of(call).host);
        break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: what = "certificate has expired or is not yet valid"; break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: what = "certificate signed by unknown authority"; break;
    default: what = X509_verify_cert_error_string(result);
    }
    return arena_fmt(&call->arena, "tls: failed to verify certificate: x509: %s", what);
}

struct outcome {
    enum err_kind kind;
    int code;
    const char *text;
};

static struct outcome connect_failed(struct http_call *call) {
    long code = 0;
    if (call->refused_address)
        return (struct outcome) {
            ERR_INVALID, 0, arena_fmt(&call->arena, "%s: link-local addresses are not allowed", dial(call))
        };
    (void)curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &code);
    const char *why = code ? errno_text((int)code) : "connection failed";
    return (struct outcome) { ERR_IO, (int)code,
                              arena_fmt(&call->arena, "%s: connect: %s", dial(call), why) };
}

static struct outcome transfer_failed(struct http_call *call, CURLcode rc) {
    long code = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &code);
    if (strstr(call->curl_text, "CONNECT") || strstr(call->curl_text, "roxy"))
        return (struct outcome) { ERR_IO, 0, arena_strdup(&call->arena, call->curl_text) };
    if (code == ECONNRESET || code == EPIPE || code == ETIMEDOUT)
        return (struct outcome) { ERR_IO, (int)code,
                                  arena_fmt(&call->arena, "%s: %s", rc == CURLE_SEND_ERROR ? "write" : "read",
                                            errno_text((int)code)) };
    const char *text = *call->curl_text ? call->curl_text : curl_easy_strerror(rc);
    return (struct outcome) { ERR_IO, 0, arena_strdup(&call->arena, text) };
}

static struct outcome outcome_of(struct http_call *call, CURLcode rc) {
    struct arena *a = &call->arena;
    switch ((int)rc) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return (struct outcome) { ERR_IO, 0,
                                  arena_fmt(a, "dial tcp: lookup %s: no such host", url_of(call).host) };
    case CURLE_COULDNT_RESOLVE_PROXY:
        return (struct outcome) { ERR_IO, 0,
                                  "proxyconnect tcp: dial tcp: lookup of the proxy: no such host" };
    case CURLE_COULDNT_CONNECT: return connect_failed(call);
    case CURLE_OPERATION_TIMEDOUT:
        return (struct outcome) { ERR_TIMEOUT, 0, arena_fmt(a, "%s: context deadline exceeded", dial(call)) };
    case CURLE_GOT_NOTHING: return (struct outcome) { ERR_IO, 0, "EOF" };
    case CURLE_PARTIAL_FILE: return (struct outcome) { ERR_IO, 0, "unexpected EOF" };
    case CURLE_PEER_FAILED_VERIFICATION: return (struct outcome) { ERR_IO, 0, verify_text(call) };
    case CURLE_SSL_CACERT_BADFILE:
        return (struct outcome) { ERR_INVALID, 0, "failed to parse CA certificate" };
    case CURLE_SSL_CERTPROBLEM:
        return (struct outcome) { ERR_INVALID, 0, "tls: failed to load the client certificate and key" };
    case CURLE_TOO_MANY_REDIRECTS: return (struct outcome) { ERR_IO, 0, "stopped after 10 redirects" };
    case CURLE_SEND_FAIL_REWIND: return (struct outcome) { ERR_IO, 0, "http: server closed idle connection" };
    case CURLE_UNSUPPORTED_PROTOCOL: // of a redirect; the request's own was checked before
        if (strstr(call->curl_text, "HTTP/0.9"))
            return (struct outcome) {
                ERR_IO, 0, "net/http: HTTP/1.x transport connection broken: malformed HTTP response"
            };
        return (struct outcome) { ERR_IO, 0, "redirect to an unsupported protocol scheme" };
    default: return transfer_failed(call, rc);
    }
}

void call_fail(struct http_call *call, CURLcode rc) {
    if (call->err.kind != ERR_NONE)
        return; // we ended it ourselves, and said why
    struct outcome o = outcome_of(call, rc);
    (void)err_set_code(&call->err, o.kind, o.code, "%s: %s", call_title(call), o.text);
}
