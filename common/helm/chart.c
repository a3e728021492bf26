// SPDX-License-Identifier: Apache-2.0
// From files to a chart: what each file is for, subcharts inside. Helm: pkg/chart/v2/loader/load.go
#include "common/base/map.h"
#include "common/helm/chart_internal.h"
#include "common/helm/values.h"
#include "common/value/yaml.h"

void chart_add_file(struct arena *a, struct chart_files *files, const char *name, struct str data) {
    files->items = arena_grow(a, files->items, &files->cap, files->n + 1, sizeof *files->items);
    files->items[files->n++] = (struct chart_file) { name, data };
}

void chart_add_sub(struct arena *a, struct chart *c, struct chart *sub) {
    c->subs = arena_grow(a, c->subs, &c->cap_subs, c->n_subs + 1, sizeof(struct chart *));
    c->subs[c->n_subs++] = sub;
    sub->parent = c;
}

struct chart *chart_sub(const struct chart *c, const char *name) {
    for (size_t i = 0; i < c->n_subs; i++)
        if (!strcmp(c->subs[i]->meta.name, name))
            return c->subs[i];
    return NULL;
}

char *chart_full_path(struct arena *a, const struct chart *c) {
    if (!c->parent)
        return arena_strdup(a, c->meta.name);
    return arena_fmt(a, "%s/charts/%s", chart_full_path(a, c->parent), c->meta.name);
}

bool chart_is_library(const struct chart *c) {
    // Helm: strings.EqualFold, but only the lower case passes the check of the type
    return !strcmp(c->meta.type, "library");
}

struct str chart_without_bom(struct str s) {
    return str_starts(s, "\xef\xbb\xbf") ? str_sub(s, 3, s.n) : s;
}

/* ---- files ---- */

static bool load_lock(struct chart_loader *l, const struct chart_file *f, struct chart *c) {
    struct value *v;
    if (!yaml_read(l->a, f->data, YAML_GO_SIGS, &v, l->err))
        return err_wrap(l->err, "cannot load %s: error converting YAML to JSON", f->name);
    if (v->type != VALUE_MAP && v->type != VALUE_NULL)
        return err_set(l->err, ERR_INVALID,
                       "cannot load %s: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal "
                       "%s into Go value "
                       "of type v2.Lock",
                       f->name, chart_json_type(v));
    c->lock = v->type == VALUE_MAP ? v : NULL;
    return true;
}

static bool load_values(struct chart_loader *l, const struct chart_file *f, struct chart *c) {
    return values_read(l->a, f->data, &c->values, l->err) || err_wrap(l->err, "cannot load values.yaml");
}

static bool load_schema(struct chart_loader *l, const struct chart_file *f, struct chart *c) {
    (void)l;
    c->has_schema = true;
    c->schema = f->data;
    return true;
}

static void keep_old_style(struct chart_loader *l, const struct chart_file *f, struct chart *c) {
    if (!strcmp(c->meta.api_version, "v1"))
        chart_add_file(l->a, &c->files, f->name, f->data);
}

static bool load_requirements(struct chart_loader *l, const struct chart_file *f, struct chart *c) {
    if (!chart_metadata_decode(l->a, f->data, &c->meta, l->err))
        return err_wrap(l->err, "cannot load requirements.yaml");
    keep_old_style(l, f, c);
    return true;
}

static bool load_old_lock(struct chart_loader *l, const struct chart_file *f, struct chart *c) {
    if (!load_lock(l, f, c))
        return false;
    keep_old_style(l, f, c);
    return true;
}

static bool skip_file(struct chart_loader *l, const struct chart_file *f, struct chart *c) {
    (void)l, (void)f, (void)c;
    return true; // was first
}

static const struct special_file {
    const char *name;
    bool (*load)(struct chart_loader *l, const struct chart_file *f, struct chart *c);
} special_files[] = {
    { "Chart.yaml", skip_file },
    { "Chart.lock", load_lock },
    { "values.yaml", load_values },
    { "values.schema.json", load_schema },
    { "requirements.yaml", load_requirements },
    { "requirements.lock", load_old_lock },
};

static const struct special_file *special_of(const char *name) {
    for (size_t i = 0; i < countof(special_files); i++)
        if (!strcmp(special_files[i].name, name))
            return &special_files[i];
    return NULL;
}

static bool load_file(struct chart_loader *l, const struct chart_file *f, struct chart *c,
                      struct chart_files *below) {
    const struct special_file *special = special_of(f->name);
    if (special)
        return special->load(l, f, c);
    if (text_starts(f->name, "templates/"))
        chart_add_file(l->a, &c->templates, f->name, f->data);
    else if (text_starts(f->name, "charts/") && !text_ends(f->name, ".prov"))
        chart_add_file(l->a, below, f->name + strlen("charts/"), f->data);
    else
        chart_add_file(l->a, &c->files, f->name, f->data);
    return true;
}

/* ---- subcharts ---- */

