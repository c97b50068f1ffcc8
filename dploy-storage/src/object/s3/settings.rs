use std::{fmt, time::Duration};

use dploy_core::error::{Classify, ErrorKind};

/// Which bucket, and how to reach it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct S3Settings {
    /// The bucket, which must exist.
    pub bucket: String,
    /// The region that requests are signed for; stores without regions take any, mostly `us-east-1`.
    pub region: String,
    /// Where the store is; `None` is Amazon's endpoint of the region.
    pub endpoint: Option<String>,
    /// Where clients reach the store, for the URLs that they are given; `None` is the same endpoint.
    pub public_endpoint: Option<String>,
    /// Whether the bucket is the first part of the path instead of the host's name, as most other stores want it.
    pub path_style: bool,
    /// What requests are signed with.
    pub credentials: S3Credentials,
    /// How long an attempt may take.
    pub attempt_timeout: Duration,
    /// How many attempts a call may make, at least one.
    pub attempts: u32,
}

/// Where the credentials come from.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum S3Credentials {
    /// From where the AWS SDKs look, in their order: environment, shared files, web identity, container, instance.
    Chain,
    /// These.
    Keys {
        /// The access key's id.
        id: String,
        /// Its secret.
        secret: String,
        /// The token of temporary credentials.
        session_token: Option<String>,
    },
}

/// Never shows a secret.
impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain => f.write_str("Chain"),
            Self::Keys { id, .. } => f.debug_struct("Keys").field("id", id).finish_non_exhaustive(),
        }
    }
}

/// Settings with which no store can be reached.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field} must be {accepted}, not {given:?}")]
#[non_exhaustive]
pub struct InvalidSettings {
    /// The field that is wrong.
    pub field: &'static str,
    /// What it may be.
    pub accepted: &'static str,
    /// What it is.
    pub given: String,
}

impl Classify for InvalidSettings {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        "s3_settings_invalid"
    }
}

impl S3Settings {
    /// The bucket at Amazon's endpoint, with credentials from the chain, 20 seconds an attempt and three of them.
    #[must_use]
    pub fn new(bucket: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            region: region.into(),
            endpoint: None,
            public_endpoint: None,
            path_style: false,
            credentials: S3Credentials::Chain,
            attempt_timeout: Duration::from_secs(20),
            attempts: 3,
        }
    }

    pub(super) fn check(&self) -> Result<(), InvalidSettings> {
        let bucket = |text: &str| (3..=63).contains(&text.len()) && text.bytes().all(|c| is_label(c) || c == b'.');
        let region = |text: &str| !text.is_empty() && text.bytes().all(is_label);
        check("bucket", "3 to 63 characters of a-z 0-9 - .", &self.bucket, bucket)?;
        check("region", "a region's name such as us-east-1", &self.region, region)?;
        for (field, endpoint) in [("endpoint", &self.endpoint), ("public_endpoint", &self.public_endpoint)] {
            let url = endpoint
                .iter()
                .try_for_each(|url| check(field, "an http:// or https:// URL without query", url, is_url));
            url?;
        }
        Ok(())
    }
}

fn check(
    field: &'static str,
    accepted: &'static str,
    given: &str,
    accept: impl Fn(&str) -> bool,
) -> Result<(), InvalidSettings> {
    if accept(given) { Ok(()) } else { Err(InvalidSettings { field, accepted, given: given.to_owned() }) }
}

fn is_label(c: u8) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-'
}

fn is_url(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.starts_with('/') && !host.contains(['?', '#', ' ', '@']))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("artifacts", "eu-central-1", None, None)]
    #[case("a.b-3", "us-east-1", Some("http://minio:9000"), None)]
    #[case("artifacts", "auto", Some("https://s3.example.org/gateway"), None)]
    #[case("", "us-east-1", None, Some("bucket"))]
    #[case("Artifacts", "us-east-1", None, Some("bucket"))]
    #[case("a/b", "us-east-1", None, Some("bucket"))]
    #[case("artifacts", "", None, Some("region"))]
    #[case("artifacts", "us-east-1", Some("minio:9000"), Some("endpoint"))]
    #[case("artifacts", "us-east-1", Some("http://"), Some("endpoint"))]
    #[case("artifacts", "us-east-1", Some("http://a?b"), Some("endpoint"))]
    #[case("artifacts", "us-east-1", Some("http://id:secret@minio"), Some("endpoint"))]
    fn a_wrong_setting_is_named(
        #[case] bucket: &str,
        #[case] region: &str,
        #[case] endpoint: Option<&str>,
        #[case] wrong: Option<&str>,
    ) {
        let settings = S3Settings { endpoint: endpoint.map(str::to_owned), ..S3Settings::new(bucket, region) };
        assert_eq!(settings.check().err().map(|error| error.field), wrong);
    }

    #[test]
    fn no_secret_is_shown() {
        let text = |secret: &str| secret.to_owned();
        let keys = S3Credentials::Keys { id: text("AKIA"), secret: text("hush"), session_token: Some(text("hush")) };
        let shown = format!("{:?}", S3Settings { credentials: keys, ..S3Settings::new("artifacts", "us-east-1") });
        assert!(shown.contains("AKIA") && !shown.contains("hush"), "{shown}");
    }
}
