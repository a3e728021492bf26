// SPDX-License-Identifier: Apache-2.0
// Printing of values by verb, and Printf. Go: src/fmt/print.go
#include "common/template/format.h"

#include <stdio.h>

#include "common/template/gotext.h"
#include "common/template/gotime.h"
#include "common/base/timeutil.h"
#include "common/text/semver.h"
#include "common/value/utf8.h"

#define MAX_DEPTH 200 // a map can contain itself
#define MAX_BYTES (64u << 20)

static void put_at(struct tformat *f, struct tval v, uint32_t verb, unsigned depth);

static void bad_verb(struct tformat *f, struct tval v, uint32_t verb) {
    f->erroring = true;
    buf_puts(f->out, "%!");
    utf8_put(f->out, verb);
    buf_putc(f->out, '(');
    if (v.kind == TVAL_NIL) {
        buf_puts(f->out, "<nil>");
    } else {
        autoarena a = { 0 };
        buf_puts(f->out, tval_type_name(&a, tval_plain(v)));
        buf_putc(f->out, '=');
        put_at(f, tval_plain(v), 'v', 0);
    }
    buf_putc(f->out, ')');
    f->erroring = false;
}

static void put_integer(struct tformat *f, struct tval v, uint64_t u, bool is_signed, uint32_t verb) {
    static const char lower[] = "0123456789abcdefx", upper[] = "0123456789ABCDEFX";
    bool sharp = f->sharp;
    switch (verb) {
    case 'v':
        if (f->sharp_v && !is_signed) {
            f->sharp = true;
            format_integer(f, u, 16, false, 'v', lower);
            f->sharp = sharp;
        } else {
            format_integer(f, u, 10, is_signed, verb, lower);
        }
        break;
    case 'd': format_integer(f, u, 10, is_signed, verb, lower); break;
    case 'b': format_integer(f, u, 2, is_signed, verb, lower); break;
    case 'o':
    case 'O': format_integer(f, u, 8, is_signed, verb, lower); break;
    case 'x': format_integer(f, u, 16, is_signed, verb, lower); break;
    case 'X': format_integer(f, u, 16, is_signed, verb, upper); break;
    case 'c': format_rune(f, u); break;
    case 'q': format_rune_quoted(f, u); break;
    case 'U': format_unicode(f, u); break;
    default: bad_verb(f, v, verb); break;
    }
}

static void put_float(struct tformat *f, struct tval v, double d, uint32_t verb) {
    switch (verb) {
    case 'v': format_float(f, d, 'g', -1); break;
    case 'b':
    case 'g':
    case 'G':
    case 'x':
    case 'X': format_float(f, d, (char)verb, -1); break;
    case 'f':
    case 'e':
    case 'E': format_float(f, d, (char)verb, 6); break;
    case 'F': format_float(f, d, 'f', 6); break;
    default: bad_verb(f, v, verb); break;
    }
}

static void put_complex(struct tformat *f, struct tval v, uint32_t verb) {
    bool plus = f->plus;
    if (verb > 0x7F || !strchr("vbgGxXfFeE", (int)verb)) {
        bad_verb(f, v, verb);
        return;
    }
    buf_putc(f->out, '(');
    put_float(f, v, v.c.re, verb);
    f->plus = true;
    put_float(f, v, v.c.im, verb);
    buf_puts(f->out, "i)");
    f->plus = plus;
}

static void put_bytes(struct tformat *f, const struct tlist *l, struct tval v, uint32_t verb) {
    bool bad = false;
    if (verb == 's' || verb == 'x' || verb == 'X' || verb == 'q') {
        format_string(f, l->bytes, verb, &bad);
        return;
    }
    bool sharp = f->sharp_v && verb == 'v';
    if (verb != 'v' && verb != 'd') {
        buf_putc(f->out, '[');
        for (size_t i = 0; i < l->bytes.n && f->out->n < f->max; i++) {
            buf_puts(f->out, i ? " " : "");
            put_at(f, tlist_at(l, i), verb, 1);
        }
        buf_putc(f->out, ']');
        return;
    }
    (void)v;
    buf_puts(f->out, sharp ? (l->nil ? "[]byte(nil)" : "[]byte{") : "[");
    if (sharp && l->nil)
        return;
    for (size_t i = 0; i < l->bytes.n && f->out->n < f->max; i++) {
        buf_puts(f->out, i ? (sharp ? ", " : " ") : "");
        if (sharp)
            buf_fmt(f->out, "0x%x", (unsigned char)l->bytes.p[i]);
        else
            format_integer(f, (unsigned char)l->bytes.p[i], 10, false, verb, "0123456789");
    }
    buf_putc(f->out, sharp ? '}' : ']');
}

