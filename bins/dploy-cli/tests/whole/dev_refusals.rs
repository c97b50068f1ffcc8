//! What keeps `dploy dev` from running, and what it says then.

use std::{fs, net::TcpListener, os::unix::process::CommandExt as _, path::Path, process::Command};

use crate::session::{Dev, bare, command};

/// Asserts that a start ends with the exit code and these two lines.
fn refused(mut command: Command, code: i32, error: &str, hint: Option<&str>) {
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(output.stdout, b"", "nothing is promised");
    let hint = hint.map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
    assert_eq!(stderr, format!("error: {error}\n{hint}"));
}

#[test]
fn a_second_dev_in_the_same_folder_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let dev = Dev::start(parent.path(), &[], &[]);
    let hint = Some("stop it, or give another --folder");
    let second = || command(parent.path(), &["dev", "--port", "0"]);
    refused(second(), 3, "another `dploy dev` runs in .dploy", hint);
    // However the first one ended, its folder is free then.
    dev.end("KILL");
    let dev = Dev::start(parent.path(), &[], &[]);
    assert!(dev.end("TERM").success());
}

#[test]
fn a_port_in_use_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let start = command(parent.path(), &["dev", "--port", &address.port().to_string()]);
    let error = format!("cannot listen on {address}: Address already in use (os error 98)");
    refused(start, 3, &error, Some("give another --port; 0 takes a free one"));
}

#[test]
fn a_folder_that_cannot_be_one_is_named() {
    let parent = tempfile::tempdir().unwrap();
    fs::write(parent.path().join(".dploy"), "").unwrap();
    let start = command(parent.path(), &["dev", "--port", "0"]);
    refused(start, 2, "cannot make the folder .dploy: File exists (os error 17)", None);
    let start = command(parent.path(), &["dev", "--port", "0", "--folder", ".dploy/below"]);
    refused(start, 2, "cannot make the folder .dploy/below: Not a directory (os error 20)", None);
}

#[test]
fn a_folder_that_may_not_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempfile::tempdir().unwrap();
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let [program, folder, below] = ["dploy", "folder", "folder/.dploy"].map(|name| parent.path().join(name));
    // Others have to reach the program: a user who is root may write everywhere, and so another one starts it.
    fs::copy(env!("CARGO_BIN_EXE_dploy"), &program).unwrap();
    fs::create_dir(&folder).unwrap();
    mode(parent.path(), 0o755);
    mode(&folder, 0o555);
    let start = || {
        let mut command = Command::new(&program);
        bare(&mut command, &folder).args(["dev", "--port", "0"]);
        if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
            command.uid(65534).gid(65534);
        }
        command
    };
    refused(start(), 2, "cannot make the folder .dploy: Permission denied (os error 13)", None);
    mode(&folder, 0o755);
    fs::create_dir(&below).unwrap();
    mode(&below, 0o555);
    refused(start(), 2, "cannot write .dploy/lock: Permission denied (os error 13)", None);
    mode(&below, 0o755);
}

#[test]
fn a_kubeconfig_that_is_none_and_a_provider_that_is_not_told_are_named() {
    let parent = tempfile::tempdir().unwrap();
    let start = |variables: &[(&str, &str)]| {
        let mut start = command(parent.path(), &["dev", "--port", "0", "--kubeconfig", "nothing"]);
        start.envs(variables.iter().copied());
        start.output().unwrap()
    };
    let output = start(&[]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("error: the service cannot run: JWKS_URL must be set"), "{stderr}");
    let output = start(&[("JWKS_URL", "http://127.0.0.1:9/jwks"), ("JWT_ISSUER", "http://127.0.0.1:9")]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let named =
        stderr.starts_with("error: the cluster of the kubeconfig is not usable: ") && stderr.contains("nothing");
    assert!(named, "{stderr}");
    assert_eq!(output.status.code(), Some(2), "a mistake of whoever called: {stderr}");
}
