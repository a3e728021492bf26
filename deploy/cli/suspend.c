// SPDX-License-Identifier: Apache-2.0
// flux suspend and flux resume.
#include "deploy/cli/cli.h"

// The objects that the words name, each once: a list of {name}.
struct chosen {
    const struct cli_kind *kind;
    const char **names;
    size_t n, cap;
    bool single; // the user named just one
};

static bool chosen_add(struct cli *c, struct chosen *s, const char *name) {
    for (size_t i = 0; i < s->n; i++)
        if (text_eq(s->names[i], name))
            return false;
    s->names = arena_grow(c->a, s->names, &s->cap, s->n + 1, sizeof *s->names);
    s->names[s->n++] = name;
    return true;
}

static bool choose(struct cli *c, const char *verb, size_t n, const char *const *words, struct chosen *out) {
    size_t used;
    out->kind = cli_kind_find(n, words, false, &used);
    if (!out->kind || !(out->kind->flags & CLI_SUSPENDS)) {
        if (n)
            return cli_fail(c, "unknown command \"%s\" for \"flux %s\"", words[0], verb), false;
        return cli_fail(c, "a kind is required, such as kustomization, helmrelease, source git"), false;
    }
    if (n <= used && !c->o.all)
        return cli_fail(c, "%s name is required", out->kind->human), false;
    for (size_t i = used; i < n; i++)
        chosen_add(c, out, words[i]);
    out->single = out->n == 1 && !c->o.all;
    if (!cli_connect(c))
        return false;
    if (!c->o.all)
        return true;
    struct value *list;
    out->n = 0;
    if (!cli_list(c, out->kind, "", &list))
        return false;
    for (size_t i = 0; i < list->list.n; i++)
        chosen_add(c, out, object_name(list->list.items[i]));
    return true;
}

static bool set_suspend(struct cli *c, const struct cli_kind *k, const char *name, bool suspend) {
    struct value *patch = value_map(c->a);
    value_set(c->a, value_ensure(c->a, patch, "spec", NULL), "suspend", value_bool(c->a, suspend));
    return kube_patch(c->a, c->kube, &k->resource, c->ns, name, NULL, KUBE_PATCH_MERGE, patch, "flux", NULL,
                      &c->err);
}

int cli_suspend(struct cli *c, size_t n, const char *const *words) {
    struct chosen s = { 0 };
    if (!choose(c, "suspend", n, words, &s))
        return 1;
    if (!s.n)
        return cli_fail(c, "no objects found");
    for (size_t i = 0; i < s.n; i++) {
        struct value *object;
        if (!kube_get(c->a, c->kube, &s.kind->resource, c->ns, s.names[i], &object, &c->err)) {
            if (c->err.kind != ERR_NOT_FOUND)
                return 1;
            cli_say(SAY_FAIL, "%s %s not found in %s namespace", s.kind->resource.kind, s.names[i], c->ns);
            err_clear(&c->err);
            continue;
        }
        cli_say(SAY_ACTION, "suspending %s %s in %s namespace", s.kind->human, s.names[i], c->ns);
        if (set_suspend(c, s.kind, s.names[i], true)) {
            cli_say(SAY_DONE, "%s suspended", s.kind->human);
            continue;
        }
        cli_say(SAY_FAIL, "failed suspending %s %s in %s namespace: %s", s.kind->resource.kind, s.names[i],
                c->ns, c->err.msg);
        err_clear(&c->err);
    }
    return 0;
}

static int by_name(const void *x, const void *y) {
    return strcmp(*(const char *const *)x, *(const char *const *)y);
}

// Waits for each resumed object in order of names. Returns how many failed.
static size_t wait_resumed(struct cli *c, const struct cli_kind *k, const char **names, size_t n) {
    size_t failures = 0;
    if (n > 1)
        qsort(names, n, sizeof *names, by_name);
    cli_say(SAY_WAIT, "waiting for %s reconciliation", k->resource.kind);
    for (size_t i = 0; i < n; i++) {
        struct value *object;
        if (!cli_wait_settled(c, k, c->ns, names[i], NULL, true, &object)) {
            cli_say(SAY_FAIL, "%s %s reconciliation failed: %s", k->resource.kind, names[i], c->err.msg);
            err_clear(&c->err);
            failures++;
            continue;
        }
        cli_say(SAY_DONE, "%s %s reconciliation completed", k->resource.kind, names[i]);
        if (k->success && k->revision)
            cli_say(SAY_DONE, k->success, cli_revision(k, object));
    }
    return failures;
}

int cli_resume(struct cli *c, size_t n, const char *const *words) {
    struct chosen s = { 0 }, resumed = { 0 };
    if (!choose(c, "resume", n, words, &s))
        return 1;
    if (!s.n)
        cli_say(SAY_FAIL, "no %s objects found in %s namespace", s.kind->resource.kind, c->ns);
    for (size_t i = 0; i < s.n; i++) {
        struct value *object;
        if (!kube_get(c->a, c->kube, &s.kind->resource, c->ns, s.names[i], &object, &c->err)) {
            if (c->err.kind != ERR_NOT_FOUND)
                return 1;
            cli_say(SAY_FAIL, "%s object '%s' not found in %s namespace", s.kind->resource.kind, s.names[i],
                    c->ns);
            err_clear(&c->err);
            continue;
        }
        cli_say(SAY_ACTION, "resuming %s %s in %s namespace", s.kind->human, s.names[i], c->ns);
        if (!set_suspend(c, s.kind, s.names[i], false))
            return 1;
        cli_say(SAY_DONE, "%s resumed", s.kind->human);
        if (!cli_kind_is_static(s.kind, object))
            chosen_add(c, &resumed, s.names[i]);
    }
    if (!resumed.n || (!s.single && !c->o.wait))
        return 0;
    size_t failures = wait_resumed(c, s.kind, resumed.names, resumed.n);
    return failures ? cli_fail(c, "reconciliation failed for %zu %s(s)", failures, s.kind->resource.kind) : 0;
}
