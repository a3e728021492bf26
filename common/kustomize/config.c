// SPDX-License-Identifier: Apache-2.0
/* Field specs of the transformers: defaults, configurations files, merging. */
#include "common/kustomize/config.h"
#include "common/value/yaml.h"

/* ---- defaults ---- */
void kz_config_add(struct kz *kz, struct kz_config *c, enum kz_spec_list list, struct kz_spec spec) {
    struct kz_specs *s = &c->lists[list];
    s->items = arena_grow(kz->a, s->items, &s->cap, s->n + 1, sizeof *s->items);
    s->items[s->n++] = spec;
}

struct kz_backref *kz_config_backref(struct kz *kz, struct kz_config *c, const char *group,
                                     const char *version, const char *kind) {
    for (size_t i = 0; i < c->n_backrefs; i++) {
        struct kz_backref *b = &c->backrefs[i];
        if (!strcmp(b->group, group) && !strcmp(b->version, version) && !strcmp(b->kind, kind))
            return b;
    }
    c->backrefs = arena_grow(kz->a, c->backrefs, &c->cap_backrefs, c->n_backrefs + 1, sizeof *c->backrefs);
    c->backrefs[c->n_backrefs] = (struct kz_backref) { .group = group, .version = version, .kind = kind };
    return &c->backrefs[c->n_backrefs++];
}

static void add_default(struct kz *kz, struct kz_config *c, const struct kz_default_row *row,
                        struct kz_spec spec) {
    if (!row->target_kind) {
        kz_config_add(kz, c, row->list, spec);
        return;
    }
    struct kz_specs *s =
        &kz_config_backref(kz, c, row->target_group, row->target_version, row->target_kind)->referrers;
    s->items = arena_grow(kz->a, s->items, &s->cap, s->n + 1, sizeof *s->items);
    s->items[s->n++] = spec;
}

// One row for kinds below a prefix: every kind with every path.
static void expand_row(struct kz *kz, struct kz_config *c, const struct kz_default_row *row,
                       const char *kinds, const char *version, const char *prefix) {
    struct str rest_kinds = str_of(kinds), kind, path;
    bool any = !*kinds;
    while (any || str_split(&rest_kinds, ' ', &kind)) {
        const char *kind_text = any ? "" : arena_text(kz->a, kind.p, kind.n);
        struct str rest_paths = str_of(row->paths);
        while (str_split(&rest_paths, ' ', &path))
            if (path.n)
                add_default(
                    kz, c, row,
                    (struct kz_spec) { .group = row->group ? row->group : "",
                                       .version = version,
                                       .kind = kind_text,
                                       .path = arena_fmt(kz->a, "%s%.*s", prefix, (int)path.n, path.p),
                                       .create = row->create });
        if (any)
            break;
    }
}

static int by_target(struct arena *a, const struct kz_backref *x, const struct kz_backref *y) {
    struct kz_gvk gx = { x->group, x->version, x->kind, false },
                  gy = { y->group, y->version, y->kind, false };
    return kz_gvk_compare(a, &gx, &gy);
}

static void sort_all(struct kz *kz, struct kz_config *c) {
    for (int i = 0; i < KZ_N_SPEC_LISTS; i++)
        kz_specs_sort(kz->a, &c->lists[i]);
    for (size_t i = 1; i < c->n_backrefs; i++) {
        struct kz_backref x = c->backrefs[i];
        size_t j = i;
        for (; j && by_target(kz->a, &x, &c->backrefs[j - 1]) < 0; j--)
            c->backrefs[j] = c->backrefs[j - 1];
        c->backrefs[j] = x;
    }
}

const struct kz_config *kz_config_defaults(struct kz *kz) {
    if (kz->defaults)
        return kz->defaults;
    struct kz_config *c = arena_new(kz->a, struct kz_config);
    for (size_t i = 0; i < kz_n_default_rows; i++) {
        const struct kz_default_row *row = &kz_default_rows[i];
        if (row->pods == KZ_NO_PODS) {
            expand_row(kz, c, row, row->kinds, row->version, "");
            continue;
        }
        for (size_t j = 0; j < kz_n_pod_rows; j++)
            if (kz_pod_rows[j].set == row->pods)
                expand_row(kz, c, row, kz_pod_rows[j].kinds, kz_pod_rows[j].version, kz_pod_rows[j].prefix);
    }
    sort_all(kz, c);
    c->has_defaults = c->only_defaults = true;
    kz->defaults = c;
    return c;
}

/* ---- merging ---- */
static struct kz_specs copy_specs(struct kz *kz, const struct kz_specs *s) {
    struct kz_specs c = { .n = s->n, .cap = s->n };
    c.items = s->n ? arena_copy(kz->a, s->items, s->n * sizeof *s->items) : NULL;
    return c;
}

