// SPDX-License-Identifier: Apache-2.0
// The files of a chart in a directory. Helm: pkg/chart/v2/loader/directory.go
#include "common/helm/chart_internal.h"

#define MAX_DIRS 64 // inside each other: a link may point upwards

struct dir_loader {
    struct chart_loader l;
    struct fileset *fs;
    const char *top;
    const struct helmignore *rules;
    struct chart_files files;
};

static bool read_file(struct dir_loader *d, const char *path, const char *inside,
                      const struct fileset_entry *st) {
    struct chart_loader *l = &d->l;
    struct str data;
    const char *slash = strrchr(path, '/');
    if (st->size_bytes > CHART_MAX_FILE_BYTES)
        return err_set(l->err, ERR_LIMIT, "chart file \"%s\" is larger than the maximum file size %u",
                       slash ? slash + 1 : path, CHART_MAX_FILE_BYTES);
    if (!fileset_read_max(l->a, d->fs, path, CHART_MAX_FILE_BYTES, &data, l->err))
        return err_wrap(l->err, "error reading %s", inside);
    l->total_bytes += data.n;
    if (l->total_bytes > CHART_MAX_TOTAL_BYTES || ++l->n_files > CHART_MAX_FILES)
        return err_set(l->err, ERR_LIMIT, "chart has more than %u bytes or %d files", CHART_MAX_TOTAL_BYTES,
                       CHART_MAX_FILES);
    chart_add_file(l->a, &d->files, inside, chart_without_bom(data));
    return true;
}

static bool walk(struct dir_loader *d, const char *dir, const char *inside, unsigned depth);

static bool visit(struct dir_loader *d, const char *path, const char *inside, unsigned depth) {
    struct chart_loader *l = &d->l;
    struct fileset_entry st;
    if (!fileset_stat(l->a, d->fs, path, &st, l->err))
        return false;
    bool is_dir = st.type == FILESET_DIR;
    if (helmignore_match(d->rules, str_of(inside), is_dir))
        return true;
    if (is_dir)
        return walk(d, path, inside, depth + 1);
    if (st.type != FILESET_FILE)
        return err_set(l->err, ERR_INVALID, "cannot load irregular file %s as it has file mode type bits set",
                       path);
    return read_file(d, path, inside, &st);
}

static bool walk(struct dir_loader *d, const char *dir, const char *inside, unsigned depth) {
    struct chart_loader *l = &d->l;
    struct fileset_entries entries;
    if (depth > MAX_DIRS)
        return err_set(l->err, ERR_LIMIT, "%s: more than %d directories deep", inside, MAX_DIRS);
    if (!fileset_list(l->a, d->fs, dir, &entries, l->err))
        return false;
    for (size_t i = 0; i < entries.n; i++) {
        const char *name = entries.items[i].name;
        if (!visit(d, arena_fmt(l->a, "%s/%s", dir, name),
                   *inside ? arena_fmt(l->a, "%s/%s", inside, name) : name, depth))
            return false;
    }
    return true;
}

bool chart_load(struct arena *a, struct fileset *fs, const char *dir, struct chart **out, struct err *err) {
    struct dir_loader d = { .l = { a, err }, .fs = fs, .top = text_empty(dir) ? "." : dir };
    struct helmignore *rules;
    struct str text = STR("");
    char *ignore = arena_fmt(a, "%s/.helmignore", d.top);
    if (fileset_is_file(fs, ignore) && !fileset_read_max(a, fs, ignore, CHART_MAX_FILE_BYTES, &text, err))
        return false;
    if (!helmignore_parse(a, text, &rules, err))
        return false;
    d.rules = rules;
    return walk(&d, d.top, "", 0) && chart_build(&d.l, &d.files, out);
}
