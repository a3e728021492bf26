// SPDX-License-Identifier: Apache-2.0
/* CEL: expressions over objects, as google/cel-go evaluates them with Flux's options.
 *
 * Dialect   standard functions and macros (has, all, exists, exists_one, map, filter, optMap, optFlatMap), strings, sets and
 *           encoders extensions, optional types (with first() and last() on lists), cross-type numeric comparison, UTC.
 * Check     a checked expression knows its variables (each a dynamic map) and its output type; undeclared names and calls
 *           that no overload fits are refused. An unchecked one is only parsed (Flux: healthCheckExprs).
 * Values    JSON integers are int, other numbers double; maps, lists and the rest as they are.
 * Errors    ERR_INVALID at compile time, with position ("failed to parse the CEL expression 'x': ERROR: <input>:1:1:
 *           undeclared reference to 'x' (in container '')\n | x\n | ^"; the words of pure syntax errors are our own);
 *           ERR_INVALID at run time ("failed to evaluate the CEL expression 'x': no such key: a"); ERR_LIMIT past the cost.
 * Limits    CEL_COST_MAX steps, 500 levels of nesting in the text, 1 MiB of text made by one evaluation step
 * Threads   a compiled expression may be evaluated by many at once, each with its own arena.
 * Flux: pkg/runtime/cel (NewExpression, EvaluateBoolean, EvaluateString)
 */
#ifndef CEL_CEL_H
#define CEL_CEL_H

#include "common/value/value.h"

#define CEL_COST_MAX 1000000 // evaluation steps; Kubernetes' limit for one validation rule is of this order

enum cel_output { CEL_ANY, CEL_BOOL, CEL_STRING };

struct cel_options {
    bool check;                   // compile, not only parse
    const char *const *variables; // NULL-terminated names; needed when checked
    bool any_variables;     // `variables` may hold anything (self, oldSelf of a CRD rule), not only maps
    enum cel_output output; // when checked, the type must be exactly this
};

struct cel_expression;

must_check bool cel_compile(struct arena *a, const char *text, const struct cel_options *options,
                            struct cel_expression **out, struct err *err);
const char *cel_text(const struct cel_expression *e);

// variables: a map of name to value. The result of cel_eval is JSON-like: bytes as base64 text, times and durations as text.
must_check bool cel_eval(struct arena *a, const struct cel_expression *e, const struct value *variables,
                         struct value **out, struct err *err);
// "failed to evaluate CEL expression as boolean: 'x'" when the result is something else.
must_check bool cel_eval_bool(struct arena *a, const struct cel_expression *e, const struct value *variables,
                              bool *out, struct err *err);
must_check bool cel_eval_string(struct arena *a, const struct cel_expression *e,
                                const struct value *variables, const char **out, struct err *err);

#endif
