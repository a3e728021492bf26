// SPDX-License-Identifier: Apache-2.0
/* source-controller: fetches sources and serves them as artifacts. Flags: contract/source.md 12.1. */
#include "source-controller/source.h"

#include "common/base/buf.h"
#include "common/net/server.h"
#include "source-controller/server.h"
#include <stdlib.h>
#include <unistd.h>

#define MAX_KEX 64

static struct source_flags flags;
static struct storage storage;
static struct http_server *server;

const struct source_flags *source_flags(void) {
    return &flags;
}

const struct storage *source_storage(void) {
    return &storage;
}

static const struct flag source_flag_table[] = {
    { "storage-path", FLAG_S(&flags.storage_path), .value_if_absent = "/data", .env = "STORAGE_PATH",
      .what = "DIR", .help = "The local storage path for artifacts and Git caches.", .section = "Storage" },
    { "storage-addr", FLAG_S(&flags.storage_addr), .value_if_absent = ":9090", .env = "STORAGE_ADDRESS",
      .what = "ADDRESS", .help = "The address the artifact server binds to." },
    { "storage-adv-addr", FLAG_S(&flags.storage_adv_addr), .value_if_absent = "", .env = "STORAGE_ADV_ADDR",
      .what = "ADDRESS", .help = "The advertised address of the artifact server." },
    { "artifact-retention-ttl", FLAG_D(&flags.retention_ttl_ns), .value_if_absent = "1m",
      .help = "How long artifacts that were replaced are kept." },
    { "artifact-retention-records", FLAG_I(&flags.retention_records), .value_if_absent = "2",
      .help = "How many artifacts of an object are kept." },
    { "artifact-digest-algo", FLAG_S(&flags.artifact_digest_algo), .value_if_absent = "sha256",
      .what = "NAME", .help = "The digest algorithm of artifacts: sha256, sha384, sha512, sha1 or blake3." },
    { "ssh-kex-algos", FLAG_L(&flags.kex), .help = "SSH key exchange algorithms, best first.",
      .section = "Git" },
    { "ssh-hostkey-algos", FLAG_L(&flags.hostkeys), .help = "SSH host key algorithms, best first." },
    { "helm-index-max-size", FLAG_I(&flags.helm_index_max_size), .value_if_absent = "52428800",
      .help = "Largest Helm repository index in bytes. Accepted for compatibility: Helm sources are not "
              "supported yet.",
      .section = "Helm (not supported yet)" },
    { "helm-chart-max-size", FLAG_I(&flags.helm_chart_max_size), .value_if_absent = "10485760",
      .help = "Largest Helm chart in bytes." },
    { "helm-chart-file-max-size", FLAG_I(&flags.helm_chart_file_max_size), .value_if_absent = "5242880",
      .help = "Largest file in a Helm chart in bytes." },
    { "helm-cache-max-size", FLAG_I(&flags.helm_cache_max_size), .value_if_absent = "0",
      .help = "Number of indexes kept in memory." },
    { "helm-cache-ttl", FLAG_D(&flags.helm_cache_ttl_ns), .value_if_absent = "15m",
      .help = "How long an index is kept in memory." },
    { "helm-cache-purge-interval", FLAG_D(&flags.helm_cache_purge_interval_ns), .value_if_absent = "1m",
      .help = "How often expired indexes are dropped." },
    { 0 },
};

static const char *joined(struct arena *a, const struct flag_strings *list) {
    autobuf b = { 0 };
    for (size_t i = 0; i < list->n && i < MAX_KEX; i++)
        buf_fmt(&b, "%s%s", i > 0 ? "," : "", list->items[i]);
    return b.n > 0 ? arena_text(a, b.p, b.n) : NULL;
}

// host:port of --storage-addr: an empty host is localhost, 0.0.0.0 is this machine. Flux: determineAdvStorageAddr
static const char *advertised_host(struct runtime *rt, struct arena *a) {
    const char *address = flags.storage_addr;
    if (!text_empty(flags.storage_adv_addr))
        return flags.storage_adv_addr;
    if (address[0] == ':')
        return arena_fmt(a, "localhost%s", address);
    if (text_starts(address, "0.0.0.0:") || text_starts(address, "[::]:"))
        return arena_fmt(a, "%s%s", runtime_instance(rt), strrchr(address, ':'));
    return address;
}

static bool check(struct runtime *rt, struct err *err) {
    struct arena *a = runtime_arena(rt);
    if (!digest_algorithm_parse(str_of(flags.artifact_digest_algo), &storage.algorithm, err))
        return err_wrap(err, "unable to configure canonical digest algorithm");
    if (storage.algorithm == DIGEST_MD5)
        return err_set(err, ERR_UNSUPPORTED,
                       "unable to configure canonical digest algorithm: unsupported digest algorithm");
    if (flags.retention_records < 1 || flags.retention_ttl_ns < 0)
        return err_set(
            err, ERR_INVALID,
            "--artifact-retention-records must be at least 1 and --artifact-retention-ttl not negative");
    flags.ssh_kex_algos = joined(a, &flags.kex);
    flags.ssh_hostkey_algos = joined(a, &flags.hostkeys);
    storage.ttl_ns = flags.retention_ttl_ns;
    storage.records = flags.retention_records;
    storage.host = advertised_host(rt, a);
    return storage_open(&storage, flags.storage_path, err) ? true
                                                           : err_wrap(err, "unable to initialise storage");
}

static bool lead(struct runtime *rt, struct err *err) {
    return artifact_server_start(runtime_loop(rt), flags.storage_addr, &storage, &server, err)
               ? true
               : err_wrap(err, "artifact server error");
}

static void stop(struct runtime *rt) {
    (void)rt;
    http_server_stop(server);
    server = NULL;
}

static const struct kind *const kinds[] = { &kind_gitrepository, &kind_ocirepository, &kind_helmrepository,
                                            &kind_helmchart,     &kind_bucket,        NULL };

static const struct daemon source_controller = {
    .name = "source-controller",
    .summary = "Fetches Git repositories and serves them as artifacts to the other controllers.",
    .kinds = kinds,
    .features =
        DAEMON_EVENTS_OUT | DAEMON_LABEL_SELECTOR | DAEMON_WATCH_CONFIGS | DAEMON_JITTER | DAEMON_DEPENDENCY,
    .concurrent = 2,
    .flags = source_flag_table,
    .check = check,
    .lead = lead,
    .stop = stop,
};

int main(int argc, char **argv) {
    return daemon_run(&source_controller, argc, argv);
}
