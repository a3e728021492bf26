// SPDX-License-Identifier: Apache-2.0
// What libcurl calls while a transfer runs: header lines and body bytes. Always inside of curl_multi_*.
#include "common/net/client_impl.h"
#include "common/base/limits.h"
#include "common/base/timeutil.h"

#include <strings.h>

void response_of(struct http_call *call, struct http_response *out) {
    *out = (struct http_response) { .status = call->status,
                                    .headers = call->head,
                                    .n_headers = call->n_head,
                                    .body = buf_str(&call->body),
                                    .effective_url = call->req.url };
}

static bool will_redirect(const struct http_call *call) {
    struct http_response r = { .headers = call->head, .n_headers = call->n_head };
    int s = call->status;
    return !call->req.no_redirects && (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) &&
           http_header_get(&r, "Location");
}

static size_t limit_of(const struct http_call *call) {
    if (call->req.max_body_bytes)
        return call->req.max_body_bytes;
    return call->kind == CALL_BODY ? (size_t)LIMIT_ARTIFACT_BYTES : LIMIT_HTTP_BODY_BYTES;
}

static bool too_large(struct http_call *call) {
    if (call->err.kind == ERR_NONE)
        (void)err_set(&call->err, ERR_LIMIT, "%s: response body is larger than %zu bytes", call_title(call),
                      call->max_body_bytes);
    return false;
}

// Room for an announced length at once, so that large bodies are not moved again and again.
static bool expect_body(struct http_call *call) {
    struct http_response r = { .headers = call->head, .n_headers = call->n_head };
    const char *length = http_header_get(&r, "Content-Length");
    uint64_t n;
    if (!length || !str_to_u64(str_of(length), &n) || call->kind == CALL_WATCH || call->req.gzip ||
        !strcmp(call->req.method, "HEAD"))
        return true;
    if (n > call->max_body_bytes)
        return too_large(call);
    if (call->kind != CALL_BODY && n < 1 << 20)
        (void)buf_room(&call->body, n);
    return true;
}

static bool head_complete(struct http_call *call) {
    if (call->head_done || call->status < 200 || will_redirect(call))
        return true;
    call->head_done = true;
    call->max_body_bytes = limit_of(call);
    gunzip_begin(call);
    if (!expect_body(call))
        return false;
    if (call->kind == CALL_WATCH)
        call_todo_add(call, TODO_CONNECTED);
    if (call->kind == CALL_WATCH && call->watch.on_headers && !call->closed) {
        struct http_response r;
        response_of(call, &r);
        call->watch.on_headers(call->arg, &r);
    }
    if (call->kind != CALL_BODY)
        return true;
    char *url = NULL;
    (void)curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_URL, &url);
    pthread_mutex_lock(&call->client->lock);
    call->req.url = arena_strdup(&call->arena, url ? url : call->req.url);
    call->head_ready = true;
    pthread_cond_signal(&call->changed);
    pthread_mutex_unlock(&call->client->lock);
    return true;
}

// "HTTP/1.1 200 OK" or "HTTP/2 200": a new response begins.
static void status_line(struct http_call *call, struct str line) {
    ptrdiff_t space = str_chr(line, ' ');
    uint64_t status = 0;
    if (space < 0 || !str_to_u64(str_sub(line, (size_t)space + 1, (size_t)space + 4), &status))
        status = 0;
    call->status = (int)status;
    call->n_head = 0;
    call->head_bytes = 0;
}

static bool header_line(struct http_call *call, struct str line) {
    call->head_bytes += line.n;
    if (call->head_bytes > LIMIT_HTTP_HEADER_BYTES)
        return err_set(&call->err, ERR_LIMIT, "%s: response headers are larger than %u bytes",
                       call_title(call), LIMIT_HTTP_HEADER_BYTES);
    ptrdiff_t colon = str_chr(line, ':');
    if (colon <= 0)
        return true;
    struct str name = str_sub(line, 0, (size_t)colon),
               value = str_trim(str_sub(line, (size_t)colon + 1, line.n));
    call->head = arena_grow(&call->arena, call->head, &call->cap_head, call->n_head + 1, sizeof *call->head);
    call->head[call->n_head].name = arena_str(&call->arena, name).p;
    call->head[call->n_head++].value = arena_str(&call->arena, value).p;
    return true;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg) {
    struct http_call *call = arg;
    struct str line = str_trim(str_make(p, size * n));
    bool ok = true;
    call->last_byte_ns = now_mono_ns();
    if (call->head_done)
        return size * n; // a trailer
    if (str_starts(line, "HTTP/"))
        status_line(call, line);
    else if (line.n)
        ok = header_line(call, line);
    else
        ok = head_complete(call);
    return ok ? size * n : 0;
}

// Whether as much as may wait for the reader waits already: then what comes next comes again when it has read.
static bool reader_is_slow(struct http_call *call, size_t n) {
    pthread_mutex_lock(&call->client->lock);
    size_t held = call->body.n - call->body_at;
    call->paused = held && held + n > BODY_HIGH_BYTES;
    bool slow = call->paused;
    pthread_mutex_unlock(&call->client->lock);
    return slow;
}

static void body_to_reader(struct http_call *call, const char *p, size_t n) {
    pthread_mutex_lock(&call->client->lock);
    if (call->body_at) {
        buf_shift(&call->body, call->body_at);
        call->body_at = 0;
    }
    buf_add(&call->body, p, n);
    pthread_cond_signal(&call->changed);
    pthread_mutex_unlock(&call->client->lock);
}

static bool body_put(struct http_call *call, const char *p, size_t n) {
    if (n > call->max_body_bytes - call->body_bytes)
        return too_large(call);
    call->body_bytes += n;
    if (call->kind == CALL_BODY)
        body_to_reader(call, p, n);
    else
        buf_add(&call->body, p, n);
    return true;
}

static size_t body_to_watch(struct http_call *call, const char *p, size_t n) {
    if (call->closed)
        return 0;
    if (!call->watch.on_data || call->watch.on_data(call->arg, str_make(p, n)))
        return n;
    if (call->err.kind == ERR_NONE)
        (void)err_set(&call->err, ERR_CANCELED, "%s: context canceled", call_title(call));
    return 0;
}

static size_t on_body(char *p, size_t size, size_t count, void *arg) {
    struct http_call *call = arg;
    size_t n = size * count;
    call->last_byte_ns = now_mono_ns();
    if (!call->head_done || n == 0 || call->discard)
        return n; // the body of a redirect, or of nobody
    if (call->kind == CALL_WATCH)
        return body_to_watch(call, p, n);
    if (call->kind == CALL_BODY && reader_is_slow(call, n))
        return CURL_WRITEFUNC_PAUSE;
    bool ok = call->gunzip ? gunzip_add(call, p, n, body_put) : body_put(call, p, n);
    return ok ? n : 0;
}

void call_hook(struct http_call *call) {
    CURL *e = call->easy;
    curl_easy_setopt(e, CURLOPT_PRIVATE, call);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, call->curl_text);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, call);
    call->curl_text[0] = 0;
}
