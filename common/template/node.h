// SPDX-License-Identifier: Apache-2.0
/* The parsed template: nodes, and their canonical text for error messages. Inside of the room.
 * Go: text/template/parse (node.go, parse.go, lex.go). */
#ifndef TEMPLATE_NODE_H
#define TEMPLATE_NODE_H

#include "common/base/buf.h"
#include "common/base/err.h"

enum node_type {
    NODE_TEXT,
    NODE_ACTION,
    NODE_BOOL,
    NODE_BREAK,
    NODE_CHAIN,
    NODE_COMMAND,
    NODE_CONTINUE,
    NODE_DOT,
    NODE_ELSE,
    NODE_END,
    NODE_FIELD,
    NODE_IDENTIFIER,
    NODE_IF,
    NODE_LIST,
    NODE_NIL,
    NODE_NUMBER,
    NODE_PIPE,
    NODE_RANGE,
    NODE_STRING,
    NODE_TEMPLATE,
    NODE_VARIABLE,
    NODE_WITH,
};

struct tfunction;

struct number {
    bool is_int, is_uint, is_float, is_complex;
    int64_t i;
    uint64_t u;
    double f, re, im;
};

struct node {
    enum node_type type : 8;
    bool flag;    // BOOL: the value; PIPE: = instead of :=
    uint32_t pos; // byte offset in the source
    uint32_t line;
    struct str text; // TEXT, NUMBER (as written), STRING (its value), TEMPLATE and IDENTIFIER (the name)
    union {
        struct { // LIST, COMMAND (operands), PIPE (commands)
            struct node **items;
            size_t n, cap;
            struct node **decl; // PIPE: variables
            size_t n_decl;
        };
        struct { // FIELD, VARIABLE, CHAIN
            struct str *ident;
            size_t n_ident, cap_ident;
            struct node *operand; // CHAIN
        };
        struct { // IF, RANGE, WITH, TEMPLATE, ACTION
            struct node *pipe, *list, *else_list;
        };
        struct number *number;
        struct str quoted;          // STRING: as written
        const struct tfunction *fn; // IDENTIFIER
    };
};

struct tsource { // a file, or the text given to tpl
    const char *name;
    struct str text;
};

struct tdef { // a template of the set
    const char *name;
    const struct tsource *source;
    const struct node *root;
    bool blank; // nothing but white space
};

// The canonical text. Stops adding when `out` has grown past max bytes.
void node_put(struct buf *out, const struct node *n, size_t max);
// "name:line:column" of a node
char *node_location(struct arena *a, const struct tsource *source, const struct node *n);
bool node_is_blank(const struct node *n);

/* Parse a text into definitions, the file's own (named source->name) last.
 * Errors  ERR_INVALID: "template: name:line: message" */
typedef const struct tfunction *(*node_function_fn)(struct str name);
must_check bool node_parse(struct arena *a, const struct tsource *source, struct tdef **out, size_t *out_n,
                           struct err *err);

// The value of a number or character as written. Errors: ERR_INVALID, Go's text.
must_check bool number_parse(struct arena *a, struct str text, bool is_char, bool is_complex,
                             struct number *out, struct err *err);

#endif
