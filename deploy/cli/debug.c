// SPDX-License-Identifier: Apache-2.0
// flux debug kustomization: status, variables or history of one Kustomization as YAML or dotenv.
#include "deploy/cli/cli.h"

#include "common/value/base64.h"
#include "common/value/yaml.h"

#include <stdio.h>

static const struct kube_resource config_maps = { "", "v1", "ConfigMap", "configmaps", true };
static const struct kube_resource secrets = { "", "v1", "Secret", "secrets", true };

#define DOCS "https://fluxcd.io/flux/components/kustomize/kustomizations/"

static void print_yaml(const struct value *v) {
    autobuf b = { 0 };
    yaml_write(&b, v, YAML_WRITE_SIGS);
    fwrite(b.p, 1, b.n, stdout);
}

// The data of one substituteFrom entry, added over what is there. Absent and optional: nothing.
static bool add_source(struct cli *c, const struct value *from, struct value *vars) {
    bool secret = text_eq(value_text(value_get(from, "kind"), ""), "Secret");
    struct value *o;
    if (!kube_get(c->a, c->kube, secret ? &secrets : &config_maps, c->ns,
                  value_text(value_get(from, "name"), ""), &o, &c->err)) {
        if (c->err.kind != ERR_NOT_FOUND || !value_bool_or(value_get(from, "optional"), false))
            return false;
        err_clear(&c->err);
        return true;
    }
    const struct value *data = value_get(o, "data");
    for (size_t i = 0; value_is(data, VALUE_MAP) && i < data->map.n; i++) {
        struct str text = str_of(value_text(data->map.pairs[i].value, ""));
        if (secret && !base64_decode(c->a, text, &text))
            return err_set(&c->err, ERR_INVALID, "Secret %s: key %s is not base64", object_name(o),
                           data->map.pairs[i].key.p);
        value_set_n(c->a, vars, data->map.pairs[i].key, value_string_n(c->a, text));
    }
    return true;
}

static bool print_vars(struct cli *c, const struct value *ks) {
    struct value *vars = value_map(c->a);
    const struct value *from = value_at(ks, "spec", "postBuild", "substituteFrom", NULL);
    const struct value *own = value_at(ks, "spec", "postBuild", "substitute", NULL);
    for (size_t i = 0; i < value_len(from); i++)
        if (!add_source(c, value_item(from, i), vars))
            return false;
    for (size_t i = 0; value_is(own, VALUE_MAP) && i < own->map.n; i++)
        value_set_n(c->a, vars, own->map.pairs[i].key, own->map.pairs[i].value);
    value_sort_keys(vars);
    printf("# Variables documentation: %s#post-build-variable-substitution\n", DOCS);
    for (size_t i = 0; i < vars->map.n; i++)
        printf("%s=%s\n", vars->map.pairs[i].key.p, value_text(vars->map.pairs[i].value, ""));
    return true;
}

int cli_debug(struct cli *c, size_t n, const char *const *words) {
    size_t used;
    const struct cli_kind *k = cli_kind_find(n, words, false, &used);
    if (!k || !text_eq(k->resource.kind, "Kustomization"))
        return n ? cli_fail(c, "unknown command \"%s\" for \"flux debug\"", words[0])
                 : cli_fail(c, "a kind is required: kustomization");
    if (n <= used)
        return cli_fail(c, "Kustomization name is required");
    if (c->o.show_status + c->o.show_vars + c->o.show_history != 1)
        return cli_fail(c, "exactly one of --show-status, --show-vars, --show-history must be set");
    struct value *ks;
    if (!cli_connect(c) || !kube_get(c->a, c->kube, &k->resource, c->ns, words[used], &ks, &c->err))
        return 1;
    if (c->o.show_vars)
        return !print_vars(c, ks);
    printf("# %s documentation: %s#%s\n", c->o.show_status ? "Status" : "History", DOCS,
           c->o.show_status ? "kustomization-status" : "history");
    struct value *status = value_get(ks, "status"), *out = value_map(c->a);
    if (c->o.show_status)
        value_set(c->a, out, "status", status);
    else if (value_get(status, "history"))
        value_set(c->a, out, "history", value_get(status, "history"));
    print_yaml(out);
    return 0;
}
