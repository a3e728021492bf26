// SPDX-License-Identifier: Apache-2.0
// Input: patterns, NUL, path. Properties: "!" in front of the last pattern never makes a path ignored that was not; a path
// that the rules of the root decide is decided alike below a domain.
#include "common/text/gitignore.h"
#include "common/text/glob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct str rest = str_make(data, size), patterns, path;
    if (size > 4096 || !str_split(&rest, '\0', &patterns) || !str_split(&rest, '\0', &path))
        return 0;
    struct gitignore root = { 0 }, below = { 0 }, include = { 0 };
    gitignore_add_lines(&a, &root, patterns, "");
    gitignore_add_lines(&a, &below, patterns, "dom/ain");
    gitignore_add_lines(&a, &include, patterns, "");
    gitignore_add(&a, &include, STR("!**/*"), "");
    const char *deep = arena_fmt(&a, "dom/ain/%.*s", (int)path.n, path.p);
    for (int dir = 0; dir < 2; dir++) {
        bool ignored = gitignore_match(&root, path, dir);
        if (memchr(path.p, '\0', path.n) == NULL && gitignore_match(&below, str_of(deep), dir) != ignored)
            abort();
        if (gitignore_match(&include, path, dir) && !ignored)
            abort();
    }
    glob_match_shell(patterns, path);
    return 0;
}
