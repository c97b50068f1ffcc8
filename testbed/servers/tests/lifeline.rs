//! Servers and their data go when their process goes, however it goes.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::print_stdout, reason = "the process to be killed tells its servers")]

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use dploy_servers::{Error, GitSsh, Postgres, required};

/// Tells the test that it is the process to be killed.
const VICTIM: &str = "DPLOY_TEST_LIFELINE_VICTIM";
const PREFIX: &str = "servers: ";

/// Every process that runs in the folder: PostgreSQL and its sessions.
fn processes_in(folder: &Path) -> usize {
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

async fn be_the_victim() -> Result<(), Error> {
    let (postgres, ssh) = (Postgres::start().await?, GitSsh::start().await?);
    let folder = ssh.client_key().parent().and_then(Path::parent).unwrap();
    let busy = async { postgres.query("postgres", "SELECT pg_sleep(600)").await.map(drop) };
    let tell = async {
        let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep'";
        while postgres.query("postgres", sleeping).await? != "1" {}
        println!("\n{PREFIX}{} {} {}", postgres.port(), ssh.port(), folder.display());
        Ok(())
    };
    tokio::try_join!(busy, tell).map(drop)
}

#[tokio::test]
async fn a_killed_process_leaves_no_server_no_session_and_no_data() -> Result<(), Error> {
    if env::var_os(VICTIM).is_some() {
        return be_the_victim().await;
    }
    let Some(_ssh) = required(GitSsh::start().await)? else { return Ok(()) };
    let Some(postgres) = required(Postgres::start().await)? else { return Ok(()) };
    let mut victim = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_killed_process_leaves_no_server_no_session_and_no_data", "--nocapture"])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.find_map(|line| line.strip_prefix(PREFIX).map(str::to_owned)).expect("the victim's servers");
    let words: Vec<&str> = line.splitn(3, ' ').collect();
    let ports: Vec<u16> = words[..2].iter().map(|port| port.parse().unwrap()).collect();
    let folder = PathBuf::from(words[2]);
    let open = |port: &u16| TcpStream::connect(("127.0.0.1", *port)).is_ok();
    assert!(ports.iter().all(open) && processes_in(&folder) > 1);

    victim.kill().unwrap();
    victim.wait().unwrap();
    soon("a server outlived the killed process", || !ports.iter().any(open));
    soon("a session outlived the killed process", || processes_in(&folder) == 0);
    soon("data outlived the killed process", || !folder.exists());
    assert_eq!(postgres.query("postgres", "SELECT 1").await?, "1", "the servers of another process run on");
    Ok(())
}
