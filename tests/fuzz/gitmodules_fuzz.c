// SPDX-License-Identifier: Apache-2.0
/* .gitmodules. Properties: no path leaves the tree; a URL that resolves keeps the host of its parent, or is absolute itself. */
#include "common/git/git.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct repo_modules list;
    if (!repo_modules_parse(&a, str_make(data, size), &list, &err))
        return 0;
    for (size_t i = 0; i < list.n; i++) {
        const char *path = list.items[i].path, *url = list.items[i].url;
        char *full = NULL;
        if (path[0] == '/' || text_starts(path, "../") || text_eq(path, "..") || strstr(path, "/../") ||
            text_starts(path, ".git/"))
            abort();
        if (repo_module_url(&a, "https://example.com/a/b.git", url, &full, &err) &&
            (text_starts(url, "./") || text_starts(url, "../")) && !text_starts(full, "https://example.com/"))
            abort();
        err_clear(&err);
    }
    return 0;
}
