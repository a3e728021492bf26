// SPDX-License-Identifier: Apache-2.0
/* Regular expressions: the syntax and the results of Go's regexp (RE2), in time linear in the text.
 *
 * What it is not POSIX, PCRE: no back-references, no look-around.
 * Text is UTF-8; an invalid byte is one U+FFFD. Matches are leftmost-first, as Perl would choose.
 * Errors  ERR_INVALID, in Go's words: "error parsing regexp: missing closing ): `a(b`"
 * Limits  repetition count 1000, nesting 1000, program size as Go's
 * Threads a compiled regex may be used by many at once.
 */
#ifndef TEXT_REGEX_H
#define TEXT_REGEX_H

#include "common/base/buf.h"
#include "common/base/err.h"

struct regex;

must_check bool regex_compile(struct arena *a, const char *pattern, struct regex **out, struct err *err);
must_check bool regex_compile_n(struct arena *a, struct str pattern, struct regex **out, struct err *err);

// Does it match anywhere in the text?
bool regex_match(const struct regex *re, struct str text);

/* Find the first match at or behind byte `from`.
 * spans  n_spans pairs {begin, end} of byte offsets: the whole match, then each group; -1, -1 for a group that took no part
 *        or does not exist */
struct regex_span {
    ptrdiff_t begin, end;
};
bool regex_find(const struct regex *re, struct str text, size_t from, struct regex_span *spans,
                size_t n_spans);

size_t regex_n_groups(const struct regex *re);                        // without the whole match
const char *regex_group_name(const struct regex *re, size_t i);       // 1-based; "" = unnamed
ptrdiff_t regex_group_index(const struct regex *re, struct str name); // -1: none of that name

/* Go's FindAll: matches one after another, an empty match right behind a match is skipped.
 *
 *     struct regex_iter it = { .re = re, .text = text };
 *     while (regex_next(&it, spans, n)) ...
 */
struct regex_iter {
    const struct regex *re;
    struct str text;
    size_t at;
    ptrdiff_t previous_end; // internal; -1 semantics are set up by the first call
    bool begun, ended;
};
bool regex_next(struct regex_iter *it, struct regex_span *spans, size_t n_spans);

/* ReplaceAllString: each match by the template with $1, ${1}, $name, ${name} expanded ($$ is a dollar). With `literal` the
 * template stands for itself (ReplaceAllLiteralString). Appends to out. */
void regex_replace(struct buf *out, const struct regex *re, struct str text, struct str replacement,
                   bool literal);
// Expand the template for one match (Regexp.Expand). Appends to out.
void regex_expand(struct buf *out, const struct regex *re, struct str text, struct str replacement,
                  const struct regex_span *spans, size_t n_spans);
// QuoteMeta
char *regex_quote(struct arena *a, struct str text);

#endif
