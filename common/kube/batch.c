// SPDX-License-Identifier: Apache-2.0
// Waiting for answers: kube_do, kube_start and kube_batch over call.c.
#include "common/kube/client_internal.h"

#define DEFAULT_IN_FLIGHT 64

// An answer on its way from the loop thread to a worker.
struct letter {
    struct letter *next;
    void *tag;
    int code;
    struct buf body;
    struct arena a; // warning, err
    const char *warning;
    struct err err;
};

struct mailbox {
    pthread_mutex_t lock; // guards all below
    pthread_cond_t came;
    struct letter *first, *last;
    unsigned in_flight;
    bool abandoned; // nobody reads any more; the last answer frees it
};

struct stamp { // goes with each request
    struct mailbox *box;
    void *tag;
};

static void letter_free(struct letter *l) {
    buf_done(&l->body);
    arena_done(&l->a);
    free(l);
}

static struct mailbox *mailbox_new(void) {
    struct mailbox *box = calloc(1, sizeof *box);
    if (!box)
        abort();
    pthread_mutex_init(&box->lock, NULL);
    pthread_cond_init(&box->came, NULL);
    return box;
}

static void mailbox_destroy(struct mailbox *box) {
    for (struct letter *l = box->first, *next; l; l = next) {
        next = l->next;
        letter_free(l);
    }
    pthread_mutex_destroy(&box->lock);
    pthread_cond_destroy(&box->came);
    free(box);
}

static void mailbox_leave(struct mailbox *box) {
    pthread_mutex_lock(&box->lock);
    box->abandoned = true;
    bool last = !box->in_flight;
    pthread_mutex_unlock(&box->lock);
    if (last)
        mailbox_destroy(box);
}

static struct letter *letter_new(void *tag, const struct raw_answer *answer) {
    struct letter *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->tag = tag;
    l->code = answer->code;
    buf_add(&l->body, answer->body.p, answer->body.n);
    l->warning = arena_strdup(&l->a, answer->warning);
    l->err.a = &l->a;
    if (answer->err.kind != ERR_NONE)
        err_move(&l->err, &answer->err);
    return l;
}

static void deliver(void *arg, const struct raw_answer *answer) {
    struct stamp *stamp = arg;
    struct mailbox *box = stamp->box;
    struct letter *l = letter_new(stamp->tag, answer);
    free(stamp);
    pthread_mutex_lock(&box->lock);
    box->in_flight--;
    if (box->last)
        box->last->next = l;
    else
        box->first = l;
    box->last = l;
    bool last = box->abandoned && !box->in_flight;
    pthread_cond_signal(&box->came);
    pthread_mutex_unlock(&box->lock);
    if (last)
        mailbox_destroy(box);
}

static void mailbox_send(struct mailbox *box, struct kube_client *c, const struct kube_request *req,
                         void *tag) {
    struct stamp *stamp = calloc(1, sizeof *stamp);
    if (!stamp)
        abort();
    stamp->box = box;
    stamp->tag = tag;
    pthread_mutex_lock(&box->lock);
    box->in_flight++;
    pthread_mutex_unlock(&box->lock);
    kube_call_start(c, req, deliver, stamp);
}

// NULL: nothing is under way.
static struct letter *mailbox_take(struct mailbox *box) {
    pthread_mutex_lock(&box->lock);
    while (!box->first && box->in_flight)
        pthread_cond_wait(&box->came, &box->lock);
    struct letter *l = box->first;
    if (l) {
        box->first = l->next;
        if (!box->first)
            box->last = NULL;
    }
    pthread_mutex_unlock(&box->lock);
    return l;
}

// Parses the letter into the reader's arena and frees it.
static bool letter_open(struct arena *a, struct letter *l, struct kube_reply *out, struct err *err) {
    *out = (struct kube_reply) { .code = l->code, .reason = "" };
    bool ok = l->err.kind == ERR_NONE
                  ? kube_answer_reply(a, l->code, buf_str(&l->body), arena_strdup(a, l->warning), out, err)
                  : err_move(err, &l->err);
    letter_free(l);
    return ok;
}

bool kube_do(struct arena *a, struct kube_client *c, const struct kube_request *req, struct kube_reply *out,
             struct err *err) {
    struct mailbox *box = mailbox_new();
    mailbox_send(box, c, req, NULL);
    struct letter *l = mailbox_take(box);
    mailbox_leave(box);
    struct kube_reply reply;
    bool ok = letter_open(a, l, &reply, err);
    if (out)
        *out = reply;
    return ok;
}

bool kube_get_raw(struct arena *a, struct kube_client *c, const char *path, const char *accept,
                  struct str *out, struct err *err) {
    struct kube_request req = { .verb = KUBE_GET, .path = path, .accept = accept ? accept : "*/*" };
    struct mailbox *box = mailbox_new();
    mailbox_send(box, c, &req, NULL);
    struct letter *l = mailbox_take(box);
    mailbox_leave(box);
    bool ok = l->err.kind == ERR_NONE || err_move(err, &l->err);
    if (ok && l->code >= 400)
        ok = kube_status_err(a, l->code, buf_str(&l->body), NULL, err);
    if (ok)
        *out = buf_to_arena(&l->body, a);
    letter_free(l);
    return ok;
}

