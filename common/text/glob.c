// SPDX-License-Identifier: Apache-2.0
// path.Match. A pattern is cut at its stars into chunks; of each the first fit is taken, so time stays linear.
#include "common/text/glob.h"
#include "common/value/utf8.h"

struct chunk_match {
    bool ok, bad;
    struct str rest; // of the name
};

// One character of a class, perhaps escaped. false: bad pattern (it must not be the last one of the chunk either).
static bool class_char(struct str *chunk, uint32_t *out) {
    if (!chunk->n || chunk->p[0] == '-' || chunk->p[0] == ']')
        return false;
    if (chunk->p[0] == '\\') {
        *chunk = str_sub(*chunk, 1, chunk->n);
        if (!chunk->n)
            return false;
    }
    size_t n = utf8_decode(*chunk, out);
    bool valid = !(*out == UTF8_BAD && n == 1);
    *chunk = str_sub(*chunk, n, chunk->n);
    return valid && chunk->n;
}

// The chunk is behind "[". Sets *out_match for rune; false: bad pattern.
static bool class_match(struct str *chunk, uint32_t rune, bool *out_match) {
    bool negated = chunk->n && chunk->p[0] == '^', match = false;
    if (negated)
        *chunk = str_sub(*chunk, 1, chunk->n);
    for (size_t n = 0; !(n && chunk->n && chunk->p[0] == ']'); n++) {
        uint32_t low, high;
        if (!class_char(chunk, &low))
            return false;
        high = low;
        if (chunk->p[0] == '-') {
            *chunk = str_sub(*chunk, 1, chunk->n);
            if (!class_char(chunk, &high))
                return false;
        }
        match |= low <= rune && rune <= high;
    }
    *chunk = str_sub(*chunk, 1, chunk->n);
    *out_match = match != negated;
    return true;
}

static bool take_class(struct str *chunk, struct str *s, bool *failed) {
    uint32_t rune = 0;
    bool match;
    if (!*failed)
        *s = str_sub(*s, utf8_decode(*s, &rune), s->n);
    *chunk = str_sub(*chunk, 1, chunk->n);
    if (!class_match(chunk, rune, &match))
        return false;
    *failed |= !match;
    return true;
}

static void take_any(struct str *chunk, struct str *s, bool *failed, bool shell) {
    uint32_t rune;
    if (!*failed) {
        *failed = !shell && s->p[0] == '/';
        *s = str_sub(*s, utf8_decode(*s, &rune), s->n);
    }
    *chunk = str_sub(*chunk, 1, chunk->n);
}

static void take_byte(struct str *chunk, struct str *s, bool *failed) {
    if (!*failed) {
        *failed = chunk->p[0] != s->p[0];
        *s = str_sub(*s, 1, s->n);
    }
    *chunk = str_sub(*chunk, 1, chunk->n);
}

/* Does the chunk match the beginning of s? path.Match goes on after a failure to look for bad syntax, the shell variant
 * does not. */
static struct chunk_match chunk_match(struct str chunk, struct str s, bool shell) {
    const struct chunk_match no = { 0 }, bad = { .bad = true };
    bool failed = false;
    while (chunk.n) {
        failed |= !s.n;
        if (failed && shell)
            return no;
        if (chunk.p[0] == '[') {
            if (!take_class(&chunk, &s, &failed))
                return bad;
            continue;
        }
        if (chunk.p[0] == '?') {
            take_any(&chunk, &s, &failed, shell);
            continue;
        }
        if (chunk.p[0] == '\\') {
            chunk = str_sub(chunk, 1, chunk.n);
            if (!chunk.n)
                return bad;
        }
        take_byte(&chunk, &s, &failed);
    }
    return failed ? no : (struct chunk_match) { .ok = true, .rest = s };
}

// Leading stars, then text up to the next star that is outside of brackets.
static bool scan_chunk(struct str *pattern, struct str *out_chunk) {
    bool star = false, in_class = false;
    struct str p = *pattern;
    for (; p.n && p.p[0] == '*'; p = str_sub(p, 1, p.n))
        star = true;
    size_t i = 0;
    for (; i < p.n && (in_class || p.p[i] != '*'); i++) {
        if (p.p[i] == '\\' && i + 1 < p.n)
            i++;
        else if (p.p[i] == '[')
            in_class = true;
        else if (p.p[i] == ']')
            in_class = false;
    }
    *out_chunk = str_sub(p, 0, i);
    *pattern = str_sub(p, i, p.n);
    return star;
}

// The chunk behind a star: the first place where it fits.
static struct chunk_match star_match(struct str chunk, struct str name, bool last, bool shell) {
    struct chunk_match m = { 0 };
    for (size_t i = 0; i < name.n && (shell || name.p[i] != '/'); i++) {
        m = chunk_match(chunk, str_sub(name, i + 1, name.n), shell);
        if (m.bad || (m.ok && !(last && m.rest.n)))
            return m;
    }
    m.ok = false;
    return m;
}

static enum glob_result rest_of_pattern(struct str pattern, bool shell) {
    struct str chunk;
    while (!shell && pattern.n) {
        scan_chunk(&pattern, &chunk);
        if (chunk_match(chunk, STR(""), shell).bad)
            return GLOB_BAD_PATTERN;
    }
    return GLOB_NO_MATCH;
}

static enum glob_result match(struct str pattern, struct str name, bool shell) {
    while (pattern.n) {
        struct str chunk;
        bool star = scan_chunk(&pattern, &chunk);
        if (star && !chunk.n)
            return shell || str_chr(name, '/') < 0 ? GLOB_MATCH : GLOB_NO_MATCH;
        struct chunk_match m = chunk_match(chunk, name, shell);
        if (!m.bad && !(m.ok && (!m.rest.n || pattern.n)))
            m = star ? star_match(chunk, name, !pattern.n, shell) : (struct chunk_match) { 0 };
        if (m.bad)
            return GLOB_BAD_PATTERN;
        if (!m.ok)
            return rest_of_pattern(pattern, shell);
        name = m.rest;
    }
    return name.n ? GLOB_NO_MATCH : GLOB_MATCH;
}

enum glob_result glob_match(struct str pattern, struct str name) {
    return match(pattern, name, false);
}

enum glob_result glob_match_shell(struct str pattern, struct str name) {
    return match(pattern, name, true);
}
