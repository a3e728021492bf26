// SPDX-License-Identifier: Apache-2.0
// Case mapping. Go: unicode.To, unicode.SimpleFold
#include "common/text/textcase.h"
#include "common/text/unicode_tables.h"
#include "common/value/utf8.h"

static const struct unicode_case *case_find(uint32_t rune) {
    size_t low = 0, high = unicode_n_cases;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (rune < unicode_cases[mid].from)
            high = mid;
        else if (rune > unicode_cases[mid].to)
            low = mid + 1;
        else
            return &unicode_cases[mid];
    }
    return NULL;
}

static uint32_t map_rune(uint32_t rune, bool upper) {
    const struct unicode_case *c = case_find(rune);
    if (!c)
        return rune;
    int32_t delta = upper ? c->upper : c->lower;
    if (delta == UNICODE_ALTERNATE)
        return c->from + (((rune - c->from) & ~1u) | (upper ? 0 : 1));
    return (uint32_t)((int32_t)rune + delta);
}

uint32_t rune_upper(uint32_t rune) {
    if (rune < 0x80)
        return rune >= 'a' && rune <= 'z' ? rune - 32 : rune;
    return map_rune(rune, true);
}

uint32_t rune_lower(uint32_t rune) {
    if (rune < 0x80)
        return rune >= 'A' && rune <= 'Z' ? rune + 32 : rune;
    return map_rune(rune, false);
}

uint32_t rune_fold(uint32_t rune) {
    size_t low = 0, high = unicode_n_orbit;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (unicode_orbit[mid][0] < rune)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < unicode_n_orbit && unicode_orbit[low][0] == rune)
        return unicode_orbit[low][1];
    uint32_t lower = rune_lower(rune);
    return lower != rune ? lower : rune_upper(rune);
}

static void put_mapped(struct buf *out, struct str s, uint32_t (*map)(uint32_t)) {
    for (size_t i = 0; i < s.n;) {
        uint32_t rune;
        i += utf8_decode(str_sub(s, i, s.n), &rune);
        utf8_put(out, map(rune));
    }
}

void text_put_upper(struct buf *out, struct str s) {
    put_mapped(out, s, rune_upper);
}

void text_put_lower(struct buf *out, struct str s) {
    put_mapped(out, s, rune_lower);
}

static bool rune_equal_fold(uint32_t x, uint32_t y) {
    if (x == y)
        return true;
    for (uint32_t f = rune_fold(x); f != x; f = rune_fold(f))
        if (f == y)
            return true;
    return false;
}

bool text_equal_fold(struct str x, struct str y) {
    while (x.n && y.n) {
        uint32_t xr, yr;
        x = str_sub(x, utf8_decode(x, &xr), x.n);
        y = str_sub(y, utf8_decode(y, &yr), y.n);
        if (!rune_equal_fold(xr, yr))
            return false;
    }
    return !x.n && !y.n;
}
