// SPDX-License-Identifier: Apache-2.0
/* Inside of the room: the tree of an expression, types of the checker, values of the evaluator. */
#ifndef CEL_CEL_AST_H
#define CEL_CEL_AST_H

#include "common/base/buf.h"
#include "common/cel/cel.h"
#include "common/text/regex.h"

// ---- values ----

enum cv_type {
    CV_NULL,
    CV_BOOL,
    CV_INT,
    CV_UINT,
    CV_DOUBLE,
    CV_STRING,
    CV_BYTES,
    CV_LIST,
    CV_MAP,
    CV_DURATION,
    CV_TIMESTAMP,
    CV_TYPE,
    CV_OPTIONAL,
    CV_ERROR,
};

struct cv;

// A list or map is either JSON of the caller, or made here.
struct cv_list {
    const struct value *json;
    const struct cv *items;
    size_t n;
};
struct cv_map {
    const struct value *json;
    const struct cv *keys, *values;
    size_t n;
};
struct cv_time {
    int64_t s;      // since 1970
    int32_t ns;     // 0 to 999,999,999
    int32_t zone_s; // as it was written
};

struct cv {
    enum cv_type type;
    union {
        bool b;
        int64_t i; // also duration, in nanoseconds
        uint64_t u;
        double d;
        struct str s; // also bytes, name of a type, message of an error
        struct cv_list list;
        struct cv_map map;
        struct cv_time time;
        const struct cv *optional; // NULL = none
    };
};

#define CV_BOOL(x) ((struct cv) { .type = CV_BOOL, .b = (x) })
#define CV_INT(x) ((struct cv) { .type = CV_INT, .i = (x) })
#define CV_STR(x) ((struct cv) { .type = CV_STRING, .s = (x) })

// ---- tree ----

enum cel_node_kind {
    NODE_LITERAL,
    NODE_IDENT,
    NODE_SELECT, // a.b, a.?b
    NODE_HAS,    // has(a.b)
    NODE_CALL,
    NODE_LIST,
    NODE_MAP,
    NODE_FOLD, // a macro over a list or map
    NODE_BIND, // optMap, optFlatMap
};

enum cel_fold { FOLD_ALL, FOLD_EXISTS, FOLD_EXISTS_ONE, FOLD_MAP, FOLD_FILTER };

struct cel_function;

struct cel_node {
    enum cel_node_kind kind;
    size_t at; // byte offset in the text, for messages
    struct cv literal;
    struct str name; // variable, field, function
    bool optional;   // a.?b
    bool member;     // a call with a target, which is the first argument
    enum cel_fold fold;
    bool flat; // optFlatMap
    const struct cel_function *function;
    const struct regex *regex; // of matches() with a literal pattern
    /* select, has: operand. call: arguments. list: items. map: key, value, key, value. fold: range, body and, for the map macro
     * with a condition, that. bind: target, body. */
    struct cel_node **args;
    bool *optional_args; // of lists (an item each) and maps (a pair each); NULL = none is
    size_t n_args;
};

struct cel_expression {
    struct str text;
    struct cel_node *root;
};

struct cel_issues {
    struct arena *a;
    struct str text;
    struct cel_issue_entry {
        size_t at;
        const char *text; // "ERROR: <input>:1:1: ..." with the line below
    } * entries;
    size_t n, cap;
};

void cel_issue(struct cel_issues *issues, size_t at, const char *fmt, ...) printf_like(3, 4);
// All of them, by place in the text.
char *cel_issues_text(struct cel_issues *issues);

must_check bool cel_parse(struct arena *a, struct str text, struct cel_node **out, struct cel_issues *issues);
// Reports what does not fit; *out is the type of the whole.
void cel_check(struct arena *a, const struct cel_node *root, const struct cel_options *options,
               struct cel_issues *issues, const char **out_type);

// ---- functions ----

struct cel_run {
    struct arena *a;
    const struct value *variables;
    struct cel_scope *scope;
    uint64_t cost;
    bool over_limit;
};

// args: values that are no errors.
typedef struct cv (*cel_fn)(struct cel_run *r, const struct cel_node *call, const struct cv *args, size_t n);

struct cel_function {
    const char *name;
    cel_fn fn;
    /* Overloads, ";" between: "ss>b" takes two strings and gives a bool; "." in front: a member. Letters: b i u f s y(bytes) n D
     * T * (dyn), tX type, lX list, mXY map, oX optional, A and B for any type. */
    const char *overloads;
};

const struct cel_function *cel_function_find(struct str name);
struct cv cel_apply(struct cel_run *r, const struct cel_node *call, const struct cv *args, size_t n);
struct cv cel_run_node(struct cel_run *r, const struct cel_node *node);

struct cv cv_error(struct cel_run *r, const char *fmt, ...) printf_like(2, 3);
struct cv cv_no_overload(struct cel_run *r);
struct cv cv_of_json(const struct value *v);
struct cv cv_list_of(struct arena *a, const struct cv *items, size_t n);
size_t cv_size(const struct cv *v); // of a list or map
struct cv cv_item(const struct cv *list, size_t i);
struct cv cv_key(const struct cv *map, size_t i);
struct cv cv_value_at(const struct cv *map, size_t i);
bool cv_find(const struct cv *map, const struct cv *key, struct cv *out);
bool cv_equal(const struct cv *x, const struct cv *y);
bool cv_is_zero(const struct cv *v);
bool cv_compare(const struct cv *x, const struct cv *y, int *out); // false: not comparable
const char *cv_type_name(const struct cv *v);
const char *cv_print(struct arena *a, const struct cv *v); // as %v in messages
struct value *cv_to_json(struct arena *a, const struct cv *v);
bool cv_index(const struct cv *index, int64_t *out);        // an integer, or a number equal to one
struct cv cv_optional(struct arena *a, const struct cv *v); // NULL: none

// cel_time.c
bool cv_time_parse(struct str s, struct cv_time *out);
char *cv_time_print(struct arena *a, const struct cv_time *t);
struct cv cel_time_part(struct cel_run *r, const struct cel_node *call, const struct cv *args, size_t n);

#endif
