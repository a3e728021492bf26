// SPDX-License-Identifier: Apache-2.0
// Evaluation of ${...} expressions. Go: github.com/fluxcd/pkg/envsubst template.go, funcs.go
#include "common/text/envsubst.h"
#include "common/base/limits.h"
#include "common/text/envsubst_parse.h"
#include "common/text/glob.h"
#include "common/text/textcase.h"
#include "common/value/goquote.h"
#include "common/value/utf8.h"

enum { GLOB_VALUE_MAX = 16384 };

struct run {
    struct arena *a;
    const struct envsubst_options *options;
    envsubst_lookup_fn lookup;
    void *arg;
    size_t max_bytes, bytes; // of everything that was made, also on the way
    struct buf unset;        // names that have no value, quoted, each once
    struct err *err;
};

struct args {
    struct str *s;
    size_t n;
};

// ---- functions ----

static struct str none(void) {
    return STR("");
}

static struct str cased(struct run *r, struct str v, bool upper) {
    autobuf b = { 0 };
    if (upper)
        text_put_upper(&b, v);
    else
        text_put_lower(&b, v);
    return arena_str(r->a, buf_str(&b));
}

static struct str cased_first(struct run *r, struct str v, bool upper) {
    autobuf b = { 0 };
    uint32_t rune;
    if (!v.n)
        return v;
    size_t n = utf8_decode(v, &rune);
    utf8_put(&b, upper ? rune_upper(rune) : rune_lower(rune));
    buf_put_str(&b, str_sub(v, n, v.n));
    return arena_str(r->a, buf_str(&b));
}

// strconv.Atoi; false: not a number, and the value stays as it is
static bool number(struct str s, int64_t *out) {
    return str_to_i64(s, out);
}

static bool substring(struct run *r, struct str v, const struct args *args, struct str *out) {
    int64_t pos, length = 0, n = (int64_t)v.n;
    *out = v;
    if (!args->n || !number(args->s[0], &pos))
        return true;
    if (pos < 0)
        pos = pos < -n ? 0 : n + pos;
    if (args->n > 1 && !number(args->s[1], &length))
        return true;
    if (length < -INT32_MAX || length > INT32_MAX || pos > INT32_MAX)
        return err_set(r->err, ERR_INVALID, "bad substitution: a substring out of range");
    if (args->n == 1 || pos >= n - length)
        *out = pos < n ? str_sub(v, (size_t)pos, v.n) : none();
    else if (length < 0)
        return err_set(r->err, ERR_INVALID, "bad substitution: a substring of negative length");
    else
        *out = str_sub(v, (size_t)pos, (size_t)(pos + length));
    return true;
}

// strings.Replace: an empty pattern stands before each rune and at the end.
static struct str replace(struct run *r, struct str v, struct str from, struct str to, bool all) {
    autobuf b = { 0 };
    for (size_t i = 0; i <= v.n;) {
        ptrdiff_t at = str_find(str_sub(v, i, v.n), from);
        if (at < 0) {
            buf_put_str(&b, str_sub(v, i, v.n));
            break;
        }
        buf_put_str(&b, str_sub(v, i, i + (size_t)at));
        buf_put_str(&b, to);
        i += (size_t)at + from.n;
        if (!from.n && all && i < v.n) {
            uint32_t rune;
            size_t n = utf8_decode(str_sub(v, i, v.n), &rune);
            buf_put_str(&b, str_sub(v, i, i + n));
            i += n;
        } else if (!from.n || !all) {
            buf_put_str(&b, str_sub(v, i, v.n));
            break;
        }
        if (b.n > r->max_bytes)
            break; // the caller's count notices
    }
    return arena_str(r->a, buf_str(&b));
}

static struct str replace_end(struct run *r, struct str v, const struct args *args, bool suffix) {
    if (args->n != 2)
        return v;
    struct str from = args->s[0], to = args->s[1];
    if (from.n > v.n)
        return v;
    struct str end = suffix ? str_sub(v, v.n - from.n, v.n) : str_sub(v, 0, from.n);
    if (!str_eq(end, from))
        return v;
    if (!suffix)
        return replace(r, v, from, to, false);
    autobuf b = { 0 };
    buf_put_str(&b, str_sub(v, 0, v.n - from.n));
    buf_put_str(&b, to);
    return arena_str(r->a, buf_str(&b));
}

