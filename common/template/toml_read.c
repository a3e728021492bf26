// SPDX-License-Identifier: Apache-2.0
// TOML in: keys, tables, arrays of tables, inline values. BurntSushi/toml v1.6: lex.go, parse.go (the error texts are its for the
// commonest faults only)
#include "common/template/toml.h"

#include <math.h>

#include "common/template/functions.h"
#include "common/template/gotext.h"
#include "common/template/gotime.h"
#include "common/value/utf8.h"

#define MAX_DEPTH 100
#define MAX_PARTS 64

struct reader {
    struct arena *a;
    struct err *err;
    struct str s;
    size_t i;
    unsigned line, depth;
};

static bool fail(struct reader *r, const char *text) {
    return err_set(r->err, ERR_INVALID, "toml: line %u: %s", r->line, text);
}

static int peek(const struct reader *r) {
    return r->i < r->s.n ? (unsigned char)r->s.p[r->i] : -1;
}

static void blanks(struct reader *r) {
    while (peek(r) == ' ' || peek(r) == '\t')
        r->i++;
}

// Blanks, comments, new lines.
static void skip(struct reader *r) {
    for (;;) {
        blanks(r);
        if (peek(r) == '#')
            while (peek(r) >= 0 && peek(r) != '\n')
                r->i++;
        if (peek(r) != '\n' && peek(r) != '\r')
            return;
        r->line += peek(r) == '\n';
        r->i++;
    }
}

static bool end_of_line(struct reader *r) {
    blanks(r);
    if (peek(r) == '#')
        while (peek(r) >= 0 && peek(r) != '\n')
            r->i++;
    if (peek(r) == '\r')
        r->i++;
    if (peek(r) >= 0 && peek(r) != '\n')
        return fail(r, "expected a top-level item to end with a newline, comment, or EOF");
    return true;
}

static bool starts(const struct reader *r, const char *text) {
    return str_starts(str_sub(r->s, r->i, r->s.n), text);
}

/* ---- strings ---- */

static bool escape(struct reader *r, struct buf *b) {
    static const char from[] = "btnfre\"\\", to[] = "\b\t\n\f\r\x1b\"\\";
    int ch = peek(r);
    const char *at = ch > 0 ? strchr(from, ch) : NULL;
    r->i++;
    if (at)
        return buf_putc(b, to[at - from]), true;
    size_t digits = ch == 'x' ? 2 : ch == 'u' ? 4 : ch == 'U' ? 8 : 0;
    uint64_t rune;
    bool range;
    if (!digits || !go_parse_uint(str_sub(r->s, r->i, r->i + digits), 16, &rune, &range) || rune > 0x10FFFF ||
        (rune >= 0xD800 && rune <= 0xDFFF))
        return fail(r, "invalid escape character");
    r->i += digits;
    return utf8_put(b, (uint32_t)rune), true;
}

// A backslash at the end of a line: up to the next thing that is no white space.
static bool line_fold(struct reader *r) {
    size_t i = r->i;
    while (i < r->s.n && strchr(" \t\r", r->s.p[i]))
        i++;
    if (i >= r->s.n || r->s.p[i] != '\n')
        return false;
    while (r->i < r->s.n && r->s.p[r->i] && strchr(" \t\r\n", r->s.p[r->i]))
        r->line += r->s.p[r->i++] == '\n';
    return true;
}

static bool string(struct reader *r, struct str *out) {
    char quote = (char)peek(r);
    bool multi = starts(r, quote == '"' ? "\"\"\"" : "'''");
    autobuf b = { 0 };
    r->i += multi ? 3 : 1;
    if (multi && peek(r) == '\r')
        r->i++;
    if (multi && peek(r) == '\n')
        r->i++, r->line++;
    for (;;) {
        int ch = peek(r);
        if (ch < 0)
            return fail(r, "unexpected EOF; expected '\"'");
        if (ch == quote && (!multi || starts(r, quote == '"' ? "\"\"\"" : "'''"))) {
            r->i += multi ? 3 : 1;
            for (int extra = 0; multi && extra < 2 && peek(r) == quote; extra++)
                buf_putc(&b, quote), r->i++;
            break;
        }
        if (ch == '\n' && !multi)
            return fail(r, "strings cannot contain newlines");
        r->i++;
        r->line += ch == '\n';
        if (ch != '\\' || quote != '"')
            buf_putc(&b, (char)ch);
        else if (!(multi && line_fold(r)) && !escape(r, &b))
            return false;
    }
    *out = buf_to_arena(&b, r->a);
    return true;
}

/* ---- keys ---- */

static bool is_bare(int ch) {
    return (ch >= '0' && ch <= '9') || ((ch | 32) >= 'a' && (ch | 32) <= 'z') || ch == '_' || ch == '-';
}

