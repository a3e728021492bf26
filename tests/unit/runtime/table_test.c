// SPDX-License-Identifier: Apache-2.0
// Field tables, flags, metrics, jitter, steps.
#include "tests/unit/check.h"

#include "common/base/timeutil.h"
#include "common/runtime/flags.h"
#include "common/runtime/internal.h"
#include "common/runtime/jitter.h"
#include "common/value/json.h"

/* ---- fields ---- */

struct part {
    const char *name;
    int64_t weight;
};
struct spec {
    const char *url, *kind, *secret, *maybe;
    int64_t interval_ns, timeout_ns, count;
    bool on, off;
    const char *const *words;
    const struct value *labels, *any;
    struct part *part, *parts;
    size_t n_parts;
};
#define P struct part
static const struct field part_fields[] = {
    { "name", STRING(P, name), .flags = FIELD_REQUIRED },
    { "weight", INT(P, weight), .value_if_absent = "7" },
    { 0 },
};
#define S struct spec
static const struct field fields[] = {
    { "url", STRING(S, url), .flags = FIELD_REQUIRED },
    { "kind", STRING(S, kind), .value_if_absent = "Git", .one_of = "Git|Bucket" },
    { "maybe", STRING(S, maybe), .flags = FIELD_NULLABLE },
    { "secretRef", NAME_REF(S, secret) },
    { "interval", DURATION(S, interval_ns), .flags = FIELD_REQUIRED },
    { "timeout", DURATION(S, timeout_ns), .value_if_absent = "60s" },
    { "count", INT(S, count), .value_if_absent = "3" },
    { "on", BOOL(S, on), .value_if_absent = "true" },
    { "off", BOOL(S, off) },
    { "words", STRINGS(S, words) },
    { "labels", STRING_MAP(S, labels) },
    { "any", ANY_VALUE(S, any) },
    { "part", OBJECT(S, part, struct part), .fields = part_fields },
    { "parts", OBJECTS(S, parts, n_parts, struct part), .fields = part_fields },
    { 0 },
};

static bool read_spec(struct arena *a, const char *json, struct spec *out, struct err *err) {
    struct value *v = NULL;
    if (!json_read(a, str_of(json), &v, err))
        fail_msg("%s", err->msg);
    return fields_read(a, fields, "spec", v, out, sizeof *out, err);
}

