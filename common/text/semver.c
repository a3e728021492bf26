// SPDX-License-Identifier: Apache-2.0
// Versions. Go: github.com/Masterminds/semver/v3 version.go
#include "common/text/semver.h"
#include "common/text/semver_scan.h"
#include "common/value/goquote.h"

enum { VERSION_BYTES_MAX = 256 };

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

static bool all(struct str s, bool (*test)(char)) {
    for (size_t i = 0; i < s.n; i++)
        if (!test(s.p[i]))
            return false;
    return true;
}

static bool invalid(struct err *err) {
    return err_set(err, ERR_INVALID, "invalid semantic version");
}

static bool check_pre(struct str s, struct err *err) {
    struct str part;
    while (str_split(&s, '.', &part)) {
        if (!part.n || !all(part, is_word))
            return err_set(err, ERR_INVALID, "invalid prerelease string");
        if (all(part, is_digit) && part.n > 1 && part.p[0] == '0')
            return err_set(err, ERR_INVALID, "version segment starts with 0");
    }
    return true;
}

static bool check_metadata(struct str s, struct err *err) {
    struct str part;
    while (str_split(&s, '.', &part))
        if (!part.n || !all(part, is_word))
            return err_set(err, ERR_INVALID, "invalid metadata string");
    return true;
}

static bool number(struct str s, const char *prefix, uint64_t *out, struct err *err) {
    if (str_to_u64(s, out))
        return true;
    return err_set(err, ERR_INVALID, "%sstrconv.ParseUint: parsing %s: %s", prefix, go_quoted(err->a, s),
                   s.n ? "value out of range" : "invalid syntax");
}

// Dot-separated words behind the sign at s[i]; returns the place behind them, i when there are none.
static size_t scan_words(struct str s, size_t i, char sign, struct str *out) {
    *out = STR("");
    if (i >= s.n || s.p[i] != sign || i + 1 >= s.n || !is_word(s.p[i + 1]))
        return i;
    size_t at = i + 1;
    while (at < s.n && (is_word(s.p[at]) || (s.p[at] == '.' && at + 1 < s.n && is_word(s.p[at + 1]))))
        at++;
    *out = str_sub(s, i + 1, at);
    return at;
}

size_t semver_scan(struct str s, size_t i, bool (*is_part)(char), struct semver_parts *out) {
    *out = (struct semver_parts) { 0 };
    size_t at = i + (i < s.n && s.p[i] == 'v');
    for (size_t k = 0; k < 3; k++) {
        size_t from = at + (k > 0), to = from;
        if (k > 0 && (at >= s.n || s.p[at] != '.'))
            break;
        while (to < s.n && is_part(s.p[to]))
            to++;
        if (to == from)
            break;
        out->number[k] = str_sub(s, from, to);
        at = to;
    }
    if (!out->number[0].n)
        return i;
    at = scan_words(s, at, '-', &out->pre);
    return scan_words(s, at, '+', &out->metadata);
}

bool semver_parse(struct arena *a, const char *text, struct semver *out, struct err *err) {
    struct str s = str_of(text);
    struct semver_parts p;
    struct semver v = { .original = arena_strdup(a, text) };
    if (s.n > VERSION_BYTES_MAX)
        return err_set(err, ERR_INVALID, "version string is too long (max %d bytes)", VERSION_BYTES_MAX);
    if (!s.n || semver_scan(s, 0, is_digit, &p) != s.n)
        return invalid(err);
    const char *prefix = "error parsing version segment: ";
    if (!number(p.number[0], prefix, &v.major, err) ||
        (p.number[1].n && !number(p.number[1], prefix, &v.minor, err)) ||
        (p.number[2].n && !number(p.number[2], prefix, &v.patch, err)) ||
        (p.pre.n && !check_pre(p.pre, err)) || (p.metadata.n && !check_metadata(p.metadata, err)))
        return false;
    v.pre = arena_text(a, p.pre.p, p.pre.n);
    v.metadata = arena_text(a, p.metadata.p, p.metadata.n);
    *out = v;
    return true;
}

