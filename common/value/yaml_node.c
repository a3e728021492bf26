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

// libyaml takes \/ in double quotes, Go's scanner does not.
static bool has_slash_escape(struct str raw) {
    for (size_t i = 0; i + 1 < raw.n; i++)
        if (raw.p[i] == '\\') {
            if (raw.p[i + 1] == '/')
                return true;
            i++;
        }
    return false;
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
    if (r->event.data.scalar.style != YAML_DOUBLE_QUOTED_SCALAR_STYLE || str_find(r->text, STR("\\/")) < 0 ||
        !has_slash_escape(raw_text(r)))
        return true;
    return err_set(r->err, ERR_INVALID, "yaml: line %zu: found unknown escape character",
                   r->event.start_mark.line + 1);
}

static void set_string(struct yaml_reader *r, struct value *v, struct str s) {
    v->type = VALUE_STRING;
    v->s = arena_str(r->a, s);
}

static bool set_resolved(struct yaml_reader *r, struct value *v, struct str s, const struct yaml_scalar *x) {
    if (r->v3 && x->kind < YAML_TIME)
        v->text = arena_text(r->a, s.p, s.n);
    switch (x->kind) {
    case YAML_NULL: v->type = VALUE_NULL; return true;
    case YAML_BOOL:
        v->type = VALUE_BOOL;
        v->b = x->b;
        return true;
    case YAML_INT:
        v->type = VALUE_INT;
        v->i = x->i;
        return true;
    case YAML_UINT:
        v->type = VALUE_FLOAT;
        v->f = (double)x->u;
        v->text = arena_fmt(r->a, "%llu", (unsigned long long)x->u);
        return true;
    case YAML_FLOAT:
        v->type = VALUE_FLOAT;
        v->f = x->f;
        if (!isfinite(x->f))
            r->not_finite = v;
        return true;
    case YAML_TIME: set_string(r, v, r->v3 ? str_of(yaml_time_text(r->a, &x->t)) : s); return true;
    case YAML_MERGE:
    case YAML_STR: set_string(r, v, s); return true;
    }
    return true;
}

static bool is_resolvable(const char *tag) {
    static const char *const tags[] = { "!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp" };
    for (size_t i = 0; i < countof(tags); i++)
        if (text_eq(tag, tags[i]))
            return true;
    return false;
}

static bool set_tagged(struct yaml_reader *r, struct value *v, struct str s, const char *tag) {
    v->text = arena_strdup(r->a, tag);
    if (text_eq(tag, "!!binary")) {
        struct str bytes;
        if (!base64_decode(r->a, s, &bytes))
            return err_set(r->err, ERR_INVALID, "yaml: !!binary value contains invalid base64 data");
        set_string(r, v, bytes);
        return true;
    }
    if (text_eq(tag, "!!str") || !is_resolvable(tag)) {
        set_string(r, v, s);
        return true;
    }
    struct yaml_scalar x = yaml_resolve(s, r->v3, text_eq(tag, "!!timestamp"));
    const char *got = yaml_kind_tag(x.kind);
    if (text_eq(tag, "!!float") && x.kind == YAML_INT)
        x = (struct yaml_scalar) { YAML_FLOAT, .f = (double)x.i };
    else if (!text_eq(tag, got))
        return err_set(r->err, ERR_INVALID, "yaml: cannot decode %s `%s` as a %s", got, s.p, tag);
    v->text = NULL;
    return set_resolved(r, v, s, &x);
}

bool yaml_scalar_value(struct yaml_reader *r, struct value **out) {
    struct str s = str_make(r->event.data.scalar.value, r->event.data.scalar.length);
    const char *tag = (const char *)r->event.data.scalar.tag;
    bool plain = r->v3 ? r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE
                       : r->event.data.scalar.plain_implicit != 0;
    if (!check_escapes(r))
        return false;
    struct value *v = yaml_node_new(r, VALUE_STRING);
    v->style = scalar_style(r->event.data.scalar.style);
    *out = v;
    if (tag)
        return set_tagged(r, v, s, short_tag(r->a, tag));
    if (!plain) {
        set_string(r, v, s);
        return true;
    }
    struct yaml_scalar x = yaml_resolve(s, r->v3, true);
    return set_resolved(r, v, s, &x);
}

bool yaml_is_merge_key(const struct yaml_reader *r) {
    if (r->event.type != YAML_SCALAR_EVENT)
        return false;
    struct str s = str_make(r->event.data.scalar.value, r->event.data.scalar.length);
    const char *tag = (const char *)r->event.data.scalar.tag;
    if (!str_is(s, "<<"))
        return false;
    return tag ? text_eq(tag, TAG_PREFIX "merge") : r->event.data.scalar.plain_implicit != 0;
}

bool yaml_bad_key(struct yaml_reader *r, const struct value *key) {
    autobuf text = { 0 };
    go_syntax(&text, key, r->v3 ? "string" : "interface {}");
    return err_set(r->err, ERR_INVALID, "yaml: invalid map key: %s", text.p);
}

static bool key_unsupported(struct yaml_reader *r, const char *type, const char *key, const struct value *v) {
    autobuf text = { 0 };
    go_syntax(&text, v, "interface {}");
    return err_set(r->err, ERR_INVALID, "unsupported map key of type: %s, key: %s, value: %s", type, key,
                   value_is(v, VALUE_NULL) ? "<nil>" : text.p);
}

