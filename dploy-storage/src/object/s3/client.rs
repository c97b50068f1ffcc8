//! Clients whose every call ends.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::config::{Builder, Config, Credentials, RequestChecksumCalculation, ResponseChecksumValidation};

use super::{S3Credentials, S3Settings};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(3);
/// How long the first wait between two attempts is; each is longer, up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How long the look may take that tells whether the store can be used.
const LOOK: Duration = Duration::from_secs(3);

/// What clients of these settings have in common.
pub(super) async fn configure(settings: &S3Settings) -> Builder {
    let region = Region::new(settings.region.clone());
    let builder = match &settings.credentials {
        S3Credentials::Chain => {
            let shared = aws_config::defaults(BehaviorVersion::latest()).region(region).load().await;
            Builder::from(&shared)
        }
        S3Credentials::Keys { id, secret, session_token } => {
            let keys = Credentials::new(id, secret, session_token.clone(), None, "dploy settings");
            Config::builder().behavior_version(BehaviorVersion::latest()).region(region).credentials_provider(keys)
        }
    };
    let wait = RetryConfig::standard().with_initial_backoff(FIRST_WAIT).with_max_backoff(LONGEST_WAIT);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(settings.attempt_timeout)
        .operation_attempt_timeout(settings.attempt_timeout)
        .operation_timeout(deadline(settings));
    let builder = builder
        .force_path_style(settings.path_style)
        .retry_config(wait.with_max_attempts(settings.attempts.max(1)))
        .timeout_config(timeouts.build())
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    with_endpoint(builder, settings.endpoint.as_deref())
}

/// The same at another endpoint, if there is one.
pub(super) fn with_endpoint(builder: Builder, endpoint: Option<&str>) -> Builder {
    match endpoint {
        Some(endpoint) => builder.endpoint_url(endpoint),
        None => builder,
    }
}

/// How long a call may take with all its attempts.
pub(super) fn deadline(settings: &S3Settings) -> Duration {
    (settings.attempt_timeout + LONGEST_WAIT).saturating_mul(settings.attempts.max(1))
}

/// One short attempt, for the look whether the store can be used.
pub(super) fn look() -> Builder {
    let timeouts = TimeoutConfig::builder().connect_timeout(LOOK).read_timeout(LOOK).operation_timeout(LOOK);
    Config::builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts.build())
}
