// SPDX-License-Identifier: Apache-2.0
/* Replacements: a value from one field into others. Upstream: api/filters/replacement */
#include "common/base/limits.h"
#include "common/kustomize/path.h"
#include "common/kustomize/xform.h"
#include "common/value/goquote.h"
#include "common/value/json.h"
#include "common/value/yaml.h"

/* ---- configuration ---- */
static bool read_file(struct kz *kz, const struct kz_loader *l, const char *path, struct kz_replace_conf *out,
                      struct err *err) {
    struct str text;
    struct value *v = NULL;
    if (!kz_load(kz, l, path, &text, NULL, err))
        return false;
    if (!yaml_read(kz->a, text, YAML_GO_SIGS, &v, err))
        return err_wrap(err, "error converting YAML to JSON");
    if (v->type == VALUE_MAP) {
        if (kz_decode(kz, v, &kz_replacement_type, KZ_COERCE, &out->items[out->n++], err))
            return true;
        return err_wrap(err, "error unmarshaling JSON: while decoding JSON");
    }
    if (v->type != VALUE_LIST)
        return err_set(err, ERR_INVALID,
                       "unsupported replacement type encountered within replacement path: %s",
                       v->type == VALUE_NULL ? "invalid" : value_type_name(v->type));
    struct kz_replacement *all =
        arena_array(kz->a, struct kz_replacement, out->n + v->list.n + out->spare + 1);
    memcpy(all, out->items, out->n * sizeof *all);
    for (size_t i = 0; i < v->list.n; i++)
        if (!kz_decode(kz, v->list.items[i], &kz_replacement_type, KZ_COERCE, &all[out->n + i], err))
            return err_wrap(err, "error unmarshaling JSON: while decoding JSON");
    out->items = all;
    out->n += v->list.n;
    return true;
}

bool kz_replace_prepare(struct kz *kz, const struct kz_loader *l, const struct kz_items *items,
                        struct kz_replace_conf *out, struct err *err) {
    const struct kz_replacement *r = items->items;
    *out = (struct kz_replace_conf) { .items = arena_array(kz->a, struct kz_replacement, items->n + 1),
                                      .spare = items->n };
    for (size_t i = 0; i < items->n; i++) {
        if (*r[i].path && (r[i].source || r[i].targets.n))
            return err_set(err, ERR_INVALID, "cannot specify both path and inline replacement");
        if (!*r[i].path)
            out->items[out->n++] = r[i];
        else if (!read_file(kz, l, r[i].path, out, err))
            return false;
    }
    return true;
}

/* ---- ids ---- */
struct ids {
    struct kz_id *v; // the current one, then the history; none of them counts as cluster-scoped here
    size_t n;
};

static struct ids all_ids(struct kz *kz, struct kz_res *r) {
    size_t n;
    const struct kz_id *prev = kz_res_prev(kz, r, &n);
    struct ids ids = { arena_array(kz->a, struct kz_id, n + 1), n + 1 };
    ids.v[0] = *kz_res_cur(kz, r);
    ids.v[0].gvk.cluster = false;
    if (n)
        memcpy(ids.v + 1, prev, n * sizeof *prev);
    return ids;
}

/* ---- the value ---- */
static struct kz_id source_id(const struct kz_source *s) {
    return (struct kz_id) { .gvk = { s->group, s->version, s->kind, false }, .name = s->name, .ns = s->ns };
}

static const char *source_text(struct kz *kz, const struct kz_source *s) {
    struct kz_id id = source_id(s);
    const char *text = kz_id_text(kz->a, &id);
    const struct kz_field_options *o = s->options;
    if (*s->field_path)
        text = arena_fmt(kz->a, "%s:%s", text, s->field_path);
    if (o && (*o->delimiter || o->create))
        text = arena_fmt(kz->a, "%s:%s(%lld), create=%s", text, o->delimiter, (long long)o->index,
                         o->create ? "true" : "false");
    return text;
}

