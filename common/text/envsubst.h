// SPDX-License-Identifier: Apache-2.0
/* ${variable} expansion as Flux's post-build substitution has it (github.com/fluxcd/pkg/envsubst).
 *
 * Forms: ${v} ${v:-d} ${v:=d} ${v=d} ${v:+d} ${v:?d} ${#v} ${v^} ${v^^} ${v,} ${v,,} ${v:pos} ${v:pos:len} ${v/a/b} ${v//a/b}
 * ${v/#a/b} ${v/%a/b} ${v#glob} ${v##glob} ${v%glob} ${v%%glob}; $$ is a dollar. Arguments nest.
 * Errors  ERR_INVALID: "bad substitution", "missing closing brace", "unable to parse variable name", "unable to parse
 *         substitution within function", "unable to parse default function", "variable not set (strict mode): \"x\"";
 *         ERR_LIMIT: nested too deep, output too large
 * Threads any.
 */
#ifndef TEXT_ENVSUBST_H
#define TEXT_ENVSUBST_H

#include "common/base/err.h"

// The value of a variable; false: not set.
typedef bool (*envsubst_lookup_fn)(void *arg, struct str name, struct str *out);

struct envsubst_options {
    bool strict;          // a variable that is not set is an error, except where a default is given
    size_t max_out_bytes; // 0 = LIMIT_DOCUMENT_BYTES
    /* Strict: the error names all variables that are not set, not only the first as upstream does:
     * "variable not set (strict mode): \"a\"" is followed by ", \"b\"" and so on. */
};

must_check bool envsubst(struct arena *a, struct str text, const struct envsubst_options *options,
                         envsubst_lookup_fn lookup, void *arg, struct str *out, struct err *err);
// ^[_[:alpha:]][_[:alpha:][:digit:]]*$, the rule for names that Flux checks before.
bool envsubst_name_valid(struct str name);

#endif
