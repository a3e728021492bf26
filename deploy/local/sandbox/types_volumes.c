// SPDX-License-Identifier: Apache-2.0
// Field types: volumes and what they are made from.
#include "deploy/local/sandbox/types_table.h"

const struct type_row types_volumes[] = {
    { "VolumeDevice", "devicePath:s{req|!} name:s{req|!}" },
    { "VolumeMount", "mountPath:s{req|!} mountPropagation:s name:s{req|!} readOnly:b{z} recursiveReadOnly:s "
                     "subPath:s{z} subPathExpr:s{z}" },
    { "Volume", "awsElasticBlockStore:AWSElasticBlockStoreVolumeSource azureDisk:AzureDiskVolumeSource "
                "azureFile:AzureFileVolumeSource cephfs:CephFSVolumeSource cinder:CinderVolumeSource "
                "configMap:ConfigMapVolumeSource csi:CSIVolumeSource downwardAPI:DownwardAPIVolumeSource "
                "emptyDir:EmptyDirVolumeSource ephemeral:EphemeralVolumeSource fc:FCVolumeSource "
                "flexVolume:FlexVolumeSource flocker:FlockerVolumeSource "
                "gcePersistentDisk:GCEPersistentDiskVolumeSource gitRepo:GitRepoVolumeSource "
                "glusterfs:GlusterfsVolumeSource hostPath:HostPathVolumeSource image:ImageVolumeSource "
                "iscsi:ISCSIVolumeSource name:s{req|!} nfs:NFSVolumeSource "
                "persistentVolumeClaim:PersistentVolumeClaimVolumeSource "
                "photonPersistentDisk:PhotonPersistentDiskVolumeSource portworxVolume:PortworxVolumeSource "
                "projected:ProjectedVolumeSource quobyte:QuobyteVolumeSource rbd:RBDVolumeSource "
                "scaleIO:ScaleIOVolumeSource secret:SecretVolumeSource storageos:StorageOSVolumeSource "
                "vsphereVolume:VsphereVirtualDiskVolumeSource" },
    { "AWSElasticBlockStoreVolumeSource", "fsType:s{z} partition:i{z} readOnly:b{z} volumeID:s{req|!}" },
    { "AzureDiskVolumeSource",
      "cachingMode:s diskName:s{req|!} diskURI:s{req|!} fsType:s kind:s readOnly:b" },
    { "AzureFileVolumeSource", "readOnly:b{z} secretName:s{req|!} shareName:s{req|!}" },
    { "CephFSVolumeSource",
      "monitors:[s]{req|!} path:s{z} readOnly:b{z} secretFile:s{z} secretRef:LocalObjectReference "
      "user:s{z}" },
    { "CinderVolumeSource", "fsType:s{z} readOnly:b{z} secretRef:LocalObjectReference volumeID:s{req|!}" },
    { "ConfigMapVolumeSource", "defaultMode:i{d=420} items:[KeyToPath]{z} name:s{z} optional:b" },
    { "CSIVolumeSource", "driver:s{req|!} fsType:s nodePublishSecretRef:LocalObjectReference readOnly:b "
                         "volumeAttributes:<s>{z}" },
    { "DownwardAPIVolumeSource", "defaultMode:i{d=420} items:[DownwardAPIVolumeFile]{z}" },
    { "DownwardAPIVolumeFile",
      "fieldRef:ObjectFieldSelector mode:i path:s{req|!} resourceFieldRef:ResourceFieldSelector" },
    { "EmptyDirVolumeSource", "medium:s{z} sizeLimit:q" },
    { "EphemeralVolumeSource", "volumeClaimTemplate:PersistentVolumeClaimTemplate" },
    { "PersistentVolumeClaimTemplate", "metadata:ObjectMeta{!} spec:PersistentVolumeClaimSpec{req|!}" },
    { "PersistentVolumeClaimSpec",
      "accessModes:[s]{z} dataSource:TypedLocalObjectReference dataSourceRef:TypedObjectReference "
      "resources:VolumeResourceRequirements{!} selector:LabelSelector storageClassName:s "
      "volumeAttributesClassName:s volumeMode:s{d=\"Filesystem\"} volumeName:s{z}" },
    { "VolumeResourceRequirements", "limits:<q>{z} requests:<q>{z}" },
    { "FCVolumeSource", "fsType:s{z} lun:i readOnly:b{z} targetWWNs:[s]{z} wwids:[s]{z}" },
    { "FlexVolumeSource",
      "driver:s{req|!} fsType:s{z} options:<s>{z} readOnly:b{z} secretRef:LocalObjectReference" },
    { "FlockerVolumeSource", "datasetName:s{z} datasetUUID:s{z}" },
    { "GCEPersistentDiskVolumeSource", "fsType:s{z} partition:i{z} pdName:s{req|!} readOnly:b{z}" },
    { "GitRepoVolumeSource", "directory:s{z} repository:s{req|!} revision:s{z}" },
    { "GlusterfsVolumeSource", "endpoints:s{req|!} path:s{req|!} readOnly:b{z}" },
    { "HostPathVolumeSource", "path:s{req|!} type:s{d=\"\"}" },
    { "ImageVolumeSource", "pullPolicy:s{z} reference:s{z}" },
    { "ISCSIVolumeSource",
      "chapAuthDiscovery:b{z} chapAuthSession:b{z} fsType:s{z} initiatorName:s iqn:s{req|!} "
      "iscsiInterface:s{z|d=\"default\"} lun:i{req|!} portals:[s]{z} readOnly:b{z} "
      "secretRef:LocalObjectReference targetPortal:s{req|!}" },
    { "NFSVolumeSource", "path:s{req|!} readOnly:b{z} server:s{req|!}" },
    { "PersistentVolumeClaimVolumeSource", "claimName:s{req|!} readOnly:b{z}" },
    { "PhotonPersistentDiskVolumeSource", "fsType:s{z} pdID:s{req|!}" },
    { "PortworxVolumeSource", "fsType:s{z} readOnly:b{z} volumeID:s{req|!}" },
    { "ProjectedVolumeSource", "defaultMode:i{d=420} sources:[VolumeProjection]{!}" },
    { "VolumeProjection", "clusterTrustBundle:ClusterTrustBundleProjection configMap:ConfigMapProjection "
                          "downwardAPI:DownwardAPIProjection podCertificate:PodCertificateProjection "
                          "secret:SecretProjection serviceAccountToken:ServiceAccountTokenProjection" },
    { "ClusterTrustBundleProjection",
      "labelSelector:LabelSelector name:s optional:b path:s{req|!} signerName:s" },
    { "ConfigMapProjection", "items:[KeyToPath]{z} name:s{z} optional:b" },
    { "DownwardAPIProjection", "items:[DownwardAPIVolumeFile]{z}" },
    { "PodCertificateProjection",
      "certificateChainPath:s{z} credentialBundlePath:s{z} keyPath:s{z} keyType:s{req|z} "
      "maxExpirationSeconds:i signerName:s{req|z} userAnnotations:<s>{z}" },
    { "SecretProjection", "items:[KeyToPath]{z} name:s{z} optional:b" },
    { "ServiceAccountTokenProjection", "audience:s{z} expirationSeconds:l{d=3600} path:s{req|!}" },
    { "QuobyteVolumeSource",
      "group:s{z} readOnly:b{z} registry:s{req|!} tenant:s{z} user:s{z} volume:s{req|!}" },
    { "RBDVolumeSource",
      "fsType:s{z} image:s{req|!} keyring:s{z} monitors:[s]{req|!} pool:s{z} readOnly:b{z} "
      "secretRef:LocalObjectReference user:s{z}" },
    { "ScaleIOVolumeSource",
      "fsType:s{z} gateway:s{req|!} protectionDomain:s{z} readOnly:b{z} "
      "secretRef:LocalObjectReference{req} sslEnabled:b{z} storageMode:s{z} storagePool:s{z} "
      "system:s{req|!} volumeName:s{z}" },
    { "SecretVolumeSource", "defaultMode:i{d=420} items:[KeyToPath]{z} optional:b secretName:s{z}" },
    { "StorageOSVolumeSource",
      "fsType:s{z} readOnly:b{z} secretRef:LocalObjectReference volumeName:s{z} volumeNamespace:s{z}" },
    { "VsphereVirtualDiskVolumeSource",
      "fsType:s{z} storagePolicyID:s{z} storagePolicyName:s{z} volumePath:s{req|!}" },
    { "VolumeMountStatus", "mountPath:s{req|!} name:s{req|!} readOnly:b{z} recursiveReadOnly:s" },
    { "AttachedVolume", "devicePath:s{req|!} name:s{req|!}" },
    { "PersistentVolume", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:PersistentVolumeSpec{!} "
                          "status:PersistentVolumeStatus{!}" },
    { "PersistentVolumeSpec",
      "accessModes:[s]{z} awsElasticBlockStore:AWSElasticBlockStoreVolumeSource "
      "azureDisk:AzureDiskVolumeSource azureFile:AzureFilePersistentVolumeSource capacity:<q>{z} "
      "cephfs:CephFSPersistentVolumeSource cinder:CinderPersistentVolumeSource "
      "claimRef:ObjectReference csi:CSIPersistentVolumeSource fc:FCVolumeSource "
      "flexVolume:FlexPersistentVolumeSource flocker:FlockerVolumeSource "
      "gcePersistentDisk:GCEPersistentDiskVolumeSource glusterfs:GlusterfsPersistentVolumeSource "
      "hostPath:HostPathVolumeSource iscsi:ISCSIPersistentVolumeSource local:LocalVolumeSource "
      "mountOptions:[s]{z} nfs:NFSVolumeSource nodeAffinity:VolumeNodeAffinity "
      "persistentVolumeReclaimPolicy:s{z|d=\"Retain\"} "
      "photonPersistentDisk:PhotonPersistentDiskVolumeSource portworxVolume:PortworxVolumeSource "
      "quobyte:QuobyteVolumeSource rbd:RBDPersistentVolumeSource scaleIO:ScaleIOPersistentVolumeSource "
      "storageClassName:s{z} storageos:StorageOSPersistentVolumeSource volumeAttributesClassName:s "
      "volumeMode:s{d=\"Filesystem\"} vsphereVolume:VsphereVirtualDiskVolumeSource" },
    { "AzureFilePersistentVolumeSource",
      "readOnly:b{z} secretName:s{req|!} secretNamespace:s shareName:s{req|!}" },
    { "CephFSPersistentVolumeSource",
      "monitors:[s]{req|!} path:s{z} readOnly:b{z} secretFile:s{z} secretRef:SecretReference user:s{z}" },
    { "CinderPersistentVolumeSource",
      "fsType:s{z} readOnly:b{z} secretRef:SecretReference volumeID:s{req|!}" },
    { "CSIPersistentVolumeSource",
      "controllerExpandSecretRef:SecretReference controllerPublishSecretRef:SecretReference "
      "driver:s{req|!} fsType:s{z} nodeExpandSecretRef:SecretReference "
      "nodePublishSecretRef:SecretReference nodeStageSecretRef:SecretReference readOnly:b{z} "
      "volumeAttributes:<s>{z} volumeHandle:s{req|!}" },
    { "FlexPersistentVolumeSource",
      "driver:s{req|!} fsType:s{z} options:<s>{z} readOnly:b{z} secretRef:SecretReference" },
    { "GlusterfsPersistentVolumeSource",
      "endpoints:s{req|!} endpointsNamespace:s path:s{req|!} readOnly:b{z}" },
    { "ISCSIPersistentVolumeSource",
      "chapAuthDiscovery:b{z} chapAuthSession:b{z} fsType:s{z} initiatorName:s iqn:s{req|!} "
      "iscsiInterface:s{z|d=\"default\"} lun:i{req|!} portals:[s]{z} readOnly:b{z} "
      "secretRef:SecretReference targetPortal:s{req|!}" },
    { "LocalVolumeSource", "fsType:s path:s{req|!}" },
    { "VolumeNodeAffinity", "required:NodeSelector" },
    { "RBDPersistentVolumeSource",
      "fsType:s{z} image:s{req|!} keyring:s{z} monitors:[s]{req|!} pool:s{z} readOnly:b{z} "
      "secretRef:SecretReference user:s{z}" },
    { "ScaleIOPersistentVolumeSource",
      "fsType:s{z} gateway:s{req|!} protectionDomain:s{z} readOnly:b{z} secretRef:SecretReference{req} "
      "sslEnabled:b{z} storageMode:s{z} storagePool:s{z} system:s{req|!} volumeName:s{z}" },
    { "StorageOSPersistentVolumeSource",
      "fsType:s{z} readOnly:b{z} secretRef:ObjectReference volumeName:s{z} volumeNamespace:s{z}" },
    { "PersistentVolumeStatus", "lastPhaseTransitionTime:t message:s{z} phase:s{z} reason:s{z}" },
    { "PersistentVolumeClaim", "apiVersion:s kind:s metadata:ObjectMeta{!} spec:PersistentVolumeClaimSpec{!} "
                               "status:PersistentVolumeClaimStatus{!}" },
    { "PersistentVolumeClaimStatus",
      "accessModes:[s]{z} allocatedResourceStatuses:<s>{z} allocatedResources:<q>{z} capacity:<q>{z} "
      "conditions:[PersistentVolumeClaimCondition]{map(type)|merge(type)|z} "
      "currentVolumeAttributesClassName:s modifyVolumeStatus:ModifyVolumeStatus phase:s{z}" },
    { "PersistentVolumeClaimCondition",
      "lastProbeTime:t{!} lastTransitionTime:t{!} message:s{z} reason:s{z} status:s{req|!} "
      "type:s{req|!}" },
    { "ModifyVolumeStatus", "status:s{req|!} targetVolumeAttributesClassName:s{z}" },
    { 0 },
};
