// SPDX-License-Identifier: Apache-2.0
// CustomResourceDefinitions: what is refused, and their life on a running sandbox.
#include "deploy/local/sandbox/crd.h"
#include "tests/unit/sandbox/cluster.h"

#define CRD "customresourcedefinitions.apiextensions.k8s.io"

// A CRD of group t.example; `spec` fields are merged over the good ones.
static struct value *crd(struct arena *a, const char *plural, const char *changes) {
    struct value *o =
        quoted_json(a, "{'apiVersion':'apiextensions.k8s.io/"
                       "v1','kind':'CustomResourceDefinition','metadata':{},'spec':{'group':'t.example',"
                       "'scope':'Namespaced','names':{'kind':'Thing','shortNames':['th'],'categories':['all']"
                       "},'versions':[{'name':'v1',"
                       "'served':true,'storage':true,'subresources':{'status':{}},'additionalPrinterColumns':"
                       "[{'name':'Size','type':'integer',"
                       "'jsonPath':'.spec.size'}],'schema':{'openAPIV3Schema':{'type':'object','properties':{"
                       "'spec':{'type':'object',"
                       "'required':['name'],'properties':{'name':{'type':'string'},'size':{'type':'integer','"
                       "default':1,'minimum':0}}},"
                       "'status':{'type':'object','default':{'ready':false},'properties':{'ready':{'type':'"
                       "boolean'}}}}}}}]}}");
    value_set(a, value_get(o, "metadata"), "name", value_fmt(a, "%s.t.example", plural));
    value_set(a, value_at(o, "spec", "names", NULL), "plural", value_string(a, plural));
    const struct value *more = quoted_json(a, changes);
    for (size_t i = 0; i < more->map.n; i++)
        value_set_n(a, value_get(o, "spec"), more->map.pairs[i].key, more->map.pairs[i].value);
    return o;
}

static const char *quotes(struct arena *a, const char *text) {
    char *out = arena_strdup(a, text);
    for (char *p = out; *p; p++)
        *p = *p == '"' ? '\'' : *p;
    return out;
}

static void test_refused(void **state) {
    static const struct {
        const char *name, *changes, *want; // want: a part of the message
    } rows[] = {
        { "good", "{}", "" },
        { "group", "{'group':'t'}",
          "spec.group: Invalid value: 't': should be a domain with at least one dot" },
        { "name", "{'group':'u.example'}",
          "metadata.name: Invalid value: 'things.t.example': must be spec.names.plural+'.'+spec.group" },
        { "scope", "{'scope':'Galaxy'}",
          "spec.scope: Unsupported value: 'Galaxy': supported values: 'Cluster', 'Namespaced'" },
        { "conversion", "{'conversion':{'strategy':'Webhook'}}",
          "spec.conversion.strategy: Forbidden: this API server has no conversion webhooks" },
        { "no storage version",
          "{'versions':[{'name':'v1','served':true,'storage':false,'schema':{'openAPIV3Schema':{'type':'"
          "object'}}}]}",
          "must have exactly one version marked as storage version" },
        { "no schema", "{'versions':[{'name':'v1','served':true,'storage':true}]}",
          "spec.versions[0].schema.openAPIV3Schema: Required value" },
        { "a bad schema",
          "{'versions':[{'name':'v1','served':true,'storage':true,'schema':{'openAPIV3Schema':{'type':'"
          "object','properties':{'x':{}}}}}]}",
          "spec.validation.openAPIV3Schema.properties[x].type: Required value: must not be empty for "
          "specified object fields" },
        { "kind twice", "{'names':{'plural':'things','kind':'Thing','listKind':'Thing'}}",
          "spec.names.listKind: Invalid value: 'Thing': kind and listKind may not be the same" },
        { "column",
          "{'versions':[{'name':'v1','served':true,'storage':true,'additionalPrinterColumns':[{'name':'a','"
          "type':'x','jsonPath':'a'}],"
          "'schema':{'openAPIV3Schema':{'type':'object'}}}]}",
          "spec.versions[0].additionalPrinterColumns[0].type: Invalid value: 'x': must be one of "
          "boolean,date,integer,number,string" },
        { "pruning off", "{'preserveUnknownFields':true}",
          "spec.preserveUnknownFields: Invalid value: true: cannot set to true" },
    };
    (void)state;
    struct cluster c;
    cluster_start(&c, 0);
    for (size_t i = 0; i < countof(rows); i++) {
        const char *why = NULL;
        struct value *out = cluster_write(&c, crd(&c.a, "things", rows[i].changes), &why);
        const char *got = out ? "" : quotes(&c.a, why);
        check_row(rows[i].name, out ? !*rows[i].want : *rows[i].want && strstr(got, rows[i].want), "got %s",
                  got);
        if (out)
            cluster_delete(&c, CRD, "", "things.t.example", NULL);
        if (out)
            check_row("gone", cluster_until(&c, CRD, "", "things.t.example", is_gone), "still there");
    }
    cluster_stop(&c);
    check_done();
}

