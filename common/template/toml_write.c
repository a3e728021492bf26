// SPDX-License-Identifier: Apache-2.0
// TOML out: sorted keys, values before tables. BurntSushi/toml v1.6: encode.go
#include "common/template/toml.h"

#include <math.h>

#include "common/template/functions.h"
#include "common/template/gotime.h"
#include "common/text/semver.h"
#include "common/value/number.h"
#include "common/value/utf8.h"

#define MAX_DEPTH 200

struct writer {
    struct buf *out;
    struct err *err;
    struct arena *a;
    const struct str *keys[MAX_DEPTH];
    unsigned n_keys;
    bool has_written;
};

static void put_string(struct buf *out, struct str s) {
    static const char from[] = "\t\n\r\"\\\b\f", to[] = "tnr\"\\bf";
    buf_putc(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char ch = (unsigned char)s.p[i];
        const char *at = ch ? strchr(from, ch) : NULL;
        if (at)
            buf_fmt(out, "\\%c", to[at - from]);
        else if (ch < 0x20 || ch == 0x7F)
            buf_fmt(out, "\\u00%02x", ch);
        else
            buf_putc(out, (char)ch);
    }
    buf_putc(out, '"');
}

static void put_key(struct buf *out, struct str key) {
    bool bare = key.n > 0;
    for (size_t i = 0; i < key.n; i++) {
        char ch = key.p[i];
        bare &= (ch >= '0' && ch <= '9') || ((ch | 32) >= 'a' && (ch | 32) <= 'z') || ch == '_' || ch == '-';
    }
    if (bare)
        buf_put_str(out, key);
    else
        put_string(out, key);
}

static void put_float(struct buf *out, double f) {
    char text[NUMBER_TEXT];
    if (!isfinite(f)) {
        buf_puts(out, isnan(f) ? "nan" : f > 0 ? "inf" : "-inf");
        return;
    }
    size_t n = number_fmt_g(f, text);
    if (fabs(f) < 1e6 && f != 0 && fabs(f) < 1e-4)
        n = number_fmt_g(f, text);
    buf_add(out, text, n);
    if (!memchr(text, '.', n) && !memchr(text, 'e', n))
        buf_puts(out, ".0");
}

static bool is_table(struct tval v) {
    return v.kind == TVAL_MAP || v.kind == TVAL_STRUCT;
}

static bool is_table_array(struct tval v) {
    if (v.kind != TVAL_LIST || v.list->type->elem == TSLOT_BYTE || v.list->nil || !v.list->n)
        return false;
    for (size_t i = 0; i < v.list->n; i++)
        if (!is_table(v.list->items[i]))
            return false;
    return true;
}

static bool put_element(struct writer *w, struct tval v, unsigned depth);

static bool put_inline_table(struct writer *w, const struct tmap *m, unsigned depth) {
    bool first = true;
    buf_putc(w->out, '{');
    for (size_t i = 0; i < m->n; i++) {
        struct tval v = m->entries[i].value;
        if (tval_is_nil_ref(v))
            continue;
        buf_puts(w->out, first ? "" : ", ");
        put_key(w->out, m->entries[i].key);
        buf_puts(w->out, " = ");
        if (!put_element(w, v, depth + 1))
            return false;
        first = false;
    }
    buf_putc(w->out, '}');
    return true;
}

static bool put_array(struct writer *w, struct tval v, unsigned depth) {
    const struct tlist *l = v.list;
    size_t n = l->type->elem == TSLOT_BYTE ? l->bytes.n : l->n;
    buf_putc(w->out, '[');
    for (size_t i = 0; i < n; i++) {
        struct tval item = tval_plain(tlist_at(l, i));
        buf_puts(w->out, i ? ", " : "");
        if (tval_is_nil_ref(item))
            return err_set(w->err, ERR_INVALID, "toml: cannot encode array with nil element");
        if (!put_element(w, item, depth + 1))
            return false;
    }
    buf_putc(w->out, ']');
    return true;
}

