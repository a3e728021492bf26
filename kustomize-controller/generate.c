// SPDX-License-Identifier: Apache-2.0
/* The kustomization file: found or generated, with what the spec overrides.
 * Flux: pkg/kustomize/kustomize_generator.go (GenerateManifest, scanManifests, IsLocalRelativePath) */
#include "kustomize-controller/kustomization.h"

#include <strings.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/fileset/fileset.h"
#include "common/kustomize/kustomize.h"
#include "common/value/yaml.h"

#define MAX_SCAN_DEPTH 64

static const char *const file_names[] = { "kustomization.yaml", "kustomization.yml", "Kustomization" };

static const char *find_file(struct arena *a, struct fileset *fs, const char *dir) {
    for (size_t i = 0; i < countof(file_names); i++)
        if (fileset_is_file(fs, path_join(a, dir, file_names[i])))
            return file_names[i];
    return NULL;
}

/* ---- generating ---- */

struct scan {
    struct arena *a;
    struct fileset *fs;
    struct value *resources;
};

static bool check_manifest(struct scan *s, const char *path, struct err *err) {
    autoarena own = { 0 };
    struct err inner = { .a = &own };
    struct str text;
    if (!fileset_read(&own, s->fs, path, &text, &inner))
        return err_move(err, &inner);
    if (kustomize_check_manifest(&own, text, &inner))
        return true;
    return err_set(err, ERR_INVALID, "failed to decode Kubernetes YAML from /%s: %s", path, inner.msg);
}

static bool is_yaml(const char *name) {
    return text_ends(name, ".yaml") || text_ends(name, ".yml");
}

// `rel` is relative to the directory of the kustomization, "" at its root.
static bool scan_dir(struct scan *s, const char *dir, const char *rel, unsigned depth, struct err *err) {
    struct fileset_entries list;
    if (depth > MAX_SCAN_DEPTH)
        return err_set(err, ERR_LIMIT, "directories are nested deeper than %d levels in /%s", MAX_SCAN_DEPTH,
                       dir);
    if (!fileset_list(s->a, s->fs, dir, &list, err))
        return false;
    for (size_t i = 0; i < list.n; i++) {
        const struct fileset_entry *e = &list.items[i];
        const char *path = text_eq(dir, ".") ? e->name : path_join(s->a, dir, e->name);
        const char *below = *rel ? arena_fmt(s->a, "%s/%s", rel, e->name) : e->name;
        if (e->type == FILESET_DIR && !find_file(s->a, s->fs, path)) {
            if (!scan_dir(s, path, below, depth + 1, err))
                return false;
            continue;
        }
        if (e->type != FILESET_DIR && !is_yaml(e->name))
            continue;
        if (e->type != FILESET_DIR && !check_manifest(s, path, err))
            return false;
        value_append(s->a, s->resources, value_fmt(s->a, "./%s", below));
    }
    return true;
}

static struct value *new_file(struct arena *a) {
    struct value *k = value_map(a);
    value_set(a, k, "apiVersion", value_string(a, "kustomize.config.k8s.io/v1beta1"));
    value_set(a, k, "kind", value_string(a, "Kustomization"));
    return k;
}

static struct value *generate(struct arena *a, struct fileset *fs, const char *dir, struct err *err) {
    struct scan s = { .a = a, .fs = fs, .resources = value_list(a) };
    if (!scan_dir(&s, dir, "", 0, err))
        return NULL;
    struct value *k = new_file(a);
    if (value_len(s.resources))
        value_set(a, k, "resources", s.resources);
    else
        value_set(a, k, "namespace",
                  value_string(a, "_placeholder")); // else the engine would refuse an empty file
    return k;
}

static struct value *read_file(struct arena *a, struct fileset *fs, const char *path, struct err *err) {
    struct str text;
    struct value *k;
    if (!fileset_read(a, fs, path, &text, err))
        return NULL;
    if (!yaml_read(a, text, YAML_GO_SIGS, &k, err)) {
        err_wrap(err, "error converting YAML to JSON");
        return NULL;
    }
    if (value_is(k, VALUE_NULL))
        k = value_map(a);
    if (!value_is(k, VALUE_MAP)) {
        err_set(
            err, ERR_INVALID,
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %s into Go value of type "
            "types.Kustomization",
            value_type_name(k->type));
        return NULL;
    }
    // A file of generators and components only would be refused as empty.
    if (!value_len(value_get(k, "resources"))) {
        struct value *list = value_list(a);
        value_append(a, list, value_string(a, "originAnnotations"));
        value_set(a, k, "buildMetadata", list);
    }
    return k;
}

/* ---- overrides ---- */

static struct value *list_in(struct arena *a, struct value *k, const char *key) {
    struct value *list = value_get(k, key);
    if (!value_is(list, VALUE_LIST)) {
        list = value_list(a);
        value_set(a, k, key, list);
    }
    return list;
}

