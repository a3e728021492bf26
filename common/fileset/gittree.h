// SPDX-License-Identifier: Apache-2.0
/* A fileset over a tree in a Git store: nothing is checked out. Symbolic links are links, submodules are empty directories. */
#ifndef FILESET_GITTREE_H
#define FILESET_GITTREE_H

#include "common/fileset/fileset.h"
#include "common/git/git.h"

// The store is borrowed: it must stay open and unchanged as long as the fileset.
struct fileset *fileset_from_git(struct repo_store *store, const struct repo_oid *tree);
// The store is closed with the fileset.
struct fileset *fileset_from_git_owned(struct repo_store *take_store, const struct repo_oid *tree);

#endif
