// SPDX-License-Identifier: Apache-2.0
/* Shell patterns as Go's path.Match reads them: * ? [a-z] [^a-z] \x; * and ? never match a slash. Threads any. */
#ifndef TEXT_GLOB_H
#define TEXT_GLOB_H

#include "common/base/err.h"

enum glob_result { GLOB_NO_MATCH, GLOB_MATCH, GLOB_BAD_PATTERN };

// Go: path.Match (filepath.Match on Unix). Like it, a bad pattern is noticed wherever it is. Linear in pattern times name.
enum glob_result glob_match(struct str pattern, struct str name);
// The same with * also across slashes and no check of what is not reached (Flux: pkg/envsubst/path).
enum glob_result glob_match_shell(struct str pattern, struct str name);

/* Go: gobwas/glob with '/' as separator, as Helm's .Files.Glob: `*` within a component, `**` across, `?`, [abc] [a-z] [!a],
 * {a,b}. Compile errors make the pattern match as "**" in Helm; that is the caller's choice.
 * Errors  ERR_INVALID */
struct glob_pattern;
must_check bool glob_compile(struct arena *a, const char *pattern, char separator, struct glob_pattern **out,
                             struct err *err);
bool glob_pattern_match(const struct glob_pattern *g, struct str name);

#endif
