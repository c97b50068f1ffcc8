//! Servers and data of a test cluster go when their process goes, however it goes.
#![cfg(all(feature = "testing", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use dploy_k8s::testing::{Cluster, Error, required};

/// Tells the test that it is the process to be killed.
const VICTIM: &str = "DPLOY_TEST_LIFELINE_VICTIM";
const PREFIX: &str = "cluster folder: ";

/// Every process that runs in the data folder, the supervisor's own children.
fn servers_in(folder: &Path) -> usize {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes
        .filter(|process| fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder)))
        .count()
}

fn soon(what: &str, reached: impl Fn() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < Duration::from_secs(120), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn a_killed_process_leaves_no_server_and_no_data() -> Result<(), Error> {
    if env::var_os(VICTIM).is_some() {
        let cluster = Cluster::builder().start().await?;
        println!("\n{PREFIX}{}", cluster.folder().display());
        std::thread::sleep(Duration::from_secs(600));
        return Ok(());
    }
    let Some(cluster) = required(Cluster::builder().start().await)? else { return Ok(()) };
    let own = cluster.folder().to_owned();
    let mut victim = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_killed_process_leaves_no_server_and_no_data", "--nocapture"])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
    let folder = lines.find_map(|line| line.strip_prefix(PREFIX).map(PathBuf::from)).expect("the victim's cluster");
    assert_eq!(servers_in(&folder), 2, "etcd and kube-apiserver");

    victim.kill().unwrap();
    victim.wait().unwrap();
    soon("servers outlived the killed process", || servers_in(&folder) == 0);
    soon("data outlived the killed process", || !folder.exists());

    assert_eq!(servers_in(&own), 2, "the other cluster runs on");
    drop(cluster);
    assert!(servers_in(&own) == 0 && !own.exists(), "a dropped cluster is gone at once");
    Ok(())
}
