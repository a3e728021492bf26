// SPDX-License-Identifier: Apache-2.0
// Parser of regular expressions, with a stack of its own. Go: regexp/syntax/parse.go with the flags of regexp.Compile.
#include "common/text/regex_prog.h"
#include "common/text/regex_escape.h"
#include "common/text/textcase.h"

enum { HEIGHT_MAX = 1000, REPEAT_MAX = 1000, SIZE_MAX_INSTS = (128 << 20) / 40, RANGES_MAX = 2000000 };

struct nodes {
    struct rx_node **p;
    size_t n, cap;
};

// A group that is open; the first one is the whole expression.
struct frame {
    struct nodes concat;     // what is being put one behind the other
    struct nodes alternates; // finished branches
    struct rx_flags flags;   // to go back to at its end
    uint32_t capture;        // 0 = only a group
};

struct parser {
    struct rx_lexer lex;
    struct arena *a;
    struct rx_flags flags;
    struct frame *frames;
    size_t n_frames, cap_frames;
    struct rx_tree *tree;
    size_t n_ranges;
};

static struct frame *top(struct parser *p) {
    return &p->frames[p->n_frames - 1];
}

static void push(struct arena *a, struct nodes *list, struct rx_node *n) {
    list->p = arena_grow(a, list->p, &list->cap, list->n + 1, sizeof(struct rx_node *));
    list->p[list->n++] = n;
}

static struct rx_node *leaf(struct parser *p, enum rx_op op) {
    struct rx_node *n = arena_new(p->a, struct rx_node);
    n->op = op;
    n->height = 1;
    n->size = 1;
    n->nullable = op != RX_RUNE && op != RX_SET && op != RX_ANY && op != RX_ANY_NOT_NL;
    return n;
}

static bool large(struct parser *p) {
    return rx_fail(&p->lex, "expression too large", p->lex.whole);
}

static bool check(struct parser *p, const struct rx_node *n) {
    if (n->size > SIZE_MAX_INSTS || p->n_ranges > RANGES_MAX)
        return large(p);
    return n->height <= HEIGHT_MAX || rx_fail(&p->lex, "expression nests too deeply", p->lex.whole);
}

static bool add_leaf(struct parser *p, enum rx_op op) {
    push(p->a, &top(p)->concat, leaf(p, op));
    return true;
}

static bool add_set(struct parser *p, struct rune_set *set) {
    struct rx_node *n = leaf(p, RX_SET);
    rune_set_finish(set);
    n->set = arena_copy(p->a, set, sizeof *set);
    p->n_ranges += set->n;
    push(p->a, &top(p)->concat, n);
    return check(p, n);
}

static bool add_rune(struct parser *p, uint32_t rune) {
    if (p->flags.fold && rune_fold(rune) != rune) {
        struct rune_set set = { 0 };
        rune_set_add_folded(p->a, &set, rune, rune);
        rune_set_clean(&set);
        return add_set(p, &set);
    }
    struct rx_node *n = leaf(p, RX_RUNE);
    n->rune = rune;
    push(p->a, &top(p)->concat, n);
    return true;
}

// One node for a list of them.
static struct rx_node *join(struct parser *p, struct nodes *list, enum rx_op op) {
    if (list->n == 1)
        return list->p[0];
    struct rx_node *n = leaf(p, list->n ? op : RX_EMPTY);
    n->subs = list->p;
    n->n_subs = list->n;
    n->nullable = op == RX_CONCAT || !list->n;
    n->size = op == RX_ALTERNATE && list->n ? list->n - 1 : 0;
    for (size_t i = 0; i < list->n; i++) {
        const struct rx_node *sub = list->p[i];
        n->size += sub->size;
        n->nullable = op == RX_CONCAT ? n->nullable && sub->nullable : n->nullable || sub->nullable;
        if (n->height < sub->height + 1)
            n->height = sub->height + 1;
    }
    return n;
}

static void end_branch(struct parser *p) {
    struct frame *f = top(p);
    push(p->a, &f->alternates, join(p, &f->concat, RX_CONCAT));
    f->concat = (struct nodes) { 0 };
}

static struct rx_node *wrap(struct parser *p, enum rx_op op, struct rx_node *sub) {
    struct rx_node *n = leaf(p, op);
    n->subs = arena_array(p->a, struct rx_node *, 1);
    n->subs[0] = sub;
    n->n_subs = 1;
    n->height = sub->height + 1;
    n->size = sub->size + 2;
    n->nullable = sub->nullable;
    return n;
}