static bool merge_backrefs(struct kz *kz, struct kz_config *to, const struct kz_config *from,
                           struct err *err) {
    for (size_t i = 0; i < from->n_backrefs; i++) {
        const struct kz_backref *b = &from->backrefs[i];
        size_t before = to->n_backrefs;
        struct kz_backref *mine = kz_config_backref(kz, to, b->group, b->version, b->kind);
        if (to->n_backrefs > before) {
            mine->referrers = copy_specs(kz, &b->referrers);
            continue;
        }
        mine->referrers = copy_specs(kz, &mine->referrers);
        if (!kz_specs_merge(kz->a, &mine->referrers, &b->referrers, err))
            return err_wrap(err, "failed to merge NameReference fieldSpec");
    }
    return true;
}

bool kz_config_merge(struct kz *kz, const struct kz_config *base, const struct kz_config *more,
                     const struct kz_config **out, struct err *err) {
    static const struct {
        enum kz_spec_list list;
        const char *name;
    } order[] = {
        { KZ_NAME_PREFIX, "NamePrefix" },
        { KZ_NAME_SUFFIX, "NameSuffix" },
        { KZ_NAMESPACE, "NameSpace" },
        { KZ_COMMON_ANNOTATIONS, "CommonAnnotations" },
        { KZ_COMMON_LABELS, "CommonLabels" },
        { KZ_LABELS, "Labels" },
        { KZ_TEMPLATE_LABELS, "TemplateLabels" },
        { KZ_VAR_REFERENCE, "VarReference" },
        { KZ_IMAGES, "Images" },
        { KZ_REPLICAS, "Replicas" },
    };
    if (more->only_defaults && base->has_defaults) { // nothing new in it
        *out = base;
        return true;
    }
    struct kz_config *c = arena_new(kz->a, struct kz_config);
    c->has_defaults = base->has_defaults || more->has_defaults;
    for (size_t i = 0; i < countof(order); i++) {
        struct kz_specs *list = &c->lists[order[i].list];
        *list = copy_specs(kz, &base->lists[order[i].list]);
        if (!kz_specs_merge(kz->a, list, &more->lists[order[i].list], err))
            return err_wrap(err, "failed to merge %s fieldSpec", order[i].name);
    }
    c->n_backrefs = c->cap_backrefs = base->n_backrefs;
    c->backrefs = base->n_backrefs
                      ? arena_copy(kz->a, base->backrefs, base->n_backrefs * sizeof *base->backrefs)
                      : NULL;
    if (!merge_backrefs(kz, c, more, err))
        return false;
    sort_all(kz, c);
    *out = c;
    return true;
}

/* ---- files ---- */
struct backref_file {
    const char *group, *version, *kind;
    struct kz_items specs;
};
struct config_file {
    struct kz_items lists[KZ_N_SPEC_LISTS];
    struct kz_items references;
};
#define S struct backref_file
static const struct kz_field backref_fields[] = {
    { .name = "group", .kind = KZ_F_TEXT, KZ_AT(S, group), .embedded = "Gvk." },
    { .name = "version", .kind = KZ_F_TEXT, KZ_AT(S, version), .embedded = "Gvk." },
    { .name = "kind", .kind = KZ_F_TEXT, KZ_AT(S, kind), .embedded = "Gvk." },
    { .name = "fieldSpecs", .kind = KZ_F_LIST, KZ_AT(S, specs), .sub = &kz_field_spec_type },
    { 0 },
};
static const struct kz_struct backref_type = { "NameBackReferences", "builtinconfig.NameBackReferences",
                                               sizeof(S), backref_fields };
#undef S
#define LIST(n, l)                                                                                           \
    { .name = n, .kind = KZ_F_LIST, .offset = (l) * sizeof(struct kz_items), .sub = &kz_field_spec_type }
static const struct kz_field config_fields[] = {
    LIST("namePrefix", KZ_NAME_PREFIX),
    LIST("nameSuffix", KZ_NAME_SUFFIX),
    LIST("namespace", KZ_NAMESPACE),
    LIST("commonLabels", KZ_COMMON_LABELS),
    LIST("labels", KZ_LABELS),
    LIST("templateLabels", KZ_TEMPLATE_LABELS),
    LIST("commonAnnotations", KZ_COMMON_ANNOTATIONS),
    LIST("varReference", KZ_VAR_REFERENCE),
    LIST("images", KZ_IMAGES),
    LIST("replicas", KZ_REPLICAS),
    { .name = "nameReference",
      .kind = KZ_F_LIST,
      KZ_AT(struct config_file, references),
      .sub = &backref_type },
    { 0 },
};
static const struct kz_struct config_type = { "TransformerConfig", "builtinconfig.TransformerConfig",
                                              sizeof(struct config_file), config_fields };

