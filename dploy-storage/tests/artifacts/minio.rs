//! A bucket of MinIO, which is another S3 than the server of the other tests.

use dploy_core::testing::contract;
use dploy_servers::{Error, Minio};

use crate::{
    many_are_listed,
    s3::{Bucket, settings},
};

async fn bucket() -> Result<Option<Bucket>, Error> {
    let Some(server) = Minio::shared().await? else { return Ok(None) };
    let keys = [server.access_key(), server.secret_key()];
    Ok(Some(Bucket::of(settings(server.endpoint(), keys, server.bucket().await?, server.region())).await))
}

#[tokio::test]
#[ignore = "long: MinIO"]
async fn minio_keeps_the_contract_of_stores() -> Result<(), Error> {
    let Some(bucket) = bucket().await? else { return Ok(()) };
    contract::artifact_store(&bucket.store).await.unwrap();
    Ok(())
}

#[tokio::test]
#[ignore = "long: MinIO"]
async fn s11_s16_s17_s18_minio_keeps_the_contract_of_uploads() -> Result<(), Error> {
    let Some(bucket) = bucket().await? else { return Ok(()) };
    contract::upload_signer(&bucket).await.unwrap();
    Ok(())
}

#[tokio::test]
#[ignore = "long: MinIO"]
async fn w20_1500_artifacts_of_minio_are_listed() -> Result<(), Error> {
    let Some(bucket) = bucket().await? else { return Ok(()) };
    many_are_listed(&bucket.store).await;
    Ok(())
}
