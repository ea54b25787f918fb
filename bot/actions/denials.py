"""What no run may do whatever its policy allows: identity, organisation, keys, backups, evidence, and data.

Promises that the list is explicit and each entry says why. Refuses to know how policies are written.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Denial:
    """One pattern that is denied, in whole or, where an action needs a part of it, in `parts`."""

    pattern: str
    why: str
    parts: tuple[str, ...] = ()
    """Finer patterns that are denied instead when a permission that an action declares lies under the whole."""
    always: bool = False
    """Nothing under it may ever be allowed; an action that asks for it is a mistake."""


_IDENTITY = tuple(
    f"iam:{verb}*"
    for verb in (
        "Add", "Attach", "Change", "Create", "Deactivate", "Delete", "Detach", "Enable", "Put", "Remove", "Reset",
        "Resync", "Set", "Tag", "Untag", "Update", "Upload",
    )
)  # fmt: skip

NEVER: tuple[Denial, ...] = (
    Denial("iam:*", "a recovery never changes who may do what", parts=_IDENTITY),
    Denial("organizations:*", "a recovery never changes the organisation", always=True),
    Denial("account:*", "nor the account itself", parts=("account:Close*", "account:Delete*", "account:Disable*")),
    Denial("sso:*", "nor who may sign in", always=True),
    Denial("kms:ScheduleKeyDeletion", "data whose key is gone is gone", always=True),
    Denial("kms:DisableKey", "it stops both regions' readers of that key", always=True),
    Denial("kms:DeleteImportedKeyMaterial", "data whose key is gone is gone", always=True),
    Denial("kms:PutKeyPolicy", "a wrong one locks everybody out", always=True),
    Denial("backup:Delete*", "backups are the last layer", always=True),
    Denial("backup:DisassociateRecoveryPoint*", "backups are the last layer", always=True),
    Denial("backup:PutBackupVault*", "backups are the last layer", always=True),
    Denial("cloudtrail:StopLogging", "evidence stays", always=True),
    Denial("cloudtrail:DeleteTrail", "evidence stays", always=True),
    Denial("cloudtrail:UpdateTrail", "evidence stays", always=True),
    Denial("cloudtrail:PutEventSelectors", "evidence stays", always=True),
    Denial("config:StopConfigurationRecorder", "evidence stays", always=True),
    Denial("logs:Delete*", "evidence stays", parts=("logs:DeleteLogGroup", "logs:DeleteLogStream")),
    Denial("s3:PutBucketObjectLockConfiguration", "locked evidence stays locked", always=True),
    Denial("s3:BypassGovernanceRetention", "locked evidence stays locked", always=True),
    Denial("s3:DeleteObject*", "data is not deleted in an incident", parts=("s3:DeleteObjectVersion",)),
    Denial(
        "s3:DeleteBucket*",
        "data is not deleted in an incident",
        parts=("s3:DeleteBucket", "s3:DeleteBucketWebsite", "s3:DeleteBucketOwnershipControls"),
    ),
    Denial(
        "rds:Delete*",
        "data is not deleted in an incident",
        parts=(
            "rds:DeleteDBCluster", "rds:DeleteDBClusterAutomatedBackup", "rds:DeleteDBClusterSnapshot",
            "rds:DeleteDBInstanceAutomatedBackup", "rds:DeleteDBSnapshot", "rds:DeleteGlobalCluster",
            "rds:DeleteDBInstance",
        ),
    ),
    Denial(
        "dynamodb:Delete*",
        "data is not deleted in an incident",
        parts=("dynamodb:DeleteBackup", "dynamodb:DeleteItem", "dynamodb:DeleteTable", "dynamodb:DeleteTableReplica"),
    ),
    Denial(
        "elasticache:Delete*",
        "data is not deleted in an incident",
        parts=(
            "elasticache:DeleteCacheCluster", "elasticache:DeleteReplicationGroup", "elasticache:DeleteSnapshot",
            "elasticache:DeleteGlobalReplicationGroup",
        ),
    ),
    Denial(
        "elasticfilesystem:Delete*",
        "data is not deleted in an incident",
        parts=(
            "elasticfilesystem:DeleteAccessPoint", "elasticfilesystem:DeleteFileSystem",
            "elasticfilesystem:DeleteFileSystemPolicy", "elasticfilesystem:DeleteMountTarget",
        ),
    ),
    Denial("fsx:Delete*", "data is not deleted in an incident", parts=("fsx:DeleteBackup", "fsx:DeleteFileSystem")),
    Denial(
        "redshift:Delete*",
        "data is not deleted in an incident",
        parts=("redshift:DeleteCluster", "redshift:DeleteClusterSnapshot"),
    ),
    Denial("docdb-elastic:Delete*", "data is not deleted in an incident"),
    Denial("kinesis:DeleteStream", "data is not deleted in an incident"),
    Denial("secretsmanager:DeleteSecret", "a secret that is gone stops everybody who reads it", always=True),
    Denial("ec2:DeleteSnapshot", "copies of disks are the last layer"),
    Denial("ec2:DeregisterImage", "an image that is gone cannot be started", always=True),
    Denial("ec2:DeleteVolume", "data is not deleted in an incident"),
    Denial("drs:DeleteSourceServer", "it ends the protection of a server", always=True),
    Denial("drs:DisconnectSourceServer", "it ends the protection of a server", always=True),
    Denial("drs:StopReplication", "it deletes the snapshots that a recovery starts from", always=True),
    Denial("route53:DeleteHostedZone", "a zone that is gone takes every name with it", always=True),
)  # fmt: skip
