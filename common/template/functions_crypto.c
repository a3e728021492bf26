// SPDX-License-Identifier: Apache-2.0
// Password hashes, derived passwords, AES. sprig: crypto.go
#include <crypt.h>
#include <openssl/evp.h>

#include "common/crypto/hmac.h"
#include "common/crypto/secret.h"
#include "common/template/functions.h"
#include "common/value/base64.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out
#define COSTLY 2000000 // steps that a slow hash counts for: a hundred of them in one rendering

/* ---- bcrypt ---- */

// bcrypt's own base64
static void put_salt(char *to, const unsigned char *bytes) {
    static const char alphabet[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for (size_t i = 0; i < 22; i++) {
        size_t bit = i * 6, byte = bit / 8;
        unsigned pair = (unsigned)bytes[byte] << 8 | (byte + 1 < 16 ? bytes[byte + 1] : 0u);
        to[i] = alphabet[pair >> (10 - bit % 8) & 63];
    }
    to[22] = '\0';
}

static bool bcrypt(struct tctx *c, struct str password, const char **out) {
    unsigned char salt[16];
    char encoded[23];
    struct arena *a = tctx_arena(c);
    if (!tctx_steps(c, COSTLY))
        return false;
    if (password.n > 72) {
        *out = "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes";
        return true;
    }
    random_bytes(salt, sizeof salt);
    put_salt(encoded, salt);
    struct crypt_data *data = arena_new(a, struct crypt_data);
    const char *phrase = arena_text(a, password.p, password.n), *setting = arena_fmt(a, "$2a$10$%s", encoded);
    const char *hash = crypt_rn(phrase, setting, data, (int)sizeof *data);
    if (!hash || hash[0] != '$')
        return tctx_fail(c, "bcrypt is not available");
    *out = arena_strdup(a, hash);
    return true;
}

static bool fn_bcrypt(ARGS) {
    const char *hash;
    (void)n;
    return bcrypt(c, args[0].s, &hash) && (*out = tval_text(hash), true);
}

static bool fn_htpasswd(ARGS) {
    struct arena *a = tctx_arena(c);
    const char *hash, *user = arena_text(a, args[0].s.p, args[0].s.n);
    (void)n;
    if (str_chr(args[0].s, ':') >= 0)
        return *out = tval_text(arena_fmt(a, "invalid username: %s", user)), true;
    return bcrypt(c, args[1].s, &hash) && (*out = tval_text(arena_fmt(a, "%s:%s", user, hash)), true);
}

/* ---- derivePassword: the Master Password algorithm ---- */

static const struct {
    const char *type, *templates; // of equal length, one after the other
    size_t length;
} password_types[] = {
    { "maximum", "anoxxxxxxxxxxxxxxxxxaxxxxxxxxxxxxxxxxxno", 20 },
    { "long",
      "CvcvnoCvcvCvcvCvcvCvcvnoCvcvCvcvCvcvCvcvnoCvccnoCvcvCvcvCvccCvcvnoCvcvCvccCvcvCvcvnoCvcvnoCvccCvcv"
      "CvcvCvccnoCvcvCvcvCvccCvcvnoCvcvnoCvcvCvccCvcvCvcvnoCvccCvcvCvcvCvccnoCvccnoCvccCvcvCvccCvccnoCvcv"
      "CvccCvccCvcvnoCvcvnoCvccCvccCvcvCvccnoCvccCvcvCvccCvccnoCvccnoCvcvCvccCvccCvcvnoCvccCvccCvcvCvccno",
      14 },
    { "medium", "CvcnoCvcCvcCvcno", 8 },
    { "short", "Cvcn", 4 },
    { "basic", "aaanaaanaannaaanaaannaaa", 8 },
    { "pin", "nnnn", 4 },
};

static const char *class_of(char letter) {
    switch (letter) {
    case 'V': return "AEIOU";
    case 'C': return "BCDFGHJKLMNPQRSTVWXYZ";
    case 'v': return "aeiou";
    case 'c': return "bcdfghjklmnpqrstvwxyz";
    case 'A': return "AEIOUBCDFGHJKLMNPQRSTVWXYZ";
    case 'a': return "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    case 'n': return "0123456789";
    case 'o': return "@&%?,=[]_:-+*$#!'^~;()/.";
    default: return "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()";
    }
}

static void put_u32(struct buf *b, uint64_t v) {
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_putc(b, (char)(v >> shift));
}

static bool derive(const struct tval *args, struct digest *seed) {
    autobuf text = { 0 };
    unsigned char key[64];
    buf_puts(&text, "com.lyndir.masterpassword");
    size_t prefix = text.n;
    put_u32(&text, args[3].s.n);
    buf_put_str(&text, args[3].s);
    if (EVP_PBE_scrypt(args[2].s.p, args[2].s.n, (const unsigned char *)text.p, text.n, 32768, 8, 2,
                       64u << 20, key, sizeof key) != 1)
        return false;
    text.n = prefix;
    put_u32(&text, args[4].s.n);
    buf_put_str(&text, args[4].s);
    put_u32(&text, args[0].u);
    hmac_of(DIGEST_SHA256, str_make(key, sizeof key), buf_str(&text), seed);
    secret_wipe(key, sizeof key);
    return true;
}

static bool fn_derive_password(ARGS) {
    struct arena *a = tctx_arena(c);
    struct digest seed;
    size_t t = 0;
    (void)n;
    while (t < countof(password_types) && !str_is(args[1].s, password_types[t].type))
        t++;
    if (t == countof(password_types))
        return *out = tval_text(
                   arena_fmt(a, "cannot find password template %s", arena_text(a, args[1].s.p, args[1].s.n))),
               true;
    if (!tctx_steps(c, COSTLY))
        return false;
    if (!derive(args, &seed))
        return tctx_fail(c, "failed to derive password");
    size_t length = password_types[t].length, count = strlen(password_types[t].templates) / length;
    const char *template = password_types[t].templates + seed.bytes[0] % count * length;
    char *text = arena_alloc(a, length + 1);
    for (size_t i = 0; i < length; i++) {
        const char *letters = class_of(template[i]);
        text[i] = letters[seed.bytes[i + 1] % strlen(letters)];
    }
    return *out = tval_text(text), true;
}

/* ---- AES ---- */

static bool cipher(bool encrypt, struct str password, const unsigned char *iv, struct str in,
                   unsigned char *to, int *out_n) {
    unsigned char key[32] = { 0 };
    int n = 0, rest = 0;
    memcpy(key, password.p, password.n < 32 ? password.n : 32);
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    bool ok = x && EVP_CipherInit_ex(x, EVP_aes_256_cbc(), NULL, key, iv, encrypt) == 1 &&
              EVP_CIPHER_CTX_set_padding(x, encrypt) == 1 &&
              EVP_CipherUpdate(x, to, &n, (const unsigned char *)in.p, (int)in.n) == 1 &&
              EVP_CipherFinal_ex(x, to + n, &rest) == 1;
    EVP_CIPHER_CTX_free(x);
    secret_wipe(key, sizeof key);
    *out_n = n + rest;
    return ok;
}

static bool fn_encrypt(ARGS) {
    struct arena *a = tctx_arena(c);
    int len;
    (void)n;
    if (!args[1].s.n)
        return *out = tval_text(""), true;
    if (!tctx_room(c, args[1].s.n + 64))
        return false;
    unsigned char *bytes = arena_alloc(a, args[1].s.n + 64);
    random_bytes(bytes, 16);
    if (!cipher(true, args[0].s, bytes, args[1].s, bytes + 16, &len))
        return tctx_fail(c, "encryption failed");
    return *out = tval_text(base64_encode(a, str_make(bytes, (size_t)len + 16))), true;
}

static bool fn_decrypt(ARGS) {
    struct arena *a = tctx_arena(c);
    struct str sealed;
    int len;
    (void)n;
    if (!args[1].s.n)
        return *out = tval_text(""), true;
    if (!base64_decode(a, args[1].s, &sealed))
        return tctx_fail(c, "illegal base64 data at input byte 0");
    if (sealed.n < 16)
        return tctx_fail(c, "runtime error: slice bounds out of range [:16] with capacity %zu", sealed.n);
    if (sealed.n % 16)
        return tctx_fail(c, "crypto/cipher: input not full blocks");
    unsigned char *bytes = arena_alloc(a, sealed.n + 32);
    if (!cipher(false, args[0].s, (const unsigned char *)sealed.p, str_sub(sealed, 16, sealed.n), bytes,
                &len))
        return tctx_fail(c, "decryption failed");
    int padding = len > 0 ? bytes[len - 1] : 0;
    if (len == 0)
        return tctx_fail(c, "runtime error: index out of range [-1]");
    if (padding > len)
        return tctx_fail(c, "runtime error: slice bounds out of range [:%d]", len - padding);
    return *out = tval_str(str_make(bytes, (size_t)(len - padding))), true;
}

const struct tfunction functions_crypto[] = {
    { "bcrypt", "s", fn_bcrypt },
    { "htpasswd", "ss", fn_htpasswd },
    { "derivePassword", "ussss", fn_derive_password },
    { "encryptAES", "ss", fn_encrypt },
    { "decryptAES", "ss", fn_decrypt },
    { 0 },
};
