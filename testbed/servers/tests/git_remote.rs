//! Clones and pushes over https and ssh, and what must be refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{path::Path, process::Command, time::Duration};

use dploy_servers::{Error, GitHttps, GitRepository, GitSsh, required};
use tempfile::TempDir;

/// Runs git in a folder; what it says when it fails is the error.
fn git(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Result<String, String> {
    let mut git = Command::new("git");
    git.current_dir(folder).args(["-c", "user.name=T", "-c", "user.email=t@example.org"]).args(arguments);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_TERMINAL_PROMPT", "0").envs(settings.iter().copied());
    let output = git.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// Clones, commits and pushes.
fn round_trip(url: &str, settings: &[(&str, &str)]) -> Result<TempDir, String> {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), settings, &["clone", "--quiet", "--", url, "."])?;
    push(folder.path(), settings, "a.txt")?;
    Ok(folder)
}

fn push(folder: &Path, settings: &[(&str, &str)], file: &str) -> Result<String, String> {
    std::fs::write(folder.join(file), file).unwrap();
    git(folder, settings, &["add", "."])?;
    git(folder, settings, &["commit", "--quiet", "-m", "Change"])?;
    git(folder, settings, &["push", "--quiet", "origin", "HEAD:main"])
}

#[test]
fn https_takes_user_and_token_from_clients_that_trust_its_authority() -> Result<(), Error> {
    let Some(server) = required(GitHttps::start())? else { return Ok(()) };
    let (full, empty) = (GitRepository::start()?, GitRepository::empty()?);
    let authority = server.ca_file();
    let trust = [("GIT_SSL_CAINFO", authority.to_str().unwrap())];
    for repository in [&full, &empty] {
        round_trip(&server.url_with_token(repository), &trust).unwrap();
        assert_eq!(repository.file("main", "a.txt")?, Some(b"a.txt".to_vec()));
    }
    assert!(server.requests() > 4);

    let stranger = server.url_with_token(&full).replacen(server.token(), "wrong", 1);
    assert!(round_trip(&stranger, &trust).unwrap_err().contains("Authentication failed"));
    assert!(round_trip(&server.url(&full), &trust).unwrap_err().contains("could not read Username"));
    let distrust = round_trip(&server.url_with_token(&full), &[]).unwrap_err();
    assert!(distrust.contains("certificate"), "{distrust}");
    let unknown = server.url_with_token(&full).replacen("gitops", "other", 1);
    assert!(round_trip(&unknown, &trust).unwrap_err().contains("not found"));
    Ok(())
}

#[test]
fn https_takes_a_large_push_and_fails_when_told_to() -> Result<(), Error> {
    let Some(server) = required(GitHttps::start())? else { return Ok(()) };
    let repository = GitRepository::start()?;
    let authority = server.ca_file();
    let trust = [("GIT_SSL_CAINFO", authority.to_str().unwrap())];
    let clone = round_trip(&server.url_with_token(&repository), &trust).unwrap();

    // More than the 1 MiB that git sends in one piece; the rest is chunked.
    let noise: Vec<u8> =
        (0_u32..1 << 20).flat_map(|n| n.wrapping_mul(2_654_435_761).rotate_left(n % 31).to_le_bytes()).collect();
    std::fs::write(clone.path().join("noise"), &noise).unwrap();
    push(clone.path(), &trust, "b.txt").unwrap();
    assert_eq!(repository.file("main", "noise")?.unwrap(), noise);

    server.faults().fail_next(1, 500);
    assert!(push(clone.path(), &trust, "c.txt").unwrap_err().contains("500"));
    repository.refuse_pushes("frozen for the day")?;
    assert!(push(clone.path(), &trust, "d.txt").unwrap_err().contains("frozen for the day"));
    repository.remove_hooks()?;
    push(clone.path(), &trust, "e.txt").unwrap();

    server.faults().hang(true);
    let faults = server.faults().clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        faults.hang(false);
    });
    push(clone.path(), &trust, "f.txt").unwrap();
    Ok(())
}

/// The variable that has git use our keys and nothing of the user's.
fn ssh(key: &Path, known_hosts: &Path) -> String {
    format!(
        "ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o IdentityAgent=none -o StrictHostKeyChecking=yes \
         -o UserKnownHostsFile={} -o GlobalKnownHostsFile=none -i {}",
        known_hosts.display(),
        key.display()
    )
}

#[tokio::test]
async fn ssh_lets_its_client_key_in_and_shows_its_host_key() -> Result<(), Error> {
    let Some(server) = GitSsh::shared().await? else { return Ok(()) };
    let repository = GitRepository::start()?;
    let folder = tempfile::tempdir().unwrap();
    let (good, wrong) = (folder.path().join("good"), folder.path().join("wrong"));
    std::fs::write(&good, server.known_hosts() + "\n").unwrap();
    std::fs::write(&wrong, server.wrong_known_hosts() + "\n").unwrap();
    let url = server.url(&repository);

    round_trip(&url, &[("GIT_SSH_COMMAND", &ssh(server.client_key(), &good))]).unwrap();
    assert_eq!(repository.file("main", "a.txt")?, Some(b"a.txt".to_vec()));
    let refused = round_trip(&url, &[("GIT_SSH_COMMAND", &ssh(server.stranger_key(), &good))]).unwrap_err();
    assert!(refused.contains("Permission denied"), "{refused}");
    let refused = round_trip(&url, &[("GIT_SSH_COMMAND", &ssh(server.client_key(), &wrong))]).unwrap_err();
    assert!(refused.contains("REMOTE HOST IDENTIFICATION HAS CHANGED"), "{refused}");
    assert!(refused.contains(server.host_fingerprint()), "{refused}");
    assert_ne!(server.host_fingerprint(), server.wrong_host_fingerprint());
    assert!(server.log().contains("Accepted publickey"));
    Ok(())
}

#[tokio::test]
async fn an_impostor_on_the_port_of_an_ssh_server_has_another_key() -> Result<(), Error> {
    let Some(server) = required(GitSsh::start().await)? else { return Ok(()) };
    let repository = GitRepository::start()?;
    let folder = tempfile::tempdir().unwrap();
    let known_hosts = folder.path().join("known_hosts");
    std::fs::write(&known_hosts, server.known_hosts() + "\n").unwrap();
    let settings = ssh(server.client_key(), &known_hosts);
    let attempt = || round_trip(&server.url(&repository), &[("GIT_SSH_COMMAND", &settings)]);

    server.restart_as_impostor().await?;
    let refused = attempt().unwrap_err();
    assert!(refused.contains(server.wrong_host_fingerprint()), "{refused}");
    server.kill().await?;
    assert!(attempt().unwrap_err().contains("Connection refused"));
    server.restart().await?;
    attempt().unwrap();
    Ok(())
}
