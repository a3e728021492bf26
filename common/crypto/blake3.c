// SPDX-License-Identifier: Apache-2.0
/* BLAKE3 (the specification's portable form): chunks of 1024 bytes are the leaves of a binary tree whose finished
 * subtrees wait on a stack. */
#include "common/crypto/blake3.h"

#include <string.h>

enum { BLOCK = 64, BLOCKS_PER_CHUNK = 16 };
enum { CHUNK_START = 1, CHUNK_END = 2, PARENT = 4, ROOT = 8 };

static const uint32_t iv[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
static const uint8_t permutation[16] = { 2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8 };

static uint32_t load(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t rotate(uint32_t x, unsigned by) {
    return x >> by | x << (32 - by);
}

static void mix(uint32_t v[16], unsigned a, unsigned b, unsigned c, unsigned d, const uint32_t m[2]) {
    v[a] += v[b] + m[0];
    v[d] = rotate(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotate(v[b] ^ v[c], 12);
    v[a] += v[b] + m[1];
    v[d] = rotate(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = rotate(v[b] ^ v[c], 7);
}

struct node {
    const uint32_t *chain;
    const uint32_t *words; // 16
    uint64_t counter;
    uint32_t n_bytes, flags;
};

static void compress(const struct node *n, uint32_t out[8]) {
    uint32_t v[16], m[16], next[16];
    memcpy(v, n->chain, 32);
    memcpy(v + 8, iv, 16);
    v[12] = (uint32_t)n->counter;
    v[13] = (uint32_t)(n->counter >> 32);
    v[14] = n->n_bytes;
    v[15] = n->flags;
    memcpy(m, n->words, sizeof m);
    for (unsigned round = 0; round < 7; round++) {
        for (unsigned i = 0; i < 4; i++)
            mix(v, i, i + 4, i + 8, i + 12, m + 2 * i);
        for (unsigned i = 0; i < 4; i++)
            mix(v, i, (i + 1) % 4 + 4, (i + 2) % 4 + 8, (i + 3) % 4 + 12, m + 8 + 2 * i);
        for (unsigned i = 0; i < 16; i++)
            next[i] = m[permutation[i]];
        memcpy(m, next, sizeof m);
    }
    for (unsigned i = 0; i < 8; i++)
        out[i] = v[i] ^ v[i + 8];
}

static void block_words(const uint8_t block[BLOCK], uint32_t words[16]) {
    for (unsigned i = 0; i < 16; i++)
        words[i] = load(block + 4 * i);
}

static void parent(const uint32_t left[8], const uint32_t right[8], uint32_t flags, uint32_t out[8]) {
    uint32_t words[16];
    memcpy(words, left, 32);
    memcpy(words + 8, right, 32);
    compress(&(struct node) { iv, words, 0, BLOCK, PARENT | flags }, out);
}

void blake3_init(struct blake3 *b) {
    memset(b, 0, sizeof *b);
    memcpy(b->chain, iv, sizeof iv);
}

static uint32_t start_flag(const struct blake3 *b) {
    return b->chunk_blocks == 0 ? CHUNK_START : 0;
}

static void finish_block(struct blake3 *b, uint32_t flags, uint32_t out[8]) {
    uint32_t words[16];
    block_words(b->block, words);
    compress(&(struct node) { b->chain, words, b->n_chunks, (uint32_t)b->block_n, start_flag(b) | flags },
             out);
}

// The chunk is full and more follows: its value joins the finished subtrees of the same size.
static void finish_chunk(struct blake3 *b) {
    uint32_t value[8];
    finish_block(b, CHUNK_END, value);
    b->n_chunks++;
    for (uint64_t n = b->n_chunks; n % 2 == 0; n /= 2)
        parent(b->stack[--b->stack_n], value, 0, value);
    memcpy(b->stack[b->stack_n++], value, sizeof value);
    memcpy(b->chain, iv, sizeof iv);
    b->chunk_blocks = 0;
}

// A block is worked off only when more follows: the last one needs other flags.
static void flush(struct blake3 *b) {
    if (b->chunk_blocks == BLOCKS_PER_CHUNK - 1) {
        finish_chunk(b);
    } else {
        finish_block(b, 0, b->chain);
        b->chunk_blocks++;
    }
    b->block_n = 0;
    memset(b->block, 0, sizeof b->block);
}

void blake3_add(struct blake3 *b, const void *p, size_t n) {
    const uint8_t *from = p;
    while (n) {
        if (b->block_n == BLOCK)
            flush(b);
        size_t take = BLOCK - b->block_n < n ? BLOCK - b->block_n : n;
        memcpy(b->block + b->block_n, from, take);
        b->block_n += take;
        from += take;
        n -= take;
    }
}

void blake3_finish(const struct blake3 *b, uint8_t out[32]) {
    struct blake3 last = *b;
    uint32_t value[8];
    finish_block(&last, CHUNK_END | (b->stack_n ? 0 : ROOT), value);
    for (size_t i = b->stack_n; i-- > 0;)
        parent(b->stack[i], value, i ? 0 : ROOT, value);
    for (unsigned i = 0; i < 8; i++)
        for (unsigned k = 0; k < 4; k++)
            out[4 * i + k] = (uint8_t)(value[i] >> (8 * k));
}
