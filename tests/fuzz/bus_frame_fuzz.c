// SPDX-License-Identifier: Apache-2.0
/* Frames of the bus behind their seal (what opens was made with our key; a faulty or hostile member of the installation
 * may still send it). First byte: which kind. Property: what parses is written again to the same bytes, or, for a reply,
 * to messages that are read back. Raw bytes never open. */
#include "common/bus/wire.h"

static void publication(struct str in) {
    struct publication p;
    autobuf again = { 0 };
    if (!publication_parse(in, &p))
        return;
    publication_put(&again, &p);
    if (!str_eq(buf_str(&again), in))
        abort();
}

static void request(struct str in) {
    static struct request r, back;
    autobuf again = { 0 };
    if (!request_parse(in, &r))
        return;
    request_put(&again, &r);
    if (again.n != in.n || !request_parse(buf_str(&again), &back) || back.n_known != r.n_known)
        abort();
}

static void reply(struct str in) {
    struct reply r;
    struct message m;
    if (!reply_parse(in, &r))
        return;
    struct str rest = r.messages;
    size_t n = 0, bytes = 0;
    for (; n < r.n && reply_next(&rest, &m); n++)
        bytes += reply_message_bytes(&m);
    if (n != r.n || bytes != r.messages.n)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t key[KEY_BYTES];
    autobuf plain = { 0 };
    enum frame_kind kind;
    struct str in = str_make(data, size);
    if (frame_open(key, in, key, &kind, &plain))
        abort();
    if (!size)
        return 0;
    struct str rest = str_sub(in, 1, size);
    switch (data[0] % 3) {
    case 0: publication(rest); break;
    case 1: request(rest); break;
    default: reply(rest);
    }
    return 0;
}
