// SPDX-License-Identifier: Apache-2.0
// The data key of a SOPS document, from the `sops` metadata. Inside of the SOPS reader.
#ifndef KUSTOMIZE_CONTROLLER_SOPS_KEY_H
#define KUSTOMIZE_CONTROLLER_SOPS_KEY_H

#include "kustomize-controller/sops.h"

/* Tries each recipient that the keys may open; with key groups, as many groups as the threshold asks.
 * Errors: `cannot get sops data key: ...` with each recipient that was tried and why it failed. */
must_check bool sops_data_key(struct arena *a, const struct value *meta, const struct sops_keys *keys,
                              struct str *out, struct err *err);

#endif
