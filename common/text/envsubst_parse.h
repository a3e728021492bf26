// SPDX-License-Identifier: Apache-2.0
/* The tree of an expansion. Inside of the room. */
#ifndef TEXT_ENVSUBST_PARSE_H
#define TEXT_ENVSUBST_PARSE_H

#include "common/base/err.h"

struct envsubst_node {
    bool function;
    struct str text;            // of a text node
    struct str name;            // of the variable
    struct str op;              // ":=", "#", "//" ...; "" = the value itself
    struct envsubst_node *args; // list
    size_t n_args;
    struct envsubst_node *next; // in the list it is in
};

// *out: the list of nodes, NULL when the text is empty.
must_check bool envsubst_parse(struct arena *a, struct str text, struct envsubst_node **out, struct err *err);

#endif
