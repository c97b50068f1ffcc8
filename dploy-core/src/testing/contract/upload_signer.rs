use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;

use super::artifact_key as key;
use crate::artifact::{ArtifactError, ArtifactKey, ArtifactStore, ExactBytes, SignedUpload, Upload, UploadSigner};

/// What the right bytes are.
const RIGHT: &[u8] = b"right";
/// Their SHA-256.
const RIGHT_SHA256: &str = "27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9";

/// The signer under test, the store it signs for, and a client that has no other credentials.
#[async_trait]
pub trait UploadWorld: Send + Sync {
    /// The signer.
    fn signer(&self) -> &dyn UploadSigner;

    /// The store that the uploads go to.
    fn store(&self) -> &dyn ArtifactStore;

    /// Sends the body by HTTP PUT with these headers, `content-length` always as long as the body is; answers with the
    /// status.
    async fn put(&self, url: &str, headers: &BTreeMap<String, String>, body: &[u8]) -> u16;

    /// Lets this much time pass for signer and store.
    async fn pass(&self, time: Duration);
}

/// The contract of [`UploadSigner`]. The store must hold nothing below `contract` and nobody else may write there
/// meanwhile; what the suite writes it removes.
///
/// # Errors
/// The signer or its store did not answer.
pub async fn upload_signer(world: &dyn UploadWorld) -> Result<(), ArtifactError> {
    an_upload_needs_nothing_but_the_url(world).await?;
    an_exact_upload_takes_those_bytes_alone(world).await?;
    a_url_is_good_for_its_key_alone(world).await?;
    a_url_is_good_for_its_time_alone(world).await
}

async fn an_upload_needs_nothing_but_the_url(world: &dyn UploadWorld) -> Result<(), ArtifactError> {
    let name = key("contract/upload/1.0.0+b5/plain.tar.gz");
    let signed = sign(world, &name, 300, None).await?;
    assert!(signed.headers.is_empty(), "a plain upload has to carry no headers: {:?}", signed.headers);
    for body in [&b"first"[..], b"and second", b""] {
        accepted(world, &signed, body).await;
        assert_eq!(*world.store().get(&name, 100).await?, *body, "a later upload takes the place of an earlier one");
    }
    world.store().remove(&name).await
}

async fn an_exact_upload_takes_those_bytes_alone(world: &dyn UploadWorld) -> Result<(), ArtifactError> {
    let name = key("contract/upload/exact.tar.gz");
    let exact = ExactBytes { size: RIGHT.len() as u64, sha256: RIGHT_SHA256.to_owned() };
    let signed = sign(world, &name, 300, Some(exact)).await?;
    for wrong in [&b"wrong"[..], b"right and more", b"righ", b""] {
        refused(world, &signed, wrong).await;
        absent(world, &name).await;
    }
    accepted(world, &signed, RIGHT).await;
    refused(world, &signed, b"wrong").await;
    assert_eq!(*world.store().get(&name, 100).await?, *RIGHT, "a refused upload leaves what was there");
    world.store().remove(&name).await
}

async fn a_url_is_good_for_its_key_alone(world: &dyn UploadWorld) -> Result<(), ArtifactError> {
    let (own, other) = (key("contract/upload/own"), key("contract/upload/other"));
    let signed = sign(world, &own, 300, None).await?;
    let url = signed.url.replace("contract/upload/own", "contract/upload/other");
    assert_ne!(url, signed.url, "the key is part of the URL");
    refused(world, &SignedUpload { url, ..signed.clone() }, RIGHT).await;
    absent(world, &other).await;
    accepted(world, &signed, RIGHT).await;
    absent(world, &other).await;
    world.store().remove(&own).await
}

async fn a_url_is_good_for_its_time_alone(world: &dyn UploadWorld) -> Result<(), ArtifactError> {
    let name = key("contract/upload/late");
    let signed = sign(world, &name, 1, None).await?;
    world.pass(Duration::from_secs(3)).await;
    refused(world, &signed, RIGHT).await;
    absent(world, &name).await;
    Ok(())
}

async fn sign(
    world: &dyn UploadWorld,
    key: &ArtifactKey,
    seconds: u64,
    exact: Option<ExactBytes>,
) -> Result<SignedUpload, ArtifactError> {
    let upload = Upload { key: key.clone(), expires_in: Duration::from_secs(seconds), exact };
    world.signer().sign(&upload).await
}

async fn accepted(world: &dyn UploadWorld, signed: &SignedUpload, body: &[u8]) {
    let status = world.put(&signed.url, &signed.headers, body).await;
    assert!((200..300).contains(&status), "{} bytes to {} are accepted, not {status}", body.len(), signed.url);
}

async fn refused(world: &dyn UploadWorld, signed: &SignedUpload, body: &[u8]) {
    let status = world.put(&signed.url, &signed.headers, body).await;
    assert!((400..500).contains(&status), "{} bytes to {} are refused, not {status}", body.len(), signed.url);
}

async fn absent(world: &dyn UploadWorld, key: &ArtifactKey) {
    let found = world.store().get(key, 100).await;
    assert!(matches!(found, Err(ArtifactError::NotFound)), "nothing is written under {key}, not {found:?}");
}
