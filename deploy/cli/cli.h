// SPDX-License-Identifier: Apache-2.0
/* The flux client: what its commands share.
 *
 * What it is     the command table's types, the connection to the cluster (one loop thread behind blocking calls), the
 *                kinds that commands name, the words on stderr and the tables on stdout.
 * What it is not a place for rules of its own: readiness is kube/kstatus.h, rendering is kustomize/.
 * How to add a command: 1. a function `int cli_x(struct cli *c, size_t n, const char *const *words)`; 2. a row in commands[]
 *                (main.c) with its flags; 3. its dialogue in tests/scenario; 4. a line in README's table.
 * Output         tables, YAML, trees and logs go to stdout; `► ✔ ◎ ✗` lines to stderr. Exit code 0, or 1 with `✗ <error>`.
 * Flux           flux2/cmd/flux (contract/cli.md)
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "common/base/buf.h"
#include "common/kube/discovery.h"
#include "common/kube/store.h"
#include "common/runtime/flags.h"

struct cli_options {
    // global
    const char *ns, *kubeconfig, *context, *server, *token, *as;
    int64_t timeout_ns;
    bool verbose, ns_follows_context;
    // get, events
    bool all_namespaces, no_header, watch, show_source;
    const char *status_selector, *label_selector, *for_object;
    struct flag_strings types;
    // reconcile, suspend, resume
    bool with_source, force, reset, all, wait;
    // logs
    const char *level, *kind, *name, *since_time, *flux_namespace;
    int64_t since_ns, tail;
    bool follow;
    // trace, debug
    const char *api_version;
    bool show_status, show_vars, show_history;
    // tree, version
    bool compact, client;
    const char *output;
    // render chart
    struct flag_strings values, sets, set_texts, set_jsons, set_literals, api_versions, show_only;
    const char *kube_version;
    bool include_crds, skip_schema_validation, is_upgrade, no_hooks, skip_tests;
};

struct cli {
    struct arena *a; // of the whole command
    struct err err;  // of the whole command: set means exit 1
    struct cli_options o;
    const char *ns; // resolved: -n, environment, or the context's
    struct cli_link *link;
    struct kube_client *kube; // after cli_connect
    struct kube_discovery *discovery;
};

// Reads the kubeconfig and starts the loop thread; no request yet. Once is enough.
must_check bool cli_connect(struct cli *c);
void cli_disconnect(struct cli *c);

/* ---- kinds ---- */
enum cli_kind_flags {
    CLI_STATIC = 1,         // no status of its own: always Ready (alerts, providers)
    CLI_SUSPENDS = 2,       // has spec.suspend
    CLI_RECONCILES = 4,     // reconcile works on it
    CLI_SHORT_HEX = 8,      // long hexadecimal words are cut in REVISION and MESSAGE
    CLI_SHORT_MESSAGE = 16, // and in MESSAGE only
    CLI_SOURCE = 32,        // named behind the word `source`
    CLI_OWN_TABLE = 64,     // its get table is not NAME REVISION SUSPENDED READY MESSAGE
};

struct cli_kind {
    const char *words; // as `get` takes it: "kustomizations|kustomization|ks", "sources git"
    const char *word;  // as suspend, resume, reconcile take it: "kustomization|ks", "source git"
    const char *human; // "kustomization", "source git"
    struct kube_resource resource;
    unsigned flags;
    const char *revision; // path below the object of what REVISION shows; NULL: no such column
    const char *success;  // fmt with %s for the revision: "applied revision %s"
};
extern const struct cli_kind cli_kinds[]; // ends with words NULL
/* The kind that words name: `n_used` words were used (1 or 2). NULL: none.
 * plural: as `get` takes it, else as the other commands do. */
const struct cli_kind *cli_kind_find(size_t n, const char *const *words, bool plural, size_t *n_used);
const struct cli_kind *cli_kind_of(const char *kind); // by Kind, in any case; NULL: not Flux's
bool cli_kind_is_static(const struct cli_kind *k, const struct value *object); // also an OCI HelmRepository

