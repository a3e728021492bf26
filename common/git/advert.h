// SPDX-License-Identifier: Apache-2.0
/* What a server says about itself and its refs: the v0/v1 advertisement, v2 capabilities, ls-refs lines. Pure functions over lines. */
#ifndef GIT_ADVERT_H
#define GIT_ADVERT_H

#include "common/git/git.h"

#include "common/base/limits.h"

#define REPO_MAX_REFS 500000    // kept; a name and two ids each
#define REPO_MAX_LINES 20000000 // read in one answer

struct repo_caps {
    int version; // 0, 1, 2
    bool shallow, side_band_64k, side_band, ofs_delta, thin_pack, no_progress, object_format;
    bool want_tip, want_any; // v0: ids that are no ref tip may be asked for (hidden tips; anything reachable)
    bool ls_refs, fetch;     // v2
};

struct advert {
    struct repo_caps caps;
    const char *const *prefixes; // NULL = all refs
    struct repo_ref *refs;
    size_t n_refs, cap_refs;
    const char *head_symref; // v0 capability symref=HEAD:...
};

// One line of v2 capabilities (after "version 2"). Unknown ones are ignored. Errors: ERR_UNSUPPORTED (another hash).
must_check bool advert_v2_capability(struct repo_caps *caps, struct str line, struct err *err);
// "oid name\0capabilities" (first) or "oid name", "oid name^{}", "shallow oid".
must_check bool advert_v0_line(struct arena *a, struct advert *ad, struct str line, bool first,
                               struct err *err);
// "oid name[ symref-target:x][ peeled:oid]" or "unborn ...".
must_check bool advert_ls_refs_line(struct arena *a, struct advert *ad, struct str line, struct err *err);
// True when a server's text means that there is no such repository, or none for us. Flux: go-git, internal/common isRepoNotFoundError
bool advert_means_not_found(struct str text);

#endif
