// SPDX-License-Identifier: Apache-2.0
/* What all source kinds share: flags and storage of the process, condition types, small helpers over status.artifact. */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "common/runtime/artifact.h"
#include "common/runtime/daemon.h"
#include "common/runtime/status.h"
#include "source-controller/storage.h"

#define SOURCE_GROUP "source.toolkit.fluxcd.io"

#define CONDITION_STORAGE_FAILED "StorageOperationFailed"
#define CONDITION_FETCH_FAILED "FetchFailed"
#define CONDITION_INCLUDE_UNAVAILABLE "IncludeUnavailable"
#define CONDITION_OUTDATED "ArtifactOutdated"
#define CONDITION_IN_STORAGE "ArtifactInStorage"
#define CONDITION_VERIFIED "SourceVerified"

#define REASON_AUTHENTICATION_FAILED "AuthenticationFailed"
#define REASON_GIT_FAILED "GitOperationFailed"

struct source_flags {
    const char *storage_path, *storage_addr, *storage_adv_addr, *artifact_digest_algo;
    const char *ssh_kex_algos, *ssh_hostkey_algos; // joined with commas; NULL = defaults
    struct flag_strings kex, hostkeys;
    int64_t retention_ttl_ns, retention_records;
    int64_t helm_index_max_size, helm_chart_max_size, helm_chart_file_max_size, helm_cache_max_size;
    int64_t helm_cache_ttl_ns, helm_cache_purge_interval_ns;
};
const struct source_flags *source_flags(void);
const struct storage *source_storage(void);

extern const struct kind kind_gitrepository, kind_ocirepository, kind_helmrepository, kind_helmchart,
    kind_bucket;

/* ---- conditions and failures ---- */
// Sets the (negative) condition True and fails the pass with the same reason and message; err of the step may be what is wrapped.
enum step_result source_fail(struct run *r, const char *condition, const char *reason, const char *fmt, ...)
    printf_like(4, 5);
enum step_result source_stall(struct run *r, const char *condition, const char *reason, const char *fmt, ...)
    printf_like(4, 5);

/* ---- artifacts ---- */
// NULL: no artifact.
const struct value *source_artifact(const struct value *object);
/* The first step of every kind: progress, storage check, garbage collection, the URL of the artifact. Flux: reconcileStorage */
enum step_result source_step_storage(struct run *r);
// Sets status.artifact from a finished write.
void source_set_artifact(struct run *r, const struct storage_write *w, const char *revision);
/* finish_summary, SourceVerified=False on top of it, and back-off when a success is not Ready. */
void source_finish(struct run *r, enum step_result result);
/* Event after success: NewArtifact when the digest is another one than `before` had, Succeeded when a failure is over.
 * fail_conditions end with NULL. */
void source_notify(struct run *r, const struct value *before, const char *const *fail_conditions,
                   const char *message);
enum step_result source_delete(struct run *r);

#endif
