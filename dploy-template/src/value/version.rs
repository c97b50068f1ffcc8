//! Go's `semver.Version` as a value.

use std::sync::Arc;

use super::{Object, Source, SourceSet, Text, Value};
use crate::version::Semver;

/// A version that remembers whether a user supplied the text it was made of.
///
/// Cheap to clone. Versions are equal if all their parts and the texts they
/// were read from are.
#[derive(Clone, Debug)]
pub struct Version(Arc<(Semver, Option<Source>)>);

impl Version {
    pub(crate) const TYPE: &'static str = "semver.Version";

    pub(crate) fn new(version: Semver, sources: SourceSet) -> Self {
        Self(Arc::new((version, sources.into_source())))
    }

    pub(crate) fn semver(&self) -> &Semver {
        &self.0.0
    }

    pub(crate) fn add_sources(&self, set: &mut SourceSet) {
        if let Some(source) = &self.0.1 {
            set.add(source);
        }
    }

    /// Text made of the version.
    pub(crate) fn text(&self, text: impl Into<Vec<u8>>) -> Text {
        let mut set = SourceSet::default();
        self.add_sources(&mut set);
        Text::computed(text.into(), set)
    }

    /// The struct behind it, which some verbs print.
    pub(crate) fn object(&self) -> Value {
        let semver = self.semver();
        let text = |text: &str| if text.is_empty() { Value::from("") } else { Value::String(self.text(text)) };
        Value::Struct(Object::new(
            Self::TYPE,
            [
                ("major", Value::Uint64(semver.major)),
                ("minor", Value::Uint64(semver.minor)),
                ("patch", Value::Uint64(semver.patch)),
                ("pre", text(&semver.prerelease)),
                ("metadata", text(&semver.metadata)),
                ("original", text(&semver.original)),
            ]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), name.to_owned(), value)),
        ))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.semver() == other.semver()
    }
}

impl Eq for Version {}
