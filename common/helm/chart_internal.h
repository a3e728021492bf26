// SPDX-License-Identifier: Apache-2.0
/* What the files of chart loading share. Inside of the room. */
#ifndef HELM_CHART_INTERNAL_H
#define HELM_CHART_INTERNAL_H

#include "common/helm/chart.h"

#define CHART_MAX_DEPENDENCIES 10000

struct chart_loader {
    struct arena *a;
    struct err *err;
    uint64_t total_bytes; // unpacked so far, nested archives included
    size_t n_files;
    unsigned depth;
};

// As encoding/json names what it found: "object", "number".
const char *chart_json_type(const struct value *v);
// Without the checks; onto what is in *m already.
bool chart_metadata_decode(struct arena *a, struct str text, struct chart_metadata *m, struct err *err);
bool chart_build(struct chart_loader *l, const struct chart_files *files, struct chart **out);
bool chart_unpack(struct chart_loader *l, struct str bytes, struct chart_files *out);
struct str chart_without_bom(struct str s);

struct helmignore;
bool helmignore_parse(struct arena *a, struct str text, struct helmignore **out, struct err *err);
bool helmignore_match(const struct helmignore *rules, struct str path, bool is_dir);

#endif
