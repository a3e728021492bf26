// SPDX-License-Identifier: Apache-2.0
/* What storage.c, storage_write.c and server.c share. */
#ifndef SOURCE_STORAGE_INNER_H
#define SOURCE_STORAGE_INNER_H

#include "source-controller/storage.h"

// openat2 below the root without following links; -1 and errno.
int storage_openat(const struct storage *s, const char *path, int flags);

#endif
