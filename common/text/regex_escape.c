// SPDX-License-Identifier: Apache-2.0
// Lexical part of regular expressions. Go: regexp/syntax/parse.go
#include "common/text/regex_escape.h"
#include "common/value/utf8.h"

bool rx_fail(struct rx_lexer *l, const char *what, struct str expr) {
    return err_set(l->err, ERR_INVALID, "error parsing regexp: %s: `%.*s`", what,
                   (int)(expr.n < 4096 ? expr.n : 4096), expr.p);
}

static bool check_utf8(struct rx_lexer *l, struct str s) {
    return utf8_valid(s) || rx_fail(l, "invalid UTF-8", s);
}

bool rx_next_rune(struct rx_lexer *l, uint32_t *out) {
    if (!l->rest.n) { // Go decodes the empty text to U+FFFD of width 0
        *out = UTF8_BAD;
        return true;
    }
    size_t n = utf8_decode(l->rest, out);
    if (*out == UTF8_BAD && n == 1)
        return rx_fail(l, "invalid UTF-8", l->rest);
    rx_skip(l, n);
    return true;
}

static bool is_digit(int c) {
    return c >= '0' && c <= '9';
}

// Digits without a leading zero; -1 when the number is too large.
static bool lex_int(struct str *s, int *out) {
    size_t n = 0;
    int v = 0;
    if (!s->n || !is_digit(s->p[0]) || (s->n >= 2 && s->p[0] == '0' && is_digit(s->p[1])))
        return false;
    for (; n < s->n && is_digit(s->p[n]); n++)
        v = v < 0 || v >= 100000000 ? -1 : v * 10 + (s->p[n] - '0');
    *s = str_sub(*s, n, s->n);
    *out = v;
    return true;
}

bool rx_lex_repeat(struct rx_lexer *l, struct rx_repeat *out) {
    struct str s = str_sub(l->rest, 1, l->rest.n);
    struct rx_repeat r = { .counted = true };
    if (!lex_int(&s, &r.min))
        return false;
    r.max = r.min;
    if (s.n && s.p[0] == ',') {
        s = str_sub(s, 1, s.n);
        r.max = -1;
        if (s.n && s.p[0] != '}') {
            if (!lex_int(&s, &r.max))
                return false;
            if (r.max < 0)
                r.min = -1;
        }
    }
    if (!s.n || s.p[0] != '}')
        return false;
    l->rest = str_sub(s, 1, s.n);
    *out = r;
    return true;
}

// ---- group heads ----

static bool is_word(char c) {
    char low = (char)(c | 0x20);
    return is_digit(c) || (low >= 'a' && low <= 'z') || c == '_';
}

static bool lex_name(struct rx_lexer *l, size_t from, struct rx_group *out) {
    struct str t = l->rest;
    ptrdiff_t end = str_chr(t, '>');
    if (end < 0)
        return check_utf8(l, t) && rx_fail(l, "invalid named capture", t);
    struct str name = str_sub(t, from, (size_t)end);
    if (!check_utf8(l, name))
        return false;
    bool valid = name.n > 0;
    for (size_t i = 0; i < name.n; i++)
        valid &= is_word(name.p[i]);
    if (!valid)
        return rx_fail(l, "invalid named capture", str_sub(t, 0, (size_t)end + 1));
    rx_skip(l, (size_t)end + 1);
    *out = (struct rx_group) { .kind = RX_GROUP_CAPTURE, .name = name };
    return true;
}

static bool *flag_of(struct rx_flags *f, uint32_t rune) {
    switch (rune) {
    case 'i': return &f->fold;
    case 'm': return &f->multiline;
    case 's': return &f->dot_newline;
    case 'U': return &f->lazy;
    default: return NULL;
    }
}

