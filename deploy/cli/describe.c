// SPDX-License-Identifier: Apache-2.0
/* flux describe: one object on one page: spec in short, conditions with ages, dependencies, inventory with the health of each object,
 * recent events. Upstream's client has no such command. */
#include "deploy/cli/cli.h"

#include "common/base/timeutil.h"
#include "common/kube/apply.h"
#include "common/kube/kstatus.h"

#include <stdio.h>

#define EVENTS_SHOWN 10

static const struct kube_resource events_resource = { "", "v1", "Event", "events", true };

static void line(const char *key, const char *value) {
    if (!text_empty(value))
        printf("%-20s%s\n", key, value);
}

// "5m ago"; "" when the text is no time.
static const char *ago(struct cli *c, const char *text) {
    struct err err = { .a = c->a };
    int64_t at;
    if (text_empty(text) || !time_parse_rfc3339(text, &at, &err))
        return "";
    return arena_fmt(c->a, "%s ago", duration_human(c->a, now_wall_ns() - at));
}

// Scalar fields of the spec on one line each; references as Kind/namespace/name; the rest is left to `kubectl get -o yaml`.
static void describe_spec(struct cli *c, const struct value *o) {
    const struct value *spec = value_get(o, "spec");
    for (size_t i = 0; value_is(spec, VALUE_MAP) && i < spec->map.n; i++) {
        const struct value *v = spec->map.pairs[i].value;
        const char *key = arena_fmt(c->a, "%s:", spec->map.pairs[i].key.p);
        if (value_is(v, VALUE_STRING))
            line(key, v->s.p);
        else if (value_is(v, VALUE_BOOL))
            line(key, v->b ? "true" : "false");
        else if (value_is(v, VALUE_INT))
            line(key, arena_fmt(c->a, "%lld", (long long)v->i));
        else if (value_is(v, VALUE_MAP) && value_get(v, "name"))
            line(key, object_subject_of(c->a, value_text(value_get(v, "kind"), "Secret"),
                                        value_text(value_get(v, "namespace"), object_ns(o)),
                                        value_text(value_get(v, "name"), "")));
        else if (text_eq(spec->map.pairs[i].key.p, "ref") && value_len(v))
            line(key, arena_fmt(c->a, "%s %s", v->map.pairs[0].key.p, value_text(v->map.pairs[0].value, "")));
    }
}

static void describe_conditions(struct cli *c, const struct value *o) {
    static const char *const header[] = { "TYPE", "STATUS", "REASON", "AGE", "MESSAGE" };
    const struct value *list = value_at(o, "status", "conditions", NULL);
    struct table t = { .header = header, .n_columns = countof(header) };
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *v = value_item(list, i);
        const char *cells[] = { value_text(value_get(v, "type"), ""), value_text(value_get(v, "status"), ""),
                                value_text(value_get(v, "reason"), ""),
                                ago(c, value_text(value_get(v, "lastTransitionTime"), "")),
                                value_text(value_get(v, "message"), "") };
        table_add(c->a, &t, cells);
    }
    puts("\nConditions");
    if (t.n)
        table_print(&t, true);
    else
        puts("none: waiting to be reconciled");
}

static void describe_dependencies(struct cli *c, const struct cli_kind *k, const struct value *o) {
    static const char *const header[] = { "NAME", "READY", "MESSAGE" };
    const struct value *list = value_at(o, "spec", "dependsOn", NULL);
    struct table t = { .header = header, .n_columns = countof(header) };
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *d = value_item(list, i);
        const char *ns = value_text(value_get(d, "namespace"), object_ns(o)),
                   *name = value_text(value_get(d, "name"), "");
        struct value *found = NULL;
        struct err err = { .a = c->a };
        bool ok = kube_get(c->a, c->kube, &k->resource, ns, name, &found, &err);
        const char *cells[] = { arena_fmt(c->a, "%s/%s", ns, name), ok ? cli_ready(k, found) : "False",
                                ok ? cli_message(k, found) : err.msg };
        table_add(c->a, &t, cells);
    }
    if (!t.n)
        return;
    puts("\nDepends on");
    table_print(&t, true);
}

