// SPDX-License-Identifier: Apache-2.0
/* State: what the sandbox starts with (a state file, Lists of objects, the namespaces of an empty cluster) and where it keeps
 * what it has. */
#ifndef SANDBOX_STATE_H
#define SANDBOX_STATE_H

#include "deploy/local/sandbox/server.h"

/* Reads config->state_file (absent: an empty cluster) and config->load. Objects are kept as they are: uid, resourceVersion,
 * managedFields, status. Kinds that are not served are left out with a log line. */
must_check bool state_load(struct sandbox *sb, const struct sandbox_config *config, struct err *err);
// Namespaces default, kube-system, kube-public, kube-node-lease, the service kubernetes and the user-facing roles.
void state_seed(struct sandbox *sb);
// Writes the file (temp, fsync, rename).
must_check bool state_save(const struct sandbox *sb, const char *path, struct err *err);

#endif
