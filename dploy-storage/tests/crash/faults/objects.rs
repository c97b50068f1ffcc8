//! An artifact store that answers with errors, not at all, or not in time.

use std::{sync::Arc, time::Duration};

use dploy_core::releases::{deployment::DeploymentState, error};
use dploy_servers::{Error, Faults, S3};
use dploy_storage::object::s3::{S3Artifacts, S3Credentials, S3Settings};
use rstest::rstest;

use super::Stand;
use crate::site::Parts;

/// How often a call asks the store at most.
const ATTEMPTS: u32 = 2;

/// The same installation with its artifacts in S3.
async fn in_s3(stand: Stand, s3: &S3) -> Stand {
    let keys =
        S3Credentials::Keys { id: s3.access_key().to_owned(), secret: s3.secret_key().to_owned(), session_token: None };
    let settings = S3Settings {
        endpoint: Some(s3.endpoint()),
        path_style: true,
        credentials: keys,
        attempt_timeout: Duration::from_secs(2),
        attempts: ATTEMPTS,
        ..S3Settings::new(s3.bucket().unwrap(), s3.region())
    };
    let artifacts = S3Artifacts::new(settings).await.unwrap();
    let parts = Parts {
        records: stand.site.records().await,
        uploads: Arc::new(artifacts.signer()),
        artifacts: Arc::new(artifacts),
        repositories: Arc::new(stand.site.repositories()),
        clock: Arc::default(),
    };
    let client = stand.site.assemble(parts).await;
    Stand { client, ..stand }
}

#[rstest]
#[case::errors(|faults: &Faults| faults.fail_next(1_000, 500))]
#[case::throttling(|faults: &Faults| faults.fail_next(1_000, 503))]
#[case::no_connection(|faults: &Faults| faults.refuse(true))]
#[case::no_answer(|faults: &Faults| faults.hang(true))]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s31_s44_a_store_that_fails_costs_bounded_tries_and_nothing_is_half_done(
    #[case] fault: fn(&Faults),
) -> Result<(), Error> {
    let s3 = S3::start()?;
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    let stand = in_s3(stand, &s3).await;
    let (client, faults) = (&stand.client, s3.faults());
    client.published("web", "1.0.0").await.unwrap();
    client.upload("web", "2.0.0").await.unwrap();

    fault(faults);
    let before = faults.requests();
    let refused = client.publish("web", "2.0.0").await.unwrap_err();
    assert!(matches!(refused, error::Error::Artifacts(_)), "{refused:?}");
    let asked = faults.requests() - before;
    assert!(asked <= u64::from(ATTEMPTS), "{asked} requests");
    assert!(client.version("web", "2.0.0").await.published.is_none());
    let queued = client.deploy("web", "1.0.0", "staging").await.unwrap();
    client.settle().await;
    let failed = client.deployment(&queued).await;
    assert_eq!((failed.state, failed.attempts), (DeploymentState::Failed, 3), "{failed:?}");
    assert!(failed.reason.as_ref().unwrap().contains("artifact store is not reachable"), "{failed:?}");

    faults.clear();
    client.publish("web", "2.0.0").await.unwrap();
    stand.goes_on().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_fails_once_is_asked_again() -> Result<(), Error> {
    let s3 = S3::start()?;
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    let stand = in_s3(stand, &s3).await;
    stand.client.upload("web", "1.0.0").await.unwrap();
    s3.faults().fail_next(1, 500);
    stand.client.publish("web", "1.0.0").await.unwrap();
    // The answer that tells of a write is lost: it is written again.
    stand.client.upload("web", "2.0.0").await.unwrap();
    s3.faults().lose_next(1);
    stand.client.publish("web", "2.0.0").await.unwrap();
    stand.goes_on().await;
    Ok(())
}

/// What lies in the store is not what was published.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s29_w08_bytes_that_were_swapped_in_the_store_are_not_deployed() -> Result<(), Error> {
    let s3 = S3::start()?;
    let Some(stand) = Stand::new(|_| {}).await? else { return Ok(()) };
    let stand = in_s3(stand, &s3).await;
    let published = stand.client.published("web", "1.0.0").await.unwrap().version;
    let sha256 = published.published.unwrap().archive.sha256;
    let key = format!("published/web/1.0.0/{sha256}.tar.gz");
    let key = dploy_core::artifact::ArtifactKey::parse(&key).unwrap();
    let other = crate::versions::packed("web", "6.6.6");
    stand.client.artifacts.put(&key, other).await.unwrap();
    let queued = stand.client.deploy("web", "1.0.0", "staging").await.unwrap();
    stand.client.settle().await;
    let failed = stand.client.deployment(&queued).await;
    assert_eq!((failed.state, failed.attempts), (DeploymentState::Failed, 1), "{failed:?}");
    assert!(failed.reason.unwrap().starts_with("integrity"));
    stand.client.artifacts.put(&key, crate::versions::packed("web", "1.0.0")).await.unwrap();
    stand.goes_on().await;
    Ok(())
}
