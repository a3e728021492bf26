// SPDX-License-Identifier: Apache-2.0
/* From rendered text to documents and hooks, in order. Helm: pkg/release/v1/util/{manifest,manifest_sorter,kind_sorter}.go */
#include "common/helm/chart_internal.h"
#include "common/helm/render.h"
#include "common/value/number.h"
#include "common/value/yaml.h"

static const char *const install_order[] = {
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    NULL,
};
static const char *const uninstall_order[] = {
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    "CronJob",
    "Job",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "DaemonSet",
    "RoleBindingList",
    "RoleBinding",
    "RoleList",
    "Role",
    "ClusterRoleBindingList",
    "ClusterRoleBinding",
    "ClusterRoleList",
    "ClusterRole",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "ConfigMap",
    "SecretList",
    "Secret",
    "ServiceAccount",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Namespace",
    "PriorityClass",
    NULL,
};

static const struct hook_event_row {
    const char *name;
    enum helm_hook_event event;
} hook_events[] = {
    { "pre-install", HOOK_PRE_INSTALL },
    { "post-install", HOOK_POST_INSTALL },
    { "pre-delete", HOOK_PRE_DELETE },
    { "post-delete", HOOK_POST_DELETE },
    { "pre-upgrade", HOOK_PRE_UPGRADE },
    { "post-upgrade", HOOK_POST_UPGRADE },
    { "pre-rollback", HOOK_PRE_ROLLBACK },
    { "post-rollback", HOOK_POST_ROLLBACK },
    { "test", HOOK_TEST },
    { "test-success", HOOK_TEST },
};

const char *helm_hook_event_name(enum helm_hook_event event) {
    for (size_t i = 0; i < countof(hook_events); i++)
        if (hook_events[i].event == event)
            return hook_events[i].name;
    return "";
}

enum helm_hook_event helm_hook_event_of(struct str name) {
    for (size_t i = 0; i < countof(hook_events); i++)
        if (str_is(name, hook_events[i].name))
            return hook_events[i].event;
    return 0;
}

/* ---- splitting ---- */

static size_t blanks_at_start(struct str s) { // unicode.IsSpace, the ones that occur
    size_t i = 0;
    while (i < s.n) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == ' ' || (c >= '\t' && c <= '\r'))
            i++;
        else if (c == 0xc2 && i + 1 < s.n &&
                 ((unsigned char)s.p[i + 1] == 0x85 || (unsigned char)s.p[i + 1] == 0xa0))
            i += 2;
        else
            break;
    }
    return i;
}

/* *rest begins with the text, or at a separator: what follows "---" on its line belongs to the next piece and is not itself at
 * the start of a line. */
bool helm_split(struct str *rest, struct str *out) {
    while (rest->n) {
        size_t from = str_starts(*rest, "---") ? 3 : 0;
        while (from && from < rest->n && (rest->p[from] == ' ' || rest->p[from] == '\t'))
            from++;
        struct str piece = str_sub(*rest, from, rest->n);
        ptrdiff_t next = str_find(piece, STR("\n---"));
        if (next >= 0)
            piece = str_sub(piece, 0, (size_t)next + 1);
        *rest = str_sub(*rest, from + piece.n, rest->n);
        piece = str_sub(piece, blanks_at_start(piece), piece.n);
        if (piece.n)
            return *out = piece, true;
    }
    return false;
}

/* ---- reading the head ---- */

struct head {
    const char *api_version, *kind, *name;
    const struct value *annotations;
};

static bool head_type(const char *path, const struct value *v, const char *where, const char *type,
                      struct err *err) {
    return err_set(err, ERR_INVALID,
                   "YAML parse error on %s: error unmarshaling JSON: while decoding JSON: json: cannot "
                   "unmarshal %s into Go %s "
                   "of type %s",
                   path, chart_json_type(v), where, type);
}

static bool head_text(struct arena *a, const char *path, const struct value *v, const char *where,
                      const char **out, struct err *err) {
    char digits[NUMBER_TEXT];
    *out = "";
    switch (v ? v->type : VALUE_NULL) {
    case VALUE_NULL: return true;
    case VALUE_BOOL: return *out = v->b ? "true" : "false", true;
    case VALUE_INT: return *out = arena_fmt(a, "%lld", (long long)v->i), true;
    case VALUE_FLOAT: digits[number_fmt_g(v->f, digits)] = '\0'; return *out = arena_strdup(a, digits), true;
    case VALUE_STRING: return *out = v->s.p, true;
    case VALUE_LIST:
    case VALUE_MAP: break;
    }
    return head_type(path, v, arena_fmt(a, "struct field %s", where), "string", err);
}

