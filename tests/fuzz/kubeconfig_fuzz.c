// SPDX-License-Identifier: Apache-2.0
// Property: any bytes are a kubeconfig or an error; what was read survives a copy and names a server.
#include "common/kube/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct kube_config c = { 0 };
    bool ok = kube_config_parse(&a, str_make(arena_text(&a, data, size), size), NULL, NULL,
                                KUBE_CONFIG_NO_FILES, &c, &err);
    if (ok != (err.kind == ERR_NONE))
        abort();
    if (!ok)
        return 0;
    struct kube_config copy = kube_config_copy(&a, &c);
    if (text_empty(copy.server) || text_ends(copy.server, "/") || copy.token_file || text_empty(copy.ns))
        abort();
    return 0;
}
