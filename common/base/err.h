// SPDX-License-Identifier: Apache-2.0
/* Errors: the kind says what to do next, the text is Go's "outer: inner" for people to read.
 *
 * A function that can fail takes `struct err *err` last and returns bool. err_set and err_wrap return false,
 * so that failing is one line. Setting a set err aborts (nothing is lost); a handled one is err_clear()ed.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "common/base/arena.h"

enum err_kind {
    ERR_NONE,
    ERR_INVALID,     // the input is wrong: trying again does not help
    ERR_NOT_FOUND,   // what is named is not there (yet)
    ERR_AUTH,        // refused: credentials or rights
    ERR_CONFLICT,    // somebody else changed it, or owns it
    ERR_TIMEOUT,     // the deadline passed
    ERR_CANCELED,    // the caller or shutdown ended it
    ERR_IO,          // files, network, the other side
    ERR_LIMIT,       // larger, deeper or longer than allowed
    ERR_UNSUPPORTED, // valid, but not implemented here
    ERR_BUG,         // cannot happen
};

struct err {
    struct arena *a; // where messages live
    enum err_kind kind;
    int code;           // errno or HTTP status, 0 = none
    const char *reason; // condition reason; NULL = the one its step declares
    const char *msg;    // "outer: inner"
    const char *at;     // file:line of the first err_set
};

#define ERR_STRINGIFY_(x) #x
#define ERR_STRINGIFY(x) ERR_STRINGIFY_(x)
#define ERR_AT __FILE__ ":" ERR_STRINGIFY(__LINE__)

bool err_set_at(struct err *err, const char *at, enum err_kind kind, const char *fmt, ...) printf_like(4, 5);
#define err_set(err, kind, ...) err_set_at((err), ERR_AT, (kind), __VA_ARGS__)
// Puts "fmt: " in front of the message; kind, code and reason stay.
bool err_wrap(struct err *err, const char *fmt, ...) printf_like(2, 3);
// Sets and returns false, with a code beside it.
bool err_set_code_at(struct err *err, const char *at, enum err_kind kind, int code, const char *fmt, ...)
    printf_like(5, 6);
#define err_set_code(err, kind, code, ...) err_set_code_at((err), ERR_AT, (kind), (code), __VA_ARGS__)
void err_clear(struct err *err);
// Copies a set error into another arena's err (which must be clear); returns false.
bool err_move(struct err *to, const struct err *from);
const char *err_kind_name(enum err_kind kind);

#endif