static void test_fields_errors(void **state) {
    (void)state;
    static const struct {
        const char *json, *error;
    } cases[] = {
        { "{\"interval\":\"1m\"}", "spec.url: required field is missing" },
        { "{\"url\":null,\"interval\":\"1m\"}", "spec.url: required field is missing" },
        { "{\"url\":\"u\"}", "spec.interval: required field is missing" },
        { "{\"url\":5,\"interval\":\"1m\"}", "spec.url: expected a string, got integer" },
        { "{\"url\":\"u\",\"interval\":60}", "spec.interval: expected a duration, got integer" },
        { "{\"url\":\"u\",\"interval\":\"1d\"}",
          "spec.interval: time: unknown unit \"d\" in duration \"1d\"" },
        { "{\"url\":\"u\",\"interval\":\"1m\",\"kind\":\"Ftp\"}",
          "spec.kind: unsupported value \"Ftp\": supported values: Git|Bucket" },
        { "{\"url\":\"u\",\"interval\":\"1m\",\"on\":\"yes\"}", "spec.on: expected a boolean, got string" },
        { "{\"url\":\"u\",\"interval\":\"1m\",\"count\":1.5}",
          "spec.count: expected an integer, got number" },
        { "{\"url\":\"u\",\"interval\":\"1m\",\"words\":[\"a\",1]}",
          "spec.words[1]: expected a string, got integer" },
        { "{\"url\":\"u\",\"interval\":\"1m\",\"labels\":{\"a\":1}}",
          "spec.labels.a: expected a string, got integer" },
        { "{\"url\":\"u\",\"interval\":\"1m\",\"secretRef\":{}}",
          "spec.secretRef.name: required field is missing" },
        { "{\"url\":\"u\",\"interval\":\"1m\",\"part\":{}}", "spec.part.name: required field is missing" },
        { "{\"url\":\"u\",\"interval\":\"1m\",\"parts\":[{\"name\":\"a\"},{\"name\":[]}]}",
          "spec.parts[1].name: expected a string, got array" },
        { "{\"url\":\"u\",\"interval\":\"1m\",\"parts\":[5]}",
          "spec.parts[0]: expected an object, got integer" },
        { "[]", "spec: expected an object, got array" },
        { "{\"url\":\"u\",\"interval\":\"1m\",\"unknown\":[1]}", "no error" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct spec spec;
        const char *got = read_spec(&a, cases[i].json, &spec, &err) ? "no error" : err.msg;
        check_row(cases[i].json, !strcmp(got, cases[i].error), "got %s, want %s", got, cases[i].error);
    }
    check_done();
}

static void test_fields_values(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct spec s;
    assert_true(read_spec(&a, "{\"url\":\"u\",\"interval\":\"1m\"}", &s, &err));
    check_row("defaults",
              s.timeout_ns == 60 * NS_PER_S && s.count == 3 && s.on && !s.off && !strcmp(s.kind, "Git"),
              "differ");
    check_row("absent", !s.part && !s.n_parts && !s.words[0] && !s.labels && !s.any && !s.secret && !s.maybe,
              "something is there");
    assert_true(read_spec(
        &a,
        "{\"url\":\"u\",\"interval\":\"1h30m\",\"secretRef\":{\"name\":\"x\"},\"on\":false,\"maybe\":\"\","
        "\"words\":[\"a\",\"b\"],\"part\":{\"name\":\"p\"},\"parts\":[{\"name\":\"q\",\"weight\":2}],\"any\":"
        "{\"k\":[1]}}",
        &s, &err));
    check_row("values",
              s.interval_ns == 90 * NS_PER_MIN && !s.on && !strcmp(s.secret, "x") && s.maybe &&
                  !strcmp(s.words[1], "b") && !s.words[2],
              "differ");
    check_row("objects",
              s.part->weight == 7 && s.n_parts == 1 && s.parts[0].weight == 2 &&
                  !strcmp(s.parts[0].name, "q"),
              "differ");
    check_done();
}

/* ---- flags ---- */

static struct {
    bool on, off;
    const char *text, *from_env;
    int64_t n, wait_ns;
    struct flag_strings list;
} f;

static const struct flag flags[] = {
    { "on", FLAG_B(&f.on), .value_if_absent = "true", .section = "FIRST", .help = "A switch." },
    { "off", FLAG_B(&f.off), .help = "Another." },
    { "text", FLAG_S(&f.text), .value_if_absent = "abc", .help = "Words." },
    { "n", FLAG_I(&f.n), .value_if_absent = "5", .section = "SECOND", .help = "A number." },
    { "wait", FLAG_D(&f.wait_ns), .value_if_absent = "30s", .help = "A time." },
    { "list", FLAG_L(&f.list), .help = "Several." },
    { "env", FLAG_S(&f.from_env), .env = "RUNNEL_TEST_FLAG", .help = "From outside." },
    { 0 },
};
static const struct flag *const tables[] = { flags, NULL };

static void test_flags(void **state) {
    (void)state;
    static const struct {
        const char *args; // separated by blanks
        const char *want; // error, or on off text n wait list
    } cases[] = {
        { "", "1 0 abc 5 30s" },
        { "--on=false --off --text=x --n=9 --wait=1m30s --list=a,b --list c", "0 1 x 9 1m30s a b c" },
        { "--text x --n 7", "1 0 x 7 30s" },
        { "--text=", "1 0  5 30s" },
        { "--text=a=b", "1 0 a=b 5 30s" },
        { "--off=true --off=0", "1 0 abc 5 30s" },
        { "--nope", "unknown flag: --nope" },
        { "--nope=3", "unknown flag: --nope" },
        { "-x", "unknown shorthand flag: 'x' in -x" },
        { "word", "unexpected argument \"word\"" },
        { "--n", "flag needs an argument: --n" },
        { "--n=abc",
          "invalid argument \"abc\" for \"--n\" flag: strconv.ParseInt: parsing \"abc\": invalid syntax" },
        { "--wait=5", "invalid argument \"5\" for \"--wait\" flag: time: missing unit in duration \"5\"" },
        { "--on=maybe", "invalid argument \"maybe\" for \"--on\" flag: strconv.ParseBool: parsing \"maybe\": "
                        "invalid syntax" },
        { "--help --nope", "unknown flag: --nope" },
        { "--n=1 --help", "help" },
        { "-h", "help" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        char *argv[16] = { (char *)"test" };
        int argc = 1;
        struct str rest = str_of(cases[i].args), word;
        while (*cases[i].args && str_split(&rest, ' ', &word))
            argv[argc++] = arena_text(&a, word.p, word.n);
        bool help = false;
        const char *got;
        if (!flags_parse(&a, tables, argc, argv, &help, &err)) {
            got = err.msg;
        } else if (help) {
            got = "help";
        } else {
            got = arena_fmt(&a, "%d %d %s %lld %s", f.on, f.off, f.text, (long long)f.n,
                            duration_fmt(&a, f.wait_ns));
            for (size_t j = 0; j < f.list.n; j++)
                got = arena_fmt(&a, "%s %s", got, f.list.items[j]);
        }
        check_row(cases[i].args, !strcmp(got, cases[i].want), "got %s, want %s", got, cases[i].want);
    }
    check_done();
}

static void test_flags_env(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    bool help;
    char *argv[] = { (char *)"test", (char *)"--env=flag" };
    setenv("RUNNEL_TEST_FLAG", "outside", 1);
    assert_true(flags_parse(&a, tables, 1, argv, &help, &err));
    check_row("environment", !strcmp(f.from_env, "outside"), "got %s", f.from_env);
    assert_true(flags_parse(&a, tables, 2, argv, &help, &err));
    check_row("the flag wins", !strcmp(f.from_env, "flag"), "got %s", f.from_env);
    unsetenv("RUNNEL_TEST_FLAG");
    check_done();
}

static void test_flags_help(void **state) {
    (void)state;
    autobuf out = { 0 };
    flags_help(&out, "test", "What it does.", tables);
    for (const struct flag *row = flags; row->name; row++) {
        autoarena a = { 0 };
        check_row(row->name, strstr(out.p, arena_fmt(&a, "\n    --%s", row->name)) != NULL,
                  "is not in the manual");
    }
    check_row("default", strstr(out.p, "A time. Default: 30s.") != NULL, "%s", out.p);
    check_row("sections", strstr(out.p, "\nFIRST\n") < strstr(out.p, "\nSECOND\n"), "%s", out.p);
    struct str rest = buf_str(&out), line;
    while (str_split(&rest, '\n', &line))
        check_row("width", line.n <= 80, "%.*s", (int)line.n, line.p);
    check_done();
}

/* ---- metrics ---- */

static void test_metrics(void **state) {
    (void)state;
    static const double buckets[] = { 0.1, 1, 10, 0 };
    static const struct metric hits = { "hits_total", "Hits \\ by\nresult.", METRIC_COUNTER, { "result" } };
    static const struct metric level = { "level", "Level.", METRIC_GAUGE, { NULL } };
    static const struct metric took = {
        "took_seconds", "Time.", METRIC_HISTOGRAM, { "kind", "name" }, buckets
    };
    static const char *const want = "# HELP hits_total Hits \\\\ by\\nresult.\n# TYPE hits_total counter\n"
                                    "hits_total{result=\"a\\\"b\\n\"} 3\n"
                                    "# HELP level Level.\n# TYPE level gauge\nlevel 2.5\n"
                                    "# HELP took_seconds Time.\n# TYPE took_seconds histogram\n"
                                    "took_seconds_bucket{kind=\"K\",name=\"n\",le=\"0.1\"} 1\n"
                                    "took_seconds_bucket{kind=\"K\",name=\"n\",le=\"1\"} 2\n"
                                    "took_seconds_bucket{kind=\"K\",name=\"n\",le=\"10\"} 2\n"
                                    "took_seconds_bucket{kind=\"K\",name=\"n\",le=\"+Inf\"} 3\n"
                                    "took_seconds_sum{kind=\"K\",name=\"n\"} 101.1\n"
                                    "took_seconds_count{kind=\"K\",name=\"n\"} 3\n";
    struct metrics *m = metrics_new();
    metrics_add(m, &hits, 1, "a\"b\n");
    metrics_add(m, &hits, 2, "a\"b\n");
    metrics_set(m, &level, 2.5, NULL);
    metrics_observe(m, &took, 0.1, "K", "n");
    metrics_observe(m, &took, 1, "K", "n");
    metrics_observe(m, &took, 100, "K", "n");
    metrics_observe(m, &took, 1, "K", "gone");
    metrics_observe(m, &took, 1, "Other", "gone");
    metrics_remove(m, &took, "name", "gone", NULL);
    autobuf out = { 0 };
    metrics_write(m, &out);
    check_row("text", !strcmp(out.p, want), "%s", out.p);
    metrics_free(m);
    check_done();
}

static void test_jitter(void **state) {
    (void)state;
    static const struct {
        int64_t ns, percent;
        double random;
        int64_t want;
    } cases[] = { { 1000, 5, 0, 950 }, { 1000, 5, 0.5, 1000 }, { 1000, 0, 0.9, 1000 },
                  { 1000, 99, 0, 10 }, { 0, 5, 0, 0 },         { 1000, 10, 0.75, 1050 } };
    for (size_t i = 0; i < countof(cases); i++) {
        int64_t got = jitter_apply(cases[i].ns, cases[i].percent, cases[i].random);
        check_row("jitter", got == cases[i].want, "row %zu: got %lld", i, (long long)got);
    }
    for (int i = 0; i < 1000; i++) {
        double r = jitter_random();
        check_row("range", r >= 0 && r < 1, "%f", r);
    }
    check_done();
}

/* ---- steps ---- */

static enum step_result step_a(struct run *r) {
    buf_putc(r->state, 'a');
    return STEP_NEXT;
}

static enum step_result step_b(struct run *r) {
    buf_putc(r->state, 'b');
    return *(const char *)r->spec == 'f' ? run_fail(r, ERR_IO, NULL, "no %s", "luck") : STEP_NEXT;
}

static enum step_result step_c(struct run *r) {
    buf_putc(r->state, 'c');
    return *(const char *)r->spec == 'd' ? STEP_DONE : STEP_NEXT;
}

static void test_steps(void **state) {
    (void)state;
    static const struct step steps[] = { { "a", step_a }, { "b", step_b }, { "c", step_c }, { 0 } };
    static const struct {
        const char *mode, *from, *ran, *last;
        enum step_result result;
    } cases[] = {
        { "-", NULL, "abc", "c", STEP_NEXT },   { "f", NULL, "ab", "b", STEP_FAILED },
        { "d", NULL, "abc", "c", STEP_DONE },   { "-", "c", "c", "c", STEP_NEXT },
        { "-", "gone", "abc", "c", STEP_NEXT },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        autobuf ran = { 0 };
        struct run r = { .a = &a, .err = { .a = &a }, .spec = (char *)cases[i].mode, .state = &ran };
        const struct step *last = NULL;
        enum step_result got = steps_run(steps, cases[i].from, &r, &last);
        check_row(cases[i].ran,
                  got == cases[i].result && !strcmp(ran.p, cases[i].ran) &&
                      !strcmp(last->name, cases[i].last),
                  "row %zu: ran %s, last %s, result %d", i, ran.p, last->name, (int)got);
    }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_errors), cmocka_unit_test(test_fields_values),
        cmocka_unit_test(test_flags),         cmocka_unit_test(test_flags_env),
        cmocka_unit_test(test_flags_help),    cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_jitter),        cmocka_unit_test(test_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
