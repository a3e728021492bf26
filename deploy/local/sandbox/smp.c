// SPDX-License-Identifier: Apache-2.0
// Strategic merge patch: maps, directives, and the order of merged lists.
#include "deploy/local/sandbox/smp.h"

#include "deploy/local/sandbox/gotext.h"

#define MARKER "$patch"
#define RETAIN "$retainKeys"
#define DELETE_FROM "$deleteFromPrimitiveList/"
#define SET_ORDER "$setElementOrder/"

#define BAD_PRIMITIVES "invalid patch format of primitive list"
#define BAD_RETAIN "invalid patch format of retainKeys"
#define BAD_ORDER "invalid patch format of setElementOrder list"

struct smp {
    struct arena *a;
    struct err *err;
};

static bool bad_format(struct smp *p, const char *text) {
    return err_set_code(p->err, ERR_INVALID, 400, "%s", text);
}

static const char *shown(struct arena *a, const struct value *v) {
    autobuf b = { 0 };
    go_print(&b, v);
    return arena_text(a, b.p, b.n);
}

static bool no_merge_key(struct smp *p, const struct value *item, struct str key) {
    return err_set_code(p->err, ERR_INVALID, 500, "map: %s does not contain declared merge key: %.*s",
                        shown(p->a, item), (int)key.n, key.p);
}

static bool bad_kind(struct smp *p, enum value_type want, const struct value *v) {
    const struct value example = { .type = want };
    return err_set_code(p->err, ERR_INVALID, 500, "expected a %s, but received a %s", go_type(&example),
                        v->type == VALUE_NULL ? "%!s(<nil>)" : go_type(v));
}

// The value of the key in an item; NULL with err set.
static const struct value *key_of(struct smp *p, const struct value *item, struct str key) {
    if (item->type != VALUE_MAP) {
        bad_kind(p, VALUE_MAP, item);
        return NULL;
    }
    const struct value *v = value_get_n(item, key);
    if (!v)
        no_merge_key(p, item, key);
    return v;
}

// What tells items apart: their key, or a scalar itself.
static const struct value *identity(const struct value *item, struct str key) {
    return key.n ? value_get_n(item, key) : item;
}

static ptrdiff_t index_of(const struct value *list, const struct value *id, struct str key) {
    for (size_t i = 0; id && i < value_len(list); i++) {
        const struct value *other = identity(list->list.items[i], key);
        if (other && value_equal(other, id))
            return (ptrdiff_t)i;
    }
    return -1;
}

/* ---- what a patch may leave behind ---- */

// Without nulls in maps.
static void drop_nulls(struct value *v) {
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        drop_nulls(v->list.items[i]);
    for (size_t i = v->type == VALUE_MAP ? v->map.n : 0; i-- > 0;) {
        struct value *below = v->map.pairs[i].value;
        if (below->type == VALUE_NULL)
            value_remove(v, v->map.pairs[i].key.p);
        else
            drop_nulls(below);
    }
}

// false: v is itself a directive and must go.
static bool drop_directives(struct value *v) {
    if (v->type == VALUE_MAP && value_get(v, MARKER))
        return false;
    for (size_t i = v->type == VALUE_MAP ? v->map.n : 0; i-- > 0;)
        if (!drop_directives(v->map.pairs[i].value))
            value_remove(v, v->map.pairs[i].key.p);
    for (size_t i = v->type == VALUE_LIST ? v->list.n : 0; i-- > 0;)
        if (!drop_directives(v->list.items[i]))
            value_remove_item(v, i);
    return true;
}

// Takes the patch's value as it is.
static void put_plain(struct smp *p, struct value *target, struct str key, struct value *v) {
    drop_nulls(v);
    value_set_n(p->a, target, key, drop_directives(v) ? v : NULL);
}

/* ---- order of lists ---- */

struct ranked {
    struct value *item;
    ptrdiff_t rank;
    size_t at;
};

