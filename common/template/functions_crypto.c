// SPDX-License-Identifier: Apache-2.0
// Keys, certificates, password hashes, encryption. sprig: crypto.go
#include "common/template/functions.h"

const struct tfunction functions_crypto[] = { { 0 } };
