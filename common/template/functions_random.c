// SPDX-License-Identifier: Apache-2.0
// Random texts and numbers, from the kernel. sprig: strings.go, crypto.go
#include "common/crypto/secret.h"
#include "common/template/functions.h"
#include "common/value/base64.h"
#include "common/value/utf8.h"

#define ARGS struct tctx *c, const struct tval *args, size_t n, struct tval *out

static uint64_t below(uint64_t limit) {
    uint64_t x, most = UINT64_MAX - UINT64_MAX % limit;
    do
        random_bytes(&x, sizeof x);
    while (x >= most);
    return x % limit;
}

// Characters from..to of ASCII that `fn` takes.
static bool random_text(struct tctx *c, int64_t count, char from, char to, bool letters, bool digits,
                        struct tval *out) {
    autobuf b = { 0 };
    if (count <= 0)
        return *out = tval_text(""), true;
    if (!tctx_room(c, (size_t)count * 64))
        return false;
    while (b.n < (size_t)count) {
        char ch = (char)(from + (char)below((uint64_t)(to - from + 1)));
        bool letter = (ch | 32) >= 'a' && (ch | 32) <= 'z', digit = ch >= '0' && ch <= '9';
        if ((!letters && !digits) || (letters && letter) || (digits && digit))
            buf_putc(&b, ch);
    }
    return tctx_text(c, &b, out);
}

static bool fn_alpha_num(ARGS) {
    (void)n;
    return random_text(c, args[0].i, '0', 'z', true, true, out);
}

static bool fn_alpha(ARGS) {
    (void)n;
    return random_text(c, args[0].i, 'A', 'z', true, false, out);
}

static bool fn_numeric(ARGS) {
    (void)n;
    return random_text(c, args[0].i, '0', '9', false, true, out);
}

static bool fn_ascii(ARGS) {
    (void)n;
    return random_text(c, args[0].i, ' ', '~', false, false, out);
}

static bool fn_int(ARGS) {
    (void)n;
    int64_t range = args[1].i - args[0].i;
    if (args[1].i <= args[0].i || range <= 0)
        return tctx_fail(c, "invalid argument to Intn");
    return *out = tval_int(args[0].i + (int64_t)below((uint64_t)range)), true;
}

static bool fn_bytes(ARGS) {
    (void)n;
    if (args[0].i < 0)
        return tctx_fail(c, "runtime error: makeslice: len out of range");
    if (!tctx_room(c, (size_t)args[0].i))
        return false;
    char *bytes = arena_alloc(tctx_arena(c), (size_t)args[0].i);
    random_bytes(bytes, (size_t)args[0].i);
    return *out = tval_text(base64_encode(tctx_arena(c), str_make(bytes, (size_t)args[0].i))), true;
}

static bool fn_uuid(ARGS) {
    unsigned char u[16];
    (void)args, (void)n;
    random_bytes(u, sizeof u);
    u[6] = (unsigned char)((u[6] & 0x0F) | 0x40);
    u[8] = (unsigned char)((u[8] & 0x3F) | 0x80);
    *out = tval_text(arena_fmt(
        tctx_arena(c), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1],
        u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]));
    return true;
}

static bool fn_shuffle(ARGS) {
    struct str s = args[0].s;
    size_t count = utf8_count(s), k = 0;
    autobuf b = { 0 };
    (void)n;
    if (!tctx_room(c, s.n * 16))
        return false;
    uint32_t *runes = arena_array(tctx_arena(c), uint32_t, count + 1);
    for (size_t i = 0; i < s.n;)
        i += utf8_decode(str_sub(s, i, s.n), &runes[k++]);
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)below(i);
        uint32_t r = runes[i - 1];
        runes[i - 1] = runes[j];
        runes[j] = r;
    }
    for (size_t i = 0; i < count; i++)
        utf8_put(&b, runes[i]);
    return tctx_text(c, &b, out);
}

const struct tfunction functions_random[] = {
    { "randAlphaNum", "i", fn_alpha_num },
    { "randAlpha", "i", fn_alpha },
    { "randNumeric", "i", fn_numeric },
    { "randAscii", "i", fn_ascii },
    { "randInt", "ii", fn_int },
    { "randBytes", "i", fn_bytes },
    { "uuidv4", "", fn_uuid },
    { "shuffle", "s", fn_shuffle },
    { 0 },
};
