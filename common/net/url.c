// SPDX-License-Identifier: Apache-2.0
// URLs as Go's net/url reads and writes them.
#include "common/net/http.h"
#include "common/base/buf.h"

#include <ctype.h>
#include <stdio.h>

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The first "%" that no two hexadecimal digits follow, or -1.
static ptrdiff_t bad_escape(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '%')
            continue;
        if (i + 2 >= s.n || hex_digit(s.p[i + 1]) < 0 || hex_digit(s.p[i + 2]) < 0)
            return (ptrdiff_t)i;
        i += 2;
    }
    return -1;
}

bool url_unescape(struct arena *a, struct str s, bool plus_is_space, struct str *out) {
    if (bad_escape(s) >= 0)
        return false;
    char *to = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            c = (char)(hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2]));
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        to[n++] = c;
    }
    *out = (struct str) { to, n };
    return true;
}

static char *escape(struct arena *a, struct str s, const char *also_plain, bool space_is_plus) {
    char *to = arena_calloc(a, s.n + 1, 3), *at = to;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == ' ' && space_is_plus)
            *at++ = '+';
        else if (c < 0x80 && c && (isalnum(c) || strchr(also_plain, c)))
            *at++ = (char)c;
        else
            at += snprintf(at, 4, "%%%02X", c);
    }
    return to;
}

char *url_escape(struct arena *a, struct str s) {
    return escape(a, s, "-_.~", true);
}

char *url_path_escape(struct arena *a, struct str s) {
    return escape(a, s, "-_.~$&+=:@", false);
}

// The scheme's length with its colon, 0 = no scheme, -1 = starts with ":".
static ptrdiff_t scheme_length(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (isalpha(c) || (i > 0 && (isdigit(c) || strchr("+-.", c)) && c))
            continue;
        if (c == ':')
            return i ? (ptrdiff_t)i + 1 : -1;
        return 0;
    }
    return 0;
}

static bool check_escapes(struct str s, struct err *err) {
    ptrdiff_t at = bad_escape(s);
    if (at < 0)
        return true;
    struct str bad = str_sub(s, (size_t)at, (size_t)at + 3);
    return err_set(err, ERR_INVALID, "invalid URL escape \"%.*s\"", (int)bad.n, bad.p);
}

static bool parse_userinfo(struct arena *a, struct str s, struct url *u, struct err *err) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x80 || !(isalnum(c) || strchr("-._:~!$&'()*+,;=%@", c)))
            return err_set(err, ERR_INVALID, "net/url: invalid userinfo");
    }
    if (!check_escapes(s, err))
        return false;
    ptrdiff_t colon = str_chr(s, ':');
    struct str user = colon < 0 ? s : str_sub(s, 0, (size_t)colon), out;
    if (!url_unescape(a, user, false, &out))
        return err_set(err, ERR_INVALID, "net/url: invalid userinfo");
    u->user = out.p;
    if (colon < 0)
        return true;
    if (!url_unescape(a, str_sub(s, (size_t)colon + 1, s.n), false, &out))
        return err_set(err, ERR_INVALID, "net/url: invalid userinfo");
    u->password = out.p;
    return true;
}

static bool parse_port(struct str s, struct url *u, struct err *err) {
    if (!s.n)
        return true;
    uint64_t port = 0;
    for (size_t i = 1; i < s.n; i++)
        if (s.p[0] != ':' || !isdigit((unsigned char)s.p[i]))
            return err_set(err, ERR_INVALID, "invalid port \"%.*s\" after host", (int)s.n, s.p);
    if (s.p[0] != ':' || (s.n > 1 && (!str_to_u64(str_sub(s, 1, s.n), &port) || port > 65535)))
        return err_set(err, ERR_INVALID, "invalid port \"%.*s\" after host", (int)s.n, s.p);
    u->port = (int)port;
    return true;
}

static bool check_host(struct str s, struct err *err) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x80 || isalnum(c) || strchr("-_.~!$&'()*+,;=:[]<>\"%", c))
            continue;
        return err_set(err, ERR_INVALID, "invalid character \"%s%c\" in host name", c == '\\' ? "\\" : "", c);
    }
    return true;
}

