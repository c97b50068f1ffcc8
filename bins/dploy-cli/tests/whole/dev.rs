//! The first command of the README, and the five that it prints.

use std::{fs, path::Path};

use crate::session::{Dev, command, get, git, shell};

/// A proxy that does not answer: nothing on this machine is to be asked through it.
const PROXY: (&str, &str) = ("HTTP_PROXY", "http://127.0.0.1:9");

/// Variables that configure other servers.
const OTHERS: [(&str, &str); 8] = [
    PROXY,
    ("API_KEYS", "k1"),
    ("DATABASE_URL", "postgres://127.0.0.1:9/x"),
    ("GITOPS_REPO", "https://git.example.org/ops.git"),
    ("ARTIFACT_STORE", "s3"),
    ("PORT", "1"),
    ("PUBLIC_URL", "https://deploy.example.org"),
    ("TARGETS", "elsewhere"),
];

/// Runs the five commands as printed; returns what the last wrote.
fn walk(folder: &Path, dev: &Dev) -> String {
    let commands = dev.commands();
    assert_eq!(commands.len(), 5, "{}", dev.told);
    assert!(commands[0].starts_with("export ") && commands[1..].iter().all(|line| line.starts_with("dploy ")));
    let lines = [&["export HTTP_PROXY=http://127.0.0.1:9"], commands.as_slice()].concat();
    let output = shell(folder, &lines);
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{stdout}\n{stderr}\n{}", dev.errors());
    stdout
}

#[test]
fn s34_s60_the_five_commands_as_printed_leave_a_commit_and_a_second_start_goes_on() {
    let parent = tempfile::tempdir().unwrap();
    let work = tempfile::tempdir().unwrap();
    let dev = Dev::start(parent.path(), &OTHERS, &[]);
    let told = walk(work.path(), &dev);
    assert!(told.contains("succeeded"), "{told}");
    assert!(!work.path().join(".forge").exists(), "nothing is left in the folder");

    let gitops = parent.path().join(".dploy/gitops.git");
    let tip = git(&gitops, &["rev-parse", "main"]).trim().to_owned();
    assert!(told.contains(&tip), "{told}");
    let message = git(&gitops, &["show", "-s", "--format=%B", "main"]);
    assert!(message.contains("Dploy-App: hello\nDploy-Version: v1\nDploy-Target: staging\n"), "{message}");
    let files = git(&gitops, &["ls-tree", "-r", "--name-only", "main", "environments/staging/apps/hello"]);
    assert!(files.contains("hello.yaml") && files.contains("kustomization.yaml"), "{files}");

    let (status, page) = get(&format!("{}/docs", dev.url()));
    assert!(status == 200 && page.contains("swagger"), "{status}: {page}");
    let (status, health) = get(&format!("{}/health", dev.url()));
    let health: serde_json::Value = serde_json::from_str(&health).unwrap();
    assert_eq!((status, &health["status"]), (200, &"healthy".into()));

    let key = fs::read(parent.path().join(".dploy/key")).unwrap();
    assert!(dev.end("TERM").success());
    let dev = Dev::start(parent.path(), &[], &[]);
    assert_eq!(fs::read(parent.path().join(".dploy/key")).unwrap(), key);
    let lines = [dev.commands()[0], "dploy releases version show hello v1 -o json", "dploy releases app show hello"];
    let seen = shell(work.path(), &lines);
    let seen = String::from_utf8(seen.stdout).unwrap();
    assert!(seen.contains("\"deployedTo\": [\n    \"staging\"\n  ]"), "{seen}");
    assert!(dev.told.contains("--version v2"), "{}", dev.told);
    assert!(dev.told.contains("Change something in "), "{}", dev.told);
    let manifest = parent.path().join(".dploy/hello/hello.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("port: 80,", "port: 81,")).unwrap();
    walk(work.path(), &dev);
    assert_eq!(git(&gitops, &["rev-parse", "main~"]).trim(), tip, "one more commit, on what was there");
    assert!(dev.end("INT").success());
}

#[test]
fn dev_keeps_its_secrets_from_other_users() {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = tempfile::tempdir().unwrap();
    let dev = Dev::start(parent.path(), &[], &[]);
    let mode = |path: &str| fs::metadata(parent.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(".dploy"), mode(".dploy/key")), (0o700, 0o600));
    let key = fs::read_to_string(parent.path().join(".dploy/key")).unwrap();
    assert!(!dev.told.contains(key.trim()) && !dev.errors().contains(key.trim()));
    let health = command(parent.path(), &["releases", "app", "list", "--url", dev.url()]).output().unwrap();
    assert_eq!(health.status.code(), Some(5), "without the key nothing is told");
}
