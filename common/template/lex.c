// SPDX-License-Identifier: Apache-2.0
// The lexer of templates, on demand: text, delimiters, and what stands between them.
#include "common/template/lex.h"

#include "common/value/unicode.h"
#include "common/value/utf8.h"

#define NO_RUNE UINT32_MAX

void lexer_init(struct lexer *l, struct arena *a, struct str input) {
    *l = (struct lexer) { .a = a, .input = input, .line = 1, .start_line = 1 };
}

static bool is_space(uint32_t r) {
    return r == ' ' || r == '\t' || r == '\r' || r == '\n';
}

static bool is_word(uint32_t r) {
    if (r < 0x80)
        return r == '_' || (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z');
    return r != NO_RUNE && (unicode_is_letter(r) || unicode_is_digit(r));
}

static struct str rest(const struct lexer *l) {
    return str_sub(l->input, l->pos, l->input.n);
}

static uint32_t peek(const struct lexer *l, size_t *out_n) {
    uint32_t r = NO_RUNE;
    size_t n = l->pos < l->input.n ? utf8_decode(rest(l), &r) : 0;
    if (out_n)
        *out_n = n;
    return r;
}

static uint32_t next(struct lexer *l) {
    size_t n;
    uint32_t r = peek(l, &n);
    l->pos += n;
    l->line += r == '\n';
    return r;
}

static struct token token_of(struct lexer *l, enum token_type type) {
    struct token t = { type, l->start, str_sub(l->input, l->start, l->pos), l->start_line };
    l->start = l->pos;
    l->start_line = l->line;
    return t;
}

static void count_lines(struct lexer *l, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        l->line += l->input.p[i] == '\n';
}

// Passes over what lies between start and pos; its lines are counted here.
static void ignore(struct lexer *l) {
    count_lines(l, l->start, l->pos);
    l->start = l->pos;
    l->start_line = l->line;
}

static struct token fail(struct lexer *l, const char *text) {
    struct token t = { TOKEN_ERROR, l->start, str_of(text), l->start_line };
    l->start = l->pos = 0;
    l->input.n = 0;
    return t;
}

static struct token bad_rune(struct lexer *l, const char *what, uint32_t r) {
    if (r == NO_RUNE)
        return fail(l, arena_fmt(l->a, "%s U+FFFFFFFFFFFFFFFF", what));
    char utf8[5] = { 0 };
    utf8_encode(r, utf8);
    bool visible = r >= 0x20 && r != 0x7F && !(r >= 0x80 && r < 0xA1);
    return fail(l, visible ? arena_fmt(l->a, "%s U+%04X '%s'", what, r, utf8)
                           : arena_fmt(l->a, "%s U+%04X", what, r));
}

static bool left_trim_at(const struct lexer *l, size_t at) {
    return at + 1 < l->input.n && l->input.p[at] == '-' && is_space((unsigned char)l->input.p[at + 1]);
}

static bool right_delim(const struct lexer *l, bool *out_trim) {
    struct str s = rest(l);
    *out_trim =
        s.n >= 4 && is_space((unsigned char)s.p[0]) && s.p[1] == '-' && s.p[2] == '}' && s.p[3] == '}';
    return *out_trim || str_starts(s, "}}");
}

static size_t left_blanks(struct str s) {
    size_t n = 0;
    while (n < s.n && is_space((unsigned char)s.p[n]))
        n++;
    return n;
}

// A comment is passed over. false: *out is an error.
static bool comment(struct lexer *l, struct token *out) {
    l->pos += 2;
    ptrdiff_t end = str_find(rest(l), STR("*/"));
    if (end < 0)
        return *out = fail(l, "unclosed comment"), false;
    l->pos += (size_t)end + 2;
    bool trim;
    if (!right_delim(l, &trim))
        return *out = fail(l, "comment ends before closing delimiter"), false;
    l->pos += trim ? 4 : 2;
    if (trim)
        l->pos += left_blanks(rest(l));
    ignore(l);
    return true;
}

// Text up to the next "{{". false: there is none (a comment comes first, or nothing).
static bool text(struct lexer *l, size_t at, struct token *out) {
    l->pos = at;
    size_t trim = 0;
    if (left_trim_at(l, at + 2))
        while (trim < at - l->start && is_space((unsigned char)l->input.p[at - 1 - trim]))
            trim++;
    l->pos -= trim;
    count_lines(l, l->start, l->pos);
    *out = token_of(l, TOKEN_TEXT);
    l->pos += trim;
    ignore(l);
    return out->text.n > 0;
}

static struct token lex_text(struct lexer *l) {
    for (;;) {
        ptrdiff_t x = str_find(rest(l), STR("{{"));
        struct token t;
        if (x < 0) {
            l->pos = l->input.n;
            if (l->pos == l->start)
                return token_of(l, TOKEN_EOF);
            count_lines(l, l->start, l->pos);
            return token_of(l, TOKEN_TEXT);
        }
        if (x > 0 && text(l, l->pos + (size_t)x, &t))
            return t;
        l->pos += 2;
        size_t marker = left_trim_at(l, l->pos) ? 2 : 0;
        if (str_starts(str_sub(l->input, l->pos + marker, l->input.n), "/*")) {
            l->pos += marker;
            ignore(l);
            if (!comment(l, &t))
                return t;
            continue;
        }
        t = token_of(l, TOKEN_LEFT_DELIM);
        l->inside = true;
        l->pos += marker;
        ignore(l);
        l->parens = 0;
        return t;
    }
}

static struct token lex_right_delim(struct lexer *l) {
    bool trim;
    right_delim(l, &trim);
    if (trim) {
        l->pos += 2;
        ignore(l);
    }
    l->pos += 2;
    struct token t = token_of(l, TOKEN_RIGHT_DELIM);
    if (trim) {
        l->pos += left_blanks(rest(l));
        ignore(l);
    }
    l->inside = false;
    return t;
}

static struct token lex_space(struct lexer *l) {
    size_t n = 0;
    while (is_space(peek(l, NULL))) {
        next(l);
        n++;
    }
    l->pos--; // the last blank may belong to a trim marker
    bool trim;
    right_delim(l, &trim);
    if (!trim) {
        l->pos++;
        return token_of(l, TOKEN_SPACE);
    }
    l->line -= l->input.p[l->pos] == '\n';
    return n == 1 ? lex_right_delim(l) : token_of(l, TOKEN_SPACE);
}

static bool at_terminator(const struct lexer *l) {
    uint32_t r = peek(l, NULL);
    if (r == NO_RUNE || is_space(r) || (r < 0x80 && r && strchr(".,|:)(", (int)r)))
        return true;
    return str_starts(rest(l), "}}");
}

static struct token lex_identifier(struct lexer *l) {
    static const struct {
        const char *word;
        enum token_type type;
    } words[] = {
        { "block", TOKEN_BLOCK }, { "break", TOKEN_BREAK },       { "continue", TOKEN_CONTINUE },
        { "else", TOKEN_ELSE },   { "define", TOKEN_DEFINE },     { "end", TOKEN_END },
        { "if", TOKEN_IF },       { "range", TOKEN_RANGE },       { "nil", TOKEN_NIL },
        { "with", TOKEN_WITH },   { "template", TOKEN_TEMPLATE }, { "true", TOKEN_BOOL },
        { "false", TOKEN_BOOL },
    };
    while (is_word(peek(l, NULL)))
        next(l);
    if (!at_terminator(l))
        return bad_rune(l, "bad character", peek(l, NULL));
    struct str word = str_sub(l->input, l->start, l->pos);
    for (size_t i = 0; i < countof(words); i++)
        if (str_is(word, words[i].word))
            return token_of(l, words[i].type);
    return token_of(l, TOKEN_IDENTIFIER);
}

// Behind the "." or "$".
static struct token lex_field(struct lexer *l, enum token_type type) {
    if (at_terminator(l))
        return token_of(l, type == TOKEN_VARIABLE ? type : TOKEN_DOT);
    while (is_word(peek(l, NULL)))
        next(l);
    if (!at_terminator(l))
        return bad_rune(l, "bad character", peek(l, NULL));
    return token_of(l, type);
}

// Behind the opening quote.
static struct token lex_quoted(struct lexer *l, uint32_t quote, enum token_type type, const char *error) {
    for (;;) {
        uint32_t r = next(l);
        if (r == quote)
            return token_of(l, type);
        if (r == '\\')
            r = next(l);
        if (r == NO_RUNE || r == '\n')
            return fail(l, error);
    }
}

static struct token lex_raw(struct lexer *l) {
    for (;;) {
        uint32_t r = next(l);
        if (r == '`')
            return token_of(l, TOKEN_RAW_STRING);
        if (r == NO_RUNE)
            return fail(l, "unterminated raw quoted string");
    }
}

static bool accept(struct lexer *l, const char *any) {
    uint32_t r = peek(l, NULL);
    if (r >= 0x80 || !r || !strchr(any, (int)r))
        return false;
    l->pos++;
    return true;
}

static bool scan_number(struct lexer *l) {
    accept(l, "+-");
    const char *digits = "0123456789_";
    bool decimal = true, hex = false;
    if (accept(l, "0")) {
        if (accept(l, "xX"))
            digits = "0123456789abcdefABCDEF_", hex = true, decimal = false;
        else if (accept(l, "oO"))
            digits = "01234567_", decimal = false;
        else if (accept(l, "bB"))
            digits = "01_", decimal = false;
    }
    while (accept(l, digits))
        ;
    if (accept(l, "."))
        while (accept(l, digits))
            ;
    if ((decimal && accept(l, "eE")) || (hex && accept(l, "pP"))) {
        accept(l, "+-");
        while (accept(l, "0123456789_"))
            ;
    }
    accept(l, "i");
    if (!is_word(peek(l, NULL)))
        return true;
    next(l);
    return false;
}

static struct token bad_number(struct lexer *l) {
    struct str s = str_sub(l->input, l->start, l->pos);
    return fail(l, arena_fmt(l->a, "bad number syntax: \"%.*s\"", (int)(s.n < 1000 ? s.n : 1000), s.p));
}

static struct token lex_number(struct lexer *l) {
    if (!scan_number(l))
        return bad_number(l);
    uint32_t sign = peek(l, NULL);
    if (sign != '+' && sign != '-')
        return token_of(l, TOKEN_NUMBER);
    if (!scan_number(l) || l->input.p[l->pos - 1] != 'i')
        return bad_number(l);
    return token_of(l, TOKEN_COMPLEX);
}

static struct token lex_dot(struct lexer *l) {
    if (l->pos < l->input.n && (l->input.p[l->pos] < '0' || l->input.p[l->pos] > '9'))
        return lex_field(l, TOKEN_FIELD);
    l->pos--;
    return lex_number(l);
}

static struct token lex_paren(struct lexer *l, uint32_t r) {
    if (r == ')' && !l->parens)
        return fail(l, "unexpected right paren");
    l->parens += r == '(' ? 1u : -1u;
    return token_of(l, r == '(' ? TOKEN_LEFT_PAREN : TOKEN_RIGHT_PAREN);
}

static struct token lex_sign(struct lexer *l, uint32_t r) {
    switch (r) {
    case '=': return token_of(l, TOKEN_ASSIGN);
    case ':': return next(l) == '=' ? token_of(l, TOKEN_DECLARE) : fail(l, "expected :=");
    case '|': return token_of(l, TOKEN_PIPE);
    case '"': return lex_quoted(l, '"', TOKEN_STRING, "unterminated quoted string");
    case '`': return lex_raw(l);
    case '$': return lex_field(l, TOKEN_VARIABLE);
    case '\'': return lex_quoted(l, '\'', TOKEN_CHAR_CONSTANT, "unterminated character constant");
    case '.': return lex_dot(l);
    case '(':
    case ')': return lex_paren(l, r);
    default: break;
    }
    if (r >= 0x20 && r < 0x7F)
        return token_of(l, TOKEN_CHAR);
    return bad_rune(l, "unrecognized character in action:", r);
}

static struct token lex_inside(struct lexer *l) {
    bool trim;
    if (right_delim(l, &trim))
        return l->parens ? fail(l, "unclosed left paren") : lex_right_delim(l);
    uint32_t r = peek(l, NULL);
    if (r == NO_RUNE)
        return fail(l, "unclosed action");
    if (is_space(r))
        return lex_space(l);
    if (r == '+' || r == '-' || (r >= '0' && r <= '9'))
        return lex_number(l);
    if (is_word(r))
        return lex_identifier(l);
    next(l);
    return lex_sign(l, r);
}

struct token lexer_next(struct lexer *l) {
    if (l->inside && l->input.n)
        return lex_inside(l);
    if (l->inside) { // after an error
        return fail(l, "unclosed action");
    }
    struct token t = lex_text(l);
    if (t.type == TOKEN_EOF)
        t.text = STR("EOF");
    return t;
}
