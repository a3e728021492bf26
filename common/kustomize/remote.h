// SPDX-License-Identifier: Apache-2.0
/* Remote entries over HTTP and Git: the callbacks for kustomize_options.remote. A library of its own, so that the engine stays
 * without network.
 *
 *     autofetch struct kustomize_fetch f = { .http = client, .deadline_ns = deadline };
 *     struct kustomize_remote remote = kustomize_fetch_remote(&f);
 *     options.remote = &remote;                         // f outlives the build's result
 *
 * What it does   GET for files; for repositories a depth-1 fetch of the ref (a branch, tag, full ref name or commit; none: HEAD)
 *                into a bare store in a temporary directory, read from there: nothing is checked out, no program runs.
 *                Submodules are fetched unless the entry says not to. A repository is fetched once per ref and build.
 * What it is not a way in for credentials: only what the URL itself holds is used. ssh:// and file:// are refused.
 * Limits         LIMIT_KUSTOMIZE_CLONES repositories; the entry's timeout (27 s by default) for each of them; deadline_ns for all.
 * Threads        any but the HTTP client's loop; one build at a time. */
#ifndef KUSTOMIZE_REMOTE_H
#define KUSTOMIZE_REMOTE_H

#include "common/kustomize/kustomize.h"
#include "common/net/http.h"

struct kustomize_clone;
struct kustomize_fetch {
    struct http_client *http;
    const char *temp_dir; // NULL: $TMPDIR or /tmp
    int64_t deadline_ns;  // 0 = none but the entries' own
    const int *cancel;    // a descriptor that becomes readable to cancel; NULL = none
    bool use_env_proxy;
    // own
    struct kustomize_clone *clones;
    unsigned n_clones;
};

struct kustomize_remote kustomize_fetch_remote(struct kustomize_fetch *f);
void kustomize_fetch_done(struct kustomize_fetch *f); // removes the temporary directories
#define autofetch AUTO(kustomize_fetch_done)

#endif
