// SPDX-License-Identifier: Apache-2.0
/* Who asks, and may they: bearer tokens, Impersonate-User, and role-based access control.
 *
 * The sandbox's own token, and no token at all, are the user kubernetes-admin of the group system:masters, who may do
 * everything. Tokens of TokenRequest and Impersonate-User: system:serviceaccount:NS:NAME are that account, whose rights
 * are those of its RoleBindings and ClusterRoleBindings.
 * Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac.
 */
#ifndef SANDBOX_AUTH_H
#define SANDBOX_AUTH_H

#include "deploy/local/sandbox/call.h"

#define SANDBOX_TOKEN "runnel-sandbox-admin"

// Sets c->user. false: 401 or 403.
must_check bool auth_user(struct call *c);
// false: 403 in the API server's words.
must_check bool auth_allow(struct call *c);

struct access {
    const char *verb, *group, *resource, *subresource, *ns, *name; // "" = none
    const char *path;                                              // not NULL: a non-resource URL
};
bool auth_may(struct sandbox *sb, const struct user *user, const struct access *access);

// A token for a ServiceAccount: shaped as a JWT.
char *auth_token(struct sandbox *sb, struct arena *a, const char *ns, const char *name, const char *uid,
                 int64_t expires_at_s);

#endif
