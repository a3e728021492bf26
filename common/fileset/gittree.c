// SPDX-License-Identifier: Apache-2.0
/* Trees of a Git store as a fileset. The trees on the way to the last path stay parsed, so that a walk reads each tree once. */
#include "common/fileset/gittree.h"

#include "common/fileset/backend.h"

#define MAX_DEPTH 250
#define LINK_MAX_BYTES LIMIT_PATH_BYTES

// One parsed tree of the current way down.
struct level {
    struct arena a;
    char *name; // of this directory in its parent
    struct repo_tree tree;
};

struct git_backend {
    struct backend backend;
    struct repo_store *store;
    bool owns_store;
    struct level *levels[MAX_DEPTH + 1]; // levels[0] is the root
    size_t n_levels;
    struct repo_oid root;
};

enum { MODE_TREE = 0040000, MODE_LINK = 0120000, MODE_MODULE = 0160000, MODE_TYPE = 0170000 };

static void drop_levels(struct git_backend *g, size_t keep) {
    while (g->n_levels > keep) {
        struct level *l = g->levels[--g->n_levels];
        arena_done(&l->a);
        free(l);
    }
}

static bool push_level(struct git_backend *g, struct str name, const struct repo_oid *oid, struct err *err) {
    struct level *l = calloc(1, sizeof(*l));
    if (!l)
        abort();
    l->name = arena_text(&l->a, name.p, name.n);
    if (!repo_store_tree(&l->a, g->store, oid, &l->tree, err)) {
        arena_done(&l->a);
        free(l);
        return false;
    }
    g->levels[g->n_levels++] = l;
    return true;
}

// Git sorts a tree as if its name ended in '/': a plain binary search would miss, so names are tried in both orders.
static int compare_names(struct str name, bool tree, const struct repo_tree_entry *e) {
    struct str other = str_of(e->name);
    size_t n = name.n < other.n ? name.n : other.n;
    int c = memcmp(name.p, other.p, n);
    if (c)
        return c;
    unsigned char x = n < name.n ? (unsigned char)name.p[n] : tree ? '/' : 0;
    unsigned char y = n < other.n ? (unsigned char)other.p[n] : (e->mode & MODE_TYPE) == MODE_TREE ? '/' : 0;
    return x < y ? -1 : x > y;
}

