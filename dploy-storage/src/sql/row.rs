use std::{error::Error, str::FromStr};

use dploy_core::{artifact::ExactBytes, releases::ports::RecordError, time::Timestamp};
use serde::de::DeserializeOwned;
use sqlx::Row as _;

use super::error::refused;

/// A row of either database.
#[derive(Debug)]
pub(super) enum Row {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::sqlite::SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::postgres::PgRow),
}

/// A column holds what this program cannot read.
#[derive(Debug, thiserror::Error)]
#[error("the column {column} is not understood")]
struct Unreadable {
    column: &'static str,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

fn unreadable(column: &'static str, source: Option<Box<dyn Error + Send + Sync>>) -> RecordError {
    RecordError::Corrupt(Box::new(Unreadable { column, source }))
}

impl Row {
    pub(super) fn maybe_text(&self, column: &'static str) -> Result<Option<String>, RecordError> {
        let value = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(row) => row.try_get(column),
            #[cfg(feature = "postgres")]
            Self::Postgres(row) => row.try_get(column),
        };
        value.map_err(refused)
    }

    pub(super) fn maybe_int(&self, column: &'static str) -> Result<Option<i64>, RecordError> {
        let value = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(row) => row.try_get(column),
            #[cfg(feature = "postgres")]
            Self::Postgres(row) => row.try_get(column),
        };
        value.map_err(refused)
    }

    pub(super) fn text(&self, column: &'static str) -> Result<String, RecordError> {
        self.maybe_text(column)?.ok_or_else(|| unreadable(column, None))
    }

    pub(super) fn int(&self, column: &'static str) -> Result<i64, RecordError> {
        self.maybe_int(column)?.ok_or_else(|| unreadable(column, None))
    }

    /// An integer that is no less than zero, of any width.
    pub(super) fn number<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, RecordError> {
        T::try_from(self.int(column)?).map_err(|_| unreadable(column, None))
    }

    pub(super) fn time(&self, column: &'static str) -> Result<Timestamp, RecordError> {
        self.int(column).map(Timestamp::from_unix_micros)
    }

    pub(super) fn maybe_time(&self, column: &'static str) -> Result<Option<Timestamp>, RecordError> {
        Ok(self.maybe_int(column)?.map(Timestamp::from_unix_micros))
    }

    /// A name.
    pub(super) fn name<T>(&self, column: &'static str) -> Result<T, RecordError>
    where
        T: FromStr<Err: Error + Send + Sync + 'static>,
    {
        self.text(column)?.parse().map_err(|error| unreadable(column, Some(Box::new(error))))
    }

    /// A name, where there is one.
    pub(super) fn maybe_name<T>(&self, column: &'static str) -> Result<Option<T>, RecordError>
    where
        T: FromStr<Err: Error + Send + Sync + 'static>,
    {
        let text = self.maybe_text(column)?;
        text.map(|text| text.parse().map_err(|error| unreadable(column, Some(Box::new(error))))).transpose()
    }

    /// What `parse` makes of the text.
    pub(super) fn read<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, RecordError> {
        parse(&self.text(column)?).ok_or_else(|| unreadable(column, None))
    }

    /// What `parse` makes of the text, where there is one.
    pub(super) fn maybe_read<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, RecordError> {
        let text = self.maybe_text(column)?;
        text.map(|text| parse(&text).ok_or_else(|| unreadable(column, None))).transpose()
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, RecordError> {
        self.maybe_json(column)?.ok_or_else(|| unreadable(column, None))
    }

    pub(super) fn maybe_json<T: DeserializeOwned>(&self, column: &'static str) -> Result<Option<T>, RecordError> {
        let text = self.maybe_text(column)?;
        let read = text.map(|text| serde_json::from_str(&text));
        read.transpose().map_err(|error| unreadable(column, Some(Box::new(error))))
    }

    /// A size with its digest, where there is one.
    pub(super) fn maybe_bytes(
        &self,
        size: &'static str,
        sha256: &'static str,
    ) -> Result<Option<ExactBytes>, RecordError> {
        match self.maybe_text(sha256)? {
            Some(sha256) => Ok(Some(ExactBytes { size: self.number(size)?, sha256 })),
            None => Ok(None),
        }
    }
}
