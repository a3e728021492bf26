// SPDX-License-Identifier: Apache-2.0
/* An API server of two hundred lines for the runtime's tests: namespaced objects in memory, list, watch, get, merge patch with
 * resourceVersion, create, delete with finalizers, conflicts on demand. It runs on a loop and a thread of its own; fake_* functions may be called
 * from any other thread. */
#ifndef TESTS_UNIT_RUNTIME_FAKE_API_H
#define TESTS_UNIT_RUNTIME_FAKE_API_H

#include "common/net/server.h"
#include "common/value/json.h"
#include "common/value/patch.h"

struct fake_api;
struct fake_api *fake_start(void);
void fake_stop(struct fake_api *f);
int fake_port(const struct fake_api *f);

// collection: "/apis/test.io/v1/namespaces/ns/widgets". The object's name comes from its metadata.
void fake_put(struct fake_api *f, const char *collection, const char *json);
// JSON merge patch on the object at the path (collection and name), as a user would; generation grows with the spec.
void fake_patch(struct fake_api *f, const char *path, const char *json);
void fake_delete(struct fake_api *f, const char *path); // sets deletionTimestamp when there are finalizers
/* Waits (10 s) until the text at the JSON pointer of the object is `want` (NULL: until the object is gone). false: it never was. */
bool fake_wait(struct fake_api *f, const char *path, const char *pointer, const char *want);
char *fake_text(struct fake_api *f, struct arena *a, const char *path, const char *pointer); // "" = absent
int fake_count(struct fake_api *f, const char *method,
               const char *contains); // requests so far whose target contains the text
// The next patches to a path that contains the text are answered with 409 after a foreign change of the object.
void fake_conflict(struct fake_api *f, const char *contains, int times, const char *foreign_patch);

#endif
