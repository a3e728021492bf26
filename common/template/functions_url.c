// SPDX-License-Identifier: Apache-2.0
// urlParse, urlJoin. sprig: url.go; Go: net/url
#include "common/template/functions.h"
#include "common/value/goquote.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out

enum mode { MODE_PATH, MODE_HOST, MODE_USER, MODE_FRAGMENT };

struct url {
    struct str scheme, opaque, user, host, path, raw_path, query, fragment, raw_fragment;
    bool has_user, force_query, omit_host;
};

static int hex(char ch) {
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    ch |= 32;
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static bool should_escape(unsigned char ch, enum mode mode) {
    if ((ch >= '0' && ch <= '9') || ((ch | 32) >= 'a' && (ch | 32) <= 'z') || (ch && strchr("-_.~", ch)))
        return false;
    if (!ch)
        return true;
    if (mode == MODE_HOST)
        return !strchr("!$&'()*+,;=:[]<>\"", ch);
    if (mode == MODE_USER)
        return !strchr("$&+,;=", ch);
    if (mode == MODE_FRAGMENT)
        return !strchr("$&+,/:;=?@!()*", ch);
    return !strchr("$&+,/:;=@", ch);
}

static struct str escape(struct arena *a, struct str s, enum mode mode) {
    autobuf b = { 0 };
    for (size_t i = 0; i < s.n; i++) {
        if (should_escape((unsigned char)s.p[i], mode))
            buf_fmt(&b, "%%%02X", (unsigned char)s.p[i]);
        else
            buf_putc(&b, s.p[i]);
    }
    return buf_to_arena(&b, a);
}

static const char *unescape(struct arena *a, struct str s, enum mode mode, struct str *out) {
    autobuf b = { 0 };
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '%') {
            if (mode == MODE_HOST && (unsigned char)s.p[i] < 0x80 &&
                should_escape((unsigned char)s.p[i], mode))
                return arena_fmt(a, "invalid character %s in host name", go_quoted(a, str_sub(s, i, i + 1)));
            buf_putc(&b, s.p[i]);
            continue;
        }
        if (i + 2 >= s.n || hex(s.p[i + 1]) < 0 || hex(s.p[i + 2]) < 0)
            return arena_fmt(a, "invalid URL escape %s", go_quoted(a, str_sub(s, i, i + 3)));
        int byte = hex(s.p[i + 1]) << 4 | hex(s.p[i + 2]);
        if (mode == MODE_HOST && byte < 0x80 && byte != '%')
            return arena_fmt(a, "invalid URL escape %s", go_quoted(a, str_sub(s, i, i + 3)));
        buf_putc(&b, (char)byte);
        i += 2;
    }
    *out = buf_to_arena(&b, a);
    return NULL;
}

static struct str lower(struct arena *a, struct str s) {
    char *text = arena_text(a, s.p, s.n);
    for (size_t i = 0; i < s.n; i++)
        text[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    return str_make(text, s.n);
}

static const char *cut_scheme(struct arena *a, struct str *rest, struct str *scheme) {
    for (size_t i = 0; i < rest->n; i++) {
        char ch = rest->p[i];
        if ((ch | 32) >= 'a' && (ch | 32) <= 'z')
            continue;
        if ((ch >= '0' && ch <= '9') || ch == '+' || ch == '-' || ch == '.') {
            if (!i)
                return NULL;
            continue;
        }
        if (ch != ':')
            return NULL;
        if (!i)
            return "missing protocol scheme";
        *scheme = lower(a, str_sub(*rest, 0, i));
        *rest = str_sub(*rest, i + 1, rest->n);
        return NULL;
    }
    return NULL;
}

static bool port_ok(struct str s) { // "" or ":digits"
    for (size_t i = 0; i < s.n; i++)
        if (i ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != ':')
            return false;
    return true;
}

static const char *parse_host(struct arena *a, struct str s, struct str *out) {
    ptrdiff_t colon = str_rchr(s, ':'), end = str_rchr(s, ']');
    if (str_starts(s, "[")) {
        if (end < 0)
            return "missing ']' in host";
        if (!port_ok(str_sub(s, (size_t)end + 1, s.n)))
            return arena_fmt(a, "invalid port %s after host", go_quoted(a, str_sub(s, (size_t)end + 1, s.n)));
    } else if (colon >= 0 && !port_ok(str_sub(s, (size_t)colon, s.n))) {
        return arena_fmt(a, "invalid port %s after host", go_quoted(a, str_sub(s, (size_t)colon, s.n)));
    }
    return unescape(a, s, MODE_HOST, out);
}

static bool valid_userinfo(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        bool ok = (ch >= '0' && ch <= '9') || ((ch | 32) >= 'a' && (ch | 32) <= 'z') ||
                  (ch && strchr("-._:~!$&'()*+,;=%@", ch));
        if (!ok)
            return false;
    }
    return true;
}