static bool load_sub(struct chart_loader *l, const char *name, const struct chart_files *files,
                     struct chart **out) {
    struct chart_files inner = { 0 };
    if (!text_ends(name, ".tgz")) {
        for (size_t i = 0; i < files->n; i++) {
            const char *slash = strchr(files->items[i].name, '/');
            if (slash)
                chart_add_file(l->a, &inner, slash + 1, files->items[i].data);
        }
        return chart_build(l, &inner, out);
    }
    if (strcmp(files->items[0].name, name) != 0)
        return err_set(l->err, ERR_INVALID, "expected %s, got %s", name, files->items[0].name);
    return chart_unpack(l, files->items[0].data, &inner) && chart_build(l, &inner, out);
}

// The files below charts/, grouped by their first component, in order of first appearance.
static bool load_subs(struct chart_loader *l, struct chart *c, const struct chart_files *below) {
    automap groups = { 0 };
    for (size_t i = 0; i < below->n; i++) {
        const char *name = below->items[i].name;
        char *first = arena_text(l->a, name, strcspn(name, "/"));
        struct chart_files *group = map_get(&groups, first);
        if (!group) {
            group = arena_new(l->a, struct chart_files);
            map_set(&groups, first, group);
        }
        chart_add_file(l->a, group, name, below->items[i].data);
    }
    const char *name;
    void *group;
    for (size_t at = 0; map_next(&groups, &at, &name, &group);) {
        struct chart *sub;
        if (*name == '_' || *name == '.')
            continue;
        if (!load_sub(l, name, group, &sub))
            return err_wrap(l->err, "error unpacking subchart %s in %s", name, c->meta.name);
        chart_add_sub(l->a, c, sub);
    }
    return true;
}

static bool load_metadata(struct chart_loader *l, const struct chart_files *files, struct chart *c) {
    bool found = false;
    for (size_t i = 0; i < files->n; i++) {
        if (strcmp(files->items[i].name, "Chart.yaml") != 0)
            continue;
        found = true;
        if (!chart_metadata_decode(l->a, files->items[i].data, &c->meta, l->err))
            return err_wrap(l->err, "cannot load Chart.yaml");
        if (!*c->meta.api_version)
            c->meta.api_version = "v1";
    }
    return found || err_set(l->err, ERR_INVALID, "Chart.yaml file is missing");
}

bool chart_build(struct chart_loader *l, const struct chart_files *files, struct chart **out) {
    struct chart *c = arena_new(l->a, struct chart);
    struct chart_files below = { 0 };
    if (++l->depth > CHART_MAX_DEPTH)
        return err_set(l->err, ERR_LIMIT, "more than %d charts inside each other", CHART_MAX_DEPTH);
    if (!load_metadata(l, files, c))
        return false;
    for (size_t i = 0; i < files->n; i++)
        if (!load_file(l, &files->items[i], c, &below))
            return false;
    if (!chart_metadata_check(l->a, &c->meta, l->err) || !load_subs(l, c, &below))
        return false;
    l->depth--;
    return *out = c, true;
}

bool chart_load_files(struct arena *a, const struct chart_files *files, struct chart **out, struct err *err) {
    struct chart_loader l = { a, err, .n_files = files->n };
    return chart_build(&l, files, out);
}

bool chart_load_archive(struct arena *a, struct str bytes, struct chart **out, struct err *err) {
    struct chart_loader l = { a, err };
    struct chart_files files = { 0 };
    return chart_unpack(&l, bytes, &files) && chart_build(&l, &files, out);
}

/* ---- what follows from it ---- */

static bool is_crd(const char *name) {
    const char *dot = strrchr(name, '.');
    return text_starts(name, "crds/") && dot &&
           (!strcasecmp(dot, ".yaml") || !strcasecmp(dot, ".yml") || !strcasecmp(dot, ".json"));
}

static void add_crds(struct arena *a, const struct chart *c, struct chart_files *out) {
    for (size_t i = 0; i < c->files.n; i++)
        if (is_crd(c->files.items[i].name))
            chart_add_file(a, out, arena_fmt(a, "%s/%s", chart_full_path(a, c), c->files.items[i].name),
                           c->files.items[i].data);
    for (size_t i = 0; i < c->n_subs; i++)
        add_crds(a, c->subs[i], out);
}

struct chart_files chart_crds(struct arena *a, const struct chart *c) {
    struct chart_files out = { 0 };
    add_crds(a, c, &out);
    return out;
}

bool chart_check_dependencies(struct arena *a, const struct chart *c, struct err *err) {
    autobuf missing = { 0 };
    (void)a;
    for (size_t i = 0; i < c->meta.n_dependencies; i++) {
        const char *name = c->meta.dependencies[i].name;
        if (!chart_sub(c, name))
            buf_fmt(&missing, "%s%s", missing.n ? ", " : "", name);
    }
    if (missing.n)
        return err_set(err, ERR_NOT_FOUND, "found in Chart.yaml, but missing in charts/ directory: %s",
                       missing.p);
    return true;
}

bool chart_check_installable(struct arena *a, const struct chart *c, struct err *err) {
    if (*c->meta.type && strcmp(c->meta.type, "application") != 0)
        return err_set(err, ERR_INVALID, "%s charts are not installable", c->meta.type);
    return chart_check_dependencies(a, c, err) ||
           err_wrap(err, "an error occurred while checking for chart dependencies. You may need to run 'helm "
                         "dependency "
                         "build' to fetch missing dependencies");
}
