// SPDX-License-Identifier: Apache-2.0
// Storage, the registry, and the tables of types and resources.
#include "tests/unit/check.h"

#include "common/value/json.h"
#include "deploy/local/sandbox/resource.h"
#include "deploy/local/sandbox/resource_table.h"
#include "deploy/local/sandbox/storage.h"
#include "deploy/local/sandbox/types.h"
#include "deploy/local/sandbox/types_table.h"

static struct value *object(struct arena *a, const char *ns, const char *name, int n) {
    struct err err = { .a = a };
    struct value *v;
    if (!json_read(a,
                   str_of(arena_fmt(
                       a, "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"%s\",\"uid\":\"u-%s\"},\"n\":%d}",
                       name, ns, name, n)),
                   &v, &err))
        fail_msg("%s", err.msg);
    return v;
}

static const char *names_of(struct arena *a, const struct objects *o) {
    const char *text = "";
    for (size_t i = 0; i < o->n; i++)
        text = arena_fmt(a, "%s%s%s/%s@%llu", text, i ? " " : "", o->items[i]->ns, o->items[i]->name,
                         (unsigned long long)o->items[i]->rv);
    return text;
}

static void expect_list(struct storage *s, const char *ns, const char *after, const char *want) {
    autoarena a = { 0 };
    struct objects o = storage_list(s, &a, "things", ns, after);
    const char *got = names_of(&a, &o);
    check_row(after ? after : ns ? ns : "all", !strcmp(got, want), "got %s, want %s", got, want);
    objects_unref(&o);
}

static void test_order_and_versions(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct storage *s = storage_new(0);
    bool changed;
    storage_put(s, &a, "things", object(&a, "b", "x", 1), NULL);
    storage_put(s, &a, "things", object(&a, "a", "y", 1), NULL);
    storage_put(s, &a, "things", object(&a, "a", "x", 1), NULL);
    storage_put(s, &a, "others", object(&a, "a", "x", 1), NULL);
    expect_list(s, NULL, NULL, "a/x@3 a/y@2 b/x@1");
    expect_list(s, "a", NULL, "a/x@3 a/y@2");
    expect_list(s, "a", "a/x", "a/y@2");
    expect_list(s, NULL, "a/y", "b/x@1");
    expect_list(s, NULL, "a/xx", "a/y@2 b/x@1");
    storage_put(s, &a, "things", object(&a, "a", "x", 1), &changed);
    check_row("same state", !changed && storage_rv(s) == 4, "written again, version %llu",
              (unsigned long long)storage_rv(s));
    storage_put(s, &a, "things", object(&a, "a", "x", 2), &changed);
    check_row("new state", changed && storage_rv(s) == 5, "version %llu", (unsigned long long)storage_rv(s));
    object_unref(storage_delete(s, "things", "a", "y"));
    check_row("absent", storage_delete(s, "things", "a", "y") == NULL, "deleted twice");
    struct objects then;
    check_row("at 4", storage_list_at(s, &a, "things", NULL, NULL, 4, &then), "compacted");
    const char *got = names_of(&a, &then);
    check_row("at 4", !strcmp(got, "a/x@3 a/y@2 b/x@1"), "got %s", got);
    objects_unref(&then);
    storage_compact(s);
    check_row("compacted", !storage_list_at(s, &a, "things", NULL, NULL, 4, &then), "still there");
    storage_free(s);
    check_done();
}

static size_t seen;

static void count_change(void *arg, const struct change *c) {
    (void)arg, (void)c;
    seen++;
}

static void test_log(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct storage *s = storage_new(3);
    storage_observe(s, count_change, NULL);
    for (int i = 0; i < 5; i++)
        storage_put(s, &a, "things", object(&a, "a", "x", i), NULL);
    object_unref(storage_delete(s, "things", "a", "x"));
    check_row("observer", seen == 6, "%zu changes", seen);
    check_row("ring", storage_compacted_rv(s) == 3, "compacted %llu",
              (unsigned long long)storage_compacted_rv(s));
    static const struct {
        uint64_t rv;
        enum change_type type;
    } want[] = { { 5, CHANGE_MODIFIED }, { 6, CHANGE_DELETED } };
    const struct change *c;
    size_t n = 0;
    for (size_t i = 0; (c = storage_log_next(s, 4, &i)); n++)
        check_row("change", n < 2 && c->rv == want[n].rv && c->type == want[n].type, "rv %llu type %d",
                  (unsigned long long)c->rv, c->type);
    check_row("changes", n == 2, "%zu", n);
    autobuf b = { 0 };
    storage_put(s, &a, "things", object(&a, "a", "z", 7), NULL);
    storage_dump(s, &b);
    check_row("dump", strstr(b.p, "\"n\":7") && strstr(b.p, "\"resourceVersion\":\"7\""), "%s", b.p);
    storage_free(s);
    check_done();
}

