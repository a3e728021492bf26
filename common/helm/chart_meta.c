// SPDX-License-Identifier: Apache-2.0
// Chart.yaml: reading, cleaning, checking. Helm: pkg/chart/v2/{metadata,dependency}.go
#include "common/helm/chart_internal.h"
#include "common/text/semver.h"
#include "common/value/goquote.h"
#include "common/value/number.h"
#include "common/value/utf8.h"
#include "common/value/yaml.h"

enum meta_type {
    META_TEXT,
    META_TEXTS,
    META_BOOL,
    META_MAINTAINERS,
    META_DEPENDENCIES,
    META_ANNOTATIONS,
    META_IMPORTS
};

struct meta_field {
    const char *key;
    enum meta_type type;
    size_t offset;
    bool always; // written even when empty
};

#define AT(type, member) offsetof(struct type, member)
static const struct meta_field metadata_fields[] = {
    { "name", META_TEXT, AT(chart_metadata, name) },
    { "home", META_TEXT, AT(chart_metadata, home) },
    { "sources", META_TEXTS, AT(chart_metadata, sources) },
    { "version", META_TEXT, AT(chart_metadata, version) },
    { "description", META_TEXT, AT(chart_metadata, description) },
    { "keywords", META_TEXTS, AT(chart_metadata, keywords) },
    { "maintainers", META_MAINTAINERS, AT(chart_metadata, maintainers) },
    { "icon", META_TEXT, AT(chart_metadata, icon) },
    { "apiVersion", META_TEXT, AT(chart_metadata, api_version) },
    { "condition", META_TEXT, AT(chart_metadata, condition) },
    { "tags", META_TEXT, AT(chart_metadata, tags) },
    { "appVersion", META_TEXT, AT(chart_metadata, app_version) },
    { "deprecated", META_BOOL, AT(chart_metadata, deprecated) },
    { "annotations", META_ANNOTATIONS, AT(chart_metadata, annotations) },
    { "kubeVersion", META_TEXT, AT(chart_metadata, kube_version) },
    { "dependencies", META_DEPENDENCIES, AT(chart_metadata, dependencies) },
    { "type", META_TEXT, AT(chart_metadata, type) },
    { 0 },
};
static const struct meta_field dependency_fields[] = {
    { "name", META_TEXT, AT(chart_dependency, name), true },
    { "version", META_TEXT, AT(chart_dependency, version) },
    { "repository", META_TEXT, AT(chart_dependency, repository), true },
    { "condition", META_TEXT, AT(chart_dependency, condition) },
    { "tags", META_TEXTS, AT(chart_dependency, tags) },
    { "enabled", META_BOOL, AT(chart_dependency, enabled) },
    { "import-values", META_IMPORTS, AT(chart_dependency, import_values) },
    { "alias", META_TEXT, AT(chart_dependency, alias) },
    { 0 },
};
static const struct meta_field maintainer_fields[] = {
    { "name", META_TEXT, AT(chart_maintainer, name) },
    { "email", META_TEXT, AT(chart_maintainer, email) },
    { "url", META_TEXT, AT(chart_maintainer, url) },
    { 0 },
};

struct meta_reader {
    struct arena *a;
    const char *where; // "Metadata.dependencies."
    const char *key;
    struct err *err;
};

static bool wrong_type(struct meta_reader *r, const struct value *v, const char *want) {
    return err_set(r->err, ERR_INVALID,
                   "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go struct "
                   "field %s%s of type %s",
                   chart_json_type(v), r->where, r->key, want);
}

const char *chart_json_type(const struct value *v) {
    static const char *const names[] = { "null", "bool", "number", "number", "string", "array", "object" };
    return v ? names[v->type] : "null";
}

