// SPDX-License-Identifier: Apache-2.0
/* Loading of private keys; libssh reads nearly all of them. An ed25519 key in PKCS#8 form imports there but fails at signing
 * (libraries.md), so it is put into OpenSSH's form first. OpenSSH: PROTOCOL.key. */
#include "common/git/ssh_key.h"

#include "common/base/buf.h"
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

static const char openssh_magic[] = "openssh-key-v1"; // with its NUL

// The bytes between the BEGIN and END lines, decoded; only as much as fits.
static size_t pem_body(const char *pem, const char *label, uint8_t *out, size_t cap) {
    const char *at = strstr(pem, label);
    char quad[5] = { 0 };
    size_t n_quad = 0, n = 0;
    for (at = at ? strchr(at, '\n') : NULL; at && *at && *at != '-' && n + 3 <= cap; at++) {
        if (*at == '\n' || *at == '\r' || *at == ' ' || *at == '\t')
            continue;
        quad[n_quad++] = *at;
        if (n_quad < 4)
            continue;
        uint8_t three[3];
        if (EVP_DecodeBlock(three, (const unsigned char *)quad, 4) != 3)
            return 0;
        memcpy(out + n, three, 3);
        n += 3;
        n_quad = 0;
    }
    return n;
}

bool repo_ssh_key_encrypted(const char *pem) {
    if (!pem)
        return false;
    if (strstr(pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----") || strstr(pem, "Proc-Type: 4,ENCRYPTED"))
        return true;
    // magic, then the cipher's name with a 4-byte length in front
    uint8_t head[64];
    size_t n = pem_body(pem, "-----BEGIN OPENSSH PRIVATE KEY-----", head, sizeof(head));
    size_t at = sizeof(openssh_magic) + 4;
    return n >= at + 4 && memcmp(head, openssh_magic, sizeof(openssh_magic)) == 0 &&
           memcmp(head + at, "none", 4) != 0;
}

static void put_u32(struct buf *b, uint32_t v) {
    const uint8_t bytes[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    buf_add(b, bytes, 4);
}

static void put_string(struct buf *b, const void *p, size_t n) {
    put_u32(b, (uint32_t)n);
    buf_add(b, p, n);
}

static void wiped_buf_done(struct buf *b) {
    if (b->p)
        OPENSSL_cleanse(b->p, b->cap);
    buf_done(b);
}

// The OpenSSH form of an ed25519 key, PEM-armoured.
static void openssh_ed25519(const uint8_t seed[32], const uint8_t public_key[32], struct buf *out) {
    AUTO(wiped_buf_done) struct buf pub = { 0 }, secret = { 0 }, blob = { 0 };
    put_string(&pub, "ssh-ed25519", 11);
    put_string(&pub, public_key, 32);
    put_u32(&secret, 0); // two equal check numbers
    put_u32(&secret, 0);
    buf_add(&secret, pub.p, pub.n);
    put_u32(&secret, 64);
    buf_add(&secret, seed, 32);
    buf_add(&secret, public_key, 32);
    put_string(&secret, "", 0);
    for (char pad = 1; secret.n % 8 != 0; pad++)
        buf_putc(&secret, pad);
    buf_add(&blob, openssh_magic, sizeof(openssh_magic));
    put_string(&blob, "none", 4);
    put_string(&blob, "none", 4);
    put_string(&blob, "", 0);
    put_u32(&blob, 1);
    put_string(&blob, pub.p, pub.n);
    put_string(&blob, secret.p, secret.n);
    buf_puts(out, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
    for (size_t i = 0; i < blob.n; i += 48) {
        char line[68];
        int n = EVP_EncodeBlock((unsigned char *)line, (const unsigned char *)blob.p + i,
                                (int)(blob.n - i > 48 ? 48 : blob.n - i));
        buf_add(out, line, (size_t)n);
        buf_putc(out, '\n');
    }
    buf_puts(out, "-----END OPENSSH PRIVATE KEY-----\n");
}

// PKCS#8 ed25519 into *out; false: another kind of key, or not readable.
static bool convert_pkcs8_ed25519(const char *pem, const char *passphrase, struct buf *out) {
    if (!strstr(pem, "-----BEGIN PRIVATE KEY-----") && !strstr(pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----"))
        return false;
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key =
        bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(passphrase ? passphrase : "")) : NULL;
    uint8_t seed[32], public_key[32];
    size_t n_seed = sizeof(seed), n_public = sizeof(public_key);
    bool ok = key && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 &&
              EVP_PKEY_get_raw_private_key(key, seed, &n_seed) == 1 &&
              EVP_PKEY_get_raw_public_key(key, public_key, &n_public) == 1 && n_seed == 32 && n_public == 32;
    if (ok)
        openssh_ed25519(seed, public_key, out);
    OPENSSL_cleanse(seed, sizeof(seed));
    EVP_PKEY_free(key);
    BIO_free(bio);
    return ok;
}

bool ssh_key_load(const char *pem, const char *passphrase, ssh_key *out, struct err *err) {
    if (text_empty(pem) || !strstr(pem, "-----BEGIN "))
        return err_set(err, ERR_AUTH, "ssh: no key found");
    if (text_empty(passphrase))
        passphrase = NULL;
    if (!passphrase && repo_ssh_key_encrypted(pem))
        return err_set(err, ERR_AUTH, "ssh: this private key is passphrase protected");
    AUTO(wiped_buf_done) struct buf converted = { 0 };
    if (convert_pkcs8_ed25519(pem, passphrase, &converted)) {
        pem = converted.p;
        passphrase = NULL;
    }
    ssh_key key = NULL;
    if (ssh_pki_import_privkey_base64(pem, passphrase, NULL, NULL, &key) == SSH_OK && key) {
        *out = key;
        return true;
    }
    if (passphrase && repo_ssh_key_encrypted(pem))
        return err_set(err, ERR_AUTH, "x509: decryption password incorrect");
    return err_set(err, ERR_AUTH,
                   "ssh: the private key cannot be read (RSA, ECDSA and ed25519 in OpenSSH or PEM form can)");
}

bool repo_ssh_key_check(const char *pem, const char *passphrase, struct err *err) {
    ssh_key key = NULL;
    if (!ssh_key_load(pem, passphrase, &key, err))
        return false;
    ssh_key_free(key);
    return true;
}
