// SPDX-License-Identifier: Apache-2.0
/* The lexical part of regular expressions: runes, escapes, classes, group heads, counts. Inside of the room. */
#ifndef TEXT_REGEX_ESCAPE_H
#define TEXT_REGEX_ESCAPE_H

#include "common/text/regex_prog.h"

struct rx_lexer {
    struct str rest, whole;
    struct err *err;
};

struct rx_flags {
    bool fold, multiline, dot_newline, lazy;
};

struct rx_repeat {
    int min, max; // max -1 = no end; min -1 = a number too large
    bool counted;
};

enum rx_group_kind { RX_GROUP_CAPTURE, RX_GROUP_PLAIN, RX_GROUP_FLAGS };

struct rx_group {
    enum rx_group_kind kind;
    struct str name;
    struct rx_flags flags;
};

// "error parsing regexp: WHAT: `expr`"; returns false.
bool rx_fail(struct rx_lexer *l, const char *what, struct str expr);
static inline int rx_peek(const struct rx_lexer *l) {
    return l->rest.n ? (unsigned char)l->rest.p[0] : -1;
}
static inline void rx_skip(struct rx_lexer *l, size_t n) {
    l->rest = str_sub(l->rest, n, l->rest.n);
}
must_check bool rx_next_rune(struct rx_lexer *l, uint32_t *out);
// "{2,5}" at hand? false: no repetition, and nothing was taken.
bool rx_lex_repeat(struct rx_lexer *l, struct rx_repeat *out);
// "(" at hand: takes the head of the group.
must_check bool rx_lex_group(struct rx_lexer *l, struct rx_flags flags, struct rx_group *out);
// "\" at hand: \d, \pL and such are added to the set; *handled false: something else, nothing was taken.
must_check bool rx_lex_class_escape(struct rx_lexer *l, struct arena *a, bool fold, struct rune_set *set,
                                    bool *handled);
must_check bool rx_lex_escape(struct rx_lexer *l, uint32_t *out);
// "[" at hand: the whole class; the set is clean.
must_check bool rx_lex_class(struct rx_lexer *l, struct arena *a, bool fold, struct rune_set *set);

#endif
