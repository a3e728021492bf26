// SPDX-License-Identifier: Apache-2.0
// Semantic versions and the methods of version values. sprig: semver.go; Masterminds/semver v3
#include "common/template/exec.h"
#include "common/text/semver.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out
#define METHOD struct tctx *c, struct tval self, const struct tval *args, size_t n, struct tval *out

static bool fn_semver(ARGS) {
    struct arena *a = tctx_arena(c);
    struct err err = { .a = a };
    struct semver *v = arena_new(a, struct semver);
    (void)n;
    if (!semver_parse(a, arena_text(a, args[0].s.p, args[0].s.n), v, &err))
        return tctx_fail(c, "%s", err.msg);
    *out = (struct tval) { .kind = TVAL_SEMVER, .semver = v };
    return true;
}

static bool fn_compare(ARGS) {
    struct arena *a = tctx_arena(c);
    struct err err = { .a = a };
    struct semver_constraint *want;
    struct semver v;
    (void)n;
    if (!semver_constraint_parse(a, arena_text(a, args[0].s.p, args[0].s.n), &want, &err) ||
        !semver_parse(a, arena_text(a, args[1].s.p, args[1].s.n), &v, &err))
        return tctx_fail(c, "%s", err.msg);
    return *out = tval_bool(semver_constraint_check(want, &v)), true;
}

static struct tval u64(uint64_t u) {
    return (struct tval) { .kind = TVAL_UINT64, .u = u };
}

static bool m_major(METHOD) {
    (void)c, (void)args, (void)n;
    return *out = u64(self.semver->major), true;
}

static bool m_minor(METHOD) {
    (void)c, (void)args, (void)n;
    return *out = u64(self.semver->minor), true;
}

static bool m_patch(METHOD) {
    (void)c, (void)args, (void)n;
    return *out = u64(self.semver->patch), true;
}

static bool m_prerelease(METHOD) {
    (void)c, (void)args, (void)n;
    return *out = tval_text(self.semver->pre), true;
}

static bool m_metadata(METHOD) {
    (void)c, (void)args, (void)n;
    return *out = tval_text(self.semver->metadata), true;
}

static bool m_original(METHOD) {
    (void)c, (void)args, (void)n;
    return *out = tval_text(self.semver->original), true;
}

static bool m_string(METHOD) {
    (void)args, (void)n;
    return *out = tval_text(semver_text(tctx_arena(c), self.semver)), true;
}

static bool other(struct tctx *c, struct tval v) {
    return v.kind == TVAL_SEMVER ||
           tctx_fail(c, "runtime error: invalid memory address or nil pointer dereference");
}

static bool m_compare(METHOD) {
    (void)n;
    return other(c, args[0]) && (*out = tval_int(semver_compare(self.semver, args[0].semver)), true);
}

static bool m_equal(METHOD) {
    (void)n;
    return other(c, args[0]) && (*out = tval_bool(semver_compare(self.semver, args[0].semver) == 0), true);
}

static bool m_less(METHOD) {
    (void)n;
    return other(c, args[0]) && (*out = tval_bool(semver_compare(self.semver, args[0].semver) < 0), true);
}

static bool m_greater(METHOD) {
    (void)n;
    return other(c, args[0]) && (*out = tval_bool(semver_compare(self.semver, args[0].semver) > 0), true);
}

static bool m_less_equal(METHOD) {
    (void)n;
    return other(c, args[0]) && (*out = tval_bool(semver_compare(self.semver, args[0].semver) <= 0), true);
}

static bool m_greater_equal(METHOD) {
    (void)n;
    return other(c, args[0]) && (*out = tval_bool(semver_compare(self.semver, args[0].semver) >= 0), true);
}

static bool increased(struct tctx *c, struct semver v, struct tval *out) {
    struct semver *r = arena_copy(tctx_arena(c), &v, sizeof v);
    r->pre = r->metadata = "";
    const char *text = semver_text(tctx_arena(c), r);
    bool prefix = v.original && v.original[0] == 'v';
    r->original = prefix ? arena_fmt(tctx_arena(c), "v%s", text) : text;
    *out = (struct tval) { .kind = TVAL_SEMVER, .semver = r };
    return true;
}

static bool m_inc_major(METHOD) {
    struct semver v = *self.semver;
    (void)args, (void)n;
    v.major++;
    v.minor = v.patch = 0;
    return increased(c, v, out);
}

static bool m_inc_minor(METHOD) {
    struct semver v = *self.semver;
    (void)args, (void)n;
    v.minor++;
    v.patch = 0;
    return increased(c, v, out);
}

static bool m_inc_patch(METHOD) {
    struct semver v = *self.semver;
    (void)args, (void)n;
    v.patch += text_empty(v.pre); // 1.2.3-rc1 becomes 1.2.3
    return increased(c, v, out);
}

const struct tmethod semver_methods[] = {
    { "Major", "", m_major },
    { "Minor", "", m_minor },
    { "Patch", "", m_patch },
    { "Prerelease", "", m_prerelease },
    { "Metadata", "", m_metadata },
    { "Original", "", m_original },
    { "String", "", m_string },
    { "Compare", "v", m_compare },
    { "Equal", "v", m_equal },
    { "LessThan", "v", m_less },
    { "GreaterThan", "v", m_greater },
    { "LessThanEqual", "v", m_less_equal },
    { "GreaterThanEqual", "v", m_greater_equal },
    { "IncMajor", "", m_inc_major },
    { "IncMinor", "", m_inc_minor },
    { "IncPatch", "", m_inc_patch },
    { 0 },
};

const struct tfunction functions_semver[] = {
    { "semver", "s", fn_semver },
    { "semverCompare", "ss", fn_compare },
    { 0 },
};
