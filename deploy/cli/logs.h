// SPDX-License-Identifier: Apache-2.0
/* flux logs: what its two sources (Pods through the API, a supervisor's files) share. */
#ifndef CLI_LOGS_H
#define CLI_LOGS_H

#include "deploy/cli/cli.h"

struct log_filter {
    const char *level, *kind, *name; // NULL or "": any
    const char *ns;                  // NULL: any (-A)
    int64_t not_before_at;           // wall clock; 0: no limit (files; the API does it for Pods)
};

enum log_line { LOG_LINE_PRINTED, LOG_LINE_SKIPPED, LOG_LINE_BROKEN };

/* Prints a line that passes the filter as `<ts> <level> <kind>[/<name>.<namespace>] - <msg> <error>`. LOG_LINE_BROKEN: a line that
 * starts with '{' and is no JSON, or is over 64 KiB; upstream ends the stream there. */
enum log_line log_line_print(const struct log_filter *f, struct str line);

// The supervisor's log files beside the kubeconfig, as a VALUE_LIST of paths; NULL: no supervisor there.
struct value *logs_supervisor_files(struct cli *c);
int logs_from_files(struct cli *c, const struct value *paths, const struct log_filter *f);

#endif