// A scalar as sigs.k8s.io/yaml hands it to a Go string.
static bool read_text(struct meta_reader *r, const struct value *v, const char **out) {
    char digits[NUMBER_TEXT];
    double f;
    switch (v->type) {
    case VALUE_NULL: return true;
    case VALUE_BOOL: return *out = v->b ? "true" : "false", true;
    case VALUE_INT: return *out = arena_fmt(r->a, "%lld", (long long)v->i), true;
    case VALUE_FLOAT:
        f = v->f;
        digits[number_fmt_g(f, digits)] = '\0';
        return *out = arena_strdup(r->a, digits), true;
    case VALUE_STRING: return *out = arena_text(r->a, v->s.p, v->s.n), true;
    case VALUE_LIST:
    case VALUE_MAP: break;
    }
    return wrong_type(r, v, "string");
}

static bool read_texts(struct meta_reader *r, const struct value *v, struct chart_texts *out) {
    if (v->type != VALUE_LIST)
        return v->type == VALUE_NULL || wrong_type(r, v, "[]string");
    *out = (struct chart_texts) { arena_array(r->a, const char *, v->list.n + 1), v->list.n, v->list.n };
    for (size_t i = 0; i < v->list.n; i++) {
        out->items[i] = "";
        if (!read_text(r, v->list.items[i], &out->items[i]))
            return false;
    }
    return true;
}

static bool read_annotations(struct meta_reader *r, const struct value *v, struct value **out) {
    if (v->type != VALUE_MAP)
        return v->type == VALUE_NULL || wrong_type(r, v, "map[string]string");
    struct value *map = value_map(r->a);
    for (size_t i = 0; i < v->map.n; i++) {
        const char *text = "";
        if (!read_text(r, v->map.pairs[i].value, &text))
            return false;
        value_set_n(r->a, map, v->map.pairs[i].key, value_string(r->a, text));
    }
    return *out = map, true;
}

static bool read_fields(struct meta_reader *r, const struct meta_field *fields, const struct value *v,
                        void *to);

// A list of structs; a null node stays zeroed (its name is NULL) for the check to find.
static bool read_structs(struct meta_reader *r, const struct meta_field *fields, const struct value *v,
                         size_t size, const char *where, void **out, size_t *out_n) {
    if (v->type != VALUE_LIST)
        return v->type == VALUE_NULL || wrong_type(r, v, where);
    char *items = arena_calloc(r->a, v->list.n + 1, size);
    struct meta_reader inner = { r->a, where, NULL, r->err };
    for (size_t i = 0; i < v->list.n; i++)
        if (v->list.items[i]->type != VALUE_NULL &&
            !read_fields(&inner, fields, v->list.items[i], items + i * size))
            return false;
    return *out = items, *out_n = v->list.n, true;
}

static bool read_field(struct meta_reader *r, const struct meta_field *f, const struct value *v, void *to) {
    void *at = (char *)to + f->offset;
    struct chart_metadata *m = to;
    switch (f->type) {
    case META_TEXT: return read_text(r, v, at);
    case META_TEXTS: return read_texts(r, v, at);
    case META_BOOL:
        if (v->type != VALUE_BOOL)
            return v->type == VALUE_NULL || wrong_type(r, v, "bool");
        return *(bool *)at = v->b, true;
    case META_ANNOTATIONS: return read_annotations(r, v, at);
    case META_IMPORTS:
        if (v->type != VALUE_LIST)
            return v->type == VALUE_NULL || wrong_type(r, v, "[]interface {}");
        return *(struct value **)at = value_copy(r->a, v), true;
    case META_MAINTAINERS:
        return read_structs(r, maintainer_fields, v, sizeof(struct chart_maintainer),
                            "Maintainer.maintainers.", (void **)&m->maintainers, &m->n_maintainers);
    case META_DEPENDENCIES:
        m->lists_dependencies |= v->type == VALUE_LIST;
        return read_structs(r, dependency_fields, v, sizeof(struct chart_dependency),
                            "Dependency.dependencies.", (void **)&m->dependencies, &m->n_dependencies);
    }
    return true;
}

static bool read_fields(struct meta_reader *r, const struct meta_field *fields, const struct value *v,
                        void *to) {
    for (const struct meta_field *f = fields; f->key; f++)
        if (f->type == META_TEXT && !*(const char **)((char *)to + f->offset))
            *(const char **)((char *)to + f->offset) = "";
    if (v->type != VALUE_MAP)
        return v->type == VALUE_NULL || wrong_type(r, v, "struct");
    for (const struct meta_field *f = fields; f->key; f++) {
        const struct value *field = value_get(v, f->key);
        r->key = f->key;
        if (field && !read_field(r, f, field, to))
            return false;
    }
    return true;
}

