// SPDX-License-Identifier: Apache-2.0
// URLs as Go's net/url reads and writes them.
#include "common/net/http.h"
#include "common/base/buf.h"

#include <arpa/inet.h>
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

// Bytes of the UTF-8 sequence that s begins with; 0 = none (form only: overlong ones and surrogates pass).
static size_t utf8_length(struct str s) {
    unsigned char c = (unsigned char)s.p[0];
    size_t n = c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    for (size_t i = 1; i < n; i++)
        if (i >= s.n || ((unsigned char)s.p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

// As Go's %q, for bytes that are no UTF-8 as well.
static void put_quoted(struct buf *b, struct str s) {
    buf_putc(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        const char *letters = "\n\t\r", *at = c ? strchr(letters, c) : NULL;
        size_t n = c >= 0x80 ? utf8_length(str_sub(s, i, s.n)) : 0;
        if (n) {
            buf_add(b, s.p + i, n);
            i += n - 1;
        } else if (at)
            buf_fmt(b, "\\%c", "ntr"[at - letters]);
        else if (c < 0x20 || c >= 0x7f)
            buf_fmt(b, "\\x%02x", c);
        else
            buf_fmt(b, c == '"' || c == '\\' ? "\\%c" : "%c", c);
    }
    buf_putc(b, '"');
}

static char *quoted(struct arena *a, struct str s) {
    autobuf b = { 0 };
    put_quoted(&b, s);
    return arena_strdup(a, b.p);
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
    return err_set(err, ERR_INVALID, "invalid URL escape %s", quoted(err->a, bad));
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

// What a host may hold as it is; bytes from 80 on as well.
static bool is_host_char(unsigned char c) {
    return c >= 0x80 || isalnum(c) || (c && strchr("-_.~!$&'()*+,;=:[]<>\"", c));
}

static bool parse_port(struct str s, struct url *u, struct err *err) {
    if (!s.n)
        return true;
    uint64_t port = 0;
    for (size_t i = 1; i < s.n; i++)
        if (s.p[0] != ':' || !isdigit((unsigned char)s.p[i]))
            return err_set(err, ERR_INVALID, "invalid port %s after host", quoted(err->a, s));
    if (s.p[0] != ':' || (s.n > 1 && (!str_to_u64(str_sub(s, 1, s.n), &port) || port > 65535)))
        return err_set(err, ERR_INVALID, "invalid port %s after host", quoted(err->a, s));
    u->port = (int)port;
    return true;
}

/* A host may %-encode bytes from 80 on (and a per cent sign); a zone behind it anything but odd characters. */
static bool unescape_host(struct arena *a, struct str s, bool zone, struct str *out, struct err *err) {
    char *to = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        struct str code = str_sub(s, i, i + 3);
        if (c == '%') {
            if (bad_escape(code) >= 0 || (!zone && hex_digit(code.p[1]) < 8 && !str_is(code, "%25")))
                return err_set(err, ERR_INVALID, "invalid URL escape %s", quoted(a, code));
            c = (unsigned char)(hex_digit(code.p[1]) << 4 | hex_digit(code.p[2]));
            if (zone && c != '%' && c != ' ' && !is_host_char(c))
                return err_set(err, ERR_INVALID, "invalid URL escape %s", quoted(a, code));
            i += 2;
        } else if (!is_host_char(c)) {
            return err_set(err, ERR_INVALID, "invalid character %s in host name", quoted(a, str_make(&c, 1)));
        }
        to[n++] = (char)c;
    }
    *out = (struct str) { to, n };
    return true;
}

// "[fe80::1%25en0]:80": s begins with "[".
static bool parse_ip_literal(struct arena *a, struct str s, struct url *u, struct err *err) {
    ptrdiff_t end = str_rchr(s, ']');
    if (end < 0)
        return err_set(err, ERR_INVALID, "missing ']' in host");
    struct str name = str_sub(s, 1, (size_t)end), address = name, zone = STR("");
    if (!parse_port(str_sub(s, (size_t)end + 1, s.n), u, err))
        return false;
    ptrdiff_t percent = str_find(name, STR("%25"));
    if (percent >= 0) {
        address = str_sub(name, 0, (size_t)percent);
        zone = str_sub(name, (size_t)percent, name.n);
    }
    if (!unescape_host(a, address, false, &address, err) || !unescape_host(a, zone, true, &zone, err))
        return false;
    const char *text = arena_text(a, address.p, address.n);
    struct in6_addr v6;
    struct in_addr v4;
    if (!zone.n && inet_pton(AF_INET, text, &v4) == 1)
        return err_set(err, ERR_INVALID, "invalid IP-literal");
    u->host = arena_fmt(a, "%s%.*s", text, (int)zone.n, zone.p);
    if (strlen(text) != address.n || inet_pton(AF_INET6, text, &v6) != 1 || zone.n == 1)
        return err_set(err, ERR_INVALID, "invalid host: ParseAddr(\"%s\"): unable to parse IP", u->host);
    return true;
}

static bool parse_host(struct arena *a, struct str s, struct url *u, struct err *err) {
    ptrdiff_t bracket = str_rchr(s, '[');
    if (bracket > 0)
        return err_set(err, ERR_INVALID, "invalid IP-literal");
    if (bracket == 0)
        return parse_ip_literal(a, s, u, err);
    bool http = u->scheme && (!strcmp(u->scheme, "http") || !strcmp(u->scheme, "https"));
    ptrdiff_t colon = http ? str_chr(s, ':') : str_rchr(s, ':');
    struct str name = colon < 0 ? s : str_sub(s, 0, (size_t)colon);
    if (colon >= 0 && !parse_port(str_sub(s, (size_t)colon, s.n), u, err))
        return false;
    struct str all;
    if (!unescape_host(a, s, false, &all, err) || !unescape_host(a, name, false, &name, err))
        return false;
    u->host = name.p;
    return true;
}

static bool parse_authority(struct arena *a, struct str s, struct url *u, struct err *err) {
    ptrdiff_t at = str_rchr(s, '@');
    return parse_host(a, str_sub(s, (size_t)(at + 1), s.n), u, err) &&
           (at < 0 || parse_userinfo(a, str_sub(s, 0, (size_t)at), u, err));
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

static bool has_control(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

// What follows the scheme, without query and fragment.
static bool parse_hierarchy(struct arena *a, struct str rest, struct url *u, struct err *err) {
    bool rooted = str_starts(rest, "/");
    if (!rooted && !u->scheme && str_chr(str_sub(rest, 0, strcspn(arena_str(a, rest).p, "/")), ':') >= 0)
        return err_set(err, ERR_INVALID, "first path segment in URL cannot contain colon");
    if (str_starts(rest, "//") && (u->scheme || !str_starts(rest, "///"))) {
        struct str authority = str_sub(rest, 2, rest.n);
        ptrdiff_t slash = str_chr(authority, '/');
        authority.n = slash < 0 ? authority.n : (size_t)slash;
        rest = str_sub(rest, 2 + authority.n, rest.n);
        if (!parse_authority(a, authority, u, err))
            return false;
    }
    u->path = arena_str(a, rest).p;
    return (u->scheme && !rooted) || check_escapes(rest, err); // "mailto:x" is not looked into
}

static bool parse_rest(struct arena *a, struct str rest, struct url *u, struct err *err) {
    u->fragment = cut(a, &rest, '#');
    if (has_control(rest))
        return err_set(err, ERR_INVALID, "net/url: invalid control character in URL");
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
    return parse_hierarchy(a, rest, u, err) && (!u->fragment || check_escapes(str_of(u->fragment), err));
}

/* Go prints the text as it is. Ours may be shown to people: what stands before the last "@" could be a password, even
 * where it is not at the place of one, and a message about that part would quote it. */
static bool parse_failed(struct arena *a, const char *text, const struct err *inner, struct err *err) {
    const char *host = strstr(text, "//"), *at = host ? strrchr(host, '@') : NULL;
    bool whole = !at || memchr(host + 2, '@', strcspn(host + 2, "/?#"));
    const char *shown = at ? arena_fmt(a, "%.*s%s", (int)(host + 2 - text), text, at + 1) : text;
    return err_set(err, ERR_INVALID, "parse %s: %s", quoted(a, str_of(shown)),
                   whole || !strchr(inner->msg, '"') ? inner->msg : "net/url: invalid userinfo");
}

bool url_parse(struct arena *a, const char *text, struct url *out, struct err *err) {
    struct url u = { 0 };
    struct err inner = { .a = a };
    if (!parse_rest(a, str_of(text), &u, &inner))
        return parse_failed(a, text, &inner, err);
    *out = u;
    return true;
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
