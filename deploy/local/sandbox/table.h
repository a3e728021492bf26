// SPDX-License-Identifier: Apache-2.0
/* Tables: the rows that `kubectl get` prints. Columns of built-in kinds are in columns_*.c, those of CRDs in resource.columns.
 *
 * includeObject (query): None, Metadata (default) or Object: what a row carries beside its cells.
 */
#ifndef SANDBOX_TABLE_H
#define SANDBOX_TABLE_H

#include "deploy/local/sandbox/call.h"

// A whole Table with the one row.
struct value *table_of_object(struct call *c, const struct value *object);
// Header, {kind, apiVersion, metadata, columnDefinitions}; rows are appended to the list *out_rows.
struct value *table_head(struct call *c, struct value **out_rows);
struct value *table_row(struct call *c, const struct value *object);

// Cells of a built-in kind behind the name: columns_*.c. The number of cells is that of the kind's columns.
typedef void (*cells_fn)(struct arena *a, const struct value *o, int64_t now_ns, struct value *cells);
struct column_set {
    const char *key; // resource key
    const struct column *columns;
    size_t n;
    cells_fn cells;
};
extern const struct column_set columns_core[], columns_groups[]; // .key NULL ends each

#endif
