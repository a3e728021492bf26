// SPDX-License-Identifier: Apache-2.0
/* Patches: telling the two forms apart, finding what they apply to. Upstream: api/internal/builtins/Patch*.go */
#include "common/kustomize/smp.h"
#include "common/kustomize/xform.h"
#include "common/value/goquote.h"
#include "common/value/json.h"
#include "common/value/patch.h"
#include "common/value/yaml.h"

/* ---- reading ---- */
static bool read_ops(struct kz *kz, struct str text, struct value **out, struct err *err) {
    struct value *v = NULL;
    if (!text.n)
        return err_set(err, ERR_INVALID, "empty json patch operations");
    if (!kz_read_data(kz, text, '[', &v, err))
        return false;
    bool list = value_is(v, VALUE_LIST);
    for (size_t i = 0; list && i < v->list.n; i++)
        list = value_is(v->list.items[i], VALUE_MAP) || value_is(v->list.items[i], VALUE_NULL);
    if (!list && v->type != VALUE_NULL)
        return err_set(err, ERR_INVALID, "json: cannot unmarshal %s into Go value of type jsonpatch.Patch",
                       value_type_name(v->type));
    *out = list && v->list.n ? v : NULL;
    return true;
}

static bool set_options(struct kz *kz, struct kz_list *patches, const struct kz_patch_options *o,
                        struct err *err) {
    for (size_t i = 0; o && i < patches->n; i++) {
        struct kz_node *root = patches->items[i]->root;
        if ((o->allow_name_change && !kz_root_enable(kz->a, root, KZ_ANNO_ALLOW_NAME, err)) ||
            (o->allow_kind_change && !kz_root_enable(kz->a, root, KZ_ANNO_ALLOW_KIND, err)))
            return false;
        kz_res_touch(patches->items[i]);
    }
    return true;
}

static bool read_either(struct kz *kz, struct str text, const struct kz_patch *p, struct kz_patch_conf *out,
                        struct err *err) {
    struct err merge_err = { .a = kz->a }, json_err = { .a = kz->a };
    struct value *ops = NULL;
    bool merge_ok = kz_list_read(kz, text, &out->merges, &merge_err),
         json_ok = read_ops(kz, text, &ops, &json_err);
    if (merge_ok && json_ok && out->merges.n && ops)
        return err_set(err, ERR_INVALID, "illegally qualifies as both an SM and JSON patch: %s", out->source);
    if (!merge_ok && !json_ok)
        return err_set(err, merge_err.kind == ERR_LIMIT ? ERR_LIMIT : ERR_INVALID,
                       "unable to parse SM or JSON patch from %s", out->source);
    if (merge_ok)
        return set_options(kz, &out->merges, p->options, err);
    out->merges = (struct kz_list) { 0 };
    out->ops = ops;
    return true;
}

static const char *quoted(struct kz *kz, const char *text) {
    return go_quoted(kz->a, str_of(text));
}

bool kz_patch_prepare(struct kz *kz, const struct kz_loader *l, const struct kz_patch *p, const char *config,
                      struct kz_patch_conf *out, struct err *err) {
    struct str inline_text = str_trim(str_of(p->patch)), text = inline_text;
    const char *trimmed = arena_text(kz->a, inline_text.p, inline_text.n);
    *out = (struct kz_patch_conf) { .target = p->target };
    if (!*trimmed && !*p->path)
        return err_set(err, ERR_INVALID, "must specify one of patch and path in\n%s", config);
    if (*trimmed && *p->path)
        return err_set(err, ERR_INVALID, "patch and path can't be set at the same time\n%s", config);
    if (*trimmed)
        out->source = arena_fmt(kz->a, "[patch: %s]", quoted(kz, trimmed));
    else {
        out->source = arena_fmt(kz->a, "[path: %s]", quoted(kz, p->path));
        if (!kz_load(kz, l, p->path, &text, NULL, err))
            return err_wrap(err, "failed to get the patch file from path(%s)", p->path);
    }
    return read_either(kz, text, p, out, err);
}