static bool established(const struct value *o) {
    return condition_is(o, "Established", "True") && condition_is(o, "NamesAccepted", "True");
}

static bool names_refused(const struct value *o) {
    return condition_is(o, "NamesAccepted", "False") && condition_is(o, "Established", "False");
}

static struct value *install(struct cluster *c, const char *plural, const char *changes) {
    const char *why;
    struct value *out = cluster_write(c, crd(&c->a, plural, changes), &why);
    check_row(plural, out != NULL, "%s", why);
    return out;
}

static void test_life(void **state) {
    (void)state;
    struct cluster c;
    const char *why;
    cluster_start(&c, 0);
    check_row("before", !registry_find(c.sb->registry, "t.example", "v1", "things"), "served");
    install(&c, "things", "{}");
    check_row("established", cluster_until(&c, CRD, "", "things.t.example", established), "not");
    struct value *o = cluster_get(&c, CRD, "", "things.t.example");
    check_row("singular",
              text_eq(value_text(value_at(o, "status", "acceptedNames", "singular", NULL), ""), "thing"),
              "wrong");
    check_row("stored",
              text_eq(value_text(value_item(value_at(o, "status", "storedVersions", NULL), 0), ""), "v1"),
              "wrong");
    const struct resource *r = registry_find(c.sb->registry, "t.example", "v1", "things");
    check_row("row",
              r && r->n_columns == 1 && r->subresources == SUB_STATUS && text_eq(r->short_names[0], "th"),
              "wrong");

    o = cluster_put(&c,
                    "{'apiVersion':'t.example/v1','kind':'Thing','metadata':{'name':'a','finalizers':['x.dev/"
                    "f']},'spec':{'name':'n','zzz':1}}");
    const char *spec = json_text(&c.a, value_get(o, "spec"), JSON_SORT_KEYS).p;
    check_row("default, pruned", text_eq(spec, "{\"name\":\"n\",\"size\":1}"), "%s", spec);
    check_row("status default", value_at(o, "status", "ready", NULL) != NULL, "absent");
    struct value *bad = cluster_write(
        &c,
        quoted_json(
            &c.a, "{'apiVersion':'t.example/v1','kind':'Thing','metadata':{'name':'b'},'spec':{'size':-1}}"),
        &why);
    check_row("invalid",
              !bad && text_eq(why, "Thing.t.example \"b\" is invalid: [spec.size: Invalid value: -1: "
                                   "spec.size in body should be greater than or "
                                   "equal to 0, spec.name: Required value]"),
              "%s", bad ? "accepted" : why);

    cluster_delete(&c, CRD, "", "things.t.example", NULL);
    bad = cluster_write(
        &c,
        quoted_json(
            &c.a, "{'apiVersion':'t.example/v1','kind':'Thing','metadata':{'name':'c'},'spec':{'name':'n'}}"),
        &why);
    o = cluster_get(&c, CRD, "", "things.t.example");
    check_row("waits for its objects", o && condition_is(o, "Terminating", "True"), "does not");
    o = cluster_get(&c, "things.t.example", "default", "a");
    if (o)
        value_remove(value_get(o, "metadata"), "finalizers");
    check_row("released", o && (cluster_write(&c, o, &why) || true), "absent");
    check_row("gone", cluster_until(&c, CRD, "", "things.t.example", is_gone), "still there");
    check_row("no longer served", !registry_find(c.sb->registry, "t.example", "v1", "things"), "served");
    check_row("no objects", !storage_count(c.sb->storage, "things.t.example"), "left");
    cluster_stop(&c);
    check_done();
}

