// SPDX-License-Identifier: Apache-2.0
/* .helmignore. Helm: pkg/ignore/rules.go: the first rule that matches decides; a negated rule that does not match ignores the
 * file at once. */
#include "common/helm/chart_internal.h"
#include "common/text/glob.h"

enum rule_scope { RULE_BASENAME, RULE_PATH };

struct ignore_rule {
    struct str pattern;
    enum rule_scope scope;
    bool negate, must_dir;
};

struct helmignore {
    struct ignore_rule *rules;
    size_t n, cap;
};

static bool add_rule(struct arena *a, struct helmignore *h, struct str line, struct err *err) {
    struct ignore_rule rule = { 0 };
    line = str_trim(line);
    if (!line.n || line.p[0] == '#')
        return true;
    if (str_find(line, STR("**")) >= 0)
        return err_set(err, ERR_INVALID, "double-star (**) syntax is not supported");
    if (glob_match(line, STR("abc")) == GLOB_BAD_PATTERN)
        return err_set(err, ERR_INVALID, "syntax error in pattern");
    if ((rule.negate = str_starts(line, "!")))
        line = str_sub(line, 1, line.n);
    if ((rule.must_dir = str_ends(line, "/")))
        line = str_sub(line, 0, line.n - 1);
    rule.scope = str_chr(line, '/') >= 0 ? RULE_PATH : RULE_BASENAME;
    rule.pattern = arena_str(a, str_starts(line, "/") ? str_sub(line, 1, line.n) : line);
    h->rules = arena_grow(a, h->rules, &h->cap, h->n + 1, sizeof *h->rules);
    h->rules[h->n++] = rule;
    return true;
}

bool helmignore_parse(struct arena *a, struct str text, struct helmignore **out, struct err *err) {
    struct helmignore *h = arena_new(a, struct helmignore);
    struct str rest = chart_without_bom(text), line;
    while (str_split(&rest, '\n', &line))
        if (!add_rule(a, h, line, err))
            return false;
    if (!add_rule(a, h, STR("templates/.?*"), err))
        return false;
    return *out = h, true;
}

static bool rule_matches(const struct ignore_rule *rule, struct str path) {
    ptrdiff_t slash = str_rchr(path, '/');
    struct str name = rule->scope == RULE_BASENAME ? str_sub(path, (size_t)(slash + 1), path.n) : path;
    return glob_match(rule->pattern, name) == GLOB_MATCH;
}

bool helmignore_match(const struct helmignore *h, struct str path, bool is_dir) {
    for (size_t i = 0; i < h->n; i++) {
        const struct ignore_rule *rule = &h->rules[i];
        bool fits = !rule->must_dir || is_dir;
        if (rule->negate ? !fits || !rule_matches(rule, path) : fits && rule_matches(rule, path))
            return true;
    }
    return false;
}
