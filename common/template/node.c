// SPDX-License-Identifier: Apache-2.0
// The canonical text of nodes, their place, and number constants. Go: text/template/parse/node.go
#include "common/template/node.h"

#include <math.h>

#include "common/template/gotext.h"
#include "common/value/goquote.h"
#include "common/value/utf8.h"

static void put_idents(struct buf *out, const struct node *n, bool leading_dot) {
    for (size_t i = 0; i < n->n_ident; i++) {
        buf_puts(out, i || leading_dot ? "." : "");
        buf_put_str(out, n->ident[i]);
    }
}

static void put_command(struct buf *out, const struct node *n, size_t max) {
    for (size_t i = 0; i < n->n && out->n <= max; i++) {
        bool pipe = n->items[i]->type == NODE_PIPE;
        buf_puts(out, i ? " " : "");
        buf_puts(out, pipe ? "(" : "");
        node_put(out, n->items[i], max);
        buf_puts(out, pipe ? ")" : "");
    }
}

static void put_pipe(struct buf *out, const struct node *n, size_t max) {
    for (size_t i = 0; i < n->n_decl; i++) {
        buf_puts(out, i ? ", " : "");
        node_put(out, n->decl[i], max);
    }
    if (n->n_decl)
        buf_puts(out, n->flag ? " = " : " := ");
    for (size_t i = 0; i < n->n && out->n <= max; i++) {
        buf_puts(out, i ? " | " : "");
        node_put(out, n->items[i], max);
    }
}

static void put_chain(struct buf *out, const struct node *n, size_t max) {
    bool pipe = n->operand->type == NODE_PIPE;
    buf_puts(out, pipe ? "(" : "");
    node_put(out, n->operand, max);
    buf_puts(out, pipe ? ")" : "");
    put_idents(out, n, true);
}

static void put_branch(struct buf *out, const struct node *n, size_t max) {
    buf_puts(out, n->type == NODE_IF ? "{{if " : n->type == NODE_RANGE ? "{{range " : "{{with ");
    node_put(out, n->pipe, max);
    buf_puts(out, "}}");
    node_put(out, n->list, max);
    if (n->else_list) {
        buf_puts(out, "{{else}}");
        node_put(out, n->else_list, max);
    }
    buf_puts(out, "{{end}}");
}

static void put_template(struct buf *out, const struct node *n, size_t max) {
    buf_puts(out, "{{template ");
    go_quote(out, n->text);
    if (n->pipe) {
        buf_putc(out, ' ');
        node_put(out, n->pipe, max);
    }
    buf_puts(out, "}}");
}

static void put_action(struct buf *out, const struct node *n, size_t max) {
    buf_puts(out, "{{");
    node_put(out, n->pipe, max);
    buf_puts(out, "}}");
}

void node_put(struct buf *out, const struct node *n, size_t max) {
    if (out->n > max)
        return;
    switch (n->type) {
    case NODE_TEXT:
    case NODE_IDENTIFIER:
    case NODE_NUMBER: buf_put_str(out, n->text); break;
    case NODE_ACTION: put_action(out, n, max); break;
    case NODE_BOOL: buf_puts(out, n->flag ? "true" : "false"); break;
    case NODE_BREAK: buf_puts(out, "{{break}}"); break;
    case NODE_CONTINUE: buf_puts(out, "{{continue}}"); break;
    case NODE_CHAIN: put_chain(out, n, max); break;
    case NODE_COMMAND: put_command(out, n, max); break;
    case NODE_DOT: buf_puts(out, "."); break;
    case NODE_ELSE: buf_puts(out, "{{else}}"); break;
    case NODE_END: buf_puts(out, "{{end}}"); break;
    case NODE_FIELD: put_idents(out, n, true); break;
    case NODE_VARIABLE: put_idents(out, n, false); break;
    case NODE_NIL: buf_puts(out, "nil"); break;
    case NODE_PIPE: put_pipe(out, n, max); break;
    case NODE_STRING: buf_put_str(out, n->quoted); break;
    case NODE_TEMPLATE: put_template(out, n, max); break;
    case NODE_IF:
    case NODE_RANGE:
    case NODE_WITH: put_branch(out, n, max); break;
    case NODE_LIST:
        for (size_t i = 0; i < n->n; i++)
            node_put(out, n->items[i], max);
        break;
    }
}

char *node_location(struct arena *a, const struct tsource *source, const struct node *n) {
    size_t line = 1, begin = 0;
    size_t pos = n->pos < source->text.n ? n->pos : source->text.n;
    for (size_t i = 0; i < pos; i++) {
        if (source->text.p[i] == '\n') {
            line++;
            begin = i + 1;
        }
    }
    return arena_fmt(a, "%s:%zu:%zu", source->name, line, pos - begin);
}