// The userinfo as Userinfo.String gives it back.
static const char *parse_user(struct arena *a, struct str s, struct url *u) {
    ptrdiff_t colon = str_chr(s, ':');
    struct str name, password;
    if (!valid_userinfo(s))
        return "net/url: invalid userinfo";
    const char *error = unescape(a, colon < 0 ? s : str_sub(s, 0, (size_t)colon), MODE_USER, &name);
    if (error)
        return error;
    u->has_user = true;
    u->user = escape(a, name, MODE_USER);
    if (colon < 0)
        return NULL;
    if ((error = unescape(a, str_sub(s, (size_t)colon + 1, s.n), MODE_USER, &password)))
        return error;
    u->user =
        str_of(arena_fmt(a, "%s:%s", arena_text(a, u->user.p, u->user.n), escape(a, password, MODE_USER).p));
    return NULL;
}

static const char *parse_authority(struct arena *a, struct str s, struct url *u) {
    ptrdiff_t at = str_rchr(s, '@');
    const char *error = parse_host(a, str_sub(s, (size_t)(at + 1), s.n), &u->host);
    return error || at < 0 ? error : parse_user(a, str_sub(s, 0, (size_t)at), u);
}

static const char *parse_rest(struct arena *a, struct str rest, struct url *u) {
    ptrdiff_t q = str_chr(rest, '?');
    if (q >= 0 && (size_t)q + 1 == rest.n && str_chr(str_sub(rest, 0, (size_t)q), '?') < 0)
        u->force_query = true;
    if (q >= 0) {
        u->query = str_sub(rest, (size_t)q + 1, rest.n);
        rest = str_sub(rest, 0, (size_t)q);
    }
    if (!str_starts(rest, "/")) {
        if (u->scheme.n)
            return u->opaque = rest, NULL;
        ptrdiff_t slash = str_chr(rest, '/'), colon = str_chr(rest, ':');
        if (colon >= 0 && (slash < 0 || colon < slash))
            return "first path segment in URL cannot contain colon";
    }
    if (str_starts(rest, "//") && (u->scheme.n || !str_starts(rest, "///"))) {
        struct str authority = str_sub(rest, 2, rest.n);
        ptrdiff_t slash = str_chr(authority, '/');
        rest = slash < 0 ? STR("") : str_sub(authority, (size_t)slash, authority.n);
        const char *error =
            parse_authority(a, slash < 0 ? authority : str_sub(authority, 0, (size_t)slash), u);
        if (error)
            return error;
    } else if (u->scheme.n && str_starts(rest, "/")) {
        u->omit_host = true;
    }
    return unescape(a, rest, MODE_PATH, &u->path);
}

static bool has_control(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F)
            return true;
    return false;
}

// NULL, or Go's error text.
static const char *parse(struct arena *a, struct str text, struct url *u) {
    *u = (struct url) { 0 };
    ptrdiff_t hash = str_chr(text, '#');
    struct str rest = hash < 0 ? text : str_sub(text, 0, (size_t)hash);
    const char *error = NULL;
    if (has_control(rest))
        error = "net/url: invalid control character in URL";
    else if (str_is(rest, "*"))
        u->path = rest;
    else if (!(error = cut_scheme(a, &rest, &u->scheme)))
        error = parse_rest(a, rest, u);
    if (!error && hash >= 0) {
        rest = text;
        error = unescape(a, str_sub(text, (size_t)hash + 1, text.n), MODE_FRAGMENT, &u->fragment);
    } else if (error) {
        rest = hash < 0 ? text : str_sub(text, 0, (size_t)hash);
    }
    return error ? arena_fmt(a, "parse %s: %s", go_quoted(a, rest), error) : NULL;
}

