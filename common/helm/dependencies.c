// SPDX-License-Identifier: Apache-2.0
/* Which subcharts take part, under which names, and what they export.
 * Helm: pkg/chart/v2/util/dependencies.go */
#include "common/helm/values.h"
#include "common/helm/values_internal.h"
#include "common/text/semver.h"

#define MAX_PATH_PARTS 100

static bool is_compatible(struct arena *a, const char *constraint, const char *version) {
    struct err scratch = { .a = a };
    struct semver_constraint *c;
    struct semver v;
    return semver_constraint_parse(a, constraint, &c, &scratch) && semver_parse(a, version, &v, &scratch) &&
           semver_constraint_check(c, &v);
}

struct value *values_table(const struct value *values, const char *path) {
    struct str rest = str_of(path), part;
    struct value *v = (struct value *)values;
    while (v && str_split(&rest, '.', &part))
        v = value_get_n(v, part);
    return value_is(v, VALUE_MAP) ? v : NULL;
}

/* ---- enabled or not ---- */

// The bool at a path; NULL: none there, or of another type.
static const struct value *bool_at(struct arena *a, const struct value *values, const char *path) {
    const char *dot = strrchr(path, '.');
    const struct value *map = dot ? values_table(values, arena_text(a, path, (size_t)(dot - path))) : values;
    const struct value *v = value_get(map, dot ? dot + 1 : path);
    return value_is(v, VALUE_BOOL) ? v : NULL;
}

static void apply_condition(struct arena *a, struct chart_dependency *d, const struct value *values,
                            const char *prefix) {
    struct str rest = str_trim(str_of(d->condition)), part;
    while (str_split(&rest, ',', &part)) {
        const struct value *v =
            part.n ? bool_at(a, values, arena_fmt(a, "%s%.*s", prefix, (int)part.n, part.p)) : NULL;
        if (v) {
            d->enabled = v->b;
            return;
        }
    }
}

static void apply_tags(struct chart_dependency *d, const struct value *values) {
    const struct value *tags = value_get(values, "tags");
    bool on = false, off = false;
    if (!value_is(tags, VALUE_MAP))
        return;
    for (size_t i = 0; i < d->tags.n; i++) {
        const struct value *v = value_get(tags, d->tags.items[i]);
        on |= value_is(v, VALUE_BOOL) && v->b;
        off |= value_is(v, VALUE_BOOL) && !v->b;
    }
    d->enabled = on || !off;
}

// A copy under its own or another name; its subcharts are copied too, so that aliases do not share them.
static struct chart *chart_clone(struct arena *a, const struct chart *c) {
    struct chart *out = arena_new(a, struct chart);
    *out = *c;
    out->subs = NULL;
    out->n_subs = out->cap_subs = 0;
    out->meta.dependencies = arena_array(a, struct chart_dependency, c->meta.n_dependencies + 1);
    if (c->meta.n_dependencies)
        memcpy(out->meta.dependencies, c->meta.dependencies,
               c->meta.n_dependencies * sizeof *c->meta.dependencies);
    for (size_t i = 0; i < c->n_subs; i++)
        chart_add_sub(a, out, chart_clone(a, c->subs[i]));
    return out;
}

static struct chart *find_dependency(struct arena *a, const struct chart *c,
                                     const struct chart_dependency *d) {
    for (size_t i = 0; i < c->n_subs; i++) {
        const struct chart *sub = c->subs[i];
        if (!strcmp(sub->meta.name, d->name) && is_compatible(a, d->version, sub->meta.version))
            return chart_clone(a, sub);
    }
    return NULL;
}

static bool is_listed(struct arena *a, const struct chart *c, const struct chart *sub) {
    for (size_t i = 0; i < c->meta.n_dependencies; i++) {
        const struct chart_dependency *d = &c->meta.dependencies[i];
        if (!strcmp(sub->meta.name, d->name) && is_compatible(a, d->version, sub->meta.version))
            return true;
    }
    return false;
}

// Unlisted subcharts first, then the listed ones in order of the list, by their aliases.
static void arrange_subs(struct arena *a, struct chart *c) {
    struct chart before = *c;
    c->subs = NULL;
    c->n_subs = c->cap_subs = 0;
    for (size_t i = 0; i < before.n_subs; i++)
        if (!is_listed(a, &before, before.subs[i]))
            chart_add_sub(a, c, before.subs[i]);
    for (size_t i = 0; i < c->meta.n_dependencies; i++) {
        struct chart_dependency *d = &c->meta.dependencies[i];
        struct chart *sub = find_dependency(a, &before, d);
        if (sub) {
            sub->meta.name = *d->alias ? d->alias : sub->meta.name;
            chart_add_sub(a, c, sub);
        }
        d->name = *d->alias ? d->alias : d->name;
        d->enabled = true;
    }
}

static bool is_disabled(const struct chart_metadata *m, const char *name) {
    for (size_t i = 0; i < m->n_dependencies; i++)
        if (!m->dependencies[i].enabled && !strcmp(m->dependencies[i].name, name))
            return true;
    return false;
}

