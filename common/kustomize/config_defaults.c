// SPDX-License-Identifier: Apache-2.0
/* The default field specs: contract kustomize.md 7 and 9. Data only. */
#include "common/kustomize/config.h"

const struct kz_pod_row kz_pod_rows[] = {
    { KZ_PODS_REFS, "Pod", "v1", "spec/" },
    { KZ_PODS_REFS, "PodTemplate", "", "template/spec/" },
    { KZ_PODS_REFS, "Deployment ReplicaSet DaemonSet StatefulSet Job", "", "spec/template/spec/" },
    { KZ_PODS_REFS, "CronJob", "", "spec/jobTemplate/spec/template/spec/" },
    { KZ_PODS_ACCOUNT, "Pod", "", "spec/" },
    { KZ_PODS_ACCOUNT, "StatefulSet Deployment ReplicationController Job DaemonSet", "",
      "spec/template/spec/" },
    { KZ_PODS_ACCOUNT, "CronJob", "", "spec/jobTemplate/spec/template/spec/" },
    { KZ_PODS_VARS, "Pod", "", "spec/" },
    { KZ_PODS_VARS, "DaemonSet Deployment Job ReplicaSet StatefulSet", "", "spec/template/spec/" },
    { KZ_PODS_VARS, "CronJob", "", "spec/jobTemplate/spec/template/spec/" },
};
const size_t kz_n_pod_rows = countof(kz_pod_rows);

#define ANY .group = "", .version = ""
#define LABEL_ROWS(l)                                                                                        \
    { l, .kinds = "", ANY, .create = true, .paths = "metadata/labels" },                                     \
        { l,                                                                                                 \
          .kinds = "ReplicationController",                                                                  \
          .group = "",                                                                                       \
          .version = "v1",                                                                                   \
          .create = true,                                                                                    \
          .paths = "spec/template/metadata/labels" },                                                        \
        { l, .kinds = "Deployment ReplicaSet DaemonSet", ANY, .create = true,                                \
          .paths = "spec/template/metadata/labels" },                                                        \
        { l,                                                                                                 \
          .kinds = "StatefulSet",                                                                            \
          .group = "apps",                                                                                   \
          .version = "",                                                                                     \
          .create = true,                                                                                    \
          .paths = "spec/template/metadata/labels spec/volumeClaimTemplates[]/metadata/labels" },            \
        { l,                                                                                                 \
          .kinds = "Job",                                                                                    \
          .group = "batch",                                                                                  \
          .version = "",                                                                                     \
          .create = true,                                                                                    \
          .paths = "spec/template/metadata/labels" },                                                        \
    {                                                                                                        \
        l, .kinds = "CronJob", .group = "batch", .version = "", .create = true,                              \
           .paths = "spec/jobTemplate/metadata/labels spec/jobTemplate/spec/template/metadata/labels"        \
    }

#define TERM(a, when, at)                                                                                    \
    "spec/template/spec/affinity/" a "/" when "IgnoredDuringExecution/" at "labelSelector/matchLabels "
#define CONTAINERS(path) "containers/" path " initContainers/" path
#define TARGET(g, v, k) .target_group = g, .target_version = v, .target_kind = k
#define RBAC "rbac.authorization.k8s.io"
#define REFS(...)                                                                                            \
    { __VA_ARGS__ }

