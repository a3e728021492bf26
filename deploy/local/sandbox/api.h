// SPDX-License-Identifier: Apache-2.0
/* Entry of the API: one exchange of the HTTP server. */
#ifndef SANDBOX_API_H
#define SANDBOX_API_H

#include "deploy/local/sandbox/call.h"

// Control requests, faults, then the API.
void api_handle(struct sandbox *sb, struct http_exchange *x);
// Without looking at control requests and faults again: what faults.c held back goes on here.
void api_handle_now(struct sandbox *sb, struct http_exchange *x);

#endif
