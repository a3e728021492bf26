// SPDX-License-Identifier: Apache-2.0
// .Files and its methods. Helm: pkg/engine/files.go
#include "common/helm/context.h"
#include "common/text/glob.h"
#include "common/value/base64.h"
#include "common/value/yaml.h"

extern const struct ttype helm_type_files;

static struct str file_bytes(const struct tmap *files, struct str name, bool *found) {
    const struct tval *v = tmap_find(files, name);
    *found = v != NULL;
    return v ? v->list->bytes : STR("");
}

static bool files_get(struct tctx *c, struct tval self, const struct tval *args, size_t n, struct tval *out) {
    bool found;
    (void)c, (void)n;
    return *out = tval_str(file_bytes(self.map, args[0].s, &found)), true;
}

static bool files_get_bytes(struct tctx *c, struct tval self, const struct tval *args, size_t n,
                            struct tval *out) {
    bool found;
    (void)n;
    return *out = tval_bytes(tctx_arena(c), file_bytes(self.map, args[0].s, &found)), true;
}

static bool files_glob(struct tctx *c, struct tval self, const struct tval *args, size_t n,
                       struct tval *out) {
    struct arena *a = tctx_arena(c);
    struct err scratch = { .a = a };
    struct glob_pattern *glob;
    struct tmap *m = tmap_new(a, &helm_type_files);
    (void)n;
    if (!glob_compile(a, arena_text(a, args[0].s.p, args[0].s.n), '/', &glob, &scratch))
        glob = NULL; // as the pattern "**"
    for (size_t i = 0; i < self.map->n; i++)
        if (!glob || glob_pattern_match(glob, self.map->entries[i].key))
            tmap_put(a, m, self.map->entries[i].key, self.map->entries[i].value);
    return *out = tval_map(m), true;
}

// YAML of the files by their basenames.
static struct tval as_yaml(struct arena *a, const struct tmap *files, bool encode) {
    struct value *map = value_map(a);
    autobuf text = { 0 };
    for (size_t i = 0; i < files->n; i++) {
        struct str name = files->entries[i].key, bytes = files->entries[i].value.list->bytes;
        name = str_sub(name, (size_t)(str_rchr(name, '/') + 1), name.n);
        value_set_n(a, map, name,
                    encode ? value_string(a, base64_encode(a, bytes)) : value_string_n(a, bytes));
    }
    yaml_write(&text, map, YAML_WRITE_SIGS);
    struct str s = buf_to_arena(&text, a);
    return tval_str(str_ends(s, "\n") ? str_sub(s, 0, s.n - 1) : s);
}

static bool files_as_config(struct tctx *c, struct tval self, const struct tval *args, size_t n,
                            struct tval *out) {
    (void)args, (void)n;
    return *out = as_yaml(tctx_arena(c), self.map, false), true;
}

static bool files_as_secrets(struct tctx *c, struct tval self, const struct tval *args, size_t n,
                             struct tval *out) {
    (void)args, (void)n;
    return *out = as_yaml(tctx_arena(c), self.map, true), true;
}

static bool files_lines(struct tctx *c, struct tval self, const struct tval *args, size_t n,
                        struct tval *out) {
    struct arena *a = tctx_arena(c);
    bool found;
    struct str rest = file_bytes(self.map, args[0].s, &found), line;
    size_t lines = found, i = 0;
    (void)n;
    if (found && !rest.n)
        return tctx_fail(c, "runtime error: index out of range [-1]");
    if (str_ends(rest, "\n"))
        rest = str_sub(rest, 0, rest.n - 1);
    for (size_t k = 0; k < rest.n; k++)
        lines += rest.p[k] == '\n';
    struct tlist *l = tlist_new(a, &ttype_list_str, lines);
    while (i < lines && str_split(&rest, '\n', &line))
        l->items[i++] = tval_str(line);
    while (i < lines)
        l->items[i++] = tval_text("");
    return *out = tval_list(l), true;
}

static const struct tmethod files_methods[] = {
    { "Get", "s", files_get },
    { "GetBytes", "s", files_get_bytes },
    { "Glob", "s", files_glob },
    { "AsConfig", "", files_as_config },
    { "Lines", "s", files_lines },
    { "AsSecrets", "", files_as_secrets },
    { 0 },
};
const struct ttype helm_type_files = { .name = "engine.files",
                                       .elem = TSLOT_BYTES,
                                       .methods = files_methods };
