// SPDX-License-Identifier: Apache-2.0
// Server-side apply and managedFields: recorded cases of Kubernetes' own code, and what they leave out.
#include "common/base/timeutil.h"
#include "deploy/local/sandbox/fieldset.h"
#include "deploy/local/sandbox/managed.h"
#include "deploy/local/sandbox/schema.h"
#include "deploy/local/sandbox/ssa.h"
#include "deploy/local/sandbox/types.h"
#include "tests/unit/sandbox/lines.h"

// The schema of tests/oracles/merge.
static const char thing_schema[] =
    "{'type':'object','properties':{'spec':{'type':'object','properties':{'n':{'type':'integer'},'f':{'type':"
    "'number'},"
    "'s':{'type':'string'},'map':{'type':'object','additionalProperties':{'type':'string'}},"
    "'atomic':{'type':'object','additionalProperties':{'type':'string'},'x-kubernetes-map-type':'atomic'},"
    "'any':{'type':'object','x-kubernetes-preserve-unknown-fields':true},'ios':{'x-kubernetes-int-or-string':"
    "true},"
    "'set':{'type':'array','items':{'type':'string'},'x-kubernetes-list-type':'set'},"
    "'nums':{'type':'array','items':{'type':'integer'},'x-kubernetes-list-type':'set'},"
    "'list':{'type':'array','items':{'type':'string'}},"
    "'keyed':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['id','zone'],"
    "'items':{'type':'object','required':['id'],'properties':{'id':{'type':'string'},"
    "'zone':{'type':'string','default':'1'},'v':{'type':'string'},"
    "'sub':{'type':'object','additionalProperties':{'type':'string'}}}}}}},"
    "'status':{'type':'object','properties':{'x':{'type':'string'}}}}}";

static struct types *types;
static struct shapes *shapes;

static const struct shape *thing_shape(struct arena *a) {
    struct field_errors fe = { .a = a };
    struct schema *s = schema_compile(a, quoted_json(a, thing_schema), "schema", NULL, &fe);
    if (!s)
        fail_msg("%s", field_error_text(a, &fe.items[0]));
    return schema_shape(s);
}

/* ---- recorded cases ---- */

// What Go's typed objects add or leave out: nulls, empty maps and lists (managedFields apart).
static bool is_nothing(const struct value *v) {
    return v->type == VALUE_NULL || (v->type == VALUE_MAP && !v->map.n) ||
           (v->type == VALUE_LIST && !v->list.n);
}

static void drop_nothing(struct value *v, bool only_nulls) {
    for (size_t i = v->type == VALUE_MAP ? v->map.n : 0; i-- > 0;) {
        struct value_pair *pair = &v->map.pairs[i];
        if (str_is(pair->key, "managedFields"))
            continue;
        drop_nothing(pair->value, only_nulls);
        if (only_nulls ? pair->value->type == VALUE_NULL : is_nothing(pair->value))
            value_remove(v, pair->key.p);
    }
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        drop_nothing(v->list.items[i], only_nulls);
}

// Entries sorted by what tells them apart, times only as "there".
static void plain_entries(struct arena *a, struct value *o) {
    struct value *list = value_at(o, "metadata", "managedFields", NULL);
    for (size_t i = 0; i < value_len(list); i++) {
        struct value *entry = value_item(list, i);
        if (value_get(entry, "time"))
            value_set(a, entry, "time", value_string(a, "T"));
    }
}

static struct value *plain(struct arena *a, const struct value *o) {
    struct value *out = value_copy(a, o);
    value_set(a, value_ensure(a, out, "metadata", NULL), "uid", value_string(a, "uid"));
    plain_entries(a, out);
    drop_nothing(out, true);
    drop_nothing(out, false);
    return out;
}

