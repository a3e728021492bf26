// SPDX-License-Identifier: Apache-2.0
/* Remote entries of kustomization files: files over HTTP. Git bases are refused.
 * Flux: kustomize api/loader (fileloader.go#httpClientGetContent); contract/kustomization.md 4 (--no-remote-bases) */
#include "kustomize-controller/kustomization.h"

#include "common/base/limits.h"
#include "common/base/timeutil.h"
#include "common/kustomize/kustomize.h"

#define GET_TIMEOUT_NS (27 * NS_PER_S) // as kustomize gives a Git base

static bool get(void *arg, struct arena *a, const char *url, struct str *out, struct err *err) {
    struct run *r = arg;
    struct http_response response;
    struct http_request req = { .url = url,
                                .timeout_ns = GET_TIMEOUT_NS,
                                .max_body_bytes = LIMIT_DOCUMENT_BYTES,
                                .use_env_proxy = true };
    autoremote struct remote_scope scope = remote_enter(r->rt);
    if (!http_do(runtime_http(r->rt), a, &req, &response, err))
        return false;
    if (response.status < 200 || response.status > 299)
        return err_set_code(err, response.status == 404 ? ERR_NOT_FOUND : ERR_IO, response.status,
                            "HTTP status %d", response.status);
    *out = response.body;
    return true;
}

static bool clone(void *arg, struct arena *a, const struct kustomize_repo *repo, struct fileset **out,
                  struct err *err) {
    (void)arg, (void)a, (void)out;
    if (ks_options()->no_remote_bases)
        return err_set(err, ERR_UNSUPPORTED, "remote bases are not allowed (--no-remote-bases)");
    return err_set(
        err, ERR_UNSUPPORTED,
        "Git bases are not supported by this version (%s): copy the base into the source, or name a file "
        "of it by an https URL",
        repo->raw);
}

struct kustomize_remote ks_remote(struct run *r) {
    return (struct kustomize_remote) { .arg = r, .get = get, .clone = clone };
}
