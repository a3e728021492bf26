// SPDX-License-Identifier: Apache-2.0
// Words: case by word, snake, kebab and Pascal case, initials, wrapping. goutils v1.1.1, xstrings v1.5.0
#include "common/template/functions.h"
#include "common/text/textcase.h"
#include "common/text/unicode_tables.h"
#include "common/value/utf8.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out

/* ---- what runes are ---- */

static const char *category(uint32_t r) {
    size_t low = 0, high = unicode_n_category_runs;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (unicode_category_runs[mid] >> 8 <= r)
            low = mid;
        else
            high = mid;
    }
    return unicode_category_names[unicode_category_runs[low] & 0xFF];
}

static bool is_space(uint32_t r) {
    return (r >= 9 && r <= 13) || r == ' ' || r == 0x85 || r == 0xA0 || r == 0x1680 ||
           (r >= 0x2000 && r <= 0x200A) || r == 0x2028 || r == 0x2029 || r == 0x202F || r == 0x205F ||
           r == 0x3000;
}

static bool is_upper(uint32_t r) {
    return r < 0x80 ? r >= 'A' && r <= 'Z' : !strcmp(category(r), "Lu");
}

static bool is_lower(uint32_t r) {
    return r < 0x80 ? r >= 'a' && r <= 'z' : !strcmp(category(r), "Ll");
}

static bool is_connector(uint32_t r) {
    return r == '-' || r == '_' || is_space(r);
}

static bool is_punct(uint32_t r) {
    return category(r)[0] == 'P';
}

static bool is_number(uint32_t r) {
    return category(r)[0] == 'N';
}

static bool is_alphabet(uint32_t r) { // xstrings: not in the scripts without case
    if (category(r)[0] != 'L')
        return false;
    bool han = (r >= 0x1780 && r <= 0x17FF) || (r >= 0x0E00 && r <= 0x0E7F) || (r >= 0x1100 && r <= 0x11FF) ||
               (r >= 0x2E80 && r <= 0x9FFF) || (r >= 0xAC00 && r <= 0xD7FF) || (r >= 0xF900 && r <= 0xFAFF);
    return !han;
}

/* ---- case by word ---- */

