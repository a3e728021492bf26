// SPDX-License-Identifier: Apache-2.0
// Sets of runes and the classes that have names. Go: regexp/syntax, unicode
#include "common/text/regex_prog.h"
#include "common/text/textcase.h"
#include "common/text/unicode_tables.h"

void rune_set_add(struct arena *a, struct rune_set *s, uint32_t from, uint32_t to) {
    // ascending and alphabetic input is common: widen the last range
    if (s->n && from <= s->ranges[s->n - 1].to + 1 && from >= s->ranges[s->n - 1].from) {
        if (to > s->ranges[s->n - 1].to)
            s->ranges[s->n - 1].to = to;
        return;
    }
    s->ranges = arena_grow(a, s->ranges, &s->cap, s->n + 1, sizeof *s->ranges);
    s->ranges[s->n++] = (struct rune_range) { from, to };
}

static void add_orbit(struct arena *a, struct rune_set *s, uint32_t rune) {
    for (uint32_t f = rune_fold(rune); f != rune; f = rune_fold(f))
        rune_set_add(a, s, f, f);
}

void rune_set_add_folded(struct arena *a, struct rune_set *s, uint32_t from, uint32_t to) {
    rune_set_add(a, s, from, to);
    if (from == 0 && to == RUNE_MAX)
        return;
    for (size_t i = 0; i < unicode_n_cases; i++) {
        uint32_t low = unicode_cases[i].from, high = unicode_cases[i].to;
        for (uint32_t r = low < from ? from : low; r <= high && r <= to; r++)
            add_orbit(a, s, r);
    }
    for (size_t i = 0; i < unicode_n_orbit; i++)
        if (unicode_orbit[i][0] >= from && unicode_orbit[i][0] <= to)
            add_orbit(a, s, unicode_orbit[i][0]);
}

static int range_cmp(const void *x, const void *y) {
    const struct rune_range *p = x, *q = y;
    if (p->from != q->from)
        return p->from < q->from ? -1 : 1;
    return p->to > q->to ? -1 : p->to < q->to;
}

void rune_set_clean(struct rune_set *s) {
    size_t n = 0;
    if (s->n)
        qsort(s->ranges, s->n, sizeof *s->ranges, range_cmp);
    for (size_t i = 0; i < s->n; i++) {
        if (n && s->ranges[i].from <= s->ranges[n - 1].to + 1) {
            if (s->ranges[i].to > s->ranges[n - 1].to)
                s->ranges[n - 1].to = s->ranges[i].to;
            continue;
        }
        s->ranges[n++] = s->ranges[i];
    }
    s->n = n;
}

void rune_set_add_set(struct arena *a, struct rune_set *s, const struct rune_set *other, bool negated) {
    uint32_t next = 0;
    for (size_t i = 0; i < other->n; i++) {
        struct rune_range r = other->ranges[i];
        if (!negated)
            rune_set_add(a, s, r.from, r.to);
        else if (r.from > next)
            rune_set_add(a, s, next, r.from - 1);
        next = r.to + 1;
    }
    if (negated && next <= RUNE_MAX)
        rune_set_add(a, s, next, RUNE_MAX);
}

void rune_set_negate(struct arena *a, struct rune_set *s) {
    struct rune_set out = { 0 };
    rune_set_add_set(a, &out, s, true);
    *s = out;
}

void rune_set_finish(struct rune_set *s) {
    for (size_t i = 0; i < s->n; i++)
        for (uint32_t r = s->ranges[i].from; r < 128 && r <= s->ranges[i].to; r++)
            s->ascii[r / 64] |= 1ull << (r % 64);
}

bool rune_set_has(const struct rune_set *s, uint32_t rune) {
    if (rune < 128)
        return s->ascii[rune / 64] >> (rune % 64) & 1;
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (rune < s->ranges[mid].from)
            high = mid;
        else if (rune > s->ranges[mid].to)
            low = mid + 1;
        else
            return true;
    }
    return false;
}

// ---- names ----

static void add_class(struct arena *a, struct rune_set *s, struct rune_set *class, bool negated, bool fold) {
    if (fold) {
        struct rune_set folded = { 0 };
        for (size_t i = 0; i < class->n; i++)
            rune_set_add_folded(a, &folded, class->ranges[i].from, class->ranges[i].to);
        *class = folded;
    }
    rune_set_clean(class);
    rune_set_add_set(a, s, class, negated);
}

// Category by its name of one or two letters ("LC": cased letters); false: there is none.
static bool category(struct arena *a, struct rune_set *out, const char *name) {
    bool found = false;
    for (size_t i = 0; i < unicode_n_category_runs; i++) {
        const char *c = unicode_category_names[unicode_category_runs[i] & 0xFF];
        bool in = text_eq(c, name) || (name[1] == '\0' && c[0] == name[0]) ||
                  (text_eq(name, "LC") && c[0] == 'L' && strchr("ult", c[1]));
        if (!in)
            continue;
        uint32_t next = i + 1 < unicode_n_category_runs ? unicode_category_runs[i + 1] >> 8 : RUNE_MAX + 1;
        rune_set_add(a, out, unicode_category_runs[i] >> 8, next - 1);
        found = true;
    }
    return found;
}

