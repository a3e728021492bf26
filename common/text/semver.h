// SPDX-License-Identifier: Apache-2.0
/* Semantic versions and constraints as Masterminds/semver v3 has them.
 *
 * Constraints: "=1.2", "!=", ">", "<", ">=", "<=", "~1.2" "~>1.2", "^1.2", "1.x", "*", "1.2 - 3.4", comma or blank for "and",
 * "||" for "or". A version with a pre-release satisfies a group only if one of the group's constraints has one too.
 * Errors  ERR_INVALID, in its words: "invalid semantic version", "improper constraint: \"foo\"", ...
 * Threads any.
 */
#ifndef TEXT_SEMVER_H
#define TEXT_SEMVER_H

#include "common/base/err.h"

struct semver {
    uint64_t major, minor, patch;
    const char *pre;      // "" = none
    const char *metadata; // "" = none
    const char *original; // as written
};

// NewVersion: a leading v, missing parts and leading zeros are accepted.
must_check bool semver_parse(struct arena *a, const char *text, struct semver *out, struct err *err);
// StrictNewVersion: exactly three numbers, no v.
must_check bool semver_parse_strict(struct arena *a, const char *text, struct semver *out, struct err *err);
// -1, 0, 1; build metadata does not count.
int semver_compare(const struct semver *x, const struct semver *y);
// "1.2.3-pre+meta", without a v.
char *semver_text(struct arena *a, const struct semver *v);

struct semver_constraint;
must_check bool semver_constraint_parse(struct arena *a, const char *text, struct semver_constraint **out,
                                        struct err *err);
bool semver_constraint_check(const struct semver_constraint *c, const struct semver *v);
// The constraint as the library prints it back: ">=1.2 <2 || 3.x".
char *semver_constraint_text(struct arena *a, const struct semver_constraint *c);

#endif