static void test_registry(void **state) {
    (void)state;
    struct registry *rg = registry_new();
    static const struct resource beta = { .group = "g",
                                          .version = "v1beta1",
                                          .kind = "K",
                                          .list_kind = "KList",
                                          .plural = "ks",
                                          .key = "ks.g" },
                                 one = { .group = "g",
                                         .version = "v1",
                                         .kind = "K",
                                         .list_kind = "KList",
                                         .plural = "ks",
                                         .key = "ks.g" },
                                 two = { .group = "g",
                                         .version = "v2alpha1",
                                         .kind = "K",
                                         .list_kind = "KList",
                                         .plural = "ks",
                                         .key = "ks.g" };
    registry_add(rg, &beta);
    registry_add(rg, &two);
    registry_add(rg, &one);
    static const char *const order[] = { "v1", "v1beta1", "v2alpha1" };
    const char *version;
    size_t n = 0;
    for (size_t i = 0; (version = registry_next_version(rg, "g", &i)); n++)
        check_row(version, n < 3 && !strcmp(version, order[n]), "at place %zu", n);
    check_row("versions", n == 3, "%zu", n);
    check_row("preferred", registry_find_any(rg, "g", "ks") == &one && registry_find_key(rg, "ks.g") == &one,
              "another");
    check_row("by kind", registry_find_api(rg, "g/v1beta1", "K") == &beta, "not found");
    check_row("core", registry_find_api(rg, "v1", "Pod") && registry_find(rg, "apps", "v1", "deployments"),
              "not found");
    registry_remove(rg, &one);
    check_row("removed", !registry_find(rg, "g", "v1", "ks") && registry_find_any(rg, "g", "ks") == &beta,
              "still there");
    const char *group;
    size_t groups = 0;
    for (size_t i = 0; (group = registry_next_group(rg, &i));)
        groups += !strcmp(group, "apps");
    check_row("groups", groups == 1, "apps %zu times", groups);
    registry_free(rg);
    check_done();
}

// Every row of types is read, every type that a row names is there, and every stored kind has one.
static void test_types(void **state) {
    (void)state;
    struct types *t = types_new();
    const struct type_row *const tables[] = { types_core, types_volumes, types_groups };
    for (size_t k = 0; k < countof(tables); k++)
        for (const struct type_row *row = tables[k]; row->name; row++) {
            const struct type *type = types_get(t, str_of(row->name));
            check_row(row->name, type != NULL, "not read");
            for (size_t i = 0; type && i < type->n; i++)
                check_row(
                    row->name, type->fields[i].kind != KIND_OBJECT || type_of_field(t, &type->fields[i]),
                    "%.*s has the unknown type %.*s", (int)type->fields[i].name.n, type->fields[i].name.p,
                    (int)type->fields[i].type_name.n, type->fields[i].type_name.p);
        }
    for (const struct resource *r = builtin_resources; r->plural; r++)
        check_row(r->key, types_of_kind(t, r->group, r->version, r->kind) != NULL, "has no type");
    const struct type *container = types_get(t, STR("Container"));
    const struct type_field *ports = type_field(container, STR("ports"));
    check_row("ports",
              ports && ports->ssa == SSA_MAP && str_is(ports->keys[1], "protocol") &&
                  str_is(ports->key_defaults[1], "\"TCP\"") && ports->patch_merge &&
                  str_is(ports->patch_key, "containerPort") && ports->drop_zero,
              "wrong options");
    check_row("event",
              types_of_kind(t, "events.k8s.io", "v1", "Event") != types_of_kind(t, "", "v1", "Event"),
              "one type for two");
    types_free(t);
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_versions),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
