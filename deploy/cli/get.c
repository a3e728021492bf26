// SPDX-License-Identifier: Apache-2.0
// flux get: tables of objects.
#include "deploy/cli/cli.h"

#include <unistd.h>
#include <stdio.h>
#include <strings.h>

#define MAX_COLUMNS 8

static const char *const columns_default[] = { "NAME", "REVISION", "SUSPENDED", "READY", "MESSAGE", NULL };
static const char *const columns_source[] = { "NAME",  "SOURCE",  "REVISION", "SUSPENDED",
                                              "READY", "MESSAGE", NULL };

static const struct {
    const char *kind;
    const char *columns[MAX_COLUMNS];
} own_columns[] = {
    { "ExternalArtifact", { "NAME", "REVISION", "SOURCE", "READY", "MESSAGE" } },
    { "ImageRepository", { "NAME", "LAST SCAN", "SUSPENDED", "READY", "MESSAGE" } },
    { "ImagePolicy", { "NAME", "IMAGE", "TAG", "READY", "MESSAGE" } },
    { "ImageUpdateAutomation", { "NAME", "LAST RUN", "SUSPENDED", "READY", "MESSAGE" } },
    { "Receiver", { "NAME", "SUSPENDED", "READY", "MESSAGE" } },
    { "Alert", { "NAME", "SUSPENDED", "READY", "MESSAGE" } },
    { "Provider", { "NAME", "READY", "MESSAGE" } },
};

static const char *const *columns_of(const struct cli *c, const struct cli_kind *k) {
    for (size_t i = 0; (k->flags & CLI_OWN_TABLE) && i < countof(own_columns); i++)
        if (text_eq(own_columns[i].kind, k->resource.kind))
            return own_columns[i].columns;
    bool can_show = text_eq(k->resource.kind, "Kustomization") || text_eq(k->resource.kind, "HelmRelease");
    return c->o.show_source && can_show ? columns_source : columns_default;
}

// "Kind/namespace/name" of what the object is made from.
static const char *source_of(struct cli *c, const struct cli_kind *k, const struct value *o) {
    const struct value *ref = value_at(o, "spec", "sourceRef", NULL);
    if (text_eq(k->resource.kind, "HelmRelease"))
        ref = value_at(o, "spec", "chartRef", NULL) ? value_at(o, "spec", "chartRef", NULL)
                                                    : value_at(o, "spec", "chart", "spec", "sourceRef", NULL);
    if (!ref)
        return "";
    return arena_fmt(c->a, "%s/%s/%s", value_text(value_get(ref, "kind"), ""),
                     value_text(value_get(ref, "namespace"), object_ns(o)),
                     value_text(value_get(ref, "name"), ""));
}

static const char *cell(struct cli *c, const struct cli_kind *k, const struct value *o, const char *column,
                        const char *prefix) {
    if (text_eq(column, "NAMESPACE"))
        return object_ns(o);
    if (text_eq(column, "NAME"))
        return arena_fmt(c->a, "%s%s", prefix, object_name(o));
    if (text_eq(column, "REVISION")) {
        const char *text = cli_revision(k, o);
        return k->flags & CLI_SHORT_HEX ? cli_short_hex(c->a, text) : text;
    }
    if (text_eq(column, "SOURCE"))
        return source_of(c, k, o);
    if (text_eq(column, "SUSPENDED"))
        return value_bool_or(value_at(o, "spec", "suspend", NULL), false) ? "True" : "False";
    if (text_eq(column, "READY"))
        return cli_ready(k, o);
    if (text_eq(column, "MESSAGE")) {
        const char *text = cli_message(k, o);
        return k->flags & (CLI_SHORT_HEX | CLI_SHORT_MESSAGE) ? cli_short_hex(c->a, text) : text;
    }
    const struct value *v = NULL;
    if (text_eq(column, "LAST SCAN"))
        v = value_at(o, "status", "lastScanResult", "scanTime", NULL);
    else if (text_eq(column, "LAST RUN"))
        v = value_at(o, "status", "lastAutomationRunTime", NULL);
    else if (text_eq(column, "IMAGE"))
        v = value_at(o, "status", "latestRef", "name", NULL);
    else if (text_eq(column, "TAG"))
        v = value_at(o, "status", "latestRef", "tag", NULL);
    return value_text(v, "");
}

struct selector_text {
    const char *type, *status;
    bool negated;
};

static bool parse_status_selector(struct cli *c, struct selector_text *out) {
    const char *text = c->o.status_selector, *eq = text ? strchr(text, '=') : NULL;
    if (text_empty(text))
        return true;
    if (!eq || eq == text || (eq[-1] == '!' && eq - 1 == text) || strchr(eq + 1, '=')) {
        cli_fail(c, "expected status selector in type=status or type!=status format, but found: %s", text);
        return false;
    }
    out->negated = eq[-1] == '!';
    out->type = arena_text(c->a, text, (size_t)(eq - text) - out->negated);
    out->status = eq + 1;
    return true;
}

static bool selected(const struct cli_kind *k, const struct value *o, const struct selector_text *s) {
    if (!s->type)
        return true;
    const char *status = NULL;
    if (cli_kind_is_static(k, o))
        status = strcasecmp(s->type, "ready") == 0 ? "True" : NULL;
    const struct value *conditions = value_at(o, "status", "conditions", NULL);
    for (size_t i = 0; !status && i < value_len(conditions); i++) {
        const struct value *cond = value_item(conditions, i);
        if (strcasecmp(value_text(value_get(cond, "type"), ""), s->type) == 0)
            status = value_text(value_get(cond, "status"), "");
    }
    bool same = status && strcasecmp(status, s->status) == 0;
    return s->negated ? !same : same;
}

