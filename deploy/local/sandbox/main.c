// SPDX-License-Identifier: Apache-2.0
// runnel-sandbox: a small Kubernetes API server in memory. Flags, kubeconfig, state file, signals.
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/timeutil.h"
#include "common/net/server.h"
#include "deploy/local/sandbox/api.h"
#include "deploy/local/sandbox/auth.h"
#include "deploy/local/sandbox/server.h"
#include "deploy/local/sandbox/state.h"

enum { SAVE_AFTER_MS = 1000, MAX_LOADS = 32, BODY_MAX_BYTES = 8 << 20 };

struct options {
    const char *address, *kubeconfig_out, *state_file;
    const char *load[MAX_LOADS + 1];
    size_t n_load;
    bool no_simulator, quiet;
    int64_t step_ms, log_events;
};

struct process {
    struct loop *loop;
    struct sandbox *sb;
    const struct options *options;
    struct loop_timer *save;
    uint64_t saved_rv;
};

static const char usage[] =
    "runnel-sandbox: a small Kubernetes API server in memory, for trying out and testing Runnel\n"
    "\n"
    "  --address HOST:PORT     where to listen (default 127.0.0.1:0: a free port)\n"
    "  --kubeconfig-out FILE   write the kubeconfig there (default: print it)\n"
    "  --state FILE            read objects from FILE at the start, keep them there\n"
    "  --load PATH             start with the objects of a v1 List (JSON), or of all in a folder; "
    "repeatable\n"
    "  --no-simulator          no workload simulator: Deployments and Pods stay as they were written\n"
    "  --simulator-step MS     time between two states of a simulated Pod (default 5)\n"
    "  --watch-log N           changes that watches can resume from (default 10000)\n"
    "  --quiet                 print nothing but errors\n"
    "  --help\n";

enum {
    OPT_ADDRESS = 1,
    OPT_KUBECONFIG,
    OPT_STATE,
    OPT_LOAD,
    OPT_NO_SIMULATOR,
    OPT_STEP,
    OPT_WATCH_LOG,
    OPT_QUIET,
    OPT_HELP
};

static const struct option long_options[] = {
    { "address", required_argument, NULL, OPT_ADDRESS },
    { "kubeconfig-out", required_argument, NULL, OPT_KUBECONFIG },
    { "state", required_argument, NULL, OPT_STATE },
    { "load", required_argument, NULL, OPT_LOAD },
    { "no-simulator", no_argument, NULL, OPT_NO_SIMULATOR },
    { "simulator-step", required_argument, NULL, OPT_STEP },
    { "watch-log", required_argument, NULL, OPT_WATCH_LOG },
    { "quiet", no_argument, NULL, OPT_QUIET },
    { "help", no_argument, NULL, OPT_HELP },
    { 0 },
};

static bool number_option(const char *name, int64_t *out) {
    if (str_to_i64(str_of(optarg), out) && *out >= 0)
        return true;
    fprintf(stderr, "runnel-sandbox: --%s: not a number: %s\n", name, optarg);
    return false;
}