bool kz_patch_prepare_json(struct kz *kz, const struct kz_loader *l, const struct kz_patch *p,
                           struct kz_patch_conf *out, struct err *err) {
    struct str text = str_of(p->patch);
    struct value *ops = NULL;
    *out = (struct kz_patch_conf) { .target = p->target, .keep_ids = true };
    if (!p->target)
        return err_set(err, ERR_INVALID, "must specify a target for patch %s", p->patch);
    if (!*p->target->name)
        return err_set(err, ERR_INVALID, "must specify the target name");
    if (!*p->path && !*p->patch)
        return err_set(err, ERR_INVALID, "empty file path and empty jsonOp");
    if (*p->path && *p->patch)
        return err_set(err, ERR_INVALID, "must specify a file path or jsonOp, not both");
    if (*p->path && !kz_load(kz, l, p->path, &text, NULL, err))
        return false;
    if (!text.n)
        return err_set(err, ERR_INVALID, "patch file '%s' empty seems to be empty", p->path);
    if (!read_ops(kz, text, &ops, err))
        return text.p[0] == '[' ? err_wrap(err, "decoding %s", text.p) : false;
    if (!ops)
        return err_set(err, ERR_INVALID, "patch appears to be empty; file=%s, JsonOp=%s", p->path,
                       text.p[0] == '[' ? text.p : "[]");
    out->ops = ops;
    return true;
}

bool kz_patch_prepare_merges(struct kz *kz, const struct kz_loader *l, const struct kz_texts *paths,
                             const char *inline_text, struct kz_patch_conf *out, struct err *err) {
    *out = (struct kz_patch_conf) { .by_id_copy = true };
    if (!paths->n && !*inline_text)
        return err_set(err, ERR_INVALID, "empty file path and empty patch content");
    for (size_t i = 0; i < paths->n; i++) {
        struct err as_content = { .a = kz->a };
        struct kz_list found = { 0 }, loaded = { 0 };
        struct str text;
        bool ok = kz_list_read(kz, str_of(paths->items[i]), &found, &as_content);
        if (!ok && !kz_load(kz, l, paths->items[i], &text, NULL, err))
            return false;
        if (!ok && !kz_list_read(kz, text, &loaded, err))
            return kz_yaml_fault(err, paths->items[i]);
        const struct kz_list *from = ok ? &found : &loaded;
        for (size_t j = 0; j < from->n; j++)
            kz_list_add(kz, &out->merges, from->items[j]);
    }
    if (*inline_text && !kz_list_read(kz, str_of(inline_text), &out->merges, err))
        return false;
    if (out->merges.n)
        return true;
    struct buf b = { 0 };
    for (size_t i = 0; i < paths->n; i++)
        buf_fmt(&b, "%s%s", i ? " " : "", paths->items[i]);
    return err_set(err, ERR_INVALID, "patch appears to be empty; files=[%s], Patch=%s",
                   buf_to_arena(&b, kz->a).p, inline_text);
}

/* ---- strategic merge ---- */
// A copy of the patch that takes on the object's type, as upstream makes one for each selected object.
static bool copy_for(struct kz *kz, struct kz_res *patch, struct kz_res *r, struct kz_res **out,
                     struct err *err) {
    struct kz_res *c = kz_res_copy(kz, patch);
    const char *kind = kz_root_kind(patch->root);
    *out = c;
    struct kz_gvk g = kz_res_cur(kz, r)->gvk;
    return kz_res_take_metadata(kz, c, patch, err) && kz_root_set_text(kz->a, c->root, "kind", g.kind, err) &&
           kz_root_set_text(kz->a, c->root, "apiVersion", kz_gvk_api_version(kz->a, &g), err) &&
           kz_root_set_text(kz->a, c->root, "kind", kind, err);
}

static bool same_id(const struct kz_id *x, const struct kz_id *y) { // also the namespace as written
    return kz_id_gvkn_equal(x, y) && !strcmp(x->ns, y->ns);
}

// Every object whose id is that of a selected one; then the list is checked for repeated ids.
static bool merge_selected(struct kz *kz, struct kz_list *l, const struct kz_list *selected,
                           struct kz_res *patch, struct err *err) {
    struct kz_list kept = { 0 };
    struct kz_id *ids = arena_array(kz->a, struct kz_id, selected->n + 1);
    for (size_t i = 0; i < selected->n; i++)
        ids[i] = *kz_res_cur(kz, selected->items[i]);
    for (size_t i = 0, next = 0; i < l->n; i++) {
        struct kz_res *r = l->items[i], *copy = NULL;
        // ids of a list are unique, and `selected` is in its order
        bool hit =
            next < selected->n && (selected->items[next] == r || same_id(&ids[next], kz_res_cur(kz, r)));
        next += hit;
        if (hit && (!copy_for(kz, patch, r, &copy, err) || !kz_res_merge_patch(kz, r, copy, err)))
            return false;
        if (!kz_node_empty(r->root) && !kz_list_append(kz, &kept, r, err))
            return false;
    }
    *l = kept;
    return true;
}

