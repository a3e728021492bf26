// SPDX-License-Identifier: Apache-2.0
// Parser of ${...} expressions. Go: github.com/fluxcd/pkg/envsubst/parse (scanner and tree), quirks included.
#include "common/text/envsubst_parse.h"
#include "common/base/buf.h"
#include "common/value/unicode.h"
#include "common/value/utf8.h"

enum { DEPTH_MAX = 100, END = 0 }; // a NUL byte is the end, too

enum token { TOKEN_ILLEGAL, TOKEN_END, TOKEN_IDENT, TOKEN_OPEN, TOKEN_CLOSE };

enum mode { IDENT = 1, OPEN = 2, CLOSE = 4, ESCAPE = 8 };

// May the rune be part of the token? i: bytes of the token with it.
typedef bool (*accept_fn)(uint32_t rune, size_t i);

struct scanner {
    struct arena *a;
    struct err *err;
    struct str s;
    size_t pos, width; // width: of the rune read last
    bool backslash;    // also \/ and \\ are escapes
    accept_fn accept;
    unsigned mode, depth;
    struct buf token; // its text with the escapes taken out
};

static bool fail(struct scanner *s, const char *what) {
    return err_set(s->err, ERR_INVALID, "%s", what);
}

static bool bad_substitution(struct scanner *s) {
    return fail(s, "bad substitution");
}

static uint32_t read_rune(struct scanner *s) {
    uint32_t rune;
    s->width = 0;
    if (s->pos >= s->s.n)
        return END;
    s->width = utf8_decode(str_sub(s->s, s->pos, s->s.n), &rune);
    s->pos += s->width;
    return rune;
}

static void unread(struct scanner *s) {
    s->pos -= s->width;
}

static uint32_t peek(struct scanner *s) {
    uint32_t rune = read_rune(s);
    unread(s);
    return rune;
}

// "${" behind the dollar that was just read?
static bool at_open(struct scanner *s, uint32_t rune) {
    if (!(s->mode & OPEN) || rune != '$')
        return false;
    if (read_rune(s) == '{')
        return true;
    unread(s);
    return false;
}

static bool at_escape(struct scanner *s, uint32_t rune) {
    if (!(s->mode & ESCAPE))
        return false;
    if (rune == '$')
        return peek(s) == '$';
    if (rune != '\\' || !s->backslash)
        return false;
    uint32_t next = peek(s);
    return next == '/' || next == '\\';
}

// Upstream takes the escaping rune out of its text, so that the one behind it is passed over.
static void take_escaped(struct scanner *s) {
    buf_putc(&s->token, s->s.p[s->pos]);
    s->pos++;
}

// Appends the rune that begins at `from`; upstream's token is a slice, ours a copy without the escapes.
static void take_rune(struct scanner *s, size_t from) {
    uint32_t rune;
    size_t n = utf8_decode(str_sub(s->s, from, s->s.n), &rune);
    buf_add(&s->token, s->s.p + from, n);
}

// `from` is where the rune begins, `start` where the token does.
static bool take_or_stop(struct scanner *s, uint32_t rune, size_t from, size_t start, size_t *skipped) {
    if (at_escape(s, rune)) {
        take_escaped(s);
        (*skipped)++;
        return true;
    }
    if (!s->accept(rune, s->pos - start - *skipped))
        return false;
    take_rune(s, from);
    return true;
}

static bool scan_ident(struct scanner *s, uint32_t rune, size_t start) {
    size_t skipped = 0;
    if (!(s->mode & IDENT) || !take_or_stop(s, rune, start, start, &skipped))
        return false;
    for (;;) {
        size_t from = s->pos;
        rune = read_rune(s);
        if (rune == END) {
            unread(s);
            return true;
        }
        if (at_open(s, rune)) {
            s->pos -= 2;
            return true;
        }
        if (!take_or_stop(s, rune, from, start, &skipped)) {
            unread(s);
            return true;
        }
    }
}

