// SPDX-License-Identifier: Apache-2.0
// What store.c (contents and readers) and store_watch.c (list and watch) share. Not for other rooms.
#ifndef KUBE_STORE_INTERNAL_H
#define KUBE_STORE_INTERNAL_H

#include <pthread.h>
#include <stdio.h>

#include "common/base/limits.h"
#include "common/base/map.h"
#include "common/kube/store.h"
#include "common/value/json.h"

struct store_entry {
    char *json; // heap, NUL-terminated
    size_t n;
    char version[24]; // resourceVersion
    uint32_t round;   // of the list that saw it last
};

struct kube_store {
    struct kube_client *client;
    struct loop *loop;
    struct arena a; // holds options
    struct kube_store_options options;
    kube_change_fn changed;
    kube_synced_fn on_synced;
    void *arg;

    pthread_mutex_t lock; // guards the next five; a leaf
    pthread_cond_t came;  // synced, last_error
    struct map entries;   // "ns/name" -> struct store_entry
    size_t bytes;
    bool synced;
    char *last_error;

    // the loop thread's own
    bool closing;
    unsigned pending; // list requests under way
    uint32_t round;   // counts lists
    char version[24]; // to watch from; "" = list first
    char *continue_token;
    char list_version[24]; // of the list that is being read
    struct http_watch *watch;
    struct json_stream stream;
    int watch_code;    // status of the watch's answer
    char garbage[160]; // what in the stream was no event
    int64_t watch_opened_ns;
    bool watch_gave; // an event came by it
    bool relist;     // 410, in whatever form
    struct loop_timer *timer;
    unsigned failures; // in a row
};

struct kube_store *store_alloc(struct kube_client *c, const struct kube_store_options *options);
void store_destroy(struct kube_store *s);
// Takes in an object that a list or the watch brought; calls back when it is a change. The tree is in `a` and may be changed.
void store_put(struct kube_store *s, struct arena *a, struct value *object);
void store_remove(struct kube_store *s, struct arena *a, const char *ns, const char *name);
// After a list: what it did not bring is gone.
void store_sweep(struct kube_store *s);
// One event of the watch stream, of any shape.
void store_watch_event(struct kube_store *s, struct arena *a, struct value *event);
void store_set_error(struct kube_store *s, const char *message); // NULL: all is well
void store_set_synced(struct kube_store *s);

#endif