// Behind "(?": flags up to ":" or ")".
static bool lex_flags(struct rx_lexer *l, struct rx_flags flags, struct rx_group *out) {
    struct str start = l->rest;
    bool negative = false, seen = false;
    rx_skip(l, 2);
    while (l->rest.n) {
        uint32_t rune;
        if (!rx_next_rune(l, &rune))
            return false;
        bool *flag = flag_of(&flags, rune);
        if (flag) {
            *flag = !negative;
            seen = true;
        } else if (rune == '-' && !negative) {
            negative = true;
            seen = false;
        } else if ((rune == ':' || rune == ')') && (!negative || seen)) {
            *out =
                (struct rx_group) { .kind = rune == ':' ? RX_GROUP_PLAIN : RX_GROUP_FLAGS, .flags = flags };
            return true;
        } else {
            break;
        }
    }
    return rx_fail(l, "invalid or unsupported Perl syntax", str_sub(start, 0, start.n - l->rest.n));
}

bool rx_lex_group(struct rx_lexer *l, struct rx_flags flags, struct rx_group *out) {
    struct str t = l->rest;
    if (!str_starts(t, "(?")) {
        rx_skip(l, 1);
        *out = (struct rx_group) { .kind = RX_GROUP_CAPTURE, .name = STR("") };
        return true;
    }
    if (t.n > 4 && t.p[2] == 'P' && t.p[3] == '<')
        return lex_name(l, 4, out);
    if (t.n > 3 && t.p[2] == '<')
        return lex_name(l, 3, out);
    return lex_flags(l, flags, out);
}

// ---- escapes ----

static int hex_value(uint32_t c) {
    if (c >= '0' && c <= '9')
        return (int)c - '0';
    if (c >= 'a' && c <= 'f')
        return (int)c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? (int)c - 'A' + 10 : -1;
}

static bool bad_escape(struct rx_lexer *l, struct str start) {
    return rx_fail(l, "invalid escape sequence", str_sub(start, 0, start.n - l->rest.n));
}

// Behind "\x{".
static bool lex_braced_hex(struct rx_lexer *l, struct str start, uint32_t *out) {
    uint32_t v = 0, c;
    for (size_t n = 0;; n++) {
        if (!l->rest.n)
            return bad_escape(l, start);
        if (!rx_next_rune(l, &c))
            return false;
        if (c == '}' && n > 0)
            break;
        if (hex_value(c) < 0)
            return bad_escape(l, start);
        v = v * 16 + (uint32_t)hex_value(c);
        if (v > RUNE_MAX)
            return bad_escape(l, start);
    }
    *out = v;
    return true;
}

// Behind "\x".
static bool lex_hex(struct rx_lexer *l, struct str start, uint32_t *out) {
    uint32_t x, y;
    if (!l->rest.n)
        return bad_escape(l, start);
    if (!rx_next_rune(l, &x))
        return false;
    if (x == '{')
        return lex_braced_hex(l, start, out);
    if (!rx_next_rune(l, &y))
        return false;
    if (hex_value(x) < 0 || hex_value(y) < 0)
        return bad_escape(l, start);
    *out = (uint32_t)(hex_value(x) * 16 + hex_value(y));
    return true;
}

static bool is_octal(int c) {
    return c >= '0' && c <= '7';
}

static uint32_t lex_octal(struct rx_lexer *l, uint32_t first) {
    uint32_t v = first - '0';
    for (int i = 1; i < 3 && is_octal(rx_peek(l)); i++) {
        v = v * 8 + (uint32_t)(rx_peek(l) - '0');
        rx_skip(l, 1);
    }
    return v;
}

bool rx_lex_escape(struct rx_lexer *l, uint32_t *out) {
    static const char letters[] = "afnrtv", runes[] = "\a\f\n\r\t\v";
    struct str start = l->rest;
    uint32_t c;
    rx_skip(l, 1);
    if (!l->rest.n)
        return rx_fail(l, "trailing backslash at end of expression", STR(""));
    if (!rx_next_rune(l, &c))
        return false;
    // one digit alone would be a back-reference
    if (c == '0' || (c >= '1' && c <= '7' && is_octal(rx_peek(l)))) {
        *out = lex_octal(l, c);
        return true;
    }
    if (c == 'x')
        return lex_hex(l, start, out);
    const char *at = c && c < 0x80 ? strchr(letters, (int)c) : NULL;
    if (at) {
        *out = (uint32_t)runes[at - letters];
        return true;
    }
    if (c >= 0x80 || (is_word((char)c) && c != '_'))
        return bad_escape(l, start);
    *out = c;
    return true;
}