static struct value *run_line(struct arena *a, const struct value *line, const struct shape *shape,
                              int64_t later_ns, const char **error) {
    bool thing = value_bool_or(value_get(line, "thing"), false);
    struct field_manager m = { .name = value_text(value_get(line, "manager"), ""),
                               .api_version = thing ? "t.example/v1" : "apps/v1",
                               .subresource = "" };
    struct status st = { .a = a };
    struct err err = { .a = a };
    struct value *got = NULL, *live = value_get(line, "live");
    if (!time_parse_rfc3339(value_text(value_get(line, "t"), ""), &m.now_ns, &err))
        fail_msg("%s", err.msg);
    m.now_ns += later_ns;
    if (text_eq(value_text(value_get(line, "op"), ""), "update")) {
        got = value_copy(a, value_get(line, "now"));
        ssa_update(a, shape, live, got, &m);
    } else if (!ssa_apply(a, shape, live, value_get(line, "config"), &m,
                          value_bool_or(value_get(line, "force"), false), &got, &st)) {
        *error = st.message;
    }
    return got;
}

static int line_order(const void *x, const void *y) {
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

// Go's maps have no order, so lines of an error have none.
static const char *sorted(struct arena *a, const char *text) {
    struct str rest = str_of(text), lines[200];
    size_t n = 0;
    while (n < countof(lines) && str_split(&rest, '\n', &lines[n]))
        n++;
    qsort(lines, n, sizeof lines[0], line_order);
    const char *out = "";
    for (size_t i = 0; i < n; i++)
        out = arena_fmt(a, "%s%.*s\n", out, (int)lines[i].n, lines[i].p);
    return out;
}

static void check_line(struct arena *a, const char *row, struct value *line) {
    bool thing = value_bool_or(value_get(line, "thing"), false);
    const struct shape *shape = thing ? thing_shape(a) : shapes_of_kind(shapes, "apps", "v1", "Deployment");
    const char *want_error = value_text(value_get(line, "error"), NULL), *error = NULL;
    if (!thing && value_get(line, "live"))
        drop_nothing(value_get(line, "live"), true);
    if (!thing && value_get(line, "now"))
        drop_nothing(value_get(line, "now"), true);
    struct str live =
        json_text(a, value_get(line, "live") ? value_get(line, "live") : value_null(a), JSON_COMPACT);
    struct value *got = run_line(a, line, shape, 0, &error);
    struct str after =
        json_text(a, value_get(line, "live") ? value_get(line, "live") : value_null(a), JSON_COMPACT);
    check_row(row, str_eq(live, after), "the stored object was changed");
    if (want_error || error) {
        check_row(row, want_error && error && text_eq(sorted(a, want_error), sorted(a, error)),
                  "got %s, want %s", error ? error : "no error", want_error ? want_error : "no error");
        return;
    }
    struct value *want = plain(a, value_get(line, "want"));
    bool same = value_equal(want, plain(a, got));
    if (!same) // the recorder's clock went on by a second within the line, which orders entries
        same = value_equal(want, plain(a, run_line(a, line, shape, NS_PER_S, &error)));
    check_row(row, same, "got %s, want %s", json_text(a, plain(a, got), JSON_SORT_KEYS).p,
              json_text(a, want, JSON_SORT_KEYS).p);
}

static void test_recorded(void **state) {
    (void)state;
    each_line(TEST_DATA "/ssa.jsonl", check_line);
    check_done();
}

/* ---- by hand ---- */

static struct value *apply(struct arena *a, struct value *live, const char *manager, const char *spec,
                           bool force) {
    struct field_manager m = {
        .name = manager, .api_version = "t.example/v1", .subresource = "", .now_ns = NS_PER_S
    };
    struct status st = { .a = a };
    struct value *out = NULL,
                 *config =
                     quoted_json(a, "{'apiVersion':'t.example/v1','kind':'Thing','metadata':{'name':'d'}}");
    value_set(a, config, "spec", quoted_json(a, spec));
    return ssa_apply(a, thing_shape(a), live, config, &m, force, &out, &st) ? out
                                                                            : value_string(a, st.message);
}

static const char *spec_text(struct arena *a, const struct value *o) {
    return o->type == VALUE_STRING ? o->s.p : json_text(a, value_get(o, "spec"), JSON_SORT_KEYS).p;
}

static void test_ownership(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *o = apply(&a, NULL, "one", "{'n':1,'s':'x','keyed':[{'id':'p','v':'1'}]}", false);
    struct value *again = apply(&a, o, "one", "{'n':1,'s':'x','keyed':[{'id':'p','v':'1'}]}", false);
    check_row("the same again changes nothing", value_equal(o, again), "%s", json_text(&a, again, 0).p);
    struct value *other = apply(&a, o, "two", "{'n':2,'s':'y'}", false);
    check_row("conflicts",
              other->type == VALUE_STRING &&
                  text_eq(other->s.p,
                          "Apply failed with 2 conflicts: conflicts with \"one\":\n- .spec.n\n- .spec.s"),
              "got %s", spec_text(&a, other));
    other = apply(&a, o, "two", "{'n':2}", false);
    check_row("one conflict",
              text_eq(spec_text(&a, other), "Apply failed with 1 conflict: conflict with \"one\": .spec.n"),
              "got %s", spec_text(&a, other));
    other = apply(&a, o, "two", "{'n':2,'keyed':[{'id':'q'}]}", true);
    check_row("forced",
              text_eq(spec_text(&a, other),
                      "{\"keyed\":[{\"id\":\"p\",\"v\":\"1\"},{\"id\":\"q\"}],\"n\":2,\"s\":\"x\"}"),
              "got %s", spec_text(&a, other));
    other = apply(&a, other, "two", "{'n':2}", false);
    check_row("what nobody applies any more goes",
              text_eq(spec_text(&a, other), "{\"keyed\":[{\"id\":\"p\",\"v\":\"1\"}],\"n\":2,\"s\":\"x\"}"),
              "got %s", spec_text(&a, other));
    check_done();
}

static void test_managed_fields_given(void **state) {
    static const struct {
        const char *name, *sent; // metadata.managedFields of the update; NULL: absent
        size_t entries;
    } cases[] = {
        { "absent: those that are stored", NULL, 2 },
        { "reset by an empty list", "[]", 0 },
        { "reset by an empty entry", "[{}]", 0 },
        { "malformed: those that are stored", "[{'operation':'x'}]", 2 },
        { "replaced",
          "[{'manager':'m','operation':'Apply','apiVersion':'t.example/"
          "v1','fieldsType':'FieldsV1','fieldsV1':{'f:spec':{'f:s':{}}}}]",
          2 },
    };
    (void)state;
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct value *live = apply(&a, NULL, "one", "{'n':1,'s':'x'}", false), *now = value_copy(&a, live);
        struct field_manager m = {
            .name = "up", .api_version = "t.example/v1", .subresource = "", .now_ns = NS_PER_S
        };
        value_set(&a, value_get(now, "spec"), "f", value_int(&a, 3));
        value_set(&a, value_get(now, "metadata"), "managedFields",
                  cases[i].sent ? quoted_json(&a, cases[i].sent) : NULL);
        ssa_update(&a, thing_shape(&a), live, now, &m);
        size_t n = value_len(value_at(now, "metadata", "managedFields", NULL));
        check_row(cases[i].name, n == cases[i].entries, "got %zu entries", n);
    }
    check_done();
}