static bool parse_host(struct arena *a, struct str s, struct url *u, struct err *err) {
    struct str host = s, port = STR("");
    if (s.n && s.p[0] == '[') {
        ptrdiff_t end = str_rchr(s, ']');
        if (end < 0)
            return err_set(err, ERR_INVALID, "missing ']' in host");
        host = str_sub(s, 1, (size_t)end);
        port = str_sub(s, (size_t)end + 1, s.n);
    } else if (str_rchr(s, ':') >= 0) {
        size_t colon = (size_t)str_rchr(s, ':');
        host = str_sub(s, 0, colon);
        port = str_sub(s, colon, s.n);
    }
    if (!parse_port(port, u, err) || !check_escapes(host, err) || !check_host(host, err))
        return false;
    struct str plain;
    if (!url_unescape(a, host, false, &plain) || memchr(plain.p, 0, plain.n))
        return err_set(err, ERR_INVALID, "invalid URL escape \"%%00\"");
    u->host = plain.p;
    return true;
}

static bool parse_authority(struct arena *a, struct str s, struct url *u, struct err *err) {
    ptrdiff_t at = str_rchr(s, '@');
    if (at >= 0 && !parse_userinfo(a, str_sub(s, 0, (size_t)at), u, err))
        return false;
    return parse_host(a, str_sub(s, (size_t)(at + 1), s.n), u, err);
}

// Cuts what follows the first c off *s; NULL when c is not there.
static const char *cut(struct arena *a, struct str *s, char c) {
    ptrdiff_t at = str_chr(*s, c);
    if (at < 0)
        return NULL;
    const char *tail = arena_str(a, str_sub(*s, (size_t)at + 1, s->n)).p;
    s->n = (size_t)at;
    return tail;
}

static bool parse_rest(struct arena *a, struct str rest, struct url *u, struct err *err) {
    u->fragment = cut(a, &rest, '#');
    if (u->fragment && !check_escapes(str_of(u->fragment), err))
        return false;
    ptrdiff_t scheme = scheme_length(rest);
    if (scheme < 0)
        return err_set(err, ERR_INVALID, "missing protocol scheme");
    if (scheme > 0) {
        char *name = arena_text(a, rest.p, (size_t)scheme - 1);
        for (char *c = name; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        u->scheme = name;
        rest = str_sub(rest, (size_t)scheme, rest.n);
    }
    u->query = cut(a, &rest, '?');
    if (!str_starts(rest, "/")) {
        ptrdiff_t colon = str_chr(rest, ':'), slash = str_chr(rest, '/');
        if (!u->scheme && colon >= 0 && (slash < 0 || colon < slash))
            return err_set(err, ERR_INVALID, "first path segment in URL cannot contain colon");
    } else if (str_starts(rest, "//")) {
        struct str authority = str_sub(rest, 2, rest.n);
        ptrdiff_t slash = str_chr(authority, '/');
        authority.n = slash < 0 ? authority.n : (size_t)slash;
        rest = str_sub(rest, 2 + authority.n, rest.n);
        if (!parse_authority(a, authority, u, err))
            return false;
    }
    u->path = arena_str(a, rest).p;
    return check_escapes(rest, err);
}

bool url_parse(struct arena *a, const char *text, struct url *out, struct err *err) {
    struct url u = { 0 };
    struct err inner = { .a = a };
    bool ok = true;
    for (const char *c = text; ok && *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            ok = err_set(&inner, ERR_INVALID, "net/url: invalid control character in URL");
    if (ok && parse_rest(a, str_of(text), &u, &inner)) {
        *out = u;
        return true;
    }
    // Go prints the text as it is; ours may be shown to people, so credentials stay out.
    autobuf quoted = { 0 };
    const char *shown = url_redacted(a, text);
    buf_putc(&quoted, '"');
    for (const char *c = shown; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            buf_fmt(&quoted,
                    *c == '\n'   ? "\\n"
                    : *c == '\t' ? "\\t"
                    : *c == '\r' ? "\\r"
                                 : "\\x%02x",
                    (unsigned char)*c);
        else
            buf_fmt(&quoted, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    }
    buf_putc(&quoted, '"');
    return err_set(err, ERR_INVALID, "parse %s: %s", quoted.p, inner.msg);
}

char *url_redacted(struct arena *a, const char *text) {
    const char *start = strstr(text, "//");
    if (!start)
        return arena_strdup(a, text);
    start += 2;
    size_t n = strcspn(start, "/?#");
    const char *at = memrchr(start, '@', n);
    if (!at)
        return arena_strdup(a, text);
    return arena_fmt(a, "%.*s%s", (int)(start - text), text, at + 1);
}
