// SPDX-License-Identifier: Apache-2.0
// flux: the command table, its flags, and the manual.
#include "deploy/cli/cli.h"

#include "common/base/log.h"
#include "common/base/timeutil.h"

#include <locale.h>
#include <stdio.h>
#include <time.h>

static struct cli_options o; // parsed flags

static const struct flag global_flags[] = {
    { "namespace", FLAG_S(&o.ns), .letter = 'n', .what = "NAMESPACE", .section = "GLOBAL FLAGS",
      .help = "Namespace of the objects. Default: flux-system, or the environment's FLUX_SYSTEM_NAMESPACE." },
    { "kubeconfig", FLAG_S(&o.kubeconfig), .what = "FILE",
      .help = "How to reach the cluster. Default: $KUBECONFIG, a Pod's service account, ~/.kube/config." },
    { "context", FLAG_S(&o.context), .what = "NAME", .help = "Context of the kubeconfig." },
    { "server", FLAG_S(&o.server), .what = "URL",
      .help = "Address of the API server, instead of the kubeconfig's." },
    { "token", FLAG_S(&o.token), .what = "TOKEN", .help = "Bearer token, instead of the kubeconfig's." },
    { "as", FLAG_S(&o.as), .what = "USER", .help = "User to act as." },
    { "ns-follows-kube-context", FLAG_B(&o.ns_follows_context),
      .help = "Take the namespace of the kubeconfig's context. Also FLUX_NS_FOLLOWS_KUBE_CONTEXT=true." },
    { "timeout", FLAG_D(&o.timeout_ns), .value_if_absent = "5m", .help = "How long to wait for an object." },
    { "verbose", FLAG_B(&o.verbose), .help = "Say more on stderr." },
    { 0 },
};

static const struct flag command_flags[] = {
    { "all-namespaces", FLAG_B(&o.all_namespaces), .letter = 'A', .section = "FLAGS",
      .help = "Objects of all namespaces." },
    { "no-header", FLAG_B(&o.no_header), .help = "No header line." },
    { "watch", FLAG_B(&o.watch), .letter = 'w', .help = "Go on and print changes as they come." },
    { "show-source", FLAG_B(&o.show_source), .help = "A column with the source's kind, namespace and name." },
    { "status-selector", FLAG_S(&o.status_selector), .what = "TYPE=STATUS",
      .help = "Only objects whose condition has that status; TYPE!=STATUS for the others." },
    { "label-selector", FLAG_S(&o.label_selector), .letter = 'l', .what = "SELECTOR",
      .help = "Only objects with these labels." },
    { "with-source", FLAG_B(&o.with_source), .help = "Reconcile the source first." },
    { "force", FLAG_B(&o.force), .help = "HelmRelease: one upgrade whatever its state." },
    { "reset", FLAG_B(&o.reset), .help = "HelmRelease: failure counters start again." },
    { "all", FLAG_B(&o.all), .help = "All objects of the kind in the namespace." },
    { "wait", FLAG_B(&o.wait), .help = "Wait for each object, also when several are named." },
    { "level", FLAG_S(&o.level), .what = "LEVEL", .help = "Only lines of this level: debug, info or error." },
    { "kind", FLAG_S(&o.kind), .what = "KIND", .help = "Only lines about objects of this kind." },
    { "name", FLAG_S(&o.name), .what = "NAME", .help = "Only lines about objects of this name." },
    { "follow", FLAG_B(&o.follow), .letter = 'f', .help = "Go on with what is logged from now on." },
    { "tail", FLAG_I(&o.tail), .value_if_absent = "-1", .help = "Only the last N lines of each log." },
    { "since", FLAG_D(&o.since_ns), .help = "Only lines of the last DURATION." },
    { "since-time", FLAG_S(&o.since_time), .what = "TIME", .help = "Only lines after TIME (RFC 3339)." },
    { "flux-namespace", FLAG_S(&o.flux_namespace), .value_if_absent = "flux-system", .what = "NAMESPACE",
      .help = "Namespace of the controllers." },
    { "for", FLAG_S(&o.for_object), .what = "KIND[/NAME]",
      .help = "Only events of this object and what it refers to." },
    { "types", FLAG_L(&o.types), .what = "TYPE,...", .help = "Only events of these types: Normal, Warning." },
    { "api-version", FLAG_S(&o.api_version), .what = "GROUP/VERSION", .help = "API version of the object." },
    { "show-status", FLAG_B(&o.show_status), .help = "Print the status." },
    { "show-vars", FLAG_B(&o.show_vars), .help = "Print the variables of postBuild, merged, as dotenv." },
    { "show-history", FLAG_B(&o.show_history), .help = "Print the history." },
    { "compact", FLAG_B(&o.compact), .help = "Only Flux objects." },
    { "output", FLAG_S(&o.output), .letter = 'o', .what = "json|yaml", .help = "Output format." },
    { "client", FLAG_B(&o.client), .help = "Only the client's version." },
    { "values", FLAG_L(&o.values), .letter = 'f', .what = "FILE,...",
      .help = "Chart: values from files; later ones win." },
    { "set", FLAG_T(&o.sets), .what = "PATH=VALUE,...", .help = "Chart: single values." },
    { "set-string", FLAG_T(&o.set_texts), .what = "PATH=VALUE,...",
      .help = "Chart: single values that are texts." },
    { "set-json", FLAG_T(&o.set_jsons), .what = "PATH=JSON,...", .help = "Chart: single values as JSON." },
    { "set-literal", FLAG_T(&o.set_literals), .what = "PATH=TEXT",
      .help = "Chart: one value, taken as it is." },
    { "kube-version", FLAG_S(&o.kube_version), .what = "VERSION",
      .help = "Chart: version of Kubernetes it sees." },
    { "api-versions", FLAG_L(&o.api_versions), .letter = 'a', .what = "GROUP/VERSION,...",
      .help = "Chart: further API versions it sees." },
    { "show-only", FLAG_T(&o.show_only), .letter = 's', .what = "TEMPLATE",
      .help = "Chart: only this template." },
    { "include-crds", FLAG_B(&o.include_crds), .help = "Chart: its CRDs too." },
    { "skip-schema-validation", FLAG_B(&o.skip_schema_validation),
      .help = "Chart: values are not validated." },
    { "is-upgrade", FLAG_B(&o.is_upgrade), .help = "Chart: as for an upgrade instead of an installation." },
    { "no-hooks", FLAG_B(&o.no_hooks), .help = "Chart: without hooks." },
    { "skip-tests", FLAG_B(&o.skip_tests), .help = "Chart: without tests." },
    { 0 },
};

