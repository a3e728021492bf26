// SPDX-License-Identifier: Apache-2.0
// Structural schemas: what is refused, defaults, pruning, validation texts.
#include "deploy/local/sandbox/request.h"
#include "deploy/local/sandbox/schema.h"
#include "deploy/local/sandbox/schema_format.h"
#include "tests/unit/sandbox/lines.h"

static const char *unquoted(struct arena *a, const char *text) {
    char *out = arena_strdup(a, text);
    for (char *p = out; *p; p++)
        *p = *p == '"' ? '\'' : *p;
    return out;
}

static const char *errors_text(struct arena *a, const struct field_errors *fe) {
    const char *out = "";
    for (size_t i = 0; i < fe->n; i++)
        out = arena_fmt(a, "%s%s%s", out, i ? "; " : "", field_error_text(a, &fe->items[i]));
    return unquoted(a, out);
}

/* The row's schema is that of "spec" below a root of type object. */
static struct schema *compile(struct arena *a, const char *spec, struct warnings *w,
                              struct field_errors *fe) {
    struct value *root = quoted_json(a, "{'type':'object','properties':{}}");
    value_set(a, value_get(root, "properties"), "spec", quoted_json(a, spec));
    return schema_compile(a, root, "s", w, fe);
}

/* ---- schemas that are refused ---- */

static const struct {
    const char *schema, *want;
} refused[] = {
    { "{}", "s.properties[spec].type: Required value: must not be empty for specified object fields" },
    { "{'type':'foo'}",
      "s.properties[spec].type: Unsupported value: 'foo': supported values: 'array', 'boolean', "
      "'integer', 'number', 'object', 'string'" },
    { "{'type':'array'}", "s.properties[spec].items: Required value: must be specified" },
    { "{'type':'array','items':{}}",
      "s.properties[spec].items.type: Required value: must not be empty for specified array items" },
    { "{'type':'object','$ref':'#/x'}", "s.properties[spec].$ref: Forbidden: $ref is not supported" },
    { "{'type':'array','uniqueItems':true,'items':{'type':'string'}}",
      "s.properties[spec].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime "
      "complexity becomes "
      "quadratic" },
    { "{'type':'object','properties':{'a':{'type':'string'}},'additionalProperties':{'type':'string'}}",
      "s.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual "
      "exclusive" },
    { "{'type':'string','pattern':'('}",
      "s.properties[spec].pattern: Invalid value: '(': must be a valid regular "
      "expression, but isn't: error parsing regexp: missing closing ): `(`" },
    { "{'type':'integer','default':'x'}", "s.properties[spec].default: Invalid value: 'string':  in "
                                          "body must be of type integer: 'string'" },
    { "{'type':'object','default':{'x':1},'properties':{'a':{'type':'string'}}}",
      "s.properties[spec].default: Invalid value: {'x':1}: must not have unknown fields" },
    { "{'type':'array','x-kubernetes-list-type':'map','items':{'type':'object'}}",
      "s.properties[spec].x-kubernetes-list-map-keys: Required value: must not be empty if "
      "x-kubernetes-list-type is map" },
    { "{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['k'],'items':{'type':'"
      "object',"
      "'properties':{'k':{'type':'string'}}}}",
      "s.properties[spec].items.properties[k].default: Required value: this property is in "
      "x-kubernetes-list-map-keys, "
      "so it must have a default or be a required property" },
    { "{'type':'string','required':[1]}",
      "s.properties[spec].required: Invalid value: [1]: must be a list of strings" },
    { "{'type':'object','anyOf':[{'type':'object','default':{}}]}",
      "s.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural; "
      "s.properties[spec].anyOf[0].default: Forbidden: must be empty to be structural" },
    { "1", "s.properties[spec]: Invalid value: 1: must be an object" },
};

static void test_refused_schemas(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(refused); i++) {
        autoarena a = { 0 };
        struct field_errors fe = { .a = &a };
        struct schema *s = compile(&a, refused[i].schema, NULL, &fe);
        const char *got = s ? "accepted" : errors_text(&a, &fe);
        check_row(refused[i].schema, text_eq(got, refused[i].want), "got %s, want %s", got, refused[i].want);
    }
    check_done();
}

