// SPDX-License-Identifier: Apache-2.0
/* Provider types: what each service wants to be told, as a table.
 *
 * How to add one: a file for the service with a build function; a row in types.c; golden payloads in tests/unit.
 */
#ifndef NOTIFICATION_PROVIDERS_H
#define NOTIFICATION_PROVIDERS_H

#include "common/base/buf.h"
#include "notification-controller/provider.h"

/* Makes the request from the provider and the notice (its metadata combined and without prefixes). Pure.
 * Errors: ERR_INVALID (address, channel, missing token). */
typedef bool (*provider_build)(struct arena *a, const struct provider *p, const struct notice *n,
                               struct post *out, struct err *err);

enum provider_class { PROVIDER_CHAT, PROVIDER_FORWARD, PROVIDER_COMMIT_STATUS, PROVIDER_COMMENT };

struct provider_type {
    const char *type;
    provider_build build; // NULL: known, not supported here
    enum provider_class class;
};
const struct provider_type *provider_type_find(const char *type); // NULL: unknown

bool build_generic(struct arena *a, const struct provider *p, const struct notice *n, struct post *out,
                   struct err *err);
bool build_generic_hmac(struct arena *a, const struct provider *p, const struct notice *n, struct post *out,
                        struct err *err);
bool build_slack(struct arena *a, const struct provider *p, const struct notice *n, struct post *out,
                 struct err *err);
bool build_discord(struct arena *a, const struct provider *p, const struct notice *n, struct post *out,
                   struct err *err);
bool build_rocket(struct arena *a, const struct provider *p, const struct notice *n, struct post *out,
                  struct err *err);
bool build_msteams(struct arena *a, const struct provider *p, const struct notice *n, struct post *out,
                   struct err *err);

/* ---- for the builders ---- */
// JSON as Go's json.Marshal writes it.
struct str go_json(struct arena *a, const struct value *v);
/* An absolute URL with scheme and host, as url.ParseRequestURI wants it. what: "Slack hook URL".
 * Errors: `invalid Slack hook URL x: '...'` */
must_check bool provider_address(struct arena *a, const char *what, const char *address, struct url *out,
                                 struct err *err);
bool is_error(const struct notice *n);

#endif
