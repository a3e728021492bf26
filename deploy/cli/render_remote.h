// SPDX-License-Identifier: Apache-2.0
/* Remote entries of local kustomizations. The network (a loop thread and an HTTP client) is started by the first of them. */
#ifndef CLI_RENDER_REMOTE_H
#define CLI_RENDER_REMOTE_H

#include "common/kustomize/kustomize.h"

struct render_network;
struct render_network *render_network_new(void);
struct kustomize_remote render_network_remote(struct render_network *n);
void render_network_free(struct render_network **n); // after the last use of what was built
#define autonetwork AUTO(render_network_free) struct render_network

#endif
