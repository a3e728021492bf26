// SPDX-License-Identifier: Apache-2.0
// Private keys and certificates. sprig: crypto.go
#include <arpa/inet.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "common/crypto/secret.h"
#include "common/template/functions.h"
#include "common/value/base64.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out
#define COSTLY 2000000 // steps that a key counts for

static const char *const cert_fields[] = { "Cert", "Key", NULL };
static const struct ttype cert_type = { .name = "sprig.certificate", .fields = cert_fields };

static void key_done(EVP_PKEY **key) {
    EVP_PKEY_free(*key);
}
static void cert_done(X509 **cert) {
    X509_free(*cert);
}
static void bio_done(BIO **bio) {
    BIO_free(*bio);
}
#define autokey AUTO(key_done) EVP_PKEY *
#define autocert AUTO(cert_done) X509 *
#define autobio AUTO(bio_done) BIO *

static struct str bio_text(struct arena *a, BIO *bio) {
    char *p = NULL;
    long n = BIO_get_mem_data(bio, &p);
    return str_of(arena_text(a, p ? p : "", n > 0 ? (size_t)n : 0));
}

// In the form that Go's pem blocks have: PKCS #1, SEC 1, the old DSA form, PKCS #8 for the rest.
static struct str key_pem(struct arena *a, EVP_PKEY *key) {
    autobio bio = BIO_new(BIO_s_mem());
    int type = EVP_PKEY_base_id(key);
    if (type == EVP_PKEY_RSA || type == EVP_PKEY_EC || type == EVP_PKEY_DSA)
        PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL);
    else
        PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    return bio_text(a, bio);
}

static EVP_PKEY *generate_dsa(void) {
    EVP_PKEY *params = NULL, *key = NULL;
    EVP_PKEY_CTX *x = EVP_PKEY_CTX_new_id(EVP_PKEY_DSA, NULL);
    if (EVP_PKEY_paramgen_init(x) == 1 && EVP_PKEY_CTX_set_dsa_paramgen_bits(x, 2048) == 1 &&
        EVP_PKEY_CTX_set_dsa_paramgen_q_bits(x, 256) == 1 && EVP_PKEY_paramgen(x, &params) == 1) {
        EVP_PKEY_CTX *k = EVP_PKEY_CTX_new(params, NULL);
        if (EVP_PKEY_keygen_init(k) != 1 || EVP_PKEY_keygen(k, &key) != 1)
            key = NULL;
        EVP_PKEY_CTX_free(k);
    }
    EVP_PKEY_CTX_free(x);
    EVP_PKEY_free(params);
    return key;
}

static bool fn_private_key(ARGS) {
    struct arena *a = tctx_arena(c);
    struct str type = args[0].s;
    autokey key = NULL;
    (void)n;
    if (!tctx_steps(c, COSTLY * 4))
        return false;
    if (!type.n || str_is(type, "rsa"))
        key = EVP_RSA_gen(4096);
    else if (str_is(type, "dsa"))
        key = generate_dsa();
    else if (str_is(type, "ecdsa"))
        key = EVP_EC_gen("P-256");
    else if (str_is(type, "ed25519"))
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    else
        return *out = tval_text(arena_fmt(a, "Unknown type %s", arena_text(a, type.p, type.n))), true;
    if (!key)
        return tctx_fail(c, "failed to generate private key");
    return *out = tval_str(key_pem(a, key)), true;
}

static bool new_key(struct tctx *c, EVP_PKEY **out) {
    if (!tctx_steps(c, COSTLY))
        return false;
    *out = EVP_RSA_gen(2048);
    return *out || tctx_fail(c, "error generating rsa key");
}

static bool read_key(struct tctx *c, struct str pem, const char *words, EVP_PKEY **out) {
    autobio bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    *out = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"");
    return *out || tctx_fail(c, "%s: no PEM data in input", words);
}

static bool read_cert(struct tctx *c, struct str pem, X509 **out) {
    autobio bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    *out = PEM_read_bio_X509(bio, NULL, NULL, (void *)"");
    return *out || tctx_fail(c, "unable to decode certificate");
}

