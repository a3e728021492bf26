// SPDX-License-Identifier: Apache-2.0
/* Values: reading, merging, defaults of charts and subcharts, dependencies by values, schemas (contract/helm.md 2-4, 18).
 *
 * Types          numbers read from YAML or JSON carry their text and are float64 for templates; those that values_set makes are
 *                VALUE_INT without text: int64.
 * Ownership      results are in the arena given; values_coalesce and values_merge share nothing with what they were given.
 * Threads        any.
 */
#ifndef HELM_VALUES_H
#define HELM_VALUES_H

#include "common/helm/chart.h"

/* A values file: all its YAML documents merged, later ones win. An empty one gives an empty map.
 * Errors  ERR_INVALID "cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 2: ..." */
must_check bool values_read(struct arena *a, struct str text, struct value **out, struct err *err);
// A new map: `over` wins, maps are merged.
struct value *values_merge(struct arena *a, const struct value *base, const struct value *over);

/* One argument of --set and its kin, put into `values` (a VALUE_MAP, changed even on failure).
 * Errors  ERR_INVALID, in Helm's words: "key \"a\" has no value" */
enum values_set_mode {
    VALUES_SET_TYPED,   // --set, targetPath: null, booleans and integers are recognised
    VALUES_SET_TEXT,    // --set-string
    VALUES_SET_JSON,    // --set-json a=JSON
    VALUES_SET_LITERAL, // --set-literal: all behind the first = is the text
};
must_check bool values_set(struct arena *a, struct value *values, const char *text, enum values_set_mode mode,
                           struct err *err);

/* Dependencies by the user's values: conditions, tags, aliases, import-values. Changes the chart: disabled subcharts are gone,
 * its values hold what was imported. Once per chart and rendering, before values_coalesce.
 * Errors  ERR_INVALID "type mismatch on sub: %!t(float64=5)" */
must_check bool values_process_dependencies(struct arena *a, struct chart *c, const struct value *user,
                                            struct err *err);

/* The values a chart is rendered with: the user's over the chart's and its subcharts' defaults, with globals. */
must_check bool values_coalesce(struct arena *a, const struct chart *c, const struct value *user,
                                struct value **out, struct err *err);
// The same with nulls kept (helm get values --all; import-values).
must_check bool values_coalesce_keeping(struct arena *a, const struct chart *c, const struct value *user,
                                        struct value **out, struct err *err);
// `over` wins, maps are merged; a null in `over` removes what is below (keep: it stays null). Changes and returns `over`.
struct value *values_tables(struct arena *a, struct value *over, struct value *below, bool keep);

/* Validate coalesced values against the schemas of the chart and its subcharts.
 * Errors  ERR_INVALID "values don't meet the specifications of the schema(s) in the following chart(s):\napp:\n- at ..." */
must_check bool values_validate(struct arena *a, const struct chart *c, const struct value *values,
                                struct err *err);

#endif
