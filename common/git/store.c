// SPDX-License-Identifier: Apache-2.0
/* The bare repository that keeps what was fetched; it is a cache: whatever is wrong with it ends in a new one. */
#include "common/git/store.h"

#include "common/base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE_BYTES (1 << 20)
#define WINDOW_BYTES (4 << 20)
#define WORN_FREE_BYTES (64ull << 20) // packs may grow this much beyond twice the first one
#define TIPS_FILE "runnel-tips"

static void init_once(void) {
    git_libgit2_init();
    for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    git_libgit2_opts(GIT_OPT_SET_TEMPLATE_PATH, "");
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0); // volumes belong to other users in Pods
    git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS,
                     (size_t)STORE_MAX_OBJECTS); // memory is allocated by the number in the header
    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_BYTES);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)WINDOW_BYTES);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)4 * WINDOW_BYTES);
}

void repo_init(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_once);
}

// Without ` '/path'`: names of temporary files would make every try another failure to be told of.
static const char *without_paths(struct arena *a, const char *message) {
    char *copy = arena_strdup(a, message);
    for (char *at = strstr(copy, " '/"), *end; at && (end = strchr(at + 2, '\'')); at = strstr(at, " '/"))
        memmove(at, end + 1, strlen(end + 1) + 1);
    return copy;
}

bool git2_error(struct err *err, const char *what) {
    const git_error *e = git_error_last();
    autoarena a = { 0 };
    return err_set(err, ERR_IO, "%s: %s", what,
                   e && e->message ? without_paths(&a, e->message) : "unknown error");
}

static void close_handles(struct repo_store *s) {
    s->has_size = false;
    git_odb_free(s->odb);
    git_repository_free(s->repo);
    s->odb = NULL;
    s->repo = NULL;
}

// What a killed fetch left: the indexer writes to pack_XXXXXX.
static void remove_leftovers(const struct repo_store *s) {
    autoarena a = { 0 };
    const char *packs = path_join(&a, s->dir, "objects/pack");
    DIR *d = opendir(packs);
    if (!d)
        return;
    for (const struct dirent *e = readdir(d); e; e = readdir(d))
        if (text_starts(e->d_name, "pack_"))
            unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
}

static void read_tips(struct repo_store *s) {
    autoarena a = { 0 };
    struct err ignored = { .a = &a };
    struct str text, line;
    s->n_tips = 0;
    s->base_bytes = 0;
    if (!file_read(&a, path_join(&a, s->dir, TIPS_FILE), 65536, &text, &ignored))
        return; // nothing is known to be complete
    while (str_split(&text, '\n', &line) && s->n_tips < STORE_MAX_TIPS) {
        struct repo_oid oid;
        if (str_starts(line, "base "))
            (void)!str_to_u64(str_sub(line, 5, line.n), &s->base_bytes);
        else if (repo_oid_parse(line, &oid) && repo_store_has(s, &oid))
            s->tips[s->n_tips++] = oid;
    }
}

static bool open_existing(struct repo_store *s) {
    if (git_repository_open_bare(&s->repo, s->dir) != 0 || git_repository_odb(&s->odb, s->repo) != 0) {
        close_handles(s);
        return false;
    }
    remove_leftovers(s);
    read_tips(s);
    return true;
}

bool store_make(struct repo_store *s, struct err *err) {
    close_handles(s);
    s->n_tips = 0;
    s->base_bytes = 0;
    if (!dir_remove(s->dir, err) || !dir_make(s->dir, 0700, err))
        return false;
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
    options.mode = 0700;
    if (git_repository_init_ext(&s->repo, s->dir, &options) != 0)
        return git2_error(err, "git cache");
    if (git_repository_odb(&s->odb, s->repo) != 0)
        return git2_error(err, "git cache");
    return true;
}

bool repo_store_open(const char *dir, struct repo_store **out, struct err *err) {
    repo_init();
    struct repo_store *s = calloc(1, sizeof(*s));
    if (!s)
        abort();
    s->dir = arena_strdup(&s->a, dir);
    if (open_existing(s) || store_make(s, err)) {
        *out = s;
        return true;
    }
    repo_store_close(&s);
    return false;
}

void repo_store_close(struct repo_store **s) {
    if (!*s)
        return;
    close_handles(*s);
    arena_done(&(*s)->a);
    free(*s);
    *s = NULL;
}

bool repo_store_reset(struct repo_store *s, struct err *err) {
    return store_make(s, err);
}

bool repo_store_has(struct repo_store *s, const struct repo_oid *oid) {
    git_oid id;
    memcpy(id.id, oid->bytes, sizeof(oid->bytes));
    return s->odb && git_odb_exists(s->odb, &id) == 1;
}

