// SPDX-License-Identifier: Apache-2.0
// Values from YAML events. Go: go.yaml.in/yaml/{v2,v3} decode.go, sigs.k8s.io/yaml convertToJSONableObject.
#include "common/value/yaml_node.h"
#include "common/value/base64.h"
#include "common/value/goquote.h"
#include "common/value/number.h"
#include "common/value/yaml_resolve.h"

#include <math.h>

#define TAG_PREFIX "tag:yaml.org,2002:"

struct value *yaml_node_new(struct yaml_reader *r, enum value_type type) {
    struct value *v = arena_new(r->a, struct value);
    v->type = type;
    v->line = (uint32_t)r->event.start_mark.line + 1;
    return v;
}

static const char *short_tag(struct arena *a, const char *tag) {
    return text_starts(tag, TAG_PREFIX) ? arena_fmt(a, "!!%s", tag + strlen(TAG_PREFIX)) : tag;
}

static enum value_style scalar_style(yaml_scalar_style_t style) {
    switch (style) {
    case YAML_ANY_SCALAR_STYLE: return VALUE_STYLE_ANY;
    case YAML_PLAIN_SCALAR_STYLE: return VALUE_STYLE_PLAIN;
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: return VALUE_STYLE_SINGLE_QUOTED;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return VALUE_STYLE_DOUBLE_QUOTED;
    case YAML_LITERAL_SCALAR_STYLE: return VALUE_STYLE_LITERAL;
    case YAML_FOLDED_SCALAR_STYLE: return VALUE_STYLE_FOLDED;
    }
    return VALUE_STYLE_ANY;
}

// libyaml takes \/ in double quotes, Go's scanner does not. Returns its place, or -1.
static ptrdiff_t slash_escape(struct str raw) {
    for (size_t i = 0; i + 1 < raw.n; i++)
        if (raw.p[i] == '\\') {
            if (raw.p[i + 1] == '/')
                return (ptrdiff_t)i;
            i++;
        }
    return -1;
}

// Marks count characters; the text is bytes.
static struct str raw_text(const struct yaml_reader *r) {
    size_t from = r->event.start_mark.index, to = r->event.end_mark.index, i = 0, chars = 0, start = 0;
    for (; i < r->text.n && chars < to; i++)
        if (((unsigned char)r->text.p[i] & 0xC0) != 0x80) {
            if (chars == from)
                start = i;
            chars++;
        }
    return str_sub(r->text, start, i);
}

static bool check_escapes(struct yaml_reader *r) {
    if (r->event.data.scalar.style != YAML_DOUBLE_QUOTED_SCALAR_STYLE || str_find(r->text, STR("\\/")) < 0)
        return true;
    struct str raw = raw_text(r);
    ptrdiff_t at = slash_escape(raw);
    if (at < 0)
        return true;
    size_t line = r->event.start_mark.line;
    for (ptrdiff_t i = 0; i < at && !r->v3;
         i++) // yaml.v2 names the line of the escape, yaml.v3 that of the scalar
        line += raw.p[i] == '\n';
    return line ? err_set(r->err, ERR_INVALID, "yaml: line %zu: found unknown escape character", line + 1)
                : err_set(r->err, ERR_INVALID, "yaml: found unknown escape character");
}

void yaml_fail(struct yaml_reader *r, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    if (!r->failure)
        r->failure = arena_vfmt(r->err->a, fmt, ap);
    va_end(ap);
}

bool yaml_verdict(struct yaml_reader *r) {
    if (r->failure)
        return err_set(r->err, ERR_INVALID, "%s", r->failure);
    if (r->type_errors.n)
        return err_set(r->err, ERR_INVALID, "yaml: unmarshal errors:%s", r->type_errors.p);
    if (r->conversion)
        return err_set(r->err, ERR_INVALID, "%s", r->conversion);
    if (r->not_finite && !r->v3) { // sigs.k8s.io/yaml goes through JSON
        double f = r->not_finite->f;
        return err_set(r->err, ERR_INVALID, "json: unsupported value: %s",
                       isnan(f) ? "NaN"
                       : f > 0  ? "+Inf"
                                : "-Inf");
    }
    return true;
}

static void set_string(struct yaml_reader *r, struct value *v, struct str s) {
    v->type = VALUE_STRING;
    v->s = arena_str(r->a, s);
}

static void set_resolved(struct yaml_reader *r, struct value *v, struct str s, const struct yaml_scalar *x) {
    if (r->v3 && x->kind < YAML_TIME)
        v->text = arena_text(r->a, s.p, s.n);
    switch (x->kind) {
    case YAML_NULL: v->type = VALUE_NULL; return;
    case YAML_BOOL:
        v->type = VALUE_BOOL;
        v->b = x->b;
        return;
    case YAML_INT:
        v->type = VALUE_INT;
        v->i = x->i;
        return;
    case YAML_UINT:
        v->type = VALUE_FLOAT;
        v->f = (double)x->u;
        v->text = arena_fmt(r->a, "%llu", (unsigned long long)x->u);
        return;
    case YAML_FLOAT:
        v->type = VALUE_FLOAT;
        v->f = x->f;
        if (!isfinite(x->f))
            r->not_finite = v;
        return;
    case YAML_TIME: set_string(r, v, r->v3 ? str_of(yaml_time_text(r->a, &x->t)) : s); return;
    case YAML_STR: set_string(r, v, s); return;
    }
}

