// SPDX-License-Identifier: Apache-2.0
// Walking the nodes: text, actions, branches, loops, templates. Go: text/template/exec.go
#include "common/template/exec.h"

#include <stdio.h>

#include "common/value/goquote.h"

#define CONTEXT_BYTES (16u << 10) // of a node in an error message

/* ---- errors ---- */

static void prepend(struct tctx *c, bool level, const char *text) {
    struct terror_part *part = arena_new(c->a, struct terror_part);
    part->text = str_of(text);
    part->wraps = level;
    part->next = c->error;
    c->error = part;
}

void exec_wrap(struct tctx *c, bool level, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    prepend(c, level, arena_vfmt(c->a, fmt, ap));
    va_end(ap);
}

char *exec_node_text(struct tctx *c, const struct node *n) {
    autobuf b = { 0 };
    node_put(&b, n, CONTEXT_BYTES);
    return arena_text(c->a, b.p ? b.p : "", b.n);
}

static char *place(struct tctx *c) {
    return arena_fmt(c->a,
                     "template: %s: executing %s at <%s>: ", node_location(c->a, c->def->source, c->node),
                     go_quoted(c->a, str_of(c->def->name)), exec_node_text(c, c->node));
}

bool exec_fail(struct tctx *c, const char *fmt, ...) {
    va_list ap;
    if (c->kind != ERR_NONE && c->error)
        return false;
    va_start(ap, fmt);
    const char *text = arena_vfmt(c->a, fmt, ap);
    va_end(ap);
    if (c->kind == ERR_NONE)
        c->kind = ERR_INVALID;
    prepend(c, true, arena_fmt(c->a, "%s%s", place(c), text));
    return false;
}

bool exec_limit(struct tctx *c, const char *text) {
    if (c->kind == ERR_NONE)
        c->kind = ERR_LIMIT;
    if (c->error)
        return false;
    prepend(c, true, arena_fmt(c->a, "%s%s", place(c), text));
    return false;
}

/* ---- limits ---- */

static bool memory_ok(struct tctx *c) {
    return c->a->total_bytes - c->memory_base <= c->max_memory;
}

static bool step(struct tctx *c) {
    if (++c->steps > c->max_steps)
        return exec_limit(c, "the template takes too many steps");
    if (!(c->steps & 63) && !memory_ok(c))
        return exec_limit(c, "the template needs too much memory");
    return c->kind == ERR_NONE;
}

bool tctx_steps(struct tctx *c, size_t n) {
    c->steps += n;
    if (c->steps > c->max_steps)
        return tctx_fail(c, "the template takes too many steps");
    return memory_ok(c) || tctx_fail(c, "the template needs too much memory");
}

bool tctx_room(struct tctx *c, size_t n_bytes) {
    if (n_bytes > c->max_output)
        return tctx_fail(c, "the text is too long");
    return tctx_steps(c, n_bytes / 64);
}

bool tctx_fail(struct tctx *c, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    c->message = arena_vfmt(c->a, fmt, ap);
    va_end(ap);
    return false;
}

struct arena *tctx_arena(struct tctx *c) {
    return c->a;
}

const struct template_options *tctx_options(const struct tctx *c) {
    return c->opt;
}

bool tctx_text(struct tctx *c, struct buf *b, struct tval *out) {
    if (!tctx_room(c, b->n))
        return false;
    *out = tval_str(buf_to_arena(b, c->a));
    return true;
}

/* ---- variables ---- */

void var_push(struct tctx *c, struct str name, struct tval v) {
    if (c->n_vars == c->cap_vars)
        c->vars = arena_grow(c->a, c->vars, &c->cap_vars, c->n_vars + 1, sizeof(struct tvar));
    c->vars[c->n_vars++] = (struct tvar) { name, v };
}

bool var_set(struct tctx *c, struct str name, struct tval v) {
    for (size_t i = c->n_vars; i-- > c->base;) {
        if (str_eq(c->vars[i].name, name)) {
            c->vars[i].value = v;
            return true;
        }
    }
    return exec_fail(c, "undefined variable: %s", arena_text(c->a, name.p, name.n));
}

