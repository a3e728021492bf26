// SPDX-License-Identifier: Apache-2.0
/* From JSON data to structs. */
#include "common/kustomize/decode.h"
#include "common/value/goquote.h"
#include "common/value/json.h"
#include "common/value/number.h"
#include "common/value/yaml.h"
#include <stdio.h>
#include <strings.h>

struct decoder {
    struct kz *kz;
    unsigned flags;
    const struct kz_struct *in; // the struct whose field is being read
    const char *path;           // "patches.target."
    const char *first;          // the first mismatch; Go goes on and reports it at the end
};

static const char *json_kind(const struct value *v) {
    switch (v->type) {
    case VALUE_NULL: return "null";
    case VALUE_BOOL: return "bool";
    case VALUE_INT:
    case VALUE_FLOAT: return "number";
    case VALUE_STRING: return "string";
    case VALUE_LIST: return "array";
    case VALUE_MAP: return "object";
    }
    return "";
}

static void mismatch(struct decoder *d, const char *what, const char *type) {
    if (d->first)
        return;
    if (!d->in)
        d->first = arena_fmt(d->kz->a, "json: cannot unmarshal %s into Go value of type %s", what, type);
    else
        d->first = arena_fmt(d->kz->a, "json: cannot unmarshal %s into Go struct field %s.%.*s of type %s",
                             what, d->in->name, (int)strlen(d->path) - 1, d->path, type);
}

// The shortest digits that give the same float32.
static const char *float32_text(struct arena *a, double f) {
    char text[64] = "";
    for (int precision = 1; precision <= 9; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, f);
        if ((float)strtod(text, NULL) == (float)f)
            break;
    }
    text[number_fmt_g(strtod(text, NULL), text)] = '\0';
    return arena_strdup(a, text);
}

static const char *coerced(struct decoder *d, const struct value *v) {
    switch (v->type) {
    case VALUE_BOOL: return v->b ? "true" : "false";
    case VALUE_INT: return arena_fmt(d->kz->a, "%lld", (long long)v->i);
    case VALUE_FLOAT:
        if (v->text && strspn(v->text, "0123456789") == strlen(v->text))
            return v->text;
        return float32_text(d->kz->a, v->f);
    case VALUE_NULL:
    case VALUE_STRING:
    case VALUE_LIST:
    case VALUE_MAP: break;
    }
    return NULL;
}

static const char *get_text(struct decoder *d, const struct value *v, const char *type, bool may_coerce) {
    if (v->type == VALUE_STRING)
        return v->s.p;
    if (v->type == VALUE_NULL)
        return NULL;
    const char *text = may_coerce && (d->flags & KZ_COERCE) ? coerced(d, v) : NULL;
    if (!text)
        mismatch(d, json_kind(v), type);
    return text;
}

static bool get_int(struct decoder *d, const struct value *v, const char *type, int64_t *out) {
    if (v->type == VALUE_INT) {
        *out = v->i;
        return true;
    }
    if (v->type == VALUE_FLOAT) {
        char text[NUMBER_TEXT + 1];
        text[number_fmt_json(v->f, text)] = '\0';
        mismatch(d, arena_fmt(d->kz->a, "number %s", text), type);
    } else if (v->type != VALUE_NULL)
        mismatch(d, json_kind(v), type);
    return false;
}

static void decode_struct(struct decoder *d, const struct value *v, const struct kz_struct *type, void *out);

static void decode_texts(struct decoder *d, const struct value *v, const struct kz_field *f,
                         struct kz_texts *out) {
    const char *item_type = f->type ? f->type : "string";
    if (v->type == VALUE_NULL)
        return;
    if (v->type != VALUE_LIST) {
        mismatch(d, json_kind(v), arena_fmt(d->kz->a, "[]%s", item_type));
        return;
    }
    *out = (struct kz_texts) { .items = arena_array(d->kz->a, const char *, v->list.n + 1),
                               .n = v->list.n,
                               .set = true };
    for (size_t i = 0; i < v->list.n; i++) {
        const char *text = get_text(d, v->list.items[i], item_type, !f->embedded);
        out->items[i] = text ? text : "";
    }
}

static void decode_map(struct decoder *d, const struct value *v, const struct kz_field *f,
                       struct kz_pairs **out) {
    if (v->type == VALUE_NULL)
        return;
    if (v->type != VALUE_MAP) {
        mismatch(d, json_kind(v), "map[string]string");
        return;
    }
    *out = arena_new(d->kz->a, struct kz_pairs);
    for (size_t i = 0; i < v->map.n; i++) {
        const char *text = get_text(d, v->map.pairs[i].value, "string", !f->embedded);
        kz_pairs_set(d->kz->a, *out, v->map.pairs[i].key, str_of(text ? text : ""));
    }
}

static void *decode_new(struct decoder *d, const struct value *v, const struct kz_struct *type) {
    void *p = arena_alloc(d->kz->a, type->size);
    kz_decode_defaults(type, p);
    decode_struct(d, v, type, p);
    return p;
}

static void decode_items(struct decoder *d, const struct value *v, const struct kz_field *f,
                         struct kz_items *out) {
    bool pointers = f->kind == KZ_F_PTR_LIST;
    if (v->type == VALUE_NULL)
        return;
    if (v->type != VALUE_LIST) {
        mismatch(d, json_kind(v), arena_fmt(d->kz->a, "[]%s%s", pointers ? "*" : "", f->sub->type));
        return;
    }
    size_t size = pointers ? sizeof(void *) : f->sub->size;
    *out = (struct kz_items) { .items = arena_calloc(d->kz->a, v->list.n + 1, size),
                               .n = v->list.n,
                               .set = true };
    for (size_t i = 0; i < v->list.n; i++) {
        char *at = (char *)out->items + i * size;
        const struct value *item = v->list.items[i];
        if (pointers) {
            *(void **)at = item->type == VALUE_NULL ? NULL : decode_new(d, item, f->sub);
            continue;
        }
        kz_decode_defaults(f->sub, at);
        decode_struct(d, item, f->sub, at);
    }
}

