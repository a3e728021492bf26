// SPDX-License-Identifier: Apache-2.0
// Helm's functions that reach into the engine: include, tpl, required, fail, lookup. Helm: pkg/engine/engine.go
#include "common/template/exec.h"
#include "common/value/goquote.h"

#define MAX_INCLUDES 1000

// Executes with the output in a text of its own.
static bool run_nested(struct tctx *c, const struct tdef *def, struct tval dot, struct buf *text) {
    struct buf *before = c->out;
    c->nested_output += before->n;
    c->out = text;
    bool ok = exec_template(c, def, dot);
    c->out = before;
    c->nested_output -= before->n;
    c->message_wrapped = !ok;
    return ok;
}

static bool fn_include(struct tctx *c, const struct tval *args, size_t n, struct tval *out) {
    autobuf text = { 0 };
    (void)n;
    const char *name = arena_text(c->a, args[0].s.p, args[0].s.n);
    uintptr_t depth = (uintptr_t)map_get(c->includes, name);
    if (depth > MAX_INCLUDES)
        return tctx_fail(c, "rendering template has a nested reference name: %s: unable to execute template",
                         name);
    const struct tdef *def = template_find(c->set, name);
    if (!def)
        return tctx_fail(c, "template: no template %s associated with template \"gotpl\"",
                         go_quoted(c->a, args[0].s));
    map_set(c->includes, name, (void *)(depth + 1));
    bool ok = run_nested(c, def, args[1], &text);
    map_set(c->includes, name, (void *)depth);
    return ok && tctx_text(c, &text, out);
}

static struct str without_no_value(struct arena *a, struct str s) {
    autobuf b = { 0 };
    for (ptrdiff_t at; (at = str_find(s, STR("<no value>"))) >= 0;) {
        buf_add(&b, s.p, (size_t)at);
        s = str_sub(s, (size_t)at + 10, s.n);
    }
    buf_put_str(&b, s);
    return buf_to_arena(&b, a);
}

static bool run_tpl(struct tctx *c, struct template_set *clone, struct str source_text, struct tval dot,
                    struct tval *out) {
    struct err err = { .a = c->a };
    autobuf text = { 0 };
    const struct tdef *own = NULL;
    struct tsource *source = arena_new(c->a, struct tsource);
    *source = (struct tsource) { "gotpl", source_text };
    if (!template_add(clone, source, &own, &err))
        return tctx_fail(c, "cannot parse template %s: %s", go_quoted(c->a, source_text), err.msg);
    const struct template_set *before = c->set;
    c->set = clone;
    bool ok = run_nested(c, own, dot, &text);
    c->set = before;
    if (!ok) {
        exec_wrap(c, true, "error during tpl function execution for %s: ", go_quoted(c->a, source_text));
        return false;
    }
    if (!tctx_room(c, text.n))
        return false;
    *out = tval_str(without_no_value(c->a, buf_str(&text)));
    return true;
}

static bool fn_tpl(struct tctx *c, const struct tval *args, size_t n, struct tval *out) {
    (void)n;
    struct template_set clone = { .a = c->a, .parent = c->set };
    if (!tctx_steps(c, args[0].s.n / 8))
        return false;
    bool ok = run_tpl(c, &clone, args[0].s, args[1], out);
    template_set_done(&clone);
    return ok;
}

static bool fn_required(struct tctx *c, const struct tval *args, size_t n, struct tval *out) {
    (void)n;
    if (args[1].kind == TVAL_NIL || (args[1].kind == TVAL_STRING && !args[1].s.n))
        return tctx_fail(c, "HELM_ERR_START%sHELM_ERR_END", arena_text(c->a, args[0].s.p, args[0].s.n));
    *out = args[1];
    return true;
}

static bool fn_fail(struct tctx *c, const struct tval *args, size_t n, struct tval *out) {
    (void)n, (void)out;
    return tctx_fail(c, "HELM_ERR_START%sHELM_ERR_END", arena_text(c->a, args[0].s.p, args[0].s.n));
}

static bool fn_lookup(struct tctx *c, const struct tval *args, size_t n, struct tval *out) {
    struct err err = { .a = c->a };
    struct value *found = NULL;
    const char *text[4];
    for (size_t i = 0; i < n; i++)
        text[i] = arena_text(c->a, args[i].s.p, args[i].s.n);
    if (c->opt->lookup &&
        !c->opt->lookup(c->opt->lookup_arg, c->a, text[0], text[1], text[2], text[3], &found, &err))
        return tctx_fail(c, "%s", err.msg);
    *out = found ? tval_of_value(c->a, found, NULL) : tval_map(tmap_new(c->a, &ttype_map_any));
    return true;
}

static bool fn_get_host(struct tctx *c, const struct tval *args, size_t n, struct tval *out) {
    (void)c, (void)args, (void)n;
    *out = tval_text("");
    return true;
}

const struct tfunction functions_engine[] = {
    { "include", "sa", fn_include },
    { "tpl", "sa", fn_tpl },
    { "required", "sa", fn_required },
    { "fail", "s", fn_fail },
    { "lookup", "ssss", fn_lookup },
    { "getHostByName", "s", fn_get_host },
    { 0 },
};
