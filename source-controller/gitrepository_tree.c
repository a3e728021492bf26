// SPDX-License-Identifier: Apache-2.0
/* The tree that becomes the artifact: the commit's, its submodules, the included repositories, minus what is ignored; written straight from
 * the Git cache, nothing is checked out. Flux: reconcileInclude, reconcileArtifact, pkg/sourceignore#LoadIgnorePatterns */
#include "source-controller/gitrepository_inner.h"

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/fileset/gittree.h"
#include "common/text/gitignore.h"

#define MAX_IGNORE_BYTES (1u << 20)

/* ---- sparse checkout ---- */

static const char *without_dot(const char *path) {
    return text_starts(path, "./") ? path + 2 : path;
}

// Upstream compares plain text: "dir1" also takes "dir10/x". A directory exists when something below it does.
static bool sparse_keeps(const char *const *sparse, const char *path, bool is_dir) {
    if (!sparse[0])
        return true;
    for (size_t i = 0; sparse[i]; i++) {
        const char *dir = without_dot(sparse[i]);
        size_t n = strlen(path);
        if (text_starts(path, dir))
            return true;
        if (is_dir && strncmp(dir, path, n) == 0 && dir[n] == '/')
            return true;
    }
    return false;
}

bool git_check_sparse(struct run *r, struct err *err) {
    const char *const *sparse = git_spec(r)->sparse;
    autostore *store = NULL;
    if (!sparse[0])
        return true;
    if (!repo_store_open(git_cache_dir(r, NULL), &store, err))
        return false;
    autofileset *fs = fileset_from_git(store, &git_state(r)->commit.tree);
    for (size_t i = 0; sparse[i]; i++) {
        struct fileset_entry e;
        char *path = secure_path(r->a, sparse[i]);
        bool there = text_eq(path, ".") || (fileset_lstat(r->a, fs, path, &e, err) &&
                                            sparse_keeps(sparse, path, e.type == FILESET_DIR));
        if (there)
            continue;
        err_clear(err);
        return err_set(
            err, ERR_NOT_FOUND,
            "sparse checkout dir '%s' does not exist in repository: lstat %s: no such file or directory",
            sparse[i], path);
    }
    return true;
}

/* ---- ignore rules ---- */

struct filter {
    struct arena *a;
    struct fileset *fs;
    const char *const *sparse;
    struct gitignore user, rules;
};

static bool load_ignore_file(struct filter *f, const char *dir, struct err *err) {
    struct str text;
    bool root = text_eq(dir, ".");
    char *path = root ? arena_strdup(f->a, ".sourceignore") : arena_fmt(f->a, "%s/.sourceignore", dir);
    struct fileset_entry e;
    if (!sparse_keeps(f->sparse, path, false))
        return true;
    if (!fileset_stat(f->a, f->fs, path, &e, err)) {
        bool absent = err->kind == ERR_NOT_FOUND || err->kind == ERR_INVALID; // or a link that leads nowhere
        if (absent)
            err_clear(err);
        return absent;
    }
    if (e.type != FILESET_FILE)
        return true;
    if (!fileset_read_max(f->a, f->fs, path, MAX_IGNORE_BYTES, &text, err))
        return false;
    gitignore_add_lines(f->a, &f->user, text, root ? "" : dir);
    return true;
}

static bool visit_for_ignore(void *arg, struct arena *a, const struct fileset_entry *e, struct err *err) {
    (void)a;
    if (e->type != FILESET_DIR || text_eq(e->name, ".git") || text_ends(e->name, "/.git"))
        return true;
    return load_ignore_file(arg, e->name, err);
}

// All .sourceignore files, the root's first, then spec.ignore; then the defaults that they leave.
static bool load_filter(struct run *r, struct filter *f, struct err *err) {
    const char *ignore = git_spec(r)->ignore;
    if (!load_ignore_file(f, ".", err) || !fileset_walk(f->fs, ".", visit_for_ignore, f, err))
        return false;
    if (ignore)
        gitignore_add_lines(f->a, &f->user, str_of(ignore), "");
    gitignore_compose(f->a, &f->user, "", &f->rules);
    return true;
}

static bool filter_keeps(void *arg, const char *path, bool is_dir) {
    const struct filter *f = arg;
    return sparse_keeps(f->sparse, path, is_dir) && !gitignore_match(&f->rules, str_of(path), is_dir);
}

/* ---- the tree ---- */

static bool mount_modules(struct run *r, struct fileset *fs, struct err *err) {
    const struct git_state *st = git_state(r);
    for (size_t i = 0; i < st->n_mounts; i++) {
        struct repo_store *store = NULL;
        if (!repo_store_open(st->mounts[i].store_dir, &store, err))
            return false;
        struct fileset *sub = fileset_from_git_owned(store, &st->mounts[i].tree);
        if (!fileset_mount(fs, st->mounts[i].path, sub, ".", err))
            return false;
    }
    return true;
}

static bool target_is_free(struct run *r, struct fileset *fs, const char *to, struct err *err) {
    struct fileset_entry e;
    struct fileset_entries list;
    if (!fileset_lstat(r->a, fs, to, &e, err)) {
        bool absent = err->kind == ERR_NOT_FOUND;
        if (absent)
            err_clear(err);
        return absent;
    }
    if (e.type != FILESET_DIR)
        return true; // replaced, as by rename
    if (!fileset_list(r->a, fs, to, &list, err))
        return false;
    return list.n == 0 ? true : err_set(err, ERR_CONFLICT, "rename %s: file exists", to);
}

