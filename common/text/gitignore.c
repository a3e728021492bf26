// SPDX-License-Identifier: Apache-2.0
// Ignore rules. Go: go-git/v5 plumbing/format/gitignore; Flux: pkg/sourceignore
#include "common/text/gitignore.h"
#include "common/text/glob.h"

struct gitignore_pattern {
    struct str *domain; // components
    size_t n_domain;
    struct str *parts;
    size_t n_parts;
    bool include, dir_only, anchored;
};

// The components of a path under a match: a cursor over the text.
struct path {
    struct str rest; // p NULL: used up
};

static bool path_done(const struct path *p) {
    return p->rest.p == NULL;
}

static struct str path_next(struct path *p) {
    struct str part = { "", 0 };
    (void)str_split(&p->rest, '/', &part);
    return part;
}

static struct str *split(struct arena *a, struct str text, size_t *out_n) {
    size_t cap = 0;
    struct str *parts = NULL, part;
    *out_n = 0;
    while (str_split(&text, '/', &part)) {
        parts = arena_grow(a, parts, &cap, *out_n + 1, sizeof *parts);
        parts[(*out_n)++] = part;
    }
    return parts;
}

void gitignore_add(struct arena *a, struct gitignore *g, struct str text, const char *domain) {
    struct gitignore_pattern p = { 0 };
    struct str s = arena_str(a, text);
    if (str_starts(s, "!")) {
        p.include = true;
        s = str_sub(s, 1, s.n);
    }
    if (!str_ends(s, "\\ "))
        while (s.n && s.p[s.n - 1] == ' ')
            s.n--;
    if (str_ends(s, "/")) {
        p.dir_only = true;
        s.n--;
    }
    p.anchored = str_chr(s, '/') >= 0;
    p.parts = split(a, s, &p.n_parts);
    if (!text_empty(domain))
        p.domain = split(a, arena_str(a, str_of(domain)), &p.n_domain);
    g->patterns = arena_grow(a, g->patterns, &g->cap, g->n + 1, sizeof *g->patterns);
    g->patterns[g->n++] = p;
}

void gitignore_add_lines(struct arena *a, struct gitignore *g, struct str text, const char *domain) {
    struct str line, rest = text;
    while (str_split(&rest, '\n', &line)) {
        if (str_ends(line, "\r"))
            line.n--;
        if (str_starts(line, "#") || !str_trim(line).n)
            continue;
        gitignore_add(a, g, line, domain);
    }
}

// ---- matching ----

static bool component_match(struct str pattern, struct str name) {
    return glob_match(pattern, name) == GLOB_MATCH;
}

// A pattern without a slash: any component. Below a matched directory everything is meant.
static bool name_match(const struct gitignore_pattern *p, struct path path, bool is_dir) {
    while (!path_done(&path)) {
        struct str name = path_next(&path);
        enum glob_result r = glob_match(p->parts[0], name);
        if (r == GLOB_BAD_PATTERN)
            return false;
        if (r == GLOB_MATCH)
            return !(p->dir_only && !is_dir && path_done(&path));
    }
    return false;
}

// "**/x": x at any depth from here. *matched says whether it was found; false: bad pattern.
static bool skip_to(struct str pattern, struct path *path, bool *matched) {
    while (!path_done(path)) {
        enum glob_result r = glob_match(pattern, path_next(path));
        if (r == GLOB_BAD_PATTERN)
            return false;
        if (r == GLOB_MATCH) {
            *matched = true;
            return true;
        }
        if (path_done(path))
            *matched = false;
    }
    return true;
}

static bool anchored_match(const struct gitignore_pattern *p, struct path path, bool is_dir) {
    bool matched = false, traverse = false;
    for (size_t i = 0; i < p->n_parts; i++) {
        struct str part = p->parts[i];
        if (!part.n) {
            traverse = false;
            continue;
        }
        if (str_is(part, "**")) {
            if (i + 1 == p->n_parts)
                break;
            traverse = true;
            continue;
        }
        if (str_find(part, STR("**")) >= 0 || path_done(&path))
            return false;
        if (traverse) {
            traverse = false;
            if (!skip_to(part, &path, &matched))
                return false;
            continue;
        }
        if (!component_match(part, path_next(&path)))
            return false;
        matched = true;
    }
    return matched && !(p->dir_only && !is_dir && path_done(&path));
}

static bool pattern_match(const struct gitignore_pattern *p, struct str text, bool is_dir) {
    struct path path = { text };
    for (size_t i = 0; i < p->n_domain; i++)
        if (path_done(&path) || !str_eq(path_next(&path), p->domain[i]))
            return false;
    if (path_done(&path))
        return false; // the domain itself
    return p->anchored ? anchored_match(p, path, is_dir) : name_match(p, path, is_dir);
}

bool gitignore_match(const struct gitignore *g, struct str path, bool is_dir) {
    for (size_t i = g->n; i > 0; i--)
        if (pattern_match(&g->patterns[i - 1], path, is_dir))
            return !g->patterns[i - 1].include;
    return false;
}

// ---- Flux's defaults ----

static const struct {
    unsigned group;
    const char *pattern;
} defaults[] = {
    { GITIGNORE_VCS, ".git/" },
    { GITIGNORE_VCS, ".gitignore" },
    { GITIGNORE_VCS, ".gitmodules" },
    { GITIGNORE_VCS, ".gitattributes" },
    { GITIGNORE_EXT, "*.jpg" },
    { GITIGNORE_EXT, "*.jpeg" },
    { GITIGNORE_EXT, "*.gif" },
    { GITIGNORE_EXT, "*.png" },
    { GITIGNORE_EXT, "*.wmv" },
    { GITIGNORE_EXT, "*.flv" },
    { GITIGNORE_EXT, "*.tar.gz" },
    { GITIGNORE_EXT, "*.zip" },
    { GITIGNORE_CI, ".github/" },
    { GITIGNORE_CI, ".circleci/" },
    { GITIGNORE_CI, ".travis.yml" },
    { GITIGNORE_CI, ".gitlab-ci.yml" },
    { GITIGNORE_CI, "appveyor.yml" },
    { GITIGNORE_CI, ".drone.yml" },
    { GITIGNORE_CI, "cloudbuild.yaml" },
    { GITIGNORE_CI, "codeship-services.yml" },
    { GITIGNORE_CI, "codeship-steps.yml" },
    { GITIGNORE_EXTRA, "**/.goreleaser.yml" },
    { GITIGNORE_EXTRA, "**/.sops.yaml" },
    { GITIGNORE_EXTRA, "**/.flux.yaml" },
};

void gitignore_add_defaults(struct arena *a, struct gitignore *g, unsigned groups, const char *domain) {
    for (size_t i = 0; i < countof(defaults); i++)
        if (defaults[i].group & groups)
            gitignore_add(a, g, str_of(defaults[i].pattern), domain);
}

void gitignore_compose(struct arena *a, const struct gitignore *user, const char *domain,
                       struct gitignore *out) {
    *out = (struct gitignore) { 0 };
    gitignore_add_defaults(a, out, user->n ? GITIGNORE_VCS : GITIGNORE_ALL, domain);
    out->patterns = arena_grow(a, out->patterns, &out->cap, out->n + user->n, sizeof *out->patterns);
    for (size_t i = 0; i < user->n; i++)
        out->patterns[out->n++] = user->patterns[i];
}
