// SPDX-License-Identifier: Apache-2.0
/* GitRepository: the table of its spec, its steps and its ending.
 * Flux: source-controller internal/controller/gitrepository_controller.go */
#include "source-controller/gitrepository.h"

#include "common/base/log.h"
#include "common/base/timeutil.h"
#include "common/runtime/park.h"

#define S struct git_ref_spec
static const struct field ref_fields[] = {
    { "branch", STRING(S, branch) }, { "tag", STRING(S, tag) },       { "semver", STRING(S, semver) },
    { "name", STRING(S, name) },     { "commit", STRING(S, commit) }, { 0 },
};
#undef S
#define S struct git_verify_spec
static const struct field verify_fields[] = {
    { "mode", STRING(S, mode), .value_if_absent = "HEAD", .one_of = "head|HEAD|Tag|TagAndHEAD" },
    { "secretRef", NAME_REF(S, secret), .flags = FIELD_REQUIRED },
    { 0 },
};
#undef S
#define S struct git_include
static const struct field include_fields[] = {
    { "repository", NAME_REF(S, repository), .flags = FIELD_REQUIRED },
    { "fromPath", STRING(S, from_path) },
    { "toPath", STRING(S, to_path) },
    { 0 },
};
#undef S
#define S struct gitrepository_spec
static const struct field gitrepository_fields[] = {
    { "url", STRING(S, url), .flags = FIELD_REQUIRED },
    { "interval", DURATION(S, interval_ns), .flags = FIELD_REQUIRED },
    { "timeout", DURATION(S, timeout_ns), .value_if_absent = "60s" },
    { "secretRef", NAME_REF(S, secret) },
    { "proxySecretRef", NAME_REF(S, proxy_secret) },
    { "provider", STRING(S, provider), .value_if_absent = "generic", .one_of = "generic|aws|azure|github" },
    { "serviceAccountName", STRING(S, service_account) },
    { "ref", OBJECT(S, ref, struct git_ref_spec), .fields = ref_fields },
    { "verify", OBJECT(S, verify, struct git_verify_spec), .fields = verify_fields },
    { "ignore", STRING(S, ignore), .flags = FIELD_NULLABLE },
    { "include", OBJECTS(S, include, n_include, struct git_include), .fields = include_fields },
    { "recurseSubmodules", BOOL(S, recurse_submodules) },
    { "sparseCheckout", STRINGS(S, sparse) },
    { 0 },
};
#undef S

static const char *const fail_conditions[] = { CONDITION_FETCH_FAILED, CONDITION_INCLUDE_UNAVAILABLE,
                                               CONDITION_STORAGE_FAILED, NULL };

static const struct condition_row summary[] = {
    { CONDITION_STORAGE_FAILED, true },
    { CONDITION_FETCH_FAILED, true },
    { CONDITION_INCLUDE_UNAVAILABLE, true },
    { CONDITION_OUTDATED, true },
    { CONDITION_IN_STORAGE, false },
    { CONDITION_VERIFIED, false },
    { CONDITION_STALLED, true },
    { CONDITION_RECONCILING, true },
    { 0 },
};

static const struct metric metric_fetches = {
    "runnel_git_fetches_total", "Fetches of Git repositories by result.", METRIC_COUNTER, { "result" }, NULL
};

char *secure_path(struct arena *a, const char *path) {
    char **parts = arena_array(a, char *, strlen(path) / 2 + 2);
    size_t n = 0;
    struct str rest = str_of(path), part;
    while (str_split(&rest, '/', &part)) {
        if (str_is(part, ".."))
            n -= n > 0;
        else if (part.n > 0 && !str_is(part, "."))
            parts[n++] = arena_text(a, part.p, part.n);
    }
    char *out = arena_strdup(a, n > 0 ? parts[0] : ".");
    for (size_t i = 1; i < n; i++)
        out = arena_fmt(a, "%s/%s", out, parts[i]);
    return out;
}

char *git_cache_dir(struct run *r, const char *module_url) {
    char *base = storage_cache_dir(r->a, source_storage(), r->kind->name, r->ns, r->name);
    struct digest d;
    if (!module_url)
        return arena_fmt(r->a, "%srepository", base);
    digest_of(DIGEST_SHA256, str_of(module_url), &d);
    return arena_fmt(r->a, "%smodule-%.32s", base, digest_hex(r->a, &d));
}