static void drop_disabled(struct chart *c) {
    size_t n = 0, n_subs = 0;
    for (size_t i = 0; i < c->n_subs; i++)
        if (!is_disabled(&c->meta, c->subs[i]->meta.name))
            c->subs[n_subs++] = c->subs[i];
    struct chart_metadata before = c->meta;
    for (size_t i = 0; i < before.n_dependencies; i++)
        before.dependencies[i].enabled &= !is_disabled(&before, before.dependencies[i].name);
    for (size_t i = 0; i < before.n_dependencies; i++)
        if (before.dependencies[i].enabled)
            c->meta.dependencies[n++] = before.dependencies[i];
    c->n_subs = n_subs;
    c->meta.n_dependencies = n;
    c->meta.lists_dependencies = n > 0;
}

static bool process_enabled(struct arena *a, struct chart *c, const struct value *user, const char *prefix,
                            struct err *err) {
    struct value *values;
    if (!c->meta.lists_dependencies)
        return true;
    arrange_subs(a, c);
    if (!values_coalesce(a, c, user, &values, err))
        return false;
    for (size_t i = 0; i < c->meta.n_dependencies; i++) {
        apply_tags(&c->meta.dependencies[i], values);
        apply_condition(a, &c->meta.dependencies[i], values, prefix);
    }
    drop_disabled(c);
    for (size_t i = 0; i < c->n_subs; i++) {
        const char *below = arena_fmt(a, "%s%s.", prefix, c->subs[i]->meta.name);
        if (!process_enabled(a, c->subs[i], values, below, err))
            return false;
    }
    return true;
}

/* ---- import-values ---- */

static const char *import_text(struct arena *a, const struct value *v) {
    if (!v || v->type == VALUE_NULL)
        return "<nil>";
    if (v->type == VALUE_INT || v->type == VALUE_FLOAT)
        return v->text ? v->text : arena_fmt(a, "%lld", (long long)value_int_or(v, 0));
    return value_text(v, value_is(v, VALUE_BOOL) ? (v->b ? "true" : "false") : "");
}

static bool table_at_path(struct arena *a, const char *path, struct value *table, struct value **out,
                          struct err *err) {
    struct value *v = table;
    size_t n = 0;
    char *parts = arena_strdup(a, path), *dot;
    if (!strcmp(path, "."))
        return *out = table, true;
    do {
        dot = strrchr(parts, '.');
        struct value *map = value_map(a);
        value_set(a, map, dot ? dot + 1 : parts, v);
        v = map;
        if (dot)
            *dot = '\0';
        if (++n > MAX_PATH_PARTS)
            return err_set(err, ERR_LIMIT, "import-values: a path of more than %d parts", MAX_PATH_PARTS);
    } while (dot);
    return *out = v, true;
}

static bool import_one(struct arena *a, const struct chart_dependency *d, struct value *item,
                       const struct value *values, struct value *imported, struct err *err) {
    const char *child = value_text_at(item, "child", NULL), *parent = value_text_at(item, "parent", NULL);
    const struct value *table = values_table(values, arena_fmt(a, "%s.%s", d->name, child));
    struct value *placed;
    if (!table)
        return true; // Helm warns
    // A copy: the tables of two imports may overlap.
    if (!table_at_path(a, parent, value_copy(a, table), &placed, err))
        return false;
    values_tables(a, imported, placed, true);
    return true;
}

// The item as {child, parent}; NULL: of no known form, it is dropped.
static struct value *import_item(struct arena *a, const struct value *item) {
    struct value *out = value_map(a);
    if (value_is(item, VALUE_STRING)) {
        value_set(a, out, "child", value_fmt(a, "exports.%s", item->s.p));
        value_set(a, out, "parent", value_string(a, "."));
        return out;
    }
    if (!value_is(item, VALUE_MAP))
        return NULL;
    value_set(a, out, "child", value_string(a, import_text(a, value_get(item, "child"))));
    value_set(a, out, "parent", value_string(a, import_text(a, value_get(item, "parent"))));
    return out;
}

static bool process_imports(struct arena *a, struct chart *c, struct err *err) {
    struct value *values, *imported = value_map(a);
    for (size_t i = 0; i < c->n_subs; i++)
        if (!process_imports(a, c->subs[i], err))
            return false;
    if (!c->meta.lists_dependencies)
        return true;
    if (!values_coalesce_keeping(a, c, NULL, &values, err))
        return false;
    for (size_t i = 0; i < c->meta.n_dependencies; i++) {
        struct chart_dependency *d = &c->meta.dependencies[i];
        struct value *items = value_list(a);
        for (size_t k = 0; k < value_len(d->import_values); k++) {
            struct value *item = import_item(a, value_item(d->import_values, k));
            if (!item)
                continue;
            value_append(a, items, item);
            if (!import_one(a, d, item, values, imported, err))
                return false;
        }
        d->import_values = value_len(items) ? items : NULL;
    }
    c->values = values_tables(a, values, imported, true);
    return true;
}

bool values_process_dependencies(struct arena *a, struct chart *c, const struct value *user,
                                 struct err *err) {
    return process_enabled(a, c, user, "", err) && process_imports(a, c, err);
}
