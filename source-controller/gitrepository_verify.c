// SPDX-License-Identifier: Apache-2.0
/* Signatures of commits and tags. Flux: gitrepository_controller.go#verifySignature, pkg/git/signature */
#include "source-controller/gitrepository.h"

static bool wants_head(const char *mode) {
    return text_eq(mode, "head") || text_eq(mode, "HEAD") || text_eq(mode, "TagAndHEAD");
}

static bool wants_tag(const char *mode) {
    return text_eq(mode, "Tag") || text_eq(mode, "TagAndHEAD");
}

// Flux: requiresVerification
bool git_verification_is_due(const struct run *r) {
    const struct git_verify_spec *verify = git_spec(r)->verify;
    const char *observed = value_text(value_get(r->status, "sourceVerificationMode"), "");
    if (!verify)
        return false;
    if (!*observed)
        return true;
    return (wants_head(verify->mode) && !wants_head(observed)) ||
           (wants_tag(verify->mode) && !wants_tag(observed));
}

static enum step_result not_verified(struct run *r, bool stall, const char *reason, const char *message) {
    err_clear(&r->err);
    run_set(r, CONDITION_VERIFIED, CONDITION_FALSE, reason, "%s", message);
    return stall ? run_stall(r, reason, "%s", message) : run_fail(r, ERR_INVALID, reason, "%s", message);
}

enum step_result git_step_verify(struct run *r) {
    const struct git_verify_spec *verify = git_spec(r)->verify;
    if (!verify) {
        value_remove(r->status, "sourceVerificationMode");
        condition_delete(r->object, CONDITION_VERIFIED);
        return STEP_NEXT;
    }
    return not_verified(r, false, "VerificationError",
                        "signature verification is not supported by this version");
}