const struct kz_default_row kz_default_rows[] = {
    { KZ_NAME_PREFIX, .kinds = "", ANY, .paths = "metadata/name" },
    { KZ_NAME_SUFFIX, .kinds = "", ANY, .paths = "metadata/name" },
    { KZ_NAMESPACE, .kinds = "Namespace", ANY, .create = true, .paths = "metadata/name" },
    { KZ_NAMESPACE, .kinds = "APIService", .group = "apiregistration.k8s.io", .version = "", .create = true,
      .paths = "spec/service/namespace" },
    { KZ_NAMESPACE, .kinds = "CustomResourceDefinition", .group = "apiextensions.k8s.io", .version = "",
      .paths = "spec/conversion/webhook/clientConfig/service/namespace" },
    { KZ_COMMON_LABELS, .kinds = "Service ReplicationController", .group = "", .version = "v1",
      .create = true, .paths = "spec/selector" },
    { KZ_COMMON_LABELS, .kinds = "Deployment ReplicaSet DaemonSet", ANY, .create = true,
      .paths = "spec/selector/matchLabels" },
    { KZ_COMMON_LABELS, .kinds = "StatefulSet", .group = "apps", .version = "", .create = true,
      .paths = "spec/selector/matchLabels" },
    { KZ_COMMON_LABELS, .kinds = "Deployment StatefulSet", .group = "apps", .version = "",
      .paths = TERM("podAffinity", "preferredDuringScheduling", "podAffinityTerm/")
          TERM("podAffinity", "requiredDuringScheduling", "")
              TERM("podAntiAffinity", "preferredDuringScheduling", "podAffinityTerm/")
                  TERM("podAntiAffinity", "requiredDuringScheduling",
                       "") "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels" },
    { KZ_COMMON_LABELS, .kinds = "Job", .group = "batch", .version = "",
      .paths = "spec/selector/matchLabels" },
    { KZ_COMMON_LABELS, .kinds = "CronJob", .group = "batch", .version = "",
      .paths = "spec/jobTemplate/spec/selector/matchLabels" },
    { KZ_COMMON_LABELS, .kinds = "PodDisruptionBudget", .group = "policy", .version = "",
      .paths = "spec/selector/matchLabels" },
    { KZ_COMMON_LABELS, .kinds = "NetworkPolicy", .group = "networking.k8s.io", .version = "",
      .paths = "spec/podSelector/matchLabels spec/ingress/from/podSelector/matchLabels "
               "spec/egress/to/podSelector/matchLabels" },
    LABEL_ROWS(KZ_COMMON_LABELS),
    LABEL_ROWS(KZ_TEMPLATE_LABELS),
    { KZ_COMMON_ANNOTATIONS, .kinds = "", ANY, .create = true, .paths = "metadata/annotations" },
    { KZ_COMMON_ANNOTATIONS, .kinds = "ReplicationController", .group = "", .version = "v1", .create = true,
      .paths = "spec/template/metadata/annotations" },
    { KZ_COMMON_ANNOTATIONS, .kinds = "Deployment ReplicaSet DaemonSet StatefulSet", ANY, .create = true,
      .paths = "spec/template/metadata/annotations" },
    { KZ_COMMON_ANNOTATIONS, .kinds = "Job", .group = "batch", .version = "", .create = true,
      .paths = "spec/template/metadata/annotations" },
    { KZ_COMMON_ANNOTATIONS, .kinds = "CronJob", .group = "batch", .version = "", .create = true,
      .paths = "spec/jobTemplate/metadata/annotations spec/jobTemplate/spec/template/metadata/annotations" },
    { KZ_IMAGES, .kinds = "", ANY, .create = true,
      .paths = "spec/containers[]/image spec/initContainers[]/image spec/volumes[]/image/reference "
               "spec/template/spec/containers[]/image spec/template/spec/initContainers[]/image "
               "spec/template/spec/volumes[]/image/reference" },
    { KZ_REPLICAS, .kinds = "Deployment ReplicationController ReplicaSet StatefulSet", ANY, .create = true,
      .paths = "spec/replicas" },

    { KZ_VAR_REFERENCE, .pods = KZ_PODS_VARS,
      .paths = CONTAINERS("args") " " CONTAINERS("command") " " CONTAINERS("env/value") " " CONTAINERS(
          "volumeMounts/mountPath") },
    { KZ_VAR_REFERENCE, .kinds = "DaemonSet Deployment Job ReplicaSet", ANY,
      .paths = "spec/template/spec/volumes/nfs/server" },
    { KZ_VAR_REFERENCE, .kinds = "Pod", ANY, .paths = "spec/volumes/nfs/server" },
    { KZ_VAR_REFERENCE, .kinds = "CronJob", ANY,
      .paths = "spec/jobTemplate/spec/template/volumes/nfs/server" }, // sic
    { KZ_VAR_REFERENCE, .kinds = "StatefulSet", ANY, .paths = "spec/volumeClaimTemplates/spec/nfs/server" },
    { KZ_VAR_REFERENCE, .kinds = "PersistentVolume", ANY, .paths = "spec/nfs/server" },
    { KZ_VAR_REFERENCE, .kinds = "Deployment", ANY, .paths = "spec/template/metadata/annotations" },
    { KZ_VAR_REFERENCE, .kinds = "Ingress", ANY,
      .paths = "spec/rules/host spec/tls/hosts spec/tls/secretName" },
    { KZ_VAR_REFERENCE, .kinds = "Service", ANY, .paths = "spec/ports/port spec/ports/targetPort" },
    { KZ_VAR_REFERENCE, .kinds = "", ANY, .paths = "metadata/labels metadata/annotations" },

    REFS(TARGET("", "", "Deployment"), .kinds = "HorizontalPodAutoscaler", ANY,
         .paths = "spec/scaleTargetRef/name"),
    REFS(TARGET("", "", "ReplicationController"), .kinds = "HorizontalPodAutoscaler", ANY,
         .paths = "spec/scaleTargetRef/name"),
    REFS(TARGET("", "", "ReplicaSet"), .kinds = "HorizontalPodAutoscaler", ANY,
         .paths = "spec/scaleTargetRef/name"),
    REFS(TARGET("", "", "StatefulSet"), .kinds = "HorizontalPodAutoscaler", ANY,
         .paths = "spec/scaleTargetRef/name"),
    REFS(TARGET("", "v1", "ConfigMap"), .pods = KZ_PODS_REFS,
         .paths = "volumes/configMap/name volumes/projected/sources/configMap/name " CONTAINERS(
             "env/valueFrom/configMapKeyRef/name") " " CONTAINERS("envFrom/configMapRef/name")),
    REFS(TARGET("", "v1", "ConfigMap"), .kinds = "Node", ANY, .paths = "spec/configSource/configMap"),
    REFS(TARGET("", "v1", "ConfigMap"), .kinds = "Role ClusterRole", ANY, .paths = "rules/resourceNames"),
    REFS(TARGET("", "v1", "ConfigMap"), .kinds = "Ingress", ANY,
         .paths = "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"),
    REFS(TARGET("", "v1", "Secret"), .pods = KZ_PODS_REFS,
         .paths = "volumes/secret/secretName volumes/projected/sources/secret/name "
                  "imagePullSecrets/name " CONTAINERS("env/valueFrom/secretKeyRef/name") " " CONTAINERS(
                      "envFrom/secretRef/name")),
    REFS(TARGET("", "v1", "Secret"), .kinds = "Ingress", ANY,
         .paths = "spec/tls/secretName metadata/annotations/ingress.kubernetes.io\\/auth-secret "
                  "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret "
                  "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret"),
    REFS(TARGET("", "v1", "Secret"), .kinds = "ServiceAccount", ANY, .paths = "imagePullSecrets/name"),
    REFS(TARGET("", "v1", "Secret"), .kinds = "StorageClass", ANY,
         .paths = "parameters/secretName parameters/adminSecretName parameters/userSecretName "
                  "parameters/secretRef"),
    REFS(TARGET("", "v1", "Secret"), .kinds = "Role ClusterRole", ANY, .paths = "rules/resourceNames"),
    REFS(TARGET("", "v1", "Secret"), .kinds = "Service", .group = "serving.knative.dev", .version = "v1",
         .paths = "spec/template/spec/containers/env/valueFrom/secretKeyRef/name"),
    REFS(TARGET("", "v1", "Secret"), .kinds = "PersistentVolume", ANY, .paths = "spec/azureFile/secretName"),
    REFS(TARGET("", "v1", "Service"), .kinds = "StatefulSet", .group = "apps", .version = "",
         .paths = "spec/serviceName"),
    REFS(TARGET("", "v1", "Service"), .kinds = "Ingress", ANY,
         .paths = "spec/rules/http/paths/backend/serviceName spec/backend/serviceName "
                  "spec/rules/http/paths/backend/service/name spec/defaultBackend/service/name"),
    REFS(TARGET("", "v1", "Service"), .kinds = "APIService", .group = "apiregistration.k8s.io", .version = "",
         .paths = "spec/service/name"),
    REFS(TARGET("", "v1", "Service"), .kinds = "ValidatingWebhookConfiguration MutatingWebhookConfiguration",
         .group = "admissionregistration.k8s.io", .version = "", .paths = "webhooks/clientConfig/service"),
    REFS(TARGET(RBAC, "", "Role"), .kinds = "RoleBinding", .group = RBAC, .version = "",
         .paths = "roleRef/name"),
    REFS(TARGET(RBAC, "", "ClusterRole"), .kinds = "RoleBinding ClusterRoleBinding", .group = RBAC,
         .version = "", .paths = "roleRef/name"),
    REFS(TARGET("", "v1", "ServiceAccount"), .kinds = "RoleBinding ClusterRoleBinding", .group = RBAC,
         .version = "", .paths = "subjects"),
    REFS(TARGET("", "v1", "ServiceAccount"), .pods = KZ_PODS_ACCOUNT, .paths = "serviceAccountName"),
    REFS(TARGET("", "v1", "PersistentVolumeClaim"), .pods = KZ_PODS_ACCOUNT,
         .paths = "volumes/persistentVolumeClaim/claimName"),
    REFS(TARGET("", "v1", "PersistentVolume"), .kinds = "PersistentVolumeClaim", ANY,
         .paths = "spec/volumeName"),
    REFS(TARGET("", "v1", "PersistentVolume"), .kinds = "ClusterRole", ANY, .paths = "rules/resourceNames"),
    REFS(TARGET("storage.k8s.io", "v1", "StorageClass"), .kinds = "PersistentVolume PersistentVolumeClaim",
         ANY, .paths = "spec/storageClassName"),
    REFS(TARGET("storage.k8s.io", "v1", "StorageClass"), .kinds = "StatefulSet", ANY,
         .paths = "spec/volumeClaimTemplates/spec/storageClassName"),
    REFS(TARGET("scheduling.k8s.io", "v1", "PriorityClass"), .pods = KZ_PODS_ACCOUNT,
         .paths = "priorityClassName"),
    REFS(TARGET("networking.k8s.io/v1", "v1", "IngressClass"), .kinds = "Ingress", ANY,
         .paths = "spec/ingressClassName"),
    REFS(TARGET("admissionregistration.k8s.io", "", "ValidatingAdmissionPolicy"),
         .kinds = "ValidatingAdmissionPolicyBinding", .group = "admissionregistration.k8s.io", .version = "",
         .paths = "spec/policyName"),
};
const size_t kz_n_default_rows = countof(kz_default_rows);