static enum token scan(struct scanner *s, accept_fn accept, unsigned mode) {
    size_t start = s->pos;
    if (accept)
        s->accept = accept;
    s->mode = mode;
    buf_clear(&s->token);
    uint32_t rune = read_rune(s);
    if (rune == END)
        return TOKEN_END;
    if (at_open(s, rune))
        return TOKEN_OPEN;
    if ((mode & CLOSE) && rune == '}')
        return TOKEN_CLOSE;
    return scan_ident(s, rune, start) ? TOKEN_IDENT : TOKEN_ILLEGAL;
}

static struct str token_text(struct scanner *s) {
    return arena_str(s->a, buf_str(&s->token));
}

// ---- what may be in a token ----

static bool any(uint32_t rune, size_t i) {
    (void)rune;
    (void)i;
    return true;
}
static bool in_name(uint32_t rune, size_t i) {
    (void)i;
    return rune == '_' || unicode_is_letter(rune) || unicode_is_digit(rune);
}
static bool colons(uint32_t rune, size_t i) {
    (void)i;
    return rune == ':';
}
static bool slashes(uint32_t rune, size_t i) {
    (void)i;
    return rune == '/';
}
static bool not_slash(uint32_t rune, size_t i) {
    (void)i;
    return rune != '/';
}
static bool not_close(uint32_t rune, size_t i) {
    (void)i;
    return rune != '}';
}
static bool not_colon_or_close(uint32_t rune, size_t i) {
    (void)i;
    return rune != ':' && rune != '}';
}
static bool one_hash(uint32_t rune, size_t i) {
    return rune == '#' && i == 1;
}
static bool one_equal(uint32_t rune, size_t i) {
    return rune == '=' && i == 1;
}
static bool one_colon(uint32_t rune, size_t i) {
    return rune == ':' && i == 1;
}
static bool hash_op(uint32_t rune, size_t i) {
    return rune == '#' && i < 3;
}
static bool percent_op(uint32_t rune, size_t i) {
    return rune == '%' && i < 3;
}
static bool case_op(uint32_t rune, size_t i) {
    return (rune == ',' || rune == '^') && i < 3;
}
static bool default_op(uint32_t rune, size_t i) {
    return (i == 1 && rune == ':') || (i == 2 && (rune == '=' || rune == '-' || rune == '?' || rune == '+'));
}
static bool replace_op(uint32_t rune, size_t i) {
    return (i == 1 && rune == '/') || (i == 2 && (rune == '/' || rune == '#' || rune == '%'));
}

// ---- grammar ----

static bool parse_function(struct scanner *s, struct envsubst_node *out);

static void add_arg(struct scanner *s, struct envsubst_node *f, const struct envsubst_node *arg) {
    struct envsubst_node *copy = arena_copy(s->a, arg, sizeof *arg), **at = &f->args;
    while (*at)
        at = &(*at)->next;
    *at = copy;
    f->n_args++;
}

static bool parse_arg(struct scanner *s, struct envsubst_node *f, accept_fn accept, unsigned mode) {
    struct envsubst_node arg = { 0 };
    switch (scan(s, accept, mode | OPEN)) {
    case TOKEN_OPEN:
        if (!parse_function(s, &arg))
            return false;
        break;
    case TOKEN_IDENT: arg.text = token_text(s); break;
    case TOKEN_CLOSE:
    case TOKEN_END:
    case TOKEN_ILLEGAL: return fail(s, "unable to parse substitution within function");
    }
    add_arg(s, f, &arg);
    return true;
}

static bool take_close(struct scanner *s) {
    return scan(s, NULL, CLOSE) == TOKEN_CLOSE || bad_substitution(s);
}

static bool take_op(struct scanner *s, struct envsubst_node *f, accept_fn accept) {
    if (scan(s, accept, IDENT) != TOKEN_IDENT)
        return false;
    f->op = token_text(s);
    return true;
}

static bool parse_default(struct scanner *s, struct envsubst_node *f) {
    if (!take_op(s, f, peek(s) == '=' ? one_equal : default_op))
        return fail(s, "unable to parse default function");
    while (peek(s) != '}')
        if (!parse_arg(s, f, not_close, IDENT))
            return false;
    return take_close(s);
}

