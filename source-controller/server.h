// SPDX-License-Identifier: Apache-2.0
/* The artifact server on --storage-addr: GET and HEAD of stored files with ETag, Last-Modified, one Range, conditional requests, and plain
 * directory listings. Nothing outside the storage root, no hidden files, no lock files. Flux: net/http.FileServer over the storage root. */
#ifndef SOURCE_SERVER_H
#define SOURCE_SERVER_H

#include "common/net/server.h"
#include "source-controller/storage.h"

// storage is borrowed for the server's life. Loop thread.
must_check bool artifact_server_start(struct loop *l, const char *address, const struct storage *storage,
                                      struct http_server **out, struct err *err);

/* Which bytes of a file a Range header asks for.
 * Returns 200 (all: none, several or a malformed range), 206, or 416. For tests. */
int range_parse(const char *header, uint64_t size, uint64_t *out_from, uint64_t *out_n);

#endif
