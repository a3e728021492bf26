// SPDX-License-Identifier: Apache-2.0
/* The order of the output. Upstream: api/internal/builtins/SortOrderTransformer.go */
#include "common/kustomize/xform.h"

struct sortable {
    struct kz_res *r;
    int rank;
    bool is_namespace, core; // two Namespaces, one of them of no group, are sorted the other way round
    const char *gvk, *id;
    size_t at;
};

static int by_order(const void *x, const void *y) {
    const struct sortable *a = x, *b = y;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    int gvk = strcmp(a->gvk, b->gvk);
    if (gvk)
        return a->is_namespace && b->is_namespace && (a->core || b->core) ? -gvk : gvk;
    int id = strcmp(a->id, b->id);
    return id ? id : a->at < b->at ? -1 : 1;
}

static int rank_in(const struct kz_sort_lists *lists, const char *kind) {
    int rank = 0; // the last mention counts
    for (size_t i = 0; i < lists->first.n; i++)
        if (!strcmp(lists->first.items[i], kind))
            rank = (int)i - (int)lists->first.n;
    for (size_t i = 0; i < lists->last.n; i++)
        if (!strcmp(lists->last.items[i], kind))
            rank = 1 + (int)i;
    return rank;
}

static void sort_legacy(struct kz *kz, const struct kz_sort_lists *lists, struct kz_list *l) {
    struct sortable *items = arena_array(kz->a, struct sortable, l->n + 1);
    for (size_t i = 0; i < l->n; i++) {
        const struct kz_id *id = kz_res_cur(kz, l->items[i]);
        const char *ns = *id->ns ? id->ns : "~X", *name = *id->name ? id->name : "~N";
        items[i] = (struct sortable) {
            .r = l->items[i],
            .rank = lists ? rank_in(lists, id->gvk.kind) : kz_gvk_rank(id->gvk.kind),
            .is_namespace = !strcmp(id->gvk.kind, "Namespace"),
            .core = !*id->gvk.group,
            .gvk = kz_gvk_sort_text(kz->a, &id->gvk),
            .id = arena_fmt(kz->a, "%s|%s|%s", kz_gvk_text(kz->a, &id->gvk), ns, name),
            .at = i,
        };
    }
    qsort(items, l->n, sizeof *items, by_order);
    for (size_t i = 0; i < l->n; i++)
        l->items[i] = items[i].r;
    kz_list_touch(l);
}

bool kz_sort_list(struct kz *kz, const struct kz_sort *s, struct kz_list *l, struct err *err) {
    struct kz_list check = { 0 };
    bool legacy = s ? !strcmp(s->order, "legacy") : kz->opt->default_order == KUSTOMIZE_ORDER_LEGACY;
    if (s && !legacy && strcmp(s->order, "fifo"))
        return err_set(err, ERR_INVALID, "the field 'sortOptions.order' must be one of [fifo, legacy]");
    if (s && !legacy && s->legacy)
        return err_set(err, ERR_INVALID,
                       "the field 'sortOptions.legacySortOptions' is set but the selected sort order is "
                       "'fifo', not 'legacy'");
    if (!legacy)
        return true;
    sort_legacy(kz, s ? s->legacy : NULL, l);
    if (!kz_list_append_all(kz, &check, l, err))
        return err_wrap(err, "SortOrderTransformer: Failed to append to resources");
    return true;
}