// strings.Title: letters, digits, _ make words; marks and symbols past ASCII separate only if they are spaces
static bool is_separator(uint32_t r) {
    if (r < 0x80)
        return !((r >= '0' && r <= '9') || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') || r == '_');
    const char *kind = category(r);
    return kind[0] != 'L' && strcmp(kind, "Nd") != 0 && is_space(r);
}

static uint32_t to_title(uint32_t r) {
    switch (r) { // the digraphs have a case of their own
    case 0x1C4:
    case 0x1C6: return 0x1C5;
    case 0x1C7:
    case 0x1C9: return 0x1C8;
    case 0x1CA:
    case 0x1CC: return 0x1CB;
    case 0x1F1:
    case 0x1F3: return 0x1F2;
    case 0x1C5:
    case 0x1C8:
    case 0x1CB:
    case 0x1F2: return r;
    default: return rune_upper(r);
    }
}

typedef uint32_t (*rune_fn)(uint32_t rune, uint32_t before, bool *state);

static bool map_runes(struct tctx *c, struct str s, rune_fn fn, struct tval *out) {
    autobuf b = { 0 };
    uint32_t before = ' ', r;
    bool state = true;
    for (size_t i = 0; i < s.n;) {
        i += utf8_decode(str_sub(s, i, s.n), &r);
        utf8_put(&b, fn(r, before, &state));
        before = r;
    }
    return tctx_text(c, &b, out);
}

static uint32_t title_rune(uint32_t r, uint32_t before, bool *state) {
    (void)state;
    return is_separator(before) ? to_title(r) : r;
}

static uint32_t untitle_rune(uint32_t r, uint32_t before, bool *next) {
    (void)before;
    if (is_space(r))
        return *next = true, r;
    uint32_t result = *next ? rune_lower(r) : r;
    *next = false;
    return result;
}

static uint32_t swap_rune(uint32_t r, uint32_t before, bool *space) {
    (void)before;
    if (is_upper(r) || !strcmp(category(r), "Lt"))
        return *space = false, rune_lower(r);
    if (!is_lower(r))
        return *space = is_space(r), r;
    uint32_t result = *space ? to_title(r) : rune_upper(r);
    *space = false;
    return result;
}

static bool fn_title(ARGS) {
    (void)n;
    return map_runes(c, args[0].s, title_rune, out);
}

static bool fn_untitle(ARGS) {
    (void)n;
    return map_runes(c, args[0].s, untitle_rune, out);
}

static bool fn_swapcase(ARGS) {
    (void)n;
    return map_runes(c, args[0].s, swap_rune, out);
}

static bool fn_initials(ARGS) {
    autobuf b = { 0 };
    bool gap = true;
    (void)n;
    for (size_t i = 0; i < args[0].s.n; i++) { // goutils takes each byte for a rune
        unsigned char ch = (unsigned char)args[0].s.p[i];
        if (is_space(ch)) {
            gap = true;
        } else if (gap) {
            utf8_put(&b, ch);
            gap = false;
        }
    }
    return tctx_text(c, &b, out);
}

/* ---- snake and kebab case ---- */

enum word { WORD_NONE, WORD_NUMBER, WORD_UPPER, WORD_ALPHABET, WORD_CONNECTOR, WORD_PUNCT, WORD_OTHER };

struct words {
    struct str rest;
    enum word type;
    struct str word;
};

// The next valid rune; invalid bytes before it belong to it. At the end: `before`.
static uint32_t valid_rune(struct str s, uint32_t before, size_t *size) {
    *size = 0;
    while (s.n) {
        uint32_t r;
        size_t k = utf8_decode(s, &r);
        *size += k;
        if (r != UTF8_BAD)
            return r;
        s = str_sub(s, k, s.n);
    }
    return before;
}

static bool in_connector(uint32_t r) {
    return is_connector(r);
}

static bool in_alphabet(uint32_t r) {
    return is_alphabet(r) && !is_upper(r);
}

static bool in_other(uint32_t r) {
    return !is_connector(r) && !is_alphabet(r) && !is_number(r) && !is_punct(r);
}

// How far runes of a kind go from `at`. *last_size: of the last one.
static size_t run_of(struct str s, size_t at, bool (*fn)(uint32_t), uint32_t *r, size_t *last_size) {
    while (at < s.n) {
        size_t size;
        *r = valid_rune(str_sub(s, at, s.n), *r, &size);
        if (!size || !fn(*r))
            break;
        *last_size = size;
        at += size;
    }
    return at;
}

static size_t upper_word(struct str s, size_t size, uint32_t r) {
    size_t at = size, next;
    if (at >= s.n)
        return at;
    r = valid_rune(str_sub(s, at, s.n), r, &next);
    if (is_upper(r)) {
        size_t last = next;
        at = run_of(s, at + next, is_upper, &r, &last);
        return at < s.n && is_alphabet(r) ? at - last : at;
    }
    size_t last = next;
    return is_alphabet(r) ? run_of(s, at + next, in_alphabet, &r, &last) : at;
}

static void next_word(struct words *w) {
    struct str s = w->rest;
    size_t size, at, last = 0;
    w->type = WORD_NONE;
    w->word = str_sub(s, 0, 0);
    if (!s.n)
        return;
    uint32_t r = valid_rune(s, UTF8_BAD, &size);
    at = size;
    if (r == UTF8_BAD) {
        at = size;
    } else if (is_connector(r)) {
        w->type = WORD_CONNECTOR;
        at = run_of(s, at, in_connector, &r, &last);
    } else if (is_punct(r)) {
        w->type = WORD_PUNCT;
        at = run_of(s, at, is_punct, &r, &last);
    } else if (is_upper(r)) {
        w->type = WORD_UPPER;
        at = upper_word(s, size, r);
    } else if (is_alphabet(r)) {
        w->type = WORD_ALPHABET;
        at = run_of(s, at, in_alphabet, &r, &last);
    } else if (is_number(r)) {
        w->type = WORD_NUMBER;
        at = run_of(s, at, is_number, &r, &last);
    } else {
        w->type = WORD_OTHER;
        at = run_of(s, at, in_other, &r, &last);
    }
    w->word = str_sub(s, 0, at);
    w->rest = str_sub(s, at, s.n);
}

static void put_word(struct buf *b, enum word type, struct str s, char connector) {
    if (type != WORD_UPPER && type != WORD_CONNECTOR) {
        buf_put_str(b, s);
        return;
    }
    for (size_t i = 0; i < s.n;) {
        uint32_t r;
        i += utf8_decode(str_sub(s, i, s.n), &r);
        utf8_put(b, is_connector(r) ? (uint32_t)connector : is_upper(r) ? rune_lower(r) : r);
    }
}

static bool joins(enum word type) {
    return type != WORD_CONNECTOR && type != WORD_PUNCT;
}

static void put_alphanumeric(struct buf *b, struct words *w, char connector) {
    while (w->type == WORD_ALPHABET || w->type == WORD_NUMBER) {
        put_word(b, w->type, w->word, connector);
        next_word(w);
    }
    if (w->type != WORD_NONE && joins(w->type))
        buf_putc(b, connector);
}

// Behind a word of letters: digits that follow may belong to what comes after them.
static void after_letters(struct buf *b, struct words *w, char connector) {
    if (w->type != WORD_NUMBER) {
        if (joins(w->type))
            buf_putc(b, connector);
        return;
    }
    if (!w->rest.n)
        return;
    struct str digits = w->word;
    next_word(w);
    if (w->type != WORD_ALPHABET) {
        put_word(b, WORD_NUMBER, digits, connector);
        if (joins(w->type))
            buf_putc(b, connector);
        return;
    }
    buf_putc(b, connector);
    put_word(b, WORD_NUMBER, digits, connector);
    put_alphanumeric(b, w, connector);
}

static bool split_case(struct tctx *c, struct str s, char connector, struct tval *out) {
    autobuf b = { 0 };
    struct words w = { .rest = s };
    next_word(&w);
    while (w.rest.n) {
        if (w.type != WORD_CONNECTOR)
            put_word(&b, w.type, w.word, connector);
        enum word before = w.type;
        struct str last = w.word;
        next_word(&w);
        if (before == WORD_NUMBER)
            put_alphanumeric(&b, &w, connector);
        else if (before == WORD_CONNECTOR)
            put_word(&b, before, last, connector);
        else if (before != WORD_PUNCT)
            after_letters(&b, &w, connector);
    }
    put_word(&b, w.type, w.word, connector);
    return tctx_text(c, &b, out);
}

static bool fn_snakecase(ARGS) {
    (void)n;
    return split_case(c, args[0].s, '_', out);
}

static bool fn_kebabcase(ARGS) {
    (void)n;
    return split_case(c, args[0].s, '-', out);
}

static bool fn_camelcase(ARGS) { // xstrings.ToPascalCase
    struct str s = args[0].s;
    autobuf b = { 0 };
    bool first_upper = false;
    uint32_t r0 = 0, r1;
    size_t i = 0, size = 0;
    (void)n;
    while (i < s.n) {
        i += size = utf8_decode(str_sub(s, i, s.n), &r0);
        if (!is_connector(r0)) {
            first_upper = is_upper(r0);
            r0 = rune_upper(r0);
            break;
        }
        utf8_put(&b, r0);
    }
    if (i >= s.n) {
        if (size)
            utf8_put(&b, r0);
        return tctx_text(c, &b, out);
    }
    while (i < s.n) {
        r1 = r0;
        i += utf8_decode(str_sub(s, i, s.n), &r0);
        if (is_connector(r0) && is_connector(r1)) {
            utf8_put(&b, r1);
            continue;
        }
        if (is_connector(r1)) {
            first_upper = is_upper(r0);
            r0 = rune_upper(r0);
            continue;
        }
        if (first_upper && is_upper(r0))
            r0 = rune_lower(r0);
        else
            first_upper = false;
        utf8_put(&b, r1);
    }
    utf8_put(&b, r0);
    return tctx_text(c, &b, out);
}

/* ---- wrap ---- */

static ptrdiff_t last_space(struct str s, size_t from, size_t to) {
    for (size_t i = to; i > from; i--)
        if (s.p[i - 1] == ' ')
            return (ptrdiff_t)i - 1;
    return -1;
}

static bool wrap(struct tctx *c, struct str s, int64_t width, struct str line_end, bool cut_words,
                 struct tval *out) {
    autobuf b = { 0 };
    size_t at = 0, w = width < 1 ? 1 : (uint64_t)width > s.n ? s.n + 1 : (size_t)width;
    if (!line_end.n)
        line_end = STR("\n");
    while (s.n - at > w) {
        if (s.p[at] == ' ') {
            at++;
            continue;
        }
        ptrdiff_t space = last_space(s, at, at + w + 1);
        if (space < 0 && !cut_words) {
            ptrdiff_t next = str_chr(str_sub(s, at + w, s.n), ' ');
            if (next < 0)
                break;
            space = next + (ptrdiff_t)(at + w);
        }
        size_t end = space >= 0 ? (size_t)space : at + w;
        buf_put_str(&b, str_sub(s, at, end));
        buf_put_str(&b, line_end);
        at = space >= 0 ? end + 1 : end;
        if (!tctx_room(c, b.n))
            return false;
    }
    buf_put_str(&b, str_sub(s, at, s.n));
    return tctx_text(c, &b, out);
}

static bool fn_wrap(ARGS) {
    (void)n;
    return wrap(c, args[1].s, args[0].i, STR(""), false, out);
}

static bool fn_wrap_with(ARGS) {
    (void)n;
    return wrap(c, args[2].s, args[0].i, args[1].s, true, out);
}

const struct tfunction functions_text[] = {
    { "title", "s", fn_title },          { "untitle", "s", fn_untitle },
    { "swapcase", "s", fn_swapcase },    { "initials", "s", fn_initials },
    { "snakecase", "s", fn_snakecase },  { "kebabcase", "s", fn_kebabcase },
    { "camelcase", "s", fn_camelcase },  { "wrap", "is", fn_wrap },
    { "wrapWith", "iss", fn_wrap_with }, { 0 },
};
