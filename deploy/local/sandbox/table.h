// SPDX-License-Identifier: Apache-2.0
/* Tables: the rows that `kubectl get` prints. Cells of built-in kinds are in cells_*.c; those of CRDs come from
 * resource.columns by JSON path.
 *
 * includeObject (query): None, Metadata (default) or Object: what a row carries beside its cells.
 * To add a kind: an array of cells behind the name, and a row in cells_sets of its file.
 */
#ifndef SANDBOX_TABLE_H
#define SANDBOX_TABLE_H

#include "deploy/local/sandbox/call.h"

// A whole Table with the one row.
struct value *table_of_object(struct call *c, const struct value *object);
// kind, apiVersion, metadata, columnDefinitions; rows are appended to the list *out_rows.
struct value *table_head(struct call *c, struct value **out_rows);
struct value *table_row(struct call *c, const struct value *object);

/* ---- cells of built-in kinds ---- */

struct cell {
    const char *name, *type; // "string", "integer", "boolean"
    int priority;            // 1: only with -o wide
    const char *path;        // "status.phase|<none>": dotted path, and what is shown when it is absent
    struct value *(*fn)(struct arena *a, const struct value *o, int64_t now_ns); // instead of path
};
struct cell_set {
    const char *key;          // resource key
    const struct cell *cells; // .name NULL ends it
    bool name_last;           // events: the name is the last column, and wide
};
extern const struct cell_set cells_core[], cells_groups[]; // .key NULL ends each

// Helpers of cells_*.c.
struct value *cell_age(struct arena *a, const struct value *o, int64_t now_ns);
const char *age_of(struct arena *a, const char *rfc3339, int64_t now_ns); // "5m", "<unknown>"
struct value *cell_containers(struct arena *a, const struct value *o, int64_t now_ns);
struct value *cell_images(struct arena *a, const struct value *o, int64_t now_ns);
struct value *cell_selector(struct arena *a, const struct value *o,
                            int64_t now_ns);                      // spec.selector, a LabelSelector
char *format_labels(struct arena *a, const struct value *labels); // "a=b,c=d" or "<none>"
// Texts of the list joined by the separator.
char *join_texts(struct arena *a, const struct value *list, const char *field,
                 const char *separator); // field NULL: the items

/* The texts that a JSON path of a CRD's printer column finds (".status.conditions[?(@.type=="Ready")].status"). */
struct value *jsonpath_find(struct arena *a, const char *path, const struct value *v); // a list, maybe empty

#endif
