//! Environments: a user claims one from a template and gets its URL; it comes from a warm pool or from an engine,
//! and expires.
//!
//! A [`Template`](template::Template) says what to run. A [`Claim`](claim::Claim) is the user-facing handle, as a
//! PersistentVolumeClaim is to a volume. An [`Instance`](instance::Instance) is one running environment. The operator's
//! leader alone binds claims to instances; an [`Engine`](ports::Engine) installs the chart.
//!
//! ```text
//! template · parameter · claim · instance · isolation · settings      what the words mean
//! naming · lifetime · rendering                                      derived facts
//! file                                                               templates of an installation without operator
//! plan::{binding, claim, instance, pool}                             every decision, pure and total
//! marks · audit                                                      what administrators set, who did what
//! ports                                                              what the outside must offer
//! service                                                            what API and CLI call
//! ```

pub mod audit;
pub mod claim;
pub mod error;
pub mod file;
pub mod instance;
pub mod isolation;
pub mod lifetime;
pub mod marks;
pub mod naming;
pub mod orphans;
pub mod parameter;
pub mod plan;
pub mod ports;
pub mod rendering;
pub mod service;
pub mod settings;
pub mod template;

/// Where an object lives: its namespace and its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectKey {
    /// The namespace.
    pub namespace: String,
    /// The name, unique among objects of its kind in that namespace.
    pub name: String,
}

impl ObjectKey {
    /// The key of `name` in `namespace`.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// The key that is written so: `<namespace>/<name>`, as it is displayed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split_once('/').map(|(namespace, name)| Self::new(namespace, name))
    }
}

impl std::fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What every stored object has: where it lives, which incarnation and which version of it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Metadata {
    /// Where it lives.
    pub key: ObjectKey,
    /// The id of this incarnation; another object of the same name has another uid.
    pub uid: String,
    /// The version that was read; a write under it fails when the object has changed since.
    pub version: String,
    /// When it was created.
    pub created: crate::time::Timestamp,
    /// When its deletion was asked for; it stays until its finalizers are gone.
    pub deleting_since: Option<crate::time::Timestamp>,
}

impl Metadata {
    /// Whether its deletion was asked for.
    #[must_use]
    pub fn is_deleting(&self) -> bool {
        self.deleting_since.is_some()
    }
}

/// A reference to one incarnation of an object in the same namespace.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UidRef {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}
