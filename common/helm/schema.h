// SPDX-License-Identifier: Apache-2.0
/* JSON Schema: drafts 4, 6, 7, 2019-09 and 2020-12, with the words of santhosh-tekuri/jsonschema v6 as Helm prints them.
 *
 * What it is not a fetcher: references stay inside the document; one that leaves it is an error, `urn:` accepts all.
 * Limits  depth of evaluation and number of steps, so that a hostile schema ends with ERR_LIMIT.
 * Threads any.
 */
#ifndef HELM_SCHEMA_H
#define HELM_SCHEMA_H

#include "common/value/value.h"

/* Errors  ERR_INVALID: "- at '/a': got string, want integer\n- at ..." when the instance does not fit, else what is wrong
 *         with the schema. */
must_check bool schema_validate(struct arena *a, struct str schema_text, const struct value *instance,
                                struct err *err);

#endif
