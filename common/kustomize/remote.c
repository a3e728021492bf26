// SPDX-License-Identifier: Apache-2.0
/* Remote entries over HTTP and Git. Flux: kustomize/api/internal/git/cloner.go, submodules as `git submodule update --recursive` */
#include "common/kustomize/remote.h"
#include "common/base/file.h"
#include "common/base/limits.h"
#include "common/base/timeutil.h"
#include "common/fileset/gittree.h"
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#define MODULES_DEPTH_MAX 10
#define MODULES_BYTES_MAX (1u << 20)

struct kustomize_clone {
    struct kustomize_clone *next;
    char *url, *ref, *dir;
    bool submodules;
    struct repo_store *store;
    struct repo_oid tree;
    struct fileset *fs; // NULL: not complete, or a submodule
};

/* ---- files ---- */
static int64_t time_left(const struct kustomize_fetch *f, int64_t wanted_ns) {
    int64_t left = f->deadline_ns ? f->deadline_ns - now_mono_ns() : wanted_ns;
    return left < 1 ? 1 : left < wanted_ns ? left : wanted_ns;
}

static bool get(void *arg, struct arena *a, const char *url, struct str *out, struct err *err) {
    struct kustomize_fetch *f = arg;
    struct http_response r;
    struct http_request req = { .url = url,
                                .timeout_ns = time_left(f, 60 * NS_PER_S),
                                .max_body_bytes = LIMIT_DOCUMENT_BYTES,
                                .use_env_proxy = f->use_env_proxy,
                                .gzip = true };
    if (!http_do(f->http, a, &req, &r, err))
        return err_wrap(err, "Get \"%s\"", url_redacted(a, url));
    if (r.status < 200 || r.status > 299)
        return err_set_code(err, ERR_IO, r.status, "HTTP status %d", r.status);
    *out = r.body;
    return true;
}

/* ---- repositories ---- */
struct fetching {
    struct kustomize_fetch *f;
    struct arena *a;
    int64_t deadline_ns;
    unsigned depth; // of submodules
};

static bool is_commit(const char *ref, struct repo_oid *out) {
    return strlen(ref) == 40 && repo_oid_parse(str_of(ref), out);
}

// What git fetch takes a short name for, in its order.
static const struct repo_ref *find_ref(struct arena *a, const struct repo_refs *refs, const char *ref) {
    const char *const names[] = { *ref ? ref : "HEAD", arena_fmt(a, "refs/%s", ref),
                                  arena_fmt(a, "refs/tags/%s", ref), arena_fmt(a, "refs/heads/%s", ref) };
    for (size_t i = 0; i < countof(names); i++) {
        const struct repo_ref *found = repo_refs_find(refs, names[i]);
        if (found)
            return found;
    }
    return NULL;
}

static bool fetch_ref(struct fetching *g, struct repo_session *s, struct repo_store *store, const char *ref,
                      struct repo_oid *out_commit, struct err *err) {
    struct repo_refs refs;
    if (!repo_session_refs(g->a, s, NULL, &refs, err))
        return false;
    const struct repo_ref *found = find_ref(g->a, &refs, ref);
    if (found) {
        *out_commit = found->has_peeled ? found->peeled : found->oid;
        return repo_session_fetch(s, store, &found->oid, 1, REPO_DEPTH_1, err);
    }
    if (!is_commit(ref, out_commit))
        return err_set(err, ERR_NOT_FOUND, "couldn't find remote ref %s", ref);
    return repo_session_fetch_commit(s, store, out_commit, &refs, err);
}

static bool check_url(const char *url, struct err *err) {
    if (!strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8))
        return true;
    return err_set(err, ERR_UNSUPPORTED, "remote bases over %s are not supported, only over https and http",
                   text_starts(url, "file:") ? "file" : "ssh");
}

/* ---- keeping ---- */
static struct kustomize_clone *keep(struct kustomize_fetch *f, const char *url, const char *ref,
                                    bool submodules, struct err *err) {
    autoarena a = { 0 };
    const char *temp = f->temp_dir ? f->temp_dir : getenv("TMPDIR");
    char *dir = path_join(&a, text_empty(temp) ? "/tmp" : temp, "kustomize-XXXXXX");
    if (f->n_clones == LIMIT_KUSTOMIZE_CLONES) {
        err_set(err, ERR_LIMIT, "more than %d remote repositories", LIMIT_KUSTOMIZE_CLONES);
        return NULL;
    }
    if (!mkdtemp(dir)) {
        err_set(err, ERR_IO, "mkdir %s: %s", dir, errno_text(errno));
        return NULL;
    }
    struct kustomize_clone *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    *c = (struct kustomize_clone) { f->clones,  strdup(url), strdup(ref), strdup(dir),
                                    submodules, NULL,        { { 0 } },   NULL };
    if (!c->url || !c->ref || !c->dir)
        abort();
    f->clones = c;
    f->n_clones++;
    return c;
}

static void drop(struct kustomize_clone *c) {
    autoarena a = { 0 };
    struct err ignored = { .a = &a };
    repo_store_close(&c->store);
    if (!dir_remove(c->dir, &ignored))
        err_clear(&ignored);
    free(c->url);
    free(c->ref);
    free(c->dir);
    free(c);
}

