// SPDX-License-Identifier: Apache-2.0
/* Artifacts: downloading what a source's status.artifact names, checked, as a file set.
 *
 * HTTP GET of the URL with --http-retry retries (connection errors and 5xx, 0.5 s doubling to 30 s between
 * tries, ended early by shutdown); the digest is checked over the bytes as they come; then it is indexed, not
 * unpacked. Environment: SOURCE_CONTROLLER_LOCALHOST (or SOURCE_WATCHER_LOCALHOST when the URL contains
 * "//source-watcher") replaces the host. Flux: pkg/artifact fetch (contract/kustomization.md 3).
 */
#ifndef RUNTIME_ARTIFACT_H
#define RUNTIME_ARTIFACT_H

#include "common/runtime/daemon.h"

struct fileset;

struct artifact {
    const char *url, *revision,
        *digest; // digest "sha256:<hex>" (also sha384, sha512, blake3; no prefix: sha256)
    const char *path, *last_update_time;
    int64_t size_bytes;           // 0 = unknown
    const struct value *metadata; // map of strings or NULL
};

// status.artifact of a source; false: it has none.
bool artifact_of(const struct value *source, struct artifact *out);

/* Errors  ERR_NOT_FOUND: 404 ("artifact not found"); ERR_INVALID: digest mismatch, not a gzip, unsafe names;
 * ERR_IO, ERR_TIMEOUT, ERR_LIMIT. The file set is on the heap; its downloaded bytes are a temporary file
 * without a name (or memory when small). Close with fileset_close. */
must_check bool artifact_fetch(struct runtime *rt, struct arena *a, const struct artifact *artifact,
                               struct fileset **out, struct err *err);

#endif