// What the tables show of an object.
const char *cli_ready(const struct cli_kind *k, const struct value *object); // "True", "False", "Unknown"
const char *cli_message(const struct cli_kind *k, const struct value *object);
const char *cli_revision(const struct cli_kind *k, const struct value *object); // "" when there is none
// Long hexadecimal words (40 to 128 digits) cut to 8.
char *cli_short_hex(struct arena *a, const char *text);

/* ---- words on stderr ---- */
enum cli_symbol { SAY_ACTION, SAY_WAIT, SAY_DONE, SAY_WARN, SAY_FAIL };
void cli_say(enum cli_symbol symbol, const char *fmt, ...) printf_like(2, 3);
// Fails the command: returns 1 and prints nothing (main prints `✗ err`).
int cli_fail(struct cli *c, const char *fmt, ...) printf_like(2, 3);

/* ---- tables on stdout ---- */
struct table {
    const char *const *header;
    size_t n_columns;
    const char ***rows;
    size_t n, cap;
};
void table_add(struct arena *a, struct table *t, const char *const *cells); // n_columns texts, not copied
void table_print(const struct table *t, bool with_header);
size_t text_width(const char *text); // columns on a terminal

/* ---- lists ---- */
// All objects of a kind in c->ns (or all), as a VALUE_LIST sorted by namespace and name. name "": any.
must_check bool cli_list(struct cli *c, const struct cli_kind *k, const char *name, struct value **out);
// A 404 on the whole kind: its CRD is not there.
bool cli_is_missing_kind(const struct err *err);

/* ---- commands ---- */
int cli_get(struct cli *c, size_t n, const char *const *words);
int cli_describe(struct cli *c, size_t n, const char *const *words);
int cli_reconcile(struct cli *c, size_t n, const char *const *words);
int cli_suspend(struct cli *c, size_t n, const char *const *words);
int cli_resume(struct cli *c, size_t n, const char *const *words);
int cli_logs(struct cli *c, size_t n, const char *const *words);
int cli_events(struct cli *c, size_t n, const char *const *words);
int cli_tree(struct cli *c, size_t n, const char *const *words);
int cli_version(struct cli *c, size_t n, const char *const *words);
int cli_completion(struct cli *c, size_t n, const char *const *words);
int cli_complete(struct cli *c, size_t n, const char *const *words); // __complete, for the shells' scripts
int cli_stats(struct cli *c, size_t n, const char *const *words);
int cli_trace(struct cli *c, size_t n, const char *const *words);
int cli_debug(struct cli *c, size_t n, const char *const *words);
int cli_render(struct cli *c, size_t n, const char *const *words);
int cli_render_chart(struct cli *c, size_t n, const char *const *words); // words: NAME CHART
// A path of the command line inside the machine's own tree ("/"): what is read may lead anywhere on it.
char *cli_inside_machine(struct arena *a, const char *path);

/* Wait until the object has handled `token` (NULL: any run) and is settled: Ready, or the run that was asked for has failed.
 * human, quotes: for the failure text. Errors: ERR_TIMEOUT "context deadline exceeded"; else what failed. */
must_check bool cli_wait_settled(struct cli *c, const struct cli_kind *k, const char *ns, const char *name,
                                 const char *token, bool quotes, struct value **out);

// The commands, for completion.
struct cli_command {
    const char *name;
    int (*run)(struct cli *c, size_t n, const char *const *words);
    const char *usage; // "NAME [--with-source]"
    const char *summary;
    const char *const *flags; // names of flags beyond the global ones, NULL-terminated
    bool hidden;
};
extern const struct cli_command cli_commands[];
const char *const *cli_words_after(const char *command, const char *const *words,
                                   size_t n); // what may follow; NULL: names of objects

#endif
