use std::fmt;

/// Which environment is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Address<'a> {
    /// The caller's of a template.
    Template {
        /// The name of the template.
        name: &'a str,
        /// Which of the caller's owners; without it the first that has a live environment.
        owner: Option<&'a str>,
    },
    /// The one of this id, if it is the caller's or one of their groups'.
    Id(&'a str),
    /// The one of this id, whoever owns it; for administrators.
    AnyId(&'a str),
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template { name, .. } => f.write_str(name),
            Self::Id(id) | Self::AnyId(id) => f.write_str(id),
        }
    }
}
