// SPDX-License-Identifier: Apache-2.0
// flux events: the Kubernetes events of Flux objects.
#include "deploy/cli/cli.h"

#include "common/base/timeutil.h"

#include <strings.h>
#include <unistd.h>

static const struct kube_resource events_resource = { "", "v1", "Event", "events", true };

// When the event was last seen, wall clock.
static int64_t event_time(const struct value *e, const char *const *keys) {
    for (; *keys; keys++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        int64_t at;
        const char *text = value_text(value_get(e, *keys), NULL);
        if (text && time_parse_rfc3339(text, &at, &err))
            return at;
    }
    return 0;
}

static int64_t last_seen(const struct value *e) {
    static const char *const keys[] = { "lastTimestamp", "eventTime", "firstTimestamp", NULL };
    return event_time(e, keys);
}

static int64_t first_seen(const struct value *e) {
    static const char *const keys[] = { "firstTimestamp", "eventTime", "lastTimestamp", NULL };
    return event_time(e, keys);
}

static int by_time(const void *x, const void *y) {
    int64_t a = last_seen(*(struct value *const *)x), b = last_seen(*(struct value *const *)y);
    return a < b ? -1 : a > b;
}

static bool type_wanted(const struct cli *c, const struct value *e) {
    const char *type = value_text(value_get(e, "type"), "");
    for (size_t i = 0; i < c->o.types.n; i++)
        if (strcasecmp(c->o.types.items[i], type) == 0)
            return true;
    return !c->o.types.n;
}

static bool is_flux_event(const struct value *e) {
    const char *kind = value_text_at(e, "involvedObject", "kind", NULL);
    const char *group = value_text_at(e, "involvedObject", "apiVersion", NULL);
    return kind && cli_kind_of(kind) && group && strstr(group, ".toolkit.fluxcd.io/");
}

static void add_rows(struct cli *c, struct table *t, const struct value *list) {
    int64_t now = now_wall_ns();
    for (size_t i = 0; i < value_len(list); i++) {
        const struct value *e = value_item(list, i);
        int64_t count = value_int_or(value_get(e, "count"), 1);
        const char *seen = duration_human(c->a, now - last_seen(e));
        if (count > 1)
            seen = arena_fmt(c->a, "%s (x%lld over %s)", seen, (long long)count,
                             duration_human(c->a, now - first_seen(e)));
        const char *cells[6];
        size_t n = 0;
        if (c->o.all_namespaces)
            cells[n++] = object_ns(e);
        cells[n++] = seen;
        cells[n++] = value_text(value_get(e, "type"), "");
        cells[n++] = value_text(value_get(e, "reason"), "");
        cells[n++] = arena_fmt(c->a, "%s/%s", value_text_at(e, "involvedObject", "kind", NULL),
                               value_text(value_at(e, "involvedObject", "name", NULL), ""));
        cells[n++] = value_text(value_get(e, "message"), "");
        table_add(c->a, t, cells);
    }
}

// Appends the events of one kind and name (NULL: any) to `out`.
static bool collect(struct cli *c, const char *ns, const char *kind, const char *name, struct value *out) {
    struct kube_request req = {
        .verb = KUBE_LIST,
        .resource = &events_resource,
        .ns = c->o.all_namespaces ? NULL : ns,
        .field_selector = !kind ? NULL
                          : name
                              ? arena_fmt(c->a, "involvedObject.kind=%s,involvedObject.name=%s", kind, name)
                              : arena_fmt(c->a, "involvedObject.kind=%s", kind),
    };
    struct value *list;
    if (!kube_list_all(c->a, c->kube, &req, &list, &c->err))
        return false;
    for (size_t i = 0; i < list->list.n; i++)
        if (is_flux_event(list->list.items[i]) && type_wanted(c, list->list.items[i]))
            value_append(c->a, out, list->list.items[i]);
    return true;
}

