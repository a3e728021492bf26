// SPDX-License-Identifier: Apache-2.0
/* The public functions: a build from beginning to end, and printing its objects. */
#include "common/kustomize/kustomize.h"
#include "common/base/limits.h"
#include "common/crypto/digest.h"
#include "common/kustomize/schema.h"
#include "common/kustomize/target.h"
#include "common/value/goquote.h"
#include "common/value/utf8.h"
#include "common/value/yaml.h"

void kz_warn(struct kz *kz, const char *line) {
    kz->out.warnings =
        arena_grow(kz->a, kz->out.warnings, &kz->cap_warnings, kz->out.n_warnings + 1, sizeof(char *));
    kz->out.warnings[kz->out.n_warnings++] = line;
}

bool kz_within_limits(struct kz *kz, struct err *err) {
    if (kz->a->total_bytes - kz->arena_before <= LIMIT_KUSTOMIZE_BYTES)
        return true;
    return err_set(err, ERR_LIMIT, "the build needs more than %llu MiB of memory",
                   LIMIT_KUSTOMIZE_BYTES >> 20);
}

/* ---- cleaning up ---- */
static bool label_all(struct kz *kz, struct kz_list *l, struct err *err) {
    struct kz_pairs pairs = { 0 };
    struct kz_spec place = { "", "", "", "metadata/labels", true };
    kz_pairs_set(kz->a, &pairs, STR("app.kubernetes.io/managed-by"), STR("kustomize-v5.8.1"));
    struct kz_map_conf conf = { .pairs = &pairs, .specs = { .items = &place, .n = 1 } };
    return kz_run_map(kz, &conf, l, err);
}

static bool clean_annotations(struct kz *kz, struct kz_res *r, bool origins, bool transformations,
                              struct err *err) {
    struct kz_pairs p = kz_root_annotations(kz->a, r->root);
    bool rewrite = p.n || !origins || !transformations;
    kz_pairs_remove_internal(&p);
    if (!origins)
        kz_pairs_remove(&p, KZ_ANNO_ORIGIN);
    if (!transformations)
        kz_pairs_remove(&p, KZ_ANNO_TRANSFORMATIONS);
    if (!rewrite || kz_root_set_annotations(kz->a, r->root, &p, err))
        return true;
    return err_wrap(err, "failed to clean up origin tracking annotations");
}

static bool finish(struct kz_target *t, struct kz_list *l, struct err *err) {
    struct kz *kz = t->kz;
    const struct kz_texts *metadata = &t->file.build_metadata;
    if (!kz_sort_list(kz, t->file.sort, l, err))
        return false;
    if ((kz->opt->managed_by_label || kz_texts_have(metadata, "managedByLabel")) && !label_all(kz, l, err))
        return false;
    for (size_t i = 0; i < l->n; i++)
        if (!clean_annotations(kz, l->items[i], kz_texts_have(metadata, "originAnnotations"),
                               kz_texts_have(metadata, "transformerAnnotations"), err))
            return false;
    return true;
}

/* ---- objects ---- */
static bool printable_text(struct str s) {
    for (size_t i = 0, w; i < s.n; i += w) {
        uint32_t r;
        w = 1;
        if ((unsigned char)s.p[i] < 0x7F)
            continue;
        w = utf8_decode(str_sub(s, i, s.n), &r);
        if (r == 0x7F || (r >= 0x80 && r <= 0x9F && r != 0x85) || r == 0xFFFE || r == 0xFFFF)
            return false;
    }
    return true;
}

// JSON leaves these as they are and YAML refuses to read them again.
static bool printable(const struct value *v) {
    bool ok = v->type != VALUE_STRING || printable_text(v->s);
    for (size_t i = 0; ok && v->type == VALUE_LIST && i < v->list.n; i++)
        ok = printable(v->list.items[i]);
    for (size_t i = 0; ok && v->type == VALUE_MAP && i < v->map.n; i++)
        ok = printable_text(v->map.pairs[i].key) && printable(v->map.pairs[i].value);
    return ok;
}