static void open_group(struct parser *p, uint32_t capture) {
    p->frames = arena_grow(p->a, p->frames, &p->cap_frames, p->n_frames + 1, sizeof *p->frames);
    p->frames[p->n_frames++] = (struct frame) { .flags = p->flags, .capture = capture };
}

static uint32_t new_group(struct parser *p, struct str name) {
    p->tree->names =
        arena_grow(p->a, p->tree->names, &p->tree->cap_names, p->tree->n_groups + 1, sizeof(char *));
    p->tree->names[p->tree->n_groups++] = arena_text(p->a, name.p, name.n);
    return (uint32_t)p->tree->n_groups;
}

static bool close_group(struct parser *p) {
    if (p->n_frames == 1)
        return rx_fail(&p->lex, "unexpected )", p->lex.whole);
    end_branch(p);
    struct frame f = *top(p);
    struct rx_node *n = join(p, &f.alternates, RX_ALTERNATE);
    p->n_frames--;
    p->flags = f.flags;
    if (f.capture) {
        n = wrap(p, RX_CAPTURE, n);
        n->rune = f.capture;
    }
    push(p->a, &top(p)->concat, n);
    return check(p, n);
}

// ---- repetition ----

// Go's repeatIsValid: nested counts must not multiply past 1000.
static bool counts_fit(const struct rx_node *n, int left) {
    if (n->counted) {
        int m = n->max;
        if (m == 0)
            return true;
        if (m < 0)
            m = n->min;
        if (m > left)
            return false;
        if (m > 0)
            left /= m;
    }
    for (size_t i = 0; i < n->n_subs; i++)
        if (!counts_fit(n->subs[i], left))
            return false;
    return true;
}

static uint64_t repeat_size(const struct rx_node *n, uint64_t sub) {
    if (n->max < 0)
        return n->min == 0 ? 2 + sub : 1 + (uint64_t)n->min * sub;
    uint64_t size = (uint64_t)n->max * sub + (uint64_t)(n->max - n->min);
    return size ? size : 1;
}

// `op` is the operator's text with what follows it; the lexer is behind the operator.
static bool repeat(struct parser *p, struct rx_repeat r, struct str op, struct str *last_repeat) {
    bool lazy = p->flags.lazy;
    if (rx_peek(&p->lex) == '?') {
        rx_skip(&p->lex, 1);
        lazy = !lazy;
    }
    size_t behind = p->lex.rest.n;
    if (last_repeat->n)
        return rx_fail(&p->lex, "invalid nested repetition operator",
                       str_sub(*last_repeat, 0, last_repeat->n - behind));
    struct frame *f = top(p);
    struct str text = str_sub(op, 0, op.n - behind);
    if (!f->concat.n)
        return rx_fail(&p->lex, "missing argument to repetition operator", text);
    struct rx_node *sub = f->concat.p[f->concat.n - 1], *n = wrap(p, RX_REPEAT, sub);
    n->min = r.min;
    n->max = r.max;
    n->counted = r.counted;
    n->lazy = lazy;
    n->size = repeat_size(n, sub->size);
    n->nullable = r.min == 0 || sub->nullable;
    f->concat.p[f->concat.n - 1] = n;
    if (!check(p, n))
        return false;
    if (r.counted && (r.min >= 2 || r.max >= 2) && !counts_fit(n, REPEAT_MAX))
        return rx_fail(&p->lex, "invalid repeat count", text);
    return true;
}

// *handled false: "{" is only a brace.
static bool counted_repeat(struct parser *p, struct str *last_repeat, bool *handled) {
    struct str before = p->lex.rest;
    struct rx_repeat r;
    *handled = rx_lex_repeat(&p->lex, &r);
    if (!*handled)
        return true;
    if (r.min < 0 || r.min > REPEAT_MAX || r.max > REPEAT_MAX || (r.max >= 0 && r.min > r.max))
        return rx_fail(&p->lex, "invalid repeat count", str_sub(before, 0, before.n - p->lex.rest.n));
    return repeat(p, r, before, last_repeat);
}

static bool simple_repeat(struct parser *p, struct str *last_repeat) {
    struct str before = p->lex.rest;
    struct rx_repeat r = { before.p[0] == '+', before.p[0] == '?' ? 1 : -1, false };
    rx_skip(&p->lex, 1);
    return repeat(p, r, before, last_repeat);
}

// ---- the rest ----

