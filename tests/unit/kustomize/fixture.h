// SPDX-License-Identifier: Apache-2.0
// What the tests of this room share: trees of files in memory, and a build in one call.
#ifndef TESTS_UNIT_KUSTOMIZE_FIXTURE_H
#define TESTS_UNIT_KUSTOMIZE_FIXTURE_H

#include "common/fileset/fileset.h"
#include "common/kustomize/kustomize.h"
#include "tests/unit/check.h"

struct file {
    const char *path, *text;
};
#define FILES_MAX 8

// NULL path ends the list.
static struct fileset *fs_of(const struct file *files) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct fileset *fs = fileset_mem();
    for (; files->path; files++)
        if (!fileset_put(fs, files->path, str_of(files->text), false, &err))
            fail_msg("%s: %s", files->path, err.msg);
    return fs;
}

// What `kustomize build` would print, or "Error: ...".
__attribute__((unused)) static const char *built(struct arena *a, const struct file *files, const char *dir,
                                                 const struct kustomize_options *options,
                                                 struct kustomize_result *out) {
    struct err err = { .a = a };
    autofileset *fs = fs_of(files);
    struct buf b = { 0 };
    *out = (struct kustomize_result) { 0 };
    if (!kustomize_build(a, fs, dir, options, out, &err) ||
        !kustomize_write(&b, out->objects, out->n_objects, &err))
        buf_fmt(&b, "Error: %s", err.msg);
    return buf_to_arena(&b, a).p;
}

#endif
