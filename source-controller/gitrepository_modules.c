// SPDX-License-Identifier: Apache-2.0
/* Submodules: .gitmodules and the links of a tree, each fetched with the same code into a store of its own.
 *
 * Credentials: an SSH key is offered to every host (it does not leave us); a password or token goes only to the host that it is for.
 * Upstream sends both to every host that .gitmodules names. */
#include "source-controller/gitrepository_inner.h"

#include "common/fileset/gittree.h"

#define MAX_DEPTH 10 // Flux: go-git DefaultSubmoduleRecursionDepth
#define MAX_MODULES 200
#define MAX_FILE_BYTES (1u << 20)

struct modules {
    struct run *r;
    const struct repo_remote *remote;
    unsigned depth;
};

// The commit that the tree links at path; false: no link there.
static bool find_link(struct arena *a, struct repo_store *store, const struct repo_oid *root,
                      const char *path, struct repo_oid *out, bool *found, struct err *err) {
    struct repo_oid at = *root;
    struct str rest = str_of(path), name;
    *found = false;
    while (str_split(&rest, '/', &name)) {
        struct repo_tree tree;
        const struct repo_tree_entry *entry = NULL;
        if (!repo_store_tree(a, store, &at, &tree, err))
            return false;
        for (size_t i = 0; i < tree.n; i++)
            if (str_is(name, tree.items[i].name))
                entry = &tree.items[i];
        bool last = rest.p == NULL;
        if (!entry || (entry->mode & 0170000) != (last ? 0160000 : 0040000))
            return true;
        at = entry->oid;
        *found = last;
    }
    *out = at;
    return true;
}

static bool same_host(struct arena *a, const char *x, const char *y) {
    struct url ux = { 0 }, uy = { 0 };
    struct err ignored = { .a = a };
    return url_parse(a, x, &ux, &ignored) && url_parse(a, y, &uy, &ignored) &&
           text_eq(ux.scheme, uy.scheme) && text_eq(ux.host, uy.host) && ux.port == uy.port;
}

static struct repo_remote module_remote(struct modules *m, const char *url) {
    struct repo_remote remote = *m->remote;
    remote.url = url;
    if (!text_starts(url, "ssh://") && !same_host(m->r->a, url, m->remote->url)) {
        remote.user = remote.password = remote.bearer = NULL;
        remote.tls = NULL;
    }
    return remote;
}

static bool fetch_module(struct modules *m, const char *url, struct repo_store *store,
                         const struct repo_oid *commit, struct err *err) {
    static const char *const prefixes[] = { "refs/heads/", NULL };
    struct repo_remote remote = module_remote(m, url);
    struct repo_refs refs;
    autosession *s = NULL;
    if (repo_store_has_tip(store, commit))
        return true;
    return repo_session_open(&remote, &s, err) && repo_session_refs(m->r->a, s, prefixes, &refs, err) &&
           repo_session_fetch_commit(s, store, commit, &refs, err);
}

static bool modules_of(struct modules *m, const char *parent_url, const char *prefix,
                       struct repo_store *store, const struct repo_oid *tree, struct err *err);

static bool add_module(struct modules *m, const char *parent_url, const char *prefix,
                       struct repo_store *store, const struct repo_oid *tree,
                       const struct repo_module *module, struct err *err) {
    struct git_state *st = git_state(m->r);
    struct arena *a = m->r->a;
    struct repo_oid commit_oid;
    struct repo_commit commit;
    bool found;
    char *url;
    autostore *sub = NULL;
    if (!find_link(a, store, tree, module->path, &commit_oid, &found, err))
        return false;
    if (!found)
        return true; // named, but not in this tree
    if (st->n_mounts == MAX_MODULES)
        return err_set(err, ERR_LIMIT, "more than %d submodules", MAX_MODULES);
    if (!repo_module_url(a, parent_url, module->url, &url, err))
        return false;
    struct git_mount mount = { .path = arena_fmt(a, "%s%s", prefix, module->path),
                               .store_dir = git_cache_dir(m->r, url) };
    if (!repo_store_open(mount.store_dir, &sub, err) || !fetch_module(m, url, sub, &commit_oid, err) ||
        !repo_store_commit(a, sub, &commit_oid, &commit, err))
        return err_wrap(err, "submodule '%s'", mount.path);
    mount.tree = commit.tree;
    st->mounts = arena_grow(a, st->mounts, &st->cap_mounts, st->n_mounts + 1, sizeof(*st->mounts));
    st->mounts[st->n_mounts++] = mount;
    return modules_of(m, url, arena_fmt(a, "%s/", mount.path), sub, &commit.tree, err);
}

static bool modules_of(struct modules *m, const char *parent_url, const char *prefix,
                       struct repo_store *store, const struct repo_oid *tree, struct err *err) {
    struct arena *a = m->r->a;
    autofileset *fs = fileset_from_git(store, tree);
    struct repo_modules list;
    struct str text;
    if (!fileset_is_file(fs, ".gitmodules"))
        return true;
    if (++m->depth > MAX_DEPTH)
        return m->depth--, true; // upstream stops there, too
    if (!fileset_read_max(a, fs, ".gitmodules", MAX_FILE_BYTES, &text, err) ||
        !repo_modules_parse(a, text, &list, err))
        return false;
    for (size_t i = 0; i < list.n; i++)
        if (!add_module(m, parent_url, prefix, store, tree, &list.items[i], err))
            return false;
    m->depth--;
    return true;
}

bool git_fetch_modules(struct run *r, const struct repo_remote *remote, struct repo_store *store,
                       struct err *err) {
    struct modules m = { .r = r, .remote = remote };
    return modules_of(&m, remote->url, "", store, &git_state(r)->commit.tree, err);
}
