//! `configure`, and the file that it writes.

use std::{fs, os::unix::fs::PermissionsExt as _};

use rstest::rstest;

use super::desk::{Desk, KEY};
use crate::harness::Run;

#[rstest]
#[case("forge configure")]
#[case("smithctl configure")]
#[case("dploy forge configure")]
#[case("dploy releases configure")]
#[tokio::test]
async fn s66_w17_the_file_is_readable_by_the_user_alone_and_the_key_is_not_printed(#[case] words: &str) {
    let desk = Desk::new().await;
    let url = desk.machine.server.uri();
    let file = desk.machine.home.path().join(".deploysmith/config.yaml");
    fs::create_dir(file.parent().unwrap()).unwrap();
    fs::write(&file, "editor: vi\napikey: old\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();

    let run = Run::of(desk.bare(&format!("{words} --url {url}/ --api-key {KEY}"))).await;
    let stdout = run.quiet();
    assert!(!stdout.contains(KEY) && stdout.contains("dpk_0123…"), "{stdout}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text, format!("url: {url}\napiKey: {KEY}\neditor: vi\n"));
    let left: Vec<_> = fs::read_dir(file.parent().unwrap()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing else is left in the folder");
}

#[rstest]
#[case("a")]
#[case("1234567")]
#[case("12345678")]
#[case("123456789012")]
#[tokio::test]
async fn s66_short_keys_never_crash_and_are_not_printed(#[case] key: &str) {
    let desk = Desk::new().await;
    let stdout = Run::of(desk.bare(&format!("forge configure --url http://x.example --api-key {key}"))).await.quiet();
    let shown = stdout.lines().nth(1).unwrap().split_whitespace().nth(1).unwrap();
    assert_eq!(shown, "…", "{stdout}");
}

#[tokio::test]
async fn what_is_missing_is_asked_for() {
    let desk = Desk::new().await;
    let run = Run::with_input(desk.bare("smithctl configure"), &format!("http://x.example\n{KEY}\n")).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("URL of the server: ") && run.stderr.contains("API key: "), "{}", run.stderr);
    let run = Run::with_input(desk.bare("smithctl configure"), "").await;
    assert_eq!(run.code, 2);
}

#[tokio::test]
async fn a_broken_file_is_named_and_not_quoted() {
    let desk = Desk::new().await;
    desk.file("broken.yaml", &format!("apiKey: {KEY}\n  oops: [\n"));
    let stderr = Run::of(desk.bare("forge app-bind --app web --config broken.yaml")).await.fails(2);
    assert!(stderr.starts_with("error: broken.yaml is not a configuration: ") && !stderr.contains(KEY), "{stderr}");
    let stderr = Run::of(desk.bare("forge app-bind --app web --config nothing.yaml")).await.fails(2);
    assert!(stderr.starts_with("error: cannot read nothing.yaml: "), "{stderr}");
}

#[tokio::test]
async fn s66_files_of_a_draft_are_readable_by_the_user_alone() {
    let desk = Desk::with_server().await;
    desk.run("forge init --app web --version 1.0.0 --git-sha a --git-branch main").await.quiet();
    for file in [".forge/upload-url", ".forge/version-info"] {
        assert_eq!(fs::metadata(desk.work.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    assert_eq!(fs::metadata(desk.work.join(".forge")).unwrap().permissions().mode() & 0o777, 0o700);
}