static void test_depth_is_limited(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct value *schema = quoted_json(&a, "{'type':'string'}");
    for (int i = 0; i < 300; i++) {
        struct value *outer = quoted_json(&a, "{'type':'array'}");
        value_set(&a, outer, "items", schema);
        schema = outer;
    }
    struct field_errors fe = { .a = &a };
    check_row("300 levels", !schema_compile(&a, schema, "s", NULL, &fe) && fe.n, "accepted");
    check_done();
}

/* ---- validation ---- */

static const struct {
    const char *schema, *spec, *want;
} validated[] = {
    { "{'type':'string'}", "'x'", "" },
    { "{'type':'string'}", "1",
      "spec: Invalid value: 'integer': spec in body must be of type string: 'integer'" },
    { "{'type':'string'}", "null",
      "spec: Invalid value: 'null': spec in body must be of type string: 'null'" },
    { "{'type':'string','nullable':true}", "null", "" },
    { "{'type':'integer'}", "3.0", "" },
    { "{'type':'integer'}", "3.5",
      "spec: Invalid value: 'number': spec in body must be of type integer: 'number'; <nil>: Invalid value: "
      "'': Checked value "
      "must be of type integer (default format) in spec" },
    { "{'type':'object','additionalProperties':{'type':'array','x-kubernetes-list-type':'set','items':{'type'"
      ":'string'}}}",
      "{'k':['a','a']}", "spec[k][1]: Duplicate value: 'a'" },
    { "{'type':'object','allOf':[{'required':['a']}],'required':['a'],'properties':{'a':{'type':'string'}}}",
      "{}",
      "spec.a: Required value; <nil>: Invalid value: '': 'spec' must validate all the schemas (allOf). None "
      "validated" },
    { "{'type':'string','maxLength':1,'pattern':'^a'}", "'bb'",
      "spec: Too long: may not be more than 1 byte" },
    { "{'type':'number'}", "3", "" },
    { "{'type':'integer','format':'int32'}", "3000000000",
      "<nil>: Invalid value: '': Checked value must be of type integer with format int32 in spec" },
    { "{'x-kubernetes-int-or-string':true}", "'1'", "" },
    { "{'x-kubernetes-int-or-string':true}", "true",
      "spec: Invalid value: 'boolean': spec in body must be of type integer,string: 'boolean'" },
    { "{'type':'string','pattern':'^a+$'}", "'b'",
      "spec: Invalid value: 'b': spec in body should match '^a+$'" },
    { "{'type':'string','maxLength':3}", "'ähm?'", "spec: Too long: may not be more than 3 bytes" },
    { "{'type':'string','maxLength':3}", "'ähm'", "" },
    { "{'type':'string','minLength':1}", "''",
      "spec: Invalid value: '': spec in body should be at least 1 chars long" },
    { "{'type':'string','enum':['a','b']}", "'c'",
      "spec: Unsupported value: 'c': supported values: 'a', 'b'" },
    { "{'type':'integer','enum':[1,2]}", "3", "spec: Unsupported value: 3: supported values: '1', '2'" },
    { "{'type':'integer','minimum':0}", "-1",
      "spec: Invalid value: -1: spec in body should be greater than or equal to 0" },
    { "{'type':'number','maximum':1.5,'exclusiveMaximum':true}", "1.5",
      "spec: Invalid value: 1.5: spec in body should be less than 1.5" },
    { "{'type':'integer','multipleOf':3}", "4",
      "spec: Invalid value: 4: spec in body should be a multiple of 3" },
    { "{'type':'object','required':['a','b'],'properties':{'a':{'type':'string'},'b':{'type':'string'}}}",
      "{'a':'1'}", "spec.b: Required value" },
    { "{'type':'array','maxItems':1,'items':{'type':'string'}}", "['a','b']",
      "spec: Too many: 2: must have at most 1 item" },
    { "{'type':'array','minItems':2,'items':{'type':'string'}}", "['a']",
      "spec: Invalid value: 1: spec in body should have at least 2 items" },
    { "{'type':'array','items':{'type':'object','properties':{'a':{'type':'boolean'}}}}",
      "[{'a':true},{'a':1}]",
      "spec[1].a: Invalid value: 'integer': spec[1].a in body must be of type boolean: 'integer'" },
    { "{'type':'object','additionalProperties':{'type':'integer'}}", "{'k':'v'}",
      "spec.k: Invalid value: 'string': spec.k in body must be of type integer: 'string'" },
    { "{'type':'object','maxProperties':1,'additionalProperties':{'type':'integer'}}", "{'a':1,'b':2}",
      "spec: Too many: 2: must have at most 1 item" },
    { "{'type':'string','format':'date-time'}", "'2026-11-24T10:00:00Z'", "" },
    { "{'type':'string','format':'date-time'}", "'yesterday'",
      "spec: Invalid value: 'yesterday': spec in body must be of type date-time: 'yesterday'" },
    { "{'type':'string','format':'no-such'}", "'anything'", "" },
    { "{'type':'object','oneOf':[{'required':['a']},{'required':['b']}],'properties':{'a':{'type':'string'},'"
      "b':{'type':"
      "'string'}}}",
      "{'a':'1','b':'2'}",
      "<nil>: Invalid value: '': 'spec' must validate one and only one schema (oneOf). Found 2 valid "
      "alternatives" },
    { "{'type':'object','oneOf':[{'required':['a']},{'required':['b']}],'properties':{'a':{'type':'string'},'"
      "b':{'type':"
      "'string'}}}",
      "{}",
      "<nil>: Invalid value: '': 'spec' must validate one and only one schema (oneOf). Found none valid; "
      "spec.a: Required "
      "value" },
    { "{'type':'string','not':{'enum':['a']}}", "'a'",
      "<nil>: Invalid value: '': 'spec' must not validate the schema (not)" },
    { "{'type':'string','anyOf':[{'pattern':'^a'},{'pattern':'^b'}]}", "'c'",
      "<nil>: Invalid value: '': 'spec' must validate at least one schema (anyOf); spec: Invalid value: 'c': "
      "spec in body "
      "should match '^a'" },
    { "{'type':'array','x-kubernetes-list-type':'set','items':{'type':'string'}}", "['a','b','a','a']",
      "spec[2]: Duplicate value: 'a'" },
    { "{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['k'],'items':{'type':'"
      "object',"
      "'required':['k'],'properties':{'k':{'type':'string'}}}}",
      "[{'k':'a'},{'k':'a'}]", "spec[1]: Duplicate value: {'k':'a'}" },
};

