// SPDX-License-Identifier: Apache-2.0
/* Events over HTTP: a bounded queue of JSON bodies, posted in order by the loop, a few at once.
 *
 * Flux: pkg/runtime/events.Recorder over go-retryablehttp: 5 s per try, 4 retries after 1 s doubling to 30 s on connection errors and
 * 5xx except 501; 429 means "sent already"; any other status is delivered. Nothing here fails a reconcile. */
#include "common/runtime/internal.h"

#define OUTBOX_EVENTS 1024
#define OUTBOX_IN_FLIGHT 4
#define TRY_TIMEOUT_NS (5 * NS_PER_S)
#define RETRIES 4
#define RETRY_MAX_NS (30 * NS_PER_S)

struct letter {
    struct letter *next;
    struct outbox *o;
    struct str body; // behind the struct
    unsigned tries;
    struct http_call *call;
    struct loop_timer *timer;
};

struct outbox {
    struct runtime *rt;
    char *url;            // NULL: none
    pthread_mutex_t lock; // guards waiting, n_waiting, posted
    struct letter *waiting, **tail;
    size_t n_waiting;
    bool posted; // a pump is on its way to the loop
    // loop thread:
    struct letter *sending;
    size_t n_sending;
};

struct outbox *outbox_new(struct runtime *rt, const char *url) {
    struct outbox *o = calloc(1, sizeof *o);
    if (!o || (!text_empty(url) && !(o->url = strdup(url))))
        abort();
    o->rt = rt;
    o->tail = &o->waiting;
    pthread_mutex_init(&o->lock, NULL);
    return o;
}

static void unlink_sending(struct letter *l) {
    struct letter **at = &l->o->sending;
    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    l->o->n_sending--;
}

void outbox_free(struct outbox *o) {
    if (!o)
        return;
    while (o->sending) {
        struct letter *l = o->sending;
        loop_timer_cancel(l->timer);
        if (l->call)
            http_call_cancel(l->call);
        unlink_sending(l);
        free(l);
    }
    while (o->waiting) {
        struct letter *next = o->waiting->next;
        free(o->waiting);
        o->waiting = next;
    }
    pthread_mutex_destroy(&o->lock);
    free(o->url);
    free(o);
}

bool outbox_idle(struct outbox *o) {
    pthread_mutex_lock(&o->lock);
    bool idle = !o->n_waiting;
    pthread_mutex_unlock(&o->lock);
    return idle && !o->n_sending;
}

static void pump(void *arg);
static void send_letter(void *arg);

static void finished(struct letter *l) {
    struct outbox *o = l->o;
    unlink_sending(l);
    free(l);
    pump(o);
}

static bool try_again(struct letter *l) {
    if (l->tries > RETRIES)
        return false;
    int64_t delay = NS_PER_S << (l->tries - 1);
    l->timer = loop_timer_add(l->o->rt->loop, now_mono_ns() + (delay > RETRY_MAX_NS ? RETRY_MAX_NS : delay),
                              send_letter, l);
    return true;
}

static void answered(void *arg, struct arena *a, const struct http_response *response,
                     const struct err *err) {
    struct letter *l = arg;
    l->call = NULL;
    bool failed = err->kind != ERR_NONE;
    bool again = failed || (response->status >= 500 && response->status != 501);
    if (again && err->kind != ERR_CANCELED && try_again(l))
        return;
    if (again)
        log_error("unable to record event",
                  LOG_STR("error", failed ? err->msg : arena_fmt(a, "status %d", response->status)));
    finished(l);
}

static void send_letter(void *arg) {
    struct letter *l = arg;
    static const char *const headers[] = { "Content-Type: application/json", NULL };
    l->timer = NULL;
    l->tries++;
    struct http_request req = { .method = "POST",
                                .url = l->o->url,
                                .headers = headers,
                                .body = l->body,
                                .timeout_ns = TRY_TIMEOUT_NS,
                                .retry_safe = true };
    l->call = http_start(l->o->rt->http, &req, answered, l);
}

static struct letter *take(struct outbox *o) {
    pthread_mutex_lock(&o->lock);
    struct letter *l = o->waiting;
    if (l) {
        o->waiting = l->next;
        o->n_waiting--;
        if (!o->waiting)
            o->tail = &o->waiting;
    }
    pthread_mutex_unlock(&o->lock);
    return l;
}

static void pump(void *arg) {
    struct outbox *o = arg;
    pthread_mutex_lock(&o->lock);
    o->posted = false;
    pthread_mutex_unlock(&o->lock);
    while (o->n_sending < OUTBOX_IN_FLIGHT) {
        struct letter *l = take(o);
        if (!l)
            return;
        l->next = o->sending;
        o->sending = l;
        o->n_sending++;
        send_letter(l);
    }
}

void outbox_put(struct outbox *o, struct str json) {
    if (!o->url)
        return;
    struct letter *l = malloc(sizeof *l + json.n + 1);
    if (!l)
        abort();
    char *body = (char *)(l + 1);
    memcpy(body, json.p, json.n);
    body[json.n] = 0;
    *l = (struct letter) { .o = o, .body = { body, json.n } };
    struct letter *dropped = NULL;
    pthread_mutex_lock(&o->lock);
    if (o->n_waiting == OUTBOX_EVENTS) {
        dropped = o->waiting;
        o->waiting = dropped->next;
        o->n_waiting--;
        if (!o->waiting)
            o->tail = &o->waiting;
    }
    *o->tail = l;
    o->tail = &l->next;
    o->n_waiting++;
    bool post = !o->posted;
    o->posted = true;
    pthread_mutex_unlock(&o->lock);
    if (post)
        loop_post(o->rt->loop, pump, o);
    if (!dropped)
        return;
    metrics_add(o->rt->metrics, &metric_event_drops, 1);
    log_error("event queue is full, the oldest event was dropped", LOG_INT("limit", OUTBOX_EVENTS));
    free(dropped);
}
