// SPDX-License-Identifier: Apache-2.0
// YAML, JSON and TOML, both ways. Helm: pkg/engine/funcs.go; sprig: defaults.go
#include "common/template/functions.h"
#include "common/template/toml.h"
#include "common/value/json.h"
#include "common/value/number.h"
#include "common/value/utf8.h"
#include "common/value/yaml.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out

/* ---- YAML ---- */

// must: errors end the call, otherwise they give "".
static bool to_yaml(struct tctx *c, struct tval v, unsigned flags, bool must, struct tval *out) {
    struct err err = { .a = tctx_arena(c) };
    struct value *tree;
    autobuf b = { 0 };
    if (!tval_to_value(tctx_arena(c), v, &tree, &err)) {
        *out = tval_text("");
        return !must || tctx_fail(c, "error marshaling into JSON: %s", err.msg);
    }
    yaml_write(&b, tree, flags);
    if (b.n && b.p[b.n - 1] == '\n')
        b.n--;
    return tctx_text(c, &b, out);
}

static bool fn_to_yaml(ARGS) {
    (void)n;
    return to_yaml(c, args[0], YAML_WRITE_SIGS, false, out);
}

static bool fn_must_to_yaml(ARGS) {
    (void)n;
    return to_yaml(c, args[0], YAML_WRITE_SIGS, true, out);
}

static bool has_complex(struct tval v, unsigned depth) {
    if (depth > 100)
        return false;
    for (size_t i = 0; v.kind == TVAL_LIST && i < v.list->n; i++)
        if (has_complex(v.list->items[i], depth + 1))
            return true;
    for (size_t i = 0; v.kind == TVAL_MAP && i < v.map->n; i++)
        if (has_complex(v.map->entries[i].value, depth + 1))
            return true;
    return v.kind == TVAL_COMPLEX128;
}

static bool fn_to_yaml_pretty(ARGS) {
    (void)n;
    if (has_complex(args[0], 0))
        return tctx_fail(c, "cannot marshal type: complex128");
    return to_yaml(c, args[0], YAML_WRITE_V3 | YAML_WRITE_WIDE_LISTS, false, out);
}

static struct tval error_map(struct tctx *c, const char *text) {
    struct tmap *m = tmap_new(tctx_arena(c), &ttype_map_any);
    tmap_set(tctx_arena(c), m, "Error", tval_text(text));
    return tval_map(m);
}

static struct tval error_list(struct tctx *c, const char *text) {
    struct tlist *l = tlist_new(tctx_arena(c), &ttype_list_any, 1);
    l->items[0] = tval_text(text);
    return tval_list(l);
}

// As encoding/json names what it found.
static const char *json_kind(const struct value *v) {
    switch (v->type) {
    case VALUE_BOOL: return "bool";
    case VALUE_INT:
    case VALUE_FLOAT: return "number";
    case VALUE_STRING: return "string";
    case VALUE_LIST: return "array";
    default: return "object";
    }
}

static struct tval decoded(struct tctx *c, const struct value *v, bool list, bool yaml) {
    struct arena *a = tctx_arena(c);
    enum value_type want = list ? VALUE_LIST : VALUE_MAP;
    if (v->type == want)
        return tval_of_value(a, v, NULL);
    if (v->type == VALUE_NULL && list) {
        struct tlist *l = tlist_new(a, &ttype_list_any, 0);
        l->nil = !yaml;
        return tval_list(l);
    }
    if (v->type == VALUE_NULL) {
        struct tmap *m = tmap_new(a, &ttype_map_any);
        m->nil = !yaml;
        return tval_map(m);
    }
    const char *text = arena_fmt(a, "%sjson: cannot unmarshal %s into Go value of type %s",
                                 yaml ? "error unmarshaling JSON: while decoding JSON: " : "", json_kind(v),
                                 list ? "[]interface {}" : "map[string]interface {}");
    return list ? error_list(c, text) : error_map(c, text);
}

static bool from_yaml(struct tctx *c, struct str text, bool list, struct tval *out) {
    struct err err = { .a = tctx_arena(c) };
    struct value *v;
    if (!tctx_steps(c, text.n / 8))
        return false;
    if (!yaml_read(tctx_arena(c), text, YAML_GO_SIGS, &v, &err)) {
        bool whole = text_starts(err.msg, "error ") || text_starts(err.msg, "json:");
        const char *message =
            whole ? err.msg : arena_fmt(tctx_arena(c), "error converting YAML to JSON: %s", err.msg);
        *out = list ? error_list(c, message) : error_map(c, message);
        return true;
    }
    return *out = decoded(c, v, list, true), true;
}

static bool fn_from_yaml(ARGS) {
    (void)n;
    return from_yaml(c, args[0].s, false, out);
}

static bool fn_from_yaml_array(ARGS) {
    (void)n;
    return from_yaml(c, args[0].s, true, out);
}

/* ---- JSON ---- */