static bool find_source(struct kz *kz, struct kz_list *l, const struct kz_source *s, struct kz_res **out,
                        struct err *err) {
    struct kz_id want = source_id(s);
    *out = NULL;
    for (size_t i = 0; i < l->n; i++) {
        struct ids ids = all_ids(kz, l->items[i]);
        bool match = false;
        for (size_t j = 0; j < ids.n && !match; j++)
            match = kz_id_selected_by(&ids.v[j], &want);
        if (!match)
            continue;
        if (*out)
            return err_set(err, ERR_INVALID, "multiple matches for selector %s", source_text(kz, s));
        *out = l->items[i];
    }
    return *out || err_set(err, ERR_INVALID, "nothing selected by %s", source_text(kz, s));
}

static struct kz_texts split_text(struct arena *a, struct str text, struct str delimiter) {
    struct kz_texts t = { .items = arena_array(a, const char *, text.n + 2) };
    for (;;) {
        ptrdiff_t at = delimiter.n <= text.n ? str_find(text, delimiter) : -1;
        t.items[t.n++] = arena_text(a, text.p, at < 0 ? text.n : (size_t)at);
        if (at < 0)
            return t;
        text = str_sub(text, (size_t)at + delimiter.n, text.n);
    }
}

static bool refine(struct kz *kz, const struct kz_field_options *o, struct kz_node *n, struct kz_node **out,
                   struct err *err) {
    *out = n;
    if (!o || !*o->delimiter)
        return true;
    if (n->kind != KZ_SCALAR)
        return err_set(err, ERR_INVALID, "delimiter option can only be used with scalar nodes");
    struct kz_texts parts = split_text(kz->a, kz_node_text(n), str_of(o->delimiter));
    if (o->index < 0 || (size_t)o->index >= parts.n)
        return err_set(err, ERR_INVALID, "options.index %lld is out of bounds for value %s",
                       (long long)o->index, kz_node_text(n).p);
    *out = kz_node_copy(kz->a, n);
    (*out)->value = str_of(parts.items[o->index]);
    return true;
}

static bool get_value(struct kz *kz, struct kz_list *l, struct kz_replacement *r, struct kz_node **out,
                      struct err *err) {
    struct kz_res *from = NULL;
    struct kz_node *n = NULL;
    if (r->source_value && r->source)
        return err_set(err, ERR_INVALID, "value and resource selectors are mutually exclusive");
    if (r->source_value) {
        *out = kz_node_scalar(kz->a, str_of(r->source_value));
        return true;
    }
    if (!find_source(kz, l, r->source, &from, err))
        return false;
    const char *path_text = *r->source->field_path ? r->source->field_path : "metadata.name";
    struct kz_path path = kz_path_split_brackets(kz->a, str_of(path_text), '.');
    if (!kz_path_get(kz->a, from->root, &path, KZ_ZERO, &n, err))
        return err_wrap(err, "error looking up replacement source");
    struct kz_id id = source_id(r->source);
    if (kz_node_empty(n))
        return err_set(err, ERR_INVALID, "fieldPath `%s` is missing for replacement source %s", path_text,
                       kz_id_text(kz->a, &id));
    return refine(kz, r->source->options, n, out, err);
}

/* ---- text that holds YAML or JSON ---- */
static bool as_json(struct kz *kz, const struct kz_node *n, struct str original, struct str *out,
                    struct err *err) {
    struct value *v = NULL;
    if (!kz_node_to_value(kz->a, n, &v, err))
        return false;
    bool pretty = strchr(original.p, '\n') && strstr(original.p, "  ");
    *out = json_text(kz->a, v,
                     JSON_SORT_KEYS | JSON_ESCAPE_HTML | JSON_GO_FLOATS | (pretty ? JSON_INDENT_2 : 0));
    return true;
}

