// SPDX-License-Identifier: Apache-2.0
// Lexer of CEL. See the language definition of google/cel-spec.
#include "common/cel/cel_lex.h"
#include "common/value/number.h"
#include "common/value/utf8.h"

static int peek(const struct cel_lexer *l, size_t ahead) {
    return l->pos + ahead < l->all.n ? (unsigned char)l->all.p[l->pos + ahead] : -1;
}

static bool is_digit(int c) {
    return c >= '0' && c <= '9';
}

static bool is_name(int c) {
    return is_digit(c) || c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static int hex_value(int c) {
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void bad(struct cel_lexer *l, const char *problem) {
    l->token = TOK_BAD;
    l->problem = problem;
}

static void skip_blanks(struct cel_lexer *l) {
    for (;;) {
        int c = peek(l, 0);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
            l->pos++;
        } else if (c == '/' && peek(l, 1) == '/') {
            while (peek(l, 0) >= 0 && peek(l, 0) != '\n')
                l->pos++;
        } else {
            return;
        }
    }
}

// ---- numbers ----

static bool to_u64(struct str s, uint64_t *out) {
    if (!str_starts(s, "0x") && !str_starts(s, "0X"))
        return str_to_u64(s, out);
    uint64_t v = 0;
    if (s.n > 18)
        return false;
    for (size_t i = 2; i < s.n; i++)
        v = v << 4 | (uint64_t)hex_value((unsigned char)s.p[i]);
    *out = v;
    return true;
}

static void lex_integer(struct cel_lexer *l, struct str digits) {
    uint64_t u;
    bool is_unsigned = (peek(l, 0) | 0x20) == 'u', fits = to_u64(digits, &u);
    l->pos += is_unsigned;
    l->token = TOK_LITERAL;
    if (is_unsigned && fits)
        l->literal = (struct cv) { .type = CV_UINT, .u = u };
    else if (!is_unsigned && fits && u <= (uint64_t)INT64_MAX + 1) // the minus of the smallest comes later
        l->literal = (struct cv) { .type = CV_INT, .i = (int64_t)u };
    else
        bad(l, is_unsigned ? "invalid uint literal" : "invalid int literal");
    if (l->token == TOK_LITERAL && !is_unsigned && u == (uint64_t)INT64_MAX + 1)
        l->literal = (struct cv) { .type = CV_UINT, .u = u }; // marked by its text without u
}

static void lex_number(struct cel_lexer *l) {
    size_t from = l->pos;
    if (peek(l, 0) == '0' && (peek(l, 1) | 0x20) == 'x' && hex_value(peek(l, 2)) >= 0) {
        l->pos += 2;
        while (hex_value(peek(l, 0)) >= 0)
            l->pos++;
        lex_integer(l, str_sub(l->all, from, l->pos));
        return;
    }
    while (is_digit(peek(l, 0)))
        l->pos++;
    bool real = peek(l, 0) == '.' && is_digit(peek(l, 1));
    if (real)
        for (l->pos++; is_digit(peek(l, 0));)
            l->pos++;
    size_t sign = peek(l, 1) == '+' || peek(l, 1) == '-';
    if ((peek(l, 0) | 0x20) == 'e' && is_digit(peek(l, 1 + sign))) {
        real = true;
        for (l->pos += 1 + sign; is_digit(peek(l, 0));)
            l->pos++;
    }
    struct str text = str_sub(l->all, from, l->pos);
    if (!real) {
        lex_integer(l, text);
        return;
    }
    l->token = TOK_LITERAL;
    l->literal.type = CV_DOUBLE;
    if (!number_to_double(text, &l->literal.d))
        bad(l, "invalid double literal");
}

// ---- strings ----

struct quoted {
    bool raw, bytes;
    int quote;
    size_t n_quotes; // 1 or 3
};

static bool at_end(const struct cel_lexer *l, const struct quoted *q) {
    for (size_t i = 0; i < q->n_quotes; i++)
        if (peek(l, i) != q->quote)
            return false;
    return true;
}

static bool lex_code(struct cel_lexer *l, int base, size_t n, uint32_t *out) {
    uint32_t v = 0;
    for (size_t i = 0; i < n; i++, l->pos++) {
        int d = hex_value(peek(l, 0));
        if (d < 0 || d >= base)
            return false;
        v = v * (uint32_t)base + (uint32_t)d;
    }
    *out = v;
    return true;
}

// Behind a backslash. Octal and \x escapes are bytes in bytes and runes in strings.
static bool lex_escape(struct cel_lexer *l, const struct quoted *q, struct buf *out) {
    static const char from[] = "abfnrtv\\?\"'`", to[] = "\a\b\f\n\r\t\v\\?\"'`";
    int c = peek(l, 0);
    const char *at = c > 0 ? strchr(from, c) : NULL;
    uint32_t rune;
    if (at) {
        l->pos++;
        buf_putc(out, to[at - from]);
        return true;
    }
    bool octal = c >= '0' && c <= '3', hex = (c | 0x20) == 'x';
    size_t n = hex ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : octal ? 3 : 0;
    if (!n || (q->bytes && (c == 'u' || c == 'U')))
        return false;
    l->pos += !octal;
    if (!lex_code(l, octal ? 8 : 16, n, &rune) || rune > 0x10FFFF || (rune >= 0xD800 && rune < 0xE000))
        return false;
    if (q->bytes)
        buf_putc(out, (char)rune);
    else
        utf8_put(out, rune);
    return true;
}

static void lex_string(struct cel_lexer *l, struct quoted q) {
    autobuf out = { 0 };
    q.quote = peek(l, 0);
    q.n_quotes = peek(l, 1) == q.quote && peek(l, 2) == q.quote ? 3 : 1;
    l->pos += q.n_quotes;
    while (!at_end(l, &q)) {
        int c = peek(l, 0);
        if (c < 0 || (q.n_quotes == 1 && (c == '\n' || c == '\r'))) {
            bad(l, "unterminated string literal");
            return;
        }
        l->pos++;
        if (c == '\\' && !q.raw) {
            if (!lex_escape(l, &q, &out)) {
                bad(l, "invalid escape sequence in a string literal");
                return;
            }
        } else {
            buf_putc(&out, (char)c);
        }
    }
    l->pos += q.n_quotes;
    l->token = TOK_LITERAL;
    l->literal = (struct cv) { .type = q.bytes ? CV_BYTES : CV_STRING, .s = arena_str(l->a, buf_str(&out)) };
}

// r, b, rb and br in front of a quote; false: an ordinary name.
static bool lex_prefixed(struct cel_lexer *l) {
    struct quoted q = { 0 };
    size_t n = 0;
    for (; n < 2; n++) {
        int c = peek(l, n) | 0x20;
        if (c == 'r' && !q.raw)
            q.raw = true;
        else if (c == 'b' && !q.bytes)
            q.bytes = true;
        else
            break;
    }
    if (!n || (peek(l, n) != '"' && peek(l, n) != '\''))
        return false;
    l->pos += n;
    lex_string(l, q);
    return true;
}

// ---- the rest ----

static void lex_op(struct cel_lexer *l) {
    static const char *const ops[] = { "&&", "||", "==", "!=", "<=", ">=" };
    struct str rest = str_sub(l->all, l->pos, l->all.n);
    size_t n = 1;
    for (size_t i = 0; i < countof(ops); i++) // the optional forms ([? and .?) are put together by the parser
        if (str_starts(rest, ops[i]))
            n = 2;
    l->token = TOK_OP;
    l->pos += n;
    if (n == 1 && !strchr("+-*/%!<>?:.,()[]{}", rest.p[0]))
        bad(l, "token recognition error");
}

static void lex_backquoted(struct cel_lexer *l) {
    size_t from = ++l->pos;
    while (peek(l, 0) >= 0 && peek(l, 0) != '`')
        l->pos++;
    if (peek(l, 0) < 0 || l->pos == from) {
        bad(l, "token recognition error");
        return;
    }
    l->token = TOK_IDENT;
    l->text = str_sub(l->all, from, l->pos++);
}

void cel_lex_next(struct cel_lexer *l) {
    skip_blanks(l);
    l->at = l->pos;
    l->literal = (struct cv) { 0 };
    int c = peek(l, 0);
    if (c < 0) {
        l->token = TOK_END;
        l->text = STR("");
        return;
    }
    if (c == '`') {
        lex_backquoted(l);
        return;
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(l, 1)))) {
        lex_number(l);
    } else if (c == '"' || c == '\'') {
        lex_string(l, (struct quoted) { 0 });
    } else if (is_name(c)) {
        if (!lex_prefixed(l)) {
            while (is_name(peek(l, 0)))
                l->pos++;
            l->token = TOK_IDENT;
        }
    } else {
        lex_op(l);
    }
    l->text = str_sub(l->all, l->at, l->pos);
}
