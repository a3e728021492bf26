// SPDX-License-Identifier: Apache-2.0
/* BLAKE3 with its standard 32 bytes of output (no keys, no longer outputs): for digest.c. */
#ifndef CRYPTO_BLAKE3_H
#define CRYPTO_BLAKE3_H

#include <stddef.h>
#include <stdint.h>

struct blake3 {
    uint32_t chain[8];     // of the chunk in work
    uint8_t block[64];     // its last, unfinished block
    size_t block_n;        // bytes in it
    size_t chunk_blocks;   // blocks of the chunk that are done
    uint64_t n_chunks;     // chunks that are done
    uint32_t stack[54][8]; // chaining values of finished subtrees, one for each 1-bit of n_chunks
    size_t stack_n;
};

void blake3_init(struct blake3 *b);
void blake3_add(struct blake3 *b, const void *p, size_t n);
void blake3_finish(const struct blake3 *b, uint8_t out[32]);

#endif
