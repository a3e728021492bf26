// SPDX-License-Identifier: Apache-2.0
// The kinds that commands name, and what tables show of their objects.
#include "deploy/cli/cli.h"

#include <ctype.h>
#include <strings.h>

#define SOURCE_GROUP "source.toolkit.fluxcd.io", "v1"
#define SOURCE_FLAGS (CLI_SOURCE | CLI_SUSPENDS | CLI_RECONCILES | CLI_SHORT_HEX)
#define ARTIFACT "status.artifact.revision"

/* In the order of `flux get all`. */
const struct cli_kind cli_kinds[] = {
    { "sources oci",
      "source oci",
      "source oci",
      { SOURCE_GROUP, "OCIRepository", "ocirepositories", true },
      SOURCE_FLAGS,
      ARTIFACT,
      "fetched revision %s" },
    { "sources bucket",
      "source bucket",
      "source bucket",
      { SOURCE_GROUP, "Bucket", "buckets", true },
      SOURCE_FLAGS,
      ARTIFACT,
      "fetched revision %s" },
    { "sources git",
      "source git",
      "source git",
      { SOURCE_GROUP, "GitRepository", "gitrepositories", true },
      SOURCE_FLAGS,
      ARTIFACT,
      "fetched revision %s" },
    { "sources helm",
      "source helm",
      "source helm",
      { SOURCE_GROUP, "HelmRepository", "helmrepositories", true },
      SOURCE_FLAGS,
      ARTIFACT,
      "fetched revision %s" },
    { "sources chart",
      "source chart",
      "source chart",
      { SOURCE_GROUP, "HelmChart", "helmcharts", true },
      CLI_SOURCE | CLI_SUSPENDS | CLI_RECONCILES | CLI_SHORT_MESSAGE,
      ARTIFACT,
      "fetched revision %s" },
    { "sources external",
      "source external",
      "source external",
      { SOURCE_GROUP, "ExternalArtifact", "externalartifacts", true },
      CLI_SOURCE | CLI_SHORT_HEX | CLI_OWN_TABLE,
      ARTIFACT,
      NULL },
    { "images repository",
      "image repository",
      "image repository",
      { "image.toolkit.fluxcd.io", "v1", "ImageRepository", "imagerepositories", true },
      CLI_SUSPENDS | CLI_RECONCILES | CLI_OWN_TABLE,
      NULL,
      "scan fetched %s tags" },
    { "images policy",
      "image policy",
      "image policy",
      { "image.toolkit.fluxcd.io", "v1", "ImagePolicy", "imagepolicies", true },
      CLI_SUSPENDS | CLI_RECONCILES | CLI_OWN_TABLE,
      NULL,
      "selected ref %s" },
    { "images update",
      "image update",
      "image update",
      { "image.toolkit.fluxcd.io", "v1", "ImageUpdateAutomation", "imageupdateautomations", true },
      CLI_SUSPENDS | CLI_RECONCILES | CLI_OWN_TABLE,
      NULL,
      NULL },
    { "helmreleases|helmrelease|hr",
      "helmrelease|hr",
      "helmrelease",
      { "helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases", true },
      CLI_SUSPENDS | CLI_RECONCILES,
      "status.history.0.chartVersion",
      "applied revision %s" },
    { "kustomizations|kustomization|ks",
      "kustomization|ks",
      "kustomization",
      { "kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations", true },
      CLI_SUSPENDS | CLI_RECONCILES | CLI_SHORT_HEX,
      "status.lastAppliedRevision",
      "applied revision %s" },
    { "receivers|receiver",
      "receiver",
      "receiver",
      { "notification.toolkit.fluxcd.io", "v1", "Receiver", "receivers", true },
      CLI_SUSPENDS | CLI_RECONCILES | CLI_OWN_TABLE,
      NULL,
      NULL },
    { "alert-providers|alert-provider",
      "alert-provider",
      "alert provider",
      { "notification.toolkit.fluxcd.io", "v1beta3", "Provider", "providers", true },
      CLI_STATIC | CLI_OWN_TABLE,
      NULL,
      NULL },
    { "alerts|alert",
      "alert",
      "alert",
      { "notification.toolkit.fluxcd.io", "v1beta3", "Alert", "alerts", true },
      CLI_STATIC | CLI_SUSPENDS | CLI_OWN_TABLE,
      NULL,
      NULL },
    { 0 },
};