static bool mount_include(struct run *r, struct fileset *fs, const struct git_include *include,
                          const struct value *artifact, struct err *err) {
    const char *from = secure_path(r->a, include->from_path);
    const char *to = secure_path(r->a, *include->to_path ? include->to_path : include->repository);
    struct fileset_entry e;
    autofd fd = -1;
    autofileset *sub = NULL;
    if (!storage_read_open(source_storage(), value_text(value_get(artifact, "path"), ""), &fd, err) ||
        !fileset_from_tar(byte_source_fd(&fd), NULL, &sub, err) || !fileset_lstat(r->a, sub, from, &e, err))
        return false;
    if (text_eq(to, "."))
        return err_set(err, ERR_INVALID, "the target is the root of the repository");
    if (!target_is_free(r, fs, to, err))
        return false;
    struct fileset *take = sub;
    sub = NULL;
    return fileset_mount(fs, to, take, from, err);
}

static enum step_result mount_includes(struct run *r, struct fileset *fs) {
    const struct gitrepository_spec *spec = git_spec(r);
    for (size_t i = 0; i < spec->n_include; i++) {
        const struct git_include *include = &spec->include[i];
        if (mount_include(r, fs, include, git_state(r)->includes[i], &r->err))
            continue;
        return source_fail(r, CONDITION_STORAGE_FAILED, "CopyFailure",
                           "failed to copy '%s' include from %s to %s: %s", include->repository,
                           include->from_path, *include->to_path ? include->to_path : include->repository,
                           r->err.msg);
    }
    return STEP_NEXT;
}

/* ---- writing ---- */

static void set_or_remove(struct run *r, const char *key, const struct value *v) {
    bool empty = !v || (value_is(v, VALUE_LIST) && value_len(v) == 0) || (value_is(v, VALUE_BOOL) && !v->b);
    value_set(r->a, r->status, key, empty ? NULL : value_copy(r->a, v));
}

static void observe(struct run *r, const struct storage_write *w) {
    struct git_state *st = git_state(r);
    const struct value *spec = value_get(r->object, "spec");
    struct value *artifacts = value_list(r->a);
    for (size_t i = 0; i < git_spec(r)->n_include; i++)
        value_append(r->a, artifacts, value_copy(r->a, st->includes[i]));
    source_set_artifact(r, w, st->revision);
    set_or_remove(r, "includedArtifacts", artifacts);
    set_or_remove(r, "observedIgnore", value_get(spec, "ignore"));
    set_or_remove(r, "observedRecurseSubmodules", value_get(spec, "recurseSubmodules"));
    set_or_remove(r, "observedInclude", value_get(spec, "include"));
    set_or_remove(r, "observedSparseCheckout", value_get(spec, "sparseCheckout"));
}

static enum step_result begin_failed(struct run *r, enum storage_stage stage) {
    if (stage == STORAGE_LOCK) { // no condition, as upstream
        err_wrap(&r->err, "failed to acquire lock for artifact");
        r->err.reason = REASON_FAILED;
        return STEP_FAILED;
    }
    if (stage == STORAGE_MKDIR)
        return source_fail(r, CONDITION_STORAGE_FAILED, "DirectoryCreationFailed",
                           "failed to create artifact directory: %s", r->err.msg);
    return source_fail(r, CONDITION_STORAGE_FAILED, "ArchiveOperationFailed",
                       "unable to archive artifact to storage: %s", r->err.msg);
}

// A tree that cannot be read is the cache's fault: the next try fetches it again.
static enum step_result archive_failed(struct run *r, struct repo_store *store) {
    struct err ignored = { .a = r->a };
    if (r->err.kind == ERR_NOT_FOUND || r->err.kind == ERR_INVALID)
        (void)!repo_store_reset(store, &ignored);
    return source_fail(r, CONDITION_STORAGE_FAILED, "ArchiveOperationFailed",
                       "unable to archive artifact to storage: %s", r->err.msg);
}

static enum step_result archive(struct run *r, struct repo_store *store, struct fileset *fs) {
    struct filter filter = { .a = r->a, .fs = fs, .sparse = git_spec(r)->sparse };
    const char *file = arena_fmt(r->a, "%s.tar.gz", repo_oid_text(r->a, &git_state(r)->commit_oid));
    autowrite struct storage_write w = { 0 };
    enum storage_stage stage;
    if (!load_filter(r, &filter, &r->err)) {
        err_wrap(&r->err, "failed to load source ignore patterns from repository");
        r->err.reason = "SourceIgnoreError";
        return STEP_FAILED;
    }
    if (!storage_write_begin(source_storage(), storage_path(r->a, r->kind->name, r->ns, r->name, file), true,
                             &w, &stage, &r->err))
        return begin_failed(r, stage);
    if (!archive_write(fs, filter_keeps, &filter, storage_sink(&w), &r->err))
        return archive_failed(r, store);
    if (!storage_write_end(&w, &r->err))
        return begin_failed(r, STORAGE_TEMP);
    observe(r, &w);
    condition_delete(r->object, CONDITION_STORAGE_FAILED);
    return STEP_NEXT;
}

enum step_result git_step_artifact(struct run *r) {
    autostore *store = NULL;
    if (!repo_store_open(git_cache_dir(r, NULL), &store, &r->err))
        return source_fail(r, CONDITION_STORAGE_FAILED, "StatOperationFailed",
                           "failed to stat target artifact path: %s", r->err.msg);
    autofileset *fs = fileset_from_git(store, &git_state(r)->commit.tree);
    if (!mount_modules(r, fs, &r->err))
        return archive_failed(r, store);
    enum step_result result = mount_includes(r, fs);
    return result == STEP_NEXT ? archive(r, store, fs) : result;
}
