// SPDX-License-Identifier: Apache-2.0
// YAML writer: the upper half, from values to the emitter. Go: encode.go, sorter.go; sigs.k8s.io/yaml JSONToYAML.
#include "common/value/yaml.h"
#include "common/value/number.h"
#include "common/value/unicode.h"
#include "common/value/utf8.h"
#include "common/value/yaml_emit.h"
#include "common/value/yaml_resolve.h"

#include <math.h>

enum { KEY_BYTES_MAX = 128, WIDTH_V2 = 80 };

struct writer {
    struct yaml_emitter e;
    unsigned flags;
    struct arena a; // texts of numbers and cleaned strings, for one scalar
};

enum place { PLACE_ROOT, PLACE_ITEM, PLACE_VALUE, PLACE_KEY };

// ---- order of keys ----

// One side of a comparison of numbers inside of keys: their value, and where they end.
static int64_t number_at(const uint32_t *r, size_t n, size_t i, int64_t from, size_t *out_end) {
    uint64_t v = (uint64_t)from; // overflow wraps, as in Go
    for (; i < n && unicode_is_digit(r[i]); i++)
        v = v * 10 + (r[i] - (uint64_t)'0');
    *out_end = i;
    return (int64_t)v;
}

struct runes {
    const uint32_t *r;
    size_t n;
};

static int differ_at(struct runes x, struct runes y, size_t i, bool digits, bool v3) {
    bool xl = unicode_is_letter(x.r[i]), yl = unicode_is_letter(y.r[i]);
    if (xl && yl)
        return x.r[i] < y.r[i] ? -1 : 1;
    if (xl || yl) {
        bool less = v3 && digits ? xl : yl;
        return less ? -1 : 1;
    }
    int64_t from = 0;
    if (x.r[i] == '0' || y.r[i] == '0')
        for (size_t j = i; j > 0 && unicode_is_digit(x.r[j - 1]) && !from; j--)
            from = x.r[j - 1] != '0';
    size_t xe, ye;
    int64_t xn = number_at(x.r, x.n, i, from, &xe), yn = number_at(y.r, y.n, i, from, &ye);
    if (xn != yn)
        return xn < yn ? -1 : 1;
    if (xe != ye)
        return xe < ye ? -1 : 1;
    return x.r[i] < y.r[i] ? -1 : 1;
}

static int natural_cmp(struct runes x, struct runes y, bool v3) {
    bool digits = false;
    for (size_t i = 0; i < x.n && i < y.n; i++) {
        if (x.r[i] != y.r[i])
            return differ_at(x, y, i, digits, v3);
        digits = unicode_is_digit(x.r[i]);
    }
    return x.n < y.n ? -1 : x.n > y.n;
}

struct ordered {
    const struct value_pair *pair;
    struct runes runes;
    bool v3;
};

static int ordered_cmp(const void *p, const void *q) {
    const struct ordered *x = p, *y = q;
    return natural_cmp(x->runes, y->runes, x->v3);
}

static int bytes_cmp(const void *p, const void *q) {
    return str_cmp(((const struct ordered *)p)->pair->key, ((const struct ordered *)q)->pair->key);
}

static struct runes runes_of(struct str s, uint32_t *room) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; n++)
        i += utf8_decode(str_sub(s, i, s.n), &room[n]);
    return (struct runes) { room, n };
}

static const struct value_pair **pairs_in_order(const struct writer *w, const struct value *v) {
    const struct value_pair **out = calloc(v->map.n, sizeof *out);
    if (!out)
        abort();
    for (size_t i = 0; i < v->map.n; i++)
        out[i] = &v->map.pairs[i];
    if ((w->flags & YAML_WRITE_KEEP_ORDER) || v->map.n < 2)
        return out;
    size_t room = 0, at = 0;
    for (size_t i = 0; i < v->map.n; i++)
        room += v->map.pairs[i].key.n;
    uint32_t *runes = calloc(room + 1, sizeof *runes);
    struct ordered *order = calloc(v->map.n, sizeof *order);
    if (!runes || !order)
        abort();
    for (size_t i = 0; i < v->map.n; i++) {
        order[i] = (struct ordered) { out[i], runes_of(out[i]->key, runes + at), w->e.v3 };
        at += order[i].runes.n;
    }
    // the natural order is not transitive (upstream's neither): start from one that is, so that the same keys always come out alike
    qsort(order, v->map.n, sizeof *order, bytes_cmp);
    qsort(order, v->map.n, sizeof *order, ordered_cmp);
    for (size_t i = 0; i < v->map.n; i++)
        out[i] = order[i].pair;
    free(order);
    free(runes);
    return out;
}

// ---- scalars ----

static bool is_styled(enum value_style s) {
    return s >= VALUE_STYLE_SINGLE_QUOTED && s <= VALUE_STYLE_FOLDED;
}

