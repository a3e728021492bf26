// SPDX-License-Identifier: Apache-2.0
// flux reconcile: ask for a run and wait for its end.
#include "deploy/cli/cli.h"

#include "common/base/timeutil.h"
#include "common/kube/kstatus.h"

#define REQUESTED_AT "reconcile.fluxcd.io/requestedAt"

struct settled {
    const char *token; // NULL: any run
    struct arena a;    // the object that ended the wait
    struct value *object;
    bool failed; // ended, and not Ready
};

/* Loop thread. The run that was asked for has ended when its token is in status and the object is either current, or
 * failed: stalled, or Ready=False while it waits for its retry (upstream waits out its timeout there). */
static bool is_settled(void *arg, const struct value *object) {
    struct settled *s = arg;
    if (!object)
        return false;
    const char *handled = value_text_at(object, "status", "lastHandledReconcileAt", NULL);
    if (s->token && !text_eq(handled, s->token))
        return false;
    int64_t observed = value_int_or(value_at(object, "status", "observedGeneration", NULL), -1);
    const char *retrying = value_text(value_get(object_condition(object, "Reconciling"), "reason"), "");
    bool stalled = object_condition_is(object, "Stalled", "True");
    bool retry = object_condition_is(object, "Ready", "False") && text_eq(retrying, "ProgressingWithRetry");
    bool current = observed == object_generation(object) && !*retrying && object_condition(object, "Ready") &&
                   !object_condition_is(object, "Ready", "Unknown");
    if (!current && !stalled && !retry)
        return false;
    s->failed = !object_condition_is(object, "Ready", "True");
    s->object = value_copy(&s->a, object);
    return true;
}

bool cli_wait_settled(struct cli *c, const struct cli_kind *k, const char *ns, const char *name,
                      const char *token, bool quotes, struct value **out) {
    struct settled s = { .token = token };
    int64_t deadline = now_mono_ns() + c->o.timeout_ns;
    bool ok = kube_wait_object(c->kube, &k->resource, ns, name, is_settled, &s, deadline, &c->err);
    struct value *object = value_copy(c->a, s.object);
    arena_done(&s.a);
    if (!ok) {
        if (c->err.kind == ERR_TIMEOUT) {
            err_clear(&c->err);
            err_set(&c->err, ERR_TIMEOUT, "context deadline exceeded");
        }
        return false;
    }
    *out = object;
    if (!s.failed)
        return true;
    const char *q = quotes ? "'" : "";
    return err_set(&c->err, ERR_INVALID, "%s reconciliation failed: %s%s%s", k->resource.kind, q,
                   cli_message(k, object), q);
}

static void say_success(struct cli *c, const struct cli_kind *k, const struct value *object) {
    if (k->success && k->revision)
        cli_say(SAY_DONE, k->success, cli_revision(k, object));
    else if (text_eq(k->resource.kind, "Receiver"))
        cli_say(SAY_DONE, "Receiver reconciliation completed");
    else
        cli_say(SAY_DONE, "%s", cli_message(k, object));
    (void)c;
}

static bool request_run(struct cli *c, const struct cli_kind *k, const char *ns, const char *name,
                        const char *token) {
    struct value *patch = value_map(c->a);
    struct value *annotations = value_ensure(c->a, patch, "metadata", "annotations", NULL);
    value_set(c->a, annotations, REQUESTED_AT, value_string(c->a, token));
    if (c->o.force)
        value_set(c->a, annotations, "reconcile.fluxcd.io/forceAt", value_string(c->a, token));
    if (c->o.reset)
        value_set(c->a, annotations, "reconcile.fluxcd.io/resetAt", value_string(c->a, token));
    return kube_patch(c->a, c->kube, &k->resource, ns, name, NULL, KUBE_PATCH_MERGE, patch, "flux", NULL,
                      &c->err);
}