static void test_subresources_own_only_theirs(void **state) {
    static const char *const status[] = { "status", NULL };
    autoarena a = { 0 };
    struct value *live = apply(&a, NULL, "one", "{'n':1}", false), *now = value_copy(&a, live);
    struct field_manager m = { .name = "c",
                               .api_version = "t.example/v1",
                               .subresource = "status",
                               .now_ns = NS_PER_S,
                               .reset = status,
                               .keep_only = true };
    (void)state;
    value_set(&a, value_get(now, "spec"), "n", value_int(&a, 2));
    value_set(&a, now, "status", quoted_json(&a, "{'x':'1'}"));
    ssa_update(&a, thing_shape(&a), live, now, &m);
    const struct value *list = value_at(now, "metadata", "managedFields", NULL);
    const char *text = json_text(&a, value_get(value_item(list, 1), "fieldsV1"), 0).p;
    check_row("status", text_eq(text, "{\"f:status\":{\".\":{},\"f:x\":{}}}"), "got %s", text);
    check_row("subresource", text_eq(value_text(value_get(value_item(list, 1), "subresource"), ""), "status"),
              "not noted");
    m.keep_only = false;
    m.subresource = "";
    struct value *main = value_copy(&a, live);
    value_set(&a, main, "status", quoted_json(&a, "{'x':'1'}"));
    ssa_update(&a, thing_shape(&a), live, main, &m);
    check_row("the main resource does not own status",
              value_len(value_at(main, "metadata", "managedFields", NULL)) == 1, "it does");
    check_done();
}

