// SPDX-License-Identifier: Apache-2.0
// generic and generic-hmac: the event itself, forwarded as JSON. Flux: internal/notifier/forwarder.go
#include "notification-controller/providers/providers.h"

#include "common/crypto/hmac.h"

bool build_generic(struct arena *a, const struct provider *p, const struct notice *n, struct post *out,
                   struct err *err) {
    struct url url;
    if (!provider_address(a, "webhook URL", p->address, &url, err))
        return false;
    out->url = p->address;
    out->body = go_json(a, notice_json(a, n));
    post_header(a, out, "Content-Type", "application/json");
    post_header(a, out, "gotk-component", n->controller);
    for (size_t i = 0; value_is(p->headers, VALUE_MAP) && i < p->headers->map.n; i++)
        post_header(a, out, p->headers->map.pairs[i].key.p, value_text(p->headers->map.pairs[i].value, ""));
    return true;
}

bool build_generic_hmac(struct arena *a, const struct provider *p, const struct notice *n, struct post *out,
                        struct err *err) {
    if (text_empty(p->token))
        return err_set(err, ERR_INVALID, "HMAC key is empty");
    if (!build_generic(a, p, n, out, err))
        return false;
    const char *mac = hmac_hex(a, DIGEST_SHA256, str_of(p->token), out->body);
    post_header(a, out, "X-Signature", arena_fmt(a, "sha256=%s", mac));
    return true;
}
