// SPDX-License-Identifier: Apache-2.0
// Scalars and columns of the YAML writer. Go: go.yaml.in/yaml/{v2,v3} emitterc.go.
#include "common/value/yaml_emit.h"
#include "common/value/utf8.h"

#include <stdio.h>

static size_t width_at(struct str s, size_t i) {
    unsigned char c = (unsigned char)s.p[i];
    size_t n = c < 0x80 ? 1 : (c & 0xE0) == 0xC0 ? 2 : (c & 0xF0) == 0xE0 ? 3 : 4;
    return n < s.n - i ? n : s.n - i;
}

static bool starts_at(struct str s, size_t i, const char *bytes, size_t n) {
    return s.n - i >= n && memcmp(s.p + i, bytes, n) == 0;
}

static bool is_break(struct str s, size_t i) {
    return i < s.n && (s.p[i] == '\r' || s.p[i] == '\n' || starts_at(s, i, "\xC2\x85", 2) ||
                       starts_at(s, i, "\xE2\x80\xA8", 3) || starts_at(s, i, "\xE2\x80\xA9", 3));
}

static bool is_space(struct str s, size_t i) {
    return i < s.n && s.p[i] == ' ';
}

static bool is_blank(struct str s, size_t i) {
    return i < s.n && (s.p[i] == ' ' || s.p[i] == '\t');
}

static bool is_blank_or_end(struct str s, size_t i) {
    return i >= s.n || s.p[i] == '\0' || is_blank(s, i) || is_break(s, i);
}

static bool is_printable(struct str s, size_t i) {
    unsigned char c = (unsigned char)s.p[i];
    unsigned char d = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;
    unsigned char e = i + 2 < s.n ? (unsigned char)s.p[i + 2] : 0;
    if (c == 0x0A || (c >= 0x20 && c <= 0x7E) || (c == 0xC2 && d >= 0xA0) || (c > 0xC2 && c < 0xED))
        return true;
    if (c == 0xED || c == 0xEE)
        return c == 0xEE || d < 0xA0;
    return c == 0xEF && !(d == 0xBB && e == 0xBF) && !(d == 0xBF && (e == 0xBE || e == 0xBF));
}

// ---- columns ----

void yaml_emit_init(struct yaml_emitter *e, struct buf *out, bool v3, size_t best_width) {
    *e = (struct yaml_emitter) {
        .out = out, .v3 = v3, .best_width = best_width, .indent = -1, .whitespace = true, .indention = true
    };
}

static void put(struct yaml_emitter *e, char c) {
    buf_putc(e->out, c);
    e->column++;
}

static void put_break(struct yaml_emitter *e) {
    buf_putc(e->out, '\n');
    e->column = 0;
    if (e->v3)
        e->indention = true;
}

static void write_rune(struct yaml_emitter *e, struct str s, size_t *i) {
    size_t n = width_at(s, *i);
    buf_add(e->out, s.p + *i, n);
    e->column++;
    *i += n;
}

// A line break of the text: as it is, unless it is a line feed.
static void write_break(struct yaml_emitter *e, struct str s, size_t *i) {
    if (s.p[*i] == '\n') {
        put_break(e);
        (*i)++;
        return;
    }
    write_rune(e, s, i);
    e->column = 0;
    if (e->v3)
        e->indention = true;
}

void yaml_emit_indent(struct yaml_emitter *e) {
    long indent = e->indent < 0 ? 0 : e->indent;
    if (!e->indention || e->column > indent || (e->column == indent && !e->whitespace))
        put_break(e);
    while (e->column < indent)
        put(e, ' ');
    e->whitespace = true;
    if (!e->v3)
        e->indention = true;
}

void yaml_emit_indicator(struct yaml_emitter *e, const char *text, bool need_blank, bool blank,
                         bool is_indention) {
    if (need_blank && !e->whitespace)
        put(e, ' ');
    for (; *text; text++)
        put(e, *text);
    e->whitespace = blank;
    e->indention = e->indention && is_indention;
}