static const char *run_validation(struct arena *a, const char *schema, const char *spec, const char *old) {
    struct field_errors fe = { .a = a };
    struct schema *s = compile(a, schema, NULL, &fe);
    if (!s)
        return errors_text(a, &fe);
    struct value *tree = value_map(a), *before = NULL;
    value_set(a, tree, "spec", quoted_json(a, spec));
    if (old) {
        before = value_map(a);
        value_set(a, before, "spec", quoted_json(a, old));
    }
    schema_validate(s, tree, before, &fe);
    return errors_text(a, &fe);
}

static void test_validation(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(validated); i++) {
        autoarena a = { 0 };
        const char *got = run_validation(&a, validated[i].schema, validated[i].spec, NULL);
        check_row(arena_fmt(&a, "%s of %s", validated[i].spec, validated[i].schema),
                  text_eq(got, validated[i].want), "got %s, want %s", got, validated[i].want);
    }
    check_done();
}

// An update need not mend what was wrong before and did not change.
static void test_ratcheting(void **state) {
    static const struct {
        const char *name, *spec, *old, *want;
    } rows[] = {
        { "unchanged", "{'a':'x','b':'1'}", "{'a':'x','b':'2'}", "" },
        { "changed", "{'a':'y','b':'1'}", "{'a':'x','b':'1'}",
          "spec.a: Invalid value: 'y': spec.a in body should match '^ok$'" },
        { "new", "{'a':'x'}", "{'b':'1'}", "spec.a: Invalid value: 'x': spec.a in body should match '^ok$'" },
    };
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        autoarena a = { 0 };
        const char *got = run_validation(
            &a,
            "{'type':'object','properties':{'a':{'type':'string','pattern':'^ok$'},'b':{'type':'string'}}}",
            rows[i].spec, rows[i].old);
        check_row(rows[i].name, text_eq(got, rows[i].want), "got %s", got);
    }
    check_done();
}

