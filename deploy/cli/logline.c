// SPDX-License-Identifier: Apache-2.0
// One line of a controller's log: filter and form.
#include "deploy/cli/logs.h"

#include "common/base/timeutil.h"
#include "common/value/json.h"

#include <stdio.h>
#include <strings.h>

#define LINE_MAX_BYTES (64u << 10) // upstream's scanner stops there

static const char *kind_of(const struct value *v) {
    const char *kind = value_text(value_get(v, "reconciler kind"), NULL);
    return kind ? kind : value_text(value_get(v, "controllerKind"), "");
}

static bool wanted(const struct log_filter *f, const struct value *v) {
    const char *ns = value_text(value_get(v, "namespace"), "");
    if (!text_empty(f->level) && !text_eq(f->level, value_text(value_get(v, "level"), "")))
        return false;
    if (!text_empty(f->kind) && strcasecmp(f->kind, kind_of(v)) != 0)
        return false;
    if (!text_empty(f->name) && strcasecmp(f->name, value_text(value_get(v, "name"), "")) != 0)
        return false;
    return !f->ns || text_eq(f->ns, ns);
}

static bool old(const struct log_filter *f, const char *ts) {
    if (!f->not_before_at)
        return false;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    int64_t at;
    return time_parse_rfc3339(ts, &at, &err) && at < f->not_before_at;
}

enum log_line log_line_print(const struct log_filter *f, struct str line) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct value *v;
    if (!line.n || line.p[0] != '{')
        return LOG_LINE_SKIPPED;
    if (line.n > LINE_MAX_BYTES)
        return LOG_LINE_BROKEN;
    if (!json_read(&a, line, &v, &err)) {
        cli_say(SAY_FAIL, "parse error: %s", err.msg);
        return LOG_LINE_BROKEN;
    }
    const char *ts = value_text(value_get(v, "ts"), "");
    if (!wanted(f, v) || old(f, ts))
        return LOG_LINE_SKIPPED;
    autobuf b = { 0 };
    const char *name = value_text(value_get(v, "name"), ""), *ns = value_text(value_get(v, "namespace"), "");
    buf_fmt(&b, "%s %s %s", ts, value_text(value_get(v, "level"), ""), kind_of(v));
    if (*name)
        buf_fmt(&b, "/%s.%s", name, ns);
    buf_fmt(&b, " - %s %s\n", value_text(value_get(v, "msg"), ""), value_text(value_get(v, "error"), ""));
    fwrite(b.p, 1, b.n, stdout); // one call a line: several threads print
    return LOG_LINE_PRINTED;
}
