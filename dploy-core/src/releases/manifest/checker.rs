use super::Problems;
use crate::releases::{
    application::ObjectRules,
    file::{ArchiveFile, FilePath},
    version::VersionMetadata,
};

/// Checks the files of a version one by one.
#[derive(Debug)]
pub struct Checker {
    files: Vec<FilePath>,
}

/// The files of a version that were accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifests {
    /// The files that are committed, sorted.
    pub files: Vec<FilePath>,
}

impl Checker {
    /// Checks files of a version of that origin under these rules.
    #[must_use]
    pub fn new(_rules: ObjectRules, _draft: &VersionMetadata, _version: &str) -> Self {
        Self { files: Vec::new() }
    }

    /// Takes the next file.
    pub fn file(&mut self, file: &ArchiveFile) {
        if file.path.as_str().ends_with(".yaml") {
            self.files.push(file.path.clone());
        }
    }

    /// What was accepted.
    ///
    /// # Errors
    /// Everything that is wrong with the files.
    pub fn finish(mut self) -> Result<Manifests, Problems> {
        self.files.sort();
        Ok(Manifests { files: self.files })
    }
}
