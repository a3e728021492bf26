// SPDX-License-Identifier: Apache-2.0
// age key files: Bech32 (BIP 173) and X25519 identities.
#include "common/crypto/age.h"
#include "common/crypto/secret.h"

#include <sodium.h>

#define BECH32_MAX 128

static const char bech32_letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t bech32_step(uint32_t sum, uint8_t v) {
    static const uint32_t generator[] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ v;
    for (int i = 0; i < 5; i++)
        if (top >> i & 1)
            sum ^= generator[i];
    return sum;
}

static char lower(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

// The 5-bit groups behind the last '1', checksum verified and dropped. Returns their number, or -1.
static int bech32_groups(struct str text, const char *prefix, uint8_t groups[BECH32_MAX]) {
    size_t prefix_n = strlen(prefix);
    uint32_t sum = 1;
    bool upper = false, small = false;
    if (text.n < prefix_n + 7 || text.n > BECH32_MAX || text.p[prefix_n] != '1')
        return -1;
    for (size_t i = 0; i < text.n; i++) {
        upper |= text.p[i] >= 'A' && text.p[i] <= 'Z';
        small |= text.p[i] >= 'a' && text.p[i] <= 'z';
    }
    if (upper && small)
        return -1;
    for (size_t i = 0; i < prefix_n; i++) {
        if (lower(text.p[i]) != prefix[i])
            return -1;
        sum = bech32_step(sum, (uint8_t)prefix[i] >> 5);
    }
    sum = bech32_step(sum, 0);
    for (size_t i = 0; i < prefix_n; i++)
        sum = bech32_step(sum, prefix[i] & 31);
    size_t n = text.n - prefix_n - 1;
    for (size_t i = 0; i < n; i++) {
        const char *at = memchr(bech32_letters, lower(text.p[prefix_n + 1 + i]), 32);
        if (!at)
            return -1;
        groups[i] = (uint8_t)(at - bech32_letters);
        sum = bech32_step(sum, groups[i]);
    }
    return sum == 1 ? (int)n - 6 : -1;
}

// 52 groups of 5 bits are 32 bytes and 4 bits of zero padding.
static bool bech32_secret(struct str text, const char *prefix, uint8_t out[32]) {
    uint8_t groups[BECH32_MAX];
    int n = bech32_groups(text, prefix, groups);
    uint32_t acc = 0;
    unsigned bits = 0;
    size_t used = 0;
    for (int i = 0; n == 52 && i < n; i++) {
        acc = (acc << 5 | groups[i]) & 0xfff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            out[used++] = (uint8_t)(acc >> bits);
        }
    }
    secret_wipe(groups, sizeof groups);
    return n == 52 && used == 32 && (acc & ((1u << bits) - 1)) == 0;
}

static bool has_prefix(struct str line, const char *prefix) {
    for (size_t i = 0; prefix[i]; i++)
        if (i >= line.n || lower(line.p[i]) != prefix[i])
            return false;
    return true;
}

static bool identity_add(struct age_identities *ids, struct str line, size_t number, struct err *err) {
    if (has_prefix(line, "age-secret-key-pq-1"))
        return err_set(err, ERR_UNSUPPORTED, "error at line %zu: post-quantum identities are not supported",
                       number);
    if (has_prefix(line, "age-plugin-"))
        return err_set(err, ERR_UNSUPPORTED, "error at line %zu: plugin identities are not supported",
                       number);
    if (ids->n == AGE_IDENTITIES)
        return err_set(err, ERR_LIMIT, "error at line %zu: more than %d identities", number, AGE_IDENTITIES);
    struct age_identity *id = &ids->items[ids->n];
    if (!bech32_secret(line, "age-secret-key-", id->secret))
        return err_set(err, ERR_INVALID, "error at line %zu: malformed secret key", number);
    if (crypto_scalarmult_base(id->recipient, id->secret) != 0)
        return err_set(err, ERR_INVALID, "error at line %zu: malformed secret key", number);
    ids->n++;
    return true;
}

bool age_identities_add(struct age_identities *ids, struct str text, struct err *err) {
    struct str rest = text, line;
    size_t number = 0, before = ids->n;
    while (str_split(&rest, '\n', &line)) {
        number++;
        line = str_trim(line);
        if (line.n && line.p[0] != '#' && !identity_add(ids, line, number, err))
            return false;
    }
    return ids->n > before || err_set(err, ERR_INVALID, "no secret keys found");
}

void age_identities_wipe(struct age_identities *ids) {
    secret_wipe(ids, sizeof *ids);
}