static bool text_is_blank(struct str s) { // unicode.IsSpace
    for (size_t i = 0; i < s.n;) {
        uint32_t r;
        i += utf8_decode(str_sub(s, i, s.n), &r);
        bool space = (r >= 9 && r <= 13) || r == ' ' || r == 0x85 || r == 0xA0 || r == 0x1680 ||
                     (r >= 0x2000 && r <= 0x200A) || r == 0x2028 || r == 0x2029 || r == 0x202F ||
                     r == 0x205F || r == 0x3000;
        if (!space)
            return false;
    }
    return true;
}

bool node_is_blank(const struct node *n) {
    if (!n)
        return true;
    if (n->type == NODE_TEXT)
        return text_is_blank(n->text);
    if (n->type != NODE_LIST)
        return false;
    for (size_t i = 0; i < n->n; i++)
        if (!node_is_blank(n->items[i]))
            return false;
    return true;
}

/* ---- numbers ---- */

static bool is_int64(double f) {
    return f >= -9223372036854775808.0 && f < 9223372036854775808.0 && (double)(int64_t)f == f;
}

static void simplify_complex(struct number *n) {
    n->is_float = n->im == 0;
    if (!n->is_float)
        return;
    n->f = n->re;
    if ((n->is_int = is_int64(n->f)))
        n->i = (int64_t)n->f;
    if ((n->is_uint = n->f >= 0 && n->f < 18446744073709551616.0 && (double)(uint64_t)n->f == n->f))
        n->u = (uint64_t)n->f;
}

static bool parse_char(struct arena *a, struct str text, struct number *n, struct err *err) {
    struct str rest = str_sub(text, 1, text.n);
    uint32_t rune;
    bool byte;
    if (!go_unquote_char(&rest, '\'', &rune, &byte))
        return err_set(err, ERR_INVALID, "invalid syntax");
    if (!str_is(rest, "'"))
        return err_set(err, ERR_INVALID, "malformed character constant: %s", arena_text(a, text.p, text.n));
    *n = (struct number) {
        .is_int = true, .is_uint = true, .is_float = true, .i = rune, .u = rune, .f = rune
    };
    return true;
}

// "1+2i": the sign that begins the imaginary part
static bool parse_complex(struct arena *a, struct str text, struct number *n, struct err *err) {
    bool range;
    for (size_t i = text.n - 1; i > 0; i--) {
        char c = text.p[i], before = text.p[i - 1];
        if ((c != '+' && c != '-') || strchr("eEpP", before))
            continue;
        if (go_parse_float(str_sub(text, 0, i), &n->re, &range) &&
            go_parse_float(str_sub(text, i, text.n - 1), &n->im, &range)) {
            n->is_complex = true;
            return simplify_complex(n), true;
        }
        break;
    }
    return err_set(err, ERR_INVALID, "syntax error scanning complex number: %s",
                   arena_text(a, text.p, text.n));
}

static bool has_any(struct str s, const char *chars) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] && strchr(chars, s.p[i]))
            return true;
    return false;
}

bool number_parse(struct arena *a, struct str text, bool is_char, bool is_complex, struct number *out,
                  struct err *err) {
    struct number n = { 0 };
    bool range;
    if (is_char)
        return parse_char(a, text, out, err);
    if (is_complex)
        return *out = n, parse_complex(a, text, out, err);
    if (text.n && text.p[text.n - 1] == 'i' && go_parse_float(str_sub(text, 0, text.n - 1), &n.im, &range)) {
        n.is_complex = true;
        simplify_complex(&n);
        return *out = n, true;
    }
    n.is_uint = go_parse_uint(text, 0, &n.u, &range);
    n.is_int = go_parse_int(text, 0, &n.i, &range);
    if (n.is_int && n.i == 0)
        n.is_uint = true, n.u = 0;
    if (n.is_int || n.is_uint) {
        n.is_float = true;
        n.f = n.is_int ? (double)n.i : (double)n.u;
    } else if (go_parse_float(text, &n.f, &range)) {
        if (!has_any(text, ".eEpP"))
            return err_set(err, ERR_INVALID, "integer overflow: %s", go_quoted(a, text));
        n.is_float = true;
        if ((n.is_int = is_int64(n.f)))
            n.i = (int64_t)n.f;
        if ((n.is_uint = n.f >= 0 && n.f < 18446744073709551616.0 && (double)(uint64_t)n.f == n.f))
            n.u = (uint64_t)n.f;
    }
    if (!n.is_int && !n.is_uint && !n.is_float)
        return err_set(err, ERR_INVALID, "illegal number syntax: %s", go_quoted(a, text));
    return *out = n, true;
}