static bool paren(struct parser *p) {
    struct rx_group g;
    if (!rx_lex_group(&p->lex, p->flags, &g))
        return false;
    switch (g.kind) {
    case RX_GROUP_CAPTURE: open_group(p, new_group(p, g.name)); break;
    case RX_GROUP_PLAIN:
        open_group(p, 0);
        p->flags = g.flags;
        break;
    case RX_GROUP_FLAGS: p->flags = g.flags; break;
    }
    return true;
}

static bool quoted_literal(struct parser *p) {
    rx_skip(&p->lex, 2);
    ptrdiff_t end = str_find(p->lex.rest, STR("\\E"));
    size_t left = end < 0 ? 0 : p->lex.rest.n - (size_t)end;
    uint32_t rune;
    while (p->lex.rest.n > left)
        if (!rx_next_rune(&p->lex, &rune) || !add_rune(p, rune))
            return false;
    rx_skip(&p->lex, end < 0 ? 0 : 2);
    return true;
}

static bool escape(struct parser *p) {
    static const struct {
        char letter;
        enum rx_op op;
    } ops[] = { { 'A', RX_BEGIN_TEXT }, { 'b', RX_WORD }, { 'B', RX_NOT_WORD }, { 'z', RX_END_TEXT } };
    char c = p->lex.rest.n >= 2 ? p->lex.rest.p[1] : '\0';
    for (size_t i = 0; i < countof(ops); i++)
        if (c == ops[i].letter) {
            rx_skip(&p->lex, 2);
            return add_leaf(p, ops[i].op);
        }
    if (c == 'C')
        return rx_fail(&p->lex, "invalid escape sequence", str_sub(p->lex.rest, 0, 2));
    if (c == 'Q')
        return quoted_literal(p);
    struct rune_set set = { 0 };
    bool handled;
    uint32_t rune;
    if (!rx_lex_class_escape(&p->lex, p->a, p->flags.fold, &set, &handled))
        return false;
    if (handled) {
        rune_set_clean(&set);
        return add_set(p, &set);
    }
    return rx_lex_escape(&p->lex, &rune) && add_rune(p, rune);
}

static bool class(struct parser *p) {
    struct rune_set set = { 0 };
    return rx_lex_class(&p->lex, p->a, p->flags.fold, &set) && add_set(p, &set);
}

static bool simple(struct parser *p, enum rx_op op) {
    rx_skip(&p->lex, 1);
    return add_leaf(p, op);
}

static bool literal(struct parser *p) {
    uint32_t rune;
    return rx_next_rune(&p->lex, &rune) && add_rune(p, rune);
}

// One element; *repeated is set to its text when it was a repetition.
static bool element(struct parser *p, struct str *last_repeat, bool *repeated) {
    bool handled;
    *repeated = false;
    switch (p->lex.rest.p[0]) {
    case '(': return paren(p);
    case '|':
        rx_skip(&p->lex, 1);
        end_branch(p);
        return true;
    case ')': rx_skip(&p->lex, 1); return close_group(p);
    case '^': return simple(p, p->flags.multiline ? RX_BEGIN_LINE : RX_BEGIN_TEXT);
    case '$': return simple(p, p->flags.multiline ? RX_END_LINE : RX_END_TEXT);
    case '.': return simple(p, p->flags.dot_newline ? RX_ANY : RX_ANY_NOT_NL);
    case '[': return class(p);
    case '*':
    case '+':
    case '?': *repeated = true; return simple_repeat(p, last_repeat);
    case '{':
        if (!counted_repeat(p, last_repeat, &handled))
            return false;
        *repeated = handled;
        return handled || literal(p);
    case '\\': return escape(p);
    default: return literal(p);
    }
}

bool rx_parse(struct arena *a, struct str pattern, struct rx_tree *out, struct err *err) {
    struct parser p = { .lex = { pattern, pattern, err }, .a = a, .tree = out };
    struct str last_repeat = { "", 0 };
    *out = (struct rx_tree) { 0 };
    open_group(&p, 0);
    while (p.lex.rest.n) {
        struct str before = p.lex.rest;
        bool repeated;
        if (!element(&p, &last_repeat, &repeated))
            return false;
        last_repeat = repeated ? before : STR("");
    }
    if (p.n_frames > 1)
        return rx_fail(&p.lex, "missing closing )", pattern);
    end_branch(&p);
    out->root = join(&p, &top(&p)->alternates, RX_ALTERNATE);
    return check(&p, out->root);
}
