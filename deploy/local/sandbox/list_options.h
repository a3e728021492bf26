// SPDX-License-Identifier: Apache-2.0
/* Query parameters of lists and watches, checked as the API server checks them. */
#ifndef SANDBOX_LIST_OPTIONS_H
#define SANDBOX_LIST_OPTIONS_H

#include "deploy/local/sandbox/call.h"
#include "deploy/local/sandbox/selector.h"

enum rv_match { MATCH_UNSET, MATCH_NOT_OLDER, MATCH_EXACT };

struct list_options {
    struct selector selector;
    uint64_t rv; // 0 = unset or "0"
    bool has_rv; // given at all
    enum rv_match match;
    int64_t limit;     // 0 = all
    const char *after; // from the continue token: "ns/name", NULL = from the start
    uint64_t token_rv; // of the continue token, 0 = none
    int64_t timeout_s; // 0 = unset
    bool bookmarks, initial_events, has_initial_events;
};

// false: 400 or 422 in c->st.
must_check bool list_options_read(struct call *c, bool watch, struct list_options *out);
// The token to continue behind an object.
const char *continue_token(struct arena *a, uint64_t rv, const struct object *last);

#endif