static bool read_head(struct arena *a, const char *path, struct str text, struct head *out, struct err *err) {
    struct value *v;
    if (!yaml_read(a, text, YAML_GO_SIGS, &v, err))
        return err_wrap(err, "YAML parse error on %s: error converting YAML to JSON", path);
    *out = (struct head) { "", "", "", NULL };
    if (v->type == VALUE_NULL)
        return true;
    if (v->type != VALUE_MAP)
        return head_type(path, v, "value", "util.SimpleHead", err);
    const struct value *meta = value_get(v, "metadata"), *notes = value_get(meta, "annotations");
    if (!head_text(a, path, value_get(v, "apiVersion"), "SimpleHead.apiVersion", &out->api_version, err) ||
        !head_text(a, path, value_get(v, "kind"), "SimpleHead.kind", &out->kind, err))
        return false;
    if (meta && meta->type != VALUE_MAP && meta->type != VALUE_NULL)
        return head_type(path, meta, "struct field SimpleHead.metadata",
                         "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string "
                         "\"json:\\\"annotations\\\"\" }",
                         err);
    if (!head_text(a, path, value_get(meta, "name"), ".metadata.name", &out->name, err))
        return false;
    if (notes && notes->type != VALUE_MAP && notes->type != VALUE_NULL)
        return head_type(path, notes, "struct field .metadata.annotations", "map[string]string", err);
    for (size_t i = 0; i < value_len(notes); i++) {
        const char *ignored;
        if (!head_text(a, path, notes->map.pairs[i].value, ".metadata.annotations", &ignored, err))
            return false;
    }
    return out->annotations = notes, true;
}

/* ---- hooks ---- */

// A comma list, trimmed, in lower case.
static struct chart_texts words_of(struct arena *a, const char *text) {
    struct chart_texts out = { 0 };
    struct str rest = str_of(text), word;
    while (str_split(&rest, ',', &word)) {
        word = str_trim(word);
        char *lower = arena_text(a, word.p, word.n);
        for (char *p = lower; *p; p++)
            *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
        out.items = arena_grow(a, out.items, &out.cap, out.n + 1, sizeof *out.items);
        out.items[out.n++] = lower;
    }
    return out;
}

static struct chart_texts annotation_words(struct arena *a, const struct head *h, const char *key) {
    struct err scratch = { .a = a };
    const struct value *v = value_get(h->annotations, key);
    const char *text = "";
    if (!v || !head_text(a, "", v, "", &text, &scratch))
        return (struct chart_texts) { 0 };
    return words_of(a, text);
}

static bool parse_hook(struct arena *a, const struct head *h, struct helm_hook *out) {
    struct chart_texts words = annotation_words(a, h, "helm.sh/hook"), weight;
    out->events = arena_array(a, enum helm_hook_event, words.n + 1);
    for (size_t i = 0; i < words.n; i++) {
        enum helm_hook_event event = helm_hook_event_of(str_of(words.items[i]));
        if (!event)
            return false;
        out->events[out->n_events++] = event;
        out->event_mask |= event;
    }
    weight = annotation_words(a, h, "helm.sh/hook-weight");
    const char *digits = weight.n == 1 ? weight.items[0] : "";
    if (!str_to_i64(str_of(digits + (*digits == '+')), &out->weight))
        out->weight = 0;
    out->delete_policies = annotation_words(a, h, "helm.sh/hook-delete-policy");
    out->output_log_policies = annotation_words(a, h, "helm.sh/hook-output-log-policy");
    return true;
}

/* ---- sorting ---- */

static size_t kind_rank(const char *const *order, const char *kind) {
    size_t i = 0;
    while (order[i] && strcmp(order[i], kind) != 0)
        i++;
    return i;
}

struct sort_item {
    const char *kind, *name; // name "": not looked at
    int64_t weight;
    size_t rank, place;
};

static int item_cmp(const void *x, const void *y) {
    const struct sort_item *l = x, *r = y;
    if (l->weight != r->weight)
        return l->weight < r->weight ? -1 : 1;
    int by_name = strcmp(l->name, r->name);
    if (by_name)
        return by_name;
    if (l->rank != r->rank)
        return l->rank < r->rank ? -1 : 1;
    int by_kind = strcmp(l->kind, r->kind);
    return by_kind ? by_kind : l->place < r->place ? -1 : 1;
}

