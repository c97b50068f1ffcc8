//! What `ssh` is told: everything stands in a configuration file of ours, so that git's command for it, which a shell
//! reads, is one program and one quoted path.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::STANDARD_NO_PAD};
use dploy_core::{id, releases::ports::GitOpsError};
use sha2::{Digest, Sha256};

use super::{
    answer::shown,
    program::{clean, run},
    settings::{HostKeys, SshAccess},
};

/// How long it takes at most to learn a host's keys.
const SCAN: Duration = Duration::from_secs(10);

/// The value of `GIT_SSH_COMMAND` for an address; its files lie in `folder`.
pub(super) fn command(access: &SshAccess, url: &str, folder: &Path) -> Result<OsString, GitOpsError> {
    let known = match &access.host_keys {
        HostKeys::KnownHosts(file) => file.clone(),
        HostKeys::Fingerprint(pinned) => pinned_host(pinned, url, folder)?,
    };
    let text = configuration(&access.key, &known);
    let file = folder.join(format!("ssh-{}.conf", id::digest(&[text.as_bytes()], 16)));
    if fs::read(&file).is_ok_and(|bytes| bytes == text.as_bytes()) {
        return Ok(quoted(&file));
    }
    write(folder, &file, &text).map_err(|error| GitOpsError::Clone(Box::new(error)))?;
    Ok(quoted(&file))
}

/// Never half of a file, whoever reads it meanwhile.
fn write(folder: &Path, file: &Path, text: &str) -> io::Result<()> {
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    io::Write::write_all(&mut temporary, text.as_bytes())?;
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}

fn quoted(file: &Path) -> OsString {
    let path = file.to_string_lossy().replace('\'', "'\\''");
    OsString::from(format!("ssh -F '{path}'"))
}

/// `ssh_config(5)` for logging in without a person, to known hosts only, with one key.
fn configuration(key: &Path, known: &Path) -> String {
    let path = |path: &Path| format!("\"{}\"", path.to_string_lossy().replace('%', "%%"));
    let (key, known) = (path(key), path(known));
    format!(
        "Host *\n  BatchMode yes\n  StrictHostKeyChecking yes\n  UserKnownHostsFile {known}\n  GlobalKnownHostsFile /dev/null\n  \
         IdentitiesOnly yes\n  IdentityAgent none\n  IdentityFile {key}\n  PreferredAuthentications publickey\n  \
         ConnectTimeout 10\n  ServerAliveInterval 5\n  ServerAliveCountMax 3\n  UpdateHostKeys no\n  ControlMaster no\n  \
         ControlPath none\n  ForwardAgent no\n  ClearAllForwardings yes\n  PermitLocalCommand no\n  LogLevel ERROR\n"
    )
}

/// A known_hosts file with the key of the host, if it has the pinned fingerprint. One that is there is used as it is: a
/// host that comes with another key is refused by ssh.
fn pinned_host(pinned: &str, url: &str, folder: &Path) -> Result<PathBuf, GitOpsError> {
    let (host, port) = place(url).ok_or_else(|| GitOpsError::Denied("the ssh address has no host".to_owned()))?;
    let name = id::digest(&[pinned.as_bytes(), host.as_bytes(), port.as_bytes()], 16);
    let file = folder.join(format!("known-hosts-{name}"));
    if file.exists() {
        return Ok(file);
    }
    let mut scan = clean("ssh-keyscan", folder);
    scan.args(["-T", "5", "-p", port, "--", host]);
    let output =
        run(scan, SCAN, &|| true).map_err(|error| GitOpsError::Unavailable(format!("ssh-keyscan: {error}")))?;
    let line = output.stdout.lines().find(|line| fingerprint(line).as_deref() == Some(pinned));
    match line {
        Some(line) => {
            write(folder, &file, &format!("{line}\n")).map_err(|error| GitOpsError::Clone(Box::new(error)))?;
            Ok(file)
        }
        None if output.stdout.lines().any(|line| fingerprint(line).is_some()) => {
            Err(GitOpsError::Denied(format!("no host key of {host} has the pinned fingerprint")))
        }
        None => Err(GitOpsError::Unavailable(format!("{host} shows no ssh host key: {}", shown(&output.stderr, &[])))),
    }
}

/// The fingerprint of a line of known_hosts, as `ssh-keygen -l` prints it.
fn fingerprint(line: &str) -> Option<String> {
    let key = line.split(' ').nth(2).filter(|_| !line.starts_with('#'))?;
    let hash = Sha256::digest(STANDARD.decode(key).ok()?);
    Some(format!("SHA256:{}", STANDARD_NO_PAD.encode(hash)))
}

/// Host and port of an ssh address.
fn place(url: &str) -> Option<(&str, &str)> {
    let authority = match url.strip_prefix("ssh://") {
        Some(rest) => rest.split('/').next()?,
        None => url.split_once(':')?.0,
    };
    let place = authority.rsplit('@').next()?;
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(host, port)| (host, port.trim_start_matches(':')))?,
        None => place.split_once(':').unwrap_or((place, "")),
    };
    let port = if port.is_empty() { "22" } else { port };
    (!host.is_empty() && !host.starts_with('-') && port.bytes().all(|c| c.is_ascii_digit())).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ssh://git@h.example:2222/x.git", Some(("h.example", "2222")))]
    #[case("ssh://h.example/x.git", Some(("h.example", "22")))]
    #[case("git@h.example:x.git", Some(("h.example", "22")))]
    #[case("ssh://git@[::1]:22/x.git", Some(("::1", "22")))]
    #[case("ssh://-oProxyCommand=id/x", None)]
    fn the_place_of_an_address_is_read(#[case] url: &str, #[case] expected: Option<(&str, &str)>) {
        assert_eq!(place(url), expected);
    }

    #[test]
    fn paths_are_quoted_for_the_shell_and_for_ssh() {
        assert_eq!(quoted(Path::new("/a'b c/$(id)")), OsString::from("ssh -F '/a'\\''b c/$(id)'"));
        let text = configuration(Path::new("/k e%y"), Path::new("/known"));
        assert!(text.contains("IdentityFile \"/k e%%y\"\n") && text.contains("StrictHostKeyChecking yes\n"), "{text}");
    }

    #[test]
    fn a_fingerprint_is_that_of_ssh_keygen() {
        let github = "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
        assert_eq!(fingerprint(github).unwrap(), "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
        assert_eq!(fingerprint("# comment a b"), None);
    }
}
