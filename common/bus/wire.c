// SPDX-License-Identifier: Apache-2.0
// Sealing with XChaCha20-Poly1305, and reading and writing of what is inside.
#include "common/bus/wire.h"

#include <sodium.h>

enum { HEAD_BYTES = 5, TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES };

_Static_assert(NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(SEAL_BYTES == HEAD_BYTES + NONCE_BYTES + TAG_BYTES, "envelope");

/* ---- envelope ---- */

static const char magic[4] = { 'R', 'N', 'B', 1 };

// Authenticated beside the contents: the head, and the request a reply answers.
static size_t associated(uint8_t to[HEAD_BYTES + NONCE_BYTES], const uint8_t *head, const uint8_t *bound_to) {
    memcpy(to, head, HEAD_BYTES);
    if (!bound_to)
        return HEAD_BYTES;
    memcpy(to + HEAD_BYTES, bound_to, NONCE_BYTES);
    return HEAD_BYTES + NONCE_BYTES;
}

void frame_seal(const uint8_t key[KEY_BYTES], enum frame_kind kind, const uint8_t *bound_to, struct str plain,
                struct buf *out, uint8_t out_nonce[NONCE_BYTES]) {
    uint8_t *to = (uint8_t *)buf_room(out, SEAL_BYTES + plain.n), ad[HEAD_BYTES + NONCE_BYTES];
    unsigned long long n = 0;
    memcpy(to, magic, sizeof magic);
    to[4] = (uint8_t)kind;
    randombytes_buf(to + HEAD_BYTES, NONCE_BYTES);
    size_t ad_n = associated(ad, to, bound_to);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(to + HEAD_BYTES + NONCE_BYTES, &n,
                                                     (const uint8_t *)plain.p, plain.n, ad, ad_n, NULL,
                                                     to + HEAD_BYTES, key);
    if (out_nonce)
        memcpy(out_nonce, to + HEAD_BYTES, NONCE_BYTES);
    out->n += HEAD_BYTES + NONCE_BYTES + n;
}

const uint8_t *frame_nonce(struct str sealed) {
    return (const uint8_t *)sealed.p + HEAD_BYTES;
}

bool frame_open(const uint8_t key[KEY_BYTES], struct str sealed, const uint8_t *bound_to,
                enum frame_kind *out_kind, struct buf *plain) {
    const uint8_t *p = (const uint8_t *)sealed.p;
    uint8_t ad[HEAD_BYTES + NONCE_BYTES];
    unsigned long long n = 0;
    buf_clear(plain);
    if (sealed.n < SEAL_BYTES || memcmp(p, magic, sizeof magic) != 0 || p[4] < FRAME_MESSAGE ||
        p[4] > FRAME_REPLY)
        return false;
    size_t ad_n = associated(ad, p, p[4] == FRAME_REPLY ? bound_to : NULL);
    uint8_t *to = (uint8_t *)buf_room(plain, sealed.n - SEAL_BYTES);
    const uint8_t *cipher = p + HEAD_BYTES + NONCE_BYTES;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(to, &n, NULL, cipher, sealed.n - HEAD_BYTES - NONCE_BYTES,
                                                   ad, ad_n, p + HEAD_BYTES, key) != 0)
        return false;
    plain->n = n;
    *out_kind = (enum frame_kind)p[4];
    return true;
}

/* ---- numbers and texts ---- */

static void put_number(struct buf *b, uint64_t v, unsigned n_bytes) {
    for (unsigned i = 0; i < n_bytes; i++)
        buf_putc(b, (char)(v >> (8 * i)));
}

static void put_text(struct buf *b, struct str s) {
    if (s.n > 255)
        abort(); // checked when it came in
    put_number(b, s.n, 1);
    buf_put_str(b, s);
}

// Takes n bytes off the front; what is not there makes the reader empty-handed for good.
static bool take(struct str *s, size_t n, struct str *out) {
    if (!s->p || s->n < n) {
        *s = (struct str) { 0 };
        *out = (struct str) { 0 };
        return false;
    }
    *out = str_sub(*s, 0, n);
    s->p += n;
    s->n -= n;
    return true;
}

static uint64_t take_number(struct str *s, unsigned n_bytes) {
    struct str bytes;
    uint64_t v = 0;
    if (take(s, n_bytes, &bytes))
        for (unsigned i = 0; i < n_bytes; i++)
            v |= (uint64_t)(uint8_t)bytes.p[i] << (8 * i);
    return v;
}

static struct str take_text(struct str *s) {
    struct str text;
    (void)take(s, take_number(s, 1), &text);
    return text;
}