static bool put_element(struct writer *w, struct tval v, unsigned depth) {
    if (depth >= MAX_DEPTH)
        return err_set(w->err, ERR_INVALID, "toml: the value is nested too deeply");
    switch ((int)v.kind) {
    case TVAL_STRING: put_string(w->out, v.s); return true;
    case TVAL_BOOL: buf_puts(w->out, v.b ? "true" : "false"); return true;
    case TVAL_FLOAT64: put_float(w->out, v.f); return true;
    case TVAL_LIST: return put_array(w, v, depth);
    case TVAL_MAP: return put_inline_table(w, v.map, depth);
    case TVAL_TIME:
        buf_put_str(w->out, gotime_format(w->a, v.time, "2006-01-02T15:04:05.999999999Z07:00"));
        return true;
    case TVAL_SEMVER: put_string(w->out, str_of(semver_text(w->a, v.semver))); return true;
    case TVAL_DURATION: put_string(w->out, tval_string(w->a, v)); return true;
    default: break;
    }
    if (tval_is_int(v) || tval_is_uint(v))
        buf_fmt(w->out, "%lld", (long long)v.i);
    else
        return err_set(w->err, ERR_INVALID, "unsupported type for key '': %s", tval_kind_name(v));
    return true;
}

static void indent(struct writer *w, unsigned level) {
    for (unsigned i = 0; i < level; i++)
        buf_puts(w->out, "  ");
}

static void put_header(struct writer *w, const char *open, const char *close) {
    indent(w, w->n_keys - 1);
    buf_puts(w->out, open);
    for (unsigned i = 0; i < w->n_keys; i++) {
        buf_puts(w->out, i ? "." : "");
        put_key(w->out, *w->keys[i]);
    }
    buf_puts(w->out, close);
    buf_putc(w->out, '\n');
    w->has_written = true;
}

static bool put_table(struct writer *w, const struct tmap *m);

static bool put_table_array(struct writer *w, const struct tlist *l) {
    for (size_t i = 0; i < l->n; i++) {
        if (w->has_written)
            buf_putc(w->out, '\n');
        put_header(w, "[[", "]]");
        if (l->items[i].kind == TVAL_MAP && !put_table(w, l->items[i].map))
            return false;
    }
    return true;
}

static bool put_entry(struct writer *w, const struct tmap_entry *e) {
    if (w->n_keys + 1 >= MAX_DEPTH)
        return err_set(w->err, ERR_INVALID, "toml: the value is nested too deeply");
    w->keys[w->n_keys++] = &e->key;
    bool ok = true;
    if (is_table_array(e->value)) {
        ok = put_table_array(w, e->value.list);
    } else if (e->value.kind == TVAL_MAP) {
        if (w->n_keys == 1 && w->has_written)
            buf_putc(w->out, '\n');
        put_header(w, "[", "]");
        ok = put_table(w, e->value.map);
    } else {
        indent(w, w->n_keys - 1);
        put_key(w->out, e->key);
        buf_puts(w->out, " = ");
        ok = put_element(w, e->value, 0);
        buf_putc(w->out, '\n');
        w->has_written = true;
    }
    w->n_keys--;
    return ok;
}

static bool put_table(struct writer *w, const struct tmap *m) {
    for (int tables = 0; tables < 2; tables++) {
        for (size_t i = 0; i < m->n; i++) {
            struct tval v = m->entries[i].value;
            bool table = is_table(v) || is_table_array(v);
            if (table != (tables == 1) || tval_is_nil_ref(v))
                continue;
            if (!put_entry(w, &m->entries[i]))
                return false;
        }
    }
    return true;
}

bool toml_write(struct buf *out, struct tval v, struct err *err) {
    struct writer w = { .out = out, .err = err, .a = err->a };
    if (v.kind == TVAL_MAP)
        return put_table(&w, v.map);
    return put_element(&w, v, 0);
}
