//! What takes long is done beside the threads that serve others.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use dploy_core::{
    artifact::ArtifactKey,
    releases::{application::AppRef, service::DraftRequest},
};
use dploy_servers::{Error, GitRepository, required};
use flate2::{Compression, write::GzEncoder};

use crate::{
    client::{caller, version_id},
    site::Site,
    versions::origin,
};

/// One file of many objects.
fn large() -> Vec<u8> {
    let data: String = (0..40).map(|n| format!("  key-{n}: a value\n")).collect();
    let object = |n: u32| format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: o{n} }}\ndata:\n{data}");
    let text: String = (0..1_500).map(object).collect();
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_ustar();
    header.set_mode(0o644);
    header.set_size(text.len() as u64);
    tar.append_data(&mut header, "all.yaml", text.as_bytes()).unwrap();
    let mut packed = tar.into_inner().unwrap();
    packed.flush().unwrap();
    packed.finish().unwrap()
}

/// On one thread, so that whoever keeps it keeps it from all.
#[tokio::test]
async fn a_publish_of_large_manifests_leaves_others_their_turns() -> Result<(), Error> {
    let Some(remote) = required(GitRepository::start())? else { return Ok(()) };
    let folder = tempfile::tempdir().unwrap();
    let client = Site::new(&folder, &remote).open().await;
    client.register("web").await;
    let (app, version) = (AppRef::new("web"), version_id("1.0.0"));
    let draft = DraftRequest { version: version.clone(), metadata: origin(), exact: None };
    client.releases.draft(&caller(), &app, draft).await.unwrap();
    let key = ArtifactKey::parse("drafts/web/1.0.0/manifests.tar.gz").unwrap();
    client.artifacts.put(&key, large().into()).await.unwrap();
    let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
    let (start, caller) = (last, caller());
    let publish = client.releases.publish(&caller, &app, &version);
    tokio::pin!(publish);
    let published = loop {
        tokio::select! {
            biased;
            () = tokio::time::sleep(Duration::from_millis(1)) => {}
            done = &mut publish => break done,
        }
        longest = longest.max(last.elapsed());
        last = Instant::now();
    };
    longest = longest.max(last.elapsed());
    assert_eq!(published.unwrap().version.published.unwrap().files, ["all.yaml"]);
    assert!(longest * 3 < start.elapsed(), "nobody had a turn for {longest:?} of {:?}", start.elapsed());
    Ok(())
}
