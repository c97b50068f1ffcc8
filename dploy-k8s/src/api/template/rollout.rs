//! What an edit of a template means for environments that stand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an edit of a template means for environments that stand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub enum Rollout {
    /// They stay as they were made.
    #[default]
    Pinned,
    /// On-demand environments become as the newest revision says, and free members of a pool are replaced; claimed
    /// members stay as they were made.
    Follow,
}
