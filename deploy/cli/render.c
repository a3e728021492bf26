// SPDX-License-Identifier: Apache-2.0
/* flux render: what the rendering engines make of local files, without a cluster.
 *   render kustomization DIR   what `kustomize build DIR` prints; errors as it words them, "Error: ..." on stderr
 *   render chart NAME CHART    what `helm template NAME CHART` prints (render_chart.c)
 * How to add one: a row in renderers[]. */
#include "deploy/cli/cli.h"

#include "common/base/limits.h"
#include "common/fileset/fileset.h"
#include "common/kustomize/kustomize.h"
#include "deploy/cli/render_remote.h"

#include <stdio.h>
#include <unistd.h>

static int failed(struct cli *c, struct err *err) {
    fprintf(stderr, "Error: %s\n", err->msg);
    err_clear(err);
    (void)c;
    return 1;
}

char *cli_inside_machine(struct arena *a, const char *dir) {
    char cwd[LIMIT_PATH_BYTES];
    if (*dir == '/' || !getcwd(cwd, sizeof cwd))
        return arena_strdup(a, dir + strspn(dir, "/"));
    return arena_fmt(a, "%s/%s", cwd + 1, dir);
}

static int render_kustomization(struct cli *c, size_t n, const char *const *words) {
    const char *dir = n ? words[0] : ".";
    autonetwork *network = render_network_new();
    struct kustomize_remote remote = render_network_remote(network);
    autofileset *fs = NULL;
    autobuf out = { 0 };
    struct err err = { .a = c->a };
    struct kustomize_options options = { .root_given = dir, .remote = &remote };
    struct kustomize_result result;
    if (!fileset_open_dir("/", &fs, &err))
        return failed(c, &err);
    bool ok = kustomize_build(c->a, fs, cli_inside_machine(c->a, dir), &options, &result, &err);
    for (size_t i = 0; i < result.n_warnings; i++)
        fprintf(stderr, "%s\n", result.warnings[i]);
    if (!ok || !kustomize_write(&out, result.objects, result.n_objects, &err))
        return failed(c, &err);
    fwrite(out.p ? out.p : "", 1, out.n, stdout);
    return 0;
}

static const struct renderer {
    const char *word;
    int (*run)(struct cli *c, size_t n, const char *const *words);
} renderers[] = {
    { "kustomization", render_kustomization },
    { "chart", cli_render_chart },
};

int cli_render(struct cli *c, size_t n, const char *const *words) {
    for (size_t i = 0; n && i < countof(renderers); i++)
        if (text_eq(words[0], renderers[i].word))
            return renderers[i].run(c, n - 1, words + 1);
    return cli_fail(c, "%s",
                    n ? "render knows: kustomization, chart"
                      : "render what? kustomization DIR, chart NAME CHART");
}
