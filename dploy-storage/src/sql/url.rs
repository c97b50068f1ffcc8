use std::{fmt, str::FromStr};

/// Which database: `sqlite://path`, `sqlite::memory:`, or `postgres://user:password@host:port/name?sslmode=…`.
///
/// What follows `sqlite://` is a path as the system takes it, with `%xx` for other bytes; a file that is not there is made, with
/// its folder. The parameters of PostgreSQL's URLs are libpq's: `sslmode` says whether and how TLS is used, `sslrootcert`
/// with what. It is never printed whole, because of the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// A database's URL has another form.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the URL of the database must be sqlite://PATH, sqlite::memory: or postgres://USER:PASSWORD@HOST:PORT/NAME")]
#[non_exhaustive]
pub struct InvalidDatabaseUrl;

/// The part of a URL that tells which driver it is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Driver {
    Sqlite,
    Postgres,
}

impl DatabaseUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// It has none of the accepted forms.
    pub fn parse(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        let url = Self(text.to_owned());
        let rest = text.split_once(':').map(|(_, rest)| rest);
        let named = match (url.driver(), rest) {
            (Some(Driver::Sqlite), Some(rest)) => {
                rest == ":memory:" || rest.strip_prefix("//").is_some_and(|path| !path.is_empty())
            }
            (Some(Driver::Postgres), Some(rest)) => rest.starts_with("//"),
            _ => false,
        };
        if named { Ok(url) } else { Err(InvalidDatabaseUrl) }
    }

    pub(super) fn driver(&self) -> Option<Driver> {
        match self.0.split_once(':')?.0 {
            "sqlite" => Some(Driver::Sqlite),
            "postgres" | "postgresql" => Some(Driver::Postgres),
            _ => None,
        }
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the database is gone with its last connection.
    #[cfg(feature = "sqlite")]
    pub(super) fn is_memory(&self) -> bool {
        self.0 == "sqlite::memory:" || self.0 == "sqlite://:memory:"
    }
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// The URL without its user, password and parameters.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.split('?').next().unwrap_or_default();
        match (self.driver(), whole.split_once("://")) {
            (Some(Driver::Postgres), Some((scheme, rest))) => {
                let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
                write!(f, "{scheme}://{place}")
            }
            _ => f.write_str(whole),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("sqlite::memory:", "sqlite::memory:")]
    #[case("sqlite:///var/lib/dploy/records.db", "sqlite:///var/lib/dploy/records.db")]
    #[case("sqlite://records.db?mode=ro", "sqlite://records.db")]
    #[case("postgres://host/name", "postgres://host/name")]
    #[case("postgres://user:se%40cret@host:5432/name?sslmode=require&password=x", "postgres://host:5432/name")]
    #[case("postgresql://user:p@ss@host/name", "postgresql://host/name")]
    fn a_url_is_printed_without_secrets(#[case] text: &str, #[case] printed: &str) {
        let url = DatabaseUrl::parse(text).unwrap();
        assert_eq!(url.to_string(), printed);
        assert_eq!(format!("{url:?}"), format!("DatabaseUrl({printed})"));
    }

    #[rstest]
    #[case("")]
    #[case("records.db")]
    #[case("sqlite:")]
    #[case("sqlite://")]
    #[case("mysql://host/name")]
    #[case("postgres:host")]
    fn other_forms_are_refused(#[case] text: &str) {
        assert_eq!(DatabaseUrl::parse(text), Err(InvalidDatabaseUrl), "{text}");
    }
}