bool repo_store_has_tip(const struct repo_store *s, const struct repo_oid *oid) {
    for (size_t i = 0; i < s->n_tips; i++)
        if (repo_oid_equal(&s->tips[i], oid))
            return true;
    return false;
}

static void push_tip(struct repo_store *s, const struct repo_oid *oid) {
    size_t at = 0;
    while (at < s->n_tips && !repo_oid_equal(&s->tips[at], oid))
        at++;
    if (at == s->n_tips && s->n_tips < STORE_MAX_TIPS)
        s->n_tips++;
    if (at == STORE_MAX_TIPS)
        at--;
    memmove(&s->tips[1], &s->tips[0], at * sizeof(s->tips[0]));
    s->tips[0] = *oid;
}

bool store_add_tips(struct repo_store *s, const struct repo_oid *oids, size_t n, struct err *err) {
    autoarena a = { 0 };
    autobuf text = { 0 };
    for (size_t i = 0; i < n; i++)
        push_tip(s, &oids[i]);
    if (s->base_bytes == 0) {
        size_t packs;
        store_packs(s, &packs, &s->base_bytes);
    }
    buf_fmt(&text, "base %llu\n", (unsigned long long)s->base_bytes);
    for (size_t i = 0; i < s->n_tips; i++)
        buf_fmt(&text, "%s\n", repo_oid_text(&a, &s->tips[i]));
    return file_write(path_join(&a, s->dir, TIPS_FILE), buf_str(&text), 0600, err);
}

bool store_shallow_read(struct arena *a, const struct repo_store *s, struct repo_oid **out, size_t *out_n,
                        struct err *err) {
    struct repo_oid *list = NULL;
    size_t n = 0, cap = 0;
    struct str text, line;
    if (!file_read(a, path_join(a, s->dir, "shallow"), 64u << 20, &text, err)) {
        if (err->kind != ERR_NOT_FOUND)
            return false;
        err_clear(err);
        text = STR("");
    }
    while (str_split(&text, '\n', &line)) {
        struct repo_oid oid;
        if (!repo_oid_parse(line, &oid))
            continue;
        list = arena_grow(a, list, &cap, n + 1, sizeof(*list));
        list[n++] = oid;
    }
    *out = list;
    *out_n = n;
    return true;
}

bool store_shallow_write(const struct repo_store *s, const struct repo_oid *oids, size_t n, struct err *err) {
    autoarena a = { 0 };
    autobuf text = { 0 };
    const char *path = path_join(&a, s->dir, "shallow");
    for (size_t i = 0; i < n; i++)
        buf_fmt(&text, "%s\n", repo_oid_text(&a, &oids[i]));
    if (n == 0)
        return unlink(path) == 0 || errno == ENOENT
                   ? true
                   : err_set_code(err, ERR_IO, errno, "%s: %s", path, errno_text(errno));
    return file_write(path, buf_str(&text), 0600, err);
}

void store_packs(const struct repo_store *s, size_t *out_n, uint64_t *out_bytes) {
    autoarena a = { 0 };
    *out_n = 0;
    *out_bytes = 0;
    DIR *d = opendir(path_join(&a, s->dir, "objects/pack"));
    if (!d)
        return;
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
        struct stat st;
        if (!text_ends(e->d_name, ".pack") || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        ++*out_n;
        *out_bytes += (uint64_t)st.st_size;
    }
    closedir(d);
}

bool store_is_worn(const struct repo_store *s) {
    size_t n;
    uint64_t bytes;
    store_packs(s, &n, &bytes);
    return n >= REPO_MAX_PACKS || (s->base_bytes > 0 && bytes > 2 * s->base_bytes + WORN_FREE_BYTES);
}

bool store_replace(struct repo_store *s, struct repo_store **fresh, struct err *err) {
    autoarena a = { 0 };
    const char *new_dir = arena_strdup(&a, (*fresh)->dir);
    repo_store_close(fresh);
    close_handles(s);
    if (renameat2(AT_FDCWD, new_dir, AT_FDCWD, s->dir, RENAME_EXCHANGE) != 0) {
        // A file system without exchange: the moment in between costs at most the cache.
        if (!dir_remove(s->dir, err))
            return false;
        if (rename(new_dir, s->dir) != 0)
            return err_set_code(err, ERR_IO, errno, "rename %s: %s", new_dir, errno_text(errno));
    } else if (!dir_remove(new_dir, err)) {
        return false;
    }
    if (!open_existing(s))
        return git2_error(err, "git cache");
    return true;
}