static const struct repo_tree_entry *search(const struct repo_tree *t, struct str name, bool as_tree) {
    size_t low = 0, high = t->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int c = compare_names(name, as_tree, &t->items[middle]);
        if (c == 0)
            return str_is(name, t->items[middle].name) ? &t->items[middle] : NULL;
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static const struct repo_tree_entry *tree_find(const struct repo_tree *t, struct str name) {
    const struct repo_tree_entry *e = search(t, name, false);
    return e ? e : search(t, name, true);
}

// Makes the last level the tree of dir.
static bool enter(struct git_backend *g, struct str dir, struct err *err) {
    size_t at = 1;
    struct str rest = dir, name;
    if (str_is(dir, "."))
        rest = (struct str) { 0 };
    if (g->n_levels == 0 && !push_level(g, STR(""), &g->root, err))
        return false;
    while (rest.p && str_split(&rest, '/', &name)) {
        if (at < g->n_levels && str_is(name, g->levels[at]->name)) {
            at++;
            continue;
        }
        drop_levels(g, at);
        const struct repo_tree_entry *e = tree_find(&g->levels[at - 1]->tree, name);
        if (!e || (e->mode & MODE_TYPE) != MODE_TREE)
            return err_set(err, ERR_NOT_FOUND, "no such file or directory");
        if (at == MAX_DEPTH)
            return err_set(err, ERR_LIMIT, "more than %d directories deep", MAX_DEPTH);
        if (!push_level(g, name, &e->oid, err))
            return false;
        at++;
    }
    drop_levels(g, at);
    return true;
}

static bool find_entry(struct git_backend *g, const char *path, const struct repo_tree_entry **out,
                       struct err *err) {
    struct str whole = str_of(path);
    ptrdiff_t slash = str_rchr(whole, '/');
    struct str dir = slash < 0 ? STR(".") : str_sub(whole, 0, (size_t)slash);
    if (!enter(g, dir, err))
        return false;
    *out = tree_find(&g->levels[g->n_levels - 1]->tree, str_sub(whole, (size_t)(slash + 1), whole.n));
    return *out ? true : err_set(err, ERR_NOT_FOUND, "no such file or directory");
}

static struct fileset_entry entry_of(const struct repo_tree_entry *e) {
    struct fileset_entry out = { .name = e->name, .type = FILESET_FILE, .executable = (e->mode & 0111) != 0 };
    unsigned type = e->mode & MODE_TYPE;
    if (type == MODE_TREE || type == MODE_MODULE)
        out.type = FILESET_DIR;
    else if (type == MODE_LINK)
        out.type = FILESET_LINK;
    else if (type != 0100000)
        out.type = FILESET_OTHER;
    if (out.type != FILESET_FILE)
        out.executable = false;
    return out;
}

static bool git_lstat(struct backend *b, struct arena *a, const char *path, struct fileset_entry *out,
                      struct err *err) {
    (void)a;
    struct git_backend *g = container_of(b, struct git_backend, backend);
    const struct repo_tree_entry *e;
    if (text_eq(path, ".")) {
        *out = (struct fileset_entry) { .name = ".", .type = FILESET_DIR };
        return true;
    }
    if (!find_entry(g, path, &e, err))
        return false;
    struct fileset_entry found = entry_of(e);
    if (found.type == FILESET_FILE && !repo_store_blob_size(g->store, &e->oid, &found.size_bytes, err))
        return false;
    *out = found;
    return true;
}

static bool git_list(struct backend *b, struct arena *a, const char *dir, struct fileset_entries *out,
                     struct err *err) {
    struct git_backend *g = container_of(b, struct git_backend, backend);
    struct fileset_entries list = { 0 };
    const struct repo_tree_entry *e = NULL;
    if (!text_eq(dir, ".") && !find_entry(g, dir, &e, err))
        return false;
    if (e && (e->mode & MODE_TYPE) == MODE_MODULE) {
        *out = list;
        return true;
    }
    if (!enter(g, str_of(dir), err))
        return false;
    const struct repo_tree *t = &g->levels[g->n_levels - 1]->tree;
    list.items = arena_array(a, struct fileset_entry, t->n);
    for (size_t i = 0; i < t->n; i++) {
        list.items[i] = entry_of(&t->items[i]);
        list.items[i].name = arena_strdup(a, t->items[i].name);
    }
    list.n = t->n;
    *out = list;
    return true;
}

struct link_text {
    char bytes[LINK_MAX_BYTES];
    size_t n;
};

static bool link_piece(void *arg, struct str piece, struct err *err) {
    struct link_text *l = arg;
    if (piece.n > sizeof(l->bytes) - l->n)
        return err_set(err, ERR_LIMIT, "symbolic link longer than %d bytes", LINK_MAX_BYTES);
    memcpy(l->bytes + l->n, piece.p, piece.n);
    l->n += piece.n;
    return true;
}

static bool git_link(struct backend *b, struct arena *a, const char *path, char **out, struct err *err) {
    struct git_backend *g = container_of(b, struct git_backend, backend);
    const struct repo_tree_entry *e;
    struct link_text text = { .n = 0 };
    if (!find_entry(g, path, &e, err))
        return false;
    if ((e->mode & MODE_TYPE) != MODE_LINK)
        return err_set(err, ERR_NOT_FOUND, "not a link");
    if (!repo_store_blob(g->store, &e->oid, link_piece, &text, err))
        return false;
    *out = arena_text(a, text.bytes, text.n);
    return true;
}

static bool git_stream(struct backend *b, const char *path, fileset_sink sink, void *arg, struct err *err) {
    struct git_backend *g = container_of(b, struct git_backend, backend);
    const struct repo_tree_entry *e;
    if (!find_entry(g, path, &e, err))
        return false;
    return repo_store_blob(g->store, &e->oid, sink, arg, err);
}

static void git_close(struct backend *b) {
    struct git_backend *g = container_of(b, struct git_backend, backend);
    drop_levels(g, 0);
    if (g->owns_store)
        repo_store_close(&g->store);
    free(g);
}

static const struct backend_ops git_ops = {
    .lstat = git_lstat,
    .list = git_list,
    .link = git_link,
    .stream = git_stream,
    .close = git_close,
};

static struct fileset *make(struct repo_store *store, const struct repo_oid *tree, bool owns_store) {
    struct git_backend *g = calloc(1, sizeof(*g));
    if (!g)
        abort();
    g->backend.ops = &git_ops;
    g->store = store;
    g->root = *tree;
    g->owns_store = owns_store;
    return fileset_new(&g->backend);
}

struct fileset *fileset_from_git(struct repo_store *store, const struct repo_oid *tree) {
    return make(store, tree, false);
}

struct fileset *fileset_from_git_owned(struct repo_store *take_store, const struct repo_oid *tree) {
    return make(take_store, tree, true);
}