/* ---- steps ---- */

static enum step_result step_start(struct run *r) {
    struct git_state *st = git_state(r);
    const struct git_ref_spec *ref = git_spec(r)->ref;
    st->before = value_copy(r->a, r->object);
    st->ref = ref ? *ref
                  : (struct git_ref_spec) { .branch = "", .tag = "", .semver = "", .name = "", .commit = "" };
    bool other = *st->ref.commit || *st->ref.name || *st->ref.tag || *st->ref.semver;
    if (!*st->ref.branch && !other)
        st->ref.branch = "master";
    return STEP_NEXT;
}

// The artifact of each included repository. Missing ones are waited for, and woken by.
static enum step_result find_includes(struct run *r) {
    const struct gitrepository_spec *spec = git_spec(r);
    struct git_state *st = git_state(r);
    st->includes = arena_array(r->a, const struct value *, spec->n_include);
    for (size_t i = 0; i < spec->n_include; i++) {
        const char *name = spec->include[i].repository;
        const struct value *other = runtime_find(r->rt, r->a, "GitRepository", r->ns, name);
        st->includes[i] = source_artifact(other);
        if (st->includes[i])
            continue;
        const char *reason = other ? "NoArtifact" : "NotFound";
        char *message = other ? arena_fmt(r->a, "no artifact available for include '%s'", name)
                              : arena_fmt(r->a,
                                          "could not get resource for include '%s': "
                                          "gitrepositories.source.toolkit.fluxcd.io \"%s\" not found",
                                          name, name);
        run_set(r, CONDITION_INCLUDE_UNAVAILABLE, CONDITION_TRUE, reason, "%s", message);
        run_event(r, EVENT_TRACE, reason, "%s", message);
        park_on_ready(r, "GitRepository", r->ns, name, other ? object_resource_version(other) : "");
        return run_wait(r, 0, reason, "%s", message);
    }
    condition_delete(r->object, CONDITION_INCLUDE_UNAVAILABLE);
    return STEP_NEXT;
}

static bool text_field_equal(const struct value *x, const struct value *y, const char *key) {
    return text_eq(value_text(value_get(x, key), ""), value_text(value_get(y, key), ""));
}

static bool include_equal(const struct value *x, const struct value *y) {
    return text_field_equal(value_get(x, "repository"), value_get(y, "repository"), "name") &&
           text_field_equal(x, y, "fromPath") && text_field_equal(x, y, "toPath");
}

static bool includes_changed(const struct run *r) {
    const struct value *now = value_at(r->object, "spec", "include", NULL);
    const struct value *observed = value_get(r->status, "observedInclude");
    const struct value *artifacts = value_get(r->status, "includedArtifacts");
    size_t n = value_len(now);
    if (n != value_len(observed) || n != value_len(artifacts))
        return true;
    for (size_t i = 0; i < n; i++) {
        const struct value *was = value_item(artifacts, i), *is = git_state(r)->includes[i];
        if (!include_equal(value_item(now, i), value_item(observed, i)) ||
            !text_field_equal(was, is, "revision") || !text_field_equal(was, is, "digest"))
            return true;
    }
    return false;
}

static bool strings_equal(const struct value *x, const struct value *y) {
    size_t n = value_len(x);
    for (size_t i = 0; i < n && n == value_len(y); i++)
        if (!text_eq(value_text(value_item(x, i), ""), value_text(value_item(y, i), "")))
            return false;
    return n == value_len(y);
}

// Flux: gitContentConfigChanged
static bool config_changed(const struct run *r) {
    const char *observed_ignore = value_text(value_get(r->status, "observedIgnore"), NULL);
    const char *ignore = git_spec(r)->ignore;
    if (!ignore != !observed_ignore || !text_eq(ignore, observed_ignore))
        return true;
    if (git_spec(r)->recurse_submodules !=
        value_bool_or(value_get(r->status, "observedRecurseSubmodules"), false))
        return true;
    if (!strings_equal(value_at(r->object, "spec", "sparseCheckout", NULL),
                       value_get(r->status, "observedSparseCheckout")))
        return true;
    return includes_changed(r) || git_verification_is_due(r);
}