static enum value_style string_style(const struct writer *w, struct str s, enum value_style kept) {
    if ((w->flags & YAML_WRITE_STYLES) && is_styled(kept))
        return kept;
    if (str_chr(s, '\n') >= 0)
        return VALUE_STYLE_LITERAL;
    if ((w->flags & YAML_WRITE_PLAIN) && kept == VALUE_STYLE_PLAIN)
        return VALUE_STYLE_PLAIN;
    bool v3 = w->e.v3;
    bool plain =
        yaml_resolve(s, v3, true).kind == YAML_STR && !yaml_is_base60(s) && !(v3 && yaml_is_old_bool(s));
    return plain ? VALUE_STYLE_PLAIN : VALUE_STYLE_DOUBLE_QUOTED;
}

/* On its way through JSON (sigs.k8s.io/yaml) a string is read by a YAML scanner, to which U+0085 is a line break: it folds to
 * a blank together with the blanks around it. */
static struct str fold_next_line(struct writer *w, struct str s) {
    autobuf b = { 0 };
    for (size_t i = 0; i < s.n;) {
        if (!str_starts(str_sub(s, i, s.n), "\xC2\x85")) {
            buf_putc(&b, s.p[i++]);
            continue;
        }
        size_t breaks = 0;
        while (b.n && (b.p[b.n - 1] == ' '))
            b.n--;
        for (;; breaks++) {
            while (i < s.n && s.p[i] == ' ')
                i++;
            if (!str_starts(str_sub(s, i, s.n), "\xC2\x85"))
                break;
            i += 2;
        }
        buf_puts(&b, breaks == 1 ? " " : "");
        for (size_t k = 1; k < breaks; k++)
            buf_putc(&b, '\n');
    }
    return arena_str(&w->a, buf_str(&b));
}

// Invalid UTF-8 becomes U+FFFD (encoding/json).
static struct str clean_string(struct writer *w, struct str s) {
    if (!utf8_valid(s)) {
        autobuf b = { 0 };
        for (size_t i = 0; i < s.n;) {
            uint32_t rune;
            i += utf8_decode(str_sub(s, i, s.n), &rune);
            utf8_put(&b, rune);
        }
        s = arena_str(&w->a, buf_str(&b));
    }
    if (!w->e.v3 && str_find(s, STR("\xC2\x85")) >= 0)
        s = fold_next_line(w, s);
    return s;
}

// Decimal digits that fit 64 bits, in their shortest form; else NULL.
static const char *integer_text(struct arena *a, struct str s) {
    int64_t i;
    uint64_t u;
    if (s.n && s.p[0] != '+' && str_to_i64(s, &i))
        return arena_fmt(a, "%lld", (long long)i);
    return str_to_u64(s, &u) ? arena_fmt(a, "%llu", (unsigned long long)u) : NULL;
}

// The number as JSON has it, then as the YAML reader takes it: an integer if it fits 64 bits.
static const char *float_text(struct writer *w, const struct value *v) {
    char json[NUMBER_TEXT];
    if ((w->flags & YAML_WRITE_STYLES) && v->text)
        return v->text;
    if (isnan(v->f))
        return ".nan";
    if (isinf(v->f))
        return v->f > 0 ? ".inf" : "-.inf";
    const char *integer = v->text ? integer_text(&w->a, str_of(v->text)) : NULL;
    if (integer)
        return integer;
    size_t n = number_fmt_json(v->f, json);
    if (!w->e.v3 && (integer = integer_text(&w->a, str_make(json, n))))
        return integer;
    n = number_fmt_g(v->f, json);
    return arena_text(&w->a, json, n);
}

static struct str scalar_text(struct writer *w, const struct value *v, enum value_style *out_style) {
    *out_style = VALUE_STYLE_PLAIN;
    bool keep = (w->flags & YAML_WRITE_STYLES) && v && v->text && v->type != VALUE_STRING;
    if (keep)
        return str_of(v->text);
    if (!v || v->type == VALUE_NULL)
        return STR("null");
    switch (v->type) {
    case VALUE_BOOL: return v->b ? STR("true") : STR("false");
    case VALUE_INT: return str_of(arena_fmt(&w->a, "%lld", (long long)v->i));
    case VALUE_FLOAT: return str_of(float_text(w, v));
    case VALUE_NULL:
    case VALUE_LIST:
    case VALUE_MAP:
    case VALUE_STRING: break;
    }
    struct str s = clean_string(w, v->s);
    *out_style = string_style(w, s, v->style);
    return s;
}

/* One level deeper, aligned to the step (yaml.v3 with SetIndent). Behind "- " it is always the two columns of that. */
static long deeper(const struct writer *w, enum place place) {
    long step = w->flags & YAML_WRITE_INDENT_4 ? 4 : 2;
    if (w->e.indent < 0)
        return step;
    return place == PLACE_ITEM ? w->e.indent + 2 : (w->e.indent + step) / step * step;
}

static void put_scalar(struct writer *w, struct str s, enum value_style want, bool simple_key,
                       enum place place) {
    struct yaml_analysis an = yaml_analyze(s, w->e.v3);
    enum value_style style = yaml_pick_style(&w->e, s, &an, want, simple_key);
    long indent = w->e.indent;
    w->e.indent = deeper(w, place);
    yaml_emit_scalar(&w->e, s, style, simple_key);
    w->e.indent = indent;
}

// ---- collections ----

static void put_value(struct writer *w, const struct value *v, enum place place);

