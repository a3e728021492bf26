// SPDX-License-Identifier: Apache-2.0
/* A webhook that does not know the token. The input: type, then header lines "Name: value", an empty line, the body.
 * Property: the types that check a signature or token let nothing in. */
#include "notification-controller/hook_verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const guarded[] = {
        "generic-hmac", "github", "bitbucket", "gitlab", "harbor", "nexus"
    };
    static const char *const all[] = { NULL };
    autoarena a = { 0 };
    struct hook_header headers[16] = { 0 };
    struct str rest = str_make(data, size), type, line;
    if (!str_split(&rest, '\n', &type))
        return 0;
    for (size_t n = 0; n < 15 && rest.p && str_split(&rest, '\n', &line) && line.n;) {
        ptrdiff_t colon = str_chr(line, ':');
        if (colon <= 0)
            continue;
        headers[n++] =
            (struct hook_header) { arena_text(&a, line.p, (size_t)colon),
                                   arena_text(&a, line.p + colon + 1, line.n - (size_t)colon - 1) };
    }
    struct hook_request req = { rest.p ? rest : STR(""), headers };
    const char *name = arena_text(&a, type.p, type.n);
    struct err err = { .a = &a };
    if (!hook_verify(&a, name, &req, STR("a token of thirty-two characters"), all, &err))
        return 0;
    for (size_t i = 0; i < countof(guarded); i++)
        if (!strcmp(name, guarded[i]))
            abort();
    return 0;
}
