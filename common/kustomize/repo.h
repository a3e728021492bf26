// SPDX-License-Identifier: Apache-2.0
/* Git URLs of resource entries. Upstream: api/internal/git/repospec.go */
#ifndef KUSTOMIZE_REPO_H
#define KUSTOMIZE_REPO_H

#include "common/base/arena.h"

struct kz_repo {
    const char *raw;
    const char *host;      // "https://github.com/", "git@github.com:"
    const char *repo_path; // "org/repo"
    const char *dir;       // kustomization inside it, "" = its root
    const char *ref;       // "" = HEAD
    int64_t timeout_ns;
    bool submodules;
    const char *clone_spec; // host + repo_path
};

// false: the text does not name a repository.
bool kz_repo_parse(struct arena *a, const char *text, struct kz_repo *out);
bool kz_is_http_url(const char *text);

#endif
