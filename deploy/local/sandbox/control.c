// SPDX-License-Identifier: Apache-2.0
// The control endpoint: faults on demand, counters, the log of requests.
#include "deploy/local/sandbox/control.h"

#include "common/base/timeutil.h"
#include "common/value/json.h"
#include "deploy/local/sandbox/api.h"
#include "deploy/local/sandbox/watch.h"

enum { LOG_REQUESTS = 4096 };

struct fault {
    struct arena a;                    // of its texts
    const char *method, *path, *agent; // globs, NULL = any
    int64_t skip, count;               // matches to let pass first; how many to hit, 0 = all
    int64_t delay_ms, retry_after_s;
    int status;
    const char *reason, *message;
    bool drop, hang;
    int64_t hits;
    struct fault *next;
};

struct held { // an exchange that waits for a timer or for the thaw
    struct faults *owner;
    struct http_exchange *x;
    struct loop_timer *timer;
    struct held *next;
    bool frozen, hanging; // hanging: never answered
};

struct request_line {
    char *text; // JSON
};

struct faults {
    struct sandbox *sb;
    struct fault *first;
    struct held *held;
    bool frozen;
    int64_t total, in_flight, max_in_flight;
    struct map verbs, resources, agents; // name -> count as a pointer-sized number
    struct request_line log[LOG_REQUESTS];
    size_t log_n; // ever written
};

struct faults *faults_new(struct sandbox *sb) {
    struct faults *f = calloc(1, sizeof *f);
    if (!f)
        abort();
    f->sb = sb;
    return f;
}

static void faults_clear(struct faults *f) {
    for (struct fault *x = f->first, *next; x; x = next) {
        next = x->next;
        arena_done(&x->a);
        free(x);
    }
    f->first = NULL;
}

static void counters_clear(struct faults *f) {
    map_done(&f->verbs);
    map_done(&f->resources);
    map_done(&f->agents);
    f->total = 0;
    f->max_in_flight = f->in_flight;
}

static void log_clear(struct faults *f) {
    for (size_t i = 0; i < LOG_REQUESTS; i++) {
        free(f->log[i].text);
        f->log[i].text = NULL;
    }
    f->log_n = 0;
}

void faults_free(struct faults *f) {
    if (!f)
        return;
    faults_clear(f);
    counters_clear(f);
    log_clear(f);
    for (struct held *h = f->held, *next; h; h = next) {
        next = h->next;
        loop_timer_cancel(h->timer);
        http_reply_text(h->x, 503,
                        "the sandbox ends"); // the server has stopped: this only frees the exchange
        free(h);
    }
    free(f);
}

/* ---- faults ---- */

