// SPDX-License-Identifier: Apache-2.0
// YAML reader: libyaml's events, resolved as Go's readers do. Aliases are expanded while reading.
#include "common/value/yaml.h"
#include "common/base/limits.h"
#include "common/base/map.h"
#include "common/value/yaml_node.h"

static bool next_event(struct yaml_reader *r) {
    if (r->have_event)
        return true;
    if (!yaml_parser_parse(&r->parser, &r->event))
        return yaml_syntax_error(r);
    r->have_event = true;
    return true;
}

static void drop_event(struct yaml_reader *r) {
    if (r->have_event)
        yaml_event_delete(&r->event);
    r->have_event = false;
}

// The words and line numbers of Go's parser: the two versions look at the marks in a different order.
bool yaml_syntax_error(struct yaml_reader *r) {
    const yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "unknown problem parsing YAML content";
    if (p->error == YAML_MEMORY_ERROR)
        abort();
    if (p->error == YAML_READER_ERROR)
        return err_set(r->err, ERR_INVALID, "yaml: %s", problem);
    size_t scanner = p->error == YAML_SCANNER_ERROR, line = 0;
    size_t context_line = p->context ? p->context_mark.line : 0;
    if (r->v3)
        line = context_line           ? context_line + scanner
               : p->problem_mark.line ? p->problem_mark.line + scanner
                                      : 0;
    else
        line = p->problem_mark.line ? p->problem_mark.line + scanner : context_line;
    if (line)
        return err_set(r->err, ERR_INVALID, "yaml: line %zu: %s", line, problem);
    return err_set(r->err, ERR_INVALID, "yaml: %s", problem);
}

// ---- anchors and aliases ----

struct anchor {
    struct value *value; // NULL while its node is still being read
};

static void anchor_set(struct yaml_reader *r, const char *name, struct anchor **out) {
    *out = NULL;
    if (!name)
        return;
    *out = arena_new(r->a, struct anchor);
    map_set(&r->anchors, name, *out);
}

// Go: decode.go allowedAliasRatio: the share of a document that may come from aliases, falling with its size.
static bool too_many_aliases(const struct yaml_reader *r) {
    const double low = 400000, high = 4000000;
    double n = (double)r->n_decoded, allowed = 0.99;
    if (r->n_aliased <= 100 || r->n_decoded <= 1000)
        return false;
    if (n >= high)
        allowed = 0.10;
    else if (n > low)
        allowed = 0.99 - 0.89 * ((n - low) / (high - low));
    return (double)r->n_aliased / n > allowed;
}

static struct value *alias_copy(struct yaml_reader *r, const struct value *v) {
    r->n_decoded++;
    if (++r->n_aliased > LIMIT_YAML_ALIAS_NODES || too_many_aliases(r))
        return NULL;
    if (v->type != VALUE_LIST && v->type != VALUE_MAP)
        return value_copy(r->a, v);
    struct value *c = arena_copy(r->a, v, sizeof *v);
    if (v->type == VALUE_LIST) {
        c->list.items = arena_array(r->a, struct value *, v->list.n);
        c->list.cap = v->list.n;
        for (size_t i = 0; i < v->list.n; i++)
            if (!(c->list.items[i] = alias_copy(r, v->list.items[i])))
                return NULL;
        return c;
    }
    c->map.pairs = arena_copy(r->a, v->map.pairs, v->map.n * sizeof *v->map.pairs);
    c->map.cap = v->map.n;
    c->map.index = NULL;
    for (size_t i = 0; i < v->map.n; i++) {
        r->n_decoded++; // the key
        r->n_aliased++;
        if (!(c->map.pairs[i].value = alias_copy(r, v->map.pairs[i].value)))
            return NULL;
    }
    map_index_update(r->a, c);
    return c;
}

static bool read_alias(struct yaml_reader *r, struct value **out) {
    const char *name = (const char *)r->event.data.alias.anchor;
    const struct anchor *anchor = map_get(&r->anchors, name);
    if (!anchor)
        return err_set(r->err, ERR_INVALID, "yaml: unknown anchor '%s' referenced", name);
    struct value *copy = yaml_node_new(r, VALUE_NULL);
    if (!anchor->value)
        yaml_fail(r, "yaml: anchor '%s' value contains itself", name);
    else if (!(copy = alias_copy(r, anchor->value)))
        return err_set(r->err, ERR_LIMIT, "yaml: document contains excessive aliasing");
    copy->line = (uint32_t)r->event.start_mark.line + 1;
    *out = copy;
    drop_event(r);
    return true;
}

// ---- nodes ----

static bool read_node(struct yaml_reader *r, struct value **out);

static bool read_list(struct yaml_reader *r, struct value **out) {
    struct value *list = yaml_node_new(r, VALUE_LIST);
    struct anchor *anchor;
    anchor_set(r, (const char *)r->event.data.sequence_start.anchor, &anchor);
    list->style =
        r->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE ? VALUE_STYLE_FLOW : VALUE_STYLE_BLOCK;
    drop_event(r);
    for (;;) {
        struct value *item;
        if (!next_event(r))
            return false;
        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            break;
        if (!read_node(r, &item))
            return false;
        value_append(r->a, list, item);
    }
    drop_event(r);
    if (anchor)
        anchor->value = list;
    *out = list;
    return true;
}