static void put_list(struct tformat *f, struct tval v, uint32_t verb, unsigned depth) {
    const struct tlist *l = v.list;
    if (l->type->elem == TSLOT_BYTE) {
        put_bytes(f, l, v, verb);
        return;
    }
    if (f->sharp_v)
        buf_puts(f->out, l->type->name);
    if (f->sharp_v && l->nil) {
        buf_puts(f->out, "(nil)");
        return;
    }
    buf_putc(f->out, f->sharp_v ? '{' : '[');
    for (size_t i = 0; i < l->n && f->out->n < f->max; i++) {
        buf_puts(f->out, i ? (f->sharp_v ? ", " : " ") : "");
        put_at(f, tlist_at(l, i), verb, depth + 1);
    }
    buf_putc(f->out, f->sharp_v ? '}' : ']');
}

static void put_map(struct tformat *f, struct tval v, uint32_t verb, unsigned depth) {
    const struct tmap *m = v.map;
    if (f->sharp_v)
        buf_puts(f->out, m->type->name);
    if (f->sharp_v && m->nil) {
        buf_puts(f->out, "(nil)");
        return;
    }
    buf_puts(f->out, f->sharp_v ? "{" : "map[");
    for (size_t i = 0; i < m->n && f->out->n < f->max; i++) {
        buf_puts(f->out, i ? (f->sharp_v ? ", " : " ") : "");
        put_at(f, tval_str(m->entries[i].key), verb, depth + 1);
        buf_putc(f->out, ':');
        put_at(f, tmap_slot(m->type, m->entries[i].value), verb, depth + 1);
    }
    buf_putc(f->out, f->sharp_v ? '}' : ']');
}

static void put_struct(struct tformat *f, struct tval v, uint32_t verb, unsigned depth) {
    const struct ttype *t = v.st->type;
    if (t->pointer && depth > 0) {
        buf_puts(f->out, "0xc000000000"); // an address, as good as any
        return;
    }
    buf_puts(f->out, t->pointer ? "&" : "");
    if (f->sharp_v)
        buf_puts(f->out, t->name);
    buf_putc(f->out, '{');
    for (size_t i = 0; t->fields[i]; i++) {
        buf_puts(f->out, i ? (f->sharp_v ? ", " : " ") : "");
        if (f->plus_v || f->sharp_v)
            buf_fmt(f->out, "%s:", t->fields[i]);
        put_at(f, v.st->fields[i], verb, depth + 1);
    }
    buf_putc(f->out, '}');
}

// Values whose types have a String method. false: not one of them, or not with this verb.
static bool put_stringer(struct tformat *f, struct tval v, uint32_t verb) {
    static const char *const months[] = { "January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December" };
    static const char *const days[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                        "Thursday", "Friday", "Saturday" };
    autoarena a = { 0 };
    struct str s;
    bool bad;
    if (f->erroring || f->sharp_v ||
        (verb != 'v' && verb != 's' && verb != 'x' && verb != 'X' && verb != 'q'))
        return false;
    switch ((int)v.kind) {
    case TVAL_DURATION: s = str_of(duration_fmt(&a, v.i)); break;
    case TVAL_MONTH: s = str_of(v.i >= 1 && v.i <= 12 ? months[v.i - 1] : "%!Month(0)"); break;
    case TVAL_WEEKDAY: s = str_of(v.i >= 0 && v.i <= 6 ? days[v.i] : "%!Weekday(7)"); break;
    case TVAL_TIME: s = gotime_text(&a, v.time); break;
    case TVAL_SEMVER: s = str_of(semver_text(&a, v.semver)); break;
    default: return false;
    }
    format_string(f, s, verb, &bad);
    return true;
}

