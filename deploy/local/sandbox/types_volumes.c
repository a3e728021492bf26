// SPDX-License-Identifier: Apache-2.0
// Field types: volumes and what they are made from.
#include "deploy/local/sandbox/types_table.h"

const struct type_row types_volumes[] = {
    { "VolumeDevice", "devicePath:s{req} name:s{req}" },
    { "VolumeMount",
      "mountPath:s{req} mountPropagation:s name:s{req} readOnly:b recursiveReadOnly:s subPath:s "
      "subPathExpr:s" },
    { "Volume", "awsElasticBlockStore:AWSElasticBlockStoreVolumeSource azureDisk:AzureDiskVolumeSource "
                "azureFile:AzureFileVolumeSource cephfs:CephFSVolumeSource cinder:CinderVolumeSource "
                "configMap:ConfigMapVolumeSource csi:CSIVolumeSource downwardAPI:DownwardAPIVolumeSource "
                "emptyDir:EmptyDirVolumeSource ephemeral:EphemeralVolumeSource fc:FCVolumeSource "
                "flexVolume:FlexVolumeSource flocker:FlockerVolumeSource "
                "gcePersistentDisk:GCEPersistentDiskVolumeSource gitRepo:GitRepoVolumeSource "
                "glusterfs:GlusterfsVolumeSource hostPath:HostPathVolumeSource image:ImageVolumeSource "
                "iscsi:ISCSIVolumeSource name:s{req} nfs:NFSVolumeSource "
                "persistentVolumeClaim:PersistentVolumeClaimVolumeSource "
                "photonPersistentDisk:PhotonPersistentDiskVolumeSource portworxVolume:PortworxVolumeSource "
                "projected:ProjectedVolumeSource quobyte:QuobyteVolumeSource rbd:RBDVolumeSource "
                "scaleIO:ScaleIOVolumeSource secret:SecretVolumeSource storageos:StorageOSVolumeSource "
                "vsphereVolume:VsphereVirtualDiskVolumeSource" },
    { "AWSElasticBlockStoreVolumeSource", "fsType:s partition:i readOnly:b volumeID:s{req}" },
    { "AzureDiskVolumeSource", "cachingMode:s diskName:s{req} diskURI:s{req} fsType:s kind:s readOnly:b" },
    { "AzureFileVolumeSource", "readOnly:b secretName:s{req} shareName:s{req}" },
    { "CephFSVolumeSource",
      "monitors:[s]{req} path:s readOnly:b secretFile:s secretRef:LocalObjectReference user:s" },
    { "CinderVolumeSource", "fsType:s readOnly:b secretRef:LocalObjectReference volumeID:s{req}" },
    { "ConfigMapVolumeSource", "defaultMode:i{d=420} items:[KeyToPath] name:s optional:b" },
    { "CSIVolumeSource", "driver:s{req} fsType:s nodePublishSecretRef:LocalObjectReference readOnly:b "
                         "volumeAttributes:<s>" },
    { "DownwardAPIVolumeSource", "defaultMode:i{d=420} items:[DownwardAPIVolumeFile]" },
    { "DownwardAPIVolumeFile",
      "fieldRef:ObjectFieldSelector mode:i path:s{req} resourceFieldRef:ResourceFieldSelector" },
    { "EmptyDirVolumeSource", "medium:s sizeLimit:q" },
    { "EphemeralVolumeSource", "volumeClaimTemplate:PersistentVolumeClaimTemplate" },
    { "PersistentVolumeClaimTemplate", "metadata:ObjectMeta spec:PersistentVolumeClaimSpec{req}" },
    { "PersistentVolumeClaimSpec",
      "accessModes:[s] dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference "
      "resources:VolumeResourceRequirements selector:LabelSelector storageClassName:s "
      "volumeAttributesClassName:s volumeMode:s{d=\"Filesystem\"} volumeName:s" },
    { "VolumeResourceRequirements", "limits:<q> requests:<q>" },
    { "FCVolumeSource", "fsType:s lun:i readOnly:b targetWWNs:[s] wwids:[s]" },
    { "FlexVolumeSource", "driver:s{req} fsType:s options:<s> readOnly:b secretRef:LocalObjectReference" },
    { "FlockerVolumeSource", "datasetName:s datasetUUID:s" },
    { "GCEPersistentDiskVolumeSource", "fsType:s partition:i pdName:s{req} readOnly:b" },
    { "GitRepoVolumeSource", "directory:s repository:s{req} revision:s" },
    { "GlusterfsVolumeSource", "endpoints:s{req} path:s{req} readOnly:b" },
    { "HostPathVolumeSource", "path:s{req} type:s{d=\"\"}" },
    { "ImageVolumeSource", "pullPolicy:s reference:s" },
    { "ISCSIVolumeSource", "chapAuthDiscovery:b chapAuthSession:b fsType:s initiatorName:s iqn:s{req} "
                           "iscsiInterface:s{d=\"default\"} lun:i{req} portals:[s] readOnly:b "
                           "secretRef:LocalObjectReference targetPortal:s{req}" },
    { "NFSVolumeSource", "path:s{req} readOnly:b server:s{req}" },
    { "PersistentVolumeClaimVolumeSource", "claimName:s{req} readOnly:b" },
    { "PhotonPersistentDiskVolumeSource", "fsType:s pdID:s{req}" },
    { "PortworxVolumeSource", "fsType:s readOnly:b volumeID:s{req}" },
    { "ProjectedVolumeSource", "defaultMode:i{d=420} sources:[VolumeProjection]" },
    { "VolumeProjection", "clusterTrustBundle:ClusterTrustBundleProjection configMap:ConfigMapProjection "
                          "downwardAPI:DownwardAPIProjection podCertificate:PodCertificateProjection "
                          "secret:SecretProjection serviceAccountToken:ServiceAccountTokenProjection" },
    { "ClusterTrustBundleProjection",
      "labelSelector:LabelSelector name:s optional:b path:s{req} signerName:s" },
    { "ConfigMapProjection", "items:[KeyToPath] name:s optional:b" },
    { "DownwardAPIProjection", "items:[DownwardAPIVolumeFile]" },
    { "PodCertificateProjection",
      "certificateChainPath:s credentialBundlePath:s keyPath:s keyType:s{req} maxExpirationSeconds:i "
      "signerName:s{req} userAnnotations:<s>" },
    { "SecretProjection", "items:[KeyToPath] name:s optional:b" },
    { "ServiceAccountTokenProjection", "audience:s expirationSeconds:l{d=3600} path:s{req}" },
    { "QuobyteVolumeSource", "group:s readOnly:b registry:s{req} tenant:s user:s volume:s{req}" },
    { "RBDVolumeSource", "fsType:s image:s{req} keyring:s monitors:[s]{req} pool:s readOnly:b "
                         "secretRef:LocalObjectReference user:s" },
    { "ScaleIOVolumeSource",
      "fsType:s gateway:s{req} protectionDomain:s readOnly:b secretRef:LocalObjectReference{req} "
      "sslEnabled:b storageMode:s storagePool:s system:s{req} volumeName:s" },
    { "SecretVolumeSource", "defaultMode:i{d=420} items:[KeyToPath] optional:b secretName:s" },
    { "StorageOSVolumeSource",
      "fsType:s readOnly:b secretRef:LocalObjectReference volumeName:s volumeNamespace:s" },
    { "VsphereVirtualDiskVolumeSource", "fsType:s storagePolicyID:s storagePolicyName:s volumePath:s{req}" },
    { "VolumeMountStatus", "mountPath:s{req} name:s{req} readOnly:b recursiveReadOnly:s" },
    { "AttachedVolume", "devicePath:s{req} name:s{req}" },
    { "PersistentVolume",
      "apiVersion:s kind:s metadata:ObjectMeta spec:PersistentVolumeSpec status:PersistentVolumeStatus" },
    { "PersistentVolumeSpec",
      "accessModes:[s] awsElasticBlockStore:AWSElasticBlockStoreVolumeSource "
      "azureDisk:AzureDiskVolumeSource azureFile:AzureFilePersistentVolumeSource capacity:<q> "
      "cephfs:CephFSPersistentVolumeSource cinder:CinderPersistentVolumeSource "
      "claimRef:ObjectReference csi:CSIPersistentVolumeSource fc:FCVolumeSource "
      "flexVolume:FlexPersistentVolumeSource flocker:FlockerVolumeSource "
      "gcePersistentDisk:GCEPersistentDiskVolumeSource glusterfs:GlusterfsPersistentVolumeSource "
      "hostPath:HostPathVolumeSource iscsi:ISCSIPersistentVolumeSource local:LocalVolumeSource "
      "mountOptions:[s] nfs:NFSVolumeSource nodeAffinity:VolumeNodeAffinity "
      "persistentVolumeReclaimPolicy:s{d=\"Retain\"} "
      "photonPersistentDisk:PhotonPersistentDiskVolumeSource portworxVolume:PortworxVolumeSource "
      "quobyte:QuobyteVolumeSource rbd:RBDPersistentVolumeSource scaleIO:ScaleIOPersistentVolumeSource "
      "storageClassName:s storageos:StorageOSPersistentVolumeSource volumeAttributesClassName:s "
      "volumeMode:s{d=\"Filesystem\"} vsphereVolume:VsphereVirtualDiskVolumeSource" },
    { "AzureFilePersistentVolumeSource", "readOnly:b secretName:s{req} secretNamespace:s shareName:s{req}" },
    { "CephFSPersistentVolumeSource",
      "monitors:[s]{req} path:s readOnly:b secretFile:s secretRef:SecretReference user:s" },
    { "CinderPersistentVolumeSource", "fsType:s readOnly:b secretRef:SecretReference volumeID:s{req}" },
    { "CSIPersistentVolumeSource",
      "controllerExpandSecretRef:SecretReference controllerPublishSecretRef:SecretReference "
      "driver:s{req} fsType:s nodeExpandSecretRef:SecretReference nodePublishSecretRef:SecretReference "
      "nodeStageSecretRef:SecretReference readOnly:b volumeAttributes:<s> volumeHandle:s{req}" },
    { "FlexPersistentVolumeSource",
      "driver:s{req} fsType:s options:<s> readOnly:b secretRef:SecretReference" },
    { "GlusterfsPersistentVolumeSource", "endpoints:s{req} endpointsNamespace:s path:s{req} readOnly:b" },
    { "ISCSIPersistentVolumeSource",
      "chapAuthDiscovery:b chapAuthSession:b fsType:s initiatorName:s iqn:s{req} "
      "iscsiInterface:s{d=\"default\"} lun:i{req} portals:[s] readOnly:b secretRef:SecretReference "
      "targetPortal:s{req}" },
    { "LocalVolumeSource", "fsType:s path:s{req}" },
    { "VolumeNodeAffinity", "required:NodeSelector" },
    { "RBDPersistentVolumeSource",
      "fsType:s image:s{req} keyring:s monitors:[s]{req} pool:s readOnly:b secretRef:SecretReference "
      "user:s" },
    { "ScaleIOPersistentVolumeSource",
      "fsType:s gateway:s{req} protectionDomain:s readOnly:b secretRef:SecretReference{req} "
      "sslEnabled:b storageMode:s storagePool:s system:s{req} volumeName:s" },
    { "StorageOSPersistentVolumeSource",
      "fsType:s readOnly:b secretRef:ObjectReference volumeName:s volumeNamespace:s" },
    { "PersistentVolumeStatus", "lastPhaseTransitionTime:t message:s phase:s reason:s" },
    { "PersistentVolumeClaim", "apiVersion:s kind:s metadata:ObjectMeta spec:PersistentVolumeClaimSpec "
                               "status:PersistentVolumeClaimStatus" },
    { "PersistentVolumeClaimStatus",
      "accessModes:[s] allocatedResourceStatuses:<s> allocatedResources:<q> capacity:<q> "
      "conditions:[PersistentVolumeClaimCondition]{map(type)|merge(type)} "
      "currentVolumeAttributesClassName:s modifyVolumeStatus:ModifyVolumeStatus phase:s" },
    { "PersistentVolumeClaimCondition",
      "lastProbeTime:t lastTransitionTime:t message:s reason:s status:s{req} type:s{req}" },
    { "ModifyVolumeStatus", "status:s{req} targetVolumeAttributesClassName:s" },
    { 0 },
};