// Is `word` one of the alternatives of "a|b|c"?
static bool one_of(struct str alternatives, const char *word) {
    struct str one;
    while (str_split(&alternatives, '|', &one))
        if (str_is(one, word))
            return true;
    return false;
}

// "sources" also answers to "source", as upstream's singular aliases do.
static bool first_word_is(struct str want, const char *word) {
    return str_is(want, word) || (str_ends(want, "s") && str_is(str_sub(want, 0, want.n - 1), word));
}

const struct cli_kind *cli_kind_find(size_t n, const char *const *words, bool plural, size_t *n_used) {
    for (const struct cli_kind *k = cli_kinds; k->words && n; k++) {
        struct str form = str_of(plural ? k->words : k->word), first;
        ptrdiff_t space = str_chr(form, ' ');
        if (space < 0) {
            if (one_of(form, words[0]))
                return *n_used = 1, k;
            continue;
        }
        first = str_sub(form, 0, (size_t)space);
        bool match = plural ? first_word_is(first, words[0]) : str_is(first, words[0]);
        if (match && n > 1 && str_is(str_sub(form, (size_t)space + 1, form.n), words[1]))
            return *n_used = 2, k;
    }
    return NULL;
}

const struct cli_kind *cli_kind_of(const char *kind) {
    for (const struct cli_kind *k = cli_kinds; k->words; k++)
        if (strcasecmp(k->resource.kind, kind) == 0)
            return k;
    return NULL;
}

bool cli_kind_is_static(const struct cli_kind *k, const struct value *object) {
    if (k->flags & CLI_STATIC)
        return true;
    return text_eq(k->resource.kind, "HelmRepository") &&
           text_eq(value_text_at(object, "spec", "type", NULL), "oci");
}

const char *cli_ready(const struct cli_kind *k, const struct value *object) {
    if (cli_kind_is_static(k, object))
        return "True";
    const char *status = object_condition_status(object, "Ready");
    return *status ? status : "False";
}

const char *cli_message(const struct cli_kind *k, const struct value *object) {
    if (text_eq(k->resource.kind, "Alert"))
        return "Alert is Ready";
    if (text_eq(k->resource.kind, "Provider"))
        return "Provider is Ready";
    if (cli_kind_is_static(k, object))
        return "Helm repository is Ready";
    const struct value *ready = object_condition(object, "Ready");
    return ready ? value_text(value_get(ready, "message"), "") : "waiting to be reconciled";
}

// A dotted path below the object; numbers index lists.
static const struct value *dotted(const struct value *v, const char *path) {
    struct str rest = str_of(path), key;
    while (v && str_split(&rest, '.', &key)) {
        uint64_t at;
        v = value_is(v, VALUE_LIST) ? (str_to_u64(key, &at) ? value_item(v, at) : NULL) : value_get_n(v, key);
    }
    return v;
}

const char *cli_revision(const struct cli_kind *k, const struct value *object) {
    const char *text = k->revision ? value_text(dotted(object, k->revision), NULL) : NULL;
    if (!text && text_eq(k->resource.kind, "HelmRelease"))
        text = value_text_at(object, "status", "lastAttemptedRevision", NULL);
    return text ? text : "";
}

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

char *cli_short_hex(struct arena *a, const char *text) {
    autobuf b = { 0 };
    for (size_t i = 0; text[i];) {
        size_t n = 0;
        if (i == 0 || !is_word(text[i - 1]))
            while (is_hex(text[i + n]))
                n++;
        bool whole = n >= 40 && n <= 128 && !is_word(text[i + n]);
        size_t take = n ? n : 1;
        buf_add(&b, text + i, whole ? 8 : take);
        i += take;
    }
    return (char *)buf_to_arena(&b, a).p;
}
