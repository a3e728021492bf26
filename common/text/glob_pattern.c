// SPDX-License-Identifier: Apache-2.0
// Patterns of gobwas/glob, turned into regular expressions. Go: github.com/gobwas/glob/syntax/{lexer,ast}
#include "common/base/buf.h"
#include "common/text/glob.h"
#include "common/text/regex.h"
#include "common/value/utf8.h"

#include <stdio.h>

enum { TERMS_DEPTH_MAX = 200 };

struct glob_pattern {
    struct regex *re;
};

struct translation {
    struct arena *a;
    struct err *err;
    struct str rest;
    struct buf out;
    char not_separator[16]; // "[^/]"
    unsigned terms;         // open braces
};

static void skip(struct translation *t, size_t n) {
    t->rest = str_sub(t->rest, n, t->rest.n);
}

static int peek(const struct translation *t) {
    return t->rest.n ? (unsigned char)t->rest.p[0] : -1;
}

static bool next_rune(struct translation *t, struct str *out) {
    uint32_t rune;
    if (!t->rest.n || !t->rest.p[0]) // NUL is the end of the pattern to gobwas
        return err_set(t->err, ERR_INVALID, "unexpected end of input");
    size_t n = utf8_decode(t->rest, &rune);
    if (rune == UTF8_BAD)
        return err_set(t->err, ERR_INVALID, "could not read rune");
    *out = str_sub(t->rest, 0, n);
    skip(t, n);
    return true;
}

static void put_quoted(struct translation *t, struct str s) {
    buf_puts(&t->out, regex_quote(t->a, s));
}

// In a class, each rune as its number: nothing is special then.
static void put_class_rune(struct translation *t, struct str s) {
    uint32_t rune;
    utf8_decode(s, &rune);
    buf_fmt(&t->out, "\\x{%x}", rune);
}

static bool range_close(struct translation *t) {
    if (peek(t) < 0)
        return err_set(t->err, ERR_INVALID, "unexpected end of input");
    if (peek(t) != ']')
        return err_set(t->err, ERR_INVALID, "expected close range character");
    skip(t, 1);
    buf_putc(&t->out, ']');
    return true;
}

// "a-z" behind the bracket; `low` was taken.
static bool range_bounds(struct translation *t, struct str low) {
    struct str high;
    skip(t, 1);
    if (!next_rune(t, &high))
        return false;
    if (str_cmp(high, low) < 0)
        return err_set(t->err, ERR_INVALID, "hi character '%.*s' should be greater than lo '%.*s'",
                       (int)high.n, high.p, (int)low.n, low.p);
    put_class_rune(t, low);
    buf_putc(&t->out, '-');
    put_class_rune(t, high);
    return range_close(t);
}

// The runes of "[abc]" up to the bracket.
static bool range_runes(struct translation *t) {
    size_t n = 0;
    bool escaped = false;
    for (; peek(t) > 0 && (escaped || peek(t) != ']');) {
        struct str rune;
        if (!next_rune(t, &rune))
            return false;
        escaped = !escaped && str_is(rune, "\\");
        if (escaped)
            continue;
        put_class_rune(t, rune);
        n++;
    }
    if (peek(t) > 0 && !n)
        return err_set(t->err, ERR_INVALID, "could not parse range");
    return range_close(t);
}

static bool put_range(struct translation *t) {
    struct str rune, before;
    skip(t, 1);
    buf_putc(&t->out, '[');
    if (peek(t) == '!') {
        skip(t, 1);
        buf_putc(&t->out, '^');
    }
    before = t->rest;
    if (!next_rune(t, &rune))
        return false;
    if (peek(t) == '-')
        return range_bounds(t, rune);
    t->rest = before;
    return range_runes(t);
}

static bool put_text(struct translation *t) {
    struct str rune;
    if (peek(t) == '\\') {
        skip(t, 1);
        if (peek(t) <= 0)
            return true;
    }
    if (!next_rune(t, &rune))
        return false;
    put_quoted(t, rune);
    return true;
}

static bool put_star(struct translation *t) {
    skip(t, 1);
    bool super = peek(t) == '*';
    skip(t, super);
    buf_fmt(&t->out, "%s*", super ? "." : t->not_separator);
    return true;
}

static bool put_item(struct translation *t) {
    int c = peek(t);
    if (c == '{') {
        if (++t->terms > TERMS_DEPTH_MAX)
            return err_set(t->err, ERR_LIMIT, "braces are nested deeper than %d", TERMS_DEPTH_MAX);
        buf_puts(&t->out, "(?:");
    } else if (c == ',' && t->terms) {
        buf_putc(&t->out, '|');
    } else if (c == '}' && t->terms) {
        t->terms--;
        buf_putc(&t->out, ')');
    } else if (c == '?') {
        buf_puts(&t->out, t->not_separator);
    } else {
        return c == '[' ? put_range(t) : c == '*' ? put_star(t) : put_text(t);
    }
    skip(t, 1);
    return true;
}

bool glob_compile(struct arena *a, const char *pattern, char separator, struct glob_pattern **out,
                  struct err *err) {
    struct translation t = { .a = a, .err = err, .rest = str_of(pattern) };
    snprintf(t.not_separator, sizeof t.not_separator, "[^\\x%02x]", (unsigned char)separator);
    buf_puts(&t.out, "(?s)\\A(?:");
    bool ok = true;
    while (ok && peek(&t) > 0)
        ok = put_item(&t);
    for (; t.terms; t.terms--)
        buf_putc(&t.out, ')');
    buf_puts(&t.out, ")\\z");
    struct glob_pattern *g = arena_new(a, struct glob_pattern);
    ok = ok && regex_compile_n(a, buf_str(&t.out), &g->re, err);
    buf_done(&t.out);
    if (ok)
        *out = g;
    return ok;
}

bool glob_pattern_match(const struct glob_pattern *g, struct str name) {
    return regex_match(g->re, name);
}