static int rank_order(const void *x, const void *y) {
    const struct ranked *a = x, *b = y;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at;
}

// The items of `all` that are (or are not) named in `by`, in the order of `order`.
static struct value *part_of(struct smp *p, const struct value *all, const struct value *by, bool named,
                             const struct value *order, struct str key) {
    struct ranked *r = arena_array(p->a, struct ranked, value_len(all));
    struct value *out = value_list(p->a);
    size_t n = 0;
    for (size_t i = 0; i < value_len(all); i++) {
        struct value *item = all->list.items[i];
        const struct value *id = identity(item, key);
        if ((index_of(by, id, key) >= 0) == named)
            r[n++] = (struct ranked) { item, index_of(order, id, key), i };
    }
    if (n)
        qsort(r, n, sizeof *r, rank_order);
    for (size_t i = 0; i < n; i++)
        value_append(p->a, out, r[i].item);
    return out;
}

/* Items that only the server has keep their place before the patch's items where the server's order says so; otherwise the
 * patch's come first. */
static struct value *interleave(struct smp *p, const struct value *server, const struct value *patch,
                                const struct value *server_order, struct str key) {
    struct value *out = value_list(p->a);
    for (size_t i = 0, j = 0; i < server->list.n || j < patch->list.n;) {
        bool take_server = j >= patch->list.n;
        if (i < server->list.n && j < patch->list.n) {
            ptrdiff_t l = index_of(server_order, identity(server->list.items[i], key), key);
            ptrdiff_t r = index_of(server_order, identity(patch->list.items[j], key), key);
            take_server = l >= 0 && r >= 0 && l < r;
        }
        value_append(p->a, out, take_server ? server->list.items[i++] : patch->list.items[j++]);
    }
    return out;
}

static struct value *ordered(struct smp *p, const struct value *all, const struct value *patch_order,
                             const struct value *server_order, struct str key) {
    struct value *patch = part_of(p, all, patch_order, true, patch_order, key);
    struct value *server = part_of(p, all, patch_order, false, server_order, key);
    return interleave(p, server, patch, server_order, key);
}

/* ---- lists ---- */

static bool merge_map(struct smp *p, struct value *target, struct value *patch, const struct shape *s,
                      struct value **out);

static bool same_types(struct smp *p, const struct value *x, const struct value *y) {
    const struct value *lists[] = { x, y };
    const struct value *first = NULL;
    for (size_t k = 0; k < countof(lists); k++)
        for (size_t i = 0; i < value_len(lists[k]); i++) {
            const struct value *v = lists[k]->list.items[i];
            if (v->type == VALUE_LIST)
                return err_set_code(p->err, ERR_INVALID, 422, "lists of lists are not supported");
            if (first && first->type != v->type)
                return err_set_code(p->err, ERR_INVALID, 500, "list element types are not identical: [%s %s]",
                                    shown(p->a, x), shown(p->a, y));
            first = v;
        }
    return true;
}

// A list of scalars: those of target, then new ones of the patch; or without those of the patch.
static struct value *merge_scalars(struct smp *p, const struct value *target, const struct value *patch,
                                   bool remove) {
    struct value *out = value_list(p->a);
    struct str none = { 0 };
    for (size_t i = 0; i < target->list.n; i++)
        if (remove ? index_of(patch, target->list.items[i], none) < 0
                   : index_of(out, target->list.items[i], none) < 0)
            value_append(p->a, out, target->list.items[i]);
    for (size_t i = 0; !remove && i < patch->list.n; i++)
        if (index_of(out, patch->list.items[i], none) < 0)
            value_append(p->a, out, patch->list.items[i]);
    return out;
}

