// SPDX-License-Identifier: Apache-2.0
// SOPS and age against files that the real tools made (tests/golden/sops, recorded by its script).
#include "tests/unit/check.h"

#include "common/base/file.h"
#include "common/value/yaml.h"
#include "kustomize-controller/sops.h"

#define MAX_BYTES (1u << 20)

static struct str load(struct arena *a, const char *name) {
    struct err err = { .a = a };
    struct str text;
    if (!file_read(a, path_join(a, GOLDEN, name), MAX_BYTES, &text, &err))
        fail_msg("%s", err.msg);
    return text;
}

static void keys_load(struct arena *a, struct sops_keys *keys) {
    struct err err = { .a = a };
    if (!age_identities_add(&keys->age, load(a, "key.agekey"), &err))
        fail_msg("%s", err.msg);
}

static void test_files(void **state) {
    (void)state;
    static const char *const cases[] = { "all.yaml", "secret.yaml", "config.json",
                                         "app.env",  "app.ini",     "blob.bin" };
    autoarena a = { 0 };
    struct sops_keys keys = { 0 };
    keys_load(&a, &keys);
    for (size_t i = 0; i < countof(cases); i++) {
        struct err err = { .a = &a };
        struct str in = load(&a, arena_fmt(&a, "%s.enc", cases[i])),
                   want = load(&a, arena_fmt(&a, "%s.dec", cases[i])), got;
        enum sops_format format = sops_format_of(cases[i]);
        check_row(cases[i], sops_text_is_encrypted(in, format), "the marker is not found");
        check_row(cases[i], !sops_text_is_encrypted(want, format), "plaintext has a marker");
        if (!sops_decrypt_text(&a, in, format, format, &keys, &got, &err))
            check_row(cases[i], 0, "%s", err.msg);
        else
            check_row(cases[i], str_eq(got, want), "got:\n%s\nwant:\n%s", got.p, want.p);
    }
    check_done();
}

static void test_age(void **state) {
    (void)state;
    static const char *const cases[] = { "small.age", "large.age" };
    autoarena a = { 0 };
    struct sops_keys keys = { 0 };
    keys_load(&a, &keys);
    for (size_t i = 0; i < countof(cases); i++) {
        struct err err = { .a = &a };
        struct str in = load(&a, arena_fmt(&a, "%s.enc", cases[i])),
                   want = load(&a, arena_fmt(&a, "%s.dec", cases[i])), got;
        bool ok = age_decrypt(&a, &keys.age, NULL, in, &got, &err);
        check_row(cases[i], ok && str_eq(got, want), "%s", ok ? "other bytes" : err.msg);
        for (size_t at = 0; at < in.n;
             at += in.n / 97 + 1) { // a flipped bit anywhere is noticed (but for white space in armor)
            char *bad = arena_text(&a, in.p, in.n);
            bad[at] ^= 1;
            struct err bad_err = { .a = &a };
            bool opened = age_decrypt(&a, &keys.age, NULL, str_make(bad, in.n), &got, &bad_err);
            check_row(cases[i], !opened || str_eq(got, want), "a flipped bit at %zu gives other plaintext",
                      at);
        }
        for (size_t n = 0; n < in.n; n += in.n / 61 + 1) {
            struct err cut = { .a = &a };
            check_row(cases[i], !age_decrypt(&a, &keys.age, NULL, str_make(in.p, n), &got, &cut),
                      "cut at %zu opens", n);
        }
    }
    check_done();
}

static void test_identities(void **state) {
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "", "no secret keys found" },
        { "# only a comment\n", "no secret keys found" },
        { "AGE-SECRET-KEY-1QQQ", "error at line 1: malformed secret key" },
        { "\n# c\nAGE-SECRET-KEY-PQ-1XYZ", "error at line 3: post-quantum identities are not supported" },
        { "AGE-PLUGIN-YUBIKEY-1XYZ", "error at line 1: plugin identities are not supported" },
    };
    for (size_t i = 0; i < countof(cases); i++) {
        autoarena a = { 0 };
        struct err err = { .a = &a };
        struct age_identities ids = { 0 };
        const char *got = age_identities_add(&ids, str_of(cases[i].text), &err) ? "no error" : err.msg;
        check_row(cases[i].text, text_eq(got, cases[i].want), "got %s, want %s", got, cases[i].want);
    }
    check_done();
}

// Errors name the path and the recipient, never a value; without a key nothing changes hands.
static void test_errors(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct sops_keys none = { 0 }, keys = { 0 };
    struct str in = load(&a, "secret.yaml.enc"), out;
    assert_false(sops_decrypt_text(&a, in, SOPS_YAML, SOPS_YAML, &none, &out, &err));
    assert_non_null(strstr(err.msg, "cannot get sops data key"));
    assert_non_null(strstr(err.msg, "no age identity was given"));
    err_clear(&err);
    keys_load(&a, &keys);
    struct value *tree;
    assert_true(yaml_read(&a, in, YAML_GO_V3, &tree, &err));
    struct value *data = value_get(tree, "stringData");
    value_set(&a, tree, "stringData", NULL);
    struct value *moved = value_map(&a); // the same ciphertext under another path
    value_set(&a, moved, "other", value_get(data, "password"));
    value_set(&a, tree, "data", moved);
    assert_false(sops_decrypt(&a, tree, &keys, &err));
    assert_string_equal(err.msg, "error decrypting sops tree: value at 'data:other' cannot be authenticated");
    err_clear(&err);
    assert_true(
        yaml_read(&a, STR("sops: {mac: x, kms: [{arn: 'arn:x', enc: y}]}\na: b\n"), YAML_GO_V3, &tree, &err));
    assert_false(sops_decrypt(&a, tree, &keys, &err));
    assert_non_null(strstr(err.msg, "AWS KMS arn:x: this key provider is not supported"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
