// SPDX-License-Identifier: Apache-2.0
/* Descriptors and whole files. Every descriptor is O_CLOEXEC; files are replaced by temp + fsync + rename. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "common/base/err.h"
#include <stdio.h>

void fd_done(int *fd); // closes unless negative
int fd_steal(int *fd); // hands over and leaves -1
#define autofd AUTO(fd_done) int
void stdio_done(FILE **f);
#define autofile AUTO(stdio_done) FILE *

// Whole file, NUL-terminated. Errors: ERR_NOT_FOUND, ERR_LIMIT (over max_bytes), ERR_IO; text "open PATH: no
// such file or directory" as Go's.
must_check bool file_read(struct arena *a, const char *path, size_t max_bytes, struct str *out,
                          struct err *err);
// Replaces the file: temp beside it, fsync, rename, fsync of the directory.
must_check bool file_write(const char *path, struct str data, unsigned mode, struct err *err);
// mkdir -p
must_check bool dir_make(const char *path, unsigned mode, struct err *err);
// rm -r; absent is success. Never follows a link.
must_check bool dir_remove(const char *path, struct err *err);
// a/b joined with one slash.
char *path_join(struct arena *a, const char *dir, const char *name);
/* Clean a slash-separated relative path: "." and "" and ".." resolved as Go's path.Clean.
 * Returns NULL when it would leave its root or is absolute. "" becomes ".". */
char *path_clean_inside(struct arena *a, struct str path);
// strerror in Go's lower-case words, for "open x: no such file or directory". Thread-safe.
const char *errno_text(int code);

#endif