static bool key(struct reader *r, struct str *parts, size_t *n, char end) {
    for (*n = 0; *n < MAX_PARTS;) {
        blanks(r);
        size_t from = r->i;
        if (peek(r) == '"' || peek(r) == '\'') {
            if (!string(r, &parts[*n]))
                return false;
        } else {
            while (is_bare(peek(r)))
                r->i++;
            if (r->i == from)
                return fail(r, "unexpected character at the start of a key");
            parts[*n] = arena_str(r->a, str_sub(r->s, from, r->i));
        }
        ++*n;
        blanks(r);
        if (peek(r) != '.')
            break;
        r->i++;
    }
    if (peek(r) == end)
        return true;
    if (end == '=' && peek(r) < 0)
        return fail(r, "unexpected EOF; expected key separator '='");
    return fail(r, end == '=' ? "expected key separator '='" : "expected '.' or ']' to end table name");
}

// The table below a key, made where absent; of an array of tables the last one.
static bool descend(struct reader *r, struct tmap **m, struct str part) {
    struct tval *v = tmap_find(*m, part);
    if (!v) {
        struct tmap *made = tmap_new(r->a, &ttype_map_any);
        tmap_put(r->a, *m, part, tval_map(made));
        *m = made;
        return true;
    }
    if (v->kind == TVAL_LIST && v->list->type == &ttype_list_map && v->list->n)
        v = &v->list->items[v->list->n - 1];
    if (v->kind != TVAL_MAP)
        return fail(r, arena_fmt(r->a, "Key '%s' has already been defined.", part.p));
    *m = v->map;
    return true;
}

/* ---- values ---- */

static bool value(struct reader *r, struct tval *out);

static bool pair(struct reader *r, struct tmap *m) {
    struct str parts[MAX_PARTS];
    size_t n;
    struct tval v;
    if (!key(r, parts, &n, '='))
        return false;
    r->i++;
    for (size_t i = 0; i + 1 < n; i++)
        if (!descend(r, &m, parts[i]))
            return false;
    if (tmap_find(m, parts[n - 1]))
        return fail(r, arena_fmt(r->a, "Key '%s' has already been defined.", parts[n - 1].p));
    if (!value(r, &v))
        return false;
    tmap_put(r->a, m, parts[n - 1], v);
    return true;
}

static bool array(struct reader *r, struct tval *out) {
    struct tval *items = NULL;
    size_t n = 0, cap = 0;
    bool tables = true;
    r->i++;
    for (skip(r); peek(r) != ']'; skip(r)) {
        items = arena_grow(r->a, items, &cap, n + 1, sizeof *items);
        if (!value(r, &items[n]))
            return false;
        tables &= items[n++].kind == TVAL_MAP;
        skip(r);
        if (peek(r) == ',')
            r->i++;
        else if (peek(r) != ']')
            return fail(r, "expected a comma (',') or array terminator (']')");
    }
    r->i++;
    struct tlist *l = tlist_new(r->a, tables && n ? &ttype_list_map : &ttype_list_any, n);
    if (n)
        memcpy(l->items, items, n * sizeof *items);
    return *out = tval_list(l), true;
}

static bool inline_table(struct reader *r, struct tval *out) {
    struct tmap *m = tmap_new(r->a, &ttype_map_any);
    r->i++;
    for (skip(r); peek(r) != '}'; skip(r)) {
        if (!pair(r, m))
            return false;
        skip(r);
        if (peek(r) == ',')
            r->i++;
        else if (peek(r) != '}')
            return fail(r, "expected a comma or an inline table terminator '}'");
    }
    r->i++;
    return *out = tval_map(m), true;
}

static bool date(struct reader *r, struct str word, struct tval *out) {
    static const char *const layouts[] = { "2006-01-02T15:04:05.999999999Z07:00",
                                           "2006-01-02 15:04:05.999999999Z07:00",
                                           "2006-01-02T15:04:05.999999999",
                                           "2006-01-02 15:04:05.999999999",
                                           "2006-01-02",
                                           "15:04:05.999999999" };
    const char *error;
    for (size_t i = 0; i < countof(layouts); i++) {
        struct ttime *t = gotime_parse(r->a, str_of(layouts[i]), word, &error);
        if (!t)
            continue;
        *out = (struct tval) { .kind = TVAL_TIME, .time = t };
        return true;
    }
    return fail(r, arena_fmt(r->a, "Invalid TOML Datetime: \"%s\".", arena_text(r->a, word.p, word.n)));
}

