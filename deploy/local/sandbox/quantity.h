// SPDX-License-Identifier: Apache-2.0
/* Quantities ("500m", "1Gi", "1e3") in the canonical form in which the API server gives them back.
 *
 * Source: k8s.io/apimachinery pkg/api/resource/quantity.go. Limits: what fits 18 digits and the suffixes n to E, Ki to Ei;
 * longer numbers stay as they were written.
 */
#ifndef SANDBOX_QUANTITY_H
#define SANDBOX_QUANTITY_H

#include "common/base/arena.h"

// The canonical form, in `a`. NULL: not a quantity.
const char *quantity_canonical(struct arena *a, const char *text);
/* value of `text` in thousandths (rounded up). false: not a quantity, or too large. */
must_check bool quantity_milli(const char *text, int64_t *out);

#endif
