// SPDX-License-Identifier: Apache-2.0
/* Ignore rules: gitignore patterns as go-git's matcher has them, and Flux's composition of them.
 *
 * What it is not git's own rules: an ignored directory is not pruned (a later ! re-includes below it), and patterns with "**"
 *                inside of a component match nothing.
 * Flux: pkg/sourceignore, go-git plumbing/format/gitignore. Threads: a list that nobody changes may be read by many.
 */
#ifndef TEXT_GITIGNORE_H
#define TEXT_GITIGNORE_H

#include "common/base/arena.h"

struct gitignore_pattern;

struct gitignore {
    struct gitignore_pattern *patterns; // in order; the last that matches decides
    size_t n, cap;
};

/* Add one pattern (no comment, not blank), or all lines of a file: comments and blank lines are skipped.
 * domain  the directory the rules apply in and below, slash-separated relative path; "" is the root */
void gitignore_add(struct arena *a, struct gitignore *g, struct str pattern, const char *domain);
void gitignore_add_lines(struct arena *a, struct gitignore *g, struct str text, const char *domain);

enum gitignore_defaults {
    GITIGNORE_VCS = 1,   // .git/ .gitignore .gitmodules .gitattributes
    GITIGNORE_EXT = 2,   // pictures, archives
    GITIGNORE_CI = 4,    // .github/ and others
    GITIGNORE_EXTRA = 8, // **/.goreleaser.yml, **/.sops.yaml, **/.flux.yaml
    GITIGNORE_ALL = 15,
};
void gitignore_add_defaults(struct arena *a, struct gitignore *g, unsigned groups, const char *domain);

/* Flux's rule for Git and OCI sources: the list of the user (all .sourceignore files, then spec.ignore) behind the VCS
 * defaults; with no user pattern at all, all defaults. *out shares the patterns of `user`. */
void gitignore_compose(struct arena *a, const struct gitignore *user, const char *domain,
                       struct gitignore *out);

// Is the slash-separated relative path (no leading slash, no "." components) ignored?
bool gitignore_match(const struct gitignore *g, struct str path, bool is_dir);

#endif
