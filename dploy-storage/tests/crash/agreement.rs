//! What holds between database, artifacts and git once the queue is at rest, whatever happened before.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use dploy_core::{
    artifact::{ArtifactKey, ArtifactStore},
    releases::{
        application::AppTarget,
        deployment::{Deployment, DeploymentState},
        page::{LIMIT_MAX, Page},
        ports::{DeploymentFilter, Records},
        version::VersionStatus,
    },
};
use dploy_servers::{Commit, GitRepository};
use git2::{ObjectType, Oid};

use crate::{
    hand::ByHand,
    versions::{folder, packed},
};

/// Where an installation keeps everything but its commits.
pub(crate) trait Installation {
    fn records(&self) -> &dyn Records;

    fn artifacts(&self) -> &dyn ArtifactStore;
}

/// All deployments, the latest first.
pub(crate) async fn deployments(records: &dyn Records) -> Vec<Deployment> {
    let (filter, mut all) = (DeploymentFilter::default(), Vec::new());
    loop {
        let page = Page { limit: LIMIT_MAX, offset: all.len() as u64 };
        let part = records.list_deployments(&filter, page).await.unwrap();
        all.extend(part.items);
        if all.len() as u64 >= part.total {
            return all;
        }
    }
}

/// Checks everything.
pub(crate) async fn holds(kept: &impl Installation, remote: &GitRepository, human: &[ByHand]) {
    let (deployments, log) = (deployments(kept.records()).await, remote.log("main").unwrap());
    told_as_done(&deployments, &log);
    touches_only_its_own(remote, &log);
    let blobs = blobs(remote);
    runs_what_is_current(kept.records(), &deployments, &blobs).await;
    has_all_human_work(human, &log, &blobs);
    published_versions_are_whole(kept, &deployments).await;
    remote.check().unwrap();
}

/// Every deployment is final, and what it says of itself is what the branch says of it.
fn told_as_done(deployments: &[Deployment], log: &[Commit]) {
    let known: BTreeSet<&str> = log.iter().map(|commit| commit.id.as_str()).collect();
    let mut carried_out: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for commit in log {
        for id in commit.trailer("Dploy-Deployment") {
            carried_out.entry(id).or_default().push(&commit.id);
        }
    }
    for deployment in deployments {
        let commits = carried_out.remove(deployment.id.as_str()).unwrap_or_default();
        match deployment.state {
            DeploymentState::Succeeded => {
                assert_eq!(commits, deployment.commit.as_deref().as_slice(), "{deployment:?}");
            }
            DeploymentState::Unchanged => {
                let at = deployment.commit.as_deref().unwrap();
                assert!(commits.is_empty() && known.contains(at), "{commits:?} {deployment:?}");
            }
            DeploymentState::Failed | DeploymentState::Superseded => {
                assert!(commits.is_empty() && deployment.reason.is_some(), "{commits:?} {deployment:?}");
            }
            DeploymentState::Queued | DeploymentState::Running => panic!("stuck: {deployment:?}"),
        }
    }
    assert!(carried_out.is_empty(), "commits of deployments that nobody knows: {carried_out:?}");
}

/// A deployment's commit changes its application's folder, and adds one line to the list beside it at most.
fn touches_only_its_own(remote: &GitRepository, log: &[Commit]) {
    let own: BTreeMap<&str, String> = log
        .iter()
        .filter(|commit| !commit.trailer("Dploy-Deployment").is_empty())
        .map(|commit| {
            let parent = format!("environments/{}/apps/", commit.trailer("Dploy-Target")[0]);
            (commit.id.as_str(), format!("{parent}{}/", commit.trailer("Dploy-App")[0]))
        })
        .collect();
    let ids: String = own.keys().map(|id| format!("{id}\n")).collect();
    let text = git(&remote.path(), &["diff-tree", "--stdin", "-r", "--root", "--no-renames", "--numstat"], &ids);
    let mut at = "";
    for line in text.lines() {
        if let [added, removed, path] = line.split('\t').collect::<Vec<_>>()[..] {
            let folder = &own[at];
            let list = format!("{}/kustomization.yaml", folder.trim_end_matches('/').rsplit_once('/').unwrap().0);
            let one_line = path == list && removed == "0" && (added == "1" || is_new(remote, at, &list));
            assert!(path.starts_with(folder.as_str()) || one_line, "{at} of {folder}: {line}");
        } else {
            at = line;
        }
    }
}

