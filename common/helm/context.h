// SPDX-License-Identifier: Apache-2.0
/* What templates see: .Values .Release .Chart .Capabilities .Files .Template .Subcharts (contract/helm.md 5). Inside of the room. */
#ifndef HELM_CONTEXT_H
#define HELM_CONTEXT_H

#include "common/helm/render.h"

struct helm_context { // of one chart
    const struct chart *chart;
    const char *full_path; // "root/charts/sub"
    struct tmap *root;     // dot
    struct helm_context *subs;
};

// The contexts of a chart and its subcharts, sharing one tree of values.
void helm_context_make(struct arena *a, const struct chart *c, const struct value *values,
                       const struct helm_render_options *options, struct helm_context *out);
// Sets .Template before a file is executed.
void helm_context_set_template(struct arena *a, struct helm_context *ctx, const char *name);

#endif
