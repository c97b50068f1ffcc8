//! What was made for an instance or a template that does not exist any more.

use async_trait::async_trait;

use super::{ObjectKey, UidRef, ports::EngineError};

/// An object that carries our label and says whose it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Belonging {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace, empty for a kind that has none, and its name.
    pub key: ObjectKey,
    /// Its uid.
    pub uid: String,
    /// Whose it says that it is.
    pub owner: Holder,
    /// Whether its deletion was asked for.
    pub deleting: bool,
}

/// What something was made for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Holder {
    /// The instance of this uid, in this namespace.
    Instance(String, UidRef),
    /// The template of this uid, in this namespace.
    Template(String, UidRef),
}

impl Holder {
    /// The namespace of the holder.
    #[must_use]
    pub fn namespace(&self) -> &str {
        match self {
            Self::Instance(namespace, _) | Self::Template(namespace, _) => namespace,
        }
    }

    /// Its name and its uid.
    #[must_use]
    pub fn reference(&self) -> &UidRef {
        match self {
            Self::Instance(_, reference) | Self::Template(_, reference) => reference,
        }
    }
}

/// Knows what was made outside of the objects that own it, and can take it away.
///
/// # Contract
/// - `belongings` answers at once, from memory. It names only what carries our label, the uid of what it belongs to and
///   where that is; all else is somebody else's.
/// - `discard` looks once more: it deletes only the very object that is meant, by its uid, while it still says the same.
///   One that is gone already is a success.
#[async_trait]
pub trait Inventory: Send + Sync + std::fmt::Debug {
    /// Everything of the kinds that it knows.
    fn belongings(&self) -> Vec<Belonging>;

    /// Deletes it; whether there was something to delete.
    async fn discard(&self, what: &Belonging) -> Result<bool, EngineError>;
}
