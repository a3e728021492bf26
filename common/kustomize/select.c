// SPDX-License-Identifier: Apache-2.0
/* Selecting objects by regular expressions over ids and by label selectors. Upstream: api/types/selector.go */
#include "common/kube/object.h"
#include "common/kustomize/xform.h"
#include "common/text/regex.h"

struct kz_selector_regex {
    struct regex *group, *version, *kind, *name, *ns; // NULL: anything
};

static bool compile(struct kz *kz, const char *pattern, struct regex **out, struct err *err) {
    *out = NULL;
    return !*pattern || regex_compile(kz->a, arena_fmt(kz->a, "^(?:%s)$", pattern), out, err);
}

bool kz_selector_compile(struct kz *kz, const struct kz_selector *s, struct kz_selector_regex **out,
                         struct err *err) {
    struct kz_selector_regex *r = arena_new(kz->a, struct kz_selector_regex);
    *out = r;
    return compile(kz, s->group, &r->group, err) && compile(kz, s->version, &r->version, err) &&
           compile(kz, s->kind, &r->kind, err) && compile(kz, s->name, &r->name, err) &&
           compile(kz, s->ns, &r->ns, err);
}

static bool fits(const struct regex *re, const char *text) {
    return !re || regex_match(re, str_of(text));
}

static bool gvk_fits(const struct kz_selector_regex *s, const struct kz_gvk *g) {
    return fits(s->group, g->group) && fits(s->version, g->version) && fits(s->kind, g->kind);
}

bool kz_selector_id_matches(const struct kz_selector_regex *s, const struct kz_id *id) {
    return gvk_fits(s, &id->gvk) && fits(s->name, id->name) && fits(s->ns, id->ns);
}

bool kz_selector_empty_id(const struct kz_selector *s) {
    return !*s->group && !*s->version && !*s->kind && !*s->name && !*s->ns;
}

bool kz_labels_match(struct kz *kz, const char *selector, const struct kz_pairs *labels, bool *out,
                     struct err *err) {
    struct selector *s = NULL;
    *out = true;
    if (!*selector)
        return true;
    if (!selector_parse(kz->a, selector, &s, err))
        return false;
    struct value *map = value_map(kz->a);
    for (size_t i = 0; i < labels->n; i++)
        value_set_n(kz->a, map, labels->items[i].key, value_string_n(kz->a, labels->items[i].value));
    *out = selector_matches(s, map);
    return true;
}

static bool both_selectors(struct kz *kz, const struct kz_selector *s, const struct kz_node *root, bool *out,
                           struct err *err) {
    struct kz_pairs labels = kz_root_labels(kz->a, root);
    if (!kz_labels_match(kz, s->labels, &labels, out, err) || !*out)
        return !*out && err->kind == ERR_NONE;
    if (!*s->annotations)
        return true;
    struct kz_pairs annotations = kz_root_annotations(kz->a, root);
    return kz_labels_match(kz, s->annotations, &annotations, out, err);
}

bool kz_select(struct kz *kz, struct kz_list *l, const struct kz_selector *s, struct kz_list *out,
               struct err *err) {
    struct kz_selector_regex *re = NULL;
    if (!kz_selector_compile(kz, s, &re, err))
        return false;
    for (size_t i = 0; i < l->n; i++) {
        struct kz_res *r = l->items[i];
        const struct kz_id *cur = kz_res_cur(kz, r), *org = kz_res_org(kz, r);
        bool match = true;
        if (re->ns && !fits(re->ns, kz_id_effective_ns(org)) && !fits(re->ns, kz_id_effective_ns(cur)))
            continue;
        if (re->name && !fits(re->name, org->name) && !fits(re->name, cur->name))
            continue;
        if (!gvk_fits(re, &cur->gvk))
            continue;
        if ((*s->labels || *s->annotations) && !both_selectors(kz, s, r->root, &match, err))
            return false;
        if (match)
            kz_list_add(kz, out, r);
    }
    return true;
}
