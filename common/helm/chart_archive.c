// SPDX-License-Identifier: Apache-2.0
// The files of a chart in a .tgz, within limits. Helm: pkg/chart/loader/archive
#include "common/base/file.h"
#include "common/fileset/tar.h"
#include "common/helm/chart_internal.h"
#include "common/value/goquote.h"

static const char too_large[] = "decompressed chart is larger than the maximum size %u";

// The name without its first component, with slashes.
static char *name_inside(struct arena *a, const char *name, char delimiter) {
    const char *rest = strchr(name, delimiter);
    char *out = arena_strdup(a, rest ? rest + 1 : "");
    for (char *p = out; *p; p++)
        if (*p == delimiter)
            *p = '/';
    return out;
}

static bool is_drive(const char *name) {
    return ((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z')) && name[1] == ':' &&
           name[2] == '/';
}

// A clean name inside of the chart.
static bool entry_name(struct chart_loader *l, const char *name, char **out) {
    char delimiter = strchr(name, '\\') ? '\\' : '/';
    char *inside = name_inside(l->a, name, delimiter);
    if (*inside == '/')
        return err_set(l->err, ERR_INVALID, "chart illegally contains absolute paths");
    char *cleaned = path_clean_inside(l->a, str_of(inside));
    if (!cleaned || text_starts(cleaned, ".."))
        return err_set(l->err, ERR_INVALID, "chart illegally references parent directory");
    if (!strcmp(cleaned, "."))
        return err_set(l->err, ERR_INVALID, "chart illegally contains content outside the base directory: %s",
                       go_quoted(l->a, str_of(name)));
    if (is_drive(cleaned))
        return err_set(l->err, ERR_INVALID, "chart contains illegally named files");
    if (strcspn(name, delimiter == '/' ? "/" : "\\") == strlen("Chart.yaml") &&
        text_starts(name, "Chart.yaml"))
        return err_set(l->err, ERR_INVALID, "chart yaml not in base directory");
    return *out = cleaned, true;
}

static bool read_entry(struct chart_loader *l, struct tar_reader *r, size_t size, struct str *out) {
    char *data = arena_alloc(l->a, size + 1);
    size_t have = 0, n = 1;
    while (n && have < size) {
        if (!tar_read(r, data + have, size - have, &n, l->err))
            return false;
        have += n;
    }
    return *out = str_make(data, have), true;
}

static bool check_size(struct chart_loader *l, const struct tar_entry *e, uint64_t left) {
    if (e->size_bytes > left)
        return err_set(l->err, ERR_LIMIT, too_large, CHART_MAX_ARCHIVE_BYTES);
    if (e->size_bytes > CHART_MAX_FILE_BYTES)
        return err_set(l->err, ERR_LIMIT,
                       "decompressed chart file %s is larger than the maximum file size %u",
                       go_quoted(l->a, str_of(e->name)), CHART_MAX_FILE_BYTES);
    l->total_bytes += e->size_bytes;
    if (l->total_bytes > CHART_MAX_TOTAL_BYTES || ++l->n_files > CHART_MAX_FILES)
        return err_set(l->err, ERR_LIMIT, "chart and subcharts unpack to more than %u bytes or %d files",
                       CHART_MAX_TOTAL_BYTES, CHART_MAX_FILES);
    return true;
}

static bool add_entry(struct chart_loader *l, struct tar_reader *r, const struct tar_entry *e, uint64_t *left,
                      struct chart_files *out) {
    char *name;
    struct str data = STR("");
    if (!entry_name(l, e->name, &name) || !check_size(l, e, *left))
        return false;
    // Links carry no content; Helm keeps them as empty files.
    if (e->type == TAR_FILE && !read_entry(l, r, (size_t)e->size_bytes, &data))
        return false;
    *left -= data.n;
    if (!*left)
        return err_set(l->err, ERR_LIMIT, too_large, CHART_MAX_ARCHIVE_BYTES);
    chart_add_file(l->a, out, name, chart_without_bom(data));
    return true;
}

bool chart_unpack(struct chart_loader *l, struct str bytes, struct chart_files *out) {
    struct str rest = bytes;
    struct gunzip *g AUTO(gunzip_free) = gunzip_new(byte_source_mem(&rest), UINT64_MAX);
    struct tar_reader *r AUTO(tar_reader_free) =
        tar_reader_new(gunzip_source(g), CHART_MAX_FILES, UINT64_MAX);
    struct tar_entry e;
    uint64_t left = CHART_MAX_ARCHIVE_BYTES;
    while (tar_next(r, &e, l->err))
        if (e.type != TAR_DIR && !add_entry(l, r, &e, &left, out))
            return false;
    if (l->err->kind)
        return false;
    return out->n || err_set(l->err, ERR_INVALID, "no files in chart archive");
}