static bool script(struct arena *a, struct rune_set *out, const char *name) {
    for (size_t i = 0; i < unicode_n_scripts; i++) {
        if (!text_eq(unicode_scripts[i].name, name))
            continue;
        for (unsigned k = 0; k < unicode_scripts[i].n; k++) {
            struct unicode_range r = unicode_script_ranges[unicode_scripts[i].from + k];
            for (uint32_t c = r.from; r.stride > 1 && c <= r.to; c += r.stride)
                rune_set_add(a, out, c, c);
            if (r.stride == 1)
                rune_set_add(a, out, r.from, r.to);
        }
        return true;
    }
    return false;
}

// "greek", "Old_Italic" -> "Greek", "Olditalic": as Go compares names.
static char *canonical(struct arena *a, struct str name) {
    char *out = arena_text(a, name.p, name.n);
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c == '_' || c == '-' || c == ' ')
            continue;
        if (n == 0 && c >= 'a' && c <= 'z')
            c = (char)(c - 32);
        else if (n > 0 && c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        out[n++] = c;
    }
    out[n] = '\0';
    return out;
}

/* Scripts and aliases are looked up by their canonical spelling. Go does so for aliases only: a script of two words is found
 * there under its exact name, which canonicalisation has just destroyed. Kept. */
static bool property(struct arena *a, struct rune_set *out, const char *name) {
    if (text_eq(name, "Any")) {
        rune_set_add(a, out, 0, RUNE_MAX);
        return true;
    }
    if (text_eq(name, "Ascii")) {
        rune_set_add(a, out, 0, 127);
        return true;
    }
    if (text_eq(name, "Lc"))
        return category(a, out, "LC");
    size_t n = strlen(name);
    if (n && n <= 2 && category(a, out, name))
        return true;
    if (script(a, out, name))
        return true;
    for (size_t i = 0; i < unicode_n_category_aliases; i++)
        if (text_eq(canonical(a, str_of(unicode_category_aliases[i].name)), name))
            return category(a, out, unicode_category_aliases[i].category);
    return false;
}

bool rune_set_add_property(struct arena *a, struct rune_set *s, struct str name, bool negated, bool fold) {
    struct rune_set class = { 0 };
    char *key = canonical(a, name);
    bool assigned = text_eq(key, "Assigned");
    if (!property(a, &class, assigned ? "Cn" : key))
        return false;
    if (assigned)
        negated = !negated;
    if (assigned || text_eq(key, "Lc") || text_eq(key, "Casedletter"))
        fold = false; // Go has no table of what to add to them
    add_class(a, s, &class, negated, fold);
    return true;
}

struct named_class {
    const char *name;
    struct rune_range ranges[6];
};

static const struct named_class perl[] = {
    { "d", { { '0', '9' } } },
    { "s", { { '\t', '\n' }, { '\f', '\r' }, { ' ', ' ' } } },
    { "w", { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } } },
};

static const struct named_class posix[] = {
    { "alnum", { { '0', '9' }, { 'A', 'Z' }, { 'a', 'z' } } },
    { "alpha", { { 'A', 'Z' }, { 'a', 'z' } } },
    { "ascii", { { 0, 0x7F } } },
    { "blank", { { '\t', '\t' }, { ' ', ' ' } } },
    { "cntrl", { { 0, 0x1F }, { 0x7F, 0x7F } } },
    { "digit", { { '0', '9' } } },
    { "graph", { { '!', '~' } } },
    { "lower", { { 'a', 'z' } } },
    { "print", { { ' ', '~' } } },
    { "punct", { { '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' } } },
    { "space", { { '\t', '\r' }, { ' ', ' ' } } },
    { "upper", { { 'A', 'Z' } } },
    { "word", { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } } },
    { "xdigit", { { '0', '9' }, { 'A', 'F' }, { 'a', 'f' } } },
};

static bool add_named(struct arena *a, struct rune_set *s, const struct named_class *table, size_t n,
                      struct str name, bool negated, bool fold) {
    for (size_t i = 0; i < n; i++) {
        if (!str_is(name, table[i].name))
            continue;
        struct rune_set class = { 0 };
        for (size_t k = 0; k < countof(table[i].ranges) && (k == 0 || table[i].ranges[k].to); k++)
            rune_set_add(a, &class, table[i].ranges[k].from, table[i].ranges[k].to);
        add_class(a, s, &class, negated, fold);
        return true;
    }
    return false;
}

bool rune_set_add_perl(struct arena *a, struct rune_set *s, char letter, bool fold) {
    char low = (char)(letter | 0x20);
    return add_named(a, s, perl, countof(perl), str_make(&low, 1), letter != low, fold);
}

bool rune_set_add_posix(struct arena *a, struct rune_set *s, struct str name, bool fold) {
    bool negated = name.n && name.p[0] == '^';
    return add_named(a, s, posix, countof(posix), str_sub(name, negated, name.n), negated, fold);
}
