// SPDX-License-Identifier: Apache-2.0
// Regular expressions. sprig: regex.go; Go: regexp
#include "common/template/functions.h"
#include "common/text/regex.h"
#include "common/value/goquote.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out

static bool can_backquote(struct str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '`' || (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7F)
            return s.p[i] == '\t';
    return true;
}

// must: the error; otherwise MustCompile's panic
static bool compile(struct tctx *c, struct str pattern, bool must, struct regex **out) {
    struct arena *a = tctx_arena(c);
    struct err err = { .a = a };
    if (!tctx_steps(c, pattern.n))
        return false;
    if (regex_compile_n(a, pattern, out, &err))
        return true;
    if (must)
        return tctx_fail(c, "%s", err.msg);
    const char *text = arena_text(a, pattern.p, pattern.n);
    const char *quoted = can_backquote(pattern) ? arena_fmt(a, "`%s`", text) : go_quoted(a, pattern);
    return tctx_fail(c, "regexp: Compile(%s): %s", quoted, err.msg);
}

static bool scan_cost(struct tctx *c, struct str text) {
    return tctx_steps(c, text.n);
}

static bool fn_match(ARGS) {
    struct regex *re;
    struct err err = { .a = tctx_arena(c) };
    (void)n;
    if (!regex_compile_n(tctx_arena(c), args[0].s, &re, &err))
        return *out = tval_bool(false), true;
    *out = tval_bool(regex_match(re, args[1].s));
    return scan_cost(c, args[1].s);
}

static bool fn_must_match(ARGS) {
    struct regex *re;
    (void)n;
    if (!compile(c, args[0].s, true, &re))
        return false;
    *out = tval_bool(regex_match(re, args[1].s));
    return scan_cost(c, args[1].s);
}

static bool find_all(struct tctx *c, const struct tval *args, bool must, struct tval *out) {
    struct arena *a = tctx_arena(c);
    struct regex *re;
    struct str *found = NULL;
    size_t k = 0, cap = 0;
    struct regex_span span;
    if (!compile(c, args[0].s, must, &re))
        return false;
    struct regex_iter it = { .re = re, .text = args[1].s };
    while ((args[2].i < 0 || (int64_t)k < args[2].i) && regex_next(&it, &span, 1)) {
        found = arena_grow(a, found, &cap, k + 1, sizeof *found);
        found[k++] = str_sub(args[1].s, (size_t)span.begin, (size_t)span.end);
    }
    *out = tval_list(tlist_strings(a, found, k));
    out->list->nil = !k;
    return scan_cost(c, args[1].s) && tctx_steps(c, k);
}

static bool fn_find_all(ARGS) {
    (void)n;
    return find_all(c, args, false, out);
}

static bool fn_must_find_all(ARGS) {
    (void)n;
    return find_all(c, args, true, out);
}

static bool find(struct tctx *c, const struct tval *args, bool must, struct tval *out) {
    struct regex *re;
    struct regex_span span;
    if (!compile(c, args[0].s, must, &re))
        return false;
    bool found = regex_find(re, args[1].s, 0, &span, 1);
    *out = tval_str(found ? str_sub(args[1].s, (size_t)span.begin, (size_t)span.end) : STR(""));
    return scan_cost(c, args[1].s);
}

static bool fn_find(ARGS) {
    (void)n;
    return find(c, args, false, out);
}

static bool fn_must_find(ARGS) {
    (void)n;
    return find(c, args, true, out);
}

static bool replace(struct tctx *c, const struct tval *args, bool must, bool literal, struct tval *out) {
    struct regex *re;
    autobuf b = { 0 };
    if (!compile(c, args[0].s, must, &re) || !scan_cost(c, args[1].s))
        return false;
    if (args[2].s.n && !tctx_room(c, args[2].s.n / 64 * args[1].s.n))
        return false;
    regex_replace(&b, re, args[1].s, args[2].s, literal);
    return tctx_text(c, &b, out);
}

static bool fn_replace(ARGS) {
    (void)n;
    return replace(c, args, false, false, out);
}

static bool fn_must_replace(ARGS) {
    (void)n;
    return replace(c, args, true, false, out);
}

static bool fn_replace_literal(ARGS) {
    (void)n;
    return replace(c, args, false, true, out);
}

static bool fn_must_replace_literal(ARGS) {
    (void)n;
    return replace(c, args, true, true, out);
}

// Regexp.Split
static bool split(struct tctx *c, const struct tval *args, bool must, struct tval *out) {
    struct arena *a = tctx_arena(c);
    struct regex *re;
    struct str s = args[1].s, *parts = NULL;
    int64_t limit = args[2].i;
    size_t k = 0, cap = 0, begin = 0, end = 0;
    struct regex_span span;
    if (!compile(c, args[0].s, must, &re))
        return false;
    struct regex_iter it = { .re = re, .text = s };
    bool blank = args[0].s.n > 0 && !s.n;
    while (limit != 0 && !blank && regex_next(&it, &span, 1)) {
        if (limit > 0 && (int64_t)k == limit - 1)
            break;
        end = (size_t)span.begin;
        if (span.end != 0) {
            parts = arena_grow(a, parts, &cap, k + 1, sizeof *parts);
            parts[k++] = str_sub(s, begin, end);
        }
        begin = (size_t)span.end;
    }
    if (limit != 0 && (end != s.n || blank)) {
        parts = arena_grow(a, parts, &cap, k + 1, sizeof *parts);
        parts[k++] = str_sub(s, begin, s.n);
    }
    *out = tval_list(tlist_strings(a, parts, k));
    out->list->nil = limit == 0;
    return scan_cost(c, s) && tctx_steps(c, k);
}

static bool fn_split(ARGS) {
    (void)n;
    return split(c, args, false, out);
}

static bool fn_must_split(ARGS) {
    (void)n;
    return split(c, args, true, out);
}

static bool fn_quote_meta(ARGS) {
    (void)n;
    return *out = tval_text(regex_quote(tctx_arena(c), args[0].s)), true;
}

const struct tfunction functions_regex[] = {
    { "regexMatch", "ss", fn_match },
    { "mustRegexMatch", "ss", fn_must_match },
    { "regexFindAll", "ssi", fn_find_all },
    { "mustRegexFindAll", "ssi", fn_must_find_all },
    { "regexFind", "ss", fn_find },
    { "mustRegexFind", "ss", fn_must_find },
    { "regexReplaceAll", "sss", fn_replace },
    { "mustRegexReplaceAll", "sss", fn_must_replace },
    { "regexReplaceAllLiteral", "sss", fn_replace_literal },
    { "mustRegexReplaceAllLiteral", "sss", fn_must_replace_literal },
    { "regexSplit", "ssi", fn_split },
    { "mustRegexSplit", "ssi", fn_must_split },
    { "regexQuoteMeta", "s", fn_quote_meta },
    { 0 },
};