static void decode_field(struct decoder *d, const struct value *v, const struct kz_field *f, void *out) {
    char *at = (char *)out + f->offset;
    const char *text;
    switch (f->kind) {
    case KZ_F_TEXT:
    case KZ_F_TEXT_PTR:
        text = get_text(d, v, f->type ? f->type : "string", !f->embedded);
        if (text)
            *(const char **)at = text;
        break;
    case KZ_F_BOOL:
        if (v->type == VALUE_BOOL)
            *(bool *)at = v->b;
        else if (v->type != VALUE_NULL)
            mismatch(d, json_kind(v), "bool");
        break;
    case KZ_F_INT: get_int(d, v, f->type ? f->type : "int", (int64_t *)at); break;
    case KZ_F_MAP: decode_map(d, v, f, (struct kz_pairs **)at); break;
    case KZ_F_TEXTS: decode_texts(d, v, f, (struct kz_texts *)at); break;
    case KZ_F_STRUCT: decode_struct(d, v, f->sub, at); break;
    case KZ_F_PTR:
        if (v->type != VALUE_NULL)
            *(void **)at = decode_new(d, v, f->sub);
        break;
    case KZ_F_LIST:
    case KZ_F_PTR_LIST: decode_items(d, v, f, (struct kz_items *)at); break;
    case KZ_F_VALUE: *(const struct value **)at = v; break;
    }
}

static const struct kz_field *find_field(const struct kz_struct *type, const char *name) {
    for (const struct kz_field *f = type->fields; f->name; f++)
        if (!strcmp(f->name, name))
            return f;
    for (const struct kz_field *f = type->fields; f->name; f++)
        if (!strcasecmp(f->name, name))
            return f;
    return NULL;
}

static void decode_struct(struct decoder *d, const struct value *v, const struct kz_struct *type, void *out) {
    if (v->type == VALUE_NULL)
        return;
    if (v->type != VALUE_MAP) {
        mismatch(d, json_kind(v), type->type);
        return;
    }
    const struct kz_struct *in = d->in;
    const char *path = d->path;
    for (size_t i = 0; i < v->map.n; i++) {
        const struct kz_field *f = find_field(type, v->map.pairs[i].key.p);
        if (!f && (d->flags & KZ_STRICT) && !d->first)
            d->first =
                arena_fmt(d->kz->a, "json: unknown field %s", go_quoted(d->kz->a, v->map.pairs[i].key));
        if (!f)
            continue;
        d->in = type;
        d->path = arena_fmt(d->kz->a, "%s%s%s.", path, f->embedded ? f->embedded : "", f->name);
        decode_field(d, v->map.pairs[i].value, f, out);
        d->in = in;
        d->path = path;
    }
}

void kz_decode_defaults(const struct kz_struct *type, void *out) {
    for (const struct kz_field *f = type->fields; f->name; f++) {
        char *at = (char *)out + f->offset;
        if (f->kind == KZ_F_TEXT)
            *(const char **)at = "";
        else if (f->kind == KZ_F_STRUCT)
            kz_decode_defaults(f->sub, at);
    }
}

bool kz_decode(struct kz *kz, struct value *v, const struct kz_struct *type, unsigned flags, void *out,
               struct err *err) {
    struct decoder d = { .kz = kz, .flags = flags, .path = "" };
    kz_decode_defaults(type, out);
    value_sort_keys(v);
    decode_struct(&d, v, type, out);
    return !d.first || err_set(err, ERR_INVALID, "%s", d.first);
}

static bool field_is_zero(const struct kz_field *f, const char *at) {
    switch (f->kind) {
    case KZ_F_TEXT: return !**(const char *const *)at;
    case KZ_F_TEXT_PTR:
    case KZ_F_MAP:
    case KZ_F_PTR:
    case KZ_F_VALUE: return !*(void *const *)at;
    case KZ_F_BOOL: return !*(const bool *)at;
    case KZ_F_INT: return !*(const int64_t *)at;
    case KZ_F_TEXTS: return !((const struct kz_texts *)at)->set;
    case KZ_F_STRUCT: return kz_decode_is_zero(f->sub, at, NULL);
    case KZ_F_LIST:
    case KZ_F_PTR_LIST: return !((const struct kz_items *)at)->set;
    }
    return true;
}

bool kz_decode_is_zero(const struct kz_struct *type, const void *in, const char *except_embedded) {
    for (const struct kz_field *f = type->fields; f->name; f++) {
        if (except_embedded && f->embedded && !strcmp(f->embedded, except_embedded))
            continue;
        if (!field_is_zero(f, (const char *)in + f->offset))
            return false;
    }
    return true;
}

bool kz_read_data(struct kz *kz, struct str text, char first, struct value **out, struct err *err) {
    struct err json_err = { .a = kz->a };
    if (!text.n || text.p[0] != first)
        return yaml_read(kz->a, text, YAML_GO_SIGS, out, err);
    if (json_read(kz->a, text, out, &json_err))
        return true;
    // encoding/json does not say where
    const char *what = text_starts(json_err.msg, "line ") ? strstr(json_err.msg, ": ") : NULL;
    return err_set(err, json_err.kind, "%s", what ? what + 2 : json_err.msg);
}
