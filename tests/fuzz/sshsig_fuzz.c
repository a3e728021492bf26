// SPDX-License-Identifier: Apache-2.0
/* SSH signatures and authorized_keys. Input: signature, NUL, keys. Property: nothing made up verifies. */
#include "common/crypto/sshsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct str rest = str_make(data, size), signature, keys;
    const char *fingerprint;
    if (!str_split(&rest, '\0', &signature) || !str_split(&rest, '\0', &keys))
        return 0;
    if (sshsig_verify(&a, signature, STR("a payload that nobody signed"), "git", &keys, 1, &fingerprint,
                      &err))
        abort();
    return 0;
}