/* ---- defaults and pruning ---- */

static const struct {
    const char *name, *schema, *spec, *want, *unknown;
} filled[] = {
    { "default", "{'type':'object','properties':{'a':{'type':'string','default':'x'}}}", "{}", "{'a':'x'}",
      "" },
    { "not over a value", "{'type':'object','properties':{'a':{'type':'string','default':'x'}}}", "{'a':'y'}",
      "{'a':'y'}", "" },
    { "over null", "{'type':'object','properties':{'a':{'type':'string','default':'x'}}}", "{'a':null}",
      "{'a':'x'}", "" },
    { "nullable null stays",
      "{'type':'object','properties':{'a':{'type':'string','nullable':true,'default':'x'}}}", "{'a':null}",
      "{'a':null}", "" },
    { "null without default goes", "{'type':'object','properties':{'a':{'type':'string'}}}", "{'a':null}",
      "{}", "" },
    { "in list items",
      "{'type':'array','items':{'type':'object','properties':{'a':{'type':'integer','default':1}}}}",
      "[{},{'a':2}]", "[{'a':1},{'a':2}]", "" },
    { "not in maps that are not there",
      "{'type':'object','properties':{'m':{'type':'object','properties':{'a':{'type':'string','default':'x'}}"
      "}}}",
      "{}", "{}", "" },
    { "a default's own defaults",
      "{'type':'object','properties':{'m':{'type':'object','default':{},'properties':{'a':{'type':'string','"
      "default':'x'}}}}}",
      "{}", "{'m':{'a':'x'}}", "" },
    { "unknown fields",
      "{'type':'object','properties':{'a':{'type':'object','properties':{'b':{'type':'string'}}}}}",
      "{'x':1,'a':{'b':'1','c':{'d':2}}}", "{'a':{'b':'1'}}", "spec.a.c spec.x" },
    { "in lists", "{'type':'array','items':{'type':'object','properties':{'a':{'type':'string'}}}}",
      "[{'a':'1'},{'z':1}]", "[{'a':'1'},{}]", "spec[1].z" },
    { "preserved",
      "{'type':'object','x-kubernetes-preserve-unknown-fields':true,'properties':{'a':{'type':'object',"
      "'properties':{'b':{'type':'string'}}}}}",
      "{'x':{'y':1},'a':{'b':'1','c':2}}", "{'x':{'y':1},'a':{'b':'1'}}", "spec.a.c" },
    { "any keys",
      "{'type':'object','additionalProperties':{'type':'object','properties':{'a':{'type':'string'}}}}",
      "{'k':{'a':'1','b':2}}", "{'k':{'a':'1'}}", "spec.k.b" },
    { "embedded objects keep their metadata",
      "{'type':'object','x-kubernetes-embedded-resource':true,'properties':{'spec':{'type':'object'}}}",
      "{'apiVersion':'v1','kind':'X','metadata':{'name':'n'},'z':1}",
      "{'apiVersion':'v1','kind':'X','metadata':{'name':'n'}}", "spec.z" },
};

static void test_defaults_and_pruning(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(filled); i++) {
        autoarena a = { 0 };
        struct field_errors fe = { .a = &a };
        struct paths unknown = { .a = &a };
        struct schema *s = compile(&a, filled[i].schema, NULL, &fe);
        struct value *tree = quoted_json(&a, "{'apiVersion':'g/v1','kind':'K','metadata':{'name':'n'}}");
        check_row(filled[i].name, s != NULL, "%s", errors_text(&a, &fe));
        if (!s)
            continue;
        value_set(&a, tree, "spec", quoted_json(&a, filled[i].spec));
        schema_prune(s, tree, &unknown);
        schema_default(&a, s, tree);
        const char *got = unquoted(&a, json_text(&a, value_get(tree, "spec"), JSON_COMPACT).p), *paths = "";
        for (size_t k = 0; k < unknown.n; k++)
            paths = arena_fmt(&a, "%s%s%s", paths, k ? " " : "", unknown.items[k]);
        check_row(filled[i].name, text_eq(got, filled[i].want), "got %s, want %s", got, filled[i].want);
        check_row(filled[i].name, text_eq(paths, filled[i].unknown), "unknown: %s, want %s", paths,
                  filled[i].unknown);
        check_row(filled[i].name, value_len(tree) == 4, "the root lost a field");
    }
    check_done();
}