// Returns -1 to go on, else the exit code.
static int options_read(int argc, char **argv, struct options *o) {
    for (int opt; (opt = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        switch (opt) {
        case OPT_ADDRESS: o->address = optarg; break;
        case OPT_KUBECONFIG: o->kubeconfig_out = optarg; break;
        case OPT_STATE: o->state_file = optarg; break;
        case OPT_LOAD:
            if (o->n_load == MAX_LOADS) {
                fprintf(stderr, "runnel-sandbox: more than %d times --load\n", MAX_LOADS);
                return 2;
            }
            o->load[o->n_load++] = optarg;
            break;
        case OPT_NO_SIMULATOR: o->no_simulator = true; break;
        case OPT_STEP:
            if (!number_option("simulator-step", &o->step_ms))
                return 2;
            break;
        case OPT_WATCH_LOG:
            if (!number_option("watch-log", &o->log_events))
                return 2;
            break;
        case OPT_QUIET: o->quiet = true; break;
        case 'h':
        case OPT_HELP: fputs(usage, stdout); return 0;
        default: fputs("see runnel-sandbox --help\n", stderr); return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "runnel-sandbox: unexpected argument %s\n", argv[optind]);
        return 2;
    }
    return -1;
}

/* ---- state file ---- */

static void state_keep(struct process *p) {
    autoarena a = { 0 };
    struct err err = { .a = &a };
    if (!p->options->state_file || p->saved_rv == storage_rv(p->sb->storage))
        return;
    if (state_save(p->sb, p->options->state_file, &err))
        p->saved_rv = storage_rv(p->sb->storage);
    else
        log_error("cannot keep the state", LOG_STR("file", p->options->state_file),
                  LOG_STR("error", err.msg));
}

static void on_save(void *arg) {
    struct process *p = arg;
    state_keep(p);
    p->save = loop_timer_add(p->loop, now_mono_ns() + SAVE_AFTER_MS * NS_PER_MS, on_save, p);
}

/* ---- kubeconfig ---- */

static char *kubeconfig_text(struct arena *a, const char *host, int port) {
    return arena_fmt(a,
                     "apiVersion: v1\n"
                     "kind: Config\n"
                     "clusters:\n"
                     "- name: sandbox\n"
                     "  cluster:\n"
                     "    server: http://%s:%d\n"
                     "users:\n"
                     "- name: sandbox\n"
                     "  user:\n"
                     "    token: " SANDBOX_TOKEN "\n"
                     "contexts:\n"
                     "- name: sandbox\n"
                     "  context:\n"
                     "    cluster: sandbox\n"
                     "    user: sandbox\n"
                     "current-context: sandbox\n",
                     host, port);
}

// The host of HOST:PORT as others reach it.
static char *host_of(struct arena *a, const char *address) {
    const char *colon = strrchr(address, ':');
    size_t n = colon ? (size_t)(colon - address) : strlen(address);
    return n == 0 || strncmp(address, "0.0.0.0", n) == 0 ? arena_strdup(a, "127.0.0.1")
                                                         : arena_text(a, address, n);
}

static bool kubeconfig_give(const struct options *o, int port, struct err *err) {
    const char *text = kubeconfig_text(err->a, host_of(err->a, o->address), port);
    if (o->kubeconfig_out) {
        if (!file_write(o->kubeconfig_out, str_of(text), 0600, err))
            return false;
        if (!o->quiet)
            printf("the sandbox listens on port %d; use it with\n\n  export KUBECONFIG=%s\n\n", port,
                   o->kubeconfig_out);
    } else {
        printf("# the sandbox listens on port %d; a kubeconfig for it:\n%s", port, text);
    }
    fflush(stdout);
    return true;
}

/* ---- run ---- */

static void on_request(void *arg, struct http_exchange *x) {
    api_handle(arg, x);
}

static void on_signal(void *arg, int signal) {
    struct process *p = arg;
    (void)signal;
    loop_stop(p->loop);
}

static bool run(struct process *p, struct err *err) {
    const struct options *o = p->options;
    struct sandbox_config config = { .simulator = { .step_ns = o->step_ms * NS_PER_MS,
                                                    .off = o->no_simulator },
                                     .log_events = (size_t)o->log_events,
                                     .state_file = o->state_file,
                                     .load = o->load };
    struct http_server_config http = { .address = o->address,
                                       .max_body_bytes = BODY_MAX_BYTES,
                                       .max_connections = 1000,
                                       .idle_timeout_s = 300 };
    struct http_server *server;
    if (!sandbox_new(p->loop, &config, &p->sb, err))
        return false;
    p->saved_rv = storage_rv(p->sb->storage);
    if (!http_server_start(p->loop, &http, on_request, p->sb, &server, err))
        return false;
    if (o->state_file)
        p->save = loop_timer_add(p->loop, now_mono_ns() + SAVE_AFTER_MS * NS_PER_MS, on_save, p);
    bool ok = kubeconfig_give(o, http_server_port(server), err);
    if (ok)
        loop_run(p->loop);
    loop_timer_cancel(p->save);
    state_keep(p);
    http_server_stop(server);
    return ok;
}

int main(int argc, char **argv) {
    struct options options = { .address = "127.0.0.1:0" };
    int code = options_read(argc, argv, &options);
    if (code >= 0)
        return code;
    autoarena a = { 0 };
    struct err err = { .a = &a };
    struct process p = { .loop = loop_new(), .options = &options };
    const int signals[] = { SIGINT, SIGTERM };
    loop_signals(p.loop, signals, countof(signals), on_signal, &p);
    bool ok = run(&p, &err);
    if (!ok)
        fprintf(stderr, "runnel-sandbox: %s\n", err.msg);
    sandbox_free(p.sb);
    loop_free(p.loop);
    return ok ? 0 : 1;
}