// Items with $patch: deletions are done on *target; *replace: the patch's other items are the whole list.
static bool special_items(struct smp *p, struct value *target, const struct value *patch, struct str key,
                          struct value *plain, bool *replace) {
    for (size_t i = 0; i < patch->list.n; i++) {
        struct value *item = patch->list.items[i];
        const struct value *directive = value_get(item, MARKER);
        const char *text = value_text(directive, "");
        if (!directive) {
            value_append(p->a, plain, item);
        } else if (!strcmp(text, "delete")) {
            const struct value *id = value_get_n(item, key);
            if (!id)
                return no_merge_key(p, item, key);
            for (ptrdiff_t at; (at = index_of(target, id, key)) >= 0;)
                value_remove_item(target, (size_t)at);
        } else if (!strcmp(text, "replace")) {
            *replace = true;
        } else if (!strcmp(text, "merge")) {
            return err_set_code(p->err, ERR_INVALID, 500,
                                "merging lists cannot yet be specified in the patch");
        } else {
            return err_set_code(p->err, ERR_INVALID, 500, "unknown patch type: %s in map: %s",
                                shown(p->a, directive), shown(p->a, item));
        }
    }
    return true;
}

static bool merge_keyed(struct smp *p, struct value *target, const struct value *patch, struct str key,
                        const struct shape *element) {
    for (size_t i = 0; i < patch->list.n; i++) {
        struct value *item = patch->list.items[i];
        const struct value *id = key_of(p, item, key);
        if (!id)
            return false;
        ptrdiff_t at = index_of(target, id, key);
        if (at < 0)
            value_append(p->a, target, item);
        else if (!merge_map(p, target->list.items[at], item, element, &target->list.items[at]))
            return false;
    }
    return true;
}

static bool keys_are_there(struct smp *p, const struct value *list, struct str key) {
    for (size_t i = 0; i < value_len(list); i++)
        if (!key_of(p, list->list.items[i], key))
            return false;
    return true;
}

// `f` NULL: a field that nothing is known of. *out may share items with both.
static bool merge_list(struct smp *p, struct value *target, struct value *patch, const struct shape_field *f,
                       bool remove, struct value **out) {
    if (!remove && (!f || !f->patch_merge)) {
        *out = patch;
        return true;
    }
    if (!target->list.n && !patch->list.n) {
        *out = target;
        return true;
    }
    if (!same_types(p, target, patch))
        return false;
    struct str key = f ? f->patch_key : (struct str) { 0 };
    const struct value *first = target->list.n ? target->list.items[0] : patch->list.items[0];
    if (first->type != VALUE_MAP) {
        struct value *merged = merge_scalars(p, target, patch, remove);
        *out = remove ? merged : ordered(p, merged, patch, target, (struct str) { 0 });
        return true;
    }
    if (!key.n)
        return err_set_code(p->err, ERR_INVALID, 500, "cannot merge lists without merge key for %s",
                            f ? arena_text(p->a, f->name.p, f->name.n) : "");
    struct value *plain = value_list(p->a);
    bool replace = false;
    if (!special_items(p, target, patch, key, plain, &replace))
        return false;
    if (replace) {
        *out = plain;
        return keys_are_there(p, plain, key);
    }
    struct value *merged = value_list(p->a); // target keeps the server's order
    for (size_t i = 0; i < target->list.n; i++)
        value_append(p->a, merged, target->list.items[i]);
    const struct shape *element = f->shape->kind == SHAPE_ARRAY ? f->shape->element : NULL;
    if (!merge_keyed(p, merged, plain, key, element ? element : &shape_untyped) ||
        !keys_are_there(p, merged, key))
        return false;
    *out = ordered(p, merged, plain, target, key);
    return true;
}

/* ---- directives of maps ---- */

static bool is_directive(struct str key) {
    return str_starts(key, DELETE_FROM) || str_starts(key, SET_ORDER);
}