static void test_formats(void **state) {
    static const struct {
        const char *format, *good, *bad;
    } rows[] = {
        { "date", "2026-11-24", "2026-13-24" },
        { "duration", "1h30m", "1 fortnight" },
        { "duration", "3 days", "days" },
        { "byte", "aGk=", "a" },
        { "uri", "https://x/y", "x y" },
        { "email", "a@b", "a" },
        { "hostname", "a.bc", "a.b1" },
        { "ipv4", "10.0.0.1", "10.0.0" },
        { "ipv6", "::1", "1" },
        { "cidr", "10.0.0.0/8", "10.0.0.0/33" },
        { "mac", "00:11:22:33:44:55", "00:11" },
        { "uuid", "0c9c2e41-0000-4000-8000-000000000000", "0c9c2e41" },
        { "uuid4", "0c9c2e41-0000-4000-8000-000000000000", "0c9c2e41-0000-3000-8000-000000000000" },
        { "hexcolor", "#fff", "#ffff" },
        { "k8s-short-name", "a-b", "A" },
        { "k8s-long-name", "a.b", "a..b" },
    };
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        check_row(rows[i].format, format_matches(rows[i].format, str_of(rows[i].good)), "%s is refused",
                  rows[i].good);
        check_row(rows[i].format, !format_matches(rows[i].format, str_of(rows[i].bad)), "%s is accepted",
                  rows[i].bad);
    }
    check_row("unknown",
              format_find("nope") == FORMAT_UNKNOWN && format_find("isbn") == FORMAT_NOT_CHECKED_HERE,
              "wrong");
    check_done();
}

static void test_what_is_not_checked_is_told(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct field_errors fe = { .a = &a };
    struct warnings w = { .a = &a };
    struct schema *s = compile(&a, "{'type':'string','format':'isbn'}", &w, &fe);
    check_row("format", s && w.n == 1 && strstr(w.items[0], "isbn"), "no warning");
    check_done();
}

/* ---- rules ---- */

#define RULES(type, more, rules) "{'type':'" type "'," more "'x-kubernetes-validations':[" rules "]}"
#define AB "'properties':{'a':{'type':'integer'},'b':{'type':'integer'}},"

static const struct {
    const char *name, *schema, *spec, *old, *want;
} ruled[] = {
    { "holds", RULES("object", AB, "{'rule':'self.a < self.b'}"), "{'a':1,'b':2}", NULL, "" },
    { "fails", RULES("object", AB, "{'rule':'self.a < self.b','message':' a must be less '}"),
      "{'a':2,'b':2}", NULL, "spec: Invalid value: a must be less" },
    { "no message", RULES("object", AB, "{'rule':'has(self.a)'}"), "{'b':2}", NULL,
      "spec: Invalid value: failed rule: has(self.a)" },
    { "a scalar's value is told", RULES("integer", "", "{'rule':'self % 2 == 0','message':'must be even'}"),
      "3", NULL, "spec: Invalid value: 3: must be even" },
    { "message expression",
      RULES("object", AB, "{'rule':'self.a < self.b','messageExpression':'string(self.a) + ~!~'}"),
      "{'a':2,'b':2}", NULL, "spec: Invalid value: 2!" },
    { "reason and path",
      RULES("object", AB,
            "{'rule':'has(self.a)','reason':'FieldValueRequired','fieldPath':'.a','message':'m'}"),
      "{}", NULL, "spec.a: Required value: m" },
    { "forbidden",
      RULES("object", AB, "{'rule':'!has(self.a)','reason':'FieldValueForbidden','message':'m'}"), "{'a':1}",
      NULL, "spec: Forbidden: m" },
    { "an error while it runs", RULES("object", AB, "{'rule':'self.a == 1'}"), "{}", NULL,
      "spec: Invalid value: 'object': no such key: a evaluating rule: self.a == 1" },
    { "transition: not at creation", RULES("integer", "", "{'rule':'self >= oldSelf','message':'m'}"), "1",
      NULL, "" },
    { "transition", RULES("integer", "", "{'rule':'self >= oldSelf','message':'m'}"), "1", "2",
      "spec: Invalid value: 1: m" },
    { "what did not change may stay", RULES("integer", "", "{'rule':'self > 5','message':'m'}"), "1", "1",
      "" },
    { "not after graver errors", RULES("object", AB, "{'rule':'self.a < self.b','message':'m'}"),
      "{'a':'x','b':2}", NULL,
      "spec.a: Invalid value: 'string': spec.a in body must be of type integer: 'string'; <nil>: Invalid "
      "value: null: some "
      "validation rules were not checked because the object was invalid; correct the existing errors to "
      "complete validation" },
    { "in items", "{'type':'array','items':" RULES("string", "", "{'rule':'self != ~x~','message':'m'}") "}",
      "['a','x']", NULL, "spec[1]: Invalid value: 'x': m" },
};

