// SPDX-License-Identifier: Apache-2.0
/* A whole kustomization: files in memory, divided by lines "=== path"; the first is kustomization.yaml. Properties: nothing breaks,
 * memory stays bounded, and a second build gives the same bytes and the same list of files. */
#include "common/base/limits.h"
#include "common/fileset/fileset.h"
#include "common/kustomize/kustomize.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILES_MAX 16
#define MEMORY_MAX (LIMIT_KUSTOMIZE_BYTES + (64ULL << 20))

static bool put(struct fileset *fs, struct str path, struct str text) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    return fileset_put(fs, arena_str(&a, path).p, text, false, &err);
}

static struct fileset *unpack(struct str text) {
    struct fileset *fs = fileset_mem();
    struct str path = STR("kustomization.yaml");
    for (int i = 0; i < FILES_MAX; i++) {
        ptrdiff_t at = str_find(text, STR("\n=== "));
        struct str file = str_sub(text, 0, at < 0 ? text.n : (size_t)at + 1);
        put(fs, path, file);
        if (at < 0)
            break;
        text = str_sub(text, (size_t)at + 5, text.n);
        if (!str_split(&text, '\n', &path) || !text.n)
            break;
    }
    return fs;
}

static bool get(void *arg, struct arena *a, const char *url, struct str *out, struct err *err) {
    (void)arg, (void)a;
    *out = STR("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: far}\n");
    return strlen(url) < 40 || err_set_code(err, ERR_NOT_FOUND, 404, "404 Not Found");
}

static bool clone(void *arg, struct arena *a, const struct kustomize_repo *repo, struct fileset **out,
                  struct err *err) {
    (void)a;
    *out = arg;
    return *repo->ref == '\0' || err_set(err, ERR_NOT_FOUND, "no such ref");
}

static struct str build(struct arena *a, struct fileset *fs, unsigned flags) {
    struct err err = { .a = a };
    struct kustomize_remote remote = { fs, get, clone };
    struct kustomize_options options = { .remote = &remote,
                                         .load_anywhere = flags & 1,
                                         .openapi_adds = flags & 2,
                                         .root_lenient = flags & 4,
                                         .default_order =
                                             flags & 8 ? KUSTOMIZE_ORDER_FIFO : KUSTOMIZE_ORDER_LEGACY };
    struct kustomize_result r = { 0 };
    struct buf b = { 0 };
    unsigned char digest[32];
    if (!kustomize_build(a, fs, ".", &options, &r, &err) ||
        !kustomize_write(&b, r.objects, r.n_objects, &err))
        buf_fmt(&b, "Error: %s", err.msg);
    if (a->total_bytes > MEMORY_MAX)
        abort();
    kustomize_files_digest(&r, digest);
    buf_add(&b, digest, sizeof digest);
    return buf_to_arena(&b, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size)
        return 0;
    autoarena first = { 0 }, second = { 0 };
    // the first byte says which options; in the corpus it is a digit
    unsigned flags = (data[0] - (unsigned)'0') & 15;
    autofileset *fs = unpack(str_make(data + 1, size - 1));
    if (!str_eq(build(&first, fs, flags), build(&second, fs, flags)))
        abort();
    return 0;
}