static bool read_entry(struct yaml_reader *r) {
    struct yaml_entry e = { .line = (uint32_t)r->event.start_mark.line + 1 };
    struct value *key;
    e.merge = yaml_is_merge_key(r);
    if (!read_node(r, &key) || !next_event(r))
        return false;
    e.value_is_alias = r->event.type == YAML_ALIAS_EVENT;
    if (!read_node(r, &e.pair.value))
        return false;
    if (r->not_finite == key)
        r->not_finite = NULL;
    if (!e.merge)
        yaml_key_text(r, key, &e);
    yaml_entry_push(r, &e);
    return true;
}

static bool read_map(struct yaml_reader *r, struct value **out) {
    struct value *map = yaml_node_new(r, VALUE_MAP);
    struct anchor *anchor;
    anchor_set(r, (const char *)r->event.data.mapping_start.anchor, &anchor);
    map->style =
        r->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE ? VALUE_STYLE_FLOW : VALUE_STYLE_BLOCK;
    drop_event(r);
    size_t base = r->n_entries;
    struct yaml_noted before = { r->failure, r->type_errors.n };
    for (;;) {
        if (!next_event(r))
            return false;
        if (r->event.type == YAML_MAPPING_END_EVENT)
            break;
        if (!read_entry(r))
            return false;
    }
    drop_event(r);
    yaml_map_build(r, map, base, before);
    if (anchor)
        anchor->value = map;
    *out = map;
    return true;
}

static bool read_scalar(struct yaml_reader *r, struct value **out) {
    struct anchor *anchor;
    anchor_set(r, (const char *)r->event.data.scalar.anchor, &anchor);
    if (!yaml_scalar_value(r, out))
        return false;
    if (anchor)
        anchor->value = *out;
    drop_event(r);
    return true;
}

static bool read_nested(struct yaml_reader *r, struct value **out) {
    if (++r->depth > LIMIT_YAML_DEPTH)
        return err_set(r->err, ERR_LIMIT, "yaml: exceeded max depth of %d", LIMIT_YAML_DEPTH);
    bool ok = r->event.type == YAML_MAPPING_START_EVENT ? read_map(r, out) : read_list(r, out);
    r->depth--;
    return ok;
}

static bool read_node(struct yaml_reader *r, struct value **out) {
    if (!next_event(r))
        return false;
    r->n_decoded++;
    switch (r->event.type) {
    case YAML_SCALAR_EVENT: return read_scalar(r, out);
    case YAML_ALIAS_EVENT: return read_alias(r, out);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT: return read_nested(r, out);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: break;
    }
    return err_set(r->err, ERR_BUG, "yaml: unexpected event %d", r->event.type);
}

// ---- documents ----

static bool expect(struct yaml_reader *r, yaml_event_type_t type) {
    if (!next_event(r))
        return false;
    if (r->event.type != type)
        return err_set(r->err, ERR_BUG, "yaml: unexpected event %d", r->event.type);
    drop_event(r);
    return true;
}

static bool check_version(struct yaml_reader *r) {
    const yaml_version_directive_t *v = r->event.data.document_start.version_directive;
    if (!v || (v->major == 1 && v->minor == 1))
        return true;
    size_t line = r->event.start_mark.line;
    return line ? err_set(r->err, ERR_INVALID, "yaml: line %zu: found incompatible YAML document", line)
                : err_set(r->err, ERR_INVALID, "yaml: found incompatible YAML document");
}

// false with err clear: the stream ended.
static bool read_document(struct yaml_reader *r, struct value **out) {
    if (!next_event(r) || r->event.type == YAML_STREAM_END_EVENT)
        return false;
    if (!check_version(r))
        return false;
    if (!r->v3) // yaml.v3 keeps the anchors of earlier documents
        map_done(&r->anchors);
    r->n_decoded = 1;
    r->n_aliased = 0;
    r->type_errors.n = 0;
    r->failure = r->conversion = NULL;
    r->not_finite = NULL;
    if (!expect(r, YAML_DOCUMENT_START_EVENT) || !read_node(r, out) || !expect(r, YAML_DOCUMENT_END_EVENT))
        return false;
    return yaml_verdict(r);
}

static bool reader_begin(struct yaml_reader *r, struct str text, unsigned flags) {
    r->v3 = flags & YAML_GO_V3;
    r->strict = flags & YAML_STRICT;
    r->text = text;
    if (text.n > LIMIT_DOCUMENT_BYTES)
        return err_set(r->err, ERR_LIMIT, "YAML of %zu bytes is larger than %u", text.n,
                       LIMIT_DOCUMENT_BYTES);
    if (!yaml_parser_initialize(&r->parser))
        abort();
    r->begun = true;
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)text.p, text.n);
    return expect(r, YAML_STREAM_START_EVENT);
}

static void reader_done(struct yaml_reader *r) {
    drop_event(r);
    if (r->begun)
        yaml_parser_delete(&r->parser);
    free(r->entries);
    map_done(&r->anchors);
    buf_done(&r->type_errors);
}

bool yaml_read(struct arena *a, struct str text, unsigned flags, struct value **out, struct err *err) {
    AUTO(reader_done) struct yaml_reader r = { .a = a, .err = err };
    struct value *v = NULL;
    if (!reader_begin(&r, text, flags))
        return false;
    if (!read_document(&r, &v)) {
        if (err->kind != ERR_NONE)
            return false;
        v = value_null(a);
    }
    *out = v;
    return true;
}

bool yaml_read_all(struct arena *a, struct str text, unsigned flags, struct value **out, struct err *err) {
    AUTO(reader_done) struct yaml_reader r = { .a = a, .err = err };
    struct value *list = value_list(a), *v;
    if (!reader_begin(&r, text, flags))
        return false;
    while (read_document(&r, &v))
        value_append(a, list, v);
    if (err->kind != ERR_NONE)
        return false;
    *out = list;
    return true;
}
