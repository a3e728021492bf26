// SPDX-License-Identifier: Apache-2.0
/* OpenPGP verification on a dlopened librnp; see openpgp.h and libraries.md (librnp 0.16). */
#include "common/crypto/openpgp.h"

#include "common/base/file.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#define LIBRARY "librnp.so.0"
#define LOAD_PUBLIC_KEYS 1u // RNP_LOAD_SAVE_PUBLIC_KEYS

// The functions of rnp.h that are used; handles are opaque there, too. Results: 0 = success.
struct rnp {
    uint32_t (*ffi_create)(void **ffi, const char *public_format, const char *secret_format);
    uint32_t (*ffi_destroy)(void *ffi);
    uint32_t (*ffi_set_log_fd)(void *ffi, int fd);
    uint32_t (*input_from_memory)(void **input, const uint8_t *p, size_t n, bool copy);
    uint32_t (*input_destroy)(void *input);
    uint32_t (*load_keys)(void *ffi, const char *format, void *input, uint32_t flags);
    uint32_t (*get_public_key_count)(void *ffi, size_t *n);
    uint32_t (*verify_detached_create)(void **op, void *ffi, void *input, void *signature);
    uint32_t (*verify_execute)(void *op);
    uint32_t (*verify_destroy)(void *op);
    uint32_t (*signature_count)(void *op, size_t *n);
    uint32_t (*signature_at)(void *op, size_t i, void **signature);
    uint32_t (*signature_status)(void *signature);
    uint32_t (*signature_key)(void *signature, void **key);
    uint32_t (*key_is_primary)(void *key, bool *out);
    uint32_t (*key_fprint)(void *key, char **out);
    uint32_t (*key_primary_fprint)(void *key, char **out);
    uint32_t (*key_destroy)(void *key);
    void (*buffer_destroy)(void *p);
};

static const struct {
    const char *name;
    size_t offset;
} symbols[] = {
    { "rnp_ffi_create", offsetof(struct rnp, ffi_create) },
    { "rnp_ffi_destroy", offsetof(struct rnp, ffi_destroy) },
    { "rnp_ffi_set_log_fd", offsetof(struct rnp, ffi_set_log_fd) },
    { "rnp_input_from_memory", offsetof(struct rnp, input_from_memory) },
    { "rnp_input_destroy", offsetof(struct rnp, input_destroy) },
    { "rnp_load_keys", offsetof(struct rnp, load_keys) },
    { "rnp_get_public_key_count", offsetof(struct rnp, get_public_key_count) },
    { "rnp_op_verify_detached_create", offsetof(struct rnp, verify_detached_create) },
    { "rnp_op_verify_execute", offsetof(struct rnp, verify_execute) },
    { "rnp_op_verify_destroy", offsetof(struct rnp, verify_destroy) },
    { "rnp_op_verify_get_signature_count", offsetof(struct rnp, signature_count) },
    { "rnp_op_verify_get_signature_at", offsetof(struct rnp, signature_at) },
    { "rnp_op_verify_signature_get_status", offsetof(struct rnp, signature_status) },
    { "rnp_op_verify_signature_get_key", offsetof(struct rnp, signature_key) },
    { "rnp_key_is_primary", offsetof(struct rnp, key_is_primary) },
    { "rnp_key_get_fprint", offsetof(struct rnp, key_fprint) },
    { "rnp_key_get_primary_fprint", offsetof(struct rnp, key_primary_fprint) },
    { "rnp_key_handle_destroy", offsetof(struct rnp, key_destroy) },
    { "rnp_buffer_destroy", offsetof(struct rnp, buffer_destroy) },
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // librnp is used by one thread at a time

static bool load(struct rnp *rnp, struct err *err) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL); // stays loaded: the next call is cheap
    if (!library)
        return err_set(err, ERR_UNSUPPORTED,
                       "OpenPGP signatures cannot be verified: " LIBRARY " is not installed");
    for (size_t i = 0; i < countof(symbols); i++) {
        void *symbol = dlsym(library, symbols[i].name);
        if (!symbol)
            return err_set(err, ERR_UNSUPPORTED,
                           "OpenPGP signatures cannot be verified: " LIBRARY " has no %s", symbols[i].name);
        memcpy((char *)rnp + symbols[i].offset, &symbol, sizeof(symbol));
    }
    return true;
}

