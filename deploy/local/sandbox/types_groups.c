// SPDX-License-Identifier: Apache-2.0
// Field types: every group but core.
#include "deploy/local/sandbox/types_table.h"

const struct type_row types_groups[] = {
    { "Deployment",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:DeploymentSpec{!} status:DeploymentStatus{!}" },
    { "DeploymentSpec",
      "minReadySeconds:i{z} paused:b{z} progressDeadlineSeconds:i{d=600} replicas:i{d=1} "
      "revisionHistoryLimit:i{d=10} selector:LabelSelector{req} strategy:DeploymentStrategy{retain|!} "
      "template:PodTemplateSpec{req|!}" },
    { "DeploymentStrategy", "rollingUpdate:RollingUpdateDeployment type:s{z}" },
    { "RollingUpdateDeployment", "maxSurge:x maxUnavailable:x" },
    { "DeploymentStatus", "availableReplicas:i{z} collisionCount:i "
                          "conditions:[DeploymentCondition]{map(type)|merge(type)|z} observedGeneration:l{z} "
                          "readyReplicas:i{z} replicas:i{z} terminatingReplicas:i unavailableReplicas:i{z} "
                          "updatedReplicas:i{z}" },
    { "DeploymentCondition",
      "lastTransitionTime:t{!} lastUpdateTime:t{!} message:s{z} reason:s{z} status:s{req|!} "
      "type:s{req|!}" },
    { "StatefulSet",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:StatefulSetSpec{!} status:StatefulSetStatus{!}" },
    { "StatefulSetSpec",
      "minReadySeconds:i{z} ordinals:StatefulSetOrdinals "
      "persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy "
      "podManagementPolicy:s{z|d=\"OrderedReady\"} replicas:i{d=1} revisionHistoryLimit:i{d=10} "
      "selector:LabelSelector{req} serviceName:s{!} template:PodTemplateSpec{req|!} "
      "updateStrategy:StatefulSetUpdateStrategy{!} volumeClaimTemplates:[PersistentVolumeClaim]{z}" },
    { "StatefulSetOrdinals", "start:i{!}" },
    { "StatefulSetPersistentVolumeClaimRetentionPolicy",
      "whenDeleted:s{z|d=\"Retain\"} whenScaled:s{z|d=\"Retain\"}" },
    { "StatefulSetUpdateStrategy", "rollingUpdate:RollingUpdateStatefulSetStrategy type:s{z}" },
    { "RollingUpdateStatefulSetStrategy", "maxUnavailable:x partition:i" },
    { "StatefulSetStatus",
      "availableReplicas:i{!} collisionCount:i "
      "conditions:[StatefulSetCondition]{map(type)|merge(type)|z} currentReplicas:i{z} "
      "currentRevision:s{z} observedGeneration:l{z} readyReplicas:i{z} replicas:i{req|!} "
      "updateRevision:s{z} updatedReplicas:i{z}" },
    { "StatefulSetCondition",
      "lastTransitionTime:t{!} message:s{z} reason:s{z} status:s{req|!} type:s{req|!}" },
    { "DaemonSet",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:DaemonSetSpec{!} status:DaemonSetStatus{!}" },
    { "DaemonSetSpec", "minReadySeconds:i{z} revisionHistoryLimit:i{d=10} selector:LabelSelector{req} "
                       "template:PodTemplateSpec{req|!} updateStrategy:DaemonSetUpdateStrategy{!}" },
    { "DaemonSetUpdateStrategy", "rollingUpdate:RollingUpdateDaemonSet type:s{z}" },
    { "RollingUpdateDaemonSet", "maxSurge:x maxUnavailable:x" },
    { "DaemonSetStatus",
      "collisionCount:i conditions:[DaemonSetCondition]{map(type)|merge(type)|z} "
      "currentNumberScheduled:i{req|!} desiredNumberScheduled:i{req|!} numberAvailable:i{z} "
      "numberMisscheduled:i{req|!} numberReady:i{req|!} numberUnavailable:i{z} observedGeneration:l{z} "
      "updatedNumberScheduled:i{z}" },
    { "DaemonSetCondition",
      "lastTransitionTime:t{!} message:s{z} reason:s{z} status:s{req|!} type:s{req|!}" },
    { "ReplicaSet",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:ReplicaSetSpec{!} status:ReplicaSetStatus{!}" },
    { "ReplicaSetSpec",
      "minReadySeconds:i{z} replicas:i{d=1} selector:LabelSelector{req} template:PodTemplateSpec{!}" },
    { "ReplicaSetStatus",
      "availableReplicas:i{z} conditions:[ReplicaSetCondition]{map(type)|merge(type)|z} "
      "fullyLabeledReplicas:i{z} observedGeneration:l{z} readyReplicas:i{z} replicas:i{req|!} "
      "terminatingReplicas:i" },
    { "ReplicaSetCondition",
      "lastTransitionTime:t{!} message:s{z} reason:s{z} status:s{req|!} type:s{req|!}" },
    { "ControllerRevision", "apiVersion:s data:j{!} kind:s metadata:ObjectMeta{!} revision:l{req|!}" },
    { "Job", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:JobSpec{!} status:JobStatus{!}" },
    { "JobSpec",
      "activeDeadlineSeconds:l backoffLimit:i backoffLimitPerIndex:i completionMode:s completions:i "
      "managedBy:s manualSelector:b maxFailedIndexes:i parallelism:i podFailurePolicy:PodFailurePolicy "
      "podReplacementPolicy:s selector:LabelSelector successPolicy:SuccessPolicy suspend:b "
      "template:PodTemplateSpec{req|!} ttlSecondsAfterFinished:i" },
    { "PodFailurePolicy", "rules:[PodFailurePolicyRule]{req|!}" },
    { "PodFailurePolicyRule", "action:s{req|!} onExitCodes:PodFailurePolicyOnExitCodesRequirement "
                              "onPodConditions:[PodFailurePolicyOnPodConditionsPattern]{z}" },
    { "PodFailurePolicyOnExitCodesRequirement", "containerName:s operator:s{req|!} values:[i]{set|req|!}" },
    { "PodFailurePolicyOnPodConditionsPattern", "status:s{!} type:s{req|!}" },
    { "SuccessPolicy", "rules:[SuccessPolicyRule]{req|!}" },
    { "SuccessPolicyRule", "succeededCount:i succeededIndexes:s" },
    { "JobStatus",
      "active:i{z} completedIndexes:s{z} completionTime:t conditions:[JobCondition]{merge(type)|z} "
      "failed:i{z} failedIndexes:s ready:i startTime:t succeeded:i{z} terminating:i "
      "uncountedTerminatedPods:UncountedTerminatedPods" },
    { "JobCondition", "lastProbeTime:t{!} lastTransitionTime:t{!} message:s{z} reason:s{z} status:s{req|!} "
                      "type:s{req|!}" },
    { "UncountedTerminatedPods", "failed:[s]{set|z} succeeded:[s]{set|z}" },
    { "CronJob", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:CronJobSpec{!} status:CronJobStatus{!}" },
    { "CronJobSpec", "concurrencyPolicy:s{z|d=\"Allow\"} failedJobsHistoryLimit:i{d=1} "
                     "jobTemplate:JobTemplateSpec{req|!} schedule:s{req|!} startingDeadlineSeconds:l "
                     "successfulJobsHistoryLimit:i{d=3} suspend:b{d=false} timeZone:s" },
    { "JobTemplateSpec", "metadata:ObjectMeta{!} spec:JobSpec{!}" },
    { "CronJobStatus", "active:[ObjectReference]{z} lastScheduleTime:t lastSuccessfulTime:t" },
    { "Scale", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:ScaleSpec{!} status:ScaleStatus{!}" },
    { "ScaleSpec", "replicas:i{z}" },
    { "ScaleStatus", "replicas:i{req|!} selector:s{z}" },
    { "autoscaling/v1:HorizontalPodAutoscaler",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:autoscaling/v1:HorizontalPodAutoscalerSpec{!} "
      "status:autoscaling/v1:HorizontalPodAutoscalerStatus{!}" },
    { "autoscaling/v1:HorizontalPodAutoscalerSpec",
      "maxReplicas:i{req|!} minReplicas:i{d=1} "
      "scaleTargetRef:autoscaling/v1:CrossVersionObjectReference{req|!} "
      "targetCPUUtilizationPercentage:i" },
    { "autoscaling/v1:CrossVersionObjectReference", "@atomic apiVersion:s{z} kind:s{req|!} name:s{req|!}" },
    { "autoscaling/v1:HorizontalPodAutoscalerStatus",
      "currentCPUUtilizationPercentage:i currentReplicas:i{req|!} desiredReplicas:i{req|!} "
      "lastScaleTime:t observedGeneration:l" },
    { "autoscaling/v2:HorizontalPodAutoscaler",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:autoscaling/v2:HorizontalPodAutoscalerSpec{!} "
      "status:autoscaling/v2:HorizontalPodAutoscalerStatus{!}" },
    { "autoscaling/v2:HorizontalPodAutoscalerSpec",
      "behavior:HorizontalPodAutoscalerBehavior maxReplicas:i{req|!} metrics:[MetricSpec]{z} "
      "minReplicas:i{d=1} scaleTargetRef:autoscaling/v2:CrossVersionObjectReference{req|!}" },
    { "HorizontalPodAutoscalerBehavior", "scaleDown:HPAScalingRules scaleUp:HPAScalingRules" },
    { "HPAScalingRules",
      "policies:[HPAScalingPolicy]{z} selectPolicy:s stabilizationWindowSeconds:i tolerance:q" },
    { "HPAScalingPolicy", "periodSeconds:i{req|!} type:s{req|!} value:i{req|!}" },
    { "MetricSpec",
      "containerResource:ContainerResourceMetricSource external:ExternalMetricSource "
      "object:ObjectMetricSource pods:PodsMetricSource resource:ResourceMetricSource type:s{req|!}" },
    { "ContainerResourceMetricSource", "container:s{req|!} name:s{req|!} target:MetricTarget{req|!}" },
    { "MetricTarget", "averageUtilization:i averageValue:q type:s{req|!} value:q" },
    { "ExternalMetricSource", "metric:MetricIdentifier{req|!} target:MetricTarget{req|!}" },
    { "MetricIdentifier", "name:s{req|!} selector:LabelSelector" },
    { "ObjectMetricSource", "describedObject:autoscaling/v2:CrossVersionObjectReference{req|!} "
                            "metric:MetricIdentifier{req|!} target:MetricTarget{req|!}" },
    { "autoscaling/v2:CrossVersionObjectReference", "apiVersion:s{z} kind:s{req|!} name:s{req|!}" },
    { "PodsMetricSource", "metric:MetricIdentifier{req|!} target:MetricTarget{req|!}" },
    { "ResourceMetricSource", "name:s{req|!} target:MetricTarget{req|!}" },
    { "autoscaling/v2:HorizontalPodAutoscalerStatus",
      "conditions:[HorizontalPodAutoscalerCondition]{map(type)|merge(type)|z} "
      "currentMetrics:[MetricStatus]{!} currentReplicas:i{z} desiredReplicas:i{req|!} lastScaleTime:t "
      "observedGeneration:l" },
    { "HorizontalPodAutoscalerCondition",
      "lastTransitionTime:t{!} message:s{z} reason:s{z} status:s{req|!} type:s{req|!}" },
    { "MetricStatus",
      "containerResource:ContainerResourceMetricStatus external:ExternalMetricStatus "
      "object:ObjectMetricStatus pods:PodsMetricStatus resource:ResourceMetricStatus type:s{req|!}" },
    { "ContainerResourceMetricStatus", "container:s{req|!} current:MetricValueStatus{req|!} name:s{req|!}" },
    { "MetricValueStatus", "averageUtilization:i averageValue:q value:q" },
    { "ExternalMetricStatus", "current:MetricValueStatus{req|!} metric:MetricIdentifier{req|!}" },
    { "ObjectMetricStatus", "current:MetricValueStatus{req|!} "
                            "describedObject:autoscaling/v2:CrossVersionObjectReference{req|!} "
                            "metric:MetricIdentifier{req|!}" },
    { "PodsMetricStatus", "current:MetricValueStatus{req|!} metric:MetricIdentifier{req|!}" },
    { "ResourceMetricStatus", "current:MetricValueStatus{req|!} name:s{req|!}" },
    { "Role", "apiVersion:s kind:s metadata:ObjectMeta{!} rules:[PolicyRule]{!}" },
    { "PolicyRule",
      "apiGroups:[s]{z} nonResourceURLs:[s]{z} resourceNames:[s]{z} resources:[s]{z} verbs:[s]{req|!}" },
    { "ClusterRole", "aggregationRule:AggregationRule apiVersion:s kind:s metadata:ObjectMeta{!} "
                     "rules:[PolicyRule]{!}" },
    { "AggregationRule", "clusterRoleSelectors:[LabelSelector]{z}" },
    { "RoleBinding",
      "apiVersion:s kind:s metadata:ObjectMeta{!} roleRef:RoleRef{req|!} subjects:[rbac/v1:Subject]{z}" },
    { "RoleRef", "@atomic apiGroup:s{req|!} kind:s{req|!} name:s{req|!}" },
    { "rbac/v1:Subject", "@atomic apiGroup:s{z} kind:s{req|!} name:s{req|!} namespace:s{z}" },
    { "ClusterRoleBinding",
      "apiVersion:s kind:s metadata:ObjectMeta{!} roleRef:RoleRef{req|!} subjects:[rbac/v1:Subject]{z}" },
    { "Ingress", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:IngressSpec{!} status:IngressStatus{!}" },
    { "IngressSpec",
      "defaultBackend:IngressBackend ingressClassName:s rules:[IngressRule]{z} tls:[IngressTLS]{z}" },
    { "IngressBackend", "resource:TypedLocalObjectReference service:IngressServiceBackend" },
    { "IngressServiceBackend", "name:s{req|!} port:ServiceBackendPort{!}" },
    { "ServiceBackendPort", "@atomic name:s{z} number:i{z}" },
    { "IngressRule", "host:s{z} http:HTTPIngressRuleValue" },
    { "HTTPIngressRuleValue", "paths:[HTTPIngressPath]{req|!}" },
    { "HTTPIngressPath", "backend:IngressBackend{req|!} path:s{z} pathType:s{req}" },
    { "IngressTLS", "hosts:[s]{z} secretName:s{z}" },
    { "IngressStatus", "loadBalancer:IngressLoadBalancerStatus{!}" },
    { "IngressLoadBalancerStatus", "ingress:[IngressLoadBalancerIngress]{z}" },
    { "IngressLoadBalancerIngress", "hostname:s{z} ip:s{z} ports:[IngressPortStatus]{z}" },
    { "IngressPortStatus", "error:s port:i{req|!} protocol:s{req|!}" },
    { "IngressClass", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:IngressClassSpec{!}" },
    { "IngressClassSpec", "controller:s{z} parameters:IngressClassParametersReference" },
    { "IngressClassParametersReference", "apiGroup:s kind:s{req|!} name:s{req|!} namespace:s scope:s" },
    { "NetworkPolicy", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:NetworkPolicySpec{!}" },
    { "NetworkPolicySpec", "egress:[NetworkPolicyEgressRule]{z} ingress:[NetworkPolicyIngressRule]{z} "
                           "podSelector:LabelSelector{!} policyTypes:[s]{z}" },
    { "NetworkPolicyEgressRule", "ports:[NetworkPolicyPort]{z} to:[NetworkPolicyPeer]{z}" },
    { "NetworkPolicyPort", "endPort:i port:x protocol:s{d=\"TCP\"}" },
    { "NetworkPolicyPeer", "ipBlock:IPBlock namespaceSelector:LabelSelector podSelector:LabelSelector" },
    { "IPBlock", "cidr:s{req|!} except:[s]{z}" },
    { "NetworkPolicyIngressRule", "from:[NetworkPolicyPeer]{z} ports:[NetworkPolicyPort]{z}" },
    { "PodDisruptionBudget", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:PodDisruptionBudgetSpec{!} "
                             "status:PodDisruptionBudgetStatus{!}" },
    { "PodDisruptionBudgetSpec",
      "maxUnavailable:x minAvailable:x selector:LabelSelector unhealthyPodEvictionPolicy:s" },
    { "PodDisruptionBudgetStatus",
      "conditions:[Condition]{map(type)|merge(type)|z} currentHealthy:i{req|!} desiredHealthy:i{req|!} "
      "disruptedPods:<t>{z} disruptionsAllowed:i{req|!} expectedPods:i{req|!} observedGeneration:l{z}" },
    { "Eviction", "apiVersion:s deleteOptions:DeleteOptions kind:s metadata:ObjectMeta{!}" },
    { "StorageClass",
      "allowVolumeExpansion:b allowedTopologies:[TopologySelectorTerm]{z} apiVersion:s kind:s "
      "metadata:ObjectMeta{!} mountOptions:[s]{z} parameters:<s>{z} provisioner:s{req|!} "
      "reclaimPolicy:s{d=\"Delete\"} volumeBindingMode:s{d=\"Immediate\"}" },
    { "CSIDriver", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:CSIDriverSpec{req|!}" },
    { "CSIDriverSpec",
      "attachRequired:b{d=true} fsGroupPolicy:s{d=\"ReadWriteOnceWithFSType\"} "
      "nodeAllocatableUpdatePeriodSeconds:l podInfoOnMount:b{d=false} requiresRepublish:b{d=false} "
      "seLinuxMount:b{d=false} serviceAccountTokenInSecrets:b storageCapacity:b{d=false} "
      "tokenRequests:[storage/v1:TokenRequest]{z} volumeLifecycleModes:[s]{set|z|d=[\"Persistent\"]}" },
    { "storage/v1:TokenRequest", "audience:s{req|!} expirationSeconds:l" },
    { "CSINode", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:CSINodeSpec{req|!}" },
    { "CSINodeSpec", "drivers:[CSINodeDriver]{map(name)|merge(name)|req|!}" },
    { "CSINodeDriver", "allocatable:VolumeNodeResources name:s{req|!} nodeID:s{req|!} topologyKeys:[s]{!}" },
    { "VolumeNodeResources", "count:i" },
    { "VolumeAttachment", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:VolumeAttachmentSpec{req|!} "
                          "status:VolumeAttachmentStatus{!}" },
    { "VolumeAttachmentSpec", "attacher:s{req|!} nodeName:s{req|!} source:VolumeAttachmentSource{req|!}" },
    { "VolumeAttachmentSource", "inlineVolumeSpec:PersistentVolumeSpec persistentVolumeName:s" },
    { "VolumeAttachmentStatus",
      "attachError:VolumeError attached:b{req|!} attachmentMetadata:<s>{z} detachError:VolumeError" },
    { "VolumeError", "errorCode:i message:s{z} time:t{!}" },
    { "CSIStorageCapacity", "apiVersion:s capacity:q kind:s maximumVolumeSize:q metadata:ObjectMeta{!} "
                            "nodeTopology:LabelSelector storageClassName:s{req|!}" },
    { "VolumeAttributesClass",
      "apiVersion:s driverName:s{req|!} kind:s metadata:ObjectMeta{!} parameters:<s>{z}" },
    { "Lease", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:LeaseSpec{!}" },
    { "LeaseSpec",
      "acquireTime:m holderIdentity:s leaseDurationSeconds:i leaseTransitions:i preferredHolder:s "
      "renewTime:m strategy:s" },
    { "EndpointSlice",
      "addressType:s{req|!} apiVersion:s endpoints:[Endpoint]{req|!} kind:s metadata:ObjectMeta{!} "
      "ports:[discovery/v1:EndpointPort]{!}" },
    { "Endpoint", "addresses:[s]{set|req|!} conditions:EndpointConditions{!} deprecatedTopology:<s>{z} "
                  "hints:EndpointHints hostname:s nodeName:s targetRef:ObjectReference zone:s" },
    { "EndpointConditions", "ready:b serving:b terminating:b" },
    { "EndpointHints", "forNodes:[ForNode]{z} forZones:[ForZone]{z}" },
    { "ForNode", "name:s{req|!}" },
    { "ForZone", "name:s{req|!}" },
    { "discovery/v1:EndpointPort", "@atomic appProtocol:s name:s{d=\"\"} port:i protocol:s{d=\"TCP\"}" },
    { "events/v1:Event",
      "action:s{z} apiVersion:s deprecatedCount:i{z} deprecatedFirstTimestamp:t{!} "
      "deprecatedLastTimestamp:t{!} deprecatedSource:EventSource{!} eventTime:m{req|!} kind:s "
      "metadata:ObjectMeta{!} note:s{z} reason:s{z} regarding:ObjectReference{!} "
      "related:ObjectReference reportingController:s{z} reportingInstance:s{z} "
      "series:events/v1:EventSeries type:s{z}" },
    { "events/v1:EventSeries", "count:i{req|!} lastObservedTime:m{req|!}" },
    { "PriorityClass", "apiVersion:s description:s{z} globalDefault:b{z} kind:s metadata:ObjectMeta{!} "
                       "preemptionPolicy:s{d=\"PreemptLowerPriority\"} value:i{req|!}" },
    { "RuntimeClass", "apiVersion:s handler:s{req|!} kind:s metadata:ObjectMeta{!} overhead:Overhead "
                      "scheduling:Scheduling" },
    { "Overhead", "podFixed:<q>{z}" },
    { "Scheduling", "nodeSelector:<s>{atomic|z} tolerations:[Toleration]{z}" },
    { "MutatingWebhookConfiguration",
      "apiVersion:s kind:s metadata:ObjectMeta{!} webhooks:[MutatingWebhook]{map(name)|merge(name)|z}" },
    { "MutatingWebhook",
      "admissionReviewVersions:[s]{req|!} "
      "clientConfig:admissionregistration/v1:WebhookClientConfig{req|!} failurePolicy:s{d=\"Fail\"} "
      "matchConditions:[MatchCondition]{map(name)|merge(name)|z} matchPolicy:s{d=\"Equivalent\"} "
      "name:s{req|!} namespaceSelector:LabelSelector{d={}} objectSelector:LabelSelector{d={}} "
      "reinvocationPolicy:s{d=\"Never\"} rules:[RuleWithOperations]{z} sideEffects:s{req} "
      "timeoutSeconds:i{d=10}" },
    { "admissionregistration/v1:WebhookClientConfig",
      "caBundle:y{z} service:admissionregistration/v1:ServiceReference url:s" },
    { "admissionregistration/v1:ServiceReference", "name:s{req|!} namespace:s{req|!} path:s port:i{d=443}" },
    { "MatchCondition", "expression:s{req|!} name:s{req|!}" },
    { "RuleWithOperations",
      "apiGroups:[s]{z} apiVersions:[s]{z} operations:[s]{z} resources:[s]{z} scope:s{d=\"*\"}" },
    { "ValidatingWebhookConfiguration", "apiVersion:s kind:s metadata:ObjectMeta{!} "
                                        "webhooks:[ValidatingWebhook]{map(name)|merge(name)|z}" },
    { "ValidatingWebhook",
      "admissionReviewVersions:[s]{req|!} "
      "clientConfig:admissionregistration/v1:WebhookClientConfig{req|!} failurePolicy:s{d=\"Fail\"} "
      "matchConditions:[MatchCondition]{map(name)|merge(name)|z} matchPolicy:s{d=\"Equivalent\"} "
      "name:s{req|!} namespaceSelector:LabelSelector{d={}} objectSelector:LabelSelector{d={}} "
      "rules:[RuleWithOperations]{z} sideEffects:s{req} timeoutSeconds:i{d=10}" },
    { "ValidatingAdmissionPolicy",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:ValidatingAdmissionPolicySpec{!} "
      "status:ValidatingAdmissionPolicyStatus{!}" },
    { "ValidatingAdmissionPolicySpec",
      "auditAnnotations:[AuditAnnotation]{z} failurePolicy:s{d=\"Fail\"} "
      "matchConditions:[MatchCondition]{map(name)|merge(name)|z} matchConstraints:MatchResources "
      "paramKind:ParamKind validations:[Validation]{z} variables:[Variable]{map(name)|merge(name)|z}" },
    { "AuditAnnotation", "key:s{req|!} valueExpression:s{req|!}" },
    { "MatchResources",
      "@atomic excludeResourceRules:[NamedRuleWithOperations]{z} matchPolicy:s{d=\"Equivalent\"} "
      "namespaceSelector:LabelSelector{d={}} objectSelector:LabelSelector{d={}} "
      "resourceRules:[NamedRuleWithOperations]{z}" },
    { "NamedRuleWithOperations",
      "@atomic apiGroups:[s]{z} apiVersions:[s]{z} operations:[s]{z} resourceNames:[s]{z} "
      "resources:[s]{z} scope:s{d=\"*\"}" },
    { "ParamKind", "@atomic apiVersion:s{z} kind:s{z}" },
    { "Validation", "expression:s{req|!} message:s{z} messageExpression:s{z} reason:s" },
    { "Variable", "@atomic expression:s{req|!} name:s{req|!}" },
    { "ValidatingAdmissionPolicyStatus",
      "conditions:[Condition]{map(type)|z} observedGeneration:l{z} typeChecking:TypeChecking" },
    { "TypeChecking", "expressionWarnings:[ExpressionWarning]{z}" },
    { "ExpressionWarning", "fieldRef:s{req|!} warning:s{req|!}" },
    { "ValidatingAdmissionPolicyBinding",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:ValidatingAdmissionPolicyBindingSpec{!}" },
    { "ValidatingAdmissionPolicyBindingSpec",
      "matchResources:MatchResources paramRef:ParamRef policyName:s{z} validationActions:[s]{set|z}" },
    { "ParamRef", "@atomic name:s{z} namespace:s{z} parameterNotFoundAction:s selector:LabelSelector" },
    { "FlowSchema",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:FlowSchemaSpec{!} status:FlowSchemaStatus{!}" },
    { "FlowSchemaSpec", "distinguisherMethod:FlowDistinguisherMethod matchingPrecedence:i{!} "
                        "priorityLevelConfiguration:PriorityLevelConfigurationReference{req|!} "
                        "rules:[PolicyRulesWithSubjects]{z}" },
    { "FlowDistinguisherMethod", "type:s{req|!}" },
    { "PriorityLevelConfigurationReference", "name:s{req|!}" },
    { "PolicyRulesWithSubjects",
      "nonResourceRules:[NonResourcePolicyRule]{z} resourceRules:[ResourcePolicyRule]{z} "
      "subjects:[flowcontrol/v1:Subject]{req|!}" },
    { "NonResourcePolicyRule", "nonResourceURLs:[s]{set|req|!} verbs:[s]{set|req|!}" },
    { "ResourcePolicyRule",
      "apiGroups:[s]{set|req|!} clusterScope:b{z} namespaces:[s]{set|!} resources:[s]{set|req|!} "
      "verbs:[s]{set|req|!}" },
    { "flowcontrol/v1:Subject",
      "group:GroupSubject kind:s{req|!} serviceAccount:ServiceAccountSubject user:UserSubject" },
    { "GroupSubject", "name:s{req|!}" },
    { "ServiceAccountSubject", "name:s{req|!} namespace:s{req|!}" },
    { "UserSubject", "name:s{req|!}" },
    { "FlowSchemaStatus", "conditions:[FlowSchemaCondition]{map(type)|merge(type)|z}" },
    { "FlowSchemaCondition", "lastTransitionTime:t{!} message:s{z} reason:s{z} status:s{z} type:s{z}" },
    { "PriorityLevelConfiguration",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:PriorityLevelConfigurationSpec{!} "
      "status:PriorityLevelConfigurationStatus{!}" },
    { "PriorityLevelConfigurationSpec",
      "exempt:ExemptPriorityLevelConfiguration limited:LimitedPriorityLevelConfiguration type:s{req|!}" },
    { "ExemptPriorityLevelConfiguration", "lendablePercent:i nominalConcurrencyShares:i" },
    { "LimitedPriorityLevelConfiguration",
      "borrowingLimitPercent:i lendablePercent:i limitResponse:LimitResponse{!} "
      "nominalConcurrencyShares:i" },
    { "LimitResponse", "queuing:QueuingConfiguration type:s{req|!}" },
    { "QueuingConfiguration", "handSize:i{!} queueLengthLimit:i{!} queues:i{!}" },
    { "PriorityLevelConfigurationStatus",
      "conditions:[PriorityLevelConfigurationCondition]{map(type)|merge(type)|z}" },
    { "PriorityLevelConfigurationCondition",
      "lastTransitionTime:t{!} message:s{z} reason:s{z} status:s{z} type:s{z}" },
    { "CertificateSigningRequest",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:CertificateSigningRequestSpec{req|!} "
      "status:CertificateSigningRequestStatus{!}" },
    { "CertificateSigningRequestSpec",
      "expirationSeconds:i extra:<[s]>{z} groups:[s]{z} request:y{req|!} signerName:s{req|!} uid:s{z} "
      "usages:[s]{z} username:s{z}" },
    { "CertificateSigningRequestStatus",
      "certificate:y{z} conditions:[CertificateSigningRequestCondition]{map(type)|z}" },
    { "CertificateSigningRequestCondition",
      "lastTransitionTime:t{!} lastUpdateTime:t{!} message:s{z} reason:s{z} status:s{req|!} "
      "type:s{req|!}" },
    { "APIService", "apiVersion:s kind:s metadata:ObjectMeta spec:APIServiceSpec status:APIServiceStatus" },
    { "APIServiceSpec", "caBundle:y group:s groupPriorityMinimum:i{req} insecureSkipTLSVerify:b "
                        "service:apiregistration/v1:ServiceReference version:s versionPriority:i{req}" },
    { "apiregistration/v1:ServiceReference", "name:s namespace:s port:i{d=443}" },
    { "APIServiceStatus", "conditions:[APIServiceCondition]{map(type)|merge(type)}" },
    { "APIServiceCondition", "lastTransitionTime:t message:s reason:s status:s{req} type:s{req}" },
    { "CustomResourceDefinition",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:CustomResourceDefinitionSpec{req|!} "
      "status:CustomResourceDefinitionStatus{!}" },
    { "CustomResourceDefinitionSpec",
      "conversion:CustomResourceConversion group:s{req|!} names:CustomResourceDefinitionNames{req|!} "
      "preserveUnknownFields:b{z} scope:s{req|!} versions:[CustomResourceDefinitionVersion]{req|!}" },
    { "CustomResourceConversion", "strategy:s{req|!} webhook:WebhookConversion" },
    { "WebhookConversion",
      "clientConfig:apiextensions/v1:WebhookClientConfig conversionReviewVersions:[s]{req|!}" },
    { "apiextensions/v1:WebhookClientConfig",
      "caBundle:y{z} service:apiextensions/v1:ServiceReference url:s" },
    { "apiextensions/v1:ServiceReference", "name:s{req|!} namespace:s{req|!} path:s port:i" },
    { "CustomResourceDefinitionNames",
      "categories:[s]{z} kind:s{req|!} listKind:s{z} plural:s{req|!} shortNames:[s]{z} singular:s{z}" },
    { "CustomResourceDefinitionVersion",
      "additionalPrinterColumns:[CustomResourceColumnDefinition]{z} deprecated:b{z} "
      "deprecationWarning:s name:s{req|!} schema:CustomResourceValidation "
      "selectableFields:[SelectableField]{z} served:b{req|!} storage:b{req|!} "
      "subresources:CustomResourceSubresources" },
    { "CustomResourceColumnDefinition",
      "description:s{z} format:s{z} jsonPath:s{req|!} name:s{req|!} priority:i{z} type:s{req|!}" },
    { "CustomResourceValidation", "openAPIV3Schema:j" },
    { "SelectableField", "jsonPath:s{req|!}" },
    { "CustomResourceSubresources",
      "scale:CustomResourceSubresourceScale status:CustomResourceSubresourceStatus" },
    { "CustomResourceSubresourceScale",
      "labelSelectorPath:s specReplicasPath:s{req|!} statusReplicasPath:s{req|!}" },
    { "CustomResourceSubresourceStatus", "" },
    { "CustomResourceDefinitionStatus",
      "acceptedNames:CustomResourceDefinitionNames{!} "
      "conditions:[CustomResourceDefinitionCondition]{map(type)|!} observedGeneration:l{z} "
      "storedVersions:[s]{!}" },
    { "CustomResourceDefinitionCondition",
      "lastTransitionTime:t{!} message:s{z} observedGeneration:l{z} reason:s{z} status:s{req|!} "
      "type:s{req|!}" },
    { "authentication/v1:TokenRequest",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:TokenRequestSpec{req|!} "
      "status:TokenRequestStatus{!}" },
    { "TokenRequestSpec", "audiences:[s]{req|!} boundObjectRef:BoundObjectReference expirationSeconds:l" },
    { "BoundObjectReference", "apiVersion:s{z} kind:s{z} name:s{z} uid:s{z}" },
    { "TokenRequestStatus", "expirationTimestamp:t{req|!} token:s{req|!}" },
    { "TokenReview", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:TokenReviewSpec{req|!} "
                     "status:TokenReviewStatus{!}" },
    { "TokenReviewSpec", "audiences:[s]{z} token:s{z}" },
    { "TokenReviewStatus", "audiences:[s]{z} authenticated:b{z} error:s{z} user:UserInfo{!}" },
    { "UserInfo", "extra:<[s]>{z} groups:[s]{z} uid:s{z} username:s{z}" },
    { "SelfSubjectReview", "apiVersion:s kind:s metadata:ObjectMeta{!} status:SelfSubjectReviewStatus{!}" },
    { "SelfSubjectReviewStatus", "userInfo:UserInfo{!}" },
    { "SubjectAccessReview", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:SubjectAccessReviewSpec{req|!} "
                             "status:SubjectAccessReviewStatus{!}" },
    { "SubjectAccessReviewSpec", "extra:<[s]>{z} groups:[s]{z} nonResourceAttributes:NonResourceAttributes "
                                 "resourceAttributes:ResourceAttributes uid:s{z} user:s{z}" },
    { "NonResourceAttributes", "path:s{z} verb:s{z}" },
    { "ResourceAttributes",
      "fieldSelector:FieldSelectorAttributes group:s{z} labelSelector:LabelSelectorAttributes "
      "name:s{z} namespace:s{z} resource:s{z} subresource:s{z} verb:s{z} version:s{z}" },
    { "FieldSelectorAttributes", "rawSelector:s{z} requirements:[FieldSelectorRequirement]{z}" },
    { "LabelSelectorAttributes", "rawSelector:s{z} requirements:[LabelSelectorRequirement]{z}" },
    { "SubjectAccessReviewStatus", "allowed:b{req|!} denied:b{z} evaluationError:s{z} reason:s{z}" },
    { "SelfSubjectAccessReview",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:SelfSubjectAccessReviewSpec{req|!} "
      "status:SubjectAccessReviewStatus{!}" },
    { "SelfSubjectAccessReviewSpec",
      "nonResourceAttributes:NonResourceAttributes resourceAttributes:ResourceAttributes" },
    { "LocalSubjectAccessReview",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:SubjectAccessReviewSpec{req|!} "
      "status:SubjectAccessReviewStatus{!}" },
    { "SelfSubjectRulesReview",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:SelfSubjectRulesReviewSpec{req|!} "
      "status:SubjectRulesReviewStatus{!}" },
    { "SelfSubjectRulesReviewSpec", "namespace:s{z}" },
    { "SubjectRulesReviewStatus",
      "evaluationError:s{z} incomplete:b{req|!} nonResourceRules:[NonResourceRule]{req|!} "
      "resourceRules:[ResourceRule]{req|!}" },
    { "NonResourceRule", "nonResourceURLs:[s]{z} verbs:[s]{req|!}" },
    { "ResourceRule", "apiGroups:[s]{z} resourceNames:[s]{z} resources:[s]{z} verbs:[s]{req|!}" },
    { 0 },
};
