// SPDX-License-Identifier: Apache-2.0
// Entries of metadata.managedFields.
#include "deploy/local/sandbox/managed.h"

#include "common/base/log.h"
#include "common/base/timeutil.h"

enum { MAX_UPDATERS = 10 };

static void id_part(struct buf *b, const char *key, const char *text) {
    if (text_empty(text))
        return;
    buf_fmt(b, "%s\"%s\":", b->n > 1 ? "," : "", key);
    json_quote(b, str_of(text));
}

struct managed_entry managed_entry(struct arena *a, const char *manager, bool applied,
                                   const char *api_version, const char *subresource) {
    static const struct fieldset none = { 0 };
    autobuf b = { 0 };
    buf_putc(&b, '{');
    id_part(&b, "manager", manager);
    id_part(&b, "operation", applied ? "Apply" : "Update");
    id_part(&b, "apiVersion", applied ? "" : api_version);
    id_part(&b, "subresource", subresource);
    buf_putc(&b, '}');
    return (struct managed_entry) {
        .id = arena_text(a, b.p, b.n),
        .manager = arena_strdup(a, manager),
        .api_version = arena_strdup(a, api_version),
        .subresource = arena_strdup(a, subresource ? subresource : ""),
        .applied = applied,
        .set = &none,
    };
}

struct managed_entry *managed_find(const struct managed *m, const char *id) {
    for (size_t i = 0; i < m->n; i++)
        if (!strcmp(m->items[i].id, id))
            return &m->items[i];
    return NULL;
}

void managed_put(struct arena *a, struct managed *m, struct managed_entry e) {
    struct managed_entry *there = managed_find(m, e.id);
    if (there) {
        *there = e;
        return;
    }
    m->items = arena_grow(a, m->items, &m->cap, m->n + 1, sizeof *m->items);
    m->items[m->n++] = e;
}

void managed_remove(struct managed *m, const char *id) {
    struct managed_entry *there = managed_find(m, id);
    if (!there)
        return;
    size_t i = (size_t)(there - m->items);
    memmove(there, there + 1, (m->n - i - 1) * sizeof *there);
    m->n--;
}

struct managed managed_copy(struct arena *a, const struct managed *m) {
    struct managed out = { .n = m->n, .cap = m->n };
    out.items = arena_copy(a, m->items, m->n * sizeof *m->items);
    return out;
}

static bool entry_read(struct arena *a, const struct value *json, size_t i, struct managed_entry *out,
                       struct err *err) {
    const char *operation = value_text(value_get(json, "operation"), "");
    const char *version = value_text(value_get(json, "apiVersion"), "");
    const char *type = value_text(value_get(json, "fieldsType"), "");
    if (strcmp(operation, "Apply") && strcmp(operation, "Update"))
        return err_set(err, ERR_INVALID, "operation must be `Apply` or `Update`");
    if (!*version)
        return err_set(err, ERR_INVALID, "apiVersion must not be empty");
    if (!*type)
        return err_set(err, ERR_INVALID, "missing fieldsType in managed fields entry %zu", i);
    if (strcmp(type, "FieldsV1"))
        return err_set(err, ERR_INVALID, "invalid fieldsType \"%s\" in managed fields entry %zu", type, i);
    *out = managed_entry(a, value_text(value_get(json, "manager"), ""), !strcmp(operation, "Apply"), version,
                         value_text(value_get(json, "subresource"), ""));
    out->time = arena_strdup(a, value_text(value_get(json, "time"), NULL));
    struct fieldset *set;
    if (!fieldset_read(a, value_get(json, "fieldsV1"), &set, err))
        return err_wrap(err, "error decoding versioned set from managed fields entry %zu", i);
    out->set = set;
    return true;
}

bool managed_read(struct arena *a, const struct value *json, struct managed *out, struct err *err) {
    *out = (struct managed) { 0 };
    for (size_t i = 0; i < value_len(json); i++) {
        struct managed_entry e;
        if (!entry_read(a, value_item(json, i), i, &e, err))
            return false;
        managed_put(a, out, e);
    }
    return true;
}

static int64_t seconds_of(const struct managed_entry *e) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    int64_t ns;
    if (!e->time || !time_parse_rfc3339(e->time, &ns, &err))
        return 0;
    return ns / NS_PER_S;
}

static int entry_order(const void *x, const void *y) {
    const struct managed_entry *p = x, *q = y;
    if (p->applied != q->applied)
        return p->applied ? -1 : 1;
    int64_t ps = seconds_of(p), qs = seconds_of(q);
    if (ps != qs)
        return ps < qs ? -1 : 1;
    int c = strcmp(p->manager, q->manager);
    c = c ? c : strcmp(p->api_version, q->api_version);
    return c ? c : strcmp(p->subresource, q->subresource);
}

struct value *managed_write(struct arena *a, struct managed *m) {
    if (!m->n)
        return NULL;
    qsort(m->items, m->n, sizeof *m->items, entry_order);
    struct value *out = value_list(a);
    for (size_t i = 0; i < m->n; i++) {
        const struct managed_entry *e = &m->items[i];
        struct value *json = value_map(a);
        value_set(a, json, "apiVersion", value_string(a, e->api_version));
        value_set(a, json, "fieldsType", value_string(a, "FieldsV1"));
        value_set(a, json, "fieldsV1", fieldset_write(a, e->set));
        if (!text_empty(e->manager))
            value_set(a, json, "manager", value_string(a, e->manager));
        value_set(a, json, "operation", value_string(a, e->applied ? "Apply" : "Update"));
        if (!text_empty(e->subresource))
            value_set(a, json, "subresource", value_string(a, e->subresource));
        if (e->time)
            value_set(a, json, "time", value_string(a, e->time));
        value_append(a, out, json);
    }
    return out;
}

/* ---- the cap ---- */

static int updater_order(const void *x, const void *y) {
    const struct managed_entry *p = x, *q = y;
    int64_t ps = seconds_of(p), qs = seconds_of(q);
    return ps != qs ? (ps < qs ? -1 : 1) : strcmp(p->id, q->id);
}

// The first updater of a version that was met; NULL: none yet.
static const char *first_of(const struct managed_entry *updaters, size_t n, const char *version) {
    for (size_t i = 0; i < n; i++)
        if (!strcmp(updaters[i].api_version, version))
            return updaters[i].id;
    return NULL;
}

void managed_cap(struct arena *a, struct managed *m) {
    struct managed_entry *updaters = arena_array(a, struct managed_entry, m->n);
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++)
        if (!m->items[i].applied)
            updaters[n++] = m->items[i];
    if (n)
        qsort(updaters, n, sizeof *updaters, updater_order);
    for (size_t i = 0, left = n; i < n && left > MAX_UPDATERS; i++) {
        const struct managed_entry *e = &updaters[i];
        const char *first = first_of(updaters, i, e->api_version);
        if (!first)
            continue;
        struct managed_entry bucket = managed_entry(a, "ancient-changes", false, e->api_version, "");
        const struct managed_entry *there = managed_find(m, bucket.id);
        const struct fieldset *set = (there ? there : managed_find(m, first))->set;
        if (!there)
            managed_remove(m, first);
        bucket.set = fieldset_union(a, e->set, set);
        bucket.time = e->time;
        managed_remove(m, e->id);
        managed_put(a, m, bucket);
        left--;
    }
}
