// SPDX-License-Identifier: Apache-2.0
// age files: header, recipient stanzas, payload.
#include "common/crypto/age.h"

#include "common/base/buf.h"
#include "common/crypto/encoding.h"
#include "common/crypto/hmac.h"
#include "common/crypto/secret.h"

#include <sodium.h>

#define FILE_KEY_BYTES 16
#define CHUNK_BYTES (64u << 10)
#define TAG_BYTES crypto_aead_chacha20poly1305_ietf_ABYTES

static const char intro[] = "age-encryption.org/v1";
static const char armor_begin[] = "-----BEGIN AGE ENCRYPTED FILE-----";
static const char armor_end[] = "-----END AGE ENCRYPTED FILE-----";

struct stanza {
    struct str args[3]; // type first
    size_t n_args;
    struct str body; // decoded
};

struct header {
    struct stanza *stanzas;
    size_t n, cap;
    struct str signed_part; // up to and including "---"
    struct str mac;         // decoded
    struct str payload;
};

// HKDF-SHA256 (RFC 5869) with one block of output.
static void hkdf(struct str ikm, struct str salt, const char *info, uint8_t out[32]) {
    struct digest prk, okm;
    uint8_t block[64];
    size_t n = strlen(info);
    hmac_of(DIGEST_SHA256, salt, ikm, &prk);
    memcpy(block, info, n);
    block[n] = 1;
    hmac_of(DIGEST_SHA256, str_make(prk.bytes, 32), str_make(block, n + 1), &okm);
    memcpy(out, okm.bytes, 32);
    secret_wipe(&prk, sizeof prk);
    secret_wipe(&okm, sizeof okm);
}

static bool take_line(struct str *rest, struct str *out) {
    ptrdiff_t at = str_chr(*rest, '\n');
    if (at < 0)
        return false;
    *out = str_sub(*rest, 0, (size_t)at);
    *rest = str_sub(*rest, (size_t)at + 1, rest->n);
    return true;
}

// The body's lines: 64 letters each, the last one shorter (perhaps empty).
static bool stanza_body(struct arena *a, struct str *rest, struct stanza *s) {
    autobuf b = { 0 };
    struct str line;
    do {
        if (!take_line(rest, &line) || line.n > 64 || b.n > AGE_HEADER_BYTES)
            return false;
        buf_put_str(&b, line);
    } while (line.n == 64);
    return base64_decode_as(a, buf_str(&b), BASE64_NO_PADDING, &s->body);
}

static bool stanza_read(struct arena *a, struct str line, struct str *rest, struct header *h,
                        struct err *err) {
    struct str args = str_sub(line, 3, line.n), one;
    struct stanza s = { 0 };
    while (str_split(&args, ' ', &one))
        if (s.n_args < countof(s.args))
            s.args[s.n_args++] = one;
    if (!s.n_args || !s.args[0].n || !stanza_body(a, rest, &s) || h->n == AGE_STANZAS)
        return err_set(err, ERR_INVALID, "parsing age header: malformed recipient");
    h->stanzas = arena_grow(a, h->stanzas, &h->cap, h->n + 1, sizeof *h->stanzas);
    h->stanzas[h->n++] = s;
    return true;
}

static bool header_read(struct arena *a, struct str file, struct header *h, struct err *err) {
    struct str rest = file, line;
    if (!take_line(&rest, &line) || !str_is(line, intro))
        return err_set(err, ERR_INVALID, "parsing age header: unexpected intro");
    for (;;) {
        const char *start = rest.p;
        if (!take_line(&rest, &line) || (size_t)(rest.p - file.p) > AGE_HEADER_BYTES)
            return err_set(err, ERR_INVALID, "parsing age header: failed to read line");
        if (str_starts(line, "--- ")) {
            h->signed_part = str_make(file.p, (size_t)(start - file.p) + 3);
            if (!base64_decode_as(a, str_sub(line, 4, line.n), BASE64_NO_PADDING, &h->mac) || h->mac.n != 32)
                return err_set(err, ERR_INVALID, "parsing age header: malformed closing line");
            h->payload = rest;
            return true;
        }
        if (!str_starts(line, "-> "))
            return err_set(err, ERR_INVALID, "parsing age header: malformed line");
        if (!stanza_read(a, line, &rest, h, err))
            return false;
    }
}

static bool open_key(const uint8_t key[32], struct str body, uint8_t file_key[FILE_KEY_BYTES]) {
    static const uint8_t nonce[12];
    unsigned long long n;
    return body.n == FILE_KEY_BYTES + TAG_BYTES &&
           crypto_aead_chacha20poly1305_ietf_decrypt(file_key, &n, NULL, (const uint8_t *)body.p, body.n,
                                                     NULL, 0, nonce, key) == 0;
}

static bool try_x25519(struct arena *a, const struct stanza *s, const struct age_identities *ids,
                       uint8_t file_key[FILE_KEY_BYTES]) {
    struct str share;
    if (s->n_args != 2 || !base64_decode_as(a, s->args[1], BASE64_NO_PADDING, &share) || share.n != 32)
        return false;
    bool ok = false;
    for (size_t i = 0; !ok && i < ids->n; i++) {
        uint8_t secret[32], salt[64], key[32];
        if (crypto_scalarmult(secret, ids->items[i].secret, (const uint8_t *)share.p) != 0)
            return false; // a point of low order
        memcpy(salt, share.p, 32);
        memcpy(salt + 32, ids->items[i].recipient, 32);
        hkdf(str_make(secret, 32), str_make(salt, 64), "age-encryption.org/v1/X25519", key);
        ok = open_key(key, s->body, file_key);
        secret_wipe(secret, sizeof secret);
        secret_wipe(key, sizeof key);
    }
    return ok;
}

