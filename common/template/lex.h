// SPDX-License-Identifier: Apache-2.0
/* Tokens of a template. Inside of the room. Go: text/template/parse/lex.go */
#ifndef TEMPLATE_LEX_H
#define TEMPLATE_LEX_H

#include "common/base/arena.h"

enum token_type { // the order counts: keywords come after TOKEN_KEYWORD
    TOKEN_ERROR,
    TOKEN_BOOL,
    TOKEN_CHAR,
    TOKEN_CHAR_CONSTANT,
    TOKEN_COMPLEX,
    TOKEN_ASSIGN,
    TOKEN_DECLARE,
    TOKEN_EOF,
    TOKEN_FIELD,
    TOKEN_IDENTIFIER,
    TOKEN_LEFT_DELIM,
    TOKEN_LEFT_PAREN,
    TOKEN_NUMBER,
    TOKEN_PIPE,
    TOKEN_RAW_STRING,
    TOKEN_RIGHT_DELIM,
    TOKEN_RIGHT_PAREN,
    TOKEN_SPACE,
    TOKEN_STRING,
    TOKEN_TEXT,
    TOKEN_VARIABLE,
    TOKEN_KEYWORD,
    TOKEN_BLOCK,
    TOKEN_BREAK,
    TOKEN_CONTINUE,
    TOKEN_DOT,
    TOKEN_DEFINE,
    TOKEN_ELSE,
    TOKEN_END,
    TOKEN_IF,
    TOKEN_NIL,
    TOKEN_RANGE,
    TOKEN_TEMPLATE,
    TOKEN_WITH,
};

struct token {
    enum token_type type;
    size_t pos;
    struct str text; // of an error: its message
    uint32_t line;
};

struct lexer {
    struct arena *a; // for messages
    struct str input;
    size_t pos, start;
    uint32_t line, start_line;
    unsigned parens;
    bool inside;
};

void lexer_init(struct lexer *l, struct arena *a, struct str input);
struct token lexer_next(struct lexer *l);

#endif