static bool is_simple_key(const struct writer *w, struct str key) {
    return key.n <= KEY_BYTES_MAX && !yaml_analyze(key, w->e.v3).multiline;
}

static void put_key(struct writer *w, const struct value_pair *p, bool simple) {
    struct arena_mark m = arena_mark(&w->a);
    struct str key = clean_string(w, p->key);
    put_scalar(w, key, string_style(w, key, p->key_style), simple, PLACE_VALUE);
    arena_rewind(&w->a, m);
}

static void put_block_pair(struct writer *w, const struct value_pair *p) {
    struct yaml_emitter *e = &w->e;
    bool simple = is_simple_key(w, p->key);
    yaml_emit_indent(e);
    if (!simple)
        yaml_emit_indicator(e, "?", true, false, true);
    put_key(w, p, simple);
    if (!simple)
        yaml_emit_indent(e);
    yaml_emit_indicator(e, ":", !simple, false, !simple);
    put_value(w, p->value, PLACE_VALUE);
}

static void put_block_map(struct writer *w, const struct value *v, enum place place) {
    const struct value_pair **pairs = pairs_in_order(w, v);
    long indent = w->e.indent;
    w->e.indent = indent < 0 ? 0 : deeper(w, place);
    for (size_t i = 0; i < v->map.n; i++)
        put_block_pair(w, pairs[i]);
    w->e.indent = indent;
    free(pairs);
}

static void put_block_list(struct writer *w, const struct value *v, enum place place) {
    struct yaml_emitter *e = &w->e;
    long indent = e->indent;
    bool in_map = place == PLACE_VALUE && (!e->indention || (e->v3 && e->column == 0));
    if (indent < 0)
        e->indent = 0;
    else if (!in_map || (w->flags & YAML_WRITE_WIDE_LISTS))
        e->indent = deeper(w, place);
    for (size_t i = 0; i < v->list.n; i++) {
        yaml_emit_indent(e);
        yaml_emit_indicator(e, "-", true, false, true);
        put_value(w, v->list.items[i], PLACE_ITEM);
    }
    e->indent = indent;
}

static void flow_begin(struct writer *w, const char *bracket) {
    yaml_emit_indicator(&w->e, bracket, true, true, false);
    w->e.indent = deeper(w, PLACE_VALUE);
    w->e.flow_level++;
}

static void flow_separate(struct writer *w, bool first) {
    if (!first)
        yaml_emit_indicator(&w->e, ",", false, false, false);
    if (w->e.column > (long)w->e.best_width || (w->e.v3 && w->e.column == 0))
        yaml_emit_indent(&w->e);
}

static void flow_end(struct writer *w, const char *bracket, long indent) {
    w->e.flow_level--;
    w->e.indent = indent;
    yaml_emit_indicator(&w->e, bracket, false, false, false);
}

static void put_flow_list(struct writer *w, const struct value *v) {
    long indent = w->e.indent;
    flow_begin(w, "[");
    for (size_t i = 0; i < v->list.n; i++) {
        flow_separate(w, i == 0);
        put_value(w, v->list.items[i], PLACE_ITEM);
    }
    flow_end(w, "]", indent);
}

static void put_flow_map(struct writer *w, const struct value *v) {
    long indent = w->e.indent;
    const struct value_pair **pairs = pairs_in_order(w, v);
    flow_begin(w, "{");
    for (size_t i = 0; i < v->map.n; i++) {
        flow_separate(w, i == 0);
        bool simple = is_simple_key(w, pairs[i]->key);
        if (!simple)
            yaml_emit_indicator(&w->e, "?", true, false, false);
        put_key(w, pairs[i], simple);
        yaml_emit_indicator(&w->e, ":", !simple, false, false);
        put_value(w, pairs[i]->value, PLACE_VALUE);
    }
    flow_end(w, "}", indent);
    free(pairs);
}

static void put_value(struct writer *w, const struct value *v, enum place place) {
    bool list = value_is(v, VALUE_LIST), map = value_is(v, VALUE_MAP);
    if (list || map) {
        bool flow = w->e.flow_level || value_len(v) == 0 ||
                    ((w->flags & YAML_WRITE_STYLES) && v->style == VALUE_STYLE_FLOW);
        if (flow && map)
            put_flow_map(w, v);
        else if (flow)
            put_flow_list(w, v);
        else if (map)
            put_block_map(w, v, place);
        else
            put_block_list(w, v, place);
        return;
    }
    struct arena_mark m = arena_mark(&w->a);
    enum value_style style;
    struct str s = scalar_text(w, v, &style);
    put_scalar(w, s, style, false, place);
    arena_rewind(&w->a, m);
}

void yaml_write(struct buf *out, const struct value *v, unsigned flags) {
    struct writer w = { .flags = flags };
    bool v3 = flags & YAML_WRITE_V3;
    yaml_emit_init(&w.e, out, v3, v3 ? SIZE_MAX >> 1 : WIDTH_V2);
    put_value(&w, v, PLACE_ROOT);
    yaml_emit_indent(&w.e); // ends the last line, unless a block scalar did
    arena_done(&w.a);
}