static struct str hostname(struct str host) {
    ptrdiff_t end = str_chr(host, ']'), colon = str_rchr(host, ':');
    if (str_starts(host, "[") && end > 0)
        return str_sub(host, 1, (size_t)end);
    return colon >= 0 && port_ok(str_sub(host, (size_t)colon, host.n)) ? str_sub(host, 0, (size_t)colon)
                                                                       : host;
}

static bool fn_url_parse(ARGS) {
    struct arena *a = tctx_arena(c);
    struct url u;
    (void)n;
    const char *error = parse(a, args[0].s, &u);
    if (error)
        return tctx_fail(c, "unable to parse url: %s", error);
    struct tmap *m = tmap_new(a, &ttype_map_any);
    tmap_set(a, m, "scheme", tval_str(u.scheme));
    tmap_set(a, m, "host", tval_str(u.host));
    tmap_set(a, m, "hostname", tval_str(hostname(u.host)));
    tmap_set(a, m, "path", tval_str(u.path));
    tmap_set(a, m, "query", tval_str(u.query));
    tmap_set(a, m, "opaque", tval_str(u.opaque));
    tmap_set(a, m, "fragment", tval_str(u.fragment));
    tmap_set(a, m, "userinfo", tval_str(u.user));
    return *out = tval_map(m), true;
}

// URL.String
static void put_url(struct arena *a, struct buf *b, const struct url *u) {
    if (u->scheme.n) {
        buf_put_str(b, u->scheme);
        buf_putc(b, ':');
    }
    if (u->opaque.n) {
        buf_put_str(b, u->opaque);
    } else {
        if (u->scheme.n || u->host.n || u->has_user) {
            if (u->host.n || u->path.n || u->has_user)
                buf_puts(b, "//");
            if (u->has_user) {
                buf_put_str(b, u->user);
                buf_putc(b, '@');
            }
            buf_put_str(b, escape(a, u->host, MODE_HOST));
        }
        struct str path = str_is(u->path, "*") ? u->path : escape(a, u->path, MODE_PATH);
        if (path.n && path.p[0] != '/' && u->host.n)
            buf_putc(b, '/');
        ptrdiff_t slash = str_chr(path, '/'), colon = str_chr(path, ':');
        if (!b->n && colon >= 0 && (slash < 0 || colon < slash))
            buf_puts(b, "./");
        buf_put_str(b, path);
    }
    if (u->query.n) {
        buf_putc(b, '?');
        buf_put_str(b, u->query);
    }
    if (u->fragment.n) {
        buf_putc(b, '#');
        buf_put_str(b, escape(a, u->fragment, MODE_FRAGMENT));
    }
}

static bool text_of(struct tctx *c, const struct tmap *m, const char *key, struct str *out) {
    const struct tval *v = tmap_find(m, str_of(key));
    *out = STR("");
    if (!v)
        return true;
    if (v->kind == TVAL_NIL)
        return tctx_fail(c, "runtime error: invalid memory address or nil pointer dereference");
    if (v->kind != TVAL_STRING)
        return tctx_fail(c, "unable to parse %s key, must be of type string, but %s found", key,
                         tval_kind_name(*v));
    *out = v->s;
    return true;
}

static bool fn_url_join(ARGS) {
    struct arena *a = tctx_arena(c);
    const struct tmap *m = args[0].map;
    struct url u = { 0 }, with_user;
    struct str user;
    autobuf b = { 0 };
    (void)n;
    if (!text_of(c, m, "scheme", &u.scheme) || !text_of(c, m, "host", &u.host) ||
        !text_of(c, m, "path", &u.path) || !text_of(c, m, "query", &u.query) ||
        !text_of(c, m, "opaque", &u.opaque) || !text_of(c, m, "fragment", &u.fragment) ||
        !text_of(c, m, "userinfo", &user))
        return false;
    if (user.n) {
        const char *error =
            parse(a, str_of(arena_fmt(a, "proto://%s@host", arena_text(a, user.p, user.n))), &with_user);
        if (error)
            return tctx_fail(c, "unable to parse userinfo in dict: %s", error);
        u.user = with_user.user;
        u.has_user = with_user.has_user;
    }
    put_url(a, &b, &u);
    return tctx_text(c, &b, out);
}

const struct tfunction functions_url[] = {
    { "urlParse", "s", fn_url_parse },
    { "urlJoin", "m", fn_url_join },
    { 0 },
};