// json_read puts the place before Go's words; the place is not theirs.
static const char *json_words(const char *message) {
    const char *p = text_starts(message, "line ") ? strstr(message, ": ") : NULL;
    return p ? p + 2 : message;
}

static bool from_json(struct tctx *c, struct str text, bool list, struct tval *out) {
    struct err err = { .a = tctx_arena(c) };
    struct value *v;
    if (!tctx_steps(c, text.n / 8))
        return false;
    if (!json_read(tctx_arena(c), text, &v, &err)) {
        *out = list ? error_list(c, json_words(err.msg)) : error_map(c, json_words(err.msg));
        return true;
    }
    return *out = decoded(c, v, list, false), true;
}

static bool fn_from_json(ARGS) {
    (void)n;
    return from_json(c, args[0].s, false, out);
}

static bool fn_from_json_array(ARGS) {
    (void)n;
    return from_json(c, args[0].s, true, out);
}

static bool fn_must_from_json(ARGS) {
    struct err err = { .a = tctx_arena(c) };
    struct value *v;
    (void)n;
    if (!tctx_steps(c, args[0].s.n / 8))
        return false;
    if (!json_read(tctx_arena(c), args[0].s, &v, &err))
        return tctx_fail(c, "%s", json_words(err.msg));
    return *out = tval_of_value(tctx_arena(c), v, NULL), true;
}

static bool to_json(struct tctx *c, struct tval v, unsigned flags, bool must, struct tval *out) {
    struct err err = { .a = tctx_arena(c) };
    struct value *tree;
    autobuf b = { 0 };
    *out = tval_text("");
    if (!tval_to_value(tctx_arena(c), v, &tree, &err))
        return !must || tctx_fail(c, "%s", err.msg);
    json_write(&b, tree, flags);
    return tctx_text(c, &b, out);
}

static bool fn_to_json(ARGS) {
    (void)n;
    return to_json(c, args[0], JSON_SORT_KEYS | JSON_ESCAPE_HTML, false, out);
}

static bool fn_must_to_json(ARGS) {
    (void)n;
    return to_json(c, args[0], JSON_SORT_KEYS | JSON_ESCAPE_HTML, true, out);
}

static bool fn_to_pretty_json(ARGS) {
    (void)n;
    return to_json(c, args[0], JSON_SORT_KEYS | JSON_ESCAPE_HTML | JSON_INDENT_2, false, out);
}

static bool fn_must_to_pretty_json(ARGS) {
    (void)n;
    return to_json(c, args[0], JSON_SORT_KEYS | JSON_ESCAPE_HTML | JSON_INDENT_2, true, out);
}

static bool fn_to_raw_json(ARGS) {
    (void)n;
    return to_json(c, args[0], JSON_SORT_KEYS, true, out);
}

/* ---- TOML ---- */

static bool to_toml(struct tctx *c, struct tval v, bool must, struct tval *out) {
    struct err err = { .a = tctx_arena(c) };
    autobuf b = { 0 };
    if (v.kind == TVAL_NIL)
        return tctx_fail(c, "reflect: call of reflect.Value.Type on zero Value");
    if (toml_write(&b, v, &err))
        return tctx_text(c, &b, out);
    if (must)
        return tctx_fail(c, "%s", err.msg);
    return *out = tval_text(err.msg), true;
}

static bool fn_to_toml(ARGS) {
    (void)n;
    return to_toml(c, args[0], false, out);
}

static bool fn_must_to_toml(ARGS) {
    (void)n;
    return to_toml(c, args[0], true, out);
}

static bool fn_from_toml(ARGS) {
    struct err err = { .a = tctx_arena(c) };
    (void)n;
    if (!tctx_steps(c, args[0].s.n / 8))
        return false;
    if (!toml_read(tctx_arena(c), args[0].s, out, &err))
        *out = error_map(c, err.msg);
    return true;
}

const struct tfunction functions_data[] = {
    { "toYaml", "a", fn_to_yaml },
    { "mustToYaml", "a", fn_must_to_yaml },
    { "toYamlPretty", "a", fn_to_yaml_pretty },
    { "fromYaml", "s", fn_from_yaml },
    { "fromYamlArray", "s", fn_from_yaml_array },
    { "toJson", "a", fn_to_json },
    { "mustToJson", "a", fn_must_to_json },
    { "toPrettyJson", "a", fn_to_pretty_json },
    { "mustToPrettyJson", "a", fn_must_to_pretty_json },
    { "toRawJson", "a", fn_to_raw_json },
    { "mustToRawJson", "a", fn_to_raw_json },
    { "fromJson", "s", fn_from_json },
    { "fromJsonArray", "s", fn_from_json_array },
    { "mustFromJson", "s", fn_must_from_json },
    { "toToml", "a", fn_to_toml },
    { "mustToToml", "a", fn_must_to_toml },
    { "fromToml", "s", fn_from_toml },
    { 0 },
};
