// SPDX-License-Identifier: Apache-2.0
/* Loading files and directories: joining paths, links, restrictions, cycles, remote entries. */
#include "common/kustomize/load.h"
#include "common/base/file.h"
#include "common/base/limits.h"
#include "common/crypto/digest.h"
#include "common/fileset/fileset.h"

/* ---- paths ---- */
char *kz_path_join(struct arena *a, const char *dir, const char *path) {
    char *text = arena_fmt(a, "%s/%s", *dir ? dir : ".", *path ? path : ".");
    bool absolute = text[0] == '/';
    size_t n_parts = 0, max = strlen(text) + 1;
    struct str *parts = arena_array(a, struct str, max), rest = str_of(text), part;
    while (str_split(&rest, '/', &part)) {
        if (!part.n || str_is(part, "."))
            continue;
        bool up = str_is(part, "..");
        if (up && n_parts && !str_is(parts[n_parts - 1], ".."))
            n_parts--;
        else if (!up || !absolute)
            parts[n_parts++] = part;
    }
    char *out = arena_alloc(a, max + 1);
    size_t at = 0;
    if (absolute)
        out[at++] = '/';
    for (size_t i = 0; i < n_parts; i++) {
        if (i)
            out[at++] = '/';
        memcpy(out + at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    if (!at)
        out[at++] = '.';
    out[at] = '\0';
    return out;
}

static const char *shown(struct kz *kz, const struct kz_loader *l, const char *inside) {
    if (!strcmp(inside, "."))
        return *l->display ? l->display : "/";
    return arena_fmt(kz->a, "%s/%s", l->display, inside);
}

const char *kz_loader_abs(struct kz *kz, const struct kz_loader *l) {
    return shown(kz, l, l->dir);
}

static bool has_prefix(const char *dir, const char *prefix) {
    size_t n = strlen(prefix);
    return !strcmp(prefix, ".") || !strcmp(dir, prefix) || (!strncmp(dir, prefix, n) && dir[n] == '/');
}

/* The place of a path inside the file set. *out_abs: as messages show it. NULL: outside. */
static const char *place(struct kz *kz, const struct kz_loader *l, const char *path, const char **out_abs) {
    size_t n = strlen(l->display);
    if (*path == '/') {
        *out_abs = path;
        bool below = !strncmp(path, l->display, n) && path[n] == '/';
        return below ? path_clean_inside(kz->a, str_of(path + n + 1)) : NULL;
    }
    char *joined = kz_path_join(kz->a, l->dir, path);
    *out_abs =
        strncmp(joined, "..", 2) ? shown(kz, l, joined) : kz_path_join(kz->a, kz_loader_abs(kz, l), path);
    // the root of the machine is its own parent
    while (!*l->display && !strncmp(joined, "../", 3))
        joined += 3;
    if (!*l->display && !strcmp(joined, ".."))
        joined = arena_strdup(kz->a, ".");
    return strncmp(joined, "..", 2) || (joined[2] && joined[2] != '/') ? joined : NULL;
}

// What Go's EvalSymlinks says: the first part that is not there.
static bool missing_text(struct kz *kz, const struct kz_loader *l, const char *inside, const char *abs,
                         struct err *err) {
    const char *end = inside;
    while (inside && *end) {
        end += strcspn(end, "/");
        const char *prefix = arena_text(kz->a, inside, (size_t)(end - inside));
        struct fileset_entry e;
        struct err ignored = { .a = kz->a };
        if (!fileset_stat(kz->a, l->fs, prefix, &e, &ignored))
            return err_set(err, ERR_NOT_FOUND, "lstat %s: no such file or directory", shown(kz, l, prefix));
        if (*end && e.type != FILESET_DIR)
            return err_set(err, ERR_NOT_FOUND, "not a directory");
        end += *end == '/';
    }
    return err_set(err, ERR_NOT_FOUND, "lstat %s: no such file or directory", abs);
}

// Links followed. Errors "evalsymlink failure on '<given>' : lstat ...".
static bool real_path(struct kz *kz, const struct kz_loader *l, const char *inside, const char *abs,
                      const char *given, char **out, bool *out_dir, struct err *err) {
    struct fileset_entry e;
    bool ok = inside && fileset_realpath(kz->a, l->fs, inside, out, err) &&
              fileset_stat(kz->a, l->fs, *out, &e, err);
    if (ok) {
        *out_dir = e.type == FILESET_DIR;
        return true;
    }
    if (err->kind != ERR_NONE && err->kind != ERR_NOT_FOUND)
        return err_wrap(err, "evalsymlink failure on '%s' ", given);
    err_clear(err);
    missing_text(kz, l, inside, abs, err);
    return err_wrap(err, "evalsymlink failure on '%s' ", given);
}

/* ---- directories ---- */
static bool confirm_dir(struct kz *kz, const struct kz_loader *l, const char *inside, const char *abs,
                        const char *given, char **out, struct err *err) {
    bool dir = false;
    if (!real_path(kz, l, inside, abs, given, out, &dir, err))
        return err_wrap(err, "must build at directory: not a valid directory");
    return dir || err_set(err, ERR_INVALID, "must build at directory: '%s': file is not directory", given);
}

bool kz_loader_root(struct kz *kz, const char *dir, struct kz_loader *out, struct err *err) {
    char *clean = NULL;
    *out = (struct kz_loader) {
        .fs = kz->fs,
        .dir = ".",
        .display = kz->opt->display_root ? kz->opt->display_root : "",
        .root_only = !kz->opt->load_anywhere,
        .own_files = true,
    };
    const char *inside = path_clean_inside(kz->a, str_of(*dir ? dir : "."));
    const char *abs = kz_path_join(kz->a, *out->display ? out->display : "/", dir);
    if (!confirm_dir(kz, out, inside, abs, kz->opt->root_given ? kz->opt->root_given : abs, &clean, err))
        return false;
    out->dir = clean;
    return true;
}

static bool check_cycle(struct kz *kz, const struct kz_loader *l, const struct kz_loader *candidate,
                        struct err *err) {
    for (const struct kz_loader *at = l; at; at = at->referrer)
        if (at->fs == candidate->fs && has_prefix(at->dir, candidate->dir))
            return err_set(err, ERR_INVALID, "cycle detected: candidate root '%s' contains visited root '%s'",
                           kz_loader_abs(kz, candidate), kz_loader_abs(kz, at));
    return true;
}

static bool check_repo_cycle(const struct kz_loader *l, const struct kz_repo *repo, struct err *err) {
    for (const struct kz_loader *at = l; at; at = at->referrer)
        if (at->repo && text_starts(at->repo->raw, repo->raw))
            return err_set(err, ERR_INVALID, "cycle detected: URI '%s' referenced by previous URI '%s'",
                           repo->raw, at->repo->raw);
    return true;
}

static bool enter_clone(struct kz *kz, const struct kz_loader *l, const struct kz_repo *repo,
                        struct kz_loader *out, struct err *err) {
    const struct kustomize_remote *remote = kz->opt->remote;
    if (!remote || !remote->clone)
        return err_set(err, ERR_UNSUPPORTED, "remote bases are not allowed");
    struct kustomize_repo want = { .url = repo->clone_spec,
                                   .ref = repo->ref,
                                   .raw = repo->raw,
                                   .timeout_ns = repo->timeout_ns,
                                   .submodules = repo->submodules };
    struct fileset *fs = NULL;
    if (!remote->clone(remote->arg, kz->a, &want, &fs, err))
        return false;
    *out = (struct kz_loader) {
        .referrer = l, .fs = fs, .dir = ".", .display = "/kustomize-clone", .root_only = true, .repo = repo
    };
    char *dir = NULL;
    bool is_dir = false;
    const char *inside = path_clean_inside(kz->a, str_of(repo->dir)),
               *abs = shown(kz, out, inside ? inside : repo->dir);
    if (!real_path(kz, out, inside, abs, abs, &dir, &is_dir, err))
        return false;
    if (!is_dir)
        return err_set(err, ERR_INVALID, "'%s' refers to file '%s'; expecting directory", abs, dir);
    out->dir = dir;
    return true;
}

bool kz_loader_enter(struct kz *kz, const struct kz_loader *l, const char *path, struct kz_loader **out,
                     struct err *err) {
    struct kz_loader *sub = arena_new(kz->a, struct kz_loader);
    struct kz_repo *repo = arena_new(kz->a, struct kz_repo);
    *out = sub;
    if (!*path)
        return err_set(err, ERR_INVALID, "new root cannot be empty");
    if (kz_repo_parse(kz->a, path, repo))
        return check_repo_cycle(l, repo, err) && enter_clone(kz, l, repo, sub, err);
    if (*path == '/')
        return err_set(err, ERR_INVALID, "new root '%s' cannot be absolute", path);
    const char *abs, *inside = place(kz, l, path, &abs);
    char *dir = NULL;
    if (!confirm_dir(kz, l, inside, abs, abs, &dir, err))
        return false;
    *sub = *l;
    sub->referrer = l;
    sub->repo = NULL;
    sub->dir = dir;
    return check_cycle(kz, l, sub, err);
}

/* ---- files ---- */
static void report_file(struct kz *kz, const char *path, struct str bytes) {
    for (size_t i = 0; i < kz->out.n_files; i++)
        if (!strcmp(kz->out.files[i].path, path))
            return;
    kz->out.files =
        arena_grow(kz->a, kz->out.files, &kz->cap_files, kz->out.n_files + 1, sizeof *kz->out.files);
    struct kustomize_file *f = &kz->out.files[kz->out.n_files++];
    struct digest digest;
    f->path = path;
    digest_of(DIGEST_SHA256, bytes, &digest);
    memcpy(f->sha256, digest.bytes, sizeof f->sha256);
}

static const char *status_text(int code) {
    static const struct {
        int code;
        const char *text;
    } texts[] = {
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 406, "Not Acceptable" },
        { 408, "Request Timeout" },
        { 409, "Conflict" },
        { 410, "Gone" },
        { 418, "I'm a teapot" },
        { 429, "Too Many Requests" },
        { 451, "Unavailable For Legal Reasons" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 502, "Bad Gateway" },
        { 503, "Service Unavailable" },
        { 504, "Gateway Timeout" },
    };
    for (size_t i = 0; i < countof(texts); i++)
        if (texts[i].code == code)
            return texts[i].text;
    return "";
}

static bool load_http(struct kz *kz, const char *url, struct str *out, struct kz_load_fault *fault,
                      struct err *err) {
    const struct kustomize_remote *remote = kz->opt->remote;
    struct kz_repo repo;
    if (!remote || !remote->get) {
        if (fault)
            fault->http = true;
        return err_set(err, ERR_UNSUPPORTED, "remote files are not allowed");
    }
    if (remote->get(remote->arg, kz->a, url, out, err))
        return true;
    int code = err->code;
    if (code < 100)
        return false;
    err_clear(err);
    if (kz_repo_parse(kz->a, url, &repo))
        return err_set(err, ERR_NOT_FOUND, "URL is a git repository");
    if (fault)
        fault->http = true;
    return err_set(err, ERR_IO, "HTTP Error: status code %d (%s)", code, status_text(code));
}

static bool read_here(struct kz *kz, const struct kz_loader *l, const char *inside, const char *abs,
                      struct str *out, struct err *err) {
    struct fileset_entry e;
    struct err why = { .a = kz->a };
    if (!inside || !fileset_stat(kz->a, l->fs, inside, &e, &why))
        return err_set(err, ERR_NOT_FOUND, "open %s: no such file or directory", abs);
    if (e.type == FILESET_DIR)
        return err_set(err, ERR_INVALID, "read %s: is a directory", abs);
    if (!fileset_read(kz->a, l->fs, inside, out, err))
        return false;
    if (l->own_files)
        report_file(kz, inside, *out);
    return kz_within_limits(kz, err);
}

bool kz_load(struct kz *kz, const struct kz_loader *l, const char *path, struct str *out,
             struct kz_load_fault *fault, struct err *err) {
    if (kz_is_http_url(path))
        return load_http(kz, path, out, fault, err);
    const char *abs, *inside = place(kz, l, path, &abs);
    if (!l->root_only)
        return read_here(kz, l, inside, abs, out, err);
    char *real = NULL;
    bool dir = false;
    if (!real_path(kz, l, inside, abs, abs, &real, &dir, err))
        return false;
    if (dir)
        return err_set(err, ERR_INVALID, "'%s' must resolve to a file", abs);
    const char *slash = strrchr(real, '/');
    const char *in = slash ? arena_text(kz->a, real, (size_t)(slash - real)) : ".";
    if (!has_prefix(in, l->dir))
        return err_set(err, ERR_INVALID, "security; file '%s' is not in or below '%s'", abs,
                       kz_loader_abs(kz, l));
    return read_here(kz, l, real, abs, out, err);
}

bool kz_load_optional(struct kz *kz, const struct kz_loader *l, const char *name, struct str *out) {
    struct err ignored = { .a = kz->a };
    return kz_load(kz, l, name, out, NULL, &ignored);
}
