// SPDX-License-Identifier: Apache-2.0
/* What goes over the wire: four kinds of frames, sealed under the shared key, and their contents.
 *
 * Envelope  "RNB" version kind nonce[24] ciphertext tag[16]. The first five bytes are authenticated too; a reply is bound
 *           to the nonce of its request, so that it cannot be given again.
 * Numbers are little endian; texts have a length of one byte in front.
 */
#ifndef BUS_WIRE_H
#define BUS_WIRE_H

#include "common/base/buf.h"

enum { BOOT_BYTES = 16, NONCE_BYTES = 24, KEY_BYTES = 32, SEAL_BYTES = 5 + NONCE_BYTES + 16 };

enum frame_kind { FRAME_MESSAGE = 1, FRAME_HEARTBEAT = 2, FRAME_REQUEST = 3, FRAME_REPLY = 4 };

// Appends the sealed frame. bound_to: a request's nonce for FRAME_REPLY, else NULL. out_nonce: NULL or where it goes.
void frame_seal(const uint8_t key[KEY_BYTES], enum frame_kind kind, const uint8_t *bound_to, struct str plain,
                struct buf *out, uint8_t out_nonce[NONCE_BYTES]);
/* False: not one of ours. plain is replaced by the contents; the nonce is inside of the frame at frame_nonce(). */
must_check bool frame_open(const uint8_t key[KEY_BYTES], struct str sealed, const uint8_t *bound_to,
                           enum frame_kind *out_kind, struct buf *plain);
const uint8_t *frame_nonce(struct str sealed); // of one that was opened

// One message, as published and as kept in the ring. The texts point into what was parsed, without NUL.
struct message {
    uint64_t sequence; // from 1 for each boot
    int64_t at_ns;     // wall clock of the publisher
    struct str topic, payload;
};

// FRAME_MESSAGE and FRAME_HEARTBEAT (without topic and payload; sequence is that of the newest message, 0 = none).
struct publication {
    struct str name;
    const uint8_t *boot;
    struct message message;
};
void publication_put(struct buf *out, const struct publication *p);
must_check bool publication_parse(struct str plain, struct publication *out);

struct seq_range {
    uint64_t from, to; // both inside
};
enum { RANGES_MAX = 16, KNOWN_MAX = 64 };

// What a subscriber has of one publisher boot, and what it misses.
struct position {
    uint8_t boot[BOOT_BYTES];
    bool fresh; // met for the first time: messages that are too old are not missed
    uint64_t highest;
    struct seq_range missing[RANGES_MAX];
    size_t n_missing;
};
struct request {
    struct str name;
    int64_t oldest_at_ns; // older messages are not wanted from unknown and fresh boots
    size_t n_known;
    struct position known[KNOWN_MAX];
};
void request_put(struct buf *out, const struct request *r);
must_check bool request_parse(struct str plain, struct request *out);

struct reply {
    struct str name;
    const uint8_t *boot;
    uint64_t floor; // what is below and not in this reply will never come
    bool more;      // ask again
    size_t n;
    struct str messages; // n of them, for reply_next
};
// The head; messages follow by reply_put_message, n is set by the caller in reply.n before.
void reply_put(struct buf *out, const struct reply *r);
void reply_put_message(struct buf *out, const struct message *m);
size_t reply_message_bytes(const struct message *m);
must_check bool reply_parse(struct str plain, struct reply *out); // checks the messages too
bool reply_next(struct str *messages, struct message *out);       // false: no more

#endif
