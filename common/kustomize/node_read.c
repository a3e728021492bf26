// SPDX-License-Identifier: Apache-2.0
/* Nodes: reading YAML with libyaml's events; kyaml's splitting into documents, lists, anchors and merge keys. */
#include "common/base/limits.h"
#include "common/kustomize/node.h"
#include "common/value/utf8.h"
#include <stdlib.h>
#include <yaml.h>

struct anchor {
    const char *name;
    struct kz_node *node;
};

struct reader {
    struct arena *a;
    yaml_parser_t parser;
    yaml_event_t event;
    bool have_event;
    struct anchor *anchors;
    size_t n_anchors, cap_anchors;
    struct kz_node **open; // children of the collections that have not ended
    size_t n_open, cap_open;
    unsigned depth;
    struct err *err;
};

static void reader_done(struct reader *r) {
    free(r->open);
    if (r->have_event)
        yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
}

// Go's count of lines, which is not libyaml's: see value/yaml_read.c.
static bool parser_failed(struct reader *r) {
    const yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "unknown problem parsing YAML content";
    size_t scanner = p->error == YAML_SCANNER_ERROR, line = 0;
    if (p->context && p->context_mark.line)
        line = p->context_mark.line + scanner;
    else if (p->problem_mark.line)
        line = p->problem_mark.line + scanner;
    if (line && p->error != YAML_READER_ERROR)
        return err_set(r->err, ERR_INVALID, "yaml: line %zu: %s", line, problem);
    return err_set(r->err, ERR_INVALID, "yaml: %s", problem);
}

static bool next(struct reader *r) {
    if (r->have_event)
        yaml_event_delete(&r->event);
    r->have_event = yaml_parser_parse(&r->parser, &r->event) != 0;
    return r->have_event || parser_failed(r);
}

static enum kz_tag tag_of(const char *tag) {
    static const char prefix[] = "tag:yaml.org,2002:";
    if (strncmp(tag, prefix, sizeof prefix - 1))
        return KZ_TAG_OTHER;
    for (enum kz_tag t = KZ_TAG_NULL; t < KZ_TAG_OTHER; t++)
        if (!strcmp(tag + sizeof prefix - 1, kz_tag_name(NULL, t) + 2))
            return t;
    return KZ_TAG_OTHER;
}

static void set_tag(struct reader *r, struct kz_node *n, const yaml_char_t *tag, enum kz_tag implied) {
    const char *text = (const char *)tag;
    if (!text || !*text || !strcmp(text, "!")) {
        n->tag = (uint8_t)implied;
        return;
    }
    n->tag = (uint8_t)tag_of(text);
    n->style |= KZ_TAGGED;
    if (n->tag == KZ_TAG_OTHER)
        n->custom_tag = strncmp(text, "tag:yaml.org,2002:", 18) ? arena_strdup(r->a, text)
                                                                : arena_fmt(r->a, "!!%s", text + 18);
}

static void remember(struct reader *r, const yaml_char_t *name, struct kz_node *n) {
    if (!name)
        return;
    r->anchors = arena_grow(r->a, r->anchors, &r->cap_anchors, r->n_anchors + 1, sizeof *r->anchors);
    r->anchors[r->n_anchors++] = (struct anchor) { arena_strdup(r->a, (const char *)name), n };
}

static void set_place(struct kz_node *n, const yaml_event_t *e) {
    n->line = (uint32_t)e->start_mark.line + 1;
    n->column = (uint32_t)e->start_mark.column + 1;
}

static struct kz_node *read_scalar(struct reader *r) {
    const yaml_event_t *e = &r->event;
    struct kz_node *n = kz_node_scalar(r->a, str_make(e->data.scalar.value, e->data.scalar.length));
    set_place(n, e);
    switch (e->data.scalar.style) {
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: n->style = KZ_DOUBLE; break;
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: n->style = KZ_SINGLE; break;
    case YAML_LITERAL_SCALAR_STYLE: n->style = KZ_LITERAL; break;
    case YAML_FOLDED_SCALAR_STYLE: n->style = KZ_FOLDED; break;
    default: break;
    }
    enum kz_tag plain = str_is(n->value, "<<") ? KZ_TAG_MERGE : kz_resolve_tag(n->value);
    set_tag(r, n, e->data.scalar.tag, n->style ? KZ_TAG_STR : plain);
    remember(r, e->data.scalar.anchor, n);
    return n;
}