/* ---- certificates ---- */

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value) {
    X509V3_CTX x;
    X509V3_set_ctx_nodb(&x);
    X509V3_set_ctx(&x, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &x, nid, value);
    bool ok = e && X509_add_ext(cert, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

static bool add_name(GENERAL_NAMES *names, int type, const void *p, int n) {
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *s =
        type == GEN_IPADD ? (ASN1_STRING *)ASN1_OCTET_STRING_new() : (ASN1_STRING *)ASN1_IA5STRING_new();
    ASN1_STRING_set(s, p, n);
    GENERAL_NAME_set0_value(name, type, s);
    return sk_GENERAL_NAME_push(names, name) > 0;
}

struct request {
    struct str cn;
    const struct tlist *ips, *dns;
    int64_t days;
    bool ca;
};

static bool check_names(struct tctx *c, const struct request *r) {
    struct arena *a = tctx_arena(c);
    unsigned char ip[16];
    for (size_t i = 0; i < r->ips->n; i++) {
        struct tval v = r->ips->items[i];
        struct str text = tval_string(a, v);
        const char *s = arena_text(a, text.p, text.n);
        if (v.kind != TVAL_STRING)
            return tctx_fail(c, "error parsing ip: %s is not a string", s);
        if (inet_pton(AF_INET, s, ip) != 1 && inet_pton(AF_INET6, s, ip) != 1)
            return tctx_fail(c, "error parsing ip: %s", s);
    }
    for (size_t i = 0; i < r->dns->n; i++) {
        struct str text = tval_string(a, r->dns->items[i]);
        if (r->dns->items[i].kind != TVAL_STRING)
            return tctx_fail(c, "error processing alternate dns name: %s is not a string",
                             arena_text(a, text.p, text.n));
    }
    return true;
}

static void add_names(struct arena *a, X509 *cert, const struct request *r) {
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    unsigned char ip[16];
    for (size_t i = 0; i < r->dns->n; i++)
        add_name(names, GEN_DNS, r->dns->items[i].s.p, (int)r->dns->items[i].s.n);
    for (size_t i = 0; i < r->ips->n; i++) {
        const char *s = arena_text(a, r->ips->items[i].s.p, r->ips->items[i].s.n);
        bool v4 = inet_pton(AF_INET, s, ip) == 1;
        if (!v4)
            inet_pton(AF_INET6, s, ip);
        add_name(names, GEN_IPADD, ip, v4 ? 4 : 16);
    }
    if (sk_GENERAL_NAME_num(names) > 0)
        X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0);
    GENERAL_NAMES_free(names);
}

static void set_serial(X509 *cert) {
    unsigned char bytes[16];
    random_bytes(bytes, sizeof bytes);
    bytes[0] &= 0x7F;
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
    BN_free(number);
}

// issuer NULL: self-signed
static bool make(struct tctx *c, const struct request *r, EVP_PKEY *key, X509 *issuer, EVP_PKEY *signer,
                 struct tval *out) {
    struct arena *a = tctx_arena(c);
    if (!check_names(c, r))
        return false;
    autocert cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    X509_set_version(cert, X509_VERSION_3);
    set_serial(cert);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_time_adj_ex(X509_getm_notAfter(cert), (int)(r->days % 3000000), 0, NULL);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)r->cn.p, (int)r->cn.n, -1,
                               0);
    X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : name);
    X509_set_pubkey(cert, key);
    const char *usage = r->ca ? "critical,digitalSignature,keyEncipherment,keyCertSign"
                              : "critical,digitalSignature,keyEncipherment";
    bool ok =
        add_extension(cert, cert, NID_key_usage, usage) &&
        add_extension(cert, cert, NID_ext_key_usage, "serverAuth,clientAuth") &&
        add_extension(cert, cert, NID_basic_constraints, r->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (r->ca)
        ok = ok && add_extension(cert, cert, NID_subject_key_identifier, "hash");
    if (issuer && X509_get0_subject_key_id(issuer))
        ok = ok && add_extension(cert, issuer, NID_authority_key_identifier, "keyid");
    add_names(a, cert, r);
    bool plain = EVP_PKEY_base_id(signer) == EVP_PKEY_ED25519;
    if (!ok || X509_sign(cert, signer, plain ? NULL : EVP_sha256()) == 0)
        return tctx_fail(c, "error creating certificate");
    autobio bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, cert);
    struct tstruct *st = tstruct_new(a, &cert_type);
    st->fields[0] = tval_str(bio_text(a, bio));
    st->fields[1] = tval_str(key_pem(a, key));
    return *out = tval_struct(st), true;
}