/* ---- output ---- */

static bool put(struct tctx *c, struct str s) {
    buf_put_str(c->out, s);
    if (c->out->n + c->nested_output > c->max_output)
        return exec_limit(c, "the output is too long");
    return true;
}

static bool print_value(struct tctx *c, struct tval v) {
    if (v.kind == TVAL_STRING)
        return put(c, v.s);
    if (v.kind == TVAL_NIL)
        return put(c, STR("<no value>"));
    tval_put_addressed(c->out, v);
    return put(c, STR(""));
}

/* ---- statements ---- */

static enum texec walk_branch(struct tctx *c, struct tval dot, const struct node *n) {
    size_t mark = c->n_vars;
    struct tval v;
    enum texec result = TEXEC_OK;
    if (!eval_pipeline(c, dot, n->pipe, &v))
        return TEXEC_FAILED;
    if (tval_truth(v))
        result = exec_walk(c, n->type == NODE_WITH ? v : dot, n->list);
    else if (n->else_list)
        result = exec_walk(c, dot, n->else_list);
    c->n_vars = mark;
    return result;
}

// One turn. Returns TEXEC_OK to go on.
static enum texec range_once(struct tctx *c, const struct node *n, struct tval index, struct tval elem) {
    const struct node *pipe = n->pipe;
    size_t mark = c->n_vars;
    if (pipe->n_decl && pipe->flag) {
        if (!var_set(c, pipe->decl[0]->ident[0], pipe->n_decl > 1 ? index : elem) ||
            (pipe->n_decl > 1 && !var_set(c, pipe->decl[1]->ident[0], elem)))
            return TEXEC_FAILED;
    } else if (pipe->n_decl) {
        c->vars[c->n_vars - 1].value = elem;
        if (pipe->n_decl > 1)
            c->vars[c->n_vars - 2].value = index;
    }
    enum texec result = exec_walk(c, elem, n->list);
    c->n_vars = mark;
    return result == TEXEC_CONTINUE ? TEXEC_OK : result;
}

static enum texec range_list(struct tctx *c, const struct node *n, const struct tlist *l, bool *ran) {
    enum texec result = TEXEC_OK;
    size_t count = l->type->elem == TSLOT_BYTE ? l->bytes.n : l->n;
    *ran = count > 0;
    for (size_t i = 0; i < count && result == TEXEC_OK; i++)
        result = range_once(c, n, tval_int((int64_t)i), tlist_at(l, i));
    return result;
}

static enum texec range_map(struct tctx *c, const struct node *n, const struct tmap *m, bool *ran) {
    enum texec result = TEXEC_OK;
    size_t count = m->n;
    *ran = count > 0;
    if (!count)
        return TEXEC_OK;
    // the body may change the map: Go sorts a copy first
    struct tmap_entry *entries = arena_copy(c->a, m->entries, count * sizeof *entries);
    c->steps += count;
    for (size_t i = 0; i < count && result == TEXEC_OK; i++)
        result = range_once(c, n, tval_str(entries[i].key), tmap_slot(m->type, entries[i].value));
    return result;
}

static enum texec range_int(struct tctx *c, const struct node *n, struct tval v, bool *ran) {
    enum texec result = TEXEC_OK;
    if (n->pipe->n_decl > 1) {
        exec_fail(c, "can't use %s to iterate over more than one variable", tval_string(c->a, v).p);
        return TEXEC_FAILED;
    }
    int64_t count = v.i;
    *ran = count > 0;
    for (int64_t i = 0; i < count && result == TEXEC_OK; i++) {
        struct tval elem = v;
        elem.i = i;
        result = step(c) ? range_once(c, n, tval_nil(), elem) : TEXEC_FAILED;
    }
    return result;
}

