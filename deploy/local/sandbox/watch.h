// SPDX-License-Identifier: Apache-2.0
/* Watches: streams of changes, each with its own resource, namespace, selector and representation.
 *
 * A watch hears of a change in the moment of the write, before the writer's answer. Selectors make a change that leaves
 * the selection DELETED (with the state before it) and one that enters it ADDED.
 * Threads: the loop's.
 */
#ifndef SANDBOX_WATCH_H
#define SANDBOX_WATCH_H

#include "deploy/local/sandbox/call.h"

struct watches *watches_new(struct sandbox *sb);
void watches_free(struct watches *w);
size_t watches_count(const struct watches *w, const char *key); // of a resource key; NULL: all
// Sends a bookmark to every watch that wants them, now.
void watches_bookmark(struct watches *w);
/* Ends watches of a resource key (NULL: all). `expired`: with an ERROR event 410 first. `abrupt`: the connection is dropped.
 * Returns how many. */
size_t watches_close(struct watches *w, const char *key, bool expired, bool abrupt);

#endif
