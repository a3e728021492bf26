// SPDX-License-Identifier: Apache-2.0
/* .gitmodules: which repositories belong into a tree. Git: gitmodules(5), git-config(1) "Syntax". */
#include "common/git/git.h"
#include "common/base/file.h"

#define MAX_MODULES 1000
#define MAX_BYTES (1u << 20)

static char *config_value(struct arena *a, struct str raw) {
    char *out = arena_alloc(a, raw.n + 1);
    size_t n = 0;
    bool quoted = false;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '"') {
            quoted = !quoted;
        } else if (c == '\\' && i + 1 < raw.n) {
            char next = raw.p[++i];
            out[n++] = next;
            if (next == 'n' || next == 't')
                out[n - 1] = next == 'n' ? '\n' : '\t';
        } else if (!quoted && (c == '#' || c == ';')) {
            break;
        } else {
            out[n++] = c;
        }
    }
    while (!quoted && n > 0 && (out[n - 1] == ' ' || out[n - 1] == '\t'))
        n--;
    out[n] = '\0';
    return out;
}

// [submodule "name"]; false: another section.
static bool section_name(struct arena *a, struct str line, const char **out) {
    if (!str_starts(line, "[submodule"))
        return false;
    ptrdiff_t open = str_chr(line, '"'), close = str_rchr(line, '"');
    if (open < 0 || close <= open)
        return false;
    struct str name = str_sub(line, (size_t)open + 1, (size_t)close);
    *out = arena_text(a, name.p, name.n);
    return true;
}

static bool check_module(struct arena *a, struct repo_module *m, struct err *err) {
    if (text_empty(m->path) || text_empty(m->url))
        return err_set(err, ERR_INVALID, ".gitmodules: submodule '%s' has no %s", m->name,
                       m->path ? "url" : "path");
    if (m->url[0] == '-' || m->path[0] == '-')
        return err_set(err, ERR_INVALID, ".gitmodules: submodule '%s' has a path or url that starts with '-'",
                       m->name);
    for (const char *c = m->url; *c; c++)
        if ((unsigned char)*c < ' ')
            return err_set(err, ERR_INVALID, ".gitmodules: submodule '%s' has a control character in its url",
                           m->name);
    char *clean = path_clean_inside(a, str_of(m->path));
    if (!clean || text_eq(clean, ".") || text_eq(clean, ".git") || text_starts(clean, ".git/"))
        return err_set(err, ERR_INVALID, ".gitmodules: submodule '%s' has the path '%s' outside of the tree",
                       m->name, m->path);
    m->path = clean;
    return true;
}

static void set_key(struct arena *a, struct repo_module *m, struct str line) {
    ptrdiff_t equals = str_chr(line, '=');
    if (equals < 0)
        return;
    struct str key = str_trim(str_sub(line, 0, (size_t)equals));
    char *value = config_value(a, str_trim(str_sub(line, (size_t)equals + 1, line.n)));
    if (str_is(key, "path"))
        m->path = value;
    else if (str_is(key, "url"))
        m->url = value;
    else if (str_is(key, "branch"))
        m->branch = value;
}

bool repo_modules_parse(struct arena *a, struct str text, struct repo_modules *out, struct err *err) {
    struct repo_modules list = { 0 };
    size_t cap = 0;
    struct repo_module *current = NULL;
    struct str line;
    if (text.n > MAX_BYTES)
        return err_set(err, ERR_LIMIT, ".gitmodules: larger than %u bytes", MAX_BYTES);
    while (str_split(&text, '\n', &line)) {
        line = str_trim(line);
        if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';')
            continue;
        if (line.p[0] != '[') {
            if (current)
                set_key(a, current, line);
            continue;
        }
        const char *name = NULL;
        current = NULL;
        if (!section_name(a, line, &name))
            continue;
        if (list.n >= MAX_MODULES)
            return err_set(err, ERR_LIMIT, ".gitmodules: more than %d submodules", MAX_MODULES);
        list.items = arena_grow(a, list.items, &cap, list.n + 1, sizeof(*list.items));
        current = &list.items[list.n++];
        *current = (struct repo_module) { .name = name };
    }
    for (size_t i = 0; i < list.n; i++)
        if (!check_module(a, &list.items[i], err))
            return false;
    *out = list;
    return true;
}

// git@host:path, as SSH itself writes it; NULL: something else.
static char *scp_form(struct arena *a, const char *url) {
    const char *colon = strchr(url, ':');
    if (!colon || strstr(url, "://") || memchr(url, '/', (size_t)(colon - url)))
        return NULL;
    const char *path = colon + 1;
    while (*path == '/')
        path++;
    return arena_fmt(a, "ssh://%.*s/%s", (int)(colon - url), url, path);
}

bool repo_module_url(struct arena *a, const char *parent_url, const char *url, char **out, struct err *err) {
    if (!text_starts(url, "./") && !text_starts(url, "../")) {
        char *ssh = scp_form(a, url);
        *out = ssh ? ssh : arena_strdup(a, url);
        return true;
    }
    // Only the path part moves: it never climbs over the host.
    const char *scheme_end = strstr(parent_url, "://");
    const char *path = scheme_end ? strchr(scheme_end + 3, '/') : NULL;
    if (!path)
        return err_set(err, ERR_INVALID, "cannot resolve the relative submodule url '%s'", url);
    struct str base = str_of(path);
    while (base.n > 1 && base.p[base.n - 1] == '/')
        base.n--;
    struct str rest = str_of(url);
    while (str_starts(rest, "./") || str_starts(rest, "../")) {
        bool up = str_starts(rest, "../");
        rest = str_sub(rest, up ? 3 : 2, rest.n);
        ptrdiff_t slash = str_rchr(base, '/');
        if (up && slash < 0)
            return err_set(err, ERR_INVALID, "the relative submodule url '%s' leaves its host", url);
        if (up)
            base.n = (size_t)slash;
    }
    *out = arena_fmt(a, "%.*s%.*s/%.*s", (int)(path - parent_url), parent_url, (int)base.n, base.p,
                     (int)rest.n, rest.p);
    return true;
}
