// SPDX-License-Identifier: Apache-2.0
// Random bytes, constant-time comparison, wiping.
#include "common/crypto/secret.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <sys/random.h>

void random_bytes(void *to, size_t n) {
    for (size_t got = 0; got < n;) {
        ssize_t more = getrandom((char *)to + got, n - got, 0);
        if (more < 0 && errno != EINTR)
            abort();
        got += more > 0 ? (size_t)more : 0;
    }
}

bool secret_equal(struct str a, struct str b) {
    return a.n == b.n && CRYPTO_memcmp(a.p, b.p, a.n) == 0;
}

void secret_wipe(void *p, size_t n) {
    if (n)
        OPENSSL_cleanse(p, n);
}
