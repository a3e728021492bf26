// SPDX-License-Identifier: Apache-2.0
/* Nodes: as YAML text, the way kyaml prints them in messages and in text that holds YAML. */
#include "common/kustomize/node.h"
#include "common/value/yaml.h"

static enum value_style style_of(const struct kz_node *n) {
    if (n->style & KZ_DOUBLE)
        return VALUE_STYLE_DOUBLE_QUOTED;
    if (n->style & KZ_SINGLE)
        return VALUE_STYLE_SINGLE_QUOTED;
    if (n->style & KZ_LITERAL)
        return VALUE_STYLE_LITERAL;
    if (n->style & KZ_FOLDED)
        return VALUE_STYLE_FOLDED;
    if (n->style & KZ_FLOW)
        return VALUE_STYLE_FLOW;
    if (n->kind != KZ_SCALAR)
        return VALUE_STYLE_BLOCK;
    if (str_chr(n->value, '\n') >= 0)
        return VALUE_STYLE_LITERAL;
    // a string whose plain text would be something else
    if (n->tag == KZ_TAG_STR && kz_resolve_tag(n->value) != KZ_TAG_STR)
        return VALUE_STYLE_DOUBLE_QUOTED;
    return VALUE_STYLE_PLAIN;
}

static struct value *styled(struct arena *a, const struct kz_node *n, unsigned depth) {
    struct value *v;
    if (depth > 128 || n->kind == KZ_ZERO || n->kind == KZ_ALIAS)
        return value_null(a);
    if (n->kind == KZ_SCALAR) {
        v = value_string_n(a, n->value);
        v->style = style_of(n);
        bool odd = n->tag != KZ_TAG_NONE && n->tag != KZ_TAG_STR && kz_resolve_tag(n->value) != n->tag;
        if (odd || (n->style & KZ_TAGGED))
            v->text = kz_tag_name(n, n->tag);
        return v;
    }
    v = n->kind == KZ_MAP ? value_map(a) : value_list(a);
    v->style = style_of(n);
    for (size_t i = 0; n->kind == KZ_SEQ && i < n->n; i++)
        value_append(a, v, styled(a, n->content[i], depth + 1));
    for (size_t i = 0; n->kind == KZ_MAP && i + 1 < n->n; i += 2) {
        value_set_n(a, v, n->content[i]->value, styled(a, n->content[i + 1], depth + 1));
        for (size_t j = 0; j < v->map.n; j++)
            if (str_eq(v->map.pairs[j].key, n->content[i]->value))
                v->map.pairs[j].key_style = style_of(n->content[i]);
    }
    return v;
}

static struct str text_of(struct arena *a, const struct kz_node *n, unsigned more) {
    struct buf b = { 0 };
    if (n)
        yaml_write(&b, styled(a, n, 0), YAML_WRITE_V3 | YAML_WRITE_STYLES | YAML_WRITE_PLAIN | more);
    return buf_to_arena(&b, a);
}

struct str kz_node_yaml(struct arena *a, const struct kz_node *n) {
    return text_of(a, n, YAML_WRITE_KEEP_ORDER);
}

struct str kz_node_yaml_sorted(struct arena *a, const struct kz_node *n) {
    return text_of(a, n, 0);
}
