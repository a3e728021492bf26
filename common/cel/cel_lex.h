// SPDX-License-Identifier: Apache-2.0
/* Tokens of CEL. Inside of the room. */
#ifndef CEL_CEL_LEX_H
#define CEL_CEL_LEX_H

#include "common/cel/cel_ast.h"

enum cel_token {
    TOK_END,
    TOK_IDENT,
    TOK_LITERAL, // number, string, bytes
    TOK_OP,      // punctuation; `text` says which
    TOK_BAD,
};

struct cel_lexer {
    struct arena *a;
    struct str all;
    size_t pos;
    enum cel_token token; // the one at hand
    size_t at;            // where it begins
    struct str text;
    struct cv literal;
    const char *problem; // of TOK_BAD
};

void cel_lex_next(struct cel_lexer *l);

#endif
