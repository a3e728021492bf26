// SPDX-License-Identifier: Apache-2.0
/* Loading files and directories as a kustomization names them: local, over HTTP, in a Git repository.
 * Upstream: api/internal/loader */
#ifndef KUSTOMIZE_LOAD_H
#define KUSTOMIZE_LOAD_H

#include "common/kustomize/ctx.h"
#include "common/kustomize/repo.h"

struct kz_loader {
    const struct kz_loader *referrer; // the kustomization that named this one
    struct fileset *fs;
    const char *dir;            // inside fs, cleaned, "." = root
    const char *display;        // put before paths in messages: where fs is said to be
    bool root_only;             // files must be in or below dir
    bool own_files;             // fs is the root file set, whose reads are reported
    const struct kz_repo *repo; // set when this loader begins a clone
};

// What a failed entry was, beyond its text: decides how the two attempts at an entry are reported.
struct kz_load_fault {
    bool http; // an HTTP status: final
};

must_check bool kz_loader_root(struct kz *kz, const char *dir, struct kz_loader *out, struct err *err);
// A base or component: a directory relative to l, or a repository. Errors as kustomize's New().
must_check bool kz_loader_enter(struct kz *kz, const struct kz_loader *l, const char *path,
                                struct kz_loader **out, struct err *err);
const char *kz_loader_abs(struct kz *kz, const struct kz_loader *l); // the directory as messages show it
// fault may be NULL.
must_check bool kz_load(struct kz *kz, const struct kz_loader *l, const char *path, struct str *out,
                        struct kz_load_fault *fault, struct err *err);
// A kustomization file: present or not, without the restrictions' messages.
bool kz_load_optional(struct kz *kz, const struct kz_loader *l, const char *name, struct str *out);
char *kz_path_join(struct arena *a, const char *dir,
                   const char *path); // filepath.Join, without leaving the text form

#endif
