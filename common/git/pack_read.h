// SPDX-License-Identifier: Apache-2.0
/* Large blobs straight from a pack file, in pieces: libgit2 reads an object only as a whole. */
#ifndef GIT_PACK_READ_H
#define GIT_PACK_READ_H

#include "common/git/store.h"

enum pack_read {
    PACK_READ_DONE,
    PACK_READ_FAILED,
    PACK_READ_NOT_WHOLE
}; // NOT_WHOLE: absent, or kept as a delta

/* Content goes to sink while it is inflated; the id is checked at the end (ERR_INVALID when it is another one). */
enum pack_read pack_read_blob(const struct repo_store *s, const struct repo_oid *oid, repo_blob_sink sink,
                              void *arg, struct err *err);

#endif
