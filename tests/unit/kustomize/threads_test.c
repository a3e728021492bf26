// SPDX-License-Identifier: Apache-2.0
// Many builds at once give what one alone gives (no globals).
#include "tests/unit/kustomize/fixture.h"
#include <pthread.h>

#define THREADS 8
#define ROUNDS 20

static const struct file files[] = {
    { "o/kustomization.yaml",
      "namespace: sp\nnamePrefix: p-\nresources: [../b]\nlabels: [{pairs: {l: v}, includeSelectors: true}]\n"
      "images: [{name: i, newTag: '2'}]\nconfigMapGenerator: [{name: c, literals: [a=b]}]\n"
      "patches: [{patch: '[{\"op\": \"add\", \"path\": \"/spec/replicas\", \"value\": 3}]', target: {kind: "
      "Deployment}}]\n" },
    { "b/kustomization.yaml", "resources: [d.yaml]\n" },
    { "b/d.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: "
                  "{containers: [{name: c, image: i, "
                  "envFrom: [{configMapRef: {name: c}}]}]}}}\n" },
    { 0 },
};

static void *many(void *arg) {
    const char *want = arg;
    for (int i = 0; i < ROUNDS; i++) {
        autoarena a = { 0 };
        struct kustomize_result r;
        if (strcmp(built(&a, files, "o", &(struct kustomize_options) { 0 }, &r), want))
            return arg;
    }
    return NULL;
}

static void test_threads(void **state) {
    (void)state;
    autoarena a = { 0 };
    struct kustomize_result r;
    pthread_t threads[THREADS];
    char *want = (char *)(uintptr_t)built(&a, files, "o", &(struct kustomize_options) { 0 }, &r);
    if (!strstr(want, "name: p-c-"))
        fail_msg("%s", want);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many, want), 0);
    for (int i = 0; i < THREADS; i++) {
        void *differs;
        pthread_join(threads[i], &differs);
        check_row("a thread", !differs, "gave something else");
    }
    check_done();
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_threads) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
