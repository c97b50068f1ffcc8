//! The contract on every transport, and who may use them.

use std::{sync::Arc, time::Duration};

use dploy_core::{
    releases::{
        ports::{GitOpsError, GitOpsRepository},
        target::RepositoryUrl,
    },
    testing::contract::gitops_repository,
};
use dploy_servers::{GitHttps, GitRepository as Remote, GitSsh};
use dploy_storage::git::{GitRepositories, GitSettings, HostKeys, SshAccess, Token};

use crate::world::{World, processes_with};

fn url(text: &str) -> RepositoryUrl {
    RepositoryUrl::parse(text).unwrap()
}

fn https(settings: &mut GitSettings, server: &GitHttps, remote: &str) {
    settings.url = url(remote);
    settings.access.token = Some(Token::new(server.user(), server.token()));
    settings.access.ca_file = Some(server.ca_file());
}

fn over_https() -> Option<(World, GitHttps)> {
    let remote = dploy_servers::required(Remote::empty()).unwrap()?;
    let server = dploy_servers::required(GitHttps::start()).unwrap()?;
    let address = server.url(&remote);
    let world = World::on(remote, |settings| https(settings, &server, &address));
    Some((world, server))
}

async fn over_ssh(hosts: impl FnOnce(&GitSsh, &std::path::Path) -> HostKeys) -> Option<World> {
    let server = GitSsh::shared().await.unwrap()?;
    let remote = dploy_servers::required(Remote::empty()).unwrap()?;
    let keys = tempfile::tempdir().unwrap().keep();
    let host_keys = hosts(server, &keys);
    let address = server.url(&remote);
    Some(World::on(remote, |settings| {
        settings.url = url(&address);
        settings.access.ssh = Some(SshAccess { key: server.client_key().to_owned(), host_keys });
    }))
}

fn known(folder: &std::path::Path, line: &str) -> HostKeys {
    let file = folder.join("known_hosts");
    std::fs::write(&file, format!("{line}\n")).unwrap();
    HostKeys::KnownHosts(file)
}

#[tokio::test(flavor = "multi_thread")]
async fn s34_s35_s36_s37_s38_s41_s42_s45_w03_w04_w05_w13_the_contract_holds_by_file() {
    let Some(world) = World::empty() else { return };
    gitops_repository(&world).await.unwrap();
    world.remote.check().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_w22_the_contract_holds_by_https() {
    let Some((world, _server)) = over_https() else { return };
    gitops_repository(&world).await.unwrap();
    world.remote.check().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_w22_the_contract_holds_by_ssh() {
    let Some(world) = over_ssh(|server, folder| known(folder, &server.known_hosts())).await else { return };
    gitops_repository(&world).await.unwrap();
    world.remote.check().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_a_pinned_fingerprint_is_as_good_as_a_known_host() {
    let Some(world) = over_ssh(|server, _| HostKeys::Fingerprint(server.host_fingerprint().to_owned())).await else {
        return;
    };
    world.deploy("web", "a: 1\n", "1").await.unwrap();
    assert_eq!(world.text("environments/staging/apps/web/a.yaml").as_deref(), Some("a: 1\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_a_wrong_host_key_is_refused() {
    let wrong = |server: &GitSsh, folder: &std::path::Path| known(folder, &server.wrong_known_hosts());
    let pinned =
        |server: &GitSsh, _: &std::path::Path| HostKeys::Fingerprint(server.wrong_host_fingerprint().to_owned());
    let unknown = |_: &GitSsh, folder: &std::path::Path| known(folder, "");
    for world in [over_ssh(wrong).await, over_ssh(pinned).await, over_ssh(unknown).await].into_iter().flatten() {
        let error = world.deploy("web", "a: 1\n", "1").await.unwrap_err();
        assert!(matches!(error, GitOpsError::Denied(_)), "{error}");
        assert!(matches!(world.repository.ready().await, Err(GitOpsError::Denied(_))));
        assert_eq!(world.remote.tip("main").unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_a_key_that_the_remote_does_not_know_is_denied() {
    let Some(server) = GitSsh::shared().await.unwrap() else { return };
    let Some(world) = over_ssh(|server, folder| known(folder, &server.known_hosts())).await else { return };
    let mut settings = world.settings.clone();
    settings.access.ssh.as_mut().unwrap().key = server.stranger_key().to_owned();
    let stranger = GitRepositories::new(settings).unwrap().repository(None);
    let error = stranger.ready().await.unwrap_err();
    assert!(matches!(error, GitOpsError::Denied(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_a_wrong_token_is_denied_and_never_told() {
    let Some((world, server)) = over_https() else { return };
    let mut settings = world.settings.clone();
    settings.access.token = Some(Token::new(server.user(), "hunter2-hunter2"));
    let error = GitRepositories::new(settings).unwrap().repository(None).ready().await.unwrap_err();
    assert!(matches!(error, GitOpsError::Denied(_)), "{error}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_an_unknown_authority_is_denied() {
    let Some((world, _server)) = over_https() else { return };
    let mut settings = world.settings.clone();
    settings.access.ca_file = None;
    let error = GitRepositories::new(settings).unwrap().repository(None).ready().await.unwrap_err();
    assert!(matches!(error, GitOpsError::Denied(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn w17_the_token_is_in_no_process_argument() {
    let Some((world, server)) = over_https() else { return };
    server.faults().delay(Duration::from_millis(300));
    let world = Arc::new(world);
    let deploying = tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.deploy("web", "a: 1\n", "1").await }
    });
    let (mut seen, mut looks) = (false, 0);
    while !deploying.is_finished() {
        seen |= !processes_with(&world.settings.folder.display().to_string()).is_empty();
        assert_eq!(processes_with(server.token()), Vec::<String>::new());
        looks += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    deploying.await.unwrap().unwrap();
    assert!(seen && looks > 3, "the commands were looked at while they ran");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_goes_to_its_own_host_only() {
    let Some((world, _server)) = over_https() else { return };
    let Some(other) = dploy_servers::required(GitHttps::start()).unwrap() else { return };
    let foreign = url(&other.url(&world.remote));
    let mut settings = world.settings.clone();
    settings.access.token = Some(Token::new(other.user(), other.token()));
    settings.access.ca_file = Some(other.ca_file());
    let error = GitRepositories::new(settings).unwrap().repository(Some(&foreign)).ready().await.unwrap_err();
    assert!(matches!(error, GitOpsError::Denied(_)), "a token that would be right there is not sent: {error}");
}
