// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target once over each file of the corpus folders given as arguments: seeds are ordinary tests.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path) {
    FILE *f = fopen(path, "rb");
    if (!f)
        return 1;
    uint8_t *data = NULL;
    size_t n = 0, cap = 0, got = 1;
    while (got) {
        if (n == cap) {
            cap = cap ? cap * 2 : 65536;
            data = realloc(data, cap);
            if (!data)
                abort();
        }
        got = fread(data + n, 1, cap - n, f);
        n += got;
    }
    fclose(f);
    data = realloc(data, n ? n : 1); // exact size, so that a sanitizer sees a read past the end
    if (!data)
        abort();
    LLVMFuzzerTestOneInput(data, n);
    free(data);
    return 0;
}

int main(int argc, char **argv) {
    int ran = 0;
    for (int i = 1; i < argc; i++) {
        DIR *d = opendir(argv[i]);
        struct dirent *e;
        while (d && (e = readdir(d))) {
            char path[4096];
            if (e->d_name[0] == '.')
                continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name);
            if (replay(path)) {
                fprintf(stderr, "cannot read %s\n", path);
                return 1;
            }
            ran++;
        }
        if (d)
            closedir(d);
    }
    printf("%d inputs\n", ran);
    return ran ? 0 : 1;
}
