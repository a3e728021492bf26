// SPDX-License-Identifier: Apache-2.0
/* Between gitrepository_checkout.c, gitrepository_modules.c and gitrepository_tree.c. */
#ifndef SOURCE_GITREPOSITORY_INNER_H
#define SOURCE_GITREPOSITORY_INNER_H

#include "source-controller/gitrepository.h"

// Fetches all submodules of state.commit, recursively; fills in state.mounts.
must_check bool git_fetch_modules(struct run *r, const struct repo_remote *remote, struct repo_store *store,
                                  struct err *err);

#endif