// Cuts the text behind the first `sign` off.
static struct str cut(struct str *s, char sign, bool *out_found) {
    ptrdiff_t at = str_chr(*s, sign);
    *out_found = at >= 0;
    if (at < 0)
        return STR("");
    struct str behind = str_sub(*s, (size_t)at + 1, s->n);
    s->n = (size_t)at;
    return behind;
}

static bool strict_numbers(const struct str parts[3], uint64_t out[3], struct err *err) {
    for (size_t i = 0; i < 3; i++) {
        if (!all(parts[i], is_digit))
            return err_set(err, ERR_INVALID, "invalid characters in version");
        if (parts[i].n > 1 && parts[i].p[0] == '0')
            return err_set(err, ERR_INVALID, "version segment starts with 0");
    }
    for (size_t i = 0; i < 3; i++)
        if (!number(parts[i], "", &out[i], err))
            return false;
    return true;
}

bool semver_parse_strict(struct arena *a, const char *text, struct semver *out, struct err *err) {
    struct str s = str_of(text), parts[3];
    uint64_t n[3];
    bool found;
    if (!s.n)
        return err_set(err, ERR_INVALID, "version string empty");
    if (s.n > VERSION_BYTES_MAX)
        return err_set(err, ERR_INVALID, "version string is too long (max %d bytes)", VERSION_BYTES_MAX);
    for (size_t i = 0; i < 2; i++) {
        ptrdiff_t dot = str_chr(s, '.');
        if (dot < 0)
            return invalid(err);
        parts[i] = str_sub(s, 0, (size_t)dot);
        s = str_sub(s, (size_t)dot + 1, s.n);
    }
    parts[2] = s;
    struct str metadata = cut(&parts[2], '+', &found);
    if (found && !check_metadata(metadata, err))
        return false;
    struct str pre = cut(&parts[2], '-', &found);
    if (found && !check_pre(pre, err))
        return false;
    if (!strict_numbers(parts, n, err))
        return false;
    *out = (struct semver) { n[0],
                             n[1],
                             n[2],
                             arena_text(a, pre.p, pre.n),
                             arena_text(a, metadata.p, metadata.n),
                             arena_strdup(a, text) };
    return true;
}

char *semver_text(struct arena *a, const struct semver *v) {
    return arena_fmt(a, "%llu.%llu.%llu%s%s%s%s", (unsigned long long)v->major, (unsigned long long)v->minor,
                     (unsigned long long)v->patch, *v->pre ? "-" : "", v->pre, *v->metadata ? "+" : "",
                     v->metadata);
}

static int compare_u64(uint64_t x, uint64_t y) {
    return x < y ? -1 : x > y;
}

// Numbers before words, numbers by value, words by bytes; a missing part is lowest.
static int compare_part(struct str x, struct str y) {
    uint64_t xn, yn;
    if (str_eq(x, y))
        return 0;
    if (!x.n || !y.n)
        return x.n ? 1 : -1;
    bool x_number = str_to_u64(x, &xn), y_number = str_to_u64(y, &yn);
    if (x_number && y_number)
        return xn > yn ? 1 : -1;
    if (x_number || y_number)
        return x_number ? -1 : 1;
    return str_cmp(x, y) > 0 ? 1 : -1;
}

int semver_compare_pre(const char *x, const char *y) {
    struct str xs = str_of(x), ys = str_of(y);
    while (xs.p || ys.p) {
        struct str xp = STR(""), yp = STR("");
        bool more = str_split(&xs, '.', &xp);
        more |= str_split(&ys, '.', &yp);
        (void)more;
        int c = compare_part(xp, yp);
        if (c)
            return c;
    }
    return 0;
}

int semver_compare(const struct semver *x, const struct semver *y) {
    int c = compare_u64(x->major, y->major);
    c = c ? c : compare_u64(x->minor, y->minor);
    c = c ? c : compare_u64(x->patch, y->patch);
    if (c || (!*x->pre && !*y->pre))
        return c;
    if (!*x->pre || !*y->pre)
        return *x->pre ? -1 : 1;
    return semver_compare_pre(x->pre, y->pre);
}
