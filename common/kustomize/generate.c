// SPDX-License-Identifier: Apache-2.0
/* ConfigMaps and Secrets from literals, files and env files. */
#include "common/kustomize/generate.h"
#include "common/value/utf8.h"

/* ---- pairs ---- */
static const char *list_text(struct arena *a, const struct kz_texts *t) {
    struct buf b = { 0 };
    buf_putc(&b, '[');
    for (size_t i = 0; i < t->n; i++)
        buf_fmt(&b, "%s%s", i ? " " : "", t->items[i]);
    buf_putc(&b, ']');
    return buf_to_arena(&b, a).p;
}

static bool add_pair(struct kz *kz, struct kz_pairs *p, const char *name, struct str key, struct str value,
                     struct err *err) {
    key = arena_str(kz->a, key);
    for (size_t i = 0; i < p->n; i++)
        if (str_eq(p->items[i].key, key))
            return err_set(err, ERR_INVALID, "configmap %s illegally repeats the key `%s`", name, key.p);
    p->items = arena_grow(kz->a, p->items, &p->cap, p->n + 1, sizeof *p->items);
    p->items[p->n++] = (struct kz_pair) { key, value };
    return true;
}

static bool is_space(uint32_t r) {
    return (r >= 9 && r <= 13) || r == ' ' || r == 0x85 || r == 0xA0 || r == 0x1680 ||
           (r >= 0x2000 && r <= 0x200A) || r == 0x2028 || r == 0x2029 || r == 0x202F || r == 0x205F ||
           r == 0x3000;
}

static struct str trim_left(struct str s) {
    while (s.n) {
        uint32_t r;
        size_t w = utf8_decode(s, &r);
        if (!is_space(r))
            break;
        s = str_sub(s, w, s.n);
    }
    return s;
}

struct raw_pairs { // before the check for repeated keys
    struct kz_pair *items;
    size_t n, cap;
};

static void push(struct kz *kz, struct raw_pairs *r, struct str key, struct str value) {
    r->items = arena_grow(kz->a, r->items, &r->cap, r->n + 1, sizeof *r->items);
    r->items[r->n++] = (struct kz_pair) { arena_str(kz->a, key), value };
}

static bool env_line(struct kz *kz, struct raw_pairs *out, struct str line, bool first, struct err *err) {
    if (!utf8_valid(line)) {
        struct buf b = { 0 };
        for (size_t i = 0; i < line.n; i++)
            buf_fmt(&b, "%s%u", i ? " " : "", (unsigned char)line.p[i]);
        return err_set(err, ERR_INVALID, "line [%s] has invalid utf8 bytes : %.*s", buf_to_arena(&b, kz->a).p,
                       (int)line.n, line.p);
    }
    if (first && str_starts(line, "\xEF\xBB\xBF"))
        line = str_sub(line, 3, line.n);
    line = trim_left(line);
    ptrdiff_t eq = str_chr(line, '=');
    if (!line.n || line.p[0] == '#' || eq == 0)
        return true;
    push(kz, out, eq < 0 ? line : str_sub(line, 0, (size_t)eq),
         eq < 0 ? STR("") : arena_str(kz->a, str_sub(line, (size_t)eq + 1, line.n)));
    return true;
}

#define LINE_MAX_BYTES 65536 // Go's scanner gives up, silently, at a longer one

static bool env_file(struct kz *kz, struct raw_pairs *out, struct str text, struct err *err) {
    bool first = true;
    while (text.n) {
        ptrdiff_t end = str_chr(text, '\n');
        struct str line = end < 0 ? text : str_sub(text, 0, (size_t)end);
        if (line.n >= LINE_MAX_BYTES)
            return true;
        text = end < 0 ? STR("") : str_sub(text, (size_t)end + 1, text.n);
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        if (!env_line(kz, out, line, first, err))
            return false;
        first = false;
    }
    return true;
}

static bool env_pairs(struct kz *kz, const struct kz_loader *l, const struct kz_texts *paths,
                      struct raw_pairs *out, struct err *err) {
    for (size_t i = 0; i < paths->n; i++) {
        struct str text;
        if (!kz_load(kz, l, paths->items[i], &text, NULL, err) || !env_file(kz, out, text, err))
            return err_wrap(err, "env source files: %s", list_text(kz->a, paths));
    }
    return true;
}