static void put_nil(struct tformat *f, struct tval v, uint32_t verb) {
    if (f->sharp_v && v.iface)
        buf_puts(f->out, "interface {}(nil)");
    else if (verb == 'v' || v.iface)
        buf_puts(f->out, "<nil>");
    else
        bad_verb(f, v, verb);
}

// A version with a verb that does not take its text: the fields.
static void put_semver(struct tformat *f, const struct semver *v, uint32_t verb) {
    const struct tval fields[] = { { .kind = TVAL_UINT64, .u = v->major },
                                   { .kind = TVAL_UINT64, .u = v->minor },
                                   { .kind = TVAL_UINT64, .u = v->patch },
                                   tval_text(v->pre),
                                   tval_text(v->metadata),
                                   tval_text(v->original) };
    buf_puts(f->out, "&{");
    for (size_t i = 0; i < countof(fields); i++) {
        buf_puts(f->out, i ? " " : "");
        put_at(f, fields[i], verb, 1);
    }
    buf_putc(f->out, '}');
}

static void put_plain(struct tformat *f, struct tval v, uint32_t verb) {
    bool bad = false;
    switch ((int)v.kind) {
    case TVAL_BOOL:
        if (verb == 't' || verb == 'v')
            format_pad(f, str_of(v.b ? "true" : "false"));
        else
            bad_verb(f, v, verb);
        break;
    case TVAL_INT:
    case TVAL_INT32:
    case TVAL_INT64:
    case TVAL_DURATION:
    case TVAL_MONTH:
    case TVAL_WEEKDAY: put_integer(f, v, (uint64_t)v.i, true, verb); break;
    case TVAL_UINT8:
    case TVAL_UINT64: put_integer(f, v, v.u, false, verb); break;
    case TVAL_FLOAT64: put_float(f, v, v.f, verb); break;
    case TVAL_COMPLEX128: put_complex(f, v, verb); break;
    case TVAL_STRING:
        format_string(f, v.s, verb, &bad);
        if (bad)
            bad_verb(f, v, verb);
        break;
    case TVAL_SEMVER: put_semver(f, v.semver, verb); break;
    default: buf_puts(f->out, "{}"); break;
    }
}

static void put_at(struct tformat *f, struct tval v, uint32_t verb, unsigned depth) {
    if (depth > MAX_DEPTH || f->out->n >= f->max)
        return;
    if (v.kind == TVAL_NIL)
        put_nil(f, v, verb);
    else if (put_stringer(f, v, verb))
        return;
    else if (v.kind == TVAL_LIST)
        put_list(f, v, verb, depth);
    else if (v.kind == TVAL_MAP)
        put_map(f, v, verb, depth);
    else if (v.kind == TVAL_STRUCT)
        put_struct(f, v, verb, depth);
    else
        put_plain(f, v, verb);
}

void format_value(struct tformat *f, struct tval v, uint32_t verb) {
    autoarena a = { 0 };
    v = tval_plain(v);
    if (v.kind == TVAL_NIL && (verb == 'T' || verb == 'v')) {
        format_pad(f, STR("<nil>"));
        return;
    }
    if (verb == 'T') {
        bool bad;
        format_string(f, str_of(tval_type_name(&a, v)), 's', &bad);
        return;
    }
    if (verb == 'p' || verb == 'w') {
        bad_verb(f, v, verb);
        return;
    }
    put_at(f, v, verb, 0);
}

/* ---- without a format ---- */

void tval_put(struct buf *out, struct tval v) {
    struct tformat f = { .out = out, .max = out->n + MAX_BYTES };
    format_value(&f, v, 'v');
}

void tval_put_addressed(struct buf *out, struct tval v) {
    if (v.kind == TVAL_STRUCT && v.st->type->string)
        v.st->type->string(v.st, out);
    else
        tval_put(out, v);
}

struct str tval_string(struct arena *a, struct tval v) {
    autobuf b = { 0 };
    if (v.kind == TVAL_STRING)
        return v.s;
    tval_put(&b, v);
    return buf_to_arena(&b, a);
}

struct str tval_strval(struct arena *a, struct tval v) {
    if (v.kind == TVAL_LIST && v.list->type == &ttype_bytes)
        return v.list->bytes;
    return tval_string(a, v);
}
