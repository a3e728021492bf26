// SPDX-License-Identifier: Apache-2.0
/* String view: a pointer and a length, never an owner. `p` need not be NUL-terminated unless the giver says
 * so. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "common/base/base.h"

struct str {
    const char *p;
    size_t n;
};

#define STR(literal) ((struct str) { "" literal, sizeof(literal) - 1 })

static inline struct str str_of(const char *text) {
    return (struct str) { text ? text : "", text ? strlen(text) : 0 };
}
static inline struct str str_make(const void *p, size_t n) {
    return (struct str) { p, n };
}
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *text);
int str_cmp(struct str a, struct str b); // byte order, as Go compares strings
bool str_starts(struct str s, const char *prefix);
bool str_ends(struct str s, const char *suffix);
struct str str_sub(struct str s, size_t from, size_t to); // clamped
struct str str_trim(struct str s);                        // ASCII white space at both ends
// Index of the first c, or -1.
ptrdiff_t str_chr(struct str s, char c);
ptrdiff_t str_rchr(struct str s, char c);
ptrdiff_t str_find(struct str s, struct str needle);
/* Cut the part before the next `sep` off the front of *rest.
 * Returns false when *rest is used up (rest->p NULL); "a,,b" gives a, "", b. */
bool str_split(struct str *rest, char sep, struct str *out);
// Unsigned decimal without sign or blanks; false on anything else or overflow.
must_check bool str_to_u64(struct str s, uint64_t *out);
must_check bool str_to_i64(struct str s, int64_t *out);

// C-string helpers; NULL is treated as "".
bool text_eq(const char *a, const char *b);
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
bool text_empty(const char *text);

#endif
