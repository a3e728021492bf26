// SPDX-License-Identifier: Apache-2.0
// Regular expressions: the functions around the matchers. Go: regexp/regexp.go
#include "common/text/regex.h"
#include "common/text/regex_prog.h"
#include "common/value/unicode.h"
#include "common/value/utf8.h"

bool regex_compile_n(struct arena *a, struct str pattern, struct regex **out, struct err *err) {
    struct rx_tree tree;
    if (!rx_parse(a, arena_str(a, pattern), &tree, err))
        return false;
    struct regex *re = arena_new(a, struct regex);
    rx_compile(a, &tree, re);
    *out = re;
    return true;
}

bool regex_compile(struct arena *a, const char *pattern, struct regex **out, struct err *err) {
    return regex_compile_n(a, str_of(pattern), out, err);
}

static bool run(const struct regex *re, struct str text, size_t from, ptrdiff_t *caps, size_t n_caps) {
    if (from > text.n)
        return false;
    if (rx_backtrack_fits(re, text))
        return rx_backtrack(re, text, from, caps, n_caps);
    return rx_simulate(re, text, from, caps, n_caps);
}

bool regex_match(const struct regex *re, struct str text) {
    return run(re, text, 0, NULL, 0);
}

bool regex_find(const struct regex *re, struct str text, size_t from, struct regex_span *spans,
                size_t n_spans) {
    size_t known = n_spans < re->n_groups + 1 ? n_spans : re->n_groups + 1;
    ptrdiff_t small[32], *caps = known * 2 <= countof(small) ? small : calloc(known * 2, sizeof *caps);
    if (!caps)
        abort();
    for (size_t i = 0; i < known * 2; i++)
        caps[i] = -1;
    bool found = run(re, text, from, caps, known * 2);
    for (size_t i = 0; found && i < n_spans; i++) {
        bool took_part = i < known && caps[i * 2] >= 0 && caps[i * 2 + 1] >= 0;
        spans[i] =
            took_part ? (struct regex_span) { caps[i * 2], caps[i * 2 + 1] } : (struct regex_span) { -1, -1 };
    }
    if (caps != small)
        free(caps);
    return found;
}

size_t regex_n_groups(const struct regex *re) {
    return re->n_groups;
}

const char *regex_group_name(const struct regex *re, size_t i) {
    return i >= 1 && i <= re->n_groups ? re->names[i - 1] : "";
}

ptrdiff_t regex_group_index(const struct regex *re, struct str name) {
    for (size_t i = 0; name.n && i < re->n_groups; i++)
        if (str_is(name, re->names[i]))
            return (ptrdiff_t)i + 1;
    return -1;
}

static size_t width_at(struct str s, size_t at) {
    uint32_t rune;
    return at < s.n ? utf8_decode(str_sub(s, at, s.n), &rune) : 0;
}

bool regex_next(struct regex_iter *it, struct regex_span *spans, size_t n_spans) {
    struct regex_span whole[1];
    if (!n_spans) {
        spans = whole;
        n_spans = 1;
    }
    if (!it->begun) {
        it->begun = true;
        it->previous_end = -1;
    }
    while (!it->ended && regex_find(it->re, it->text, it->at, spans, n_spans)) {
        bool accept = true;
        if (spans[0].end == (ptrdiff_t)it->at) {
            accept = spans[0].begin != it->previous_end; // an empty match right behind a match does not count
            size_t width = width_at(it->text, it->at);
            it->ended = !width;
            it->at += width;
        } else {
            it->at = (size_t)spans[0].end;
        }
        it->previous_end = spans[0].end;
        if (accept)
            return true;
    }
    it->ended = true;
    return false;
}

// ---- replacing ----

static bool in_name(uint32_t rune) {
    return rune == '_' || unicode_is_letter(rune) || unicode_is_digit(rune);
}

// "$name" or "${name}" at the front of *rest. false: neither.
static bool take_reference(struct str *rest, struct str *out_name) {
    bool brace = rest->n > 1 && rest->p[1] == '{';
    size_t from = brace ? 2 : 1, to = from;
    while (to < rest->n) {
        uint32_t rune;
        size_t n = utf8_decode(str_sub(*rest, to, rest->n), &rune);
        if (!in_name(rune))
            break;
        to += n;
    }
    if (to == from || (brace && (to == rest->n || rest->p[to] != '}')))
        return false;
    *out_name = str_sub(*rest, from, to);
    *rest = str_sub(*rest, to + brace, rest->n);
    return true;
}

// The text of the group that a reference names; nothing when there is none.
static struct str group_text(const struct regex *re, struct str text, struct str name,
                             const struct regex_span *spans, size_t n_spans) {
    uint64_t number;
    if (str_to_u64(name, &number) && (name.n == 1 || name.p[0] != '0')) {
        bool has = number < n_spans && spans[number].begin >= 0;
        return has ? str_sub(text, (size_t)spans[number].begin, (size_t)spans[number].end) : STR("");
    }
    for (size_t i = 1; i <= re->n_groups && i < n_spans; i++)
        if (str_is(name, re->names[i - 1]) && spans[i].begin >= 0)
            return str_sub(text, (size_t)spans[i].begin, (size_t)spans[i].end);
    return STR("");
}

void regex_expand(struct buf *out, const struct regex *re, struct str text, struct str replacement,
                  const struct regex_span *spans, size_t n_spans) {
    struct str rest = replacement, name;
    while (rest.n) {
        ptrdiff_t dollar = str_chr(rest, '$');
        buf_put_str(out, str_sub(rest, 0, dollar < 0 ? rest.n : (size_t)dollar));
        if (dollar < 0)
            break;
        rest = str_sub(rest, (size_t)dollar, rest.n);
        if (str_starts(rest, "$$")) {
            buf_putc(out, '$');
            rest = str_sub(rest, 2, rest.n);
        } else if (take_reference(&rest, &name)) {
            buf_put_str(out, group_text(re, text, name, spans, n_spans));
        } else {
            buf_putc(out, '$');
            rest = str_sub(rest, 1, rest.n);
        }
    }
}

void regex_replace(struct buf *out, const struct regex *re, struct str text, struct str replacement,
                   bool literal) {
    size_t n_spans = re->n_groups + 1, last = 0;
    struct regex_span *spans = calloc(n_spans, sizeof *spans);
    if (!spans)
        abort();
    for (size_t at = 0; at <= text.n && regex_find(re, text, at, spans, literal ? 1 : n_spans);) {
        size_t begin = (size_t)spans[0].begin, end = (size_t)spans[0].end, width = width_at(text, at);
        buf_put_str(out, str_sub(text, last, begin));
        if (end > last || begin == 0) { // not an empty match right behind a match
            if (literal)
                buf_put_str(out, replacement);
            else
                regex_expand(out, re, text, replacement, spans, n_spans);
        }
        last = end;
        at = at + (width ? width : 1) > end ? at + (width ? width : 1) : end;
    }
    buf_put_str(out, str_sub(text, last, text.n));
    free(spans);
}

char *regex_quote(struct arena *a, struct str text) {
    autobuf b = { 0 };
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] && strchr("\\.+*?()|[]{}^$", text.p[i]))
            buf_putc(&b, '\\');
        buf_putc(&b, text.p[i]);
    }
    return arena_text(a, b.p, b.n);
}
