// SPDX-License-Identifier: Apache-2.0
// Digests on libcrypto, and the own BLAKE3.
#include "common/crypto/digest.h"
#include "common/crypto/blake3.h"
#include "common/crypto/encoding.h"
#include "common/crypto/secret.h"
#include "common/base/file.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <unistd.h>

static const struct {
    const char *name;
    const EVP_MD *(*md)(void); // NULL: our own
    size_t n_bytes;
    bool in_texts; // "name:hex" is read
} algorithms[] = {
    [DIGEST_SHA256] = { "sha256", EVP_sha256, 32, true },
    [DIGEST_SHA384] = { "sha384", EVP_sha384, 48, true },
    [DIGEST_SHA512] = { "sha512", EVP_sha512, 64, true },
    [DIGEST_SHA1] = { "sha1", EVP_sha1, 20, true },
    [DIGEST_MD5] = { "md5", EVP_md5, 16, false },
    [DIGEST_BLAKE3] = { "blake3", NULL, 32, true },
};

void hasher_init(struct hasher *h, enum digest_algorithm algorithm) {
    h->algorithm = algorithm;
    if (!algorithms[algorithm].md) {
        h->state = malloc(sizeof(struct blake3));
        if (!h->state)
            abort();
        blake3_init(h->state);
        return;
    }
    h->state = EVP_MD_CTX_new();
    if (!h->state || !EVP_DigestInit_ex(h->state, algorithms[algorithm].md(), NULL))
        abort();
}

void hasher_add(struct hasher *h, const void *p, size_t n_bytes) {
    if (!algorithms[h->algorithm].md)
        blake3_add(h->state, p, n_bytes);
    else if (!EVP_DigestUpdate(h->state, p, n_bytes))
        abort();
}

void hasher_done(struct hasher *h) {
    if (!h->state)
        return;
    if (algorithms[h->algorithm].md)
        EVP_MD_CTX_free(h->state);
    else
        free(h->state);
    h->state = NULL;
}

void hasher_finish(struct hasher *h, struct digest *out) {
    out->algorithm = h->algorithm;
    out->n = algorithms[h->algorithm].n_bytes;
    if (!algorithms[h->algorithm].md)
        blake3_finish(h->state, out->bytes);
    else if (!EVP_DigestFinal_ex(h->state, out->bytes, NULL))
        abort();
    hasher_done(h);
}

void digest_of(enum digest_algorithm algorithm, struct str bytes, struct digest *out) {
    struct hasher h;
    hasher_init(&h, algorithm);
    hasher_add(&h, bytes.p, bytes.n);
    hasher_finish(&h, out);
}

bool digest_of_fd(enum digest_algorithm algorithm, int fd, struct digest *out, struct err *err) {
    autohasher h = { 0 };
    char piece[16384];
    hasher_init(&h, algorithm);
    for (ssize_t n = 1; n != 0;) {
        n = read(fd, piece, sizeof piece);
        if (n < 0 && errno != EINTR)
            return err_set_code(err, ERR_IO, errno, "read: %s", errno_text(errno));
        if (n > 0)
            hasher_add(&h, piece, (size_t)n);
    }
    hasher_finish(&h, out);
    return true;
}

const char *digest_name(enum digest_algorithm algorithm) {
    return algorithms[algorithm].name;
}

bool digest_algorithm_parse(struct str name, enum digest_algorithm *out, struct err *err) {
    for (size_t i = 0; i < countof(algorithms); i++)
        if (str_is(name, algorithms[i].name)) {
            *out = (enum digest_algorithm)i;
            return true;
        }
    return err_set(err, ERR_UNSUPPORTED, "unsupported digest algorithm");
}

char *digest_hex(struct arena *a, const struct digest *d) {
    return hex_encode(a, d->bytes, d->n);
}

char *digest_text(struct arena *a, const struct digest *d) {
    return arena_fmt(a, "%s:%s", digest_name(d->algorithm), digest_hex(a, d));
}

// go-digest: words of small letters and digits joined by one of "+._-", then ":", then letters, digits and "=_-".
static bool is_digest_form(struct str name, struct str value) {
    bool in_word = false;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        bool word = islower(c) || isdigit(c);
        if (!word && (!in_word || !c || !strchr("+._-", c)))
            return false;
        in_word = word;
    }
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if (!isalnum(c) && (!c || !strchr("=_-", c)))
            return false;
    }
    return in_word;
}

bool digest_parse(struct str text, struct digest *out, struct err *err) {
    ptrdiff_t colon = str_chr(text, ':');
    if (colon <= 0 || (size_t)colon + 1 == text.n)
        return err_set(err, ERR_INVALID, "invalid checksum digest format");
    struct str name = str_sub(text, 0, (size_t)colon), hex = str_sub(text, (size_t)colon + 1, text.n);
    struct digest d = { 0 };
    struct err ignored = { .a = err->a };
    if (!digest_algorithm_parse(name, &d.algorithm, &ignored) || !algorithms[d.algorithm].in_texts)
        return is_digest_form(name, hex) ? err_set(err, ERR_UNSUPPORTED, "unsupported digest algorithm")
                                         : err_set(err, ERR_INVALID, "invalid checksum digest format");
    d.n = algorithms[d.algorithm].n_bytes;
    if (hex.n != 2 * d.n)
        return err_set(err, ERR_INVALID, "invalid checksum digest length");
    for (size_t i = 0; i < hex.n; i++)
        if (isupper((unsigned char)hex.p[i]))
            return err_set(err, ERR_INVALID, "invalid checksum digest format");
    autoarena a = { 0 };
    struct str bytes;
    if (!hex_decode(&a, hex, &bytes))
        return err_set(err, ERR_INVALID, "invalid checksum digest format");
    memcpy(d.bytes, bytes.p, d.n);
    *out = d;
    return true;
}

bool digest_equal(const struct digest *a, const struct digest *b) {
    return a->algorithm == b->algorithm && secret_equal(str_make(a->bytes, a->n), str_make(b->bytes, b->n));
}