static bool not_printed(struct kz *kz, const struct kz_node *root, struct err *err) {
    bool decoded = !strncmp(err->msg, "json: ", 6);
    return err_wrap(err, "%s",
                    decoded ? kz_node_go_syntax(kz->a, root, true).p : "map[string]interface {}(nil)");
}

static bool convert(struct kz *kz, struct kz_list *l, struct err *err) {
    kz->out.objects = arena_array(kz->a, struct value *, l->n + 1);
    for (size_t i = 0; i < l->n; i++) {
        struct value *v = NULL;
        if (!kz_node_to_value(kz->a, l->items[i]->root, &v, err))
            return not_printed(kz, l->items[i]->root, err);
        if (!printable(v)) {
            struct buf b = { 0 };
            go_syntax(&b, v, "string");
            err_set(err, ERR_INVALID, "%s: yaml: control characters are not allowed", b.p);
            buf_done(&b);
            return false;
        }
        kz->out.objects[kz->out.n_objects++] = v;
    }
    return true;
}

static bool build(struct kz *kz, const char *dir, struct err *err) {
    struct kz_loader loader;
    struct kz_accumulator acc = { 0 };
    struct kz_target t = { .kz = kz, .loader = &loader };
    if (!kz_loader_root(kz, dir, &loader, err) || !kz_target_load(&t, true, err))
        return false;
    if (t.file.build_metadata.n)
        t.origin = arena_new(kz->a, struct kz_origin);
    if (!kz_target_accumulate(&t, &acc, err) || !kz_target_finish(&t, &acc, err) ||
        !finish(&t, &acc.list, err))
        return false;
    return convert(kz, &acc.list, err);
}

bool kustomize_build(struct arena *a, struct fileset *fs, const char *dir,
                     const struct kustomize_options *options, struct kustomize_result *out, struct err *err) {
    struct kz kz = { .a = a, .opt = options, .fs = fs, .arena_before = a->total_bytes };
    kz.max_objects = options->max_objects ? options->max_objects : LIMIT_KUSTOMIZE_OBJECTS;
    kz_schema_init(&kz);
    bool ok = build(&kz, *dir ? dir : ".", err);
    if (!ok && kz.broken && err->kind == ERR_NONE)
        err_set(err, ERR_INVALID, "%s", kz.broken);
    // warnings and files are there on failure, too
    out->warnings = kz.out.warnings;
    out->n_warnings = kz.out.n_warnings;
    out->files = kz.out.files;
    out->n_files = kz.out.n_files;
    out->objects = ok ? kz.out.objects : NULL;
    out->n_objects = ok ? kz.out.n_objects : 0;
    return ok;
}

bool kustomize_check_manifest(struct arena *a, struct str text, struct err *err) {
    static const struct kustomize_options options = { 0 };
    struct kz kz = {
        .a = a, .opt = &options, .arena_before = a->total_bytes, .max_objects = LIMIT_KUSTOMIZE_OBJECTS
    };
    struct kz_list list = { 0 };
    kz_schema_init(&kz);
    bool ok = kz_list_read(&kz, text, &list, err);
    if (!ok && kz.broken && err->kind == ERR_NONE)
        err_set(err, ERR_INVALID, "%s", kz.broken);
    return ok;
}

bool kustomize_write(struct buf *out, struct value *const *objects, size_t n_objects, struct err *err) {
    for (size_t i = 0; i < n_objects; i++) {
        if (!printable(objects[i]))
            return err_set(err, ERR_INVALID, "yaml: control characters are not allowed");
        if (i)
            buf_puts(out, "---\n");
        yaml_write(out, objects[i], YAML_WRITE_SIGS);
    }
    return true;
}

void kustomize_files_digest(const struct kustomize_result *r, unsigned char out_sha256[32]) {
    autohasher h;
    struct digest all;
    hasher_init(&h, DIGEST_SHA256);
    for (size_t i = 0; i < r->n_files; i++) {
        hasher_add(&h, r->files[i].path, strlen(r->files[i].path) + 1);
        hasher_add(&h, r->files[i].sha256, sizeof r->files[i].sha256);
    }
    hasher_finish(&h, &all);
    memcpy(out_sha256, all.bytes, 32);
}
