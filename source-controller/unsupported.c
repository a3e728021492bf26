// SPDX-License-Identifier: Apache-2.0
/* Kinds that this version cannot fetch: each object says so, and nothing is claimed: no finalizer, no artifact.
 * A HelmRepository of type oci is static upstream, too: it is left alone without any status. */
#include "source-controller/source.h"

static enum step_result step_refuse(struct run *r) {
    return run_stall(r, "NotSupported",
                     "%s is not supported by this version of source-controller: nothing was fetched, and the "
                     "object is left as "
                     "it is",
                     r->kind->name);
}

static const struct step steps[] = {
    { "refuse", step_refuse, .fail_reason = "NotSupported" },
    { 0 },
};

static bool is_oci(const struct value *object) {
    return text_eq(value_text(value_at(object, "spec", "type", NULL), NULL), "oci");
}

#define UNSUPPORTED(kind_name, plural_name)                                                                  \
    .group = SOURCE_GROUP, .version = "v1", .name = kind_name, .plural = plural_name, .steps = steps,        \
    .no_finalizer = true

const struct kind kind_ocirepository = { UNSUPPORTED("OCIRepository", "ocirepositories") };
const struct kind kind_helmrepository = { UNSUPPORTED("HelmRepository", "helmrepositories"),
                                          .ignore = is_oci };
const struct kind kind_helmchart = { UNSUPPORTED("HelmChart", "helmcharts") };
const struct kind kind_bucket = { UNSUPPORTED("Bucket", "buckets") };
