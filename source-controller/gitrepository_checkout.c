// SPDX-License-Identifier: Apache-2.0
/* From a reference to a commit in the cache: ls-refs, then the smallest fetch that does it.
 * Flux: pkg/git/gogit/clone.go: which ref wins, the revision's form, the words of the errors. */
#include "source-controller/gitrepository.h"

#include "common/base/log.h"
#include "common/text/semver.h"
#include "source-controller/gitrepository_inner.h"

#define MAX_TIES 32 // tags that are equal versions (build metadata)

// What a reference came to.
struct target {
    const char *reference; // full name; NULL: a bare commit
    struct repo_oid want;  // to be fetched: a tag object or a commit
    struct repo_oid commit;
    bool pinned; // no ref needs to point at it
};

static const char *safe_url(struct run *r) {
    return url_redacted(r->a, git_spec(r)->url);
}

static bool clone_error(struct run *r, struct err *err) {
    return err_wrap(err, "unable to clone '%s'", safe_url(r));
}

static bool list(struct run *r, struct repo_session *s, const char *prefix, struct repo_refs *out,
                 struct err *err) {
    const char *const prefixes[] = { prefix, NULL };
    bool observed =
        source_artifact(r->object) && condition_is(r->object, CONDITION_IN_STORAGE, CONDITION_TRUE);
    if (repo_session_refs(r->a, s, prefix ? prefixes : NULL, out, err))
        return true;
    return err_wrap(err, observed ? "unable to list remote for '%s'" : "unable to clone '%s'", safe_url(r));
}

static void take_ref(struct target *t, const struct repo_ref *ref) {
    t->reference = ref->name;
    t->want = ref->oid;
    t->commit = ref->has_peeled ? ref->peeled : ref->oid;
}

static bool missing_ref(struct run *r, const char *name, struct err *err) {
    err_set(err, ERR_NOT_FOUND, "couldn't find remote ref \"%s\"", name);
    return clone_error(r, err);
}

// A ref by its full name. *empty: the repository has no refs at all.
static bool find_ref(struct run *r, struct repo_session *s, const char *name, struct target *t, bool *empty,
                     struct err *err) {
    struct repo_refs refs;
    if (!list(r, s, name, &refs, err))
        return false;
    const struct repo_ref *ref = repo_refs_find(&refs, name);
    if (ref) {
        take_ref(t, ref);
        return true;
    }
    if (!list(r, s, NULL, &refs, err))
        return false;
    *empty = refs.n == 0;
    return missing_ref(r, name, err);
}

/* ---- semver ---- */

struct candidate {
    struct semver version;
    const struct repo_ref *ref;
    int64_t at; // of the commit
};

// Three parts, a leading v and leading zeros allowed. Flux: pkg/version ParseVersion
static bool parse_version(struct arena *a, const char *tag, struct semver *out) {
    struct err ignored = { .a = a };
    const char *dot = strchr(tag, '.');
    return dot && strchr(dot + 1, '.') && semver_parse(a, tag, out, &ignored);
}

// Versions that differ in build metadata only are ordered by the time of their commits.
static bool newest_commit(struct run *r, struct repo_session *s, struct candidate *ties, size_t n,
                          const struct repo_ref **out, struct err *err) {
    struct repo_oid wants[MAX_TIES];
    autostore *store = NULL;
    size_t best = 0;
    for (size_t i = 0; i < n; i++)
        wants[i] = ties[i].ref->oid;
    if (!repo_store_open(git_cache_dir(r, NULL), &store, err) ||
        !repo_session_fetch(s, store, wants, n, REPO_DEPTH_1, err))
        return clone_error(r, err);
    for (size_t i = 0; i < n; i++) {
        const struct repo_ref *ref = ties[i].ref;
        struct repo_commit commit;
        if (!repo_store_commit(r->a, store, ref->has_peeled ? &ref->peeled : &ref->oid, &commit, err))
            return err_wrap(err, "unable to resolve commit of a tag revision");
        ties[i].at = commit.committer.at;
        if (ties[i].at > ties[best].at)
            best = i;
    }
    *out = ties[best].ref;
    return true;
}

