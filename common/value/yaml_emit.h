// SPDX-License-Identifier: Apache-2.0
/* The lower half of the YAML writer: columns, indentation, scalars in their five styles. Inside of the room.
 * It does what the emitters of go.yaml.in/yaml v2 and v3 do (both descend from libyaml's), byte for byte. */
#ifndef VALUE_YAML_EMIT_H
#define VALUE_YAML_EMIT_H

#include "common/base/buf.h"
#include "common/value/value.h"

struct yaml_emitter {
    struct buf *out;
    bool v3;
    size_t best_width;
    long column;
    long indent; // -1 before the document
    unsigned flow_level;
    bool whitespace; // the last character was a blank or line start
    bool indention;  // nothing but indentation on this line so far
};

// What a scalar's text allows.
struct yaml_analysis {
    bool multiline, flow_plain, block_plain, single_quoted, block;
};

void yaml_emit_init(struct yaml_emitter *e, struct buf *out, bool v3, size_t best_width);
void yaml_emit_indent(
    struct yaml_emitter *e); // to the current indentation, on a new line unless already there
void yaml_emit_indicator(struct yaml_emitter *e, const char *text, bool need_blank, bool is_blank,
                         bool is_indention);
struct yaml_analysis yaml_analyze(struct str s, bool v3);
// The style the emitter takes when `want` is asked for.
enum value_style yaml_pick_style(const struct yaml_emitter *e, struct str s, const struct yaml_analysis *an,
                                 enum value_style want, bool simple_key);
void yaml_emit_scalar(struct yaml_emitter *e, struct str s, enum value_style style, bool simple_key);

#endif
