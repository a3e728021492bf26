// SPDX-License-Identifier: Apache-2.0
// Words on stderr and tables on stdout.
#include "deploy/cli/cli.h"

#include <stdio.h>
#include <unistd.h>
#include <wchar.h>

static const char *const symbols[] = {
    [SAY_ACTION] = "►", [SAY_WAIT] = "◎", [SAY_DONE] = "✔", [SAY_WARN] = "⚠️", [SAY_FAIL] = "✗",
};

void cli_say(enum cli_symbol symbol, const char *fmt, ...) {
    autobuf b = { 0 };
    buf_fmt(&b, "%s ", symbols[symbol]);
    va_list ap;
    va_start(ap, fmt);
    buf_vfmt(&b, fmt, ap);
    va_end(ap);
    buf_putc(&b, '\n');
    fwrite(b.p, 1, b.n, stderr);
    fflush(stderr);
}

int cli_fail(struct cli *c, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vfmt(c->a, fmt, ap);
    va_end(ap);
    if (c->err.kind != ERR_NONE)
        err_clear(&c->err);
    err_set(&c->err, ERR_INVALID, "%s", text);
    return 1;
}

void table_add(struct arena *a, struct table *t, const char *const *cells) {
    t->rows = arena_grow(a, t->rows, &t->cap, t->n + 1, sizeof *t->rows);
    t->rows[t->n++] = arena_copy(a, cells, t->n_columns * sizeof *cells);
}

// Decodes one character; invalid bytes count as one column each.
static size_t utf8_next(const char *p, uint32_t *out) {
    unsigned char c = (unsigned char)*p;
    size_t n = c < 0x80 ? 1 : (c & 0xe0) == 0xc0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : (c & 0xf8) == 0xf0 ? 4 : 1;
    uint32_t v = n == 1 ? c : c & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char)p[i] & 0xc0) != 0x80)
            return *out = c, 1;
        v = v << 6 | ((unsigned char)p[i] & 0x3f);
    }
    return *out = v, n;
}

static bool is_wide(uint32_t c) {
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

size_t text_width(const char *text) {
    size_t width = 0;
    while (*text) {
        uint32_t c;
        text += utf8_next(text, &c);
        width += (c >= 0x300 && c <= 0x36f) || c == 0x200d || (c >= 0xfe00 && c <= 0xfe0f) ? 0
                 : is_wide(c)                                                              ? 2
                                                                                           : 1;
    }
    return width;
}

// The i-th line of a cell as its own text; NULL past the last one.
static const char *cell_line(struct arena *a, const char *cell, size_t i) {
    struct str rest = str_of(cell), line;
    while (str_split(&rest, '\n', &line))
        if (i-- == 0)
            return arena_text(a, line.p, line.n);
    return NULL;
}

static void put_padded(struct buf *b, const char *text, size_t width) {
    buf_puts(b, text);
    for (size_t w = text_width(text); w < width; w++)
        buf_putc(b, ' ');
}

static void widen(struct arena *a, const struct table *t, const char *const *cells, size_t *widths) {
    for (size_t c = 0; c < t->n_columns; c++) {
        const char *line;
        for (size_t i = 0; (line = cell_line(a, cells[c], i)); i++) {
            size_t w = text_width(line);
            widths[c] = w > widths[c] ? w : widths[c];
        }
    }
}

static void put_row(struct arena *a, struct buf *b, const struct table *t, const char *const *cells,
                    const size_t *widths) {
    for (size_t i = 0;; i++) {
        bool any = false;
        for (size_t c = 0; c < t->n_columns; c++)
            any |= cell_line(a, cells[c], i) != NULL;
        if (!any)
            return;
        for (size_t c = 0; c < t->n_columns; c++) {
            const char *line = cell_line(a, cells[c], i);
            put_padded(b, line ? line : "", widths[c]);
            buf_putc(b, '\t');
        }
        buf_putc(b, '\n');
    }
}

/* Flux: olekukonko/tablewriter as flux2/pkg/printers sets it up: a TAB between padded cells, rows end with one, the
 * header does not. */
void table_print(const struct table *t, bool with_header) {
    autoarena a = { 0 };
    autobuf b = { 0 };
    size_t *widths = arena_array(&a, size_t, t->n_columns);
    if (with_header)
        widen(&a, t, t->header, widths);
    for (size_t i = 0; i < t->n; i++)
        widen(&a, t, t->rows[i], widths);
    for (size_t c = 0; with_header && c < t->n_columns; c++) {
        put_padded(&b, t->header[c], widths[c]);
        buf_putc(&b, c + 1 < t->n_columns ? '\t' : '\n');
    }
    for (size_t i = 0; i < t->n; i++)
        put_row(&a, &b, t, t->rows[i], widths);
    fwrite(b.p ? b.p : "", 1, b.n, stdout);
    fflush(stdout);
}
