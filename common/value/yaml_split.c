// SPDX-License-Identifier: Apache-2.0
// Documents of a YAML stream, by lines. Go: k8s.io/apimachinery/pkg/util/yaml/decoder.go#YAMLReader.Read
#include "common/value/yaml.h"

static struct str take_line(struct str *rest) {
    ptrdiff_t end = str_chr(*rest, '\n');
    struct str line = str_sub(*rest, 0, end < 0 ? rest->n : (size_t)end + 1);
    *rest = str_sub(*rest, line.n, rest->n);
    return line;
}

bool yaml_split(struct str *rest, struct str *out, struct err *err) {
    struct str piece = { rest->p, 0 };
    while (rest->n) {
        bool last = str_chr(*rest, '\n') < 0;
        struct str line = take_line(rest);
        if (str_starts(line, "---")) {
            struct str behind = str_trim(str_sub(line, 3, line.n));
            if (behind.n && behind.p[0] != '#')
                return err_set(err, ERR_INVALID, "invalid Yaml document separator: %.*s", (int)behind.n,
                               behind.p);
            if (piece.n) {
                *out = piece;
                return true;
            }
            if (last)
                return false;
        }
        piece.n += line.n;
    }
    *out = piece;
    return piece.n > 0;
}