static bool number(struct reader *r, struct str word, struct tval *out) {
    int64_t i;
    double f;
    bool range;
    autobuf clean = { 0 };
    for (size_t k = 0; k < word.n; k++)
        if (word.p[k] != '_')
            buf_putc(&clean, word.p[k]);
    struct str s = buf_str(&clean);
    bool prefixed = s.n > 2 && s.p[0] == '0' && strchr("xob", s.p[1]);
    size_t sign = s.n && (s.p[0] == '+' || s.p[0] == '-');
    bool zeros =
        !prefixed && s.n > sign + 1 && s.p[sign] == '0' && s.p[sign + 1] >= '0' && s.p[sign + 1] <= '9';
    if (!zeros && go_parse_int(s, prefixed ? 0 : 10, &i, &range))
        return *out = tval_int64(i), true;
    bool digits =
        s.n > sign && ((s.p[sign] >= '0' && s.p[sign] <= '9') || str_is(str_sub(s, sign, s.n), "inf") ||
                       str_is(str_sub(s, sign, s.n), "nan"));
    if (str_is(str_sub(s, sign, s.n), "nan"))
        return *out = tval_float(NAN), true;
    if (!zeros && digits && go_parse_float(s, &f, &range))
        return *out = tval_float(f), true;
    return fail(r,
                arena_fmt(r->a, "expected value but found \"%s\" instead", arena_text(r->a, word.p, word.n)));
}

static bool word(struct reader *r, struct tval *out) {
    size_t from = r->i;
    while (peek(r) > ' ' && !strchr(",]}#", peek(r)))
        r->i++;
    struct str s = str_sub(r->s, from, r->i);
    bool day = s.n == 10 && s.p[4] == '-' && s.p[7] == '-';
    if (day && peek(r) == ' ' && r->i + 1 < r->s.n && r->s.p[r->i + 1] >= '0' && r->s.p[r->i + 1] <= '9') {
        r->i++;
        while (peek(r) > ' ' && !strchr(",]}#", peek(r)))
            r->i++;
        s = str_sub(r->s, from, r->i);
    }
    if (str_is(s, "true") || str_is(s, "false"))
        return *out = tval_bool(s.p[0] == 't'), true;
    if ((s.n >= 10 && s.p[4] == '-' && s.p[7] == '-') || (s.n >= 8 && s.p[2] == ':'))
        return date(r, s, out);
    if (!s.n)
        return fail(r, peek(r) < 0 ? "unexpected EOF; expected value"
                                   : "expected value but found '\\n' instead");
    return number(r, s, out);
}

static bool value(struct reader *r, struct tval *out) {
    struct str s;
    blanks(r);
    if (r->depth >= MAX_DEPTH)
        return fail(r, "the value is nested too deeply");
    r->depth++;
    bool ok;
    switch (peek(r)) {
    case '"':
    case '\'':
        ok = string(r, &s);
        if (ok)
            *out = tval_str(s);
        break;
    case '[': ok = array(r, out); break;
    case '{': ok = inline_table(r, out); break;
    default: ok = word(r, out); break;
    }
    r->depth--;
    return ok;
}

/* ---- documents ---- */

static bool append_table(struct reader *r, struct tmap *m, struct str name, struct tmap **out) {
    struct tval *v = tmap_find(m, name);
    if (v && (v->kind != TVAL_LIST || v->list->type != &ttype_list_map))
        return fail(r, arena_fmt(r->a, "Key '%s' was already created as a hash.", name.p));
    struct tlist *l = v ? v->list : tlist_new(r->a, &ttype_list_map, 0);
    size_t n = l->n;
    if (!(n & (n - 1))) { // full: the room doubles
        struct tval *items = arena_array(r->a, struct tval, n ? n * 2 : 1);
        if (n)
            memcpy(items, l->items, n * sizeof *items);
        l->items = items;
    }
    l->n = n + 1;
    *out = tmap_new(r->a, &ttype_map_any);
    l->items[n] = tval_map(*out);
    tmap_put(r->a, m, name, tval_list(l));
    return true;
}

static bool header(struct reader *r, struct tmap *root, struct tmap **current) {
    struct str parts[MAX_PARTS];
    size_t n;
    bool many = starts(r, "[[");
    r->i += many ? 2 : 1;
    if (!key(r, parts, &n, ']'))
        return false;
    if (many && !starts(r, "]]"))
        return fail(r, "expected end of table array name delimiter ']'");
    r->i += many ? 2 : 1;
    struct tmap *m = root;
    for (size_t i = 0; i + 1 < n; i++)
        if (!descend(r, &m, parts[i]))
            return false;
    if (many)
        return append_table(r, m, parts[n - 1], current);
    return descend(r, &m, parts[n - 1]) && (*current = m, true);
}

bool toml_read(struct arena *a, struct str text, struct tval *out, struct err *err) {
    struct reader r = { .a = a, .err = err, .s = text, .line = 1 };
    struct tmap *root = tmap_new(a, &ttype_map_any), *current = root;
    for (skip(&r); peek(&r) >= 0; skip(&r)) {
        bool ok = peek(&r) == '[' ? header(&r, root, &current) : pair(&r, current);
        if (!ok || !end_of_line(&r))
            return false;
    }
    return *out = tval_map(root), true;
}