static const char *float_key(struct arena *a, double f) {
    char text[NUMBER_TEXT];
    size_t n = number_fmt_g32(f, text);
    if (text_eq(text, "+Inf") || text_eq(text, "-Inf"))
        return text[0] == '-' ? "-.inf" : ".inf";
    return arena_text(a, text, n);
}

bool yaml_key_text(struct yaml_reader *r, const struct value *key, struct yaml_entry *e) {
    struct str *out = &e->pair.key;
    e->pair.key_style = key->style;
    if (key->type != VALUE_STRING && r->v3) {
        *out = str_of(key->text);
        return true;
    }
    switch (key->type) {
    case VALUE_NULL: return key_unsupported(r, "%!s(<nil>)", "<nil>", e->pair.value);
    case VALUE_BOOL: *out = key->b ? STR("true") : STR("false"); break;
    case VALUE_INT: *out = str_of(arena_fmt(r->a, "%lld", (long long)key->i)); break;
    case VALUE_FLOAT:
        if (key->text)
            return key_unsupported(r, "uint64", arena_fmt(r->a, "0x%llx", (unsigned long long)key->f),
                                   e->pair.value);
        *out = str_of(float_key(r->a, key->f));
        break;
    case VALUE_STRING: *out = key->s; break;
    case VALUE_LIST:
    case VALUE_MAP: return yaml_bad_key(r, key);
    }
    return true;
}

// ---- maps ----

void yaml_entry_push(struct yaml_reader *r, const struct yaml_entry *e) {
    if (r->n_entries == r->cap_entries) {
        r->cap_entries = r->cap_entries ? r->cap_entries * 2 : 64;
        r->entries = reallocarray(r->entries, r->cap_entries, sizeof *r->entries);
        if (!r->entries)
            abort();
    }
    r->entries[r->n_entries++] = *e;
}

static void map_add(struct yaml_reader *r, struct value *map, struct value_pair pair) {
    map->map.pairs = arena_grow(r->a, map->map.pairs, &map->map.cap, map->map.n + 1, sizeof pair);
    map->map.pairs[map->map.n++] = pair;
}

static bool want_map(struct yaml_reader *r) {
    return err_set(r->err, ERR_INVALID, "yaml: map merge requires map or sequence of maps as the value");
}

// Appends what a << brings. Later pairs win, so of a list the first map comes last.
static bool add_merge(struct yaml_reader *r, struct value *map, const struct yaml_entry *e) {
    const struct value *v = e->pair.value;
    if (v->type != VALUE_MAP && (v->type != VALUE_LIST || e->value_is_alias))
        return want_map(r);
    for (size_t i = 0; v->type == VALUE_MAP && i < v->map.n; i++)
        map_add(r, map, v->map.pairs[i]);
    for (size_t k = value_len(v); v->type == VALUE_LIST && k > 0; k--) {
        const struct value *m = v->list.items[k - 1];
        if (m->type != VALUE_MAP)
            return want_map(r);
        for (size_t i = 0; i < m->map.n; i++)
            map_add(r, map, m->map.pairs[i]);
    }
    return true;
}

static void report_duplicate(struct yaml_reader *r, const struct yaml_entry *e,
                             const struct yaml_entry *first) {
    struct buf *b = &r->type_errors;
    if (b->n > 32768)
        return; // enough to read
    buf_fmt(b, "\n  line %u: %s ", r->v3 ? e->line : e->value_line, r->v3 ? "mapping key" : "key");
    go_quote(b, e->pair.key);
    if (r->v3)
        buf_fmt(b, " already defined at line %u", first->line);
    else
        buf_puts(b, " already set in map");
}

// `map` is finished, so that its index finds places; first[] remembers the first entry of each place.
static void report_duplicates(struct yaml_reader *r, const struct value *map, size_t base) {
    size_t *first = calloc(map->map.n + 1, sizeof *first), merge = 0;
    if (!first)
        abort();
    for (size_t i = base; i < r->n_entries; i++) {
        const struct yaml_entry *e = &r->entries[i];
        if (e->merge && !r->v3)
            continue;
        size_t *seen = e->merge ? &merge : &first[map_find(map, e->pair.key)];
        if (*seen) {
            struct yaml_entry named = *e;
            if (e->merge)
                named.pair.key = STR("<<");
            report_duplicate(r, &named, &r->entries[*seen - 1]);
        } else {
            *seen = i + 1;
        }
    }
    free(first);
}

bool yaml_map_build(struct yaml_reader *r, struct value *map, size_t base) {
    size_t n_merges = 0;
    if (r->v3) // explicit keys win wherever they stand
        for (size_t i = base; i < r->n_entries; i++)
            if (r->entries[i].merge && (n_merges++, !add_merge(r, map, &r->entries[i])))
                return false;
    for (size_t i = base; i < r->n_entries; i++) {
        const struct yaml_entry *e = &r->entries[i];
        if (!e->merge)
            map_add(r, map, e->pair);
        else if (!r->v3 && !add_merge(r, map, e))
            return false;
    }
    bool duplicates = map_finish(r->a, map);
    if ((duplicates && (r->strict || r->v3)) || n_merges > 1)
        report_duplicates(r, map, base);
    r->n_entries = base;
    return true;
}