static bool find_structured(struct kz *kz, struct kz_node *root, const struct kz_path *path,
                            struct kz_node **out_field, struct kz_node **out_inner, size_t *out_rest) {
    for (size_t i = 1; i < path->n; i++) {
        struct kz_path head = { .parts = path->parts, .n = i };
        struct err ignored = { .a = kz->a };
        struct kz_node *field = NULL;
        if (!kz_path_get(kz->a, root, &head, KZ_ZERO, &field, &ignored) || !kz_node_is(field, KZ_SCALAR))
            continue;
        if (!kz_node_read(kz->a, field->value, out_inner, &ignored))
            continue;
        *out_field = field;
        *out_rest = i;
        return *out_inner != NULL;
    }
    return false;
}

// false: it is not such a text, or something did not work out; upstream then goes on as if nothing had been tried.
static bool set_structured(struct kz *kz, struct kz_node *root, const struct kz_path *path,
                           const struct kz_node *value, enum kz_kind create) {
    struct kz_node *field = NULL, *inner = NULL, *found = NULL;
    struct err ignored = { .a = kz->a };
    size_t rest;
    if (!find_structured(kz, root, path, &field, &inner, &rest))
        return false;
    struct kz_path tail = { .parts = path->parts + rest, .n = path->n - rest };
    if (!kz_path_match(kz->a, inner, &tail, create, &found, &ignored) || !found)
        return false;
    for (size_t i = 0; i < found->n; i++) {
        if (found->content[i]->kind == KZ_SCALAR)
            found->content[i]->value = value->value;
        else
            kz_node_assign(found->content[i], value);
    }
    struct str text, first = str_trim(field->value);
    if (first.n && (first.p[0] == '{' || first.p[0] == '[')) {
        if (!as_json(kz, inner, field->value, &text, &ignored))
            return false;
    } else
        text = arena_str(kz->a, str_trim(kz_node_yaml(kz->a, inner)));
    field->value = text;
    return true;
}

/* ---- targets ---- */
static bool set_field(struct kz *kz, const struct kz_field_options *o, struct kz_node *n,
                      const struct kz_node *from, struct err *err) {
    struct kz_node *value = kz_node_copy(kz->a, from);
    if (o && *o->delimiter) {
        if (n->kind != KZ_SCALAR)
            return err_set(err, ERR_INVALID, "delimiter option can only be used with scalar nodes");
        struct kz_texts parts = split_text(kz->a, n->value, str_of(o->delimiter));
        const char *text = kz_node_text(value).p;
        struct buf b = { 0 };
        if (o->index >= 0 && (size_t)o->index < parts.n)
            parts.items[o->index] = text;
        if (o->index < 0)
            buf_fmt(&b, "%s%s", text, o->delimiter);
        for (size_t i = 0; i < parts.n; i++)
            buf_fmt(&b, "%s%s", i ? o->delimiter : "", parts.items[i]);
        if (o->index >= 0 && (size_t)o->index >= parts.n)
            buf_fmt(&b, "%s%s", o->delimiter, text);
        value->value = buf_to_arena(&b, kz->a);
    }
    if (n->kind == KZ_SCALAR)
        n->value = value->value;
    else
        kz_node_assign(n, value);
    return true;
}

static bool set_path(struct kz *kz, struct kz_node *root, const char *text, const struct kz_node *value,
                     const struct kz_field_options *o, struct err *err) {
    struct kz_path path = kz_path_split_brackets(kz->a, str_of(text), '.');
    enum kz_kind create = o && o->create ? value->kind : KZ_ZERO;
    struct kz_node *found = NULL;
    const char *what = arena_fmt(kz->a, "unable to find %sfield %s in replacement target",
                                 create ? "or create " : "", go_quoted(kz->a, str_of(text)));
    if (path.n >= 2 && set_structured(kz, root, &path, value, create))
        return true;
    if (!kz_path_match(kz->a, root, &path, create, &found, err))
        return err_wrap(err, "%s", what);
    if (!found)
        return err_set(err, ERR_INVALID, "%s", what);
    for (size_t i = 0; i < found->n; i++)
        if (!set_field(kz, o, found->content[i], value, err))
            return false;
    return kz_within_limits(kz, err);
}