static struct kz_node *read_alias(struct reader *r) {
    const char *name = (const char *)r->event.data.alias.anchor;
    for (size_t i = r->n_anchors; i-- > 0;) {
        if (strcmp(r->anchors[i].name, name))
            continue;
        struct kz_node *n = kz_node_new(r->a, KZ_ALIAS);
        n->alias = r->anchors[i].node;
        n->value = str_of(r->anchors[i].name);
        return n;
    }
    err_set(r->err, ERR_INVALID, "yaml: unknown anchor '%s' referenced", name);
    return NULL;
}

static struct kz_node *read_node(struct reader *r);

static void push_open(struct reader *r, struct kz_node *n) {
    if (r->n_open == r->cap_open) {
        r->cap_open = r->cap_open ? r->cap_open * 2 : 64;
        r->open = realloc(r->open, r->cap_open * sizeof(*r->open));
        if (!r->open)
            abort();
    }
    r->open[r->n_open++] = n;
}

static bool read_children(struct reader *r, struct kz_node *n, yaml_event_type_t end) {
    if (++r->depth > LIMIT_YAML_DEPTH)
        return err_set(r->err, ERR_LIMIT, "yaml: nested deeper than %d levels", LIMIT_YAML_DEPTH);
    size_t first = r->n_open;
    while (next(r) && r->event.type != end) {
        struct kz_node *child = read_node(r);
        if (!child)
            return false;
        push_open(r, child);
    }
    kz_node_reserve(r->a, n, r->n_open - first);
    for (size_t i = first; i < r->n_open; i++)
        n->content[n->n++] = r->open[i];
    r->n_open = first;
    r->depth--;
    return r->have_event;
}

// The current event and, for a collection, all up to its end. NULL: err is set.
static struct kz_node *read_node(struct reader *r) {
    const yaml_event_t *e = &r->event;
    bool map = e->type == YAML_MAPPING_START_EVENT;
    if (e->type == YAML_SCALAR_EVENT)
        return read_scalar(r);
    if (e->type == YAML_ALIAS_EVENT)
        return read_alias(r);
    if (!map && e->type != YAML_SEQUENCE_START_EVENT) {
        err_set(r->err, ERR_INVALID, "yaml: unexpected event");
        return NULL;
    }
    struct kz_node *n = kz_node_new(r->a, map ? KZ_MAP : KZ_SEQ);
    set_place(n, e);
    if (map ? e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
            : e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE)
        n->style = KZ_FLOW;
    set_tag(r, n, map ? e->data.mapping_start.tag : e->data.sequence_start.tag,
            map ? KZ_TAG_MAP : KZ_TAG_SEQ);
    remember(r, map ? e->data.mapping_start.anchor : e->data.sequence_start.anchor, n);
    return read_children(r, n, map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT) ? n : NULL;
}

// The first document, NULL when there is none.
static bool read_document(struct reader *r, struct kz_node **out) {
    *out = NULL;
    do {
        if (!next(r))
            return false;
    } while (r->event.type == YAML_STREAM_START_EVENT);
    if (r->event.type == YAML_STREAM_END_EVENT)
        return true;
    if (!next(r))
        return false;
    *out = read_node(r);
    if (!*out)
        return false;
    return next(r); // Go looks for the end of the document too
}

static bool read_text(struct arena *a, struct str text, struct kz_node **out, struct err *err) {
    if (text.n > LIMIT_DOCUMENT_BYTES)
        return err_set(err, ERR_LIMIT, "yaml: input is larger than %u bytes", LIMIT_DOCUMENT_BYTES);
    struct reader r = { .a = a, .err = err };
    if (!yaml_parser_initialize(&r.parser))
        abort();
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
    bool ok = read_document(&r, out);
    reader_done(&r);
    return ok;
}