/* ---- kube_start ---- */

struct start {
    kube_done_fn done;
    void *arg;
};

static void start_done(void *arg, const struct raw_answer *answer) {
    struct start s = *(struct start *)arg;
    free(arg);
    autoarena a = { 0 };
    struct kube_reply reply = { .reason = "" };
    struct err err = { .a = &a };
    if (answer->err.kind != ERR_NONE)
        err_move(&err, &answer->err);
    else if (!kube_answer_reply(&a, answer->code, answer->body, answer->warning, &reply, &err)) {
        // told by err
    }
    s.done(s.arg, &a, &reply, &err);
}

void kube_start(struct kube_client *c, const struct kube_request *req, kube_done_fn done, void *arg) {
    struct start *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->done = done;
    s->arg = arg;
    kube_call_start(c, req, start_done, s);
}

/* ---- batch ---- */

struct waiting {
    struct waiting *next;
    struct arena a; // the request's texts
    struct kube_request req;
    void *tag;
};

struct kube_batch {
    struct kube_client *client;
    struct mailbox *box;
    struct waiting *first, *last; // only the owner's thread
    unsigned max_in_flight, running, peak;
    struct arena *(*arena_of)(void *tag); // NULL: the caller's
};

struct kube_batch *kube_batch_new(struct kube_client *c, unsigned max_in_flight) {
    struct kube_batch *b = calloc(1, sizeof *b);
    if (!b)
        abort();
    b->client = kube_client_ref(c);
    b->box = mailbox_new();
    b->max_in_flight = max_in_flight ? max_in_flight : DEFAULT_IN_FLIGHT;
    return b;
}

static void batch_send(struct kube_batch *b, const struct kube_request *req, void *tag) {
    b->running++;
    b->peak = b->running > b->peak ? b->running : b->peak;
    mailbox_send(b->box, b->client, req, tag);
}

static struct kube_request request_copy(struct arena *a, const struct kube_request *req) {
    struct kube_request copy = *req;
    const char **texts[] = {
        &copy.path,
        &copy.ns,
        &copy.name,
        &copy.subresource,
        &copy.field_manager,
        &copy.field_validation,
        &copy.label_selector,
        &copy.field_selector,
        &copy.resource_version,
        &copy.resource_version_match,
        &copy.continue_token,
        &copy.propagation,
        &copy.precondition_uid,
        &copy.precondition_resource_version,
        &copy.accept,
    };
    for (size_t i = 0; i < countof(texts); i++)
        *texts[i] = arena_strdup(a, *texts[i]);
    if (req->body.p)
        copy.body = arena_str(a, req->body);
    if (!req->resource)
        return copy;
    struct kube_resource *r = arena_new(a, struct kube_resource);
    *r = (struct kube_resource) {
        .group = arena_strdup(a, req->resource->group),
        .version = arena_strdup(a, req->resource->version),
        .kind = arena_strdup(a, req->resource->kind),
        .plural = arena_strdup(a, req->resource->plural),
        .namespaced = req->resource->namespaced,
    };
    copy.resource = r;
    return copy;
}

void kube_batch_add(struct kube_batch *b, const struct kube_request *req, void *tag) {
    if (b->running < b->max_in_flight) {
        batch_send(b, req, tag);
        return;
    }
    struct waiting *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    w->req = request_copy(&w->a, req);
    w->tag = tag;
    if (b->last)
        b->last->next = w;
    else
        b->first = w;
    b->last = w;
}

static struct waiting *waiting_pop(struct kube_batch *b) {
    struct waiting *w = b->first;
    if (w) {
        b->first = w->next;
        if (!b->first)
            b->last = NULL;
    }
    return w;
}

static void waiting_free(struct waiting *w) {
    arena_done(&w->a);
    free(w);
}

bool kube_batch_next(struct kube_batch *b, struct arena *a, struct kube_done *out) {
    struct letter *l = mailbox_take(b->box);
    if (!l)
        return false;
    b->running--;
    struct waiting *w = waiting_pop(b);
    if (w) {
        batch_send(b, &w->req, w->tag);
        waiting_free(w);
    }
    a = b->arena_of ? b->arena_of(l->tag) : a;
    *out = (struct kube_done) { .tag = l->tag, .err = { .a = a } };
    if (!letter_open(a, l, &out->reply, &out->err)) {
        // told by out->err
    }
    return true;
}

void kube_batch_arenas(struct kube_batch *b, struct arena *(*fn)(void *tag)) {
    b->arena_of = fn;
}

void kube_batch_free(struct kube_batch *b) {
    if (!b)
        return;
    for (struct waiting *w; (w = waiting_pop(b));)
        waiting_free(w);
    mailbox_leave(b->box);
    kube_client_unref(b->client);
    free(b);
}

unsigned kube_batch_peak(const struct kube_batch *b) {
    return b->peak;
}
