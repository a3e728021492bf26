// SPDX-License-Identifier: Apache-2.0
/* The YAML reader's state, and what it needs to turn events into values: scalars, keys, merges. Inside of the room. */
#ifndef VALUE_YAML_NODE_H
#define VALUE_YAML_NODE_H

#include <yaml.h>

#include "common/base/buf.h"
#include "common/base/map.h"
#include "common/value/map_index.h"

struct yaml_entry {
    struct value_pair pair;
    uint32_t line; // of the key, from 1
    bool merge;    // the key is <<
    bool value_is_alias;
};

struct yaml_reader {
    struct arena *a;
    struct err *err;
    struct str text;
    bool v3, strict;
    yaml_parser_t parser;
    bool begun;
    yaml_event_t event;
    bool have_event;
    unsigned depth;
    struct map anchors;          // name -> struct anchor
    size_t n_decoded, n_aliased; // nodes of this document, and those that came from aliases
    struct yaml_entry *entries;  // stack: the pairs of the maps that are open
    size_t n_entries, cap_entries;
    /* What is wrong with the meaning waits until the document is known to be well-formed: Go parses first, then decodes,
     * then converts to JSON. The first of each kind counts. */
    const char *failure;            // decoding stops
    struct buf type_errors;         // "\n  line 3: ..." each; decoding goes on
    const char *conversion;         // no JSON key
    const struct value *not_finite; // a number (no key) that JSON does not have
};

bool yaml_syntax_error(struct yaml_reader *r);
struct value *yaml_node_new(struct yaml_reader *r, enum value_type type);

// The value of the scalar event at hand.
must_check bool yaml_scalar_value(struct yaml_reader *r, struct value **out);
// At the end of a document: sets err when something was noted.
must_check bool yaml_verdict(struct yaml_reader *r);
// Is the event at hand the key << of a merge?
bool yaml_is_merge_key(const struct yaml_reader *r);
// Notes the first failure of decoding.
void yaml_fail(struct yaml_reader *r, const char *fmt, ...) printf_like(2, 3);
// The key as text, into e->pair.
void yaml_key_text(struct yaml_reader *r, const struct value *key, struct yaml_entry *e);
void yaml_entry_push(struct yaml_reader *r, const struct yaml_entry *e);
// What was noted before a map began: yaml.v3 does not look into a map with duplicate keys, and forgets the rest.
struct yaml_noted {
    const char *failure;
    size_t n_type_errors;
};
// Takes the entries from `base` on off the stack: merges and duplicates resolved.
void yaml_map_build(struct yaml_reader *r, struct value *map, size_t base, struct yaml_noted before);

#endif