static bool try_scrypt(struct arena *a, const struct header *h, const char *passphrase,
                       uint8_t file_key[FILE_KEY_BYTES], struct err *err) {
    static const char label[] = "age-encryption.org/v1/scrypt";
    const struct stanza *s = &h->stanzas[0];
    struct str salt;
    uint64_t log_n;
    if (h->n != 1)
        return err_set(err, ERR_INVALID, "an scrypt recipient must be the only one");
    if (s->n_args != 3 || !base64_decode_as(a, s->args[1], BASE64_NO_PADDING, &salt) || salt.n != 16 ||
        !str_to_u64(s->args[2], &log_n) || s->args[2].p[0] == '0')
        return err_set(err, ERR_INVALID, "malformed scrypt recipient");
    if (log_n > AGE_SCRYPT_LOG_N)
        return err_set(err, ERR_LIMIT, "scrypt work factor too large: %llu", (unsigned long long)log_n);
    uint8_t full_salt[sizeof label - 1 + 16], key[32];
    memcpy(full_salt, label, sizeof label - 1);
    memcpy(full_salt + sizeof label - 1, salt.p, 16);
    bool ok =
        crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)passphrase, strlen(passphrase), full_salt,
                                              sizeof full_salt, 1ull << log_n, 8, 1, key, sizeof key) == 0 &&
        open_key(key, s->body, file_key);
    secret_wipe(key, sizeof key);
    return ok || err_set(err, ERR_AUTH, "incorrect passphrase");
}

static bool find_file_key(struct arena *a, const struct header *h, const struct age_identities *ids,
                          const char *passphrase, uint8_t file_key[FILE_KEY_BYTES], struct err *err) {
    for (size_t i = 0; i < h->n; i++) {
        if (str_is(h->stanzas[i].args[0], "scrypt") && passphrase)
            return try_scrypt(a, h, passphrase, file_key, err);
        if (str_is(h->stanzas[i].args[0], "X25519") && try_x25519(a, &h->stanzas[i], ids, file_key))
            return true;
    }
    for (size_t i = 0; i < h->n; i++)
        if (str_starts(h->stanzas[i].args[0], "mlkem"))
            return err_set(
                err, ERR_UNSUPPORTED,
                "no identity matched any of the recipients (post-quantum recipients are not supported)");
    return err_set(err, ERR_AUTH, "no identity matched any of the recipients");
}

// STREAM: chunks of 64 KiB, counter and last flag in the nonce. An empty last chunk only in an empty file.
static bool payload_open(struct arena *a, const uint8_t file_key[FILE_KEY_BYTES], struct str payload,
                         struct str *out, struct err *err) {
    uint8_t key[32], nonce[12] = { 0 };
    if (payload.n < 16 + TAG_BYTES)
        return err_set(err, ERR_INVALID, "age file is cut short");
    hkdf(str_make(file_key, FILE_KEY_BYTES), str_sub(payload, 0, 16), "payload", key);
    payload = str_sub(payload, 16, payload.n);
    uint8_t *plain = arena_alloc(a, payload.n + 1);
    size_t n = 0;
    for (uint64_t counter = 0; payload.n; counter++) {
        size_t size = payload.n < CHUNK_BYTES + TAG_BYTES ? payload.n : CHUNK_BYTES + TAG_BYTES;
        unsigned long long got;
        for (int i = 0; i < 8; i++)
            nonce[10 - i] = (uint8_t)(counter >> (8 * i));
        nonce[11] = size == payload.n;
        bool ok = size >= TAG_BYTES && (size > TAG_BYTES || counter == 0) &&
                  crypto_aead_chacha20poly1305_ietf_decrypt(plain + n, &got, NULL, (const uint8_t *)payload.p,
                                                            size, NULL, 0, nonce, key) == 0;
        if (!ok) {
            secret_wipe(key, sizeof key);
            return err_set(err, ERR_INVALID, "failed to decrypt and authenticate payload chunk");
        }
        n += got;
        payload = str_sub(payload, size, payload.n);
    }
    secret_wipe(key, sizeof key);
    plain[n] = 0;
    *out = str_make(plain, n);
    return true;
}

static bool unarmor(struct arena *a, struct str *file, struct err *err) {
    struct str text = str_trim(*file), raw;
    if (!str_starts(text, armor_begin))
        return true;
    if (!str_ends(text, armor_end))
        return err_set(err, ERR_INVALID, "invalid armor: no closing line");
    text = str_sub(text, sizeof armor_begin - 1, text.n - (sizeof armor_end - 1));
    if (!base64_decode_as(a, str_trim(text), BASE64_LENIENT, &raw))
        return err_set(err, ERR_INVALID, "invalid armor: not base64");
    *file = raw;
    return true;
}

bool age_decrypt(struct arena *a, const struct age_identities *ids, const char *passphrase, struct str file,
                 struct str *out, struct err *err) {
    struct header h = { 0 };
    uint8_t file_key[FILE_KEY_BYTES], mac_key[32];
    if (sodium_init() < 0)
        return err_set(err, ERR_BUG, "libsodium does not start");
    if (!unarmor(a, &file, err) || !header_read(a, file, &h, err) ||
        !find_file_key(a, &h, ids, passphrase, file_key, err))
        return false;
    struct digest mac;
    hkdf(str_make(file_key, sizeof file_key), STR(""), "header", mac_key);
    hmac_of(DIGEST_SHA256, str_make(mac_key, 32), h.signed_part, &mac);
    bool ok = secret_equal(str_make(mac.bytes, 32), h.mac) || err_set(err, ERR_INVALID, "bad header MAC");
    ok = ok && payload_open(a, file_key, h.payload, out, err);
    secret_wipe(file_key, sizeof file_key);
    secret_wipe(mac_key, sizeof mac_key);
    return ok;
}