// '*' stands for any run of characters, '/' included.
static bool glob(const char *pattern, const char *text) {
    const char *star = NULL, *retry = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == *text) {
            pattern++, text++;
        } else if (star) {
            pattern = star + 1;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

static bool fault_matches(const struct fault *f, struct http_exchange *x) {
    const char *agent = http_request_header(x, "User-Agent");
    return (!f->method || glob(f->method, http_method(x))) &&
           (!f->path || glob(f->path, http_path(x)) || glob(f->path, http_raw_target(x))) &&
           (!f->agent || glob(f->agent, agent ? agent : ""));
}

static void held_go(struct held *h) {
    struct faults *f = h->owner;
    struct http_exchange *x = h->x;
    for (struct held **link = &f->held; *link; link = &(*link)->next)
        if (*link == h) {
            *link = h->next;
            break;
        }
    free(h);
    api_handle_now(f->sb, x);
}

static void on_delay(void *arg) {
    struct held *h = arg;
    h->timer = NULL;
    if (h->owner->frozen)
        h->frozen = true; // goes on with the thaw
    else
        held_go(h);
}

static struct held *hold(struct faults *f, struct http_exchange *x) {
    struct held *h = calloc(1, sizeof *h);
    if (!h)
        abort();
    *h = (struct held) { .owner = f, .x = x, .next = f->held };
    f->held = h;
    http_defer(x);
    return h;
}

static void fault_answer(struct faults *f, const struct fault *fault, struct http_exchange *x) {
    static const struct {
        int code;
        const char *reason, *message;
    } known[] = {
        { 401, "Unauthorized", "Unauthorized" },
        { 403, "Forbidden", "forbidden by the sandbox" },
        { 404, "NotFound", "the server could not find the requested resource" },
        { 409, "Conflict",
          "Operation cannot be fulfilled on the object: the object has been modified; please apply your "
          "changes to the latest version and try again" },
        { 410, "Expired", "The resourceVersion for the provided watch is too old." },
        { 429, "TooManyRequests", "Too many requests, please try again later." },
        { 500, "InternalError", "Internal error occurred: made by the sandbox" },
        { 503, "ServiceUnavailable", "the server is currently unable to handle the request" },
        { 504, "Timeout", "Timeout: request did not complete within the allotted timeout" },
    };
    struct call c = { .sb = f->sb, .x = x, .a = http_arena(x), .method = http_method(x), .verb = "fault" };
    const char *reason = fault->reason ? fault->reason : "",
               *message = fault->message ? fault->message : "made by the sandbox";
    for (size_t i = 0; i < countof(known); i++)
        if (known[i].code == fault->status) {
            reason = fault->reason ? fault->reason : known[i].reason;
            message = fault->message ? fault->message : known[i].message;
        }
    c.st.a = c.a;
    status_set(&c.st, fault->status, reason, "%s", message);
    if (fault->retry_after_s >= 0) {
        c.st.details = value_map(c.a);
        value_set(c.a, c.st.details, "retryAfterSeconds", value_int(c.a, fault->retry_after_s));
    }
    reply_status(&c, &c.st);
    counters_end(f, &c);
}

// Headers that promise more than comes, and then the end.
static void fault_drop(struct faults *f, struct http_exchange *x) {
    struct call c = { .sb = f->sb, .x = x, .a = http_arena(x), .method = http_method(x), .verb = "dropped" };
    counters_end(f, &c);
    http_push_abort(http_reply_stream(x, 200, "application/json", 1 << 16, NULL, NULL));
}

static void fault_hit(struct faults *f, struct fault *fault, struct http_exchange *x) {
    fault->hits++;
    if (fault->hang) {
        hold(f, x)->hanging = true;
        f->in_flight--; // nobody waits for it in the end
    } else if (fault->drop) {
        fault_drop(f, x);
    } else if (fault->status) {
        fault_answer(f, fault, x);
    } else {
        struct held *h = hold(f, x);
        h->timer = loop_timer_add(f->sb->loop, now_mono_ns() + fault->delay_ms * NS_PER_MS, on_delay, h);
    }
}

bool faults_take(struct faults *f, struct http_exchange *x) {
    if (f->frozen) {
        hold(f, x)->frozen = true;
        return true;
    }
    for (struct fault *fault = f->first; fault; fault = fault->next) {
        if ((fault->count && fault->hits >= fault->count) || !fault_matches(fault, x))
            continue;
        if (fault->skip > 0) {
            fault->skip--;
            continue;
        }
        fault_hit(f, fault, x);
        return true;
    }
    return false;
}

static void thaw(struct faults *f) {
    f->frozen = false;
    for (bool again = true; again;) {
        again = false;
        struct held *last = NULL; // the list has the newest first
        for (struct held *h = f->held; h; h = h->next)
            if (h->frozen)
                last = h;
        if (last) {
            held_go(last);
            again = true;
        }
    }
}

/* ---- counters ---- */

static void count(struct map *m, const char *name) {
    map_set(m, name, (void *)((uintptr_t)map_get(m, name) + 1));
}

void counters_begin(struct faults *f) {
    f->total++;
    if (++f->in_flight > f->max_in_flight)
        f->max_in_flight = f->in_flight;
}

void counters_end(struct faults *f, const struct call *c) {
    struct arena *a = http_arena(c->x);
    const char *agent = http_request_header(c->x, "User-Agent"), *slash;
    agent = agent ? agent : "";
    slash = strchr(agent, '/');
    f->in_flight--;
    count(&f->verbs, c->verb[0] ? c->verb : c->method);
    count(&f->agents, arena_text(a, agent, slash ? (size_t)(slash - agent) : strlen(agent)));
    if (c->r)
        count(&f->resources,
              arena_fmt(a, "%s %s%s%s", c->verb, c->r->key, c->subresource[0] ? "/" : "", c->subresource));
    struct value *v = value_map(a);
    value_set(a, v, "method", value_string(a, c->method));
    value_set(a, v, "target", value_string(a, http_raw_target(c->x)));
    value_set(a, v, "verb", value_string(a, c->verb));
    value_set(a, v, "agent", value_string(a, agent));
    value_set(a, v, "contentType", value_string(a, http_request_header(c->x, "Content-Type")));
    value_set(a, v, "code", value_int(a, c->code));
    struct request_line *line = &f->log[f->log_n++ % LOG_REQUESTS];
    free(line->text);
    line->text = strdup(json_text(a, v, JSON_COMPACT).p);
    if (!line->text)
        abort();
}

/* ---- the endpoint ---- */

static void reply(struct http_exchange *x, const struct value *v) {
    http_reply(x, 200, "application/json", json_text(http_arena(x), v, JSON_COMPACT));
}

static bool body_read(struct http_exchange *x, struct value **out) {
    struct err err = { .a = http_arena(x) };
    struct str body = http_body_bytes(x);
    *out = value_map(err.a);
    if (!body.n || (json_read(err.a, body, out, &err) && value_is(*out, VALUE_MAP)))
        return true;
    http_reply_text(x, 400, "the body is not a JSON object%s%s", err.msg ? ": " : "", err.msg ? err.msg : "");
    return false;
}

static const char *text_field(struct fault *f, const struct value *body, const char *key) {
    return arena_strdup(&f->a, value_text(value_get(body, key), NULL));
}

static void fault_add(struct faults *f, struct http_exchange *x) {
    static const char *const fields[] = { "method", "path",   "userAgent", "skip",       "count", "delayMs",
                                          "status", "reason", "message",   "retryAfter", "drop",  "hang" };
    struct value *body;
    if (!body_read(x, &body))
        return;
    for (size_t i = 0; i < body->map.n; i++) {
        bool known = false;
        for (size_t k = 0; k < countof(fields); k++)
            known |= str_is(body->map.pairs[i].key, fields[k]);
        if (!known) {
            http_reply_text(x, 400, "unknown field %s", body->map.pairs[i].key.p);
            return;
        }
    }
    struct fault *fault = calloc(1, sizeof *fault), **end = &f->first;
    if (!fault)
        abort();
    fault->method = text_field(fault, body, "method");
    fault->path = text_field(fault, body, "path");
    fault->agent = text_field(fault, body, "userAgent");
    fault->reason = text_field(fault, body, "reason");
    fault->message = text_field(fault, body, "message");
    fault->skip = value_int_or(value_get(body, "skip"), 0);
    fault->count = value_int_or(value_get(body, "count"), 0);
    fault->delay_ms = value_int_or(value_get(body, "delayMs"), 0);
    fault->retry_after_s = value_int_or(value_get(body, "retryAfter"), -1);
    fault->status = (int)value_int_or(value_get(body, "status"), 0);
    fault->drop = value_bool_or(value_get(body, "drop"), false);
    fault->hang = value_bool_or(value_get(body, "hang"), false);
    while (*end)
        end = &(*end)->next;
    *end = fault;
    reply(x, value_map(http_arena(x)));
}

static void faults_show(struct faults *f, struct http_exchange *x) {
    struct arena *a = http_arena(x);
    struct value *list = value_list(a);
    for (const struct fault *fault = f->first; fault; fault = fault->next) {
        struct value *v = value_map(a);
        value_set(a, v, "method", fault->method ? value_string(a, fault->method) : NULL);
        value_set(a, v, "path", fault->path ? value_string(a, fault->path) : NULL);
        value_set(a, v, "hits", value_int(a, fault->hits));
        value_append(a, list, v);
    }
    reply(x, list);
}

static struct value *map_value(struct arena *a, const struct map *m) {
    struct value *v = value_map(a);
    const char *key;
    void *n;
    for (size_t i = 0; map_next(m, &i, &key, &n);)
        value_set(a, v, key, value_int(a, (int64_t)(uintptr_t)n));
    return v;
}

static void counters_show(struct faults *f, struct http_exchange *x) {
    struct arena *a = http_arena(x);
    struct value *v = value_map(a);
    value_set(a, v, "total", value_int(a, f->total));
    value_set(a, v, "unanswered", value_int(a, f->in_flight));
    value_set(a, v, "maxInFlight", value_int(a, f->max_in_flight));
    value_set(a, v, "byVerb", map_value(a, &f->verbs));
    value_set(a, v, "byResource", map_value(a, &f->resources));
    value_set(a, v, "byAgent", map_value(a, &f->agents));
    value_set(a, v, "watches", value_int(a, (int64_t)watches_count(f->sb->watches, NULL)));
    value_set(a, v, "resourceVersion", value_int(a, (int64_t)storage_rv(f->sb->storage)));
    reply(x, v);
}

static void requests_show(struct faults *f, struct http_exchange *x) {
    autobuf b = { 0 };
    size_t first = f->log_n > LOG_REQUESTS ? f->log_n - LOG_REQUESTS : 0;
    buf_putc(&b, '[');
    for (size_t i = first; i < f->log_n; i++) {
        buf_puts(&b, i > first ? ",\n" : "");
        buf_puts(&b, f->log[i % LOG_REQUESTS].text);
    }
    buf_puts(&b, "]\n");
    http_reply(x, 200, "application/json", buf_str(&b));
}

static void watches_control(struct faults *f, struct http_exchange *x) {
    struct value *body;
    if (!body_read(x, &body))
        return;
    const char *resource = value_text(value_get(body, "resource"), NULL),
               *mode = value_text(value_get(body, "mode"), "end");
    struct value *v = value_map(http_arena(x));
    size_t n = 0;
    if (text_eq(mode, "bookmark"))
        watches_bookmark(f->sb->watches);
    else
        n = watches_close(f->sb->watches, resource, text_eq(mode, "expired"), text_eq(mode, "abort"));
    value_set(http_arena(x), v, "closed", value_int(http_arena(x), (int64_t)n));
    reply(x, v);
}

static void clock_control(struct faults *f, struct http_exchange *x) {
    struct value *body;
    if (!body_read(x, &body))
        return;
    f->sb->clock_offset_ns += value_int_or(value_get(body, "advanceSeconds"), 0) * NS_PER_S;
    struct value *v = value_map(http_arena(x));
    value_set(http_arena(x), v, "now", value_string(http_arena(x), sandbox_now(f->sb, http_arena(x))));
    reply(x, v);
}

static void freeze_control(struct faults *f, struct http_exchange *x) {
    f->frozen = true;
    reply(x, value_map(http_arena(x)));
}

static void thaw_control(struct faults *f, struct http_exchange *x) {
    reply(x, value_map(http_arena(x)));
    thaw(f);
}

static void compact_control(struct faults *f, struct http_exchange *x) {
    storage_compact(f->sb->storage);
    reply(x, value_map(http_arena(x)));
}

static void faults_drop(struct faults *f, struct http_exchange *x) {
    faults_clear(f);
    reply(x, value_map(http_arena(x)));
}

static void counters_drop(struct faults *f, struct http_exchange *x) {
    counters_clear(f);
    reply(x, value_map(http_arena(x)));
}

static void requests_drop(struct faults *f, struct http_exchange *x) {
    log_clear(f);
    reply(x, value_map(http_arena(x)));
}

static const struct {
    const char *method, *path;
    void (*run)(struct faults *f, struct http_exchange *x);
} controls[] = {
    { "POST", "/sandbox/faults", fault_add },        { "GET", "/sandbox/faults", faults_show },
    { "DELETE", "/sandbox/faults", faults_drop },    { "POST", "/sandbox/freeze", freeze_control },
    { "POST", "/sandbox/thaw", thaw_control },       { "POST", "/sandbox/watches", watches_control },
    { "POST", "/sandbox/compact", compact_control }, { "POST", "/sandbox/clock", clock_control },
    { "GET", "/sandbox/counters", counters_show },   { "DELETE", "/sandbox/counters", counters_drop },
    { "GET", "/sandbox/requests", requests_show },   { "DELETE", "/sandbox/requests", requests_drop },
};

bool control_handle(struct sandbox *sb, struct http_exchange *x) {
    const char *path = http_path(x);
    if (!text_starts(path, "/sandbox/"))
        return false;
    for (size_t i = 0; i < countof(controls); i++)
        if (text_eq(controls[i].path, path) && text_eq(controls[i].method, http_method(x))) {
            controls[i].run(sb->faults, x);
            return true;
        }
    http_reply_text(x, 404, "no such control: %s %s", http_method(x), path);
    return true;
}
