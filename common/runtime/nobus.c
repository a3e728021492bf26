// SPDX-License-Identifier: Apache-2.0
// Built only where the bus room is absent: opening the bus is refused.
#include "common/bus/bus.h"

bool bus_open(struct loop *l, const struct bus_config *config, struct bus **out, struct err *err) {
    (void)l;
    (void)config;
    (void)out;
    return err_set(err, ERR_UNSUPPORTED, "not built in");
}

void bus_close(struct bus *b) {
    (void)b;
}

bool bus_publish(struct bus *b, const char *topic, struct str payload) {
    (void)b;
    (void)topic;
    (void)payload;
    return false;
}

void bus_subscribe(struct bus *b, const char *topic_prefix, bus_fn fn, void *arg) {
    (void)b;
    (void)topic_prefix;
    (void)fn;
    (void)arg;
}

struct bus_stats bus_stats(struct bus *b) {
    (void)b;
    return (struct bus_stats) { 0 };
}
