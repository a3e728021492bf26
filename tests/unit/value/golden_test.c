// SPDX-License-Identifier: Apache-2.0
// YAML and JSON patch against tables recorded from sigs.k8s.io/yaml, yaml.v3 and evanphx/json-patch.
#include "common/value/patch.h"
#include "common/value/yaml.h"
#include "tests/unit/golden.h"

static const char *golden_dir;

static void read_with(struct arena *a, const struct value *in, struct buf *out, unsigned flags,
                      unsigned json_flags) {
    struct err err = { .a = a };
    struct value *v;
    if (!yaml_read(a, golden_in(in, 0), flags, &v, &err)) {
        buf_fmt(out, "ERR %s", err.msg);
        return;
    }
    json_write(out, v, JSON_SORT_KEYS | JSON_ESCAPE_HTML | json_flags);
}

static void read_sigs(struct arena *a, const struct value *in, struct buf *out) {
    read_with(a, in, out, YAML_GO_SIGS, 0);
}

static void read_v3(struct arena *a, const struct value *in, struct buf *out) {
    read_with(a, in, out, YAML_GO_V3, JSON_GO_FLOATS);
}

static void write_with(struct arena *a, const struct value *in, struct buf *out, unsigned flags) {
    struct err err = { .a = a };
    struct value *v;
    assert_true(json_read(a, golden_in(in, 0), &v, &err));
    yaml_write(out, v, flags);
}

static void write_sigs(struct arena *a, const struct value *in, struct buf *out) {
    write_with(a, in, out, YAML_WRITE_SIGS);
}

static void write_v3(struct arena *a, const struct value *in, struct buf *out) {
    write_with(a, in, out, YAML_WRITE_V3 | YAML_WRITE_WIDE_LISTS);
}

static void patch(struct arena *a, const struct value *in, struct buf *out) {
    struct err err = { .a = a };
    struct value *doc, *ops;
    assert_true(json_read(a, golden_in(in, 0), &doc, &err));
    assert_true(json_read(a, golden_in(in, 1), &ops, &err));
    if (!json_patch_apply(a, &doc, ops, &err))
        buf_fmt(out, "ERR %s", err.msg);
    else
        json_write(out, doc, JSON_SORT_KEYS);
}

static void test_read_sigs(void **state) {
    (void)state;
    golden_run(golden_dir, "yaml-read-sigs", read_sigs);
}

static void test_read_v3(void **state) {
    (void)state;
    golden_run(golden_dir, "yaml-read-v3", read_v3);
}

static void test_write_sigs(void **state) {
    (void)state;
    golden_run(golden_dir, "yaml-write-sigs", write_sigs);
}

static void test_write_v3(void **state) {
    (void)state;
    golden_run(golden_dir, "yaml-write-v3", write_v3);
}

static void test_patch(void **state) {
    (void)state;
    golden_run(golden_dir, "json-patch", patch);
}

int main(int argc, char **argv) {
    golden_dir = argc > 1 ? argv[1] : ".";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_sigs), cmocka_unit_test(test_read_v3), cmocka_unit_test(test_write_sigs),
        cmocka_unit_test(test_write_v3),  cmocka_unit_test(test_patch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