static void sort_any(struct arena *a, void *things, size_t n, size_t size, struct sort_item *items) {
    if (n < 2)
        return;
    char *copy = arena_copy(a, things, n * size);
    qsort(items, n, sizeof *items, item_cmp);
    for (size_t i = 0; i < n; i++)
        memcpy((char *)things + i * size, copy + items[i].place * size, size);
}

static void sort_documents(struct arena *a, struct helm_document *docs, size_t n, const char *const *order) {
    struct sort_item *items = arena_array(a, struct sort_item, n + 1);
    for (size_t i = 0; i < n; i++)
        items[i] = (struct sort_item) { docs[i].kind, "", 0, kind_rank(order, docs[i].kind), i };
    sort_any(a, docs, n, sizeof *docs, items);
}

void helm_sort_install(struct arena *a, struct helm_document *docs, size_t n) {
    sort_documents(a, docs, n, install_order);
}

void helm_sort_uninstall(struct arena *a, struct helm_document *docs, size_t n) {
    sort_documents(a, docs, n, uninstall_order);
}

static void sort_hooks(struct arena *a, struct helm_hook *hooks, size_t n, bool to_run) {
    struct sort_item *items = arena_array(a, struct sort_item, n + 1);
    for (size_t i = 0; i < n; i++)
        items[i] = (struct sort_item) { hooks[i].doc.kind, to_run ? hooks[i].doc.name : "",
                                        to_run ? hooks[i].weight : 0,
                                        kind_rank(install_order, hooks[i].doc.kind), i };
    sort_any(a, hooks, n, sizeof *hooks, items);
}

void helm_sort_hooks(struct arena *a, struct helm_hook *hooks, size_t n) {
    sort_hooks(a, hooks, n, true);
}

/* ---- all of it ---- */

struct sorter {
    struct arena *a;
    struct helm_rendered *out;
    size_t cap_documents, cap_hooks;
};

static bool add_piece(struct sorter *s, const char *path, struct str text, struct err *err) {
    struct helm_rendered *out = s->out;
    autoarena scratch = { 0 };
    struct err inner = { .a = &scratch };
    struct head h;
    if (!read_head(&scratch, path, text, &h, &inner))
        return err_move(err, &inner);
    struct helm_document doc = { path, text, arena_strdup(s->a, h.api_version), arena_strdup(s->a, h.kind),
                                 arena_strdup(s->a, h.name) };
    if (!value_get(h.annotations, "helm.sh/hook")) {
        out->documents =
            arena_grow(s->a, out->documents, &s->cap_documents, out->n_documents + 1, sizeof *out->documents);
        out->documents[out->n_documents++] = doc;
        return true;
    }
    struct helm_hook hook = { .doc = doc };
    if (!parse_hook(s->a, &h, &hook))
        return true; // an unknown event: neither hook nor resource
    out->hooks = arena_grow(s->a, out->hooks, &s->cap_hooks, out->n_hooks + 1, sizeof *out->hooks);
    out->hooks[out->n_hooks++] = hook;
    return true;
}

bool helm_sort(struct arena *a, struct helm_rendered *out, struct err *err) {
    struct sorter s = { a, out, 0, 0 };
    out->n_documents = out->n_hooks = 0;
    out->documents = NULL;
    out->hooks = NULL;
    for (size_t i = 0; i < out->files.n; i++) {
        const struct chart_file *f = &out->files.items[i];
        const char *slash = strrchr(f->name, '/');
        struct str rest = f->data, piece;
        if ((slash ? slash[1] : *f->name) == '_')
            continue;
        rest = str_sub(rest, blanks_at_start(rest), rest.n);
        while (helm_split(&rest, &piece))
            if (!add_piece(&s, f->name, piece, err))
                return false;
    }
    helm_sort_install(a, out->documents, out->n_documents);
    sort_hooks(a, out->hooks, out->n_hooks, false);
    return true;
}

static void put_piece(struct buf *out, const char *path, struct str text) {
    buf_puts(out, "---\n# Source: ");
    buf_puts(out, path);
    buf_putc(out, '\n');
    buf_put_str(out, text);
    buf_putc(out, '\n');
}

void helm_manifest_text(struct buf *out, const struct helm_rendered *r, const struct chart_files *crds) {
    for (size_t i = 0; crds && i < crds->n; i++)
        put_piece(out, crds->items[i].name, crds->items[i].data);
    for (size_t i = 0; i < r->n_documents; i++)
        put_piece(out, r->documents[i].path, r->documents[i].text);
}