// --for Kind/name also lists the events of what the object refers to.
static bool collect_related(struct cli *c, const struct cli_kind *k, const char *name, struct value *out) {
    struct value *o;
    if (!kube_get(c->a, c->kube, &k->resource, c->ns, name, &o, &c->err)) {
        if (c->err.kind != ERR_NOT_FOUND)
            return false;
        err_clear(&c->err); // its events may be there still
        return true;
    }
    static const char *const paths[][4] = { { "sourceRef" },
                                            { "chart", "spec", "sourceRef" },
                                            { "providerRef" } };
    for (size_t i = 0; i < countof(paths); i++) {
        const struct value *ref = value_get(o, "spec");
        for (size_t j = 0; j < countof(paths[i]) && paths[i][j]; j++)
            ref = value_get(ref, paths[i][j]);
        const char *kind = value_text(value_get(ref, "kind"), i == 2 ? "Provider" : NULL);
        const char *ref_name = value_text(value_get(ref, "name"), NULL),
                   *ns = value_text(value_get(ref, "namespace"), c->ns);
        if (!ref_name || !kind)
            continue;
        if (!collect(c, ns, kind, ref_name, out))
            return false;
        const char *chart = arena_fmt(c->a, "%s-%s", c->ns, name);
        if (i == 1 && !collect(c, ns, "HelmChart", chart, out))
            return false;
    }
    return true;
}

struct event_watch {
    struct cli *c;
    const char *kind, *name;
    bool printed;
};

static const char *const header_one[] = { "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE", NULL };
static const char *const header_all[] = { "NAMESPACE", "LAST SEEN", "TYPE", "REASON",
                                          "OBJECT",    "MESSAGE",   NULL };

static struct table event_table(const struct cli *c) {
    return (struct table) { .header = c->o.all_namespaces ? header_all : header_one,
                            .n_columns = c->o.all_namespaces ? 6 : 5 };
}

// Loop thread.
static void event_changed(void *arg, struct kube_store *s, const struct kube_change *change) {
    (void)s;
    struct event_watch *w = arg;
    const struct value *e = change->object;
    if (change->type == KUBE_DELETED || !is_flux_event(e) || !type_wanted(w->c, e))
        return;
    if (w->kind && !text_eq(value_text_at(e, "involvedObject", "kind", NULL), w->kind))
        return;
    if (w->name && !text_eq(value_text_at(e, "involvedObject", "name", NULL), w->name))
        return;
    struct cli c = { .a = change->a, .o = w->c->o, .ns = w->c->ns };
    struct table t = event_table(&c);
    struct value *list = value_list(change->a);
    value_append(change->a, list, value_copy(change->a, e));
    add_rows(&c, &t, list);
    table_print(&t, !w->printed && !c.o.no_header);
    w->printed = true;
}

static int events_watching(struct cli *c, struct event_watch *w) {
    struct kube_store_options options = { .resource = events_resource,
                                          .ns = c->o.all_namespaces ? NULL : c->ns };
    struct kube_store *store = kube_store_new(c->kube, &options, event_changed, NULL, w);
    kube_store_start(store);
    for (;;)
        pause(); // the loop thread prints; a signal ends the process
    return 0;
}

int cli_events(struct cli *c, size_t n, const char *const *words) {
    if (n)
        return cli_fail(c, "unknown argument \"%s\"", words[0]);
    const struct cli_kind *k = NULL;
    const char *name = NULL;
    if (!text_empty(c->o.for_object)) {
        const char *slash = strchr(c->o.for_object, '/');
        const char *kind =
            slash ? arena_text(c->a, c->o.for_object, (size_t)(slash - c->o.for_object)) : c->o.for_object;
        if (!(k = cli_kind_of(kind)))
            return cli_fail(c, "unknown kind %s, it must be one of Flux's", kind);
        name = slash && slash[1] ? slash + 1 : NULL;
    }
    if (!cli_connect(c))
        return 1;
    struct event_watch w = { .c = c, .kind = k ? k->resource.kind : NULL, .name = name };
    if (c->o.watch)
        return events_watching(c, &w);
    struct value *list = value_list(c->a);
    if (!collect(c, c->ns, w.kind, name, list) || (name && !collect_related(c, k, name, list)))
        return 1;
    if (!list->list.n) {
        if (c->o.all_namespaces)
            cli_say(SAY_FAIL, "No events found.");
        else
            cli_say(SAY_FAIL, "No events found in %s namespace.", c->ns);
        return 0;
    }
    qsort(list->list.items, list->list.n, sizeof *list->list.items, by_time);
    struct table t = event_table(c);
    add_rows(c, &t, list);
    table_print(&t, !c->o.no_header);
    return 0;
}