static bool is_resolvable(const char *tag) {
    static const char *const tags[] = { "!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp" };
    for (size_t i = 0; i < countof(tags); i++)
        if (text_eq(tag, tags[i]))
            return true;
    return false;
}

static void set_tagged(struct yaml_reader *r, struct value *v, struct str s, const char *tag) {
    v->text = arena_strdup(r->a, tag);
    set_string(r, v, s);
    if (text_eq(tag, "!!binary")) {
        if (!base64_decode(r->a, s, &v->s))
            yaml_fail(r, "yaml: !!binary value contains invalid base64 data");
        return;
    }
    if (text_eq(tag, "!!str") || !is_resolvable(tag))
        return;
    struct yaml_scalar x = yaml_resolve(s, r->v3, text_eq(tag, "!!timestamp"));
    const char *got = yaml_kind_tag(x.kind);
    if (text_eq(tag, "!!float") && x.kind == YAML_INT) {
        x = (struct yaml_scalar) { YAML_FLOAT, .f = (double)x.i };
    } else if (!text_eq(tag, got)) {
        yaml_fail(r, "yaml: cannot decode %s `%s` as a %s", got, v->s.p, tag);
        return;
    }
    v->text = NULL;
    set_resolved(r, v, s, &x);
}

bool yaml_scalar_value(struct yaml_reader *r, struct value **out) {
    struct str s = str_make(r->event.data.scalar.value, r->event.data.scalar.length);
    const char *tag = (const char *)r->event.data.scalar.tag;
    if (r->v3 && text_eq(tag, "!"))
        tag = NULL;
    bool plain = r->v3 ? r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE
                       : r->event.data.scalar.plain_implicit != 0;
    if (!check_escapes(r))
        return false;
    struct value *v = yaml_node_new(r, VALUE_STRING);
    v->style = scalar_style(r->event.data.scalar.style);
    *out = v;
    if (tag) {
        set_tagged(r, v, s, short_tag(r->a, tag));
    } else if (!plain) {
        set_string(r, v, s);
    } else {
        struct yaml_scalar x = yaml_resolve(s, r->v3, true);
        set_resolved(r, v, s, &x);
    }
    return true;
}

bool yaml_is_merge_key(const struct yaml_reader *r) {
    if (r->event.type != YAML_SCALAR_EVENT)
        return false;
    struct str s = str_make(r->event.data.scalar.value, r->event.data.scalar.length);
    const char *tag = (const char *)r->event.data.scalar.tag;
    if (!str_is(s, "<<"))
        return false;
    if (r->v3 && (!tag || text_eq(tag, "!")))
        return r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE || tag;
    return tag ? text_eq(tag, TAG_PREFIX "merge") : r->event.data.scalar.plain_implicit != 0;
}

static void key_unsupported(struct yaml_reader *r, const char *type, const char *key, const struct value *v) {
    autobuf text = { 0 };
    if (r->conversion)
        return;
    go_syntax(&text, v, "interface {}");
    r->conversion = arena_fmt(r->err->a, "unsupported map key of type: %s, key: %s, value: %s", type, key,
                              value_is(v, VALUE_NULL) ? "<nil>" : text.p);
}

static const char *float_key(struct arena *a, double f) {
    char text[NUMBER_TEXT];
    size_t n = number_fmt_g32(f, text);
    if (text_eq(text, "+Inf") || text_eq(text, "-Inf"))
        return text[0] == '-' ? "-.inf" : ".inf";
    return text_eq(text, "NaN") ? ".nan" : arena_text(a, text, n);
}

void yaml_key_text(struct yaml_reader *r, const struct value *key, struct yaml_entry *e) {
    struct str *out = &e->pair.key;
    autobuf text = { 0 };
    uint64_t u = 0;
    *out = STR("");
    e->pair.key_style = key->style;
    switch (key->type) {
    case VALUE_NULL:
        if (!r->v3)
            key_unsupported(r, "%!s(<nil>)", "<nil>", e->pair.value);
        break;
    case VALUE_BOOL: *out = key->b ? STR("true") : STR("false"); break;
    case VALUE_INT: *out = str_of(arena_fmt(r->a, "%lld", (long long)key->i)); break;
    case VALUE_FLOAT:
        *out = str_of(float_key(r->a, key->f));
        if (!r->v3 && key->text && str_to_u64(str_of(key->text), &u))
            key_unsupported(r, "uint64", arena_fmt(r->a, "0x%llx", (unsigned long long)u), e->pair.value);
        break;
    case VALUE_STRING: *out = key->s; return;
    case VALUE_LIST:
    case VALUE_MAP:
        go_syntax(&text, key, r->v3 ? "string" : "interface {}");
        yaml_fail(r, "yaml: invalid map key: %s", text.p);
        return;
    }
    if (r->v3 && key->text)
        *out = str_of(key->text);
}