static bool literal_pairs(struct kz *kz, const struct kz_texts *literals, struct raw_pairs *out,
                          struct err *err) {
    for (size_t i = 0; i < literals->n; i++) {
        struct str s = str_of(literals->items[i]);
        ptrdiff_t eq = str_chr(s, '=');
        if (eq <= 0) {
            err_set(err, ERR_INVALID, "invalid literal source %s, expected key=value", s.p);
            return err_wrap(err, "literal sources %s", list_text(kz->a, literals));
        }
        struct str value = str_sub(s, (size_t)eq + 1, s.n);
        if (value.n >= 2 && value.p[0] == value.p[value.n - 1] && (value.p[0] == '"' || value.p[0] == '\''))
            value = str_sub(value, 1, value.n - 1);
        push(kz, out, str_sub(s, 0, (size_t)eq), arena_str(kz->a, value));
    }
    return true;
}

static bool file_source(struct kz *kz, const char *source, struct str *key, const char **path,
                        struct err *err) {
    const char *eq = strchr(source, '=');
    size_t n = strlen(source);
    if (!eq) {
        struct str base = str_of(source);
        while (base.n > 1 && base.p[base.n - 1] == '/')
            base.n--;
        ptrdiff_t slash = base.n > 1 ? str_rchr(base, '/') : -1;
        *key = base.n ? arena_str(kz->a, str_sub(base, (size_t)(slash + 1), base.n)) : STR(".");
        *path = source;
        return true;
    }
    if (strchr(eq + 1, '='))
        return err_set(err, ERR_INVALID, "source \"%s\" key name or file path contains '='", source);
    if (eq == source)
        return err_set(err, ERR_INVALID, "missing key name for file path \"%s\" in source \"%s\"", source + 1,
                       source);
    if (!eq[1])
        return err_set(err, ERR_INVALID, "missing file path for key name \"%.*s\" in source \"%s\"",
                       (int)n - 1, source, source);
    *key = str_make(arena_text(kz->a, source, (size_t)(eq - source)), (size_t)(eq - source));
    *path = eq + 1;
    return true;
}

static bool file_pairs(struct kz *kz, const struct kz_loader *l, const struct kz_texts *files,
                       struct raw_pairs *out, struct err *err) {
    for (size_t i = 0; i < files->n; i++) {
        struct str key, text;
        const char *path = NULL;
        if (!file_source(kz, files->items[i], &key, &path, err) || !kz_load(kz, l, path, &text, NULL, err))
            return err_wrap(err, "file sources: %s", list_text(kz->a, files));
        push(kz, out, key, text);
    }
    return true;
}

static bool all_pairs(struct kz *kz, const struct kz_loader *l, const struct kz_generator *g,
                      struct kz_pairs *out, struct err *err) {
    struct raw_pairs raw = { 0 };
    if (!env_pairs(kz, l, &g->envs, &raw, err) || !literal_pairs(kz, &g->literals, &raw, err) ||
        !file_pairs(kz, l, &g->files, &raw, err))
        return err_wrap(err, "loading KV pairs");
    for (size_t i = 0; i < raw.n; i++)
        if (!add_pair(kz, out, g->name, raw.items[i].key, raw.items[i].value, err))
            return false;
    kz_pairs_sort(out);
    return true;
}

/* ---- objects ---- */
static bool put_data(struct kz *kz, struct kz_node *root, const struct kz_pairs *pairs, bool secret,
                     struct err *err) {
    struct arena *a = kz->a;
    struct kz_node *map = NULL;
    if (secret && !kz_node_ensure(a, root, STR("data"), KZ_MAP, &map, err))
        return false;
    for (size_t i = 0; i < pairs->n; i++) {
        struct str value = pairs->items[i].value;
        bool text = !secret && utf8_valid(value);
        struct kz_node *n = kz_node_scalar(a, text ? value : kz_base64_lines(a, value));
        n->tag = KZ_TAG_STR;
        n->style = str_chr(n->value, '\n') >= 0 ? KZ_LITERAL : 0;
        if (!kz_node_ensure(a, root, text || secret ? STR("data") : STR("binaryData"), KZ_MAP, &map, err) ||
            !kz_node_set(a, map, pairs->items[i].key, n, 0, NULL, err))
            return false;
    }
    return true;
}