/* ---- anchors and merge keys ---- */
struct expansion {
    struct arena *a;
    size_t budget;
    struct err *err;
};

static struct kz_node *expand(struct expansion *x, struct kz_node *n, unsigned depth);

static size_t count_nodes(const struct kz_node *n, size_t limit) {
    size_t count = 1;
    for (size_t i = 0; i < n->n && count < limit; i++)
        count += count_nodes(n->content[i], limit - count);
    return count;
}

static struct kz_node *copy_within(struct expansion *x, const struct kz_node *n) {
    size_t count = count_nodes(n, x->budget + 1);
    if (count > x->budget) {
        err_set(x->err, ERR_LIMIT, "yaml: document contains excessive aliasing");
        return NULL;
    }
    x->budget -= count;
    return kz_node_copy(x->a, n);
}

static bool merge_source(struct expansion *x, struct kz_node *v, bool in_list, struct kz_node *list) {
    if (v->kind == KZ_ALIAS) {
        if (v->alias->kind != KZ_MAP)
            return err_set(x->err, ERR_INVALID, "invalid map merge: received alias for a non-map value");
        v = v->alias;
    } else if (v->kind == KZ_SEQ && !in_list) {
        for (size_t i = v->n; i-- > 0;)
            if (!merge_source(x, v->content[i], true, list))
                return false;
        return true;
    }
    if (v->kind == KZ_SEQ)
        return err_set(x->err, ERR_INVALID, "invalid map merge: received a nested sequence");
    if (v->kind != KZ_MAP)
        return err_set(x->err, ERR_INVALID, "map merge requires map or sequence of maps as the value");
    kz_node_append(x->a, list, v);
    return true;
}

static void set_entry(struct arena *a, struct kz_node *map, struct kz_node *key, struct kz_node *value) {
    for (size_t i = 0; i + 1 < map->n; i += 2) {
        if (!str_eq(map->content[i]->value, key->value))
            continue;
        map->content[i] = key;
        map->content[i + 1] = value;
        return;
    }
    kz_node_append_pair(a, map, key, value);
}

static bool apply_merges(struct expansion *x, struct kz_node *n) {
    struct kz_node *merge = NULL;
    for (size_t i = 0; i + 1 < n->n; i += 2) {
        if (n->content[i]->tag != KZ_TAG_MERGE)
            continue;
        if (merge)
            return err_set(x->err, ERR_INVALID, "duplicate merge key");
        merge = n->content[i + 1];
    }
    if (!merge)
        return true;
    struct kz_node *sources = kz_node_new(x->a, KZ_SEQ);
    if (!merge_source(x, merge, false, sources))
        return false;
    kz_node_clear(n, STR("<<"));
    struct kz_node *own = kz_node_copy(x->a, n), *result = kz_node_copy(x->a, n);
    kz_node_append(x->a, sources, own);
    for (size_t i = 0; i < sources->n; i++) {
        struct kz_node *from = copy_within(x, sources->content[i]);
        if (!from)
            return false;
        for (size_t j = 0; j + 1 < from->n; j += 2)
            set_entry(x->a, result, from->content[j], kz_node_get_n(from, from->content[j]->value));
    }
    kz_node_assign(n, result);
    return true;
}

static struct kz_node *expand(struct expansion *x, struct kz_node *n, unsigned depth) {
    if (depth > LIMIT_YAML_DEPTH) {
        err_set(x->err, ERR_LIMIT, "yaml: nested deeper than %d levels", LIMIT_YAML_DEPTH);
        return NULL;
    }
    if (n->kind == KZ_ALIAS) {
        struct kz_node *target = expand(x, n->alias, depth + 1);
        return target ? copy_within(x, target) : NULL;
    }
    if (n->kind == KZ_MAP && !apply_merges(x, n))
        return NULL;
    for (size_t i = 0; i < n->n; i++) {
        n->content[i] = expand(x, n->content[i], depth + 1);
        if (!n->content[i])
            return NULL;
    }
    return n;
}

