// SPDX-License-Identifier: Apache-2.0
/* SOPS: decryption of documents that `sops` encrypted: data key from its recipients, values by AES-256-GCM.
 *
 * What it is     pure functions over values and texts; keys are given.
 * What it is not a verifier of the document's MAC: Kubernetes objects are changed before they are decrypted (upstream does not verify it either).
 *                Each value is authenticated by itself, with its path.
 * Key sources    age; OpenPGP where common/crypto has it. Cloud KMS and Vault recipients are named in the error when nothing else fits.
 * Secrets        messages name paths and recipients, never values. The caller wipes its keys.
 * Flux           kustomize-controller/internal/decryptor; getsops/sops stores, aes cipher
 */
#ifndef KUSTOMIZE_CONTROLLER_SOPS_H
#define KUSTOMIZE_CONTROLLER_SOPS_H

#include "common/crypto/age.h"
#include "common/value/value.h"

enum sops_format { SOPS_BINARY, SOPS_YAML, SOPS_JSON, SOPS_DOTENV, SOPS_INI };

struct sops_keys {
    struct age_identities age;
    // Decrypts an armored OpenPGP message; NULL: no PGP keys. Errors as its own.
    bool (*pgp_decrypt)(void *arg, struct arena *a, struct str message, struct str *out, struct err *err);
    void *pgp_arg;
};

// By extension; a name ending in .dockerconfigjson is JSON, any other one binary.
enum sops_format sops_format_of(const char *name);
// Does the text hold the marker of that format?
bool sops_text_is_encrypted(struct str text, enum sops_format format);
// Has the object a top-level `sops.mac`?
bool sops_is_encrypted(const struct value *object);

/* Decrypt a whole tree in place and remove its `sops` field.
 * Errors  `cannot get sops data key: ...`, `error decrypting sops tree: ...` */
must_check bool sops_decrypt(struct arena *a, struct value *tree, const struct sops_keys *keys,
                             struct err *err);
// Decrypt a text of format `in` and write it as `out_format`.
must_check bool sops_decrypt_text(struct arena *a, struct str text, enum sops_format in,
                                  enum sops_format out_format, const struct sops_keys *keys, struct str *out,
                                  struct err *err);

#endif