// $retainKeys: what it does not name goes; all that the patch sets must be named.
static bool retain_keys(struct smp *p, struct value *target, struct value *patch) {
    const struct value *keep = value_get(patch, RETAIN);
    struct str none = { 0 };
    if (!keep)
        return true;
    if (keep->type != VALUE_LIST)
        return bad_format(p, BAD_RETAIN);
    struct value *list = value_copy(p->a, keep);
    value_remove(patch, RETAIN);
    for (size_t i = 0; i < patch->map.n; i++) {
        struct value_pair *pair = &patch->map.pairs[i];
        if (pair->value->type == VALUE_NULL || is_directive(pair->key))
            continue;
        if (index_of(list, value_string_n(p->a, pair->key), none) < 0)
            return bad_format(p, BAD_RETAIN);
    }
    for (size_t i = target->map.n; i-- > 0;)
        if (index_of(list, value_string_n(p->a, target->map.pairs[i].key), none) < 0)
            value_remove(target, target->map.pairs[i].key.p);
    return true;
}

// The patch's items must come in the order that $setElementOrder gives.
static bool order_fits(struct smp *p, const struct value *items, const struct value *order, struct str key) {
    if (!value_len(items) || !order->list.n)
        return true;
    size_t i = 0, at = 0;
    while (i < items->list.n && at < order->list.n) {
        const struct value *item = items->list.items[i];
        if (value_get(item, MARKER)) {
            i++;
            continue;
        }
        const struct value *id = key.n ? key_of(p, item, key) : item;
        const struct value *want =
            key.n && id ? key_of(p, order->list.items[at], key) : order->list.items[at];
        if (!id || !want)
            return false;
        i += value_equal(want, id);
        at++;
    }
    while (i < items->list.n && key.n &&
           text_eq(value_text(value_get(items->list.items[i], MARKER), ""), "delete"))
        i++; // deletions need no place
    if (i == items->list.n)
        return true;
    return err_set_code(p->err, ERR_INVALID, 500,
                        "The order in patch list:\n%s\n doesn't match $setElementOrder list:\n%s\n",
                        shown(p->a, items), shown(p->a, order));
}

/* The server's order as upstream takes it: its list without what the patch deletes, then as many of the patch's new items as were
 * deleted (there the reused memory of the list gets them; clients see it in the order of containers). */
static struct value *server_order_of(struct smp *p, const struct value *there, const struct value *items,
                                     struct str key) {
    struct value *out = value_list(p->a);
    size_t gone = 0;
    for (size_t i = 0; i < value_len(there); i++)
        value_append(p->a, out, value_copy(p->a, there->list.items[i]));
    for (size_t i = 0; key.n && i < value_len(items); i++) {
        const struct value *item = items->list.items[i];
        const struct value *id = value_get_n(item, key);
        ptrdiff_t at =
            text_eq(value_text(value_get(item, MARKER), ""), "delete") ? index_of(out, id, key) : -1;
        if (at < 0)
            continue;
        value_remove_item(out, (size_t)at);
        gone++;
    }
    for (size_t i = 0; gone && i < value_len(items); i++) {
        struct value *item = items->list.items[i];
        if (value_get(item, MARKER) || index_of(out, value_get_n(item, key), key) >= 0)
            continue;
        value_append(p->a, out, value_copy(p->a, item));
        gone--;
    }
    return out;
}

static bool merge_with_order(struct smp *p, struct value *target, struct value *patch,
                             const struct shape_field *f, struct str name, const struct value *order) {
    struct value *there = value_get_n(target, name), *items = value_get_n(patch, name), *merged = there;
    struct str key = f ? f->patch_key : (struct str) { 0 };
    if (there && there->type != VALUE_LIST)
        return bad_kind(p, VALUE_LIST, there);
    if (items && items->type != VALUE_LIST)
        return bad_kind(p, VALUE_LIST, items);
    const struct value *server_order = server_order_of(p, there, items, key);
    if (items && !order_fits(p, items, order, key))
        return false;
    if (!there && !items)
        return true;
    if (!value_len(there) && !value_len(items))
        return err_set_code(p->err, ERR_INVALID, 500, "no elements in any of the given slices");
    if (!there) {
        drop_directives(items);
        merged = items;
    } else if (items && !merge_list(p, there, items, f, false, &merged)) {
        return false;
    }
    if (!same_types(p, there, items))
        return false;
    if (key.n && (!keys_are_there(p, merged, key) || !keys_are_there(p, order, key)))
        return false;
    value_set_n(p->a, target, name, ordered(p, merged, order, server_order, key));
    if (items)
        value_remove(patch, name.p);
    return true;
}

