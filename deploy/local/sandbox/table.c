// SPDX-License-Identifier: Apache-2.0
// Tables of built-in kinds (by cells_*.c), of CRDs (by their columns), and of everything else (name and creation time).
#include "deploy/local/sandbox/table.h"

#include "common/base/timeutil.h"
#include "common/value/json.h"

static const struct cell_set *cells_of(const struct resource *r) {
    const struct cell_set *const sets[] = { cells_core, cells_groups };
    for (size_t i = 0; i < countof(sets); i++)
        for (const struct cell_set *s = sets[i]; s->key; s++)
            if (!r->crd && text_eq(s->key, r->key))
                return s;
    return NULL;
}

/* ---- helpers of cells ---- */

const char *age_of(struct arena *a, const char *rfc3339, int64_t now_ns) {
    struct err err = { .a = a };
    int64_t at;
    if (text_empty(rfc3339) || !time_parse_rfc3339(rfc3339, &at, &err))
        return "<unknown>";
    return duration_human(a, now_ns > at ? now_ns - at : 0);
}

struct value *cell_age(struct arena *a, const struct value *o, int64_t now_ns) {
    return value_string(a, age_of(a, value_text_at(o, "metadata", "creationTimestamp", NULL), now_ns));
}

char *join_texts(struct arena *a, const struct value *list, const char *field, const char *separator) {
    autobuf b = { 0 };
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *item = value_item(list, i);
        buf_puts(&b, b.n ? separator : "");
        buf_puts(&b, value_text(field ? value_get(item, field) : item, ""));
    }
    return arena_text(a, b.p, b.n);
}

char *format_labels(struct arena *a, const struct value *labels) {
    autobuf b = { 0 };
    struct value *sorted = value_copy(a, labels);
    if (!value_len(sorted))
        return arena_strdup(a, "<none>");
    value_sort_keys(sorted);
    for (size_t i = 0; i < sorted->map.n; i++)
        buf_fmt(&b, "%s%s=%s", i ? "," : "", sorted->map.pairs[i].key.p,
                value_text(sorted->map.pairs[i].value, ""));
    return arena_text(a, b.p, b.n);
}

static const struct value *pods_of(const struct value *o) {
    const struct value *job = value_at(o, "spec", "jobTemplate", "spec", "template", "spec", NULL);
    return job ? job : value_at(o, "spec", "template", "spec", NULL);
}

struct value *cell_containers(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_string(a, join_texts(a, value_get(pods_of(o), "containers"), "name", ","));
}

struct value *cell_images(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_string(a, join_texts(a, value_get(pods_of(o), "containers"), "image", ","));
}

// metav1.FormatLabelSelector: "a=b,c in (d,e)".
static char *selector_text(struct arena *a, const struct value *s) {
    static const struct { const char *op, *word; } words[] = { { "In", "in" }, { "NotIn", "notin" } };
    const struct value *labels = value_get(s, "matchLabels"), *expressions = value_get(s, "matchExpressions");
    if (!value_len(labels) && !value_len(expressions))
        return arena_strdup(a, "<none>");
    char *text = value_len(labels) ? format_labels(a, labels) : arena_strdup(a, "");
    for (size_t i = 0; i < value_len(expressions); i++) {
        const struct value *e = value_item(expressions, i);
        const char *k = value_text(value_get(e, "key"), ""), *op = value_text(value_get(e, "operator"), ""),
                   *part = k;
        if (text_eq(op, "DoesNotExist"))
            part = arena_fmt(a, "!%s", k);
        for (size_t w = 0; w < countof(words); w++)
            if (text_eq(words[w].op, op))
                part = arena_fmt(a, "%s %s (%s)", k, words[w].word,
                                 join_texts(a, value_get(e, "values"), NULL, ","));
        text = arena_fmt(a, "%s%s%s", text, text[0] ? "," : "", part);
    }
    return text;
}

struct value *cell_selector(struct arena *a, const struct value *o, int64_t now_ns) {
    (void)now_ns;
    return value_string(a, selector_text(a, value_at(o, "spec", "selector", NULL)));
}

// "status.phase|<none>"
static struct value *path_cell(struct arena *a, const struct cell *cell, const struct value *o) {
    struct str rest = str_of(cell->path), path, step;
    str_split(&rest, '|', &path);
    const struct value *v = o;
    while (v && str_split(&path, '.', &step))
        v = value_get_n(v, step);
    if (value_is(v, VALUE_LIST))
        return value_int(a, (int64_t)v->list.n);
    bool shown = v && v->type != VALUE_NULL && !(v->type == VALUE_STRING && !v->s.n && rest.p);
    if (shown)
        return v->type == VALUE_INT && text_eq(cell->type, "string") ? value_fmt(a, "%lld", (long long)v->i)
                                                                     : value_copy(a, v);
    if (text_eq(cell->type, "integer"))
        return value_int(a, 0);
    if (text_eq(cell->type, "boolean"))
        return value_bool(a, false);
    return value_string(a, rest.p ? rest.p : "");
}

/* ---- cells of CRDs ---- */

