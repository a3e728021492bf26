// SPDX-License-Identifier: Apache-2.0
// flux tree kustomization: what a Kustomization has applied, and what those apply.
#include "deploy/cli/cli.h"

#include "common/kube/apply.h"
#include "common/value/json.h"
#include "common/value/yaml.h"

#include <stdio.h>

#define TREE_DEPTH 32

struct node {
    struct delete_item item;
    struct node **children;
    size_t n, cap;
};

static const struct cli_kind *kustomization_kind(void) {
    return cli_kind_of("Kustomization");
}

static bool is_kustomization(const struct delete_item *i) {
    return text_eq(i->gvk.kind, "Kustomization") && text_eq(i->gvk.group, "kustomize.toolkit.fluxcd.io");
}

static bool is_self(const struct node *node, const struct delete_item *i) {
    return is_kustomization(i) && text_eq(i->ns, node->item.ns) && text_eq(i->name, node->item.name);
}

// Fills in the children of a Kustomization from its inventory, and theirs.
static bool grow(struct cli *c, struct node *node, const struct value *object, unsigned depth) {
    const struct value *entries = value_at(object, "status", "inventory", "entries", NULL);
    for (size_t i = 0; i < value_len(entries); i++) {
        const struct value *e = value_item(entries, i);
        struct node *child = arena_new(c->a, struct node);
        if (!inventory_parse(c->a, value_text(value_get(e, "id"), ""), value_text(value_get(e, "v"), ""),
                             &child->item))
            continue;
        if (is_self(node, &child->item) ||
            (c->o.compact && !strstr(child->item.gvk.group, "toolkit.fluxcd.io")))
            continue;
        node->children = arena_grow(c->a, node->children, &node->cap, node->n + 1, sizeof(struct node *));
        node->children[node->n++] = child;
        if (!is_kustomization(&child->item) || depth + 1 >= TREE_DEPTH)
            continue;
        struct value *nested;
        const struct kube_resource *r = &kustomization_kind()->resource;
        if (!kube_get(c->a, c->kube, r, child->item.ns, child->item.name, &nested, &c->err)) {
            if (c->err.kind != ERR_NOT_FOUND)
                return false;
            err_clear(&c->err);
            continue;
        }
        if (!value_at(nested, "spec", "kubeConfig", NULL) && !grow(c, child, nested, depth + 1))
            return false;
    }
    return true;
}

static void print_node(struct cli *c, const struct node *node, const char *prefix, bool root, bool last) {
    const char *subject = object_subject_of(c->a, node->item.gvk.kind, node->item.ns, node->item.name);
    printf("%s%s%s\n", prefix, root ? "" : last ? "└── " : "├── ", subject);
    const char *below = root ? "" : arena_fmt(c->a, "%s%s", prefix, last ? "    " : "│   ");
    for (size_t i = 0; i < node->n; i++)
        print_node(c, node->children[i], below, false, i + 1 == node->n);
}

static struct value *node_value(struct cli *c, const struct node *node) {
    struct value *v = value_map(c->a), *resource = value_map(c->a), *children = value_list(c->a);
    value_set(c->a, v, "resource", resource);
    value_set(c->a, resource, "Namespace", value_string(c->a, node->item.ns));
    value_set(c->a, resource, "Name", value_string(c->a, node->item.name));
    struct value *gk = value_map(c->a);
    value_set(c->a, gk, "Group", value_string(c->a, node->item.gvk.group));
    value_set(c->a, gk, "Kind", value_string(c->a, node->item.gvk.kind));
    value_set(c->a, resource, "GroupKind", gk);
    for (size_t i = 0; i < node->n; i++)
        value_append(c->a, children, node_value(c, node->children[i]));
    if (node->n)
        value_set(c->a, v, "resources", children);
    return v;
}

int cli_tree(struct cli *c, size_t n, const char *const *words) {
    size_t used;
    const struct cli_kind *k = cli_kind_find(n, words, false, &used);
    if (k != kustomization_kind())
        return n ? cli_fail(c, "unknown command \"%s\" for \"flux tree\"", words[0])
                 : cli_fail(c, "a kind is required: kustomization");
    if (n <= used)
        return cli_fail(c, "kustomization name is required");
    if (!text_empty(c->o.output) && !text_eq(c->o.output, "json") && !text_eq(c->o.output, "yaml"))
        return cli_fail(c, "invalid output format %s, it must be json or yaml", c->o.output);
    struct value *object;
    if (!cli_connect(c) || !kube_get(c->a, c->kube, &k->resource, c->ns, words[used], &object, &c->err))
        return 1;
    struct node root = { .item = { .gvk = { k->resource.group, k->resource.version, k->resource.kind },
                                   .ns = c->ns,
                                   .name = words[used] } };
    if (!grow(c, &root, object, 0))
        return 1;
    if (text_empty(c->o.output)) {
        print_node(c, &root, "", true, true);
        return 0;
    }
    autobuf b = { 0 };
    if (text_eq(c->o.output, "json"))
        json_write(&b, node_value(c, &root), JSON_INDENT_2);
    else
        yaml_write(&b, node_value(c, &root), YAML_WRITE_KEEP_ORDER);
    fwrite(b.p, 1, b.n, stdout);
    if (text_eq(c->o.output, "json"))
        puts("");
    return 0;
}
