// SPDX-License-Identifier: Apache-2.0
// The error type.
#include "common/base/err.h"

static bool set_va(struct err *err, const char *at, enum err_kind kind, int code, const char *fmt,
                   va_list ap) {
    if (err->kind != ERR_NONE)
        abort(); // the first error would be lost
    err->kind = kind;
    err->code = code;
    err->at = at;
    err->msg = arena_vfmt(err->a, fmt, ap);
    return false;
}

bool err_set_at(struct err *err, const char *at, enum err_kind kind, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    set_va(err, at, kind, 0, fmt, ap);
    va_end(ap);
    return false;
}

bool err_set_code_at(struct err *err, const char *at, enum err_kind kind, int code, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    set_va(err, at, kind, code, fmt, ap);
    va_end(ap);
    return false;
}

bool err_wrap(struct err *err, const char *fmt, ...) {
    if (err->kind == ERR_NONE)
        abort(); // nothing to wrap
    va_list ap;
    va_start(ap, fmt);
    const char *outer = arena_vfmt(err->a, fmt, ap);
    va_end(ap);
    err->msg = arena_fmt(err->a, "%s: %s", outer, err->msg);
    return false;
}

void err_clear(struct err *err) {
    *err = (struct err) { .a = err->a };
}

bool err_move(struct err *to, const struct err *from) {
    if (to->kind != ERR_NONE || from->kind == ERR_NONE)
        abort();
    to->kind = from->kind;
    to->code = from->code;
    to->at = from->at;
    to->reason = arena_strdup(to->a, from->reason);
    to->msg = arena_strdup(to->a, from->msg);
    return false;
}

const char *err_kind_name(enum err_kind kind) {
    switch (kind) {
    case ERR_NONE: return "none";
    case ERR_INVALID: return "invalid";
    case ERR_NOT_FOUND: return "not found";
    case ERR_AUTH: return "auth";
    case ERR_CONFLICT: return "conflict";
    case ERR_TIMEOUT: return "timeout";
    case ERR_CANCELED: return "canceled";
    case ERR_IO: return "io";
    case ERR_LIMIT: return "limit";
    case ERR_UNSUPPORTED: return "unsupported";
    case ERR_BUG: return "bug";
    }
    return "?";
}