static void test_refusals(void **state) {
    static const struct {
        const char *name, *metadata, *spec, *want;
    } cases[] = {
        { "managedFields", "{'name':'d','managedFields':[]}", "{}", "metadata.managedFields must be nil" },
        { "unknown field", "{'name':'d','namespace':'n'}", "{'nope':1}",
          "failed to create typed patch object (n/d; t.example/v1, Kind=Thing): .spec.nope: field not "
          "declared in schema" },
        { "type", "{'name':'d'}", "{'s':1}",
          "failed to create typed patch object (/d; t.example/v1, Kind=Thing): .spec.s: expected string, got "
          "&value.valueUnstructured{Value:1}" },
        { "list", "{'name':'d'}", "{'list':'x'}",
          "failed to create typed patch object (/d; t.example/v1, Kind=Thing): .spec.list: expected list, "
          "got &{x}" },
        { "item without keys", "{'name':'d'}", "{'set':[null]}",
          "failed to create typed patch object (/d; t.example/v1, Kind=Thing): .spec.set: element 0: "
          "associative list "
          "without keys has an element that's an explicit null" },
    };
    (void)state;
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct field_manager m = { .name = "m", .api_version = "t.example/v1", .subresource = "" };
        struct status st = { .a = &a };
        struct value *out, *config = quoted_json(&a, "{'apiVersion':'t.example/v1','kind':'Thing'}");
        value_set(&a, config, "metadata", quoted_json(&a, cases[i].metadata));
        value_set(&a, config, "spec", quoted_json(&a, cases[i].spec));
        const char *got =
            ssa_apply(&a, thing_shape(&a), NULL, config, &m, false, &out, &st) ? "accepted" : st.message;
        check_row(cases[i].name, text_eq(got, cases[i].want), "got %s, want %s", got, cases[i].want);
    }
    check_done();
}

static void test_user_agents(void **state) {
    static const char *const rows[][2] = { { "kubectl/v1.32 (linux/amd64)", "kubectl" },
                                           { "curl", "curl" },
                                           { "", "unknown" },
                                           { "/x", "unknown" } };
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        const char *got = ssa_manager_of_agent(&a, rows[i][0]);
        check_row(rows[i][0], text_eq(got, rows[i][1]), "got %s", got);
    }
    check_done();
}

static void test_at_most_ten_updaters(void **state) {
    autoarena a = { 0 };
    struct managed m = { 0 };
    (void)state;
    for (int i = 0; i < 14; i++) {
        struct managed_entry e = managed_entry(&a, arena_fmt(&a, "m%02d", i), false, "v1", "");
        struct fieldset *set = fieldset_new(&a);
        fieldset_insert_one(&a, set, path_field(str_of(arena_fmt(&a, "f%02d", i))));
        e.set = set;
        e.time = time_fmt_rfc3339(&a, (int64_t)i * NS_PER_S);
        managed_put(&a, &m, e);
    }
    managed_cap(&a, &m);
    const struct managed_entry *old =
        managed_find(&m, managed_entry(&a, "ancient-changes", false, "v1", "").id);
    check_row("entries", m.n == 10, "got %zu", m.n);
    check_row("ancient", old && old->set->n == 5, "got %zu fields", old ? old->set->n : 0);
    check_done();
}

static int setup(void **state) {
    (void)state;
    types = types_new();
    shapes = shapes_new(types);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    shapes_free(shapes);
    types_free(types);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded),
        cmocka_unit_test(test_ownership),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_managed_fields_given),
        cmocka_unit_test(test_user_agents),
        cmocka_unit_test(test_subresources_own_only_theirs),
        cmocka_unit_test(test_at_most_ten_updaters),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
