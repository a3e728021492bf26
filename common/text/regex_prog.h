// SPDX-License-Identifier: Apache-2.0
/* Inside of the regular expressions: syntax tree, character sets, program. */
#ifndef TEXT_REGEX_PROG_H
#define TEXT_REGEX_PROG_H

#include "common/text/regex.h"

#define RUNE_MAX 0x10FFFFu

// ---- sets of runes ----

struct rune_range {
    uint32_t from, to;
};

struct rune_set {
    struct rune_range *ranges;
    size_t n, cap;
    uint64_t ascii[2]; // filled by rune_set_finish
};

void rune_set_add(struct arena *a, struct rune_set *s, uint32_t from, uint32_t to);
void rune_set_add_folded(struct arena *a, struct rune_set *s, uint32_t from,
                         uint32_t to); // and what is equal but for case
void rune_set_add_set(struct arena *a, struct rune_set *s, const struct rune_set *other, bool negated);
void rune_set_clean(struct rune_set *s);                   // sorted, disjoint
void rune_set_negate(struct arena *a, struct rune_set *s); // of a clean set; clean again
void rune_set_finish(struct rune_set *s);
bool rune_set_has(const struct rune_set *s, uint32_t rune);

/* A class by name: Unicode property ("Greek", "L", any spelling Go takes). false: no such name. */
bool rune_set_add_property(struct arena *a, struct rune_set *s, struct str name, bool negated, bool fold);
// "\\d" and such, "[:alpha:]" and such. false: not one of those.
bool rune_set_add_perl(struct arena *a, struct rune_set *s, char letter, bool fold);
bool rune_set_add_posix(struct arena *a, struct rune_set *s, struct str name, bool fold);

// ---- tree ----

enum rx_op {
    RX_EMPTY,
    RX_RUNE,
    RX_SET,
    RX_ANY,
    RX_ANY_NOT_NL,
    RX_BEGIN_LINE,
    RX_END_LINE,
    RX_BEGIN_TEXT,
    RX_END_TEXT,
    RX_WORD,
    RX_NOT_WORD,
    RX_CAPTURE,
    RX_REPEAT,
    RX_CONCAT,
    RX_ALTERNATE,
};

struct rx_node {
    enum rx_op op;
    uint32_t rune; // RX_RUNE; RX_CAPTURE: its number
    const struct rune_set *set;
    int min, max; // RX_REPEAT; max -1 = no end
    bool counted, lazy;
    unsigned height;
    uint64_t size; // instructions it takes, about
    bool nullable;
    struct rx_node **subs;
    size_t n_subs;
};

struct rx_tree {
    struct rx_node *root;
    const char **names; // of groups, from 1 on at index 0
    size_t n_groups, cap_names;
};

must_check bool rx_parse(struct arena *a, struct str pattern, struct rx_tree *out, struct err *err);

// ---- program ----

enum rx_inst_op {
    INST_MATCH,
    INST_FAIL,
    INST_ALT,     // out, then arg
    INST_CAPTURE, // arg: place
    INST_ASSERT,  // arg: enum rx_op
    INST_RUNE,    // arg: the rune
    INST_SET,     // arg: index of the set
    INST_ANY,
    INST_ANY_NOT_NL,
};

struct rx_inst {
    enum rx_inst_op op;
    uint32_t out, arg;
};

struct regex {
    struct rx_inst *insts;
    size_t n_insts, cap_insts;
    const struct rune_set **sets;
    size_t n_sets, cap_sets;
    uint32_t start;
    bool anchored;     // begins with the beginning of the text
    struct str prefix; // every match begins with this
    const char **names;
    size_t n_groups;
};

void rx_compile(struct arena *a, const struct rx_tree *tree, struct regex *re);

// Does the assertion hold at this place?
bool rx_assert(struct str text, size_t at, enum rx_op op);
// Does the instruction take the rune?
bool rx_takes(const struct regex *re, const struct rx_inst *i, uint32_t rune);

/* Search from `from` on. caps: n_caps places (begin and end of each group), -1 = none; with n_caps 0 any match will do.
 * The backtracker is fast, and for small programs on short texts only: rx_backtrack_fits. */
bool rx_backtrack_fits(const struct regex *re, struct str text);
bool rx_backtrack(const struct regex *re, struct str text, size_t from, ptrdiff_t *caps, size_t n_caps);
bool rx_simulate(const struct regex *re, struct str text, size_t from, ptrdiff_t *caps, size_t n_caps);

#endif