static struct table table_of(struct cli *c, const struct cli_kind *k) {
    const char *const *columns = columns_of(c, k);
    const char **header = arena_array(c->a, const char *, MAX_COLUMNS + 1);
    struct table t = { .header = header };
    if (c->o.all_namespaces)
        header[t.n_columns++] = "NAMESPACE";
    for (size_t i = 0; columns[i]; i++)
        header[t.n_columns++] = columns[i];
    return t;
}

static void table_add_object(struct cli *c, const struct cli_kind *k, struct table *t, const struct value *o,
                             const char *prefix) {
    const char *cells[MAX_COLUMNS + 1];
    for (size_t i = 0; i < t->n_columns; i++)
        cells[i] = cell(c, k, o, t->header[i], prefix);
    table_add(c->a, t, cells);
}

// One kind's table for `get all` and `get sources all`: nothing when there is nothing.
static void get_one_of_all(struct cli *c, const struct cli_kind *k, const struct selector_text *s,
                           bool *any) {
    struct value *list;
    if (!cli_list(c, k, "", &list)) {
        if (!cli_is_missing_kind(&c->err))
            cli_say(SAY_FAIL, "%s", c->err.msg);
        err_clear(&c->err);
        return;
    }
    struct table t = table_of(c, k);
    autobuf prefix = { 0 };
    for (const char *p = k->resource.kind; *p; p++)
        buf_putc(&prefix, (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p));
    buf_putc(&prefix, '/');
    for (size_t i = 0; i < list->list.n; i++)
        if (selected(k, list->list.items[i], s))
            table_add_object(c, k, &t, list->list.items[i], prefix.p);
    if (!t.n)
        return;
    table_print(&t, !c->o.no_header);
    puts("");
    *any = true;
}

static int get_all(struct cli *c, bool sources_only) {
    struct selector_text s = { 0 };
    if (c->o.watch)
        return cli_fail(c, "unknown flag: --watch");
    if (!parse_status_selector(c, &s))
        return 1;
    bool any = false;
    for (const struct cli_kind *k = cli_kinds; k->words; k++)
        if (!sources_only || (k->flags & CLI_SOURCE))
            get_one_of_all(c, k, &s, &any);
    return 0;
}

struct get_watch {
    struct cli *c;
    const struct cli_kind *k;
    struct selector_text s;
    const char *name;
    bool printed;
};

// Loop thread: one table an event, the header only with the first, as upstream.
static void watch_changed(void *arg, struct kube_store *store, const struct kube_change *change) {
    (void)store;
    struct get_watch *w = arg;
    if (change->type == KUBE_DELETED || !selected(w->k, change->object, &w->s))
        return;
    struct cli c = { .a = change->a, .o = w->c->o, .ns = w->c->ns };
    struct table t = table_of(&c, w->k);
    table_add_object(&c, w->k, &t, change->object, "");
    table_print(&t, !w->printed && !c.o.no_header);
    w->printed = true;
}

static int get_watching(struct cli *c, struct get_watch *w) {
    struct kube_store_options options = {
        .resource = w->k->resource,
        .ns = c->o.all_namespaces ? NULL : c->ns,
        .label_selector = text_empty(c->o.label_selector) ? NULL : c->o.label_selector,
        .field_selector = text_empty(w->name) ? NULL : arena_fmt(c->a, "metadata.name=%s", w->name),
    };
    struct kube_store *store = kube_store_new(c->kube, &options, watch_changed, NULL, w);
    kube_store_start(store);
    for (;;) // the loop thread prints; a signal ends the process
        pause();
    return 0;
}

int cli_get(struct cli *c, size_t n, const char *const *words) {
    if (n && text_eq(words[0], "all"))
        return n > 1 ? cli_fail(c, "unknown argument \"%s\"", words[1])
                     : !cli_connect(c) || get_all(c, false);
    if (n > 1 && text_starts(words[0], "source") && text_eq(words[1], "all"))
        return !cli_connect(c) || get_all(c, true);
    size_t used;
    const struct cli_kind *k = cli_kind_find(n, words, true, &used);
    if (!k)
        return n ? cli_fail(c, "unknown command \"%s\" for \"flux get\"",
                            words[n > 1 && text_starts(words[0], "source")])
                 : cli_fail(c, "a kind is required, such as kustomizations, helmreleases, sources git, all");
    struct get_watch w = { .c = c, .k = k, .name = n > used ? words[used] : "" };
    if (n > used + 1)
        return cli_fail(c, "one name at most, got \"%s\" too", words[used + 1]);
    if (!parse_status_selector(c, &w.s) || !cli_connect(c))
        return 1;
    if (c->o.watch)
        return get_watching(c, &w);
    struct value *list;
    if (!cli_list(c, k, w.name, &list))
        return 1;
    const char *where = c->o.all_namespaces ? "any" : c->ns;
    if (!list->list.n && !text_empty(w.name))
        return cli_fail(c, "%s object '%s' not found in \"%s\" namespace", k->resource.kind, w.name, where);
    if (!list->list.n)
        return cli_fail(c, "no %s objects found in \"%s\" namespace", k->resource.kind, where);
    struct table t = table_of(c, k);
    for (size_t i = 0; i < list->list.n; i++)
        if (selected(k, list->list.items[i], &w.s))
            table_add_object(c, k, &t, list->list.items[i], "");
    table_print(&t, !c->o.no_header);
    return 0;
}
