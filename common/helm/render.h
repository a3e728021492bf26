// SPDX-License-Identifier: Apache-2.0
/* Rendering: from a chart and values to files, manifest documents and hooks (contract/helm.md 5, 10, 11).
 *
 *     helm_render(a, chart, user_values, &options, &rendered, &err)       all of it
 *     helm_render_files(...), [post-render], helm_sort(a, files, ...)     the same in two steps
 *
 * Pure: no I/O but the lookup callback. Bounded by the template engine's limits.
 * Ownership  results are in the arena; the chart is changed (values_process_dependencies), so load it anew for each rendering.
 * Threads    any, each with its own chart and arena.
 */
#ifndef HELM_RENDER_H
#define HELM_RENDER_H

#include "common/helm/values.h"
#include "common/template/template.h"

struct helm_capabilities {
    const char *version;    // "v1.33.1-gke.1"
    const char *normalized; // "v1.33.1"; "" on a live cluster
    const char *major, *minor;
    const char *const *api_versions; // "v1", "apps/v1", "apps/v1/Deployment"
    size_t n_api_versions;
};
// Without a cluster: Helm's own list and version v1.36.0.
struct helm_capabilities helm_capabilities_offline(struct arena *a, const char *const *extra_api_versions,
                                                   size_t n);
/* --kube-version. Errors ERR_INVALID "invalid kube version 'x': could not parse ..." */
must_check bool helm_capabilities_set_version(struct arena *a, struct helm_capabilities *c,
                                              const char *version, struct err *err);

struct helm_render_options {
    const char *release, *ns;
    int64_t revision; // 0 = 1
    bool is_upgrade;
    bool skip_schema_validation;
    bool sub_notes;                               // notes of subcharts too
    const struct helm_capabilities *capabilities; // NULL: offline
    struct template_options engine;
};

struct helm_document { // a piece of a rendered file
    const char *path;  // "app/templates/x.yaml"
    struct str text;
    const char *api_version, *kind, *name; // "" when absent
};

enum helm_hook_event {
    HOOK_PRE_INSTALL = 1,
    HOOK_POST_INSTALL = 2,
    HOOK_PRE_DELETE = 4,
    HOOK_POST_DELETE = 8,
    HOOK_PRE_UPGRADE = 16,
    HOOK_POST_UPGRADE = 32,
    HOOK_PRE_ROLLBACK = 64,
    HOOK_POST_ROLLBACK = 128,
    HOOK_TEST = 256,
};
const char *helm_hook_event_name(enum helm_hook_event event); // "pre-install"
// By its name in lower case, "test-success" too; 0: unknown
enum helm_hook_event helm_hook_event_of(struct str name);

struct helm_hook {
    struct helm_document doc;
    enum helm_hook_event *events; // as the annotation lists them
    size_t n_events;
    unsigned event_mask;
    int64_t weight;
    struct chart_texts delete_policies, output_log_policies;
};

struct helm_rendered {
    struct chart_files files;        // as rendered, NOTES.txt taken out; sorted by path
    struct helm_document *documents; // in order of installation
    size_t n_documents;
    struct helm_hook *hooks; // in order of the release record
    size_t n_hooks;
    struct str notes;
    struct value *values; // coalesced
    bool values_fit;      // dependencies, values and schema were good: what failed is in the chart's files
};

/* Render everything. On ERR_INVALID out->files may hold what was rendered.
 * Errors  "chart dependencies processing failed: ...", "values don't meet ...", "chart requires kubeVersion: ...",
 *         template errors, "YAML parse error on app/templates/x.yaml: ..." */
must_check bool helm_render(struct arena *a, struct chart *c, const struct value *user,
                            const struct helm_render_options *options, struct helm_rendered *out,
                            struct err *err);
// Only values, notes and files.
must_check bool helm_render_files(struct arena *a, struct chart *c, const struct value *user,
                                  const struct helm_render_options *options, struct helm_rendered *out,
                                  struct err *err);
// Split out->files into documents and hooks, sorted for installation.
must_check bool helm_sort(struct arena *a, struct helm_rendered *out, struct err *err);

/* ---- manifest.c ---- */
// The next document of a text; false: no more. *rest is cut.
bool helm_split(struct str *rest, struct str *out);
// Stable sorts by kind.
void helm_sort_install(struct arena *a, struct helm_document *docs, size_t n);
void helm_sort_uninstall(struct arena *a, struct helm_document *docs, size_t n);
// Stable: by weight, then name, then kind: the order in which hooks of one event run.
void helm_sort_hooks(struct arena *a, struct helm_hook *hooks, size_t n);
// The manifest of a release: "---\n# Source: <path>\n<text>\n" of each document. CRDs (may be NULL) come first.
void helm_manifest_text(struct buf *out, const struct helm_rendered *r, const struct chart_files *crds);

#endif
