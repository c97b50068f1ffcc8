//! A release service of your own: a version from draft to a commit, on SQLite, a folder and a git repository.
//!
//! `cargo run -p dploy-examples --example release_service`
#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::{error::Error, process::Command, sync::Arc};

use dploy_core::{
    releases::{
        access::{Caller, Scope},
        application::{AppRef, ObjectRules},
        queue::{self, Deployer},
        service::{DeployRequest, DraftRequest, NewApplication, Options, Parts, Releases},
        target::RepositoryUrl,
        version::VersionMetadata,
    },
    testing::{FixedClock, SequentialRandom},
    time::{Clock, Timestamp},
};
use dploy_storage::{
    archive::TarGzReader,
    git::{GitRepositories, GitSettings},
    object::folder::FolderArtifacts,
    sql::{DatabaseUrl, SqlRecords},
};

const MANIFEST: &[u8] = b"apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\n";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let home = tempfile::tempdir()?;
    let remote = home.path().join("gitops.git");
    Command::new("git").args(["init", "--quiet", "--bare", "--initial-branch=main"]).arg(&remote).status()?;

    // The adapters. A real service takes the time and its random bytes from the system.
    let clock = Arc::new(FixedClock::at(Timestamp::from_unix_seconds(1_800_000_000)));
    let random = Arc::new(SequentialRandom::default());
    let database = DatabaseUrl::parse(&format!("sqlite://{}", home.path().join("dploy.db").display()))?;
    let records = Arc::new(SqlRecords::connect(&database).await?);
    let artifacts = Arc::new(FolderArtifacts::open(home.path().join("artifacts"), clock.clone())?);
    let signer = Arc::new(artifacts.signer("https://dploy.example.org/api/v1", &*random)?);
    let archives = Arc::new(TarGzReader::default());
    let url = RepositoryUrl::parse(&remote.display().to_string()).ok_or("no address of a repository")?;
    let repositories = Arc::new(GitRepositories::new(GitSettings::new(url, home.path().join("clones")))?);

    // The use cases, and the worker that carries deployments out.
    let (uploads, reading) = (signer.clone(), archives.clone());
    let parts = Parts {
        records: records.clone(),
        artifacts: artifacts.clone(),
        uploads,
        archives: reading,
        random,
        clock: clock.clone(),
    };
    let releases = Releases::new(parts, Options::default());
    let parts = queue::Parts { records, artifacts: artifacts.clone(), archives, repositories, clock: clock.clone() };
    let worker = Deployer::new(parts, queue::Options::new("example"));

    // Whoever embeds the use cases says who is calling; they decide what that caller may do.
    let caller = Caller::new("ada", Scope::all());
    let (app, version, staging) = (AppRef::new("web"), "1.0.0".parse()?, "staging".parse()?);
    releases.ensure_targets(std::slice::from_ref(&staging)).await?;
    releases.register(&caller, NewApplication { name: "web".parse()?, rules: ObjectRules::default() }).await?;

    // CI: draft, upload, publish.
    let metadata = VersionMetadata {
        git_sha: "42540c4".to_owned(),
        git_branch: "main".to_owned(),
        git_tag: None,
        git_committer: None,
        build_number: None,
        timestamp: clock.now(),
    };
    let draft = DraftRequest { version, metadata, exact: None };
    let drafted = releases.draft(&caller, &app, draft).await?;
    let (path, query) = drafted.upload.url.split_once('?').ok_or("no query")?;
    let key = path.split_once("/uploads/").ok_or("no key")?.1.parse()?;
    let grant = signer.verify(&key, query, clock.now())?;
    let body = futures::stream::iter([Ok::<_, std::io::Error>(packed()?.into())]);
    artifacts.receive(&key, body, 10 << 20, grant.exact.as_ref()).await?;
    let published = releases.publish(&caller, &app, &drafted.version.version).await?;

    // Somebody deploys it, and the worker commits it.
    let request = DeployRequest { target: staging, triggered_by: None };
    let queued = releases.deploy(&caller, &app, &published.version.version, request).await?;
    worker.work(None).await?;
    let done = releases.deployment(&caller, &queued.id).await?;
    println!("{} is {} in commit {}", done.version, done.state.as_str(), done.commit.unwrap_or_default());
    Command::new("git").arg("-C").arg(&remote).args(["show", "--stat", "--format=%B", "main"]).status()?;
    Ok(())
}

fn packed() -> std::io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()));
    let mut header = tar::Header::new_gnu();
    header.set_size(MANIFEST.len() as u64);
    tar.append_data(&mut header, "web.yaml", MANIFEST)?;
    tar.into_inner()?.finish()
}
