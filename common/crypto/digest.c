// SPDX-License-Identifier: Apache-2.0
// Digests and MACs over libcrypto.
#include "common/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static const struct {
    const char *name;
    size_t n_bytes;
    const EVP_MD *(*md)(void);
} algos[] = {
    [DIGEST_SHA1] = { "sha1", 20, EVP_sha1 },
    [DIGEST_SHA256] = { "sha256", 32, EVP_sha256 },
    [DIGEST_SHA384] = { "sha384", 48, EVP_sha384 },
    [DIGEST_SHA512] = { "sha512", 64, EVP_sha512 },
};

struct digest {
    EVP_MD_CTX *ctx;
};

const char *digest_name(enum digest_algo algo) {
    return algos[algo].name;
}

size_t digest_bytes(enum digest_algo algo) {
    return algos[algo].n_bytes;
}

bool digest_by_name(struct str name, enum digest_algo *out, struct err *err) {
    for (size_t i = 0; i < countof(algos); i++)
        if (str_is(name, algos[i].name))
            return *out = (enum digest_algo)i, true;
    if (str_is(name, "blake3"))
        return err_set(err, ERR_UNSUPPORTED, "digest algorithm blake3 is not supported");
    return err_set(err, ERR_INVALID, "unknown digest algorithm \"%.*s\"", (int)name.n, name.p);
}

struct digest *digest_new(enum digest_algo algo) {
    struct digest *d = calloc(1, sizeof *d);
    if (!d || !(d->ctx = EVP_MD_CTX_new()) || !EVP_DigestInit_ex(d->ctx, algos[algo].md(), NULL))
        abort(); // no memory
    return d;
}

void digest_add(struct digest *d, const void *p, size_t n) {
    if (!EVP_DigestUpdate(d->ctx, p, n))
        abort();
}

size_t digest_end(struct digest *d, uint8_t out[DIGEST_MAX_BYTES]) {
    unsigned n = 0;
    if (!EVP_DigestFinal_ex(d->ctx, out, &n))
        abort();
    return n;
}

void digest_free(struct digest **d) {
    if (!*d)
        return;
    EVP_MD_CTX_free((*d)->ctx);
    free(*d);
    *d = NULL;
}

size_t digest_of(enum digest_algo algo, struct str bytes, uint8_t out[DIGEST_MAX_BYTES]) {
    autodigest *d = digest_new(algo);
    digest_add(d, bytes.p, bytes.n);
    return digest_end(d, out);
}

char *digest_hex(struct arena *a, enum digest_algo algo, struct str bytes) {
    uint8_t raw[DIGEST_MAX_BYTES];
    return hex_encode(a, raw, digest_of(algo, bytes, raw));
}

size_t hmac_of(enum digest_algo algo, struct str key, struct str bytes, uint8_t out[DIGEST_MAX_BYTES]) {
    unsigned n = 0;
    if (!HMAC(algos[algo].md(), key.n ? key.p : "", (int)key.n, (const uint8_t *)bytes.p, bytes.n, out, &n))
        abort();
    return n;
}

char *hmac_hex(struct arena *a, enum digest_algo algo, struct str key, struct str bytes) {
    uint8_t raw[DIGEST_MAX_BYTES];
    return hex_encode(a, raw, hmac_of(algo, key, bytes, raw));
}

char *hex_encode(struct arena *a, const void *p, size_t n) {
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = p;
    char *out = arena_alloc(a, 2 * n + 1);
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[from[i] >> 4];
        out[2 * i + 1] = digits[from[i] & 15];
    }
    return out;
}

static int nibble(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(struct arena *a, struct str hex, struct str *out) {
    if (hex.n % 2)
        return false;
    char *to = arena_alloc(a, hex.n / 2 + 1);
    for (size_t i = 0; i < hex.n; i += 2) {
        int hi = nibble(hex.p[i]), lo = nibble(hex.p[i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        to[i / 2] = (char)(hi << 4 | lo);
    }
    *out = str_make(to, hex.n / 2);
    return true;
}

bool equal_constant_time(struct str x, struct str y) {
    return x.n == y.n && !CRYPTO_memcmp(x.p, y.p, x.n);
}

bool digest_parse(struct arena *a, const char *text, enum digest_algo *algo, struct str *out_bytes,
                  struct err *err) {
    struct str s = str_of(text);
    ptrdiff_t colon = str_chr(s, ':');
    enum digest_algo which = DIGEST_SHA256;
    struct str bytes;
    if (colon >= 0 && !digest_by_name(str_sub(s, 0, (size_t)colon), &which, err))
        return false;
    struct str hex = str_sub(s, (size_t)(colon + 1), s.n);
    if (!hex_decode(a, hex, &bytes))
        return err_set(err, ERR_INVALID, "invalid checksum digest format \"%s\"", text);
    if (bytes.n != algos[which].n_bytes)
        return err_set(err, ERR_INVALID, "invalid checksum digest length \"%s\"", text);
    *algo = which;
    *out_bytes = bytes;
    return true;
}
