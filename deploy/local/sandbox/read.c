// SPDX-License-Identifier: Apache-2.0
// The verbs get and list.
#include "common/value/json.h"
#include "deploy/local/sandbox/call.h"
#include "deploy/local/sandbox/list_options.h"
#include "deploy/local/sandbox/table.h"
#include "deploy/local/sandbox/write.h"

struct value *call_object(struct call *c, const struct object *o) {
    struct value *v = object_stored(c->sb, c->a, c->r, o);
    value_set(c->a, v, "apiVersion", value_string(c->a, resource_api_version(c->a, c->r)));
    value_set(c->a, v, "kind", value_string(c->a, c->r->kind));
    return v;
}

static bool rv_too_large(struct call *c, uint64_t rv) {
    status_set(&c->st, 504, "Timeout", "Too large resource version: %llu, current: %llu",
               (unsigned long long)rv, (unsigned long long)storage_rv(c->sb->storage));
    status_add_cause(&c->st, "ResourceVersionTooLarge", "Too large resource version", NULL);
    value_set(c->a, c->st.details, "retryAfterSeconds", value_int(c->a, 1));
    return false;
}

bool verb_get(struct call *c) {
    const char *rv_text = http_query(c->x, "resourceVersion");
    uint64_t rv;
    if (!text_empty(rv_text) && str_to_u64(str_of(rv_text), &rv) && rv > storage_rv(c->sb->storage))
        return rv_too_large(c, rv);
    const struct object *o = storage_get(c->sb->storage, c->r->key, c->ns, c->name);
    if (!o)
        return status_not_found(&c->st, c->r, c->name);
    return reply_object(c, 200, call_object(c, o));
}

/* ---- list ---- */

struct page {
    struct objects all;    // the candidates, from the token on
    struct object **items; // what matched, borrowed from all
    size_t n;
    uint64_t rv;
    const char *token; // NULL: the end
    int64_t remaining; // -1: unknown
};

static bool candidates(struct call *c, const struct list_options *o, struct page *p) {
    const char *ns = c->ns[0] ? c->ns : NULL;
    uint64_t at = o->token_rv                                                                 ? o->token_rv
                  : o->match == MATCH_EXACT || (o->rv && o->limit && o->match == MATCH_UNSET) ? o->rv
                                                                                              : 0;
    if (o->rv > storage_rv(c->sb->storage))
        return rv_too_large(c, o->rv);
    p->rv = at ? at : storage_rv(c->sb->storage);
    if (!at) {
        p->all = storage_list(c->sb->storage, c->a, c->r->key, ns, o->after);
        return true;
    }
    if (storage_list_at(c->sb->storage, c->a, c->r->key, ns, o->after, at, &p->all))
        return true;
    if (!o->token_rv)
        return status_set(&c->st, 410, "Expired", "The resourceVersion for the provided list is too old.");
    return status_set(
        &c->st, 410, "Expired",
        "The provided continue parameter is too old to display a consistent list result. You can start a new "
        "list "
        "without the continue parameter, or use the continue token in this response to retrieve the "
        "remainder of "
        "the results. Continuing with the provided token results in an inconsistent list - objects that were "
        "created, modified, or deleted between the time the first chunk was returned and now may show up in "
        "the "
        "list.");
}

static bool matches(struct call *c, const struct list_options *o, const struct object *object) {
    if (selector_is_empty(&o->selector))
        return true;
    const char *name = selector_name(&o->selector);
    if (name && !text_eq(name, object->name))
        return false;
    struct arena_mark m = arena_mark(c->a);
    bool yes = selector_matches(c->r, &o->selector, object_value(c->a, object));
    arena_rewind(c->a, m);
    return yes;
}

static bool page_read(struct call *c, const struct list_options *o, struct page *p) {
    p->remaining = -1;
    if (!candidates(c, o, p))
        return false;
    p->items = arena_array(c->a, struct object *, p->all.n);
    for (size_t i = 0; i < p->all.n; i++) {
        if (!matches(c, o, p->all.items[i]))
            continue;
        if (o->limit > 0 && p->n == (size_t)o->limit) {
            p->token = continue_token(c->a, p->rv, p->items[p->n - 1]);
            if (selector_is_empty(&o->selector))
                p->remaining = (int64_t)(p->all.n - i);
            break;
        }
        p->items[p->n++] = p->all.items[i];
    }
    return true;
}

static struct value *list_meta(struct call *c, const struct page *p) {
    struct value *meta = value_map(c->a);
    value_set(c->a, meta, "resourceVersion", value_fmt(c->a, "%llu", (unsigned long long)p->rv));
    if (p->token)
        value_set(c->a, meta, "continue", value_string(c->a, p->token));
    if (p->remaining >= 0 && p->token)
        value_set(c->a, meta, "remainingItemCount", value_int(c->a, p->remaining));
    return meta;
}

/* Items of built-in kinds carry neither apiVersion nor kind in a list, as Go leaves them out; write.c puts them first. */
static void item_write(struct call *c, struct buf *b, const struct object *o, struct str prefix) {
    if (!c->r->crd && str_starts(o->json, prefix.p)) {
        buf_putc(b, '{');
        buf_put_str(b, str_sub(o->json, prefix.n, o->json.n));
    } else if (c->r->crd && !str_starts(o->json, prefix.p)) { // stored in another version
        json_write(b, call_object(c, o), JSON_COMPACT);
    } else {
        buf_put_str(b, o->json);
    }
}

static bool reply_list(struct call *c, const struct page *p) {
    autobuf b = { 0 };
    const char *api = resource_api_version(c->a, c->r);
    struct str prefix = str_of(arena_fmt(c->a, "{\"apiVersion\":\"%s\",\"kind\":\"%s\",", api, c->r->kind));
    buf_fmt(&b, "{\"kind\":\"%s\",\"apiVersion\":\"%s\",\"metadata\":", c->r->list_kind, api);
    json_write(&b, list_meta(c, p), JSON_COMPACT);
    buf_puts(&b, ",\"items\":[");
    for (size_t i = 0; i < p->n; i++) {
        if (i)
            buf_putc(&b, ',');
        item_write(c, &b, p->items[i], prefix);
    }
    buf_puts(&b, "]}\n");
    return reply_json(c, 200, buf_str(&b));
}

static bool reply_table(struct call *c, const struct page *p) {
    struct value *rows, *table = table_head(c, &rows);
    value_set(c->a, table, "metadata", list_meta(c, p));
    for (size_t i = 0; i < p->n; i++)
        value_append(c->a, rows, table_row(c, call_object(c, p->items[i])));
    return reply_value(c, 200, table);
}

static bool reply_partial(struct call *c, const struct page *p) {
    struct value *v = value_map(c->a), *items = value_list(c->a);
    value_set(c->a, v, "kind", value_string(c->a, "PartialObjectMetadataList"));
    value_set(c->a, v, "apiVersion", value_string(c->a, "meta.k8s.io/v1"));
    value_set(c->a, v, "metadata", list_meta(c, p));
    for (size_t i = 0; i < p->n; i++)
        value_append(c->a, items, partial_object(c->a, call_object(c, p->items[i])));
    value_set(c->a, v, "items", items);
    return reply_value(c, 200, v);
}

bool verb_list(struct call *c) {
    struct list_options o;
    struct page p = { 0 };
    if (!list_options_read(c, false, &o) || !page_read(c, &o, &p))
        return false;
    if (c->as == AS_TABLE)
        reply_table(c, &p);
    else if (c->as == AS_OBJECT)
        reply_list(c, &p);
    else
        reply_partial(c, &p);
    objects_unref(&p.all);
    return true;
}
