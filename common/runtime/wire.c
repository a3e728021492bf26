// SPDX-License-Identifier: Apache-2.0
// Where events, readiness and artifacts go besides the API server: HTTP and the bus.
#include "common/runtime/internal.h"

#include "common/value/json.h"

bool wire_start(struct runtime *rt, struct err *err) {
    (void)rt;
    if (!text_empty(daemon_flags()->bus_key_file))
        return err_set(err, ERR_UNSUPPORTED, "--bus-key-file: the bus is not built in yet");
    return true;
}

void wire_stop(struct runtime *rt) {
    (void)rt;
}

void wire_event(struct runtime *rt, const struct value *flux_event) {
    autobuf json = { 0 };
    json_write(&json, flux_event, JSON_COMPACT);
    outbox_put(rt->outbox, buf_str(&json));
}

void wire_ready(struct runtime *rt, const struct value *before, const struct value *after, const char *kind) {
    (void)rt;
    (void)before;
    (void)after;
    (void)kind;
}

void runtime_publish(struct runtime *rt, const char *topic, const struct value *payload) {
    (void)rt;
    (void)topic;
    (void)payload;
}

struct bus *runtime_bus(const struct runtime *rt) {
    (void)rt;
    return NULL;
}