static const char *health(struct cli *c, const struct delete_item *item, const char **message) {
    const struct kube_resource *r;
    struct value *object = NULL;
    struct err err = { .a = c->a };
    *message = "";
    if (!kube_discovery_find(c->discovery, item->gvk.group, item->gvk.version, item->gvk.kind, &r, &err) ||
        (!kube_get(c->a, c->kube, r, item->ns, item->name, &object, &err) && err.kind != ERR_NOT_FOUND)) {
        *message = err.msg;
        return "Unknown";
    }
    return kstatus_name(kstatus_of(c->a, object, now_wall_ns(), message));
}

static void describe_inventory(struct cli *c, const struct value *o) {
    static const char *const header[] = { "OBJECT", "HEALTH", "MESSAGE" };
    const struct value *entries = value_at(o, "status", "inventory", "entries", NULL);
    struct table t = { .header = header, .n_columns = countof(header) };
    for (size_t i = 0; i < value_len(entries); i++) {
        const struct value *e = value_item(entries, i);
        struct delete_item item;
        const char *message;
        if (!inventory_parse(c->a, value_text(value_get(e, "id"), ""), value_text(value_get(e, "v"), ""),
                             &item))
            continue;
        const char *state = health(c, &item, &message);
        const char *cells[] = { object_subject_of(c->a, item.gvk.kind, item.ns, item.name), state, message };
        table_add(c->a, &t, cells);
    }
    if (!t.n)
        return;
    printf("\nInventory (%zu objects)\n", t.n);
    table_print(&t, true);
}

static int newest_first(const void *x, const void *y) {
    const struct value *a = *(struct value *const *)x, *b = *(struct value *const *)y;
    return strcmp(value_text(value_get(b, "lastTimestamp"), ""),
                  value_text(value_get(a, "lastTimestamp"), ""));
}

static bool describe_events(struct cli *c, const struct cli_kind *k, const struct value *o) {
    static const char *const header[] = { "LAST SEEN", "TYPE", "REASON", "MESSAGE" };
    struct kube_request req = {
        .verb = KUBE_LIST,
        .resource = &events_resource,
        .ns = object_ns(o),
        .field_selector = arena_fmt(c->a, "involvedObject.kind=%s,involvedObject.name=%s", k->resource.kind,
                                    object_name(o)),
    };
    struct value *list;
    if (!kube_list_all(c->a, c->kube, &req, &list, &c->err))
        return false;
    struct table t = { .header = header, .n_columns = countof(header) };
    if (list->list.n)
        qsort(list->list.items, list->list.n, sizeof *list->list.items, newest_first);
    for (size_t i = 0; i < list->list.n && i < EVENTS_SHOWN; i++) {
        const struct value *e = list->list.items[i];
        int64_t count = value_int_or(value_get(e, "count"), 1);
        const char *seen = ago(c, value_text(value_get(e, "lastTimestamp"), ""));
        const char *cells[] = { count > 1 ? arena_fmt(c->a, "%s (x%lld)", seen, (long long)count) : seen,
                                value_text(value_get(e, "type"), ""), value_text(value_get(e, "reason"), ""),
                                value_text(value_get(e, "message"), "") };
        table_add(c->a, &t, cells);
    }
    puts("\nEvents");
    if (t.n)
        table_print(&t, true);
    else
        puts("none");
    return true;
}

int cli_describe(struct cli *c, size_t n, const char *const *words) {
    size_t used;
    const struct cli_kind *k = cli_kind_find(n, words, false, &used);
    if (!k)
        return n ? cli_fail(c, "unknown command \"%s\" for \"flux describe\"", words[0])
                 : cli_fail(c, "a kind is required, such as kustomization, helmrelease, source git");
    if (n <= used)
        return cli_fail(c, "%s name is required", k->human);
    struct value *o;
    if (!cli_connect(c) || !kube_get(c->a, c->kube, &k->resource, c->ns, words[used], &o, &c->err))
        return 1;
    line("Name:", object_name(o));
    line("Namespace:", object_ns(o));
    line("Kind:", k->resource.kind);
    line("Created:", ago(c, value_text_at(o, "metadata", "creationTimestamp", NULL)));
    line("Ready:", cli_ready(k, o));
    line("Revision:", cli_revision(k, o));
    line("Attempted:", value_text_at(o, "status", "lastAttemptedRevision", NULL));
    puts("\nSpec");
    describe_spec(c, o);
    if (!cli_kind_is_static(k, o))
        describe_conditions(c, o);
    describe_dependencies(c, k, o);
    describe_inventory(c, o);
    return !describe_events(c, k, o);
}