// The part of v behind the shortest or longest non-empty beginning that the pattern matches.
static struct str trim(struct str v, struct str pattern, bool longest) {
    size_t found = 0;
    for (size_t n = v.n; n > 0; n--) {
        enum glob_result g = glob_match_shell(pattern, str_sub(v, 0, n));
        if (g == GLOB_BAD_PATTERN)
            return v;
        if (g != GLOB_MATCH)
            continue;
        found = n;
        if (longest)
            break;
    }
    return str_sub(v, found, v.n);
}

static struct str reversed(struct run *r, struct str v) {
    autobuf b = { 0 };
    size_t total = 0;
    for (size_t i = 0; i < v.n;) {
        uint32_t rune;
        char c[4];
        i += utf8_decode(str_sub(v, i, v.n), &rune);
        total += utf8_encode(rune, c);
    }
    buf_room(&b, total);
    size_t at = total;
    for (size_t i = 0; i < v.n;) {
        uint32_t rune;
        char c[4];
        i += utf8_decode(str_sub(v, i, v.n), &rune);
        size_t n = utf8_encode(rune, c);
        at -= n;
        memcpy(b.p + at, c, n);
    }
    b.n = total;
    return arena_str(r->a, buf_str(&b));
}

static struct str trim_end(struct run *r, struct str v, struct str pattern, bool longest) {
    return reversed(r, trim(reversed(r, v), reversed(r, pattern), longest));
}

static struct str or_default(struct run *r, struct str v, const struct args *args) {
    if (v.n || !args->n)
        return v;
    autobuf b = { 0 };
    for (size_t i = 0; i < args->n; i++)
        buf_put_str(&b, args->s[i]);
    return arena_str(r->a, buf_str(&b));
}

static struct str replace_args(struct run *r, struct str v, const struct args *args, bool all) {
    return args->n ? replace(r, v, args->s[0], args->n > 1 ? args->s[1] : none(), all) : v;
}

enum function {
    F_DEFAULT,
    F_LOWER,
    F_LOWER_FIRST,
    F_UPPER,
    F_UPPER_FIRST,
    F_HASH,
    F_HASH_LONGEST,
    F_PERCENT,
    F_PERCENT_LONGEST,
    F_SUBSTRING,
    F_REPLACE,
    F_REPLACE_ALL,
    F_REPLACE_PREFIX,
    F_REPLACE_SUFFIX,
};

static const struct {
    const char *op;
    enum function f;
    bool tolerant; // also without a value
} functions[] = {
    { "", F_DEFAULT },
    { "=", F_DEFAULT, true },
    { ":=", F_DEFAULT, true },
    { ":-", F_DEFAULT, true },
    { ":?", F_DEFAULT, true },
    { ":+", F_DEFAULT, true },
    { ",", F_LOWER_FIRST },
    { ",,", F_LOWER },
    { "^", F_UPPER_FIRST },
    { "^^", F_UPPER },
    { "#", F_HASH },
    { "##", F_HASH_LONGEST },
    { "%", F_PERCENT },
    { "%%", F_PERCENT_LONGEST },
    { ":", F_SUBSTRING },
    { "/", F_REPLACE },
    { "//", F_REPLACE_ALL },
    { "/#", F_REPLACE_PREFIX },
    { "/%", F_REPLACE_SUFFIX },
};

static size_t function_row(struct str op) {
    for (size_t i = 0; i < countof(functions); i++)
        if (str_is(op, functions[i].op))
            return i;
    return 0; // ",^" and the like do nothing
}

