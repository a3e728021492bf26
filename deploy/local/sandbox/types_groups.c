// SPDX-License-Identifier: Apache-2.0
// Field types: every group but core.
#include "deploy/local/sandbox/types_table.h"

const struct type_row types_groups[] = {
    { "Deployment", "apiVersion:s kind:s metadata:ObjectMeta spec:DeploymentSpec status:DeploymentStatus" },
    { "DeploymentSpec",
      "minReadySeconds:i paused:b progressDeadlineSeconds:i{d=600} replicas:i{d=1} "
      "revisionHistoryLimit:i{d=10} selector:LabelSelector{req} strategy:DeploymentStrategy{retain} "
      "template:PodTemplateSpec{req}" },
    { "DeploymentStrategy", "rollingUpdate:RollingUpdateDeployment type:s" },
    { "RollingUpdateDeployment", "maxSurge:x maxUnavailable:x" },
    { "DeploymentStatus",
      "availableReplicas:i collisionCount:i conditions:[DeploymentCondition]{map(type)|merge(type)} "
      "observedGeneration:l readyReplicas:i replicas:i terminatingReplicas:i unavailableReplicas:i "
      "updatedReplicas:i" },
    { "DeploymentCondition",
      "lastTransitionTime:t lastUpdateTime:t message:s reason:s status:s{req} type:s{req}" },
    { "StatefulSet",
      "apiVersion:s kind:s metadata:ObjectMeta spec:StatefulSetSpec status:StatefulSetStatus" },
    { "StatefulSetSpec",
      "minReadySeconds:i ordinals:StatefulSetOrdinals "
      "persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy "
      "podManagementPolicy:s{d=\"OrderedReady\"} replicas:i{d=1} revisionHistoryLimit:i{d=10} "
      "selector:LabelSelector{req} serviceName:s template:PodTemplateSpec{req} "
      "updateStrategy:StatefulSetUpdateStrategy volumeClaimTemplates:[PersistentVolumeClaim]" },
    { "StatefulSetOrdinals", "start:i" },
    { "StatefulSetPersistentVolumeClaimRetentionPolicy",
      "whenDeleted:s{d=\"Retain\"} whenScaled:s{d=\"Retain\"}" },
    { "StatefulSetUpdateStrategy", "rollingUpdate:RollingUpdateStatefulSetStrategy type:s" },
    { "RollingUpdateStatefulSetStrategy", "maxUnavailable:x partition:i" },
    { "StatefulSetStatus",
      "availableReplicas:i collisionCount:i conditions:[StatefulSetCondition]{map(type)|merge(type)} "
      "currentReplicas:i currentRevision:s observedGeneration:l readyReplicas:i replicas:i{req} "
      "updateRevision:s updatedReplicas:i" },
    { "StatefulSetCondition", "lastTransitionTime:t message:s reason:s status:s{req} type:s{req}" },
    { "DaemonSet", "apiVersion:s kind:s metadata:ObjectMeta spec:DaemonSetSpec status:DaemonSetStatus" },
    { "DaemonSetSpec", "minReadySeconds:i revisionHistoryLimit:i{d=10} selector:LabelSelector{req} "
                       "template:PodTemplateSpec{req} updateStrategy:DaemonSetUpdateStrategy" },
    { "DaemonSetUpdateStrategy", "rollingUpdate:RollingUpdateDaemonSet type:s" },
    { "RollingUpdateDaemonSet", "maxSurge:x maxUnavailable:x" },
    { "DaemonSetStatus",
      "collisionCount:i conditions:[DaemonSetCondition]{map(type)|merge(type)} "
      "currentNumberScheduled:i{req} desiredNumberScheduled:i{req} numberAvailable:i "
      "numberMisscheduled:i{req} numberReady:i{req} numberUnavailable:i observedGeneration:l "
      "updatedNumberScheduled:i" },
    { "DaemonSetCondition", "lastTransitionTime:t message:s reason:s status:s{req} type:s{req}" },
    { "ReplicaSet", "apiVersion:s kind:s metadata:ObjectMeta spec:ReplicaSetSpec status:ReplicaSetStatus" },
    { "ReplicaSetSpec",
      "minReadySeconds:i replicas:i{d=1} selector:LabelSelector{req} template:PodTemplateSpec" },
    { "ReplicaSetStatus", "availableReplicas:i conditions:[ReplicaSetCondition]{map(type)|merge(type)} "
                          "fullyLabeledReplicas:i observedGeneration:l readyReplicas:i replicas:i{req} "
                          "terminatingReplicas:i" },
    { "ReplicaSetCondition", "lastTransitionTime:t message:s reason:s status:s{req} type:s{req}" },
    { "ControllerRevision", "apiVersion:s data:j kind:s metadata:ObjectMeta revision:l{req}" },
    { "Job", "apiVersion:s kind:s metadata:ObjectMeta spec:JobSpec status:JobStatus" },
    { "JobSpec", "activeDeadlineSeconds:l backoffLimit:i{d=6} backoffLimitPerIndex:i "
                 "completionMode:s{d=\"NonIndexed\"} completions:i managedBy:s manualSelector:b "
                 "maxFailedIndexes:i parallelism:i podFailurePolicy:PodFailurePolicy podReplacementPolicy:s "
                 "selector:LabelSelector successPolicy:SuccessPolicy suspend:b{d=false} "
                 "template:PodTemplateSpec{req} ttlSecondsAfterFinished:i" },
    { "PodFailurePolicy", "rules:[PodFailurePolicyRule]{req}" },
    { "PodFailurePolicyRule", "action:s{req} onExitCodes:PodFailurePolicyOnExitCodesRequirement "
                              "onPodConditions:[PodFailurePolicyOnPodConditionsPattern]" },
    { "PodFailurePolicyOnExitCodesRequirement", "containerName:s operator:s{req} values:[i]{set|req}" },
    { "PodFailurePolicyOnPodConditionsPattern", "status:s type:s{req}" },
    { "SuccessPolicy", "rules:[SuccessPolicyRule]{req}" },
    { "SuccessPolicyRule", "succeededCount:i succeededIndexes:s" },
    { "JobStatus",
      "active:i completedIndexes:s completionTime:t conditions:[JobCondition]{merge(type)} failed:i "
      "failedIndexes:s ready:i startTime:t succeeded:i terminating:i "
      "uncountedTerminatedPods:UncountedTerminatedPods" },
    { "JobCondition", "lastProbeTime:t lastTransitionTime:t message:s reason:s status:s{req} type:s{req}" },
    { "UncountedTerminatedPods", "failed:[s]{set} succeeded:[s]{set}" },
    { "CronJob", "apiVersion:s kind:s metadata:ObjectMeta spec:CronJobSpec status:CronJobStatus" },
    { "CronJobSpec",
      "concurrencyPolicy:s{d=\"Allow\"} failedJobsHistoryLimit:i{d=1} jobTemplate:JobTemplateSpec{req} "
      "schedule:s{req} startingDeadlineSeconds:l successfulJobsHistoryLimit:i{d=3} suspend:b{d=false} "
      "timeZone:s" },
    { "JobTemplateSpec", "metadata:ObjectMeta spec:JobSpec" },
    { "CronJobStatus", "active:[ObjectReference] lastScheduleTime:t lastSuccessfulTime:t" },
    { "Scale", "apiVersion:s kind:s metadata:ObjectMeta spec:ScaleSpec status:ScaleStatus" },
    { "ScaleSpec", "replicas:i" },
    { "ScaleStatus", "replicas:i{req} selector:s" },
    { "autoscaling/v1:HorizontalPodAutoscaler",
      "apiVersion:s kind:s metadata:ObjectMeta spec:autoscaling/v1:HorizontalPodAutoscalerSpec "
      "status:autoscaling/v1:HorizontalPodAutoscalerStatus" },
    { "autoscaling/v1:HorizontalPodAutoscalerSpec",
      "maxReplicas:i{req} minReplicas:i{d=1} "
      "scaleTargetRef:autoscaling/v1:CrossVersionObjectReference{req} targetCPUUtilizationPercentage:i" },
    { "autoscaling/v1:CrossVersionObjectReference", "@atomic apiVersion:s kind:s{req} name:s{req}" },
    { "autoscaling/v1:HorizontalPodAutoscalerStatus",
      "currentCPUUtilizationPercentage:i currentReplicas:i{req} desiredReplicas:i{req} lastScaleTime:t "
      "observedGeneration:l" },
    { "autoscaling/v2:HorizontalPodAutoscaler",
      "apiVersion:s kind:s metadata:ObjectMeta spec:autoscaling/v2:HorizontalPodAutoscalerSpec "
      "status:autoscaling/v2:HorizontalPodAutoscalerStatus" },
    { "autoscaling/v2:HorizontalPodAutoscalerSpec",
      "behavior:HorizontalPodAutoscalerBehavior maxReplicas:i{req} metrics:[MetricSpec] "
      "minReplicas:i{d=1} scaleTargetRef:autoscaling/v2:CrossVersionObjectReference{req}" },
    { "HorizontalPodAutoscalerBehavior", "scaleDown:HPAScalingRules scaleUp:HPAScalingRules" },
    { "HPAScalingRules",
      "policies:[HPAScalingPolicy] selectPolicy:s stabilizationWindowSeconds:i tolerance:q" },
    { "HPAScalingPolicy", "periodSeconds:i{req} type:s{req} value:i{req}" },
    { "MetricSpec",
      "containerResource:ContainerResourceMetricSource external:ExternalMetricSource "
      "object:ObjectMetricSource pods:PodsMetricSource resource:ResourceMetricSource type:s{req}" },
    { "ContainerResourceMetricSource", "container:s{req} name:s{req} target:MetricTarget{req}" },
    { "MetricTarget", "averageUtilization:i averageValue:q type:s{req} value:q" },
    { "ExternalMetricSource", "metric:MetricIdentifier{req} target:MetricTarget{req}" },
    { "MetricIdentifier", "name:s{req} selector:LabelSelector" },
    { "ObjectMetricSource",
      "describedObject:autoscaling/v2:CrossVersionObjectReference{req} metric:MetricIdentifier{req} "
      "target:MetricTarget{req}" },
    { "autoscaling/v2:CrossVersionObjectReference", "apiVersion:s kind:s{req} name:s{req}" },
    { "PodsMetricSource", "metric:MetricIdentifier{req} target:MetricTarget{req}" },
    { "ResourceMetricSource", "name:s{req} target:MetricTarget{req}" },
    { "autoscaling/v2:HorizontalPodAutoscalerStatus",
      "conditions:[HorizontalPodAutoscalerCondition]{map(type)|merge(type)} "
      "currentMetrics:[MetricStatus] currentReplicas:i desiredReplicas:i{req} lastScaleTime:t "
      "observedGeneration:l" },
    { "HorizontalPodAutoscalerCondition",
      "lastTransitionTime:t message:s reason:s status:s{req} type:s{req}" },
    { "MetricStatus",
      "containerResource:ContainerResourceMetricStatus external:ExternalMetricStatus "
      "object:ObjectMetricStatus pods:PodsMetricStatus resource:ResourceMetricStatus type:s{req}" },
    { "ContainerResourceMetricStatus", "container:s{req} current:MetricValueStatus{req} name:s{req}" },
    { "MetricValueStatus", "averageUtilization:i averageValue:q value:q" },
    { "ExternalMetricStatus", "current:MetricValueStatus{req} metric:MetricIdentifier{req}" },
    { "ObjectMetricStatus",
      "current:MetricValueStatus{req} describedObject:autoscaling/v2:CrossVersionObjectReference{req} "
      "metric:MetricIdentifier{req}" },
    { "PodsMetricStatus", "current:MetricValueStatus{req} metric:MetricIdentifier{req}" },
    { "ResourceMetricStatus", "current:MetricValueStatus{req} name:s{req}" },
    { "Role", "apiVersion:s kind:s metadata:ObjectMeta rules:[PolicyRule]" },
    { "PolicyRule", "apiGroups:[s] nonResourceURLs:[s] resourceNames:[s] resources:[s] verbs:[s]{req}" },
    { "ClusterRole",
      "aggregationRule:AggregationRule apiVersion:s kind:s metadata:ObjectMeta rules:[PolicyRule]" },
    { "AggregationRule", "clusterRoleSelectors:[LabelSelector]" },
    { "RoleBinding",
      "apiVersion:s kind:s metadata:ObjectMeta roleRef:RoleRef{req} subjects:[rbac/v1:Subject]" },
    { "RoleRef", "@atomic apiGroup:s{req} kind:s{req} name:s{req}" },
    { "rbac/v1:Subject", "@atomic apiGroup:s kind:s{req} name:s{req} namespace:s" },
    { "ClusterRoleBinding",
      "apiVersion:s kind:s metadata:ObjectMeta roleRef:RoleRef{req} subjects:[rbac/v1:Subject]" },
    { "Ingress", "apiVersion:s kind:s metadata:ObjectMeta spec:IngressSpec status:IngressStatus" },
    { "IngressSpec",
      "defaultBackend:IngressBackend ingressClassName:s rules:[IngressRule] tls:[IngressTLS]" },
    { "IngressBackend", "resource:TypedLocalObjectReference service:IngressServiceBackend" },
    { "IngressServiceBackend", "name:s{req} port:ServiceBackendPort" },
    { "ServiceBackendPort", "@atomic name:s number:i" },
    { "IngressRule", "host:s http:HTTPIngressRuleValue" },
    { "HTTPIngressRuleValue", "paths:[HTTPIngressPath]{req}" },
    { "HTTPIngressPath", "backend:IngressBackend{req} path:s pathType:s{req}" },
    { "IngressTLS", "hosts:[s] secretName:s" },
    { "IngressStatus", "loadBalancer:IngressLoadBalancerStatus" },
    { "IngressLoadBalancerStatus", "ingress:[IngressLoadBalancerIngress]" },
    { "IngressLoadBalancerIngress", "hostname:s ip:s ports:[IngressPortStatus]" },
    { "IngressPortStatus", "error:s port:i{req} protocol:s{req}" },
    { "IngressClass", "apiVersion:s kind:s metadata:ObjectMeta spec:IngressClassSpec" },
    { "IngressClassSpec", "controller:s parameters:IngressClassParametersReference" },
    { "IngressClassParametersReference", "apiGroup:s kind:s{req} name:s{req} namespace:s scope:s" },
    { "NetworkPolicy", "apiVersion:s kind:s metadata:ObjectMeta spec:NetworkPolicySpec" },
    { "NetworkPolicySpec",
      "egress:[NetworkPolicyEgressRule] ingress:[NetworkPolicyIngressRule] podSelector:LabelSelector "
      "policyTypes:[s]" },
    { "NetworkPolicyEgressRule", "ports:[NetworkPolicyPort] to:[NetworkPolicyPeer]" },
    { "NetworkPolicyPort", "endPort:i port:x protocol:s{d=\"TCP\"}" },
    { "NetworkPolicyPeer", "ipBlock:IPBlock namespaceSelector:LabelSelector podSelector:LabelSelector" },
    { "IPBlock", "cidr:s{req} except:[s]" },
    { "NetworkPolicyIngressRule", "from:[NetworkPolicyPeer] ports:[NetworkPolicyPort]" },
    { "PodDisruptionBudget", "apiVersion:s kind:s metadata:ObjectMeta spec:PodDisruptionBudgetSpec "
                             "status:PodDisruptionBudgetStatus" },
    { "PodDisruptionBudgetSpec",
      "maxUnavailable:x minAvailable:x selector:LabelSelector unhealthyPodEvictionPolicy:s" },
    { "PodDisruptionBudgetStatus",
      "conditions:[Condition]{map(type)|merge(type)} currentHealthy:i{req} desiredHealthy:i{req} "
      "disruptedPods:<t> disruptionsAllowed:i{req} expectedPods:i{req} observedGeneration:l" },
    { "Eviction", "apiVersion:s deleteOptions:DeleteOptions kind:s metadata:ObjectMeta" },
    { "StorageClass", "allowVolumeExpansion:b allowedTopologies:[TopologySelectorTerm] apiVersion:s kind:s "
                      "metadata:ObjectMeta mountOptions:[s] parameters:<s> provisioner:s{req} "
                      "reclaimPolicy:s{d=\"Delete\"} volumeBindingMode:s{d=\"Immediate\"}" },
    { "CSIDriver", "apiVersion:s kind:s metadata:ObjectMeta spec:CSIDriverSpec{req}" },
    { "CSIDriverSpec",
      "attachRequired:b{d=true} fsGroupPolicy:s{d=\"ReadWriteOnceWithFSType\"} "
      "nodeAllocatableUpdatePeriodSeconds:l podInfoOnMount:b{d=false} requiresRepublish:b{d=false} "
      "seLinuxMount:b{d=false} serviceAccountTokenInSecrets:b storageCapacity:b{d=false} "
      "tokenRequests:[storage/v1:TokenRequest] volumeLifecycleModes:[s]{set|d=[\"Persistent\"]}" },
    { "storage/v1:TokenRequest", "audience:s{req} expirationSeconds:l" },
    { "CSINode", "apiVersion:s kind:s metadata:ObjectMeta spec:CSINodeSpec{req}" },
    { "CSINodeSpec", "drivers:[CSINodeDriver]{map(name)|merge(name)|req}" },
    { "CSINodeDriver", "allocatable:VolumeNodeResources name:s{req} nodeID:s{req} topologyKeys:[s]" },
    { "VolumeNodeResources", "count:i" },
    { "VolumeAttachment", "apiVersion:s kind:s metadata:ObjectMeta spec:VolumeAttachmentSpec{req} "
                          "status:VolumeAttachmentStatus" },
    { "VolumeAttachmentSpec", "attacher:s{req} nodeName:s{req} source:VolumeAttachmentSource{req}" },
    { "VolumeAttachmentSource", "inlineVolumeSpec:PersistentVolumeSpec persistentVolumeName:s" },
    { "VolumeAttachmentStatus",
      "attachError:VolumeError attached:b{req} attachmentMetadata:<s> detachError:VolumeError" },
    { "VolumeError", "errorCode:i message:s time:t" },
    { "CSIStorageCapacity", "apiVersion:s capacity:q kind:s maximumVolumeSize:q metadata:ObjectMeta "
                            "nodeTopology:LabelSelector storageClassName:s{req}" },
    { "VolumeAttributesClass", "apiVersion:s driverName:s{req} kind:s metadata:ObjectMeta parameters:<s>" },
    { "Lease", "apiVersion:s kind:s metadata:ObjectMeta spec:LeaseSpec" },
    { "LeaseSpec",
      "acquireTime:m holderIdentity:s leaseDurationSeconds:i leaseTransitions:i preferredHolder:s "
      "renewTime:m strategy:s" },
    { "EndpointSlice", "addressType:s{req} apiVersion:s endpoints:[Endpoint]{req} kind:s metadata:ObjectMeta "
                       "ports:[discovery/v1:EndpointPort]" },
    { "Endpoint",
      "addresses:[s]{set|req} conditions:EndpointConditions deprecatedTopology:<s> hints:EndpointHints "
      "hostname:s nodeName:s targetRef:ObjectReference zone:s" },
    { "EndpointConditions", "ready:b serving:b terminating:b" },
    { "EndpointHints", "forNodes:[ForNode] forZones:[ForZone]" },
    { "ForNode", "name:s{req}" },
    { "ForZone", "name:s{req}" },
    { "discovery/v1:EndpointPort", "@atomic appProtocol:s name:s{d=\"\"} port:i protocol:s{d=\"TCP\"}" },
    { "events/v1:Event",
      "action:s apiVersion:s deprecatedCount:i deprecatedFirstTimestamp:t deprecatedLastTimestamp:t "
      "deprecatedSource:EventSource eventTime:m{req} kind:s metadata:ObjectMeta note:s reason:s "
      "regarding:ObjectReference related:ObjectReference reportingController:s reportingInstance:s "
      "series:events/v1:EventSeries type:s" },
    { "events/v1:EventSeries", "count:i{req} lastObservedTime:m{req}" },
    { "PriorityClass", "apiVersion:s description:s globalDefault:b kind:s metadata:ObjectMeta "
                       "preemptionPolicy:s{d=\"PreemptLowerPriority\"} value:i{req}" },
    { "RuntimeClass",
      "apiVersion:s handler:s{req} kind:s metadata:ObjectMeta overhead:Overhead scheduling:Scheduling" },
    { "Overhead", "podFixed:<q>" },
    { "Scheduling", "nodeSelector:<s>{atomic} tolerations:[Toleration]" },
    { "MutatingWebhookConfiguration",
      "apiVersion:s kind:s metadata:ObjectMeta webhooks:[MutatingWebhook]{map(name)|merge(name)}" },
    { "MutatingWebhook",
      "admissionReviewVersions:[s]{req} clientConfig:admissionregistration/v1:WebhookClientConfig{req} "
      "failurePolicy:s{d=\"Fail\"} matchConditions:[MatchCondition]{map(name)|merge(name)} "
      "matchPolicy:s{d=\"Equivalent\"} name:s{req} namespaceSelector:LabelSelector{d={}} "
      "objectSelector:LabelSelector{d={}} reinvocationPolicy:s{d=\"Never\"} rules:[RuleWithOperations] "
      "sideEffects:s{req} timeoutSeconds:i{d=10}" },
    { "admissionregistration/v1:WebhookClientConfig",
      "caBundle:y service:admissionregistration/v1:ServiceReference url:s" },
    { "admissionregistration/v1:ServiceReference", "name:s{req} namespace:s{req} path:s port:i{d=443}" },
    { "MatchCondition", "expression:s{req} name:s{req}" },
    { "RuleWithOperations", "apiGroups:[s] apiVersions:[s] operations:[s] resources:[s] scope:s{d=\"*\"}" },
    { "ValidatingWebhookConfiguration",
      "apiVersion:s kind:s metadata:ObjectMeta webhooks:[ValidatingWebhook]{map(name)|merge(name)}" },
    { "ValidatingWebhook",
      "admissionReviewVersions:[s]{req} clientConfig:admissionregistration/v1:WebhookClientConfig{req} "
      "failurePolicy:s{d=\"Fail\"} matchConditions:[MatchCondition]{map(name)|merge(name)} "
      "matchPolicy:s{d=\"Equivalent\"} name:s{req} namespaceSelector:LabelSelector{d={}} "
      "objectSelector:LabelSelector{d={}} rules:[RuleWithOperations] sideEffects:s{req} "
      "timeoutSeconds:i{d=10}" },
    { "ValidatingAdmissionPolicy",
      "apiVersion:s kind:s metadata:ObjectMeta spec:ValidatingAdmissionPolicySpec "
      "status:ValidatingAdmissionPolicyStatus" },
    { "ValidatingAdmissionPolicySpec",
      "auditAnnotations:[AuditAnnotation] failurePolicy:s{d=\"Fail\"} "
      "matchConditions:[MatchCondition]{map(name)|merge(name)} matchConstraints:MatchResources "
      "paramKind:ParamKind validations:[Validation] variables:[Variable]{map(name)|merge(name)}" },
    { "AuditAnnotation", "key:s{req} valueExpression:s{req}" },
    { "MatchResources",
      "@atomic excludeResourceRules:[NamedRuleWithOperations] matchPolicy:s{d=\"Equivalent\"} "
      "namespaceSelector:LabelSelector{d={}} objectSelector:LabelSelector{d={}} "
      "resourceRules:[NamedRuleWithOperations]" },
    { "NamedRuleWithOperations",
      "@atomic apiGroups:[s] apiVersions:[s] operations:[s] resourceNames:[s] resources:[s] "
      "scope:s{d=\"*\"}" },
    { "ParamKind", "@atomic apiVersion:s kind:s" },
    { "Validation", "expression:s{req} message:s messageExpression:s reason:s" },
    { "Variable", "@atomic expression:s{req} name:s{req}" },
    { "ValidatingAdmissionPolicyStatus",
      "conditions:[Condition]{map(type)} observedGeneration:l typeChecking:TypeChecking" },
    { "TypeChecking", "expressionWarnings:[ExpressionWarning]" },
    { "ExpressionWarning", "fieldRef:s{req} warning:s{req}" },
    { "ValidatingAdmissionPolicyBinding",
      "apiVersion:s kind:s metadata:ObjectMeta spec:ValidatingAdmissionPolicyBindingSpec" },
    { "ValidatingAdmissionPolicyBindingSpec",
      "matchResources:MatchResources paramRef:ParamRef policyName:s validationActions:[s]{set}" },
    { "ParamRef", "@atomic name:s namespace:s parameterNotFoundAction:s selector:LabelSelector" },
    { "FlowSchema", "apiVersion:s kind:s metadata:ObjectMeta spec:FlowSchemaSpec status:FlowSchemaStatus" },
    { "FlowSchemaSpec", "distinguisherMethod:FlowDistinguisherMethod matchingPrecedence:i "
                        "priorityLevelConfiguration:PriorityLevelConfigurationReference{req} "
                        "rules:[PolicyRulesWithSubjects]" },
    { "FlowDistinguisherMethod", "type:s{req}" },
    { "PriorityLevelConfigurationReference", "name:s{req}" },
    { "PolicyRulesWithSubjects",
      "nonResourceRules:[NonResourcePolicyRule] resourceRules:[ResourcePolicyRule] "
      "subjects:[flowcontrol/v1:Subject]{req}" },
    { "NonResourcePolicyRule", "nonResourceURLs:[s]{set|req} verbs:[s]{set|req}" },
    { "ResourcePolicyRule",
      "apiGroups:[s]{set|req} clusterScope:b namespaces:[s]{set} resources:[s]{set|req} "
      "verbs:[s]{set|req}" },
    { "flowcontrol/v1:Subject",
      "group:GroupSubject kind:s{req} serviceAccount:ServiceAccountSubject user:UserSubject" },
    { "GroupSubject", "name:s{req}" },
    { "ServiceAccountSubject", "name:s{req} namespace:s{req}" },
    { "UserSubject", "name:s{req}" },
    { "FlowSchemaStatus", "conditions:[FlowSchemaCondition]{map(type)|merge(type)}" },
    { "FlowSchemaCondition", "lastTransitionTime:t message:s reason:s status:s type:s" },
    { "PriorityLevelConfiguration",
      "apiVersion:s kind:s metadata:ObjectMeta spec:PriorityLevelConfigurationSpec "
      "status:PriorityLevelConfigurationStatus" },
    { "PriorityLevelConfigurationSpec",
      "exempt:ExemptPriorityLevelConfiguration limited:LimitedPriorityLevelConfiguration type:s{req}" },
    { "ExemptPriorityLevelConfiguration", "lendablePercent:i nominalConcurrencyShares:i" },
    { "LimitedPriorityLevelConfiguration",
      "borrowingLimitPercent:i lendablePercent:i limitResponse:LimitResponse "
      "nominalConcurrencyShares:i" },
    { "LimitResponse", "queuing:QueuingConfiguration type:s{req}" },
    { "QueuingConfiguration", "handSize:i queueLengthLimit:i queues:i" },
    { "PriorityLevelConfigurationStatus",
      "conditions:[PriorityLevelConfigurationCondition]{map(type)|merge(type)}" },
    { "PriorityLevelConfigurationCondition", "lastTransitionTime:t message:s reason:s status:s type:s" },
    { "CertificateSigningRequest",
      "apiVersion:s kind:s metadata:ObjectMeta spec:CertificateSigningRequestSpec{req} "
      "status:CertificateSigningRequestStatus" },
    { "CertificateSigningRequestSpec",
      "expirationSeconds:i extra:<[s]> groups:[s] request:y{req} signerName:s{req} uid:s usages:[s] "
      "username:s" },
    { "CertificateSigningRequestStatus",
      "certificate:y conditions:[CertificateSigningRequestCondition]{map(type)}" },
    { "CertificateSigningRequestCondition",
      "lastTransitionTime:t lastUpdateTime:t message:s reason:s status:s{req} type:s{req}" },
    { "APIService", "apiVersion:s kind:s metadata:ObjectMeta spec:APIServiceSpec status:APIServiceStatus" },
    { "APIServiceSpec", "caBundle:y group:s groupPriorityMinimum:i{req} insecureSkipTLSVerify:b "
                        "service:apiregistration/v1:ServiceReference version:s versionPriority:i{req}" },
    { "apiregistration/v1:ServiceReference", "name:s namespace:s port:i{d=443}" },
    { "APIServiceStatus", "conditions:[APIServiceCondition]{map(type)|merge(type)}" },
    { "APIServiceCondition", "lastTransitionTime:t message:s reason:s status:s{req} type:s{req}" },
    { "CustomResourceDefinition",
      "apiVersion:s kind:s metadata:ObjectMeta spec:CustomResourceDefinitionSpec{req} "
      "status:CustomResourceDefinitionStatus" },
    { "CustomResourceDefinitionSpec",
      "conversion:CustomResourceConversion group:s{req} names:CustomResourceDefinitionNames{req} "
      "preserveUnknownFields:b scope:s{req} versions:[CustomResourceDefinitionVersion]{req}" },
    { "CustomResourceConversion", "strategy:s{req} webhook:WebhookConversion" },
    { "WebhookConversion",
      "clientConfig:apiextensions/v1:WebhookClientConfig conversionReviewVersions:[s]{req}" },
    { "apiextensions/v1:WebhookClientConfig", "caBundle:y service:apiextensions/v1:ServiceReference url:s" },
    { "apiextensions/v1:ServiceReference", "name:s{req} namespace:s{req} path:s port:i" },
    { "CustomResourceDefinitionNames",
      "categories:[s] kind:s{req} listKind:s plural:s{req} shortNames:[s] singular:s" },
    { "CustomResourceDefinitionVersion",
      "additionalPrinterColumns:[CustomResourceColumnDefinition] deprecated:b deprecationWarning:s "
      "name:s{req} schema:CustomResourceValidation selectableFields:[SelectableField] served:b{req} "
      "storage:b{req} subresources:CustomResourceSubresources" },
    { "CustomResourceColumnDefinition",
      "description:s format:s jsonPath:s{req} name:s{req} priority:i type:s{req}" },
    { "CustomResourceValidation", "openAPIV3Schema:j" },
    { "SelectableField", "jsonPath:s{req}" },
    { "CustomResourceSubresources",
      "scale:CustomResourceSubresourceScale status:CustomResourceSubresourceStatus" },
    { "CustomResourceSubresourceScale",
      "labelSelectorPath:s specReplicasPath:s{req} statusReplicasPath:s{req}" },
    { "CustomResourceSubresourceStatus", "" },
    { "CustomResourceDefinitionStatus",
      "acceptedNames:CustomResourceDefinitionNames "
      "conditions:[CustomResourceDefinitionCondition]{map(type)} observedGeneration:l "
      "storedVersions:[s]" },
    { "CustomResourceDefinitionCondition",
      "lastTransitionTime:t message:s observedGeneration:l reason:s status:s{req} type:s{req}" },
    { "authentication/v1:TokenRequest",
      "apiVersion:s kind:s metadata:ObjectMeta spec:TokenRequestSpec{req} status:TokenRequestStatus" },
    { "TokenRequestSpec", "audiences:[s]{req} boundObjectRef:BoundObjectReference expirationSeconds:l" },
    { "BoundObjectReference", "apiVersion:s kind:s name:s uid:s" },
    { "TokenRequestStatus", "expirationTimestamp:t{req} token:s{req}" },
    { "TokenReview",
      "apiVersion:s kind:s metadata:ObjectMeta spec:TokenReviewSpec{req} status:TokenReviewStatus" },
    { "TokenReviewSpec", "audiences:[s] token:s" },
    { "TokenReviewStatus", "audiences:[s] authenticated:b error:s user:UserInfo" },
    { "UserInfo", "extra:<[s]> groups:[s] uid:s username:s" },
    { "SelfSubjectReview", "apiVersion:s kind:s metadata:ObjectMeta status:SelfSubjectReviewStatus" },
    { "SelfSubjectReviewStatus", "userInfo:UserInfo" },
    { "SubjectAccessReview", "apiVersion:s kind:s metadata:ObjectMeta spec:SubjectAccessReviewSpec{req} "
                             "status:SubjectAccessReviewStatus" },
    { "SubjectAccessReviewSpec", "extra:<[s]> groups:[s] nonResourceAttributes:NonResourceAttributes "
                                 "resourceAttributes:ResourceAttributes uid:s user:s" },
    { "NonResourceAttributes", "path:s verb:s" },
    { "ResourceAttributes",
      "fieldSelector:FieldSelectorAttributes group:s labelSelector:LabelSelectorAttributes name:s "
      "namespace:s resource:s subresource:s verb:s version:s" },
    { "FieldSelectorAttributes", "rawSelector:s requirements:[FieldSelectorRequirement]" },
    { "LabelSelectorAttributes", "rawSelector:s requirements:[LabelSelectorRequirement]" },
    { "SubjectAccessReviewStatus", "allowed:b{req} denied:b evaluationError:s reason:s" },
    { "SelfSubjectAccessReview",
      "apiVersion:s kind:s metadata:ObjectMeta spec:SelfSubjectAccessReviewSpec{req} "
      "status:SubjectAccessReviewStatus" },
    { "SelfSubjectAccessReviewSpec",
      "nonResourceAttributes:NonResourceAttributes resourceAttributes:ResourceAttributes" },
    { "LocalSubjectAccessReview", "apiVersion:s kind:s metadata:ObjectMeta spec:SubjectAccessReviewSpec{req} "
                                  "status:SubjectAccessReviewStatus" },
    { "SelfSubjectRulesReview",
      "apiVersion:s kind:s metadata:ObjectMeta spec:SelfSubjectRulesReviewSpec{req} "
      "status:SubjectRulesReviewStatus" },
    { "SelfSubjectRulesReviewSpec", "namespace:s" },
    { "SubjectRulesReviewStatus",
      "evaluationError:s incomplete:b{req} nonResourceRules:[NonResourceRule]{req} "
      "resourceRules:[ResourceRule]{req}" },
    { "NonResourceRule", "nonResourceURLs:[s] verbs:[s]{req}" },
    { "ResourceRule", "apiGroups:[s] resourceNames:[s] resources:[s] verbs:[s]{req}" },
    { 0 },
};
