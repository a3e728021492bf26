// SPDX-License-Identifier: Apache-2.0
// Short forms of kube_do for the usual requests.
#include "common/kube/client.h"
#include "common/value/json.h"

#define LIST_PAGE 500

static bool do_for_object(struct arena *a, struct kube_client *c, const struct kube_request *req,
                          struct value **out, struct err *err) {
    struct kube_reply reply;
    if (!kube_do(a, c, req, &reply, err))
        return false;
    if (out && !value_is(reply.object, VALUE_MAP))
        return err_set(err, ERR_IO, "the server's answer is no object");
    if (out)
        *out = reply.object;
    return true;
}

bool kube_get(struct arena *a, struct kube_client *c, const struct kube_resource *r, const char *ns,
              const char *name, struct value **out, struct err *err) {
    struct kube_request req = { .verb = KUBE_GET, .resource = r, .ns = ns, .name = name };
    return do_for_object(a, c, &req, out, err);
}

bool kube_create(struct arena *a, struct kube_client *c, const struct kube_resource *r,
                 const struct value *object, const char *field_manager, struct value **out, struct err *err) {
    struct kube_request req = { .verb = KUBE_CREATE,
                                .resource = r,
                                .ns = object_ns(object),
                                .body = json_text(a, object, JSON_COMPACT),
                                .field_manager = field_manager };
    return do_for_object(a, c, &req, out, err);
}

bool kube_update(struct arena *a, struct kube_client *c, const struct kube_resource *r,
                 const struct value *object, const char *subresource, const char *field_manager,
                 struct value **out, struct err *err) {
    struct kube_request req = { .verb = KUBE_UPDATE,
                                .resource = r,
                                .ns = object_ns(object),
                                .name = object_name(object),
                                .subresource = subresource,
                                .body = json_text(a, object, JSON_COMPACT),
                                .field_manager = field_manager };
    return do_for_object(a, c, &req, out, err);
}

bool kube_patch(struct arena *a, struct kube_client *c, const struct kube_resource *r, const char *ns,
                const char *name, const char *subresource, enum kube_patch_type type,
                const struct value *patch, const char *field_manager, struct value **out, struct err *err) {
    struct kube_request req = { .verb = KUBE_PATCH,
                                .resource = r,
                                .ns = ns,
                                .name = name,
                                .subresource = subresource,
                                .patch = type,
                                .body = json_text(a, patch, JSON_COMPACT),
                                .field_manager = field_manager };
    return do_for_object(a, c, &req, out, err);
}

bool kube_apply(struct arena *a, struct kube_client *c, const struct kube_resource *r,
                const struct value *object, const char *field_manager, bool force, bool dry_run,
                struct value **out, struct err *err) {
    struct kube_request req = { .verb = KUBE_PATCH,
                                .resource = r,
                                .ns = object_ns(object),
                                .name = object_name(object),
                                .patch = KUBE_PATCH_APPLY,
                                .body = json_text(a, object, JSON_COMPACT),
                                .field_manager = field_manager,
                                .force = force,
                                .dry_run = dry_run };
    return do_for_object(a, c, &req, out, err);
}

bool kube_delete(struct arena *a, struct kube_client *c, const struct kube_resource *r, const char *ns,
                 const char *name, const char *propagation, struct err *err) {
    struct kube_request req = { .verb = KUBE_DELETE,
                                .resource = r,
                                .ns = ns,
                                .name = name,
                                .propagation = propagation ? propagation : "Background" };
    return kube_do(a, c, &req, NULL, err);
}

/* ---- lists ---- */

static void fill_kind(struct arena *a, struct value *object, const struct kube_resource *r) {
    if (!value_get(object, "apiVersion"))
        value_set(a, object, "apiVersion", value_string(a, api_version_join(a, r->group, r->version)));
    if (!value_get(object, "kind"))
        value_set(a, object, "kind", value_string(a, r->kind));
}

static bool each_page(struct arena *a, struct kube_client *c, struct kube_request *req, kube_item_fn item,
                      void *arg, struct err *err) {
    req->verb = KUBE_LIST;
    req->limit = req->limit ? req->limit : LIST_PAGE;
    for (;;) {
        struct kube_reply reply;
        if (!kube_do(a, c, req, &reply, err))
            return false;
        struct value *items = object_items(reply.object);
        for (size_t i = 0; i < value_len(items); i++) {
            struct value *object = value_item(items, i);
            if (!value_is(object, VALUE_MAP))
                continue;
            fill_kind(a, object, req->resource);
            if (!item(arg, object, err))
                return false;
        }
        req->continue_token = value_text_at(reply.object, "metadata", "continue", NULL);
        if (text_empty(req->continue_token))
            return true;
    }
}

bool kube_list(struct arena *a, struct kube_client *c, const struct kube_resource *r, const char *ns,
               const char *label_selector, kube_item_fn item, void *arg, struct err *err) {
    struct kube_request req = { .resource = r, .ns = ns, .label_selector = label_selector };
    return each_page(a, c, &req, item, arg, err);
}

struct collect {
    struct arena *a;
    struct value *list;
};

static bool collect_item(void *arg, struct value *object, struct err *err) {
    struct collect *collect = arg;
    (void)err;
    value_append(collect->a, collect->list, object);
    return true;
}

bool kube_list_all(struct arena *a, struct kube_client *c, const struct kube_request *req, struct value **out,
                   struct err *err) {
    struct kube_request copy = *req;
    struct collect collect = { .a = a, .list = value_list(a) };
    if (!each_page(a, c, &copy, collect_item, &collect, err))
        return false;
    *out = collect.list;
    return true;
}
