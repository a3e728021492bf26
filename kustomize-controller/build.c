// SPDX-License-Identifier: Apache-2.0
/* Step build: download the artifact, build the manifests, substitute variables, make objects.
 * A failure here leaves no entry in the history and touches nothing in the cluster.
 * Flux: kustomization_controller.go#reconcile (up to ReadObjects), #build */
#include "kustomize-controller/kustomization.h"

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/base/timeutil.h"
#include "common/crypto/digest.h"
#include "common/fileset/fileset.h"
#include "common/kustomize/kustomize.h"
#include "common/value/json.h"

void ks_progress(struct run *r, const char *what) {
    run_set(r, CONDITION_READY, CONDITION_UNKNOWN, REASON_PROGRESSING, "Reconciliation in progress");
    run_set(r, CONDITION_RECONCILING, CONDITION_TRUE, REASON_PROGRESSING,
            "%s for revision %s with a timeout of %s", what, ks_state(r)->revision,
            duration_fmt(r->a, ks_timeout(ks_spec(r))));
}

/* ---- artifact ---- */

static enum step_result fetch(struct run *r, struct fileset **out) {
    struct err err = { .a = r->a };
    autoremote struct remote_scope scope = remote_enter(r->rt);
    if (artifact_fetch(r->rt, r->a, &ks_state(r)->artifact, out, &err))
        return STEP_NEXT;
    if (err.code == 404)
        return run_wait(r, 0, REASON_ARTIFACT_FAILED,
                        "Source is not ready, artifact not found, retrying in %s",
                        duration_fmt(r->a, runtime_flags(r->rt)->requeue_dependency_ns));
    return run_fail(r, err.kind, REASON_ARTIFACT_FAILED, "%s", err.msg);
}

// spec.path as Go's securejoin has it: it cannot lead out of the artifact.
static const char *dir_of(struct arena *a, const char *path) {
    struct buf clean = { 0 };
    struct str rest = str_of(path), part;
    while (rest.n && str_split(&rest, '/', &part)) {
        if (!part.n || str_is(part, "."))
            continue;
        if (str_is(part, "..")) {
            while (clean.n && clean.p[--clean.n] != '/')
                continue;
            continue;
        }
        if (clean.n)
            buf_putc(&clean, '/');
        buf_put_str(&clean, part);
    }
    struct str text = buf_to_arena(&clean, a);
    return text.n ? text.p : ".";
}

static enum step_result check_path(struct run *r, struct fileset *fs, const char *dir) {
    struct fileset_entry entry;
    struct err err = { .a = r->a };
    if (fileset_stat(r->a, fs, dir, &entry, &err))
        return STEP_NEXT;
    if (err.kind == ERR_NOT_FOUND)
        return run_fail(r, err.kind, REASON_ARTIFACT_FAILED,
                        "kustomization path not found: stat /%s: no such file or directory", dir);
    return run_fail(r, err.kind, REASON_ARTIFACT_FAILED, "kustomization path not found: %s", err.msg);
}

/* ---- building ---- */

static bool run_engine(struct run *r, struct fileset *fs, const char *dir, struct kustomize_result *out,
                       struct err *err) {
    struct value *file;
    const char *name;
    if (!ks_generate(r->a, fs, dir, ks_spec(r), &file, &name, err))
        return false;
    struct kustomize_remote remote = ks_remote(r);
    struct kustomize_options options = {
        .remote = &remote,
        .load_anywhere = true,
        .default_order = KUSTOMIZE_ORDER_FIFO,
        .openapi_adds = true,
        .root_lenient = true,
        .root_file = file,
        .root_file_name = name,
    };
    if (!kustomize_build(r->a, fs, dir, &options, out, err))
        return err_wrap(err, "kustomize build failed");
    return true;
}

// As kustomize prints a kind: "ConfigMap.v1.[noGrp]".
static const char *gvk_text(struct arena *a, const struct value *o) {
    struct kube_gvk gvk = object_gvk(a, o);
    return arena_fmt(a, "%s.%s.%s", text_empty(gvk.kind) ? "[noKind]" : gvk.kind,
                     text_empty(gvk.version) ? "[noVer]" : gvk.version,
                     text_empty(gvk.group) ? "[noGrp]" : gvk.group);
}