// The four lines of one object. `top`: the one the user named.
static bool reconcile_one(struct cli *c, const struct cli_kind *k, const char *ns, const char *name,
                          bool top) {
    struct value *object;
    if (!kube_get(c->a, c->kube, &k->resource, ns, name, &object, &c->err))
        return false;
    if (cli_kind_is_static(k, object)) {
        cli_say(SAY_DONE, "reconciliation not supported by the object");
        return true;
    }
    if (value_bool_or(value_at(object, "spec", "suspend", NULL), false))
        return err_set(&c->err, ERR_INVALID, "resource is suspended");
    const char *token = time_fmt_rfc3339nano(c->a, now_wall_ns());
    cli_say(SAY_ACTION, "annotating %s %s in %s namespace", k->resource.kind, name, ns);
    if (!request_run(c, k, ns, name, token))
        return false;
    cli_say(SAY_DONE, "%s annotated", k->resource.kind);
    cli_say(SAY_WAIT, "waiting for %s reconciliation", k->resource.kind);
    if (!cli_wait_settled(c, k, ns, name, token, top && !c->o.with_source, &object))
        return false;
    say_success(c, k, object);
    return true;
}

static bool reconcile_ref(struct cli *c, const struct value *ref, const char *own_ns) {
    const char *kind = value_text(value_get(ref, "kind"), "");
    const struct cli_kind *k = cli_kind_of(kind);
    if (!k || !(k->flags & CLI_SOURCE) || !(k->flags & CLI_RECONCILES))
        return err_set(&c->err, ERR_INVALID, "cannot reconcile source of kind %s", kind);
    return reconcile_one(c, k, value_text(value_get(ref, "namespace"), own_ns),
                         value_text(value_get(ref, "name"), ""), false);
}

// A release's chart object comes after the chart's own source.
static bool reconcile_chart(struct cli *c, const char *ns, const char *name) {
    const struct cli_kind *k = cli_kind_of("HelmChart");
    struct value *chart;
    if (!kube_get(c->a, c->kube, &k->resource, ns, name, &chart, &c->err))
        return false;
    return reconcile_ref(c, value_at(chart, "spec", "sourceRef", NULL), ns) &&
           reconcile_one(c, k, ns, name, false);
}

static bool reconcile_sources(struct cli *c, const struct cli_kind *k, const char *ns, const char *name) {
    struct value *object;
    if (!kube_get(c->a, c->kube, &k->resource, ns, name, &object, &c->err))
        return false;
    if (!text_eq(k->resource.kind, "HelmRelease"))
        return reconcile_ref(c, value_at(object, "spec", "sourceRef", NULL), ns);
    const struct value *chart_ref = value_at(object, "spec", "chartRef", NULL);
    if (!chart_ref) {
        const struct value *source = value_at(object, "spec", "chart", "spec", "sourceRef", NULL);
        return reconcile_chart(c, value_text(value_get(source, "namespace"), ns),
                               arena_fmt(c->a, "%s-%s", ns, name));
    }
    if (text_eq(value_text(value_get(chart_ref, "kind"), ""), "HelmChart"))
        return reconcile_chart(c, value_text(value_get(chart_ref, "namespace"), ns),
                               value_text(value_get(chart_ref, "name"), ""));
    return reconcile_ref(c, chart_ref, ns);
}

int cli_reconcile(struct cli *c, size_t n, const char *const *words) {
    size_t used;
    const struct cli_kind *k = cli_kind_find(n, words, false, &used);
    if (!k || !(k->flags & CLI_RECONCILES))
        return n ? cli_fail(c, "unknown command \"%s\" for \"flux reconcile\"", words[0])
                 : cli_fail(c, "a kind is required: kustomization, helmrelease, source "
                               "git|oci|helm|chart|bucket, receiver");
    if (n <= used)
        return cli_fail(c, "%s name is required", k->resource.kind);
    if (!cli_connect(c))
        return 1;
    bool has_source = text_eq(k->resource.kind, "Kustomization") ||
                      text_eq(k->resource.kind, "HelmRelease") || text_eq(k->resource.kind, "HelmChart");
    if (c->o.with_source && !has_source)
        return cli_fail(c, "unknown flag: --with-source");
    if (c->o.with_source && !reconcile_sources(c, k, c->ns, words[used]))
        return 1;
    return !reconcile_one(c, k, c->ns, words[used], true);
}
