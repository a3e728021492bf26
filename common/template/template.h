// SPDX-License-Identifier: Apache-2.0
/* Templates: Go's text/template with Helm's function library, as Helm v4.2.4 renders charts.
 *
 * What it is     a set of named templates (parsed, then executed any number of times). Pure: no I/O but what the embedder's
 *                lookup callback does; random numbers come from the kernel.
 * What it is not a chart loader: common/helm builds the values and decides which templates are executed.
 * Values         template/tval.h
 * Ownership      everything lives in the arena of the set (parse) or of the execution. Executions change the values they are
 *                given (`set`, `merge`), so root values live in an arena that lives as long as the executions.
 * Threads        a set that is no longer parsed into may be executed by many threads, each with its own values and arena.
 * How to add a function   a row in the table of its topic's file (functions_*.c), a case in tests/golden/template.
 *
 *     struct template_set *set = template_set_new(a);
 *     template_parse(set, "app/templates/x.yaml", text, &err)
 *     template_execute(set, "app/templates/x.yaml", tval_map(values), &options, a, &out, &err)
 */
#ifndef TEMPLATE_TEMPLATE_H
#define TEMPLATE_TEMPLATE_H

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/template/tval.h"

/* Helm's lookup. *out NULL: not found (the template sees an empty map). Errors end the rendering; err->msg becomes
 * "error calling lookup: <msg>". */
typedef bool (*template_lookup_fn)(void *arg, struct arena *a, const char *api_version, const char *kind,
                                   const char *namespace_, const char *name, struct value **out,
                                   struct err *err);

struct template_options {
    template_lookup_fn lookup; // NULL: always an empty map
    void *lookup_arg;
    uint64_t max_steps; // nodes evaluated and elements touched; 0 = TEMPLATE_MAX_STEPS
    size_t
        max_output_bytes; // of one execution, and of any one text made in it; 0 = TEMPLATE_MAX_OUTPUT_BYTES
    size_t max_memory_bytes; // growth of the arena; 0 = TEMPLATE_MAX_MEMORY_BYTES
    unsigned
        max_depth; // templates and includes inside each other; 0 = TEMPLATE_MAX_DEPTH (bounded by the stack)
};

#define TEMPLATE_MAX_STEPS 200000000ull
#define TEMPLATE_MAX_OUTPUT_BYTES (64u << 20)
#define TEMPLATE_MAX_MEMORY_BYTES (512u << 20)
#define TEMPLATE_MAX_DEPTH 1100 // Helm: 1000 includes of one name

// The set's table of names is on the heap: free it before the arena goes.
struct template_set *template_set_new(struct arena *a);
void template_set_free(struct template_set *set); // NULL ok

/* Parse a file; its own text becomes the template `name`, its defines are added to the set. A definition replaces an earlier
 * one of the same name unless it is blank. The text must live as long as the set.
 * Errors  ERR_INVALID, as Helm words them: "parse error at (<name>:<line>): <message>" */
must_check bool template_parse(struct template_set *set, const char *name, struct str text, struct err *err);
bool template_has(const struct template_set *set, const char *name);

/* Execute a template; the output is appended to `out`, without the "<no value>" that Helm removes.
 * root    dot and $
 * opt     NULL: defaults
 * a       for everything made on the way
 * Errors  ERR_INVALID with Helm's text (contract/helm.md 7.2-7.5); ERR_LIMIT */
must_check bool template_execute(const struct template_set *set, const char *name, struct tval root,
                                 const struct template_options *opt, struct arena *a, struct buf *out,
                                 struct err *err);

#endif
