// SPDX-License-Identifier: Apache-2.0
// JSON reader: recursive descent over the whole text. Children are collected on two stacks and copied once at
// their size.
#include "common/value/json.h"
#include "common/base/limits.h"
#include "common/value/map_index.h"
#include "common/value/number.h"
#include "common/value/utf8.h"

#include <stdio.h>

enum { KEY_CACHE = 128, NODE_BLOCK_MAX = 64, TEXT_BLOCK_MAX = 4096 };

struct reader {
    struct arena *a;
    const char *p, *start, *end;
    struct err *err;
    unsigned depth;
    struct value *nodes; // the rest of a block of nodes
    size_t n_nodes, block;
    char *texts; // the rest of a block of strings: they need no alignment
    size_t n_texts, text_block;
    struct value **items; // elements of the lists that are open
    size_t n_items, cap_items;
    struct value_pair *pairs; // and of the maps
    size_t n_pairs, cap_pairs;
    struct buf scratch;
    struct str keys[KEY_CACHE]; // keys seen before: Kubernetes repeats them all the time
};

static void *grow(void *p, size_t *cap, size_t size) {
    *cap = *cap ? *cap * 2 : 64;
    p = reallocarray(p, *cap, size);
    if (!p)
        abort();
    return p;
}

static struct value *node(struct reader *r, enum value_type type) {
    if (!r->n_nodes) {
        r->block = r->block < NODE_BLOCK_MAX ? r->block * 2 : NODE_BLOCK_MAX;
        r->nodes = arena_array(r->a, struct value, r->block);
        r->n_nodes = r->block;
    }
    struct value *v = r->nodes++;
    r->n_nodes--;
    v->type = type;
    return v;
}

// A copy with a NUL behind it.
static struct str keep(struct reader *r, struct str s) {
    if (s.n >= TEXT_BLOCK_MAX / 4)
        return arena_str(r->a, s);
    if (s.n + 1 > r->n_texts) {
        r->text_block = r->text_block < TEXT_BLOCK_MAX ? r->text_block * 2 : TEXT_BLOCK_MAX;
        r->n_texts = r->text_block > s.n ? r->text_block : s.n + 1;
        r->texts = arena_alloc(r->a, r->n_texts);
    }
    char *p = r->texts;
    memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    r->texts += s.n + 1;
    r->n_texts -= s.n + 1;
    return (struct str) { p, s.n };
}

static bool fail_kind(struct reader *r, enum err_kind kind, const char *at, const char *what) {
    size_t line = 1;
    const char *bol = r->start;
    for (const char *p = r->start; p < at; p++)
        if (*p == '\n') {
            line++;
            bol = p + 1;
        }
    return err_set(r->err, kind, "line %zu, column %zu: %s", line, (size_t)(at - bol) + 1, what);
}

// The words of encoding/json: "invalid character 'x' after object key", or the end of the input.
static bool fail(struct reader *r, const char *at, const char *context) {
    if (at >= r->end)
        return fail_kind(r, ERR_INVALID, at, "unexpected end of JSON input");
    char c[24];
    unsigned char u = (unsigned char)*at;
    if (u == '\'')
        memcpy(c, "'\\''", 5);
    else if (u == '\\')
        memcpy(c, "'\\\\'", 5);
    else if (u == '\n' || u == '\t' || u == '\r')
        snprintf(c, sizeof c, "'\\%c'", u == '\n' ? 'n' : u == '\t' ? 't' : 'r');
    else if (u < 0x20 || u == 0x7F)
        snprintf(c, sizeof c, "'\\x%02x'", u);
    else if (u < 0x7F)
        snprintf(c, sizeof c, "'%c'", u);
    else if (u < 0xA0 || u == 0xAD) // Go reads one byte as a Latin-1 rune
        snprintf(c, sizeof c, "'\\u%04x'", u);
    else
        snprintf(c, sizeof c, "'%c%c'", 0xC0 | u >> 6, 0x80 | (u & 0x3F));
    return fail_kind(r, ERR_INVALID, at, arena_fmt(r->err->a, "invalid character %s %s", c, context));
}

