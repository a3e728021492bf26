// SPDX-License-Identifier: Apache-2.0
/* Git URLs of resource entries: host, repository, directory inside, query. */
#include "common/kustomize/repo.h"
#include "common/base/file.h"
#include "common/base/timeutil.h"
#include <ctype.h>
#include <strings.h>

bool kz_is_http_url(const char *text) {
    return !strncasecmp(text, "http:", 5) || !strncasecmp(text, "https:", 6);
}

static bool cut_prefix(const char **text, const char *prefix) {
    if (strncasecmp(*text, prefix, strlen(prefix)))
        return false;
    *text += strlen(prefix);
    return true;
}

/* ---- query ---- */
static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unescape(struct arena *a, struct str s, const char **out) {
    char *to = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%') {
            if (i + 2 >= s.n || hex(s.p[i + 1]) < 0 || hex(s.p[i + 2]) < 0)
                return false;
            to[n++] = (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]));
            i += 2;
        } else
            to[n++] = s.p[i] == '+' ? ' ' : s.p[i];
    }
    *out = to;
    return true;
}

struct query {
    const char *ref, *version, *timeout, *submodules; // the first of each
};

static bool parse_query(struct arena *a, struct str rest, struct query *q) {
    struct str item;
    while (str_split(&rest, '&', &item)) {
        if (str_chr(item, ';') >= 0)
            return false;
        ptrdiff_t eq = str_chr(item, '=');
        const char *key, *value = "";
        if (!item.n)
            continue;
        if (!unescape(a, eq < 0 ? item : str_sub(item, 0, (size_t)eq), &key) ||
            (eq >= 0 && !unescape(a, str_sub(item, (size_t)eq + 1, item.n), &value)))
            return false;
        const char **slot = !strcmp(key, "ref")          ? &q->ref
                            : !strcmp(key, "version")    ? &q->version
                            : !strcmp(key, "timeout")    ? &q->timeout
                            : !strcmp(key, "submodules") ? &q->submodules
                                                         : NULL;
        if (slot && !*slot)
            *slot = value;
    }
    return true;
}

static void apply_query(struct arena *a, struct str text, struct kz_repo *r) {
    struct query q = { 0 };
    r->ref = "";
    r->timeout_ns = 27 * NS_PER_S;
    r->submodules = true;
    if (!parse_query(a, text, &q))
        return;
    r->ref = !text_empty(q.ref) ? q.ref : q.version ? q.version : "";
    uint64_t seconds;
    int64_t ns;
    struct err ignored = { .a = a };
    if (!text_empty(q.timeout)) {
        if (str_to_u64(str_of(q.timeout), &seconds) && seconds > 0 && seconds < 1000000)
            r->timeout_ns = (int64_t)seconds * NS_PER_S;
        else if (duration_parse(q.timeout, &ns, &ignored) && ns > 0)
            r->timeout_ns = ns;
    }
    static const char *const no[] = { "0", "f", "F", "false", "FALSE", "False" };
    for (size_t i = 0; q.submodules && i < countof(no); i++)
        if (!strcmp(q.submodules, no[i]))
            r->submodules = false;
}

/* ---- host ---- */
static size_t user_length(const char *s) {
    size_t n = 0;
    if (!isalpha((unsigned char)s[0]))
        return 0;
    while (isalnum((unsigned char)s[n]) || s[n] == '-')
        n++;
    return s[n] == '@' ? n + 1 : 0;
}

static const char *find_separator(const char *s, bool scp) {
    const char *slash = strchr(s, '/'), *colon = strchr(s, ':');
    if (scp && (!slash || (colon && colon > s && colon < slash)))
        return colon;
    return slash;
}

static bool parse_host(struct arena *a, const char *text, struct kz_repo *r, const char **rest) {
    static const char *const schemes[] = { "ssh://", "https://", "http://", "file://" };
    const char *scheme = "";
    cut_prefix(&text, "git::");
    for (size_t i = 0; i < countof(schemes) && !*scheme; i++)
        if (cut_prefix(&text, schemes[i]))
            scheme = schemes[i];
    size_t user_n = user_length(text);
    const char *user = arena_text(a, text, user_n);
    text += user_n;
    bool github = !strncasecmp(text, "github.com/", 11) || !strncasecmp(text, "github.com:", 11);
    bool scp = !*scheme && (*user || github);
    if (!*scheme && !scp)
        return false;
    if (!strcmp(scheme, "file://")) {
        r->host = scheme;
        *rest = arena_fmt(a, "%s%s", user, text);
        return true;
    }
    const char *separator = find_separator(text, scp);
    size_t host_n = separator ? (size_t)(separator - text) + 1 : strlen(text);
    const char *host = arena_text(a, text, host_n);
    *rest = text + host_n;
    if (github) {
        bool ssh = !strcmp(scheme, "ssh://") || *user;
        host = ssh ? "github.com:" : "github.com/";
        scheme = ssh ? "" : "https://";
        user = ssh ? user : "";
    }
    r->host = arena_fmt(a, "%s%s%s", scheme, user, host);
    return *host != '\0';
}

/* ---- path ---- */
static const char *after_segments(const char *s, int n) {
    for (int i = 0; i < n; i++) {
        s = strchr(s, '/');
        if (!s)
            return NULL;
        s++;
    }
    return s;
}

static bool split_path(struct arena *a, const char *n, bool whole, struct kz_repo *r) {
    const char *mark, *rest;
    size_t repo_n;
    if ((mark = strstr(n, "_git/"))) {
        const char *name = mark + 5;
        repo_n = (size_t)(name - n) + strcspn(name, "/");
        rest = n + repo_n + (n[repo_n] == '/');
    } else if ((mark = strstr(n, "//"))) {
        repo_n = (size_t)(mark - n);
        rest = mark + 2;
    } else if ((mark = strstr(n, ".git"))) {
        repo_n = (size_t)(mark - n) + 4;
        rest = mark + 4;
    } else if (whole) {
        repo_n = strlen(n);
        rest = "";
    } else {
        const char *second = after_segments(n, 1), *third = after_segments(n, 2);
        if (!second)
            return false;
        repo_n = third ? (size_t)(third - n) - 1 : strlen(n);
        rest = third ? third : "";
    }
    if (!repo_n)
        return false;
    r->repo_path = arena_text(a, n, repo_n);
    r->dir = arena_strdup(a, *rest == '/' ? rest + 1 : rest);
    return true;
}

bool kz_repo_parse(struct arena *a, const char *text, struct kz_repo *out) {
    struct kz_repo r = { .raw = text };
    const char *rest;
    if (*text == '/')
        return false;
    const char *mark = strchr(text, '?');
    const char *plain = mark ? arena_text(a, text, (size_t)(mark - text)) : text;
    apply_query(a, str_of(mark ? mark + 1 : ""), &r);
    if (!parse_host(a, plain, &r, &rest) || !split_path(a, rest, !strcmp(r.host, "file://"), &r))
        return false;
    if (!path_clean_inside(a, str_of(r.dir)) && *r.dir != '/')
        return false; // leaves the repository
    r.clone_spec = arena_fmt(a, "%s%s", r.host, r.repo_path);
    *out = r;
    return true;
}
