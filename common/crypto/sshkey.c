// SPDX-License-Identifier: Apache-2.0
/* SSH public keys and signatures on libcrypto; see sshkey.h. */
#include "common/crypto/sshkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#define MIN_RSA_BITS 2048
#define MAX_RSA_BITS 16384

struct curve {
    const char *type, *curve, *group;
    const char *hash;
};

static const struct curve curves[] = {
    { "ecdsa-sha2-nistp256", "nistp256", "P-256", "SHA256" },
    { "ecdsa-sha2-nistp384", "nistp384", "P-384", "SHA384" },
    { "ecdsa-sha2-nistp521", "nistp521", "P-521", "SHA512" },
};

static const struct curve *find_curve(struct str type) {
    for (size_t i = 0; i < countof(curves); i++)
        if (str_is(type, curves[i].type))
            return &curves[i];
    return NULL;
}

bool sshkey_type_known(struct str type) {
    return str_is(type, "ssh-ed25519") || str_is(type, "ssh-rsa") || find_curve(type);
}

bool sshwire_u32(struct str *rest, uint32_t *out) {
    if (rest->n < 4)
        return false;
    const uint8_t *p = (const uint8_t *)rest->p;
    *out = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    *rest = str_sub(*rest, 4, rest->n);
    return true;
}

bool sshwire_string(struct str *rest, struct str *out) {
    struct str at = *rest;
    uint32_t n;
    if (!sshwire_u32(&at, &n) || n > at.n)
        return false;
    *out = str_sub(at, 0, n);
    *rest = str_sub(at, n, at.n);
    return true;
}

static EVP_PKEY *key_from(const char *type, OSSL_PARAM_BLD *build) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    if (!ctx || !params || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *rsa_key(struct str rest) {
    struct str e, n;
    if (!sshwire_string(&rest, &e) || !sshwire_string(&rest, &n) || rest.n || e.n > 8 ||
        n.n > MAX_RSA_BITS / 8 + 1)
        return NULL;
    BIGNUM *be = BN_bin2bn((const uint8_t *)e.p, (int)e.n, NULL),
           *bn = BN_bin2bn((const uint8_t *)n.p, (int)n.n, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (be && bn && build && BN_num_bits(bn) >= MIN_RSA_BITS &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, bn) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, be) == 1)
        key = key_from("RSA", build);
    OSSL_PARAM_BLD_free(build);
    BN_free(be);
    BN_free(bn);
    return key;
}

static EVP_PKEY *ec_key(const struct curve *c, struct str rest) {
    struct str name, point;
    if (!sshwire_string(&rest, &name) || !str_is(name, c->curve) || !sshwire_string(&rest, &point) ||
        rest.n || point.n > 200)
        return NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (build && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, c->group, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.n) == 1)
        key = key_from("EC", build);
    OSSL_PARAM_BLD_free(build);
    return key;
}

static bool evp_verify(EVP_PKEY *key, const char *hash, struct str signature, struct str message) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestVerifyInit_ex(ctx, NULL, hash, NULL, NULL, key, NULL) == 1 &&
              EVP_DigestVerify(ctx, (const uint8_t *)signature.p, signature.n, (const uint8_t *)message.p,
                               message.n) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static bool verify_ed25519(struct str rest, struct str signature, struct str message) {
    struct str raw;
    if (!sshwire_string(&rest, &raw) || rest.n || raw.n != 32 || signature.n != 64)
        return false;
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const uint8_t *)raw.p, raw.n);
    bool ok = key && evp_verify(key, NULL, signature, message);
    EVP_PKEY_free(key);
    return ok;
}

static bool verify_rsa(struct str rest, struct str algorithm, struct str signature, struct str message) {
    const char *hash = str_is(algorithm, "rsa-sha2-512")   ? "SHA512"
                       : str_is(algorithm, "rsa-sha2-256") ? "SHA256"
                                                           : NULL;
    EVP_PKEY *key = hash ? rsa_key(rest) : NULL;
    bool ok = key && evp_verify(key, hash, signature, message);
    EVP_PKEY_free(key);
    return ok;
}

// The blob is two numbers; libcrypto wants them in DER.
static bool verify_ecdsa(const struct curve *c, struct str rest, struct str signature, struct str message) {
    struct str r, s;
    uint8_t *der = NULL;
    if (!sshwire_string(&signature, &r) || !sshwire_string(&signature, &s) || signature.n || r.n > 80 ||
        s.n > 80)
        return false;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *br = BN_bin2bn((const uint8_t *)r.p, (int)r.n, NULL),
           *bs = BN_bin2bn((const uint8_t *)s.p, (int)s.n, NULL);
    if (!sig || !br || !bs || ECDSA_SIG_set0(sig, br, bs) != 1)
        abort(); // no memory
    int n = i2d_ECDSA_SIG(sig, &der);
    EVP_PKEY *key = n > 0 ? ec_key(c, rest) : NULL;
    bool ok = key && evp_verify(key, c->hash, str_make(der, (size_t)n), message);
    EVP_PKEY_free(key);
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    return ok;
}

bool sshkey_verify(struct str key, struct str signature, struct str message) {
    struct str type, algorithm, blob;
    if (!sshwire_string(&key, &type) || !sshwire_string(&signature, &algorithm) ||
        !sshwire_string(&signature, &blob) || signature.n)
        return false;
    if (str_is(type, "ssh-ed25519"))
        return str_is(algorithm, "ssh-ed25519") && verify_ed25519(key, blob, message);
    if (str_is(type, "ssh-rsa"))
        return verify_rsa(key, algorithm, blob, message);
    const struct curve *c = find_curve(type);
    return c && str_is(algorithm, c->type) && verify_ecdsa(c, key, blob, message);
}