static bool set_element_orders(struct smp *p, struct value *target, struct value *patch,
                               const struct shape *s) {
    for (size_t i = 0; i < patch->map.n;) {
        struct value_pair pair = patch->map.pairs[i];
        if (!str_starts(pair.key, "$setElementOrder")) {
            i++;
            continue;
        }
        if (!str_starts(pair.key, SET_ORDER))
            return bad_format(p, BAD_ORDER);
        if (pair.value->type != VALUE_LIST)
            return bad_kind(p, VALUE_LIST, pair.value);
        struct value *name = value_string_n(p->a, str_sub(pair.key, strlen(SET_ORDER), pair.key.n));
        value_remove(patch, pair.key.p);
        if (!merge_with_order(p, target, patch, shape_field(s, name->s), name->s, pair.value))
            return false;
        i = 0; // the patch lost up to two keys
    }
    return true;
}

/* ---- maps ---- */

static bool merge_key(struct smp *p, struct value *target, struct str key, struct value *v,
                      const struct shape *s) {
    bool remove = str_starts(key, "$deleteFromPrimitiveList");
    if (remove && !str_starts(key, DELETE_FROM))
        return bad_format(p, BAD_PRIMITIVES);
    if (remove)
        key = value_string_n(p->a, str_sub(key, strlen(DELETE_FROM), key.n))->s;
    struct value *there = value_get_n(target, key), *merged = NULL;
    if (v->type == VALUE_NULL) {
        value_set_n(p->a, target, key, NULL);
        return true;
    }
    if (!there || there->type != v->type || (v->type != VALUE_MAP && v->type != VALUE_LIST)) {
        if (!remove)
            put_plain(p, target, key, v);
        return true;
    }
    const struct shape *below = shape_of_key(s, key);
    if (v->type == VALUE_MAP) {
        if (!merge_map(p, there, v, below ? below : &shape_untyped, &merged))
            return false;
    } else if (!merge_list(p, there, v, shape_field(s, key), remove, &merged)) {
        return false;
    }
    value_set_n(p->a, target, key, merged);
    return true;
}

static bool merge_map(struct smp *p, struct value *target, struct value *patch, const struct shape *s,
                      struct value **out) {
    const struct value *directive = value_get(patch, MARKER);
    const char *text = value_text(directive, "");
    if (directive && !strcmp(text, "replace")) {
        value_remove(patch, MARKER);
        *out = patch;
        return true;
    }
    if (directive && !strcmp(text, "delete")) {
        *out = value_map(p->a);
        return true;
    }
    if (directive)
        return err_set_code(p->err, ERR_INVALID, 500, "unknown patch type: %s in map: %s",
                            shown(p->a, directive), shown(p->a, patch));
    if (!retain_keys(p, target, patch) || !set_element_orders(p, target, patch, s))
        return false;
    for (size_t i = 0; i < patch->map.n; i++)
        if (!merge_key(p, target, patch->map.pairs[i].key, patch->map.pairs[i].value, s))
            return false;
    *out = target;
    return true;
}

bool smp_apply(struct arena *a, const struct shape *shape, const struct value *target,
               const struct value *patch, struct value **out, struct err *err) {
    struct smp p = { .a = a, .err = err };
    if (target->type != VALUE_MAP || patch->type != VALUE_MAP)
        return bad_format(&p, "invalid JSON document");
    return merge_map(&p, value_copy(a, target), value_copy(a, patch), shape, out);
}
