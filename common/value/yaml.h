// SPDX-License-Identifier: Apache-2.0
/* YAML: reader on libyaml's events and writers whose bytes are those of the Go tools.
 *
 * Reader: scalars are resolved as Go's readers do (libraries.md, libyaml): YAML_GO_SIGS as sigs.k8s.io/yaml
 * (goyaml.v2 rules: yes/on are booleans, the last duplicate key wins, unless strict), YAML_GO_V3 as yaml.v3
 * (duplicate keys are an error, yes is a string). Merge keys (<<), anchors and aliases are expanded, within
 * LIMIT_YAML_ALIAS_NODES. Errors carry the line: "yaml: line 3: mapping values are not allowed in this
 * context".
 */
#ifndef VALUE_YAML_H
#define VALUE_YAML_H

#include "common/base/buf.h"
#include "common/value/value.h"

enum yaml_flags {
    YAML_GO_SIGS = 0,
    YAML_GO_V3 = 1,
    YAML_STRICT = 2, // duplicate keys are an error
};

// One document; further documents are ignored. An empty input gives VALUE_NULL.
must_check bool yaml_read(struct arena *a, struct str text, unsigned flags, struct value **out,
                          struct err *err);
// All documents, split as the parser sees them. *out is a VALUE_LIST.
must_check bool yaml_read_all(struct arena *a, struct str text, unsigned flags, struct value **out,
                              struct err *err);
/* The pieces of a stream between lines that begin with "---", before any parsing (k8s.io/apimachinery's YAMLReader). A
 * separator at the very start of a piece stays in it, as there, so that line numbers agree. Call until false; err is set when
 * something else than a comment follows "---" ("invalid Yaml document separator: x"). *rest starts as the whole text. */
bool yaml_split(struct str *rest, struct str *out, struct err *err);

enum yaml_write_flags {
    YAML_WRITE_SIGS =
        0, // sigs.k8s.io/yaml Marshal (and Helm's toYaml): keys sorted, indentation 2, lists not indented
    YAML_WRITE_KEEP_ORDER = 1,
    YAML_WRITE_V3 = 2,         // go.yaml.in/yaml/v3 scalar rules as kyaml writes (kustomize build)
    YAML_WRITE_STYLES = 4,     // scalar styles of the input are kept (kyaml)
    YAML_WRITE_WIDE_LISTS = 8, // lists in maps are indented (kyaml "wide" sequence style)
    YAML_WRITE_INDENT_4 = 16,  // yaml.v3's default of four columns (sops), with YAML_WRITE_WIDE_LISTS
    YAML_WRITE_PLAIN =
        32, // text marked VALUE_STYLE_PLAIN is written as it is: 80, n (printing a yaml.v3 node)
};
void yaml_write(struct buf *out, const struct value *v, unsigned flags);

#endif