static bool find_semver(struct run *r, struct repo_session *s, const char *range, struct target *t,
                        bool *empty, struct err *err) {
    struct semver_constraint *constraint;
    struct candidate ties[MAX_TIES] = { 0 };
    size_t n = 0;
    struct repo_refs refs;
    if (!semver_constraint_parse(r->a, range, &constraint, err))
        return err_wrap(err, "semver parse error");
    if (!list(r, s, "refs/tags/", &refs, err))
        return false;
    for (size_t i = 0; i < refs.n; i++) {
        struct candidate c = { .ref = &refs.items[i] };
        if (!parse_version(r->a, refs.items[i].name + strlen("refs/tags/"), &c.version) ||
            !semver_constraint_check(constraint, &c.version))
            continue;
        int order = n > 0 ? semver_compare(&c.version, &ties[0].version) : 1;
        if (order > 0)
            n = 0;
        if (order >= 0 && n < MAX_TIES)
            ties[n++] = c;
    }
    if (n == 0) {
        *empty = false;
        return err_set(err, ERR_NOT_FOUND, "no match found for semver: %s", range);
    }
    const struct repo_ref *ref = ties[0].ref;
    if (n > 1 && !newest_commit(r, s, ties, n, &ref, err))
        return false;
    take_ref(t, ref);
    return true;
}

/* ---- name, commit ---- */

static bool find_name(struct run *r, struct repo_session *s, const char *name, struct target *t, bool *empty,
                      struct err *err) {
    size_t n = strlen(name);
    struct repo_refs refs;
    if (name[0] == '/' || (n > 0 && name[n - 1] == '/'))
        return err_set(err, ERR_INVALID, "ref %s is invalid; Git refs cannot begin or end with a slash '/'",
                       name);
    const char *plain = text_ends(name, "^{}") ? arena_text(r->a, name, n - 3) : name;
    *empty = false;
    if (!list(r, s, plain, &refs, err))
        return false;
    const struct repo_ref *ref = repo_refs_find(&refs, plain);
    if (!ref)
        return err_set(err, ERR_NOT_FOUND, "unable to resolve ref '%s' to a specific commit", name);
    take_ref(t, ref);
    if (plain != name || !text_starts(plain, "refs/tags/"))
        t->want = t->commit;
    t->reference = name;
    return true;
}

static bool find_commit(struct run *r, const struct git_ref_spec *ref, struct repo_session *s,
                        struct target *t, bool *empty, struct err *err) {
    struct target branch = { 0 };
    *empty = false;
    if (!repo_oid_parse(str_of(ref->commit), &t->commit))
        return err_set(err, ERR_INVALID, "unable to resolve commit object for '%s': object not found",
                       ref->commit);
    t->want = t->commit;
    t->pinned = true;
    t->reference = *ref->name     ? ref->name
                   : *ref->branch ? arena_fmt(r->a, "refs/heads/%s", ref->branch)
                                  : NULL;
    if (*ref->branch)
        return find_ref(r, s, arena_fmt(r->a, "refs/heads/%s", ref->branch), &branch, empty, err);
    struct repo_refs refs;
    return list(r, s, "HEAD", &refs, err); // are we (still) allowed to read it?
}

static bool resolve(struct run *r, struct repo_session *s, struct target *t, bool *empty, struct err *err) {
    const struct git_ref_spec *ref = &git_state(r)->ref;
    if (*ref->commit)
        return find_commit(r, ref, s, t, empty, err);
    if (*ref->name)
        return find_name(r, s, ref->name, t, empty, err);
    if (*ref->tag)
        return find_ref(r, s, arena_fmt(r->a, "refs/tags/%s", ref->tag), t, empty, err);
    if (*ref->semver)
        return find_semver(r, s, ref->semver, t, empty, err);
    return find_ref(r, s, arena_fmt(r->a, "refs/heads/%s", ref->branch), t, empty, err);
}

// "main@sha1:<hex>"; with ref.name "refs/heads/main@sha1:<hex>"; a bare commit "sha1:<hex>".
static const char *revision_of(struct run *r, const struct target *t) {
    const char *hex = repo_oid_text(r->a, &t->commit), *name = t->reference;
    if (!name)
        return arena_fmt(r->a, "sha1:%s", hex);
    if (!*git_state(r)->ref.name) {
        const char *slash = strchr(name, '/');
        const char *second = slash ? strchr(slash + 1, '/') : NULL;
        name = second ? second + 1 : name;
    }
    return arena_fmt(r->a, "%s@sha1:%s", name, hex);
}

/* ---- fetch ---- */

