// SPDX-License-Identifier: Apache-2.0
// UTF-8.
#include "common/value/utf8.h"

static bool cont(unsigned char c) {
    return (c & 0xC0) == 0x80;
}

size_t utf8_decode(struct str s, uint32_t *out) {
    const unsigned char *p = (const unsigned char *)s.p;
    *out = UTF8_BAD;
    if (p[0] < 0x80) {
        *out = p[0];
        return 1;
    }
    if (p[0] >= 0xC2 && p[0] < 0xE0 && s.n >= 2 && cont(p[1])) {
        *out = (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
        return 2;
    }
    if (p[0] >= 0xE0 && p[0] < 0xF0 && s.n >= 3 && cont(p[1]) && cont(p[2])) {
        uint32_t r = (p[0] & 0xFu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
        if (r < 0x800 || (r >= 0xD800 && r < 0xE000))
            return 1;
        *out = r;
        return 3;
    }
    if (p[0] >= 0xF0 && p[0] < 0xF5 && s.n >= 4 && cont(p[1]) && cont(p[2]) && cont(p[3])) {
        uint32_t r = (p[0] & 7u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
        if (r < 0x10000 || r > 0x10FFFF)
            return 1;
        *out = r;
        return 4;
    }
    return 1;
}

size_t utf8_encode(uint32_t rune, char out[4]) {
    if (rune > 0x10FFFF || (rune >= 0xD800 && rune < 0xE000))
        rune = UTF8_BAD;
    if (rune < 0x80) {
        out[0] = (char)rune;
        return 1;
    }
    if (rune < 0x800) {
        out[0] = (char)(0xC0 | rune >> 6);
        out[1] = (char)(0x80 | (rune & 0x3F));
        return 2;
    }
    if (rune < 0x10000) {
        out[0] = (char)(0xE0 | rune >> 12);
        out[1] = (char)(0x80 | (rune >> 6 & 0x3F));
        out[2] = (char)(0x80 | (rune & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | rune >> 18);
    out[1] = (char)(0x80 | (rune >> 12 & 0x3F));
    out[2] = (char)(0x80 | (rune >> 6 & 0x3F));
    out[3] = (char)(0x80 | (rune & 0x3F));
    return 4;
}

void utf8_put(struct buf *b, uint32_t rune) {
    char c[4];
    buf_add(b, c, utf8_encode(rune, c));
}

static size_t ascii_run(struct str s, size_t i) {
    uint64_t w;
    for (; s.n - i >= 8; i += 8) {
        memcpy(&w, s.p + i, 8);
        if (w & 0x8080808080808080ull)
            break;
    }
    while (i < s.n && (unsigned char)s.p[i] < 0x80)
        i++;
    return i;
}

bool utf8_valid(struct str s) {
    for (size_t i = ascii_run(s, 0); i < s.n; i = ascii_run(s, i)) {
        uint32_t r;
        size_t n = utf8_decode(str_sub(s, i, s.n), &r);
        if (r == UTF8_BAD && n == 1)
            return false;
        i += n;
    }
    return true;
}

size_t utf8_count(struct str s) {
    size_t count = 0;
    for (size_t i = 0; i < s.n; count++) {
        uint32_t r;
        i += utf8_decode(str_sub(s, i, s.n), &r);
    }
    return count;
}