static const char *selector_text(struct kz *kz, const struct kz_selector *s) {
    struct kz_id id = { .gvk = { s->group, s->version, s->kind, false }, .name = s->name, .ns = s->ns };
    return arena_fmt(kz->a, "%s:a=%s:l=%s", kz_id_text(kz->a, &id), s->annotations, s->labels);
}

static bool merge_with_target(struct kz *kz, const struct kz_patch_conf *c, struct kz_list *l,
                              struct err *err) {
    struct kz_list selected = { 0 };
    if (c->merges.n > 1)
        return err_set(
            err, ERR_INVALID,
            "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` "
            "field: %s",
            c->source);
    if (!kz_select(kz, l, c->target, &selected, err))
        return err_wrap(err, "unable to find patch target %s in `resources`",
                        quoted(kz, selector_text(kz, c->target)));
    return merge_selected(kz, l, &selected, c->merges.items[0], err);
}

static bool merge_by_id(struct kz *kz, const struct kz_patch_conf *c, struct kz_list *l, struct err *err) {
    for (size_t i = 0; i < c->merges.n; i++) {
        struct kz_res *patch = c->merges.items[i], *r = NULL;
        struct kz_id id = *kz_res_org(kz, patch);
        bool found = kz_list_by_any_id(kz, l, &id, &r, err);
        if (!found && !c->by_id_copy)
            return err_wrap(err, "no resource matches strategic merge patch %s",
                            quoted(kz, kz_id_text(kz->a, &id)));
        if (!found)
            return false;
        struct kz_list one = { .items = &r, .n = 1 };
        if (c->by_id_copy ? !merge_selected(kz, l, &one, patch, err) : !kz_res_merge_patch(kz, r, patch, err))
            return false;
    }
    return true;
}

/* ---- JSON patch ---- */
static bool is_internal(const char *key) {
    return text_starts(key, "internal.config.kubernetes.io/") || !strcmp(key, "config.kubernetes.io/path") ||
           !strcmp(key, "config.kubernetes.io/index") || !strcmp(key, "config.k8s.io/id");
}

static bool patch_one(struct kz *kz, const struct kz_patch_conf *c, struct kz_res *r, struct err *err) {
    struct arena *a = kz->a;
    autoarena passing = { 0 };
    struct value *v = NULL;
    struct kz_pairs before = kz_root_annotations(a, r->root);
    if (!kz_node_to_value(&passing, r->root, &v, err) || !json_patch_apply(&passing, &v, c->ops, err))
        return false;
    if (!value_is(v, VALUE_MAP) && !value_is(v, VALUE_NULL))
        return err_set(err, ERR_INVALID,
                       "json: cannot unmarshal %s into Go value of type map[string]interface {}",
                       value_type_name(v->type));
    r->root = kz_node_from_value(a, v->type == VALUE_NULL ? value_map(&passing) : v);
    // the hash of an object that is neither ConfigMap nor Secret takes in where in the text everything stands
    if (kz_root_annotation(r->root, KZ_ANNO_HASH) &&
        !kz_node_read(a, kz_node_yaml_sorted(a, r->root), &r->root, err))
        return false;
    struct kz_pairs after = kz_root_annotations(a, r->root);
    for (size_t i = 0; i < before.n; i++)
        if (is_internal(before.items[i].key.p))
            kz_pairs_set(a, &after, before.items[i].key, before.items[i].value);
    kz_res_touch(r);
    return kz_root_set_annotations(a, r->root, &after, err) && kz_within_limits(kz, err);
}

static bool run_json(struct kz *kz, const struct kz_patch_conf *c, struct kz_list *l, struct err *err) {
    struct kz_list selected = { 0 };
    if (!c->target)
        return err_set(err, ERR_INVALID, "must specify a target for JSON patch %s", c->source);
    if (!kz_select(kz, l, c->target, &selected, err))
        return false;
    for (size_t i = 0; i < selected.n; i++) {
        if (!c->keep_ids)
            kz_res_store_previous(kz, selected.items[i]);
        if (!patch_one(kz, c, selected.items[i], err))
            return false;
    }
    return true;
}

bool kz_run_patch(struct kz *kz, const void *conf, struct kz_list *l, struct err *err) {
    const struct kz_patch_conf *c = conf;
    bool ok = true;
    if (c->merges.n)
        ok = c->target ? merge_with_target(kz, c, l, err) : merge_by_id(kz, c, l, err);
    else if (c->ops)
        ok = run_json(kz, c, l, err);
    kz_list_touch(l);
    return ok;
}
