// SPDX-License-Identifier: Apache-2.0
/* Paths into objects: "spec.containers.[name=web].image" split into parts, looked up (one node) or matched (all nodes).
 * Upstream: kyaml/yaml fns.go#PathGetter, match.go#PathMatcher, kyaml/utils/pathsplitter.go */
#ifndef KUSTOMIZE_PATH_H
#define KUSTOMIZE_PATH_H

#include "common/kustomize/ctx.h"

struct kz_path {
    struct str *parts;
    size_t n, cap;
};

// Splits at the delimiter; a backslash before it keeps it; a leading delimiter is dropped.
struct kz_path kz_path_split(struct arena *a, struct str text, char delimiter);
// The same, with "[a.b.c]" kept whole (its brackets are removed unless there is a "=" in them).
struct kz_path kz_path_split_brackets(struct arena *a, struct str text, char delimiter);

/* One node, NULL when absent. create: kind of the last node when parts are missing and shall be made; KZ_ZERO = none. */
must_check bool kz_path_get(struct arena *a, struct kz_node *root, const struct kz_path *path,
                            enum kz_kind create, struct kz_node **out, struct err *err);
/* All nodes: "*" every item, "[k=regex]" items, numbers. *out is a list of the nodes themselves, NULL when none. */
must_check bool kz_path_match(struct arena *a, struct kz_node *root, const struct kz_path *path,
                              enum kz_kind create, struct kz_node **out, struct err *err);

#endif
