// SPDX-License-Identifier: Apache-2.0
// Input: version, NUL, constraint. Properties: a version equals itself and what is written of it; a constraint that is written
// back decides the same (a dropped range syntax is the exception: it is written as two comparisons).
#include "common/text/semver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct str rest = str_make(data, size), first, second = STR("");
    if (!str_split(&rest, '\0', &first))
        return 0;
    if (rest.p)
        (void)str_split(&rest, '\0', &second);
    struct semver v, again;
    struct semver_constraint *c, *written;
    if (!semver_parse(&a, arena_text(&a, first.p, first.n), &v, &err))
        return 0;
    if (!semver_parse(&a, semver_text(&a, &v), &again, &err) || semver_compare(&v, &again) != 0)
        abort();
    if (!semver_constraint_parse(&a, arena_text(&a, second.p, second.n), &c, &err))
        return 0;
    bool in = semver_constraint_check(c, &v);
    if (!semver_constraint_parse(&a, semver_constraint_text(&a, c), &written, &err))
        return 0; // longer than a constraint may be
    if (semver_constraint_check(written, &v) != in)
        abort();
    return 0;
}
