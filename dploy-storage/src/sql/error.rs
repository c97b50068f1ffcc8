use dploy_core::releases::ports::RecordError;
use sqlx::error::ErrorKind;

use super::url::InvalidDatabaseUrl;

/// A database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL has another form.
    #[error(transparent)]
    Url(#[from] InvalidDatabaseUrl),
    /// A parameter of the URL is not understood.
    #[error("the URL of the database has a parameter that is not understood")]
    Parameter(#[source] sqlx::Error),
    /// This build has no driver for that database; the feature it was built without.
    #[error("this program was built without the feature `{0}`, which the database needs")]
    Driver(&'static str),
    /// The folder of the database's file cannot be made.
    #[error("the folder of the database cannot be made")]
    Folder(#[source] std::io::Error),
    /// The database does not answer in time, or refuses.
    #[error("the database is not reachable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A newer program has changed the schema.
    #[error(
        "the database has schema {found}, this program knows schemas up to {known}: run the version that made it, or a newer one"
    )]
    Newer {
        /// The schema of the database.
        found: i64,
        /// The latest schema that this program knows.
        known: i64,
    },
}

impl From<RecordError> for OpenError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Unavailable(source) => Self::Unavailable(source),
            other => Self::Unavailable(Box::new(other)),
        }
    }
}

/// The database did not answer in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the database did not answer in time")]
pub(super) struct TimedOut;

/// What a driver's error means to the callers of the ports.
pub(super) fn refused(error: sqlx::Error) -> RecordError {
    let kind = error.as_database_error().map(sqlx::error::DatabaseError::kind);
    match (kind, error) {
        (Some(ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation), _) => RecordError::Conflict,
        (_, error @ (sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::Decode(_))) => {
            RecordError::Corrupt(Box::new(error))
        }
        (_, error) => RecordError::Unavailable(Box::new(error)),
    }
}
