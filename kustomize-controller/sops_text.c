// SPDX-License-Identifier: Apache-2.0
// SOPS files: YAML, JSON, dotenv, ini and binary, read into trees and written again as plaintext.
#include "kustomize-controller/sops.h"

#include "common/base/buf.h"
#include "common/value/json.h"
#include "common/value/yaml.h"

#define YAML_FLAGS                                                                                           \
    (YAML_WRITE_KEEP_ORDER | YAML_WRITE_V3 | YAML_WRITE_STYLES | YAML_WRITE_WIDE_LISTS | YAML_WRITE_INDENT_4)

static const struct {
    const char *suffix;
    enum sops_format format;
} suffixes[] = {
    { ".dockerconfigjson", SOPS_JSON },
    { ".yaml", SOPS_YAML },
    { ".yml", SOPS_YAML },
    { ".json", SOPS_JSON },
    { ".env", SOPS_DOTENV },
    { ".ini", SOPS_INI },
};

enum sops_format sops_format_of(const char *name) {
    for (size_t i = 0; i < countof(suffixes); i++)
        if (text_ends(name, suffixes[i].suffix))
            return suffixes[i].format;
    return SOPS_BINARY;
}

bool sops_text_is_encrypted(struct str text, enum sops_format format) {
    static const char *const markers[] = {
        [SOPS_BINARY] = "\"mac\": \"ENC[", [SOPS_YAML] = "mac: ENC[", [SOPS_JSON] = "\"mac\": \"ENC[",
        [SOPS_DOTENV] = "sops_mac=ENC[",   [SOPS_INI] = "[sops]",
    };
    return str_find(text, str_of(markers[format])) >= 0;
}

// "\n" (two letters) in dotenv and ini metadata stands for a line break.
static struct str unescape_newlines(struct arena *a, struct str s) {
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool escape = s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == 'n';
        out[n++] = escape ? '\n' : s.p[i];
        i += escape;
    }
    out[n] = 0;
    return str_make(out, n);
}

/* "age__list_0__map_enc" below `meta`: words are joined by "__"; "list_N" is an index, "map_X" a key. */
static bool unflatten(struct arena *a, struct value *meta, struct str key, struct str text) {
    struct value *at = meta;
    struct str rest = key;
    for (;;) {
        ptrdiff_t cut = str_find(rest, STR("__"));
        struct str word = cut < 0 ? rest : str_sub(rest, 0, (size_t)cut);
        struct value *next = NULL;
        uint64_t index;
        bool is_list = cut >= 0 && str_starts(str_sub(rest, (size_t)cut + 2, rest.n), "list_");
        if (str_starts(word, "list_")) {
            if (!value_is(at, VALUE_LIST) || !str_to_u64(str_sub(word, 5, word.n), &index) ||
                index > value_len(at))
                return false;
            if (index == value_len(at))
                value_append(a, at,
                             cut < 0   ? value_string_n(a, text)
                             : is_list ? value_list(a)
                                       : value_map(a));
            next = value_item(at, index);
        } else {
            struct str name = str_starts(word, "map_") ? str_sub(word, 4, word.n) : word;
            if (!value_is(at, VALUE_MAP))
                return false;
            if (!value_get_n(at, name))
                value_set_n(a, at, name,
                            cut < 0   ? value_string_n(a, text)
                            : is_list ? value_list(a)
                                      : value_map(a));
            next = value_get_n(at, name);
        }
        if (cut < 0)
            return true;
        at = next;
        rest = str_sub(rest, (size_t)cut + 2, rest.n);
    }
}

static bool read_dotenv(struct arena *a, struct str text, struct value **out, struct err *err) {
    struct value *tree = value_map(a), *meta = value_map(a);
    struct str rest = text, line;
    for (size_t number = 1; str_split(&rest, '\n', &line); number++) {
        if (!str_trim(line).n || line.p[0] == '#')
            continue;
        ptrdiff_t eq = str_chr(line, '=');
        if (eq < 0)
            return err_set(err, ERR_INVALID, "line %zu: invalid dotenv input line", number);
        struct str key = str_sub(line, 0, (size_t)eq),
                   v = unescape_newlines(a, str_sub(line, (size_t)eq + 1, line.n));
        if (!str_starts(key, "sops_"))
            value_set_n(a, tree, key, value_string_n(a, v));
        else if (!unflatten(a, meta, str_sub(key, 5, key.n), v))
            return err_set(err, ERR_INVALID, "line %zu: invalid sops metadata", number);
    }
    value_set(a, tree, "sops", meta);
    *out = tree;
    return true;
}

