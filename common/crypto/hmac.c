// SPDX-License-Identifier: Apache-2.0
// HMAC on libcrypto.
#include "common/crypto/hmac.h"
#include "common/crypto/encoding.h"
#include "common/crypto/secret.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static const EVP_MD *md_of(enum digest_algorithm algorithm) {
    switch (algorithm) {
    case DIGEST_SHA256: return EVP_sha256();
    case DIGEST_SHA384: return EVP_sha384();
    case DIGEST_SHA512: return EVP_sha512();
    case DIGEST_SHA1: return EVP_sha1();
    case DIGEST_MD5: return EVP_md5();
    case DIGEST_BLAKE3: break;
    }
    abort();
}

void hmac_of(enum digest_algorithm algorithm, struct str key, struct str data, struct digest *out) {
    unsigned n = 0;
    const EVP_MD *md = md_of(algorithm);
    if (key.n > INT_MAX)
        abort();
    if (!HMAC(md, key.n ? key.p : "", (int)key.n, (const uint8_t *)data.p, data.n, out->bytes, &n))
        abort(); // no memory
    out->algorithm = algorithm;
    out->n = n;
}

char *hmac_hex(struct arena *a, enum digest_algorithm algorithm, struct str key, struct str data) {
    struct digest d;
    hmac_of(algorithm, key, data, &d);
    return hex_encode(a, d.bytes, d.n);
}

bool hmac_matches(enum digest_algorithm algorithm, struct str key, struct str data, struct str hex) {
    autoarena a = { 0 };
    struct digest d;
    struct str got;
    if (hex.n > 2 * DIGEST_MAX_BYTES || !hex_decode(&a, hex, &got))
        return false;
    hmac_of(algorithm, key, data, &d);
    return secret_equal(str_make(d.bytes, d.n), got);
}