struct target {
    const struct kz_replace_target *t;
    struct kz_selector_regex *select, **reject;
};

static bool selectors_match(struct kz *kz, const struct kz_selector *s, const struct kz_node *root, bool *out,
                            struct err *err) {
    struct kz_pairs labels = kz_root_labels(kz->a, root), annotations = kz_root_annotations(kz->a, root);
    bool by_annotation = false, by_label = false;
    if (!kz_labels_match(kz, s->annotations, &annotations, &by_annotation, err) ||
        !kz_labels_match(kz, s->labels, &labels, &by_label, err))
        return false;
    *out = by_annotation && by_label;
    return true;
}

static bool rejected(struct kz *kz, const struct target *t, const struct kz_node *root, const struct ids *ids,
                     bool *out, struct err *err) {
    struct kz_selector *const *reject = t->t->reject.items;
    *out = false;
    for (size_t i = 0; i < t->t->reject.n && !*out; i++)
        if ((*reject[i]->annotations || *reject[i]->labels) &&
            !selectors_match(kz, reject[i], root, out, err))
            return false;
    for (size_t i = 0; i < t->t->reject.n && !*out; i++)
        for (size_t j = 0; j < ids->n && !kz_selector_empty_id(reject[i]) && !*out; j++)
            *out = kz_selector_id_matches(t->reject[i], &ids->v[j]);
    return true;
}

static bool write_one(struct kz *kz, const struct target *t, struct kz_res *r, const struct kz_node *value,
                      struct err *err) {
    struct ids ids = all_ids(kz, r);
    bool match = false, reject = false;
    if (!selectors_match(kz, t->t->select, r->root, &match, err) ||
        !rejected(kz, t, r->root, &ids, &reject, err))
        return false;
    if (!match || reject)
        return true;
    match = false;
    for (size_t i = 0; i < ids.n && !match; i++)
        match = kz_selector_id_matches(t->select, &ids.v[i]);
    if (!match)
        return true;
    static const char *const by_default[] = { "metadata.name" };
    const struct kz_texts *paths = &t->t->field_paths;
    size_t n = paths->n ? paths->n : 1;
    for (size_t i = 0; i < n; i++)
        if (!set_path(kz, r->root, paths->n ? paths->items[i] : by_default[0], value, t->t->options, err))
            return false;
    kz_res_touch(r);
    return true;
}

static bool compile_target(struct kz *kz, const struct kz_replace_target *t, struct target *out,
                           struct err *err) {
    *out = (struct target) { .t = t };
    if (!t || !t->select)
        return err_set(err, ERR_INVALID, "target must specify resources to select");
    struct kz_selector *const *reject = t->reject.items;
    out->reject = arena_array(kz->a, struct kz_selector_regex *, t->reject.n + 1);
    bool ok = kz_selector_compile(kz, t->select, &out->select, err);
    for (size_t i = 0; ok && i < t->reject.n; i++)
        ok = reject[i] ? kz_selector_compile(kz, reject[i], &out->reject[i], err)
                       : err_set(err, ERR_INVALID, "reject is null");
    return ok || err_wrap(err, "error creating target selector");
}

bool kz_run_replace(struct kz *kz, const void *conf, struct kz_list *l, struct err *err) {
    const struct kz_replace_conf *c = conf;
    for (size_t i = 0; i < c->n; i++) {
        struct kz_replacement *r = &c->items[i];
        struct kz_node *value = NULL;
        if ((!r->source_value && !r->source) || !r->targets.set)
            return err_set(err, ERR_INVALID, "replacements must specify a source and at least one target");
        if (!get_value(kz, l, r, &value, err))
            return false;
        struct kz_replace_target *const *targets = r->targets.items;
        for (size_t j = 0; j < r->targets.n; j++) {
            struct target t;
            if (!compile_target(kz, targets[j], &t, err))
                return false;
            for (size_t k = 0; k < l->n; k++)
                if (!write_one(kz, &t, l->items[k], value, err))
                    return false;
        }
    }
    kz_list_touch(l);
    return true;
}