void kustomize_fetch_done(struct kustomize_fetch *f) {
    // trees of submodules are mounted in others and read from stores of their own
    for (struct kustomize_clone *c = f->clones; c; c = c->next)
        fileset_close(&c->fs);
    while (f->clones) {
        struct kustomize_clone *c = f->clones;
        f->clones = c->next;
        drop(c);
    }
    f->n_clones = 0;
}

/* ---- one repository ---- */
static bool fetch_clone(struct fetching *g, struct kustomize_clone *c, struct err *err) {
    struct repo_remote remote = { .url = c->url,
                                  .http = g->f->http,
                                  .deadline_ns = g->deadline_ns,
                                  .cancel = g->f->cancel,
                                  .use_env_proxy = g->f->use_env_proxy };
    struct repo_oid oid;
    struct repo_commit commit;
    autosession *s = NULL;
    if (!repo_store_open(c->dir, &c->store, err) || !repo_session_open(&remote, &s, err) ||
        !fetch_ref(g, s, c->store, c->ref, &oid, err) ||
        !repo_store_commit(g->a, c->store, &oid, &commit, err))
        return false;
    c->tree = commit.tree;
    return true;
}

/* ---- submodules ---- */
static bool find_link(struct fetching *g, const struct kustomize_clone *c, const char *path,
                      struct repo_oid *out, bool *found, struct err *err) {
    struct repo_oid at = c->tree;
    struct str rest = str_of(path), name;
    *found = false;
    while (str_split(&rest, '/', &name)) {
        struct repo_tree tree;
        const struct repo_tree_entry *entry = NULL;
        if (!repo_store_tree(g->a, c->store, &at, &tree, err))
            return false;
        for (size_t i = 0; i < tree.n; i++)
            if (str_is(name, tree.items[i].name))
                entry = &tree.items[i];
        bool last = rest.p == NULL;
        if (!entry || (entry->mode & 0170000) != (last ? 0160000 : 0040000))
            return true; // named, but not in this tree
        at = entry->oid;
        *found = last;
    }
    *out = at;
    return true;
}

static bool add_modules(struct fetching *g, struct fileset *fs, const char *prefix,
                        const struct kustomize_clone *c, struct err *err);

static bool add_module(struct fetching *g, struct fileset *fs, const char *prefix,
                       const struct kustomize_clone *c, const struct repo_module *module, struct err *err) {
    struct repo_oid commit;
    bool found;
    char *url;
    if (!find_link(g, c, module->path, &commit, &found, err))
        return false;
    if (!found)
        return true;
    const char *path = arena_fmt(g->a, "%s%s", prefix, module->path);
    struct kustomize_clone *sub = NULL;
    bool ok = repo_module_url(g->a, c->url, module->url, &url, err) && check_url(url, err);
    if (ok)
        sub = keep(g->f, url, repo_oid_text(g->a, &commit), true, err);
    if (!sub || !fetch_clone(g, sub, err))
        return err_wrap(err, "submodule '%s'", path);
    return fileset_mount(fs, path, fileset_from_git(sub->store, &sub->tree), ".", err) &&
           add_modules(g, fs, arena_fmt(g->a, "%s/", path), sub, err);
}

static bool add_modules(struct fetching *g, struct fileset *fs, const char *prefix,
                        const struct kustomize_clone *c, struct err *err) {
    autofileset *own = fileset_from_git(c->store, &c->tree);
    struct repo_modules list;
    struct str text;
    if (!fileset_is_file(own, ".gitmodules"))
        return true;
    if (g->depth == MODULES_DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "submodules are nested deeper than %d levels", MODULES_DEPTH_MAX);
    if (!fileset_read_max(g->a, own, ".gitmodules", MODULES_BYTES_MAX, &text, err) ||
        !repo_modules_parse(g->a, text, &list, err))
        return false;
    g->depth++;
    for (size_t i = 0; i < list.n; i++)
        if (!add_module(g, fs, prefix, c, &list.items[i], err))
            return false;
    g->depth--;
    return true;
}

/* ---- entries ---- */
static struct kustomize_clone *known(const struct kustomize_fetch *f, const struct kustomize_repo *repo) {
    for (struct kustomize_clone *c = f->clones; c; c = c->next)
        if (c->fs && c->submodules == repo->submodules && !strcmp(c->url, repo->url) &&
            !strcmp(c->ref, repo->ref))
            return c;
    return NULL;
}

static bool clone(void *arg, struct arena *a, const struct kustomize_repo *repo, struct fileset **out,
                  struct err *err) {
    struct kustomize_fetch *f = arg;
    struct fetching g = { .f = f, .a = a, .deadline_ns = now_mono_ns() + time_left(f, repo->timeout_ns) };
    struct kustomize_clone *c = known(f, repo);
    if (!c) {
        if (!check_url(repo->url, err))
            return false;
        c = keep(f, repo->url, repo->ref, repo->submodules, err);
        if (!c || !fetch_clone(&g, c, err))
            return err_wrap(err, "failed to fetch %s", url_redacted(a, repo->url));
        struct fileset *fs = fileset_from_git(c->store, &c->tree);
        if (repo->submodules && !add_modules(&g, fs, "", c, err)) {
            fileset_close(&fs);
            return err_wrap(err, "failed to fetch %s", url_redacted(a, repo->url));
        }
        c->fs = fs;
    }
    *out = c->fs;
    return true;
}

struct kustomize_remote kustomize_fetch_remote(struct kustomize_fetch *f) {
    return (struct kustomize_remote) { f, get, clone };
}