// "main/<hex>" and "HEAD/<hex>" of old Flux versions in today's form. Flux: pkg/git TransformRevision
static const char *modern_revision(struct arena *a, const char *revision) {
    const char *slash = strrchr(revision, '/');
    struct repo_oid oid;
    if (strchr(revision, '@') || strchr(revision, ':') || !slash || !repo_oid_parse(str_of(slash + 1), &oid))
        return revision;
    if (text_starts(revision, "HEAD/"))
        return arena_fmt(a, "sha1:%s", slash + 1);
    return arena_fmt(a, "%.*s@sha1:%s", (int)(slash - revision), revision, slash + 1);
}

static bool has_revision(const struct run *r) {
    const char *revision = value_text(value_get(source_artifact(r->object), "revision"), NULL);
    return revision && text_eq(modern_revision(r->a, revision), git_state(r)->revision);
}

// Nothing that goes into the artifact is other than it was.
static bool nothing_changed(struct run *r) {
    return has_revision(r) && condition_is(r->object, CONDITION_IN_STORAGE, CONDITION_TRUE) &&
           !config_changed(r);
}

static void mark_stored(struct run *r) {
    condition_delete(r->object, CONDITION_OUTDATED);
    run_set(r, CONDITION_IN_STORAGE, CONDITION_TRUE, REASON_SUCCEEDED, "stored artifact for revision '%s'",
            value_text(value_get(source_artifact(r->object), "revision"), ""));
}

static void count_fetch(struct run *r, const char *result) {
    metrics_add(runtime_metrics(r->rt), &metric_fetches, 1, result);
}

static enum step_result checkout(struct run *r, const struct repo_remote *remote) {
    bool noop = false;
    struct git_state *st = git_state(r);
    enum git_checkout_result result = git_checkout(r, remote, nothing_changed, &noop);
    count_fetch(r, result == GIT_CHECKOUT_FAILED ? "failed" : noop ? "noop" : "fetched");
    if (result == GIT_CHECKOUT_FAILED)
        return source_fail(r, CONDITION_FETCH_FAILED, REASON_GIT_FAILED,
                           "failed to checkout and determine revision: %s", r->err.msg);
    if (result == GIT_CHECKOUT_EMPTY)
        return source_fail(r, CONDITION_FETCH_FAILED, "EmptyGitRepository", "git repository is empty");
    if (noop) {
        log_debug(
            arena_fmt(r->a, "no changes since last reconciliation: observed revision '%s'", st->revision));
        condition_delete(r->object, CONDITION_FETCH_FAILED);
        mark_stored(r);
        if (!git_spec(r)->verify)
            (void)git_step_verify(r); // removes what it said earlier
        return STEP_DONE;
    }
    condition_delete(r->object, CONDITION_FETCH_FAILED);
    return STEP_NEXT;
}

static enum step_result step_source(struct run *r) {
    const struct gitrepository_spec *spec = git_spec(r);
    struct url url = { 0 };
    if (condition_is(r->object, CONDITION_VERIFIED, CONDITION_FALSE))
        condition_delete(r->object, CONDITION_VERIFIED);
    if (!url_parse(r->a, spec->url, &url, &r->err))
        return source_stall(r, CONDITION_FETCH_FAILED, "URLInvalid", "failed to parse url '%s': %s",
                            url_redacted(r->a, spec->url), r->err.msg);
    struct repo_remote remote = {
        .url = spec->url,
        .http = runtime_http(r->rt),
        .deadline_ns = now_mono_ns() + spec->timeout_ns,
        .ssh_kex_algos = source_flags()->ssh_kex_algos,
        .ssh_hostkey_algos = source_flags()->ssh_hostkey_algos,
        .use_env_proxy = true,
    };
    enum step_result result = git_auth(r, &remote);
    if (result == STEP_NEXT)
        result = find_includes(r);
    if (result == STEP_NEXT)
        result = checkout(r, &remote);
    git_auth_wipe(r);
    return result;
}