static bool parse_substring(struct scanner *s, struct envsubst_node *f) {
    if (!take_op(s, f, one_colon))
        return bad_substitution(s);
    if (!parse_arg(s, f, not_colon_or_close, IDENT))
        return false;
    enum token t = scan(s, colons, IDENT | CLOSE);
    if (t == TOKEN_CLOSE)
        return true;
    if (t != TOKEN_IDENT)
        return bad_substitution(s);
    return parse_arg(s, f, not_close, IDENT) && take_close(s);
}

// Upstream steps back by the width of the rune behind the colon, which is not always the colon's: kept.
static bool parse_colon(struct scanner *s, struct envsubst_node *f) {
    read_rune(s);
    uint32_t rune = peek(s);
    unread(s);
    bool is_default = rune == '=' || rune == '-' || rune == '?' || rune == '+';
    return is_default ? parse_default(s, f) : parse_substring(s, f);
}

static bool parse_remove(struct scanner *s, struct envsubst_node *f, accept_fn op) {
    if (!take_op(s, f, op))
        return bad_substitution(s);
    return parse_arg(s, f, not_close, IDENT) && take_close(s);
}

static bool parse_replace(struct scanner *s, struct envsubst_node *f) {
    if (!take_op(s, f, replace_op))
        return bad_substitution(s);
    if (!parse_arg(s, f, not_slash, IDENT | ESCAPE))
        return false;
    if (scan(s, slashes, IDENT) != TOKEN_IDENT)
        return bad_substitution(s);
    if (peek(s) == '}')
        return take_close(s);
    return parse_arg(s, f, not_close, IDENT | ESCAPE) && take_close(s);
}

static bool parse_length(struct scanner *s, struct envsubst_node *f) {
    if (!take_op(s, f, one_hash) || scan(s, in_name, IDENT) != TOKEN_IDENT)
        return bad_substitution(s);
    f->name = token_text(s);
    return take_close(s);
}

static bool parse_named(struct scanner *s, struct envsubst_node *f) {
    if (scan(s, in_name, IDENT) != TOKEN_IDENT)
        return fail(s, "unable to parse variable name");
    f->name = token_text(s);
    switch (peek(s)) {
    case ':': return parse_colon(s, f);
    case '=': return parse_default(s, f);
    case ',':
    case '^': return take_op(s, f, case_op) ? take_close(s) : bad_substitution(s);
    case '/': return parse_replace(s, f);
    case '#': return parse_remove(s, f, hash_op);
    case '%': return parse_remove(s, f, percent_op);
    default: return scan(s, in_name, CLOSE) == TOKEN_CLOSE || fail(s, "missing closing brace");
    }
}

// Behind "${".
static bool parse_function(struct scanner *s, struct envsubst_node *out) {
    if (++s->depth > DEPTH_MAX)
        return err_set(s->err, ERR_LIMIT, "substitutions are nested deeper than %d", DEPTH_MAX);
    *out = (struct envsubst_node) { .function = true, .op = STR("") };
    s->backslash = true;
    bool ok = peek(s) == '#' ? parse_length(s, out) : parse_named(s, out);
    s->depth--;
    return ok;
}

static bool parse_list(struct scanner *s, struct envsubst_node **out) {
    for (struct envsubst_node **at = out;; at = &(*at)->next) {
        struct envsubst_node node = { 0 };
        s->backslash = false;
        enum token t = scan(s, any, IDENT | OPEN | ESCAPE);
        if (t == TOKEN_END)
            return true;
        if (t == TOKEN_IDENT)
            node.text = token_text(s);
        else if (t != TOKEN_OPEN)
            return bad_substitution(s);
        else if (!parse_function(s, &node))
            return false;
        *at = arena_copy(s->a, &node, sizeof node);
    }
}

bool envsubst_parse(struct arena *a, struct str text, struct envsubst_node **out, struct err *err) {
    struct scanner s = { .a = a, .err = err, .s = text };
    *out = NULL;
    bool ok = parse_list(&s, out);
    buf_done(&s.token);
    return ok;
}