static void skip_blanks(struct reader *r) {
    const char *p = r->p;
    while (p < r->end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    r->p = p;
}

// ---- strings ----

#define BYTES(c) (0x0101010101010101ull * (unsigned char)(c))
#define HAS_ZERO(w) (((w)-BYTES(1)) & ~(w)&BYTES(0x80))

// Past the run of bytes that stand for themselves and are ASCII.
static const char *plain_run(const char *p, const char *end) {
    uint64_t w;
    while (end - p >= 8) {
        memcpy(&w, p, 8);
        uint64_t stop = HAS_ZERO(w ^ BYTES('"')) | HAS_ZERO(w ^ BYTES('\\')) | ((w - BYTES(0x20)) & ~w) | w;
        if (stop & BYTES(0x80)) { // the lowest mark is exact, those above may be borrowed
            if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
                return p + __builtin_ctzll(stop & BYTES(0x80)) / 8;
            break;
        }
        p += 8;
    }
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80)
        p++;
    return p;
}

static bool hex4(struct reader *r, uint32_t *out) {
    uint32_t v = 0;
    for (int i = 0; i < 4; i++, r->p++) {
        char c = r->p < r->end ? *r->p : '\0';
        char l = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            v = v << 4 | (uint32_t)(c - '0');
        else if (l >= 'a' && l <= 'f')
            v = v << 4 | (uint32_t)(l - 'a' + 10);
        else
            return fail(r, r->p, "in \\u hexadecimal character escape");
    }
    *out = v;
    return true;
}

// A \u escape; r->p is behind the u. Half a surrogate pair is U+FFFD, as encoding/json.
static bool read_u(struct reader *r) {
    uint32_t rune, low;
    if (!hex4(r, &rune))
        return false;
    if (rune >= 0xD800 && rune < 0xDC00 && r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u') {
        const char *back = r->p;
        r->p += 2;
        if (!hex4(r, &low))
            return false;
        if (low >= 0xDC00 && low < 0xE000)
            rune = 0x10000 + ((rune - 0xD800) << 10 | (low - 0xDC00));
        else
            r->p = back;
    }
    utf8_put(&r->scratch, rune);
    return true;
}

static bool read_escape(struct reader *r) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    r->p++;
    if (r->p >= r->end)
        return fail(r, r->p, "");
    if (*r->p == 'u') {
        r->p++;
        return read_u(r);
    }
    const char *at = *r->p ? strchr(from, *r->p) : NULL;
    if (!at)
        return fail(r, r->p, "in string escape code");
    buf_putc(&r->scratch, to[at - from]);
    r->p++;
    return true;
}

// A string with escapes or bytes past ASCII, from `start` (behind the quote) on; r->p is at the first of
// them.
static bool read_string_slow(struct reader *r, const char *start, struct str *out) {
    buf_clear(&r->scratch);
    buf_add(&r->scratch, start, (size_t)(r->p - start));
    while (r->p < r->end && *r->p != '"') {
        if (*r->p == '\\') {
            if (!read_escape(r))
                return false;
        } else if ((unsigned char)*r->p < 0x20) {
            return fail(r, r->p, "in string literal");
        } else if ((unsigned char)*r->p >= 0x80) {
            uint32_t rune;
            size_t n = utf8_decode(str_make(r->p, (size_t)(r->end - r->p)), &rune);
            r->p += n;
            utf8_put(&r->scratch, rune);
        } else {
            const char *run = plain_run(r->p, r->end);
            buf_add(&r->scratch, r->p, (size_t)(run - r->p));
            r->p = run;
        }
    }
    if (r->p >= r->end)
        return fail(r, r->p, "");
    r->p++;
    *out = buf_str(&r->scratch);
    return true;
}

