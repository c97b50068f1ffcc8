//! What the releases domain needs from outside, besides the kernel's artifact ports.

mod archive;
mod gitops;
mod records;

pub(crate) use archive::made;
pub use archive::{ArchiveError, ArchiveReader, Work};
pub use gitops::{Change, CommitId, Committed, Fence, Folder, GitOpsError, GitOpsRepositories, GitOpsRepository};
pub use records::{
    ApplicationFilter, ApplicationRecords, AuditRecords, DeploymentFilter, DeploymentRecords, DraftRecords, Enqueue,
    Finish, HoldChange, KeyRecords, Lease, LeaseRecords, PolicyRecords, PublicationRecord, QueueRecords, RecordError,
    Records, TargetRecords, VersionRecords,
};

#[cfg(feature = "testing")]
pub use archive::MockArchiveReader;