static const uint8_t *take_boot(struct str *s) {
    struct str boot;
    return take(s, BOOT_BYTES, &boot) ? (const uint8_t *)boot.p : NULL;
}

static bool bad(struct str s) {
    return !s.p;
}

/* ---- contents ---- */

void publication_put(struct buf *out, const struct publication *p) {
    put_text(out, p->name);
    buf_add(out, p->boot, BOOT_BYTES);
    put_number(out, p->message.sequence, 8);
    put_number(out, (uint64_t)p->message.at_ns, 8);
    put_text(out, p->message.topic);
    buf_put_str(out, p->message.payload);
}

bool publication_parse(struct str plain, struct publication *out) {
    struct publication p = { .name = take_text(&plain), .boot = take_boot(&plain) };
    p.message.sequence = take_number(&plain, 8);
    p.message.at_ns = (int64_t)take_number(&plain, 8);
    p.message.topic = take_text(&plain);
    p.message.payload = plain;
    if (bad(plain) || p.message.sequence > INT64_MAX || memchr(p.name.p, 0, p.name.n) ||
        memchr(p.message.topic.p, 0, p.message.topic.n))
        return false;
    *out = p;
    return true;
}

void request_put(struct buf *out, const struct request *r) {
    put_text(out, r->name);
    put_number(out, (uint64_t)r->oldest_at_ns, 8);
    put_number(out, r->n_known, 2);
    for (size_t i = 0; i < r->n_known; i++) {
        const struct position *k = &r->known[i];
        buf_add(out, k->boot, BOOT_BYTES);
        put_number(out, k->fresh, 1);
        put_number(out, k->highest, 8);
        put_number(out, k->n_missing, 1);
        for (size_t m = 0; m < k->n_missing; m++) {
            put_number(out, k->missing[m].from, 8);
            put_number(out, k->missing[m].to, 8);
        }
    }
}

static bool position_parse(struct str *s, struct position *out) {
    const uint8_t *boot = take_boot(s);
    if (!boot)
        return false;
    memcpy(out->boot, boot, BOOT_BYTES);
    out->fresh = take_number(s, 1) != 0;
    out->highest = take_number(s, 8);
    out->n_missing = take_number(s, 1);
    if (out->n_missing > RANGES_MAX)
        return false;
    for (size_t m = 0; m < out->n_missing; m++) {
        out->missing[m].from = take_number(s, 8);
        out->missing[m].to = take_number(s, 8);
        if (out->missing[m].from > out->missing[m].to)
            return false;
    }
    return !bad(*s);
}

bool request_parse(struct str plain, struct request *out) {
    out->name = take_text(&plain);
    out->oldest_at_ns = (int64_t)take_number(&plain, 8);
    out->n_known = take_number(&plain, 2);
    if (bad(plain) || out->n_known > KNOWN_MAX)
        return false;
    for (size_t i = 0; i < out->n_known; i++)
        if (!position_parse(&plain, &out->known[i]))
            return false;
    return plain.n == 0;
}

void reply_put(struct buf *out, const struct reply *r) {
    put_text(out, r->name);
    buf_add(out, r->boot, BOOT_BYTES);
    put_number(out, r->floor, 8);
    put_number(out, r->more, 1);
    put_number(out, r->n, 2);
}

void reply_put_message(struct buf *out, const struct message *m) {
    put_number(out, m->sequence, 8);
    put_number(out, (uint64_t)m->at_ns, 8);
    put_text(out, m->topic);
    put_number(out, m->payload.n, 4);
    buf_put_str(out, m->payload);
}

size_t reply_message_bytes(const struct message *m) {
    return 8 + 8 + 1 + m->topic.n + 4 + m->payload.n;
}

bool reply_next(struct str *s, struct message *out) {
    out->sequence = take_number(s, 8);
    out->at_ns = (int64_t)take_number(s, 8);
    out->topic = take_text(s);
    (void)take(s, take_number(s, 4), &out->payload);
    return !bad(*s) && out->sequence <= INT64_MAX && !memchr(out->topic.p, 0, out->topic.n);
}

bool reply_parse(struct str plain, struct reply *out) {
    struct reply r = { .name = take_text(&plain), .boot = take_boot(&plain) };
    r.floor = take_number(&plain, 8);
    r.more = take_number(&plain, 1) != 0;
    r.n = take_number(&plain, 2);
    r.messages = plain;
    struct str rest = plain;
    struct message m;
    if (bad(plain) || r.floor > INT64_MAX || memchr(r.name.p, 0, r.name.n))
        return false;
    for (size_t i = 0; i < r.n; i++)
        if (!reply_next(&rest, &m))
            return false;
    if (rest.n)
        return false;
    *out = r;
    return true;
}