fn is_new(remote: &GitRepository, commit: &str, path: &str) -> bool {
    remote.file(&format!("{commit}^"), path).is_ok_and(|file| file.is_none())
}

/// What the database calls current is the latest that succeeded, and its folder holds exactly that version's files.
async fn runs_what_is_current(records: &dyn Records, deployments: &[Deployment], blobs: &BTreeMap<String, Oid>) {
    let apps: BTreeMap<&str, &str> =
        deployments.iter().map(|deployment| (deployment.app_id.as_str(), deployment.app.as_str())).collect();
    let ids: Vec<String> = apps.keys().map(|id| (*id).to_owned()).collect();
    let mut seen = 0;
    for (app_id, AppTarget { target, current, .. }) in records.app_targets(&ids).await.unwrap() {
        let Some(current) = current else { continue };
        let mut there = deployments.iter().filter(|one| one.app_id == app_id && one.target == target);
        let latest = there.find(|one| one.state.is_success()).unwrap();
        assert_eq!((&current.deployment, &current.version), (&latest.id, &latest.version));
        let app = apps[app_id.as_str()];
        let inside = format!("environments/{target}/apps/{app}/");
        let found: BTreeMap<&str, Oid> =
            blobs.iter().filter_map(|(path, id)| Some((path.strip_prefix(&inside)?, *id))).collect();
        let files = folder(app, current.version.as_str());
        let wanted: BTreeMap<&str, Oid> = files.iter().map(|(path, bytes)| (path.as_str(), blob(bytes))).collect();
        assert_eq!(found, wanted, "{app} in {target} at {}", current.version);
        seen += 1;
    }
    let succeeded = deployments.iter().filter(|one| one.state.is_success());
    let places: BTreeSet<_> = succeeded.map(|one| (&one.app_id, &one.target)).collect();
    assert_eq!(seen, places.len(), "every place where something succeeded has a current version");
}

fn has_all_human_work(human: &[ByHand], log: &[Commit], blobs: &BTreeMap<String, Oid>) {
    let known: BTreeSet<&str> = log.iter().map(|commit| commit.id.as_str()).collect();
    let latest: BTreeMap<&str, &str> = human.iter().map(|done| (done.path.as_str(), done.text.as_str())).collect();
    for done in human {
        assert!(known.contains(done.commit.as_str()), "a human's commit is lost: {done:?}");
    }
    for (path, text) in latest {
        assert_eq!(blobs.get(path), Some(&blob(text.as_bytes())), "a human's file is not as it was left: {path}");
    }
}

/// The archive of every published version is there, byte for byte.
async fn published_versions_are_whole(kept: &impl Installation, deployments: &[Deployment]) {
    let apps: BTreeMap<&str, &str> =
        deployments.iter().map(|deployment| (deployment.app_id.as_str(), deployment.app.as_str())).collect();
    for (id, app) in apps {
        let mut at = 0;
        loop {
            let (status, page) = (Some(VersionStatus::Published), Page { limit: LIMIT_MAX, offset: at });
            let part = kept.records().list_versions(id, status, page).await.unwrap();
            for version in &part.items {
                let archive = &version.published.as_ref().unwrap().archive;
                let key = format!("published/{app}/{}/{}.tar.gz", version.version, archive.sha256);
                let bytes = kept.artifacts().get(&ArtifactKey::parse(&key).unwrap(), 1 << 20).await.unwrap();
                assert!(bytes == packed(app, version.version.as_str()), "{app} {}", version.version);
            }
            at += u64::from(LIMIT_MAX);
            if at >= part.total {
                break;
            }
        }
    }
}

fn blob(bytes: &[u8]) -> Oid {
    Oid::hash_object(ObjectType::Blob, bytes).unwrap()
}

/// All files of the branch.
fn blobs(remote: &GitRepository) -> BTreeMap<String, Oid> {
    let text = git(&remote.path(), &["ls-tree", "-r", "-z", "refs/heads/main"], "");
    let entries = text.split('\0').filter_map(|entry| entry.split_once('\t'));
    entries.map(|(about, path)| (path.to_owned(), Oid::from_str(&about[about.len() - 40..]).unwrap())).collect()
}

fn git(repository: &Path, arguments: &[&str], input: &str) -> String {
    let mut command = Command::new("git");
    command.current_dir(repository).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}
