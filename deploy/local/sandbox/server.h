// SPDX-License-Identifier: Apache-2.0
/* Server: the sandbox as a whole, without a port: registry, storage, controllers, and how they are started and ended. */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include "deploy/local/sandbox/request.h"
#include "deploy/local/sandbox/simulator.h"

struct sandbox_config {
    struct simulator_config simulator;
    size_t log_events;       // changes kept for watches, 0 = storage's default
    const char *state_file;  // NULL: none; read if it exists
    const char *const *load; // files or folders of v1 Lists to start from, NULL-terminated; NULL: none
};

must_check bool sandbox_new(struct loop *loop, const struct sandbox_config *config, struct sandbox **out,
                            struct err *err);
void sandbox_free(struct sandbox *sb);
#endif