static void add_patches(struct arena *a, struct value *k, const struct value *patches) {
    static const char *const keys[] = { "group",        "version",   "kind",
                                        "name",         "namespace", "annotationSelector",
                                        "labelSelector" };
    for (size_t i = 0; value_is(patches, VALUE_LIST) && i < value_len(patches); i++) {
        const struct value *from = value_item(patches, i), *target = value_get(from, "target");
        struct value *patch = value_map(a);
        value_set(a, patch, "patch", value_string(a, value_text(value_get(from, "patch"), "")));
        if (value_is(target, VALUE_MAP)) {
            struct value *copy = value_map(a);
            for (size_t j = 0; j < countof(keys); j++)
                value_set(a, copy, keys[j], value_copy(a, value_get(target, keys[j])));
            value_set(a, patch, "target", copy);
        }
        value_append(a, list_in(a, k, "patches"), patch);
    }
}

static bool is_local(const char *path) {
    static const char *const remote[] = { "git::",    "gh:",  "ssh://",      "http://",
                                          "https://", "git@", "github.com:", "github.com/" };
    const char *plain = text_starts(path, "file://") ? path + strlen("file://") : path;
    if (*plain == '/')
        return false;
    for (size_t i = 0; i < countof(remote); i++)
        if (!strncasecmp(plain, remote[i], strlen(remote[i])))
            return false;
    return true;
}

static bool exists(struct arena *a, struct fileset *fs, const char *dir, const char *path) {
    struct fileset_entry entry;
    struct err err = { .a = a };
    char *clean = path_clean_inside(a, str_of(path_join(a, dir, path)));
    return clean && fileset_stat(a, fs, clean, &entry, &err);
}

static bool add_components(struct arena *a, struct fileset *fs, const char *dir, struct value *k,
                           const struct ks_spec *spec, struct err *err) {
    for (size_t i = 0; spec->components && spec->components[i]; i++) {
        const char *path = spec->components[i];
        if (!is_local(path))
            return err_set(err, ERR_INVALID, "component path '%s' must be local and relative", path);
        if (!spec->ignore_missing_components || exists(a, fs, dir, path))
            value_append(a, list_in(a, k, "components"), value_string(a, path));
    }
    return true;
}

static void set_or_drop(struct arena *a, struct value *map, const char *key, const struct value *v) {
    value_set(a, map, key, text_empty(value_text(v, "")) ? NULL : value_copy(a, v));
}

static struct value *image_named(struct value *images, const char *name) {
    for (size_t i = 0; i < value_len(images); i++)
        if (text_eq(value_text(value_get(value_item(images, i), "name"), ""), name))
            return value_item(images, i);
    return NULL;
}

// Tag and digest choose the version together: giving one clears the other.
static void add_images(struct arena *a, struct value *k, const struct value *images) {
    for (size_t i = 0; value_is(images, VALUE_LIST) && i < value_len(images); i++) {
        const struct value *from = value_item(images, i), *new_name = value_get(from, "newName");
        const struct value *tag = value_get(from, "newTag"), *digest = value_get(from, "digest");
        const char *name = value_text(value_get(from, "name"), "");
        struct value *list = list_in(a, k, "images"), *to = image_named(list, name);
        if (!to) {
            to = value_map(a);
            value_set(a, to, "name", value_string(a, name));
            value_append(a, list, to);
        }
        if (!text_empty(value_text(new_name, "")))
            value_set(a, to, "newName", value_copy(a, new_name));
        if (text_empty(value_text(tag, "")) && text_empty(value_text(digest, "")))
            continue;
        set_or_drop(a, to, "newTag", tag);
        set_or_drop(a, to, "digest", digest);
    }
}

static void override_text(struct arena *a, struct value *k, const char *key, const char *text) {
    if (!text_empty(text))
        value_set(a, k, key, value_string(a, text));
}

bool ks_generate(struct arena *a, struct fileset *fs, const char *dir, const struct ks_spec *spec,
                 struct value **out, const char **out_name, struct err *err) {
    const char *name = find_file(a, fs, dir);
    struct value *k = name ? read_file(a, fs, path_join(a, dir, name), err) : generate(a, fs, dir, err);
    if (!k)
        return false;
    override_text(a, k, "namespace", spec->target_namespace);
    override_text(a, k, "namePrefix", spec->name_prefix);
    override_text(a, k, "nameSuffix", spec->name_suffix);
    add_patches(a, k, spec->patches);
    if (!add_components(a, fs, dir, k, spec, err))
        return false;
    add_images(a, k, spec->images);
    if (spec->build_metadata && spec->build_metadata[0]) {
        struct value *list = value_list(a);
        for (size_t i = 0; spec->build_metadata[i]; i++)
            value_append(a, list, value_string(a, spec->build_metadata[i]));
        value_set(a, k, "buildMetadata", list);
    }
    *out = k;
    *out_name = name ? NULL : file_names[0];
    return true;
}
