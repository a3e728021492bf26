// SPDX-License-Identifier: Apache-2.0
/* The tree that lies on top of a fileset's backend: files put there, hidden paths, mounted filesets. */
#include "common/fileset/backend.h"

#include "common/base/file.h"

// Index of the name, or where it would be inserted (*found false).
static size_t kid_index(const struct top_node *n, struct str name, bool *found) {
    size_t low = 0, high = n->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int c = str_cmp(str_of(n->kids[middle]->name), name);
        if (c == 0) {
            *found = true;
            return middle;
        }
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = false;
    return low;
}

struct top_node *top_kid(const struct top_node *n, struct str name) {
    bool found;
    size_t i = kid_index(n, name, &found);
    return found ? n->kids[i] : NULL;
}

static void *grown(void *p, size_t size) {
    p = realloc(p, size);
    if (!p)
        abort();
    return p;
}

static struct top_node *ensure_kid(struct top_node *n, struct str name) {
    bool found;
    size_t i = kid_index(n, name, &found);
    if (found)
        return n->kids[i];
    struct top_node *kid = calloc(1, sizeof(*kid));
    if (!kid)
        abort();
    kid->name = grown(NULL, name.n + 1);
    memcpy(kid->name, name.p, name.n);
    kid->name[name.n] = '\0';
    if (n->n == n->cap) {
        n->cap = n->cap ? 2 * n->cap : 8;
        n->kids = grown(n->kids, n->cap * sizeof(*n->kids));
    }
    memmove(n->kids + i + 1, n->kids + i, (n->n - i) * sizeof(*n->kids));
    n->kids[i] = kid;
    n->n++;
    return kid;
}

static void clear_node(struct top_node *n) {
    for (size_t i = 0; i < n->n; i++)
        top_free(n->kids[i]);
    free(n->kids);
    free((char *)n->bytes.p);
    free(n->mount_path);
    fileset_close(&n->mount);
    n->kids = NULL;
    n->n = n->cap = 0;
    n->bytes = (struct str) { 0 };
    n->mount_path = NULL;
    n->executable = false;
}

// Depth is bounded by LIMIT_PATH_BYTES / 2.
void top_free(struct top_node *n) {
    if (!n)
        return;
    clear_node(n);
    free(n->name);
    free(n);
}

static char *joined(struct arena *a, const char *dir, struct str rest) {
    return text_eq(dir, ".") ? arena_text(a, rest.p, rest.n)
                             : arena_fmt(a, "%s/%.*s", dir, (int)rest.n, rest.p);
}

bool top_find(struct arena *a, struct fileset *fs, const char *path, struct place *out) {
    struct place p = { .node = fs->top, .base = fs->base, .below_path = path };
    struct str rest = str_of(path), name;
    if (text_eq(path, "."))
        rest = (struct str) { 0 };
    if (p.node && p.node->kind == TOP_OPAQUE)
        p.base = NULL;
    while (p.node && rest.p && str_split(&rest, '/', &name)) {
        p.node = top_kid(p.node, name);
        if (!p.node)
            break;
        bool last = rest.p == NULL;
        if (p.node->kind == TOP_HIDDEN || (p.node->kind == TOP_FILE && !last))
            return false;
        if (p.node->kind == TOP_FILE || p.node->kind == TOP_OPAQUE) {
            p.base = NULL;
            p.mount = NULL;
        } else if (p.node->kind == TOP_MOUNT) {
            p.base = NULL;
            p.mount = p.node->mount;
            p.below_path = last ? p.node->mount_path : joined(a, p.node->mount_path, rest);
        }
    }
    *out = p;
    return true;
}

// The node for a path, with its parents; a hidden or covered parent becomes a directory that shows nothing from below.
static bool make_node(struct fileset *fs, const char *path, struct top_node **out, struct err *err) {
    autoarena a = { 0 };
    char *clean = path_clean_inside(&a, str_of(path));
    if (!clean || text_eq(clean, "."))
        return err_set(err, ERR_INVALID, "%s: path is not inside the tree", path);
    if (strlen(clean) > LIMIT_PATH_BYTES)
        return err_set(err, ERR_LIMIT, "path longer than %d bytes", LIMIT_PATH_BYTES);
    struct str rest = str_of(clean), name;
    if (!fs->top && !(fs->top = calloc(1, sizeof(*fs->top))))
        abort();
    struct top_node *n = fs->top;
    while (str_split(&rest, '/', &name)) {
        if (n->kind == TOP_FILE || n->kind == TOP_HIDDEN) {
            clear_node(n);
            n->kind = TOP_OPAQUE;
        }
        n = ensure_kid(n, name);
    }
    *out = n;
    return true;
}

bool fileset_put(struct fileset *fs, const char *path, struct str bytes, bool executable, struct err *err) {
    struct top_node *n;
    if (!make_node(fs, path, &n, err))
        return false;
    clear_node(n);
    char *copy = grown(NULL, bytes.n + 1);
    memcpy(copy, bytes.p ? bytes.p : "", bytes.n);
    copy[bytes.n] = '\0';
    n->kind = TOP_FILE;
    n->bytes = str_make(copy, bytes.n);
    n->executable = executable;
    return true;
}

bool fileset_hide(struct fileset *fs, const char *path, struct err *err) {
    struct top_node *n;
    if (!make_node(fs, path, &n, err))
        return false;
    clear_node(n);
    n->kind = TOP_HIDDEN;
    return true;
}

bool fileset_mount(struct fileset *fs, const char *path, struct fileset *take_sub, const char *sub_path,
                   struct err *err) {
    autoarena a = { 0 };
    autofileset *sub = take_sub;
    struct top_node *n;
    char *clean = path_clean_inside(&a, str_of(sub_path));
    if (!clean)
        return err_set(err, ERR_INVALID, "%s: path is not inside the tree", sub_path);
    if (!make_node(fs, path, &n, err))
        return false;
    clear_node(n);
    n->kind = TOP_MOUNT;
    n->mount = sub;
    sub = NULL;
    n->mount_path = strdup(clean);
    if (!n->mount_path)
        abort();
    return true;
}