static bool read_ini(struct arena *a, struct str text, struct value **out, struct err *err) {
    struct value *tree = value_map(a), *meta = value_map(a), *section = NULL;
    struct str rest = text, line;
    for (size_t number = 1; str_split(&rest, '\n', &line); number++) {
        line = str_trim(line);
        ptrdiff_t eq = str_chr(line, '=');
        if (!line.n || line.p[0] == ';' || line.p[0] == '#')
            continue;
        if (line.p[0] == '[' && line.p[line.n - 1] == ']') {
            struct str name = str_sub(line, 1, line.n - 1);
            section = str_is(name, "sops")      ? meta
                      : value_get_n(tree, name) ? value_get_n(tree, name)
                                                : value_map(a);
            if (section != meta)
                value_set_n(a, tree, name, section);
            continue;
        }
        if (eq < 0)
            return err_set(err, ERR_INVALID, "line %zu: key-value delimiter not found", number);
        struct str key = str_trim(str_sub(line, 0, (size_t)eq)),
                   v = str_trim(str_sub(line, (size_t)eq + 1, line.n));
        if (!section)
            value_set(a, tree, "DEFAULT", section = value_map(a));
        if (section != meta)
            value_set_n(a, section, key, value_string_n(a, v));
        else if (!unflatten(a, meta, key, unescape_newlines(a, v)))
            return err_set(err, ERR_INVALID, "line %zu: invalid sops metadata", number);
    }
    value_set(a, tree, "sops", meta);
    *out = tree;
    return true;
}

// The documents of the text, as a list.
static bool read_text(struct arena *a, struct str text, enum sops_format format, struct value **out,
                      struct err *err) {
    struct value *one = NULL;
    bool ok = false;
    switch (format) {
    case SOPS_YAML: return yaml_read_all(a, text, YAML_GO_V3, out, err);
    case SOPS_BINARY:
    case SOPS_JSON: ok = json_read(a, text, &one, err); break;
    case SOPS_DOTENV: ok = read_dotenv(a, text, &one, err); break;
    case SOPS_INI: ok = read_ini(a, text, &one, err); break;
    }
    if (!ok)
        return false;
    *out = value_list(a);
    value_append(a, *out, one);
    return true;
}

static const char *scalar_text(struct arena *a, const struct value *v) {
    return value_is(v, VALUE_STRING) ? v->s.p : json_text(a, v, JSON_COMPACT).p;
}

static void write_dotenv(struct arena *a, struct buf *b, const struct value *tree) {
    for (size_t i = 0; value_is(tree, VALUE_MAP) && i < tree->map.n; i++) {
        buf_fmt(b, "%s=", tree->map.pairs[i].key.p);
        for (const char *p = scalar_text(a, tree->map.pairs[i].value); *p; p++)
            buf_puts(b, *p == '\n' ? "\\n" : (const char[]) { *p, 0 });
        buf_putc(b, '\n');
    }
}

static void write_ini(struct arena *a, struct buf *b, const struct value *tree) {
    for (size_t i = 0; value_is(tree, VALUE_MAP) && i < tree->map.n; i++) {
        const struct value *section = tree->map.pairs[i].value;
        buf_fmt(b, "%s[%s]\n", i ? "\n" : "", tree->map.pairs[i].key.p);
        for (size_t j = 0; value_is(section, VALUE_MAP) && j < section->map.n; j++)
            buf_fmt(b, "%s = %s\n", section->map.pairs[j].key.p, scalar_text(a, section->map.pairs[j].value));
    }
}

// JSON with tabs, as sops writes it: a line of it never begins inside a string.
static void write_json(struct arena *a, struct buf *b, const struct value *tree) {
    struct str text = json_text(a, tree, JSON_INDENT_2), line;
    for (bool first = true; str_split(&text, '\n', &line); first = false) {
        if (!first)
            buf_putc(b, '\n');
        while (str_starts(line, "  ")) {
            buf_putc(b, '\t');
            line = str_sub(line, 2, line.n);
        }
        buf_put_str(b, line);
    }
    buf_putc(b, '\n');
}

static bool write_text(struct arena *a, const struct value *documents, enum sops_format format, struct buf *b,
                       struct err *err) {
    const struct value *first = value_item(documents, 0), *data = value_get(first, "data");
    switch (format) {
    case SOPS_YAML:
        for (size_t i = 0; i < value_len(documents); i++) {
            buf_puts(b, i ? "---\n" : "");
            yaml_write(b, value_item(documents, i), YAML_FLAGS);
        }
        return true;
    case SOPS_JSON: return write_json(a, b, first), true;
    case SOPS_DOTENV: return write_dotenv(a, b, first), true;
    case SOPS_INI: return write_ini(a, b, first), true;
    case SOPS_BINARY:
        if (!value_is(data, VALUE_STRING))
            return err_set(err, ERR_INVALID, "no binary data found in tree");
        buf_put_str(b, data->s);
        return true;
    }
    return err_set(err, ERR_BUG, "no such format");
}

bool sops_decrypt_text(struct arena *a, struct str text, enum sops_format in, enum sops_format out_format,
                       const struct sops_keys *keys, struct str *out, struct err *err) {
    struct value *documents;
    if (!read_text(a, text, in, &documents, err))
        return err_wrap(err, "failed to load encrypted sops data");
    const struct value *meta = value_get(value_item(documents, 0), "sops");
    for (size_t i = 0; i < value_len(documents); i++) {
        struct value *d = value_item(documents, i);
        if (value_is(d, VALUE_MAP) && !value_get(d, "sops") &&
            meta) // documents of one file share the first one's metadata
            value_set(a, d, "sops", value_copy(a, meta));
        if (!sops_decrypt(a, d, keys, err))
            return false;
    }
    autobuf b = { 0 };
    if (!write_text(a, documents, out_format, &b, err))
        return err_wrap(err, "error emitting sops data");
    *out = arena_str(a, buf_str(&b));
    return true;
}
