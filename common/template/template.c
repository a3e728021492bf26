// SPDX-License-Identifier: Apache-2.0
// Sets of templates, executing one, and Helm's form of errors. Helm: pkg/engine/engine.go
#include "common/template/template.h"

#include <pthread.h>

#include "common/template/exec.h"

#define STACK_RESERVE (192u << 10) // for functions at the deepest level

struct template_set *template_set_new(struct arena *a) {
    struct template_set *set = arena_new(a, struct template_set);
    set->a = a;
    return set;
}

void template_set_done(struct template_set *set) {
    map_done(&set->defs);
}

void template_set_free(struct template_set *set) {
    if (set)
        map_done(&set->defs);
}

const struct tdef *template_find(const struct template_set *set, const char *name) {
    for (; set; set = set->parent) {
        const struct tdef *def = map_get(&set->defs, name);
        if (def)
            return def;
    }
    return NULL;
}

bool template_has(const struct template_set *set, const char *name) {
    return template_find(set, name) != NULL;
}

bool template_add(struct template_set *set, const struct tsource *source, const struct tdef **out_own,
                  struct err *err) {
    struct tdef *defs;
    size_t n;
    if (!node_parse(set->a, source, &defs, &n, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        // Go's AddParseTree: a blank definition replaces nothing
        if (out_own && !strcmp(defs[i].name, source->name))
            *out_own = &defs[i];
        if (defs[i].blank && template_find(set, defs[i].name))
            continue;
        map_set(&set->defs, defs[i].name, &defs[i]);
    }
    return true;
}

// Helm: cleanupParseError
static bool parse_error(struct arena *a, const char *text, struct err *err) {
    const char *first = strstr(text, ": "), *second = first ? strstr(first + 2, ": ") : NULL, *last = first;
    if (!second)
        return err_set(err, ERR_INVALID, "parse error at (%s): %s", first ? first + 2 : text,
                       first ? first + 2 : text);
    for (const char *p = first; p; p = strstr(p + 2, ": "))
        last = p;
    return err_set(err, ERR_INVALID, "parse error at (%s): %s",
                   arena_text(a, first + 2, (size_t)(second - first - 2)), last + 2);
}

bool template_parse(struct template_set *set, const char *name, struct str text, struct err *err) {
    struct err inner = { .a = set->a };
    struct tsource *source = arena_new(set->a, struct tsource);
    *source = (struct tsource) { arena_strdup(set->a, name), text };
    if (template_add(set, source, NULL, &inner))
        return true;
    if (inner.kind == ERR_LIMIT)
        return err_set(err, inner.kind, "%s", inner.msg);
    return parse_error(set->a, inner.msg, err);
}

/* ---- errors of executions ---- */

// The index behind `needle` in s from `at`, or SIZE_MAX.
static size_t behind(struct str s, size_t at, const char *needle) {
    ptrdiff_t i = at <= s.n ? str_find(str_sub(s, at, s.n), str_of(needle)) : -1;
    return i < 0 ? SIZE_MAX : at + (size_t)i + strlen(needle);
}

struct trace {
    struct str location, executing, message;
};

static struct str cut_chained(struct str s) {
    ptrdiff_t i = str_find(s, STR(" template:"));
    return i < 0 ? s : str_sub(s, 0, (size_t)i);
}

static bool trace_parse(struct str s, struct trace *t) {
    *t = (struct trace) { 0 };
    if (!str_starts(s, "template: "))
        return false;
    struct str rest = str_sub(s, 10, s.n);
    if (str_starts(rest, "no template "))
        return t->message = s, true;
    size_t after = behind(rest, 0, ": executing ");
    if (after != SIZE_MAX) {
        size_t name = after,
               quote = after < rest.n && rest.p[after] == '"' ? behind(rest, after + 1, "\"") : SIZE_MAX;
        size_t end = quote != SIZE_MAX && str_starts(str_sub(rest, quote, rest.n), " at <")
                         ? behind(rest, quote + 5, ">: ")
                         : SIZE_MAX;
        if (end != SIZE_MAX) {
            t->location = str_sub(rest, 0, after - 12);
            t->executing = str_sub(rest, name, end - 1);
            t->message = cut_chained(str_sub(rest, end, rest.n));
            return true;
        }
    }
    for (size_t i = rest.n; i-- > 1;) {
        if (rest.p[i - 1] != ':' || rest.p[i] != ' ')
            continue;
        t->location = str_sub(rest, 0, i - 1);
        t->message = cut_chained(str_sub(rest, i + 1, rest.n));
        return true;
    }
    return false;
}

static void put_trace(struct buf *out, const struct trace *t) {
    if (t->location.n) {
        buf_put_str(out, t->location);
        buf_puts(out, "\n  ");
    }
    if (t->executing.n) {
        buf_puts(out, "executing ");
        buf_put_str(out, t->executing);
        buf_puts(out, "\n    ");
    }
    if (t->message.n) {
        buf_put_str(out, t->message);
        buf_puts(out, "\n");
    }
}

static bool same_trace(const struct trace *x, const struct trace *y) {
    return str_eq(x->location, y->location) && str_eq(x->executing, y->executing) &&
           str_eq(x->message, y->message);
}

// required and fail: only their message remains. Helm: warnRegex
static bool warning(struct arena *a, struct str full, const char **out) {
    size_t first = behind(full, 0, ": "), second = first == SIZE_MAX ? first : behind(full, first, ": ");
    if (second == SIZE_MAX)
        return false;
    size_t begin = behind(full, second, "HELM_ERR_START");
    size_t end = SIZE_MAX;
    for (size_t i = begin == SIZE_MAX ? full.n : begin; i + 12 <= full.n; i++)
        if (full.p[i] == 'H' && !memcmp(full.p + i, "HELM_ERR_END", 12))
            end = i;
    if (end == SIZE_MAX)
        return false;
    struct str location = str_sub(full, first, second - 2), text = str_sub(full, begin, end);
    *out = arena_fmt(a, "execution error at (%s): %s", arena_text(a, location.p, location.n),
                     arena_text(a, text.p, text.n));
    return true;
}

static const char *exec_error_text(struct tctx *c) {
    autobuf full = { 0 }, out = { 0 };
    const char *text;
    struct trace before = { 0 };
    bool first = true;
    for (const struct terror_part *p = c->error; p; p = p->next)
        buf_put_str(&full, p->text);
    struct str all = buf_str(&full);
    if (warning(c->a, all, &text))
        return text;
    size_t at = 0;
    for (const struct terror_part *p = c->error; p; at += p->text.n, p = p->next) {
        struct trace t;
        if (!p->wraps)
            continue;
        if (!trace_parse(str_sub(all, at, all.n), &t))
            return arena_text(c->a, all.p, all.n);
        if (first || !same_trace(&t, &before))
            put_trace(&out, &t);
        before = t;
        first = false;
    }
    struct str trimmed = str_trim(buf_str(&out));
    return arena_text(c->a, trimmed.p, trimmed.n);
}

/* ---- execution ---- */

static const char *stack_limit(void) {
    pthread_attr_t attr;
    void *base = NULL;
    size_t size = 0;
    char here;
    if (pthread_getattr_np(pthread_self(), &attr) == 0) {
        pthread_attr_getstack(&attr, &base, &size);
        pthread_attr_destroy(&attr);
    }
    const char *end = base ? (const char *)base + STACK_RESERVE : &here - (512u << 10);
    // an unlimited stack is no licence
    uintptr_t most = (uintptr_t)&here - (48u << 20);
    return (uintptr_t)end > most ? end : (const char *)most;
}

static void append_cleaned(struct buf *out, struct str s) {
    for (;;) {
        ptrdiff_t at = str_find(s, STR("<no value>"));
        if (at < 0)
            break;
        buf_add(out, s.p, (size_t)at);
        s = str_sub(s, (size_t)at + 10, s.n);
    }
    buf_put_str(out, s);
}

bool template_execute(const struct template_set *set, const char *name, struct tval root,
                      const struct template_options *opt, struct arena *a, struct buf *out, struct err *err) {
    static const struct template_options defaults = { 0 };
    autobuf text = { 0 };
    automap includes = { 0 };
    const struct tdef *def = template_find(set, name);
    if (!def)
        return err_set(err, ERR_INVALID, "template: no template \"%s\" associated with template \"gotpl\"",
                       name);
    if (!opt)
        opt = &defaults;
    struct tctx c = {
        .a = a,
        .set = set,
        .out = &text,
        .includes = &includes,
        .opt = opt,
        .max_steps = opt->max_steps ? opt->max_steps : TEMPLATE_MAX_STEPS,
        .max_output = opt->max_output_bytes ? opt->max_output_bytes : TEMPLATE_MAX_OUTPUT_BYTES,
        .max_memory = opt->max_memory_bytes ? opt->max_memory_bytes : TEMPLATE_MAX_MEMORY_BYTES,
        .max_depth = opt->max_depth ? opt->max_depth : TEMPLATE_MAX_DEPTH,
        .memory_base = a->total_bytes,
        .stack_end = stack_limit(),
    };
    if (!exec_template(&c, def, root))
        return err_set(err, c.kind, "%s", exec_error_text(&c));
    append_cleaned(out, buf_str(&text));
    return true;
}
