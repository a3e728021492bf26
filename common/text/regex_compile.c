// SPDX-License-Identifier: Apache-2.0
// From the tree to a program: each node is compiled in front of what follows it.
#include "common/text/regex_prog.h"
#include "common/value/utf8.h"

enum { PREFIX_MAX = 64 };

struct compiler {
    struct arena *a;
    struct regex *re;
};

static uint32_t emit(struct compiler *c, enum rx_inst_op op, uint32_t out, uint32_t arg) {
    struct regex *re = c->re;
    re->insts = arena_grow(c->a, re->insts, &re->cap_insts, re->n_insts + 1, sizeof *re->insts);
    re->insts[re->n_insts] = (struct rx_inst) { op, out, arg };
    return (uint32_t)re->n_insts++;
}

static uint32_t set_index(struct compiler *c, const struct rune_set *set) {
    struct regex *re = c->re;
    if (re->n_sets && re->sets[re->n_sets - 1] == set)
        return (uint32_t)re->n_sets - 1;
    re->sets = arena_grow(c->a, re->sets, &re->cap_sets, re->n_sets + 1, sizeof(struct rune_set *));
    re->sets[re->n_sets] = set;
    return (uint32_t)re->n_sets++;
}

static uint32_t compile(struct compiler *c, const struct rx_node *n, uint32_t next);

// `body` or `next`, the body first unless lazy.
static uint32_t choice(struct compiler *c, bool lazy, uint32_t body, uint32_t next) {
    return emit(c, INST_ALT, lazy ? next : body, lazy ? body : next);
}

// x+: the body, then a choice between it and what follows. Returns the body's entry.
static uint32_t compile_plus(struct compiler *c, const struct rx_node *n, uint32_t next, uint32_t *out_loop) {
    uint32_t loop = emit(c, INST_ALT, 0, 0);
    uint32_t body = compile(c, n->subs[0], loop);
    c->re->insts[loop].out = n->lazy ? next : body;
    c->re->insts[loop].arg = n->lazy ? body : next;
    *out_loop = loop;
    return body;
}

static uint32_t compile_repeat(struct compiler *c, const struct rx_node *n, uint32_t next) {
    uint32_t at = next, loop;
    if (n->max < 0) {
        uint32_t body = compile_plus(c, n, next, &loop);
        if (n->min == 0) // (x+)? when x can be empty, so that the order of preference is right
            return n->subs[0]->nullable ? choice(c, n->lazy, body, next) : loop;
        at = body;
    }
    for (int i = n->min; i < n->max; i++)
        at = choice(c, n->lazy, compile(c, n->subs[0], at), next);
    for (int i = n->max < 0; i < n->min; i++)
        at = compile(c, n->subs[0], at);
    return at;
}

static uint32_t compile_capture(struct compiler *c, const struct rx_node *n, uint32_t next) {
    uint32_t end = emit(c, INST_CAPTURE, next, n->rune * 2 + 1);
    return emit(c, INST_CAPTURE, compile(c, n->subs[0], end), n->rune * 2);
}

static uint32_t compile_list(struct compiler *c, const struct rx_node *n, uint32_t next) {
    uint32_t at = next;
    for (size_t i = n->n_subs; i > 0; i--) {
        if (n->op == RX_CONCAT)
            at = compile(c, n->subs[i - 1], at);
        else if (i == n->n_subs)
            at = compile(c, n->subs[i - 1], next);
        else
            at = emit(c, INST_ALT, compile(c, n->subs[i - 1], next), at);
    }
    return at;
}

static uint32_t compile(struct compiler *c, const struct rx_node *n, uint32_t next) {
    switch (n->op) {
    case RX_EMPTY: return next;
    case RX_RUNE: return emit(c, INST_RUNE, next, n->rune);
    case RX_SET: return n->set->n ? emit(c, INST_SET, next, set_index(c, n->set)) : emit(c, INST_FAIL, 0, 0);
    case RX_ANY: return emit(c, INST_ANY, next, 0);
    case RX_ANY_NOT_NL: return emit(c, INST_ANY_NOT_NL, next, 0);
    case RX_BEGIN_LINE:
    case RX_END_LINE:
    case RX_BEGIN_TEXT:
    case RX_END_TEXT:
    case RX_WORD:
    case RX_NOT_WORD: return emit(c, INST_ASSERT, next, n->op);
    case RX_CAPTURE: return compile_capture(c, n, next);
    case RX_REPEAT: return compile_repeat(c, n, next);
    case RX_CONCAT:
    case RX_ALTERNATE: return compile_list(c, n, next);
    }
    return next;
}

// What every match begins with: the runes in a row at the start.
static void find_prefix(struct arena *a, struct regex *re) {
    char text[PREFIX_MAX];
    size_t n = 0;
    uint32_t pc = re->start;
    while (n + 4 <= sizeof text) {
        const struct rx_inst *i = &re->insts[pc];
        // U+FFFD also stands for invalid bytes
        if (i->op == INST_RUNE && i->arg != UTF8_BAD)
            n += utf8_encode(i->arg, text + n);
        else if (i->op != INST_CAPTURE)
            break;
        pc = i->out;
    }
    re->prefix = str_make(arena_text(a, text, n), n);
}

void rx_compile(struct arena *a, const struct rx_tree *tree, struct regex *re) {
    struct compiler c = { a, re };
    re->names = tree->names;
    re->n_groups = tree->n_groups;
    uint32_t match = emit(&c, INST_MATCH, 0, 0);
    uint32_t end = emit(&c, INST_CAPTURE, match, 1);
    uint32_t body = compile(&c, tree->root, end);
    re->start = emit(&c, INST_CAPTURE, body, 0);
    uint32_t pc = re->start;
    while (re->insts[pc].op == INST_CAPTURE)
        pc = re->insts[pc].out;
    re->anchored = re->insts[pc].op == INST_ASSERT && re->insts[pc].arg == RX_BEGIN_TEXT;
    find_prefix(a, re);
}