static bool apply(struct run *r, enum function f, struct str v, const struct args *args, struct str *out) {
    struct str first = args->n ? args->s[0] : none();
    bool globs = f == F_HASH || f == F_HASH_LONGEST || f == F_PERCENT || f == F_PERCENT_LONGEST;
    if (globs && v.n > GLOB_VALUE_MAX && str_chr(first, '*') >= 0) // time is quadratic
        return err_set(r->err, ERR_LIMIT, "a value to be trimmed is larger than %d bytes", GLOB_VALUE_MAX);
    switch (f) {
    case F_DEFAULT: *out = or_default(r, v, args); break;
    case F_LOWER: *out = cased(r, v, false); break;
    case F_LOWER_FIRST: *out = cased_first(r, v, false); break;
    case F_UPPER: *out = cased(r, v, true); break;
    case F_UPPER_FIRST: *out = cased_first(r, v, true); break;
    case F_HASH: *out = args->n ? trim(v, first, false) : str_of(arena_fmt(r->a, "%zu", v.n)); break;
    case F_HASH_LONGEST: *out = trim(v, first, true); break;
    case F_PERCENT: *out = trim_end(r, v, first, false); break;
    case F_PERCENT_LONGEST: *out = trim_end(r, v, first, true); break;
    case F_SUBSTRING: return substring(r, v, args, out);
    case F_REPLACE: *out = replace_args(r, v, args, false); break;
    case F_REPLACE_ALL: *out = replace_args(r, v, args, true); break;
    case F_REPLACE_PREFIX: *out = replace_end(r, v, args, false); break;
    case F_REPLACE_SUFFIX: *out = replace_end(r, v, args, true); break;
    }
    return true;
}

// ---- evaluation ----

static bool count(struct run *r, size_t n) {
    r->bytes += n;
    if (r->bytes <= r->max_bytes)
        return true;
    return err_set(r->err, ERR_LIMIT, "the substituted text is larger than %zu bytes", r->max_bytes);
}

static void note_unset(struct run *r, struct str name) {
    char *quoted = go_quoted(r->a, name);
    if (r->unset.n > 4096 || (r->unset.n && strstr(r->unset.p, quoted)))
        return;
    buf_puts(&r->unset, r->unset.n ? ", " : "");
    buf_puts(&r->unset, quoted);
}

static bool eval(struct run *r, const struct envsubst_node *node, struct str *out);

static bool eval_function(struct run *r, const struct envsubst_node *node, struct str *out) {
    struct args args = { arena_array(r->a, struct str, node->n_args), 0 };
    for (const struct envsubst_node *n = node->args; n; n = n->next)
        if (!eval(r, n, &args.s[args.n++]))
            return false;
    struct str v = none();
    size_t row = function_row(node->op);
    if (!r->lookup(r->arg, node->name, &v)) {
        v = none();
        if (r->options->strict && !functions[row].tolerant)
            note_unset(r, node->name);
    }
    return apply(r, functions[row].f, v, &args, out) && count(r, out->n);
}

static bool eval(struct run *r, const struct envsubst_node *node, struct str *out) {
    if (node->function)
        return eval_function(r, node, out);
    *out = node->text;
    return count(r, node->text.n);
}

static bool eval_list(struct run *r, const struct envsubst_node *list, struct buf *out) {
    for (; list; list = list->next) {
        struct str s;
        if (!eval(r, list, &s))
            return false;
        buf_put_str(out, s);
    }
    if (!r->unset.n)
        return true;
    return err_set(r->err, ERR_INVALID, "variable not set (strict mode): %s", r->unset.p);
}

bool envsubst(struct arena *a, struct str text, const struct envsubst_options *options,
              envsubst_lookup_fn lookup, void *arg, struct str *out, struct err *err) {
    autobuf b = { 0 };
    struct envsubst_node *list;
    struct run r = { a, options, lookup, arg, options->max_out_bytes, 0, { 0 }, err };
    if (!r.max_bytes)
        r.max_bytes = LIMIT_DOCUMENT_BYTES;
    if (!envsubst_parse(a, text, &list, err))
        return false;
    bool ok = eval_list(&r, list, &b);
    buf_done(&r.unset);
    if (ok)
        *out = arena_str(a, buf_str(&b));
    return ok;
}

bool envsubst_name_valid(struct str name) {
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i], l = (char)(c | 0x20);
        if (c != '_' && !(l >= 'a' && l <= 'z') && !(i && c >= '0' && c <= '9'))
            return false;
    }
    return name.n > 0;
}
