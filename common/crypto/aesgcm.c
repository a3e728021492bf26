// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM on libcrypto.
#include "common/crypto/aesgcm.h"

#include <limits.h>
#include <openssl/evp.h>

static void ctx_done(EVP_CIPHER_CTX **c) {
    EVP_CIPHER_CTX_free(*c);
}

bool aes256gcm_open(struct arena *a, struct str key, struct str nonce, struct str aad, struct str sealed,
                    struct str tag, struct str *out) {
    if (key.n != 32 || tag.n != 16 || !nonce.n || nonce.n > 64 || sealed.n > INT_MAX / 2 ||
        aad.n > INT_MAX / 2)
        return false;
    AUTO(ctx_done) EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    if (!c)
        abort();
    unsigned char *plain = arena_alloc(a, sealed.n + 1), tag_copy[16];
    int n = 0, last = 0;
    memcpy(tag_copy, tag.p, 16);
    bool ok = EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, NULL, NULL) == 1 &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_IVLEN, (int)nonce.n, NULL) == 1 &&
              EVP_DecryptInit_ex(c, NULL, NULL, (const unsigned char *)key.p,
                                 (const unsigned char *)nonce.p) == 1 &&
              (!aad.n || EVP_DecryptUpdate(c, NULL, &n, (const unsigned char *)aad.p, (int)aad.n) == 1);
    n = 0;
    ok =
        ok &&
        (!sealed.n || EVP_DecryptUpdate(c, plain, &n, (const unsigned char *)sealed.p, (int)sealed.n) == 1) &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, 16, tag_copy) == 1 &&
        EVP_DecryptFinal_ex(c, plain + n, &last) == 1;
    if (!ok) {
        OPENSSL_cleanse(plain, sealed.n);
        return false;
    }
    *out = str_make(plain, (size_t)(n + last));
    return true;
}
