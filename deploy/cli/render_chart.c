// SPDX-License-Identifier: Apache-2.0
// flux render chart: what `helm template` prints. Helm: pkg/cmd/template.go, pkg/cli/values/options.go
#include "deploy/cli/cli.h"

#include "common/base/file.h"
#include "common/base/limits.h"
#include "common/helm/render.h"
#include "common/text/glob.h"

#include <stdio.h>
#include <sys/stat.h>

static bool load_chart(struct arena *a, const char *path, struct chart **out, struct err *err) {
    struct stat st;
    struct str bytes;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        autofileset *fs = NULL;
        return fileset_open_dir("/", &fs, err) && chart_load(a, fs, cli_inside_machine(a, path), out, err);
    }
    return file_read(a, path, LIMIT_DOCUMENT_BYTES, &bytes, err) && chart_load_archive(a, bytes, out, err);
}

static bool set_all(struct arena *a, struct value *values, const struct flag_strings *texts,
                    enum values_set_mode mode, const char *flag, struct err *err) {
    for (size_t i = 0; i < texts->n; i++)
        if (!values_set(a, values, texts->items[i], mode, err))
            return err_wrap(err, "failed parsing --%s data", flag);
    return true;
}

static bool read_values(struct cli *c, struct value **out, struct err *err) {
    struct value *values = value_map(c->a), *one;
    struct str text;
    for (size_t i = 0; i < c->o.values.n; i++) {
        const char *path = c->o.values.items[i];
        if (!file_read(c->a, path, LIMIT_DOCUMENT_BYTES, &text, err))
            return false;
        if (!values_read(c->a, text, &one, err))
            return err_wrap(err, "failed to parse %s", path);
        values = values_merge(c->a, values, one);
    }
    *out = values;
    return set_all(c->a, values, &c->o.set_jsons, VALUES_SET_JSON, "set-json", err) &&
           set_all(c->a, values, &c->o.sets, VALUES_SET_TYPED, "set", err) &&
           set_all(c->a, values, &c->o.set_texts, VALUES_SET_TEXT, "set-string", err) &&
           set_all(c->a, values, &c->o.set_literals, VALUES_SET_LITERAL, "set-literal", err);
}

static void put_all(struct cli *c, const struct helm_rendered *r, const struct chart_files *crds,
                    struct buf *out) {
    autobuf manifest = { 0 };
    helm_manifest_text(&manifest, r, crds);
    buf_put_str(out, str_trim(buf_str(&manifest)));
    buf_putc(out, '\n');
    for (size_t i = 0; i < r->n_hooks && !c->o.no_hooks; i++) {
        const struct helm_hook *h = &r->hooks[i];
        if (c->o.skip_tests && h->event_mask & HOOK_TEST)
            continue;
        buf_fmt(out, "---\n# Source: %s\n", h->doc.path);
        buf_put_str(out, h->doc.text);
        buf_putc(out, '\n');
    }
}

// The path that a document's first "# Source: chart/..." names, without the chart. false: none.
static bool source_path(struct str doc, struct str *out) {
    for (ptrdiff_t at; (at = str_find(doc, STR("# Source: "))) >= 0;) {
        doc = str_sub(doc, (size_t)at + strlen("# Source: "), doc.n);
        ptrdiff_t end = str_chr(doc, '\n');
        struct str line = str_sub(doc, 0, end < 0 ? doc.n : (size_t)end);
        ptrdiff_t slash = str_chr(line, '/');
        if (slash > 0 && (size_t)slash + 1 < line.n)
            return *out = str_sub(line, (size_t)slash + 1, line.n), true;
    }
    return false;
}

static bool put_only(struct cli *c, struct str all, struct buf *out, struct err *err) {
    for (size_t i = 0; i < c->o.show_only.n; i++) {
        const char *wanted = c->o.show_only.items[i];
        struct str rest = all, doc, path;
        bool found = false;
        while (helm_split(&rest, &doc)) {
            if (!source_path(doc, &path) || glob_match(str_of(wanted), path) != GLOB_MATCH)
                continue;
            buf_puts(out, "---\n");
            buf_put_str(out, doc);
            buf_putc(out, '\n');
            found = true;
        }
        if (!found)
            return err_set(err, ERR_NOT_FOUND, "could not find template %s in chart", wanted);
    }
    return true;
}

static bool render(struct cli *c, const char *name, const char *path, struct helm_rendered *r,
                   struct buf *out, struct err *err) {
    struct chart *chart;
    struct value *values;
    struct chart_files crds = { 0 };
    struct helm_capabilities caps =
        helm_capabilities_offline(c->a, (const char *const *)c->o.api_versions.items, c->o.api_versions.n);
    if (!text_empty(c->o.kube_version) && !helm_capabilities_set_version(c->a, &caps, c->o.kube_version, err))
        return false;
    if (!read_values(c, &values, err) || !load_chart(c->a, path, &chart, err) ||
        !chart_check_installable(c->a, chart, err))
        return false;
    struct helm_render_options o = { .release = name,
                                     .ns = text_empty(c->o.ns) ? "default" : c->o.ns,
                                     .is_upgrade = c->o.is_upgrade,
                                     .skip_schema_validation = c->o.skip_schema_validation,
                                     .capabilities = &caps };
    if (!helm_render(c->a, chart, values, &o, r, err))
        return false;
    if (c->o.include_crds)
        crds = chart_crds(c->a, chart);
    autobuf all = { 0 };
    put_all(c, r, &crds, &all);
    if (c->o.show_only.n)
        return put_only(c, buf_str(&all), out, err);
    buf_put_str(out, buf_str(&all));
    return true;
}

int cli_render_chart(struct cli *c, size_t n, const char *const *words) {
    struct err err = { .a = c->a };
    struct helm_rendered r = { 0 };
    autobuf out = { 0 };
    if (n != 2)
        return cli_fail(c, "render chart what? NAME CHART");
    if (!render(c, words[0], words[1], &r, &out, &err)) {
        bool late = r.values_fit && err.kind != ERR_NOT_FOUND;
        fprintf(stderr, "Error: %s\n%s", err.msg,
                late ? "\nUse --debug flag to render out invalid YAML\n" : "");
        return 1;
    }
    fwrite(out.p ? out.p : "", 1, out.n, stdout);
    return 0;
}
