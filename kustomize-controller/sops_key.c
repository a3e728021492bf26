// SPDX-License-Identifier: Apache-2.0
// SOPS data keys: age and OpenPGP recipients, key groups (Shamir's sharing over GF(2^8)).
#include "kustomize-controller/sops_key.h"

#include "common/base/buf.h"

#define DATA_KEY_BYTES 32
#define SHARES_MAX 32

// Recipients that only a cloud or a server could open: named in the error.
static const struct {
    const char *field, *name, *id;
} foreign[] = {
    { "kms", "AWS KMS", "arn" },
    { "gcp_kms", "GCP KMS", "resource_id" },
    { "azure_kv", "Azure Key Vault", "name" },
    { "hc_vault", "HashiCorp Vault", "key_name" },
    { "hckms", "HuaweiCloud KMS", "key_id" },
};

struct attempt {
    struct arena *a;
    const struct sops_keys *keys;
    struct buf why; // one "\nrecipient: reason" for each failure
};

static bool open_age(struct attempt *t, const struct value *recipient, struct str *out) {
    struct err err = { .a = t->a };
    const char *enc = value_text(value_get(recipient, "enc"), "");
    if (!t->keys->age.n)
        err_set(&err, ERR_AUTH, "no age identity was given");
    else if (age_decrypt(t->a, &t->keys->age, NULL, str_of(enc), out, &err))
        return true;
    buf_fmt(&t->why, "\nage %s: %s", value_text(value_get(recipient, "recipient"), "?"), err.msg);
    return false;
}

static bool open_pgp(struct attempt *t, const struct value *recipient, struct str *out) {
    struct err err = { .a = t->a };
    const char *enc = value_text(value_get(recipient, "enc"), "");
    if (!t->keys->pgp_decrypt)
        err_set(&err, ERR_AUTH, "no OpenPGP key was given");
    else if (t->keys->pgp_decrypt(t->keys->pgp_arg, t->a, str_of(enc), out, &err))
        return true;
    buf_fmt(&t->why, "\npgp %s: %s", value_text(value_get(recipient, "fp"), "?"), err.msg);
    return false;
}

// The part that one group of recipients holds.
static bool open_group(struct attempt *t, const struct value *group, struct str *out) {
    const struct value *age = value_get(group, "age"), *pgp = value_get(group, "pgp");
    for (size_t i = 0; i < value_len(age); i++)
        if (open_age(t, value_item(age, i), out))
            return true;
    for (size_t i = 0; i < value_len(pgp); i++)
        if (open_pgp(t, value_item(pgp, i), out))
            return true;
    for (size_t f = 0; f < countof(foreign); f++) {
        const struct value *list = value_get(group, foreign[f].field);
        for (size_t i = 0; i < value_len(list); i++)
            buf_fmt(&t->why, "\n%s %s: this key provider is not supported", foreign[f].name,
                    value_text(value_get(value_item(list, i), foreign[f].id), "?"));
    }
    return false;
}

static uint8_t gf_mul(uint8_t x, uint8_t y) {
    uint8_t p = 0;
    for (int i = 0; i < 8; i++) {
        p ^= (uint8_t)(-(y & 1) & x);
        x = (uint8_t)((x << 1) ^ (-(x >> 7) & 0x1b));
        y >>= 1;
    }
    return p;
}

static uint8_t gf_inverse(uint8_t x) { // x^254
    uint8_t result = 1;
    for (int i = 0; i < 254; i++)
        result = gf_mul(result, x);
    return result;
}

// Shares are the secret's bytes and an x coordinate behind them; the secret is the polynomial's value at 0.
static bool combine(struct arena *a, const struct str *shares, size_t n, struct str *out) {
    size_t size = shares[0].n;
    for (size_t i = 0; i < n; i++)
        if (shares[i].n != size || size < 2)
            return false;
    uint8_t *secret = arena_alloc(a, size);
    for (size_t i = 0; i < n; i++) {
        uint8_t weight = 1, xi = (uint8_t)shares[i].p[size - 1];
        for (size_t j = 0; j < n; j++) {
            uint8_t xj = (uint8_t)shares[j].p[size - 1];
            if (j != i && xi == xj)
                return false;
            if (j != i)
                weight = gf_mul(weight, gf_mul(xj, gf_inverse(xi ^ xj)));
        }
        for (size_t b = 0; b + 1 < size; b++)
            secret[b] ^= gf_mul(weight, (uint8_t)shares[i].p[b]);
    }
    *out = str_make(secret, size - 1);
    return true;
}

static bool open_groups(struct attempt *t, const struct value *meta, struct str *out) {
    const struct value *groups = value_get(meta, "key_groups");
    size_t n = value_len(groups), have = 0;
    int64_t threshold = value_int_or(value_get(meta, "shamir_threshold"), (int64_t)n);
    struct str shares[SHARES_MAX];
    if (threshold < 1)
        threshold = (int64_t)n;
    for (size_t i = 0; i < n && have < SHARES_MAX && (int64_t)have < threshold; i++)
        if (open_group(t, value_item(groups, i), &shares[have]))
            have++;
    if (n == 1 && have == 1)
        return *out = shares[0], true;
    return (int64_t)have >= threshold && have > 1 && combine(t->a, shares, have, out);
}

bool sops_data_key(struct arena *a, const struct value *meta, const struct sops_keys *keys, struct str *out,
                   struct err *err) {
    struct attempt t = { .a = a, .keys = keys };
    bool grouped = value_len(value_get(meta, "key_groups")) > 0;
    bool ok = grouped ? open_groups(&t, meta, out) : open_group(&t, meta, out);
    struct str why = buf_to_arena(&t.why, a);
    if (!ok)
        return err_set(err, ERR_AUTH,
                       "cannot get sops data key: failed to decrypt with any of the recipients:%s",
                       why.n ? why.p : " it names none");
    if (out->n != DATA_KEY_BYTES)
        return err_set(err, ERR_INVALID, "cannot get sops data key: it has %zu bytes instead of %d", out->n,
                       DATA_KEY_BYTES);
    return true;
}