static bool finish_objects(struct run *r, struct kustomize_result *built, struct err *err) {
    struct value *vars = NULL;
    for (size_t i = 0; i < built->n_objects; i++) {
        struct value *o = built->objects[i];
        if (text_empty(object_name(o)) || text_empty(object_kind(o)) || text_empty(object_api_version(o)))
            return err_set(err, ERR_INVALID, "failed to decode Kubernetes apiVersion, kind and name from: %s",
                           json_text(r->a, o, JSON_SORT_KEYS).p);
        const char *subject = arena_fmt(r->a, "%s/%s", gvk_text(r->a, o), object_name(o));
        if (ks_spec(r)->post_build && !ks_substitute(r, &vars, &built->objects[i], err))
            return err_wrap(err, "post build failed for '%s'", subject);
    }
    return true;
}

static bool note_digest(struct run *r, const struct kustomize_result *built, struct err *err) {
    autobuf text = { 0 };
    struct digest digest;
    if (!kustomize_write(&text, built->objects, built->n_objects, err))
        return err_wrap(err, "kustomize build failed");
    digest_of(DIGEST_SHA256, buf_str(&text), &digest);
    ks_state(r)->digest = digest_text(r->a, &digest);
    return true;
}

static void label_all(struct run *r, struct value *objects) {
    for (size_t i = 0; i < value_len(objects); i++) {
        object_set_label(r->a, value_item(objects, i), GROUP "/name", r->name);
        object_set_label(r->a, value_item(objects, i), GROUP "/namespace", r->ns);
    }
}

static bool build(struct run *r, struct fileset *fs, const char *dir, struct err *err) {
    struct ks_state *st = ks_state(r);
    struct kustomize_result built = { 0 };
    if (value_is(ks_spec(r)->decryption, VALUE_MAP))
        return err_set(
            err, ERR_UNSUPPORTED,
            "spec.decryption is not supported by this version: SOPS-encrypted files cannot be decrypted");
    if (!run_engine(r, fs, dir, &built, err) || !finish_objects(r, &built, err) ||
        !note_digest(r, &built, err))
        return false;
    struct value *list = value_list(r->a);
    for (size_t i = 0; i < built.n_objects; i++)
        value_append(r->a, list, built.objects[i]);
    if (!apply_flatten(r->a, list, &st->objects, err))
        return false;
    label_all(r, st->objects);
    return true;
}

enum step_result step_build(struct run *r) {
    struct ks_state *st = ks_state(r);
    struct err err = { .a = r->a };
    autofileset *fs = NULL;
    bool is_new = !condition_has(r->object, CONDITION_READY);
    ks_progress(r, "Fetching manifests");
    if (is_new && !status_flush(r, &err)) // observers of a new object see that it is taken care of
        return run_fail(r, err.kind, REASON_RECONCILE_FAILED, "failed to update status: %s", err.msg);
    st->old_inventory = value_at(r->before, "status", "inventory", NULL);
    st->healthy_before = condition_is(r->before, CONDITION_HEALTHY, CONDITION_TRUE);
    enum step_result result = fetch(r, &fs);
    if (result != STEP_NEXT)
        return result;
    const char *dir = dir_of(r->a, ks_spec(r)->path);
    result = check_path(r, fs, dir);
    if (result != STEP_NEXT)
        return result;
    value_set(r->a, r->status, "lastAttemptedRevision", value_string(r->a, st->revision));
    ks_progress(r, "Building manifests");
    autotarget target = { 0 };
    if (!ks_target_open(r, &target, &err)) {
        r->fail_message = arena_fmt(r->a, "failed to build kube client: %s", err.msg);
        return run_fail(r, err.kind, REASON_RECONCILE_FAILED, "%s", err.msg);
    }
    if (!build(r, fs, dir, &err))
        return run_fail(r, err.kind, REASON_BUILD_FAILED, "%s", err.msg);
    return STEP_NEXT;
}