static const char *const get_flags[] = { "all-namespaces",  "no-header",      "watch", "show-source",
                                         "status-selector", "label-selector", NULL };
static const char *const reconcile_flags[] = { "with-source", "force", "reset", NULL };
static const char *const suspend_flags[] = { "all", NULL };
static const char *const resume_flags[] = { "all", "wait", NULL };
static const char *const logs_flags[] = { "level", "kind",  "name",       "all-namespaces", "follow",
                                          "tail",  "since", "since-time", "flux-namespace", NULL };
static const char *const events_flags[] = { "for", "types", "all-namespaces", "watch", "no-header", NULL };
static const char *const trace_flags[] = { "kind", "api-version", NULL };
static const char *const debug_flags[] = { "show-status", "show-vars", "show-history", NULL };
static const char *const tree_flags[] = { "compact", "output", NULL };
static const char *const version_flags[] = { "client", "output", NULL };
static const char *const stats_flags[] = { "all-namespaces", NULL };
static const char *const render_flags[] = { "values",       "set",
                                            "set-string",   "set-json",
                                            "set-literal",  "kube-version",
                                            "api-versions", "show-only",
                                            "include-crds", "skip-schema-validation",
                                            "is-upgrade",   "no-hooks",
                                            "skip-tests",   NULL };
static const char *const no_flags[] = { NULL };

#define SUSPENDABLE                                                                                          \
    "kustomization|helmrelease|source git|source oci|source helm|source chart|source bucket|alert|receiver " \
    "NAME..."

const struct cli_command cli_commands[] = {
    { "get", cli_get, "KIND [NAME]",
      "Print objects as tables. KIND: all, kustomizations, helmreleases, sources "
      "git|oci|helm|chart|bucket|external|all, alerts, "
      "alert-providers, receivers.",
      get_flags, false },
    { "describe", cli_describe, "KIND NAME",
      "Print one object: spec in short, conditions, dependencies, inventory, events.", no_flags, false },
    { "reconcile", cli_reconcile, "KIND NAME",
      "Ask for a run now and wait for its end. KIND: kustomization, helmrelease, source "
      "git|oci|helm|chart|bucket, receiver.",
      reconcile_flags, false },
    { "suspend", cli_suspend, SUSPENDABLE, "Stop reconciling objects.", suspend_flags, false },
    { "resume", cli_resume, SUSPENDABLE, "Reconcile suspended objects again; waits when one is named.",
      resume_flags, false },
    { "logs", cli_logs, "", "Print the controllers' logs in readable lines.", logs_flags, false },
    { "events", cli_events, "", "Print the Kubernetes events of Flux objects.", events_flags, false },
    { "tree", cli_tree, "kustomization NAME", "Print what a Kustomization has applied, as a tree.",
      tree_flags, false },
    { "trace", cli_trace, "RESOURCE/NAME | NAME --kind KIND --api-version VERSION",
      "Print what manages an object, from it to the source.", trace_flags, false },
    { "debug", cli_debug, "kustomization NAME", "Print the status, variables or history of a Kustomization.",
      debug_flags, false },
    { "stats", cli_stats, "", "Count objects of each kind.", stats_flags, false },
    { "render", cli_render, "kustomization DIR | chart NAME CHART",
      "Print what `kustomize build DIR` or `helm template NAME CHART` prints.", render_flags, false },
    { "version", cli_version, "", "Print the client's and the controllers' versions.", version_flags, false },
    { "completion", cli_completion, "bash|zsh|fish", "Print the shell's completion script.", no_flags,
      false },
    { "__complete", cli_complete, "WORD...", "Print what may come next; the completion scripts call it.",
      no_flags, true },
    { 0 },
};