// ---- analysis ----

struct scan {
    bool block_indicators, flow_indicators, line_breaks, special, tabs;
    bool leading_space, leading_break, trailing_space, trailing_break, break_space, space_break;
    bool previous_space, previous_break;
};

static void scan_indicators(struct scan *c, struct str s, size_t i, bool preceded_by_blank) {
    size_t w = width_at(s, i);
    bool followed_by_blank = i + w >= s.n || is_blank(s, i + w);
    char ch = s.p[i];
    if (i == 0 && strchr("#,[]{}&*!|>'\"%@`", ch)) {
        c->flow_indicators = c->block_indicators = true;
    } else if (ch == ':' || (i == 0 && ch == '?')) {
        c->flow_indicators = true;
        c->block_indicators |= followed_by_blank;
    } else if (i == 0 && ch == '-' && followed_by_blank) {
        c->flow_indicators = c->block_indicators = true;
    } else if (i > 0 && strchr(",?[]{}", ch)) {
        c->flow_indicators = true;
    } else if (i > 0 && ch == '#' && preceded_by_blank) {
        c->flow_indicators = c->block_indicators = true;
    }
}

static void scan_blanks(struct scan *c, struct str s, size_t i) {
    bool first = i == 0, last = i + width_at(s, i) == s.n;
    bool space = is_space(s, i), brk = is_break(s, i);
    c->leading_space |= space && first;
    c->trailing_space |= space && last;
    c->break_space |= space && c->previous_break;
    c->line_breaks |= brk;
    c->leading_break |= brk && first;
    c->trailing_break |= brk && last;
    c->space_break |= brk && c->previous_space;
    c->previous_space = space;
    c->previous_break = brk;
}

// A letter or digit, then those and "./_-": most texts.
static bool is_word(struct str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], lower = (char)(c | 0x20);
        bool plain = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (i == 0 || (c != '-' && c != '_' && c != '.' && c != '/')))
            return false;
    }
    return true;
}

struct yaml_analysis yaml_analyze(struct str s, bool v3) {
    struct scan c = { 0 };
    if (!s.n)
        return (struct yaml_analysis) { .block_plain = true, .single_quoted = true };
    if (is_word(s))
        return (struct yaml_analysis) {
            .flow_plain = true, .block_plain = true, .single_quoted = true, .block = true
        };
    if (str_starts(s, "---") || str_starts(s, "..."))
        c.flow_indicators = c.block_indicators = true;
    bool preceded = true;
    for (size_t i = 0; i < s.n; i += width_at(s, i)) {
        if (s.p[i])
            scan_indicators(&c, s, i, preceded);
        if (v3 && s.p[i] == '\t')
            c.tabs = true;
        else if (!is_printable(s, i))
            c.special = true;
        scan_blanks(&c, s, i);
        preceded = is_blank_or_end(s, i);
    }
    bool hard = c.space_break || c.special,
         ends = c.leading_space || c.leading_break || c.trailing_space || c.trailing_break;
    bool plain = !ends && !c.break_space && !hard && !c.tabs && !c.line_breaks;
    return (struct yaml_analysis) {
        .multiline = c.line_breaks,
        .flow_plain = plain && !c.flow_indicators,
        .block_plain = plain && !c.block_indicators,
        .single_quoted = !c.break_space && !hard && !c.tabs,
        .block = !c.trailing_space && !hard,
    };
}

