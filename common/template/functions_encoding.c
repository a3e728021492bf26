// SPDX-License-Identifier: Apache-2.0
// base64, base32, check sums. sprig: strings.go, crypto.go
#include "common/crypto/digest.h"
#include "common/template/functions.h"
#include "common/value/base64.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out

static bool fn_b64enc(ARGS) {
    (void)n;
    if (!tctx_room(c, args[0].s.n * 2))
        return false;
    return *out = tval_text(base64_encode(tctx_arena(c), args[0].s)), true;
}

static int b64_value(unsigned char ch) {
    if (ch >= 'A' && ch <= 'Z')
        return ch - 'A';
    if (ch >= 'a' && ch <= 'z')
        return ch - 'a' + 26;
    if (ch >= '0' && ch <= '9')
        return ch - '0' + 52;
    return ch == '+' ? 62 : ch == '/' ? 63 : -1;
}

static size_t skip_newlines(struct str s, size_t i) {
    while (i < s.n && (s.p[i] == '\n' || s.p[i] == '\r'))
        i++;
    return i;
}

// Where Go's decoder finds the first fault (base64.CorruptInputError); the text is known to be wrong.
static size_t b64_fault(struct str s) {
    unsigned k = 0;
    for (size_t i = skip_newlines(s, 0); i < s.n; i = skip_newlines(s, i)) {
        if (b64_value((unsigned char)s.p[i]) >= 0) {
            k = (k + 1) % 4;
            i++;
            continue;
        }
        if (s.p[i] != '=' || k < 2)
            return i;
        size_t next = skip_newlines(s, i + 1);
        if (k == 2) {
            if (next == s.n)
                return s.n;
            if (s.p[next] != '=')
                return next;
            next = skip_newlines(s, next + 1);
        }
        return next < s.n ? next : s.n;
    }
    return k ? s.n - k : s.n;
}

static bool fn_b64dec(ARGS) {
    struct arena *a = tctx_arena(c);
    struct str bytes;
    (void)n;
    if (base64_decode(a, args[0].s, &bytes))
        return *out = tval_str(bytes), true;
    return *out = tval_text(arena_fmt(a, "illegal base64 data at input byte %zu", b64_fault(args[0].s))),
           true;
}

static bool fn_b32enc(ARGS) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    struct str s = args[0].s;
    autobuf b = { 0 };
    (void)n;
    for (size_t i = 0; i < s.n; i += 5) {
        uint64_t v = 0;
        size_t left = s.n - i < 5 ? s.n - i : 5, letters = (left * 8 + 4) / 5;
        for (size_t k = 0; k < 5; k++)
            v = v << 8 | (k < left ? (unsigned char)s.p[i + k] : 0);
        for (size_t k = 0; k < 8; k++)
            buf_putc(&b, k < letters ? alphabet[v >> (35 - 5 * k) & 31] : '=');
    }
    return tctx_text(c, &b, out);
}

// false: *fault is where it went wrong
static bool b32_decode(struct str s, struct buf *b, size_t *fault) {
    size_t i = 0;
    bool end = false;
    while (i < s.n && !end) {
        uint64_t v = 0;
        size_t letters = 8;
        for (size_t k = 0; k < 8; k++) {
            if (i == s.n)
                return *fault = s.n - k, false;
            char ch = s.p[i++];
            if (ch == '=' && k >= 2 && s.n - i < 8) {
                if (s.n - i + k < 7)
                    return *fault = s.n, false;
                for (size_t p = 0; p < 7 - k; p++)
                    if (i + p < s.n && s.p[i + p] != '=')
                        return *fault = i + p - 1 + 1, false;
                letters = k;
                end = true;
                if (k == 3 || k == 6)
                    return *fault = i - 1, false;
                v <<= 5 * (8 - k);
                break;
            }
            int d = ch >= 'A' && ch <= 'Z' ? ch - 'A' : ch >= '2' && ch <= '7' ? ch - '2' + 26 : -1;
            if (d < 0)
                return *fault = i - 1, false;
            v = v << 5 | (uint64_t)d;
        }
        for (size_t k = 0; k < letters * 5 / 8; k++)
            buf_putc(b, (char)(v >> (32 - 8 * k)));
    }
    return true;
}

static bool fn_b32dec(ARGS) {
    autobuf clean = { 0 }, b = { 0 };
    size_t fault;
    (void)n;
    for (size_t i = 0; i < args[0].s.n; i++)
        if (args[0].s.p[i] != '\n' && args[0].s.p[i] != '\r')
            buf_putc(&clean, args[0].s.p[i]);
    if (b32_decode(buf_str(&clean), &b, &fault))
        return tctx_text(c, &b, out);
    return *out = tval_text(arena_fmt(tctx_arena(c), "illegal base32 data at input byte %zu", fault)), true;
}

static bool sum(struct tctx *c, enum digest_algorithm algorithm, struct str s, struct tval *out) {
    struct digest d;
    if (!tctx_steps(c, s.n / 64))
        return false;
    digest_of(algorithm, s, &d);
    return *out = tval_text(digest_hex(tctx_arena(c), &d)), true;
}

static bool fn_sha1(ARGS) {
    (void)n;
    return sum(c, DIGEST_SHA1, args[0].s, out);
}

static bool fn_sha256(ARGS) {
    (void)n;
    return sum(c, DIGEST_SHA256, args[0].s, out);
}

static bool fn_sha512(ARGS) {
    (void)n;
    return sum(c, DIGEST_SHA512, args[0].s, out);
}

static bool fn_adler32(ARGS) {
    uint32_t x = 1, y = 0;
    (void)n;
    for (size_t i = 0; i < args[0].s.n; i++) {
        x = (x + (unsigned char)args[0].s.p[i]) % 65521;
        y = (y + x) % 65521;
    }
    return *out = tval_text(arena_fmt(tctx_arena(c), "%u", y << 16 | x)), true;
}

const struct tfunction functions_encoding[] = {
    { "b64enc", "s", fn_b64enc },    { "b64dec", "s", fn_b64dec },      { "b32enc", "s", fn_b32enc },
    { "b32dec", "s", fn_b32dec },    { "sha1sum", "s", fn_sha1 },       { "sha256sum", "s", fn_sha256 },
    { "sha512sum", "s", fn_sha512 }, { "adler32sum", "s", fn_adler32 }, { 0 },
};
