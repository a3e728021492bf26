// SPDX-License-Identifier: Apache-2.0
// Field types: metadata and the core group.
#include "deploy/local/sandbox/types_table.h"

const struct type_row types_core[] = {
    { "Pod", "apiVersion:s kind:s metadata:ObjectMeta spec:PodSpec status:PodStatus" },
    { "ObjectMeta",
      "annotations:<s> creationTimestamp:t deletionGracePeriodSeconds:l deletionTimestamp:t "
      "finalizers:[s]{set|merge()} generateName:s generation:l labels:<s> "
      "managedFields:[ManagedFieldsEntry] name:s namespace:s "
      "ownerReferences:[OwnerReference]{map(uid)|merge(uid)} resourceVersion:s selfLink:s uid:s" },
    { "ManagedFieldsEntry",
      "apiVersion:s fieldsType:s fieldsV1:j manager:s operation:s subresource:s time:t" },
    { "OwnerReference",
      "@atomic apiVersion:s{req} blockOwnerDeletion:b controller:b kind:s{req} name:s{req} uid:s{req}" },
    { "PodSpec",
      "activeDeadlineSeconds:l affinity:Affinity automountServiceAccountToken:b "
      "containers:[Container]{map(name)|merge(name)|req} dnsConfig:PodDNSConfig "
      "dnsPolicy:s{d=\"ClusterFirst\"} enableServiceLinks:b "
      "ephemeralContainers:[EphemeralContainer]{map(name)|merge(name)} "
      "hostAliases:[HostAlias]{map(ip)|merge(ip)} hostIPC:b hostNetwork:b hostPID:b hostUsers:b "
      "hostname:s hostnameOverride:s imagePullSecrets:[LocalObjectReference]{map(name)|merge(name)} "
      "initContainers:[Container]{map(name)|merge(name)} nodeName:s nodeSelector:<s>{atomic} os:PodOS "
      "overhead:<q> preemptionPolicy:s priority:i priorityClassName:s "
      "readinessGates:[PodReadinessGate] "
      "resourceClaims:[PodResourceClaim]{map(name)|merge(name)|retain} resources:ResourceRequirements "
      "restartPolicy:s{d=\"Always\"} runtimeClassName:s schedulerName:s{d=\"default-scheduler\"} "
      "schedulingGates:[PodSchedulingGate]{map(name)|merge(name)} "
      "securityContext:PodSecurityContext{d={}} serviceAccount:s serviceAccountName:s "
      "setHostnameAsFQDN:b shareProcessNamespace:b subdomain:s terminationGracePeriodSeconds:l{d=30} "
      "tolerations:[Toleration] "
      "topologySpreadConstraints:[TopologySpreadConstraint]{map(topologyKey+whenUnsatisfiable)|merge("
      "topologyKey)} "
      "volumes:[Volume]{map(name)|merge(name)|retain} workloadRef:WorkloadReference" },
    { "Affinity", "nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity" },
    { "NodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm] "
                      "requiredDuringSchedulingIgnoredDuringExecution:NodeSelector" },
    { "PreferredSchedulingTerm", "preference:NodeSelectorTerm{req} weight:i{req}" },
    { "NodeSelectorTerm",
      "@atomic matchExpressions:[NodeSelectorRequirement] matchFields:[NodeSelectorRequirement]" },
    { "NodeSelectorRequirement", "key:s{req} operator:s{req} values:[s]" },
    { "NodeSelector", "@atomic nodeSelectorTerms:[NodeSelectorTerm]{req}" },
    { "PodAffinity", "preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm] "
                     "requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]" },
    { "WeightedPodAffinityTerm", "podAffinityTerm:PodAffinityTerm{req} weight:i{req}" },
    { "PodAffinityTerm", "labelSelector:LabelSelector matchLabelKeys:[s] mismatchLabelKeys:[s] "
                         "namespaceSelector:LabelSelector namespaces:[s] topologyKey:s{req}" },
    { "LabelSelector", "@atomic matchExpressions:[LabelSelectorRequirement] matchLabels:<s>" },
    { "LabelSelectorRequirement", "key:s{req} operator:s{req} values:[s]" },
    { "PodAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm] "
                         "requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]" },
    { "Container",
      "args:[s] command:[s] env:[EnvVar]{map(name)|merge(name)} envFrom:[EnvFromSource] image:s "
      "imagePullPolicy:s lifecycle:Lifecycle livenessProbe:Probe name:s{req} "
      "ports:[ContainerPort]{map(containerPort+protocol)|merge(containerPort)} readinessProbe:Probe "
      "resizePolicy:[ContainerResizePolicy] resources:ResourceRequirements restartPolicy:s "
      "restartPolicyRules:[ContainerRestartRule] securityContext:SecurityContext startupProbe:Probe "
      "stdin:b stdinOnce:b terminationMessagePath:s{d=\"/dev/termination-log\"} "
      "terminationMessagePolicy:s{d=\"File\"} tty:b "
      "volumeDevices:[VolumeDevice]{map(devicePath)|merge(devicePath)} "
      "volumeMounts:[VolumeMount]{map(mountPath)|merge(mountPath)} workingDir:s" },
    { "EnvVar", "name:s{req} value:s valueFrom:EnvVarSource" },
    { "EnvVarSource",
      "configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector "
      "resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector" },
    { "ConfigMapKeySelector", "@atomic key:s{req} name:s optional:b" },
    { "ObjectFieldSelector", "@atomic apiVersion:s{d=\"v1\"} fieldPath:s{req}" },
    { "FileKeySelector", "@atomic key:s{req} optional:b path:s{req} volumeName:s{req}" },
    { "ResourceFieldSelector", "@atomic containerName:s divisor:q resource:s{req}" },
    { "SecretKeySelector", "@atomic key:s{req} name:s optional:b" },
    { "EnvFromSource", "configMapRef:ConfigMapEnvSource prefix:s secretRef:SecretEnvSource" },
    { "ConfigMapEnvSource", "name:s optional:b" },
    { "SecretEnvSource", "name:s optional:b" },
    { "Lifecycle", "postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:s" },
    { "LifecycleHandler",
      "exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction tcpSocket:TCPSocketAction" },
    { "ExecAction", "command:[s]" },
    { "HTTPGetAction", "host:s httpHeaders:[HTTPHeader] path:s{d=\"/\"} port:x{req} scheme:s{d=\"HTTP\"}" },
    { "HTTPHeader", "name:s{req} value:s{req}" },
    { "SleepAction", "seconds:l{req}" },
    { "TCPSocketAction", "host:s port:x{req}" },
    { "Probe",
      "exec:ExecAction failureThreshold:i{d=3} grpc:GRPCAction httpGet:HTTPGetAction "
      "initialDelaySeconds:i periodSeconds:i{d=10} successThreshold:i{d=1} tcpSocket:TCPSocketAction "
      "terminationGracePeriodSeconds:l timeoutSeconds:i{d=1}" },
    { "GRPCAction", "port:i{req} service:s{d=\"\"}" },
    { "ContainerPort", "containerPort:i{req} hostIP:s hostPort:i name:s protocol:s{d=\"TCP\"}" },
    { "ContainerResizePolicy", "resourceName:s{req} restartPolicy:s{req}" },
    { "ResourceRequirements", "claims:[ResourceClaim]{map(name)} limits:<q> requests:<q>" },
    { "ResourceClaim", "name:s{req} request:s" },
    { "ContainerRestartRule", "action:s{req} exitCodes:ContainerRestartRuleOnExitCodes" },
    { "ContainerRestartRuleOnExitCodes", "operator:s{req} values:[i]{set}" },
    { "SecurityContext",
      "allowPrivilegeEscalation:b appArmorProfile:AppArmorProfile capabilities:Capabilities "
      "privileged:b procMount:s readOnlyRootFilesystem:b runAsGroup:l runAsNonRoot:b runAsUser:l "
      "seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile "
      "windowsOptions:WindowsSecurityContextOptions" },
    { "AppArmorProfile", "localhostProfile:s type:s{req}" },
    { "Capabilities", "add:[s] drop:[s]" },
    { "SELinuxOptions", "level:s role:s type:s user:s" },
    { "SeccompProfile", "localhostProfile:s type:s{req}" },
    { "WindowsSecurityContextOptions",
      "gmsaCredentialSpec:s gmsaCredentialSpecName:s hostProcess:b runAsUserName:s" },
    { "PodDNSConfig", "nameservers:[s] options:[PodDNSConfigOption] searches:[s]" },
    { "PodDNSConfigOption", "name:s value:s" },
    { "EphemeralContainer",
      "args:[s] command:[s] env:[EnvVar]{map(name)|merge(name)} envFrom:[EnvFromSource] image:s "
      "imagePullPolicy:s lifecycle:Lifecycle livenessProbe:Probe name:s{req} "
      "ports:[ContainerPort]{map(containerPort+protocol)|merge(containerPort)} readinessProbe:Probe "
      "resizePolicy:[ContainerResizePolicy] resources:ResourceRequirements restartPolicy:s "
      "restartPolicyRules:[ContainerRestartRule] securityContext:SecurityContext startupProbe:Probe "
      "stdin:b stdinOnce:b targetContainerName:s terminationMessagePath:s{d=\"/dev/termination-log\"} "
      "terminationMessagePolicy:s{d=\"File\"} tty:b "
      "volumeDevices:[VolumeDevice]{map(devicePath)|merge(devicePath)} "
      "volumeMounts:[VolumeMount]{map(mountPath)|merge(mountPath)} workingDir:s" },
    { "HostAlias", "hostnames:[s] ip:s{req}" },
    { "LocalObjectReference", "@atomic name:s" },
    { "PodOS", "name:s{req}" },
    { "PodReadinessGate", "conditionType:s{req}" },
    { "PodResourceClaim", "name:s{req} resourceClaimName:s resourceClaimTemplateName:s" },
    { "PodSchedulingGate", "name:s{req}" },
    { "PodSecurityContext",
      "appArmorProfile:AppArmorProfile fsGroup:l fsGroupChangePolicy:s runAsGroup:l runAsNonRoot:b "
      "runAsUser:l seLinuxChangePolicy:s seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile "
      "supplementalGroups:[l] supplementalGroupsPolicy:s sysctls:[Sysctl] "
      "windowsOptions:WindowsSecurityContextOptions" },
    { "Sysctl", "name:s{req} value:s{req}" },
    { "Toleration", "effect:s key:s operator:s tolerationSeconds:l value:s" },
    { "TopologySpreadConstraint",
      "labelSelector:LabelSelector matchLabelKeys:[s] maxSkew:i{req} minDomains:i nodeAffinityPolicy:s "
      "nodeTaintsPolicy:s topologyKey:s{req} whenUnsatisfiable:s{req}" },
    { "KeyToPath", "key:s{req} mode:i path:s{req}" },
    { "TypedLocalObjectReference", "@atomic apiGroup:s kind:s{req} name:s{req}" },
    { "TypedObjectReference", "apiGroup:s kind:s{req} name:s{req} namespace:s" },
    { "WorkloadReference", "name:s{req} podGroup:s{req} podGroupReplicaKey:s" },
    { "PodStatus",
      "allocatedResources:<q> conditions:[PodCondition]{map(type)|merge(type)} "
      "containerStatuses:[ContainerStatus] ephemeralContainerStatuses:[ContainerStatus] "
      "extendedResourceClaimStatus:PodExtendedResourceClaimStatus hostIP:s hostIPs:[HostIP]{merge(ip)} "
      "initContainerStatuses:[ContainerStatus] message:s nominatedNodeName:s observedGeneration:l "
      "phase:s podIP:s podIPs:[PodIP]{map(ip)|merge(ip)} qosClass:s reason:s resize:s "
      "resourceClaimStatuses:[PodResourceClaimStatus]{map(name)|merge(name)|retain} "
      "resources:ResourceRequirements startTime:t" },
    { "PodCondition",
      "lastProbeTime:t lastTransitionTime:t message:s observedGeneration:l reason:s status:s{req} "
      "type:s{req}" },
    { "ContainerStatus",
      "allocatedResources:<q> allocatedResourcesStatus:[ResourceStatus]{map(name)|merge(name)} "
      "containerID:s image:s{req} imageID:s{req} lastState:ContainerState name:s{req} ready:b{req} "
      "resources:ResourceRequirements restartCount:i{req} started:b state:ContainerState stopSignal:s "
      "user:ContainerUser volumeMounts:[VolumeMountStatus]{map(mountPath)|merge(mountPath)}" },
    { "ResourceStatus", "name:s{req} resources:[ResourceHealth]{map(resourceID)}" },
    { "ResourceHealth", "health:s resourceID:s{req}" },
    { "ContainerState",
      "running:ContainerStateRunning terminated:ContainerStateTerminated waiting:ContainerStateWaiting" },
    { "ContainerStateRunning", "startedAt:t" },
    { "ContainerStateTerminated",
      "containerID:s exitCode:i{req} finishedAt:t message:s reason:s signal:i startedAt:t" },
    { "ContainerStateWaiting", "message:s reason:s" },
    { "ContainerUser", "linux:LinuxContainerUser" },
    { "LinuxContainerUser", "gid:l{req} supplementalGroups:[l] uid:l{req}" },
    { "PodExtendedResourceClaimStatus",
      "requestMappings:[ContainerExtendedResourceRequest]{req} resourceClaimName:s{req}" },
    { "ContainerExtendedResourceRequest", "containerName:s{req} requestName:s{req} resourceName:s{req}" },
    { "HostIP", "ip:s{req}" },
    { "PodIP", "ip:s{req}" },
    { "PodResourceClaimStatus", "name:s{req} resourceClaimName:s" },
    { "PodTemplate", "apiVersion:s kind:s metadata:ObjectMeta template:PodTemplateSpec" },
    { "PodTemplateSpec", "metadata:ObjectMeta spec:PodSpec" },
    { "Service", "apiVersion:s kind:s metadata:ObjectMeta spec:ServiceSpec status:ServiceStatus" },
    { "ServiceSpec",
      "allocateLoadBalancerNodePorts:b clusterIP:s clusterIPs:[s] externalIPs:[s] externalName:s "
      "externalTrafficPolicy:s healthCheckNodePort:i internalTrafficPolicy:s ipFamilies:[s] "
      "ipFamilyPolicy:s loadBalancerClass:s loadBalancerIP:s loadBalancerSourceRanges:[s] "
      "ports:[ServicePort]{map(port+protocol)|merge(port)} publishNotReadyAddresses:b "
      "selector:<s>{atomic} sessionAffinity:s{d=\"None\"} sessionAffinityConfig:SessionAffinityConfig "
      "trafficDistribution:s type:s{d=\"ClusterIP\"}" },
    { "ServicePort", "appProtocol:s name:s nodePort:i port:i{req} protocol:s{d=\"TCP\"} targetPort:x" },
    { "SessionAffinityConfig", "clientIP:ClientIPConfig" },
    { "ClientIPConfig", "timeoutSeconds:i" },
    { "ServiceStatus", "conditions:[Condition]{map(type)|merge(type)} loadBalancer:LoadBalancerStatus" },
    { "Condition",
      "lastTransitionTime:t{req} message:s{req} observedGeneration:l reason:s{req} status:s{req} "
      "type:s{req}" },
    { "LoadBalancerStatus", "ingress:[LoadBalancerIngress]" },
    { "LoadBalancerIngress", "hostname:s ip:s ipMode:s ports:[PortStatus]" },
    { "PortStatus", "error:s port:i{req} protocol:s{req}" },
    { "ConfigMap", "apiVersion:s binaryData:<y> data:<s> immutable:b kind:s metadata:ObjectMeta" },
    { "Secret", "apiVersion:s data:<y> immutable:b kind:s metadata:ObjectMeta stringData:<s> "
                "type:s{d=\"Opaque\"}" },
    { "ServiceAccount",
      "apiVersion:s automountServiceAccountToken:b imagePullSecrets:[LocalObjectReference] kind:s "
      "metadata:ObjectMeta secrets:[ObjectReference]{map(name)|merge(name)}" },
    { "ObjectReference",
      "@atomic apiVersion:s fieldPath:s kind:s name:s namespace:s resourceVersion:s uid:s" },
    { "Namespace", "apiVersion:s kind:s metadata:ObjectMeta spec:NamespaceSpec status:NamespaceStatus" },
    { "NamespaceSpec", "finalizers:[s]" },
    { "NamespaceStatus", "conditions:[NamespaceCondition]{map(type)|merge(type)} phase:s" },
    { "NamespaceCondition", "lastTransitionTime:t message:s reason:s status:s{req} type:s{req}" },
    { "Node", "apiVersion:s kind:s metadata:ObjectMeta spec:NodeSpec status:NodeStatus" },
    { "NodeSpec",
      "configSource:NodeConfigSource externalID:s podCIDR:s podCIDRs:[s]{set|merge()} providerID:s "
      "taints:[Taint] unschedulable:b" },
    { "NodeConfigSource", "configMap:ConfigMapNodeConfigSource" },
    { "ConfigMapNodeConfigSource",
      "kubeletConfigKey:s{req} name:s{req} namespace:s{req} resourceVersion:s uid:s" },
    { "Taint", "effect:s{req} key:s{req} timeAdded:t value:s" },
    { "NodeStatus",
      "addresses:[NodeAddress]{map(type)|merge(type)} allocatable:<q> capacity:<q> "
      "conditions:[NodeCondition]{map(type)|merge(type)} config:NodeConfigStatus "
      "daemonEndpoints:NodeDaemonEndpoints declaredFeatures:[s] features:NodeFeatures "
      "images:[ContainerImage] nodeInfo:NodeSystemInfo phase:s runtimeHandlers:[NodeRuntimeHandler] "
      "volumesAttached:[AttachedVolume] volumesInUse:[s]" },
    { "NodeAddress", "address:s{req} type:s{req}" },
    { "NodeCondition",
      "lastHeartbeatTime:t lastTransitionTime:t message:s reason:s status:s{req} type:s{req}" },
    { "NodeConfigStatus",
      "active:NodeConfigSource assigned:NodeConfigSource error:s lastKnownGood:NodeConfigSource" },
    { "NodeDaemonEndpoints", "kubeletEndpoint:DaemonEndpoint" },
    { "DaemonEndpoint", "Port:i{req}" },
    { "NodeFeatures", "supplementalGroupsPolicy:b" },
    { "ContainerImage", "names:[s] sizeBytes:l" },
    { "NodeSystemInfo",
      "architecture:s{req} bootID:s{req} containerRuntimeVersion:s{req} kernelVersion:s{req} "
      "kubeProxyVersion:s{req} kubeletVersion:s{req} machineID:s{req} operatingSystem:s{req} "
      "osImage:s{req} swap:NodeSwapStatus systemUUID:s{req}" },
    { "NodeSwapStatus", "capacity:l" },
    { "NodeRuntimeHandler", "features:NodeRuntimeHandlerFeatures name:s" },
    { "NodeRuntimeHandlerFeatures", "recursiveReadOnlyMounts:b userNamespaces:b" },
    { "SecretReference", "@atomic name:s namespace:s" },
    { "ResourceQuota",
      "apiVersion:s kind:s metadata:ObjectMeta spec:ResourceQuotaSpec status:ResourceQuotaStatus" },
    { "ResourceQuotaSpec", "hard:<q> scopeSelector:ScopeSelector scopes:[s]" },
    { "ScopeSelector", "@atomic matchExpressions:[ScopedResourceSelectorRequirement]" },
    { "ScopedResourceSelectorRequirement", "operator:s{req} scopeName:s{req} values:[s]" },
    { "ResourceQuotaStatus", "hard:<q> used:<q>" },
    { "LimitRange", "apiVersion:s kind:s metadata:ObjectMeta spec:LimitRangeSpec" },
    { "LimitRangeSpec", "limits:[LimitRangeItem]{req}" },
    { "LimitRangeItem",
      "default:<q> defaultRequest:<q> max:<q> maxLimitRequestRatio:<q> min:<q> type:s{req}" },
    { "Endpoints", "apiVersion:s kind:s metadata:ObjectMeta subsets:[EndpointSubset]" },
    { "EndpointSubset",
      "addresses:[EndpointAddress] notReadyAddresses:[EndpointAddress] ports:[EndpointPort]" },
    { "EndpointAddress", "@atomic hostname:s ip:s{req} nodeName:s targetRef:ObjectReference" },
    { "EndpointPort", "@atomic appProtocol:s name:s port:i{req} protocol:s{d=\"TCP\"}" },
    { "Event",
      "action:s apiVersion:s count:i eventTime:m firstTimestamp:t involvedObject:ObjectReference{req} "
      "kind:s lastTimestamp:t message:s metadata:ObjectMeta{req} reason:s related:ObjectReference "
      "reportingComponent:s reportingInstance:s series:EventSeries source:EventSource type:s" },
    { "EventSeries", "count:i lastObservedTime:m" },
    { "EventSource", "component:s host:s" },
    { "ReplicationController", "apiVersion:s kind:s metadata:ObjectMeta spec:ReplicationControllerSpec "
                               "status:ReplicationControllerStatus" },
    { "ReplicationControllerSpec",
      "minReadySeconds:i replicas:i selector:<s>{atomic} template:PodTemplateSpec" },
    { "ReplicationControllerStatus",
      "availableReplicas:i conditions:[ReplicationControllerCondition]{map(type)|merge(type)} "
      "fullyLabeledReplicas:i observedGeneration:l readyReplicas:i replicas:i{req}" },
    { "ReplicationControllerCondition", "lastTransitionTime:t message:s reason:s status:s{req} type:s{req}" },
    { "Binding", "apiVersion:s kind:s metadata:ObjectMeta target:ObjectReference{req}" },
    { "DeleteOptions",
      "apiVersion:s dryRun:[s] gracePeriodSeconds:l ignoreStoreReadErrorWithClusterBreakingPotential:b "
      "kind:s orphanDependents:b preconditions:Preconditions propagationPolicy:s" },
    { "Preconditions", "resourceVersion:s uid:s" },
    { "TopologySelectorTerm", "@atomic matchLabelExpressions:[TopologySelectorLabelRequirement]" },
    { "TopologySelectorLabelRequirement", "key:s{req} values:[s]{req}" },
    { "FieldSelectorRequirement", "key:s{req} operator:s{req} values:[s]" },
    { 0 },
};
