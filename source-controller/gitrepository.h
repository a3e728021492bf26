// SPDX-License-Identifier: Apache-2.0
/* GitRepository: its spec, and what the steps of one pass hand on. Flux: api/v1/gitrepository_types.go */
#ifndef SOURCE_GITREPOSITORY_H
#define SOURCE_GITREPOSITORY_H

#include "common/git/git.h"
#include "source-controller/source.h"

struct git_ref_spec {
    const char *branch, *tag, *semver, *name, *commit;
};

struct git_verify_spec {
    const char *mode, *secret;
};

struct git_include {
    const char *repository, *from_path, *to_path; // to_path "" = the repository's name
};

struct gitrepository_spec {
    const char *url, *secret, *proxy_secret, *provider, *service_account, *ignore;
    int64_t interval_ns, timeout_ns;
    struct git_ref_spec *ref;
    struct git_verify_spec *verify;
    struct git_include *include;
    size_t n_include;
    bool recurse_submodules;
    const char *const *sparse; // NULL-terminated
};

// A submodule that was fetched: its tree goes to `path`.
struct git_mount {
    const char *path, *store_dir;
    struct repo_oid tree;
};

struct git_state {
    const struct value *before; // the object as the pass found it
    struct git_ref_spec ref;    // with the default branch filled in
    // source step: what is there
    const struct value **includes; // artifact of each spec.include
    struct repo_oid commit_oid;
    const char *reference; // full ref name; NULL for a bare commit
    const char *revision;
    bool fetched; // commit, tag and tree were read
    struct repo_commit commit;
    struct repo_tag tag;
    bool has_tag; // an annotated one
    struct git_mount *mounts;
    size_t n_mounts, cap_mounts;
    struct value *secrets[2]; // to be wiped
    size_t n_secrets;
};

static inline const struct gitrepository_spec *git_spec(const struct run *r) {
    return r->spec;
}
static inline struct git_state *git_state(const struct run *r) {
    return r->state;
}

// The cache of this object, and of one of its submodules.
char *git_cache_dir(struct run *r, const char *module_url);

/* ---- gitrepository_auth.c ---- */
// Fills in credentials, TLS, proxy and SSH options. Sets FetchFailed itself when it fails.
enum step_result git_auth(struct run *r, struct repo_remote *remote);
void git_auth_wipe(struct run *r); // the Secrets' bytes; the remote is not usable any more

/* ---- gitrepository_checkout.c ---- */
// Lists the refs, says which revision they mean; fetch: brings it into the cache, too. Errors carry upstream's words.
enum git_checkout_result { GIT_CHECKOUT_OK, GIT_CHECKOUT_EMPTY, GIT_CHECKOUT_FAILED };
enum git_checkout_result git_checkout(struct run *r, const struct repo_remote *remote,
                                      bool (*unchanged)(struct run *r), bool *noop);

/* ---- gitrepository_tree.c ---- */
enum step_result git_step_artifact(struct run *r);
must_check bool git_check_sparse(struct run *r, struct err *err);

/* ---- gitrepository_verify.c ---- */
enum step_result git_step_verify(struct run *r);
bool git_verification_is_due(const struct run *r);

// Lexically cleaned below "/": never leaves the root ("../x" is "x"). Flux: securejoin
char *secure_path(struct arena *a, const char *path);

#endif
