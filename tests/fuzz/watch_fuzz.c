// SPDX-License-Identifier: Apache-2.0
/* A watch stream as the store takes it in. Properties: cut at any place it gives the same events; what the store keeps afterwards can be
 * read again; never more objects than events. */
#include "common/kube/store_internal.h"

struct outcome {
    size_t events, kept;
    bool broken;
};

static struct outcome feed(const uint8_t *data, size_t size, size_t step) {
    struct outcome out = { 0 };
    struct loop *loop = loop_new();
    struct http_client *http = http_client_new(loop);
    struct kube_config config = { .server = "http://127.0.0.1:1", .ns = "d", .context = "" };
    struct kube_client *c = kube_client_new(loop, http, &config);
    struct kube_store_options options = { .resource = { "", "v1", "ConfigMap", "configmaps", true } };
    struct kube_store *s = store_alloc(c, &options);
    for (size_t at = 0; at < size && !out.broken; at += step) {
        json_stream_feed(&s->stream, str_make(data + at, size - at < step ? size - at : step));
        for (;;) {
            autoarena a = { 0 };
            struct err err = { .a = &a };
            struct str text;
            struct value *event;
            bool whole = json_stream_next(&s->stream, &text, &err) && json_read(&a, text, &event, &err);
            out.broken = err.kind != ERR_NONE;
            if (!whole)
                break;
            out.events++;
            store_watch_event(s, &a, event);
        }
    }
    out.kept = kube_store_len(s);
    autoarena a = { 0 };
    struct value *keys = kube_store_keys(&a, s);
    for (size_t i = 0; i < value_len(keys); i++) {
        const struct value *k = value_item(keys, i);
        if (!kube_store_get(&a, s, value_text(value_get(k, "ns"), ""), value_text(value_get(k, "name"), "")))
            abort();
    }
    store_destroy(s);
    kube_client_unref(c);
    http_client_free(http);
    loop_free(loop);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct outcome whole = feed(data, size, size ? size : 1), pieces = feed(data, size, 7);
    if (whole.kept > whole.events)
        abort();
    if (!whole.broken && (whole.events != pieces.events || whole.kept != pieces.kept))
        abort();
    return 0;
}