enum value_style yaml_pick_style(const struct yaml_emitter *e, struct str s, const struct yaml_analysis *an,
                                 enum value_style want, bool simple_key) {
    enum value_style style = want;
    if (simple_key && an->multiline)
        style = VALUE_STYLE_DOUBLE_QUOTED;
    if (style == VALUE_STYLE_PLAIN) {
        if (e->flow_level ? !an->flow_plain : !an->block_plain)
            style = VALUE_STYLE_SINGLE_QUOTED;
        if (!s.n && (e->flow_level || simple_key))
            style = VALUE_STYLE_SINGLE_QUOTED;
    }
    if (style == VALUE_STYLE_SINGLE_QUOTED && !an->single_quoted)
        style = VALUE_STYLE_DOUBLE_QUOTED;
    if ((style == VALUE_STYLE_LITERAL || style == VALUE_STYLE_FOLDED) &&
        (!an->block || e->flow_level || simple_key))
        style = VALUE_STYLE_DOUBLE_QUOTED;
    return style;
}

// ---- plain and single-quoted ----

static void write_flowing(struct yaml_emitter *e, struct str s, bool quoted, bool allow_breaks) {
    bool spaces = false, breaks = false;
    for (size_t i = 0; i < s.n;) {
        if (is_space(s, i)) {
            bool inside = !quoted || (i > 0 && i < s.n - 1);
            if (allow_breaks && !spaces && e->column > (long)e->best_width && inside && !is_space(s, i + 1)) {
                yaml_emit_indent(e);
                i++;
            } else {
                write_rune(e, s, &i);
            }
            spaces = true;
        } else if (is_break(s, i)) {
            if (!breaks && s.p[i] == '\n')
                put_break(e);
            write_break(e, s, &i);
            if (!e->v3)
                e->indention = true;
            breaks = true;
        } else {
            if (breaks)
                yaml_emit_indent(e);
            if (quoted && s.p[i] == '\'')
                put(e, '\'');
            write_rune(e, s, &i);
            e->indention = false;
            spaces = breaks = false;
        }
    }
}

static void write_plain(struct yaml_emitter *e, struct str s, bool allow_breaks) {
    if (!e->whitespace && (s.n || !e->v3))
        put(e, ' ');
    write_flowing(e, s, false, allow_breaks);
    if (s.n || !e->v3)
        e->whitespace = false;
    e->indention = false;
}

static void write_single(struct yaml_emitter *e, struct str s, bool allow_breaks) {
    yaml_emit_indicator(e, "'", true, false, false);
    write_flowing(e, s, true, allow_breaks);
    yaml_emit_indicator(e, "'", false, false, false);
    e->whitespace = e->indention = false;
}

// ---- double-quoted ----

static void write_escape(struct yaml_emitter *e, uint32_t rune) {
    static const struct {
        uint32_t rune;
        char letter;
    } letters[] = {
        { 0x00, '0' },  { 0x07, 'a' }, { 0x08, 'b' }, { 0x09, 't' },   { 0x0A, 'n' },
        { 0x0B, 'v' },  { 0x0C, 'f' }, { 0x0D, 'r' }, { 0x1B, 'e' },   { '"', '"' },
        { '\\', '\\' }, { 0x85, 'N' }, { 0xA0, '_' }, { 0x2028, 'L' }, { 0x2029, 'P' },
    };
    char text[16];
    put(e, '\\');
    for (size_t i = 0; i < countof(letters); i++)
        if (letters[i].rune == rune) {
            put(e, letters[i].letter);
            return;
        }
    int n = snprintf(text, sizeof text, rune <= 0xFF ? "x%02X" : rune <= 0xFFFF ? "u%04X" : "U%08X", rune);
    for (int i = 0; i < n; i++)
        put(e, text[i]);
}

static void write_double(struct yaml_emitter *e, struct str s, bool allow_breaks) {
    bool spaces = false, bom = str_starts(s, "\xEF\xBB\xBF"); // Go escapes everything then
    yaml_emit_indicator(e, "\"", true, false, false);
    for (size_t i = 0; i < s.n;) {
        if (!is_printable(s, i) || bom || is_break(s, i) || s.p[i] == '"' || s.p[i] == '\\') {
            uint32_t rune;
            size_t n = utf8_decode(str_sub(s, i, s.n), &rune);
            write_escape(e, rune);
            i += n;
            spaces = false;
        } else if (is_space(s, i)) {
            if (allow_breaks && !spaces && e->column > (long)e->best_width && i > 0 && i < s.n - 1) {
                yaml_emit_indent(e);
                if (is_space(s, i + 1))
                    put(e, '\\');
                i++;
            } else {
                write_rune(e, s, &i);
            }
            spaces = true;
        } else {
            write_rune(e, s, &i);
            spaces = false;
        }
    }
    yaml_emit_indicator(e, "\"", false, false, false);
    e->whitespace = e->indention = false;
}

