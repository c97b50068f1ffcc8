use std::{
    error::Error as StdError,
    fmt::{self, Debug},
    sync::Arc,
};

use async_trait::async_trait;

use super::KeySet;

/// Where the keys of an identity provider come from.
///
/// # Contract
/// - `keys` answers at once where keys are held, however old they are and whether or not the provider answers.
/// - `refresh` returns a set other than `known` if there is one, else `known` itself where the source knows that
///   nothing newer exists or has asked too recently. Callers compare with [`Arc::ptr_eq`].
/// - Both are safe to call from any number of tasks and to drop at any point; concurrent calls share one request.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait KeySource: Send + Sync + Debug {
    /// The keys that are known now; asks the provider only if none are.
    ///
    /// # Errors
    /// None are known and the provider does not answer.
    async fn keys(&self) -> Result<Arc<KeySet>, KeysUnavailable>;

    /// Newer keys than `known`, which did not verify a token.
    ///
    /// # Errors
    /// The provider does not answer, so nobody can tell whether there are newer ones.
    async fn refresh(&self, known: &Arc<KeySet>) -> Result<Arc<KeySet>, KeysUnavailable>;
}

/// The keys of the identity provider cannot be had at present.
#[derive(Clone, Debug)]
pub struct KeysUnavailable(Arc<dyn StdError + Send + Sync>);

impl KeysUnavailable {
    /// Because of `cause`.
    #[must_use]
    pub fn new(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self(Arc::new(cause))
    }
}

impl fmt::Display for KeysUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("keys of the identity provider are unavailable")
    }
}

impl StdError for KeysUnavailable {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.0.as_ref())
    }
}

/// Keys that never change, such as a key set mounted as a file.
#[derive(Clone, Debug)]
pub struct FixedKeys(Arc<KeySet>);

impl FixedKeys {
    /// Always `keys`.
    #[must_use]
    pub fn new(keys: KeySet) -> Self {
        Self(Arc::new(keys))
    }
}

#[async_trait]
impl KeySource for FixedKeys {
    async fn keys(&self) -> Result<Arc<KeySet>, KeysUnavailable> {
        Ok(self.0.clone())
    }

    async fn refresh(&self, _known: &Arc<KeySet>) -> Result<Arc<KeySet>, KeysUnavailable> {
        Ok(self.0.clone())
    }
}
