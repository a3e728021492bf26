// SPDX-License-Identifier: Apache-2.0
/* Charts: what a chart folder or .tgz holds, loaded and checked as Helm v4.2.4 does (contract/helm.md 1).
 *
 * What it is     metadata, templates, values, schema, files and subcharts, all in one arena. No I/O after loading.
 * What it is not a renderer (render.h), the rules of values (values.h), a downloader.
 * Hostile-safe: a file at most 5 MiB, an archive at most 100 MiB unpacked, all nested archives together
 *                CHART_MAX_TOTAL_BYTES, subcharts inside each other CHART_MAX_DEPTH.
 * Threads        any, each with its own arena; a loaded chart is changed by values_process_dependencies.
 */
#ifndef HELM_CHART_H
#define HELM_CHART_H

#include "common/fileset/fileset.h"
#include "common/value/value.h"

#define CHART_MAX_FILE_BYTES (5u << 20)
#define CHART_MAX_ARCHIVE_BYTES (100u << 20)
#define CHART_MAX_TOTAL_BYTES (400u << 20)
#define CHART_MAX_FILES 100000
#define CHART_MAX_DEPTH 40

struct chart_file {
    const char *name; // "templates/x.yaml", as in the chart
    struct str data;
};
struct chart_files {
    struct chart_file *items;
    size_t n, cap;
};
struct chart_texts {
    const char **items;
    size_t n, cap;
};

struct chart_dependency {
    const char *name, *version, *repository, *condition, *alias; // "" when absent
    struct chart_texts tags;
    bool enabled;
    struct value *import_values; // VALUE_LIST of texts and {child, parent}; NULL = none
};
struct chart_maintainer {
    const char *name, *email, *url;
};

struct chart_metadata { // texts are "" when absent
    const char *api_version, *name, *version, *kube_version, *description, *type, *home, *icon, *app_version;
    const char *condition, *tags;
    struct chart_texts keywords, sources;
    struct chart_maintainer *maintainers;
    size_t n_maintainers;
    struct chart_dependency *dependencies;
    size_t n_dependencies;
    bool lists_dependencies;   // even if none is left
    struct value *annotations; // VALUE_MAP of texts; NULL = none
    bool deprecated;
};

struct chart {
    struct chart_metadata meta;
    struct value *lock;   // Chart.lock or requirements.lock; NULL = none
    struct value *values; // VALUE_MAP; NULL = no values.yaml
    bool has_schema;
    struct str schema;
    struct chart_files templates, files;
    struct chart *parent; // NULL: the root
    struct chart **subs;
    size_t n_subs, cap_subs;
};

/* Load a chart from a directory of a fileset: .helmignore applies, links are followed inside the fileset's root.
 * Errors  ERR_INVALID, ERR_LIMIT in Helm's words: "Chart.yaml file is missing", "validation: chart.metadata.name is required" */
must_check bool chart_load(struct arena *a, struct fileset *fs, const char *dir, struct chart **out,
                           struct err *err);
// A .tgz in memory. The bytes need not outlive the call.
must_check bool chart_load_archive(struct arena *a, struct str bytes, struct chart **out, struct err *err);
// The files of a chart that are at hand, with names in the chart. The texts are borrowed.
must_check bool chart_load_files(struct arena *a, const struct chart_files *files, struct chart **out,
                                 struct err *err);

void chart_add_sub(struct arena *a, struct chart *c, struct chart *sub);
void chart_add_file(struct arena *a, struct chart_files *files, const char *name, struct str data);
struct chart *chart_sub(const struct chart *c, const char *name); // NULL: none of that name
// "root/charts/sub", as in the paths of templates.
char *chart_full_path(struct arena *a, const struct chart *c);
bool chart_is_library(const struct chart *c);

/* The CRDs of crds/: root first, then subcharts depth-first. `name` is the full path ("root/crds/x.yaml"). */
struct chart_files chart_crds(struct arena *a, const struct chart *c);

/* What the command line asks beyond the SDK: dependencies that Chart.yaml lists are in charts/.
 * Errors  ERR_NOT_FOUND "found in Chart.yaml, but missing in charts/ directory: a, b" */
must_check bool chart_check_dependencies(struct arena *a, const struct chart *c, struct err *err);
// The same, and what else `helm template` refuses: library charts. Text as Helm's command line words it.
must_check bool chart_check_installable(struct arena *a, const struct chart *c, struct err *err);

/* Metadata as JSON carries it (release records): Helm's fields in Helm's order, empty ones left out. */
struct value *chart_metadata_json(struct arena *a, const struct chart_metadata *m);

// Chart.yaml alone (also the config of an OCI chart). Checked.
must_check bool chart_metadata_read(struct arena *a, struct str text, struct chart_metadata *out,
                                    struct err *err);
must_check bool chart_metadata_check(struct arena *a, struct chart_metadata *m, struct err *err);

#endif