// r->p is at the opening quote. *out is in the input or in the scratch buffer.
static bool read_string_raw(struct reader *r, struct str *out) {
    const char *start = ++r->p;
    r->p = plain_run(start, r->end);
    if (r->p >= r->end || *r->p != '"')
        return read_string_slow(r, start, out);
    *out = str_make(start, (size_t)(r->p - start));
    r->p++;
    return true;
}

static bool read_key(struct reader *r, struct str *out) {
    struct str raw;
    if (!read_string_raw(r, &raw))
        return false;
    size_t h = raw.n * 31;
    if (raw.n)
        h += (unsigned char)raw.p[0] * 7u + (unsigned char)raw.p[raw.n - 1] * 13u +
             (unsigned char)raw.p[raw.n / 2];
    struct str *known = &r->keys[h % KEY_CACHE];
    if (!known->p || !str_eq(*known, raw))
        *known = keep(r, raw);
    *out = *known;
    return true;
}

// ---- numbers ----

static const char *digits(const char *p, const char *end) {
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

// Checks the grammar; *out_end is behind the number, *out_integer when it has no fraction and no exponent.
static bool scan_number(struct reader *r, const char **out_end, bool *out_integer) {
    const char *p = r->p + (*r->p == '-'), *from = p;
    *out_integer = true;
    p = p < r->end && *p == '0' ? p + 1 : digits(p, r->end);
    if (p == from)
        return fail(r, p, "in numeric literal");
    if (p < r->end && *p == '.') {
        *out_integer = false;
        from = ++p;
        p = digits(p, r->end);
        if (p == from)
            return fail(r, p, "after decimal point in numeric literal");
    }
    if (p < r->end && (*p == 'e' || *p == 'E')) {
        *out_integer = false;
        p++;
        if (p < r->end && (*p == '+' || *p == '-'))
            p++;
        from = p;
        p = digits(p, r->end);
        if (p == from)
            return fail(r, p, "in exponent of numeric literal");
    }
    *out_end = p;
    return true;
}

static bool read_number(struct reader *r, struct value **out) {
    const char *end = r->p;
    bool integer;
    int64_t i;
    if (!scan_number(r, &end, &integer))
        return false;
    struct str text = str_make(r->p, (size_t)(end - r->p));
    if (integer && str_to_i64(text, &i) && !(i == 0 && *r->p == '-')) {
        *out = node(r, VALUE_INT);
        (*out)->i = i;
    } else {
        *out = node(r, VALUE_FLOAT);
        (*out)->text = keep(r, text).p;
        if (!number_to_double(text, &(*out)->f))
            return fail_kind(r, ERR_INVALID, r->p,
                             arena_fmt(r->err->a, "number %.*s is out of range",
                                       (int)(text.n < 64 ? text.n : 64), text.p));
    }
    r->p = end;
    return true;
}

// ---- collections ----

static bool read_value(struct reader *r, struct value **out);

static bool read_elements(struct reader *r) {
    for (;;) {
        struct value *v;
        if (!read_value(r, &v))
            return false;
        if (r->n_items == r->cap_items)
            r->items = grow(r->items, &r->cap_items, sizeof *r->items);
        r->items[r->n_items++] = v;
        skip_blanks(r);
        if (r->p < r->end && *r->p == ']')
            break;
        if (r->p >= r->end || *r->p != ',')
            return fail(r, r->p, "after array element");
        r->p++;
    }
    r->p++;
    return true;
}

static bool read_list(struct reader *r, struct value **out) {
    struct value *list = node(r, VALUE_LIST);
    *out = list;
    r->p++;
    skip_blanks(r);
    if (r->p < r->end && *r->p == ']') {
        r->p++;
        return true;
    }
    size_t base = r->n_items;
    if (!read_elements(r))
        return false;
    list->list.n = list->list.cap = r->n_items - base;
    list->list.items = arena_array(r->a, struct value *, list->list.n);
    memcpy(list->list.items, r->items + base, list->list.n * sizeof *r->items);
    r->n_items = base;
    return true;
}

static bool read_pair(struct reader *r) {
    skip_blanks(r);
    if (r->p >= r->end || *r->p != '"')
        return fail(r, r->p, "looking for beginning of object key string");
    struct value_pair pair = { 0 };
    if (!read_key(r, &pair.key))
        return false;
    skip_blanks(r);
    if (r->p >= r->end || *r->p != ':')
        return fail(r, r->p, "after object key");
    r->p++;
    if (!read_value(r, &pair.value))
        return false;
    if (r->n_pairs == r->cap_pairs)
        r->pairs = grow(r->pairs, &r->cap_pairs, sizeof *r->pairs);
    r->pairs[r->n_pairs++] = pair;
    return true;
}

static bool read_pairs(struct reader *r) {
    for (;;) {
        if (!read_pair(r))
            return false;
        skip_blanks(r);
        if (r->p < r->end && *r->p == '}')
            break;
        if (r->p >= r->end || *r->p != ',')
            return fail(r, r->p, "after object key:value pair");
        r->p++;
    }
    r->p++;
    return true;
}

static bool read_map(struct reader *r, struct value **out) {
    struct value *map = node(r, VALUE_MAP);
    *out = map;
    r->p++;
    skip_blanks(r);
    if (r->p < r->end && *r->p == '}') {
        r->p++;
        return true;
    }
    size_t base = r->n_pairs;
    if (!read_pairs(r))
        return false;
    map->map.n = map->map.cap = r->n_pairs - base;
    map->map.pairs = arena_array(r->a, struct value_pair, map->map.n);
    memcpy(map->map.pairs, r->pairs + base, map->map.n * sizeof *r->pairs);
    r->n_pairs = base;
    map_finish(r->a, map);
    return true;
}

static bool read_word(struct reader *r, const char *word) {
    for (const char *w = word; *w; w++, r->p++)
        if (r->p >= r->end || *r->p != *w)
            return fail(r, r->p, arena_fmt(r->err->a, "in literal %s (expecting '%c')", word, *w));
    return true;
}

static bool read_nested(struct reader *r, struct value **out) {
    if (++r->depth > LIMIT_JSON_DEPTH)
        return fail_kind(r, ERR_LIMIT, r->p, "exceeded max depth");
    bool ok = *r->p == '{' ? read_map(r, out) : read_list(r, out);
    r->depth--;
    return ok;
}

static bool read_value(struct reader *r, struct value **out) {
    skip_blanks(r);
    if (r->p >= r->end)
        return fail(r, r->p, "");
    struct str s;
    switch (*r->p) {
    case '{':
    case '[': return read_nested(r, out);
    case '"':
        if (!read_string_raw(r, &s))
            return false;
        *out = node(r, VALUE_STRING);
        (*out)->s = keep(r, s);
        return true;
    case 't':
    case 'f':
        *out = node(r, VALUE_BOOL);
        (*out)->b = *r->p == 't';
        return read_word(r, *r->p == 't' ? "true" : "false");
    case 'n': *out = node(r, VALUE_NULL); return read_word(r, "null");
    default:
        if (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'))
            return read_number(r, out);
        return fail(r, r->p, "looking for beginning of value");
    }
}

bool json_read(struct arena *a, struct str text, struct value **out, struct err *err) {
    if (text.n > LIMIT_DOCUMENT_BYTES)
        return err_set(err, ERR_LIMIT, "JSON document of %zu bytes is larger than %u", text.n,
                       LIMIT_DOCUMENT_BYTES);
    struct reader r = {
        .a = a, .p = text.p, .start = text.p, .end = text.p + text.n, .err = err, .block = 2, .text_block = 64
    };
    struct value *v;
    bool ok = read_value(&r, &v);
    if (ok) {
        skip_blanks(&r);
        ok = r.p == r.end || fail(&r, r.p, "after top-level value");
    }
    if (ok)
        *out = v;
    free(r.items);
    free(r.pairs);
    buf_done(&r.scratch);
    return ok;
}
