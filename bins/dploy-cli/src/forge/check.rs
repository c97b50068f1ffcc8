//! The check of a version's files, by the same rules as the server's.

use dploy_core::{
    releases::{
        application::ObjectRules,
        file::ArchiveFile,
        manifest::{Checker, Manifests},
        version::VersionMetadata,
    },
    time::Timestamp,
};

use super::archive::is_version_file;
use crate::{error::Error, releases::record::Metadata};

/// Checks the files of a version of that origin; without one, the file that tells an origin is left aside.
///
/// # Errors
/// All that is wrong with them at once.
pub(crate) fn files(files: &[ArchiveFile], origin: Option<(&str, &Metadata)>) -> Result<Manifests, Error> {
    let (version, draft) = match origin {
        Some((version, metadata)) => (version, draft(metadata)),
        None => ("", draft(&Metadata::default())),
    };
    let mut checker = Checker::new(ObjectRules::default(), &draft, version);
    for file in files.iter().filter(|file| origin.is_some() || !is_version_file(file.path.as_str())) {
        checker.file(file);
    }
    checker.finish().map_err(|problems| {
        let mut lines: Vec<String> = problems.listed.iter().map(ToString::to_string).collect();
        if problems.more > 0 {
            lines.push(format!("and {} more", problems.more));
        }
        Error::Files(lines)
    })
}

fn draft(metadata: &Metadata) -> VersionMetadata {
    let Metadata { git_sha, git_branch, git_tag, git_committer, build_number, .. } = metadata.clone();
    // No rule compares the time.
    let timestamp = Timestamp::from_unix_seconds(0);
    VersionMetadata { git_sha, git_branch, git_tag, git_committer, build_number, timestamp }
}
