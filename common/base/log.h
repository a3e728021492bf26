// SPDX-License-Identifier: Apache-2.0
/* Log lines: one JSON object (or one console line) on stderr, written with a single write(2).
 *
 * Fields come as pairs after the message: log_info("starting", LOG_STR("addr", addr), LOG_INT("port", 80)).
 * Flux: pkg/runtime/logger: level, ts (ISO 8601, ms), logger, msg, then the pairs; errors under "error".
 * Threads any.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "common/base/err.h"

enum log_level { LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_ERROR };

enum log_field_type { LOG_FIELD_END, LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_BOOL, LOG_FIELD_JSON };

struct log_field {
    const char *key;
    enum log_field_type type;
    const char *text; // LOG_FIELD_STR, and LOG_FIELD_JSON (already encoded); NULL leaves the field out
    int64_t number;
};

#define LOG_STR(k, v) ((struct log_field) { .key = (k), .type = LOG_FIELD_STR, .text = (v) })
#define LOG_INT(k, v) ((struct log_field) { .key = (k), .type = LOG_FIELD_INT, .number = (v) })
#define LOG_BOOL(k, v) ((struct log_field) { .key = (k), .type = LOG_FIELD_BOOL, .number = (v) })
#define LOG_JSON(k, v) ((struct log_field) { .key = (k), .type = LOG_FIELD_JSON, .text = (v) })

struct log_config {
    enum log_level level;
    bool console; // else JSON
};

void log_configure(struct log_config config);
bool log_enabled(enum log_level level);
// A prefix of fields for all lines of this thread (the reconcile's), NULL to end it. The array must stay
// alive.
void log_context(const struct log_field *fields);
void log_write(enum log_level level, const char *logger, const char *msg, const struct log_field *fields);

#define LOG_LINE(level, logger, msg, ...)                                                                    \
    log_write((level), (logger), (msg), (const struct log_field[]) { __VA_ARGS__ __VA_OPT__(, ) { 0 } })
#define log_trace(msg, ...) LOG_LINE(LOG_TRACE, NULL, msg __VA_OPT__(, ) __VA_ARGS__)
#define log_debug(msg, ...) LOG_LINE(LOG_DEBUG, NULL, msg __VA_OPT__(, ) __VA_ARGS__)
#define log_info(msg, ...) LOG_LINE(LOG_INFO, NULL, msg __VA_OPT__(, ) __VA_ARGS__)
#define log_error(msg, ...) LOG_LINE(LOG_ERROR, NULL, msg __VA_OPT__(, ) __VA_ARGS__)

// Appends text as a JSON string with quotes.
struct buf;
void json_quote(struct buf *b, struct str s);

#endif