// Reads onto what is there already (requirements.yaml onto Chart.yaml).
bool chart_metadata_decode(struct arena *a, struct str text, struct chart_metadata *m, struct err *err) {
    struct value *v;
    if (!yaml_read(a, text, YAML_GO_SIGS, &v, err))
        return err_wrap(err, "error converting YAML to JSON");
    if (v->type != VALUE_MAP && v->type != VALUE_NULL)
        return err_set(err, ERR_INVALID,
                       "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go "
                       "value of type v2.Metadata",
                       chart_json_type(v));
    struct meta_reader r = { a, "Metadata.", NULL, err };
    return read_fields(&r, metadata_fields, v, m);
}

/* ---- cleaning ---- */

static bool is_space(uint32_t c) {
    return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
           c == 0x3000;
}

static bool is_hidden(uint32_t c) { // control, format, private characters
    return c < 32 || (c >= 0x7f && c < 0xa0) || c == 0xad || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xe000 && c <= 0xf8ff) || c >= 0xe0000;
}

static const char *clean(struct arena *a, const char *text) {
    autobuf out = { 0 };
    struct str rest = str_of(text);
    bool changed = false;
    while (rest.n) {
        uint32_t c;
        size_t n = utf8_decode(rest, &c);
        if (is_space(c))
            buf_putc(&out, ' ');
        else if (!is_hidden(c))
            utf8_put(&out, c);
        changed |= c < 32 || c > 126;
        rest = str_sub(rest, n, rest.n);
    }
    return changed ? buf_to_arena(&out, a).p : text;
}

static void clean_texts(struct arena *a, struct chart_texts *t) {
    for (size_t i = 0; i < t->n; i++)
        t->items[i] = clean(a, t->items[i]);
}

/* ---- checking ---- */

static bool invalid(struct err *err, const char *text) {
    return err_set(err, ERR_INVALID, "validation: %s", text);
}

static bool check_name(struct arena *a, const struct chart_metadata *m, struct err *err) {
    if (!*m->api_version)
        return invalid(err, "chart.metadata.apiVersion is required");
    if (!*m->name)
        return invalid(err, "chart.metadata.name is required");
    if (!strcmp(m->name, ".") || !strcmp(m->name, ".."))
        return err_set(err, ERR_INVALID, "validation: chart.metadata.name %s is not allowed",
                       go_quoted(a, str_of(m->name)));
    if (strchr(m->name, '/'))
        return err_set(err, ERR_INVALID, "validation: chart.metadata.name %s is invalid",
                       go_quoted(a, str_of(m->name)));
    return true;
}

static bool check_version(struct arena *a, const struct chart_metadata *m, struct err *err) {
    struct err scratch = { .a = a };
    struct semver v;
    if (!*m->version)
        return invalid(err, "chart.metadata.version is required");
    if (!semver_parse(a, m->version, &v, &scratch))
        return err_set(err, ERR_INVALID, "validation: chart.metadata.version %s is invalid",
                       go_quoted(a, str_of(m->version)));
    if (*m->type && strcmp(m->type, "application") != 0 && strcmp(m->type, "library") != 0)
        return invalid(err, "chart.metadata.type must be application or library");
    return true;
}

static bool check_dependency(struct arena *a, struct chart_metadata *m, size_t i, struct err *err) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    struct chart_dependency *d = &m->dependencies[i];
    if (!d->name)
        return invalid(err, "dependencies must not contain empty or null nodes");
    d->name = clean(a, d->name);
    d->version = clean(a, d->version);
    d->repository = clean(a, d->repository);
    d->condition = clean(a, d->condition);
    clean_texts(a, &d->tags);
    if (d->alias[strspn(d->alias, allowed)])
        return err_set(err, ERR_INVALID, "validation: dependency %s has disallowed characters in the alias",
                       go_quoted(a, str_of(d->name)));
    const char *key = *d->alias ? d->alias : d->name;
    for (size_t k = 0; k < i; k++) {
        const struct chart_dependency *other = &m->dependencies[k];
        if (!strcmp(*other->alias ? other->alias : other->name, key))
            return err_set(err, ERR_INVALID, "validation: more than one dependency with name or alias %s",
                           go_quoted(a, str_of(key)));
    }
    return true;
}