// In these rules ~ stands for a quote.
static void tildes_back(struct value *v) {
    for (size_t i = 0; v->type == VALUE_STRING && i < v->s.n; i++)
        if (v->s.p[i] == '~')
            ((char *)v->s.p)[i] = '\'';
    for (size_t i = 0; v->type == VALUE_LIST && i < v->list.n; i++)
        tildes_back(v->list.items[i]);
    for (size_t i = 0; v->type == VALUE_MAP && i < v->map.n; i++)
        tildes_back(v->map.pairs[i].value);
}

static void test_rules(void **state) {
    (void)state;
    for (size_t i = 0; i < countof(ruled); i++) {
        autoarena a = { 0 };
        struct field_errors fe = { .a = &a };
        struct warnings w = { .a = &a };
        struct value *root = value_map(&a), *tree = value_map(&a), *old = NULL;
        struct value *schema = quoted_json(&a, ruled[i].schema);
        value_set(&a, root, "type", value_string(&a, "object"));
        value_set(&a, value_ensure(&a, root, "properties", NULL), "spec", schema);
        tildes_back(schema);
        struct schema *s = schema_compile(&a, root, "s", &w, &fe);
        check_row(ruled[i].name, s && !w.n, "%s", w.n ? w.items[0] : errors_text(&a, &fe));
        if (!s)
            continue;
        value_set(&a, tree, "spec", quoted_json(&a, ruled[i].spec));
        if (ruled[i].old)
            value_set(&a, old = value_map(&a), "spec", quoted_json(&a, ruled[i].old));
        schema_validate(s, tree, old, &fe);
        const char *got = errors_text(&a, &fe);
        check_row(ruled[i].name, text_eq(got, ruled[i].want), "got %s, want %s", got, ruled[i].want);
    }
    check_done();
}

static void test_rules_that_are_not_evaluated(void **state) {
    static const char *const rules[] = { "self.nope(", "oldSelf.orValue(1) == 1", "self.__a__ == 1" };
    (void)state;
    for (size_t i = 0; i < countof(rules); i++) {
        autoarena a = { 0 };
        struct field_errors fe = { .a = &a };
        struct warnings w = { .a = &a };
        const char *schema = arena_fmt(
            &a, "{'type':'integer','x-kubernetes-validations':[{'rule':'%s','optionalOldSelf':%s}]}",
            rules[i], i == 1 ? "true" : "false");
        struct schema *s = compile(&a, schema, &w, &fe);
        check_row(rules[i], s && w.n == 1 && strstr(w.items[0], rules[i]), "%s",
                  w.n ? w.items[0] : "no warning");
    }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused_schemas),
        cmocka_unit_test(test_depth_is_limited),
        cmocka_unit_test(test_validation),
        cmocka_unit_test(test_ratcheting),
        cmocka_unit_test(test_defaults_and_pruning),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_what_is_not_checked_is_told),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_rules_that_are_not_evaluated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
