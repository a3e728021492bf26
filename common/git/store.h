// SPDX-License-Identifier: Apache-2.0
/* Inside of the cache: what fetching and reading share. */
#ifndef GIT_STORE_H
#define GIT_STORE_H

#include "common/base/buf.h"
#include "common/git/git.h"

#include <git2.h>

#define STORE_MAX_OBJECTS 4000000 // in one pack; about 350 bytes of memory each while it is indexed
#define STORE_MAX_TIPS 16         // remembered complete commits, offered as "have"

struct repo_store {
    struct arena a;
    const char *dir;
    git_repository *repo;
    git_odb *odb;
    struct repo_oid tips[STORE_MAX_TIPS]; // newest first; each with everything that it needs
    size_t n_tips;
    uint64_t base_bytes;   // size of the first pack after a fresh fetch
    struct repo_oid sized; // the blob whose size was asked for last: archives ask three times
    uint64_t size_bytes;
    bool has_size;
};

// Opens the directory that is there; false: it has to be made (err not set) or cannot be (err set).
must_check bool store_make(struct repo_store *s, struct err *err);
must_check bool store_add_tips(struct repo_store *s, const struct repo_oid *oids, size_t n, struct err *err);
// The boundary commits; the file "shallow" as Git writes it.
must_check bool store_shallow_read(struct arena *a, const struct repo_store *s, struct repo_oid **out,
                                   size_t *out_n, struct err *err);
must_check bool store_shallow_write(const struct repo_store *s, const struct repo_oid *oids, size_t n,
                                    struct err *err);
// Number and bytes of packs.
void store_packs(const struct repo_store *s, size_t *out_n, uint64_t *out_bytes);
// True when the next fetch should be a fresh one.
bool store_is_worn(const struct repo_store *s);
// Puts `fresh` in the place of s, atomically; fresh is closed.
must_check bool store_replace(struct repo_store *s, struct repo_store **fresh, struct err *err);

// Raw objects; for repo_store_* and the fuzz target.
must_check bool commit_parse(struct arena *a, struct str raw, struct repo_commit *out, struct err *err);
must_check bool tag_parse(struct arena *a, struct str raw, struct repo_tag *out, struct err *err);
must_check bool tree_parse(struct arena *a, struct str raw, struct repo_tree *out, struct err *err);

// libgit2's last error as ours.
bool git2_error(struct err *err, const char *what);

#endif