static struct kz_specs specs_of(struct kz *kz, const struct kz_items *items) {
    struct kz_specs s = { .n = items->n,
                          .cap = items->n,
                          .items = arena_array(kz->a, struct kz_spec, items->n + 1) };
    const struct kz_field_spec *f = items->items;
    for (size_t i = 0; i < items->n; i++)
        s.items[i] = (struct kz_spec) { f[i].group, f[i].version, f[i].kind, f[i].path, f[i].create };
    return s;
}

static bool read_config(struct kz *kz, struct str text, const struct kz_config **out, struct err *err) {
    struct value *v = NULL;
    struct config_file file = { 0 };
    if (!yaml_read(kz->a, text, YAML_GO_SIGS | YAML_STRICT, &v, err))
        return err_wrap(err, "error converting YAML to JSON");
    if (!kz_decode(kz, v, &config_type, KZ_STRICT | KZ_COERCE, &file, err))
        return err_wrap(err, "error unmarshaling JSON: while decoding JSON");
    struct kz_config *c = arena_new(kz->a, struct kz_config);
    for (int i = 0; i < KZ_N_SPEC_LISTS; i++)
        c->lists[i] = specs_of(kz, &file.lists[i]);
    const struct backref_file *refs = file.references.items;
    c->backrefs = arena_array(kz->a, struct kz_backref, file.references.n + 1);
    for (size_t i = 0; i < file.references.n; i++)
        c->backrefs[c->n_backrefs++] = (struct kz_backref) { refs[i].group, refs[i].version, refs[i].kind,
                                                             specs_of(kz, &refs[i].specs) };
    c->cap_backrefs = c->n_backrefs;
    sort_all(kz, c);
    *out = c;
    return true;
}

bool kz_config_load(struct kz *kz, const struct kz_loader *l, const struct kz_texts *paths,
                    const struct kz_config **out, struct err *err) {
    static const struct kz_config empty;
    const struct kz_config *all = &empty, *one = NULL;
    *out = kz_config_defaults(kz);
    for (size_t i = 0; i < paths->n; i++) {
        struct str text;
        if (!kz_load(kz, l, paths->items[i], &text, NULL, err) || !read_config(kz, text, &one, err) ||
            !kz_config_merge(kz, all, one, &all, err))
            return false;
    }
    return !paths->n || kz_config_merge(kz, *out, all, out, err);
}

/* ---- for messages ---- */
static void dump_specs(struct buf *b, struct arena *a, const struct kz_specs *s) {
    buf_putc(b, '[');
    for (size_t i = 0; i < s->n; i++) {
        struct kz_gvk g = { s->items[i].group, s->items[i].version, s->items[i].kind, false };
        buf_fmt(b, "%s%s:%s:%s", i ? " " : "", kz_gvk_text(a, &g), s->items[i].create ? "true" : "false",
                s->items[i].path);
    }
    buf_putc(b, ']');
}

const char *kz_config_dump(struct kz *kz, const struct kz_config *c) {
    static const enum kz_spec_list before[] = { KZ_NAME_PREFIX,       KZ_NAME_SUFFIX, KZ_NAMESPACE,
                                                KZ_COMMON_LABELS,     KZ_LABELS,      KZ_TEMPLATE_LABELS,
                                                KZ_COMMON_ANNOTATIONS };
    static const enum kz_spec_list after[] = { KZ_VAR_REFERENCE, KZ_IMAGES, KZ_REPLICAS };
    struct buf b = { 0 };
    buf_puts(&b, "&{");
    for (size_t i = 0; i < countof(before); i++) {
        dump_specs(&b, kz->a, &c->lists[before[i]]);
        buf_putc(&b, ' ');
    }
    buf_putc(&b, '[');
    for (size_t i = 0; i < c->n_backrefs; i++) {
        const struct kz_backref *r = &c->backrefs[i];
        struct kz_gvk g = { r->group, r->version, r->kind, false };
        buf_fmt(&b, "%s%s:  (\n", i ? " " : "", kz_gvk_text(kz->a, &g));
        for (size_t j = 0; j < r->referrers.n; j++) {
            const struct kz_spec *f = &r->referrers.items[j];
            struct kz_gvk fg = { f->group, f->version, f->kind, false };
            buf_fmt(&b, "%s%s:%s:%s", j ? "\n" : "", kz_gvk_text(kz->a, &fg), f->create ? "true" : "false",
                    f->path);
        }
        buf_puts(&b, "\n)");
    }
    buf_putc(&b, ']');
    for (size_t i = 0; i < countof(after); i++) {
        buf_putc(&b, ' ');
        dump_specs(&b, kz->a, &c->lists[after[i]]);
    }
    buf_putc(&b, '}');
    return buf_to_arena(&b, kz->a).p;
}