// "\p" or "\P" at hand.
static bool lex_property(struct rx_lexer *l, struct arena *a, bool fold, struct rune_set *set) {
    struct str start = l->rest, name, seq;
    bool negated = start.p[1] == 'P';
    uint32_t c;
    rx_skip(l, 2);
    if (!rx_next_rune(l, &c))
        return false;
    if (c != '{') {
        seq = str_sub(start, 0, start.n - l->rest.n);
        name = str_sub(seq, 2, seq.n);
    } else {
        ptrdiff_t end = str_chr(start, '}');
        if (end < 0)
            return check_utf8(l, start) && rx_fail(l, "invalid character class range", start);
        seq = str_sub(start, 0, (size_t)end + 1);
        name = str_sub(start, 3, (size_t)end);
        l->rest = str_sub(start, (size_t)end + 1, start.n);
        if (!check_utf8(l, name))
            return false;
    }
    if (name.n && name.p[0] == '^') {
        negated = !negated;
        name = str_sub(name, 1, name.n);
    }
    return rune_set_add_property(a, set, name, negated, fold) ||
           rx_fail(l, "invalid character class range", seq);
}

bool rx_lex_class_escape(struct rx_lexer *l, struct arena *a, bool fold, struct rune_set *set,
                         bool *handled) {
    *handled = false;
    if (l->rest.n < 2 || l->rest.p[0] != '\\')
        return true;
    char c = l->rest.p[1];
    if (c == 'p' || c == 'P') {
        *handled = true;
        return lex_property(l, a, fold, set);
    }
    if (strchr("dDsSwW", c) && c) {
        *handled = true;
        rx_skip(l, 2);
        return rune_set_add_perl(a, set, c, fold);
    }
    return true;
}

// ---- classes ----

// "[:name:]" at hand? Go takes it for a range of characters when the end is missing.
static bool lex_posix(struct rx_lexer *l, struct arena *a, bool fold, struct rune_set *set, bool *handled) {
    *handled = false;
    if (l->rest.n <= 2 || !str_starts(l->rest, "[:"))
        return true;
    ptrdiff_t end = str_find(str_sub(l->rest, 2, l->rest.n), STR(":]"));
    if (end < 0)
        return true;
    struct str name = str_sub(l->rest, 2, 2 + (size_t)end), whole = str_sub(l->rest, 0, (size_t)end + 4);
    *handled = true;
    rx_skip(l, whole.n);
    return rune_set_add_posix(a, set, name, fold) || rx_fail(l, "invalid character class range", whole);
}

static bool lex_class_char(struct rx_lexer *l, struct str class, uint32_t *out) {
    if (!l->rest.n)
        return rx_fail(l, "missing closing ]", class);
    return l->rest.p[0] == '\\' ? rx_lex_escape(l, out) : rx_next_rune(l, out);
}

static bool lex_range(struct rx_lexer *l, struct arena *a, bool fold, struct str class,
                      struct rune_set *set) {
    struct str start = l->rest;
    uint32_t low, high;
    if (!lex_class_char(l, class, &low))
        return false;
    high = low;
    if (l->rest.n >= 2 && l->rest.p[0] == '-' && l->rest.p[1] != ']') {
        rx_skip(l, 1);
        if (!lex_class_char(l, class, &high))
            return false;
        if (high < low)
            return rx_fail(l, "invalid character class range", str_sub(start, 0, start.n - l->rest.n));
    }
    if (fold)
        rune_set_add_folded(a, set, low, high);
    else
        rune_set_add(a, set, low, high);
    return true;
}

bool rx_lex_class(struct rx_lexer *l, struct arena *a, bool fold, struct rune_set *set) {
    struct str class = l->rest;
    rx_skip(l, 1);
    bool negated = rx_peek(l) == '^';
    rx_skip(l, negated);
    for (bool first = true; first || rx_peek(l) != ']'; first = false) {
        bool handled;
        if (!lex_posix(l, a, fold, set, &handled))
            return false;
        if (!handled && !rx_lex_class_escape(l, a, fold, set, &handled))
            return false;
        if (!handled && !lex_range(l, a, fold, class, set))
            return false;
    }
    rx_skip(l, 1);
    rune_set_clean(set);
    if (negated)
        rune_set_negate(a, set);
    return true;
}
