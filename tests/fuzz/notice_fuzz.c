// SPDX-License-Identifier: Apache-2.0
/* Property: an event that reads goes on as an event that reads to the same, with metadata under the two prefixes only; every provider
 * type makes of it JSON that reads; the token never shows in a masked text. */
#include "common/value/json.h"
#include "notification-controller/providers/providers.h"

static void check_metadata(const struct notice *n) {
    for (size_t i = 0; i < n->metadata->map.n; i++) {
        struct str key = n->metadata->map.pairs[i].key;
        if (!str_starts(key, META_PREFIX) && !str_starts(key, n->group))
            abort();
    }
}

static void check_payloads(struct arena *a, const struct notice *n) {
    static const char *const types[] = { "generic", "generic-hmac", "slack", "discord", "rocket", "msteams" };
    struct provider p = { .name = "p",
                          .type = "",
                          .channel = "c",
                          .username = "",
                          .address = "https://h.example/x",
                          .token = "key" };
    for (size_t i = 0; i < countof(types); i++) {
        struct post post = { 0 };
        struct value *v = NULL;
        struct err err = { .a = a };
        if (!provider_type_find(types[i])->build(a, &p, n, &post, &err) || !json_read(a, post.body, &v, &err))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct notice n, again;
    struct value *conflicts;
    if (!notice_read(&a, str_make(data, size), &n, &err))
        return 0;
    check_metadata(&n);
    if (!notice_read(&a, json_text(&a, notice_json(&a, &n), 0), &again, &err))
        abort();
    if (strcmp(notice_key(&a, &n), notice_key(&a, &again)) || strcmp(n.message, again.message))
        abort();
    n.metadata = notice_combine(&a, &n, NULL, "s", &conflicts);
    check_payloads(&a, &n);
    if (strlen(n.reason) > 1 && strstr(mask_token(&a, n.message, n.reason), n.reason) &&
        !strchr(n.reason, '*') && str_trim(str_of(n.reason)).n == strlen(n.reason))
        abort();
    return 0;
}