bool chart_metadata_check(struct arena *a, struct chart_metadata *m, struct err *err) {
    const char **texts[] = { &m->name,      &m->description, &m->home,        &m->icon,
                             &m->condition, &m->tags,        &m->app_version, &m->kube_version };
    for (size_t i = 0; i < countof(texts); i++)
        *texts[i] = clean(a, *texts[i]);
    clean_texts(a, &m->sources);
    clean_texts(a, &m->keywords);
    if (!check_name(a, m, err) || !check_version(a, m, err))
        return false;
    for (size_t i = 0; i < m->n_maintainers; i++) {
        struct chart_maintainer *one = &m->maintainers[i];
        if (!one->name)
            return invalid(err, "maintainers must not contain empty or null nodes");
        *one = (struct chart_maintainer) { clean(a, one->name), clean(a, one->email), clean(a, one->url) };
    }
    if (m->n_dependencies > CHART_MAX_DEPENDENCIES)
        return err_set(err, ERR_LIMIT, "more than %d dependencies", CHART_MAX_DEPENDENCIES);
    for (size_t i = 0; i < m->n_dependencies; i++)
        if (!check_dependency(a, m, i, err))
            return false;
    return true;
}

bool chart_metadata_read(struct arena *a, struct str text, struct chart_metadata *out, struct err *err) {
    struct chart_metadata m = { 0 };
    if (!chart_metadata_decode(a, text, &m, err))
        return false;
    if (!*m.api_version)
        m.api_version = "v1";
    if (!chart_metadata_check(a, &m, err))
        return false;
    return *out = m, true;
}

/* ---- writing ---- */

static struct value *texts_json(struct arena *a, const struct chart_texts *t) {
    struct value *list = value_list(a);
    for (size_t i = 0; i < t->n; i++)
        value_append(a, list, value_string(a, t->items[i]));
    return list;
}

static struct value *fields_json(struct arena *a, const struct meta_field *fields, const void *from);

static struct value *field_json(struct arena *a, const struct meta_field *f, const void *from) {
    const void *at = (const char *)from + f->offset;
    const struct chart_metadata *m = from;
    struct value *list = value_list(a);
    switch (f->type) {
    case META_TEXT: {
        const char *text = *(const char *const *)at;
        return *text || f->always ? value_string(a, text) : NULL;
    }
    case META_TEXTS: return ((const struct chart_texts *)at)->n ? texts_json(a, at) : NULL;
    case META_BOOL: return *(const bool *)at ? value_bool(a, true) : NULL;
    case META_ANNOTATIONS:
    case META_IMPORTS: {
        const struct value *v = *(struct value *const *)at;
        return value_len(v) ? value_copy(a, v) : NULL;
    }
    case META_MAINTAINERS:
        for (size_t i = 0; i < m->n_maintainers; i++)
            value_append(a, list, fields_json(a, maintainer_fields, &m->maintainers[i]));
        return m->n_maintainers ? list : NULL;
    case META_DEPENDENCIES:
        for (size_t i = 0; i < m->n_dependencies; i++)
            value_append(a, list, fields_json(a, dependency_fields, &m->dependencies[i]));
        return m->n_dependencies ? list : NULL;
    }
    return NULL;
}

static struct value *fields_json(struct arena *a, const struct meta_field *fields, const void *from) {
    struct value *map = value_map(a);
    for (const struct meta_field *f = fields; f->key; f++) {
        struct value *v = field_json(a, f, from);
        if (v)
            value_set(a, map, f->key, v);
    }
    return map;
}

struct value *chart_metadata_json(struct arena *a, const struct chart_metadata *m) {
    return fields_json(a, metadata_fields, m);
}
