// SPDX-License-Identifier: Apache-2.0
// Conflicts of server-side apply in words, and kubectl's last-applied annotation.
#include "deploy/local/sandbox/ssa_conflict.h"

#include "common/value/json.h"
#include "deploy/local/sandbox/gotext.h"
#include "deploy/local/sandbox/typed.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"
enum { MAX_ANNOTATION_BYTES = 256 * 1024 }; // of all annotations

static char *manager_text(struct arena *a, const struct managed_entry *e) {
    autobuf b = { 0 };
    go_quote(&b, str_of(e->manager));
    if (!text_empty(e->subresource)) {
        buf_puts(&b, " with subresource ");
        go_quote(&b, str_of(e->subresource));
    }
    if (!e->applied)
        buf_fmt(&b, " using %s", e->api_version);
    return arena_text(a, b.p, b.n);
}

struct telling {
    struct arena *a;
    struct status *st;
    const struct managed_entry *entry;
    struct buf lines; // "\n- .path" each
    const char *last;
    size_t n;
};

static void tell(void *arg, const struct path *p) {
    struct telling *t = arg;
    t->last = path_text(t->a, p);
    buf_fmt(&t->lines, "\n- %s", t->last);
    t->n++;
    status_add_cause(t->st, "FieldManagerConflict",
                     arena_fmt(t->a, "conflict with %s", manager_text(t->a, t->entry)), t->last);
}

static int id_order(const void *x, const void *y) {
    const struct managed_entry *p = x, *q = y;
    return strcmp(p->id, q->id);
}

bool ssa_refuse_conflicts(struct arena *a, struct managed *conflicts, struct status *st) {
    struct telling t = { .a = a, .st = st };
    autobuf all = { 0 };
    qsort(conflicts->items, conflicts->n, sizeof *conflicts->items, id_order);
    for (size_t i = 0; i < conflicts->n; i++) {
        t.entry = &conflicts->items[i];
        t.lines.n = 0;
        fieldset_each(a, t.entry->set, tell, &t);
        buf_fmt(&all, "%sconflicts with %s:", i ? "\n" : "", manager_text(a, t.entry));
        buf_put_str(&all, buf_str(&t.lines));
    }
    buf_done(&t.lines);
    if (t.n == 1)
        return status_set(st, 409, "Conflict", "Apply failed with 1 conflict: conflict with %s: %s",
                          manager_text(a, t.entry), t.last);
    return status_set(st, 409, "Conflict", "Apply failed with %zu conflicts: %s", t.n, all.p);
}

// What the annotation says that live still says.
static struct fieldset *allowed_by_last_applied(struct arena *a, const struct shape *shape,
                                                const struct value *live, const struct field_manager *m) {
    struct err err = { .a = a };
    struct value *applied;
    const char *text = value_text_at(live, "metadata", "annotations", LAST_APPLIED, NULL);
    if (text_empty(text) || !json_read(a, str_of(text), &applied, &err) || applied->type != VALUE_MAP)
        return NULL;
    if (strcmp(value_text(value_get(applied, "apiVersion"), ""), m->api_version))
        return NULL;
    struct comparison c;
    if (!typed_validate(a, shape, applied, false, &err) || !typed_compare(a, shape, applied, live, &c, &err))
        return NULL;
    struct fieldset *out = typed_fields(a, shape, applied);
    out = fieldset_difference(a, out, c.modified);
    out = fieldset_difference(a, out, c.added);
    return fieldset_difference(a, out, c.removed);
}

bool ssa_allow_last_applied(struct arena *a, const struct shape *shape, const struct value *live,
                            const struct field_manager *m, struct managed *conflicts) {
    struct fieldset *allowed = allowed_by_last_applied(a, shape, live, m);
    if (!allowed)
        return false;
    struct managed left = { 0 };
    for (size_t i = 0; i < conflicts->n; i++) {
        struct managed_entry e = conflicts->items[i];
        e.set = fieldset_difference(a, e.set, allowed);
        if (!fieldset_empty(e.set))
            managed_put(a, &left, e);
    }
    *conflicts = left;
    return !left.n;
}

void ssa_update_last_applied(struct arena *a, struct value *object, const struct value *config) {
    struct value *annotations = value_at(object, "metadata", "annotations", NULL);
    if (text_empty(value_text(value_get(annotations, LAST_APPLIED), NULL)))
        return;
    struct value *told = value_copy(a, config);
    struct value *own = value_at(told, "metadata", "annotations", NULL);
    if (value_is(own, VALUE_MAP))
        value_remove(own, LAST_APPLIED);
    struct str json = json_text(a, told, JSON_SORT_KEYS | JSON_ESCAPE_HTML);
    value_set(a, annotations, LAST_APPLIED, value_fmt(a, "%s\n", json.p));
    size_t bytes = 0;
    for (size_t i = 0; i < annotations->map.n; i++)
        bytes += annotations->map.pairs[i].key.n + strlen(value_text(annotations->map.pairs[i].value, ""));
    if (bytes > MAX_ANNOTATION_BYTES)
        value_remove(annotations, LAST_APPLIED);
}