struct session {
    const struct rnp *rnp;
    void *ffi, *ring, *payload, *signature, *op;
};

static void session_done(struct session *s) {
    if (s->op)
        s->rnp->verify_destroy(s->op);
    void *const inputs[] = { s->ring, s->payload, s->signature };
    for (size_t i = 0; i < countof(inputs); i++)
        if (inputs[i])
            s->rnp->input_destroy(inputs[i]);
    if (s->ffi)
        s->rnp->ffi_destroy(s->ffi);
}

static bool open_ring(struct session *s, struct str ring) {
    const struct rnp *rnp = s->rnp;
    size_t n = 0;
    if (rnp->ffi_create(&s->ffi, "GPG", "GPG") != 0)
        return false;
    int null = open("/dev/null",
                    O_WRONLY | O_CLOEXEC); // it prints diagnostics otherwise; librnp closes the descriptor
    if (null >= 0 && rnp->ffi_set_log_fd(s->ffi, null) != 0)
        close(null);
    return rnp->input_from_memory(&s->ring, (const uint8_t *)ring.p, ring.n, false) == 0 &&
           rnp->load_keys(s->ffi, "GPG", s->ring, LOAD_PUBLIC_KEYS) == 0 &&
           rnp->get_public_key_count(s->ffi, &n) == 0 && n > 0;
}

// Last 16 digits of the primary key's fingerprint: the id of a version 4 key.
static const char *primary_key_id(struct arena *a, const struct rnp *rnp, void *signature) {
    void *key = NULL;
    char *fingerprint = NULL;
    bool primary = false;
    const char *id = NULL;
    if (rnp->signature_key(signature, &key) != 0 || !key)
        return NULL;
    if (rnp->key_is_primary(key, &primary) == 0 &&
        (primary ? rnp->key_fprint(key, &fingerprint) : rnp->key_primary_fprint(key, &fingerprint)) == 0 &&
        fingerprint && strlen(fingerprint) >= 16)
        id = arena_strdup(a, fingerprint + strlen(fingerprint) - 16);
    if (fingerprint)
        rnp->buffer_destroy(fingerprint);
    rnp->key_destroy(key);
    return id;
}

static const char *check(struct arena *a, struct session *s, struct str signature, struct str payload) {
    const struct rnp *rnp = s->rnp;
    size_t n = 0;
    const char *id = NULL;
    if (rnp->input_from_memory(&s->payload, (const uint8_t *)payload.p, payload.n, false) != 0 ||
        rnp->input_from_memory(&s->signature, (const uint8_t *)signature.p, signature.n, false) != 0 ||
        rnp->verify_detached_create(&s->op, s->ffi, s->payload, s->signature) != 0 ||
        rnp->verify_execute(s->op) != 0 || rnp->signature_count(s->op, &n) != 0)
        return NULL;
    for (size_t i = 0; i < n && !id; i++) {
        void *one = NULL;
        if (rnp->signature_at(s->op, i, &one) == 0 && rnp->signature_status(one) == 0)
            id = primary_key_id(a, rnp, one);
    }
    return id;
}

static const char *verify_locked(struct arena *a, const struct rnp *rnp, struct str signature,
                                 struct str payload, const struct str *rings, size_t n_rings, bool *any) {
    const char *id = NULL;
    for (size_t i = 0; i < n_rings && !id; i++) {
        AUTO(session_done) struct session s = { .rnp = rnp };
        if (!open_ring(&s, rings[i]))
            continue;
        *any = true;
        id = check(a, &s, signature, payload);
    }
    return id;
}

bool openpgp_verify(struct arena *a, struct str signature, struct str payload, const struct str *rings,
                    size_t n_rings, const char **out_key_id, struct err *err) {
    struct rnp rnp;
    bool any = false;
    signature = str_trim(signature);
    if (signature.n == 0)
        return err_set(err, ERR_INVALID, "unable to verify payload: signature is empty");
    if (!load(&rnp, err))
        return false;
    pthread_mutex_lock(&lock);
    const char *id = verify_locked(a, &rnp, signature, payload, rings, n_rings, &any);
    pthread_mutex_unlock(&lock);
    if (!any)
        return err_set(err, ERR_INVALID, "unable to read armored key ring: no key found");
    if (!id)
        return err_set(err, ERR_INVALID,
                       "unable to verify payload with any of the given key rings: no matching key");
    *out_key_id = id;
    return true;
}