static enum step_result step_sparse(struct run *r) {
    if (!git_check_sparse(r, &r->err))
        return source_fail(r, CONDITION_FETCH_FAILED, REASON_GIT_FAILED,
                           "failed to sparse checkout directories : %s", r->err.msg);
    return STEP_NEXT;
}

static enum step_result step_outdated(struct run *r) {
    const char *revision = git_state(r)->revision;
    if (has_revision(r))
        return STEP_NEXT;
    if (source_artifact(r->object))
        run_set(r, CONDITION_OUTDATED, CONDITION_TRUE, "NewRevision", "new upstream revision '%s'", revision);
    run_progress(r, true, REASON_PROGRESSING, "building artifact: new upstream revision '%s'", revision);
    return STEP_NEXT;
}

static enum step_result step_artifact(struct run *r) {
    if (has_revision(r) && !config_changed(r)) {
        mark_stored(r);
        return STEP_NEXT;
    }
    enum step_result result = git_step_artifact(r);
    if (result == STEP_NEXT)
        mark_stored(r);
    return result;
}

static const struct step steps[] = {
    { "start", step_start },
    { "storage", source_step_storage, .fail_reason = "StatOperationFailed" },
    { "source", step_source, .fail_reason = REASON_GIT_FAILED },
    { "sparse", step_sparse, .fail_reason = REASON_GIT_FAILED },
    { "verify", git_step_verify, .fail_reason = "VerificationError" },
    { "outdated", step_outdated },
    { "artifact", step_artifact, .fail_reason = "ArchiveOperationFailed" },
    { 0 },
};

/* ---- the end ---- */

// The first line of the commit message, at most 50 characters. Flux: pkg/git Commit.ShortMessage
static char *short_message(struct arena *a, const char *message) {
    size_t n = strcspn(message, "\n"), at = 0;
    for (size_t chars = 0; at < n; chars++) {
        if (chars == 50)
            return arena_fmt(a, "%.*s...", (int)at, message);
        for (at++; at < n && ((unsigned char)message[at] & 0xc0) == 0x80;)
            at++;
    }
    return arena_text(a, message, n);
}

static void gitrepository_finish(struct run *r, enum step_result result) {
    struct git_state *st = r->state;
    source_finish(r, result);
    if ((result != STEP_NEXT && result != STEP_DONE) || !st || !st->before)
        return;
    const char *what = st->fetched ? short_message(r->a, st->commit.message) : st->revision;
    source_notify(r, st->before, fail_conditions, arena_fmt(r->a, "stored artifact for commit '%s'", what));
}

/* ---- included repositories ---- */

static void gitrepository_refs(struct ref_list *out, const struct value *object) {
    const struct value *include = value_at(object, "spec", "include", NULL);
    for (size_t i = 0; i < value_len(include); i++)
        ref_add(out, "GitRepository", object_ns(object),
                value_text_at(value_item(include, i), "repository", "name", NULL));
}

/* A new artifact starts those that include it (upstream's documentation promises it, its code waits for their interval). Repositories that
 * include others themselves start nobody: two that include each other would never come to rest. */
static bool included_artifact_changed(const struct value *before, const struct value *after) {
    const struct value *was = source_artifact(before), *is = source_artifact(after);
    if (!is || value_len(value_at(after, "spec", "include", NULL)) > 0)
        return false;
    return !text_field_equal(was, is, "revision") || !text_field_equal(was, is, "digest");
}

static const struct kind_watch watches[] = {
    { .group = SOURCE_GROUP,
      .version = "v1",
      .name = "GitRepository",
      .plural = "gitrepositories",
      .relevant = included_artifact_changed },
    { 0 },
};

const struct kind kind_gitrepository = {
    .group = SOURCE_GROUP,
    .version = "v1",
    .name = "GitRepository",
    .plural = "gitrepositories",
    .spec_size = sizeof(struct gitrepository_spec),
    .fields = gitrepository_fields,
    .state_size = sizeof(struct git_state),
    .steps = steps,
    .on_delete = source_delete,
    .finish = gitrepository_finish,
    .summary = summary,
    .refs = gitrepository_refs,
    .watches = watches,
};
