//! What is published: a few files, the same for the same name, and not the same for all.

use std::{collections::BTreeMap, sync::Arc};

use dploy_core::{
    releases::{plan::kustomization::app_kustomization, version::VersionMetadata},
    time::Timestamp,
};
use flate2::{Compression, write::GzEncoder};

/// The manifests of a version; every other version has a file more, which the next one has not.
pub(crate) fn files(app: &str, version: &str) -> BTreeMap<String, Vec<u8>> {
    let object = |name: &str| {
        let text =
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  version: \"{version}\"\n");
        text.into_bytes()
    };
    let mut files = BTreeMap::from([("web.yaml".to_owned(), object(app))]);
    if version.bytes().map(u64::from).sum::<u64>() % 2 == 1 {
        files.insert("more/extra.yaml".to_owned(), object(&format!("{app}-extra")));
    }
    files
}

/// What the application's folder holds when the version is deployed.
pub(crate) fn folder(app: &str, version: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = files(app, version);
    let resources: Vec<String> = files.keys().cloned().collect();
    files.insert("kustomization.yaml".to_owned(), app_kustomization(&resources).into_bytes());
    files
}

/// The version's archive, byte for byte the same each time.
pub(crate) fn packed(app: &str, version: &str) -> Arc<[u8]> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, bytes) in files(app, version) {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, path, bytes.as_slice()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap().into()
}

pub(crate) fn origin() -> VersionMetadata {
    VersionMetadata {
        git_sha: "42540c4".to_owned(),
        git_branch: "main".to_owned(),
        git_tag: None,
        git_committer: Some("Ada".to_owned()),
        build_number: None,
        timestamp: Timestamp::from_unix_seconds(1_600_000_000),
    }
}
