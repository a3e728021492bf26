// SPDX-License-Identifier: Apache-2.0
/* Kustomize: `kustomize build` (v5.8.1, byte for byte) as a function over a file set.
 *
 * What it is     one call that reads a kustomization directory from a `struct fileset` and gives the finished objects,
 *                and one that prints them as `kustomize build` prints them.
 * What it is not an editor of kustomization files, a helm chart inflater, a runner of functions or plugins: those
 *                fields are refused in kustomize's words.
 * Purity         no globals, no I/O but the file set and the remote callbacks; any number of builds may run at once,
 *                each with its own arena (the file set must be readable from several threads).
 * Limits         LIMIT_KUSTOMIZE_* in base/limits.h: depth of bases, number of objects, files, bytes of output.
 * Upstream       sigs.k8s.io/kustomize/api v0.21.1 krusty.Kustomizer.Run; kyaml v0.21.1
 *
 * To add a field of the kustomization file: (1) a row in kustfile.c's table and a member in kustfile.h, (2) the step that
 * reads it, in the list of steps in target.c, (3) a case in tests/golden/kustomize that fails without it.
 */
#ifndef KUSTOMIZE_KUSTOMIZE_H
#define KUSTOMIZE_KUSTOMIZE_H

#include "common/base/buf.h"
#include "common/value/value.h"

struct fileset;

// What a resource entry that names a Git repository asks for.
struct kustomize_repo {
    const char *url;    // what to fetch from, "https://github.com/org/repo" (scheme included, no query)
    const char *ref;    // branch, tag or commit; "" = the remote's HEAD
    const char *raw;    // the entry as the user wrote it
    int64_t timeout_ns; // the entry's own, 27 s by default
    bool submodules;
};

/* Where remote entries come from. Both may be NULL: entries of that kind are then refused.
 * get    one file; `status` is the HTTP status when there was an answer at all (err is set for every status but 2xx:
 *        ERR_NOT_FOUND etc. with err->code = status).
 * clone  the tree of the repository at that ref. The file set lives at least as long as `a`. */
struct kustomize_remote {
    void *arg;
    bool (*get)(void *arg, struct arena *a, const char *url, struct str *out, struct err *err);
    bool (*clone)(void *arg, struct arena *a, const struct kustomize_repo *repo, struct fileset **out,
                  struct err *err);
};

enum kustomize_order {
    KUSTOMIZE_ORDER_LEGACY, // the CLI's default when sortOptions is absent
    KUSTOMIZE_ORDER_FIFO,   // the controller's
};

struct kustomize_options {
    const struct kustomize_remote *remote; // NULL: no remote entries at all
    bool load_anywhere; // LoadRestrictionsNone: files anywhere inside the file set (the controller)
    enum kustomize_order default_order;
    bool openapi_adds; // openapi.path adds to the built-in schema (the controller) instead of replacing it
    bool root_lenient; // the root file is coerced instead of refused (the controller; contract 4)
    bool managed_by_label; // --enable-managedby-label
    /* Contents used instead of the root kustomization file (the controller's merged or generated one). Set root_file_name
     * too when the directory has no such file; NULL keeps the name found ("kustomization.yaml" when none is there). */
    const struct value *root_file; // NULL: read it from the file set
    const char *root_file_name;
    const char *root_given; // the directory as the user wrote it, for messages; NULL = its whole path
    /* Put before file set paths in error texts ("/tmp/x" gives "/tmp/x/dir/file"); NULL = "" (paths start with "/"). */
    const char *display_root;
    size_t max_objects; // 0 = LIMIT_KUSTOMIZE_OBJECTS
};

// A file that the build read (kustomization files included), in order of first reading.
struct kustomize_file {
    const char *path; // inside the file set
    unsigned char sha256[32];
};

struct kustomize_result {
    struct value **objects; // maps, in output order; finished: plain JSON types, no internal annotations
    size_t n_objects;
    struct kustomize_file
        *files; // of the root file set only (remote trees are identified by their URL and commit)
    size_t n_files;
    const char **warnings; // lines as kustomize writes them to stderr, without newline ("# Warning: ...")
    size_t n_warnings;
};

/* Build the kustomization in `dir` (a path inside the file set, "." or "" = its root).
 *
 * out     in arena `a`
 * Errors  ERR_INVALID and others in kustomize's words, without the "Error: " that its command line puts in front;
 *         ERR_LIMIT; ERR_UNSUPPORTED (helm, plugins, remote entries without a callback)
 * Threads any
 */
must_check bool kustomize_build(struct arena *a, struct fileset *fs, const char *dir,
                                const struct kustomize_options *options, struct kustomize_result *out,
                                struct err *err);

/* Print as `kustomize build` does: documents joined by "---\n".
 * Errors  ERR_INVALID: what the emitter refuses (control characters). */
must_check bool kustomize_write(struct buf *out, struct value *const *objects, size_t n_objects,
                                struct err *err);

/* Are these Kubernetes objects, as `kustomize create --autodetect` and Flux's generator ask of each file?
 * Errors  ERR_INVALID: what the reader of resources says ("missing metadata.name in object {...}") */
must_check bool kustomize_check_manifest(struct arena *a, struct str text, struct err *err);

/* One digest over paths and contents of everything that was read; equal digests = the build gives the same result. */
void kustomize_files_digest(const struct kustomize_result *r, unsigned char out_sha256[32]);

#endif