static bool put_options(struct kz *kz, struct kz_node *root, const struct kz_generator_options *o,
                        struct err *err) {
    struct arena *a = kz->a;
    struct kz_node *meta = kz_node_get(root, "metadata"), *labels = NULL;
    if (o->labels)
        kz_pairs_sort(o->labels);
    for (size_t i = 0; o->labels && i < o->labels->n; i++) {
        struct kz_node *v = kz_node_string(a, o->labels->items[i].value);
        v->style = KZ_SINGLE;
        if (!kz_node_ensure(a, meta, STR("labels"), KZ_MAP, &labels, err) ||
            !kz_node_set(a, labels, o->labels->items[i].key, v, 0, NULL, err))
            return false;
    }
    if (o->annotations)
        kz_pairs_sort(o->annotations);
    for (size_t i = 0; o->annotations && i < o->annotations->n; i++)
        if (!kz_root_annotate(a, root, o->annotations->items[i].key.p, o->annotations->items[i].value, err))
            return false;
    if (!o->immutable)
        return true;
    struct kz_node *yes = kz_node_scalar(a, STR("true"));
    yes->tag = KZ_TAG_BOOL;
    return kz_node_set(a, root, STR("immutable"), yes, 0, NULL, err);
}

static bool base_node(struct kz *kz, const struct kz_generator *g, bool secret, struct kz_node **out,
                      struct err *err) {
    struct arena *a = kz->a;
    struct kz_node *root = kz_node_new(a, KZ_MAP), *meta = NULL;
    if (!*g->name)
        return err_set(err, ERR_INVALID, "a configmap must have a name");
    *out = root;
    return kz_node_set(a, root, STR("apiVersion"), kz_node_string(a, STR("v1")), 0, NULL, err) &&
           kz_node_set(a, root, STR("kind"), kz_node_string(a, secret ? STR("Secret") : STR("ConfigMap")), 0,
                       NULL, err) &&
           kz_node_ensure(a, root, STR("metadata"), KZ_MAP, &meta, err) &&
           kz_node_set(a, meta, STR("name"), kz_node_string(a, str_of(g->name)), 0, NULL, err) &&
           (!*g->ns ||
            kz_node_set(a, meta, STR("namespace"), kz_node_string(a, str_of(g->ns)), 0, NULL, err));
}

static const char *behavior_word(const char *text) {
    static const char *const known[] = { "create", "replace", "merge" };
    for (size_t i = 0; i < countof(known); i++)
        if (!strcmp(text, known[i]))
            return known[i];
    return "unspecified";
}

bool kz_generate(struct kz *kz, const struct kz_loader *l, const struct kz_generator *g, bool secret,
                 struct kz_res **out, struct err *err) {
    struct arena *a = kz->a;
    struct kz_node *root = NULL;
    struct kz_pairs pairs = { 0 };
    if (!base_node(kz, g, secret, &root, err))
        return false;
    const char *type = text_empty(g->type) ? "Opaque" : g->type;
    if (secret && !kz_node_set(a, root, STR("type"), kz_node_string(a, str_of(type)), 0, NULL, err))
        return false;
    if (!all_pairs(kz, l, g, &pairs, err) || !put_data(kz, root, &pairs, secret, err) ||
        (g->options && !put_options(kz, root, g->options, err)))
        return false;
    if (!(g->options && g->options->disable_hash) && !kz_root_enable(a, root, KZ_ANNO_HASH, err))
        return false;
    struct kz_pairs annotations = kz_root_annotations(a, root);
    kz_pairs_set(a, &annotations, STR(KZ_ANNO_BEHAVIOR), str_of(behavior_word(g->behavior)));
    *out = kz_res_new(kz, root);
    return kz_root_set_annotations(a, root, &annotations, err);
}