static bool fetch_target(struct run *r, struct repo_session *s, struct repo_store *store,
                         const struct target *t, struct err *err) {
    struct repo_refs refs = { 0 };
    bool branch_only = *git_state(r)->ref.branch;
    if (!t->pinned)
        return repo_session_fetch(s, store, &t->want, 1, REPO_DEPTH_1, err) ? true : clone_error(r, err);
    if (repo_store_has_tip(store, &t->commit))
        return true;
    if (!list(r, s, branch_only ? t->reference : "refs/heads/", &refs, err))
        return false;
    if (repo_session_fetch_commit(s, store, &t->commit, &refs, err))
        return true;
    if (err->kind == ERR_NOT_FOUND)
        return err_wrap(err, "unable to resolve commit object for '%s'", git_state(r)->ref.commit);
    return clone_error(r, err);
}

static bool read_target(struct run *r, struct repo_store *store, const struct target *t, struct err *err) {
    struct git_state *st = git_state(r);
    enum repo_object_type type;
    struct repo_tree tree;
    if (!repo_store_type(store, &t->want, &type, err))
        return false;
    if (type == REPO_TAG) {
        if (!repo_store_tag(r->a, store, &t->want, &st->tag, err))
            return false;
        st->has_tag = true;
    }
    return repo_store_commit(r->a, store, &t->commit, &st->commit, err) &&
           repo_store_tree(r->a, store, &st->commit.tree, &tree, err);
}

// A cache that does not hold what it says is thrown away, once.
static bool fetch_and_read(struct run *r, struct repo_session *s, struct repo_store *store,
                           const struct target *t, struct err *err) {
    if (!fetch_target(r, s, store, t, err))
        return false;
    if (read_target(r, store, t, err))
        return true;
    log_info("the Git cache is fetched afresh", LOG_STR("reason", err->msg));
    err_clear(err);
    if (!repo_store_reset(store, err) || !fetch_target(r, s, store, t, err))
        return false;
    return read_target(r, store, t, err) ? true
                                         : err_wrap(err, "unable to resolve commit object for HEAD '%s'",
                                                    repo_oid_text(r->a, &t->commit));
}

static void count_traffic(struct run *r, const struct repo_session *s) {
    static const struct metric received = {
        "runnel_git_received_bytes_total", "Bytes received from Git servers.", METRIC_COUNTER, { NULL }, NULL
    };
    struct repo_traffic t = repo_session_traffic(s);
    metrics_add(runtime_metrics(r->rt), &received, (double)t.received_bytes, NULL);
    log_debug("git", LOG_INT("protocol", t.protocol), LOG_INT("requests", t.requests),
              LOG_INT("receivedBytes", (int64_t)t.received_bytes),
              LOG_INT("packBytes", (int64_t)t.pack_bytes), LOG_INT("objects", (int64_t)t.objects));
}

enum git_checkout_result git_checkout(struct run *r, const struct repo_remote *remote,
                                      bool (*unchanged)(struct run *r), bool *noop) {
    struct git_state *st = git_state(r);
    struct target t = { 0 };
    bool empty = false;
    autosession *s = NULL;
    autostore *store = NULL;
    autoremote struct remote_scope scope = remote_enter(r->rt);
    (void)scope;
    if (remote->bearer && remote->user)
        return err_set(&r->err, ERR_AUTH, "basic auth and bearer token cannot be set at the same time"),
               GIT_CHECKOUT_FAILED;
    if (!repo_session_open(remote, &s, &r->err))
        return clone_error(r, &r->err), GIT_CHECKOUT_FAILED;
    if (!resolve(r, s, &t, &empty, &r->err)) {
        count_traffic(r, s);
        return empty && *st->ref.branch ? GIT_CHECKOUT_EMPTY : GIT_CHECKOUT_FAILED;
    }
    st->commit_oid = t.commit;
    st->reference = t.reference;
    st->revision = revision_of(r, &t);
    *noop = unchanged(r);
    bool ok = *noop || (repo_store_open(git_cache_dir(r, NULL), &store, &r->err) &&
                        fetch_and_read(r, s, store, &t, &r->err));
    if (ok && !*noop && git_spec(r)->recurse_submodules && !git_spec(r)->sparse[0])
        ok = git_fetch_modules(r, remote, store, &r->err);
    count_traffic(r, s);
    st->fetched = ok && !*noop;
    return ok ? GIT_CHECKOUT_OK : GIT_CHECKOUT_FAILED;
}