static bool has_size_two(const struct value *o) {
    return value_int_or(value_at(o, "spec", "versions", "0", "schema", "openAPIV3Schema", "properties",
                                 "spec", "properties", "size", "default", NULL),
                        0) == 2 &&
           established(o);
}

static void test_names_and_versions(void **state) {
    (void)state;
    struct cluster c;
    cluster_start(&c, 0);
    install(&c, "things", "{}");
    check_row("established", cluster_until(&c, CRD, "", "things.t.example", established), "not");
    install(&c, "others", "{}"); // the same kind
    check_row("names are taken", cluster_until(&c, CRD, "", "others.t.example", names_refused), "accepted");
    struct value *o = cluster_get(&c, CRD, "", "others.t.example");
    check_row(
        "why",
        text_eq(value_text(value_get(condition(o, "NamesAccepted"), "message"), ""),
                "\"th\" is already in use") ||
            text_eq(value_text(value_get(condition(o, "NamesAccepted"), "reason"), ""), "ListKindConflict"),
        "%s", value_text(value_get(condition(o, "NamesAccepted"), "message"), ""));
    cluster_delete(&c, CRD, "", "things.t.example", NULL);
    check_row("the first goes", cluster_until(&c, CRD, "", "things.t.example", is_gone), "still there");
    check_row("the second gets them", cluster_until(&c, CRD, "", "others.t.example", established),
              "does not");

    struct value *next = crd(&c.a, "others", "{}"),
                 *schema = value_at(next, "spec", "versions", "0", "schema", "openAPIV3Schema", NULL);
    value_set(&c.a, value_at(schema, "properties", "spec", "properties", "size", NULL), "default",
              value_int(&c.a, 2));
    struct value *second = value_copy(&c.a, value_item(value_at(next, "spec", "versions", NULL), 0));
    value_set(&c.a, second, "name", value_string(&c.a, "v2"));
    value_set(&c.a, second, "storage", value_bool(&c.a, false));
    value_append(&c.a, value_at(next, "spec", "versions", NULL), second);
    const char *why;
    check_row("update", cluster_write(&c, next, &why) != NULL, "%s", why);
    check_row("updated", cluster_until(&c, CRD, "", "others.t.example", has_size_two), "not");
    check_row("both are served",
              registry_find(c.sb->registry, "t.example", "v1", "others") &&
                  registry_find(c.sb->registry, "t.example", "v2", "others"),
              "not");
    o = cluster_put(
        &c, "{'apiVersion':'t.example/v2','kind':'Thing','metadata':{'name':'a'},'spec':{'name':'n'}}");
    check_row("the new default", value_int_or(value_at(o, "spec", "size", NULL), 0) == 2, "old");
    cluster_stop(&c);
    check_done();
}

static void test_openapi(void **state) {
    (void)state;
    struct cluster c;
    cluster_start(&c, 0);
    install(&c, "things", "{}");
    check_row("established", cluster_until(&c, CRD, "", "things.t.example", established), "not");
    const struct resource *r = registry_find(c.sb->registry, "t.example", "v1", "things");
    check_row("name", r && text_eq(crd_model_name(&c.a, r), "example.t.v1.Thing"), "%s",
              r ? crd_model_name(&c.a, r) : "absent");
    struct value *model = crd_openapi_model(&c.a, r);
    check_row("metadata", value_at(model, "properties", "metadata", "allOf", NULL) != NULL, "absent");
    check_row("kind",
              text_eq(value_text(value_at(model, "x-kubernetes-group-version-kind", "0", "kind", NULL), ""),
                      "Thing"),
              "absent");
    cluster_stop(&c);
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_refused), cmocka_unit_test(test_life),
                                        cmocka_unit_test(test_names_and_versions),
                                        cmocka_unit_test(test_openapi) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
