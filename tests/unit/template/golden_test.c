// SPDX-License-Identifier: Apache-2.0
// Templates against what Helm's engine makes of them (tests/golden/template, recorded by its record/).
#include "common/template/template.h"

#include "common/value/utf8.h"
#include "tests/unit/golden.h"

static struct tval root_of(struct arena *a, struct value *values) {
    struct tmap *top = tmap_new(a, &ttype_values), *release = tmap_new(a, &ttype_map_any),
                *template = tmap_new(a, &ttype_values);
    tmap_set(a, release, "Name", tval_text("r"));
    tmap_set(a, release, "Namespace", tval_text("ns"));
    tmap_set(a, release, "Revision", tval_int(1));
    tmap_set(a, template, "Name", tval_text("c/templates/t.yaml"));
    tmap_set(a, template, "BasePath", tval_text("c/templates"));
    tmap_set(a, top, "Release", tval_map(release));
    tmap_set(a, top, "Template", tval_map(template));
    tmap_set(a, top, "Values", tval_of_value(a, values, &ttype_values));
    tmap_set(a, top, "Files", tval_map(tmap_new(a, &ttype_map_bytes)));
    tmap_set(a, top, "Chart", tval_map(tmap_new(a, &ttype_map_any)));
    tmap_set(a, top, "Subcharts", tval_map(tmap_new(a, &ttype_map_any)));
    tmap_set(a, top, "Capabilities", tval_map(tmap_new(a, &ttype_map_any)));
    return tval_map(top);
}

// The recorder's JSON has U+FFFD for each invalid byte.
static void put_valid(struct buf *out, struct str s) {
    for (size_t i = 0; i < s.n;) {
        uint32_t rune;
        i += utf8_decode(str_sub(s, i, s.n), &rune);
        utf8_put(out, rune);
    }
}

static void render(struct arena *a, const struct value *in, struct buf *out) {
    struct err err = { .a = a };
    autobuf text = { 0 };
    struct value *values;
    struct template_set *set = template_set_new(a);
    struct template_options limits = { .max_steps = 20000000 };
    if (!json_read(a, golden_in(in, 1), &values, &err)) {
        buf_puts(out, err.msg);
    } else if (!template_parse(set, "c/templates/t.yaml", golden_in(in, 0), &err) ||
               !template_execute(set, "c/templates/t.yaml", root_of(a, values), &limits, a, &text, &err)) {
        buf_clear(&text);
        buf_fmt(&text, "ERROR: %s", err.msg);
    }
    put_valid(out, buf_str(&text));
    template_set_free(set);
}

static const char *golden_dir;

static void test_cases(void **state) {
    (void)state;
    golden_run(golden_dir, "cases", render);
}

static void test_random(void **state) {
    (void)state;
    golden_run(golden_dir, "random", render);
}

// Templates that would run, grow or nest for ever end with an error.
static void test_hostile(void **state) {
    static const char *const templates[] = {
        "{{ define \"r\" }}{{ template \"r\" . }}{{ end }}{{ template \"r\" . }}",
        "{{ define \"r\" }}{{ include \"r\" . }}{{ end }}{{ include \"r\" . }}",
        "{{ tpl .Values.t . }}",
        "{{ range 9000000000 }}{{ range 9000000000 }}{{ end }}{{ end }}",
        "{{ repeat 9000000000 \"xxxxxxxx\" }}",
        "{{ $x := \"xxxxxxxx\" }}{{ range 100 }}{{ $x = printf \"%s%s\" $x $x }}{{ end }}",
        "{{ until 2000000000 }}",
        "{{ $m := dict }}{{ $_ := set $m \"m\" $m }}{{ mustToJson $m }}",
        "{{ printf \"%1000000d%1000000d\" 1 2 | repeat 1000 }}",
    };
    (void)state;
    for (size_t i = 0; i < countof(templates); i++) {
        autoarena a = { 0 };
        autobuf out = { 0 };
        struct err err = { .a = &a };
        struct template_set *set = template_set_new(&a);
        struct template_options limits = { .max_steps = 20000000,
                                           .max_memory_bytes = 64u << 20,
                                           .max_output_bytes = 8u << 20 };
        struct value *values = value_map(&a);
        value_set(&a, values, "t", value_string(&a, "{{ tpl .Values.t . }}"));
        bool ok = template_parse(set, "c/templates/t.yaml", str_of(templates[i]), &err) &&
                  template_execute(set, "c/templates/t.yaml", root_of(&a, values), &limits, &a, &out, &err);
        check_row(templates[i], !ok, "it ended");
        template_set_free(set);
    }
    check_done();
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases), cmocka_unit_test(test_random),
                                        cmocka_unit_test(test_hostile) };
    golden_dir = argc > 1 ? argv[1] : ".";
    if (argc > 2) { // another file, for long runs
        golden_run(argv[1], argv[2], render);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
