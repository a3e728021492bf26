// SPDX-License-Identifier: Apache-2.0
/* The one table of limits on what comes from outside. Name, value, unit, why. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define LIMIT_JSON_DEPTH 512              // levels; the API server refuses far less, the stack allows more
#define LIMIT_YAML_DEPTH 128              // levels; libyaml is quadratic in depth
#define LIMIT_YAML_ALIAS_NODES 1000000    // nodes made by alias expansion in one document ("billion laughs")
#define LIMIT_DOCUMENT_BYTES (64u << 20)  // one JSON or YAML input
#define LIMIT_HTTP_BODY_BYTES (64u << 20) // a response that is kept in memory, unless the request says less
#define LIMIT_HTTP_HEADER_BYTES (64u << 10) // all headers of one response
#define LIMIT_SERVER_BODY_BYTES (3u << 20)  // a request body on a public port; Flux: 3 MiB for events
#define LIMIT_KUBE_OBJECT_BYTES (8u << 20)  // one object in a watch stream; etcd's own limit is 1.5 MiB
#define LIMIT_ARTIFACT_BYTES (1ull << 30)   // an artifact as downloaded
#define LIMIT_ARTIFACT_UNPACKED_BYTES (4ull << 30) // and unpacked; also guards against bombs by ratio
#define LIMIT_TAR_ENTRIES 1000000                  // files in one tar
#define LIMIT_PATH_BYTES 4096                      // one path inside a tree
#define LIMIT_MESSAGE_BYTES 32768                  // a condition's message; Flux: the API's maximum

#define LIMIT_KUSTOMIZE_OBJECTS 200000 // objects made in one build, all layers together
#define LIMIT_KUSTOMIZE_TARGETS                                                                              \
    20000                         // kustomization files worked off in one build, repeated ones counted again
#define LIMIT_KUSTOMIZE_DEPTH 200 // bases and components inside each other
#define LIMIT_KUSTOMIZE_BYTES (1ull << 30) // memory of one build
#define LIMIT_KUSTOMIZE_CLONES 64          // remote repositories of one build, submodules included

#endif
