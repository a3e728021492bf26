// SPDX-License-Identifier: Apache-2.0
// JSON and console log lines.
#include "common/base/log.h"

#include "common/base/buf.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static struct log_config config = { .level = LOG_INFO };
static _Thread_local const struct log_field *context;

static const char *const level_names[] = { "trace", "debug", "info", "error" };

void log_configure(struct log_config c) {
    config = c;
}

bool log_enabled(enum log_level level) {
    return level >= config.level;
}

void log_context(const struct log_field *fields) {
    context = fields;
}

// Length of the valid UTF-8 sequence at p, 0 if there is none.
static size_t utf8_len(const unsigned char *p, size_t n) {
    size_t len = p[0] < 0x80                   ? 1
                 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
                 : (p[0] & 0xf0) == 0xe0       ? 3
                 : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                               : 0;
    if (!len || len > n)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if (len == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)))
        return 0;
    if (len == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)))
        return 0;
    return len;
}

void json_quote(struct buf *b, struct str s) {
    buf_putc(b, '"');
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        size_t len = utf8_len((const unsigned char *)s.p + i, s.n - i);
        if (c == '"' || c == '\\')
            buf_fmt(b, "\\%c", c);
        else if (c == '\n')
            buf_puts(b, "\\n");
        else if (c == '\t')
            buf_puts(b, "\\t");
        else if (c == '\r')
            buf_puts(b, "\\r");
        else if (c < 0x20)
            buf_fmt(b, "\\u%04x", c);
        else if (!len)
            buf_puts(b, "\\ufffd");
        else
            buf_add(b, s.p + i, len);
        i += len ? len : 1;
    }
    buf_putc(b, '"');
}

static void field_value(struct buf *b, const struct log_field *f) {
    switch (f->type) {
    case LOG_FIELD_STR: json_quote(b, str_of(f->text)); break;
    case LOG_FIELD_INT: buf_fmt(b, "%lld", (long long)f->number); break;
    case LOG_FIELD_BOOL: buf_puts(b, f->number ? "true" : "false"); break;
    case LOG_FIELD_JSON: buf_puts(b, f->text); break;
    case LOG_FIELD_END: break;
    }
}

static void fields_json(struct buf *b, const struct log_field *fields) {
    for (const struct log_field *f = fields; f && f->type != LOG_FIELD_END; f++) {
        if ((f->type == LOG_FIELD_STR || f->type == LOG_FIELD_JSON) && !f->text)
            continue;
        buf_putc(b, ',');
        json_quote(b, str_of(f->key));
        buf_putc(b, ':');
        field_value(b, f);
    }
}

void log_write(enum log_level level, const char *logger, const char *msg, const struct log_field *fields) {
    if (level < config.level)
        return;
    autobuf b = { 0 };
    struct timespec ts;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &ts);
    gmtime_r(&ts.tv_sec, &tm);
    char when[40];
    size_t n = strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(when + n, sizeof when - n, ".%03dZ", (int)(ts.tv_nsec / 1000000));
    if (config.console) {
        buf_fmt(&b, "%s\t%s\t", when, level_names[level]);
        if (logger)
            buf_fmt(&b, "%s\t", logger);
        buf_fmt(&b, "%s\t{\"_\":0", msg);
    } else {
        buf_fmt(&b, "{\"level\":\"%s\",\"ts\":\"%s\"", level_names[level], when);
        if (logger) {
            buf_puts(&b, ",\"logger\":");
            json_quote(&b, str_of(logger));
        }
        buf_puts(&b, ",\"msg\":");
        json_quote(&b, str_of(msg));
    }
    fields_json(&b, context);
    fields_json(&b, fields);
    buf_puts(&b, "}\n");
    ssize_t ignored = write(STDERR_FILENO, b.p, b.n);
    (void)ignored;
}
