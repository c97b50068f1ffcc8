//! A bucket of MinIO, which is another S3 than the server of the other tests.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use dploy_core::{
    artifact::{ArtifactStore, UploadSigner},
    testing::contract,
};
use dploy_servers::{Error, Minio};
use dploy_storage::object::s3::{S3Artifacts, S3Credentials, S3Settings, S3Signer};

use crate::{many_are_listed, s3::put};

struct World {
    store: S3Artifacts,
    signer: S3Signer,
}

impl World {
    async fn new() -> Result<Option<Self>, Error> {
        let Some(server) = Minio::shared().await? else { return Ok(None) };
        let keys = S3Credentials::Keys {
            id: server.access_key().to_owned(),
            secret: server.secret_key().to_owned(),
            session_token: None,
        };
        let settings = S3Settings {
            endpoint: Some(server.endpoint()),
            path_style: true,
            credentials: keys,
            ..S3Settings::new(server.bucket().await?, server.region())
        };
        let store = S3Artifacts::new(settings).await.unwrap();
        let signer = store.signer();
        Ok(Some(Self { store, signer }))
    }
}

#[async_trait]
impl contract::UploadWorld for World {
    fn signer(&self) -> &dyn UploadSigner {
        &self.signer
    }

    fn store(&self) -> &dyn ArtifactStore {
        &self.store
    }

    async fn put(&self, url: &str, headers: &BTreeMap<String, String>, body: &[u8]) -> u16 {
        put(url, headers, body).await
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

#[tokio::test]
#[ignore = "long: MinIO"]
async fn minio_keeps_the_contract_of_stores() -> Result<(), Error> {
    let Some(world) = World::new().await? else { return Ok(()) };
    contract::artifact_store(&world.store).await.unwrap();
    Ok(())
}

#[tokio::test]
#[ignore = "long: MinIO"]
async fn s11_s16_s17_s18_minio_keeps_the_contract_of_uploads() -> Result<(), Error> {
    let Some(world) = World::new().await? else { return Ok(()) };
    contract::upload_signer(&world).await.unwrap();
    Ok(())
}

#[tokio::test]
#[ignore = "long: MinIO"]
async fn w20_1500_artifacts_of_minio_are_listed() -> Result<(), Error> {
    let Some(world) = World::new().await? else { return Ok(()) };
    many_are_listed(&world.store).await;
    Ok(())
}