static const struct cli_command *command_find(const char *name) {
    for (const struct cli_command *k = cli_commands; k->name; k++)
        if (text_eq(k->name, name))
            return k;
    return NULL;
}

static void print_manual(const struct cli_command *k) {
    autobuf b = { 0 };
    if (k) {
        buf_fmt(&b, "flux %s\n\n    %s\n\nUSAGE\n    flux %s %s [flags]\n", k->name, k->summary, k->name,
                k->usage);
        flags_help_rows(&b, command_flags, k->flags);
    } else {
        buf_puts(&b, "flux\n\n    Client for a cluster that is kept by GitOps controllers.\n\nUSAGE\n    "
                     "flux COMMAND [flags]\n\nCOMMANDS\n");
        for (const struct cli_command *c = cli_commands; c->name; c++)
            if (!c->hidden)
                buf_fmt(&b, "    %-12s %s\n", c->name, c->summary);
        buf_puts(&b, "\n    `flux COMMAND --help` tells more.\n");
    }
    flags_help_rows(&b, global_flags, NULL);
    fwrite(b.p, 1, b.n, stdout);
}

static bool has_flag(const struct cli_command *k, const char *name) {
    for (size_t i = 0; k->flags[i]; i++)
        if (text_eq(k->flags[i], name))
            return true;
    return false;
}

// A flag of another command is as unknown as one that does not exist.
static const struct flag *flags_of(struct arena *a, const struct cli_command *k) {
    struct flag *rows = arena_array(a, struct flag, countof(command_flags));
    size_t n = 0;
    for (const struct flag *f = command_flags; f->name; f++)
        if (k && has_flag(k, f->name))
            rows[n++] = *f;
    return rows;
}

// The command's name is the first word; flags with a value of their own may stand before it.
static const struct cli_command *command_of(struct arena *a, int argc, char **argv) {
    struct flag_strings words = { 0 };
    struct err err = { .a = a };
    bool help;
    const struct flag *const tables[] = { global_flags, command_flags, NULL };
    if (!flags_parse_words(a, tables, argc, argv, &words, &help, &err) && !words.n)
        return NULL;
    return words.n ? command_find(words.items[0]) : NULL;
}

static bool valid_namespace(struct cli *c) {
    const char *ns = c->o.ns;
    size_t n = strlen(ns);
    bool ok = n <= 63;
    for (size_t i = 0; ok && i < n; i++) {
        bool alnum = (ns[i] >= 'a' && ns[i] <= 'z') || (ns[i] >= '0' && ns[i] <= '9');
        ok = alnum || (ns[i] == '-' && i > 0 && i + 1 < n);
    }
    return ok || cli_fail(c, "namespace must be a valid DNS label: \"%s\"", ns) == 0;
}

static int run(struct cli *c, int argc, char **argv) {
    bool help;
    struct flag_strings words = { 0 };
    const struct cli_command *k = command_of(c->a, argc, argv);
    const struct flag *const tables[] = { global_flags, flags_of(c->a, k), NULL };
    // Completion passes on words of half-typed command lines: nothing in them is a flag of its own.
    if (!flags_parse_words(c->a, tables, argc, argv, &words, &help, &c->err) && (k || !words.n))
        return 1;
    if (words.n && !k && !text_eq(words.items[0], "help")) {
        err_clear(&c->err);
        return cli_fail(c, "unknown command \"%s\" for \"flux\"", words.items[0]);
    }
    if (help || !k) {
        print_manual(k ? k : words.n > 1 ? command_find(words.items[1]) : NULL);
        return 0;
    }
    c->o = o;
    if (!valid_namespace(c))
        return 1;
    return k->run(c, words.n - 1, (const char *const *)words.items + 1);
}

int main(int argc, char **argv) {
    setlocale(LC_CTYPE, "C.UTF-8");
    log_configure((struct log_config) { .level = LOG_ERROR, .console = true });
    struct arena a = { 0 };
    struct cli c = { .a = &a, .err = { .a = &a } };
    int code = run(&c, argc, argv);
    cli_disconnect(&c);
    if (c.err.kind != ERR_NONE) {
        cli_say(SAY_FAIL, "%s", c.err.msg);
        code = 1;
    }
    fflush(stdout);
    arena_done(&a);
    return code;
}
