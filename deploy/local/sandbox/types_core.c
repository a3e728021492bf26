// SPDX-License-Identifier: Apache-2.0
// Field types: metadata and the core group.
#include "deploy/local/sandbox/types_table.h"

const struct type_row types_core[] = {
    { "Pod", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:PodSpec{!} status:PodStatus{!}" },
    { "ObjectMeta",
      "annotations:<s>{z} creationTimestamp:t{z} deletionGracePeriodSeconds:l deletionTimestamp:t "
      "finalizers:[s]{set|merge()|z} generateName:s{z} generation:l{z} labels:<s>{z} "
      "managedFields:[ManagedFieldsEntry]{z} name:s{z} namespace:s{z} "
      "ownerReferences:[OwnerReference]{map(uid)|merge(uid)|z} resourceVersion:s{z} selfLink:s{z} "
      "uid:s{z}" },
    { "ManagedFieldsEntry",
      "apiVersion:s{z} fieldsType:s{z} fieldsV1:j manager:s{z} operation:s{z} subresource:s{z} time:t" },
    { "OwnerReference",
      "@atomic apiVersion:s{req|!} blockOwnerDeletion:b controller:b kind:s{req|!} name:s{req|!} "
      "uid:s{req|!}" },
    { "PodSpec",
      "activeDeadlineSeconds:l affinity:Affinity automountServiceAccountToken:b "
      "containers:[Container]{map(name)|merge(name)|req|!} dnsConfig:PodDNSConfig "
      "dnsPolicy:s{z|d=\"ClusterFirst\"} enableServiceLinks:b "
      "ephemeralContainers:[EphemeralContainer]{map(name)|merge(name)|z} "
      "hostAliases:[HostAlias]{map(ip)|merge(ip)|z} hostIPC:b{z} hostNetwork:b{z} hostPID:b{z} "
      "hostUsers:b hostname:s{z} hostnameOverride:s "
      "imagePullSecrets:[LocalObjectReference]{map(name)|merge(name)|z} "
      "initContainers:[Container]{map(name)|merge(name)|z} nodeName:s{z} nodeSelector:<s>{atomic|z} "
      "os:PodOS overhead:<q>{z} preemptionPolicy:s priority:i priorityClassName:s{z} "
      "readinessGates:[PodReadinessGate]{z} "
      "resourceClaims:[PodResourceClaim]{map(name)|merge(name)|retain|z} "
      "resources:ResourceRequirements restartPolicy:s{z|d=\"Always\"} runtimeClassName:s "
      "schedulerName:s{z|d=\"default-scheduler\"} "
      "schedulingGates:[PodSchedulingGate]{map(name)|merge(name)|z} "
      "securityContext:PodSecurityContext{d={}} serviceAccount:s{z} serviceAccountName:s{z} "
      "setHostnameAsFQDN:b shareProcessNamespace:b subdomain:s{z} "
      "terminationGracePeriodSeconds:l{d=30} tolerations:[Toleration]{z} "
      "topologySpreadConstraints:[TopologySpreadConstraint]{map(topologyKey+whenUnsatisfiable)|merge("
      "topologyKey)|z} "
      "volumes:[Volume]{map(name)|merge(name)|retain|z} workloadRef:WorkloadReference" },
    { "Affinity", "nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity" },
    { "NodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution:[PreferredSchedulingTerm]{z} "
                      "requiredDuringSchedulingIgnoredDuringExecution:NodeSelector" },
    { "PreferredSchedulingTerm", "preference:NodeSelectorTerm{req|!} weight:i{req|!}" },
    { "NodeSelectorTerm",
      "@atomic matchExpressions:[NodeSelectorRequirement]{z} matchFields:[NodeSelectorRequirement]{z}" },
    { "NodeSelectorRequirement", "key:s{req|!} operator:s{req|!} values:[s]{z}" },
    { "NodeSelector", "@atomic nodeSelectorTerms:[NodeSelectorTerm]{req|!}" },
    { "PodAffinity", "preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]{z} "
                     "requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]{z}" },
    { "WeightedPodAffinityTerm", "podAffinityTerm:PodAffinityTerm{req|!} weight:i{req|!}" },
    { "PodAffinityTerm", "labelSelector:LabelSelector matchLabelKeys:[s]{z} mismatchLabelKeys:[s]{z} "
                         "namespaceSelector:LabelSelector namespaces:[s]{z} topologyKey:s{req|!}" },
    { "LabelSelector", "@atomic matchExpressions:[LabelSelectorRequirement]{z} matchLabels:<s>{z}" },
    { "LabelSelectorRequirement", "key:s{req|!} operator:s{req|!} values:[s]{z}" },
    { "PodAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution:[WeightedPodAffinityTerm]{z} "
                         "requiredDuringSchedulingIgnoredDuringExecution:[PodAffinityTerm]{z}" },
    { "Container",
      "args:[s]{z} command:[s]{z} env:[EnvVar]{map(name)|merge(name)|z} envFrom:[EnvFromSource]{z} "
      "image:s{z} imagePullPolicy:s{z} lifecycle:Lifecycle livenessProbe:Probe name:s{req|!} "
      "ports:[ContainerPort]{map(containerPort+protocol)|merge(containerPort)|z} readinessProbe:Probe "
      "resizePolicy:[ContainerResizePolicy]{z} resources:ResourceRequirements{!} restartPolicy:s "
      "restartPolicyRules:[ContainerRestartRule]{z} securityContext:SecurityContext startupProbe:Probe "
      "stdin:b{z} stdinOnce:b{z} terminationMessagePath:s{z|d=\"/dev/termination-log\"} "
      "terminationMessagePolicy:s{z|d=\"File\"} tty:b{z} "
      "volumeDevices:[VolumeDevice]{map(devicePath)|merge(devicePath)|z} "
      "volumeMounts:[VolumeMount]{map(mountPath)|merge(mountPath)|z} workingDir:s{z}" },
    { "EnvVar", "name:s{req|!} value:s{z} valueFrom:EnvVarSource" },
    { "EnvVarSource",
      "configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector fileKeyRef:FileKeySelector "
      "resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector" },
    { "ConfigMapKeySelector", "@atomic key:s{req|!} name:s{z} optional:b" },
    { "ObjectFieldSelector", "@atomic apiVersion:s{z|d=\"v1\"} fieldPath:s{req|!}" },
    { "FileKeySelector", "@atomic key:s{req|!} optional:b path:s{req|!} volumeName:s{req|!}" },
    { "ResourceFieldSelector", "@atomic containerName:s{z} divisor:q{!} resource:s{req|!}" },
    { "SecretKeySelector", "@atomic key:s{req|!} name:s{z} optional:b" },
    { "EnvFromSource", "configMapRef:ConfigMapEnvSource prefix:s{z} secretRef:SecretEnvSource" },
    { "ConfigMapEnvSource", "name:s{z} optional:b" },
    { "SecretEnvSource", "name:s{z} optional:b" },
    { "Lifecycle", "postStart:LifecycleHandler preStop:LifecycleHandler stopSignal:s" },
    { "LifecycleHandler",
      "exec:ExecAction httpGet:HTTPGetAction sleep:SleepAction tcpSocket:TCPSocketAction" },
    { "ExecAction", "command:[s]{z}" },
    { "HTTPGetAction",
      "host:s{z} httpHeaders:[HTTPHeader]{z} path:s{z|d=\"/\"} port:x{req|!} scheme:s{z|d=\"HTTP\"}" },
    { "HTTPHeader", "name:s{req|!} value:s{req|!}" },
    { "SleepAction", "seconds:l{req|!}" },
    { "TCPSocketAction", "host:s{z} port:x{req|!}" },
    { "Probe", "exec:ExecAction failureThreshold:i{z|d=3} grpc:GRPCAction httpGet:HTTPGetAction "
               "initialDelaySeconds:i{z} periodSeconds:i{z|d=10} successThreshold:i{z|d=1} "
               "tcpSocket:TCPSocketAction terminationGracePeriodSeconds:l timeoutSeconds:i{z|d=1}" },
    { "GRPCAction", "port:i{req|!} service:s{d=\"\"}" },
    { "ContainerPort", "containerPort:i{req|!} hostIP:s{z} hostPort:i{z} name:s{z} protocol:s{z|d=\"TCP\"}" },
    { "ContainerResizePolicy", "resourceName:s{req|!} restartPolicy:s{req|!}" },
    { "ResourceRequirements", "claims:[ResourceClaim]{map(name)|z} limits:<q>{z} requests:<q>{z}" },
    { "ResourceClaim", "name:s{req|!} request:s{z}" },
    { "ContainerRestartRule", "action:s{req|z} exitCodes:ContainerRestartRuleOnExitCodes" },
    { "ContainerRestartRuleOnExitCodes", "operator:s{req|z} values:[i]{set|z}" },
    { "SecurityContext",
      "allowPrivilegeEscalation:b appArmorProfile:AppArmorProfile capabilities:Capabilities "
      "privileged:b procMount:s readOnlyRootFilesystem:b runAsGroup:l runAsNonRoot:b runAsUser:l "
      "seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile "
      "windowsOptions:WindowsSecurityContextOptions" },
    { "AppArmorProfile", "localhostProfile:s type:s{req|!}" },
    { "Capabilities", "add:[s]{z} drop:[s]{z}" },
    { "SELinuxOptions", "level:s{z} role:s{z} type:s{z} user:s{z}" },
    { "SeccompProfile", "localhostProfile:s type:s{req|!}" },
    { "WindowsSecurityContextOptions",
      "gmsaCredentialSpec:s gmsaCredentialSpecName:s hostProcess:b runAsUserName:s" },
    { "PodDNSConfig", "nameservers:[s]{z} options:[PodDNSConfigOption]{z} searches:[s]{z}" },
    { "PodDNSConfigOption", "name:s{z} value:s" },
    { "EphemeralContainer",
      "args:[s]{z} command:[s]{z} env:[EnvVar]{map(name)|merge(name)|z} envFrom:[EnvFromSource]{z} "
      "image:s{z} imagePullPolicy:s{z} lifecycle:Lifecycle livenessProbe:Probe name:s{req|!} "
      "ports:[ContainerPort]{map(containerPort+protocol)|merge(containerPort)|z} readinessProbe:Probe "
      "resizePolicy:[ContainerResizePolicy]{z} resources:ResourceRequirements{!} restartPolicy:s "
      "restartPolicyRules:[ContainerRestartRule]{z} securityContext:SecurityContext startupProbe:Probe "
      "stdin:b{z} stdinOnce:b{z} targetContainerName:s{z} "
      "terminationMessagePath:s{z|d=\"/dev/termination-log\"} terminationMessagePolicy:s{z|d=\"File\"} "
      "tty:b{z} volumeDevices:[VolumeDevice]{map(devicePath)|merge(devicePath)|z} "
      "volumeMounts:[VolumeMount]{map(mountPath)|merge(mountPath)|z} workingDir:s{z}" },
    { "HostAlias", "hostnames:[s]{z} ip:s{req|!}" },
    { "LocalObjectReference", "@atomic name:s{z}" },
    { "PodOS", "name:s{req|!}" },
    { "PodReadinessGate", "conditionType:s{req|!}" },
    { "PodResourceClaim", "name:s{req|!} resourceClaimName:s resourceClaimTemplateName:s" },
    { "PodSchedulingGate", "name:s{req|!}" },
    { "PodSecurityContext",
      "appArmorProfile:AppArmorProfile fsGroup:l fsGroupChangePolicy:s runAsGroup:l runAsNonRoot:b "
      "runAsUser:l seLinuxChangePolicy:s seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile "
      "supplementalGroups:[l]{z} supplementalGroupsPolicy:s sysctls:[Sysctl]{z} "
      "windowsOptions:WindowsSecurityContextOptions" },
    { "Sysctl", "name:s{req|!} value:s{req|!}" },
    { "Toleration", "effect:s{z} key:s{z} operator:s{z} tolerationSeconds:l value:s{z}" },
    { "TopologySpreadConstraint",
      "labelSelector:LabelSelector matchLabelKeys:[s]{z} maxSkew:i{req|!} minDomains:i "
      "nodeAffinityPolicy:s nodeTaintsPolicy:s topologyKey:s{req|!} whenUnsatisfiable:s{req|!}" },
    { "KeyToPath", "key:s{req|!} mode:i path:s{req|!}" },
    { "TypedLocalObjectReference", "@atomic apiGroup:s kind:s{req|!} name:s{req|!}" },
    { "TypedObjectReference", "apiGroup:s kind:s{req|!} name:s{req|!} namespace:s" },
    { "WorkloadReference", "name:s{req|!} podGroup:s{req|!} podGroupReplicaKey:s{z}" },
    { "PodStatus", "allocatedResources:<q>{z} conditions:[PodCondition]{map(type)|merge(type)|z} "
                   "containerStatuses:[ContainerStatus]{z} ephemeralContainerStatuses:[ContainerStatus]{z} "
                   "extendedResourceClaimStatus:PodExtendedResourceClaimStatus hostIP:s{z} "
                   "hostIPs:[HostIP]{merge(ip)|z} initContainerStatuses:[ContainerStatus]{z} message:s{z} "
                   "nominatedNodeName:s{z} observedGeneration:l{z} phase:s{z} podIP:s{z} "
                   "podIPs:[PodIP]{map(ip)|merge(ip)|z} qosClass:s{z} reason:s{z} resize:s{z} "
                   "resourceClaimStatuses:[PodResourceClaimStatus]{map(name)|merge(name)|retain|z} "
                   "resources:ResourceRequirements startTime:t" },
    { "PodCondition",
      "lastProbeTime:t{!} lastTransitionTime:t{!} message:s{z} observedGeneration:l{z} reason:s{z} "
      "status:s{req|!} type:s{req|!}" },
    { "ContainerStatus",
      "allocatedResources:<q>{z} allocatedResourcesStatus:[ResourceStatus]{map(name)|merge(name)|z} "
      "containerID:s{z} image:s{req|!} imageID:s{req|!} lastState:ContainerState{!} name:s{req|!} "
      "ready:b{req|!} resources:ResourceRequirements restartCount:i{req|!} started:b "
      "state:ContainerState{!} stopSignal:s user:ContainerUser "
      "volumeMounts:[VolumeMountStatus]{map(mountPath)|merge(mountPath)|z}" },
    { "ResourceStatus", "name:s{req|!} resources:[ResourceHealth]{map(resourceID)|z}" },
    { "ResourceHealth", "health:s{z} resourceID:s{req|!}" },
    { "ContainerState",
      "running:ContainerStateRunning terminated:ContainerStateTerminated waiting:ContainerStateWaiting" },
    { "ContainerStateRunning", "startedAt:t{!}" },
    { "ContainerStateTerminated",
      "containerID:s{z} exitCode:i{req|!} finishedAt:t{!} message:s{z} reason:s{z} signal:i{z} "
      "startedAt:t{!}" },
    { "ContainerStateWaiting", "message:s{z} reason:s{z}" },
    { "ContainerUser", "linux:LinuxContainerUser" },
    { "LinuxContainerUser", "gid:l{req|!} supplementalGroups:[l]{z} uid:l{req|!}" },
    { "PodExtendedResourceClaimStatus",
      "requestMappings:[ContainerExtendedResourceRequest]{req|!} resourceClaimName:s{req|!}" },
    { "ContainerExtendedResourceRequest",
      "containerName:s{req|!} requestName:s{req|!} resourceName:s{req|!}" },
    { "HostIP", "ip:s{req|!}" },
    { "PodIP", "ip:s{req|!}" },
    { "PodResourceClaimStatus", "name:s{req|!} resourceClaimName:s" },
    { "PodTemplate", "apiVersion:s kind:s metadata:ObjectMeta{!} template:PodTemplateSpec{!}" },
    { "PodTemplateSpec", "metadata:ObjectMeta{!} spec:PodSpec{!}" },
    { "Service", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:ServiceSpec{!} status:ServiceStatus{!}" },
    { "ServiceSpec",
      "allocateLoadBalancerNodePorts:b clusterIP:s{z} clusterIPs:[s]{z} externalIPs:[s]{z} "
      "externalName:s{z} externalTrafficPolicy:s{z} healthCheckNodePort:i{z} internalTrafficPolicy:s "
      "ipFamilies:[s]{z} ipFamilyPolicy:s loadBalancerClass:s loadBalancerIP:s{z} "
      "loadBalancerSourceRanges:[s]{z} ports:[ServicePort]{map(port+protocol)|merge(port)|z} "
      "publishNotReadyAddresses:b{z} selector:<s>{atomic|z} sessionAffinity:s{z|d=\"None\"} "
      "sessionAffinityConfig:SessionAffinityConfig trafficDistribution:s type:s{z|d=\"ClusterIP\"}" },
    { "ServicePort",
      "appProtocol:s name:s{z} nodePort:i{z} port:i{req|!} protocol:s{z|d=\"TCP\"} targetPort:x{!}" },
    { "SessionAffinityConfig", "clientIP:ClientIPConfig" },
    { "ClientIPConfig", "timeoutSeconds:i" },
    { "ServiceStatus", "conditions:[Condition]{map(type)|merge(type)|z} loadBalancer:LoadBalancerStatus{!}" },
    { "Condition", "lastTransitionTime:t{req|!} message:s{req|!} observedGeneration:l{z} reason:s{req|!} "
                   "status:s{req|!} type:s{req|!}" },
    { "LoadBalancerStatus", "ingress:[LoadBalancerIngress]{z}" },
    { "LoadBalancerIngress", "hostname:s{z} ip:s{z} ipMode:s ports:[PortStatus]{z}" },
    { "PortStatus", "error:s port:i{req|!} protocol:s{req|!}" },
    { "ConfigMap", "apiVersion:s binaryData:<y>{z} data:<s>{z} immutable:b kind:s metadata:ObjectMeta{!}" },
    { "Secret", "apiVersion:s data:<y>{z} immutable:b kind:s metadata:ObjectMeta{!} stringData:<s>{z} "
                "type:s{z|d=\"Opaque\"}" },
    { "ServiceAccount",
      "apiVersion:s automountServiceAccountToken:b imagePullSecrets:[LocalObjectReference]{z} kind:s "
      "metadata:ObjectMeta{!} secrets:[ObjectReference]{map(name)|merge(name)|z}" },
    { "ObjectReference",
      "@atomic apiVersion:s{z} fieldPath:s{z} kind:s{z} name:s{z} namespace:s{z} resourceVersion:s{z} "
      "uid:s{z}" },
    { "Namespace",
      "apiVersion:s kind:s metadata:ObjectMeta{!} spec:NamespaceSpec{!} status:NamespaceStatus{!}" },
    { "NamespaceSpec", "finalizers:[s]{z}" },
    { "NamespaceStatus", "conditions:[NamespaceCondition]{map(type)|merge(type)|z} phase:s{z}" },
    { "NamespaceCondition",
      "lastTransitionTime:t{!} message:s{z} reason:s{z} status:s{req|!} type:s{req|!}" },
    { "Node", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:NodeSpec{!} status:NodeStatus{!}" },
    { "NodeSpec", "configSource:NodeConfigSource externalID:s{z} podCIDR:s{z} podCIDRs:[s]{set|merge()|z} "
                  "providerID:s{z} taints:[Taint]{z} unschedulable:b{z}" },
    { "NodeConfigSource", "configMap:ConfigMapNodeConfigSource" },
    { "ConfigMapNodeConfigSource",
      "kubeletConfigKey:s{req|!} name:s{req|!} namespace:s{req|!} resourceVersion:s{z} uid:s{z}" },
    { "Taint", "effect:s{req|!} key:s{req|!} timeAdded:t value:s{z}" },
    { "NodeStatus",
      "addresses:[NodeAddress]{map(type)|merge(type)|z} allocatable:<q>{z} capacity:<q>{z} "
      "conditions:[NodeCondition]{map(type)|merge(type)|z} config:NodeConfigStatus "
      "daemonEndpoints:NodeDaemonEndpoints{!} declaredFeatures:[s]{z} features:NodeFeatures "
      "images:[ContainerImage]{z} nodeInfo:NodeSystemInfo{!} phase:s{z} "
      "runtimeHandlers:[NodeRuntimeHandler]{z} volumesAttached:[AttachedVolume]{z} volumesInUse:[s]{z}" },
    { "NodeAddress", "address:s{req|!} type:s{req|!}" },
    { "NodeCondition",
      "lastHeartbeatTime:t{!} lastTransitionTime:t{!} message:s{z} reason:s{z} status:s{req|!} "
      "type:s{req|!}" },
    { "NodeConfigStatus",
      "active:NodeConfigSource assigned:NodeConfigSource error:s{z} lastKnownGood:NodeConfigSource" },
    { "NodeDaemonEndpoints", "kubeletEndpoint:DaemonEndpoint{!}" },
    { "DaemonEndpoint", "Port:i{req|!}" },
    { "NodeFeatures", "supplementalGroupsPolicy:b" },
    { "ContainerImage", "names:[s]{!} sizeBytes:l{z}" },
    { "NodeSystemInfo",
      "architecture:s{req|!} bootID:s{req|!} containerRuntimeVersion:s{req|!} kernelVersion:s{req|!} "
      "kubeProxyVersion:s{req|!} kubeletVersion:s{req|!} machineID:s{req|!} operatingSystem:s{req|!} "
      "osImage:s{req|!} swap:NodeSwapStatus systemUUID:s{req|!}" },
    { "NodeSwapStatus", "capacity:l" },
    { "NodeRuntimeHandler", "features:NodeRuntimeHandlerFeatures name:s{!}" },
    { "NodeRuntimeHandlerFeatures", "recursiveReadOnlyMounts:b userNamespaces:b" },
    { "SecretReference", "@atomic name:s{z} namespace:s{z}" },
    { "ResourceQuota", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:ResourceQuotaSpec{!} "
                       "status:ResourceQuotaStatus{!}" },
    { "ResourceQuotaSpec", "hard:<q>{z} scopeSelector:ScopeSelector scopes:[s]{z}" },
    { "ScopeSelector", "@atomic matchExpressions:[ScopedResourceSelectorRequirement]{z}" },
    { "ScopedResourceSelectorRequirement", "operator:s{req|!} scopeName:s{req|!} values:[s]{z}" },
    { "ResourceQuotaStatus", "hard:<q>{z} used:<q>{z}" },
    { "LimitRange", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:LimitRangeSpec{!}" },
    { "LimitRangeSpec", "limits:[LimitRangeItem]{req|!}" },
    { "LimitRangeItem",
      "default:<q>{z} defaultRequest:<q>{z} max:<q>{z} maxLimitRequestRatio:<q>{z} min:<q>{z} "
      "type:s{req|!}" },
    { "Endpoints", "apiVersion:s kind:s metadata:ObjectMeta{!} subsets:[EndpointSubset]{z}" },
    { "EndpointSubset",
      "addresses:[EndpointAddress]{z} notReadyAddresses:[EndpointAddress]{z} ports:[EndpointPort]{z}" },
    { "EndpointAddress", "@atomic hostname:s{z} ip:s{req|!} nodeName:s targetRef:ObjectReference" },
    { "EndpointPort", "@atomic appProtocol:s name:s{z} port:i{req|!} protocol:s{z|d=\"TCP\"}" },
    { "Event", "action:s{z} apiVersion:s count:i{z} eventTime:m{!} firstTimestamp:t{!} "
               "involvedObject:ObjectReference{req|!} kind:s lastTimestamp:t{!} message:s{z} "
               "metadata:ObjectMeta{req|!} reason:s{z} related:ObjectReference reportingComponent:s{!} "
               "reportingInstance:s{!} series:EventSeries source:EventSource{!} type:s{z}" },
    { "EventSeries", "count:i{z} lastObservedTime:m{!}" },
    { "EventSource", "component:s{z} host:s{z}" },
    { "ReplicationController", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:ReplicationControllerSpec{!} "
                               "status:ReplicationControllerStatus{!}" },
    { "ReplicationControllerSpec",
      "minReadySeconds:i{z} replicas:i selector:<s>{atomic|z} template:PodTemplateSpec" },
    { "ReplicationControllerStatus",
      "availableReplicas:i{z} conditions:[ReplicationControllerCondition]{map(type)|merge(type)|z} "
      "fullyLabeledReplicas:i{z} observedGeneration:l{z} readyReplicas:i{z} replicas:i{req|!}" },
    { "ReplicationControllerCondition",
      "lastTransitionTime:t{!} message:s{z} reason:s{z} status:s{req|!} type:s{req|!}" },
    { "Binding", "apiVersion:s kind:s metadata:ObjectMeta{!} target:ObjectReference{req|!}" },
    { "DeleteOptions", "apiVersion:s{z} dryRun:[s]{z} gracePeriodSeconds:l "
                       "ignoreStoreReadErrorWithClusterBreakingPotential:b kind:s{z} orphanDependents:b "
                       "preconditions:Preconditions propagationPolicy:s" },
    { "Preconditions", "resourceVersion:s uid:s" },
    { "TopologySelectorTerm", "@atomic matchLabelExpressions:[TopologySelectorLabelRequirement]{z}" },
    { "TopologySelectorLabelRequirement", "key:s{req|!} values:[s]{req|!}" },
    { "FieldSelectorRequirement", "key:s{req|!} operator:s{req|!} values:[s]{z}" },
    { 0 },
};