/* ---- documents ---- */
static struct str without_crlf(struct arena *a, struct str s) {
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n'))
            out[n++] = s.p[i];
    out[n] = '\0';
    return str_make(out, n);
}

// The next "\n---...\n" at or behind `from`: its first byte and the one behind it.
static bool find_separator(struct str s, size_t from, size_t *begin, size_t *end) {
    for (size_t i = from; i + 4 < s.n; i++) {
        if (memcmp(s.p + i, "\n---", 4))
            continue;
        const char *stop = memchr(s.p + i + 4, '\n', s.n - i - 4);
        if (!stop)
            return false;
        *begin = i;
        *end = (size_t)(stop - s.p) + 1;
        return true;
    }
    return false;
}

struct documents {
    struct kz_node **items;
    size_t n, cap;
};

static void add_document(struct arena *a, struct documents *d, struct kz_node *n) {
    d->items = arena_grow(a, d->items, &d->cap, d->n + 1, sizeof(struct kz_node *));
    d->items[d->n++] = n;
}

static bool single_list(const struct kz_node *n) {
    struct str kind = kz_node_text(kz_node_get(n, "kind"));
    return (str_is(kind, "List") || str_is(kind, "ResourceList")) &&
           (kz_node_get(n, "items") || kz_node_get(n, "functionConfig"));
}

static bool add_text(struct arena *a, struct documents *d, struct str text, bool only, struct err *err) {
    struct kz_node *n = NULL;
    if (!read_text(a, text, &n, err))
        return err->kind == ERR_LIMIT ? false : err_wrap(err, "MalformedYAMLError");
    if (kz_node_null(n))
        return true;
    if (!only || !single_list(n)) {
        add_document(a, d, n);
        return true;
    }
    struct kz_node *items = kz_node_get(n, "items");
    for (size_t i = 0; items && i < items->n; i++)
        add_document(a, d, items->content[i]);
    return true;
}

static bool add_all(struct arena *a, struct documents *d, struct str s, struct err *err) {
    size_t at = 0, begin, end;
    bool only = true;
    while (find_separator(s, at ? at : 0, &begin, &end)) {
        struct str rest = str_trim(str_sub(s, begin + 4, end));
        if (rest.n && rest.p[0] != '#') {
            struct str line = str_trim(str_sub(s, begin, end));
            return err_set(err, ERR_INVALID, "invalid document separator: %.*s", (int)line.n, line.p);
        }
        only = false;
        struct str piece = arena_str(a, str_sub(s, at, begin + 1)); // the newline belongs to it
        if (!add_text(a, d, piece, false, err))
            return false;
        at = end;
    }
    return s.n == 0 || add_text(a, d, str_sub(s, at, s.n), only, err);
}

bool kz_nodes_read(struct arena *a, struct str text, struct kz_node ***out, size_t *out_n, struct err *err) {
    struct documents d = { 0 };
    struct str s = memchr(text.p, '\r', text.n) ? without_crlf(a, text) : text;
    if (!add_all(a, &d, s, err))
        return false;
    struct expansion x = { .a = a, .budget = LIMIT_YAML_ALIAS_NODES, .err = err };
    for (size_t i = 0; i < d.n; i++) {
        d.items[i] = expand(&x, d.items[i], 0);
        if (!d.items[i])
            return false;
    }
    *out = d.items;
    *out_n = d.n;
    return true;
}

bool kz_node_read(struct arena *a, struct str text, struct kz_node **out, struct err *err) {
    struct kz_node *n = NULL;
    if (!read_text(a, text, &n, err))
        return false;
    struct expansion x = { .a = a, .budget = LIMIT_YAML_ALIAS_NODES, .err = err };
    if (n && !(n = expand(&x, n, 0)))
        return false;
    *out = n;
    return true;
}