// ---- literal and folded ----

static size_t rune_before(struct str s, size_t i) {
    do
        i--;
    while (i > 0 && ((unsigned char)s.p[i] & 0xC0) == 0x80);
    return i;
}

static void write_hints(struct yaml_emitter *e, struct str s) {
    if (is_space(s, 0) || is_break(s, 0))
        yaml_emit_indicator(e, "2", false, false, false);
    if (!s.n) {
        yaml_emit_indicator(e, "-", false, false, false);
        return;
    }
    size_t i = rune_before(s, s.n);
    if (!is_break(s, i))
        yaml_emit_indicator(e, "-", false, false, false);
    else if (i == 0 || is_break(s, rune_before(s, i)))
        yaml_emit_indicator(e, "+", false, false, false);
}

static void block_begin(struct yaml_emitter *e, const char *indicator, struct str s) {
    yaml_emit_indicator(e, indicator, true, false, false);
    write_hints(e, s);
    put_break(e);
    if (!e->v3)
        e->indention = true;
    e->whitespace = true;
}

static void block_break(struct yaml_emitter *e, struct str s, size_t *i) {
    write_break(e, s, i);
    if (!e->v3)
        e->indention = true;
}

static void write_literal(struct yaml_emitter *e, struct str s) {
    bool breaks = true;
    block_begin(e, "|", s);
    for (size_t i = 0; i < s.n;) {
        if (is_break(s, i)) {
            block_break(e, s, &i);
            breaks = true;
            continue;
        }
        if (breaks)
            yaml_emit_indent(e);
        write_rune(e, s, &i);
        e->indention = false;
        breaks = false;
    }
}

// Go looks from the text's beginning here, not from the break: kept.
static bool blank_after_breaks(struct str s) {
    size_t k = 0;
    while (is_break(s, k))
        k += width_at(s, k);
    return is_blank_or_end(s, k);
}

static void write_folded(struct yaml_emitter *e, struct str s) {
    bool breaks = true, leading_spaces = true;
    block_begin(e, ">", s);
    for (size_t i = 0; i < s.n;) {
        if (is_break(s, i)) {
            if (!breaks && !leading_spaces && s.p[i] == '\n' && !blank_after_breaks(s))
                put_break(e);
            block_break(e, s, &i);
            breaks = true;
            continue;
        }
        if (breaks) {
            yaml_emit_indent(e);
            leading_spaces = is_blank(s, i);
        }
        if (!breaks && is_space(s, i) && !is_space(s, i + 1) && e->column > (long)e->best_width) {
            yaml_emit_indent(e);
            i++;
        } else {
            write_rune(e, s, &i);
        }
        e->indention = false;
        breaks = false;
    }
}

void yaml_emit_scalar(struct yaml_emitter *e, struct str s, enum value_style style, bool simple_key) {
    switch (style) {
    case VALUE_STYLE_ANY:
    case VALUE_STYLE_FLOW:
    case VALUE_STYLE_BLOCK:
    case VALUE_STYLE_PLAIN: write_plain(e, s, !simple_key); break;
    case VALUE_STYLE_SINGLE_QUOTED: write_single(e, s, !simple_key); break;
    case VALUE_STYLE_DOUBLE_QUOTED: write_double(e, s, !simple_key); break;
    case VALUE_STYLE_LITERAL: write_literal(e, s); break;
    case VALUE_STYLE_FOLDED: write_folded(e, s); break;
    }
}