static struct value *found_cell(struct arena *a, const struct column *column, struct value *found,
                                int64_t now_ns) {
    struct value *v = value_item(found, 0);
    if (!v || v->type == VALUE_NULL)
        return value_null(a);
    if (text_eq(column->type, "date"))
        return value_string(a, age_of(a, value_text(v, ""), now_ns));
    if (text_eq(column->type, "integer"))
        return v->type == VALUE_INT     ? v
               : v->type == VALUE_FLOAT ? value_int(a, (int64_t)v->f)
                                        : value_null(a);
    if (text_eq(column->type, "number"))
        return v->type == VALUE_INT || v->type == VALUE_FLOAT ? v : value_null(a);
    if (text_eq(column->type, "boolean"))
        return v->type == VALUE_BOOL ? v : value_null(a);
    autobuf b = { 0 };
    for (size_t i = 0; i < value_len(found); i++) {
        const struct value *each = value_item(found, i);
        buf_puts(&b, i ? " " : "");
        if (each->type == VALUE_STRING)
            buf_put_str(&b, each->s);
        else
            json_write(&b, each, JSON_COMPACT);
    }
    return value_string_n(a, buf_str(&b));
}

/* ---- columns and rows ---- */

static void definition_add(struct arena *a, struct value *list, const char *name, const char *type,
                           const char *format, const char *description, int priority) {
    struct value *v = value_map(a);
    value_set(a, v, "name", value_string(a, name));
    value_set(a, v, "type", value_string(a, type));
    value_set(a, v, "format", value_string(a, format));
    value_set(a, v, "description", value_string(a, description));
    value_set(a, v, "priority", value_int(a, priority));
    value_append(a, list, v);
}

static struct value *definitions(struct arena *a, const struct resource *r) {
    const struct cell_set *set = cells_of(r);
    struct value *list = value_list(a);
    if (!set || !set->name_last)
        definition_add(a, list, "Name", "string", "name",
                       "Name of the object; unique within its namespace and kind", 0);
    for (const struct cell *c = set ? set->cells : NULL; c && c->name; c++)
        definition_add(a, list, c->name, c->type, "", "", c->priority);
    if (set && set->name_last)
        definition_add(a, list, "Name", "string", "name", "", 1);
    for (size_t i = 0; !set && r->columns && i < r->n_columns; i++)
        definition_add(a, list, r->columns[i].name, r->columns[i].type,
                       r->columns[i].format ? r->columns[i].format : "",
                       r->columns[i].description ? r->columns[i].description : "", r->columns[i].priority);
    if (!set && !r->columns)
        definition_add(a, list, r->crd ? "Age" : "Created At", "date", "", "When the object was created", 0);
    return list;
}

static struct value *cells(struct call *c, const struct value *o) {
    struct arena *a = c->a;
    const struct cell_set *set = cells_of(c->r);
    int64_t now_ns = sandbox_now_ns(c->sb);
    struct value *list = value_list(a),
                 *name = value_string(a, value_text(value_at(o, "metadata", "name", NULL), ""));
    if (!set || !set->name_last)
        value_append(a, list, name);
    for (const struct cell *cell = set ? set->cells : NULL; cell && cell->name; cell++)
        value_append(a, list, cell->fn ? cell->fn(a, o, now_ns) : path_cell(a, cell, o));
    if (set && set->name_last)
        value_append(a, list, name);
    for (size_t i = 0; !set && c->r->columns && i < c->r->n_columns; i++)
        value_append(
            a, list,
            found_cell(a, &c->r->columns[i], jsonpath_find(a, c->r->columns[i].json_path, o), now_ns));
    if (!set && !c->r->columns)
        value_append(a, list,
                     c->r->crd ? cell_age(a, o, now_ns)
                               : value_string(a, value_text_at(o, "metadata", "creationTimestamp", NULL)));
    return list;
}

struct value *table_head(struct call *c, struct value **out_rows) {
    struct arena *a = c->a;
    struct value *v = value_map(a);
    *out_rows = value_list(a);
    value_set(a, v, "kind", value_string(a, "Table"));
    value_set(a, v, "apiVersion",
              value_string(a, c->table_v1beta1 ? "meta.k8s.io/v1beta1" : "meta.k8s.io/v1"));
    value_set(a, v, "metadata", value_map(a));
    value_set(a, v, "columnDefinitions", definitions(a, c->r));
    value_set(a, v, "rows", *out_rows);
    return v;
}

struct value *table_row(struct call *c, const struct value *object) {
    const char *include = c->include_object;
    struct value *row = value_map(c->a);
    value_set(c->a, row, "cells", cells(c, object));
    if (text_eq(include, "Object"))
        value_set(c->a, row, "object", value_copy(c->a, object));
    else if (!text_eq(include, "None"))
        value_set(c->a, row, "object", partial_object(c->a, object));
    return row;
}

struct value *table_of_object(struct call *c, const struct value *object) {
    struct value *rows, *v = table_head(c, &rows),
                        *rv = value_at(object, "metadata", "resourceVersion", NULL);
    if (rv)
        value_set(c->a, value_get(v, "metadata"), "resourceVersion", rv);
    value_append(c->a, rows, table_row(c, object));
    return v;
}