static enum texec range_over(struct tctx *c, const struct node *n, struct tval v, bool *ran) {
    *ran = false;
    if (v.kind == TVAL_NIL && !v.iface)
        return TEXEC_OK;
    if (tval_is_int(v) || v.kind == TVAL_UINT8 || v.kind == TVAL_UINT64)
        return range_int(c, n, v, ran);
    if (v.kind == TVAL_LIST)
        return range_list(c, n, v.list, ran);
    if (v.kind == TVAL_MAP)
        return range_map(c, n, v.map, ran);
    struct str text = tval_string(c->a, v);
    exec_fail(c, "range can't iterate over %s", arena_text(c->a, text.p, text.n));
    return TEXEC_FAILED;
}

static enum texec walk_range(struct tctx *c, struct tval dot, const struct node *n) {
    size_t mark = c->n_vars;
    struct tval v;
    bool ran;
    if (!eval_pipeline(c, dot, n->pipe, &v))
        return TEXEC_FAILED;
    v.iface = false;
    enum texec result = range_over(c, n, v, &ran);
    if (result == TEXEC_OK && !ran && n->else_list)
        result = exec_walk(c, dot, n->else_list);
    if (result == TEXEC_BREAK) // Go: also one in the else list ends here, and no outer loop
        result = TEXEC_OK;
    c->n_vars = mark;
    return result;
}

static bool stack_left(const struct tctx *c) {
    char here;
    return &here > c->stack_end && c->depth < c->max_depth;
}

bool exec_template(struct tctx *c, const struct tdef *def, struct tval dot) {
    const struct tdef *before = c->def;
    const struct node *node = c->node;
    size_t n_vars = c->n_vars, base = c->base;
    if (!stack_left(c))
        return exec_fail(c, "exceeded maximum template depth (100000)");
    c->def = def;
    c->base = c->n_vars;
    c->depth++;
    var_push(c, STR("$"), dot);
    c->node = def->root;
    bool ok = exec_walk(c, dot, def->root) == TEXEC_OK;
    c->depth--;
    c->n_vars = n_vars;
    c->base = base;
    c->def = before;
    c->node = node;
    return ok;
}

static enum texec walk_template(struct tctx *c, struct tval dot, const struct node *n) {
    const struct tdef *def = template_find(c->set, n->text.p);
    struct tval v = tval_nil();
    if (!def) {
        exec_fail(c, "template %s not defined", go_quoted(c->a, n->text));
        return TEXEC_FAILED;
    }
    if (!stack_left(c)) {
        exec_fail(c, "exceeded maximum template depth (100000)");
        return TEXEC_FAILED;
    }
    if (n->pipe && !eval_pipeline(c, dot, n->pipe, &v))
        return TEXEC_FAILED;
    return exec_template(c, def, v) ? TEXEC_OK : TEXEC_FAILED;
}

static enum texec walk_list(struct tctx *c, struct tval dot, const struct node *n) {
    for (size_t i = 0; i < n->n; i++) {
        enum texec result = exec_walk(c, dot, n->items[i]);
        if (result != TEXEC_OK)
            return result;
    }
    return TEXEC_OK;
}

static enum texec walk_action(struct tctx *c, struct tval dot, const struct node *n) {
    struct tval v;
    if (!eval_pipeline(c, dot, n->pipe, &v))
        return TEXEC_FAILED;
    return n->pipe->n_decl || print_value(c, v) ? TEXEC_OK : TEXEC_FAILED;
}

enum texec exec_walk(struct tctx *c, struct tval dot, const struct node *n) {
    c->node = n;
    if (!step(c))
        return TEXEC_FAILED;
    switch ((int)n->type) {
    case NODE_ACTION: return walk_action(c, dot, n);
    case NODE_BREAK: return TEXEC_BREAK;
    case NODE_CONTINUE: return TEXEC_CONTINUE;
    case NODE_IF:
    case NODE_WITH: return walk_branch(c, dot, n);
    case NODE_LIST: return walk_list(c, dot, n);
    case NODE_RANGE: return walk_range(c, dot, n);
    case NODE_TEMPLATE: return walk_template(c, dot, n);
    case NODE_TEXT: return put(c, n->text) ? TEXEC_OK : TEXEC_FAILED;
    default: break;
    }
    exec_fail(c, "unknown node: %s", exec_node_text(c, n));
    return TEXEC_FAILED;
}
