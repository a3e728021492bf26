// SPDX-License-Identifier: Apache-2.0
/* Downloading an artifact: a stream from the source's server through the digest into the tar reader.
 *
 * Flux: pkg/artifact ArchiveFetcher over go-retryablehttp: --http-retry retries on connection errors and 5xx, 404 is told apart. The first
 * wait is 0.5 s, not 5 s: a restarted source-controller is back in less. Shutdown ends a wait. */
#include "common/runtime/artifact.h"

#include "common/base/limits.h"
#include "common/base/log.h"
#include "common/base/timeutil.h"
#include "common/crypto/digest.h"
#include "common/fileset/fileset.h"
#include "common/runtime/internal.h"

#define RETRY_MIN_NS (500 * NS_PER_MS)
#define RETRY_MAX_NS (30 * NS_PER_S)
#define TRY_TIMEOUT_NS (10 * NS_PER_MIN) // a large artifact on a slow line; a stalled one ends sooner
#define STALL_TIMEOUT_NS (30 * NS_PER_S)

bool artifact_of(const struct value *source, struct artifact *out) {
    const struct value *v = value_at(source, "status", "artifact", NULL);
    if (!value_is(v, VALUE_MAP))
        return false;
    *out = (struct artifact) {
        .url = value_text(value_get(v, "url"), ""),
        .revision = value_text(value_get(v, "revision"), ""),
        .digest = value_text(value_get(v, "digest"), ""),
        .path = value_text(value_get(v, "path"), ""),
        .last_update_time = value_text(value_get(v, "lastUpdateTime"), ""),
        .size_bytes = value_int_or(value_get(v, "size"), 0),
        .metadata = value_get(v, "metadata"),
    };
    return true;
}

// For tests and local runs: the host of the URL is replaced as upstream does it.
static bool local_url(struct arena *a, const char *text, const char **out, struct err *err) {
    const char *env =
        strstr(text, "//source-watcher") ? "SOURCE_WATCHER_LOCALHOST" : "SOURCE_CONTROLLER_LOCALHOST";
    const char *host = getenv(env);
    struct url u;
    *out = text;
    if (text_empty(host))
        return true;
    if (!url_parse(a, text, &u, err))
        return false;
    *out = arena_fmt(a, "%s://%s%s%s%s", u.scheme, host, u.path ? u.path : "", u.query ? "?" : "",
                     u.query ? u.query : "");
    return true;
}

// The body, seen by the digest on its way.
struct download {
    struct http_body *body;
    struct hasher hasher;
    uint64_t n_bytes, max_bytes;
};

static bool read_body(void *arg, void *to, size_t cap, size_t *out_n, struct err *err) {
    struct download *d = arg;
    if (!http_read(d->body, to, cap, out_n, err))
        return false;
    d->n_bytes += *out_n;
    if (d->n_bytes > d->max_bytes)
        return err_set(err, ERR_LIMIT, "artifact is larger than %llu bytes",
                       (unsigned long long)d->max_bytes);
    hasher_add(&d->hasher, to, *out_n);
    return true;
}

// What follows the archive in the body counts for the digest, too.
static bool read_rest(struct download *d, struct err *err) {
    char piece[4096];
    size_t n = 1;
    while (n)
        if (!read_body(d, piece, sizeof piece, &n, err))
            return false;
    return true;
}

static bool digest_matches(struct arena *a, struct download *d, const struct digest *want, struct err *err) {
    struct digest got;
    hasher_finish(&d->hasher, &got);
    if (digest_equal(&got, want))
        return true;
    return err_set(err, ERR_INVALID,
                   "failed to verify archive: computed digest doesn't match provided '%s' (computed %s)",
                   digest_text(a, want), digest_hex(a, &got));
}

// Without a prefix it is SHA-256.
static bool read_digest(struct arena *a, const char *text, struct digest *out, struct err *err) {
    if (text_empty(text))
        return err_set(err, ERR_INVALID, "failed to verify archive: empty digest");
    const char *full = strchr(text, ':') ? text : arena_fmt(a, "sha256:%s", text);
    return digest_parse(str_of(full), out, err) ||
           err_wrap(err, "failed to verify archive: failed to parse digest '%s'", full);
}

static void close_body(struct download *d) {
    http_close(&d->body);
    hasher_done(&d->hasher);
}

/* One try. *retry: the failure may pass. The digest is checked also when the archive does not read: a tampered artifact is
 * called that, whatever it did to the reader. */
static bool fetch_once(struct runtime *rt, struct arena *a, const char *url, const struct artifact *artifact,
                       struct fileset **out, bool *retry, struct err *err) {
    struct digest want;
    struct http_response response = { 0 };
    AUTO(close_body) struct download d = { .max_bytes = LIMIT_ARTIFACT_BYTES };
    *retry = false;
    if (!read_digest(a, artifact->digest, &want, err))
        return false;
    hasher_init(&d.hasher, want.algorithm);
    struct http_request req = { .url = url,
                                .timeout_ns = TRY_TIMEOUT_NS,
                                .stall_timeout_ns = STALL_TIMEOUT_NS };
    *retry = true;
    if (!http_open(rt->http, a, &req, &response, &d.body, err))
        return err_wrap(err, "failed to download archive");
    if (response.status == 404)
        return *retry = false, err_set_code(err, ERR_NOT_FOUND, 404, "artifact not found");
    if (response.status != 200) {
        *retry = response.status >= 500;
        return err_set_code(err, ERR_IO, response.status, "failed to download archive from %s, status: %d",
                            url, response.status);
    }
    struct fileset *fs = NULL;
    struct err tar_err = { .a = a };
    struct tar_options options = { .links = TAR_LINKS_SKIP };
    bool read = fileset_from_tar((struct byte_source) { read_body, &d }, &options, &fs, &tar_err);
    if (!read && (tar_err.kind == ERR_IO || tar_err.kind == ERR_TIMEOUT || tar_err.kind == ERR_CANCELED))
        return err_move(err, &tar_err), err_wrap(err, "failed to download archive");
    *retry = false;
    if (read_rest(&d, err) && digest_matches(a, &d, &want, err)) {
        if (read)
            return *out = fs, true;
        err_move(err, &tar_err);
        err_wrap(err, "failed to extract archive");
    }
    fileset_close(&fs);
    return false;
}

bool artifact_fetch(struct runtime *rt, struct arena *a, const struct artifact *artifact,
                    struct fileset **out, struct err *err) {
    autoremote struct remote_scope scope = remote_enter(rt);
    const char *url;
    int64_t delay = RETRY_MIN_NS, tries = runtime_flags(rt)->http_retry + 1;
    if (!local_url(a, artifact->url, &url, err))
        return err_wrap(err, "failed to download archive");
    for (;;) {
        bool retry;
        if (fetch_once(rt, a, url, artifact, out, &retry, err))
            return true;
        if (!retry || --tries <= 0 || err->kind == ERR_CANCELED)
            return false;
        log_debug("artifact is asked for again", LOG_STR("url", url), LOG_STR("error", err->msg));
        if (!working_pause(rt, now_mono_ns() + delay))
            return false;
        err_clear(err);
        delay = 2 * delay > RETRY_MAX_NS ? RETRY_MAX_NS : 2 * delay;
    }
}