static bool authority(struct tctx *c, const struct tval *args, EVP_PKEY *key, struct tval *out) {
    static const struct tlist none = { .type = &ttype_list_any };
    struct request r = { args[0].s, &none, &none, args[1].i, true };
    return make(c, &r, key, NULL, key, out);
}

static bool fn_ca(ARGS) {
    autokey key = NULL;
    (void)n;
    return new_key(c, &key) && authority(c, args, key, out);
}

static bool fn_ca_with_key(ARGS) {
    autokey key = NULL;
    (void)n;
    return read_key(c, args[2].s, "parsing private key", &key) && authority(c, args, key, out);
}

static struct request request_of(const struct tval *args) {
    return (struct request) { args[0].s, args[1].list, args[2].list, args[3].i, false };
}

static bool fn_self_signed(ARGS) {
    autokey key = NULL;
    struct request r = request_of(args);
    (void)n;
    return check_names(c, &r) && new_key(c, &key) && make(c, &r, key, NULL, key, out);
}

static bool fn_self_signed_with_key(ARGS) {
    autokey key = NULL;
    struct request r = request_of(args);
    (void)n;
    return read_key(c, args[4].s, "parsing private key", &key) && make(c, &r, key, NULL, key, out);
}

static bool sign(struct tctx *c, const struct tval *args, EVP_PKEY *key, struct tval *out) {
    autocert issuer = NULL;
    autokey signer = NULL;
    struct request r = request_of(args);
    const struct tval *ca = args[4].st->fields;
    return read_cert(c, ca[0].s, &issuer) && read_key(c, ca[1].s, "error parsing private key", &signer) &&
           make(c, &r, key, issuer, signer, out);
}

static bool fn_signed(ARGS) {
    autokey key = NULL;
    (void)n;
    return new_key(c, &key) && sign(c, args, key, out);
}

static bool fn_signed_with_key(ARGS) {
    autokey key = NULL;
    (void)n;
    return read_key(c, args[5].s, "parsing private key", &key) && sign(c, args, key, out);
}

static bool fn_custom(ARGS) {
    struct arena *a = tctx_arena(c);
    struct str cert, key;
    autocert x = NULL;
    autokey k = NULL;
    (void)n;
    if (!base64_decode(a, args[0].s, &cert))
        return tctx_fail(c, "unable to decode base64 certificate");
    if (!base64_decode(a, args[1].s, &key))
        return tctx_fail(c, "unable to decode base64 private key");
    if (!read_cert(c, cert, &x) || !read_key(c, key, "error parsing private key", &k))
        return false;
    struct tstruct *st = tstruct_new(a, &cert_type);
    st->fields[0] = tval_str(cert);
    st->fields[1] = tval_str(key);
    return *out = tval_struct(st), true;
}

const struct tfunction functions_cert[] = {
    { "genPrivateKey", "s", fn_private_key },
    { "genCA", "si", fn_ca },
    { "genCAWithKey", "sis", fn_ca_with_key },
    { "genSelfSignedCert", "sAAi", fn_self_signed },
    { "genSelfSignedCertWithKey", "sAAis", fn_self_signed_with_key },
    { "genSignedCert", "sAAiC", fn_signed },
    { "genSignedCertWithKey", "sAAiCs", fn_signed_with_key },
    { "buildCustomCert", "ss", fn_custom },
    { 0 },
};
