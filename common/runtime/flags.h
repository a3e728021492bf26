// SPDX-License-Identifier: Apache-2.0
/* Command line flags from a table: GNU syntax (`--x=v`, `--x v`, `--flag`, `--flag=false`), environment
 * fallbacks, --help. Flux: spf13/pflag as the controllers use it: exit code 2 for an unknown flag or a value
 * that does not parse, 0 for --help.
 */
#ifndef RUNTIME_FLAGS_H
#define RUNTIME_FLAGS_H

#include "common/base/buf.h"
#include "common/base/err.h"

enum flag_type {
    FLAG_BOOL,     // bool
    FLAG_STRING,   // const char *
    FLAG_INT,      // int64_t
    FLAG_DURATION, // int64_t, nanoseconds
    FLAG_STRINGS,  // struct flag_strings; repeatable, and comma-separated
    FLAG_TEXTS,    // struct flag_strings; repeatable, commas are part of the text
};

struct flag_strings {
    const char **items; // NULL-terminated
    size_t n, cap;
};

struct flag {
    const char *name; // without dashes
    enum flag_type type;
    void *at;
    const char *value_if_absent; // as it would be written; NULL: false, "", 0
    const char *env;             // environment variable that replaces the default; NULL: none
    const char *what;            // help: the value's word ("ADDRESS"); NULL: by type
    const char *help;            // one or more sentences
    const char *section;         // help: heading; NULL: the one of the row before
    char letter;                 // short form ("-n x", "-nx", "-A"); 0: none
};

/* Typed pointers: a wrong C type does not compile. */
#define FLAG_B(p) .type = FLAG_BOOL, .at = (p) + 0 * sizeof((bool *)0 == (p))
#define FLAG_S(p) .type = FLAG_STRING, .at = (p) + 0 * sizeof((const char **)0 == (p))
#define FLAG_I(p) .type = FLAG_INT, .at = (p) + 0 * sizeof((int64_t *)0 == (p))
#define FLAG_D(p) .type = FLAG_DURATION, .at = (p) + 0 * sizeof((int64_t *)0 == (p))
#define FLAG_L(p) .type = FLAG_STRINGS, .at = (p) + 0 * sizeof((struct flag_strings *)0 == (p))
#define FLAG_T(p) .type = FLAG_TEXTS, .at = (p) + 0 * sizeof((struct flag_strings *)0 == (p))

/* Parse argv against several tables (each ends with name NULL; the list ends with NULL). Texts live in `a`.
 * Errors  ERR_INVALID: "unknown flag: --x", "invalid argument \"x\" for \"--concurrent\" flag: ...", "flag
 * needs an argument: --x". out_help: --help or -h was there (then the rest is not looked at). Words without
 * dashes are an error. */
must_check bool flags_parse(struct arena *a, const struct flag *const *tables, int argc, char **argv,
                            bool *out_help, struct err *err);
/* The same for a command with words: they are collected in *words, in order, wherever they stand; "--" ends the flags.
 * out_help: the rest is looked at for words all the same. */
must_check bool flags_parse_words(struct arena *a, const struct flag *const *tables, int argc, char **argv,
                                  struct flag_strings *words, bool *out_help, struct err *err);
// Sets all defaults (environment looked at). flags_parse does it first.
must_check bool flags_defaults(struct arena *a, const struct flag *const *tables, struct err *err);
// The manual: name, what it is, flags under their headings with defaults, 80 columns.
void flags_help(struct buf *out, const char *name, const char *summary, const struct flag *const *tables);
// The rows of one table only, under their headings. wanted: names, NULL-terminated; NULL: all.
void flags_help_rows(struct buf *out, const struct flag *table, const char *const *wanted);

#endif
